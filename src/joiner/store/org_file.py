"""The SQLite file of the hosted orgs: opened with the right promises, recognised as ours, brought to the newest layout."""

from __future__ import annotations

import sqlite3

from joiner.errors import Problem, StoreError
from joiner.store.engine_connection import create_private_file, explain_sqlite_error
from joiner.store.sql_files import load_migrations, split_script

MEMORY = ":memory:"
APPLICATION_ID = 0x4A4E4F52
"""Marks our files ("JNOR"), so that the engine's database or another program's is not taken for the orgs'."""

OPENING_WAIT_SECONDS = 5.0


def connect_org_file(path: str) -> sqlite3.Connection:
    """A connection whose COMMIT is durable. Statements never wait for a lock by themselves: the store does, without blocking."""
    try:
        if path != MEMORY:
            create_private_file(path)
        # check_same_thread: COMMIT runs in a thread while the loop leaves the connection alone.
        connection = sqlite3.connect(
            path, timeout=OPENING_WAIT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA mmap_size = 268435456")
        return connection
    except sqlite3.Error as error:
        raise explain_sqlite_error(error, path) from error


def prepare_org_file(connection: sqlite3.Connection, path: str) -> None:
    """Create or migrate the tables under the write lock. Of two processes that start together one migrates."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection, path)
        connection.execute("COMMIT")
        connection.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error as error:
        connection.close()
        raise explain_sqlite_error(error, path) from error
    except BaseException:
        connection.close()
        raise


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    migrations = load_migrations("sql")
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application_id != APPLICATION_ID and (application_id or version or tables):
        rows = (
            ("database", path),
            ("found", "tables of another program, or of the sync engine"),
            ("expected", "a database of hosted orgs, or no file yet"),
        )
        raise StoreError(Problem("JN4020", "this is not a database of hosted orgs", rows, "name another file with --database"))
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
