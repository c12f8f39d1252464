"""Writing to the orgs' file: requests that wait together share one transaction and one COMMIT (the fsync); answers go out after it.

::

    idle ── write ──> queued ── next turn of the loop ──> BEGIN · work · work · … · COMMIT ── answers
                        ^                                        ^   who comes     │ (in a thread while others read)
                        │                                        └── turn by turn  │
                        └────────── those who come meanwhile wait ─────────────────┘

Where writes came together last time, a transaction stays open for those who come turn by turn: they are answered one after the other and
ask again one after the other, and the first of them would pay a COMMIT alone.

Works run without savepoints, which would copy every page that they touch. A work that refuses before it wrote anything leaves nothing
to undo, and nearly all do. After one that refuses later, the transaction is rolled back and all of its works run once more, this time
each inside a savepoint.

With ``commit_inline`` there is no queue, no thread and no asyncio: one request, one transaction, deterministic.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from joiner.errors import Locked, Problem, StoreError
from joiner.ports import Clock
from joiner.store.org_checkpoint import Checkpoints
from joiner.store.org_port import OrgWrites
from joiner.store.sqlite_file import explain_sqlite_error, primary_code
from joiner.store.sqlite_rows import SqliteWriteRows

FOREIGN_RETRY_SECONDS = 0.005

BATCH_WORKS_MAX = 64
"""Works in one transaction: what the first of them waits for the last."""

WAITING_PER_ORG_MAX = 2_000
"""Works of one org that may wait for a transaction; whoever comes then is refused with 503."""

GATHER_SECONDS_MAX = 0.005
"""A transaction takes in those who come while it runs for so long."""

INLINE_COMMIT_SECONDS_MAX = 0.001
"""While nobody reads and COMMIT takes less, it runs on the loop: a thread costs 30 µs more per transaction and delays the answer."""

_COMMIT_WEIGHT = 0.1

Result = TypeVar("Result")


class Company(Protocol):
    """What the writer tells the rest of the store."""

    reads_served: int
    """How many reads were asked for so far."""

    def before_commit(self, beside: bool) -> None:
        """COMMIT is about to run, beside the loop or on it."""
        ...

    def after_commit(self, wrote: bool) -> None:
        """What the writer's rows did is committed. ``wrote``: surely something, in one go since ``look_around``."""
        ...

    def after_rollback(self) -> None: ...

    def look_around(self) -> None:
        """The write lock was taken: another process may have written before."""
        ...


class _Waiting:
    """A work, who waits for it, and what came of it so far."""

    __slots__ = ("answer", "outcome", "refusal", "work")

    def __init__(self, work: Callable[[OrgWrites], Any], answer: asyncio.Future[Any]) -> None:
        self.work = work
        self.answer = answer
        self.outcome: Any = None
        self.refusal: BaseException | None = None


class Writer:
    """The one connection that writes."""

    def __init__(
        self, connection: sqlite3.Connection, rows: SqliteWriteRows, path: str, clock: Clock, wait_seconds: float, company: Company
    ) -> None:
        self.connection, self.rows = connection, rows
        self.busy = False
        self._settling: list[asyncio.Future[None]] = []
        self._path, self._clock, self._wait_seconds, self._company = path, clock, wait_seconds, company
        self._queues: dict[int, deque[_Waiting]] = {}
        self._serving: asyncio.Task[None] | None = None
        self._broken: StoreError | None = None
        self._commit_seconds = 0.0
        self._reads_before = 0
        self._changes_before = 0
        self._guarded = False
        self._crowded = False
        self._pool: ThreadPoolExecutor | None = None
        self.checkpoints: Checkpoints | None = None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        if self.checkpoints is not None:
            self.checkpoints.close()

    # One request, one transaction

    async def write_alone(self, work: Callable[[OrgWrites], Result]) -> Result:
        self._check()
        await self._begin()
        try:
            result = work(self.rows)
            self.rows.finish()
            self._company.before_commit(beside=False)
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._explain(error) from error
        except BaseException:
            self._roll_back()
            raise
        self._company.after_commit(self._wrote())
        return result

    # Several requests, one transaction

    async def write_together(self, org: int, work: Callable[[OrgWrites], Result]) -> Result:
        self._check()
        queue = self._queues.setdefault(org, deque())
        if len(queue) >= WAITING_PER_ORG_MAX:
            title = f"{WAITING_PER_ORG_MAX} writes of this org wait already"
            raise Locked(Problem("JN4005", title, (("database", self._path),), "send the request again"))
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, loop.create_future())
        queue.append(waiting)
        if self._serving is None:
            self._serving = loop.create_task(self._serve())
        result: Result = await waiting.answer
        return result

    async def _serve(self) -> None:
        """Transaction after transaction, until nobody waits any more."""
        try:
            while self._queues:
                await self._serve_batch()
                if self._queues:
                    await asyncio.sleep(0)  # others may have something to do as well
        finally:
            self._serving = None

    async def _serve_batch(self) -> None:
        batch: list[_Waiting] = []
        try:
            if self.checkpoints is not None and self.checkpoints.due:
                await self.checkpoints.finish()
            await self._begin()
            self.busy = True
            spoiler = await self._run_all(batch)
            if spoiler is not None:
                await self._run_again(batch, spoiler)
            await self._commit()
        except sqlite3.Error as error:
            self._roll_back()
            _fail(batch, self._explain(error))
        except StoreError as error:
            self._roll_back()
            _fail(batch or self._take_all(), error)
        except BaseException as error:
            self._roll_back()
            _fail(batch, error)
            raise
        else:
            for waiting in batch:
                _answer(waiting)
        finally:
            self.busy = False
            for waiter in self._settling:
                if not waiter.done():
                    waiter.set_result(None)
            self._settling.clear()

    async def settled(self) -> None:
        """Wait for the end of the transaction that runs now, if one does."""
        if self.busy:
            waiter = asyncio.get_running_loop().create_future()
            self._settling.append(waiter)
            await waiter

    async def _run_all(self, batch: list[_Waiting]) -> _Waiting | None:
        """Run those who wait, then those who came meanwhile, until a turn of the loop brings nobody. The one who spoiled it, if any did."""
        deadline = self._clock.monotonic() + GATHER_SECONDS_MAX
        while fresh := self._take(BATCH_WORKS_MAX - len(batch)):
            batch += fresh
            for waiting in fresh:
                if not self._run_bare(waiting):
                    return waiting
            if not self._crowded or self._clock.monotonic() >= deadline:
                break
            await asyncio.sleep(0)
        self._crowded = len(batch) > 1
        return None

    async def _run_again(self, batch: list[_Waiting], spoiler: _Waiting) -> None:
        """Undo it all, then run each work inside a savepoint."""
        lost = not self.connection.in_transaction
        self._roll_back()
        again = [waiting for waiting in batch if not (lost and waiting is spoiler)]
        if len(batch) == 1 or not again:
            return
        await self._begin()
        self._guarded = True
        for waiting in again:
            waiting.refusal = None
            self._run_guarded(waiting, batch)

    def _run_bare(self, waiting: _Waiting) -> bool:
        """Whether the transaction may go on: False if this work failed after it had written, or lost the transaction."""
        before = self.connection.total_changes
        try:
            waiting.outcome = waiting.work(self.rows)
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
            waiting.refusal = self._told(error)
            # On a full disk SQLite rolls everything back by itself.
            return self.connection.in_transaction and self.connection.total_changes == before
        return True

    def _run_guarded(self, waiting: _Waiting, batch: list[_Waiting]) -> None:
        run = self.connection.execute
        mark = self.rows.mark()
        run("SAVEPOINT request")
        try:
            waiting.outcome = waiting.work(self.rows)
        except Exception as error:
            waiting.refusal = self._told(error)
            if not self.connection.in_transaction:
                title = "the transaction was lost with a request that shared it"
                lost = Locked(Problem("JN4024", title, fix="Send the request again."))
                for other in batch:
                    other.refusal = other.refusal or lost
                raise lost from error
            run("ROLLBACK TO request")
            self.rows.take_back(mark)
        run("RELEASE request")

    async def _commit(self) -> None:
        if not self.connection.in_transaction:
            return  # the only work failed and was rolled back
        self.rows.finish()
        reads, self._reads_before = self._company.reads_served - self._reads_before, self._company.reads_served
        if reads == 0 and self._commit_seconds <= INLINE_COMMIT_SECONDS_MAX:
            self._company.before_commit(beside=False)
            seconds = self._timed_commit()
        else:
            self._company.before_commit(beside=True)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="commit")
            seconds = await asyncio.get_running_loop().run_in_executor(self._pool, self._timed_commit)
        self._commit_seconds += _COMMIT_WEIGHT * (seconds - self._commit_seconds)
        self._company.after_commit(self._wrote())

    def _wrote(self) -> bool:
        return self.connection.total_changes != self._changes_before and not self._guarded

    def _timed_commit(self) -> float:
        began = time.monotonic()
        self.connection.execute("COMMIT")
        return time.monotonic() - began

    def _take_all(self) -> list[_Waiting]:
        """Everybody who waits for a transaction that cannot even begin: whoever came later has waited as well."""
        taken = [waiting for queue in self._queues.values() for waiting in queue]
        self._queues.clear()
        return taken

    def _take(self, count: int) -> list[_Waiting]:
        """The next ones, of each org in its turn, less those that were given up while they waited."""
        taken: list[_Waiting] = []
        while self._queues and len(taken) < count:
            org = next(iter(self._queues))
            queue = self._queues.pop(org)
            first = queue.popleft()
            if queue:
                self._queues[org] = queue  # behind all others that wait
            if not first.answer.done():
                taken.append(first)
        return taken

    # Both

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken

    async def _begin(self) -> None:
        deadline = self._clock.monotonic() + self._wait_seconds
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.Error as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or self._clock.monotonic() >= deadline:
                    raise self._explain(error) from error
            await self._clock.sleep(FOREIGN_RETRY_SECONDS)
        self._company.look_around()
        self._changes_before, self._guarded = self.connection.total_changes, False

    def _roll_back(self) -> None:
        self.rows.forget()
        self._company.after_rollback()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def _told(self, error: Exception) -> BaseException:
        if not isinstance(error, sqlite3.Error):
            return error
        told = self._explain(error)
        told.__cause__ = error
        return told

    def _explain(self, error: sqlite3.Error) -> StoreError:
        explained = explain_sqlite_error(error, self._path)
        assert isinstance(explained, StoreError)
        if primary_code(error) == sqlite3.SQLITE_IOERR:
            # After a failed fsync what this connection believes is on disk need not be there: only a restart reads the truth.
            self._broken = explained
        return explained


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
            one.answer.set_exception(one.refusal or error)
