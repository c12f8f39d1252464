"""The hosted orgs behind a Wire, without sockets: for the simulator, the demo's rehearsal and tests."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from joiner.connectors.port import HttpAnswer, HttpRequest, Wire
from joiner.ports import Clock, Ids
from joiner.store.org_port import OrgStore
from joiner.web.request import Request
from joiner.web.server import OrgServer


class InProcessWire:
    """Carries each exchange straight into :meth:`OrgServer.handle`. It never fails: there is no network."""

    def __init__(self, server: OrgServer) -> None:
        self._server = server

    async def send(self, request: HttpRequest) -> HttpAnswer:
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await self._server.handle(Request(request.method, unquote(parts.path), parts.query, headers, request.body))
        return HttpAnswer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


def serve_in_process(store: OrgStore, clock: Clock, ids: Ids) -> Wire:
    """A Wire to the orgs in ``store``."""
    return InProcessWire(OrgServer(store, clock, ids))
