"""HTTP over aiohttp as a Wire: one exchange, no redirect, no retry, and a limit on everything.

Credentials never follow a redirect (none is followed), cookies are not kept, and an answer larger than the limit is no
answer. What a status means is not decided here.

One thing aiohttp does by itself and cannot be told not to: a GET, PUT or DELETE whose connection closes before a single
byte of answer came is sent once more. Joiner writes with POST and PATCH only, which are never repeated.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import Problem, Unreachable

ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""Counted after decompression, so that a small compressed answer cannot become a large one."""
CONNECTIONS_MAX = 16
KEEP_ALIVE_SECONDS = 4.0
"""Below the 5 s after which uvicorn closes an idle connection: a write must not meet a connection that is being closed."""
CHUNK_BYTES = 256 * 1024
CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ConnectionTimeoutError, "no connection within {connect:g} s"),
    (TimeoutError, "no whole answer within {total:g} s"),
    (aiohttp.ClientConnectorCertificateError, "the server's certificate is not trusted, or does not fit its name"),
    (aiohttp.ClientConnectorSSLError, "no TLS there: is it http:// or another port?"),
    (aiohttp.ClientConnectorDNSError, "no such host name"),
    (aiohttp.ClientConnectorError, "no connection: {reason}"),
    (aiohttp.ServerDisconnectedError, "the server closed the connection before it answered"),
    (aiohttp.InvalidURL, "the address is not a URL"),
)
"""What went wrong, in the order in which it is recognised: the narrower kind first."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """``total_seconds`` bounds a whole exchange, body included."""

    connect_seconds: float = 10.0
    total_seconds: float = 60.0


class AiohttpWire:
    """The Wire of the product. The session is opened by the first request, inside the running loop; :meth:`close` ends it."""

    def __init__(
        self,
        timeouts: Timeouts = Timeouts(),
        *,
        user_agent: str = "joiner",
        proxy: str | None = None,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
    ) -> None:
        self._timeouts = timeouts
        self._user_agent = user_agent
        self._proxy = proxy
        self._answer_bytes_max = answer_bytes_max
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Raises Unreachable when no whole answer came; for a write that means that its outcome is unknown."""
        session = self._open_session()
        try:
            async with session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body or None,
                allow_redirects=False,
                proxy=self._proxy,
            ) as response:
                body = await self._read_body(response, request)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return HttpAnswer(response.status, headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            raise _unreachable(request, _explain(failure, self._timeouts)) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=KEEP_ALIVE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=self._timeouts.total_seconds, connect=self._timeouts.connect_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self._user_agent},
                trust_env=False,
            )
        return self._session

    async def _read_body(self, response: aiohttp.ClientResponse, request: HttpRequest) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > self._answer_bytes_max:
                response.close()
                raise _unreachable(request, f"the answer is larger than {self._answer_bytes_max} bytes")
            chunks.append(chunk)
        return b"".join(chunks)


def _explain(failure: BaseException, timeouts: Timeouts) -> str:
    """The cause in words for people. The text of exceptions may quote headers, so only known parts are passed on."""
    cause = next((words for kind, words in CAUSES if isinstance(failure, kind)), "the answer broke off ({kind})")
    reason = os.strerror(failure.errno) if isinstance(failure, OSError) and failure.errno else "refused"
    return cause.format(connect=timeouts.connect_seconds, total=timeouts.total_seconds, reason=reason, kind=type(failure).__name__)


def _unreachable(request: HttpRequest, reason: str) -> Unreachable:
    address = request.url.split("?", 1)[0]
    rows = (("request", f"{request.method} {address}"), ("found", reason))
    return Unreachable(Problem("JN2003", f"no answer from {_host(address)}", rows, "check the address, the network and the proxy"))


def _host(address: str) -> str:
    return address.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
