"""Values that are sent again in another form, and roles shown by id."""

from __future__ import annotations

from typing import Any

import pytest

from joiner.dialects.resent import FIXES, Resent, resent_values, shape
from joiner.dialects.role_values import show_role_ids
from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import user_type
from joiner.scim.core_schemas import ENTERPRISE_URN

USER = user_type(EXTENDED)
KEPT: dict[str, Any] = {
    "userName": "aino@northlight.example",
    "title": "Agent",
    "active": True,
    "name": {"givenName": "Aino", "familyName": "Virtanen"},
    "emails": [{"value": "aino@northlight.example", "type": "work"}, {"value": "aino@home.example", "type": "home"}],
    "phoneNumbers": [{"value": "+13175550100", "type": "work"}],
    ENTERPRISE_URN: {"department": "Support", "manager": {"value": "u-1"}},
}


def put(**attributes: Any) -> tuple[Resent, ...]:
    return resent_values("PUT", attributes, KEPT, USER)


def patched(*operations: Any) -> tuple[Resent, ...]:
    return resent_values("PATCH", {"Operations": list(operations)}, KEPT, USER)


@pytest.mark.parametrize(
    ("attributes", "resent"),
    [
        ({"phoneNumbers": [{"value": "+1 (317) 555-0100"}]}, Resent("phoneNumbers", "phone", "+9 (999) 999-9999", "+99999999999")),
        ({"userName": "Aino@Northlight.example"}, Resent("userName", "case", "Aaaa@Aaaaaaaaaa.aaaaaaa", "aaaa@aaaaaaaaaa.aaaaaaa")),
        ({"title": " Agent "}, Resent("title", "blanks", " Aaaaa ", "Aaaaa")),
        ({"active": "True"}, Resent("active", "type", "Aaaa", "aaaa")),
        ({"name": {"givenName": "AINO", "familyName": "Virtanen"}}, Resent("name", "case", "AAAA", "Aaaa")),
        ({ENTERPRISE_URN: {"department": "SUPPORT"}}, Resent(f"{ENTERPRISE_URN}:department", "case", "AAAAAAA", "Aaaaaaa")),
        (
            {"emails": [{"value": "aino@home.example"}, {"value": "aino@northlight.example"}]},
            Resent("emails", "order", "aaaa@aaaa.aaaaaaa", "aaaa@aaaaaaaaaa.aaaaaaa"),
        ),
    ],
)
def test_a_value_in_another_form_is_named_with_its_form_and_without_what_it_says(attributes: dict[str, Any], resent: Resent):
    assert put(**attributes) == (resent,)
    assert resent.fix == FIXES[resent.form]


def test_a_put_that_repeats_everything_as_it_is_tells_nothing():
    assert put(**KEPT, schemas=["urn:x"], id="u-1", password="secret") == ()


def test_another_value_or_none_is_not_the_same_value_again():
    assert put(title="Supervisor", nickName="Ai", userName=None, unknownThing="x", active="perhaps", emails=[]) == ()
    assert put(phoneNumbers=[{"value": "+1 (317) 555-0199"}]) == ()


def test_a_patch_that_repeats_a_value_is_named():
    assert patched({"op": "replace", "path": "active", "value": True}) == (Resent("active", "same", "aaaa", "aaaa"),)
    assert patched({"op": "replace", "value": {"title": "Agent"}}) == (Resent("title", "same", "Aaaaa", "Aaaaa"),)
    again = patched({"op": "replace", "path": 'emails[type eq "work"].value', "value": "Aino@northlight.example"})
    assert [(each.attribute, each.form) for each in again] == [("emails", "case")]
    part = patched({"op": "replace", "path": "name.givenName", "value": "aino"})
    assert [(each.attribute, each.form) for each in part] == [("name.givenName", "case")]
    manager = patched({"op": "replace", "path": f"{ENTERPRISE_URN}:manager", "value": {"value": "u-1"}})
    assert [(each.attribute, each.form) for each in manager] == [(f"{ENTERPRISE_URN}:manager", "same")]
    mapped = patched({"op": "replace", "value": {f"{ENTERPRISE_URN}:manager": {"value": "u-1"}}})
    assert [(each.attribute, each.form) for each in mapped] == [(f"{ENTERPRISE_URN}:manager", "same")]


def test_members_secrets_and_what_nobody_knows_are_left_out():
    assert patched(
        {"op": "add", "path": "members", "value": [{"value": "u-1"}]},
        {"op": "replace", "path": "password", "value": "secret"},
        {"op": "replace", "path": "not a path[", "value": "x"},
        {"op": "replace", "path": ENTERPRISE_URN, "value": {"department": "Support"}},
        {"op": "replace", "value": 5},
        {"op": "remove", "path": "title"},
    ) == ()  # fmt: skip
    assert resent_values("PATCH", {"Operations": "none"}, KEPT, USER) == ()


def test_each_attribute_is_named_once():
    operation = {"op": "replace", "path": "title", "value": "Agent"}
    assert len(patched(operation, operation)) == 1


def test_shapes_keep_signs_and_length_only():
    assert shape("Åsa Öberg, 12 b") == "Aaa Aaaaa, 99 a"
    assert shape("x" * 60) == "a" * 40 + "…"
    assert shape(True) == "aaaa"


def test_roles_are_shown_by_id_where_the_connection_wants_it():
    document = {
        "userName": "a",
        "roles": [{"value": "Agent"}, {"value": "Gone"}, {"value": "SUPERVISOR", "display": "Boss"}, {"type": "x"}],
    }
    shown = show_role_ids(document, {"agent": "r-1", "supervisor": "r-2"})
    assert shown["roles"] == [
        {"value": "r-1", "display": "Agent"},
        {"value": "Gone"},
        {"value": "r-2", "display": "Boss"},
        {"type": "x"},
    ]
    assert document["roles"][0] == {"value": "Agent"}
    assert show_role_ids({"userName": "a"}, {}) == {"userName": "a"}
