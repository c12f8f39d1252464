"""An operator settles how an org gets on with one of its clients: its settings, whether it may call at all, its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joiner.dialects.connection import Connection, parse_settings, settings_of
from joiner.dialects.marks import check_ownership
from joiner.events import Event
from joiner.genesys.catalogue import catalogue_of
from joiner.journeys.administer import OPERATOR, find_client, find_org
from joiner.ports import Clock
from joiner.store.org_port import Client, Org, OrgReads, OrgStore, OrgWrites


async def read_client(store: OrgStore, org: str, client: str) -> tuple[Org, Client]:
    """Raises Missing that names the nearest."""

    def work(rows: OrgReads) -> tuple[Org, Client]:
        found = find_org(rows, org)
        return found, find_client(rows, found, client)

    return await store.read(0, work)


async def set_connection(store: OrgStore, clock: Clock, org: str, client: str, kind: str, settings: Mapping[str, Any]) -> Connection:
    """Change settings of a connection; those that are not named stay. ``kind`` "" keeps the kind; a null setting goes back to its default.

    Holds from the client's next request on. Raises Missing and Usage.
    """
    now = clock.now()

    def work(rows: OrgWrites) -> Connection:
        found = find_org(rows, org)
        holder = find_client(rows, found, client)
        before = settings_of(holder.connection)
        chosen = {name: value for name, value in (before | dict(settings)).items() if value is not None}
        connection = parse_settings(kind or holder.connection.kind, chosen)
        check_ownership(connection.ownership, catalogue_of(found.profile, rows.definitions(found.key)).by_name["User"].resource_type)
        after = settings_of(connection)
        rows.set_connection(found.key, holder.id, connection)
        was, became = before | {"kind": holder.connection.kind}, after | {"kind": connection.kind}
        rows.append_audit(found.key, Event("client.changed", OPERATOR, now, "Client", holder.id, holder.name, was, became))
        return connection

    return await store.write(0, work)


async def switch_client(store: OrgStore, clock: Clock, org: str, client: str, active: bool) -> None:
    """Let a client call, or refuse all its tokens from its next request on."""
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        found = find_org(rows, org)
        holder = find_client(rows, found, client)
        rows.set_client_active(found.key, holder.id, active)
        event = "client.enabled" if active else "client.disabled"
        change = ({"active": holder.active}, {"active": active})
        rows.append_audit(found.key, Event(event, OPERATOR, now, "Client", holder.id, holder.name, *change))

    await store.write(0, work)


async def revoke_tokens(store: OrgStore, clock: Clock, org: str, client: str) -> int:
    """End every token of a client; how many there were. Its secret still fetches new ones."""
    now = clock.now()

    def work(rows: OrgWrites) -> int:
        found = find_org(rows, org)
        holder = find_client(rows, found, client)
        gone = rows.drop_tokens_of_client(found.key, holder.id)
        change: tuple[dict[str, Any], dict[str, Any]] = ({"tokens": gone}, {"tokens": 0})
        rows.append_audit(found.key, Event("token.revoked", OPERATOR, now, "Client", holder.id, holder.name, *change))
        return gone

    return await store.write(0, work)
