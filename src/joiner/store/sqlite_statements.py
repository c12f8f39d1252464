""":class:`joiner.store.statements.Statements` over one SQLite connection: statements run inline, microseconds each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class SqliteStatements:
    """The queries of a folder over a connection; it knows no transactions."""

    __slots__ = ("_queries", "_run", "_run_many")

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        self._queries = queries
        self._run = connection.execute
        self._run_many = connection.executemany

    def one(self, name: str, *values: Any) -> Any:
        return self._run(self._queries[name], values).fetchone()

    def all(self, name: str, *values: Any) -> list[Any]:
        return self._run(self._queries[name], values).fetchall()

    def change(self, name: str, *values: Any) -> int:
        return self._run(self._queries[name], values).rowcount

    def many(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        self._run_many(self._queries[name], rows)

    def text(self, sql: str, values: Sequence[Any]) -> list[Any]:
        return self._run(sql, values).fetchall()
