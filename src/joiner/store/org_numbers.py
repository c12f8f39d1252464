"""The numbers of the live resources of one type of one org, in order, in memory: a count and the place of any page cost next to nothing.

A rebuildable cache of what the database says. Numbers lie in chunks of machine integers (8 bytes each), so that one that comes or
goes in the middle moves a few thousand of its neighbours and not all of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

CHUNK_NUMBERS = 2_048
"""A chunk is split when it has twice as many."""


class Numbers:
    """A sorted set of integers with access by position."""

    __slots__ = ("_chunks", "_count", "_firsts")

    def __init__(self, numbers: Sequence[int] = ()) -> None:
        """``numbers`` must be in order, each once."""
        self._chunks = [array("q", numbers[first : first + CHUNK_NUMBERS]) for first in range(0, len(numbers), CHUNK_NUMBERS)]
        self._firsts = [chunk[0] for chunk in self._chunks]
        self._count = len(numbers)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        if at < 0:
            return False
        chunk = self._chunks[at]
        place = bisect_left(chunk, number)
        return place < len(chunk) and chunk[place] == number

    def add(self, number: int) -> None:
        if not self._chunks:
            self._chunks, self._firsts, self._count = [array("q", (number,))], [number], 1
            return
        at = max(bisect_right(self._firsts, number) - 1, 0)
        chunk = self._chunks[at]
        place = len(chunk) if number > chunk[-1] else bisect_left(chunk, number)
        if place < len(chunk) and chunk[place] == number:
            return
        chunk.insert(place, number)
        self._firsts[at] = chunk[0]
        self._count += 1
        if len(chunk) >= 2 * CHUNK_NUMBERS:
            self._chunks[at : at + 1] = [chunk[:CHUNK_NUMBERS], chunk[CHUNK_NUMBERS:]]
            self._firsts[at : at + 1] = [chunk[0], chunk[CHUNK_NUMBERS]]

    def discard(self, number: int) -> None:
        at = bisect_right(self._firsts, number) - 1
        if at < 0:
            return
        chunk = self._chunks[at]
        place = bisect_left(chunk, number)
        if place == len(chunk) or chunk[place] != number:
            return
        del chunk[place]
        self._count -= 1
        if chunk:
            self._firsts[at] = chunk[0]
        else:
            del self._chunks[at], self._firsts[at]

    def part(self, position: int, count: int) -> list[int]:
        """Up to ``count`` numbers from a position on (0 is the first)."""
        for at, chunk in enumerate(self._chunks):
            if position < len(chunk):
                return self._from(at, position, count)
            position -= len(chunk)
        return []

    def behind(self, number: int, position: int, count: int) -> list[int]:
        """Up to ``count`` of the numbers above ``number``, from a position among them on."""
        at = max(bisect_right(self._firsts, number) - 1, 0)
        if not self._chunks:
            return []
        place = bisect_right(self._chunks[at], number) + position
        while at < len(self._chunks) and place >= len(self._chunks[at]):
            place -= len(self._chunks[at])
            at += 1
        return self._from(at, place, count)

    def _from(self, at: int, place: int, count: int) -> list[int]:
        found: list[int] = []
        while count > len(found) and at < len(self._chunks):
            found += self._chunks[at][place : place + count - len(found)]
            at, place = at + 1, 0
        return found


class Census:
    """The live and the active numbers of every (org, type) that somebody asked for, as last committed."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[Numbers, Numbers]] = {}

    def get(self, org: int, type: str) -> tuple[Numbers, Numbers] | None:
        return self._known.get((org, type))

    def put(self, org: int, type: str, rows: Iterable[tuple[int, int]]) -> tuple[Numbers, Numbers]:
        """Remember (number, state) of all live resources, in order of number."""
        told = list(rows)
        known = (Numbers([n for n, _ in told]), Numbers([n for n, state in told if state == 1]))
        self._known[org, type] = known
        return known

    def forget(self) -> None:
        self._known.clear()

    def note(self, notes: Iterable[tuple[int, str, int, int]]) -> None:
        """Take in what was committed: (org, type, number, state that it has now)."""
        for org, type, n, state in notes:
            known = self._known.get((org, type))
            if known is None:
                continue
            live, active = known
            (live.discard if state == 2 else live.add)(n)
            (active.add if state == 1 else active.discard)(n)
