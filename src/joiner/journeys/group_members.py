"""Who comes into a group and who goes: ids of a request become members of the org, within the limits, and never in a circle.

Members are rows: a PATCH touches only those that it names, however large the group. Users and (where the profile has it) groups may
be members; which of the two an id is, the id itself tells (RFC 7643 §4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from joiner.genesys.profile import Profile
from joiner.journeys.writing import Writing
from joiner.scim.patch import MemberDelta
from joiner.scim.refusals import InvalidValue, TooMany
from joiner.scim.schema import Document
from joiner.store.pushed_port import HeldMember

GROUP, USER = "Group", "User"
IDS_NAMED_MAX = 10
"""So many unknown members are named in one refusal."""
UNKNOWN_MAX = 100
"""After so many unknown members a request is refused without looking at the rest: each look costs."""
NESTED_MAX = 10_000
"""Groups inside groups of one org, counted once for each group that holds them: a circle is looked for among these."""

Members: TypeAlias = tuple[tuple[int, str], ...]
"""Members as (number, id)."""


class Membership(NamedTuple):
    """What really changes: users and groups that come and that go."""

    add: Members = ()
    remove: Members = ()
    add_groups: Members = ()
    remove_groups: Members = ()

    @property
    def coming(self) -> Members:
        return self.add + self.add_groups

    @property
    def going(self) -> Members:
        return self.remove + self.remove_groups


class _Named(NamedTuple):
    """Members that a request names, each once."""

    users: dict[int, str]
    groups: dict[int, str]


def new_members(writing: Writing, ids: Iterable[str]) -> Membership:
    """The members of a fresh group. Raises InvalidValue and TooMany."""
    named = _named(writing, ids)
    membership = Membership(add=tuple(named.users.items()), add_groups=tuple(named.groups.items()))
    check_limits(writing.profile, int, membership, 0)
    return membership


def membership_of(writing: Writing, group: int, delta: MemberDelta) -> Membership:
    """What a request means for this group. Raises InvalidValue (unknown ids, a circle) and TooMany (limits)."""
    rows, org = writing.rows, writing.org
    _check_removals(writing.profile, len(delta.remove))  # before any of them is looked up
    if delta.replace is None and not delta.remove_all:
        membership, asked = _by_difference(writing, group, delta), len(delta.remove)
    else:
        membership = _by_whole(writing, group, delta)
        asked = max(len(membership.going), len(delta.remove))
    check_limits(writing.profile, lambda: rows.member_count(org, group), membership, asked)
    if membership.add_groups:
        _check_circle(writing, group, membership.add_groups)
    return membership


def keep_members(writing: Writing, group: int, membership: Membership) -> None:
    """Write it down."""
    rows, org = writing.rows, writing.org
    if membership.going and rows.any_hold(org):  # whoever comes back later is not removed by what was held before
        held = [HeldMember(USER, n) for n, _ in membership.remove] + [HeldMember(GROUP, n) for n, _ in membership.remove_groups]
        rows.drop_held_of_group(org, group, held)
    if membership.remove:
        rows.remove_members(org, group, [n for n, _ in membership.remove])
    if membership.add:
        rows.add_members(org, group, [n for n, _ in membership.add])
    if membership.remove_groups:
        rows.remove_nested(org, group, [n for n, _ in membership.remove_groups])
    if membership.add_groups:
        rows.add_nested(org, group, [n for n, _ in membership.add_groups])


def all_members(writing: Writing, group: int) -> Membership:
    """Everybody who would go with the group."""
    rows, org = writing.rows, writing.org
    return Membership(remove=tuple(rows.members(org, group)), remove_groups=_nested(writing, group))


def ids_of(members: Sequence[tuple[int, str]]) -> Document:
    """The members as the audit tells them."""
    return {"members": [id for _, id in members]} if members else {}


def check_limits(profile: Profile, count: Callable[[], int], membership: Membership, removals_asked: int) -> None:
    """Raises TooMany that names the limit. ``count`` (members before) is called only where their number is limited."""
    _check_removals(profile, max(removals_asked, len(membership.going)))
    if profile.group_members_max is not None:
        after = count() + len(membership.coming) - len(membership.going)
        if after > profile.group_members_max and membership.coming:
            raise TooMany(f"The group would have {after} members; at most {profile.group_members_max} are allowed (group_members_max).")
    updates = len(membership.coming) + len(membership.going)
    if profile.group_updates_max is not None and updates > profile.group_updates_max:
        raise TooMany(f"{updates} members would change in one action; at most {profile.group_updates_max} are allowed (group_updates_max).")


def _check_removals(profile: Profile, count: int) -> None:
    if count > profile.removals_max:
        raise TooMany(
            f"More than {profile.removals_max} members would be removed in one action (removals_max). "
            "Nothing was changed. Remove them in several steps."
        )


def _by_difference(writing: Writing, group: int, delta: MemberDelta) -> Membership:
    """Only the members that the request names are looked at."""
    rows, org = writing.rows, writing.org
    named, gone = _named(writing, delta.add), _found(writing, delta.remove)
    add = tuple((n, id) for n, id in named.users.items() if not rows.is_member(org, group, n))
    remove = tuple((n, id) for n, id in gone.users.items() if rows.is_member(org, group, n))
    if not named.groups and not gone.groups:
        return Membership(add, remove)
    inside = dict(_nested(writing, group))
    return Membership(
        add,
        remove,
        tuple((n, id) for n, id in named.groups.items() if n not in inside),
        tuple((n, id) for n, id in gone.groups.items() if n in inside),
    )


def _by_whole(writing: Writing, group: int, delta: MemberDelta) -> Membership:
    """The request says who all is in the group afterwards."""
    users, groups = dict(writing.rows.members(writing.org, group)), dict(_nested(writing, group))
    wanted = _named(writing, (*(delta.replace or ()), *delta.add))
    return Membership(
        _without(wanted.users, users), _without(users, wanted.users), _without(wanted.groups, groups), _without(groups, wanted.groups)
    )


def _without(members: Mapping[int, str], others: Collection[int]) -> Members:
    return tuple((n, id) for n, id in members.items() if n not in others)


def _nested(writing: Writing, group: int) -> Members:
    return tuple(writing.rows.nested_members(writing.org, group)) if writing.profile.nested_groups else ()


def _found(writing: Writing, ids: Iterable[str]) -> _Named:
    """Those of ``ids`` that are members of this org at all; whoever is not cannot be in a group."""
    found = _Named({}, {})
    for id in ids:
        _sort_in(writing, id, found)
    return found


def _named(writing: Writing, ids: Iterable[str]) -> _Named:
    """Members by id. Raises InvalidValue that lists those that are none, unless the connection passes over them."""
    found, unknown = _Named({}, {}), []
    refusing = writing.profile.unknown_members == "refuse"
    for id in ids:
        if not _sort_in(writing, id, found):
            unknown.append(id[:100])
            if refusing and len(unknown) == UNKNOWN_MAX:
                break
    if unknown and refusing:
        raise InvalidValue(_unknown(writing, unknown))
    if unknown:
        writing.caller.trail.mark(f"passed over {len(unknown)} unknown members")
    return found


def _sort_in(writing: Writing, id: str, found: _Named) -> bool:
    rows, org = writing.rows, writing.org
    n = rows.number(org, USER, id)
    if n is not None:
        found.users[n] = id
        return True
    n = rows.number(org, GROUP, id) if writing.profile.nested_groups else None
    if n is not None:
        found.groups[n] = id
        return True
    return False


def _unknown(writing: Writing, unknown: Sequence[str]) -> str:
    groups = [id for id in unknown if writing.rows.number(writing.org, GROUP, id) is not None]
    hint = (
        f" {groups[0]} is a group: groups cannot be members of groups." if groups else " Create the users first, then add them by their id."
    )
    least = "at least " if len(unknown) == UNKNOWN_MAX else ""
    more = f" and {least}{len(unknown) - IDS_NAMED_MAX} more" if len(unknown) > IDS_NAMED_MAX else ""
    return f"members: no such user in this org: {', '.join(unknown[:IDS_NAMED_MAX])}{more}.{hint}"


def _check_circle(writing: Writing, group: int, children: Members) -> None:
    """Raises InvalidValue when the group would be inside itself, and TooMany when nesting goes beyond its limit."""
    holders = writing.rows.nesting(writing.org)
    if sum(map(len, holders.values())) + len(children) > NESTED_MAX:
        raise TooMany(f"This org would have more than {NESTED_MAX} groups inside groups, which is the most.")
    above, waiting = {group}, [group]
    while waiting:  # each group once
        fresh = [parent for parent in holders.get(waiting.pop(), ()) if parent not in above]
        above.update(fresh)
        waiting.extend(fresh)
    circular = next((id for n, id in children if n in above), None)
    if circular is not None:
        raise InvalidValue(
            f"members: the group {circular} holds this group already, or is this group. "
            "A group cannot be inside itself, not even through others."
        )
