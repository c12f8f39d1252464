"""One SQLite file as the engine uses it: opening it and transactions in it.

Every transaction is durable when it returns (WAL, ``synchronous=FULL``) and takes the write lock at its beginning
(``BEGIN IMMEDIATE``), so that what it checks still holds when it writes. What the tables mean is not known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from joiner.errors import JoinerError
from joiner.store.sqlite_file import (
    BUSY_WAIT_SECONDS,
    MEMORY,
    Layout,
    create_private_file,
    explain_sqlite_error,
    migrate,
    primary_code,
    use_write_ahead_log,
)

CACHE_KIB = 65_536
"""Room for all bonds of a large pipe: with SQLite's 2 MiB a large transaction spills to disk before it commits."""
LAYOUT = Layout(
    "engine_sql",
    0x4A4E4547,  # "JNEG"
    ("JN4008", "this is not an engine database", "an engine database, or no file yet", "name another file as database in joiner.toml"),
)


class EngineConnection:
    """The one connection of a process to its engine database."""

    def __init__(self, path: str) -> None:
        """Open and migrate. Raises Unwritable, Locked, or StoreError for a file that is not ours, newer, or damaged."""
        self.path = path
        self._broken: JoinerError | None = None
        try:
            self._connection = _connect(path)
        except sqlite3.Error as error:
            raise explain_sqlite_error(error, path) from error
        try:
            with self.transaction() as connection:
                migrate(connection, path, LAYOUT)
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and durable on leaving. Holds the write lock from the start; waits up to 5 s for it."""
        with self._begun("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Several reads that see the same moment."""
        with self._begun("BEGIN") as connection:
            yield connection

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _begun(self, begin: str) -> Iterator[sqlite3.Connection]:
        if self._broken is not None:
            raise self._broken
        connection = self._connection
        try:
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                self._roll_back()
                raise
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            explained = explain_sqlite_error(error, self.path)
            if primary_code(error) == sqlite3.SQLITE_IOERR:
                # After a failed fsync the kernel may have dropped the pages: what this connection believes is on disk
                # need not be there. Only a fresh open reads the truth, so nothing more is done through this one.
                self._broken = explained
            raise explained from error

    def _roll_back(self) -> None:
        # On a full disk SQLite has sometimes rolled back by itself already.
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                self._broken = explain_sqlite_error(error, self.path)


def _connect(path: str) -> sqlite3.Connection:
    if path != MEMORY:
        create_private_file(path)
    connection = sqlite3.connect(path, timeout=BUSY_WAIT_SECONDS, isolation_level=None)
    try:
        use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
