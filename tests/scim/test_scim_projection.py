"""``attributes``, ``excludedAttributes`` and what is never or always returned (RFC 7644 §3.9, RFC 7643 §7)."""

from __future__ import annotations

import pytest

from joiner.genesys.profile import EXTENDED, STRICT
from joiner.genesys.schemas import GENESYS_URN, group_type, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, USER_URN
from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.projection import parse_projection, project
from joiner.scim.refusals import InvalidValue
from joiner.scim.schema import Attribute, Document, ResourceType, Schema, Type

USER = user_type(EXTENDED)
MIRA: Document = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "1",
    "userName": "mira",
    "active": True,
    "password": "s3cret",
    "emails": [{"value": "m@n.example", "type": "work"}, {"type": "home"}],
    "name": {"givenName": "Mira"},
    "meta": {"version": '"3"', "lastModified": "2026-11-22T09:30:00Z"},
    ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-1"}},
}
BASE = {"schemas": MIRA["schemas"], "id": "1"}


def shown(attributes: str | None, excluded: str | None = None, kind: ResourceType = USER) -> Document:
    return project(MIRA, parse_projection(attributes, excluded, kind), kind)


@pytest.mark.parametrize("attributes", ["userName", "USERNAME", f" {USER_URN}:userName ,shoeSize,", f"{USER_URN.upper()}:USERname"])
def test_asked_attributes_and_those_always_returned(attributes: str) -> None:
    assert shown(attributes) == BASE | {"userName": "mira"}


def test_parts_are_picked_and_emptied_elements_fall_away() -> None:
    assert shown("emails.value,name.familyName") == BASE | {"emails": [{"value": "m@n.example"}]}
    assert shown("emails.value,emails") == BASE | {"emails": MIRA["emails"]}
    assert shown("emails,emails.value") == BASE | {"emails": MIRA["emails"]}


def test_extensions_are_picked_whole_or_in_parts() -> None:
    assert shown(ENTERPRISE_URN) == BASE | {ENTERPRISE_URN: MIRA[ENTERPRISE_URN]}
    assert shown(f"{ENTERPRISE_URN}:manager.value") == BASE | {ENTERPRISE_URN: {"manager": {"value": "boss-1"}}}
    assert shown(f"{GENESYS_URN}:routingSkills") == BASE


def test_unknown_names_only_leave_what_is_always_returned() -> None:
    assert shown("shoeSize") == BASE


def test_nothing_asked_shows_everything_but_secrets() -> None:
    everything = {name: value for name, value in MIRA.items() if name != "password"}
    assert shown(None) == shown("") == shown(USER_URN) == everything
    assert shown("password") == BASE


def test_document_without_secrets_is_passed_on_as_it_is() -> None:
    plain = {"schemas": [USER_URN], "id": "1", "userName": "mira"}
    assert project(plain, parse_projection(None, None, USER), USER) is plain


def test_excluded_attributes_go_but_never_those_always_returned() -> None:
    assert "emails" not in shown(None, "emails,id,schemas")
    assert shown(None, "emails,id")["id"] == "1"
    assert shown(None, "emails.type")["emails"] == [{"value": "m@n.example"}]
    assert shown(None, "name.givenName,emails.type,emails.value").keys() == MIRA.keys() - {"name", "emails", "password"}
    assert shown(None, f"{ENTERPRISE_URN}:manager")[ENTERPRISE_URN] == {"department": "Support"}
    assert shown(None, USER_URN) == shown(None)
    assert shown("userName,emails", "emails") == BASE | {"userName": "mira"}


def test_strict_always_returns_what_genesys_always_returns() -> None:
    strict = user_type(STRICT)
    assert shown("title", None, strict) == BASE | {"userName": "mira", "active": True, "meta": MIRA["meta"]}
    assert "userName" in shown(None, "userName,emails", strict)


def test_projection_says_what_need_not_be_loaded() -> None:
    group = group_type(EXTENDED)
    assert parse_projection(None, None, group).wants("members")
    assert not parse_projection(None, "members", group).wants("members")
    assert parse_projection(None, "members.display", group).wants("members")
    assert not parse_projection("displayName", None, group).wants("members")
    assert parse_projection("members.value", None, group).wants("members")


def test_attributes_on_request_and_hidden_parts() -> None:
    subs = (Attribute("open"), Attribute("pin", returned="never"), Attribute("hint", returned="request"))
    safe = ResourceType("Safe", "/Safes", Schema("urn:x:Safe", "Safe", "", (
        Attribute("door", Type.COMPLEX, sub_attributes=subs), Attribute("log", returned="request"),
    )))  # fmt: skip
    document = {"id": "1", "door": {"open": "no", "pin": "1234", "hint": "dog"}, "log": "opened"}
    assert project(document, parse_projection(None, None, safe), safe) == {"id": "1", "door": {"open": "no"}}
    assert project(document, parse_projection("log,door.hint,door.pin", None, safe), safe) == {
        "id": "1",
        "door": {"hint": "dog"},
        "log": "opened",
    }


def test_list_longer_than_anybody_needs_is_refused() -> None:
    with pytest.raises(InvalidValue, match="8192 characters"):
        parse_projection("x," * 5000, None, USER)


def test_path_is_written_as_it_is_read() -> None:
    for text in ("userName", "emails.value", ENTERPRISE_URN, f"{ENTERPRISE_URN}:manager.value"):
        assert str(parse_attribute_path(text, USER)) == text
    assert str(AttributePath("", None)) == ""
