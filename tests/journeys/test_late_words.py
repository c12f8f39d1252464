"""What a late write still says about a person, after whatever was done since."""

from __future__ import annotations

from datetime import UTC, datetime

from joiner.journeys.late_words import with_late_change
from joiner.journeys.noted import NotedChange
from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.change import Change, Verb
from joiner.sync.record import PersonKey, Value

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAJA = PersonKey("hr", "maja")


def noted(verb: Verb, sets: dict[str, Value], remember: Bond, removes: dict[str, Value] | None = None) -> NotedChange:
    return NotedChange(Change(verb, MAJA, "u-maja", sets, removes or {}), remember)


def heard(held: Bond, late: NotedChange, *newer: NotedChange) -> Bond:
    assert late.remember is not None
    return with_late_change(held, late, late.remember, newer, NOON)


def test_only_the_attributes_of_the_late_write_are_taken_over() -> None:
    late = noted(
        Verb.UPDATE, {"title": "Lead"}, Linked("u-maja", {"title": "Lead", "department": "old", "roles": ()}), {"roles": ("Agent",)}
    )
    held = Linked("u-maja", {"title": "Agent", "department": "new", "roles": ("Agent",)}, "settled", 7)
    assert heard(held, late) == Linked("u-maja", {"title": "Lead", "department": "new", "roles": ()}, "", 7, NOON)


def test_what_was_written_since_has_the_last_word() -> None:
    late = noted(Verb.UPDATE, {"title": "Lead", "department": "Desk"}, Linked("u-maja", {"title": "Lead", "department": "Desk"}))
    since = noted(Verb.UPDATE, {"title": "Coach"}, Linked("u-maja", {"title": "Coach", "department": "Care"}))
    held = Linked("u-maja", {"title": "Coach", "department": "Care"})
    assert heard(held, late, since).base == {"title": "Coach", "department": "Desk"}


def test_late_leaving_is_remembered_as_parted_unless_something_was_written_since() -> None:
    late = noted(Verb.DEACTIVATE, {"active": False}, Parted("u-maja", {"title": "Lead"}, None, "left", base={"title": "Lead"}))
    held = Linked("u-maja", {"title": "Agent"}, sequence=7)
    assert heard(held, late) == Parted("u-maja", {"title": "Lead"}, NOON, "left", 7, NOON, {"title": "Agent"})
    since = noted(Verb.REACTIVATE, {"active": True}, held)
    assert heard(held, late, since) == Linked("u-maja", {"title": "Agent"}, "", 7, NOON)


def test_late_return_is_remembered_as_linked() -> None:
    late = noted(Verb.REACTIVATE, {"active": True, "title": "Lead"}, Linked("", {"title": "Lead"}))
    held = Parted("u-maja", {"title": "Agent"}, NOON, "left", 7, NOON, {"title": "Agent"})
    assert heard(held, late) == Linked("u-maja", {"title": "Lead"}, "", 7, NOON)
    assert heard(held, late, noted(Verb.DEACTIVATE, {"active": False}, held)) == Parted(
        "u-maja", {"title": "Agent"}, NOON, "left", 7, NOON, {"title": "Lead"}
    )
