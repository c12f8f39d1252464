"""What the Interop profile draft and IPSIE's life-cycle draft ask of a server, against a connection of kind ``strict``."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from served_org import ENTERPRISE, ERROR, GROUP, USER, Caller, House, Reply

NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def strict(house: House) -> Caller:
    return house.org("interop-like").caller("interop", "strict")


def person(login: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": f"{login}@northlight.example", "displayName": login.title(), "active": True, **more}


def check_error(reply: Reply, status: int, scim_type: str | None = None) -> None:
    assert (reply.status, reply.json["schemas"], reply.json["status"]) == (status, [ERROR], str(status)), reply.body
    assert reply.json.get("scimType") == scim_type or scim_type is None


@pytest.mark.parametrize(
    "more",
    [
        {"invented": 1},
        {"name": {"invented": "x"}},
        {"emails": [{"value": "a@b.example", "invented": True}]},
        {"schemas": [USER, ENTERPRISE], ENTERPRISE: {"invented": "x"}},
    ],
)
def test_attribute_that_no_schema_has_is_refused_and_nothing_is_made(strict: Caller, more: dict[str, Any]) -> None:
    refused = strict.post("Users", person("unknown", **more))
    check_error(refused, 400)
    assert refused.json["scimType"] in ("invalidSyntax", "invalidValue")
    assert strict.found("Users", 'userName eq "unknown@northlight.example"') == []


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "value": {"title": "Lead"}}, None),  # no path
        ({"op": "replace", "path": "invented", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[type eq "home"].value', "value": "x@y.example"}, "noTarget"),
        ({"op": "Replace", "path": "title", "value": "Lead"}, None),
        ({"op": "replace", "path": "active", "value": "False"}, None),
        ({"op": "remove", "path": "emails", "value": [{"value": "x"}]}, None),
    ],
)
def test_habits_that_other_connections_bear_are_refused_here(strict: Caller, operation: dict[str, Any], scim_type: str | None) -> None:
    name = f"habit{zlib.crc32(str(operation).encode())}"
    made = strict.create("Users", person(name, emails=[{"value": f"{name}@work.example", "type": "work"}]))
    check_error(strict.patch(f"Users/{made['id']}", operation), 400, scim_type)
    assert strict.get(f"Users/{made['id']}").json == made


def test_operations_as_the_rfc_writes_them_are_done(strict: Caller) -> None:
    made = strict.create("Users", person("asta", emails=[{"value": "asta@work.example", "type": "work"}]))
    place = f"Users/{made['id']}"
    assert strict.patch(place, {"op": "replace", "path": "active", "value": False}).status in (200, 204)
    assert strict.patch(place, {"op": "add", "path": "name.familyName", "value": "Holm"}).status in (200, 204)
    assert strict.patch(place, {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@new.example"}).status in (200, 204)
    seen = strict.get(place).json
    assert (seen["active"], seen["name"], seen["emails"][0]["value"]) == (False, {"familyName": "Holm"}, "a@new.example")


def test_deletion_is_true_and_the_name_is_free_again(strict: Caller) -> None:
    made = strict.create("Users", person("birk"))
    assert strict.delete(f"Users/{made['id']}").status == 204
    for reply in (
        strict.get(f"Users/{made['id']}"),
        strict.delete(f"Users/{made['id']}"),
        strict.put(f"Users/{made['id']}", person("birk")),
    ):
        check_error(reply, 404)
    assert strict.create("Users", person("birk"))["id"] != made["id"]


def test_a_page_holds_a_hundred(house: House) -> None:
    strict = house.org("interop-page").caller("interop", "strict")
    for number in range(101):
        strict.create("Users", person(f"page{number}"))
    page = strict.get("Users", count=100).json
    assert (len(page["Resources"]), page["itemsPerPage"], page["totalResults"]) == (100, 100, 101)


def test_fifty_members_come_and_go_in_one_request(house: House) -> None:
    strict = house.org("interop-members").caller("interop", "strict", removals_per_group="1000", removals_max_share="100")
    ids = [strict.create("Users", person(f"many{number}"))["id"] for number in range(50)]
    group = strict.create("Groups", {"schemas": [GROUP], "displayName": "Many"})
    place = f"Groups/{group['id']}"
    assert strict.patch(place, *({"op": "add", "path": "members", "value": [{"value": one}]} for one in ids)).status in (200, 204)
    assert {one["value"] for one in strict.get(place).json["members"]} == set(ids)
    assert [found["id"] for found in strict.found("Groups", f'members[value eq "{ids[7]}"]')] == [group["id"]]
    assert strict.found("Groups", f'members[value eq "{NOBODY}"]') == []
    assert strict.patch(place, *({"op": "remove", "path": f'members[value eq "{one}"]'} for one in ids[:49])).status in (200, 204)
    assert [one["value"] for one in strict.get(place).json["members"]] == [ids[49]]


def test_attested_filters_find_people(strict: Caller) -> None:
    made = strict.create("Users", person("dagny", externalId="x-1", emails=[{"value": "dagny@work.example", "type": "work"}]))
    for text in (
        f'id eq "{made["id"]}"',
        'externalId eq "x-1"',
        'userName eq "DAGNY@northlight.example"',
        'emails.value eq "dagny@work.example"',
        'emails[type eq "work" and value eq "dagny@work.example"]',
        'userName eq "dagny@northlight.example" and active eq true',
    ):
        assert [found["id"] for found in strict.found("Users", text)] == [made["id"]], text
    assert strict.found("Users", 'externalId eq "X-1"') == []  # caseExact
    check_error(strict.get("Users", filter="userName eq dagny@northlight.example"), 400, "invalidFilter")


def test_canonical_spelling_of_what_was_sent_is_kept(strict: Caller) -> None:
    made = strict.create("Users", person("einar", emails=[{"value": "e@x.example", "type": "WORK"}], locale="nb-no"))
    seen = strict.get(f"Users/{made['id']}").json
    assert (seen["emails"][0]["type"], seen["locale"]) == ("WORK", "nb-no")
    assert [found["id"] for found in strict.found("Users", 'emails[type eq "work"].value eq "e@x.example"')] == [made["id"]]


def test_every_refusal_is_a_scim_error_with_a_detail(strict: Caller) -> None:
    for reply in (
        strict.send("GET", "Users", Authorization="Bearer x"),
        strict.send("GET", "Users", Accept="text/xml"),
        strict.send("POST", "Users", b"<xml/>", Content_Type="text/xml"),
        strict.send("DELETE", "Users"),
        strict.get("Nowhere"),
        strict.get("Users", filter="x"),
        strict.get("Schemas", filter='id eq "x"'),
        strict.send("POST", "Users", b'{"a":1,"a":2}'),
    ):
        assert (reply.json["schemas"], reply.json["status"], bool(reply.json["detail"])) == ([ERROR], str(reply.status), True)
        assert reply.status in (400, 401, 403, 404, 405, 406, 415)
