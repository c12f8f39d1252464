"""Groups of a hosted org: members by difference, limits on removal, creation and deletion where the profile has them."""

from __future__ import annotations

import json

import pytest
from org_fixtures import Rehearsal, run

from joiner.journeys.audit import read_audit
from joiner.journeys.connect import set_connection

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])


def people(org: Rehearsal, count: int) -> list[str]:
    return [org.create(f"person{number}@northlight.example")["id"] for number in range(count)]


@BOTH
def test_members_are_added_once_and_shown_in_groups_of_the_user(profile: str) -> None:
    org = Rehearsal(profile)
    first, second = people(org, 2)
    group = org.group("Helsinki", first)
    operation = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": first}, {"value": second, "display": "x"}]}
    assert org.patch(f"Groups/{group}", operation).status in (200, 204)
    assert org.members(group) == [first, second]
    assert org.get(f"Users/{second}").json["groups"][0]["value"] == group


@BOTH
@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": 'members[value eq "{id}"]'},
        {"op": "Remove", "path": "members", "value": [{"value": "{id}"}]},
    ],
)
def test_only_the_named_member_is_removed(profile: str, operation: dict[str, object]) -> None:
    org = Rehearsal(profile)
    first, second = people(org, 2)
    group = org.group("Helsinki", first, second)
    assert org.patch(f"Groups/{group}", json.loads(json.dumps(operation).replace("{id}", first))).status in (200, 204)
    assert org.members(group) == [second]


@BOTH
def test_removing_somebody_who_is_no_member_changes_nothing(profile: str) -> None:
    org = Rehearsal(profile)
    first, second = people(org, 2)
    group = org.group("Helsinki", first)
    before = org.get(f"Groups/{group}").headers["ETag"]
    reply = org.patch(f"Groups/{group}", {"op": "remove", "path": f'members[value eq "{second}"]'})
    assert reply.status in (200, 204)
    assert reply.headers["ETag"] == before


@BOTH
def test_push_now_sets_exactly_the_listed_members(profile: str) -> None:
    org = Rehearsal(profile)
    first, second, third = people(org, 3)
    group = org.group("Helsinki", first, second)
    org.patch(f"Groups/{group}", {"op": "replace", "path": "members", "value": [{"value": second}, {"value": third}]})
    assert org.members(group) == [second, third]
    changes = [json.loads(entry.document) for entry in run(read_audit(org.store, "north"))]
    assert (changes[-1]["before"], changes[-1]["after"]) == ({"members": [first]}, {"members": [third]})
    org.patch(f"Groups/{group}", {"op": "replace", "path": "members", "value": []})
    assert org.members(group) == []


@BOTH
def test_name_only_patch_as_okta_sends_it_leaves_members_alone(profile: str) -> None:
    org = Rehearsal(profile)
    (first,) = people(org, 1)
    group = org.group("Helsinki", first)
    assert org.patch(f"Groups/{group}", {"op": "replace", "value": {"id": group, "displayName": "Helsinki"}}).status in (200, 204)
    assert org.members(group) == [first]


@BOTH
def test_unknown_member_and_group_as_member_are_named_in_the_refusal(profile: str) -> None:
    org = Rehearsal(profile)
    group, other = org.group("Helsinki"), org.group("Oulu")
    reply = org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": "nobody"}, {"value": other}]})
    assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert "nobody" in reply.json["detail"]
    # Extended has groups inside groups (test_org_groups_inside_groups.py); Genesys has not.
    assert ("is a group" in reply.json["detail"]) == (profile == "strict")


@BOTH
def test_put_replaces_all_members(profile: str) -> None:
    org = Rehearsal(profile)
    first, second = people(org, 2)
    group = org.group("Helsinki", first)
    reply = org.put(f"Groups/{group}", {"displayName": "Helsinki", "members": [{"value": second}]})
    assert reply.status == 200
    assert [member["value"] for member in reply.json["members"]] == [second]


@BOTH
@pytest.mark.parametrize("form", ["remove_all", "replace", "listed", "put"])
def test_more_than_a_thousand_removals_in_one_action_are_refused(profile: str, form: str) -> None:
    org = Rehearsal(profile, rate=0)
    run(set_connection(org.store, org.clock, "north", "okta", "", {"guard_removals": False}))  # which would hold the thousand
    group = org.group("Everybody")
    members = people(org, 1_001)
    assert org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": id} for id in members]}).status in (200, 204)
    if form == "put":
        reply = org.put(f"Groups/{group}", {"displayName": "Everybody", "members": []})
    else:
        operation = {
            "remove_all": {"op": "remove", "path": "members"},
            "replace": {"op": "replace", "path": "members", "value": []},
            "listed": {"op": "remove", "path": "members", "value": [{"value": id} for id in members]},
        }[form]
        reply = org.patch(f"Groups/{group}", operation)
    assert (reply.status, reply.scim_type) == (400, "tooMany")
    assert len(org.members(group)) == 1_001
    thousand = {"op": "remove", "path": "members", "value": [{"value": id} for id in members[:1_000]]}
    assert org.patch(f"Groups/{group}", thousand).status in (200, 204)
    assert org.members(group) == members[1_000:]


@BOTH
def test_members_are_found_by_entras_probe(profile: str) -> None:
    org = Rehearsal(profile)
    first, second = people(org, 2)
    group = org.group("Helsinki", first)
    for text in (f'members eq "{first}"', f'members[value eq "{first}"]', f'id eq "{group}" and members eq "{first}"'):
        assert org.get("Groups", filter=text).json["totalResults"] == 1, text
    assert org.get("Groups", filter=f'id eq "{group}" and members eq "{second}"').json["totalResults"] == 0


@BOTH
def test_group_is_found_by_name_without_its_members(profile: str) -> None:
    org = Rehearsal(profile)
    (first,) = people(org, 1)
    group = org.group("Helsinki", first)
    reply = org.get("Groups", filter='displayName eq "HELSINKI"', excludedAttributes="members")
    assert [found["id"] for found in reply.json["Resources"]] == [group]
    assert "members" not in reply.json["Resources"][0]


def test_extended_creates_and_deletes_groups() -> None:
    org = Rehearsal("extended")
    (first,) = people(org, 1)
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]
    reply = org.post("Groups", {"schemas": schemas, "displayName": "Oulu", "externalId": "g1", "members": [{"value": first}]})
    assert reply.status == 201
    group = reply.json["id"]
    assert org.members(group) == [first]
    assert org.get("Groups", filter='externalId eq "g1"').json["totalResults"] == 1
    assert org.post("Groups", {"displayName": "OULU"}).status == 409
    assert org.delete(f"Groups/{group}").status == 204
    assert org.get(f"Groups/{group}").status == 404
    assert "groups" not in org.get(f"Users/{first}").json
    assert org.post("Groups", {"displayName": "Oulu"}).status == 201


def test_extended_deletes_only_groups_that_scim_created() -> None:
    org = Rehearsal("extended")
    group = org.group("Helsinki")
    reply = org.delete(f"Groups/{group}")
    assert reply.status == 403
    assert org.get(f"Groups/{group}").status == 200


def test_extended_renames_a_group_but_never_to_a_taken_name() -> None:
    org = Rehearsal("extended")
    group = org.group("Helsinki")
    org.group("Oulu")
    assert org.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "oulu"}).status == 409
    assert org.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "Espoo"}).status == 204
    assert org.get("Groups", filter='displayName eq "espoo"').json["totalResults"] == 1
    assert org.get("Groups", filter='displayName eq "Helsinki"').json["totalResults"] == 0


def test_strict_neither_creates_nor_deletes_nor_renames_groups() -> None:
    org = Rehearsal("strict")
    group = org.group("Helsinki")
    assert org.post("Groups", {"displayName": "Oulu"}).status == 403
    assert org.delete(f"Groups/{group}").status == 403
    renamed = org.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "Espoo"})
    assert (renamed.status, renamed.scim_type) == (400, "mutability")
    assert org.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "HELSINKI"}).status == 200
    assert org.put(f"Groups/{group}", {"displayName": "Espoo", "members": []}).json["displayName"] == "Helsinki"


@BOTH
def test_stale_if_match_of_a_group_is_refused(profile: str) -> None:
    org = Rehearsal(profile)
    (first,) = people(org, 1)
    group = org.group("Helsinki", first)
    reply = org.patch(f"Groups/{group}", {"op": "remove", "path": "members"}, if_match='"1"')
    assert reply.status == {"strict": 400, "extended": 412}[profile]
    assert org.members(group) == [first]


@BOTH
def test_members_of_a_large_group_are_shown_fresh_after_each_change(profile: str) -> None:
    org = Rehearsal(profile, rate=0)
    members = people(org, 150)
    group = org.group("Everybody", *members)
    assert org.members(group) == org.members(group) == members
    org.patch(f"Groups/{group}", {"op": "remove", "path": f'members[value eq "{members[0]}"]'})
    assert org.members(group) == members[1:]
    org.delete(f"Users/{members[1]}")
    assert org.members(group) == members[2:]
    refs = org.get(f"/scim/v2/Groups/{group}").json["members"]
    assert refs[0]["$ref"] == f"http://north/scim/v2/Users/{members[2]}"
