"""A connection without a socket: what the loop's transport would be to an HTTP protocol, and what it promises about order.

The protocol and all behind it are real. Bytes are given in pieces, as a network would; the clock stands still until it is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

QUIET_TURNS = 12
"""So many turns of the loop without a sign mean that nothing more happens by itself."""

HIGH_WATER = 16_384
"""A quarter of what asyncio lets wait to be sent, so that it happens more often."""


class Clocked:
    """The running loop with a time of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.seconds = 0.0

    def time(self) -> float:
        return self.seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


class Line(asyncio.Transport):
    """``said`` is what the client got. A ``narrow`` line takes no more than HIGH_WATER until :meth:`take` is called.

    ``on_turn`` is called in each turn of the loop that is waited for.
    """

    def __init__(self, loop: Any, *, narrow: bool = False) -> None:
        super().__init__()
        self._loop, self._narrow, self._unsent = loop, narrow, 0
        self.protocol: Any = None
        self.said = bytearray()
        self.signs = 0
        self.on_turn: Callable[[], None] = lambda: None
        self.paused = self.full = self.closing = self.lost = self.ended = self.aborted = False

    def connect(self, protocol: Any) -> Line:
        self.protocol = protocol
        protocol.connection_made(self)
        return self

    # What the protocol does

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.ended, f"wrote behind its own end: {bytes(data[:100])!r}"
        assert not self.closing, f"wrote after closing: {bytes(data[:100])!r}"
        assert data
        self.said += data
        self.signs += 1
        self._unsent += len(data)
        if self._narrow and not self.full and self._unsent > HIGH_WATER:
            self.full = True
            self.protocol.pause_writing()

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self.signs += 1
            if not self.full:
                self._loop.call_soon(self._lose)

    def abort(self) -> None:
        if not self.aborted:
            self.closing = self.aborted = True
            self.signs += 1
            self._loop.call_soon(self._lose)

    def write_eof(self) -> None:
        assert not self.closing
        self.ended = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        self.signs += 1

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("198.51.100.7", 40_000), "sockname": ("198.51.100.1", 80)}.get(name, default)

    def _lose(self) -> None:
        if not self.lost:
            self.lost = True
            self.protocol.connection_lost(None)

    # What the client does

    async def say(self, pieces: Sequence[bytes], turns: Callable[[], int] = lambda: 0) -> None:
        """Hand over the pieces, with so many turns of the loop behind each; a line that is not read is waited for."""
        for piece in pieces:
            while self.paused and not self.closing:
                before = self.signs
                await self.quiet(1)
                if self.paused and self.signs == before:
                    await self.quiet()
                    if self.full:
                        self.take()
                    else:
                        assert not self.paused or self.signs != before, "reading is paused, and nothing happens"
            if self.closing:
                return
            if piece:
                self.protocol.data_received(piece)
            for _ in range(turns()):
                await asyncio.sleep(0)
                self.on_turn()

    async def hear(self) -> None:
        """Wait until nothing more is said; a full line is emptied."""
        await self.quiet()
        while self.full and not self.lost:
            self.take()
            await self.quiet()

    async def hang_up(self) -> None:
        """Say no more, but listen."""
        if not self.closing and not self.protocol.eof_received():
            self.close()
        await self.hear()

    async def quiet(self, turns: int = QUIET_TURNS) -> None:
        left, before = turns, self.signs
        while left:
            await asyncio.sleep(0)
            self.on_turn()
            left -= 1
            if self.signs != before:
                left, before = turns, self.signs

    def take(self) -> None:
        """The client reads what is there."""
        self._unsent = 0
        if self.full:
            self.full = False
            if self.closing:
                self._loop.call_soon(self._lose)
            else:
                self.protocol.resume_writing()
