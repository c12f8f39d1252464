"""How a plan speaks: symbols and words of kinds, how values and edits are written. Shared by table, CSV and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from joiner.sync.change import Decision, Edit
from joiner.sync.plan import Kind, PersonLine, Plan
from joiner.sync.record import Reference, Value


class Word(NamedTuple):
    """``symbol`` is never the only carrier of meaning: ``text`` always stands on the same line."""

    symbol: str
    text: str
    style: str


WORDS: dict[Kind, Word] = {
    Kind.LEAVE: Word("−", "leaver", "red"),
    Kind.VANISHED: Word("−", "vanished", "red"),
    Kind.MOVE: Word("~", "mover", "yellow"),
    Kind.RETURN: Word("+", "returner", "green"),
    Kind.KEPT: Word("=", "kept", "blue"),
    Kind.LINK: Word("=", "linked", "blue"),
    Kind.JOIN: Word("+", "joiner", "green"),
    Kind.HELD: Word("‖", "held", "cyan"),
    Kind.IN_STEP: Word("=", "in step", "dim"),
    Kind.GONE: Word("=", "gone", "dim"),
    Kind.OUTSIDE: Word("=", "only in the org", "dim"),
}

HELD = WORDS[Kind.HELD]

ORDER = (Kind.LEAVE, Kind.VANISHED, Kind.MOVE, Kind.RETURN, Kind.KEPT, Kind.LINK, Kind.JOIN)
"""Leavers first, because they are what is read."""

ONLY: dict[str, frozenset[Kind]] = {
    "leavers": frozenset({Kind.LEAVE, Kind.VANISHED}),
    "joiners": frozenset({Kind.JOIN, Kind.RETURN}),
    "movers": frozenset({Kind.MOVE}),
    "groups": frozenset(),
    "held": frozenset({Kind.HELD}),
}
"""What ``--only`` shows. Held people of every kind belong to ``held`` and to their own kind."""

_LABELS = {"active": "state", "routingSkills": "skills", "routingLanguages": "languages", "displayName": "name"}


def label_of(attribute: str) -> str:
    return _LABELS.get(attribute, attribute)


def format_value(value: Value, attribute: str = "") -> str:
    if value is None or value == () or value == "":
        return "(none)"
    if isinstance(value, bool):
        return ("Active" if value else "Inactive") if attribute == "active" else ("yes" if value else "no")
    if isinstance(value, tuple):
        return ", ".join(format_value(element) for element in value)
    if isinstance(value, Reference):
        return value.name or value.id if value.proficiency is None else f"{value.name or value.id} {value.proficiency:g}"
    return str(value)


def format_edit(edit: Edit) -> str:
    """What happens to one attribute, in one phrase."""
    if edit.decision in (Decision.KEEP, Decision.DIFFERS):
        several = isinstance(edit.before, tuple) and len(edit.before) > 1
        text = f"{format_value(edit.before, edit.attribute)} {'stay' if several else 'stays'}"
        return text if edit.decision is Decision.KEEP else f"{text} (source: {format_value(edit.after, edit.attribute)})"
    if edit.decision is Decision.CONFLICT:
        return f"org {format_value(edit.before, edit.attribute)} · source {format_value(edit.after, edit.attribute)}"
    if edit.decision is Decision.ADOPT:
        return f"{format_value(edit.after, edit.attribute)} (agreed)"
    if edit.added or edit.removed:
        parts = [f"+ {format_value(element)}" for element in edit.added] + [f"− {format_value(element)}" for element in edit.removed]
        return ", ".join(parts)
    return f"{format_value(edit.before, edit.attribute)} → {format_value(edit.after, edit.attribute)}"


def is_change(edit: Edit) -> bool:
    """Whether an edit is worth a line by default: everything but what is as it should be."""
    return edit.decision not in (Decision.NOTHING, Decision.ADOPT)


def is_held(line: PersonLine) -> bool:
    return line.hold is not None or line.kind is Kind.HELD


class Totals(NamedTuple):
    """``sent`` and ``held`` count people by kind; groups count lines; ``changes`` is what would be sent."""

    sent: Counter[Kind]
    held: Counter[Kind]
    groups: int
    groups_held: int

    @property
    def changes(self) -> int:
        return sum(self.sent[kind] for kind in (Kind.LEAVE, Kind.VANISHED, Kind.MOVE, Kind.RETURN, Kind.JOIN)) + self.groups

    @property
    def anything_held(self) -> int:
        return sum(self.held.values()) + self.groups_held


def count(plan: Plan) -> Totals:
    sent: Counter[Kind] = Counter()
    held: Counter[Kind] = Counter()
    for line in plan.lines:
        (held if is_held(line) else sent)[line.kind] += 1
    sending = sum(1 for group in plan.groups if group.change.add or (group.change.remove and group.hold is None))
    return Totals(sent, held, sending, sum(1 for group in plan.groups if group.hold is not None))


def lines_of(plan: Plan, only: str = "") -> Iterable[PersonLine]:
    """The people of a plan that ``--only`` asks for; "" is everybody."""
    if not only:
        return plan.lines
    kinds = ONLY[only]
    if only == "held":
        return [line for line in plan.lines if is_held(line)]
    return [line for line in plan.lines if line.kind in kinds]
