"""Writing to PostgreSQL: group commit per org, one writer at a time per org over all server processes.

Works of one org that wait form one transaction; each runs inside its own savepoint, so that a refusal leaves its neighbours alone;
every answer goes out after COMMIT::

    BEGIN · lock of the org · SAVEPOINT ─ work ─┬ kept:    RELEASE, SAVEPOINT ─ next work …
                                               └ refused: ROLLBACK TO        ─ next work …      ─ COMMIT ─ answers

A connection that breaks before COMMIT was sent has kept nothing: the works run again on another one, once. One that breaks while
COMMIT is under way leaves the outcome unknown, and that is what those who wait are told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from joiner.errors import StoreError
from joiner.store.org_port import OrgWrites
from joiner.store.pg_bridge import run_plain
from joiner.store.pg_errors import ConnectionLost, outcome_unknown, too_many_waiting
from joiner.store.pg_lines import WAITING_MAX, PgLines
from joiner.store.pg_reads import PgOrgRows
from joiner.store.pg_remembered import PgMemory
from joiner.store.pg_statements import PgStatements

BATCH_WORKS_MAX: Final = 64
"""Works in one transaction: what the first of them waits for the last."""

ATTEMPTS_MAX: Final = 2

Result = TypeVar("Result")


@dataclass(slots=True)
class _Waiting:
    """A work, who waits for it, and what came of it so far."""

    work: Callable[[OrgWrites], Any]
    answer: asyncio.Future[Any]
    attempts: int = 0
    outcome: Any = None
    refusal: BaseException | None = None


class PgWriter:
    """``OrgStore.write``."""

    def __init__(self, lines: PgLines, memory: PgMemory) -> None:
        self._lines = lines
        self._memory = memory
        self._queues: dict[int, deque[_Waiting]] = {}
        self._serving: dict[int, asyncio.Task[None]] = {}

    async def write(self, org: int, work: Callable[[OrgWrites], Result]) -> Result:
        loop = asyncio.get_running_loop()
        queue = self._queues.setdefault(org, deque())
        if len(queue) >= WAITING_MAX:
            raise too_many_waiting(self._lines.address, WAITING_MAX)
        waiting = _Waiting(work, loop.create_future())
        queue.append(waiting)
        if org not in self._serving:
            self._serving[org] = loop.create_task(self._serve(org, queue))
        result: Result = await waiting.answer
        return result

    async def _serve(self, org: int, queue: deque[_Waiting]) -> None:
        """Transaction after transaction, until nobody waits any more."""
        try:
            while queue:
                await self._serve_batch(org, queue)
        finally:
            del self._serving[org]
            if not queue:
                self._queues.pop(org, None)

    async def _serve_batch(self, org: int, queue: deque[_Waiting]) -> None:
        batch: list[_Waiting] = []
        try:
            async with self._lines.lend() as line:
                await self._run_batch(line, org, queue, batch)
        except ConnectionLost as error:
            if not batch:
                batch = _take_all(queue)  # not even begun
            again = [waiting for waiting in batch if waiting.attempts < ATTEMPTS_MAX and not waiting.answer.done()]
            queue.extendleft(reversed(again))
            _fail([waiting for waiting in batch if waiting not in again], error)
        except StoreError as error:
            _fail(batch or _take_all(queue), error)
        except BaseException as error:
            _fail(batch, error)
            raise
        else:
            for waiting in batch:
                _answer(waiting)

    async def _run_batch(self, line: PgStatements, org: int, queue: deque[_Waiting], batch: list[_Waiting]) -> None:
        await line.run(f"BEGIN; SELECT joiner_lock({org}); SAVEPOINT request")
        rows = PgOrgRows(line, self._memory.as_seen_by(line))
        undo = ""
        while queue and len(batch) < BATCH_WORKS_MAX:
            waiting = queue.popleft()
            if waiting.answer.done():
                continue  # the request was given up while it waited
            if batch:
                await line.run(undo or "RELEASE request; SAVEPOINT request")
            waiting.attempts += 1
            batch.append(waiting)
            await _run_work(line, rows, waiting)
            undo = "ROLLBACK TO request" if waiting.refusal is not None else ""
        if undo:
            await line.run(undo)
        if rows.touched:
            await line.fetch("note_change", org)
        await self._commit(line)

    async def _commit(self, line: PgStatements) -> None:
        try:
            tag = await line.run("COMMIT")
        except ConnectionLost:
            raise outcome_unknown(line.address) from None
        # A spoiled transaction is rolled back by COMMIT without an error; every way into it is closed above.
        assert tag == "COMMIT", f"PostgreSQL answered {tag} to COMMIT"


async def _run_work(line: PgStatements, rows: PgOrgRows, waiting: _Waiting) -> None:
    line.start_work()
    waiting.refusal = None
    try:
        waiting.outcome = await run_plain(lambda: waiting.work(rows))
    except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
        waiting.refusal = error
    if line.spoiled is not None:
        # The work may have caught it; PostgreSQL has given its savepoint up all the same.
        waiting.refusal = waiting.refusal or line.spoiled
        if line.lost:
            raise line.spoiled


def _answer(waiting: _Waiting) -> None:
    if waiting.answer.done():
        return
    if waiting.refusal is not None:
        waiting.answer.set_exception(waiting.refusal)
    else:
        waiting.answer.set_result(waiting.outcome)


def _fail(waiting: list[_Waiting], error: BaseException) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(error)


def _take_all(queue: deque[_Waiting]) -> list[_Waiting]:
    """Everybody who waits for a transaction that cannot even begin: whoever came later has waited as well."""
    taken = list(queue)
    queue.clear()
    for waiting in taken:
        waiting.attempts += 1
    return taken
