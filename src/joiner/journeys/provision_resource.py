"""A SCIM client keeps resources of a type that the org has defined itself: what RFC 7643 and 7644 say, and nothing else.

Such resources have no life cycle: DELETE makes a tombstone that nothing brings back, and frees the values that it held.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from joiner.events import Event
from joiner.genesys.catalogue import Kind
from joiner.journeys.authorise import Caller, check_switch
from joiner.journeys.holding import check_required_kept, free_unique, hold_external_id, hold_unique, with_placeholders, without_secrets
from joiner.journeys.indexing import face_of, index_rows
from joiner.journeys.keeping import Written, check_version, missing, now_text, patch_rules, with_meta
from joiner.journeys.showing import View, read_document
from joiner.journeys.writing import write_shown
from joiner.lifecycle.difference import difference
from joiner.ports import Clock, Ids
from joiner.scim.operation import Operation
from joiner.scim.patch import apply_patch
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Document
from joiner.store.org_port import Kept, OrgStore, OrgWrites, State

NAME_CHARACTERS_MAX = 200
"""Of the name that audit rows and lists show; the document has the whole value."""

_NAMING = ("displayName", "name", "title", "userName")


class _Draft(NamedTuple):
    """A resource as a client wants it, and beside it the externalId, which is kept per client."""

    document: Document
    external_id: str | None


async def create_resource(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, kind: Kind, body: Document, view: View | None = None
) -> Written:
    """POST to an endpoint of the org's own (RFC 7644 §3.3)."""
    document, external_id = _apart(accept(body, kind.resource_type, unknown=caller.profile.unknown_attributes), kind)
    now, id = clock.now(), ids.new_id()
    document = {"schemas": document["schemas"], "id": id} | document

    def work(rows: OrgWrites) -> Written:
        check_switch(caller, "may_create")
        org, n = caller.org.key, rows.next_number(caller.org.key, kind.name)
        finished = with_meta(document, kind, 1, now_text(now), now_text(now))
        kept = Kept(n, id, 1, State.ACTIVE, _name(document), finished, external_id)
        rows.insert(org, kind.name, kept, face_of(document, kind, now_text(now)))
        hold_unique(rows, org, kind, n, {}, document)
        rows.set_index(org, kind.name, n, (), index_rows(document, kind))
        if external_id is not None:
            hold_external_id(rows, caller, kind.name, n, external_id)
        _note(rows, caller, now, kind, kept, "resource.created", {}, _told(document, external_id))
        return Written(kept, created=True)

    return await write_shown(store, caller, kind.name, work, view)


async def replace_resource(
    store: OrgStore, clock: Clock, caller: Caller, kind: Kind, id: str, body: Document, if_match: str | None, view: View | None = None
) -> Written:
    """PUT (RFC 7644 §3.5.1): what the body does not name is cleared, read-only and immutable parts stay."""
    accepted = accept(body, kind.resource_type, unknown=caller.profile.unknown_attributes)

    def edit(current: Document) -> Document:
        return replace(current, accepted, kind.resource_type)

    return await write_shown(store, caller, kind.name, _change(clock, caller, kind, id, edit, if_match), view)


async def patch_resource(
    store: OrgStore,
    clock: Clock,
    caller: Caller,
    kind: Kind,
    id: str,
    operations: tuple[Operation, ...],
    if_match: str | None,
    view: View | None = None,
) -> Written:
    """PATCH (RFC 7644 §3.5.2): all operations or none."""
    rules = patch_rules(caller.profile)

    def edit(current: Document) -> Document:
        after = apply_patch(with_placeholders(current, kind), operations, kind.resource_type, rules)
        check_required_kept(current, after, kind)
        return after

    return await write_shown(store, caller, kind.name, _change(clock, caller, kind, id, edit, if_match), view)


async def delete_resource(store: OrgStore, clock: Clock, caller: Caller, kind: Kind, id: str, if_match: str | None) -> None:
    """DELETE (RFC 7644 §3.6)."""
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        org, kept = caller.org.key, _open(rows, caller, kind, id, if_match)
        check_switch(caller, "may_deactivate")
        before = read_document(kept)
        tombstone = Kept(kept.n, kept.id, kept.version + 1, State.DELETED, kept.name, kept.body)
        rows.update(org, kind.name, tombstone, face_of(before, kind, now_text(now)))
        free_unique(rows, org, kind, kept.n, before)
        rows.set_index(org, kind.name, kept.n, index_rows(before, kind), ())
        rows.rest_external_ids(org, kind.name, kept.n)
        _note(rows, caller, now, kind, tombstone, "resource.deleted", _told(before, kept.external_id), {})

    await store.write(caller.org.key, work)


def _change(
    clock: Clock, caller: Caller, kind: Kind, id: str, edit: Callable[[Document], Document], if_match: str | None
) -> Callable[[OrgWrites], Written]:
    now = clock.now()

    def work(rows: OrgWrites) -> Written:
        kept = _open(rows, caller, kind, id, if_match)
        before = read_document(kept)
        seen = before if kept.external_id is None else before | {"externalId": kept.external_id}
        draft = _apart(edit(seen), kind)
        draft.document["schemas"] = kind.resource_type.schemas_of(draft.document)
        was, became = difference(_told(before, kept.external_id), _told(*draft))
        if not (was or became):
            return Written(kept, changed=False)
        check_switch(caller, "may_update")
        return Written(_keep(rows, caller, now, kind, kept, before, draft, (was, became)))

    return work


def _keep(
    rows: OrgWrites,
    caller: Caller,
    now: datetime,
    kind: Kind,
    kept: Kept,
    before: Document,
    draft: _Draft,
    change: tuple[Document, Document],
) -> Kept:
    org, after, external_id = caller.org.key, draft.document, draft.external_id
    created = before.get("meta", {}).get("created", now_text(now))
    body = with_meta(after, kind, kept.version + 1, created, now_text(now))
    fresh = Kept(kept.n, kept.id, kept.version + 1, kept.state, _name(after), body, external_id)
    rows.update(org, kind.name, fresh, face_of(after, kind, now_text(now)))
    hold_unique(rows, org, kind, kept.n, before, after)
    gone, fresh_rows = index_rows(before, kind), index_rows(after, kind)
    rows.set_index(org, kind.name, kept.n, gone - fresh_rows, fresh_rows - gone)
    if external_id != kept.external_id:
        hold_external_id(rows, caller, kind.name, kept.n, external_id)
    _note(rows, caller, now, kind, fresh, "resource.changed", *change)
    return fresh


def _open(rows: OrgWrites, caller: Caller, kind: Kind, id: str, if_match: str | None) -> Kept:
    kept = rows.resource(caller.org.key, kind.name, id, caller.client.id)
    if kept is None or kept.state is State.DELETED:
        raise missing(kind.name, id)
    check_version(caller.profile, if_match, kept)
    return kept


def _apart(accepted: Document, kind: Kind) -> _Draft:
    """The document without what depends on the caller, and that beside it."""
    document = dict(without_secrets(accepted, kind))
    external_id = document.pop("externalId", None)
    for urn in [urn for urn in kind.resource_type.urns if document.get(urn) == {}]:
        del document[urn]
    return _Draft(document, external_id)


def _told(document: Document, external_id: str | None) -> Document:
    """What the audit tells of a resource."""
    told = difference({}, document)[1]
    return told if external_id is None else told | {"externalId": external_id}


def _name(document: Document) -> str:
    """What a person recognises the resource by."""
    named = next((document[name] for name in _NAMING if isinstance(document.get(name), str)), None)
    if named is None:
        texts = (value for name, value in document.items() if name not in ("id", "schemas") and isinstance(value, str))
        named = next(texts, document["id"])
    return str(named)[:NAME_CHARACTERS_MAX]


def _note(rows: OrgWrites, caller: Caller, now: datetime, kind: Kind, kept: Kept, name: str, was: Document, became: Document) -> None:
    rows.append_audit(
        caller.org.key, Event(name, caller.actor, now, kind.name, kept.id, kept.name, was, became, "", caller.request_id, caller.method)
    )
