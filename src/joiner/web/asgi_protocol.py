"""HTTP connections through ASGI: uvicorn's own httptools protocol, held to our limits."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.head_rules import split_target
from joiner.web.wire_limits import CONNECTIONS_MAX, HEAD_SECONDS_MAX

_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's httptools protocol with what it lacks: limits on connections, on the size of an unfinished head and on its time."""

    _head_bytes = 0
    _in_head = False
    _head_timer: asyncio.TimerHandle | None = None
    _whole: WholeAnswers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = self._whole = WholeAnswers(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            self._give_up(_TOO_MANY)
            return
        self._start_timer()  # somebody who never says anything is not waited for either

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEADER_BYTES_MAX:
                self._give_up(_TOO_LONG)
            elif self._head_timer is None:  # most heads come whole: only one that does not is timed
                self._start_timer()

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a trailer must not change what was said before (RFC 9110 §6.5.1)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        switches = self.parser.should_upgrade()
        if split_target(self.parser.get_method().decode("ascii"), self.url) is None or (switches and self._announces_body()):
            # Of a body behind a wish to speak another protocol uvicorn would make the next request.
            raise ValueError("such a request is not served")
        super().on_headers_complete()
        if switches:
            self.cycle.keep_alive = False

    def _announces_body(self) -> bool:
        return any(name == b"transfer-encoding" or (name == b"content-length" and int(value[:20])) for name, value in self.headers)

    def on_response_complete(self) -> None:
        self._whole.flush()  # an answer to HEAD has no second part
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _give_up(self, answer: bytes) -> None:
        self._in_head = False
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._give_up, _TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class WholeAnswers(asyncio.Transport):
    """A transport that sends the head of an answer together with its body: one system call for two, a tenth of a small answer.

    uvicorn writes head and body one after the other in the same turn of the loop; a head waits here for what follows it.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._head:
            data = self._head + bytes(data)
            self._head = b""
        elif data[:9] == b"HTTP/1.1 " and data[9:12] != b"100":
            self._head = bytes(data)
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send a head that nothing follows."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)
