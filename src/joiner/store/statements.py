"""Named statements over one database connection: what SQLite and PostgreSQL have in common. Rows come back as plain tuples.

A statement is called by its name in the ``.sql`` files; ``?`` stands for the values in order, ``?1`` for the first. The classes that
turn rows into values are written once, over this protocol. A duplicate key is never an error here: statements that may meet one say
``ON CONFLICT DO NOTHING`` and the caller looks at the number of rows, because PostgreSQL gives a transaction up after an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Statements(Protocol):
    """One connection inside one transaction or snapshot."""

    def one(self, name: str, *values: Any) -> Any:
        """The first row as a tuple, or None."""
        ...

    def all(self, name: str, *values: Any) -> list[Any]:
        """Every row as a tuple."""
        ...

    def change(self, name: str, *values: Any) -> int:
        """How many rows the statement touched."""
        ...

    def many(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """The same statement for each of these rows of values."""
        ...

    def text(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Rows of a statement that was put together at run time, from our own words only: searches."""
        ...
