""":class:`joiner.store.statements.Statements` over one asyncpg connection, for functions that run inside ``pg_bridge.run_plain``.

Each named query is prepared once per connection. Rows are asyncpg's records, turned into plain tuples. An error of PostgreSQL
becomes a StoreError at once; it spoils the transaction, so ``spoiled`` remembers it even where the function catches it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

from joiner.errors import Problem, StoreError
from joiner.store.pg_bridge import wait
from joiner.store.pg_errors import explain_pg_error, is_lost
from joiner.store.pg_queries import ask_together, is_storable, translate_search

_NOWHERE = "\uffff\uffff"
"""Stands in a search for what PostgreSQL cannot hold: two noncharacters, which nobody keeps; equal finds nothing, not equal all."""


class PgStatements:
    """One connection and what was prepared on it."""

    __slots__ = ("_merged", "_prepared", "_queries", "address", "changed", "connection", "lost", "spoiled", "unsure")

    def __init__(self, connection: Any, queries: Mapping[str, str], address: str) -> None:
        self.connection = connection
        self.address = address
        self.spoiled: StoreError | None = None
        self.changed = False
        self.lost = False
        self.unsure = False
        self._queries = queries
        self._prepared: dict[str, Any] = {}
        self._merged: dict[str, Any] = {}

    def one(self, name: str, *values: Any) -> Any:
        if not is_storable(values):
            return None
        row = self._wait(self._one(name, values))
        return None if row is None else tuple(row)

    def all(self, name: str, *values: Any) -> list[Any]:
        if not is_storable(values):
            return []
        return [tuple(row) for row in self._wait(self._all(name, values))]

    def change(self, name: str, *values: Any) -> int:
        _refuse_unstorable(values)
        touched: int = self._wait(self._change(name, values))
        self.changed = self.changed or touched > 0
        return touched

    def many(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        batch = [tuple(row) for row in rows]
        if not batch:
            return
        for row in batch:
            _refuse_unstorable(row)
        self.changed = True
        self._wait(self._many(name, batch))

    def text(self, sql: str, values: Sequence[Any]) -> list[Any]:
        if not is_storable(values):
            values = [value if is_storable((value,)) else _NOWHERE for value in values]
        return [tuple(row) for row in self._wait(self.connection.fetch(translate_search(sql), *values))]

    # Outside of the greenlet

    def start_work(self) -> None:
        """What went wrong, or was changed, before is somebody else's."""
        self.spoiled = None
        self.changed = False

    async def prepared(self, name: str) -> Any:
        """The prepared statement of this name."""
        found = self._prepared.get(name)
        if found is None:
            found = self._prepared[name] = await self.connection.prepare(self._queries[name])
        return found

    async def run(self, script: str) -> str:
        """Statements without values, in one message: BEGIN, SAVEPOINT, COMMIT … Answers the tag of the last one."""
        tag: str = await self._guarded(self.connection.execute(script))
        return tag

    async def fetch(self, name: str, *values: Any) -> list[Any]:
        rows: list[Any] = await self._guarded(self._all(name, values))
        return rows

    async def fetch_together(self, name: str, asked: Sequence[tuple[Any, ...]]) -> list[Any]:
        """One row per tuple of values, in their order, for a query that finds one row or none; see ``pg_together``."""
        rows: list[Any] = await self._guarded(self._together(name, asked))
        return rows

    async def _together(self, name: str, asked: Sequence[tuple[Any, ...]]) -> Any:
        statement = self._merged.get(name)
        if statement is None:
            types = [parameter.name for parameter in (await self.prepared(name)).get_parameters()]
            statement = self._merged[name] = await self.connection.prepare(ask_together(self._queries[name], types))
        return await statement.fetch(*zip(*asked, strict=True))

    async def _one(self, name: str, values: Sequence[Any]) -> Any:
        return await (self._prepared.get(name) or await self.prepared(name)).fetchrow(*values)

    async def _all(self, name: str, values: Sequence[Any]) -> Any:
        return await (self._prepared.get(name) or await self.prepared(name)).fetch(*values)

    async def _change(self, name: str, values: Sequence[Any]) -> int:
        statement = self._prepared.get(name) or await self.prepared(name)
        await statement.fetch(*values)
        return int(statement.get_statusmsg().rpartition(" ")[2])

    async def _many(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        await (self._prepared.get(name) or await self.prepared(name)).executemany(rows)

    async def _guarded(self, statement: Awaitable[Any]) -> Any:
        try:
            return await statement
        except Exception as error:
            raise self._explain(error) from error
        except BaseException:
            self.unsure = True
            raise

    def _wait(self, statement: Awaitable[Any]) -> Any:
        try:
            return wait(statement)
        except Exception as error:
            raise self._explain(error) from error
        except BaseException:
            self.unsure = True  # given up in the middle: nobody knows whether the statement, a BEGIN perhaps, was carried out
            raise

    def _explain(self, error: Exception) -> StoreError:
        self.lost = self.lost or self.connection.is_closed() or is_lost(error)
        self.spoiled = explain_pg_error(error, self.address)
        return self.spoiled


def _refuse_unstorable(values: Sequence[Any]) -> None:
    if not is_storable(values):
        title = "a text with NUL or half a character cannot be kept"
        raise StoreError(Problem("JN4034", title, (("expected", "text without U+0000 and lone surrogates"),), "leave the character out"))
