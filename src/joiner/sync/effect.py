"""What a plan would do, apart from how it is told: the basis of its hash, and of saying what moved between two drawings.

Versions, clocks, texts and lines that neither send nor hold anything are left out: a value that an administrator set in
the org meanwhile, or an account that nobody's source knows, makes no plan stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

import msgspec

from joiner.sync.change import Decision
from joiner.sync.plan import GroupLine, Kind, PersonLine, Plan

SENDING = frozenset({Decision.WRITE, Decision.REVERT, Decision.FILL})

Effect: TypeAlias = tuple[object, ...]

WORDS = {
    Kind.JOIN: "joiner",
    Kind.MOVE: "mover",
    Kind.LEAVE: "leaver",
    Kind.VANISHED: "vanished",
    Kind.RETURN: "returner",
    Kind.LINK: "linked",
    Kind.KEPT: "kept",
    Kind.IN_STEP: "in step",
    Kind.GONE: "gone",
    Kind.OUTSIDE: "only in the org",
    Kind.HELD: "held",
}


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody whose line does something else in the second drawing. ``before`` and ``now`` are in words."""

    name: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before} → {self.now}"


def effect_of(line: PersonLine) -> Effect | None:
    """What the line would send or hold; None when it does neither."""
    sending = tuple((edit.attribute, edit.before, edit.after, edit.added, edit.removed) for edit in line.edits if edit.decision in SENDING)
    if line.change is None and line.hold is None and line.kind is not Kind.LINK and not sending:
        return None
    change = (line.change.verb.value, line.change.sets, line.change.removes, line.change.external_id) if line.change is not None else ()
    return (line.kind.value, line.person, line.target_id, change, sending, line.hold.code if line.hold is not None else "")


def hash_effects(pipe: str, rules_hash: str, lines: Iterable[PersonLine], groups: Iterable[GroupLine]) -> str:
    """SHA-256 of everything that would be sent or held. Two plans with one hash would do the same to the same people."""
    people = [effect for line in lines if (effect := effect_of(line)) is not None]
    sets = [(line.change.group_id, line.change.add, line.change.remove, line.hold.code if line.hold is not None else "") for line in groups]
    return sha256(msgspec.json.encode([pipe, rules_hash, people, sets], order="deterministic")).hexdigest()


def find_moved(shown: Plan, now: Plan) -> tuple[Moved, ...]:
    """Whose lines do something else now, in the order of the shown plan and then of the new one."""
    before = {line.person or line.target_id: line for line in shown.lines}
    after = {line.person or line.target_id: line for line in now.lines}
    moved = []
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if _encoded(old) != _encoded(new):
            moved.append(Moved(_name(old or new), _say(old), _say(new)))
    return tuple(moved)


def _encoded(line: PersonLine | None) -> bytes:
    """Comparable however the two plans came about: one was read from the store, the other was just drawn."""
    return msgspec.json.encode(effect_of(line) if line is not None else None, order="deterministic")


def _name(line: PersonLine | None) -> str:
    return "" if line is None else f"{line.name} ({line.person})" if line.person is not None else line.name


def _say(line: PersonLine | None) -> str:
    if line is None:
        return "not in the plan"
    held = ", held" if line.hold is not None and line.kind is not Kind.HELD else ""
    sent = ", ".join(sorted(line.change.sets)) if line.change is not None and line.kind is Kind.MOVE else ""
    return f"{WORDS[line.kind]}{f' ({sent})' if sent else ''}{held}"
