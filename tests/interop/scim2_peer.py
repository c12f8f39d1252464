"""scim2-server as a process of its own on a free port: somebody else's service provider, fresh for each name in the path.

    python scim2_peer.py TOKEN        prints its port, serves /NAME/v2/Users …, ends when its standard input does

Only this is added, all around it: a bearer token, which ``POST /NAME/token`` gives to the OAuth client "joiner" with the same
secret; a new empty service provider for each NAME; a count of the writes that reached it (``GET /NAME/writes``); and a gateway that
loses the answer to the next write once it was told to (``GET /NAME/lose``). Its pages are set to 40 entries, whatever is asked for.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import socket
import sys
from typing import Any

import uvicorn
from scim2_models import UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.utils import load_default_provider

PAGE_MAX = 40


class GuardedProvider(ASGIApplication):
    """scim2-server leaves authentication to whoever runs it."""

    token = ""

    def check_auth(self, request: ScimRequest) -> None:
        if not hmac.compare_digest(request.header("Authorization") or "", f"Bearer {self.token}"):
            raise UnauthorizedException(detail="the bearer token is not one of ours")


class Peers:
    """An ASGI application of many service providers, each at its own first path segment."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._description = load_default_provider()
        assert self._description.config is not None
        assert self._description.config.filter is not None
        self._description.config.filter.max_results = PAGE_MAX
        self._providers: dict[str, GuardedProvider] = {}
        self._writes: dict[str, int] = {}
        self._losing: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _, name, *rest = scope["path"].split("/")
        if rest == ["writes"]:
            await answer(send, 200, self._writes.get(name, 0))
            return
        if rest == ["token"]:
            known = dict(scope["headers"]).get(b"authorization") == b"Basic " + base64.b64encode(f"joiner:{self._token}".encode())
            await answer(send, 200 if known else 401, {"access_token": self._token} if known else {"error": "invalid_client"})
            return
        if rest == ["lose"]:
            self._losing.add(name)
            await answer(send, 200, name)
            return
        if name not in self._providers:
            provider = self._providers[name] = GuardedProvider(AsyncInMemoryStorage(), self._description)
            provider.token = self._token
        if scope["method"] != "GET":
            self._writes[name] = self._writes.get(name, 0) + 1
        losing = scope["method"] != "GET" and name in self._losing
        await self._providers[name]({**scope, "root_path": f"/{name}"}, receive, drop if losing else send)
        if losing:
            self._losing.discard(name)
            await answer(send, 502, "the gateway lost it")


async def answer(send: Any, status: int, document: Any) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})


async def drop(message: Any) -> None:
    """What was sent here reaches nobody."""


async def serve(token: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(Peers(token), log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        print(listening.getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        await serving


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
