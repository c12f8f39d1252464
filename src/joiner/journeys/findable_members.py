"""Filters over membership, which no document holds: ``members`` of groups and ``groups`` of users (RFC 7643 §4.1.2, §4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from joiner.journeys.nesting import groups_above, groups_below
from joiner.scim.filter import Compare, Comparison
from joiner.scim.values import match_key
from joiner.store.conditions import AmongNumbers, Condition, MemberOf
from joiner.store.org_port import OrgReads

_NOBODY = AmongNumbers(())


def by_element(rows: OrgReads, org: int, type: str, attribute: str, terms: Mapping[str, Compare]) -> Condition | None:
    """The same for what stands in brackets, all joined by ``and``; what it does not say is left to the documents."""
    for name in ("value", "display"):
        term = terms.get(name)
        if term is not None and term.comparison is Comparison.EQ and isinstance(term.value, str):
            by_membership = MEMBERSHIPS.get((type, f"{attribute}.{name}"))
            return by_membership(rows, org, term.value) if by_membership is not None else None
    return None


def _groups_with(rows: OrgReads, org: int, member: str) -> Condition:
    """Groups that list a user or a group among their members. Indirect members are not listed."""
    user = rows.number(org, "User", member)
    if user is not None:
        return AmongNumbers(tuple(rows.groups_holding(org, user)))
    group = rows.number(org, "Group", member)
    return AmongNumbers(groups_above(rows, org, group)) if group is not None else _NOBODY


def _users_in(rows: OrgReads, org: int, group: int | None) -> Condition:
    """Users that belong to a group, directly or through a group inside it."""
    return MemberOf(groups_below(rows, org, group)) if group is not None else _NOBODY


MEMBERSHIPS: Mapping[tuple[str, str], Callable[[OrgReads, int, str], Condition]] = {
    ("Group", "members.value"): _groups_with,
    ("User", "groups.value"): lambda rows, org, value: _users_in(rows, org, rows.number(org, "Group", value)),
    ("User", "groups.display"): lambda rows, org, value: _users_in(rows, org, rows.holder(org, "Group", match_key(value))),
}
"""``members.value eq``, ``groups.value eq`` and ``groups.display eq``, by type and path."""
