"""One stream on its way to the servers, and the promises it is judged by."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import uvicorn
from uvicorn.server import ServerState
from wire_line import Clocked, Line
from wire_streams import Chance, Stream
from wire_strict import Strict, Told, strict_answers, strict_requests
from world import Logged, World

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.asgi import asgi_app
from joiner.web.asgi_protocol import LimitedProtocol
from joiner.web.direct_protocol import DirectProtocol, Shared
from joiner.web.request import Answer, Request
from joiner.web.wire_limits import BODY_BYTES_MAX

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
SOCKET_EVERY = 100
"""One legal pipeline in so many goes over a real socket as well."""
READY_MAX = 320
"""Requests that are ready together, of one piece of what a socket brought: the shortest has 26 bytes."""

REFUSALS = {400, 408, 431, 501, 505}
"""What the listener itself answers."""

AT_ONCE = "asgi refuses a broken request at once and drops those before it: uvicorn writes its 400 from within the parser"
NO_HOST = "asgi takes the Host header where the target names another host: ASGI hands on only its path and query"
WISH = "asgi shows the headers of who would like another protocol; direct reads the request without that wish"
LIMITS = "direct refuses what is too long for its framing or head, counted byte by byte; asgi counts what is left of it"
DIFFERENCES = (AT_ONCE, NO_HOST, WISH, LIMITS)
"""What ``asgi`` takes may differ from what ``direct`` takes for these reasons, and no other. It never takes what the letter does not."""


class Waiting:
    """A real server that takes its time: some requests wait some turns of the loop, as with a slow store. Keeps what it was asked."""

    def __init__(self, world: World, reads_inline: bool) -> None:
        self.world, self._server, self.reads_inline = world, world.server, reads_inline
        self.taken: list[Request] = []
        self.turns: list[int] = []

    async def handle(self, request: Request) -> Answer:
        self.taken.append(request)
        for _ in range(self.turns[len(self.taken) % len(self.turns)] if self.turns else 0):
            await asyncio.sleep(0)
        return await self._server.handle(request)


class Place:
    """One server with one way of speaking HTTP."""

    def __init__(self, http: str, profile: str, *, reads_inline: bool = True) -> None:
        self.http, self.loop, self.state = http, Clocked(), ServerState()
        self.state.default_headers = [(b"date", DATE.encode())]  # uvicorn's server sets it for its own protocols
        self.server = Waiting(World(profile), reads_inline)
        self._shared = Shared(self.server, DATE)  # type: ignore[arg-type]
        self._config = uvicorn.Config(
            asgi_app(self.server),  # type: ignore[arg-type]
            http="httptools", ws="none", lifespan="off", access_log=False, log_config=None, server_header=False, proxy_headers=False,
        )  # fmt: skip
        self._config.load()

    def protocol(self, loop: Any = None) -> Any:
        if self.http == "asgi":
            return LimitedProtocol(self._config, self.state, {}, asyncio.get_running_loop())
        return DirectProtocol(self._shared, self._config, self.state, {}, loop or self.loop)

    def line(self, *, narrow: bool = False) -> Line:
        return Line(self.loop, narrow=narrow).connect(self.protocol())


class Trial:
    """The servers that a chunk of streams is sent to."""

    def __init__(self, figures: Any, number: int) -> None:
        profile = "strict" if number % 2 else "extended"
        self.figures = figures
        inline = number % 3 > 0  # else as with PostgreSQL, where everything waits
        self.whole, self.pieces = Place("direct", profile), Place("direct", profile, reads_inline=inline)
        self.spoilt = Place("direct", profile, reads_inline=inline)
        self.asgi, self.spoilt_asgi = Place("asgi", profile), Place("asgi", profile)
        self.tokens = [*self.whole.server.world.tenants[0].tokens.values(), "nobody"]
        self.logged = Logged()
        for name in ("joiner", "asyncio"):
            logging.getLogger(name).addHandler(self.logged)

    def close(self) -> None:
        for name in ("joiner", "asyncio"):
            logging.getLogger(name).removeHandler(self.logged)
        for place in (self.whole, self.pieces, self.asgi, self.spoilt, self.spoilt_asgi):
            place.server.world.close()

    async def try_stream(self, stream: Stream, chance: Chance) -> None:
        self.figures.kinds[stream.kind] += 1
        if stream.expected is not None:
            await self._legal(stream, chance)
        else:
            await self._other(stream, chance)
        assert not self.logged.lines, f"logged: {self.logged.lines[:3]}"
        assert not self.whole.state.connections
        assert not self.pieces.state.connections
        assert not self.spoilt.state.connections

    # ------------------------------------------------------------------ legal pipelines

    async def _legal(self, stream: Stream, chance: Chance) -> None:
        strict, ending = strict_requests(stream.content)
        assert stream.expected == len(strict) or strict[-1].cut, "the stream is not what it should be"
        turns = [chance.pick((0, 0, 1, 3)) for _ in range(5)]
        pieces = chance.cut(stream.content)
        whole = await self._direct(self.whole, [stream.content], [0], chance, strict, ending)
        if chance.one_in(SOCKET_EVERY):
            cut = await self._over_socket(pieces, turns, strict)
        else:
            cut = await self._direct(self.pieces, pieces, turns, chance, strict, ending)
        asgi = await self._through_asgi(self.asgi, [stream.content])
        answers = strict_answers(asgi, [each.method for each in strict])
        assert len(whole) == len(strict), f"{len(strict)} requests, {len(whole)} answers"
        for request, first, second, third in zip(strict, whole, cut, answers, strict=True):
            # A client that has said its last word before the last answer is told that it is the last.
            ignored = ("connection",) if request is strict[-1] else ()
            assert _compared(first, *ignored) == _compared(second, *ignored), (
                f"other answers in pieces: {request.method} {request.path}: {first} {second}"
            )
            assert _compared(first, *ignored) == _compared(third, *ignored), (
                f"other answers through ASGI: {request.method} {request.path}: {first} {third}"
            )

    async def _over_socket(self, pieces: Sequence[bytes], turns: list[int], strict: list[Strict]) -> list[Told]:
        self.figures.over_sockets += 1
        place = self.pieces
        place.server.taken, place.server.turns = [], turns
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(lambda: place.protocol(loop), "127.0.0.1", 0)
        try:
            reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname()[:2])
            said = asyncio.create_task(reader.read(-1))
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                if writer.can_write_eof():
                    writer.write_eof()
            except ConnectionError:
                pass  # it has said its last word
            content = await asyncio.wait_for(said, 20)
            writer.close()
        finally:
            listener.close()
        for connection in list(place.state.connections):
            connection.look_at_clock(loop.time() + 100)
        await asyncio.sleep(0.001)
        return self._judged(content, place, strict)

    # ------------------------------------------------------------------ whatever else comes

    async def _other(self, stream: Stream, chance: Chance) -> None:
        strict, ending = strict_requests(stream.content)
        turns = [chance.pick((0, 0, 1, 3)) for _ in range(5)]
        self.figures.endings[ending] += 1
        await self._direct(self.spoilt, chance.cut(stream.content), turns, chance, strict, ending)
        self.spoilt_asgi.server.turns = []
        said = await self._through_asgi(self.spoilt_asgi, [stream.content])
        self._compare(self.spoilt.server.taken, self.spoilt_asgi.server.taken, strict, said)

    def _compare(self, direct: list[Request], asgi: list[Request], strict: list[Strict], said: bytes) -> None:
        reasons = set()
        for request, meant in zip(asgi, strict, strict=False):
            other = {name for name in request.headers.keys() | meant.headers.keys() if request.headers.get(name) != meant.headers.get(name)}
            assert _named(request._replace(headers={})) == _named(meant._replace(headers={})), f"asgi took {request} for {meant}"
            assert other <= {"host", "connection", "upgrade"}, f"asgi took {request} for {meant}"
            reasons |= {NO_HOST} if "host" in other else set()
            reasons |= {WISH} if other - {"host"} else set()
        assert len(asgi) <= len(strict), f"asgi took {len(asgi)} requests where there are {len(strict)}: {asgi[-1]}"
        if len(asgi) < len(direct):
            assert b"HTTP/1.1 4" in said or b"HTTP/1.1 5" in said, f"asgi took {len(asgi)} of {len(direct)} requests and says nothing"
            reasons.add(AT_ONCE)
        elif len(asgi) > len(direct):
            reasons.add(LIMITS)
        self.figures.differences.update(reasons)

    # ------------------------------------------------------------------ both

    async def _direct(
        self, place: Place, pieces: Sequence[bytes], turns: list[int], chance: Chance, strict: list[Strict], ending: str
    ) -> list[Told]:
        """Say the pieces, then leave in one of the ways that clients have. What was promised about a connection is judged here."""
        place.server.taken, place.server.turns = [], turns
        line = place.line(narrow=chance.one_in(8))
        between = chance.pick((0, 0, 1, 4))
        begun = time.thread_time_ns()
        reader = line.protocol._reader

        def tick() -> None:
            place.loop.seconds += 0.001
            if not line.lost:
                line.protocol.look_at_clock(place.loop.seconds)

        line.on_turn = tick
        for piece in pieces:
            await line.say([piece], lambda: chance.below(between + 1))
            _check_small(reader)
        if chance.one_in(2):
            await line.hear()
        if chance.one_in(2) and not line.paused:
            await line.hang_up()
        for seconds in (3, 31, 76, 61, 61):
            if not line.lost:
                place.loop.seconds += seconds
                line.protocol.look_at_clock(place.loop.seconds)
                await line.hear()
        spent_ms = (time.thread_time_ns() - begun) / 1e6
        if not self.figures.slowest or spent_ms > self.figures.slowest[0][0]:
            self.figures.slowest = [(spent_ms, f"{len(pieces)} pieces, {b''.join(pieces)[:200]!r}")]
        assert line.lost, "the connection stays open for ever"
        told = self._judged(bytes(line.said), place, strict, left=ending == "missing")
        taken = len(place.server.taken)
        if taken < len(strict):
            assert told, "requests are left without an answer"
            assert told[-1].last, "requests are left without an answer"
            assert len(told) == taken + 1 or strict[taken - 1].ends, "requests are left without an answer"
        elif ending == "fault":
            assert len(told) == taken + 1 or strict[taken - 1].ends, f"a fault is not answered: {len(told)} answers to {taken} requests"
        return told

    def _judged(self, said: bytes, place: Place, strict: list[Strict], *, left: bool = False) -> list[Told]:
        taken = place.server.taken
        assert len(taken) <= len(strict), f"took {len(taken)} requests where there are {len(strict)}: {taken[-1]}"
        for found, meant in zip(taken, strict, strict=False):
            assert _named(found) == meant[:6], f"took {found} for {meant}"
        told = strict_answers(said, [each.method for each in taken], left=left)
        assert len(told) in (len(taken), len(taken) + 1), f"{len(told)} answers to {len(taken)} requests"
        for answer in told[len(taken) :]:
            assert answer.status in REFUSALS, f"refused with {answer.status}"
            assert answer.last
        for answer, request in zip(told, strict, strict=False):
            assert answer.status != 500
            assert answer.last or not request.last, "goes on behind the last request"
            assert request.invitable or not answer.invited, "invited somebody who did not ask"
            self.figures.statuses[answer.status] += 1
        self.figures.requests += len(taken)
        return told

    async def _through_asgi(self, place: Place, pieces: Sequence[bytes]) -> bytes:
        place.server.taken = []
        line = place.line()
        await line.say(pieces)
        await line.hear()
        if not line.lost:
            line.close()
            await line.quiet()
        return bytes(line.said)


def _named(request: Request | Strict) -> tuple[Any, ...]:
    return (request.method, request.path, request.query, request.headers, request.body, request.cut)


def _compared(told: Told, *ignored: str) -> tuple[Any, ...]:
    return told.status, {name: value for name, value in told.headers.items() if name not in ("date", *ignored)}, told.body


def _check_small(reader: Any) -> None:
    """What the reader holds for one client (the last reading of its socket, some requests, one head, one body)."""
    assert len(reader.ready) <= READY_MAX, f"{len(reader.ready)} requests are ready"
    assert len(reader._body) <= BODY_BYTES_MAX
    assert sum(len(name) + len(value) for name, value in reader._headers.items()) <= 2 * HEADER_BYTES_MAX
    assert len(reader._url) <= 2 * HEADER_BYTES_MAX
