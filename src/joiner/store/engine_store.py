"""The engine's memory in one SQLite file: bonds, journal, reads, plans, approvals, leases and audit.

Every method is one transaction that is durable when it returns. Statements run inline on the loop (microseconds); nothing
is awaited inside a transaction, so methods of one store never interleave. What the rows *mean* for a cycle is decided in
``sync`` and ``journeys``; here are only the rules that must hold whoever calls: fencing, settled stays settled, audit in the
same transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from joiner.errors import AlreadyTaken, Missing, Problem, StoreError
from joiner.events import Actor, Door, Event
from joiner.store import engine_audit, engine_lease
from joiner.store.engine_codec import decode_bonds, encode_bond, format_time, parse_time
from joiner.store.engine_connection import LAYOUT, EngineConnection
from joiner.store.port import Absence, Approval, AuditEntry, ChainVerdict, Intent, IntentState, LateIntent, ReadRecord, StoredPlan
from joiner.store.sql_files import load_queries
from joiner.sync.bond import Bond
from joiner.sync.record import PersonKey

_WEIGHT = {IntentState.INTENDED: 0, IntentState.UNKNOWN: 1, IntentState.VOID: 2, IntentState.REFUSED: 2, IntentState.DONE: 3}
"""How much a state knows. A heavier word replaces a lighter one; the org's own "done" outweighs what a look made of silence."""

_SETTLED_WEIGHT = 2


def open_engine_store(path: str) -> SqliteEngineStore:
    """Open or create the engine's database; ``":memory:"`` forgets everything at the end.

    Raises Unwritable (no permission, no folder, disk full), Locked (busy for 5 s), StoreError (not ours, newer, damaged).
    """
    return SqliteEngineStore(EngineConnection(path))


class SqliteEngineStore:
    """Implements ``store.port.EngineStore``."""

    def __init__(self, connection: EngineConnection) -> None:
        self._database = connection
        self._queries = load_queries(LAYOUT.folder)

    def close(self) -> None:
        self._database.close()

    async def take_lease(self, pipe: str, holder: str, now: datetime, ttl_seconds: float) -> int:
        """A number larger than any before. Raises Locked while another holder's lease has not lapsed."""
        with self._database.transaction() as connection:
            taken = engine_lease.take(connection, self._queries, pipe, holder, now, ttl_seconds)
        if isinstance(taken, engine_lease.Lease):
            raise engine_lease.refusal(pipe, taken)
        return taken

    async def renew_lease(self, pipe: str, fence: int, now: datetime, ttl_seconds: float) -> None:
        """Raises LeaseLost when a newer number was given out or this one was released."""
        with self._database.transaction() as connection:
            engine_lease.renew(connection, self._queries, pipe, fence, now, ttl_seconds)

    async def release_lease(self, pipe: str, fence: int) -> None:
        """Free the pipe at once. Does nothing if somebody else holds it by now."""
        with self._database.transaction() as connection:
            connection.execute(self._queries["release_lease"], {"pipe": pipe, "fence": fence})

    async def bonds(self, pipe: str) -> Mapping[PersonKey, Bond]:
        """All bonds, in the order of their keys. Raises StoreError if one cannot be read: half the bonds would be a wrong plan."""
        with self._database.reading() as connection:
            try:
                return decode_bonds(connection.execute(self._queries["list_bonds"], (pipe,)))
            except msgspec.DecodeError as error:
                rows = (
                    ("database", self._database.path),
                    ("pipe", pipe),
                    ("found", str(error)),
                    ("effect", "nothing is planned without all bonds"),
                )
                fix = "restore the database from a backup; the next run then only plans"
                raise StoreError(Problem("JN4015", "what was agreed about a person cannot be read", rows, fix)) from error

    async def put_bonds(self, pipe: str, fence: int, bonds: Iterable[tuple[PersonKey, Bond]], events: Sequence[Event] = ()) -> None:
        """Bonds and their audit rows. Raises LeaseLost, and then nothing is remembered."""
        rows = _bond_rows(pipe, bonds)
        with self._database.transaction() as connection:
            engine_lease.check(connection, self._queries, pipe, fence)
            connection.executemany(self._queries["put_bond"], rows)
            engine_audit.append_events(connection, self._queries, pipe, events)

    async def note_intent(self, intent: Intent) -> None:
        """Raises LeaseLost when the fence is not the newest, AlreadyTaken when the id was used: then nothing may be sent."""
        source, key = intent.person or (None, None)
        with self._database.transaction() as connection:
            engine_lease.check(connection, self._queries, intent.pipe, intent.fence)
            if connection.execute(self._queries["find_intent"], (intent.id,)).fetchone():
                raise AlreadyTaken(_intent_problem("JN4012", "an intent with this id was noted before", intent.id))
            connection.execute(
                self._queries["note_intent"],
                {
                    "id": intent.id,
                    "pipe": intent.pipe,
                    "run": intent.run,
                    "fence": intent.fence,
                    "verb": intent.verb,
                    "source": source,
                    "key": key,
                    "target_id": intent.target_id,
                    "body": intent.body,
                    "noted_at": format_time(intent.noted_at),
                    "state": intent.state.value,
                },
            )

    async def record_outcome(
        self,
        intent_id: str,
        state: IntentState,
        bonds: Sequence[tuple[PersonKey, Bond]] = (),
        events: Sequence[Event] = (),
        detail: str = "",
    ) -> None:
        """What became of a write, with bonds and audit rows. Raises Missing for an intent that was never noted.

        The first settlement decides about bonds. A run that was thought dead may report afterwards: its bonds are as
        old as its plan and could overwrite what was agreed since, so they are kept only for people of whom nothing is
        known and accounts that nobody holds (or what it made or recognised would belong to nobody). Where somebody holds them
        the intent is marked as late, for a run under lease to take over what still counts of it. Its audit rows are kept
        where its word says more than was known ("done" after a look found nothing); a repetition changes nothing.
        """
        assert state is not IntentState.INTENDED, "an outcome is not an intention"
        with self._database.transaction() as connection:
            row = connection.execute(self._queries["find_intent"], (intent_id,)).fetchone()
            if row is None:
                raise Missing(_intent_problem("JN4013", "no intent with this id was noted", intent_id))
            pipe, known = row[0], _WEIGHT[IntentState(row[1])]
            late = known >= _SETTLED_WEIGHT
            if late and _WEIGHT[state] <= known:
                return
            rows = _bond_rows(pipe, self._unclaimed(connection, pipe, bonds) if late else bonds)
            kept = connection.executemany(self._queries["put_first_bond" if late else "put_bond"], rows).rowcount if rows else 0
            outdated = late and kept < len(bonds)
            settled = {"id": intent_id, "state": state.value, "detail": detail, "late": outdated}
            connection.execute(self._queries["settle_intent"], settled)
            engine_audit.append_events(connection, self._queries, pipe, events)

    def _unclaimed(
        self, connection: sqlite3.Connection, pipe: str, bonds: Iterable[tuple[PersonKey, Bond]]
    ) -> list[tuple[PersonKey, Bond]]:
        """Bonds to accounts that nobody holds: whoever was paired with one since keeps it. Reads all bonds; late words are rare."""
        held = {bond.target_id for bond in decode_bonds(connection.execute(self._queries["list_bonds"], (pipe,))).values()}
        return [(person, bond) for person, bond in bonds if bond.target_id not in held]

    async def open_intents(self, pipe: str) -> Sequence[Intent]:
        """Intents whose outcome is not known, in the order in which they were noted."""
        with self._database.reading() as connection:
            rows = connection.execute(self._queries["list_open_intents"], (pipe,)).fetchall()
        return tuple(map(_intent, rows))

    async def late_intents(self, pipe: str) -> Sequence[LateIntent]:
        """Writes that landed after they were judged void, in the order in which they were noted, each with what was done since."""
        with self._database.reading() as connection:
            late = [_intent(row) for row in connection.execute(self._queries["list_late_intents"], (pipe,))]
            newer = [
                connection.execute(self._queries["list_done_after"], {"id": one.id, "pipe": pipe, "target_id": one.target_id}).fetchall()
                for one in late
            ]
        return tuple(LateIntent(one, tuple(map(_intent, rows))) for one, rows in zip(late, newer, strict=True))

    async def take_over(self, pipe: str, fence: int, bonds: Iterable[tuple[PersonKey, Bond]], intent_id: str) -> None:
        """What still counts of a late write; its mark goes in the same transaction. Raises LeaseLost, and then nothing is remembered."""
        with self._database.transaction() as connection:
            engine_lease.check(connection, self._queries, pipe, fence)
            connection.executemany(self._queries["put_bond"], _bond_rows(pipe, bonds))
            connection.execute(self._queries["clear_late"], (intent_id, pipe))

    async def record_read(self, pipe: str, read: ReadRecord, missing: Iterable[PersonKey], seen: Iterable[PersonKey]) -> None:
        """Remember a read. ``seen`` end their absence; ``missing`` extend theirs, with two exceptions that hold whoever asks.

        A read that is not complete removes nobody. Nor does one that is older than the read recorded before it: a run
        that froze between reading and recording would otherwise bring back an absence that somebody has since seen end.
        """
        read_at = format_time(read.read_at)
        ended = sorted((pipe, *person) for person in seen)
        missed = sorted((pipe, *person, read_at, read_at) for person in missing)
        with self._database.transaction() as connection:
            newest = connection.execute(self._queries["find_read_time"], (pipe, read.source)).fetchone()
            outdated = newest is not None and read_at < newest[0]
            record = (pipe, read.source, read.rows, read.complete, read.digest, read_at)
            connection.execute(self._queries["put_read"], record)
            connection.executemany(self._queries["extend_absence"], missed if read.complete and not outdated else [])
            connection.executemany(self._queries["end_absence"], ended)

    async def last_reads(self, pipe: str) -> Mapping[str, ReadRecord]:
        with self._database.reading() as connection:
            rows = connection.execute(self._queries["list_reads"], (pipe,)).fetchall()
        return {source: ReadRecord(source, count, bool(complete), digest, parse_time(at)) for source, count, complete, digest, at in rows}

    async def absences(self, pipe: str) -> Mapping[PersonKey, Absence]:
        with self._database.reading() as connection:
            rows = connection.execute(self._queries["list_absences"], (pipe,)).fetchall()
        absences = (Absence(PersonKey(source, key), parse_time(first), parse_time(last), reads) for source, key, first, last, reads in rows)
        return {absence.person: absence for absence in absences}

    async def save_plan(self, plan: StoredPlan) -> None:
        """Remember a plan as shown. The same plan made again replaces its row and is the newest again."""
        with self._database.transaction() as connection:
            connection.execute(self._queries["drop_plan"], (plan.hash,))
            row = (plan.hash, plan.pipe, plan.author, format_time(plan.made_at), plan.document)
            connection.execute(self._queries["save_plan"], row)

    async def load_plan(self, prefix: str) -> StoredPlan | None:
        """The plan with this hash, or the only one whose hash begins so. An empty prefix names no plan."""
        if not prefix:
            return None
        with self._database.reading() as connection:
            exact = connection.execute(self._queries["find_plan"], (prefix,)).fetchone()
            rows = [exact] if exact else connection.execute(self._queries["find_plans_by_prefix"], {"prefix": prefix}).fetchall()
        return _plan(*rows[0]) if len(rows) == 1 else None

    async def latest_plan(self, pipe: str) -> StoredPlan | None:
        with self._database.reading() as connection:
            row = connection.execute(self._queries["latest_plan"], (pipe,)).fetchone()
        return _plan(*row) if row else None

    async def approve(self, approval: Approval) -> None:
        """Remember a person's word and audit it in the plan's pipe. Raises Missing if the plan is not known."""
        excepted = json.dumps(approval.excepted, ensure_ascii=False)
        with self._database.transaction() as connection:
            plan = connection.execute(self._queries["find_plan"], (approval.plan_hash,)).fetchone()
            if plan is None:
                rows = (("plan", approval.plan_hash), ("effect", "nothing was approved"))
                raise Missing(Problem("JN4014", "no such plan is stored", rows, "make a plan and approve that one"))
            row = (approval.plan_hash, approval.guard, approval.approved, approval.by, format_time(approval.at), approval.reason, excepted)
            connection.execute(self._queries["add_approval"], row)
            engine_audit.append_events(connection, self._queries, plan[1], [_approval_event(approval)])

    async def approvals(self, plan_hash: str) -> Sequence[Approval]:
        """All words on one plan, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(self._queries["list_approvals"], (plan_hash,)).fetchall()
        return tuple(
            Approval(plan, guard, bool(approved), by, parse_time(at), reason, tuple(json.loads(excepted)))
            for plan, guard, approved, by, at, reason, excepted in rows
        )

    async def removals_since(self, pipe: str, since: datetime) -> Mapping[str, int]:
        """Acknowledged removals after ``since`` by guard: ``leavers``, ``vanished``, ``group_removals:ID``."""
        with self._database.reading() as connection:
            return engine_audit.count_removals(connection, self._queries, pipe, since)

    async def get_setting(self, pipe: str, name: str) -> str:
        with self._database.reading() as connection:
            row = connection.execute(self._queries["find_setting"], (pipe, name)).fetchone()
        return str(row[0]) if row else ""

    async def put_setting(self, pipe: str, name: str, value: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(self._queries["put_setting"], (pipe, name, value))

    async def history(self, pipe: str, person: PersonKey, limit: int) -> Sequence[AuditEntry]:
        """Audit rows whose target is this person, newest first."""
        with self._database.reading() as connection:
            return engine_audit.person_history(connection, self._queries, pipe, person, limit)

    async def verify_audit(self) -> Sequence[ChainVerdict]:
        """One verdict per pipe, by name. Walks everything: about a minute per million rows."""
        with self._database.reading() as connection:
            return engine_audit.verify_chains(connection, self._queries)

    async def prune(self, pipe: str, before: datetime) -> int:
        """Forget settled intents noted before a time, and older plans but the newest. Audit and open intents stay.

        Answers how many intents were forgotten.
        """
        moment = format_time(before)
        with self._database.transaction() as connection:
            forgotten = connection.execute(self._queries["prune_intents"], (pipe, moment)).rowcount
            connection.execute(self._queries["prune_plans"], {"pipe": pipe, "before": moment})
            connection.execute(self._queries["prune_approvals"])
        return forgotten


def _bond_rows(pipe: str, bonds: Iterable[tuple[PersonKey, Bond]]) -> list[tuple[str, str, str, bytes]]:
    # Key order keeps the index pages of a large write together; a person given twice keeps the last word.
    rows = [(pipe, person.source, person.key, encode_bond(bond)) for person, bond in bonds]
    rows.sort(key=lambda row: row[1:3])
    return rows


def _intent(row: Sequence[Any]) -> Intent:
    intent_id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state = row
    person = None if source is None else PersonKey(source, key)
    return Intent(intent_id, pipe, run, fence, verb, person, target_id, bytes(body), parse_time(noted_at), IntentState(state))


def _plan(plan_hash: str, pipe: str, author: str, made_at: str, document: bytes) -> StoredPlan:
    return StoredPlan(plan_hash, pipe, author, parse_time(made_at), bytes(document))


def _approval_event(approval: Approval) -> Event:
    return Event(
        name="plan.approved" if approval.approved else "plan.rejected",
        actor=Actor("operator", approval.by, Door.CLI),
        at=approval.at,
        target_type="plan",
        target_id=approval.plan_hash,
        target_name=approval.guard,
        after={"guard": approval.guard, "excepted": list(approval.excepted)},
        reason=approval.reason,
    )


def _intent_problem(code: str, title: str, intent_id: str) -> Problem:
    return Problem(
        code, title, (("intent", intent_id), ("effect", "nothing was changed by this step")), "this is our mistake: please report it"
    )
