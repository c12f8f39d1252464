"""A search becomes SQL: conditions over the narrow table, counted and cut before any body is read. Values are always parameters.

Both databases take the same text: text is compared byte by byte (``instr`` is the one function that they spell differently).
"""

from __future__ import annotations

from typing import Any, assert_never

from joiner.store.org_port import AllOf, AmongNumbers, AnyOf, Condition, ElementTest, NoneOf, Order, Search, SlotTest

_COLUMNS = {"modified": "s.modified", "state": "s.state"}
_ORDERED = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}

PAGE = """SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n){order_key}
FROM searchable AS s
JOIN resource AS r ON r.n = s.n AND r.org = s.org AND r.type = s.type
LEFT JOIN external_id AS x ON x.org = s.org AND x.type = s.type AND x.client = ? AND x.n = s.n
WHERE s.org = ? AND s.type = ?{where} ORDER BY {order} LIMIT ? OFFSET ?"""

COUNT = "SELECT count(*) FROM searchable AS s WHERE s.org = ? AND s.type = ?{where}"

NUMBERS = "SELECT s.n FROM searchable AS s WHERE s.org = ? AND s.type = ?{where} ORDER BY s.n"


class Written:
    """SQL text and its values, in the order in which the question marks stand."""

    def __init__(self, org: int, type: str, instr: str = "instr") -> None:
        self.values: list[Any] = []
        self._org, self._type, self._instr = org, type, instr

    def where(self, search: Search) -> str:
        text = " AND s.state = 1" if search.active_only else ""
        if search.condition is not None:
            text += f" AND {self.condition(search.condition)}"
        return text

    def condition(self, condition: Condition) -> str:
        match condition:
            case SlotTest(column, test, key):
                return self._test(column_of(column), test, key)
            case ElementTest():
                return self._element(condition)
            case AmongNumbers(numbers):
                # Numbers are our own integers; as text they are no risk and need no parameter each.
                return f"s.n IN ({', '.join(map(str, numbers))})" if numbers else "1 = 0"
            case AllOf(terms):
                return "(" + " AND ".join([self.condition(term) for term in terms]) + ")"
            case AnyOf(terms):
                return "(" + " OR ".join([self.condition(term) for term in terms]) + ")"
            case NoneOf(term):
                return f"NOT ({self.condition(term)})"
            case _:
                assert_never(condition)

    def _element(self, test: ElementTest) -> str:
        self.values += [self._org, self._type, test.path]
        text = "s.n IN (SELECT e.n FROM found_by AS e WHERE e.org = ? AND e.type = ? AND e.path = ?"
        if test.kind is not None:
            self.values.append(test.kind)
            text += " AND e.kind = ?"
        if test.test != "pr":
            text += f" AND {self._test('e.match_key', test.test, test.key)}"
        return text + ")"

    def _test(self, column: str, test: str, key: str) -> str:
        """Always true or false, never NULL: what stands under NOT must not be undecided."""
        if test == "pr":
            return f"({column} IS NOT NULL AND {column} <> '')"
        if test == "ne":
            self.values.append(key)
            return f"({column} IS NULL OR {column} <> ?)"
        if test in _ORDERED:
            self.values.append(key)
            return f"({column} IS NOT NULL AND {column} {_ORDERED[test]} ?)"
        if test == "co":
            self.values.append(key)
            return f"({column} IS NOT NULL AND {self._instr}({column}, ?) > 0)"
        self.values += [key, key]
        part = "substr({0}, 1, length(?))" if test == "sw" else "substr({0}, -length(?))"
        if test == "ew":
            # A key longer than the value must not match its end; substr with a negative start is SQLite's alone.
            self.values.append(key)
            return f"({column} IS NOT NULL AND length({column}) >= length(?) AND substr({column}, length({column}) - length(?) + 1) = ?)"
        return f"({column} IS NOT NULL AND {part.format(column)} = ?)"


def column_of(column: int | str) -> str:
    return f"s.s{column}" if isinstance(column, int) else _COLUMNS[column]


def order_of(order: Order | None) -> str:
    """Missing values come last in ascending order and first in descending order (RFC 7644 §3.4.2.3)."""
    if order is None:
        return "s.n"
    column, turn = column_of(order.column), " DESC" if order.descending else ""
    return f"{column} IS NULL{turn}, {column}{turn}, s.n"
