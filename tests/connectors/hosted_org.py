"""A real hosted org for a target to work on: in process, or behind uvicorn on loopback."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from rehearsal import CountedIds
from scripted_org import JumpingClock

from joiner.auth.client_secret import REHEARSAL_COST
from joiner.connectors.build import open_target
from joiner.connectors.port import Wire
from joiner.connectors.scim_target import ScimTarget
from joiner.connectors.wire import AiohttpWire
from joiner.dialects.connection import KINDS
from joiner.journeys.administer import add_org, create_client, define_names
from joiner.store.org_store import open_org_store
from joiner.web.asgi import asgi_app
from joiner.web.in_process import InProcessWire
from joiner.web.server import OrgServer

ATTRIBUTES = frozenset(
    {
        *("userName", "displayName", "title", "department", "division", "manager", "employeeNumber", "dateHire"),
        *("roles", "routingSkills", "routingLanguages", "groups", "emails[work]", "phoneNumbers[work]", "phoneNumbers[mobile]"),
        *("externalIds[microsoftteams]", "sourceOrg"),
    }
)


@dataclass(slots=True)
class HostedOrg:
    url: str
    wire: Wire
    clock: JumpingClock
    client_id: str
    secret: str

    def open(self, kind: str = "hosted", *, mapped: frozenset[str] = ATTRIBUTES, path: str = "", **more: object) -> ScimTarget:
        url = self.url + path
        settings: dict[str, object] = {"client_id": self.client_id, "secret": self.secret, "requests_per_minute": 0, **more}
        return open_target(kind, name="eu", url=url, wire=self.wire, clock=self.clock, mapped=mapped, **settings)[0]  # type: ignore[arg-type]


@asynccontextmanager
async def hosted_org(profile: str, door: str = "in-process", permissions: Iterable[str] | None = None) -> AsyncIterator[HostedOrg]:
    clock, ids = JumpingClock(), CountedIds()
    store = open_org_store(":memory:", clock)
    try:
        await add_org(store, clock, ids, "northlight", profile)
        await define_names(
            store, clock, ids, "northlight",
            divisions=["Bergen", "Leeds"], roles=["Agent", "Supervisor"], skills=["Spanish", "Billing"], languages=["Norsk"],
        )  # fmt: skip
        client = await create_client(
            store, clock, ids, "northlight", "joiner", permissions, connection=KINDS["joiner"], cost=REHEARSAL_COST
        )
        server = OrgServer(store, clock, ids)
        async with _wire(server, door) as (url, wire):
            yield HostedOrg(f"{url}/northlight", wire, clock, client.client_id, client.client_secret)
    finally:
        store.close()


@asynccontextmanager
async def _wire(server: OrgServer, door: str) -> AsyncIterator[tuple[str, Wire]]:
    if door == "in-process":
        yield "http://127.0.0.1:8470", InProcessWire(server)
        return
    listening = _listen()
    config = uvicorn.Config(asgi_app(server), log_level="error", lifespan="off")
    config.load()
    http = uvicorn.Server(config)
    http.lifespan = config.lifespan_class(config)
    await http.startup(sockets=[listening])
    try:
        async with AiohttpWire() as wire:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", wire
    finally:
        await http.shutdown(sockets=[listening])


def _listen() -> socket.socket:
    """A socket that says TCP by name: asyncio turns Nagle's algorithm off (40 ms a request) only for such sockets."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening
