"""The plan: all changes of one cycle, every person seen appearing exactly once, with a reason on each line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from joiner.sync.bond import Bond
from joiner.sync.change import Change, Edit, GroupChange
from joiner.sync.record import PersonKey, ProofKind

FORMAT_VERSION = "1.0"


class Kind(StrEnum):
    """What the plan says about one person."""

    LEAVE = "leave"  # the source says they left: deactivate
    VANISHED = "vanished"  # absent from proven reads: deactivate
    MOVE = "move"  # something changed: update
    RETURN = "return"  # they left and are back: reactivate
    JOIN = "join"  # new: create
    LINK = "link"  # an existing account is recognised: remember, send nothing
    KEPT = "kept"  # the org's own value stays, nothing to send
    IN_STEP = "in_step"  # nothing to do
    GONE = "gone"  # left, and inactive in the org: nothing to do
    OUTSIDE = "outside"  # only in the org: never touched
    HELD = "held"  # waits for a person (conflict, dispute, unresolved value, evidence)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why something waits. ``code`` is a guard's name (``vanished``) or an error code (``JN2104``).

    ``rows`` carry the facts of UX's teaching errors (person, value, near, fix …).
    """

    code: str
    text: str
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in the plan. ``person`` is None for accounts that only the org knows; ``change`` is what would be sent.

    A line whose ``hold`` is set sends nothing, whatever its ``kind`` and ``change`` say. ``remember`` is the bond once the
    line is carried out (for a new account without its id); membership is added to it group by group.
    """

    kind: Kind
    person: PersonKey | None
    target_id: str
    name: str
    user_name: str
    why: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    hold: Hold | None = None
    change: Change | None = None
    remember: Bond | None = None
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group in the plan. When ``hold`` is set its removals wait; additions go ahead."""

    change: GroupChange
    hold: Hold | None = None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tripped:
    """A guard that holds part of the plan: its numbers, its limit, and the cause as far as it can be told."""

    guard: str
    count: int
    population: int
    limit: str
    text: str
    causes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """What was read: a source or the org."""

    name: str
    kind: str
    rows: int
    complete: bool
    proof: ProofKind
    digest: str = ""
    note: str = ""
    groups: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of one cycle. ``id`` is the short form of ``hash``; the hash covers what would be written and held.

    ``requests`` is an upper bound of first attempts, planned reads included. ``warnings`` go to the reader as they are.
    """

    pipe: str
    org_label: str
    made_at: datetime
    author: str
    rules_hash: str
    inputs: tuple[Input, ...]
    lines: tuple[PersonLine, ...]
    groups: tuple[GroupLine, ...] = ()
    tripped: tuple[Tripped, ...] = ()
    warnings: tuple[str, ...] = ()
    requests: int = 0
    eta_seconds: float = 0.0
    first_run: bool = False
    hash: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    format_version: str = FORMAT_VERSION

    @property
    def id(self) -> str:
        return self.hash[:8]
