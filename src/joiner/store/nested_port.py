"""Groups inside groups, as hosted orgs remember them: edges from a group to the groups that it holds directly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class NestedReads(Protocol):
    def nested(self, org: int, group: int) -> Sequence[tuple[str, str]]:
        """The groups directly inside a group as (id, display name), in order of number."""
        ...

    def nested_members(self, org: int, group: int) -> Sequence[tuple[int, str]]:
        """The same as (number, id)."""
        ...

    def nesting(self, org: int) -> Mapping[int, tuple[int, ...]]:
        """For every group that stands inside others, the numbers of those that hold it directly."""
        ...


class NestedWrites(Protocol):
    def add_nested(self, org: int, group: int, children: Iterable[int]) -> None: ...

    def remove_nested(self, org: int, group: int, children: Iterable[int]) -> None: ...
