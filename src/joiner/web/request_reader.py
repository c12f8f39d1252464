"""Bytes of one connection to :class:`Request` values: httptools reads HTTP/1.1, this keeps to our limits. Knows no transport and no clock.

::

    feed(bytes) ──> ready: Incoming, Incoming, …          state: IDLE ─ HEAD ─ BODY ─ IDLE …  or ENDED

What cannot be read or is too long becomes an :class:`Incoming` with a refusal, in its turn behind the requests before it; nothing that
comes after it on the connection is looked at (RFC 9112 §11.2: a second reading of the same bytes is how requests are smuggled).

What a client can make us hold: the bytes of one reading of its socket, the requests in one piece of them, one head, one body.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple
from urllib.parse import unquote

import httptools

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.answers import plain_refusal_answer
from joiner.web.head_rules import Field, Head, read_head, split_target
from joiner.web.request import Answer, Request
from joiner.web.wire_limits import FRAMING_SHARE_MAX, PIECE_BYTES_MAX, body_bytes_max

_LENGTH_OF_NAME = len("Content-Length")
"""That header speaks of one body, not of the client: it is kept beside the head, which is then the same for bodies of any length."""


class Reading(Enum):
    """What a connection is waiting for."""

    IDLE = "the first byte of a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    ENDED = "nothing: whatever comes is thrown away"


IDLE, HEAD, BODY, ENDED = Reading.IDLE, Reading.HEAD, Reading.BODY, Reading.ENDED
"""Names of their own, because a member asked of its class costs as much as a call of a function: a request asks twenty times."""


class Incoming(NamedTuple):
    """A request, or why there is none; ``last`` says that the connection ends with the answer."""

    request: Request
    last: bool = False
    refusal: Answer | None = None


class RequestReader:
    """One per connection. The methods that begin with ``on_`` are httptools' callbacks."""

    __slots__ = (
        "_address",
        "_announced",
        "_begun_before",
        "_body",
        "_body_bytes_max",
        "_body_wire_bytes",
        "_fields",
        "_head",
        "_head_wire_bytes",
        "_headers",
        "_http_1_0",
        "_method",
        "_no_more",
        "_other_head",
        "_parser",
        "_path",
        "_query",
        "_switches",
        "_unread",
        "_url",
        "ready",
        "state",
        "wants_continue",
    )

    def __init__(self, address: str) -> None:
        self.ready: deque[Incoming] = deque()
        self.state = HEAD
        self.wants_continue = False
        self._address = address
        self._unread = memoryview(b"")
        self._no_more = self._switches = self._begun_before = self._http_1_0 = False
        self._method = self._path = self._query = ""
        self._url = self._announced = b""
        self._fields: list[Field] = []
        self._head = self._other_head = Head("", [], {}, None, {})
        self._headers: Mapping[str, str] = {}
        self._head_wire_bytes = self._body_wire_bytes = self._body_bytes_max = 0
        self._body = bytearray()
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Take what came. Never raises."""
        if self._unread or len(data) > PIECE_BYTES_MAX:
            self._unread = memoryview(bytes(self._unread) + data)
            self._read_on()
        elif self.state is not ENDED:
            self._read(data)

    def more(self) -> bool:
        """Whether a request is ready. One that came long ago is read only now: thousands fit into what one reading of a socket brings."""
        if self._unread and not self.ready:
            self._read_on()
        return bool(self.ready)

    def end(self) -> None:
        """The client says no more; what it said is answered."""
        self._no_more = True
        if not self._unread:
            self.state = ENDED

    def forget(self) -> None:
        """Nothing that came is answered any more."""
        self.ready.clear()
        self._stop()

    def time_out(self) -> bool:
        """Refuse the request that is not complete; False if none is awaited."""
        if self.state not in (HEAD, BODY):
            return False
        what = "request line and headers" if self.state is HEAD else "body"
        self.refuse(plain_refusal_answer(408, f"The {what} did not come in time."))
        return True

    def refuse(self, answer: Answer) -> None:
        """Answer whatever is being read with this, and read no more."""
        if self.state is not ENDED:
            method = self._parser.get_method().decode("ascii") if self._url else "GET"  # an answer to HEAD has no body
            self.ready.append(Incoming(Request(method, ""), last=True, refusal=answer))
            self._stop()

    def _stop(self) -> None:
        self.state = ENDED
        self.wants_continue = False
        self._unread = memoryview(b"")
        self._body = bytearray()

    def _read_on(self) -> None:
        while self._unread and not self.ready and self.state is not ENDED:
            piece, self._unread = bytes(self._unread[:PIECE_BYTES_MAX]), self._unread[PIECE_BYTES_MAX:]
            self._read(piece)
        if self.state is ENDED or (self._no_more and not self._unread):
            self._stop()

    def _read(self, piece: bytes) -> None:
        self._begun_before, was = True, self.state
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade as reached:
            self._read_as_it_is(piece[reached.args[0] :])
        except httptools.HttpParserError:
            self.refuse(plain_refusal_answer(400, "This cannot be read as an HTTP request (RFC 9112)."))
        if self.state is HEAD:
            if self._begun_before:  # else most of these bytes may belong to the request before it
                self._head_wire_bytes += len(piece)
            if self._head_wire_bytes > HEADER_BYTES_MAX:
                self._end_too_long()
        elif self.state is BODY and was is BODY:
            self._body_wire_bytes += len(piece)
            if self._body_wire_bytes > HEADER_BYTES_MAX + FRAMING_SHARE_MAX * len(self._body):
                self.refuse(plain_refusal_answer(400, "Sizes and extensions of chunks, and trailers, are far longer than the body."))

    def _read_as_it_is(self, rest: bytes) -> None:
        """Read the request that would like to speak another protocol afterwards (RFC 9110 §7.8): we speak none, so it is one like others.

        httptools takes whatever comes behind such a head for the other protocol, even a body. So it is told the head again, without
        that wish. What comes behind the request is not looked at: a proxy may have taken it for what it does not understand.
        """
        self._switches = False
        if self.state is ENDED:
            return
        version = self._parser.get_http_version()
        headers = {name: value for name, value in self._headers.items() if name != "upgrade"} | {"connection": "close"}
        if self._announced:
            headers["content-length"] = self._announced.decode("latin-1")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._parser = httptools.HttpRequestParser(self)
        self._read(b"%s %s HTTP/%s\r\n%s\r\n" % (self._method.encode(), self._url, version.encode(), lines.encode("latin-1")) + rest)

    def on_message_begin(self) -> None:
        if self.state is not ENDED:
            self.state = HEAD
            self._url, self._announced, self._fields = b"", b"", []
            self._head_wire_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Later it is a trailer, which must not change what was said before (RFC 9110 §6.5.1), or it belongs to what is thrown away.
        if self.state is HEAD:
            if len(name) == _LENGTH_OF_NAME and name.lower() == b"content-length":
                self._announced = value  # a second one httptools does not take
            else:
                self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        if self.state is ENDED:
            return
        parser = self._parser
        method = self._method = parser.get_method().decode("ascii")
        version = parser.get_http_version()
        self._http_1_0 = version == "1.0"
        head = self._find_head(version, self._fields)
        headers = self._headers = head.headers
        if self._head_wire_bytes and self._counted_head_bytes() > HEADER_BYTES_MAX:  # two pieces are never too long
            self._end_too_long()
            return
        target = split_target(method, self._url)
        if head.fault is not None or target is None:
            self.refuse(head.fault or plain_refusal_answer(400, "The request target is none that a server has (RFC 9112 §3.2)."))
            return
        if parser.should_upgrade():
            self._switches = True
            return
        path, query, host = target
        self._path = unquote(path.decode("ascii")) if path.find(b"%") >= 0 else path.decode("ascii")
        self._query = query.decode("ascii")
        if host is not None:
            headers = self._headers = {**headers, "host": host}  # RFC 9112 §3.2.2
        announced = self._announced or b"0"
        if announced == b"0" and "transfer-encoding" not in headers:
            return
        self.state = BODY
        self._body_wire_bytes, self._body_bytes_max = 0, body_bytes_max(headers)
        if int(announced[:20]) > self._body_bytes_max:
            self._cut()
        else:
            self.wants_continue = not self._http_1_0 and "100-continue" in headers.get("expect", "").lower()

    def on_body(self, piece: bytes) -> None:
        if self.state is ENDED:
            return
        if len(self._body) + len(piece) > self._body_bytes_max:
            self._cut()
        else:
            self._body += piece

    def on_message_complete(self) -> None:
        if self.state is ENDED or self._switches:
            return
        body = b""
        if self._body:
            body, self._body = bytes(self._body), bytearray()
        last = self._http_1_0 or not self._parser.should_keep_alive()
        self.ready.append(Incoming(self._request(body), last))
        self.wants_continue = self._begun_before = False
        self.state = ENDED if last else IDLE

    def _find_head(self, version: str, fields: list[Field]) -> Head:
        """The head that these lines are, read once. The last two are kept: clients send one with reads and another with writes."""
        head, other = self._head, self._other_head
        if head.fields == fields and head.version == version:
            return head
        known = other.fields == fields and other.version == version
        self._head, self._other_head = other if known else read_head(version, fields), head
        return self._head

    def _counted_head_bytes(self) -> int:
        length = len(self._announced) + _LENGTH_OF_NAME + 4 if self._announced else 0
        return len(self._url) + length + sum(len(name) + len(value) + 4 for name, value in self._headers.items())

    def _cut(self) -> None:
        """The body is longer than what is read: who may not send it at all is told so first, so the request goes on without it."""
        self.ready.append(Incoming(self._request(b"", cut=True), last=True))
        self._stop()

    def _request(self, body: bytes, *, cut: bool = False) -> Request:
        notes = self._head.notes if self._headers is self._head.headers else None
        return Request(self._method, self._path, self._query, self._headers, body, self._address, cut, notes)

    def _end_too_long(self) -> None:
        self.refuse(plain_refusal_answer(431, f"The request line and headers may have {HEADER_BYTES_MAX} bytes together."))
