"""An operator lets a client follow the changes of a hosted org, and ends it again (RFC 9967; delivered by poll, RFC 8936)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from joiner.auth.event_signing import seed_from
from joiner.errors import Missing, Problem, ScimRefusal, Usage
from joiner.events import Event
from joiner.genesys.catalogue import catalogue_of
from joiner.journeys.administer import OPERATOR, find_client, find_org
from joiner.ports import Clock, Ids
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_filter
from joiner.store.event_port import EventStream
from joiner.store.org_port import OrgReads, OrgStore, OrgWrites

STREAMS_MAX = 100
"""Feeds of one org."""


class Feed(NamedTuple):
    """A feed as people see it: who follows, how many events wait."""

    stream: EventStream
    client: str
    waiting: int


def key_name(org: int) -> str:
    """Under which name the store keeps the key that signs an org's events."""
    return f"events:{org}"


async def add_stream(
    store: OrgStore, clock: Clock, ids: Ids, org: str, client: str, mode: Literal["notice", "full"], type: str = "", filter: str = ""
) -> str:
    """Let a client follow the org from now on; the feed's id. ``type`` "" means all, ``filter`` narrows one type.

    Raises Missing (org, client) and Usage (type, filter, too many).
    """
    now, id, seed = clock.now(), ids.new_id(), seed_from(ids.new_secret())

    def work(rows: OrgWrites) -> str:
        found = find_org(rows, org)
        holder = find_client(rows, found, client)
        if len(rows.streams(found.key)) >= STREAMS_MAX:
            raise Usage(
                Problem("JN6424", f"the org {org} has {STREAMS_MAX} feeds already", (), "end one:  joiner events remove ID --org ORG")
            )
        _check_scope(rows, found.key, found.profile, type, filter)
        rows.put_server_key(key_name(found.key), seed)
        sequence = rows.audit_head(found.key)[0]
        rows.add_stream(found.key, EventStream(id, holder.id, mode, type, filter, sequence, now))
        after = {"client": holder.name, "mode": mode, "type": type, "filter": filter}
        rows.append_audit(found.key, Event("stream.added", OPERATOR, now, "Stream", id, holder.name, {}, after))
        return id

    return await store.write(0, work)


def _check_scope(rows: OrgReads, org: int, profile: str, type: str, filter: str) -> None:
    kinds = catalogue_of(profile, rows.definitions(org)).by_name
    if type and type not in kinds:
        raise Usage(Problem("JN6424", f"the org has no resource type {type[:60]}", (), f"name one of: {', '.join(kinds)}"))
    if not filter:
        return
    if not type:
        raise Usage(Problem("JN6424", "a filter needs the type that it is about", (), "name one:  --type User"))
    try:
        compile_filter(parse_filter(filter), kinds[type].resource_type)
    except ScimRefusal as refusal:
        raise Usage(Problem("JN6424", f"the filter cannot be used: {refusal.detail}", (), "correct it")) from None


async def list_streams(store: OrgStore, org: str) -> Sequence[Feed]:
    """Raises Missing (org)."""

    def work(rows: OrgReads) -> Sequence[Feed]:
        key = find_org(rows, org).key
        names = {client.id: client.name for client in rows.clients(key)}
        return [Feed(each, names.get(each.client, each.client), rows.count_events(key, each.id)) for each in rows.streams(key)]

    return await store.read(0, work)


async def remove_stream(store: OrgStore, clock: Clock, org: str, id: str) -> None:
    """End a feed; what it did not acknowledge is forgotten (the audit log keeps it). Raises Missing."""
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        found = find_org(rows, org)
        if not rows.drop_stream(found.key, id):
            raise Missing(Problem("JN4022", f"the org {org} has no feed {id[:60]}", (), f"list them:  joiner events list --org {org}"))
        rows.append_audit(found.key, Event("stream.removed", OPERATOR, now, "Stream", id, id, {}, {}))

    await store.write(0, work)
