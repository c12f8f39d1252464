"""A hosted org in memory and a small client that speaks to it in-process, exactly as HTTP would."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from rehearsal import CountedIds, JumpingClock
from rehearsed_store import open_rehearsed_store, run

from joiner.auth.client_secret import REHEARSAL_COST, hash_client_secret
from joiner.journeys.administer import add_org, create_client, define_names, mint_token
from joiner.web.request import Answer, Request
from joiner.web.server import OrgServer

GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


async def cheap_hash(secret: str, salt: bytes) -> str:
    return hash_client_secret(secret, salt, REHEARSAL_COST)


class Rehearsal:
    """One store, one server, one org, one client with all permissions."""

    def __init__(
        self, profile: str = "extended", *, path: str = ":memory:", permissions: tuple[str, ...] | None = None, rate: int | None = None
    ):
        self.clock, self.ids = JumpingClock(MORNING), CountedIds()
        self.store = open_rehearsed_store(path, self.clock)
        self.server = OrgServer(self.store, self.clock, self.ids, base_url="http://north", hash_password=cheap_hash)
        self.profile = profile
        run(self._prepare(permissions, rate))

    async def _prepare(self, permissions: tuple[str, ...] | None, rate: int | None) -> None:
        tools = (self.store, self.clock, self.ids)
        await add_org(*tools, "north", self.profile, "Northlight EU", rate_per_minute=rate)
        self.credentials = await create_client(*tools, "north", "okta", permissions, cost=REHEARSAL_COST)
        self.token, _ = await mint_token(*tools, "north", "okta")
        await define_names(
            *tools, "north", divisions=["Sales", "Support"], roles=["Agent", "Supervisor"], skills=["Billing"], languages=["Suomi"]
        )

    def client(self, name: str, permissions: tuple[str, ...] | None = None, org: str = "north") -> str:
        """Another client's token."""
        tools = (self.store, self.clock, self.ids)
        run(create_client(*tools, org, name, permissions, cost=REHEARSAL_COST))
        return run(mint_token(*tools, org, name))[0]

    def send(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, query: dict[str, Any] | None = None, **headers: str
    ) -> Reply:
        """``path`` beginning with / is taken as it is; otherwise it is below the org's SCIM base."""
        full = path if path.startswith("/") else f"/north/api/v2/scim/v2/{path}"
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {token or self.token}", "content-type": "application/scim+json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        return Reply(run(self.server.handle(Request(method, full, urlencode(query or {}), sent, raw))))

    def get(self, path: str, **query: Any) -> Reply:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Reply:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, *operations: Any, **headers: str) -> Reply:
        return self.send(
            "PATCH", path, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}, **headers
        )

    def delete(self, path: str, **headers: str) -> Reply:
        return self.send("DELETE", path, **headers)

    def create(self, user_name: str, **attributes: Any) -> dict[str, Any]:
        reply = self.post("Users", {"userName": user_name, "displayName": user_name.split("@", maxsplit=1)[0], **attributes})
        assert reply.status == 201, reply.body
        return reply.json

    def group(self, name: str, *members: str) -> str:
        """A group by the Platform API, which every profile has; answers its id."""
        reply = self.post("/north/api/v2/groups", {"name": name})
        assert reply.status == 200, reply.body
        group_id: str = reply.json["id"]
        if members:
            added = self.patch(f"Groups/{group_id}", {"op": "add", "path": "members", "value": [{"value": member} for member in members]})
            assert added.status in (200, 204), added.body
        return group_id

    def members(self, group_id: str) -> list[str]:
        return [member["value"] for member in self.get(f"Groups/{group_id}").json.get("members", [])]


class Reply:
    def __init__(self, answer: Answer) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def scim_type(self) -> str | None:
        found: str | None = self.json.get("scimType")
        return found
