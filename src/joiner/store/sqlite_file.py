"""One SQLite file of ours: created private, switched to WAL, recognised, brought to its newest layout, its errors explained.

Shared by the engine's database and the hosted orgs'. What the tables mean, and who may write when, is not known here.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from dataclasses import dataclass

from joiner.errors import JoinerError, Locked, Problem, StoreError, Unwritable
from joiner.store.sql_files import load_migrations, split_script

BUSY_WAIT_SECONDS = 5.0
_RETRY_SECONDS = 0.01
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


@dataclass(frozen=True, slots=True)
class Layout:
    """How a kind of file is recognised and built. ``stranger`` is said of a file of another kind: code, title, expected, fix."""

    folder: str
    application_id: int
    stranger: tuple[str, str, str, str]


def explain_sqlite_error(error: sqlite3.Error, path: str) -> JoinerError:
    """What SQLite's error means for the operator."""
    code = primary_code(error)
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


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for this lock by itself (two that open a fresh file at once): we do, up to 5 s."""
    deadline = time.monotonic() + BUSY_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.Error as error:
            if primary_code(error) not in _BUSY or time.monotonic() >= deadline:
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


def migrate(connection: sqlite3.Connection, path: str, layout: Layout) -> None:
    """Bring a file to its newest layout. Call it under the write lock: of two processes that start together one migrates.

    Raises StoreError for a file that is not of this kind, or that a newer Joiner wrote.
    """
    migrations = load_migrations(layout.folder)
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application_id != layout.application_id and (application_id or version or tables):
        code, title, expected, fix = layout.stranger
        rows = (("database", path), ("found", "tables of something else"), ("expected", expected))
        raise StoreError(Problem(code, title, rows, fix))
    if version > len(migrations):
        rows = (("database", path), ("found", f"layout {version}"), ("expected", f"layout {len(migrations)} or older"))
        fix = "run the newer Joiner, or restore the backup taken before the upgrade"
        raise StoreError(Problem("JN4009", "the database was written by a newer Joiner", rows, fix))
    for migration in migrations[version:]:
        for statement in split_script(migration.script):
            connection.execute(statement)
    if version < len(migrations):
        connection.execute(f"PRAGMA application_id = {layout.application_id}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
