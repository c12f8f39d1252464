"""The merge table of the design, cell by cell, and its laws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.sync.change import Decision
from joiner.sync.merge import is_empty, merge_attribute, same
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.record import Reference, TargetAttribute, Value

TITLE = TargetAttribute("title", canonical=lambda value: str(value).casefold())
ROLES = TargetAttribute("roles", canonical=lambda e: e.name if isinstance(e, Reference) else e, multi=True, kind="role")

REPORT, SOURCE = FirstContact.REPORT, FirstContact.SOURCE


def merge(owner: Owner, base: object, desired: Value, current: Value, first: FirstContact = REPORT) -> tuple[str, Value]:
    """Decision and, where something is sent, the value; else the value that stays."""
    known = {} if base is ... else {"title": base}
    merged = merge_attribute(TITLE, owner, known, desired, current, first)
    return merged.edit.decision.value, merged.edit.after


KNOWN = [
    # owner                base  desired current  decision    after
    (Owner.SOURCE, "a", "a", "a", "nothing", "a"),
    (Owner.SOURCE, "a", "A", "a", "nothing", "a"),
    (Owner.SOURCE, "a", "b", "b", "adopt", "b"),
    (Owner.SOURCE, "a", "b", "a", "write", "b"),
    (Owner.SOURCE, "a", "a", "c", "revert", "a"),
    (Owner.SOURCE, "a", "b", "c", "write", "b"),
    (Owner.SOURCE, "a", None, "a", "write", None),
    (Owner.SOURCE, "", None, None, "nothing", None),
    (Owner.ORG, "a", "a", "c", "keep", "c"),
    (Owner.ORG, "a", "b", "a", "nothing", "a"),
    (Owner.ORG, "a", "b", "c", "keep", "c"),
    (Owner.ORG, "a", "a", None, "keep", None),
    (Owner.CREATE_ONLY, "a", "b", "a", "nothing", "a"),
    (Owner.CREATE_ONLY, "a", "a", "c", "keep", "c"),
    (Owner.FILL_IF_EMPTY, "a", "b", None, "fill", "b"),
    (Owner.FILL_IF_EMPTY, "a", "b", "c", "keep", "c"),
    (Owner.SHARED, "a", "b", "a", "write", "b"),
    (Owner.SHARED, "a", "a", "c", "keep", "c"),
    (Owner.SHARED, "a", "b", "c", "conflict", "b"),
    (Owner.SHARED, "a", "b", "b", "adopt", "b"),
]


@pytest.mark.parametrize(("owner", "base", "desired", "current", "decision", "after"), KNOWN)
def test_known_attribute_follows_the_table(owner: Owner, base: Value, desired: Value, current: Value, decision: str, after: Value) -> None:
    assert merge(owner, base, desired, current) == (decision, after)


FIRST = [
    # owner               desired current contact decision  after
    (Owner.SOURCE, "a", "a", REPORT, "adopt", "a"),
    (Owner.SOURCE, "a", None, REPORT, "fill", "a"),
    (Owner.SOURCE, "a", "c", REPORT, "differs", "a"),
    (Owner.SOURCE, "a", "c", SOURCE, "write", "a"),
    (Owner.SOURCE, None, "c", SOURCE, "keep", "c"),
    (Owner.ORG, "a", "c", SOURCE, "keep", "c"),
    (Owner.ORG, "a", None, REPORT, "fill", "a"),
    (Owner.CREATE_ONLY, "a", None, SOURCE, "nothing", None),
    (Owner.CREATE_ONLY, "a", "c", SOURCE, "nothing", "c"),
    (Owner.FILL_IF_EMPTY, "a", "", REPORT, "fill", "a"),
    (Owner.SHARED, "a", "c", REPORT, "differs", "a"),
    (Owner.SHARED, "a", "c", SOURCE, "write", "a"),
]


@pytest.mark.parametrize(("owner", "desired", "current", "contact", "decision", "after"), FIRST)
def test_first_contact_never_overwrites_unless_told(
    owner: Owner, desired: Value, current: Value, contact: FirstContact, decision: str, after: Value
) -> None:
    assert merge(owner, ..., desired, current, contact) == (decision, after)


@pytest.mark.parametrize(("owner", "base", "desired", "current"), [(o, b, d, c) for o, b, d, c, *_ in KNOWN])
def test_base_advances_only_to_what_both_will_hold(owner: Owner, base: Value, desired: Value, current: Value) -> None:
    merged = merge_attribute(TITLE, owner, {"title": base}, desired, current, REPORT)
    if merged.edit.decision in (Decision.WRITE, Decision.REVERT, Decision.FILL):
        assert merged.base == desired
    else:
        assert same(TITLE, merged.base, base) or same(TITLE, merged.base, current)


def roles(owner: Owner, base: object, desired: str, current: str, first: FirstContact = REPORT) -> tuple[str, str, str]:
    """Decision, added and removed, each element one letter."""
    known = {} if base is ... else {"roles": tuple(str(base))}
    edit = merge_attribute(ROLES, owner, known, tuple(desired), tuple(current), first).edit
    return edit.decision.value, "".join(map(str, edit.added)), "".join(map(str, edit.removed))


SETS = [
    # owner            base desired current   decision added removed
    (Owner.SOURCE, "ab", "ab", "ab", "nothing", "", ""),
    (Owner.SOURCE, "ab", "ab", "abx", "keep", "", ""),
    (Owner.SOURCE, "ab", "abc", "ab", "write", "c", ""),
    (Owner.SOURCE, "ab", "a", "abx", "write", "", "b"),
    (Owner.SOURCE, "ab", "ac", "abx", "write", "c", "b"),
    (Owner.SOURCE, "ab", "ab", "a", "revert", "b", ""),
    (Owner.SOURCE, "ab", "a", "a", "adopt", "", ""),
    (Owner.SOURCE, "a", "ab", "ab", "adopt", "", ""),
    (Owner.ORG, "a", "ab", "a", "nothing", "", ""),
    (Owner.ORG, "a", "ab", "x", "keep", "", ""),
    (Owner.CREATE_ONLY, "a", "b", "ax", "keep", "", ""),
    (Owner.FILL_IF_EMPTY, "a", "ab", "", "fill", "ab", ""),
    (Owner.FILL_IF_EMPTY, "a", "ab", "a", "nothing", "", ""),
    (Owner.SHARED, "ab", "abc", "ax", "write", "c", ""),
    (Owner.SHARED, "ab", "a", "abx", "write", "", "b"),
    (Owner.SHARED, "ab", "ab", "a", "keep", "", ""),
]


@pytest.mark.parametrize(("owner", "base", "desired", "current", "decision", "added", "removed"), SETS)
def test_elements_merge_one_by_one_and_only_agreed_ones_are_removed(
    owner: Owner, base: str, desired: str, current: str, decision: str, added: str, removed: str
) -> None:
    assert roles(owner, base, desired, current) == (decision, added, removed)


MEETING_SETS = [
    (Owner.SOURCE, "ab", "", REPORT, "fill", "ab"),
    (Owner.SOURCE, "a", "ax", REPORT, "adopt", ""),
    (Owner.SOURCE, "ab", "ax", REPORT, "differs", ""),
    (Owner.SOURCE, "ab", "ax", SOURCE, "write", "b"),
    (Owner.ORG, "ab", "ax", SOURCE, "keep", ""),
    (Owner.CREATE_ONLY, "ab", "", SOURCE, "nothing", ""),
]


@pytest.mark.parametrize(("owner", "desired", "current", "contact", "decision", "added"), MEETING_SETS)
def test_first_contact_of_a_list_adds_and_never_removes(
    owner: Owner, desired: str, current: str, contact: FirstContact, decision: str, added: str
) -> None:
    assert roles(owner, ..., desired, current, contact) == (decision, added, "")


def skill(name: str, level: float | None = None) -> Reference:
    return Reference("skill", name, name.lower(), level)


def test_wanted_level_replaces_another_level_of_the_same_skill() -> None:
    edit = merge_attribute(
        ROLES, Owner.SOURCE, {"roles": (skill("Polish", 3.0),)}, (skill("Polish", 5.0),), (skill("Polish", 3.0),), REPORT
    ).edit
    assert (edit.decision, edit.added, edit.removed) == (Decision.WRITE, (skill("Polish", 5.0),), (skill("Polish", 3.0),))


def test_skill_wanted_without_a_level_agrees_with_any_level() -> None:
    edit = merge_attribute(ROLES, Owner.SOURCE, {"roles": (skill("Polish"),)}, (skill("Polish"),), (skill("Polish", 4.0),), REPORT).edit
    assert edit.decision is Decision.NOTHING


def test_shared_level_changed_by_both_stays_as_the_org_set_it() -> None:
    base, desired, current = (skill("Polish", 3.0),), (skill("Polish", 4.0),), (skill("Polish", 5.0),)
    assert merge_attribute(ROLES, Owner.SHARED, {"roles": base}, desired, current, REPORT).edit.decision is Decision.KEEP


def test_a_single_text_counts_as_a_list_of_one() -> None:
    assert merge_attribute(ROLES, Owner.SOURCE, {"roles": ("a",)}, "a", ("a",), REPORT).edit.decision is Decision.NOTHING


def test_false_and_zero_are_values() -> None:
    assert [is_empty(value) for value in (None, "", (), False, 0)] == [True, True, True, False, False]


values = st.sampled_from([None, "a", "b", "c"])
sets = st.lists(st.sampled_from("abcx"), unique=True).map(tuple)


@settings(max_examples=200)
@given(st.sampled_from(list(Owner)), values, values, values)
def test_after_sending_the_next_merge_has_nothing_to_send(owner: Owner, base: Value, desired: Value, current: Value) -> None:
    first = merge_attribute(TITLE, owner, {"title": base}, desired, current, REPORT)
    again = merge_attribute(TITLE, owner, {"title": first.base}, desired, first.edit.after, REPORT)
    if first.edit.decision is not Decision.CONFLICT:
        assert again.edit.decision in (Decision.NOTHING, Decision.KEEP, Decision.ADOPT)


@settings(max_examples=300)
@given(st.sampled_from(list(Owner)), sets, sets, sets)
def test_an_element_that_only_the_org_added_is_never_removed(
    owner: Owner, base: tuple[str, ...], desired: tuple[str, ...], current: tuple[str, ...]
) -> None:
    first = merge_attribute(ROLES, owner, {"roles": base}, desired, current, REPORT)
    assert set(first.edit.removed) <= set(base) - set(desired)
    assert isinstance(first.edit.after, tuple)
    again = merge_attribute(ROLES, owner, {"roles": first.base}, desired, first.edit.after, REPORT)
    assert (again.edit.added, again.edit.removed) == ((), ())


@settings(max_examples=100)
@given(values, values, values)
def test_org_owned_values_are_never_written_over(base: Value, desired: Value, current: Value) -> None:
    for owner in (Owner.ORG, Owner.CREATE_ONLY):
        assert merge_attribute(TITLE, owner, {"title": base}, desired, current, REPORT).edit.after == current
