"""The ledger of truth: who last gave each attribute of each account its value, and what the source wanted since.

It is fed by the witness of the org only. "Human" is everybody but an engine. An element of a list remembers who brought
it; a plain attribute remembers who wrote it last and what an engine wrote there last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from joiner.simulation.org_front import OrgWrite, View
from joiner.simulation.roster import PLAIN, SETS, Roster, desired


class Mark(NamedTuple):
    """Who set a value, and at which state of the source's history."""

    by_human: bool
    epoch: int


Place = tuple[str, str, str]
"""Org, account, attribute."""

NOBODY = Mark(False, 0)


@dataclass(slots=True)
class Ledger:
    roster: Roster
    source_wins_first: bool = False
    """Whether the pipe writes over what it finds at first contact."""
    marks: dict[Place, Mark] = field(default_factory=dict)
    engine_wrote: dict[Place, object] = field(default_factory=dict)
    elements: dict[tuple[str, str, str, str], Mark] = field(default_factory=dict)
    persons: dict[tuple[str, str], str] = field(default_factory=dict)
    """(org, account) -> the key of the person it truly belongs to; accounts of nobody are absent."""
    handmade: set[tuple[str, str]] = field(default_factory=set)
    human_state: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(org, account) -> the state that a human gave it last, while that was the last word on it."""
    revived_by_hand: set[tuple[str, str]] = field(default_factory=set)

    def note(self, write: OrgWrite) -> None:
        """Take over one write after the laws were checked against what was known before it."""
        by_human = not write.by.startswith("engine")
        mark = Mark(by_human, len(self.roster.history) - 1)
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
                self.marks[place] = mark
                if not by_human:
                    self.engine_wrote[place] = write.after[attribute]
        for attribute in SETS:
            for element in as_set(write.after, attribute) - as_set(before, attribute):
                self.elements[write.org, write.account, attribute, element] = mark

    def mark(self, org: str, account: str, attribute: str) -> Mark:
        return self.marks.get((org, account, attribute), NOBODY)

    def wanted_since(self, key: str, attribute: str, epoch: int) -> list[object]:
        """Every value that the source wanted for this attribute from that state of its history until now."""
        return [desired(rows[key])[attribute] for rows in self.roster.history[max(epoch, 0) :] if key in rows]

    def never_agreed(self, org: str, account: str, attribute: str, key: str) -> bool:
        """Whether an attribute is still at first contact: no engine wrote it, and the account is a human's or the source was silent."""
        if (org, account, attribute) in self.engine_wrote:
            return False
        epoch = self.mark(org, account, attribute).epoch
        row = self.roster.history[epoch].get(key) if epoch >= 0 else None
        return (org, account) in self.handmade or row is None or not desired(row)[attribute]

    def element_is_foreign(self, org: str, account: str, attribute: str, element: str, key: str) -> bool:
        """Whether a human brought this element and the source never wanted it since: then no engine may take it away."""
        mark = self.elements.get((org, account, attribute, element))
        if mark is None or not mark.by_human:
            return False
        return not any(element in wanted for wanted in self.wanted_since(key, attribute, mark.epoch) if isinstance(wanted, frozenset))

    def human_edit_is_lost(self, org: str, account: str, attribute: str, value: object, key: str) -> bool:
        """Whether writing over ``value`` of a shared attribute loses a human's edit that the source never agreed with."""
        mark = self.mark(org, account, attribute)
        if self.source_wins_first and self.never_agreed(org, account, attribute, key):
            return False
        if not mark.by_human or value == self.engine_wrote.get((org, account, attribute), value if value == "" else None):
            return False
        return value not in self.wanted_since(key, attribute, mark.epoch)


def as_set(view: View, attribute: str) -> frozenset[str]:
    value = view.get(attribute)
    return value if isinstance(value, frozenset) else frozenset()
