"""The SQLite file of the hosted orgs: opened with the right promises, recognised as ours, brought to the newest layout."""

from __future__ import annotations

import sqlite3

from joiner.store.sqlite_file import (
    BUSY_WAIT_SECONDS,
    MEMORY,
    Layout,
    create_private_file,
    explain_sqlite_error,
    migrate,
    use_write_ahead_log,
)

LAYOUT = Layout(
    "sql",
    0x4A4E4F52,  # "JNOR"
    ("JN4020", "this is not a database of hosted orgs", "a database of hosted orgs, or no file yet", "name another file with --database"),
)


CACHE_KB = 32_768
"""Pages that a connection of the loop keeps in memory."""

LONG_READ_CACHE_KB = 4_096
"""Long reads look at each page once."""

MMAP_BYTES = 0
"""Mapped pages count as memory of the process, and each commit unmaps them: a read after it took 50 µs instead of 27."""


def connect_org_file(path: str, cache_kb: int = CACHE_KB) -> sqlite3.Connection:
    """A connection whose COMMIT is durable. Statements never wait for a lock by themselves: the store does, without blocking."""
    try:
        if path != MEMORY:
            create_private_file(path)
        # check_same_thread: COMMIT runs in a thread while the loop leaves the connection alone.
        connection = sqlite3.connect(path, timeout=BUSY_WAIT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256)
        use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{cache_kb}")
        connection.execute(f"PRAGMA mmap_size = {MMAP_BYTES}")
        return connection
    except sqlite3.Error as error:
        raise explain_sqlite_error(error, path) from error


def prepare_org_file(connection: sqlite3.Connection, path: str) -> None:
    """Create or migrate the tables under the write lock. Of two processes that start together one migrates."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        migrate(connection, path, LAYOUT)
        connection.execute("COMMIT")
        connection.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error as error:
        connection.close()
        raise explain_sqlite_error(error, path) from error
    except BaseException:
        connection.close()
        raise
