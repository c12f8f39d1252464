"""What a process remembers of an org's names and definitions, held against the org's count of changes.

The count is read in the same snapshot or transaction in which the memory is used, so that what another process changed before then
is never overlooked. Sessions and orgs are not remembered at all: every request asks for them (``identify``), and a revoked token is
refused by every process from the moment of its COMMIT on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from joiner.genesys.organisation import OrgNames
from joiner.store.org_port import Definition
from joiner.store.org_rows import Remembered
from joiner.store.statements import Statements

ORGS_REMEMBERED_MAX: Final = 10_000

Value = TypeVar("Value")
Counted = dict[int, tuple[int, Value]]


class PgMemory:
    """Shared by all work of this process: org → (its count of changes, what it was then)."""

    __slots__ = ("definitions", "names")

    def __init__(self) -> None:
        self.names: Counted[OrgNames] = {}
        self.definitions: Counted[tuple[Definition, ...]] = {}

    def as_seen_by(self, statements: Statements) -> Remembered:
        """The memory as one snapshot or transaction may use it."""
        counts: dict[int, int] = {}

        def count_of(org: int) -> int:
            if org not in counts:
                row = statements.one("changed", org)
                counts[org] = -1 if row is None else row[0]
            return counts[org]

        seen = Remembered()
        seen.names = _UnderCount(self.names, count_of)
        seen.definitions = _UnderCount(self.definitions, count_of)
        return seen


class _UnderCount(dict[int, Value]):
    """Looks like the plain dict of :class:`Remembered`, and answers only what still counts."""

    def __init__(self, kept: Counted[Value], count_of: Callable[[int], int]) -> None:
        super().__init__()
        self._kept = kept
        self._count_of = count_of

    def get(self, org: int, default: Any = None) -> Any:
        count, value = self._kept.get(org, (None, default))
        return value if count is not None and count == self._count_of(org) else default

    def __setitem__(self, org: int, value: Value) -> None:
        count = self._count_of(org)
        if count < 0 or self._kept.get(org, (-1,))[0] > count:
            return  # there is no such org, or somebody with a later view was faster
        if len(self._kept) >= ORGS_REMEMBERED_MAX:
            self._kept.clear()
        self._kept[org] = (count, value)
