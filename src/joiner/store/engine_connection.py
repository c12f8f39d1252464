"""One SQLite file as the engine uses it: opening, migrating, transactions, and the disk's troubles as teaching errors.

Every transaction is durable when it returns (WAL, ``synchronous=FULL``) and takes the write lock at its beginning
(``BEGIN IMMEDIATE``), so that what it checks still holds when it writes. What the tables mean is not known here.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from joiner.errors import JoinerError, Locked, Problem, StoreError, Unwritable
from joiner.store.sql_files import load_migrations, split_script

BUSY_WAIT_SECONDS = 5.0
_RETRY_SECONDS = 0.01
CACHE_KIB = 65_536
"""Room for all bonds of a large pipe: with SQLite's 2 MiB a large transaction spills to disk before it commits."""
APPLICATION_ID = 0x4A4E4547
"""Marks our files ("JNEG"), so that the database of a hosted org or of another program is not taken for the engine's."""

SQL_FOLDER = "engine_sql"
MEMORY = ":memory:"

_UNWRITABLE = {
    sqlite3.SQLITE_FULL: ("JN4001", "the disk is full", "free some space and run the same command again"),
    sqlite3.SQLITE_READONLY: ("JN4002", "the database may not be written", "give this user write permission on the file and its folder"),
    sqlite3.SQLITE_PERM: ("JN4002", "the database may not be written", "give this user write permission on the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("JN4003", "the database cannot be opened", "check that the folder exists and that this user may write in it"),
    sqlite3.SQLITE_IOERR: (
        "JN4004",
        "the disk failed while the database was used",
        "check the disk and its mount, then run the same command again",
    ),
}
_OPEN_ERRORS = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EPERM: sqlite3.SQLITE_READONLY,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EIO: sqlite3.SQLITE_IOERR,
}
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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
                _migrate(connection, path)
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
            if _primary_code(error) == sqlite3.SQLITE_IOERR:
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


def explain_sqlite_error(error: sqlite3.Error, path: str) -> JoinerError:
    """What SQLite's error means for the operator."""
    code = _primary_code(error)
    rows = (("database", path), ("found", str(error)), ("effect", "nothing was changed by this step; what was acknowledged before is kept"))
    if code in _UNWRITABLE:
        number, title, fix = _UNWRITABLE[code]
        return Unwritable(Problem(number, title, rows, fix))
    if code in _BUSY:
        waited = (("waited", f"{BUSY_WAIT_SECONDS:g} s"),)
        return Locked(
            Problem("JN4005", "another process keeps the database busy", rows[:1] + waited, "wait for it to end, or stop it, and run again")
        )
    if code in _DAMAGED:
        return StoreError(
            Problem(
                "JN4006",
                "the database file is damaged or is no database",
                rows[:2],
                "restore it from a backup; the next run then only plans",
            )
        )
    return StoreError(Problem("JN4007", "the database refused a statement", rows, "this is our mistake: please report it with these lines"))


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


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for this lock by itself (two that open a fresh file at once): we do, up to 5 s."""
    deadline = time.monotonic() + BUSY_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.Error as error:
            if _primary_code(error) not in _BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def create_private_file(path: str) -> None:
    """Create a missing database file for its owner alone: it names people. SQLite gives ``-wal`` and ``-shm`` the same mode.

    A file that exists is not even opened: closing any descriptor of it would drop the POSIX locks that this process's other
    connections hold, and the next process to close would believe itself the last and delete the log from under them
    (sqlite.org, How To Corrupt, §2.2).
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        code = _OPEN_ERRORS.get(error.errno or 0, sqlite3.SQLITE_CANTOPEN)
        number, title, fix = _UNWRITABLE[code]
        rows = (("database", path), ("found", error.strerror or str(error)), ("effect", "nothing was read or sent"))
        raise Unwritable(Problem(number, title, rows, fix)) from error


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the layout up to date. Runs under the write lock: of two processes that start together one migrates."""
    migrations = load_migrations(SQL_FOLDER)
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application_id != APPLICATION_ID and (application_id or version or tables):
        rows = (
            ("database", path),
            ("found", "tables of another program, or of a hosted org"),
            ("expected", "an engine database, or no file yet"),
        )
        raise StoreError(Problem("JN4008", "this is not an engine database", rows, "name another file as database in joiner.toml"))
    if version > len(migrations):
        rows = (("database", path), ("found", f"layout {version}"), ("expected", f"layout {len(migrations)} or older"))
        raise StoreError(
            Problem(
                "JN4009",
                "the database was written by a newer Joiner",
                rows,
                "run the newer Joiner, or restore the backup taken before the upgrade",
            )
        )
    for migration in migrations[version:]:
        for statement in split_script(migration.script):
            connection.execute(statement)
    if version < len(migrations):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
