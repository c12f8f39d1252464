"""Writing to PostgreSQL: group commit per org, one writer at a time per org over all server processes.

Works of one org that wait form one transaction; every answer goes out after COMMIT. Most refusals come before anything was changed
(the name is taken, the version is another one) and leave nothing to undo. When one comes later, the transaction is rolled back and the
works run again, each inside a savepoint, so that the refusal leaves its neighbours alone::

    BEGIN · lock of the org ─ work ─ work ─ … ─ audit rows ─ COMMIT ─ answers
                                 └ refused with changes: ROLLBACK · BEGIN · lock ─ SAVEPOINT ─ work ─ RELEASE or ROLLBACK TO ─ …

A connection that breaks before COMMIT was sent has kept nothing: the works run again on another one, once. One that breaks while
COMMIT is under way leaves the outcome unknown, and that is what those who wait are told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from joiner.errors import StoreError
from joiner.store.org_port import OrgWrites
from joiner.store.pg_bridge import run_plain
from joiner.store.pg_errors import ConnectionLost, outcome_unknown, too_many_waiting
from joiner.store.pg_lines import WAITING_MAX, PgLines
from joiner.store.pg_remembered import PgMemory
from joiner.store.pg_rows import PgWriteRows
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
        try:
            await self._run_works(line, org, queue, batch)
        except _Unclean:
            await line.run("ROLLBACK")
            again = deque(batch)
            batch.clear()
            await self._run_apart(line, org, again, batch)

    async def _run_works(self, line: PgStatements, org: int, queue: deque[_Waiting], batch: list[_Waiting]) -> None:
        rows = await self._begin(line, org)
        for waiting in _joining(queue, batch):
            audited = rows.audited
            await _run_work(line, rows, waiting)
            if waiting.refusal is not None and (line.changed or line.spoiled is not None or rows.audited != audited):
                raise _Unclean
        await self._finish(line, org, rows)

    async def _run_apart(self, line: PgStatements, org: int, queue: deque[_Waiting], batch: list[_Waiting]) -> None:
        rows = await self._begin(line, org)
        for waiting in _joining(queue, batch):
            heads = await run_plain(rows.settle)
            await line.run("SAVEPOINT request")
            await _run_work(line, rows, waiting)
            if waiting.refusal is None:
                await line.run("RELEASE request")
            else:
                await line.run("ROLLBACK TO request; RELEASE request")
                rows.undo(heads)
        await self._finish(line, org, rows)

    async def _begin(self, line: PgStatements, org: int) -> PgWriteRows:
        await line.run(f"BEGIN; SELECT joiner_lock({org})")
        return PgWriteRows(line, self._memory.as_seen_by(line))

    async def _finish(self, line: PgStatements, org: int, rows: PgWriteRows) -> None:
        await run_plain(rows.flush)
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


class _Unclean(Exception):
    """A work was refused after it had changed something: what its neighbours did has to be done again without it."""


def _joining(queue: deque[_Waiting], batch: list[_Waiting]) -> Iterator[_Waiting]:
    """Everybody who waits now or joins meanwhile, as many as one transaction takes."""
    while queue and len(batch) < BATCH_WORKS_MAX:
        waiting = queue.popleft()
        if waiting.answer.done():
            continue  # the request was given up while it waited
        waiting.attempts += 1
        batch.append(waiting)
        yield waiting


async def _run_work(line: PgStatements, rows: PgWriteRows, waiting: _Waiting) -> None:
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
