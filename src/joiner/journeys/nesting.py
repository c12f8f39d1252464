"""Groups inside groups, as far as reading goes: which are above a group and which below it.

Loops are refused when they are written; should there be one all the same, nothing here runs in circles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from joiner.store.org_port import OrgReads


def groups_below(rows: OrgReads, org: int, group: int) -> tuple[int, ...]:
    """The group and all groups inside it, at any depth."""
    nesting = rows.nesting(org)
    if not nesting:
        return (group,)
    children: dict[int, list[int]] = {}
    for child, parents in nesting.items():
        for parent in parents:
            children.setdefault(parent, []).append(child)
    return tuple(sorted(_reached((group,), children)))


def groups_above(rows: OrgReads, org: int, group: int) -> tuple[int, ...]:
    """The groups that list this group as a member."""
    return tuple(rows.nesting(org).get(group, ()))


def all_above(nesting: Mapping[int, Iterable[int]], groups: Iterable[int]) -> set[int]:
    """Every group that holds one of these at any depth, without these themselves unless one holds the other."""
    return _reached([parent for group in groups for parent in nesting.get(group, ())], nesting)


def _reached(begin: Iterable[int], edges: Mapping[int, Iterable[int]]) -> set[int]:
    reached: set[int] = set()
    waiting = list(begin)
    while waiting:
        group = waiting.pop()
        if group not in reached:
            reached.add(group)
            waiting.extend(edges.get(group, ()))
    return reached
