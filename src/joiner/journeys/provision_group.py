"""A SCIM client changes the groups of a hosted org: members, name, and (extended profile) creation.

More than the profile's limit of removals in one action is refused before anything is written (genesys-cloud.md §3).
"""

from __future__ import annotations

from joiner.events import Event
from joiner.journeys.authorise import Caller, check_switch
from joiner.journeys.group_members import GROUP, Membership, ids_of, keep_members, membership_of, new_members
from joiner.journeys.holding import check_required_kept, check_visible, hold_external_id, hold_unique, with_placeholders, without_secrets
from joiner.journeys.indexing import MADE_BY_SCIM, changed_face, face_of, index_change
from joiner.journeys.keeping import Written, check_version, missing, patch_rules, with_meta
from joiner.journeys.pushed_removals import hold_removals
from joiner.journeys.showing import View, read_document
from joiner.journeys.user_draft import Change, Draft, changed
from joiner.journeys.writing import Writing, begin, write_shown
from joiner.ports import Clock, Ids
from joiner.scim.operation import Operation
from joiner.scim.patch import MemberDelta, apply_patch, member_delta
from joiner.scim.refusals import Forbidden, InvalidPath, InvalidValue, MutabilityRefused, TooMany, Uniqueness
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import IndexRow, Kept, OrgStore, OrgWrites, State


def check_may_create(caller: Caller) -> None:
    """Raises Forbidden where groups are not created over SCIM."""
    if not caller.profile.groups_may_be_created:
        raise Forbidden(
            "Groups cannot be created over SCIM in this org (strict profile, as in Genesys Cloud). Create the group in the org first."
        )


async def create_group(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, body: Document, view: View | None = None, *, by_scim: bool = True
) -> Written:
    """POST /Groups, where the profile has it; 403 otherwise. ``by_scim`` False: the Platform API creates it, in any profile."""
    if by_scim:
        check_may_create(caller)
    check_switch(caller, "may_change_groups")  # whatever the door
    kind = caller.kind(GROUP)
    accepted = dict(without_secrets(accept(body, kind.resource_type, unknown=caller.profile.unknown_attributes), kind))
    external_id, members = accepted.pop("externalId", None), accepted.pop("members", [])
    name = _display_name(accepted)
    now, id = clock.now(), ids.new_id()

    def work(rows: OrgWrites) -> Written:
        writing = begin(rows, caller, kind, now)
        _check_taken(writing, name, None)
        membership = new_members(writing, [member["value"] for member in members])
        n = rows.next_number(writing.org, GROUP)
        document = {"schemas": accepted["schemas"], "id": id} | accepted
        change = changed({}, document, None, external_id)
        kept = Kept(n, id, 1, State.ACTIVE, name, with_meta(document, kind, 1, writing.at, writing.at), external_id)
        rows.insert(writing.org, GROUP, kept, face_of(document, kind, writing.at))
        rows.take_name(writing.org, GROUP, match_key(name), n)
        _hold(writing, n, {}, document, change)
        mark = {IndexRow(MADE_BY_SCIM, id)} if by_scim else set()
        rows.set_index(writing.org, GROUP, n, (), index_change({}, change.became, kind)[1] | mark)
        keep_members(writing, n, membership)
        note(writing, kept, "group.created", Change({}, change.became | ids_of(membership.coming)))
        return Written(kept, created=True)

    return await write_shown(store, caller, GROUP, work, view)


async def replace_group(
    store: OrgStore, clock: Clock, caller: Caller, id: str, body: Document, if_match: str | None, view: View | None = None
) -> Written:
    """PUT /Groups/id. The members become exactly those of the body; a body without ``members`` empties the group (RFC) or leaves
    it alone, as the profile's retention says."""
    kind, profile, now = caller.kind(GROUP), caller.profile, clock.now()
    named = {name.lower() for name in body}
    if "displayname" not in named and profile.group_rename != "rename":
        body = body | {"displayName": "-"}  # ignored where the name is read-only, so a body without it is no mistake
    accepted = without_secrets(accept(body, kind.resource_type, unknown=profile.unknown_attributes), kind)
    keeps_members = "members" not in named and "members" in profile.put_retains
    keeps_external_id = "externalid" not in named and "externalId" in profile.put_retains
    listed = None if keeps_members else tuple(member["value"] for member in accepted.get("members", ()))

    def work(rows: OrgWrites) -> Written:
        kept, before = open_group(rows, caller, id, if_match)
        desired = {name: value for name, value in accepted.items() if name not in ("members", "externalId")}
        if "displayname" not in named or profile.group_rename == "refuse":
            desired["displayName"] = before["displayName"]  # PUT ignores what is read-only (RFC 7644 §3.5.1)
        after = replace(before, desired, kind.resource_type)
        external_id = kept.external_id if keeps_external_id else accepted.get("externalId")
        delta = MemberDelta((), (), listed, False, ())
        return _settle(begin(rows, caller, kind, now), kept, before, Draft(after, external_id), delta)

    return await write_shown(store, caller, GROUP, work, view)


async def patch_group(
    store: OrgStore,
    clock: Clock,
    caller: Caller,
    id: str,
    operations: tuple[Operation, ...],
    if_match: str | None,
    view: View | None = None,
) -> Written:
    """PATCH /Groups/id: all operations or none; members by difference, never through the whole list."""
    profile, now = caller.profile, clock.now()
    if profile.group_operations_max is not None and len(operations) > profile.group_operations_max:
        raise TooMany(f"{len(operations)} operations; at most {profile.group_operations_max} are allowed (group_operations_max).")
    delta = member_delta(operations)

    def work(rows: OrgWrites) -> Written:
        kept, before = open_group(rows, caller, id, if_match)
        writing = begin(rows, caller, caller.kind(GROUP), now)
        draft = _edited(writing, kept, before, delta) if delta.rest else Draft(before, kept.external_id, patched=True)
        return _settle(writing, kept, before, draft, delta)

    return await write_shown(store, caller, GROUP, work, view)


def _edited(writing: Writing, kept: Kept, before: Document, delta: MemberDelta) -> Draft:
    """The group after the operations that are not about members."""
    kind, profile = writing.kind, writing.profile
    seen = before if kept.external_id is None else before | {"externalId": kept.external_id}
    patched = apply_patch(with_placeholders(seen, kind), delta.rest, kind.resource_type, patch_rules(profile))
    check_required_kept(before, patched, kind)
    after = dict(without_secrets(patched, kind))
    external_id = after.pop("externalId", None)
    if after.pop("members", None) is not None:
        raise InvalidPath("members inside a map of a schema cannot be changed; name members by path or beside displayName.")
    if profile.group_rename == "refuse" and match_key(_display_name(after)) != match_key(before["displayName"]):
        raise MutabilityRefused("displayName of a group cannot be changed over SCIM in this org. Rename the group in the org itself.")
    return Draft(after, external_id, patched=True)


def _settle(writing: Writing, kept: Kept, before: Document, draft: Draft, delta: MemberDelta) -> Written:
    """Keep what differs of name, externalId and members; nothing when nothing does."""
    rows, org, kind, after = writing.rows, writing.org, writing.kind, draft.document
    rename = writing.profile.group_rename
    if rename == "ignore" or (rename == "refuse" and match_key(_display_name(after)) == match_key(before["displayName"])):
        after = after | {"displayName": before["displayName"]}
    membership = Membership()
    if delta.touches_members:
        membership = hold_removals(writing, kept, membership_of(writing, kept.n, delta), delta)
    change = changed(before, after, kept.external_id, draft.external_id)
    if not (change.was or change.became or membership.coming or membership.going):
        return Written(kept, changed=False)
    check_switch(writing.caller, "may_change_groups")
    if "displayName" in change.became:
        name = _display_name(after)
        _check_taken(writing, name, kept.n)
        rows.take_name(org, GROUP, match_key(name), kept.n, match_key(kept.name))
    _hold(writing, kept.n, before, after, change)
    keep_members(writing, kept.n, membership)
    fresh = bump(writing, kept, after, draft.external_id, change)
    gone, come = index_change(change.was, change.became, kind)
    if gone or come:
        rows.set_index(org, GROUP, kept.n, gone, come)
    event = "group.members_changed" if membership.coming or membership.going else "group.changed"
    note(writing, fresh, event, Change(change.was | ids_of(membership.going), change.became | ids_of(membership.coming)))
    return Written(fresh)


def open_group(rows: OrgWrites, caller: Caller, id: str, if_match: str | None) -> tuple[Kept, Document]:
    """A live group for a change. Raises NotFound and what a stale ``If-Match`` raises."""
    kept = rows.resource(caller.org.key, GROUP, id, caller.client.id)
    if kept is None or kept.state is State.DELETED:
        raise missing(GROUP, id)
    check_version(caller.profile, if_match, kept)
    return kept, read_document(kept)


NO_CHANGE = Change({}, {})
"""Of the document: members are none of it."""


def bump(writing: Writing, kept: Kept, after: Document, external_id: str | None, change: Change = NO_CHANGE) -> Kept:
    """Keep the group under its next version."""
    created = after.get("meta", {}).get("created", writing.at)
    body = with_meta(after, writing.kind, kept.version + 1, created, writing.at)
    fresh = Kept(kept.n, kept.id, kept.version + 1, kept.state, after["displayName"], body, external_id)
    face = changed_face(after, writing.kind, writing.at, change.was, change.became)
    writing.rows.update(writing.org, GROUP, fresh, face)
    return fresh


def note(writing: Writing, kept: Kept, name: str, change: Change, reason: str = "") -> None:
    """The audit row of a change."""
    caller = writing.caller
    event = Event(
        name, caller.actor, writing.now, GROUP, kept.id, kept.name, change.was, change.became, reason, caller.request_id, caller.method
    )
    writing.rows.append_audit(writing.org, event)


def _hold(writing: Writing, n: int, before: Document, after: Document, change: Change) -> None:
    wanted = change.became.get("externalId")
    if wanted is not None or "externalId" in change.was:
        hold_external_id(writing.rows, writing.caller, GROUP, n, wanted)
    hold_unique(writing.rows, writing.org, writing.kind, n, before, after)


def _check_taken(writing: Writing, name: str, n: int | None) -> None:
    holder = writing.rows.holder(writing.org, GROUP, match_key(name))
    if holder is not None and holder != n:
        raise Uniqueness(f"A group named {name} already exists in this org. Look it up by displayName and change it instead.")


def _display_name(document: Document) -> str:
    name = document.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise InvalidValue("displayName is required for a group and must not be empty.")
    check_visible(name, "displayName")
    return name
