"""Ownership marks: which paths can be marked, what a mark protects, what a PATCH names."""

from __future__ import annotations

from typing import Any

import pytest

from joiner.dialects.marks import check_ownership, marks_of, named_by
from joiner.errors import Usage
from joiner.genesys.catalogue import catalogue_of
from joiner.scim.operation import parse_patch

USER = catalogue_of("extended").by_name["User"].resource_type
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("userName", "who somebody is"),
        ("externalId", "for each client"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:active", "may_deactivate"),
        ("titel", "no attribute titel"),
        ("qqqq", "no attribute qqqq"),
        ("emails.value", "a part of a list"),
        (ENTERPRISE, "a whole schema"),
        ("urn:ietf:params:scim:schemas:core:2.0:User", "a whole schema"),
        ("password", "never shown"),
        ("groups", "read-only"),
        ("meta", "read-only"),
    ],
)
def test_what_no_mark_can_protect_is_refused_with_a_sentence(path: str, words: str) -> None:
    with pytest.raises(Usage) as refused:
        check_ownership([(path, "org")], USER)
    assert refused.value.problems[0].code == "JN6421"
    assert words in str(refused.value.problems[0].rows)


def test_attributes_parts_lists_and_extensions_can_be_marked() -> None:
    marked = (("title", "org"), ("name.familyName", "shared"), ("emails", "shared"), (f"{ENTERPRISE}:department", "create_only"))
    check_ownership(marked, USER)
    assert [mark.path for mark in marks_of(marked, USER)] == ["title", "name.familyName", "emails", f"{ENTERPRISE}:department"]


def test_a_complex_attribute_is_marked_part_by_part_and_source_marks_nothing() -> None:
    paths = {mark.path for mark in marks_of((("name", "shared"), ("title", "source"), ("gone", "org")), USER)}
    assert {"name.givenName", "name.familyName", "name.formatted"} <= paths
    assert not {"title", "name", "gone"} & paths


@pytest.mark.parametrize(
    ("path", "before", "value", "after"),
    [
        ("title", {"title": "A"}, None, {}),
        ("title", {}, "B", {"title": "B"}),
        ("name.givenName", {"name": {"givenName": "A"}}, None, {}),
        ("name.givenName", {"name": {"familyName": "F"}}, "A", {"name": {"familyName": "F", "givenName": "A"}}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "D"}}, None, {}),
        (f"{ENTERPRISE}:department", {}, "D", {ENTERPRISE: {"department": "D"}}),
    ],
)
def test_a_value_is_put_and_what_is_empty_without_it_goes(path: str, before: Any, value: Any, after: Any) -> None:
    (mark,) = marks_of(((path, "org"),), USER)
    assert mark.put_into(before, value) == after
    assert mark.value_in(after) == value


def named(*operations: Any) -> frozenset[str]:
    return named_by(parse_patch({"Operations": list(operations)}), USER)


@pytest.mark.parametrize(
    ("operation", "paths"),
    [
        ({"op": "replace", "path": "title", "value": "A"}, {"title"}),
        ({"op": "replace", "value": {"TITLE": "A", "name.givenName": "B"}}, {"title", "name.givenName"}),
        ({"op": "replace", "path": "name", "value": {"givenName": "B", "shoe": 1}}, {"name", "name.givenName"}),
        ({"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@x.example"}, {"emails"}),
        ({"op": "add", "value": {ENTERPRISE: {"department": "D"}}}, {f"{ENTERPRISE}:department"}),
        ({"op": "add", "path": ENTERPRISE, "value": {"department": "D", ENTERPRISE: 1}}, {f"{ENTERPRISE}:department"}),
        ({"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User", "value": {"title": "D"}}, {"title"}),
        ({"op": "replace", "path": "shoe", "value": 1}, set()),
        ({"op": "remove", "path": "title"}, {"title"}),
        ({"op": "replace", "value": "text"}, set()),
        ({"op": "replace", "path": "emails[nonsense].value", "value": "x"}, set()),
    ],
)
def test_a_patch_names_attributes_and_parts(operation: Any, paths: set[str]) -> None:
    assert named(operation) == paths
