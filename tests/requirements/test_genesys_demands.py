"""Lines of the Genesys contract that no room tries by itself (genesys-cloud.md §1–§7), in the strict profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as with_setting
from typing import Any

import pytest
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal

from joiner.genesys.profile import PROFILES
from joiner.journeys.authorise import profile_for

AINO = "aino@northlight.example"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_groups_are_read_and_changed_with_the_permission_for_groups_only(method: str) -> None:
    org = Rehearsal("strict")
    path = f"Groups/{org.group('Helsinki')}"
    body = {"displayName": "Helsinki", "members": [], "Operations": [{"op": "remove", "path": "members"}]}
    sent = None if method == "GET" else body
    users = org.client("users", ("directory:user:edit", "directory:user:add", "directory:user:delete"))
    groups = org.client("groups", ("directory:group:edit",))
    assert org.send(method, path, sent, token=users).status == 403
    assert org.send(method, path, sent, token=groups).status == 200


def test_strict_does_not_sort() -> None:
    org = Rehearsal("strict")
    for name in ("b@northlight.example", "a@northlight.example"):
        org.create(name)
    plain = org.get("Users")
    assert org.get("Users", sortBy="userName", sortOrder="ascending").json == plain.json


def test_groups_always_show_id_and_meta() -> None:
    org = Rehearsal("strict")
    group = org.group("Helsinki")
    for query in ({"attributes": "displayName"}, {"excludedAttributes": "id,meta,members"}):
        shown = org.get(f"Groups/{group}", **query).json
        assert (shown["id"], shown["displayName"]) == (group, "Helsinki")
        assert shown["meta"]["version"]


def test_everything_is_shown_without_being_asked_for() -> None:
    org = Rehearsal("strict")
    given = {
        GENESYS: {
            "routingSkills": [{"name": "Billing", "proficiency": 4.0}],
            "routingLanguages": [{"name": "Suomi", "proficiency": 5.0}],
            "externalIds": [{"authority": "zoomphone", "value": "77"}],
        },
        ENTERPRISE: {"division": "Sales", "department": "Care", "employeeNumber": "7", "dateHire": "2026-01-02"},
    }
    user = org.create(AINO, externalId="hr-7", title="Lead", roles=[{"value": "Agent"}], **given)
    (listed,) = org.get("Users").json["Resources"]
    for shown in (org.get(f"Users/{user['id']}").json, listed):
        assert (shown["externalId"], shown["title"], shown["roles"]) == ("hr-7", "Lead", [{"value": "Agent"}])
        assert shown[ENTERPRISE] == given[ENTERPRISE]
        assert shown[GENESYS]["routingSkills"] == given[GENESYS]["routingSkills"]
        assert shown[GENESYS]["routingLanguages"] == given[GENESYS]["routingLanguages"]
        assert {"authority": "zoomphone", "value": "77"} in shown[GENESYS]["externalIds"]


def test_replacing_all_external_ids_keeps_the_entry_of_the_client() -> None:
    org = Rehearsal("strict")
    user = org.create(AINO, externalId="hr-7", **{GENESYS: {"externalIds": [{"authority": "zoomphone", "value": "77"}]}})
    path = f"Users/{user['id']}"
    given = [{"authority": "ringcentral", "value": "88"}]
    reply = org.patch(path, {"op": "replace", "path": f"{GENESYS}:externalIds", "value": given})
    assert reply.status == 200
    shown = org.get(path).json
    assert shown["externalId"] == "hr-7"
    authorities = [each["authority"] for each in shown[GENESYS]["externalIds"]]
    assert sorted(each.partition(":")[0] for each in authorities) == ["ringcentral", "x-pc"]


@pytest.mark.parametrize("profile", ["strict", "extended"])
def test_probe_with_a_random_user_name_finds_nobody(profile: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO)
    reply = org.get("Users", filter='userName eq "4f9e1c2a-9a7e-4a53-8b1e-1d2c3b4a5f60"', startIndex=1, count=1)
    assert (reply.status, reply.json["totalResults"], reply.json.get("Resources", [])) == (200, 0, [])


def test_phone_with_an_extension_needs_the_permission_for_extensions() -> None:
    org = Rehearsal("strict")
    user = org.create(AINO)
    path, editor = f"Users/{user['id']}", org.client("editor", ("directory:user:edit",))

    def give(number: str) -> int:
        operation = {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": number}
        return (
            org.patch(path, operation).status
            if number.endswith("99")
            else org.send("PATCH", path, {"Operations": [operation]}, token=editor).status
        )

    assert give("+13175550100") == 200
    assert give("tel:+13175550100;ext=1234") == 403
    assert give("tel:+13175550100;ext=1299") == 200


@pytest.fixture
def fresh_profiles() -> Iterator[None]:
    """What connections make of profiles is remembered; here it is forgotten before and after."""
    profile_for.cache_clear()
    yield
    profile_for.cache_clear()


@pytest.mark.usefixtures("fresh_profiles")
@pytest.mark.parametrize("profile", ["strict", "extended"])
@pytest.mark.parametrize(
    ("setting", "limit", "operations"),
    [
        ("group_members_max", 2, [{"op": "add", "path": "members", "value": ["{2}"]}]),
        ("group_updates_max", 1, [{"op": "replace", "path": "members", "value": ["{0}", "{2}", "{3}"]}]),
        (
            "group_operations_max",
            1,
            [{"op": "add", "path": "members", "value": ["{2}"]}, {"op": "remove", "path": "members", "value": ["{0}"]}],
        ),
    ],
)
def test_limit_of_groups_names_itself_when_it_is_reached(
    monkeypatch: pytest.MonkeyPatch, profile: str, setting: str, limit: int, operations: list[dict[str, Any]]
) -> None:
    org = Rehearsal(profile)
    people = [org.create(f"p{number}@northlight.example")["id"] for number in range(4)]
    group = org.group("Helsinki", people[0], people[1])
    profile_for.cache_clear()
    sent = [{**each, "value": [{"value": people[int(value[1])]} for value in each["value"]]} for each in operations]
    monkeypatch.setattr("joiner.journeys.authorise.PROFILES", {profile: with_setting(PROFILES[profile], **{setting: limit})})
    limited = org.client("limited")  # what a token means is worked out once
    message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": sent}
    refused = org.send("PATCH", f"Groups/{group}", message, token=limited)
    assert (refused.status, refused.scim_type) == (400, "tooMany")
    assert setting in refused.json["detail"]
    monkeypatch.undo()
    profile_for.cache_clear()
    assert org.members(group) == people[:2]
    assert org.patch(f"Groups/{group}", *sent).status in (200, 204)
