"""A search becomes SQL: conditions over the narrow table, counted and cut before any body is read. Values are always parameters.

Both databases take the same text: text is compared byte by byte (``instr`` is the one function that they spell differently).
A missing value makes a comparison NULL, which WHERE, AND and OR take for false; ``NoneOf`` says ``IS NOT TRUE``, so that nothing
undecided is ever negated.
"""

from __future__ import annotations

from typing import Any, assert_never

from joiner.store.conditions import (
    ORDER_KEY_CHARACTERS,
    AllOf,
    AmongNumbers,
    AnyOf,
    Condition,
    ElementTest,
    HeldBy,
    MemberOf,
    NoneOf,
    Order,
    Search,
    SlotTest,
)

_COLUMNS = {"modified": "s.modified", "state": "s.state"}
_ORDERED = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}

NUMBERS_AS_VALUES_MAX = 64
"""Up to so many numbers are parameters, padded to a power of two, so that few texts of SQL come about."""

PAGE = """SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n), {key}
FROM searchable AS s
JOIN resource AS r ON r.n = s.n AND r.org = s.org AND r.type = s.type
LEFT JOIN external_id AS x ON x.org = s.org AND x.type = s.type AND x.client = ? AND x.n = s.n
WHERE s.org = ? AND s.type = ?{where} ORDER BY {order} LIMIT ? OFFSET ?"""

COUNT = "SELECT count(*) FROM searchable AS s WHERE s.org = ? AND s.type = ?{where}"

NUMBERS = "SELECT s.n, {key} FROM searchable AS s WHERE s.org = ? AND s.type = ?{where} ORDER BY {order}"


_HELD = "s.n IN (SELECT u.n FROM unique_value AS u WHERE u.org = ? AND u.type = ? AND u.path = ? AND u.match_key = ?)"


class Written:
    """SQL text and its values, in the order in which the question marks stand."""

    def __init__(self, org: int, type: str, instr: str = "instr") -> None:
        self.values: list[Any] = []
        self._org, self._type, self._instr = org, type, instr

    def where(self, search: Search) -> str:
        """What all resources of the result satisfy, wherever the page begins."""
        text = " AND s.state = 1" if search.active_only else ""
        if search.condition is not None:
            text += f" AND {self.condition(search.condition)}"
        return text

    def behind(self, search: Search) -> str:
        """What those behind ``search.after`` satisfy besides."""
        if search.after is None:
            return ""
        key, n = search.after
        if search.order is None:
            return self._add(" AND s.n > ?", n)
        column = key_of(search.order)
        if search.order.descending:
            if key is None:
                return self._add(f" AND ({column} IS NOT NULL OR s.n > ?)", n)
            return self._add(f" AND ({column} < ? OR ({column} = ? AND s.n > ?))", key, key, n)
        if key is None:
            return self._add(f" AND ({column} IS NULL AND s.n > ?)", n)
        return self._add(f" AND ({column} IS NULL OR {column} > ? OR ({column} = ? AND s.n > ?))", key, key, n)

    def condition(self, condition: Condition) -> str:
        match condition:
            case SlotTest(column, test, key):
                return self._test(column_of(column), test, int(key) if column == "state" else key)
            case ElementTest():
                return self._element(condition)
            case AmongNumbers(numbers):
                return self._among(numbers)
            case HeldBy(key, path):
                return self._add(_HELD, self._org, self._type, path, key)
            case MemberOf(groups):
                return self._members(groups)
            case AllOf(terms):
                return "(" + " AND ".join([self.condition(term) for term in terms]) + ")"
            case AnyOf(terms):
                return "(" + " OR ".join([self.condition(term) for term in terms]) + ")"
            case NoneOf(term):
                return f"(({self.condition(term)}) IS NOT TRUE)"
            case _:
                assert_never(condition)

    def _among(self, numbers: tuple[int, ...]) -> str:
        if not numbers:
            return "1 = 0"
        if len(numbers) > NUMBERS_AS_VALUES_MAX:
            # Numbers are our own integers; as text they are no risk.
            return f"s.n IN ({', '.join(map(str, numbers))})"
        room = 1 << (len(numbers) - 1).bit_length()
        return self._add(f"s.n IN (?{', ?' * (room - 1)})", *numbers, *[numbers[-1]] * (room - len(numbers)))

    def _members(self, groups: tuple[int, ...]) -> str:
        if not groups:
            return "1 = 0"
        places = ", ".join("?" * len(groups))
        text = "s.n IN (SELECT m.user_n FROM member AS m WHERE m.org = ? AND m.group_n IN ({}))"
        return self._add(text.format(places), self._org, *groups)

    def _element(self, test: ElementTest) -> str:
        self.values += [self._org, self._type, test.path]
        text = "s.n IN (SELECT e.n FROM found_by AS e WHERE e.org = ? AND e.type = ? AND e.path = ?"
        if test.kind is not None:
            self.values.append(test.kind)
            text += " AND e.kind = ?"
        if test.test != "pr":
            text += f" AND {self._test('e.match_key', test.test, test.key)}"
        return text + ")"

    def _test(self, column: str, test: str, key: Any) -> str:
        match test:
            case "pr":
                return f"({column} <> '')"
            case "ne":
                return self._add(f"({column} IS NULL OR {column} <> ?)", key)
            case "co":
                return self._add(f"({self._instr}({column}, ?) > 0)", key)
            case "sw":
                return self._add(f"(substr({column}, 1, length(?)) = ?)", key, key)
            case "ew":
                # A key longer than the value must not match its end; substr with a negative start is SQLite's alone.
                text = f"(length({column}) >= length(?) AND substr({column}, length({column}) - length(?) + 1) = ?)"
                return self._add(text, key, key, key)
        return self._add(f"({column} {_ORDERED[test]} ?)", key)

    def _add(self, text: str, *values: Any) -> str:
        self.values += values
        return text


def scans(condition: Condition | None) -> bool:
    """Whether every resource of the type has to be looked at: nothing in the condition leads to a few of them."""
    match condition:
        case AmongNumbers() | HeldBy() | MemberOf() | ElementTest(_, "eq"):
            return False
        case AllOf(terms):
            return all(map(scans, terms))
        case AnyOf(terms):
            return any(map(scans, terms))
        case _:
            return True


def column_of(column: int | str) -> str:
    return f"s.s{column}" if isinstance(column, int) else _COLUMNS[column]


def key_of(order: Order | None) -> str:
    """What resources are ordered by, as a position keeps it."""
    if order is None:
        return "NULL"
    column = column_of(order.column)
    return f"substr({column}, 1, {ORDER_KEY_CHARACTERS})" if isinstance(order.column, int) else column


def order_of(order: Order | None) -> str:
    """Missing values come last in ascending order and first in descending order (RFC 7644 §3.4.2.3)."""
    if order is None:
        return "s.n"
    key, turn = key_of(order), " DESC" if order.descending else ""
    return f"{key} IS NULL{turn}, {key}{turn}, s.n"
