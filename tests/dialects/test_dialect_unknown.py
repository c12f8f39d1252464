"""Attributes that no schema has, found wherever a client may name them."""

from __future__ import annotations

from typing import Any

import pytest

from joiner.dialects.unknown_names import NAMES_MAX, UNKNOWN_ATTRIBUTE, unknown_names
from joiner.genesys.profile import EXTENDED, STRICT
from joiner.genesys.schemas import user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, USER_URN

EXTENDED_USER, STRICT_USER = user_type(EXTENDED), user_type(STRICT)


def patched(*operations: Any) -> tuple[str, ...]:
    return unknown_names("PATCH", {"Operations": list(operations)}, EXTENDED_USER)


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [], "id": "x", "meta": {}, "externalId": "e", "userName": "a", "EMAILS": [], "groups": []},
        {ENTERPRISE_URN: {"department": "x"}, ENTERPRISE_URN.upper(): {}},
        {"division": "Home"},
    ],
)
def test_names_of_schemas_are_known_in_any_case(body: dict[str, Any]):
    assert unknown_names("POST", body, EXTENDED_USER) == ()


def test_names_that_nobody_has_are_told():
    assert unknown_names("PUT", {"userName": "a", "favouriteColour": "green", "urn:example:x": {}}, EXTENDED_USER) == (
        "favouriteColour",
        "urn:example:x",
    )
    assert unknown_names("POST", {"userName": "a", "nickName": "b"}, STRICT_USER) == ("nickName",)


def test_paths_and_keys_of_operations_are_looked_at():
    assert patched(
        {"op": "replace", "path": "title", "value": "x"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"},
        {"op": "replace", "path": f"{ENTERPRISE_URN}:department", "value": "x"},
        {"op": "replace", "path": f"{USER_URN}:title", "value": "x"},
        {"op": "replace", "value": {"name.givenName": "x", ENTERPRISE_URN: {}}},
        {"op": "replace", "value": 5},
        "nothing",
    ) == ()  # fmt: skip
    assert patched(
        {"op": "add", "path": "favouriteColour", "value": "x"},
        {"op": "add", "path": 'colours[type eq "x"].value', "value": "x"},
        {"op": "add", "value": {"title": "x", "favouriteColour": "y", f"{ENTERPRISE_URN}:shoeSize": 40}},
    ) == ("favouriteColour", 'colours[type eq "x"].value', f"{ENTERPRISE_URN}:shoeSize")  # fmt: skip


def test_what_is_no_patch_has_no_names():
    assert unknown_names("PATCH", {"Operations": "none"}, EXTENDED_USER) == ()


def test_few_names_are_told_and_long_ones_are_left_to_be_refused():
    assert len(unknown_names("PUT", {f"x{n}": n for n in range(100)}, EXTENDED_USER)) == NAMES_MAX
    assert unknown_names("PUT", {"x" * 5_000: 1}, EXTENDED_USER) == ()


def test_it_is_counted_and_never_refused():
    assert UNKNOWN_ATTRIBUTE.allowed
    assert UNKNOWN_ATTRIBUTE.fits(("x",))
