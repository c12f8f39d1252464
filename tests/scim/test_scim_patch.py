"""PATCH: the standard's rules and the habits of Okta, Entra and Genesys (RFC 7644 §3.5.2; providers §2; Genesys §6)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from joiner.errors import ScimRefusal
from joiner.genesys.profile import EXTENDED, STRICT
from joiner.genesys.schemas import GENESYS_URN, group_type, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, USER_URN
from joiner.scim.patch import Operation, PatchRules, apply_patch, parse_patch
from joiner.scim.refusals import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, MutabilityRefused, NoTarget, TooMany
from joiner.scim.schema import Attribute, Document, ResourceType, Schema, Type

USER = user_type(EXTENDED)
MIRA: Document = {
    "schemas": [USER_URN, ENTERPRISE_URN, GENESYS_URN],
    "id": "2819c223",
    "userName": "mira@northlight.example",
    "displayName": "Mira Okoye",
    "title": "Agent",
    "active": True,
    "name": {"givenName": "Mira", "familyName": "Okoye"},
    "emails": [{"value": "mira@northlight.example", "type": "work", "primary": True}, {"value": "mo@home.example", "type": "home"}],
    "roles": [{"value": "Agent"}],
    "groups": [{"value": "g1"}],
    ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-1"}},
    GENESYS_URN: {"externalIds": [{"authority": "zoomphone", "value": "z-1"}]},
}
NOTHING = object()
TOLERANT = PatchRules()


def patched(*operations: dict[str, Any], document: Document = MIRA, rules: PatchRules = TOLERANT, kind: ResourceType = USER) -> Document:
    """Applies the operations and proves on the way that the given document stays as it is."""
    before = copy.deepcopy(document)
    after = apply_patch(document, parse_patch({"Operations": list(operations)}), kind, rules)
    assert document == before
    return after


def difference(after: Document, before: Document = MIRA) -> Document:
    """What is not as before; an attribute that went is NOTHING. ``schemas`` follows from the rest."""
    names = (before.keys() | after.keys()) - {"schemas"}
    return {name: after.get(name, NOTHING) for name in names if after.get(name, NOTHING) != before.get(name, NOTHING)}


def op(op: str, path: str | None = None, value: Any = NOTHING) -> dict[str, Any]:
    written: dict[str, Any] = {"op": op}
    if path is not None:
        written["path"] = path
    if value is not NOTHING:
        written["value"] = value
    return written


WORK = {"value": "mira@northlight.example", "type": "work", "primary": True}
HOME = {"value": "mo@home.example", "type": "home"}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        # plain attributes, in any case, in Entra's older forms
        (op("replace", "title", "Lead"), {"title": "Lead"}),
        (op("Add", "TITLE", "Lead"), {"title": "Lead"}),
        (op("Replace", f"{USER_URN}:title", "Lead"), {"title": "Lead"}),
        (op("replace", "title", [{"$ref": None, "value": "Lead"}]), {"title": "Lead"}),
        (op("replace", "nickName", {"value": "Mi"}), {"nickName": "Mi"}),
        (op("remove", "title"), {"title": NOTHING}),
        (op("replace", "title", ""), {"title": NOTHING}),
        (op("replace", "title", None), {"title": NOTHING}),
        (op("add", "title", ""), {"title": NOTHING}),
        (op("remove", "nickName"), {}),
        (op("replace", "active", "False"), {"active": False}),
        (op("replace", None, {"active": False}), {"active": False}),
        (op("replace", "password", "s3cret"), {"password": "s3cret"}),
        # complex attributes: unnamed parts stay
        (op("replace", "name", {"givenName": "Mimi"}), {"name": {"givenName": "Mimi", "familyName": "Okoye"}}),
        (op("add", "name", {"middleName": "A"}), {"name": {"givenName": "Mira", "familyName": "Okoye", "middleName": "A"}}),
        (op("replace", "name", {"givenName": None, "familyName": "O"}), {"name": {"familyName": "O"}}),
        (op("replace", "name.givenName", "Mimi"), {"name": {"givenName": "Mimi", "familyName": "Okoye"}}),
        (op("replace", "name.givenName", ""), {"name": {"familyName": "Okoye"}}),
        (op("remove", "name.givenName"), {"name": {"familyName": "Okoye"}}),
        (op("remove", "name"), {"name": NOTHING}),
        # extensions
        (op("replace", f"{ENTERPRISE_URN}:department", "Sales"), {ENTERPRISE_URN: {"department": "Sales", "manager": {"value": "boss-1"}}}),
        (op("add", f"{ENTERPRISE_URN}:manager", "boss-2"), {ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-2"}}}),
        (
            op("add", "manager", [{"$ref": None, "value": "boss-2"}]),
            {ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-2"}}},
        ),
        (
            op("replace", f"{ENTERPRISE_URN}:manager.value", "boss-2"),
            {ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-2"}}},
        ),
        (op("replace", f"{ENTERPRISE_URN}:manager", {"value": ""}), {ENTERPRISE_URN: {"department": "Support"}}),
        (op("replace", f"{ENTERPRISE_URN}:manager", ""), {ENTERPRISE_URN: {"department": "Support"}}),
        (op("remove", ENTERPRISE_URN), {ENTERPRISE_URN: NOTHING}),
        (op("replace", ENTERPRISE_URN, {"department": "Sales"}), {ENTERPRISE_URN: {"department": "Sales", "manager": {"value": "boss-1"}}}),
        (op("add", USER_URN, {"title": "Lead"}), {"title": "Lead"}),
        # multi-valued attributes
        (
            op("add", "emails", [{"value": "x@x.example", "type": "other"}]),
            {"emails": [WORK, HOME, {"value": "x@x.example", "type": "other"}]},
        ),
        (
            op("add", "emails", {"value": "x@x.example", "type": "other"}),
            {"emails": [WORK, HOME, {"value": "x@x.example", "type": "other"}]},
        ),
        (op("add", "emails", [HOME]), {}),
        (
            op("add", "emails", [{"value": "MO@home.example", "type": "Home", "primary": True}]),
            {"emails": [{**WORK, "primary": False}, {"value": "MO@home.example", "type": "Home", "primary": True}]},
        ),
        (op("replace", "emails", [HOME]), {"emails": [HOME]}),
        (op("replace", "emails", []), {"emails": NOTHING}),
        (op("replace", "emails", ""), {"emails": NOTHING}),
        (op("remove", "emails"), {"emails": NOTHING}),
        (op("remove", "emails", [{"value": "mo@home.example"}]), {"emails": [WORK]}),
        (op("remove", "emails", {"value": "mo@home.example", "type": "home"}), {"emails": [WORK]}),
        (op("remove", "emails", [{"value": "mo@home.example", "type": "work"}]), {}),
        (op("remove", "emails", [{"type": "work"}, ""]), {}),
        (op("remove", "emails", []), {}),
        (op("add", "roles", ["Lead", "agent"]), {"roles": [{"value": "agent"}, {"value": "Lead"}]}),
        (op("add", "roles", [{"value": "Lead"}, {"value": ""}, None]), {"roles": [{"value": "Agent"}, {"value": "Lead"}]}),
        (op("remove", "roles", ["agent"]), {"roles": NOTHING}),
        # with a filter
        (op("replace", 'emails[type eq "work"].value', "m@n.example"), {"emails": [{**WORK, "value": "m@n.example"}, HOME]}),
        (op("replace", 'emails[type eq "work"].value', ["m@n.example"]), {"emails": [{**WORK, "value": "m@n.example"}, HOME]}),
        (op("remove", 'emails[type eq "work"].value'), {"emails": [HOME]}),
        (op("replace", 'emails[type eq "work"].value', ""), {"emails": [HOME]}),
        (op("remove", 'emails[type eq "work"]'), {"emails": [HOME]}),
        (op("replace", 'emails[type eq "work"]', None), {"emails": [HOME]}),
        (op("replace", 'emails[type eq "work"]', {"value": ""}), {"emails": [HOME]}),
        (op("replace", 'emails[type eq "work"]', {"value": "m@n.example"}), {"emails": [{"type": "work", "value": "m@n.example"}, HOME]}),
        (op("replace", "emails[primary pr]", {"value": "m@n.example"}), {"emails": [{"value": "m@n.example"}, HOME]}),
        (
            op("replace", 'emails[primary eq "True"]', [{"value": "m@n.example"}]),
            {"emails": [{"primary": True, "value": "m@n.example"}, HOME]},
        ),
        (op("add", 'emails[type eq "work"]', {"display": "M"}), {"emails": [{**WORK, "display": "M"}, HOME]}),
        (
            op("add", 'emails[type eq "home"]', {"value": "mo@h.example", "display": "M"}),
            {"emails": [WORK, {"value": "mo@h.example", "type": "home", "display": "M"}]},
        ),
        (op("replace", 'emails[type eq "home"].primary', "True"), {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]}),
        (op("remove", 'emails[type eq "fax"]'), {}),
        (op("remove", 'emails[type eq "fax"].value'), {}),
        (op("add", 'phoneNumbers[type eq "work2"].value', "+13175550100"), {"phoneNumbers": [{"type": "work2", "value": "+13175550100"}]}),
        (
            op("replace", 'phoneNumbers[type eq "work2"].value', "+13175550100"),
            {"phoneNumbers": [{"type": "work2", "value": "+13175550100"}]},
        ),
        (op("replace", 'phoneNumbers[type eq "work2"].value', ""), {}),
        (op("add", 'roles[primary eq "True"].value', "Lead"), {"roles": [{"value": "Agent"}, {"primary": True, "value": "Lead"}]}),
        (op("add", 'roles[value eq "Lead"]', {"display": "x"}), {"roles": [{"value": "Agent"}, {"value": "Lead", "display": "x"}]}),
        (op("remove", 'roles[value eq "agent"]'), {"roles": NOTHING}),
        (op("replace", "emails.type", "other"), {"emails": [{**WORK, "type": "other"}, {**HOME, "type": "other"}]}),
        (op("add", "phoneNumbers.value", "+13175550100"), {"phoneNumbers": [{"value": "+13175550100"}]}),
        (
            op("replace", f'{GENESYS_URN}:externalIds[authority eq "microsoftteams"].value', "t-1"),
            {GENESYS_URN: {"externalIds": [{"authority": "zoomphone", "value": "z-1"}, {"authority": "microsoftteams", "value": "t-1"}]}},
        ),
        (op("remove", f'{GENESYS_URN}:externalIds[authority eq "zoomphone"].value'), {GENESYS_URN: NOTHING}),
        (
            op("add", f"{GENESYS_URN}:routingSkills", [{"name": "Billing", "proficiency": "3.5"}]),
            {
                GENESYS_URN: {
                    "externalIds": [{"authority": "zoomphone", "value": "z-1"}],
                    "routingSkills": [{"name": "Billing", "proficiency": 3.5}],
                }
            },
        ),
        # read-only things that clients repeat
        (
            op("replace", None, {"id": "2819c223", "schemas": [], "meta": {"version": "x"}, "groups": [], "title": "Lead"}),
            {"title": "Lead"},
        ),
        (op("replace", "id", "2819c223"), {}),
        # maps whose keys are paths
        (
            op(
                "replace",
                None,
                {"name.givenName": "Mimi", f"{ENTERPRISE_URN}:department": "Sales", 'emails[type eq "home"].value': "h@h.example"},
            ),
            {
                "name": {"givenName": "Mimi", "familyName": "Okoye"},
                ENTERPRISE_URN: {"department": "Sales", "manager": {"value": "boss-1"}},
                "emails": [WORK, {**HOME, "value": "h@h.example"}],
            },
        ),
        (
            op("add", None, {ENTERPRISE_URN: {"employeeNumber": "7", "shoeSize": 44}, "shoeSize": 44, "urn:x:y": {"z": 1}}),
            {ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-1"}, "employeeNumber": "7"}},
        ),
        (op("replace", None, {ENTERPRISE_URN: None}), {ENTERPRISE_URN: NOTHING}),
        (op("replace", None, {"name": None, "emails": []}), {"name": NOTHING, "emails": NOTHING}),
    ],
)
def test_operation_changes_exactly_this(operation: dict[str, Any], changed: Document) -> None:
    assert difference(patched(operation)) == changed


@pytest.mark.parametrize(
    ("operation", "refusal", "words"),
    [
        (op("remove"), NoTarget, "remove needs a path"),
        (op("add", None, "x"), InvalidValue, "must be an object"),
        (op("add", "shoeSize", 44), InvalidPath, "no attribute shoeSize"),
        (op("add", "name.shoeSize", 44), InvalidPath, "no sub-attribute shoeSize"),
        (op("add", "urn:x:y:z", 44), InvalidPath, "no schema of User"),
        (op("add", 'emails[type eq "work"', "x"), InvalidPath, "path with a filter"),
        (op("add", 'emails[type eq "work"].shoe', "x"), InvalidPath, "no sub-attribute shoe"),
        (op("add", 'title[type eq "work"].value', "x"), InvalidPath, "multi-valued"),
        (op("add", "emails[type eq work].value", "x"), InvalidFilter, "quotes"),
        (op("add", "emails[]", "x"), InvalidFilter, "needs an attribute"),
        (op("add", "a b", "x"), InvalidPath, "a path is an attribute"),
        (op("replace", "/title", "x"), InvalidPath, "leave the slashes out"),
        (op("add", "x" * 1025, "x"), InvalidPath, "1024 characters"),
        (op("add", 'emails[type eq "' + "x" * 1025 + '"]', "x"), InvalidPath, "path with a filter"),
        (op("replace", "id", "other"), MutabilityRefused, "id is read-only"),
        (op("replace", None, {"id": "other"}), MutabilityRefused, "id is read-only"),
        (op("remove", "groups"), MutabilityRefused, "groups is read-only"),
        (op("replace", "meta.version", "9"), MutabilityRefused, "meta.version is read-only"),
        (op("add", f"{ENTERPRISE_URN}:manager.displayName", "x"), MutabilityRefused, "manager.displayName is read-only"),
        (op("remove", "userName"), MutabilityRefused, "userName is required"),
        (op("replace", "userName", ""), InvalidValue, "userName is required"),
        (op("replace", None, {"userName": None}), InvalidValue, "userName is required"),
        (op("replace", "active", "perhaps"), InvalidValue, "active: expected true or false, found 'perhaps'"),
        (op("replace", "title", 5), InvalidValue, "title: expected text, found 5"),
        (op("replace", "title", {"a": 1}), InvalidValue, "title: expected text, found an object"),
        (op("replace", "name", "Mira"), InvalidValue, "name: expected an object with formatted"),
        (op("replace", "name.givenName", 5), InvalidValue, "name.givenName: expected text"),
        (op("add", "emails", [HOME, {"value": 5}]), InvalidValue, r"emails\[1\]\.value: expected text, found 5"),
        (op("replace", 'emails[type eq "work"].value', 5), InvalidValue, "emails.value: expected text"),
        (op("add", 'emails[type ne "home" and type ne "work"].value', "x"), NoTarget, "matches no element of emails"),
        (op("add", "emails[not (type pr)].value", "x"), NoTarget, "matches no element of emails"),
        (op("add", 'emails[shoe eq "x"].value', "x"), InvalidFilter, "no such sub-attribute"),
        (op("replace", ENTERPRISE_URN, "x"), InvalidValue, "expected an object of attributes"),
        (op("remove", USER_URN), NoTarget, "own schema"),
        (op("add", f"{GENESYS_URN}:routingSkills", [{"proficiency": 3}]), InvalidValue, r"routingSkills\[0\]: name is required"),
        (op("add", f"{GENESYS_URN}:routingSkills", ["Billing"]), InvalidValue, "expected an object with name, proficiency"),
    ],
)
def test_operation_is_refused_with_its_number_and_the_reason(operation: dict[str, Any], refusal: type[ScimRefusal], words: str) -> None:
    with pytest.raises(refusal, match=words) as refused:
        patched(op("replace", "title", "Lead"), operation)
    assert refused.value.detail.startswith("operation 2 (")


def test_operations_are_applied_in_order_and_build_one_element_together() -> None:
    after = patched(
        op("Add", 'addresses[type eq "work"].locality', "Utrecht"),
        op("Add", 'addresses[type eq "work"].country', "NL"),
        op("replace", "title", "a"),
        op("replace", "title", "b"),
    )
    assert difference(after) == {"addresses": [{"type": "work", "locality": "Utrecht", "country": "NL"}], "title": "b"}


def test_address_whose_last_part_goes_is_gone() -> None:
    one = {**MIRA, "addresses": [{"type": "work", "locality": "Utrecht"}]}
    assert "addresses" not in patched(op("remove", 'addresses[type eq "work"].locality'), document=one)


def test_addresses_without_identity_are_removed_when_everything_is_equal() -> None:
    two = {**MIRA, "addresses": [{"type": "work", "locality": "Utrecht"}, {"type": "work", "locality": "Lagos"}]}
    assert patched(op("remove", "addresses", [{"locality": "Utrecht", "type": "work"}]), document=two)["addresses"] == [
        {"type": "work", "locality": "Lagos"}
    ]


def test_patch_that_changes_nothing_gives_an_equal_document() -> None:
    assert patched(op("replace", "title", "Agent"), op("add", "roles", [{"value": "Agent"}]), op("remove", "nickName")) == MIRA


def test_schemas_follow_the_extensions_that_are_used() -> None:
    assert patched(op("remove", ENTERPRISE_URN))["schemas"] == [USER_URN, GENESYS_URN]
    bare = {"schemas": [USER_URN], "userName": "x"}
    assert patched(op("add", "department", "Sales"), document=bare)["schemas"] == [USER_URN, ENTERPRISE_URN]
    assert patched(op("add", ENTERPRISE_URN, {"department": ""}), document=bare) == bare


def test_last_primary_of_several_wins() -> None:
    given = [{"value": "a@x.example", "primary": True}, {"value": "b@x.example", "primary": "true"}]
    assert [each.get("primary") for each in patched(op("replace", "emails", given))["emails"]] == [False, True]
    assert [each.get("primary") for each in patched(op("add", "emails", given))["emails"]] == [False, None, False, True]
    assert [each.get("primary") for each in patched(op("replace", "emails.primary", True))["emails"]] == [False, True]


def test_connection_may_refuse_unknown_names_and_patches_without_a_path() -> None:
    strict = PatchRules(unknown="refuse", pathless="refuse")
    with pytest.raises(InvalidPath, match="asks for a path"):
        patched(op("replace", None, {"title": "x"}), rules=strict)
    with pytest.raises(InvalidPath, match="no attribute shoeSize"):
        patched(op("replace", None, {"shoeSize": 44}), rules=PatchRules(unknown="refuse"))
    with pytest.raises(InvalidValue, match=r"emails\[0\]\.shoeSize: there is no such sub-attribute"):
        patched(op("replace", "emails", [{"shoeSize": 44}]), rules=PatchRules(unknown="refuse"))
    assert patched(op("replace", "shoeSize", 44), rules=PatchRules(unknown_path="ignore")) == MIRA


def test_connection_may_replace_complex_attributes_as_a_whole() -> None:
    whole = PatchRules(replace_complex="whole")
    assert patched(op("replace", "name", {"givenName": "Mimi"}), rules=whole)["name"] == {"givenName": "Mimi"}
    assert patched(op("add", "name", {"givenName": "Mimi"}), rules=whole)["name"] == {"givenName": "Mimi", "familyName": "Okoye"}
    assert patched(op("replace", ENTERPRISE_URN, {"department": "Sales"}), rules=whole)[ENTERPRISE_URN] == {"department": "Sales"}


def test_parts_of_members_are_immutable() -> None:
    group: Document = {"schemas": [], "displayName": "Night", "members": [{"value": "u1", "type": "User"}]}
    kind = group_type(STRICT)
    with pytest.raises(MutabilityRefused, match=r"members.value cannot be changed"):
        patched(op("replace", 'members[value eq "u1"].value', "u2"), document=group, kind=kind)
    assert patched(op("replace", 'members[value eq "u1"].type', "User"), document=group, kind=kind)["members"] == group["members"]
    added = patched(op("add", "members", [{"$ref": None, "value": "u2"}, {"value": "u1"}]), document=group, kind=kind)
    assert added["members"] == [{"value": "u1", "type": "User"}, {"value": "u2"}]


def test_immutable_attribute_is_set_once() -> None:
    badge = ResourceType("Badge", "/Badges", Schema("urn:x:Badge", "Badge", "", (
        Attribute("serial", mutability="immutable"), Attribute("tags", multi_valued=True), Attribute("count", Type.INTEGER),
    )))  # fmt: skip
    empty: Document = {"schemas": ["urn:x:Badge"]}
    once = patched(op("add", "serial", "S1"), document=empty, kind=badge)
    assert once["serial"] == "S1"
    assert patched(op("replace", "serial", "S1"), document=once, kind=badge) == once
    for operation in (op("replace", "serial", "S2"), op("remove", "serial")):
        with pytest.raises(MutabilityRefused, match="serial cannot be changed once it is set"):
            patched(operation, document=once, kind=badge)
    tagged = patched(op("add", "tags", ["a", "b", "a"]), op("remove", "tags", ["b"]), document=empty, kind=badge)
    assert tagged["tags"] == ["a"]
    assert patched(op("add", "count", "4"), document=empty, kind=badge)["count"] == 4
    with pytest.raises(InvalidValue, match=r"count: expected a whole number, found 4\.5"):
        patched(op("add", "count", 4.5), document=empty, kind=badge)
    with pytest.raises(InvalidValue, match="count: expected a whole number, found 'many'"):
        patched(op("add", "count", "many"), document=empty, kind=badge)


@pytest.mark.parametrize(
    ("body", "refusal", "words"),
    [
        ({}, InvalidSyntax, 'needs "Operations"'),
        ({"Operations": []}, InvalidSyntax, "at least one operation"),
        ({"Operations": {}}, InvalidSyntax, "a list"),
        ({"Operations": ["x"]}, InvalidSyntax, "operation 1: expected an object"),
        ({"Operations": [{"op": "merge", "path": "title", "value": 1}]}, InvalidSyntax, "must be add, replace or remove, found 'merge'"),
        ({"Operations": [{"path": "title", "value": 1}]}, InvalidSyntax, "add, replace or remove, and is missing"),
        ({"Operations": [{"op": "add", "path": 5, "value": 1}]}, InvalidPath, "path must be text, found 5"),
        ({"Operations": [{"op": "replace", "path": "title"}]}, InvalidValue, "needs a value"),
        ({"Operations": [{"op": "add", "path": "title", "value": "x"}] * 101}, TooMany, "at most 100"),
    ],
)
def test_message_that_is_no_patch_is_refused(body: Document, refusal: type[ScimRefusal], words: str) -> None:
    with pytest.raises(refusal, match=words):
        parse_patch(body)


def test_message_is_read_in_any_case_and_with_wrong_schemas() -> None:
    body: Document = {"schemas": [USER_URN], "operations": [{"OP": "Replace", "Path": " title ", "Value": "x"}]}
    assert parse_patch(body) == (Operation("replace", "title", "x", 1),)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": 'phoneNumbers[type eq "fax"].value', "value": "+13175550100"},
        {"op": "add", "path": 'emails[type eq "other"].value', "value": "m@other.example"},
        {"op": "replace", "path": 'emails[type eq "other"]', "value": {"value": "m@other.example"}},
    ],
)
def test_filter_that_matches_nothing_makes_an_element_only_where_that_is_borne(operation: dict[str, Any]) -> None:
    assert patched(operation) != MIRA
    with pytest.raises(NoTarget, match=r"matches no element"):
        patched(operation, rules=PatchRules(missing_element="refuse"))


def test_strict_rules_still_change_what_the_filter_matches_and_remove_nothing_from_nothing() -> None:
    strict = PatchRules(missing_element="refuse")
    work = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "m@north.example"}
    assert patched(work, rules=strict)["emails"][0]["value"] == "m@north.example"
    whole = {"op": "replace", "path": 'emails[type eq "work"]', "value": {"value": "m@north.example"}}
    assert patched(whole, rules=strict)["emails"][0] == {"value": "m@north.example", "type": "work"}
    assert patched({"op": "remove", "path": 'emails[type eq "other"]'}, rules=strict) == MIRA
