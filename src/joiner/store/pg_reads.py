"""Reading from PostgreSQL: one committed state per piece of work, and who asks whom for many requests at once.

A work that sends a single statement needs no transaction: a statement sees one state by itself. When it sends a second one, a
``REPEATABLE READ READ ONLY`` transaction begins and the first statement is sent once more inside it: if its answer is the same, the
work goes on (it has seen nothing that the snapshot does not show), otherwise it starts again inside the snapshot. What a function
needed the last time it was run decides whether the transaction begins right away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import CodeType
from typing import Any, Final, NoReturn, TypeVar

from joiner.errors import StoreError
from joiner.store.org_port import Definition, Identity, OrgReads, Session
from joiner.store.org_rows import client_of, org_of
from joiner.store.pg_bridge import run_plain, wait
from joiner.store.pg_errors import ConnectionLost
from joiner.store.pg_lines import PgLines
from joiner.store.pg_remembered import PgMemory
from joiner.store.pg_rows import PgOrgRows
from joiner.store.pg_statements import PgStatements
from joiner.store.pg_together import QUESTIONS, Together

ATTEMPTS_MAX: Final = 2
"""A read whose connection broke is run once more on another one."""

LONG_READS_MAX: Final = 2
"""Reads that may take milliseconds and run at the same time; the other connections stay for the short ones."""

IDENTITIES_REMEMBERED_MAX: Final = 10_000

_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Result = TypeVar("Result")


class _MovedMeanwhile(BaseException):
    """The first answer differs from what the snapshot shows. No Exception, so that no work takes it for a refusal."""


class SnapshotStatements:
    """:class:`Statements` of one read. It takes a connection when it first needs one of its own."""

    def __init__(self, lines: PgLines, together: Together) -> None:
        self._lines = lines
        self._together = together
        self._line: PgStatements | None = None
        self._first: tuple[str, tuple[Any, ...], Any] | None = None
        self.begun = False

    def one(self, name: str, *values: Any) -> Any:
        if self._first is None and not self.begun and name in QUESTIONS:
            answer = wait(self._together.ask(name, values))
            self._first = ("one", (name, *values), answer)
            return answer
        return self._ask("one", (name, *values))

    def all(self, name: str, *values: Any) -> list[Any]:
        rows: list[Any] = self._ask("all", (name, *values))
        return rows

    def text(self, sql: str, values: Sequence[Any]) -> list[Any]:
        rows: list[Any] = self._ask("text", (sql, values))
        return rows

    def change(self, name: str, *values: Any) -> NoReturn:
        raise AssertionError(f"a read must not change anything: {name}")

    def many(self, name: str, rows: Iterable[Sequence[Any]]) -> NoReturn:
        raise AssertionError(f"a read must not change anything: {name}")

    async def begin(self) -> None:
        if self._line is None:
            self._line = await self._lines.take()
        await self._line.run(_BEGIN)
        self.begun = True

    def leave(self) -> None:
        """Give the connection back, if there is one; outside of a transaction."""
        if self._line is not None:
            self._lines.give(self._line)
            self._line = None

    async def end(self) -> None:
        """The same inside of a transaction. A connection that breaks now harms nobody: it is dropped."""
        if self._line is not None and not self._line.lost:
            with suppress(StoreError):
                await self._line.run("ROLLBACK")
        self.leave()

    def _ask(self, kind: str, asked: tuple[Any, ...]) -> Any:
        if self.begun:
            return getattr(self._line, kind)(*asked)
        if self._first is None:
            if self._line is None:
                self._line = wait(self._lines.take())
            result = getattr(self._line, kind)(*asked)
            self._first = (kind, asked, result)
            return result
        wait(self.begin())
        first, again, seen = self._first
        if getattr(self._line, first)(*again) != seen:
            raise _MovedMeanwhile
        return getattr(self._line, kind)(*asked)


class PgReader:
    """``OrgStore.read`` and ``OrgStore.identify``."""

    def __init__(self, lines: PgLines, memory: PgMemory) -> None:
        self._lines = lines
        self._memory = memory
        self._together = Together(lines)
        self._long = asyncio.Semaphore(LONG_READS_MAX)
        self._several: dict[CodeType, bool] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._identities: dict[tuple[str, bytes | None], tuple[Any, Identity]] = {}

    async def read(self, work: Callable[[OrgReads], Result], long: bool) -> Result:
        if long:
            async with self._long:
                return await self._read(work)
        return await self._read(work)

    async def _read(self, work: Callable[[OrgReads], Result]) -> Result:
        code = getattr(work, "__code__", None)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            snapshot = SnapshotStatements(self._lines, self._together)
            try:
                return await self._read_in(snapshot, work, code)
            except ConnectionLost:
                if attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError

    async def _read_in(self, snapshot: SnapshotStatements, work: Callable[[OrgReads], Result], code: CodeType | None) -> Result:
        try:
            if code is not None and self._several.get(code, False):
                await snapshot.begin()
            try:
                return await self._run(snapshot, work)
            except _MovedMeanwhile:
                return await self._run(snapshot, work)  # it has begun by now
        finally:
            if code is not None:
                self._several[code] = snapshot.begun
            self._end(snapshot)

    def _end(self, snapshot: SnapshotStatements) -> None:
        """The answer need not wait until the transaction has ended."""
        if not snapshot.begun:
            snapshot.leave()
            return
        ending = asyncio.get_running_loop().create_task(snapshot.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _run(self, snapshot: SnapshotStatements, work: Callable[[OrgReads], Result]) -> Result:
        rows = PgOrgRows(snapshot, self._memory.as_seen_by(snapshot))
        return await run_plain(lambda: work(rows))

    async def identify(self, org_name: str, token_hash: bytes | None) -> Identity:
        row = await self._together.ask("identify", (org_name, token_hash))
        if row is None or row[0] is None:
            return Identity(None, None)
        known = self._identities.get((org_name, token_hash))
        if known is not None and known[0] == row:
            return known[1]
        identity = Identity(org_of(row), _session_of(row), await self._definitions(row[0], row[6]))
        if len(self._identities) >= IDENTITIES_REMEMBERED_MAX:
            self._identities.clear()
        self._identities[org_name, token_hash] = (row, identity)
        return identity

    async def _definitions(self, org: int, count: int) -> tuple[Definition, ...]:
        kept_count, kept = self._memory.definitions.get(org, (-1, ()))
        if kept_count >= count:
            return kept
        rows: list[Any] = await self._read(lambda rows: rows.definitions_now(org))  # type: ignore[attr-defined]
        found = tuple(Definition(kind, id, document) for _, kind, id, document in rows if kind is not None)
        found = kept if found == kept else found  # the same object: what was built from it stands
        if rows:
            self._memory.definitions[org] = (rows[0][0], found)
        return found


def _session_of(row: Any) -> Session | None:
    return None if row[7] is None else Session(client_of(row[7:15]), row[15], row[16])
