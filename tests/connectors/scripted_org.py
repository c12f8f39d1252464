"""A real HTTP server on loopback that answers from a script, and a clock that jumps instead of waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = '{"access_token": "token-1", "token_type": "bearer", "expires_in": 86400}'
JSON = {"Content-Type": "application/json"}


class JumpingClock:
    """Time passes only by sleeping; ``slept`` holds each wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.seconds = 1_000.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds - 1_000.0)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.seconds += seconds


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer. ``cut`` closes the connection after half of the body, ``dropped`` before any answer."""

    status: int = 200
    body: str | bytes = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    dropped: bool = False


@dataclass(slots=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class ScriptedOrg:
    """Answers in order; ``tokens`` are the answers of /oauth/token (the last one repeats)."""

    url: str
    answers: list[Scripted]
    tokens: list[Scripted]
    seen: list[Seen] = field(default_factory=list)
    token_requests: list[Seen] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(request.method, request.path_qs, {name.lower(): value for name, value in request.headers.items()}, await request.read())
        if request.path.endswith("/oauth/token"):
            self.token_requests.append(seen)
            answer = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        else:
            self.seen.append(seen)
            assert self.answers, f"no answer left for {seen.method} {seen.path}"
            answer = self.answers.pop(0)
        return await _answer(request, answer)


async def _answer(request: web.Request, answer: Scripted) -> web.StreamResponse:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    if answer.dropped or answer.cut:
        transport = request.transport
        assert transport is not None
        if answer.cut:
            head = f"HTTP/1.1 {answer.status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            transport.write(head.encode() + body[: len(body) // 2])
        transport.close()
        return web.Response()
    return web.Response(status=answer.status, body=body, headers={**JSON, **answer.headers})


@asynccontextmanager
async def scripted_org(
    answers: Sequence[Scripted] = (), tokens: Sequence[Scripted] = (Scripted(body=TOKEN),)
) -> AsyncIterator[ScriptedOrg]:
    org = ScriptedOrg("", list(answers), list(tokens))
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", org.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    org.url = f"http://{address[0]}:{address[1]}"
    try:
        yield org
    finally:
        await runner.cleanup()
