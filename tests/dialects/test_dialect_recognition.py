"""Each oddity: the smallest request that shows it, and what goes on to the journeys."""

from __future__ import annotations

from typing import Any

import pytest

from joiner.dialects.connection import KINDS, parse_settings
from joiner.dialects.oddities import ODDITIES
from joiner.dialects.query_oddities import DOUBLED_SLASH
from joiner.dialects.recognise import recognise
from joiner.errors import ScimRefusal
from joiner.scim.core_schemas import ENTERPRISE_URN, GROUP_URN, PATCH_OP_URN, USER_URN
from joiner.scim.refusals import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue

GENERIC, STRICT = KINDS["generic"], KINDS["strict"]
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
ROLE_TEXT = '{"id":"06b07648","value":"25","displayName":"Supervisor"}'


def patch(*operations: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP_URN], "Operations": list(operations)}


def user(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER_URN, ENTERPRISE_URN], "userName": "aino@northlight.example", **attributes}


def op(verb: str, path: str | None, value: Any = None) -> dict[str, Any]:
    return {"op": verb, "value": value} if path is None else {"op": verb, "path": path, "value": value}


PATCHES = [
    ("capitalised-op", op("Replace", "displayName", "Aino")),
    ("boolean-as-text", op("replace", "active", "False")),
    ("boolean-as-text", op("replace", 'roles[value eq "x"].primary', "True")),
    ("boolean-as-text", op("replace", None, {"active": "false"})),
    ("boolean-as-text", op("replace", None, {"emails": [{"value": "a@b.example", "primary": "True"}]})),
    ("boolean-as-text", op("replace", "emails", [{"value": "a@b.example", "primary": "true"}])),
    ("manager-as-text", op("replace", f"{ENTERPRISE_URN}:manager", "u-1")),
    ("empty-manager", op("replace", f"{ENTERPRISE_URN}:manager", "")),
    ("empty-manager", op("replace", f"{ENTERPRISE_URN}:manager", {"value": ""})),
    ("empty-text-clears", op("replace", "title", "")),
    ("null-ref", op("add", "members", [{"$ref": None, "value": "u-1"}])),
    ("remove-members-by-value-list", op("remove", "members", [{"value": "u-1"}])),
    ("remove-members-by-value-list", op("remove", "members", {"value": "u-1"})),
    ("remove-by-value-list", op("remove", "emails", [{"value": "a@b.example"}])),
    ("element-as-text", op("add", "roles", ["Agent"])),
    ("element-as-text", op("add", "members", ["u-1"])),
    ("wrapped-plain-value", op("replace", "displayName", [{"value": "Aino"}])),
    ("wrapped-plain-value", op("replace", "name.givenName", {"$ref": None, "value": "Aino"})),
    ("role-as-json-text", op("add", "roles", [{"value": ROLE_TEXT}])),
    ("repeated-id", op("replace", None, {"id": "g-1", "displayName": "Support"})),
    ("pathless-map-of-paths", op("replace", None, {"name.givenName": "Aino"})),
    ("pathless-map-of-paths", op("replace", None, {f"{ENTERPRISE_URN}:department": "Support"})),
    ("pathless-map-of-paths", op("replace", None, {f"{ENTERPRISE_URN}:manager": {"value": "u-1"}})),
    ("pathless-map-of-paths", op("replace", None, {'emails[type eq "work"].value': "a@b.example"})),
    ("filter-creates-element", op("add", 'emails[type eq "work"].value', "a@b.example")),
    ("boolean-as-text-in-path", op("replace", 'roles[primary eq "True"].value', "Agent")),
    ("dotted-extension-path", op("replace", f"{ENTERPRISE_URN}.department", "Support")),
    ("empty-path", {"op": "replace", "path": "", "value": {"title": "Agent"}}),
    ("names-in-other-case", {"Op": "replace", "Path": "title", "Value": "Agent"}),
]


@pytest.mark.parametrize(("name", "operation"), PATCHES)
def test_an_odd_operation_is_recognised_by_its_name_alone(name: str, operation: dict[str, Any]):
    recognised = recognise("PATCH", patch(operation), {}, GENERIC)
    assert set(recognised.names) - {"names-in-other-case"} == {name} - {"names-in-other-case"}
    assert name in recognised.names


@pytest.mark.parametrize(
    "operation",
    [
        op("replace", "active", False),
        op("replace", None, {"active": False}),
        op("replace", None, {"title": "Agent", "name": {"givenName": "Aino"}}),
        op("replace", None, {ENTERPRISE_URN: {"department": "Support"}}),
        op("replace", None, "no object"),
        op("replace", f"{ENTERPRISE_URN}:department", "Support"),
        op("replace", f"{ENTERPRISE_URN}:manager", {"value": "u-1"}),
        op("replace", f"{ENTERPRISE_URN}:manager.value", "u-1"),
        op("replace", "title", "true"),
        op("replace", "title", "manager"),
        op("add", "members", [{"value": "u-1"}]),
        op("remove", 'members[value eq "u-1"]'),
        op("remove", "members"),
        op("remove", "members", []),
        op("replace", "emails", [{"value": "a@b.example", "type": "work"}, {"value": "c@d.example"}]),
        op("replace", "displayName", [{"value": "Aino"}, {"value": "Eero"}]),
        op("replace", 'emails[type eq "work"]', {"value": "a@b.example"}),
        op("replace", "name", {"givenName": "Aino"}),
        op("replace", 'emails[type eq "work"].value', "a@b.example"),
        op("Wipe", "title", "x"),
        {"op": 5, "path": ["title"], "value": "x"},
        {"op": 5, "path": "members", "value": [{"value": "u-1"}]},
        {"op": 5, "path": "emails[type eq 1]", "value": [{"value": "u-1"}]},
        {"op": 5, "path": "title", "value": "x"},
        "no operation",
    ],
)
def test_an_ordinary_operation_goes_on_as_it_is(operation: Any):
    body = patch(operation)
    recognised = recognise("PATCH", body, {}, GENERIC)
    assert recognised.names in ((), ("filter-creates-element",))[:1]
    assert recognised.body is body


BODIES = [
    ("POST", "boolean-as-text", user(active="False")),
    ("POST", "boolean-as-text", user(emails=[{"value": "a@b.example", "primary": "True"}])),
    ("PUT", "element-as-text", user(roles=["Agent"])),
    ("POST", "element-as-text", {"schemas": [GROUP_URN], "displayName": "Support", "members": ["u-1"]}),
    ("POST", "null-ref", {"schemas": [GROUP_URN], "displayName": "Support", "members": [{"$ref": None, "value": "u-1"}]}),
    ("POST", "role-as-json-text", user(roles=[{"value": ROLE_TEXT}])),
    ("PUT", "manager-as-text", user(**{ENTERPRISE_URN: {"manager": "u-1"}})),
    ("PUT", "empty-manager", user(**{ENTERPRISE_URN: {"manager": ""}})),
    ("POST", "empty-manager", user(**{ENTERPRISE_URN: {"manager": {"value": ""}}})),
    ("POST", "unknown-schema-urn", {"schemas": [GROUP_URN, ADSCIM], "displayName": "Support"}),
    ("POST", "missing-schemas", {"userName": "aino@northlight.example"}),
    ("PUT", "missing-schemas", {"schemas": [], "userName": "aino@northlight.example"}),
    ("POST", "extension-not-in-schemas", {"schemas": [USER_URN], "userName": "a", ENTERPRISE_URN: {"department": "Support"}}),
    ("POST", "meta-in-body", user(meta={"resourceType": "User"})),
    ("POST", "groups-in-body", user(groups=[])),
    ("POST", "id-in-body", user(id="u-1")),
    ("POST", "free-text-locale", user(locale="QZXKMP")),
]


@pytest.mark.parametrize(("method", "name", "body"), BODIES)
def test_an_odd_body_is_recognised(method: str, name: str, body: dict[str, Any]):
    assert recognise(method, body, {}, GENERIC).names == (name,)


@pytest.mark.parametrize(
    "body",
    [
        user(active=True, emails=[{"value": "a@b.example", "primary": True}], locale="fi-FI", preferredLanguage="zh_Hant_TW"),
        user(locale="", active=None, roles=[{"value": "Agent"}], members=[{"value": "u-1"}], photos=[{"type": "photo"}]),
        user(**{ENTERPRISE_URN: {"manager": {"value": "u-1"}}}),
        user(**{ENTERPRISE_URN: {"department": "Support"}}),
        user(**{ENTERPRISE_URN: "no object"}),
        user(emails="no list", locale=5, active="perhaps"),
        user(emails=[5], schemas="no list"),
        {"schemas": [USER_URN, "urn:example:other:1.0"], "userName": "a", "urn:example:other:1.0": {}},
        {"schemas": [USER_URN, 5], "userName": "a", "urn:example:other:1.0": None},
    ],
)
def test_an_ordinary_or_hopeless_body_goes_on_as_it_is(body: dict[str, Any]):
    recognised = recognise("POST", body, {}, GENERIC)
    assert recognised == (body, {}, ())
    assert recognised.body is body


def test_a_put_may_repeat_what_was_read():
    assert recognise("PUT", user(id="u-1", meta={"version": '"3"'}, groups=[{"value": "g-1"}]), {}, GENERIC).names == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unquoted-filter-value", "userName eq bjensen"),
        ("unquoted-filter-value", "title pr and userName eq bjensen@northlight.example"),
        ("unquoted-filter-value", "employeeNumber eq 12a"),
        ("boolean-as-text-in-filter", 'active eq "True"'),
        ("boolean-as-text-in-filter", 'title pr and roles[primary eq "false"]'),
    ],
)
def test_an_odd_filter_is_recognised(name: str, text: str):
    assert recognise("GET", None, {"filter": text}, GENERIC).names == (name,)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "aino@northlight.example"',
        'userName eq   "two blanks before it"',
        'title eq "a eq b" and active eq true',
        "meta.version gt 5 and (active eq false) and x eq -1.5 or y eq null",
        r'title eq "a \" eq b"',
        "userName eq " + "b" * 5000,
        "",
    ],
)
def test_an_ordinary_filter_is_not(text: str):
    assert recognise("GET", None, {"filter": text, "count": "5"}, GENERIC).names == ()


def test_a_patch_that_does_not_say_what_it_is_is_recognised():
    operation = op("replace", "title", "Agent")
    assert recognise("PATCH", {"Operations": [operation]}, {}, GENERIC).names == ("missing-patch-schema",)
    assert recognise("PATCH", {"schemas": [USER_URN], "Operations": [operation]}, {}, GENERIC).names == ("missing-patch-schema",)
    assert recognise("PATCH", {"schemas": ["urn:example", PATCH_OP_URN], "Operations": [operation]}, {}, GENERIC).names == ()
    assert recognise("PATCH", {"schemas": 5, "Operations": [operation]}, {}, GENERIC).names == ("missing-patch-schema",)


def test_what_is_no_patch_goes_on_to_be_refused_elsewhere():
    for body in (patch(), {"schemas": [PATCH_OP_URN], "Operations": "none"}, patch(*[op("Add", "title", "x")] * 101)):
        assert recognise("PATCH", body, {}, GENERIC) == (body, {}, ())


def test_an_oddity_is_named_once_however_often_it_shows():
    body = patch(op("Add", "title", "x"), op("Replace", "displayName", "y"), op("Add", 'emails[type eq "work"].value', "z"))
    assert recognise("PATCH", body, {}, GENERIC).names == ("capitalised-op", "filter-creates-element")


def test_a_dotted_path_becomes_one_with_a_colon():
    body = patch(op("replace", "title", "x"), op("replace", f"{ENTERPRISE_URN}.manager", {"value": "u-1"}))
    straight = recognise("PATCH", body, {}, GENERIC).body
    assert straight == patch(op("replace", "title", "x"), op("replace", f"{ENTERPRISE_URN}:manager", {"value": "u-1"}))
    assert body["Operations"][1]["path"] == f"{ENTERPRISE_URN}.manager"


def test_a_role_written_as_json_text_becomes_a_role():
    role = {"value": "25", "display": "Supervisor"}
    assert recognise("PATCH", patch(op("add", "roles", [{"value": ROLE_TEXT}])), {}, GENERIC).body == patch(op("add", "roles", [role]))
    body = user(roles=[{"value": ROLE_TEXT, "primary": False}, {"value": "Agent"}])
    assert recognise("POST", body, {}, GENERIC).body == user(roles=[{**role, "primary": False}, {"value": "Agent"}])


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ('{"displayName":"Agent"}', {"value": "Agent", "display": "Agent"}),
        ('{"value":"Agent"}', {"value": "Agent"}),
        ("{no json}", {"value": "{no json}"}),
        ('{"value":7}', {"value": '{"value":7}'}),
        ('{"value":"\\ud800"}', {"value": '{"value":"\\ud800"}'}),
        ("{" + '"a":{' * 600 + "}" * 601, {"value": "{" + '"a":{' * 600 + "}" * 601}),
    ],
)
def test_text_that_only_looks_like_a_role_stays_as_it_is(text: str, role: dict[str, Any]):
    assert recognise("PATCH", patch(op("add", "roles", [{"value": text}])), {}, GENERIC).body == patch(op("add", "roles", [role]))


def test_half_surrogates_in_a_role_text_do_not_come_in():
    body = patch(op("add", "roles", [{"value": '{"value":"\ud800"}'}]))
    assert recognise("PATCH", body, {}, GENERIC).body == body


def test_strange_schemas_are_taken_out():
    body = {"schemas": [GROUP_URN, ADSCIM, 5], "displayName": "Support"}
    assert recognise("POST", body, {}, GENERIC).body == {"schemas": [GROUP_URN, 5], "displayName": "Support"}


def test_other_spellings_of_a_message_are_straightened():
    straight = recognise("PATCH", {"schemas": [PATCH_OP_URN], "operations": [{"OP": "add", "Path": "title", "Value": "x"}]}, {}, GENERIC)
    assert straight.names == ("names-in-other-case",)
    assert straight.body == patch({"op": "add", "path": "title", "value": "x"})


def test_doubled_slashes_become_single_ones():
    assert DOUBLED_SLASH.fits("/north//scim/v2///Users")
    assert DOUBLED_SLASH.straighten is not None
    assert DOUBLED_SLASH.straighten("/north//scim/v2///Users") == "/north/scim/v2/Users"


@pytest.mark.parametrize(("name", "operation"), PATCHES)
def test_a_strict_connection_refuses_what_departs_from_the_standard(name: str, operation: dict[str, Any]):
    if ODDITIES[name].allowed:
        assert name in recognise("PATCH", patch(operation), {}, STRICT).names
        return
    with pytest.raises(ScimRefusal, match=rf"operation 1: .* \({name}, RFC .*tolerate") as refused:
        recognise("PATCH", patch(operation), {}, STRICT)
    assert isinstance(refused.value, (InvalidSyntax, InvalidValue, InvalidPath, InvalidFilter))


@pytest.mark.parametrize(("method", "name", "body"), BODIES)
def test_a_strict_connection_refuses_bodies_that_depart_from_the_standard(method: str, name: str, body: dict[str, Any]):
    if ODDITIES[name].allowed:
        assert recognise(method, body, {}, STRICT).names == (name,)
        return
    with pytest.raises(ScimRefusal, match=name):
        recognise(method, body, {}, STRICT)


def test_one_oddity_may_be_borne_alone():
    connection = parse_settings("strict", {"tolerate": "capitalised-op"})
    assert recognise("PATCH", patch(op("Add", "title", "x")), {}, connection).names == ("capitalised-op",)
    with pytest.raises(InvalidValue, match="boolean-as-text"):
        recognise("PATCH", patch(op("Add", "active", "True")), {}, connection)


def test_every_oddity_says_what_it_means_and_what_to_do():
    for name, oddity in ODDITIES.items():
        assert name == oddity.name
        assert oddity.vendors
        assert set(oddity.vendors) <= KINDS.keys()
        assert oddity.clause.startswith("RFC ")
        assert oddity.meaning.endswith(".")
        assert oddity.fix.endswith(".")


def test_every_oddity_is_shown_by_a_test_here():
    shown = {name for name, _ in PATCHES} | {name for _, name, _ in BODIES}
    elsewhere = {"missing-patch-schema", "unquoted-filter-value", "boolean-as-text-in-filter", "doubled-slash", "unknown-attribute"}
    assert ODDITIES.keys() - shown == elsewhere


def test_a_delete_has_no_body_to_be_odd():
    assert recognise("DELETE", {"odd": True}, {}, GENERIC).names == ()
