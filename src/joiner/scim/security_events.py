"""What changed in an org, told as SCIM events (RFC 9967): event URIs, subject, payloads, the claims of a security event token.

A change is told in one of two modes: ``notice`` names the attributes that changed, ``full`` gives the data. A feed that shows only
some resources also tells when one joins or leaves it::

                      was in the feed                            was not
    belongs now       patch / put (activate, deactivate)         create, or feed:add when it is older
    does not          feed:remove, or delete                     nothing

Nothing here signs, stores or sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from joiner.scim.core_schemas import PATCH_OP_URN
from joiner.scim.schema import Document

Mode: TypeAlias = Literal["notice", "full"]
Happening: TypeAlias = Literal["created", "changed", "activated", "deactivated", "deleted"]

_EVENT = "urn:ietf:params:scim:event"
FEED_ADD = f"{_EVENT}:feed:add"
FEED_REMOVE = f"{_EVENT}:feed:remove"
DELETE = f"{_EVENT}:prov:delete"
ACTIVATE = f"{_EVENT}:prov:activate"
DEACTIVATE = f"{_EVENT}:prov:deactivate"
CREATE, PATCH, PUT = f"{_EVENT}:prov:create", f"{_EVENT}:prov:patch", f"{_EVENT}:prov:put"

EVENT_URIS: tuple[str, ...] = (
    FEED_ADD,
    FEED_REMOVE,
    *(f"{verb}:{mode}" for verb in (CREATE, PATCH, PUT) for mode in ("full", "notice")),
    DELETE,
    ACTIVATE,
    DEACTIVATE,
)
"""Every event that is ever told, as ServiceProviderConfig lists them (RFC 9967 §5)."""

SUBJECT_FORMAT = "scim"


@dataclass(frozen=True, slots=True)
class Told:
    """One change of one resource. ``before`` and ``after`` hold what changed, by attribute path, as the audit keeps it.

    ``document`` is the resource as it is now (None when it is gone); ``path`` is ``/Users/ID``, below the base URL; ``replaced``
    says that the client sent the whole resource (PUT).
    """

    happening: Happening
    path: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    document: Document | None
    external_id: str | None = None
    version: str = ""
    replaced: bool = False


def events_of(told: Told, mode: Mode, *, was_in_feed: bool, belongs: bool) -> dict[str, Any]:
    """The ``events`` claim of a change for one feed; empty when the feed is not to know of it."""
    if told.happening == "deleted":
        return {DELETE: {}} if was_in_feed else {}
    if not belongs:
        return {FEED_REMOVE: {}} if was_in_feed else {}
    if told.happening == "created":
        return _change(CREATE, told, mode)
    if not was_in_feed:
        return {FEED_ADD: {}}
    turned: dict[str, Any] = {"activated": {ACTIVATE: {}}, "deactivated": {DEACTIVATE: {}}}.get(told.happening, {})
    return {**turned, **_change(PUT if told.replaced else PATCH, told, mode)}


def _change(verb: str, told: Told, mode: Mode) -> dict[str, Any]:
    payload: dict[str, Any] = {"version": told.version} if told.version else {}
    if mode == "notice":
        payload["attributes"] = sorted({*told.before, *told.after})
    elif verb == PATCH:
        payload["data"] = {"schemas": [PATCH_OP_URN], "Operations": operations_of(told.before, told.after)}
    else:
        payload["data"] = dict(told.document or {})
    return {f"{verb}:{mode}": payload}


def operations_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Document]:
    """A PATCH that makes ``after`` of ``before``; of a group's members only those that came and went are named."""
    operations: list[Document] = []
    for path in sorted({*before, *after}):
        if path == "members":
            operations += _members(before.get(path), after.get(path))
        elif path == "password":
            continue  # that it changed is told, what it is never
        elif path in after:
            operations.append({"op": "replace", "path": path, "value": after[path]})
        else:
            operations.append({"op": "remove", "path": path})
    return operations


def _members(gone: Any, come: Any) -> list[Document]:
    operations: list[Document] = []
    # A remove of ``members`` with a list is Entra's habit; to the letter it empties the group (RFC 7644 §3.5.2.2).
    operations += [{"op": "remove", "path": f'members[value eq "{_member(each)["value"]}"]'} for each in gone or ()]
    if come:
        operations.append({"op": "add", "path": "members", "value": [_member(each) for each in come]})
    return operations


def _member(each: Any) -> Document:
    return {"value": each["value"] if isinstance(each, dict) else each}


def claims_of(
    told: Told, events: Mapping[str, Any], *, issuer: str, audience: str, token_id: str, transaction: str, issued_at: int
) -> dict[str, Any]:
    """The claims of a security event token (RFC 8417 §2.2, RFC 9967 §2.1): the subject is a SCIM path, never ``sub``.

    ``transaction`` is the same in every feed that hears of this change; ``issued_at`` is in seconds since the epoch.
    """
    subject = {"format": SUBJECT_FORMAT, "uri": told.path}
    if told.external_id is not None:
        subject["externalId"] = told.external_id
    return {
        "iss": issuer,
        "iat": issued_at,
        "jti": token_id,
        "aud": [audience],
        "txn": transaction,
        "sub_id": subject,
        "events": dict(events),
    }
