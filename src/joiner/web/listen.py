"""Listens for HTTP with uvicorn (uvloop, httptools) until SIGTERM or SIGINT, then lets running requests finish."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from joiner.errors import JoinerError, Problem
from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.asgi import asgi_app
from joiner.web.server import OrgServer

BACKLOG = 1_024
KEEP_ALIVE_SECONDS = 75
DRAIN_SECONDS = 10
"""After a stop signal running requests get so long to finish."""

CONNECTIONS_MAX = 4_096
"""Open at once; one more is told to come back. An identity provider keeps a handful."""

HEAD_SECONDS_MAX = 20.0
"""A request line with its headers must be complete within this time."""

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

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

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


class _Server(uvicorn.Server):
    """uvicorn's server with our signals: it stops gracefully and does not raise the signal again afterwards."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[str, int], None], bound: socket.socket) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._bound = bound

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self._bound.getsockname()[:2]
        self._on_ready(host, port)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        caught = []
        for number in (signal.SIGTERM, signal.SIGINT):
            # Outside the main thread there are no signals to catch: whoever runs us there cancels the task.
            with contextlib.suppress(ValueError, RuntimeError):
                loop.add_signal_handler(number, self._stop)
                caught.append(number)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        if self.should_exit:
            self.force_exit = True  # the second signal means now
        self.should_exit = True


async def listen(server: OrgServer, host: str, port: int, on_ready: Callable[[str, int], None]) -> None:
    """Serve until stopped. ``port`` 0 takes a free one; ``on_ready`` is told host and port once connections are taken.

    Raises JoinerError when the address cannot be opened.
    """
    bound = _bind(host, port)
    options: dict[str, Any] = {
        "http": LimitedProtocol,
        "loop": "none",
        "lifespan": "off",
        "ws": "none",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        # Whom a client says he is for is not believed: the address only slows guessing down, and anybody could write the header.
        "proxy_headers": False,
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": DRAIN_SECONDS,
    }
    config = uvicorn.Config(asgi_app(server), **options)
    try:
        await _Server(config, on_ready, bound).serve(sockets=[bound])
    finally:
        bound.close()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        rows = (("address", f"{host}:{port}"), ("found", getattr(error, "strerror", None) or str(error)))
        fix = "Stop what listens there, or choose another address with --listen HOST:PORT."
        raise JoinerError(Problem("JN6406", "the address cannot be listened on", rows, fix)) from error
