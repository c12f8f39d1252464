"""The world that whole requests are sent into: two orgs with the same people and different marks, and clients of many kinds.

Nothing of one org may ever be seen in an answer to the other: every text that is kept carries its org's mark.
"""

from __future__ import annotations

import gc
import json
import logging
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rehearsal import CountedIds, JumpingClock
from rehearsed_store import open_rehearsed_store, run

from joiner.auth.client_secret import REHEARSAL_COST, hash_client_secret
from joiner.journeys.administer import add_org, create_client, define_names, mint_token
from joiner.journeys.connect import set_connection, switch_client
from joiner.journeys.define_types import define
from joiner.journeys.event_streams import add_stream
from joiner.store.org_port import Kept
from joiner.web.request import Answer, Request
from joiner.web.server import OrgServer

MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET_MARK = "Sesam!7q"
"""Begins every password that is sent; must never be seen again."""

BADGE_URN = "urn:northlight:params:scim:schemas:Badge"
BADGE = {
    "id": BADGE_URN,
    "attributes": [
        {"name": "label", "type": "string", "required": True, "uniqueness": "server"},
        {"name": "pin", "type": "string", "mutability": "writeOnly"},
        {"name": "weight", "type": "decimal"},
        {"name": "printed", "type": "dateTime"},
        {"name": "zones", "type": "complex", "multiValued": True, "subAttributes": [{"name": "value", "type": "string"}]},
    ],
}
BADGES = {"name": "Badge", "endpoint": "/Badges", "schema": BADGE_URN}
CLIENTS: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {
    "plain": ("generic", None, {"may_sync_password": True, "guard_removals": False}),
    "joiner": ("joiner", None, {}),
    "okta": ("okta", None, {"may_sync_password": True}),
    "entra": ("entra", None, {}),
    "strict": ("strict", None, {}),
    "tight": ("generic", None, {"unknown_attributes": "refuse", "replace_complex": "whole", "patch_answer": "body", "role_values": "id"}),
    "reader": ("generic", (), {}),
    "clerk": ("generic", ("directory:user:edit", "directory:group:edit"), {"may_create": False, "group_delete": "detach"}),
    "quiet": ("generic", None, {"may_update": False, "may_deactivate": False, "may_change_groups": False, "unknown_members": "ignore"}),
}
"""Kind, permissions and settings of each client."""

_ID = re.compile(rb"00000000-0000-4000-8000-[0-9]{12}")


async def cheap_hash(secret: str, salt: bytes) -> str:
    return hash_client_secret(secret, salt, REHEARSAL_COST)


class Logged(logging.Handler):
    """What the server logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Tenant:
    """One org as its clients know it. ``foreign`` are ids of the other org that were sent into this one."""

    name: str
    key: int
    mark: str
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)
    stream: str = ""
    foreign: set[bytes] = field(default_factory=set)


class Sent(NamedTuple):
    """A request on its way, and what came back; ``spent_ms`` is CPU."""

    tenant: Tenant
    request: Request
    answer: Answer
    spent_ms: float

    @property
    def json(self) -> Any:
        return json.loads(self.answer.body)

    def told(self) -> str:
        asked, answer = self.request, self.answer
        sent = f"{asked.method} {asked.path}?{asked.query[:300]} {asked.body[:400]!r}"
        return f"{sent} -> {answer.status} {answer.body[:300]!r}"


class World:
    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.clock, self.ids = JumpingClock(MORNING), CountedIds()
        self.store = open_rehearsed_store(":memory:", self.clock)
        self.server = OrgServer(self.store, self.clock, self.ids, base_url="http://here", hash_password=cheap_hash)
        self.tenants = (Tenant("north", 1, "xmarkqa"), Tenant("south", 2, "xmarkqb"))
        self.owners: dict[bytes, int] = {}
        self.logged = Logged()
        for tenant in self.tenants:
            run(self._prepare(tenant))

    async def _prepare(self, tenant: Tenant) -> None:
        tools = (self.store, self.clock, self.ids)
        org = await add_org(*tools, tenant.name, self.profile, rate_per_minute=0)
        assert org.key == tenant.key
        for name, (kind, permissions, settings) in CLIENTS.items():
            made = await create_client(*tools, tenant.name, name, permissions, cost=REHEARSAL_COST)
            tenant.secrets[name] = (made.client_id, made.client_secret)
            await set_connection(self.store, self.clock, tenant.name, name, kind, settings)
            tenant.tokens[name] = (await mint_token(*tools, tenant.name, name))[0]
        await create_client(*tools, tenant.name, "gone", cost=REHEARSAL_COST)
        tenant.tokens["gone"] = (await mint_token(*tools, tenant.name, "gone"))[0]
        await switch_client(self.store, self.clock, tenant.name, "gone", False)
        names = {"divisions": ["Sales", "Support"], "roles": ["Agent", "Supervisor"], "skills": ["Billing"], "languages": ["Suomi"]}
        await define_names(*tools, tenant.name, **names)
        for definition in (BADGE, BADGES) if self.profile == "extended" else ():  # strict has what Genesys has
            await define(self.store, self.clock, tenant.name, definition)
        tenant.stream = await add_stream(*tools, tenant.name, "plain", "full")

    def other(self, tenant: Tenant) -> Tenant:
        return self.tenants[1] if tenant is self.tenants[0] else self.tenants[0]

    def send(self, tenant: Tenant, request: Request) -> Sent:
        begun = time.thread_time_ns()
        answer = run(self.server.handle(request))
        return Sent(tenant, request, answer, (time.thread_time_ns() - begun) / 1e6)

    def again_ms(self, sent: Sent) -> float:
        """What the same request costs once more, with no garbage of others to be collected."""
        gc.collect()
        return self.send(sent.tenant, sent.request).spent_ms

    def head(self, tenant: Tenant) -> tuple[int, str]:
        found: tuple[int, str] = run(self.store.read(tenant.key, lambda rows: rows.audit_head(tenant.key)))
        return found

    def kept(self, tenant: Tenant, type: str, id: str) -> Kept | None:
        found: Kept | None = run(self.store.read(tenant.key, lambda rows: rows.resource(tenant.key, type, id)))
        return found

    def audit(self, tenant: Tenant, after: int = 0) -> list[dict[str, Any]]:
        entries = run(self.store.read(tenant.key, lambda rows: rows.audit(tenant.key, after, 1_000_000)))
        return [json.loads(entry.document) for entry in entries]

    def own(self, tenant: Tenant, id: str) -> None:
        self.owners[id.encode()] = tenant.key

    def foreign_in(self, tenant: Tenant, content: bytes) -> set[bytes]:
        """Ids of the other org's resources in what is sent or answered."""
        return {id for id in _ID.findall(content) if self.owners.get(id, tenant.key) != tenant.key}

    def close(self) -> None:
        self.store.close()
