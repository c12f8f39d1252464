"""The ledger of truth: who last gave each attribute of each account its value, and what the source wanted since.

It is fed by the witness of the org only. "Human" is everybody but an engine. An element of a list remembers who brought
it; a plain attribute remembers who wrote it last and what an engine wrote there last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from joiner.simulation.org_front import OrgWrite, View
from joiner.simulation.roster import PLAIN, SETS, USUAL, Chart, Roster, desired


class Mark(NamedTuple):
    """Who set a value, and at which state of the source's history."""

    by_human: bool
    epoch: int
    intent: str = ""
    """The engine's intent that this write was covered by."""


class Wrote(NamedTuple):
    """What an engine wrote, and under which intent."""

    value: object
    intent: str


Place = tuple[str, str, str]
"""Org, account, attribute."""

Piece = tuple[str, str, str, str]
"""Org, account, attribute, element."""

NOBODY = Mark(False, 0)


@dataclass(slots=True)
class Ledger:
    roster: Roster
    chart: Chart = field(default_factory=lambda: USUAL)
    source_wins_first: bool = False
    """Whether the pipe writes over what it finds at first contact."""
    still_agreed: Callable[[Piece], bool] = lambda piece: False
    """Whether the engine still believes that it brought this element."""
    remembers: Callable[[Place], bool] = lambda place: True
    """Whether an engine has a base for this attribute: without one the next value that the source wants may fill a gap."""
    marks: dict[Place, Mark] = field(default_factory=dict)
    engine_wrote: dict[Place, Wrote] = field(default_factory=dict)
    perhaps_agreed: set[Place] = field(default_factory=set)
    elements: dict[Piece, Mark] = field(default_factory=dict)
    taken: dict[Piece, Mark] = field(default_factory=dict)
    """Elements that a human took away, each with how it had come."""
    foreign_when_taken: set[Piece] = field(default_factory=set)
    ended: dict[Piece, str] = field(default_factory=dict)
    """Elements that an engine took away, each with the intent of the last time."""
    credited: set[Piece] = field(default_factory=set)
    """Elements that a human brought while an engine's write of the same one had no answer; who looked took it for landed."""
    void: set[str] = field(default_factory=set)
    """Intents that were judged never to have landed: the answer was lost, and a human wrote over it before anybody looked."""
    persons: dict[tuple[str, str], str] = field(default_factory=dict)
    """(org, account) -> the key of the person it truly belongs to; accounts of nobody are absent."""
    handmade: set[tuple[str, str]] = field(default_factory=set)
    human_state: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(org, account) -> the state that a human gave it last, while that was the last word on it."""
    revived_by_hand: set[tuple[str, str]] = field(default_factory=set)

    def note(self, write: OrgWrite, intent: str = "") -> None:
        """Take over one write after the laws were checked against what was known before it."""
        by_human = not write.by.startswith("engine")
        mark = Mark(by_human, len(self.roster.history) - 1, intent)
        before = write.before or {}
        account = (write.org, write.account)
        if write.before is None and by_human:
            self.handmade.add(account)
        if before.get("active") != write.after["active"]:
            if by_human:
                self.human_state[account] = bool(write.after["active"])
                if write.before is not None and write.after["active"]:
                    self.revived_by_hand.add(account)
            else:
                self.human_state.pop(account, None)
        for attribute in PLAIN:
            if before.get(attribute, "") != write.after[attribute]:
                place = (write.org, write.account, attribute)
                self._note_agreement(place, before.get(attribute, ""))
                self.marks[place] = mark
                if not by_human:
                    self.engine_wrote[place] = Wrote(write.after[attribute], intent)
        for attribute in SETS:
            for element in as_set(write.after, attribute) - as_set(before, attribute):
                piece = (write.org, write.account, attribute, element)
                # Taken away and put back before any engine noticed: nobody can tell that it was touched.
                if not (by_human and piece in self.taken and self.still_agreed(piece)):
                    self.elements[piece] = mark
            for element in as_set(before, attribute) - as_set(write.after, attribute):
                self._note_taken((write.org, write.account, attribute, element), mark)

    def _note_agreement(self, place: Place, value: object) -> None:
        """A value that goes: while it stood, the source may have wanted the same. It counts if an engine was there to see it."""
        key = self.persons.get(place[:2])
        if not value or key is None or not self.remembers(place):
            return
        if value in self.wanted_since(key, place[2], self.marks.get(place, NOBODY).epoch):
            self.perhaps_agreed.add(place)

    def _note_taken(self, piece: Piece, mark: Mark) -> None:
        if mark.by_human:
            self.taken[piece] = mark
            brought = self.elements.get(piece)
            if brought is None or brought.by_human or brought.intent in self.void:
                self.foreign_when_taken.add(piece)
            else:
                self.foreign_when_taken.discard(piece)
        else:
            self.ended[piece] = mark.intent

    def taken_and_not_asked_for(self, piece: Piece, key: str) -> bool:
        """Whether a human took this element away, and the source has wanted it all the time since: nobody asked for it anew."""
        mark = self.taken.get(piece)
        if mark is None or piece in self.foreign_when_taken or self.elements[piece].intent in self.void:
            return False
        return all(piece[3] in wanted for wanted in self.wanted_since(key, piece[2], mark.epoch) if isinstance(wanted, frozenset))

    def mark(self, org: str, account: str, attribute: str) -> Mark:
        return self.marks.get((org, account, attribute), NOBODY)

    def wanted_since(self, key: str, attribute: str, epoch: int) -> list[object]:
        """Every value that the source wanted for this attribute from that state of its history until now."""
        return [desired(rows[key])[attribute] for rows in self.roster.history[max(epoch, 0) :] if key in rows]

    def never_written(self, org: str, account: str, attribute: str) -> bool:
        """Whether no engine has written here, or none that learned of it."""
        wrote = self.engine_wrote.get((org, account, attribute))
        return wrote is None or wrote.intent in self.void

    def never_agreed(self, org: str, account: str, attribute: str) -> bool:
        """Whether an attribute is still at first contact: no engine wrote it, and no former value was what the source wanted."""
        return self.never_written(org, account, attribute) and (org, account, attribute) not in self.perhaps_agreed

    def element_is_foreign(self, org: str, account: str, attribute: str, element: str, key: str) -> bool:
        """Whether a human brought this element and the source never wanted it since: then no engine may take it away."""
        piece = (org, account, attribute, element)
        mark = self.elements.get(piece)
        if mark is None or not mark.by_human or self._nobody_can_tell(piece):
            return False
        return not any(element in wanted for wanted in self.wanted_since(key, attribute, mark.epoch) if isinstance(wanted, frozenset))

    def _nobody_can_tell(self, piece: Piece) -> bool:
        """Whether a human brought this element while an answer about the same one was lost, and the engine rightly believes it its own.

        Either its removal had landed and the element was back before anybody looked, or its addition had not and the element
        was there when somebody did: a membership has no author and no version, so both look like what the engine had sent.
        """
        return (self.ended.get(piece) in self.void or piece in self.credited) and self.still_agreed(piece)

    def human_edit_is_lost(self, org: str, account: str, attribute: str, value: object, key: str) -> bool:
        """Whether writing over ``value`` of a shared attribute loses a human's edit that the source never agreed with."""
        mark = self.mark(org, account, attribute)
        if (self.source_wins_first or value == "") and self.never_agreed(org, account, attribute):
            return False
        wrote = self.engine_wrote.get((org, account, attribute))
        if wrote is not None and wrote.intent in self.void:
            return False  # the answer was lost and a human wrote before anybody looked: nobody can tell what came first
        if not mark.by_human or (wrote is not None and wrote.value == value):
            return False
        return value not in self.wanted_since(key, attribute, mark.epoch)


def as_set(view: View, attribute: str) -> frozenset[str]:
    value = view.get(attribute)
    return value if isinstance(value, frozenset) else frozenset()
