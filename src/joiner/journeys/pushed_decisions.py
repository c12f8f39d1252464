"""An operator decides about removals that a guard holds: looks, approves exactly what was shown, or rejects it.

An approved hold is carried out in chunks, each a transaction with an audit row that names the approver. After a stop, approving again
goes on where it was: whoever is gone already is passed over, and what is done is no longer held. Nothing here happens by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from joiner.errors import Missing, Problem
from joiner.events import Actor, Door, Event
from joiner.genesys.catalogue import catalogue_of
from joiner.journeys.administer import find_org
from joiner.journeys.authorise import Caller, profile_for
from joiner.journeys.group_members import GROUP, USER, Membership, ids_of, keep_members
from joiner.journeys.leave_groups import delete_whole
from joiner.journeys.provision_group import bump, note
from joiner.journeys.pushed_removals import HELD_MEMBERS_MAX
from joiner.journeys.showing import read_document
from joiner.journeys.user_draft import Change
from joiner.journeys.writing import Writing, begin
from joiner.ports import Clock
from joiner.store.org_port import Kept, Org, OrgReads, OrgStore, OrgWrites, State
from joiner.store.pushed_port import HeldMember, HeldRemovals

CONFLICTS_SHOWN_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """Removals that wait for a person, as people see them. ``client`` and ``group`` are names."""

    id: str
    client: str
    group: str
    group_id: str
    removals: int
    deletes: bool
    reason: str
    at: datetime
    expires_at: datetime
    approved_by: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """An attribute that a client and the org both changed; the org's value was kept."""

    client: str
    user: str
    user_id: str
    attribute: str
    kept: Any
    pushed: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """``passed_over`` were no members any more; ``group_deleted`` says that the group itself went, as the client had asked."""

    group: str
    removed: int
    passed_over: int
    group_deleted: bool = False


class _Step(NamedTuple):
    group: str
    removed: int
    passed_over: int
    left: bool
    group_deleted: bool


async def list_held(store: OrgStore, clock: Clock, org_name: str) -> tuple[Sequence[Held], Sequence[Conflict]]:
    """What waits in an org, the oldest first, and what is in conflict. Raises Missing (org)."""
    now = clock.now()

    def work(rows: OrgReads) -> tuple[Sequence[Held], Sequence[Conflict]]:
        org = find_org(rows, org_name)
        names = {each.id: each.name for each in rows.clients(org.key)}
        held = [_shown(rows, org, hold, names) for hold in rows.holds(org.key, now)]
        conflicts = [
            Conflict(names.get(each.client, each.client), each.user_name, each.user_id, path, kept, pushed, each.at)
            for each in rows.pushed_conflicts(org.key, CONFLICTS_SHOWN_MAX)
            for path, (kept, pushed) in each.conflicts.items()
        ]
        return held, conflicts

    return await store.read(0, work)


async def show_held(store: OrgStore, clock: Clock, org_name: str, id: str) -> tuple[Held, Sequence[HeldMember]]:
    """One hold with its members. Raises Missing."""
    now = clock.now()

    def work(rows: OrgReads) -> tuple[Held, Sequence[HeldMember]]:
        org = find_org(rows, org_name)
        hold = _find(rows, org, id, now)
        names = {each.id: each.name for each in rows.clients(org.key)}
        return _shown(rows, org, hold, names), rows.hold_members(org.key, hold.n, HELD_MEMBERS_MAX)

    return await store.read(0, work)


async def approve_held(
    store: OrgStore, clock: Clock, org_name: str, id: str, approver: str, reason: str = "", *, chunks_max: int | None = None
) -> Decided:
    """Remove exactly the members of this hold that are still there. Raises Missing, also when the hold changed since it was shown.

    ``chunks_max`` stops before the rest, which waits until it is approved again.
    """
    org = await store.read(0, lambda rows: find_org(rows, org_name))
    removed, passed_over, chunks = 0, 0, 0
    while True:  # every step takes members out of the hold or ends it
        step = await store.write(org.key, lambda rows: _approve_chunk(rows, org, id, clock.now(), approver, reason))
        removed, passed_over, chunks = removed + step.removed, passed_over + step.passed_over, chunks + 1
        if not step.left or chunks == chunks_max:
            return Decided(step.group, removed, passed_over, step.group_deleted)


async def reject_held(store: OrgStore, clock: Clock, org_name: str, id: str, rejecter: str, reason: str) -> Held:
    """Drop a hold: nobody is removed. Raises Missing."""
    now = clock.now()

    def work(rows: OrgWrites) -> Held:
        org = find_org(rows, org_name)
        hold = _find(rows, org, id, now)
        names = {each.id: each.name for each in rows.clients(org.key)}
        held = _shown(rows, org, hold, names)
        members = [each.id for each in rows.hold_members(org.key, hold.n, HELD_MEMBERS_MAX)]
        rows.drop_hold(org.key, hold.n)
        actor = Actor("operator", rejecter, Door.CLI)
        rows.append_audit(
            org.key, Event("removals.rejected", actor, now, "Hold", hold.id, held.group, {"members": members}, {}, reason or hold.reason)
        )
        return held

    return await store.write(0, work)


def _find(rows: OrgReads, org: Org, id: str, now: datetime) -> HeldRemovals:
    found = next((hold for hold in rows.holds(org.key, now) if hold.id == id), None)
    if found is None:
        title = f"the org {org.name} holds nothing under {id[:40]}"
        fix = f"It may have lapsed, or changed since. Look again: joiner scim held list --org {org.name}."
        raise Missing(Problem("JN4022", title, (), fix))
    return found


def _shown(rows: OrgReads, org: Org, hold: HeldRemovals, names: Mapping[str, str]) -> Held:
    group = _group(rows, org, hold)
    name, group_id = (group.name, group.id) if group is not None else ("(deleted)", "")
    return Held(
        hold.id, names.get(hold.client, hold.client), name, group_id, hold.members, hold.deletes, hold.reason, hold.at, hold.expires_at,
        hold.approved_by,
    )  # fmt: skip


def _group(rows: OrgReads, org: Org, hold: HeldRemovals) -> Kept | None:
    return next((kept for kept in rows.resources(org.key, GROUP, (hold.group,), hold.client) if kept.state is not State.DELETED), None)


def _approve_chunk(rows: OrgWrites, org: Org, id: str, now: datetime, approver: str, reason: str) -> _Step:
    hold = _find(rows, org, id, now)
    group = _group(rows, org, hold)
    if group is None:
        rows.drop_hold(org.key, hold.n)
        return _Step("(deleted)", 0, hold.members, False, False)
    writing = _writing(rows, org, hold, now, approver)
    members = rows.hold_members(org.key, hold.n, writing.profile.removals_max)
    membership = _still_members(writing, group, members)
    why = f"approved by {approver}" + (f" ({reason})" if reason else "") + f": {hold.reason}"
    if membership.going:
        keep_members(writing, group.n, membership)
        group = bump(writing, group, read_document(group), group.external_id)
        note(writing, group, "group.members_changed", Change(ids_of(membership.going), {}), why)
    rows.drop_hold_members(org.key, hold.n, members)
    left = hold.members > len(members)
    deleted = not left and hold.deletes and _delete_if_empty(writing, group, why)
    if left:
        rows.put_hold(org.key, hold._replace(approved_by=hold.approved_by or approver))
    else:
        rows.drop_hold(org.key, hold.n)
    return _Step(group.name, len(membership.going), len(members) - len(membership.going), left, deleted)


def _delete_if_empty(writing: Writing, group: Kept, why: str) -> bool:
    """Whoever came in since keeps the group alive."""
    if writing.rows.member_count(writing.org, group.n) or writing.rows.nested_members(writing.org, group.n):
        return False
    delete_whole(writing, group, read_document(group), why)
    return True


def _still_members(writing: Writing, group: Kept, members: Sequence[HeldMember]) -> Membership:
    rows, org = writing.rows, writing.org
    inside = {n for n, _ in rows.nested_members(org, group.n)}
    return Membership(
        remove=tuple((each.n, each.id) for each in members if each.type == USER and rows.is_member(org, group.n, each.n)),
        remove_groups=tuple((each.n, each.id) for each in members if each.type == GROUP and each.n in inside),
    )


def _writing(rows: OrgWrites, org: Org, hold: HeldRemovals, now: datetime, approver: str) -> Writing:
    """The operator acts for the client that asked."""
    client = rows.client(org.key, hold.client)
    assert client is not None, "clients are never deleted"
    profile = profile_for(org.profile, client.connection)
    catalogue = catalogue_of(org.profile, rows.definitions(org.key))
    acting = Actor("operator", approver, Door.CLI)
    caller = Caller(org, profile, client, "", "", catalogue, Door.CLI, acting=acting)
    return begin(rows, caller, caller.kind(GROUP), now)
