"""A closed loop of HTTP/1.1 exchanges over kept-alive connections: how many, how fast, at what price for the server.

Written for this benchmark alone: it knows answers with Content-Length or chunks, loopback only, and sends the next request when
the answer is complete. One process drives all connections, so that client and server have a core each; it waits with epoll and nothing
else, because what a client costs slows a server down that shares caches, or the whole core, with it.
"""

from __future__ import annotations

import gc
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

PATIENCE_SECONDS = 180.0
"""So long a slow server may take for one answer."""

RECEIVE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens, and what every request says."""

    port: int
    path: str
    token: str = ""

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        lines = [f"{method} {self.path}{path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: application/scim+json"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if body:
            lines += ["Content-Type: application/scim+json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Tally:
    """What one run showed. Durations in nanoseconds, by the name of the request."""

    durations: dict[str, list[int]] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    first_refusal: bytes = b""
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        return sum(map(len, self.durations.values()))

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0

    def milliseconds(self, share: float, names: Collection[str] = ()) -> float:
        """How long this share of the requests took at most; of those with these names alone, if any are given."""
        every = sorted(each for name, listed in self.durations.items() if not names or name in names for each in listed)
        return every[min(len(every) - 1, int(len(every) * share))] / 1e6 if every else 0.0


Named = tuple[str, bytes]
Seen = Callable[[str, int, bytes], None]


class _Line:
    """One connection: sends, collects the answer, sends again."""

    __slots__ = ("begun", "missing", "name", "pieces", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.name, self.begun = "", 0
        self.pieces: list[bytes] = []
        self.missing = -1

    def send(self, following: Named) -> None:
        self.name, request = following
        self.pieces, self.missing = [], -1
        self.begun = time.perf_counter_ns()
        self.socket.sendall(request)

    def take(self, data: bytes) -> bytes | None:
        """The answer, once it is whole."""
        if not self.pieces and _is_whole(data):  # nearly every answer: as little work as possible, for the server's core is near
            return data
        self.pieces.append(data)
        if self.missing < 0:
            self.missing = _still_missing(b"".join(self.pieces))
            if self.missing < 0:
                return None
        else:
            self.missing -= len(data)
        return b"".join(self.pieces) if self.missing <= 0 else None


def _is_whole(data: bytes) -> bool:
    """Whether one piece is a whole answer on a line that stays open, as small ones are."""
    end = data.find(b"\r\n\r\n")
    place = data.find(b"ontent-length: ", 0, end)
    if place < 0 or data.find(b"connection: close", 0, end) >= 0:
        return False
    return int(data[place + 15 : data.find(b"\r", place)]) == len(data) - end - 4


def _still_missing(answer: bytes) -> int:
    """Bytes that are yet to come; -1 when that cannot be told."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return -1
    head = answer[:end].lower()
    if answer[9:12] in (b"204", b"304"):
        return 0
    place = head.find(b"\r\ncontent-length:")
    if place >= 0:
        return int(head[place + 17 :].split(b"\r\n", 1)[0]) - (len(answer) - end - 4)
    return 0 if answer.endswith(b"0\r\n\r\n") else -1


class _Run:
    def __init__(self, place: Place, requests: Iterator[Named], seconds: float, most: int, seen: Seen | None) -> None:
        self.place, self.requests, self.limit, self.most, self.seen = place, requests, seconds, most, seen
        self.tally = Tally()
        self._sent = 0
        self._lines: dict[int, _Line] = {}
        self._poll = select.epoll()
        self._room = memoryview(bytearray(RECEIVE_BYTES))

    def following(self) -> Named | None:
        if self._sent >= self.most or time.monotonic() >= self._deadline:
            return None
        self._sent += 1
        return next(self.requests, None)

    def note(self, name: str, nanoseconds: int, answer: bytes) -> None:
        status = int(answer[9:12])
        if 200 <= status < 300:
            self.tally.durations.setdefault(name, []).append(nanoseconds)
        else:
            self.tally.refused[status] += 1
            self.tally.first_refusal = self.tally.first_refusal or answer[:2_000]
        if self.seen is not None:
            self.seen(name, status, answer)

    def open(self) -> None:
        following = self.following()
        if following is not None:
            line = _Line(self.place.port)
            self._lines[line.socket.fileno()] = line
            self._poll.register(line.socket, select.EPOLLIN)
            line.send(following)

    def close(self, line: _Line) -> None:
        self._poll.unregister(line.socket)
        del self._lines[line.socket.fileno()]
        line.socket.close()

    def work(self, lines: int) -> Tally:
        begun = time.monotonic()
        self._deadline = begun + self.limit
        for _ in range(lines):
            self.open()
        while self._lines:
            ready = self._poll.poll(PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer within {PATIENCE_SECONDS:.0f} s")
            for descriptor, _ in ready:
                self._receive(self._lines[descriptor])
        self.tally.seconds = time.monotonic() - begun
        self._poll.close()
        return self.tally

    def _receive(self, line: _Line) -> None:
        size = line.socket.recv_into(self._room)
        if not size:
            raise ConnectionError(f"the server closed a line in the middle of {line.name}")
        answer = line.take(bytes(self._room[:size]))
        if answer is None:
            return
        self.note(line.name, time.perf_counter_ns() - line.begun, answer)
        if b"\r\nconnection: close" in answer[:1_000].lower():
            self.close(line)
            self.open()
            return
        following = self.following()
        if following is None:
            self.close(line)
        else:
            line.send(following)


def drive(
    place: Place, requests: Iterator[Named], *, lines: int = 16, seconds: float = 2.0, most: int = 10**9, seen: Seen | None = None
) -> Tally:
    """Send ``requests`` over ``lines`` connections until the time or the number is over."""
    gc.collect()
    gc.disable()  # a pause of the client is no time of the server
    try:
        return _Run(place, requests, seconds, most, seen).work(lines)
    finally:
        gc.enable()


def ask(place: Place, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """One exchange: status and body."""
    box: list[tuple[int, bytes]] = []
    drive(
        place,
        iter([("once", place.request(method, path, body))]),
        lines=1,
        seconds=PATIENCE_SECONDS,
        most=1,
        seen=lambda _name, status, answer: box.append((status, body_of(answer))),
    )
    return box[0] if box else (0, b"")


def body_of(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"chunked" not in head.lower():
        return body
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        count = int(size.split(b";")[0] or b"0", 16)
        if not count:
            break
        whole, body = whole + body[:count], body[count + 2 :]
    return whole
