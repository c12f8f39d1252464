"""PATCH of a group as a delta of member ids: the same outcome as applying it to the list, without the list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.errors import ScimRefusal
from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import group_type
from joiner.scim.core_schemas import GROUP_URN
from joiner.scim.patch import MemberDelta, Operation, apply_patch, member_delta, parse_patch
from joiner.scim.refusals import InvalidFilter, InvalidValue, MutabilityRefused


def delta(*operations: dict[str, Any]) -> MemberDelta:
    return member_delta(parse_patch({"Operations": list(operations)}))


def change(
    add: tuple[str, ...] = (), remove: tuple[str, ...] = (), replace: tuple[str, ...] | None = None, remove_all: bool = False
) -> MemberDelta:
    return MemberDelta(add, remove, replace, remove_all, ())


A, B = {"value": "a"}, {"value": "b", "$ref": None, "display": "Bo", "type": "User"}
UNSAID = {"op": "remove", "path": "members"}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "Add", "path": "members", "value": [A, B]}], change(add=("a", "b"))),
        ([{"op": "add", "path": "members", "value": A}], change(add=("a",))),
        ([{"op": "add", "path": "members", "value": ["a", "b"]}], change(add=("a", "b"))),
        ([{"op": "add", "path": f"{GROUP_URN}:members", "value": [{"Value": "a"}]}], change(add=("a",))),
        ([{"op": "add", "path": "members.value", "value": "a"}], change(add=("a",))),
        ([{"op": "add", "value": {"members": [A]}}], change(add=("a",))),
        ([{"op": "add", "path": "members", "value": []}], change()),
        ([{"op": "add", "path": "members", "value": None}], change()),
        ([{"op": "Remove", "path": "members", "value": [A]}], change(remove=("a",))),
        ([{"op": "remove", "path": "members", "value": []}], change()),
        ([{"op": "remove", "path": 'members[value eq "a"]'}], change(remove=("a",))),
        ([{"op": "remove", "path": 'members[value eq "a"].value'}], change(remove=("a",))),
        ([{"op": "remove", "path": 'members[value eq "a" or value eq "b"]'}], change(remove=("a", "b"))),
        ([{"op": "remove", "path": 'members[type eq "User" and value eq "a"]'}], change(remove=("a",))),
        ([UNSAID], change(remove_all=True)),
        ([{"op": "replace", "path": "members", "value": [A, A, B]}], change(replace=("a", "b"))),
        ([{"op": "replace", "path": "members", "value": []}], change(replace=())),
        ([{"op": "replace", "path": "members", "value": ""}], change(replace=())),
        ([{"op": "replace", "value": {"members": [A]}}], change(replace=("a",))),
        ([{"op": "replace", "path": 'members[value eq "a"]', "value": B}], change(add=("b",), remove=("a",))),
        ([{"op": "replace", "path": 'members[value eq "a"].value', "value": "b"}], change(add=("b",), remove=("a",))),
        ([{"op": "add", "path": 'members[value eq "a"]', "value": A}], change(add=("a",))),
        ([{"op": "replace", "path": 'members[value eq "a"]', "value": None}], change(remove=("a",))),
        # order: later operations win
        ([{"op": "add", "path": "members", "value": [A]}, {"op": "remove", "path": "members", "value": [A]}], change(remove=("a",))),
        ([{"op": "remove", "path": 'members[value eq "a"]'}, {"op": "add", "path": "members", "value": [A, B]}], change(add=("a", "b"))),
        (
            [{"op": "add", "path": "members", "value": [A]}, UNSAID, {"op": "add", "path": "members", "value": [B]}],
            change(add=("b",), remove_all=True),
        ),
        ([{"op": "replace", "path": "members", "value": [A]}, {"op": "add", "path": "members", "value": [B]}], change(replace=("a", "b"))),
        (
            [{"op": "replace", "path": "members", "value": [A, B]}, {"op": "remove", "path": "members", "value": [A]}],
            change(replace=("b",)),
        ),
        ([UNSAID, {"op": "replace", "path": "members", "value": [B]}], change(replace=("b",))),
        ([{"op": "replace", "path": "members", "value": [B]}, UNSAID], change(remove_all=True)),
    ],
)
def test_operations_become_a_delta(operations: list[dict[str, Any]], expected: MemberDelta) -> None:
    assert delta(*operations) == expected


def test_other_operations_are_kept_for_the_document() -> None:
    found = delta(
        {"op": "replace", "value": {"id": "g", "displayName": "Night", "members": [A]}},
        {"op": "replace", "path": "displayName", "value": "Day"},
        {"op": "remove", "value": None},
    )
    assert found.replace == ("a",)
    assert [(each.op, each.path, each.value) for each in found.rest] == [
        ("replace", "", {"id": "g", "displayName": "Night"}),
        ("replace", "displayName", "Day"),
        ("remove", "", None),
    ]


def test_delta_says_whether_members_are_touched_at_all() -> None:
    assert not delta({"op": "replace", "path": "displayName", "value": "Day"}).touches_members
    assert not delta({"op": "remove", "path": "members", "value": []}).touches_members
    assert delta({"op": "replace", "path": "members", "value": []}).touches_members
    assert delta(UNSAID).touches_members
    assert delta({"op": "add", "path": "members", "value": [A]}).touches_members


@pytest.mark.parametrize(
    ("operation", "refusal", "words"),
    [
        (
            {"op": "add", "path": "members", "value": [A, {"display": "x"}]},
            InvalidValue,
            r"operation 1 \(add members\): members\[1\] has no value",
        ),
        ({"op": "add", "path": "members", "value": [""]}, InvalidValue, "has no value"),
        ({"op": "add", "path": "members", "value": [{"value": 5}]}, InvalidValue, "as text, found 5"),
        ({"op": "add", "path": "members", "value": [["a"]]}, InvalidValue, "as text, found a list"),
        ({"op": "remove", "path": 'members[display eq "Bo"]'}, InvalidFilter, "selected by id"),
        ({"op": "remove", "path": "members[value pr]"}, InvalidFilter, "selected by id"),
        ({"op": "remove", "path": 'members[value eq "a" and value eq "b"]'}, InvalidFilter, "selected by id"),
        ({"op": "remove", "path": "members[value eq a]"}, InvalidFilter, "quotes"),
        ({"op": "replace", "path": "members.display", "value": "x"}, MutabilityRefused, "members.display cannot be changed"),
        ({"op": "replace", "path": 'members[value eq "a"].display', "value": "x"}, MutabilityRefused, "members.display cannot be changed"),
    ],
)
def test_what_cannot_be_a_delta_is_refused(operation: dict[str, Any], refusal: type[ScimRefusal], words: str) -> None:
    with pytest.raises(refusal, match=words):
        delta(operation)


def test_a_hundred_thousand_members_are_one_pass() -> None:
    many = [{"value": f"u{n}"} for n in range(100_000)]
    assert len(delta({"op": "add", "path": "members", "value": many}).add) == 100_000


IDS = st.lists(st.sampled_from("abcde"), max_size=4)
OPERATIONS = st.one_of(
    st.builds(lambda ids: {"op": "add", "path": "members", "value": [{"value": each} for each in ids]}, IDS),
    st.builds(lambda ids: {"op": "replace", "path": "members", "value": [{"value": each} for each in ids]}, IDS),
    st.builds(lambda ids: {"op": "remove", "path": "members", "value": [{"value": each} for each in ids]}, IDS),
    st.builds(lambda each: {"op": "remove", "path": f'members[value eq "{each}"]'}, st.sampled_from("abcde")),
    st.just(UNSAID),
)


def applied(found: MemberDelta, stored: list[str]) -> set[str]:
    """What the store does with a delta, as its docstring says."""
    if found.replace is not None:
        return set(found.replace)
    kept = set() if found.remove_all else set(stored)
    return (kept - set(found.remove)) | set(found.add)


@settings(max_examples=80, deadline=None)
@given(st.lists(OPERATIONS, min_size=1, max_size=6), IDS)
def test_delta_ends_where_the_list_ends(operations: list[dict[str, Any]], stored: list[str]) -> None:
    parsed: tuple[Operation, ...] = parse_patch({"Operations": operations})
    group = {"displayName": "Night", "members": [{"value": each} for each in dict.fromkeys(stored)]}
    listed = apply_patch(group, parsed, group_type(EXTENDED)).get("members", [])
    found = member_delta(parsed)
    assert applied(found, stored) == {each["value"] for each in listed}
    assert not set(found.add) & set(found.remove)
