"""Listens for HTTP with uvicorn (uvloop, httptools) until SIGTERM or SIGINT, then lets running requests finish.

What speaks HTTP on a connection is one of two: ``direct`` hands requests straight to the server, ``asgi`` goes through ASGI as uvicorn does
for everybody. Both keep the same limits and give the same answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import partial
from typing import Any, Literal, TypeAlias

import uvicorn

from joiner.errors import JoinerError, Problem
from joiner.web.asgi import asgi_app
from joiner.web.asgi_protocol import LimitedProtocol
from joiner.web.direct_protocol import DirectProtocol, Shared
from joiner.web.server import OrgServer
from joiner.web.wire_limits import KEEP_ALIVE_SECONDS

Http: TypeAlias = Literal["direct", "asgi"]

BACKLOG = 1_024
TICKS_PER_SECOND = 10
"""How often uvicorn looks up from its work."""

DRAIN_SECONDS = 10
"""After a stop signal running requests get so long to finish."""


class _Server(uvicorn.Server):
    """uvicorn's server with our signals: it stops gracefully and does not raise the signal again afterwards."""

    def __init__(self, config: uvicorn.Config, shared: Shared, on_ready: Callable[[str, int], None], bound: socket.socket) -> None:
        super().__init__(config)
        self._shared, self._on_ready, self._bound = shared, on_ready, bound

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self._bound.getsockname()[:2]
        self._on_ready(host, port)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_SECOND == 0:
            self._shared.date = formatdate(usegmt=True)
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, DirectProtocol):
                    connection.look_at_clock(now)
        return await super().on_tick(counter)

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


async def listen(server: OrgServer, host: str, port: int, on_ready: Callable[[str, int], None], *, http: Http = "direct") -> None:
    """Serve until stopped. ``port`` 0 takes a free one; ``on_ready`` is told host and port once connections are taken.

    Raises JoinerError when the address cannot be opened.
    """
    bound = _bind(host, port)
    shared = Shared(server, formatdate(usegmt=True))
    options: dict[str, Any] = {
        "http": partial(DirectProtocol, shared) if http == "direct" else LimitedProtocol,
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
        await _Server(config, shared, on_ready, bound).serve(sockets=[bound])
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
