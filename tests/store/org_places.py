"""Both databases behind one face, for the contract suite: a place where hosted orgs are kept, opened as often as there are processes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from postgres_server import administer, shared_server

from joiner.events import Actor, Door, Event
from joiner.store.org_port import Client, Face, Kept, OrgStore, OrgWrites, State
from joiner.store.org_store import open_org_store
from joiner.store.pg_store import open_pg_store

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FACE = Face("Aino", NOW.isoformat(), (None,) * 10)


class LoopClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Place(Protocol):
    name: str

    async def open(self) -> Any:
        """A store as one more process would open it. Those opened first meet two empty orgs, north and south."""
        ...

    def run_sql(self, *statements: str) -> None:
        """Statements of somebody who goes past Joiner, on a connection of his own."""
        ...

    def count(self, table: str) -> int:
        """Rows that another connection sees at this moment; blocks."""
        ...


class SqlitePlace:
    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orgs.db"

    async def open(self) -> Any:
        return await with_orgs(open_org_store(str(self.path), LoopClock()))

    def run_sql(self, *statements: str) -> None:
        connection = sqlite3.connect(self.path, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    def count(self, table: str) -> int:
        connection = sqlite3.connect(self.path)
        try:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        finally:
            connection.close()


class PostgresPlace:
    name = "postgres"

    def __init__(self, database: str) -> None:
        self.database = database
        self.url = shared_server().url(database)

    async def open(self, **options: Any) -> Any:
        return await with_orgs(await open_pg_store(self.url, LoopClock(), **options))

    def run_sql(self, *statements: str) -> None:
        async def run(connection: Any) -> None:
            for statement in statements:
                await connection.execute(statement)

        administer(shared_server(), run, self.database)

    def count(self, table: str) -> int:
        return int(shared_server().ask(self.database, f"SELECT count(*) FROM {table}"))


async def with_orgs(store: Any) -> Any:
    if not await store.read(0, lambda rows: rows.orgs()):
        await store.write(0, _add_orgs)
    return store


def _add_orgs(rows: OrgWrites) -> None:
    for name in ("north", "south"):
        org = rows.add_org(name, name, "extended", name == "north", None, NOW.isoformat())
        rows.add_client(Client(org.key, f"{name}-client", "okta", "-", frozenset({"directory:user:add"})), NOW.isoformat())


def event(name: str) -> Event:
    return Event("user.created", Actor("client", "okta", Door.SCIM), NOW, "User", name, name)


def adding(name: str, org: int = 1, slots: tuple[str | None, ...] = (), body: bytes = b"{}") -> Callable[[OrgWrites], int]:
    """A work that adds a user of this id and userName, as a POST does."""

    def work(rows: OrgWrites) -> int:
        n = rows.next_number(org, "User")
        face = Face(name, NOW.isoformat(), (*slots, *(None,) * (10 - len(slots))))
        rows.take_name(org, "User", name, n)
        rows.insert(org, "User", Kept(n, name, 1, State.ACTIVE, name, body), face)
        rows.append_audit(org, event(name))
        return n

    return work


async def users(store: OrgStore, org: int = 1) -> list[str]:
    return await store.read(org, lambda rows: [kept.id for kept in rows.scan(org, "User")])
