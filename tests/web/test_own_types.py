"""An org defines resource types and extensions by JSON; they then live like built-in ones (RFC 7643 §2.2, §6, §7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from org_fixtures import Rehearsal, run

from joiner.errors import Missing, Usage
from joiner.genesys.own_types import RESOURCE_TYPE
from joiner.journeys.define_types import define, definitions_of, undefine

BADGE_URN = "urn:northlight:params:scim:schemas:Badge"
CARD_URN = "urn:northlight:params:scim:schemas:extension:card:Badge"
SHIFT_URN = "urn:northlight:params:scim:schemas:extension:shift:User"

BADGE: dict[str, Any] = {
    "id": BADGE_URN,
    "name": "Badge",
    "attributes": [
        {"name": "label", "type": "string", "required": True, "uniqueness": "server"},
        {"name": "serial", "type": "string", "caseExact": True, "uniqueness": "global", "mutability": "immutable"},
        {"name": "pin", "type": "string", "mutability": "writeOnly"},
        {"name": "printed", "type": "dateTime"},
        {"name": "weight", "type": "decimal"},
        {"name": "doors", "type": "string", "multiValued": True},
        {"name": "note", "type": "string", "returned": "request"},
        {"name": "valid", "type": "boolean", "required": True},
        {"name": "issuedAt", "type": "string", "mutability": "readOnly"},
        {
            "name": "zones",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "value", "type": "string", "required": True},
                {"name": "code", "type": "string", "mutability": "writeOnly"},
                {"name": "primary", "type": "boolean"},
            ],
        },
    ],
}
CARD: dict[str, Any] = {
    "id": CARD_URN,
    "attributes": [{"name": "colour", "type": "string", "required": True}, {"name": "puk", "type": "string", "mutability": "writeOnly"}],
}
BADGES: dict[str, Any] = {
    "name": "Badge",
    "endpoint": "/Badges",
    "schema": BADGE_URN,
    "schemaExtensions": [{"schema": CARD_URN, "required": True}],
}
SHIFT: dict[str, Any] = {
    "id": SHIFT_URN,
    "attributes": [
        {"name": "code", "type": "string", "required": True, "uniqueness": "server"},
        {"name": "team", "type": "string", "indexed": True},
    ],
}
USERS: dict[str, Any] = {
    "name": "User",
    "endpoint": "/Users",
    "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
    "schemaExtensions": [{"schema": SHIFT_URN, "required": False}],
}


def with_definitions(*documents: dict[str, Any]) -> Rehearsal:
    org = Rehearsal()
    for document in documents:
        run(define(org.store, org.clock, "north", document))
    return org


def with_badges() -> Rehearsal:
    return with_definitions(BADGE, CARD, BADGES)


def a_badge(label: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [BADGE_URN, CARD_URN], "label": label, "valid": True, CARD_URN: {"colour": "red"}, **more}


def made(org: Rehearsal, label: str, **more: Any) -> dict[str, Any]:
    reply = org.post("Badges", a_badge(label, **more))
    assert reply.status == 201, reply.body
    document: dict[str, Any] = reply.json
    return document


def audit_names(org: Rehearsal) -> list[str]:
    return [json.loads(entry.document)["name"] for entry in run(org.store.read(1, lambda rows: rows.audit(1, 0, 1000)))]


def test_type_defined_by_json_can_be_created_read_changed_and_deleted_without_code() -> None:
    org = with_badges()
    reply = org.post("badges", a_badge("Night", doors=["A", "B"], weight=1.5, printed="2026-11-22T09:00:00Z", externalId="n1"))
    assert reply.status == 201
    badge = reply.json
    location = f"http://north/north/api/v2/scim/v2/Badges/{badge['id']}"
    assert (reply.headers["Location"], reply.headers["ETag"], badge["meta"]["location"]) == (location, '"1"', location)
    assert badge["schemas"] == [BADGE_URN, CARD_URN]
    assert (badge["externalId"], badge["meta"]["resourceType"]) == ("n1", "Badge")
    assert org.get(f"Badges/{badge['id']}").json == badge

    changed = org.patch(f"Badges/{badge['id']}", {"op": "replace", "path": "valid", "value": False}, {"op": "add", "value": {"doors": "C"}})
    assert changed.status == 200, changed.body
    assert (changed.json["valid"], changed.json["doors"], changed.headers["ETag"]) == (False, ["A", "B", "C"], '"2"')

    put = org.put(f"Badges/{badge['id']}", a_badge("Night two"))
    assert put.status == 200
    assert "doors" not in put.json
    assert "weight" not in put.json
    assert "externalId" not in put.json

    assert org.delete(f"Badges/{badge['id']}", if_match='"1"').status == 412
    assert org.delete(f"Badges/{badge['id']}", if_match='"3"').status == 204
    for reply in (org.get(f"Badges/{badge['id']}"), org.put(f"Badges/{badge['id']}", a_badge("x")), org.delete(f"Badges/{badge['id']}")):
        assert reply.status == 404
    assert org.patch(f"Badges/{badge['id']}", {"op": "replace", "path": "label", "value": "x"}).status == 404
    assert org.get("Badges").json["totalResults"] == 0
    assert [name for name in audit_names(org) if name.startswith("resource")] == [
        "resource.created", "resource.changed", "resource.changed", "resource.deleted",
    ]  # fmt: skip


def test_own_types_are_filtered_sorted_and_paged() -> None:
    org = with_badges()
    for label, weight in (("Cobalt", 3), ("amber", 1), ("Beryl", 2)):
        made(org, label, weight=weight, serial=f"S{weight}")
    labels = lambda **query: [each["label"] for each in org.get("Badges", **query).json["Resources"]]  # noqa: E731
    assert labels(filter='label eq "AMBER"') == ["amber"]
    assert labels(filter='serial eq "s1"') == []
    assert labels(filter='weight gt 1 and label sw "b"') == ["Beryl"]
    assert labels(filter=f'{CARD_URN}:colour eq "red" and not (label co "e")') == ["Cobalt"]
    assert labels(sortBy="label") == ["amber", "Beryl", "Cobalt"]
    assert labels(sortBy="label", sortOrder="descending", count=1, startIndex=2) == ["Beryl"]


def test_missing_required_extension_is_refused_and_stays_required() -> None:
    org = with_badges()
    without = {"schemas": [BADGE_URN], "label": "Night", "valid": True}
    for reply in (org.post("Badges", without), org.post("Badges", {**without, CARD_URN: {"puk": "1"}})):
        assert (reply.status, reply.scim_type) == (400, "invalidValue")
        assert CARD_URN in reply.json["detail"]
    badge = made(org, "Night")
    for reply in (
        org.put(f"Badges/{badge['id']}", without),
        org.patch(f"Badges/{badge['id']}", {"op": "remove", "path": CARD_URN}),
        org.patch(f"Badges/{badge['id']}", {"op": "remove", "path": f"{CARD_URN}:colour"}),
    ):
        assert reply.status == 400, reply.body
    assert org.get(f"Badges/{badge['id']}").json == badge


def test_unique_values_are_held_by_one_resource_and_freed_with_it() -> None:
    org = with_badges()
    night = made(org, "Night", serial="A1")
    for body in (a_badge("NIGHT"), a_badge("\u212aey", serial="A1")):
        reply = org.post("Badges", body)
        assert (reply.status, reply.scim_type) == (409, "uniqueness")
    day = made(org, "Day", serial="a1")  # caseExact
    path = f"Badges/{day['id']}"
    for reply in (org.put(path, a_badge("night", serial="a1")), org.patch(path, {"op": "replace", "path": "label", "value": "Night"})):
        assert (reply.status, reply.scim_type) == (409, "uniqueness")
    assert org.get(path).json == day
    assert org.patch(f"Badges/{night['id']}", {"op": "replace", "path": "label", "value": "Dusk"}).status == 200
    assert org.patch(path, {"op": "replace", "path": "label", "value": "Night"}).status == 200
    assert org.delete(f"Badges/{night['id']}").status == 204
    made(org, "Dusk", serial="A1")


def test_immutable_read_only_and_never_returned_values_are_what_they_say() -> None:
    org = with_badges()
    badge = made(
        org, "Night", serial="A1", pin="1234", issuedAt="me", note="psst", zones=[{"value": "z", "code": "s3"}],
        **{CARD_URN: {"colour": "red", "puk": "9"}},
    )  # fmt: skip
    kept = run(org.store.read(1, lambda rows: rows.resource(1, "Badge", badge["id"])))
    assert kept is not None
    for secret in (b"1234", b"s3", b'"9"', b"me", b"puk", b"pin"):
        assert secret not in kept.body.replace(b'"name"', b"").replace(b"meta", b"")
    assert "issuedAt" not in badge
    assert "note" not in badge
    assert org.get(f"Badges/{badge['id']}", attributes="note").json["note"] == "psst"
    path = f"Badges/{badge['id']}"
    reply = org.patch(path, {"op": "replace", "path": "serial", "value": "A2"})
    assert (reply.status, reply.scim_type) == (400, "mutability")
    assert org.put(path, a_badge("Night", serial="A2")).scim_type == "mutability"
    assert org.put(path, a_badge("Night")).json["serial"] == "A1"
    assert org.patch(path, {"op": "replace", "path": "issuedAt", "value": "x"}).scim_type == "mutability"
    silent = org.patch(path, {"op": "replace", "path": "pin", "value": "99"})
    assert silent.status == 200
    assert b"99" not in silent.body


def test_patch_that_changes_nothing_leaves_version_and_time_alone() -> None:
    org = with_badges()
    badge = made(org, "Night", externalId="n1")
    run(org.clock.sleep(60))
    same = org.patch(f"Badges/{badge['id']}", {"op": "replace", "value": {"label": "Night", "externalId": "n1"}})
    assert same.json == badge
    assert org.patch(f"Badges/{badge['id']}", {"op": "replace", "path": "externalId", "value": "n2"}).json["meta"]["version"] == '"2"'


def test_external_id_is_unique_per_client() -> None:
    org = with_badges()
    made(org, "Night", externalId="x")
    assert org.post("Badges", a_badge("Day", externalId="x")).scim_type == "uniqueness"
    other = org.client("entra")
    assert org.post("Badges", a_badge("Day", externalId="x"), token=other).status == 201


def test_extension_of_users_is_unique_indexed_and_removable() -> None:
    org = with_definitions(SHIFT, USERS)
    mira = org.create("mira@north.example", **{SHIFT_URN: {"code": "N-1", "team": "Night"}})
    assert SHIFT_URN in mira["schemas"]
    assert mira[SHIFT_URN] == {"code": "N-1", "team": "Night"}
    taken = org.post("Users", {"userName": "noor@north.example", SHIFT_URN: {"code": "n-1"}})
    assert (taken.status, taken.scim_type) == (409, "uniqueness")
    assert org.get("Users", filter='userName eq "noor@north.example"').json["totalResults"] == 0
    assert org.get("Users", filter=f'{SHIFT_URN}:team eq "NIGHT"').json["totalResults"] == 1
    assert org.post("Users", {"userName": "noor@north.example", SHIFT_URN: {"team": "x"}}).status == 400
    noor = org.create("noor@north.example", **{SHIFT_URN: {"code": "N-2"}})
    path = f"Users/{noor['id']}"
    assert org.patch(path, {"op": "replace", "path": f"{SHIFT_URN}:code", "value": "N-1"}).status == 409
    assert org.delete(f"Users/{mira['id']}").status == 204
    assert org.patch(path, {"op": "replace", "path": f"{SHIFT_URN}:code", "value": "N-1"}).status == 200
    assert SHIFT_URN not in org.patch(path, {"op": "remove", "path": SHIFT_URN}).json["schemas"]
    org.create("olu@north.example", **{SHIFT_URN: {"code": "N-1"}})


def test_undelete_asks_for_unique_values_again() -> None:
    org = with_definitions(SHIFT, USERS)
    mira = org.create("mira@north.example", externalId="m", **{SHIFT_URN: {"code": "N-1"}})
    org.delete(f"Users/{mira['id']}")
    org.create("olu@north.example", **{SHIFT_URN: {"code": "N-1"}})
    again = {"userName": "mira@north.example", "externalId": "m"}
    assert org.post("Users", {**again, SHIFT_URN: {"code": "N-1"}}).status == 409
    revived = org.post("Users", {**again, SHIFT_URN: {"code": "N-9"}})
    assert (revived.status, revived.json["id"]) == (201, mira["id"])


def test_required_extension_of_users_is_asked_of_everyone_who_writes_it_whole() -> None:
    org = Rehearsal()
    mira = org.create("mira@north.example")
    run(define(org.store, org.clock, "north", SHIFT))
    run(define(org.store, org.clock, "north", {**USERS, "schemaExtensions": [{"schema": SHIFT_URN, "required": True}]}))
    assert org.post("Users", {"userName": "noor@north.example"}).status == 400
    assert org.put(f"Users/{mira['id']}", {"userName": "mira@north.example"}).status == 400
    assert org.patch(f"Users/{mira['id']}", {"op": "replace", "path": "active", "value": False}).status == 200  # an older one may stay
    put = org.put(f"Users/{mira['id']}", {"userName": "mira@north.example", SHIFT_URN: {"code": "N-1"}})
    assert put.json[SHIFT_URN] == {"code": "N-1"}
    gone = org.patch(f"Users/{mira['id']}", {"op": "remove", "path": SHIFT_URN})
    assert (gone.status, gone.scim_type) == (400, "invalidValue")


def test_client_without_permission_for_users_changes_no_own_resources() -> None:
    org = with_badges()
    badge = made(org, "Night")
    weak = org.client("reader", ("directory:group:edit",))
    assert org.send("GET", "Badges", token=weak).status == 200
    assert org.post("Badges", a_badge("Day"), token=weak).status == 403
    assert org.put(f"Badges/{badge['id']}", a_badge("Day"), token=weak).status == 403
    assert org.delete(f"Badges/{badge['id']}", token=weak).status == 403
    wrong = org.send("PUT", "Badges", {})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, POST")


def test_other_orgs_know_nothing_of_a_definition() -> None:
    org = with_badges()
    badge = made(org, "Night")
    from joiner.journeys.administer import add_org

    run(add_org(org.store, org.clock, org.ids, "south"))
    south = org.client("okta", org="south")
    assert org.send("GET", f"/south/scim/v2/Badges/{badge['id']}", token=south).status == 404
    run(define(org.store, org.clock, "south", BADGE))
    run(define(org.store, org.clock, "south", CARD))
    run(define(org.store, org.clock, "south", BADGES))
    assert org.send("GET", f"/south/scim/v2/Badges/{badge['id']}", token=south).status == 404
    assert org.send("POST", "/south/scim/v2/Badges", a_badge("Night"), token=south).status == 201


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ([{"id": ""}], "needs an id"),
        ([{**BADGE, "attributes": []}], "at least one attribute"),
        ([{**BADGE, "id": "urn:ietf:params:scim:schemas:core:2.0:User"}], "choose a URN of your own"),
        ([{**BADGE, "id": "urn:ietf:params:scim:api:messages:2.0:PatchOp"}], "choose a URN of your own"),
        ([{**BADGE, "description": "x" * 300_000}], "at most 262144 bytes"),
        ([BADGES], "there is no schema"),
        ([BADGE, {"name": "Badge", "endpoint": "/users", "schema": BADGE_URN}], "taken by User"),
        ([BADGE, {"name": "Badge", "endpoint": "/v2", "schema": BADGE_URN}], "taken by the server itself"),
        ([BADGE, {"name": "Badge", "endpoint": "/Bulk", "schema": BADGE_URN}], "not taken"),
        ([BADGE, {"name": "user", "endpoint": "/Badges", "schema": BADGE_URN}], "has a resource type of that name"),
        ([BADGE, {"name": "User", "endpoint": "/Users", "schema": BADGE_URN}], "extensions only"),
        ([BADGE, CARD, BADGES, {**BADGES, "name": "Tag"}], "taken by Badge"),
    ],
)
def test_definition_that_cannot_be_served_is_refused_with_the_reason(documents: list[dict[str, Any]], says: str) -> None:
    org = with_definitions(*documents[:-1])
    with pytest.raises(Usage, match=says):
        run(define(org.store, org.clock, "north", documents[-1]))
    assert len(run(definitions_of(org.store, "north"))) == len(documents) - 1


def test_strict_orgs_have_what_genesys_has() -> None:
    org = Rehearsal("strict")
    with pytest.raises(Usage, match="strict"):
        run(define(org.store, org.clock, "north", BADGE))


def test_definition_that_resources_need_stays() -> None:
    org = with_badges()
    badge = made(org, "Night")
    bent = {**BADGE, "attributes": [{**BADGE["attributes"][0], "type": "integer"}, *BADGE["attributes"][1:]]}
    lost_sub = {**BADGE, "attributes": [*BADGE["attributes"][:-1], {**BADGE["attributes"][-1], "subAttributes": [{"name": "value"}]}]}
    asked = {**BADGE, "attributes": [{**each, "required": True} if each["name"] == "weight" else each for each in BADGE["attributes"]]}
    for document, says in (
        (bent, "label would become something else"),
        (asked, "weight would become required"),
        (lost_sub, "zones.code would be gone"),
        ({**BADGE, "attributes": BADGE["attributes"][:1]}, "serial would be gone"),
        ({**CARD, "attributes": [{"name": "shade"}]}, "colour would be gone"),
        ({**BADGES, "schemaExtensions": []}, "would be gone"),
        ({**BADGES, "schema": CARD_URN, "schemaExtensions": []}, "delete them first"),
    ):
        with pytest.raises(Usage, match=says):
            run(define(org.store, org.clock, "north", document))
    for id, says in (("Badge", "delete them first"), (BADGE_URN, "is still used by Badge"), (CARD_URN, "is still used by Badge")):
        with pytest.raises(Usage, match=says):
            run(undefine(org.store, org.clock, "north", id))
    assert org.delete(f"Badges/{badge['id']}").status == 204
    for id in ("badge", CARD_URN.upper(), BADGE_URN):
        run(undefine(org.store, org.clock, "north", id))
    assert run(definitions_of(org.store, "north")) == ()
    assert org.get("Badges").status == 404
    with pytest.raises(Missing, match="has no definition"):
        run(undefine(org.store, org.clock, "north", "Badge"))
    assert audit_names(org)[-4:] == ["resource.deleted", "definition.removed", "definition.removed", "definition.removed"]


def test_wider_schema_keeps_resources_and_finds_them_by_new_marks() -> None:
    org = with_badges()
    made(org, "Night", note="N")
    first = {"name": "code", "type": "string"}
    wider = {
        **BADGE,
        "attributes": [first, *({**each, "indexed": True} if each["name"] == "doors" else each for each in BADGE["attributes"])],
    }
    run(define(org.store, org.clock, "north", wider))
    before = audit_names(org)
    run(define(org.store, org.clock, "north", wider))
    assert audit_names(org) == before  # the same again changes nothing
    made(org, "Day", code="D", doors=["A"])
    assert [each["label"] for each in org.get("Badges", filter='label eq "night" or code eq "d"').json["Resources"]] == ["Night", "Day"]
    assert org.get("Badges", filter='doors eq "a"').json["totalResults"] == 1


def test_there_is_a_limit_to_definitions() -> None:
    org = with_definitions(*({**CARD, "id": f"{CARD_URN}{number}"} for number in range(50)))
    with pytest.raises(Usage, match="which is the most"):
        run(define(org.store, org.clock, "north", BADGE))
    run(define(org.store, org.clock, "north", {**CARD, "id": f"{CARD_URN}0", "description": "changed"}))


def test_kept_definition_that_this_program_cannot_use_harms_nobody() -> None:
    from joiner.store.org_port import Definition

    org = with_badges()
    for id, text in (("Torn", b"{"), ("Odd", b'{"name":"Odd","endpoint":"/Badges","schema":"urn:x:y"}')):
        run(org.store.write(1, lambda rows, id=id, text=text: rows.put_definition(1, Definition(RESOURCE_TYPE, id, text))))
    made(org, "Night")
    org.create("mira@north.example")
