"""Moving what is committed from the write-ahead log into the database, beside the loop.

SQLite would do it inside a COMMIT, which then takes tens of milliseconds. A thread with a connection of its own does it while requests
go on; it never waits for anybody and nobody waits for it. What is written meanwhile stays in the log, so under constant load the log
would never become empty: when it is long, the writer waits once for the short rest (``due``, ``finish``) and begins it anew.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

LOG_PAGES_WANTED = 4_000
"""16 MB of log: so much more, and a checkpoint begins. The longer the log, the more of its pages are in it several times and moved once."""

LOG_PAGES_MAX = 16_000
"""64 MB of log: the writer waits for the rest of a checkpoint."""

_log = logging.getLogger("joiner.store")


class Checkpoints:
    """One thread, one connection."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None
        self._moved = 0
        self._long = False
        self.due = False
        """The log is long, and a checkpoint has moved all but what was written meanwhile; or it is very long."""

    def consider(self, log_pages: int) -> None:
        """Begin a checkpoint if the log has grown enough since the last one."""
        if self._running is not None and not self._running.done():
            # Writers who are quicker than the thread wait for it, or the log would grow as long as they write.
            self.due = log_pages >= 2 * LOG_PAGES_MAX
            return
        if self._long:
            self._long, self.due = False, True
            return
        self._moved = min(self._moved, log_pages)  # less than before: the log was begun anew
        if log_pages - self._moved >= LOG_PAGES_WANTED:
            self._moved, self._long = log_pages, log_pages >= LOG_PAGES_MAX
            self._running = self._threads().submit(self._move)

    async def finish(self) -> None:
        """Move everything. Call it while nobody writes."""
        self.due = self._long = False
        await asyncio.get_running_loop().run_in_executor(self._threads(), self._move)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        return self._pool

    def _move(self) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            # Nothing is lost: all of it is still in the log, and the next checkpoint writes the same pages again.
            _log.warning("a checkpoint of the orgs' database failed: %s", error)
