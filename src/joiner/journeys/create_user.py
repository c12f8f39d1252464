"""A SCIM client creates a user of a hosted org, or brings a deleted one back (RFC 7644 §3.3, genesys-cloud.md §5).

Callers have authenticated and passed the route's permission before; permissions of single effects (roles, skills, password) are
demanded here, before anything is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from joiner.genesys.contract import check_user_name, deactivated, settle_user, undeleted
from joiner.journeys.authorise import Caller, check_switch, demand, demand_effects
from joiner.journeys.indexing import BURIED, face_of, index_change
from joiner.journeys.keep_user import USER, hold_values, keep, note, standing_of, state_of
from joiner.journeys.keeping import Written, with_meta
from joiner.journeys.passwords import pass_over_password, use_password
from joiner.journeys.pushed_ownership import keep_owned, note_first_base, pass_over_owned
from joiner.journeys.showing import View, read_document
from joiner.journeys.user_draft import Draft, asked_for, changed, draft_of, granted, user_name_of
from joiner.journeys.writing import Writing, begin, write_shown
from joiner.lifecycle.transition import Standing, classify
from joiner.ports import Clock, Ids
from joiner.scim.refusals import Uniqueness
from joiner.scim.resource import accept
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import IndexRow, Kept, OrgStore, OrgWrites, State

ADD = "directory:user:add"


async def create_user(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, body: Document, view: View | None = None) -> Written:
    """POST /Users (RFC 7644 §3.3). A deleted user of that userName may be restored instead, as the profile says."""
    kind = caller.kind(USER)
    draft = draft_of(accept(body, kind.resource_type, unknown=caller.profile.unknown_attributes), kind)
    user_name = user_name_of(draft.document)
    check_user_name(user_name, caller.profile)
    key, now, fresh_id = match_key(user_name), clock.now(), ids.new_id()

    def work(rows: OrgWrites) -> Written:
        holder, buried = rows.holder_and_found(caller.org.key, USER, key, BURIED)
        if holder is not None:
            raise Uniqueness(
                f"A user with the userName {user_name} already exists in this org. Look it up by userName and change it instead."
            )
        writing = begin(rows, caller, kind, now)
        tombstone = _restorable(writing, buried, draft.external_id) if buried else None
        if tombstone is not None:
            return restore(writing, tombstone, draft, ADD)
        return _create(writing, fresh_id, draft)

    return await write_shown(store, caller, USER, work, view)


def _create(writing: Writing, id: str, draft: Draft) -> Written:
    rows, org, profile, kind = writing.rows, writing.org, writing.profile, writing.kind
    draft, marked = pass_over_password(writing, draft), bool(writing.caller.client.connection.ownership)
    draft = pass_over_owned(writing, draft) if marked else draft
    after = settle_user(draft.document, None, rows.names(org), profile, kind.resource_type)
    standing = standing_of(after)
    if standing is Standing.INACTIVE:
        after = deactivated(after, profile)
    demand(writing.caller, (ADD,))
    demand_effects(writing.caller, granted(draft), ADD)
    check_switch(writing.caller, "may_create")
    n, change = rows.next_number(org, USER), changed({}, after, None, draft.external_id)
    body = with_meta({"schemas": after["schemas"], "id": id} | after, kind, 1, writing.at, writing.at)
    kept = Kept(n, id, 1, state_of(standing), after["userName"], body, draft.external_id)
    rows.insert(org, USER, kept, face_of(after, kind, writing.at))
    use_password(writing, n, id, after, draft, change)
    hold_values(writing, n, {}, after, change)
    if marked:
        note_first_base(writing, n, draft, after)
    rows.set_index(org, USER, n, (), index_change({}, change.became, kind)[1])
    note(writing, kept, classify(Standing.NOBODY, standing), change)
    return Written(kept, created=True)


def _restorable(writing: Writing, buried: Sequence[int], external_id: str | None) -> Kept | None:
    """The tombstone that a POST brings back: the newest of this userName; extended asks for the same externalId besides."""
    rows, org, client = writing.rows, writing.org, writing.caller.client.id
    same_external_id = writing.profile.undelete_on_create == "same-external-id"
    if same_external_id and external_id is None:
        return None
    found = [kept for kept in rows.resources(org, USER, buried, client) if kept.state is State.DELETED]
    if same_external_id:
        found = [kept for kept in found if kept.external_id == external_id]
    return found[-1] if found else None


def restore(writing: Writing, kept: Kept, draft: Draft, permission: str) -> Written:
    """A tombstone lives again: same id, the payload applied, roles only as the payload gives them (genesys-cloud.md §5, FAQ-del)."""
    rows, org, profile = writing.rows, writing.org, writing.profile
    draft = pass_over_password(writing, draft)
    tombstone = read_document(kept)
    base = undeleted(tombstone)
    desired = base | draft.document if draft.document.get("id") is None else draft.document
    desired = desired | {"active": draft.document.get("active", True)}
    after = settle_user(desired, base, rows.names(org), profile, writing.kind.resource_type)
    if writing.caller.client.connection.ownership:
        after = keep_owned(writing, kept, base, after, draft)
    standing = standing_of(after)
    if standing is Standing.INACTIVE:
        after = deactivated(after, profile)
    passage = classify(Standing.DELETED, standing, changed=True)
    change = changed(tombstone, after, None, draft.external_id)
    demand(writing.caller, (permission,))
    demand_effects(writing.caller, asked_for(change, passage, draft), permission)
    check_switch(writing.caller, "may_create")
    rows.set_index(org, USER, kept.n, {IndexRow(BURIED, match_key(kept.name))}, ())
    use_password(writing, kept.n, kept.id, after, draft, change)
    rows.wake_external_ids(org, USER, kept.n)
    hold_values(writing, kept.n, {}, after, changed({}, after, None, draft.external_id))
    return Written(keep(writing, kept, tombstone, after, passage, change, draft.external_id), created=True)
