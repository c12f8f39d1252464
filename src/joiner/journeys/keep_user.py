"""What every change of a user has in common: settled under the contract, permitted, its values held, kept, and written down.

::

    settle   document under the contract → transition and consequences → permissions of single effects → nothing changed? stop
    keep     unique values → document, face, index rows → sessions end where the person leaves → audit row
"""

from __future__ import annotations

from functools import lru_cache

from joiner.dialects.switches import switches_of
from joiner.errors import AlreadyTaken
from joiner.events import Consequence, Event, Transition
from joiner.genesys.contract import EXTERNAL_ID_AUTHORITY, check_user_name, deactivated, settle_user
from joiner.genesys.schemas import GENESYS_URN
from joiner.journeys.authorise import check_switch, demand_effects
from joiner.journeys.holding import hold_external_id, hold_unique
from joiner.journeys.indexing import changed_face, external_ids_row, face_of, index_change
from joiner.journeys.keeping import Written, with_meta
from joiner.journeys.passwords import pass_over_password, use_password
from joiner.journeys.pushed_ownership import keep_owned
from joiner.journeys.user_draft import REMOVE_ROLES, Change, Draft, asked_for, changed, user_name_of
from joiner.journeys.writing import Writing
from joiner.lifecycle.transition import Passage, Standing, classify
from joiner.scim.refusals import Uniqueness
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import ACTIVE, DELETED, INACTIVE, Kept, State

USER = "User"

EVENT_NAMES = {
    Transition.JOINED: "user.created",
    Transition.MOVED: "user.changed",
    Transition.LEFT: "person.deactivated",
    Transition.RETURNED: "person.reactivated",
    Transition.DELETED: "user.deleted",
    Transition.NONE: "user.changed",
}

STANDINGS = {ACTIVE: Standing.ACTIVE, INACTIVE: Standing.INACTIVE, DELETED: Standing.DELETED}

_ACTIVE, _INACTIVE = Standing.ACTIVE, Standing.INACTIVE
_DELETION, _END_SESSIONS = Transition.DELETED, Consequence.END_SESSIONS


def settle(writing: Writing, kept: Kept, before: Document, draft: Draft) -> Written:
    """Bring an edited draft under the contract and keep it if anything changed."""
    draft = pass_over_password(writing, draft)
    external_id, profile = kept.external_id, writing.profile
    mirror = (EXTERNAL_ID_AUTHORITY + writing.caller.client.id, external_id) if external_id is not None else None
    names, resource_type = writing.rows.names(writing.org), writing.kind.resource_type
    after = settle_user(draft.document, before, names, profile, resource_type, patched=draft.patched, mirror=mirror)
    if writing.caller.client.connection.ownership:
        after = keep_owned(writing, kept, before, after, draft)
    passage = classify(STANDINGS[kept.state], standing_of(after), changed=True)
    if REMOVE_ROLES in passage.consequences:
        after = deactivated(after, profile)
    change = changed(before, after, external_id, draft.external_id)
    asked = asked_for(change, passage, draft)
    demand_effects(writing.caller, asked, "directory:user:edit")
    for switch in switches_of(asked):
        check_switch(writing.caller, switch)
    use_password(writing, kept.n, kept.id, after, draft, change)
    if not (change.was or change.became):
        return Written(kept, changed=False)
    hold_values(writing, kept.n, before, after, change)
    return Written(keep(writing, kept, before, after, passage, change, draft.external_id))


def standing_of(document: Document) -> Standing:
    return _ACTIVE if document.get("active", True) else _INACTIVE


def state_of(standing: Standing) -> State:
    return ACTIVE if standing is _ACTIVE else INACTIVE


def hold_values(writing: Writing, n: int, before: Document, after: Document, change: Change) -> None:
    """Hold every value that only one live user may have. Raises Uniqueness that names the value."""
    rows, org = writing.rows, writing.org
    if before.get("userName") != after.get("userName"):
        _hold_user_name(writing, n, before, after)
    wanted = change.became.get("externalId")
    if wanted is not None or "externalId" in change.was:
        hold_external_id(rows, writing.caller, USER, n, wanted)
    for entry in change.became.get(f"{GENESYS_URN}:externalIds", ()):
        row = external_ids_row(entry["authority"], entry["value"])
        others = [m for m in rows.find(org, USER, row.path, row.key) if m != n]
        if others and any(other.state is not DELETED for other in rows.resources(org, USER, others)):
            raise Uniqueness(f"The external id {entry['value']} of {entry['authority']} belongs to another user of this org.")
    hold_unique(rows, org, writing.kind, n, before, after)


def _hold_user_name(writing: Writing, n: int, before: Document, after: Document) -> None:
    user_name = user_name_of(after)
    check_user_name(user_name, writing.profile)
    try:
        former = match_key(before["userName"]) if "userName" in before else ""
        writing.rows.take_name(writing.org, USER, match_key(user_name), n, former)
    except AlreadyTaken:
        raise Uniqueness(
            f"The userName {user_name} is taken by another user of this org. Look it up by userName and change that user instead."
        ) from None


def keep(
    writing: Writing, kept: Kept, before: Document, after: Document, passage: Passage, change: Change, external_id: str | None = None
) -> Kept:
    """Keep the changed document with its index rows and audit row; the version grows by one."""
    rows, org, kind, at = writing.rows, writing.org, writing.kind, writing.at
    deleted = passage.transition is _DELETION
    state = DELETED if deleted else state_of(standing_of(after))
    body = with_meta(after, kind, kept.version + 1, before.get("meta", {}).get("created", at), at)
    fresh = Kept(kept.n, kept.id, kept.version + 1, state, after["userName"], body, external_id, kept.in_groups)
    buried = kept.state is DELETED
    face = face_of(after, kind, at) if buried else changed_face(after, kind, at, change.was, change.became)
    rows.update(org, USER, fresh, face)
    gone, come = index_change(change.was, change.became, kind)
    if gone or come:
        rows.set_index(org, USER, kept.n, gone, come)
    if _END_SESSIONS in passage.consequences:
        rows.drop_tokens_of_user(org, kept.id)
    restored = buried and passage.transition is Transition.RETURNED
    note(writing, fresh, passage, change, "user.restored" if restored else "")
    return fresh


@lru_cache
def _reason(passage: Passage) -> str:
    """What the audit says a change means; there is one passage for each transition."""
    means = ", ".join(consequence.value for consequence in passage.consequences)
    return f"{passage.transition.value}: {means}" if means else passage.transition.value


def note(writing: Writing, kept: Kept, passage: Passage, change: Change, name: str = "") -> None:
    """The audit row of a change."""
    caller = writing.caller
    event = Event(
        name or EVENT_NAMES[passage.transition],
        caller.actor,
        writing.now,
        USER,
        kept.id,
        kept.name,
        change.was,
        change.became,
        _reason(passage),
        caller.request_id,
        caller.method,
    )
    writing.rows.append_audit(writing.org, event)
