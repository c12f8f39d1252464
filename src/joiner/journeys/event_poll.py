"""A receiver polls for what changed in an org (RFC 8936 §2): the outbox is filled from the audit log, signed, told, acknowledged.

The audit log is the source: a feed reads it from where it stopped, and what it makes of each row stands in the outbox until the
receiver acknowledges it. A stop in between loses nothing, and a row is told once. Data is that of the moment of the poll: several
changes between two polls may be told with the same, newest, representation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from joiner.auth.event_signing import public_key, sign_event
from joiner.genesys.catalogue import Kind
from joiner.journeys.authorise import Caller
from joiner.journeys.event_streams import key_name
from joiner.journeys.showing import read_document, show, view_of
from joiner.ports import Clock
from joiner.scim.filter import parse_filter
from joiner.scim.matching import Predicate, compile_filter
from joiner.scim.messages import dump_json
from joiner.scim.refusals import InvalidSyntax, NotFound
from joiner.scim.schema import Document
from joiner.scim.security_events import Happening, Told, claims_of, events_of
from joiner.scim.version import format_etag
from joiner.store.event_port import EventStream, OutboxEvent
from joiner.store.org_port import Kept, OrgReads, OrgStore, OrgWrites, State
from joiner.store.port import AuditEntry

AUDIT_ROWS_AT_ONCE = 500
"""Rows of the audit log that one poll reads."""

WAITING_MAX = 5_000
"""Events that may wait in an outbox; a receiver that acknowledges nothing is told the oldest again and again."""

EVENTS_PER_POLL_MAX = 100
ACKNOWLEDGED_MAX = 1_000
WAIT_SECONDS_MAX = 20.0
WAIT_STEP_SECONDS = 1.0

HAPPENINGS: Mapping[str, Happening] = {
    "user.created": "created",
    "user.restored": "created",
    "user.changed": "changed",
    "person.deactivated": "deactivated",
    "person.reactivated": "activated",
    "user.deleted": "deleted",
    "group.created": "created",
    "group.changed": "changed",
    "group.members_changed": "changed",
    "group.deleted": "deleted",
    "resource.created": "created",
    "resource.changed": "changed",
    "resource.deleted": "deleted",
}
"""What an audit row tells a feed; rows of other names are about the org itself."""

_decode = msgspec.json.Decoder().decode


class Poll(NamedTuple):
    """A poll request (RFC 8936 §2.2) within limits; ``errors`` are tokens that the receiver could not use, by id."""

    acknowledged: tuple[str, ...]
    errors: tuple[str, ...]
    most: int
    at_once: bool


def parse_poll(body: Document) -> Poll:
    """Raises InvalidSyntax that names the member."""
    acknowledged, errors = body.get("ack", []), body.get("setErrs", {})
    if not isinstance(acknowledged, list) or not all(isinstance(each, str) for each in acknowledged):
        raise InvalidSyntax("ack must be a list of token ids.")
    if not isinstance(errors, dict):
        raise InvalidSyntax("setErrs must be an object of token ids.")
    if len(acknowledged) + len(errors) > ACKNOWLEDGED_MAX:
        raise InvalidSyntax(f"At most {ACKNOWLEDGED_MAX} tokens are acknowledged in one poll.")
    most = body.get("maxEvents", EVENTS_PER_POLL_MAX)
    if not isinstance(most, int) or isinstance(most, bool) or most < 0:
        raise InvalidSyntax("maxEvents must be a whole number.")
    at_once = body.get("returnImmediately", False)
    if not isinstance(at_once, bool):
        raise InvalidSyntax("returnImmediately must be true or false.")
    return Poll(tuple(acknowledged), tuple(errors), min(most, EVENTS_PER_POLL_MAX), at_once)


async def poll_events(store: OrgStore, clock: Clock, caller: Caller, id: str, poll: Poll) -> bytes:
    """The answer to a poll: signed tokens by id, and whether more wait. Raises NotFound for a feed of somebody else too."""
    deadline = clock.monotonic() + (0.0 if poll.at_once or not poll.most else WAIT_SECONDS_MAX)
    poll_now = poll
    while True:
        at, request = clock.now().timestamp(), poll_now
        seed, found, more = await store.write(caller.org.key, lambda rows: _turn(rows, caller, id, request, int(at)))  # noqa: B023
        if found or more or clock.monotonic() >= deadline:
            return dump_json({"sets": {each.id: sign_event(_decode(each.claims), seed) for each in found}, "moreAvailable": more})
        await clock.sleep(WAIT_STEP_SECONDS)
        poll_now = poll._replace(acknowledged=(), errors=())


def _turn(rows: OrgWrites, caller: Caller, id: str, poll: Poll, at: int) -> tuple[bytes, list[OutboxEvent], bool]:
    org = caller.org.key
    stream = next((each for each in rows.streams(org) if each.id == id and each.client == caller.client.id), None)
    seed = rows.server_key(key_name(org))
    if stream is None or seed is None:
        raise NotFound(f"No feed {id[:60]} of this client. An operator adds one: joiner events add CLIENT --org {caller.org.name}.")
    for each in (*poll.acknowledged, *poll.errors):
        rows.drop_event(org, stream.id, each)
    read = _fill(rows, caller, stream, at) if rows.count_events(org, stream.id) < WAITING_MAX else 0
    waiting = list(rows.events(org, stream.id, poll.most + 1))
    return seed, waiting[: poll.most], len(waiting) > poll.most or read == AUDIT_ROWS_AT_ONCE


def _fill(rows: OrgWrites, caller: Caller, stream: EventStream, at: int) -> int:
    """Read on in the audit log; how many rows there were."""
    org = caller.org.key
    entries = rows.audit(org, stream.sequence, AUDIT_ROWS_AT_ONCE)
    for entry in entries:
        claims = _claims(rows, caller, stream, entry, at)
        if claims is not None:
            rows.put_event(org, stream.id, OutboxEvent(entry.sequence, claims["jti"], dump_json(claims)))
    if entries:
        rows.advance_stream(org, stream.id, entries[-1].sequence)
    return len(entries)


def _claims(rows: OrgWrites, caller: Caller, stream: EventStream, entry: AuditEntry, at: int) -> dict[str, Any] | None:
    """What a feed is told of one audit row; None when it is not its business."""
    row = _decode(entry.document)
    happening, target = HAPPENINGS.get(row["name"]), row["target"]
    kind = caller.catalogue.by_name.get(target["type"])
    if happening is None or kind is None or (stream.type and stream.type != kind.name):
        return None
    kept = rows.resource(caller.org.key, kind.name, target["id"], caller.client.id)
    alive = kept if kept is not None and kept.state is not State.DELETED else None
    told = Told(
        happening,
        f"/{kind.endpoint}/{target['id']}",
        row["before"],
        row["after"],
        _data(rows, caller, kind, alive, row) if stream.mode == "full" and _wants_all(happening, row) else None,
        kept.external_id if kept is not None else None,
        format_etag(alive.version) if alive is not None else "",
        replaced=row.get("method") == "PUT",
    )
    was, belongs = _membership(rows, caller, stream, kind, told, alive)
    events = events_of(told, stream.mode, was_in_feed=was, belongs=belongs)
    if not events:
        return None
    transaction = row["request_id"] or _digest(f"{caller.org.name}:{entry.sequence}")
    audience = f"{caller.base}/SecurityEvents/{stream.id}"
    token = _digest(f"{stream.id}:{entry.sequence}")
    return claims_of(told, events, issuer=caller.base, audience=audience, token_id=token, transaction=transaction, issued_at=at)


def _wants_all(happening: Happening, row: Mapping[str, Any]) -> bool:
    return happening == "created" or row.get("method") == "PUT"


def _membership(rows: OrgWrites, caller: Caller, stream: EventStream, kind: Kind, told: Told, alive: Kept | None) -> tuple[bool, bool]:
    """Whether the feed showed the resource before, and whether it does from now on. A feed without a filter shows everything."""
    if not stream.filter:
        return told.happening != "created", True
    org = caller.org.key
    was = rows.is_in_feed(org, stream.id, told.path)
    belongs = alive is not None and _matcher(stream.filter, kind)(_seen(alive))  # one that is gone again never joins
    if belongs and not was:
        rows.join_feed(org, stream.id, told.path)
    elif was and not belongs:
        rows.leave_feed(org, stream.id, told.path)
    return was, belongs


@lru_cache(256)
def _matcher(text: str, kind: Kind) -> Predicate:
    return compile_filter(parse_filter(text), kind.resource_type)


def _seen(kept: Kept) -> Document:
    document = read_document(kept)
    return document if kept.external_id is None else document | {"externalId": kept.external_id}


def _data(rows: OrgReads, caller: Caller, kind: Kind, alive: Kept | None, row: Mapping[str, Any]) -> Document:
    """The resource as the caller sees it; of one that is gone again, what the audit knows of it, by attribute path."""
    if alive is None:
        return {"id": row["target"]["id"], **row["after"]}
    document: Document = _decode(show(rows, caller, kind.name, (alive,), view_of(caller, kind.name, {}))[0])
    return document


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


async def describe_streams(store: OrgStore, caller: Caller) -> bytes:
    """The caller's own feeds with the addresses to poll, and the keys that check signatures."""

    def work(rows: OrgReads) -> bytes:
        org = caller.org.key
        seed = rows.server_key(key_name(org))
        streams = [
            {
                "id": each.id,
                "mode": each.mode,
                "type": each.type or None,
                "filter": each.filter or None,
                "aud": f"{caller.base}/SecurityEvents/{each.id}",
                "delivery": {"method": "urn:ietf:rfc:8936", "endpoint_url": f"{caller.base}/SecurityEvents/{each.id}"},
                "waiting": rows.count_events(org, each.id),
            }
            for each in rows.streams(org)
            if each.client == caller.client.id
        ]
        keys = [public_key(seed)] if seed is not None else []
        return dump_json({"iss": caller.base, "streams": streams, "jwks": {"keys": keys}})

    return await store.read(caller.org.key, work)
