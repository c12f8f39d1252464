"""One connection without a socket: what the protocol does in each order of events, with time that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from rehearsal import CountedIds, JumpingClock
from uvicorn.server import ServerState
from wire_line import Clocked, Line

from joiner.store.org_store import open_org_store
from joiner.web.direct_protocol import LINGER_SECONDS, UNSENT_SECONDS_MAX, DirectProtocol, Shared
from joiner.web.request import Answer, Request
from joiner.web.server import OrgServer
from joiner.web.wire_limits import BODY_SECONDS_MAX, CONNECTIONS_MAX, HEAD_SECONDS_MAX, KEEP_ALIVE_SECONDS

GET = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"


class WaitingServer:
    """The real server behind a gate: requests wait until it is opened."""

    reads_inline = True

    def __init__(self) -> None:
        clock = JumpingClock()
        self.store = open_org_store(":memory:", clock)
        self._server = OrgServer(self.store, clock, CountedIds())
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, request: Request) -> Answer:
        if not self.gate.is_set():
            await self.gate.wait()
        return await self._server.handle(request)


class Place:
    """A listener's connections."""

    def __init__(self) -> None:
        self.loop, self.server, self.state = Clocked(), WaitingServer(), ServerState()
        self.protocol: Any = None

    def line(self, *, narrow: bool = False) -> Line:
        shared = Shared(self.server, "Sun, 06 Nov 1994 08:49:37 GMT")  # type: ignore[arg-type]
        self.protocol = DirectProtocol(shared, None, self.state, {}, self.loop)  # type: ignore[arg-type]
        return Line(self.loop, narrow=narrow).connect(self.protocol)

    async def after(self, seconds: float) -> None:
        self.loop.seconds += seconds
        for connection in list(self.state.connections):
            connection.look_at_clock(self.loop.seconds)  # type: ignore[union-attr]
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def at_a_place(story: Callable[[Place], Awaitable[None]]) -> None:
    async def main() -> None:
        place = Place()
        await story(place)
        place.server.store.close()

    asyncio.run(main())


def answers(line: Line) -> int:
    return line.said.count(b"HTTP/1.1 ")


def test_the_clock_does_not_cut_off_requests_that_wait_for_their_turn() -> None:
    """Between two answers of a pipeline nobody is being answered, and after its last request nothing more is read."""

    async def story(place: Place) -> None:
        line = place.line()
        await line.say([GET * 3 + LAST])
        while not line.closing:
            await place.after(0.01)
        assert answers(line) == 4

    at_a_place(story)


@pytest.mark.parametrize("sent", [GET * 3_000, GET * 3_000 + LAST, GET * 3_000 + GET[:20]])
def test_a_client_that_reads_slowly_gets_every_answer(sent: bytes) -> None:
    async def story(place: Place) -> None:
        line = place.line(narrow=True)
        await line.say([sent])
        await line.quiet()
        while line.full:
            await place.after(UNSENT_SECONDS_MAX - 1)
            assert not line.closing
            line.take()
            await line.quiet()
        assert answers(line) == sent.count(b"\r\n\r\n")

    at_a_place(story)


def test_a_client_that_takes_nothing_is_given_up() -> None:
    async def story(place: Place) -> None:
        line = place.line(narrow=True)
        await line.say([GET * 3_000])
        await line.quiet()
        assert line.full
        assert line.paused
        await place.after(UNSENT_SECONDS_MAX + 1)
        assert line.aborted
        assert not place.state.connections

    at_a_place(story)


def test_what_waits_for_one_slow_answer_is_bounded() -> None:
    async def story(place: Place) -> None:
        line = place.line()
        place.server.gate.clear()
        await line.say([GET, GET * 7_000])
        assert line.paused
        assert len(place.protocol._reader.ready) < 500
        assert not line.said
        await place.after(1_000)  # who waits for us is not out of time
        place.server.gate.set()
        await line.hear()
        assert answers(line) == 7_001
        assert not line.paused

    at_a_place(story)


def test_a_client_that_said_its_last_word_is_answered_and_left() -> None:
    async def story(place: Place) -> None:
        for sent in (GET * 3_000, GET * 3_000 + GET[:20]):
            line = place.line()
            await line.say([sent])
            await line.hang_up()
            assert answers(line) == 3_000
            assert line.lost
        for sent in (b"", GET[:20], POST):
            line = place.line()
            await line.say([sent])
            await line.hang_up()
            assert (bytes(line.said), line.lost) == (b"", True)

    at_a_place(story)


@pytest.mark.parametrize(
    ("sent", "seconds", "answer"),
    [
        (b"", HEAD_SECONDS_MAX, b" 408 "),
        (GET[:9], HEAD_SECONDS_MAX, b" 408 "),
        (POST, BODY_SECONDS_MAX, b" 408 "),
        (GET, KEEP_ALIVE_SECONDS, b" 200 "),
    ],
)
def test_each_patience_has_its_end(sent: bytes, seconds: float, answer: bytes) -> None:
    async def story(place: Place) -> None:
        line = place.line()
        await line.say([sent])
        await line.hear()
        await place.after(seconds - 1)
        assert not line.closing
        await place.after(2)
        assert answer in line.said
        assert answers(line) == 1
        await place.after(LINGER_SECONDS + 1)
        assert line.lost

    at_a_place(story)


def test_bytes_one_by_one_do_not_buy_time() -> None:
    async def story(place: Place) -> None:
        line = place.line()
        for byte in GET[:-1]:
            await line.say([bytes([byte])])
            await place.after(1)
        assert b" 408 " in line.said

    at_a_place(story)


def test_after_a_refusal_nothing_is_said_whatever_comes() -> None:
    async def story(place: Place) -> None:
        line = place.line()
        await line.say([GET + b"NONSENSE\r\n\r\n" + GET, GET, POST, b"\0" * 100_000])
        await line.hear()
        assert answers(line) == 2
        assert line.ended
        assert not line.closing
        await place.after(LINGER_SECONDS + 1)
        assert line.lost

    at_a_place(story)


def test_a_client_that_leaves_takes_nothing_of_the_server_with_it() -> None:
    async def story(place: Place) -> None:
        line = place.line()
        place.server.gate.clear()
        await line.say([GET, GET * 1_000])
        line.close()
        await line.quiet()
        assert line.lost
        place.server.gate.set()
        await line.quiet()
        assert not line.said
        assert not place.state.tasks
        assert not place.protocol._reader.more()

    at_a_place(story)


def test_one_connection_too_many_is_told_to_come_back() -> None:
    async def story(place: Place) -> None:
        place.state.connections.update(object() for _ in range(CONNECTIONS_MAX))  # type: ignore[misc]
        line = place.line()
        await line.say([GET])
        assert b" 503 " in line.said
        assert b"\r\nRetry-After: 2\r\n" in line.said
        assert answers(line) == 1

    at_a_place(story)


def test_a_place_that_closes_finishes_the_request_that_it_answers() -> None:
    async def story(place: Place) -> None:
        idle = place.line()
        await idle.say([GET])
        lingering = place.line()
        await lingering.say([b"NONSENSE\r\n\r\n"])
        busy = place.line()
        place.server.gate.clear()
        await busy.say([GET, GET * 2_000])
        for connection in list(place.state.connections):
            connection.shutdown()
        await idle.quiet()
        assert (idle.lost, lingering.lost, busy.closing) == (True, True, False)
        place.server.gate.set()
        await busy.hear()
        assert (answers(busy), busy.lost) == (1, True)
        assert b"\r\nConnection: close\r\n" in busy.said

    at_a_place(story)
