"""Held connections to PostgreSQL: a few, kept open, handed to one piece of work at a time in the order of asking, renewed when lost.

::

    absent ── first use ──> open ── lent ──> open ── error that ends it ──> absent

While the server is away, the first to notice tries again for a short while (a restart, a failover); from then on everybody gets
one attempt and is refused, so that no queue grows behind a server that does not come back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from joiner.errors import ConfigMistake, Problem
from joiner.ports import Clock
from joiner.store.pg_errors import ConnectionLost, explain_pg_error, show_address, too_many_waiting
from joiner.store.pg_statements import PgStatements

STATEMENT_SECONDS: Final = 15
"""How long PostgreSQL works on one statement before it gives up; every query of ours is meant to take milliseconds."""

LOCK_SECONDS: Final = 10.0
"""How long a write waits for another process before the request is refused with 503."""

IDLE_IN_TRANSACTION_SECONDS: Final = 20
"""A process that stands still inside a transaction loses it after this time, so that it cannot hold up the others for ever."""

ANSWER_SECONDS: Final = 20.0
"""How long we wait for an answer of PostgreSQL before we take the connection for dead; more than any statement may take."""

CONNECT_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 3.0
"""How long one request keeps trying to reach a server that is away."""

PAUSES_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
WAITING_MAX: Final = 2_000
"""Requests that may wait for a connection; more are refused at once."""

_SETTINGS: Final = {
    "application_name": "joiner",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s",
    "jit": "off",
}

# A database that was set up to forget acknowledged changes in a crash is overruled; stronger settings stand.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"


async def connect_pg(url: str, lock_seconds: float | None = LOCK_SECONDS) -> Any:
    """One connection; without ``lock_seconds`` it can only read. Raises StoreError kinds, or ConfigMistake for an address of no sense."""
    read_only = lock_seconds is None
    settings = _SETTINGS | (
        {"default_transaction_read_only": "on"} if lock_seconds is None else {"lock_timeout": f"{lock_seconds * 1000:.0f}"}
    )
    try:
        connection = await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=settings, statement_cache_size=256
        )
    except (asyncpg.ClientConfigurationError, ValueError, OverflowError) as error:
        if isinstance(error, asyncpg.PostgresError):
            raise explain_pg_error(error, show_address(url)) from None
        rows = (("found", show_address(url)), ("expected", "postgresql://USER:PASSWORD@HOST/DATABASE"))
        raise ConfigMistake(Problem("JN1016", "the address of the database cannot be used", rows, "correct the address")) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise explain_pg_error(error, show_address(url)) from None  # the cause could show the address in full
    if not read_only:
        await connection.execute(_DURABLE)
    return connection


class PgLines:
    """``size`` connections to one database; without ``lock_seconds`` they only read."""

    def __init__(self, url: str, queries: Mapping[str, str], clock: Clock, size: int, *, lock_seconds: float | None = None) -> None:
        self.address = show_address(url)
        self._url = url
        self._queries = queries
        self._clock = clock
        self._lock_seconds = lock_seconds
        self._free: list[PgStatements | None] = [None] * size
        self._waiting: deque[asyncio.Future[PgStatements | None]] = deque()
        self._open: set[PgStatements] = set()
        self._away_since: float | None = None
        self._closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[PgStatements]:
        """A live connection for this piece of work alone."""
        line = await self.take()
        try:
            yield line
        finally:
            self.give(line)

    async def take(self) -> PgStatements:
        """A live connection, to be given back by :meth:`give`."""
        line = await self._next()
        try:
            if line is None or line.connection.is_closed():
                self._drop(line)
                line = None
                line = await self._connect()
        except BaseException:
            self._pass_on(None)
            raise
        line.start_work()
        return line

    def give(self, line: PgStatements) -> None:
        """One that was lost, or was left inside a transaction, is dropped."""
        if line.lost or line.unsure or line.connection.is_closed() or line.connection.is_in_transaction():
            if line.lost:
                self._drop_free()  # what ended this connection has probably ended those that rest as well
            self._drop(line)
            self._pass_on(None)
        else:
            self._pass_on(line)

    def close(self) -> None:
        self._closed = True
        for line in list(self._open):
            self._drop(line)

    async def _next(self) -> PgStatements | None:
        if self._free:
            return self._free.pop()
        if len(self._waiting) >= WAITING_MAX:
            raise too_many_waiting(self.address, WAITING_MAX)
        ticket: asyncio.Future[PgStatements | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(ticket)
        try:
            return await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled():
                self._pass_on(ticket.result())
            raise

    def _pass_on(self, line: PgStatements | None) -> None:
        while self._waiting:
            ticket = self._waiting.popleft()
            if not ticket.done():
                ticket.set_result(line)
                return
        self._free.append(line)

    async def _connect(self) -> PgStatements:
        give_up = self._clock.monotonic() + (PATIENCE_SECONDS if self._away_since is None else 0.0)
        for pause in (*PAUSES_SECONDS, *PAUSES_SECONDS[-1:] * 4):
            try:
                connection = await connect_pg(self._url, self._lock_seconds)
                break
            except ConnectionLost:
                if self._clock.monotonic() + pause > give_up:
                    self._away_since = self._away_since or self._clock.monotonic()
                    raise
            await self._clock.sleep(pause)
        else:
            connection = await connect_pg(self._url, self._lock_seconds)
        self._away_since = None
        line = PgStatements(connection, self._queries, self.address)
        self._open.add(line)
        if self._closed:
            self._drop(line)
        return line

    def _drop_free(self) -> None:
        for place, line in enumerate(self._free):
            self._drop(line)
            self._free[place] = None

    def _drop(self, line: PgStatements | None) -> None:
        if line is not None:
            self._open.discard(line)
            line.connection.terminate()
