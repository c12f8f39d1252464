"""HTTP connections without ASGI between them and :class:`OrgServer`: half the price of a request that reads.

uvicorn still listens, takes signals and drains; this is the protocol it puts on each connection (its ``http`` setting). Requests of a
connection are answered one after the other, in their order. A request that never waits is answered within the turn of the loop in which
it came; only one that waits is carried on later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from joiner.web.answer_bytes import CONTINUE, format_answer
from joiner.web.answers import plain_refusal_answer
from joiner.web.carried_on import CarriedOn
from joiner.web.request import Answer
from joiner.web.request_reader import BODY, ENDED, HEAD, IDLE, Incoming, RequestReader
from joiner.web.server import OrgServer
from joiner.web.wire_limits import BODY_SECONDS_MAX, CONNECTIONS_MAX, HEAD_SECONDS_MAX, KEEP_ALIVE_SECONDS

LINGER_SECONDS = 2.0
"""What is still sent after a refusal is read and thrown away for so long: closing at once would take the answer back (RFC 9112 §9.6)."""

UNSENT_SECONDS_MAX = 60.0
"""A client that takes nothing of its answers is waited for so long."""

PATIENCE_SECONDS = {
    IDLE: float(KEEP_ALIVE_SECONDS),
    HEAD: HEAD_SECONDS_MAX,
    BODY: BODY_SECONDS_MAX,
    ENDED: 0.0,
}


@dataclass(slots=True)
class Shared:
    """What the connections of one listener share. ``date`` is the HTTP date, renewed each second."""

    server: OrgServer
    date: str = ""


class DirectProtocol(asyncio.Protocol):
    """One connection. Times are the loop's seconds."""

    def __init__(
        self,
        shared: Shared,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._shared, self._server, self._state = shared, shared.server, server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._since = self._loop.time()
        self._watched = HEAD
        self._current: Incoming | None = None
        self._paused = self._full = self._closing = False
        self._reader: RequestReader
        self._transport: asyncio.Transport

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # asyncio hands streams a Transport
        peer = transport.get_extra_info("peername")
        self._reader = RequestReader(peer[0] if peer else "")
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own two classes
        if len(self._state.connections) > CONNECTIONS_MAX:
            answer = plain_refusal_answer(503, "Too many connections are open. Try again.", {"Retry-After": "2"})
            self._reader.refuse(answer)
            self._answer_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        self._closing = True
        self._reader.forget()

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        if reader.state is not self._watched:
            self._watched, self._since = reader.state, self._loop.time()
        if reader.ready:
            self._answer_next()
            if not self._closing and reader.more():
                self._paused = True
                self._transport.pause_reading()
        else:
            self._invite()

    def eof_received(self) -> bool:
        """The client says no more. Who waits for an answer still gets it."""
        self._reader.end()
        return not self._closing and (self._current is not None or bool(self._reader.ready))

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._since = self._loop.time()
        self._answer_next()

    # What the listener tells

    def shutdown(self) -> None:
        """Finish what is being answered, then close."""
        self._reader.forget()
        if self._current is None:
            self._close(linger=False)

    def look_at_clock(self, now: float) -> None:
        """Give up on who says nothing, or does not listen, for too long. Called about once a second."""
        waited = now - self._since
        if (self._closing or self._full) and waited > UNSENT_SECONDS_MAX:
            self._closing = True
            self._transport.abort()
        elif self._closing:
            if waited > LINGER_SECONDS:
                self._transport.close()
        elif self._full or self._current is not None or self._reader.ready:
            return  # it is our turn, or the client reads slowly
        elif waited > PATIENCE_SECONDS[self._reader.state]:
            if self._reader.time_out():
                self._answer_next()
            else:
                self._close(linger=False)

    # Requests, one after the other

    def _answer_next(self) -> None:
        if self._current is not None or self._full or self._closing or not self._reader.ready:
            return
        self._current = incoming = self._reader.ready.popleft()
        if incoming.refusal is not None:
            self._finish(incoming, incoming.refusal)
            return
        answering = self._server.handle(incoming.request)
        if self._server.reads_inline:
            try:
                waiting_for = answering.send(None)
            except StopIteration as done:
                self._finish(incoming, done.value)
                return
            later: Any = CarriedOn(answering, waiting_for, self._answered_later)
        else:
            later = self._loop.create_task(self._answer_later(incoming, answering))
            later.add_done_callback(self._state.tasks.discard)
        self._state.tasks.add(later)

    def _answered_later(self, later: Any, answer: Answer | None) -> None:
        self._state.tasks.discard(later)
        if answer is None:
            self._transport.abort()  # cancelled: the time to drain is over
        elif self._current is not None:
            self._finish(self._current, answer)

    async def _answer_later(self, incoming: Incoming, answering: Coroutine[Any, Any, Answer]) -> None:
        try:
            answer = await answering
        except BaseException:
            self._transport.abort()  # as above
            raise
        self._finish(incoming, answer)

    def _finish(self, incoming: Incoming, answer: Answer) -> None:
        reader = self._reader
        self._current = None
        self._state.total_requests += 1
        self._since = self._loop.time()
        if self._closing:
            return  # the client is gone
        more = reader.more()
        last = incoming.last or (reader.state is ENDED and not more)
        self._transport.writelines(format_answer(answer, self._shared.date, head_only=incoming.request.method == "HEAD", last=last))
        if last:
            self._close(linger=incoming.refusal is not None or incoming.request.cut)
        elif more:
            self._loop.call_soon(self._answer_next)  # others first
        else:
            self._invite()

    def _invite(self) -> None:
        """Nothing is left to answer: hear more."""
        if self._closing:
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if self._reader.wants_continue and self._current is None:
            self._reader.wants_continue = False
            self._transport.write(CONTINUE)

    def _close(self, *, linger: bool) -> None:
        self._closing = True
        if linger and self._transport.can_write_eof():
            self._transport.write_eof()
            if self._paused:
                self._transport.resume_reading()
        else:
            self._transport.close()
