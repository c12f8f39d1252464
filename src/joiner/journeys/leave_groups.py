"""Groups end, and people and groups leave the groups that they were in; every group that changes gets a version and an audit row."""

from __future__ import annotations

from msgspec.structs import replace

from joiner.journeys.authorise import Caller, check_switch
from joiner.journeys.group_members import GROUP, Membership, all_members, check_limits, ids_of, keep_members
from joiner.journeys.holding import free_unique
from joiner.journeys.indexing import MADE_BY_SCIM, face_of
from joiner.journeys.provision_group import bump, note, open_group
from joiner.journeys.pushed_removals import hold_deletion
from joiner.journeys.showing import read_document
from joiner.journeys.user_draft import Change
from joiner.journeys.writing import Writing, begin
from joiner.lifecycle.difference import difference
from joiner.ports import Clock
from joiner.scim.refusals import Forbidden
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import Kept, OrgStore, OrgWrites, State


async def delete_group(store: OrgStore, clock: Clock, caller: Caller, id: str, if_match: str | None) -> None:
    """DELETE /Groups/id, as the profile has it: ``refuse``, only what SCIM made (``own``, genesys-cloud.md §1), ``any``, or
    ``detach``: the group and its members stay, and the client's externalId goes, for clients that delete what they unlink."""
    way = caller.profile.group_delete
    if way == "refuse":
        raise Forbidden(
            "Groups cannot be deleted over SCIM in this org (strict profile, as in Genesys Cloud). Delete the group in the org itself."
        )
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        kept, before = open_group(rows, caller, id, if_match)
        check_switch(caller, "may_change_groups")
        writing = begin(rows, caller, caller.kind(GROUP), now)
        if way == "detach":
            _detach(writing, kept, before)
            return
        if way == "own" and kept.n not in rows.find(writing.org, GROUP, MADE_BY_SCIM, id):
            raise Forbidden(
                "This group was not created over SCIM and is not deleted over SCIM. Remove its members, or delete it in the org itself."
            )
        if not hold_deletion(writing, kept, all_members(writing, kept.n)):
            delete_whole(writing, kept, before)

    await store.write(caller.org.key, work)


def delete_whole(writing: Writing, kept: Kept, before: Document, reason: str = "") -> None:
    """The group goes, with its members' belonging to it. Raises TooMany."""
    rows, org, kind = writing.rows, writing.org, writing.kind
    membership = all_members(writing, kept.n)
    check_limits(writing.profile, int, membership, len(membership.going))
    keep_members(writing, kept.n, membership)
    for holder in rows.resources(org, GROUP, rows.nesting(org).get(kept.n, ())):
        _leave(writing, holder, kept, Membership(remove_groups=((kept.n, kept.id),)), "the group inside was deleted")
    rows.free_name(org, GROUP, match_key(kept.name), kept.n)
    free_unique(rows, org, kind, kept.n, before)
    rows.rest_external_ids(org, GROUP, kept.n)
    tombstone = Kept(kept.n, kept.id, kept.version + 1, State.DELETED, kept.name, kept.body)
    rows.update(org, GROUP, tombstone, face_of(before, kind, writing.at))
    note(writing, tombstone, "group.deleted", Change(difference(before, {})[0] | ids_of(membership.going), {}), reason)


def _detach(writing: Writing, kept: Kept, before: Document) -> None:
    """The client no longer knows the group; to everybody else nothing happened."""
    if kept.external_id is None:
        return
    writing.rows.set_external_id(writing.org, GROUP, writing.caller.client.id, kept.n, None)
    fresh = bump(writing, kept, before, None)
    note(writing, fresh, "group.changed", Change({"externalId": kept.external_id}, {}), "detached instead of deleted (group_delete)")


def leave_all(writing: Writing, user: Kept) -> None:
    """A deleted user leaves all groups. ``writing`` is the user's own."""
    rows, org = writing.rows, writing.org
    groups = replace(writing, kind=writing.caller.kind(GROUP))
    for group in rows.resources(org, GROUP, rows.groups_holding(org, user.n)):
        _leave(groups, group, user, Membership(remove=((user.n, user.id),)), "the user was deleted")


def _leave(writing: Writing, group: Kept, member: Kept, membership: Membership, reason: str) -> None:
    keep_members(writing, group.n, membership)
    fresh = bump(writing, group, read_document(group), group.external_id)
    note(writing, fresh, "group.members_changed", Change({"members": [member.id]}, {}), reason)
