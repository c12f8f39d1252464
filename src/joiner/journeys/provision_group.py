"""A SCIM client changes the groups of a hosted org: members, name, and (extended profile) creation and deletion.

Members are rows: a PATCH touches only the members that it names, however large the group. More than the profile's limit of
removals in one action is refused before anything is written (genesys-cloud.md §3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from joiner.errors import AlreadyTaken
from joiner.events import Event
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller
from joiner.journeys.indexing import MADE_BY_SCIM, face_of, index_rows
from joiner.journeys.keeping import Written, check_version, missing, now_text, patch_rules, with_meta
from joiner.journeys.showing import read_document
from joiner.lifecycle.difference import difference
from joiner.ports import Clock, Ids
from joiner.scim.patch import MemberDelta, apply_patch, member_delta, parse_patch
from joiner.scim.refusals import Forbidden, InvalidPath, InvalidValue, MutabilityRefused, TooMany, Uniqueness
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import IndexRow, Kept, OrgStore, OrgWrites, State

GROUP = "Group"
IDS_NAMED_MAX = 10
"""So many unknown members are named in one refusal."""


class _Membership(NamedTuple):
    """What really changes: members that come and members that go, as (number, id)."""

    add: tuple[tuple[int, str], ...] = ()
    remove: tuple[tuple[int, str], ...] = ()


def check_may_create(caller: Caller) -> None:
    """Raises Forbidden where groups are not created over SCIM."""
    if not caller.profile.groups_may_be_created:
        raise Forbidden(
            "Groups cannot be created over SCIM in this org (strict profile, as in Genesys Cloud). Create the group in the org first."
        )


async def create_group(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, body: Document, *, by_scim: bool = True) -> Written:
    """POST /Groups, where the profile has it; 403 otherwise. ``by_scim`` False: the Platform API creates it, in any profile."""
    if by_scim:
        check_may_create(caller)
    kind = caller.kind(GROUP)
    accepted = dict(accept(body, kind.resource_type, unknown=caller.profile.unknown_attributes))
    external_id, members = accepted.pop("externalId", None), accepted.pop("members", [])
    name = _display_name(accepted)
    now, id = clock.now(), ids.new_id()

    def work(rows: OrgWrites) -> Written:
        org = caller.org.key
        _check_taken(rows, caller, name, None)
        membership = _Membership(add=_resolve(rows, caller, [member["value"] for member in members]))
        _check_limits(caller.profile, int, membership, 0)
        n = rows.next_number(org, GROUP)
        document = {"schemas": accepted.get("schemas", []), "id": id} | accepted
        kept = Kept(n, id, 1, State.ACTIVE, name, with_meta(document, kind, 1, now_text(now), now_text(now)), external_id)
        rows.insert(org, GROUP, kept, face_of(document, kind, now_text(now)))
        rows.take_name(org, GROUP, match_key(name), n)
        mark = {IndexRow(MADE_BY_SCIM, id)} if by_scim else set()
        rows.set_index(org, GROUP, n, (), index_rows(document, kind) | mark)
        _set_external_id(rows, caller, n, external_id)
        rows.add_members(org, n, [member for member, _ in membership.add])
        became = difference({}, document)[1] | _ids_of(membership.add) | ({"externalId": external_id} if external_id else {})
        _note(rows, caller, now, kept, "group.created", {}, became)
        return Written(kept, created=True)

    return await store.write(caller.org.key, work)


async def replace_group(store: OrgStore, clock: Clock, caller: Caller, id: str, body: Document, if_match: str | None) -> Written:
    """PUT /Groups/id. The members become exactly those of the body; a body without ``members`` empties the group (RFC) or leaves
    it alone, as the profile's retention says."""
    kind, profile = caller.kind(GROUP), caller.profile
    named = {name.lower() for name in body}
    if "displayname" not in named and profile.group_rename != "rename":
        body = body | {"displayName": "-"}  # ignored where the name is read-only, so a body without it is no mistake
    accepted = accept(body, kind.resource_type, unknown=profile.unknown_attributes)

    def work(rows: OrgWrites) -> Written:
        kept, before, external_id = _open(rows, caller, id, if_match)
        desired = accepted if "displayname" in named else accepted | {"displayName": before["displayName"]}
        after = dict(
            replace(before, {name: value for name, value in desired.items() if name not in ("members", "externalId")}, kind.resource_type)
        )
        if profile.group_rename == "refuse":
            after["displayName"] = before["displayName"]  # PUT ignores what is read-only (RFC 7644 §3.5.1)
        wanted_external = accepted.get("externalId") if "externalid" in named or "externalId" not in profile.put_retains else external_id
        keeps_members = "members" not in named and "members" in profile.put_retains
        delta = MemberDelta((), (), None if keeps_members else tuple(m["value"] for m in accepted.get("members", ())), False, ())
        return _settle(rows, caller, clock.now(), kept, before, after, (external_id, wanted_external), delta)

    return await store.write(caller.org.key, work)


async def patch_group(store: OrgStore, clock: Clock, caller: Caller, id: str, body: Document, if_match: str | None) -> Written:
    """PATCH /Groups/id: all operations or none; members by difference, never through the whole list."""
    kind, profile = caller.kind(GROUP), caller.profile
    operations = parse_patch(body)
    if profile.group_operations_max is not None and len(operations) > profile.group_operations_max:
        raise TooMany(f"{len(operations)} operations; at most {profile.group_operations_max} are allowed (group_operations_max).")
    delta = member_delta(operations)
    rules = patch_rules(profile)

    def work(rows: OrgWrites) -> Written:
        kept, before, external_id = _open(rows, caller, id, if_match)
        seen = before if external_id is None else before | {"externalId": external_id}
        after = dict(apply_patch(seen, delta.rest, kind.resource_type, rules))
        wanted_external = after.pop("externalId", None)
        if after.pop("members", None) is not None:
            raise InvalidPath("members inside a map of a schema cannot be changed; name members by path or beside displayName.")
        if profile.group_rename == "refuse" and match_key(_display_name(after)) != match_key(before["displayName"]):
            raise MutabilityRefused("displayName of a group cannot be changed over SCIM in this org. Rename the group in the org itself.")
        return _settle(rows, caller, clock.now(), kept, before, after, (external_id, wanted_external), delta)

    return await store.write(caller.org.key, work)


async def delete_group(store: OrgStore, clock: Clock, caller: Caller, id: str, if_match: str | None) -> None:
    """DELETE /Groups/id, where the profile has it and only for a group that SCIM created (genesys-cloud.md §1, history)."""
    if not caller.profile.groups_may_be_created:
        raise Forbidden(
            "Groups cannot be deleted over SCIM in this org (strict profile, as in Genesys Cloud). Delete the group in the org itself."
        )

    def work(rows: OrgWrites) -> None:
        org, now = caller.org.key, clock.now()
        kept, before, _ = _open(rows, caller, id, if_match)
        if kept.n not in rows.find(org, GROUP, MADE_BY_SCIM, id):
            raise Forbidden(
                "This group was not created over SCIM and is not deleted over SCIM. Remove its members, or delete it in the org itself."
            )
        members = tuple(rows.members(org, kept.n))
        _check_limits(caller.profile, int, _Membership(remove=members), len(members))
        rows.remove_members(org, kept.n, [member for member, _ in members])
        rows.free_name(org, GROUP, match_key(kept.name), kept.n)
        rows.rest_external_ids(org, GROUP, kept.n)
        tombstone = Kept(kept.n, kept.id, kept.version + 1, State.DELETED, kept.name, kept.body)
        rows.update(org, GROUP, tombstone, face_of(before, caller.kind(GROUP), now_text(now)))
        _note(rows, caller, now, tombstone, "group.deleted", difference(before, {})[0] | _ids_of(members), {})

    await store.write(caller.org.key, work)


def drop_member(rows: OrgWrites, caller: Caller, now: datetime, group: Kept, user: Kept) -> None:
    """A deleted user leaves a group; the group gets a new version and its own audit row."""
    rows.remove_members(caller.org.key, group.n, [user.n])
    fresh = _bump(rows, caller, now, group, read_document(group), group.external_id)
    _note(rows, caller, now, fresh, "group.members_changed", {"members": [user.id]}, {}, "the user was deleted")


def _settle(
    rows: OrgWrites,
    caller: Caller,
    now: datetime,
    kept: Kept,
    before: Document,
    after: Document,
    external_ids: tuple[str | None, str | None],
    delta: MemberDelta,
) -> Written:
    """Keep what differs of name, externalId (as it was, as it is wanted) and members; nothing when nothing does."""
    external_id, wanted_external = external_ids
    org, kind = caller.org.key, caller.kind(GROUP)
    name = _display_name(after)
    if caller.profile.group_rename == "ignore":
        name = after["displayName"] = before["displayName"]
    if match_key(name) == match_key(before["displayName"]) and caller.profile.group_rename == "refuse":
        after["displayName"] = before["displayName"]
    membership, removals_asked = _membership(rows, caller, kept.n, delta)
    _check_limits(caller.profile, lambda: rows.member_count(org, kept.n), membership, removals_asked)
    was, became = difference(before, after)
    if wanted_external != external_id:
        _set_external_id(rows, caller, kept.n, wanted_external)
        was, became = was | _external(external_id), became | _external(wanted_external)
    if not (was or became or membership.add or membership.remove):
        return Written(kept, changed=False)
    if "displayName" in became:
        _check_taken(rows, caller, name, kept.n)
        rows.take_name(org, GROUP, match_key(name), kept.n, match_key(kept.name))
    rows.remove_members(org, kept.n, [member for member, _ in membership.remove])
    rows.add_members(org, kept.n, [member for member, _ in membership.add])
    fresh = _bump(rows, caller, now, kept, after, wanted_external)
    rows_before, rows_after = index_rows(before, kind), index_rows(after, kind)
    rows.set_index(org, GROUP, kept.n, rows_before - rows_after, rows_after - rows_before)
    event = "group.members_changed" if membership.add or membership.remove else "group.changed"
    _note(rows, caller, now, fresh, event, was | _ids_of(membership.remove), became | _ids_of(membership.add))
    return Written(fresh)


def _membership(rows: OrgWrites, caller: Caller, group: int, delta: MemberDelta) -> tuple[_Membership, int]:
    """What the delta means for this group, and how many removals the client asked for (present or not)."""
    org = caller.org.key
    if delta.replace is None and not delta.remove_all:
        coming = tuple(member for member in _resolve(rows, caller, delta.add) if not rows.is_member(org, group, member[0]))
        numbers = ((rows.number(org, "User", id), id) for id in dict.fromkeys(delta.remove))
        going = tuple((n, id) for n, id in numbers if n is not None and rows.is_member(org, group, n))
        return _Membership(coming, going), len(delta.remove)
    present = dict(rows.members(org, group))
    wanted = dict(_resolve(rows, caller, (*(delta.replace or ()), *delta.add)))
    for id in delta.remove:
        n = rows.number(org, "User", id)
        if n is not None:
            wanted.pop(n, None)
    coming = tuple((n, id) for n, id in wanted.items() if n not in present)
    going = tuple((n, id) for n, id in present.items() if n not in wanted)
    return _Membership(coming, going), max(len(going), len(delta.remove))


def _resolve(rows: OrgWrites, caller: Caller, ids: Iterable[str]) -> tuple[tuple[int, str], ...]:
    """Users by id, each once. Raises InvalidValue that lists those that are no users here (a group among them is named as such)."""
    found: dict[int, str] = {}
    unknown: list[str] = []
    for id in ids:
        n = rows.number(caller.org.key, "User", id)
        if n is None:
            unknown.append(id[:100])
        else:
            found[n] = id
    if unknown:
        groups = [id for id in unknown if rows.number(caller.org.key, GROUP, id) is not None]
        hint = f" {groups[0]} is a group: groups cannot be members of groups." if groups else " Create the users first, then add them."
        more = f" and {len(unknown) - IDS_NAMED_MAX} more" if len(unknown) > IDS_NAMED_MAX else ""
        raise InvalidValue(f"members: no such user in this org: {', '.join(unknown[:IDS_NAMED_MAX])}{more}.{hint}")
    return tuple(found.items())


def _check_limits(profile: Profile, count: Callable[[], int], membership: _Membership, removals_asked: int) -> None:
    """Raises TooMany that names the limit. ``count`` (members before) is called only where their number is limited."""
    if max(removals_asked, len(membership.remove)) > profile.removals_max:
        raise TooMany(
            f"More than {profile.removals_max} members would be removed in one action (removals_max). "
            "Nothing was changed. Remove them in several steps."
        )
    if profile.group_members_max is not None:
        after = count() + len(membership.add) - len(membership.remove)
        if after > profile.group_members_max and membership.add:
            raise TooMany(f"The group would have {after} members; at most {profile.group_members_max} are allowed (group_members_max).")
    updates = len(membership.add) + len(membership.remove)
    if profile.group_updates_max is not None and updates > profile.group_updates_max:
        raise TooMany(f"{updates} members would change in one action; at most {profile.group_updates_max} are allowed (group_updates_max).")


def _open(rows: OrgWrites, caller: Caller, id: str, if_match: str | None) -> tuple[Kept, Document, str | None]:
    org = caller.org.key
    kept = rows.resource(org, GROUP, id, caller.client.id)
    if kept is None or kept.state is State.DELETED:
        raise missing(GROUP, id)
    check_version(caller.profile, if_match, kept)
    return kept, read_document(kept), kept.external_id


def _bump(rows: OrgWrites, caller: Caller, now: datetime, kept: Kept, after: Document, external_id: str | None) -> Kept:
    created = after.get("meta", {}).get("created", now_text(now))
    kind = caller.kind(GROUP)
    body = with_meta(after, kind, kept.version + 1, created, now_text(now))
    fresh = Kept(kept.n, kept.id, kept.version + 1, kept.state, after["displayName"], body, external_id)
    rows.update(caller.org.key, GROUP, fresh, face_of(after, kind, now_text(now)))
    return fresh


def _check_taken(rows: OrgWrites, caller: Caller, name: str, n: int | None) -> None:
    holder = rows.holder(caller.org.key, GROUP, match_key(name))
    if holder is not None and holder != n:
        raise Uniqueness(f"A group named {name} already exists in this org. Look it up by displayName and change it instead.")


def _set_external_id(rows: OrgWrites, caller: Caller, n: int, external_id: str | None) -> None:
    try:
        rows.set_external_id(caller.org.key, GROUP, caller.client.id, n, external_id)
    except AlreadyTaken:
        raise Uniqueness(f"The externalId {external_id} is taken by another group that this client provisioned.") from None


def _display_name(document: Document) -> str:
    name = document.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise InvalidValue("displayName is required for a group and must not be empty.")
    return name


def _ids_of(members: Sequence[tuple[int, str]]) -> Document:
    return {"members": [id for _, id in members]} if members else {}


def _external(external_id: str | None) -> Document:
    return {} if external_id is None else {"externalId": external_id}


def _note(rows: OrgWrites, caller: Caller, now: datetime, kept: Kept, name: str, was: Document, became: Document, reason: str = "") -> None:
    rows.append_audit(caller.org.key, Event(name, caller.actor, now, GROUP, kept.id, kept.name, was, became, reason, caller.request_id))
