"""Reads that take milliseconds: in one thread, with a connection and a snapshot of their own, orgs in turn.

However many searches an org sends, another org's search waits for one of them at most, and short reads and writes on the loop for none.
More threads would only take the processor from these.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from joiner.errors import Locked, Problem
from joiner.store.org_port import OrgReads
from joiner.store.org_rows import Remembered
from joiner.store.sqlite_file import explain_sqlite_error
from joiner.store.sqlite_rows import SqliteReadRows
from joiner.store.sqlite_statements import SqliteStatements

WAITING_PER_ORG_MAX = 100
"""Long reads of one org that may wait; whoever comes then is refused with 503."""

Result = TypeVar("Result")


class LongReads:
    """A queue per org before one thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], queries: Mapping[str, str], path: str) -> None:
        self._connect, self._queries, self._path = connect, queries, path
        self._connection: sqlite3.Connection | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._queues: dict[int, deque[tuple[Callable[[OrgReads], Any], asyncio.Future[Any]]]] = {}
        self._serving: asyncio.Task[None] | None = None

    async def run(self, org: int, work: Callable[[OrgReads], Result]) -> Result:
        """What ``work`` answers or raises. Raises Locked when too many of this org wait already."""
        loop = asyncio.get_running_loop()
        queue = self._queues.setdefault(org, deque())
        if len(queue) >= WAITING_PER_ORG_MAX:
            title = f"{WAITING_PER_ORG_MAX} searches of this org wait already"
            raise Locked(Problem("JN4005", title, (("database", self._path),), "send the request again"))
        answer: asyncio.Future[Result] = loop.create_future()
        queue.append((work, answer))
        if self._serving is None:
            self._serving = loop.create_task(self._serve())
        return await answer

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        if self._connection is not None:
            self._connection.close()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="long-read")
        try:
            while self._queues:
                work, answer = self._next()
                if answer.done():
                    continue  # the request was given up while it waited
                try:
                    result = await loop.run_in_executor(self._pool, self._run, work)
                except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
                    if not answer.done():
                        answer.set_exception(error)
                else:
                    if not answer.done():
                        answer.set_result(result)
        finally:
            self._serving = None

    def _next(self) -> tuple[Callable[[OrgReads], Any], asyncio.Future[Any]]:
        """The first of the org whose turn it is; the org then stands behind all others."""
        org = next(iter(self._queues))
        queue = self._queues.pop(org)
        first = queue.popleft()
        if queue:
            self._queues[org] = queue
        return first

    def _run(self, work: Callable[[OrgReads], Any]) -> Any:
        """Runs in the thread: nothing that the loop remembers is touched."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute("BEGIN")
            try:
                return work(SqliteReadRows(SqliteStatements(self._connection, self._queries), Remembered(), None))
            finally:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise explain_sqlite_error(error, self._path) from error
