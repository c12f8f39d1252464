"""The hosted orgs in PostgreSQL: several server processes on one database act as one serial writer per org.

What makes it so: every write takes the lock of its org inside its transaction (``joiner_lock``), every read sees one committed
state, every request asks who it comes from, and what is remembered beside is held against a count of changes. See ``pg_writes``,
``pg_reads`` and ``pg_remembered``. The statements and the classes that turn rows into values are SQLite's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from joiner.ports import Clock
from joiner.store.org_port import Identity, OrgReads, OrgWrites
from joiner.store.pg_errors import show_address
from joiner.store.pg_layout import prepare_pg
from joiner.store.pg_lines import LOCK_SECONDS, PgLines, connect_pg
from joiner.store.pg_queries import load_pg_queries
from joiner.store.pg_reads import PgReader
from joiner.store.pg_remembered import PgMemory
from joiner.store.pg_writes import PgWriter

READ_CONNECTIONS: Final = 4
WRITE_CONNECTIONS: Final = 2
"""Orgs that one process writes to at the same time. With the readers, a process holds at most six connections."""

Result = TypeVar("Result")


async def open_pg_store(url: str, clock: Clock, *, lock_seconds: float = LOCK_SECONDS) -> PgOrgStore:
    """Open (and create or migrate) the orgs' database at ``postgresql://…``. Raises StoreError kinds that name server and database."""
    connection = await connect_pg(url)
    try:
        await prepare_pg(connection, show_address(url))
    finally:
        connection.terminate()
    return PgOrgStore(url, clock, lock_seconds)


class PgOrgStore:
    """:class:`joiner.store.org_port.OrgStore` on PostgreSQL. Lives in the event loop in which it was opened."""

    reads_inline = False

    def __init__(self, url: str, clock: Clock, lock_seconds: float) -> None:
        queries, memory = load_pg_queries(), PgMemory()
        self._read_lines = PgLines(url, queries, clock, READ_CONNECTIONS)
        self._write_lines = PgLines(url, queries, clock, WRITE_CONNECTIONS, lock_seconds=lock_seconds)
        self._reader = PgReader(self._read_lines, memory)
        self._writer = PgWriter(self._write_lines, memory)

    def known_identity(self, org_name: str, token_hash: bytes | None) -> Identity | None:
        return None  # every request asks: another process may have revoked the token

    async def identify(self, org_name: str, token_hash: bytes | None) -> Identity:
        return await self._reader.identify(org_name, token_hash)

    async def read(self, org: int, work: Callable[[OrgReads], Result], *, long: bool = False) -> Result:
        return await self._reader.read(work, long)

    async def write(self, org: int, work: Callable[[OrgWrites], Result]) -> Result:
        return await self._writer.write(org, work)

    def close(self) -> None:
        self._read_lines.close()
        self._write_lines.close()
