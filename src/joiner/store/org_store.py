"""The hosted orgs in one SQLite file: what is read, what is remembered, and company of other processes on the same file.

Statements run inline on the loop (microseconds each). Reads use their own connection and one committed state that is held still
(``org_snapshot``); they never wait. Writes share transactions (``org_writer``). Scans of many rows go to another thread where the
caller allows it. A foreign writer (``joiner client create`` beside a running server) is awaited with ``clock.sleep`` and noticed by
``PRAGMA data_version``: what we remember is then read afresh. With ``commit_inline`` (tests, simulator, ``:memory:``) there is no
thread and no asyncio at all, so that a run is deterministic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from joiner.ports import Clock
from joiner.store.org_checkpoint import Checkpoints
from joiner.store.org_file import LONG_READ_CACHE_KB, connect_org_file, prepare_org_file
from joiner.store.org_long_reads import LongReads
from joiner.store.org_numbers import Census
from joiner.store.org_port import Identity, OrgReads, OrgWrites
from joiner.store.org_recent import Recent
from joiner.store.org_rows import Remembered
from joiner.store.org_snapshot import CommitWatch, Snapshot
from joiner.store.org_writer import Writer
from joiner.store.sql_files import load_queries
from joiner.store.sqlite_file import MEMORY
from joiner.store.sqlite_rows import SqliteReadRows, SqliteWriteRows, TooLong
from joiner.store.sqlite_statements import SqliteStatements

FOREIGN_WAIT_SECONDS = 10.0
"""How long a write waits for another process before the request is refused with 503."""

IDENTITIES_REMEMBERED_MAX = 10_000

SQL = load_queries("sql") | load_queries("sql_sqlite")

Result = TypeVar("Result")


def open_org_store(
    path: str, clock: Clock, *, commit_inline: bool = False, foreign_wait_seconds: float = FOREIGN_WAIT_SECONDS
) -> SqliteOrgStore:
    """Open (and create or migrate) the orgs' database at ``path`` or ``:memory:``. Raises StoreError kinds that name the file."""
    return SqliteOrgStore(path, clock, commit_inline or path == MEMORY, foreign_wait_seconds)


class SqliteOrgStore:
    """:class:`joiner.store.org_port.OrgStore` on SQLite (WAL, ``synchronous=FULL``, foreign keys)."""

    reads_inline = True

    def __init__(self, path: str, clock: Clock, commit_inline: bool, foreign_wait_seconds: float) -> None:
        self._path = path
        self._inline = commit_inline
        self._writer = connect_org_file(path)
        prepare_org_file(self._writer, path)
        self._reader = self._writer if path == MEMORY else connect_org_file(path)
        self._snapshot = None if path == MEMORY else Snapshot(self._reader)
        self._watch = None if path == MEMORY else CommitWatch(path)
        self._remembered, self._census, self._recent = Remembered(), Census(), Recent()
        self._identities: dict[tuple[str, bytes | None], Identity] = {}
        self._read_rows = SqliteReadRows(SqliteStatements(self._reader, SQL), self._remembered, self._census, self._recent)
        self._write_rows = SqliteWriteRows(SqliteStatements(self._writer, SQL), self._remembered, self._recent)
        self._seen_version = self._data_version()
        self._foreign = 0
        self.reads_served = 0
        self._long = LongReads(lambda: connect_org_file(path, LONG_READ_CACHE_KB), SQL, path)
        self._writing = Writer(self._writer, self._write_rows, path, clock, foreign_wait_seconds, self)
        if not commit_inline:
            self._writer.execute("PRAGMA wal_autocheckpoint = 0")
            self._writing.checkpoints = Checkpoints(lambda: connect_org_file(path))

    def reads(self) -> OrgReads:
        """Statements over the last committed state, for those that know this store to be SQLite: tests, the simulator."""
        self._see()
        return self._read_rows

    def known_identity(self, org_name: str, token_hash: bytes | None) -> Identity | None:
        if not self._writing.busy:
            self.look_around()
        return self._identities.get((org_name, token_hash))

    async def identify(self, org_name: str, token_hash: bytes | None) -> Identity:
        known = self.known_identity(org_name, token_hash)
        if known is not None:
            return known  # no snapshot: a write that follows has no use for one
        # While a transaction runs we do not look around, and somebody new may be new by the hand of another process.
        await self._writing.settled()
        self._see()
        rows = self._read_rows
        org = rows.org(org_name) if org_name else rows.default_org()
        if org is None:
            return Identity(None, None)
        session = rows.session(token_hash) if token_hash is not None else None
        identity = Identity(org, session, rows.definitions(org.key))
        if session is not None:
            if len(self._identities) >= IDENTITIES_REMEMBERED_MAX:
                self._identities.clear()
            self._identities[org_name, token_hash] = identity
        return identity

    async def read(self, org: int, work: Callable[[OrgReads], Result], *, long: bool = False) -> Result:
        self._see()
        self.reads_served += 1
        rows = self._read_rows
        if not long or self._inline:
            return work(rows)
        rows.patient = False
        try:
            return work(rows)
        except TooLong:
            pass
        finally:
            rows.patient = True
        return await self._long.run(org, work)

    async def write(self, org: int, work: Callable[[OrgWrites], Result]) -> Result:
        return await (self._writing.write_alone(work) if self._inline else self._writing.write_together(org, work))

    def foreign_changes(self) -> int:
        """How often another process changed something so far."""
        self._see()
        return self._foreign

    def close(self) -> None:
        self._writing.close()
        self._long.close()
        if self._snapshot is not None:
            self._snapshot.release()
        for connection in {self._reader, self._writer}:
            connection.close()
        if self._watch is not None:
            self._watch.close()

    # What we see, what we remember

    def _see(self) -> None:
        """Notice what another process committed, then hold the newest state still."""
        if self._snapshot is None:
            return
        if not self._writing.busy:
            self.look_around()
        self._snapshot.hold()

    def look_around(self) -> None:
        if self._watch is None or not self._watch.moved():
            return
        version = self._data_version()
        if version != self._seen_version:
            self._seen_version = version
            self._foreign += 1
            self._write_rows.forget()
            self._read_rows.forget_nesting()
            self._census.forget()
            self._forget()
            if self._snapshot is not None:
                self._snapshot.release()

    def before_commit(self, beside: bool) -> None:
        if self._snapshot is None:
            return
        # One that was begun before a checkpoint would keep the log from beginning anew.
        self._snapshot.release()
        if beside:
            # Until after_commit reads must not see what the numbers in memory do not know yet.
            self._snapshot.hold()

    def after_commit(self, wrote: bool) -> None:
        if self._snapshot is not None:
            self._snapshot.release()
        if wrote and self._watch is not None:
            self._watch.expect_own()
        self._census.note(self._write_rows.notes)
        self._write_rows.notes.clear()
        self._recent.settle()
        if self._write_rows.renested:
            self._write_rows.renested = False
            self._read_rows.forget_nesting()
        if self._write_rows.touched:
            self._write_rows.touched = False
            self._forget()
        if self._writing.checkpoints is not None and self._watch is not None:
            self._writing.checkpoints.consider(self._watch.log_pages())

    def after_rollback(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._remembered.forget()
        self._identities.clear()

    def _data_version(self) -> int:
        return int(self._writer.execute("PRAGMA data_version").fetchone()[0])
