"""Creating, replacing, patching and deleting, where the rules are easily forgotten (RFC 7644 §3.3, §3.5, §3.6)."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal, run

from joiner.errors import ScimRefusal
from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import user_type
from joiner.journeys.connect import set_connection
from joiner.scim.patch import PatchRules, apply_patch, parse_patch
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Attribute, Document, ResourceType, Schema

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
AINO = "aino@northlight.example"
BODY = {"userName": AINO, "displayName": "Aino"}


@BOTH
def test_type_in_the_body_does_not_change_the_type_of_the_endpoint(profile: str) -> None:
    org = Rehearsal(profile)
    made = org.post("Users", BODY | {"meta": {"resourceType": "Group", "location": "http://x.example"}}).json
    assert made["meta"]["resourceType"] == "User"
    assert made["meta"]["location"].endswith(f"/Users/{made['id']}")


@BOTH
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_does_not_exist_is_neither_put_nor_patched_into_being(profile: str, method: str) -> None:
    org = Rehearsal(profile)
    body = BODY | {"Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    for path in ("Users/11111111-2222-4333-8444-555555555555", "Users/aino", "Groups/11111111-2222-4333-8444-555555555555"):
        assert org.send(method, path, body | {"displayName": "Oulu"}).status == 404, path
    assert org.get("Users").json["totalResults"] == org.get("Groups").json["totalResults"] == 0


@BOTH
def test_put_without_an_id_is_not_allowed(profile: str) -> None:
    assert Rehearsal(profile).put("Users", BODY).status == 405


@BOTH
def test_put_ignores_read_only_attributes_that_differ(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    sent = BODY | {
        "id": "another",
        "groups": [{"value": "g"}],
        "meta": {"version": '"99"', "created": "1999-01-01T00:00:00Z"},
        "title": "x",
    }
    reply = org.put(f"Users/{user['id']}", sent)
    assert reply.status == 200
    assert (reply.json["id"], reply.json["title"], reply.json["meta"]["version"]) == (user["id"], "x", '"2"')
    assert reply.json["meta"].get("created") == user["meta"].get("created")
    assert "groups" not in reply.json


@BOTH
def test_put_without_a_required_attribute_is_refused(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    for body in ({"displayName": "Aino"}, {"userName": "", "displayName": "Aino"}, {"userName": None, "displayName": "Aino"}):
        reply = org.put(f"Users/{user['id']}", body)
        assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert org.get(f"Users/{user['id']}").json == user


BADGE = ResourceType(
    "Badge", "/Badges", Schema("urn:x:Badge", "Badge", "", (Attribute("serial", mutability="immutable"), Attribute("room")))
)


def test_put_sets_an_immutable_attribute_that_has_no_value() -> None:
    bare: Document = {"schemas": ["urn:x:Badge"], "room": "1"}
    put = accept({"serial": "S1", "room": "2"}, BADGE)
    assert replace(bare, put, BADGE) == {"schemas": ["urn:x:Badge"], "serial": "S1", "room": "2"}


@BOTH
@pytest.mark.parametrize(
    "operation",
    [
        {"op": "move", "from": "title", "path": "nickName"},
        {"op": "copy", "from": "title", "path": "nickName"},
        {"op": "test", "path": "title", "value": "x"},
        {"op": "replace", "path": "emails[0].value", "value": "x@x.example"},
        {"op": "add", "path": "emails/0", "value": {"value": "x@x.example"}},
        {"op": "add", "path": "emails/-", "value": {"value": "x@x.example"}},
    ],
)
def test_what_json_patch_has_beyond_scim_is_refused(profile: str, operation: dict[str, Any]) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, emails=[{"value": "a@x.example", "type": "work"}])
    reply = org.patch(f"Users/{user['id']}", operation)
    assert reply.status == 400
    assert reply.scim_type in ("invalidSyntax", "invalidPath", "invalidFilter")
    assert org.get(f"Users/{user['id']}").json == user


USER = user_type(EXTENDED)
TWO: Document = {
    "schemas": [USER.schema.id],
    "userName": "mira",
    "emails": [
        {"value": "a@x.example", "type": "work"},
        {"value": "b@x.example", "type": "home"},
        {"value": "c@x.example", "type": "work"},
    ],
}


def patched(*operations: dict[str, Any]) -> Any:
    return apply_patch(TWO, parse_patch({"Operations": list(operations)}), USER, PatchRules()).get("emails")


def test_replace_by_filter_reaches_every_element_that_matches() -> None:
    shown = patched({"op": "replace", "path": 'emails[type eq "work"].display', "value": "Office"})
    assert [each.get("display") for each in shown] == ["Office", None, "Office"]
    shown = patched(
        {"op": "replace", "path": 'emails[value ew "x.example" and type eq "work"]', "value": {"display": "D", "value": "n@x.example"}}
    )
    assert [each["value"] for each in shown if each.get("display") == "D"] in (["n@x.example"], ["n@x.example"] * 2)
    assert [each["value"] for each in shown if each.get("display") != "D"] == ["b@x.example"]


def test_remove_by_filter_reaches_every_element_that_matches() -> None:
    assert patched({"op": "remove", "path": 'emails[type eq "work"]'}) == [TWO["emails"][1]]
    assert patched({"op": "remove", "path": 'emails[value co "x.example"]'}) is None


def test_replace_by_a_filter_that_matches_nothing_and_names_no_element_is_refused() -> None:
    for path in ('emails[value ew "y.example"].value', 'emails[type ne "work" and type ne "home"]', "emails[not (value pr)].display"):
        with pytest.raises(ScimRefusal) as refused:
            patched({"op": "replace", "path": path, "value": "x" if path.endswith(("value", "display")) else {"value": "x"}})
        assert (refused.value.status, refused.value.scim_type) == (400, "noTarget"), path


@BOTH
def test_extension_attribute_by_its_full_path_adds_the_extension_to_schemas(profile: str) -> None:
    org = Rehearsal(profile)
    path = f"Users/{org.create(AINO)['id']}"
    org.patch(path, {"op": "add", "path": f"{ENTERPRISE}:employeeNumber", "value": "7"})
    shown = org.get(path).json
    assert ENTERPRISE in shown["schemas"]
    assert shown[ENTERPRISE]["employeeNumber"] == "7"


@BOTH
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_deleted_user_answers_404_to_every_method(profile: str, method: str) -> None:
    org = Rehearsal(profile)
    path = f"Users/{org.create(AINO)['id']}"
    org.delete(path)
    body = BODY | {"Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    reply = org.send(method, path, None if method in ("GET", "DELETE") else body)
    assert (reply.status, reply.json["status"]) == (404, "404")


@BOTH
def test_inactive_users_stay_members(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    group = org.group("Helsinki", user["id"])
    assert org.patch(f"Users/{user['id']}", {"op": "replace", "path": "active", "value": False}).status == 200
    assert org.members(group) == [user["id"]]


@BOTH
def test_deleted_user_is_found_by_no_query(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, title="Lead", externalId="1", **{ENTERPRISE: {"employeeNumber": "7", "division": "Sales"}})
    group = org.group("Helsinki", user["id"])
    org.delete(f"Users/{user['id']}")
    filters = [
        "",
        f'id eq "{user["id"]}"',
        f'userName eq "{AINO}"',
        'externalId eq "1"',
        "active eq false",
        "active eq true",
        'division eq "Home"',
    ]
    if profile == "extended":
        filters += [
            'title co "ea"',
            "title pr",
            'not (title eq "x")',
            'employeeNumber eq "7"',
            'meta.lastModified gt "2020-01-01T00:00:00Z"',
        ]
    for text in filters:
        query = {"filter": text} if text else {}
        assert org.get("Users", **query).json["totalResults"] == 0, text
    assert org.get("Groups", filter=f'members eq "{user["id"]}"').json["totalResults"] == 0
    assert org.members(group) == []


@BOTH
def test_connection_to_the_letter_gets_no_target_where_a_filter_matches_nothing(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, emails=[{"value": "a@x.example", "type": "work"}])
    path = f"Users/{user['id']}"
    operation = {"op": "replace", "path": 'phoneNumbers[type eq "home"].value', "value": "+13175550100"}
    run(set_connection(org.store, org.clock, "north", "okta", "strict", {}))
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    reply = org.send("PATCH", path, body)
    assert (reply.status, reply.scim_type) == (400, "noTarget")
    assert org.get(path).json["meta"]["version"] == user["meta"]["version"]
    run(set_connection(org.store, org.clock, "north", "okta", "generic", {}))
    assert org.send("PATCH", path, body).json["phoneNumbers"][0]["type"] == "home"
