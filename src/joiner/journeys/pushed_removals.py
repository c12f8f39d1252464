"""A client pushes removals of group members: more than a guard lets through wait for a person (DESIGN §4 last rule, §5).

::

    request ──► is_in or added again: its hold ends ──► already held: nothing new ──► guard: go ahead, or held as a whole

The rest of the request is done, and the answer shows the group as it is. A hold lapses after a day and never fires by itself; what
approves and rejects is in ``pushed_decisions``. Only the extended profile does this: a strict org is overwritten, as Genesys is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import timedelta

from joiner.dialects.removal_guard import Removals, held_because
from joiner.journeys.authorise import check_switch
from joiner.journeys.group_members import GROUP, USER, Members, Membership
from joiner.journeys.writing import Writing
from joiner.scim.patch import MemberDelta
from joiner.store.org_port import Kept
from joiner.store.pushed_port import HeldMember, HeldRemovals

HOLD_LAPSES_AFTER = timedelta(hours=24)
COUNTED_BACK = timedelta(hours=24)
"""Removals are counted by whole hours, so up to an hour more is looked at, never less."""
HELD_MEMBERS_MAX = 100_000
"""Members of one hold; a group that a body can name has no more."""
ID_CHARACTERS = 10


def hold_removals(writing: Writing, group: Kept, membership: Membership, delta: MemberDelta) -> Membership:
    """The part of ``membership`` that goes ahead. Removals that trip a guard are kept as held, once however often they are sent."""
    if not _guards(writing):
        return membership
    rows, org = writing.rows, writing.org
    if not membership.going and delta.replace is None and len(membership.coming) == len(delta.add):
        return membership  # all of them are new to the group, so none of them is held: this way costs nothing
    hold = rows.open_hold(org, writing.caller.client.id, group.n, writing.now) if rows.any_hold(org) else None
    waiting = [] if hold is None else _still_wanted(writing, group, hold, {*delta.add, *(delta.replace or ())})
    if not membership.going:
        return membership
    check_switch(writing.caller, "may_change_groups")
    fresh = _without(membership, waiting)
    if len(fresh.going) < len(membership.going):
        writing.caller.trail.mark(f"{len(membership.going) - len(fresh.going)} removals are held already")
    if not fresh.going:
        return fresh
    reason = _tripped(writing, group, len(fresh.going))
    if not reason:
        _count(writing, group, len(fresh.going))
        return fresh
    _put(writing, group, _held(fresh), waiting, reason, deletes=False)
    writing.caller.trail.mark(f"held {len(fresh.going)} removals: {_limit(reason)}")
    return fresh._replace(remove=(), remove_groups=())


def hold_deletion(writing: Writing, group: Kept, membership: Membership) -> bool:
    """Whether the deletion of a whole group with these members waits for a person."""
    leaving = len(membership.going)
    if not _guards(writing) or not 0 < leaving <= writing.profile.removals_max:
        return False
    reason = _tripped(writing, group, leaving)
    if not reason:
        _count(writing, group, leaving)
        return False
    held = writing.rows.open_hold(writing.org, writing.caller.client.id, group.n, writing.now)
    waiting = [] if held is None else writing.rows.hold_members(writing.org, held.n, HELD_MEMBERS_MAX)
    _put(writing, group, _held(membership), waiting, f"the group would be deleted: {reason}", deletes=True)
    writing.caller.trail.mark(f"held deletion with {leaving} members: {_limit(reason)}")
    return True


def _guards(writing: Writing) -> bool:
    return writing.profile.pushes_guarded and writing.caller.client.connection.guard_removals


def _tripped(writing: Writing, group: Kept, asked: int) -> str:
    rows, org, client = writing.rows, writing.org, writing.caller.client
    from_group, from_all = rows.removals_lately(org, client.id, group.n, writing.now - COUNTED_BACK)
    connection = client.connection
    size = 0
    if asked + from_group >= min(connection.removals_min, connection.removals_per_group):  # only then is it asked for: counting walks
        size = rows.member_count(org, group.n) + len(rows.nested_members(org, group.n))
    return held_because(connection, Removals(asked, from_group, from_all, size))


def _count(writing: Writing, group: Kept, removals: int) -> None:
    client, now = writing.caller.client.id, writing.now
    writing.rows.note_removals(writing.org, client, group.n, removals, now, now - COUNTED_BACK)


def _still_wanted(writing: Writing, group: Kept, hold: HeldRemovals, named: Collection[str]) -> Sequence[HeldMember]:
    """What the hold is still about once the client has named some of its members as members again."""
    rows, org = writing.rows, writing.org
    held = rows.hold_members(org, hold.n, HELD_MEMBERS_MAX)
    back = [each for each in held if each.id in named]
    if not back:
        return held
    writing.caller.trail.mark(f"{len(back)} held removals cancelled")
    left = [each for each in held if each.id not in named]
    if not left:
        rows.drop_hold(org, hold.n)
        return left
    rows.drop_hold_members(org, hold.n, back)
    rows.put_hold(org, hold._replace(id=_id_of(hold, group, left), deletes=False))
    return left


def _put(writing: Writing, group: Kept, held: Sequence[HeldMember], waiting: Sequence[HeldMember], reason: str, *, deletes: bool) -> None:
    """One hold per client and group: more of the same joins it and lapses with it; its id changes, so that nobody approves unseen."""
    rows, org, client, now = writing.rows, writing.org, writing.caller.client.id, writing.now
    rows.drop_lapsed_holds(org, now)
    hold = rows.open_hold(org, client, group.n, now)
    if hold is None:
        hold = HeldRemovals(0, "", client, group.n, False, reason, now, now + HOLD_LAPSES_AFTER)
    known = {(each.type, each.n) for each in waiting}
    joining = [each for each in held if (each.type, each.n) not in known]
    if hold.n and not joining and hold.deletes >= deletes:
        return
    deletes = deletes or hold.deletes
    hold = hold._replace(reason=reason, deletes=deletes)
    hold = rows.put_hold(org, hold._replace(id=_id_of(hold, group, [*waiting, *joining])))
    rows.add_hold_members(org, hold.n, joining)


def _id_of(hold: HeldRemovals, group: Kept, members: Sequence[HeldMember]) -> str:
    named = sorted(f"{each.type} {each.n}" for each in members)
    text = "\n".join((hold.client, group.id, hold.at.isoformat(), str(hold.deletes), *named))
    return hashlib.sha256(text.encode()).hexdigest()[:ID_CHARACTERS]


def _held(membership: Membership) -> list[HeldMember]:
    users = [HeldMember(USER, n, id) for n, id in membership.remove]
    return users + [HeldMember(GROUP, n, id) for n, id in membership.remove_groups]


def _without(membership: Membership, waiting: Sequence[HeldMember]) -> Membership:
    known = {(each.type, each.n) for each in waiting}
    return membership._replace(remove=_less(membership.remove, USER, known), remove_groups=_less(membership.remove_groups, GROUP, known))


def _less(members: Members, type_name: str, known: Collection[tuple[str, int]]) -> Members:
    return tuple(each for each in members if (type_name, each[0]) not in known)


def _limit(reason: str) -> str:
    """The name of the limit, which a reason ends with."""
    return reason.rpartition("(")[2].rstrip(")")
