"""Groups inside groups over :class:`Statements`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from joiner.store.statements import Statements


class NestedRows:
    """The part of ``OrgReads`` and ``OrgWrites`` that is about groups inside groups."""

    _sql: Statements

    def nested(self, org: int, group: int) -> Sequence[tuple[str, str]]:
        return [(id, display) for _, id, display in self._sql.all("nested", org, group)]

    def nested_members(self, org: int, group: int) -> Sequence[tuple[int, str]]:
        return [(n, id) for n, id, _ in self._sql.all("nested", org, group)]

    def nesting(self, org: int) -> Mapping[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        for child, parent in self._sql.all("nesting", org):
            found[child] = (*found.get(child, ()), parent)
        return found

    def add_nested(self, org: int, group: int, children: Iterable[int]) -> None:
        self._sql.many("add_nested", [(org, group, child) for child in children])

    def remove_nested(self, org: int, group: int, children: Iterable[int]) -> None:
        self._sql.many("remove_nested", [(org, group, child) for child in children])
