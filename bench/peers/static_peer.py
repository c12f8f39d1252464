"""The floor: uvicorn (uvloop, httptools) answers the same 1.4 kB to every request. ``python static_peer.py PORT``."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

BODY = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"static","displayName":"' + b"x" * 1_300 + b'"}'
HEADERS = [(b"content-type", b"application/scim+json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[Any], Awaitable[None]]) -> None:
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="off", loop="uvloop")
