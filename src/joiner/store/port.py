"""Ports of what we remember. The engine's memory is here; the hosted orgs' port is in ``store/org_port.py``.

Every call may raise ``errors.Unwritable`` (disk full, read-only) or ``errors.StoreError``. Every write is durable when
the call returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from joiner.events import Event
from joiner.sync.bond import Bond
from joiner.sync.record import PersonKey


class IntentState(StrEnum):
    INTENDED = "intended"  # noted, not yet sent, or sent and we died
    DONE = "done"
    REFUSED = "refused"  # the org said no; nothing changed
    UNKNOWN = "unknown"  # sent, no answer: settle by looking
    VOID = "void"  # settled: it never landed


@dataclass(frozen=True, slots=True)
class Intent:
    """One write as noted before it is sent. ``body`` is the change as JSON; ``fence`` the lease number it was made under."""

    id: str
    pipe: str
    run: str
    fence: int
    verb: str
    person: PersonKey | None
    target_id: str
    body: bytes
    noted_at: datetime
    state: IntentState = IntentState.INTENDED


@dataclass(frozen=True, slots=True)
class LateIntent:
    """A write that landed although a look had found nothing: the run that sent it had stood still. ``newer``: done to its target since."""

    intent: Intent
    newer: Sequence[Intent]


@dataclass(frozen=True, slots=True)
class Absence:
    """A person missing from proven-complete reads: since when, and how many such reads recorded it."""

    person: PersonKey
    first_at: datetime
    last_at: datetime
    reads: int


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One read of a source by a cycle."""

    source: str
    rows: int
    complete: bool
    digest: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word on one held part (``guard``) of one plan. ``approved`` False is a rejection with its reason."""

    plan_hash: str
    guard: str
    approved: bool
    by: str
    at: datetime
    reason: str = ""
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredPlan:
    hash: str
    pipe: str
    author: str
    made_at: datetime
    document: bytes


class AuditEntry(msgspec.Struct, frozen=True):
    """One row of the hash chain, as read back. ``event`` fields are flattened in ``document`` (JSON)."""

    chain: str
    sequence: int
    at: datetime
    document: bytes
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """The result of walking one chain. ``broken_at`` is the first sequence that does not fit, 0 if none."""

    chain: str
    rows: int
    broken_at: int = 0
    detail: str = ""


class EngineStore(Protocol):
    """The engine's memory: bonds, intents, plans, reads, approvals, leases, audit."""

    async def take_lease(self, pipe: str, holder: str, now: datetime, ttl_seconds: float) -> int:
        """Take the pipe for this run and answer a fencing number larger than any before. Raises Locked."""
        ...

    async def renew_lease(self, pipe: str, fence: int, now: datetime, ttl_seconds: float) -> None:
        """Check that ``fence`` is still the newest and extend it. Raises LeaseLost. Called before every write."""
        ...

    async def release_lease(self, pipe: str, fence: int) -> None: ...

    async def bonds(self, pipe: str) -> Mapping[PersonKey, Bond]: ...

    async def put_bonds(self, pipe: str, fence: int, bonds: Iterable[tuple[PersonKey, Bond]], events: Sequence[Event] = ()) -> None:
        """Remember adoptions and settled fingerprints in one transaction, with their audit rows. Raises LeaseLost."""
        ...

    async def note_intent(self, intent: Intent) -> None:
        """Make the intent durable. Raises LeaseLost when ``intent.fence`` is not the newest of its pipe."""
        ...

    async def record_outcome(
        self,
        intent_id: str,
        state: IntentState,
        bonds: Sequence[tuple[PersonKey, Bond]] = (),
        events: Sequence[Event] = (),
        detail: str = "",
    ) -> None:
        """Outcome, bonds and audit rows in one transaction. An outcome is recorded even by a run that lost its lease."""
        ...

    async def open_intents(self, pipe: str) -> Sequence[Intent]:
        """Intents in state INTENDED or UNKNOWN, oldest first."""
        ...

    async def late_intents(self, pipe: str) -> Sequence[LateIntent]:
        """Writes reported as done after they had been judged void, whose agreement nobody has taken over yet, oldest first."""
        ...

    async def take_over(self, pipe: str, fence: int, bonds: Iterable[tuple[PersonKey, Bond]], intent_id: str) -> None:
        """Remember what still counts of a late write, and that it is taken over, in one transaction. Raises LeaseLost."""
        ...

    async def record_read(self, pipe: str, read: ReadRecord, missing: Iterable[PersonKey], seen: Iterable[PersonKey]) -> None:
        """Remember a cycle's read. ``missing`` (given only for complete reads) extend their absence, ``seen`` end it."""
        ...

    async def last_reads(self, pipe: str) -> Mapping[str, ReadRecord]:
        """The newest recorded read of each source."""
        ...

    async def absences(self, pipe: str) -> Mapping[PersonKey, Absence]: ...

    async def save_plan(self, plan: StoredPlan) -> None: ...

    async def load_plan(self, prefix: str) -> StoredPlan | None:
        """The plan whose hash begins with ``prefix``; None if there is none or it is ambiguous."""
        ...

    async def latest_plan(self, pipe: str) -> StoredPlan | None: ...

    async def approve(self, approval: Approval) -> None: ...

    async def approvals(self, plan_hash: str) -> Sequence[Approval]: ...

    async def removals_since(self, pipe: str, since: datetime) -> Mapping[str, int]:
        """Acknowledged removals after ``since`` by guard (``leavers``, ``vanished``, ``group_removals:GROUP-ID``), for rolling caps."""
        ...

    async def get_setting(self, pipe: str, name: str) -> str:
        """A small remembered text of a pipe (``rules_hash`` of the last apply …), "" if unset."""
        ...

    async def put_setting(self, pipe: str, name: str, value: str) -> None: ...

    async def prune(self, pipe: str, before: datetime) -> int:
        """Forget settled intents, and plans but the newest, older than ``before``; answers how many intents. Audit stays."""
        ...

    async def history(self, pipe: str, person: PersonKey, limit: int) -> Sequence[AuditEntry]:
        """Audit rows about one person, newest first."""
        ...

    async def verify_audit(self) -> Sequence[ChainVerdict]: ...
