"""The hosted orgs in one SQLite file: opening, migrating, group commit, and company of other processes on the same file.

Statements run inline on the loop (microseconds each). Requests that arrive together share one transaction: each runs inside its
own savepoint, only COMMIT (the fsync) goes to a thread, and ``write`` returns after it. Reads use a second connection, see the
last committed state and never wait. With ``commit_inline`` (tests, simulator, ``:memory:``) there is one connection, no thread and
no asyncio at all, so that a run is deterministic::

    idle ── write ──> begun ── (others join in the same turn of the loop) ── COMMIT in thread ──> idle

A foreign writer (``joiner client create`` beside a running server) is awaited with ``clock.sleep`` and noticed by
``PRAGMA data_version``: what we remember of orgs, sessions and names is then read afresh.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joiner.errors import Locked, Problem, StoreError
from joiner.ports import Clock
from joiner.store.org_file import connect_org_file, prepare_org_file
from joiner.store.org_port import Identity, OrgReads, OrgWrites
from joiner.store.org_rows import OrgRows, Remembered
from joiner.store.sql_files import load_queries
from joiner.store.sqlite_file import MEMORY, explain_sqlite_error
from joiner.store.sqlite_statements import SqliteStatements

FOREIGN_WAIT_SECONDS = 10.0
"""How long a write waits for another process before the request is refused with 503."""

FOREIGN_RETRY_SECONDS = 0.005

SQL = load_queries("sql")

Result = TypeVar("Result")


class _Batch:
    """The requests that share one transaction."""

    __slots__ = ("committed", "error")

    def __init__(self) -> None:
        self.committed = asyncio.Event()
        self.error: BaseException | None = None


def open_org_store(
    path: str, clock: Clock, *, commit_inline: bool = False, foreign_wait_seconds: float = FOREIGN_WAIT_SECONDS
) -> SqliteOrgStore:
    """Open (and create or migrate) the orgs' database at ``path`` or ``:memory:``. Raises StoreError kinds that name the file."""
    return SqliteOrgStore(path, clock, commit_inline or path == MEMORY, foreign_wait_seconds)


class SqliteOrgStore:
    """:class:`joiner.store.org_port.OrgStore` on SQLite (WAL, ``synchronous=FULL``, foreign keys)."""

    def __init__(self, path: str, clock: Clock, commit_inline: bool, foreign_wait_seconds: float) -> None:
        self._path = path
        self._clock = clock
        self._wait_seconds = foreign_wait_seconds
        self._inline = commit_inline
        self._writer = connect_org_file(path)
        prepare_org_file(self._writer, path)
        self._reader = self._writer if commit_inline else connect_org_file(path)
        self._remembered = Remembered()
        self._write_rows = OrgRows(SqliteStatements(self._writer, SQL), self._remembered)
        self._read_rows = self._write_rows if commit_inline else OrgRows(SqliteStatements(self._reader, SQL), self._remembered)
        self._seen_version = self._data_version()
        self._foreign = 0
        self._batch: _Batch | None = None
        self._busy = False
        self._freed: asyncio.Event | None = None
        self._broken: StoreError | None = None
        self._pool = None if commit_inline else ThreadPoolExecutor(1, thread_name_prefix="commit")

    def reads(self) -> OrgReads:
        """Statements over the last committed state, for those that know this store to be SQLite: tests, the simulator."""
        self.foreign_changes()
        return self._read_rows

    async def identify(self, org_name: str, token_hash: bytes | None) -> Identity:
        self.foreign_changes()
        rows = self._read_rows
        org = rows.org(org_name) if org_name else rows.default_org()
        if org is None:
            return Identity(None, None)
        session = rows.session(token_hash) if token_hash is not None else None
        return Identity(org, session, rows.definitions(org.key))

    async def read(self, org: int, work: Callable[[OrgReads], Result], *, long: bool = False) -> Result:
        self.foreign_changes()
        # One snapshot for all statements of the work, and one lock of the log instead of one per statement: it costs nothing.
        self._reader.execute("BEGIN")
        try:
            return work(self._read_rows)
        finally:
            self._reader.execute("COMMIT")

    async def write(self, org: int, work: Callable[[OrgWrites], Result]) -> Result:
        if self._broken is not None:
            raise self._broken
        return await (self._write_alone(work) if self._inline else self._write_together(work))

    def foreign_changes(self) -> int:
        if self._path != MEMORY and not self._busy:
            version = self._data_version()
            if version != self._seen_version:
                self._seen_version = version
                self._foreign += 1
                self._remembered.forget()
        return self._foreign

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        for connection in {self._reader, self._writer}:
            connection.close()

    # One request, one transaction

    async def _write_alone(self, work: Callable[[OrgWrites], Result]) -> Result:
        await self._begin()
        try:
            result = work(self._write_rows)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._explain(error) from error
        except BaseException:
            self._roll_back()
            raise
        self._after_commit()
        return result

    # Several requests, one transaction

    async def _write_together(self, work: Callable[[OrgWrites], Result]) -> Result:
        batch = await self._joinable_batch()
        try:
            result = self._run_in_savepoint(batch, work)
        except StoreError:
            await batch.committed.wait()
            raise
        except BaseException:
            # A refusal waits as well: it may rest on what a neighbour wrote, which holds only once it is committed.
            await batch.committed.wait()
            if batch.error is not None:
                raise batch.error from None
            raise
        await batch.committed.wait()
        if batch.error is not None:
            raise batch.error
        return result

    async def _joinable_batch(self) -> _Batch:
        while self._batch is None:
            if self._busy:
                if self._freed is None:
                    self._freed = asyncio.Event()
                await self._freed.wait()
                continue
            self._busy = True
            try:
                await self._begin()
            except BaseException:
                self._free()
                raise
            self._batch = _Batch()
            self._committer = asyncio.get_running_loop().create_task(self._commit(self._batch))
        return self._batch

    def _run_in_savepoint(self, batch: _Batch, work: Callable[[OrgWrites], Result]) -> Result:
        run = self._writer.execute
        try:
            run("SAVEPOINT request")
            try:
                result = work(self._write_rows)
            except BaseException:
                self._undo_request(batch)
                raise
            run("RELEASE request")
            return result
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def _undo_request(self, batch: _Batch) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK TO request")
            self._writer.execute("RELEASE request")
            return
        # On a full disk SQLite has rolled the whole transaction back by itself: nobody may join it any more.
        title = "the transaction was lost with a request that shared it"
        batch.error = Locked(Problem("JN4024", title, fix="Send the request again."))
        self._batch = None

    async def _commit(self, batch: _Batch) -> None:
        """Runs one turn of the loop after the batch was opened; until then other requests may join it."""
        self._batch = None
        try:
            if batch.error is None:
                await asyncio.get_running_loop().run_in_executor(self._pool, self._writer.execute, "COMMIT")
                self._after_commit()
        except sqlite3.Error as error:
            self._roll_back()
            batch.error = self._explain(error)
        except BaseException as error:
            batch.error = error
            raise
        finally:
            self._free()
            batch.committed.set()

    def _free(self) -> None:
        self._busy = False
        if self._freed is not None:
            self._freed.set()
            self._freed = None

    # Both

    async def _begin(self) -> None:
        deadline = self._clock.monotonic() + self._wait_seconds
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or self._clock.monotonic() >= deadline:
                    raise self._explain(error) from error
            await self._clock.sleep(FOREIGN_RETRY_SECONDS)
        if self._path != MEMORY:
            version = self._data_version()
            if version != self._seen_version:
                self._seen_version = version
                self._foreign += 1
                self._remembered.forget()

    def _after_commit(self) -> None:
        if self._write_rows.touched:
            self._write_rows.touched = False
            self._remembered.forget()

    def _roll_back(self) -> None:
        self._write_rows.touched = False
        self._remembered.forget()
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def _data_version(self) -> int:
        return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    def _explain(self, error: sqlite3.Error) -> StoreError:
        explained = explain_sqlite_error(error, self._path)
        assert isinstance(explained, StoreError)
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR:
            # After a failed fsync what this connection believes is on disk need not be there: only a restart reads the truth.
            self._broken = explained
        return explained
