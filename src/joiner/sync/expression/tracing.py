"""What one evaluation read: the same closures run once more on a scope that watches. Costs nothing where nobody asks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from joiner.sync.expression.scope import Expression, Result, Scope
from joiner.sync.lookup import Entry, LookupTable

Hit: TypeAlias = tuple[str, str, int, Any]
"""The table's file, the key, the line that answered (0: none) and its value."""


@dataclass(frozen=True, slots=True)
class Trace:
    """``read``: source attributes with their values, in the order in which they were read, each once."""

    result: Result
    read: tuple[tuple[str, Any], ...]
    hits: tuple[Hit, ...]


class _WatchedRecord(dict[str, Any]):
    """A record that notes what is read from it."""

    def __init__(self, record: Any, seen: dict[str, Any]) -> None:
        super().__init__(record)
        self.seen = seen

    def get(self, name: str, default: Any = None) -> Any:
        value = super().get(name, default)
        self.seen[name] = value
        return value


@dataclass(frozen=True, slots=True)
class _WatchedTable(LookupTable):
    hits: list[Hit] = field(default_factory=list)

    def find(self, key: str) -> Entry | None:
        entry = LookupTable.find(self, key)
        hit = (self.place, key, 0, None) if entry is None else (self.place, key, entry.line, entry.value)
        if hit not in self.hits:
            self.hits.append(hit)
        return entry


def trace(expression: Expression, scope: Scope) -> Trace:
    """Evaluate and tell what was read. Only branches that were taken appear."""
    seen: dict[str, Any] = {}
    hits: list[Hit] = []
    tables = {name: _watched(scope.tables[name], hits) for name in expression.tables if name in scope.tables}
    result = expression.evaluate(replace(scope, src=_WatchedRecord(scope.src, seen), tables=tables))
    return Trace(result, tuple(seen.items()), tuple(hits))


def _watched(table: LookupTable, hits: list[Hit]) -> LookupTable:
    return _WatchedTable(table.name, table.place, table.columns, table.delimiter, table.entries, table.folded, hits)
