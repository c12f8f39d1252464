"""What every write promises: preconditions, refusals that change nothing, names that are one name, and nothing beyond what is writable."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from connected import connect
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal, Reply, run

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
MIRA = "mira@northlight.example"


def title(value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": "title", "value": value}


def everything(org: Rehearsal) -> list[bytes]:
    """All that is kept of users and groups, byte by byte, with the length of the audit log."""

    def work(rows: Any) -> list[bytes]:
        kept = [(each.body, each.state, each.external_id) for kind in ("User", "Group") for each in rows.every(1, kind, 0, "")]
        return [*(repr(each).encode() for each in kept), str(rows.audit_head(1)).encode()]

    found: list[bytes] = run(org.store.read(1, work))
    return found


@BOTH
@pytest.mark.parametrize(
    ("if_match", "holds"),
    [
        ('"1"', True), ('W/"1"', True), ("1", True), ("*", True), ('"7", "1"', True), ('"7", W/"1"', True), ("7 , *", True),
        ('"7"', False), ('W/"11"', False), ('"*"', False), ('"7","8"', False), ("", True), ("none", False),
    ],
)  # fmt: skip
def test_if_match_in_every_form(profile: str, if_match: str, holds: bool) -> None:
    org = Rehearsal(profile)
    user, group = org.create(MIRA), org.group("Night")
    stale = 400 if profile == "strict" else 412
    for path, body in (
        (f"Users/{user['id']}", {"Operations": [title("Lead")]}),
        (f"Groups/{group}", {"Operations": [{"op": "add", "path": "externalId", "value": "g"}]}),
    ):
        reply = org.send("PATCH", path, body, if_match=if_match)
        assert (reply.status in (200, 204)) == holds, (path, reply.body)
        assert holds or reply.status == stale


@BOTH
def test_if_match_any_asks_that_the_resource_is_there(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(MIRA)
    assert org.delete("Users/nobody", if_match="*").status == 404
    assert org.delete(f"Users/{user['id']}", if_match="*").status == 204
    assert org.delete(f"Users/{user['id']}", if_match="*").status == 404


@BOTH
def test_patch_and_put_that_change_nothing_leave_version_time_and_audit_alone(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(MIRA, title="Lead", externalId="1", roles=[{"value": "Agent"}], **{ENTERPRISE: {"department": "Care"}})
    group = org.group("Night", user["id"])
    shown, before = org.get(f"Users/{user['id']}").json, everything(org)
    run(org.clock.sleep(60))
    same = [title("Lead"), {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Care"}, {"op": "add", "value": {"active": "True"}}]
    assert org.patch(f"Users/{user['id']}", *same).json == shown
    assert org.patch(f"Users/{user['id']}", title("Boss"), title("Lead")).json == shown
    assert org.put(f"Users/{user['id']}", shown).json == shown
    members = {"op": "replace", "path": "members", "value": [{"value": user["id"]}]}
    assert org.patch(f"Groups/{group}", members, {"op": "add", "value": {"displayName": "Night"}}).status in (200, 204)
    assert everything(org) == before


@BOTH
def test_put_of_a_resource_as_it_was_read_is_taken_with_its_read_only_parts(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(MIRA, externalId="1")
    org.group("Night", user["id"])
    shown = org.get(f"Users/{user['id']}").json
    forged = {**shown, "id": "other", "groups": [], "meta": {"version": "9", "created": "1999-01-01T00:00:00Z"}, "title": "Lead"}
    reply = org.put(f"Users/{user['id']}", forged)
    assert reply.status == 200
    assert {name: reply.json.get(name) for name in ("id", "groups")} == {name: shown.get(name) for name in ("id", "groups")}
    assert reply.json["meta"]["version"] == '"2"'
    assert reply.json["meta"].get("created") == shown["meta"].get("created")


@BOTH
@pytest.mark.parametrize("operations", [
    [title("Lead"), {"op": "replace", "path": "emails[type eq", "value": "x"}],
    [title("Lead"), {"op": "replace", "path": "id", "value": "other"}],
    [title("Lead"), {"op": "replace", "path": "userName", "value": "taken@northlight.example"}],
    [title("Lead"), {"op": "remove", "path": "userName"}],
    [title("Lead"), {"op": "replace", "path": "externalId", "value": "taken"}],
    [title("Lead"), {"op": "add", "path": "roles", "value": [{"value": "Pharaoh"}]}],
    [title("Lead"), {"op": "replace", "path": "groups", "value": []}, {"op": "jump"}],
])  # fmt: skip
def test_refused_patch_changes_nothing_at_all(profile: str, operations: list[dict[str, Any]]) -> None:
    org = Rehearsal(profile)
    user = org.create(MIRA)
    org.create("taken@northlight.example", externalId="taken")
    before = everything(org)
    assert org.patch(f"Users/{user['id']}", *operations).status in (400, 409)
    assert everything(org) == before


@BOTH
@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b", "\\udc00"])
def test_nul_and_half_surrogates_are_refused_everywhere(profile: str, text: str) -> None:
    org = Rehearsal(profile)
    user, group = org.create(MIRA), org.group("Night")
    before = everything(org)
    for method, path, body in (
        ("POST", "Users", '{"userName":"x@y.example","displayName":"%s"}'),
        ("POST", "Users", '{"userName":"x%s@y.example","displayName":"X"}'),
        ("PUT", f"Users/{user['id']}", '{"userName":"mira@northlight.example","displayName":"%s"}'),
        ("PATCH", f"Users/{user['id']}", '{"Operations":[{"op":"add","path":"title","value":"%s"}]}'),
        ("PATCH", f"Groups/{group}", '{"Operations":[{"op":"add","path":"externalId","value":"%s"}]}'),
        ("PATCH", f"Groups/{group}", '{"Operations":[{"op":"add","path":"members","value":[{"value":"%s"}]}]}'),
    ):
        reply = org.send(method, path, (body % text).encode())
        assert reply.status == 400, (method, path, reply.body)
    assert everything(org) == before


SAME = [
    ("kelvin@northlight.example", "\u212aelvin@northlight.example"),
    ("mira1@northlight.example", "mira\uff11@northlight.example"),
    ("z\u00f6e@northlight.example", "zo\u0308e@northlight.example"),
    ("stra\u00dfe@northlight.example", "STRASSE@northlight.example"),
    ("mira@northlight.example", "mi\u200bra@northlight.example"),
]


@BOTH
@pytest.mark.parametrize(("name", "alike"), SAME)
def test_names_that_are_one_name_collide_on_every_verb(profile: str, name: str, alike: str) -> None:
    org = Rehearsal(profile)
    org.create(name)
    other = org.create("other@northlight.example")
    before = everything(org)
    for reply in (
        org.post("Users", {"userName": alike, "displayName": "A"}),
        org.put(f"Users/{other['id']}", {"userName": alike, "displayName": "A"}),
        org.patch(f"Users/{other['id']}", {"op": "replace", "path": "userName", "value": alike}),
    ):
        assert (reply.status, reply.scim_type) == (409, "uniqueness"), reply.body
    assert everything(org) == before
    found = org.get("Users", filter=f"userName eq {json.dumps(alike)}")
    assert found.json["totalResults"] == 1


def test_group_names_that_are_one_name_collide_on_every_verb() -> None:
    org = Rehearsal()
    org.group("Z\u00fcrich \u212a1")
    other = org.post("Groups", {"displayName": "Bern"}).json["id"]
    before = everything(org)
    for alike in ("zu\u0308rich k1", "Z\u00dcRICH K\uff11"):
        for reply in (
            org.post("Groups", {"displayName": alike}),
            org.put(f"Groups/{other}", {"displayName": alike}),
            org.patch(f"Groups/{other}", {"op": "replace", "path": "displayName", "value": alike}),
        ):
            assert (reply.status, reply.scim_type) == (409, "uniqueness")
    assert everything(org) == before


@pytest.mark.parametrize("invisible", ["\u200b", "\u2060\u200d", " \u200b "])
def test_name_of_which_nothing_can_be_seen_is_none(invisible: str) -> None:
    org = Rehearsal()
    assert org.post("Users", {"userName": invisible}).status == 400
    assert org.post("Groups", {"displayName": invisible}).status == 400


def test_mistake_in_attributes_is_found_before_anything_is_written() -> None:
    org = Rehearsal()
    user = org.create(MIRA)
    before = everything(org)
    both = {"attributes": "userName", "excludedAttributes": "title"}
    for method, path, body in (
        ("POST", "Users", {"userName": "x@y.example"}),
        ("PATCH", f"Users/{user['id']}", {"Operations": [title("Lead")]}),
    ):
        assert org.send(method, path, body, query=both).status == 400
    assert everything(org) == before


def test_division_id_is_the_division_in_every_write() -> None:
    org = Rehearsal()
    user = org.create(MIRA, **{ENTERPRISE: {"divisionId": "Sales"}})
    assert user[ENTERPRISE]["division"] == "Sales"
    path = f"Users/{user['id']}"
    assert (
        org.patch(path, {"op": "replace", "path": f"{ENTERPRISE}:divisionId", "value": "Support"}).json[ENTERPRISE]["division"] == "Support"
    )
    assert org.put(path, {"userName": MIRA, "divisionId": "sales"}).json[ENTERPRISE]["division"] == "Sales"
    assert org.get("Users", filter='divisionId eq "Sales"').json["totalResults"] == 1


def test_deactivation_ends_what_a_person_is_signed_in_with() -> None:
    org = Rehearsal()
    user = org.create(MIRA)

    def sign_in(rows: Any) -> None:
        rows.add_token(b"x" * 32, 1, org.credentials.client_id, 0.0, 9e9, user["id"])

    for end in (
        lambda: org.patch(f"Users/{user['id']}", {"op": "replace", "path": "active", "value": False}),
        lambda: org.delete(f"Users/{user['id']}"),
    ):
        run(org.store.write(1, sign_in))
        assert run(org.store.read(1, lambda rows: rows.session(b"x" * 32))) is not None
        assert end().status in (200, 204)
        assert run(org.store.read(1, lambda rows: rows.session(b"x" * 32))) is None
        org.patch(f"Users/{user['id']}", {"op": "replace", "path": "active", "value": True})


# Mass assignment (T03): whatever names a body uses, in whatever case and form, nothing but what is writable changes.

NAMES = [
    "id", "ID", "schemas", "meta", "Meta", "groups", "GROUPS", "active", "userName", "displayName", "title", "roles", "externalId",
    "password", "emails", "phoneNumbers", "n", "org", "state", "version", "body", "in_groups", "inGroups", "external_id", "client",
    "created", "lastModified", "location", "resourceType", "permissions", "secret_hash", "__class__", "__proto__", "constructor",
    "urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, GENESYS, "members", "tombstone", "deleted", "kept", "n.x", "meta.version",
]  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "x", "7", "2030-01-01T00:00:00Z", "Agent", "Sales", "DELETED"]),
    st.lists(st.fixed_dictionaries({"value": st.sampled_from(["Agent", "employee", "x@y.example", "7"])}), max_size=2),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["x", "7", True, None]), max_size=3),
)  # fmt: skip


def disguised(name: str, seed: int) -> str:
    chance = random.Random(seed)
    lead = chance.choice(["", "", "urn:ietf:params:scim:schemas:core:2.0:User:", f"{ENTERPRISE}:", f"{GENESYS}:"])
    return lead + "".join(letter.upper() if chance.random() < 0.3 else letter for letter in name)


KEYS = st.builds(disguised, st.sampled_from(NAMES), st.integers(0, 999))


def fixed_parts(org: Rehearsal, id: str) -> dict[str, Any]:
    shown = org.get(f"Users/{id}").json
    return {name: shown.get(name) for name in ("id", "groups")} | {
        name: shown["meta"].get(name) for name in ("created", "resourceType", "location")
    }


@BOTH
def test_no_body_changes_anything_that_is_not_writable(profile: str) -> None:
    org = Rehearsal(profile, rate=0)
    user, other = org.create(MIRA, externalId="1")["id"], org.create("other@northlight.example", externalId="2")["id"]
    org.group("Night", user, other)
    entra = org.client("entra")
    fixed, bystander = fixed_parts(org, user), org.get(f"Users/{other}").body
    known = {name for each in org.get("Schemas").json["Resources"] for name in [each["id"], *(part["name"] for part in each["attributes"])]}
    known |= {"schemas", "id", "externalId", "meta"}

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.dictionaries(KEYS, VALUES, max_size=6), st.sampled_from(["PUT", "PATCH", "map"]))
    def attack(body: dict[str, Any], how: str) -> None:
        if how == "PUT":
            sent: dict[str, Any] = {"userName": MIRA, "displayName": "M"} | body
        elif how == "map":
            sent = {"Operations": [{"op": "replace", "value": body}]}
        else:
            sent = {"Operations": [{"op": "replace", "path": key, "value": value} for key, value in body.items()] or [title("x")]}
        reply = org.send("PUT" if how == "PUT" else "PATCH", f"Users/{user}", sent)
        assert reply.status < 500, reply.body
        assert fixed_parts(org, user) == fixed
        assert org.get(f"Users/{other}").body == bystander
        shown = org.send("GET", f"Users/{user}", token=entra).json
        assert "externalId" not in shown
        assert shown.keys() <= known
        kept = run(org.store.read(1, lambda rows: rows.resource(1, "User", user)))
        assert kept.id == user
        assert f'"{kept.version}"' == shown["meta"]["version"]

    attack()


# The table of DESIGN §7 against the settings of a connection: the setting decides where it is given, else the profile.


def pathless(org: Rehearsal) -> Reply:
    return org.patch(f"Users/{org.create(MIRA)['id']}", {"op": "replace", "value": {"title": "Lead"}})


def unknown_attribute(org: Rehearsal) -> Reply:
    return org.post("Users", {"userName": MIRA, "displayName": "M", "shoeSize": 7})


def unknown_path(org: Rehearsal) -> Reply:
    return org.patch(f"Users/{org.create(MIRA)['id']}", {"op": "replace", "path": "shoeSize", "value": 7})


def rename(org: Rehearsal) -> Reply:
    return org.patch(f"Groups/{org.group('Night')}", {"op": "replace", "path": "displayName", "value": "Day"})


def rename_by_put(org: Rehearsal) -> str:
    name: str = org.put(f"Groups/{org.group('Night')}", {"displayName": "Day"}).json["displayName"]
    return name


def patched_user(org: Rehearsal) -> Reply:
    return org.patch(f"Users/{org.create(MIRA)['id']}", title("Lead"))


def patched_group(org: Rehearsal) -> Reply:
    return org.patch(f"Groups/{org.group('Night')}", {"op": "add", "path": "externalId", "value": "g"})


def plain_name(org: Rehearsal) -> Reply:
    return org.post("Users", {"userName": "mira", "displayName": "M"})


def unquoted(org: Rehearsal) -> Reply:
    return org.get("Users", filter="userName eq mira")


def element_from_filter(org: Rehearsal) -> Reply:
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "m@work.example"}
    return org.patch(f"Users/{org.create(MIRA)['id']}", operation)


def manager_whole(org: Rehearsal) -> bool:
    user = org.create(MIRA, **{ENTERPRISE: {"department": "Care", "employeeNumber": "7"}})
    after = org.patch(f"Users/{user['id']}", {"op": "replace", "path": ENTERPRISE, "value": {"department": "Sales"}}).json
    return "employeeNumber" in after[ENTERPRISE]


@pytest.mark.parametrize(
    ("setting", "value", "tried", "strict", "extended"),
    [
        (None, None, pathless, 200, 200),
        ("pathless_patch", "refuse", pathless, 400, 400),
        (None, None, unknown_attribute, 201, 201),
        ("unknown_attributes", "refuse", unknown_attribute, 400, 400),
        ("unknown_attributes", "ignore", unknown_attribute, 201, 201),
        (None, None, unknown_path, 200, 400),
        ("unknown_patch_path", "refuse", unknown_path, 400, 400),
        ("unknown_patch_path", "ignore", unknown_path, 200, 200),
        (None, None, rename, 400, 204),
        ("group_rename", "ignore", rename, 200, 204),
        ("group_rename", "refuse", rename, 400, 400),
        ("group_rename", "rename", rename, 200, 204),
        (None, None, rename_by_put, "Night", "Day"),
        ("group_rename", "ignore", rename_by_put, "Night", "Night"),
        ("group_rename", "rename", rename_by_put, "Day", "Day"),
        (None, None, patched_user, 200, 200),
        ("patch_answer", "empty", patched_user, 204, 204),
        ("patch_answer", "body", patched_user, 200, 200),
        (None, None, patched_group, 200, 204),
        ("patch_answer", "body", patched_group, 200, 200),
        ("patch_answer", "empty", patched_group, 204, 204),
        (None, None, plain_name, 400, 201),
        ("user_name", "email", plain_name, 400, 400),
        ("user_name", "any", plain_name, 201, 201),
        (None, None, unquoted, 200, 400),
        ("unquoted_filters", True, unquoted, 200, 200),
        ("unquoted_filters", False, unquoted, 400, 400),
        (None, None, element_from_filter, 200, 200),
        ("missing_element", "refuse", element_from_filter, 400, 400),
        (None, None, manager_whole, True, True),
        ("replace_complex", "whole", manager_whole, False, False),
    ],
)
@BOTH
def test_setting_of_a_connection_decides_where_it_is_given(
    profile: str, setting: str | None, value: Any, tried: Any, strict: Any, extended: Any
) -> None:
    org = Rehearsal(profile)
    if setting is not None:
        connect(org, **{setting: value})
    got = tried(org)
    assert (got.status if isinstance(got, Reply) else got) == (strict if profile == "strict" else extended), getattr(got, "body", "")
