"""A SCIM client changes a user of a hosted org: PUT and PATCH (RFC 7644 §3.5.1, §3.5.2).

Every change runs in one transaction: look, check the precondition, edit, and then what ``keep_user`` says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from joiner.dialects.marks import named_by
from joiner.genesys.contract import undeleted
from joiner.genesys.profile import RETAINED_BY_GENESYS
from joiner.journeys.authorise import Caller
from joiner.journeys.create_user import restore
from joiner.journeys.holding import check_required_kept, with_placeholders
from joiner.journeys.keep_user import USER, settle
from joiner.journeys.keeping import Written, check_version, missing, patch_rules
from joiner.journeys.showing import View, read_document
from joiner.journeys.user_draft import Draft, draft_of
from joiner.journeys.writing import Writing, begin, write_shown
from joiner.ports import Clock
from joiner.scim.operation import Operation
from joiner.scim.patch import apply_patch
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Document
from joiner.store.org_port import DELETED, Kept, OrgStore, OrgWrites

Edit: TypeAlias = Callable[[Document], Document]


async def replace_user(
    store: OrgStore, clock: Clock, caller: Caller, id: str, body: Document, if_match: str | None, view: View | None = None
) -> Written:
    """PUT /Users/id (RFC 7644 §3.5.1), with the profile's retention of absent attributes."""
    kind, profile = caller.kind(USER), caller.profile
    accepted = accept(body, kind.resource_type, unknown=profile.unknown_attributes)
    retained = profile.put_retains - _emptied(body) if profile.put_retains else profile.put_retains

    def edit(current: Document) -> Document:
        return replace(current, accepted, kind.resource_type, retained)

    return await write_shown(store, caller, USER, _change(caller, clock, id, edit, if_match, patched=False), view)


def _emptied(body: Document) -> frozenset[str]:
    """Lists that a PUT names as empty: absent is not empty (genesys-cloud.md §2.2), so these are cleared and not retained."""
    flat = dict(body)
    for urn in [name for name in body if isinstance(body[name], dict)]:
        flat |= {f"{urn}:{name}": value for name, value in body[urn].items()}
    empty = {name.lower() for name, value in flat.items() if value == []}
    return frozenset(path for path in RETAINED_BY_GENESYS if path.lower() in empty)


async def patch_user(
    store: OrgStore,
    clock: Clock,
    caller: Caller,
    id: str,
    operations: tuple[Operation, ...],
    if_match: str | None,
    view: View | None = None,
) -> Written:
    """PATCH /Users/id (RFC 7644 §3.5.2): all operations or none."""
    kind, rules = caller.kind(USER), patch_rules(caller.profile)
    named = named_by(operations, kind.resource_type) if caller.client.connection.ownership else None

    def edit(current: Document) -> Document:
        seen = with_placeholders(current, kind) if len(kind.kept_back) > 1 else current
        after = apply_patch(seen, operations, kind.resource_type, rules)
        check_required_kept(current, after, kind)
        return after

    return await write_shown(store, caller, USER, _change(caller, clock, id, edit, if_match, patched=True, named=named), view)


def _change(
    caller: Caller, clock: Clock, id: str, edit: Edit, if_match: str | None, *, patched: bool, named: frozenset[str] | None = None
) -> Callable[[OrgWrites], Written]:
    now, kind = clock.now(), caller.kind(USER)

    def work(rows: OrgWrites) -> Written:
        kept = rows.resource(caller.org.key, USER, id, caller.client.id)
        if kept is None:
            raise missing(USER, id)
        writing = begin(rows, caller, kind, now)
        before = read_document(kept)
        if kept.state is DELETED:
            revived = _revive(writing, kept, undeleted(before), edit)
            check_version(caller.profile, if_match, kept)  # only now: to all others a deleted user is simply missing
            return revived
        check_version(caller.profile, if_match, kept)
        return settle(writing, kept, before, _edited(writing, kept, before, edit, patched=patched, named=named))

    return work


def _edited(writing: Writing, kept: Kept, before: Document, edit: Edit, *, patched: bool, named: frozenset[str] | None = None) -> Draft:
    """The draft after an edit that sees the caller's externalId as part of the document."""
    seen = before if kept.external_id is None else before | {"externalId": kept.external_id}
    draft = draft_of(edit(seen), writing.kind, patched=patched, named=named)
    # Neither PUT nor PATCH may wake or disable somebody by leaving ``active`` out.
    draft.document.setdefault("active", before.get("active", True))
    return draft


def _revive(writing: Writing, kept: Kept, before: Document, edit: Edit) -> Written:
    """``active: true`` on a deleted id restores it where Genesys does (genesys-cloud.md §5); all else is 404."""
    if writing.profile.undelete_on_create != "same-user-name":
        raise missing(USER, kept.id)
    draft = _edited(writing, kept, before | {"active": False}, edit, patched=False)
    if draft.document.get("active") is not True:
        raise missing(USER, kept.id)
    return restore(writing, kept, draft, "directory:user:edit")
