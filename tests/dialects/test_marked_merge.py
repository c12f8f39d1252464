"""What a push may change of marked attributes: the table of the module, and laws over random histories."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.dialects.marked_merge import first_base, merge_marked, without_owned
from joiner.dialects.marks import Mark, marks_of
from joiner.genesys.catalogue import catalogue_of
from joiner.scim.schema import Attribute

USER = catalogue_of("extended").by_name["User"].resource_type
ALL = frozenset({"title"})


def title(owner: str, base: Any, kept: Any, pushed: Any, named: frozenset[str] | None = None) -> Any:
    """(title afterwards, base afterwards, kept?, conflict?); base ... means that there is none."""
    known = {} if base is ... else {"title": base}
    documents = [{} if value is None else {"title": value} for value in (kept, pushed)]
    merged = merge_marked(marks_of((("title", owner),), USER), known, {}, documents[0], documents[1], named)
    return merged.document.get("title"), merged.base.get("title", ...), bool(merged.kept), bool(merged.conflicts)


@pytest.mark.parametrize(
    ("owner", "base", "kept", "pushed", "result"),
    [
        ("org", ..., "T", "P", ("T", ..., True, False)),
        ("org", ..., None, "P", (None, ..., True, False)),
        ("org", ..., "T", "T", ("T", ..., False, False)),
        ("create_only", ..., "T", None, ("T", ..., True, False)),
        ("fill_if_empty", ..., None, "P", ("P", ..., False, False)),
        ("fill_if_empty", ..., "T", "P", ("T", ..., True, False)),
        ("shared", "B", "B", "P", ("P", "P", False, False)),
        ("shared", "B", "B", None, (None, None, False, False)),
        ("shared", "B", "L", "B", ("L", "B", True, False)),
        ("shared", "B", None, "B", (None, "B", True, False)),
        ("shared", "B", "L", "P", ("L", "B", True, True)),
        ("shared", "B", "L", None, ("L", "B", True, True)),
        ("shared", "B", "P", "P", ("P", "P", False, False)),
        ("shared", ..., None, "P", ("P", "P", False, False)),
        ("shared", ..., "L", None, ("L", ..., True, False)),
        ("shared", ..., "L", "P", ("L", ..., True, True)),
    ],
)
def test_single_values_follow_the_table(owner: str, base: Any, kept: Any, pushed: Any, result: Any) -> None:
    assert title(owner, base, kept, pushed) == result


def test_a_patch_agrees_only_to_what_it_names() -> None:
    assert title("shared", "B", "L", "L", frozenset()) == ("L", "B", False, False)
    assert title("shared", "B", "L", "L", ALL) == ("L", "L", False, False)


def test_a_conflict_ends_when_one_side_gives_in_or_the_mark_goes() -> None:
    marks = marks_of((("title", "shared"),), USER)
    conflict = {"title": ["L", "P"], "nickName": ["a", "b"]}
    merged = merge_marked(marks, {"title": "B"}, conflict, {"title": "P"}, {"title": "P"}, None)
    assert merged.conflicts == {}


def test_a_new_user_takes_all_but_what_the_org_alone_decides() -> None:
    marks = marks_of((("title", "org"), ("displayName", "org"), ("nickName", "shared"), ("roles", "shared")), USER)
    sent = {"title": "T", "nickName": "N"}
    assert without_owned(marks, sent) == ({"nickName": "N"}, ("title",))
    base = first_base(marks, {"nickName": "N"}, {"nickName": "N", "roles": [{"value": "employee"}]})
    assert base == {"nickName": "N", "roles": {"added": {}, "agreed": {}, "withdrawn": {}, "stored": {}}}


# ---------------------------------------------------------------- lists


class Org:
    """A list as an org keeps it, one client that pushes it, and others who change it."""

    def __init__(self, path: str = "roles") -> None:
        self.path, self.marks = path, marks_of(((path, "shared"),), USER)
        self.base: Any = {}
        self.conflicts: Any = {}
        self.document: dict[str, Any] = {}

    def push(self, *elements: Any, patch: bool = False) -> list[Any]:
        pushed = {self.path: list(elements)} if elements else {}
        named = frozenset({self.path}) if patch else None
        merged = merge_marked(self.marks, self.base, self.conflicts, self.document, copy.deepcopy(pushed), named)
        self.base, self.conflicts, self.document = merged.base, merged.conflicts, merged.document
        return self.elements

    def edit(self, *elements: Any) -> None:
        self.document = {self.path: list(elements)} if elements else {}

    @property
    def elements(self) -> list[Any]:
        found: list[Any] = self.document.get(self.path, [])
        return found


def role(name: str, **parts: Any) -> dict[str, Any]:
    return {"value": name, **parts}


AGENT, BOSS, CLERK = role("Agent"), role("Boss"), role("Clerk")


def test_only_what_the_client_added_is_removed_by_it() -> None:
    org = Org()
    org.edit(BOSS)
    assert org.push(AGENT, CLERK) == [BOSS, AGENT, CLERK]
    assert org.push(CLERK) == [BOSS, CLERK]
    assert org.push() == [BOSS]


def test_what_somebody_took_away_stays_away_while_the_client_sends_it() -> None:
    org = Org()
    org.push(AGENT, CLERK)
    org.edit(CLERK)
    assert org.push(AGENT, CLERK) == [CLERK]
    assert org.push(AGENT, CLERK, BOSS) == [CLERK, BOSS]
    assert org.push(CLERK, BOSS, patch=True) == [CLERK, BOSS]  # a PATCH that does not speak of it
    assert org.push(AGENT, CLERK, BOSS) == [CLERK, BOSS]
    assert org.push(CLERK) == [CLERK]
    assert org.push(AGENT, CLERK) == [CLERK, AGENT]  # now the client adds it anew


def test_what_somebody_gave_back_is_no_longer_the_clients() -> None:
    org = Org()
    org.push(AGENT)
    org.edit()
    org.push(AGENT)
    org.edit(AGENT)
    assert org.push(AGENT) == [AGENT]
    assert org.push() == [AGENT]


def test_parts_of_an_element_merge_by_who_changed_them() -> None:
    org = Org()
    org.push(role("Agent", display="one"))
    assert org.push(role("Agent", display="two")) == [role("Agent", display="two")]
    org.edit(role("Agent", display="local"))
    assert org.push(role("Agent", display="two")) == [role("Agent", display="local")]
    assert not org.conflicts
    assert org.push(role("Agent", display="three")) == [role("Agent", display="local")]
    assert org.conflicts == {"roles": [[role("Agent", display="local")], [role("Agent", display="three")]]}
    assert org.push() == [role("Agent", display="local")]
    assert org.conflicts == {"roles": [[role("Agent", display="local")], []]}


def test_a_second_primary_is_taken_as_not_primary_and_can_still_be_removed() -> None:
    org = Org("emails")
    home, work = {"value": "h@x.example", "type": "home", "primary": True}, {"value": "w@x.example", "type": "work", "primary": True}
    org.edit(home)
    assert org.push(work) == [home, {**work, "primary": False}]
    assert org.push(work) == [home, {**work, "primary": False}]
    assert org.push() == [home]


def test_elements_are_told_apart_by_meaning_not_by_spelling() -> None:
    phones = Org("phoneNumbers")
    phones.edit({"value": "+1 317 555 0100", "type": "work"}, {"value": "call me", "type": "home"})
    assert len(phones.push({"value": "tel:+13175550100", "type": "work"}, {"value": "CALL ME", "type": "home"})) == 2
    twins = Org()
    twins.edit(role("Agent", display="a"), role("AGENT", display="b"))
    assert len(twins.push(BOSS)) == 3


def test_lists_of_texts_and_of_nameless_parts_merge_too() -> None:
    addresses = Org("addresses")
    here, there = {"locality": "Oulu"}, {"locality": "Turku"}
    addresses.edit(here)
    assert addresses.push(there) == [here, there]
    tags = Org()
    tags.path, tags.marks = "tags", (Mark("", Attribute("tags", multi_valued=True), None, "shared", "tags"),)
    tags.edit("red")
    assert tags.push("RED", "blue") == ["red", "blue"]
    assert tags.push() == ["red"]


NAMES = ("Agent", "Boss", "Clerk")
SOME = st.lists(st.sampled_from([role(name, **parts) for name in NAMES for parts in ({}, {"display": "x"})]), max_size=3, unique_by=str)
STEPS = st.lists(st.tuples(st.sampled_from(("push", "patch", "edit")), SOME), max_size=12)


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_no_push_undoes_an_edit_and_the_second_identical_push_changes_nothing(steps: list[tuple[str, list[Any]]]) -> None:
    org, law, left = Org(), Law(), list[Any]()
    for verb, listed in steps:
        elements = list({each["value"]: each for each in listed}.values())
        if verb == "edit":
            org.edit(*elements)
            continue
        had = org.elements
        law.edited(left, had)  # what was done and undone between two pushes, nobody can see
        org.push(*elements, patch=verb == "patch")
        left = org.elements
        law.check_pushed(had, elements, left, whole=verb == "push")
        if verb == "push":
            once = (copy.deepcopy(org.document), org.base, org.conflicts)
            org.push(*elements)
            assert (org.document, org.base, org.conflicts) == once


class Law:
    """What others did by hand, and what of it no push may undo."""

    def __init__(self) -> None:
        self.added: dict[str, Any] = {}  # for good: the client never owns these
        self.changed: dict[str, Any] = {}  # until the client writes the same
        self.away: set[str] = set()  # until the client stops sending them
        self.sent: set[str] = set()
        self.wrote: dict[str, Any] = {}

    def edited(self, before: list[Any], after: list[Any]) -> None:
        was, becomes = by_name(before), by_name(after)
        self.away |= {name for name in was if name not in becomes and name in self.sent}
        self.away -= becomes.keys()
        for name, element in becomes.items():
            if name not in was or name in self.added:
                self.added[name] = element
            elif was[name] != element:
                self.changed[name] = element
            if element == self.wrote.get(name):
                self.changed.pop(name, None)  # whoever edits back to what the client wrote gives the edit up
        self.added = {name: each for name, each in self.added.items() if name in becomes}
        self.changed = {name: each for name, each in self.changed.items() if name in becomes}

    def check_pushed(self, before: list[Any], pushed: list[Any], after: list[Any], *, whole: bool) -> None:
        was, sent, became = by_name(before), by_name(pushed), by_name(after)
        if whole:
            self.away &= sent.keys()
        assert not self.away & became.keys()
        for name, element in {**self.changed, **self.added}.items():
            assert became.get(name) == element
        if whole:
            self.changed = {name: each for name, each in self.changed.items() if sent.get(name) != each}
            self.sent = set(sent)
        self.wrote |= {name: each for name, each in sent.items() if became.get(name) == each}
        self.sent |= {name for name in became if name not in was}
        self.sent -= {name for name in was if name not in became}


def by_name(elements: list[Any]) -> dict[str, Any]:
    return {each["value"]: each for each in elements}
