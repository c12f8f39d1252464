"""Bytes of one connection to :class:`Request` values: httptools reads HTTP/1.1, this keeps to our limits. Knows no transport and no clock.

::

    feed(bytes) ──> ready: Incoming, Incoming, …          state: IDLE ─ HEAD ─ BODY ─ IDLE …  or ENDED

What cannot be read or is too long becomes an :class:`Incoming` with a refusal, in its turn behind the requests before it; nothing that
comes after it on the connection is looked at (RFC 9112 §11.2: a second reading of the same bytes is how requests are smuggled).
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import NamedTuple
from urllib.parse import unquote

import httptools

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.answers import plain_refusal_answer
from joiner.web.request import Answer, Request
from joiner.web.wire_limits import body_bytes_max


class Reading(Enum):
    """What a connection is waiting for."""

    IDLE = "the first byte of a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    ENDED = "nothing: whatever comes is thrown away"


class Incoming(NamedTuple):
    """A request, or why there is none; ``last`` says that the connection ends with the answer."""

    request: Request
    last: bool = False
    refusal: Answer | None = None


class RequestReader:
    """One per connection. The methods that begin with ``on_`` are httptools' callbacks."""

    __slots__ = (
        "_address",
        "_body",
        "_body_bytes_left",
        "_chunk_bytes",
        "_completed_one",
        "_head_bytes",
        "_headers",
        "_parser",
        "_url",
        "ready",
        "state",
        "wants_continue",
    )

    def __init__(self, address: str) -> None:
        self.ready: deque[Incoming] = deque()
        self.state = Reading.HEAD
        self.wants_continue = False
        self._address = address
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes_left = 0
        self._head_bytes = self._chunk_bytes = 0
        self._completed_one = False
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Take what came. Never raises."""
        if self.state is Reading.ENDED:
            return
        self._chunk_bytes, self._completed_one = len(data), False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.state = Reading.ENDED  # the request itself is taken; what would follow is another protocol, and we speak none
        except httptools.HttpParserError:
            self.refuse(plain_refusal_answer(400, "This cannot be read as an HTTP request (RFC 9112)."))
        if self.state is Reading.HEAD:
            if not self._completed_one:  # else most of these bytes may belong to the request before it
                self._head_bytes += len(data)
            if self._head_bytes > HEADER_BYTES_MAX:
                self._end_too_long()

    def time_out(self) -> bool:
        """Refuse the request that is not complete; False if none is awaited."""
        if self.state not in (Reading.HEAD, Reading.BODY):
            return False
        what = "request line and headers" if self.state is Reading.HEAD else "body"
        self.refuse(plain_refusal_answer(408, f"The {what} did not come in time."))
        return True

    def refuse(self, answer: Answer) -> None:
        """Answer whatever is being read with this, and read no more."""
        if self.state is not Reading.ENDED:
            self.state = Reading.ENDED
            self.ready.append(Incoming(Request("GET", ""), last=True, refusal=answer))

    def on_message_begin(self) -> None:
        if self.state is not Reading.ENDED:
            self.state = Reading.HEAD
            self._url, self._headers, self._head_bytes = b"", {}, 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower().decode("latin-1")] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self.state is Reading.ENDED:
            return
        headers = self._headers
        if self._head_bytes + self._chunk_bytes > HEADER_BYTES_MAX and self._counted_head_bytes() > HEADER_BYTES_MAX:
            self._end_too_long()
            return
        announced = headers.get("content-length", "0")
        if announced == "0" and "transfer-encoding" not in headers:
            return
        self.state = Reading.BODY
        self._body, self._body_bytes_left = [], body_bytes_max(headers)
        if int(announced[:20]) > self._body_bytes_left:
            self._cut()
        else:
            self.wants_continue = headers.get("expect", "").lower() == "100-continue"

    def on_body(self, piece: bytes) -> None:
        if self.state is Reading.ENDED:
            return
        self._body_bytes_left -= len(piece)
        self._body.append(piece)
        if self._body_bytes_left < 0:
            self._cut()

    def on_message_complete(self) -> None:
        if self.state is Reading.ENDED:
            return
        body = b"" if self.state is Reading.HEAD else self._body[0] if len(self._body) == 1 else b"".join(self._body)
        parser = self._parser
        last = parser.get_http_version() == "1.0" or not parser.should_keep_alive()
        self.ready.append(Incoming(self._request(body), last))
        self.wants_continue, self._completed_one = False, True
        self.state = Reading.ENDED if last else Reading.IDLE

    def _counted_head_bytes(self) -> int:
        headers = self._headers
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in headers.items())

    def _cut(self) -> None:
        """The body is longer than what is read: who may not send it at all is told so first, so the request goes on without it."""
        self._body = []
        self.ready.append(Incoming(self._request(b"", cut=True), last=True))
        self.state = Reading.ENDED

    def _request(self, body: bytes, *, cut: bool = False) -> Request:
        path, query = _split(self._url)
        return Request(self._parser.get_method().decode("ascii"), path, query, self._headers, body, self._address, cut)

    def _end_too_long(self) -> None:
        self.refuse(plain_refusal_answer(431, f"The request line and headers may have {HEADER_BYTES_MAX} bytes together."))


def _split(target: bytes) -> tuple[str, str]:
    """Path (decoded) and query of a request target, in origin form or, as a proxy sends it, in absolute form (RFC 9112 §3.2)."""
    if target[:1] == b"/" and b"#" not in target:
        raw_path, _, raw_query = target.partition(b"?")
    else:
        parts = httptools.parse_url(target)
        raw_path, raw_query = parts.path or b"", parts.query or b""
    path = raw_path.decode("ascii")
    return unquote(path) if "%" in path else path, raw_query.decode("latin-1")
