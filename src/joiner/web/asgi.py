"""The server as an ASGI application: bytes to :class:`Request`, :class:`Answer` to bytes, limits on what is read. No framework."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, TypeAlias

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.answers import plain_refusal_answer
from joiner.web.head_rules import read_head
from joiner.web.request import Answer, Request
from joiner.web.server import OrgServer
from joiner.web.wire_limits import BODY_SECONDS_MAX, body_bytes_max

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


class _ClientGone(Exception):
    """The client closed the connection before its request was complete."""


def asgi_app(server: OrgServer) -> AsgiApp:
    """An ASGI 3 application around ``server``. WebSockets are refused, lifespan events acknowledged."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            try:
                answer = await _answer(server, scope, receive)
            except _ClientGone:
                return
            await _send(answer, scope["method"], send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    return app


async def _answer(server: OrgServer, scope: Message, receive: Receive) -> Answer:
    fields = scope["headers"]
    size = len(scope.get("raw_path") or b"") + sum(len(name) + len(value) + 4 for name, value in fields)
    if size > HEADER_BYTES_MAX:
        return plain_refusal_answer(
            431, f"The request line and headers may have {HEADER_BYTES_MAX} bytes together.", {"Connection": "close"}
        )
    announced = next((value for name, value in fields if name == b"content-length"), b"0").decode("latin-1")
    fields = [field for field in fields if field[0] != b"content-length"]
    _, _, headers, fault, _ = read_head(scope["http_version"], fields)
    if fault is not None:
        return Answer(fault.status, {**fault.headers, "Connection": "close"}, fault.body)
    try:
        if announced != "0" or "transfer-encoding" in headers:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                body, cut = await _read_body(receive, announced, body_bytes_max(headers))
        else:
            body, cut = b"", False
    except TimeoutError:
        return plain_refusal_answer(408, f"The body did not come within {BODY_SECONDS_MAX:.0f} seconds.", {"Connection": "close"})
    address = scope["client"][0] if scope.get("client") else ""
    query = scope["query_string"].decode("latin-1")
    answer = await server.handle(Request(scope["method"], scope["path"], query, headers, body, address, cut))
    return Answer(answer.status, {**answer.headers, "Connection": "close"}, answer.body) if cut else answer


async def _read_body(receive: Receive, announced: str, most: int) -> tuple[bytes, bool]:
    """The body, and whether it was longer than ``most``."""
    if announced.isdecimal() and int(announced[:20]) > most:
        return b"", True
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        return (b"", True) if len(body) > most else (body, False)
    pieces, size = [body], len(body)
    while message["type"] == "http.request" and message.get("more_body", False):
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            return b"", True
    if message["type"] != "http.request":
        raise _ClientGone
    return b"".join(pieces), False


async def _send(answer: Answer, method: str, send: Send) -> None:
    headers = [(_name(name), value.encode("latin-1", "replace")) for name, value in answer.headers.items()]
    body = b"" if answer.status in (204, 304) else answer.body
    if answer.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


@lru_cache(64)
def _name(name: str) -> bytes:
    """A header name as ASGI wants it; we have a dozen of them."""
    return name.lower().encode("latin-1")


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
