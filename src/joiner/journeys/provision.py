"""A SCIM client creates, changes and deletes a user of a hosted org.

Every change runs in one transaction: look, check the precondition, settle under the contract, classify what it means for the
person, carry out the consequences, keep document and index rows, append the audit row. Callers have authenticated and passed the
route's permission before; permissions of single effects (roles, skills, password) are demanded here, before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from joiner.errors import AlreadyTaken
from joiner.events import Consequence, Event, Transition
from joiner.genesys.contract import EXTERNAL_ID_AUTHORITY, check_user_name, deactivated, deleted, settle_user, undeleted
from joiner.genesys.profile import RETAINED_BY_GENESYS
from joiner.genesys.schemas import GENESYS_URN
from joiner.journeys.authorise import EFFECT_PERMISSIONS, ROLES_GRANTED, ROLES_TAKEN, Caller, demand, demand_effects
from joiner.journeys.findable import external_ids_row, face_of, index_rows
from joiner.journeys.keeping import Written, check_version, missing, now_text, patch_rules, with_meta
from joiner.journeys.provision_group import drop_member
from joiner.journeys.showing import read_document
from joiner.lifecycle.difference import difference
from joiner.lifecycle.transition import Passage, Standing, classify
from joiner.ports import Clock, Ids
from joiner.scim.patch import apply_patch, parse_patch
from joiner.scim.refusals import InvalidValue, Uniqueness
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import Kept, OrgStore, OrgWrites, State

USER = "User"

EVENT_NAMES = {
    Transition.JOINED: "user.created",
    Transition.MOVED: "user.changed",
    Transition.LEFT: "person.deactivated",
    Transition.RETURNED: "person.reactivated",
    Transition.DELETED: "user.deleted",
    Transition.NONE: "user.changed",
}

STANDINGS = {State.ACTIVE: Standing.ACTIVE, State.INACTIVE: Standing.INACTIVE, State.DELETED: Standing.DELETED}


class _Draft(NamedTuple):
    """A user as a client wants it: the document without caller-dependent parts, those parts beside it, and whether by PATCH."""

    document: Document
    external_id: str | None
    password: bool
    patched: bool = False


class _Changed(NamedTuple):
    """What a change changes, keyed by attribute path, as the audit keeps it."""

    was: Document
    became: Document


async def create_user(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, body: Document) -> Written:
    """POST /Users (RFC 7644 §3.3). A deleted user of that userName may be restored instead, as the profile says."""
    kind = caller.kind(USER)
    draft = _draft(accept(body, kind.resource_type, unknown=caller.profile.unknown_attributes))
    user_name = _user_name(draft.document)
    check_user_name(user_name, caller.profile)
    key, now, fresh_id = match_key(user_name), clock.now(), ids.new_id()

    def work(rows: OrgWrites) -> Written:
        if rows.holder(caller.org.key, USER, key) is not None:
            raise Uniqueness(
                f"A user with the userName {user_name} already exists in this org. Look it up by userName and change it instead."
            )
        tombstone = _restorable(rows, caller, key, draft.external_id)
        if tombstone is not None:
            return _restore(rows, caller, now, tombstone, draft, "directory:user:add")
        return _create(rows, caller, now, fresh_id, draft)

    return await store.write(caller.org.key, work)


async def replace_user(store: OrgStore, clock: Clock, caller: Caller, id: str, body: Document, if_match: str | None) -> Written:
    """PUT /Users/id (RFC 7644 §3.5.1), with the profile's retention of absent attributes."""
    kind, profile = caller.kind(USER), caller.profile
    accepted = accept(body, kind.resource_type, unknown=profile.unknown_attributes)
    retained = profile.put_retains - _emptied(body)

    def edit(current: Document) -> Document:
        return replace(current, accepted, kind.resource_type, retained)

    return await _change(store, clock, caller, id, edit, if_match, False)


def _emptied(body: Document) -> frozenset[str]:
    """Lists that a PUT names as empty: absent is not empty (genesys-cloud.md §2.2), so these are cleared and not retained."""
    flat = dict(body)
    for urn in [name for name in body if isinstance(body[name], dict)]:
        flat |= {f"{urn}:{name}": value for name, value in body[urn].items()}
    empty = {name.lower() for name, value in flat.items() if value == []}
    return frozenset(path for path in RETAINED_BY_GENESYS if path.lower() in empty)


async def patch_user(store: OrgStore, clock: Clock, caller: Caller, id: str, body: Document, if_match: str | None) -> Written:
    """PATCH /Users/id (RFC 7644 §3.5.2): all operations or none."""
    kind, profile = caller.kind(USER), caller.profile
    operations, rules = parse_patch(body), patch_rules(profile)

    def edit(current: Document) -> Document:
        return apply_patch(current, operations, kind.resource_type, rules)

    return await _change(store, clock, caller, id, edit, if_match, True)


async def delete_user(store: OrgStore, clock: Clock, caller: Caller, id: str, if_match: str | None) -> None:
    """DELETE /Users/id: the user becomes a tombstone, out of every list and group (genesys-cloud.md §5)."""
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        org = caller.org.key
        kept = rows.resource(org, USER, id, caller.client.id)
        if kept is None or kept.state is State.DELETED:
            raise missing(USER, id)
        check_version(caller.profile, if_match, kept)
        before = read_document(kept)
        after = deleted(before, rows.names(org))
        passage = classify(STANDINGS[kept.state], Standing.DELETED)
        _keep_change(rows, caller, now, kept, before, after, passage, _changed(before, after))
        rows.free_name(org, USER, match_key(kept.name), kept.n)
        rows.rest_external_ids(org, USER, kept.n)
        if Consequence.LEAVE_GROUPS in passage.consequences:
            _leave_groups(rows, caller, now, kept)

    await store.write(caller.org.key, work)


async def _change(
    store: OrgStore, clock: Clock, caller: Caller, id: str, edit: Callable[[Document], Document], if_match: str | None, patched: bool
) -> Written:
    now = clock.now()

    def work(rows: OrgWrites) -> Written:
        kept = rows.resource(caller.org.key, USER, id, caller.client.id)
        if kept is None:
            raise missing(USER, id)
        external_id = kept.external_id
        before = read_document(kept)
        if kept.state is State.DELETED:
            revived = _revive(rows, caller, now, kept, undeleted(before), external_id, edit)
            check_version(caller.profile, if_match, kept)  # only now: to all others a deleted user is simply missing
            return revived
        check_version(caller.profile, if_match, kept)
        draft = _edited(before, external_id, edit)._replace(patched=patched)
        return _settle(rows, caller, now, kept, before, external_id, draft)

    return await store.write(caller.org.key, work)


def _edited(before: Document, external_id: str | None, edit: Callable[[Document], Document]) -> _Draft:
    """The draft after an edit that sees the caller's externalId as part of the document."""
    seen = before if external_id is None else before | {"externalId": external_id}
    draft = _draft(edit(seen))
    # Neither PUT nor PATCH may wake or disable somebody by leaving ``active`` out.
    draft.document.setdefault("active", before.get("active", True))
    return draft


def _revive(
    rows: OrgWrites,
    caller: Caller,
    now: datetime,
    kept: Kept,
    before: Document,
    external_id: str | None,
    edit: Callable[[Document], Document],
) -> Written:
    """``active: true`` on a deleted id restores it where Genesys does (genesys-cloud.md §5); all else is 404."""
    if caller.profile.undelete_on_create != "same-user-name":
        raise missing(USER, kept.id)
    draft = _edited(before | {"active": False}, external_id, edit)
    if draft.document.get("active") is not True:
        raise missing(USER, kept.id)
    return _restore(rows, caller, now, kept, draft, "directory:user:edit")


def _settle(
    rows: OrgWrites, caller: Caller, now: datetime, kept: Kept, before: Document, external_id: str | None, draft: _Draft
) -> Written:
    """Bring an edited draft under the contract and keep it if anything changed."""
    org, profile = caller.org.key, caller.profile
    mirror = (EXTERNAL_ID_AUTHORITY + caller.client.id, external_id) if external_id is not None else None
    after = settle_user(
        draft.document, before, rows.names(org), profile, caller.kind(USER).resource_type, patched=draft.patched, mirror=mirror
    )
    standing = Standing.ACTIVE if after.get("active", True) else Standing.INACTIVE
    passage = classify(STANDINGS[kept.state], standing, changed=True)
    if Consequence.REMEMBER_AND_REMOVE_ROLES in passage.consequences:
        after = deactivated(after, profile)
    change = _changed(before, after, external_id, draft.external_id)
    demand_effects(caller, _asked(change, passage, draft), "directory:user:edit")
    if not (change.was or change.became):
        return Written(kept, changed=False)
    _take_values(rows, caller, kept.n, before, after, draft.external_id, external_id)
    return Written(_keep_change(rows, caller, now, kept, before, after, passage, change, draft.external_id))


def _changed(before: Document, after: Document, external_id: str | None = None, wanted: str | None = None) -> _Changed:
    was, became = difference(before, after)
    if external_id != wanted:
        was, became = was | _external(external_id), became | _external(wanted)
    return _Changed(was, became)


def _asked(change: _Changed, passage: Passage, draft: _Draft) -> set[str]:
    """What the client itself changed: roles that go because the person leaves need no grant permission."""
    asked = (change.was.keys() | change.became.keys()) - {"roles"}
    if Consequence.REMEMBER_AND_REMOVE_ROLES not in passage.consequences and change.was.get("roles") != change.became.get("roles"):
        held, wanted = _role_keys(change.was), _role_keys(change.became)
        asked |= {ROLES_TAKEN} if held - wanted else set()
        asked |= {ROLES_GRANTED} if wanted - held or held == wanted else set()
    return asked | ({"password"} if draft.password else set())


def _role_keys(document: Document) -> set[str]:
    return {match_key(role["value"]) for role in document.get("roles", ())}


def _create(rows: OrgWrites, caller: Caller, now: datetime, id: str, draft: _Draft) -> Written:
    org, profile, kind = caller.org.key, caller.profile, caller.kind(USER)
    after = settle_user(draft.document, None, rows.names(org), profile, kind.resource_type)
    after.setdefault("active", True)
    standing = Standing.ACTIVE if after["active"] else Standing.INACTIVE
    if standing is Standing.INACTIVE:
        after = deactivated(after, profile)
    demand(caller, ("directory:user:add",))
    demand_effects(caller, _granted(draft), "directory:user:add")
    n = rows.next_number(org, USER)
    body = with_meta({"schemas": after.get("schemas", []), "id": id} | after, USER, 1, now_text(now), now, kind)
    kept = Kept(n, id, 1, _state(standing), after["userName"], body, draft.external_id)
    rows.insert(org, USER, kept, face_of(after, kind, now_text(now)))
    _take_values(rows, caller, n, {}, after, draft.external_id, None)
    rows.set_index(org, USER, n, (), index_rows(after, kind))
    _note(rows, caller, now, kept, classify(Standing.NOBODY, standing), _changed({}, after, None, draft.external_id))
    return Written(kept, created=True)


def _restore(rows: OrgWrites, caller: Caller, now: datetime, kept: Kept, draft: _Draft, permission: str) -> Written:
    """A tombstone lives again: same id, the payload applied, roles only as the payload gives them (genesys-cloud.md §5, FAQ-del)."""
    org, profile = caller.org.key, caller.profile
    tombstone = read_document(kept)
    base = undeleted(tombstone)
    desired = base | draft.document if draft.document.get("id") is None else draft.document
    desired = desired | {"active": draft.document.get("active", True)}
    after = settle_user(desired, base, rows.names(org), profile, caller.kind(USER).resource_type)
    standing = Standing.ACTIVE if after["active"] else Standing.INACTIVE
    if standing is Standing.INACTIVE:
        after = deactivated(after, profile)
    passage = classify(Standing.DELETED, standing, changed=True)
    change = _changed(tombstone, after, None, draft.external_id)
    demand(caller, (permission,))
    demand_effects(caller, _asked(change, passage, draft), permission)
    rows.wake_external_ids(org, USER, kept.n)
    _take_values(rows, caller, kept.n, {}, after, draft.external_id, None)
    return Written(_keep_change(rows, caller, now, kept, tombstone, after, passage, change, draft.external_id), created=True)


def _granted(draft: _Draft) -> set[str]:
    """What a new user's payload asks for that needs a permission of its own."""
    document = difference({}, draft.document)[1]
    sent = {path for path in document if path in EFFECT_PERMISSIONS} | ({ROLES_GRANTED} if document.get("roles") else set())
    return sent | {"password"} if draft.password else sent


def _restorable(rows: OrgWrites, caller: Caller, key: str, external_id: str | None) -> Kept | None:
    """The tombstone that a POST brings back: the newest of this userName; extended asks for the same externalId besides."""
    org = caller.org.key
    buried = rows.resources(org, USER, rows.find(org, USER, "username", key), caller.client.id)
    found = [kept for kept in buried if kept.state is State.DELETED]
    if caller.profile.undelete_on_create == "same-external-id":
        found = [kept for kept in found if external_id is not None and kept.external_id == external_id]
    return found[-1] if found else None


def _take_values(
    rows: OrgWrites, caller: Caller, n: int, before: Document, after: Document, external_id: str | None, external_id_before: str | None
) -> None:
    """Hold every value that only one live user may have. Raises Uniqueness that names the value."""
    org = caller.org.key
    user_name = _user_name(after)
    if before.get("userName") != user_name:
        check_user_name(user_name, caller.profile)
        try:
            rows.take_name(org, USER, match_key(user_name), n, match_key(before["userName"]) if "userName" in before else "")
        except AlreadyTaken:
            raise Uniqueness(f"The userName {user_name} is taken by another user of this org.") from None
    if external_id != external_id_before:
        try:
            rows.set_external_id(org, USER, caller.client.id, n, external_id)
        except AlreadyTaken:
            raise Uniqueness(f"The externalId {external_id} is taken by another user that this client provisioned.") from None
    for entry in after.get(GENESYS_URN, {}).get("externalIds", ()):
        row = external_ids_row(entry["authority"], entry["value"])
        others = [m for m in rows.find(org, USER, row.path, row.key) if m != n]
        if any(other.state is not State.DELETED for other in rows.resources(org, USER, others)):
            raise Uniqueness(f"The external id {entry['value']} of {entry['authority']} belongs to another user of this org.")


def _keep_change(
    rows: OrgWrites,
    caller: Caller,
    now: datetime,
    kept: Kept,
    before: Document,
    after: Document,
    passage: Passage,
    change: _Changed,
    external_id: str | None = None,
) -> Kept:
    """Keep the changed document with its index rows and audit row; the version grows by one."""
    org, kind = caller.org.key, caller.kind(USER)
    standing = Standing.ACTIVE if after.get("active", True) else Standing.INACTIVE
    state = State.DELETED if passage.transition is Transition.DELETED else _state(standing)
    created = before.get("meta", {}).get("created", now_text(now))
    body = with_meta(after, USER, kept.version + 1, created, now, kind)
    fresh = Kept(kept.n, kept.id, kept.version + 1, state, after["userName"], body, external_id, kept.in_groups)
    rows.update(org, USER, fresh, face_of(after, kind, now_text(now)))
    rows_before, rows_after = index_rows(before, kind), index_rows(after, kind)
    rows.set_index(org, USER, kept.n, rows_before - rows_after, rows_after - rows_before)
    restored = kept.state is State.DELETED and passage.transition is Transition.RETURNED
    _note(rows, caller, now, fresh, passage, change, "user.restored" if restored else "")
    return fresh


def _leave_groups(rows: OrgWrites, caller: Caller, now: datetime, kept: Kept) -> None:
    for group in rows.resources(caller.org.key, "Group", rows.groups_holding(caller.org.key, kept.n)):
        drop_member(rows, caller, now, group, kept)


def _note(rows: OrgWrites, caller: Caller, now: datetime, kept: Kept, passage: Passage, change: _Changed, name: str = "") -> None:
    reason = passage.transition.value
    if passage.consequences:
        reason += ": " + ", ".join(consequence.value for consequence in passage.consequences)
    event = Event(
        name or EVENT_NAMES[passage.transition],
        caller.actor,
        now,
        USER,
        kept.id,
        kept.name,
        change.was,
        change.became,
        reason,
        caller.request_id,
    )
    rows.append_audit(caller.org.key, event)


def _draft(document: Document) -> _Draft:
    document = dict(document)
    external_id = document.pop("externalId", None)
    password = document.pop("password", None) is not None
    for name in ("groups", "location"):
        document.pop(name, None)
    return _Draft(document, external_id, password)


def _user_name(document: Document) -> str:
    user_name = document.get("userName")
    if not isinstance(user_name, str) or not user_name.strip():
        raise InvalidValue("userName is required and must not be empty.")
    return user_name


def _external(external_id: str | None) -> Document:
    return {} if external_id is None else {"externalId": external_id}


def _state(standing: Standing) -> State:
    return State.ACTIVE if standing is Standing.ACTIVE else State.INACTIVE
