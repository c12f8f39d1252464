"""A Genesys Cloud region without a network: its two hosts, with the product's own hosted org (profile ``strict``) behind them.

The wire is as strict as the real hosts: tokens come from the login host only, the API host has the API only, no other host
exists, and everything that is sent is kept to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rehearsal import CountedIds, JumpingClock

from joiner.auth.client_secret import REHEARSAL_COST
from joiner.connectors.build import open_target
from joiner.connectors.port import HttpAnswer, HttpRequest, Wire
from joiner.connectors.scim_target import ScimTarget
from joiner.dialects.connection import KINDS
from joiner.errors import Problem, Unreachable
from joiner.journeys.administer import add_org, create_client, define_names
from joiner.store.org_port import OrgStore
from joiner.store.org_store import open_org_store
from joiner.web.in_process import serve_in_process

LOGIN, API = "login.mypurecloud.de", "api.mypurecloud.de"
SCIM = f"https://{API}/api/v2/scim/v2"
MAPPED = frozenset(
    {
        *("userName", "displayName", "title", "department", "division", "manager", "roles", "groups"),
        *("routingSkills", "routingLanguages", "phoneNumbers[work]", "externalIds[hr]"),
    }
)


Before = Callable[[HttpRequest], HttpAnswer | None]


@dataclass
class Region:
    """``before`` may answer in place of the org; ``requests`` are all that were sent, tokens included."""

    inner: Wire
    orgs: OrgStore
    clock: JumpingClock
    client_id: str = ""
    secret: str = ""
    requests: list[HttpRequest] = field(default_factory=list)
    before: Before = field(default=lambda request: None)

    async def send(self, request: HttpRequest) -> HttpAnswer:
        parts = urlsplit(request.url)
        allowed = (parts.netloc == LOGIN and parts.path == "/oauth/token") or (parts.netloc == API and parts.path.startswith("/api/v2/"))
        if parts.scheme != "https" or not allowed:
            raise Unreachable(Problem("JN2003", "no such host", (("found", request.url),)))
        self.requests.append(request)
        answer = self.before(request)
        if answer is not None:
            return answer
        query = f"?{parts.query}" if parts.query else ""
        return await self.inner.send(replace(request, url=f"http://org.example/north{parts.path}{query}"))

    def open(self, region: str = "eu-central-1", **more: Any) -> ScimTarget:
        settings = {"requests_per_minute": 0, "secret": self.secret, **more}
        target, notes = open_target(
            "genesys-cloud",
            name="eu",
            wire=self,
            clock=self.clock,
            mapped=MAPPED,
            client_id=self.client_id,
            region=region,
            jitter=lambda: 0.5,
            **settings,
        )
        assert notes == ()
        return target

    def sent(self, method: str, path: str) -> list[HttpRequest]:
        """Requests whose path ends with ``path``, ids left out: ``Users``, ``Users/*``."""
        return [request for request in self.requests if request.method == method and _shape(request.url) == path]


async def open_region(*, rate_per_minute: int = 0) -> Region:
    clock, ids = JumpingClock(), CountedIds()
    orgs = open_org_store(":memory:", clock, commit_inline=True)
    tools = (orgs, clock, ids)
    await add_org(*tools, "north", "strict", "Northlight EU", rate_per_minute=rate_per_minute)
    await define_names(
        *tools, "north", divisions=["Support", "Sales"], roles=["Agent", "Supervisor"], skills=["Billing"], languages=["Norsk"]
    )
    client = await create_client(*tools, "north", "joiner", connection=KINDS["joiner"], cost=REHEARSAL_COST)
    return Region(serve_in_process(orgs, clock, ids), orgs, clock, client.client_id, client.client_secret)


def answer(status: int, document: Mapping[str, Any], **headers: str) -> HttpAnswer:
    return HttpAnswer(status, {"content-type": "application/json", **headers}, json.dumps(document).encode())


def error_body(status: int, code: str, message: str, **more: Any) -> dict[str, Any]:
    """Genesys' ErrorBody with all of its members, as the gateway sends it (genesys-cloud.md §1.3)."""
    return {"message": message, "code": code, "status": status, "contextId": "5ad5d3e0", "details": [], "errors": [], **more}


def query_of(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def body_of(request: HttpRequest) -> Any:
    return json.loads(request.body)


def _shape(url: str) -> str:
    path = urlsplit(url).path.removeprefix("/api/v2/scim/v2/").removeprefix("/api/v2/")
    head, _, tail = path.partition("/")
    return f"{head}/*" if head in ("Users", "Groups") and tail else path
