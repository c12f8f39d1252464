"""Resources as they were last read or written, by id: whoever changes somebody has mostly just read him, and reads him again afterwards.

A rebuildable cache of what is committed. Like the numbers of :mod:`joiner.store.org_numbers` it moves on with each COMMIT, in the same
turn of the loop as the state that reads see, and forgets everything when another process wrote. What the running transaction changed is
noted beside it: the transaction itself must not read that here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from joiner.store.org_port import Kept

RESOURCES_REMEMBERED_MAX = 16_384
"""All people of most contact centres, in some 20 MB."""

BODY_BYTES_MAX = 4_096
"""Larger ones are read from the database, so that all of them together stay below 64 MiB whatever they are."""


_Place: TypeAlias = tuple[int, str, str]
"""Org, type, and an id or a name."""

_Entry: TypeAlias = tuple[_Place, str, Kept]
"""Where it is, the client that read it, and what he read."""


class Recent:
    """One entry per resource, for the client that read it last: externalIds differ by client."""

    __slots__ = ("_entries", "_held", "_holds", "_numbers", "_rewritten", "_unsure")

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._numbers: dict[_Place, int] = {}
        self._held: dict[_Place, int] = {}
        self._holds: dict[int, _Place] = {}
        self._rewritten: dict[int, Kept] = {}
        self._unsure: set[int] = set()

    def get(self, org: int, type: str, id: str, client: str) -> Kept | None:
        """As committed."""
        n = self._numbers.get((org, type, id))
        if n is None:
            return None
        _, reader, kept = self._entries[n]
        return kept if reader == client else None

    def numbered(self, org: int, type: str, n: int, client: str) -> Kept | None:
        """The same by number."""
        entry = self._entries.get(n)
        if entry is None:
            return None
        place, reader, kept = entry
        return kept if reader == client and place[0] == org and place[1] == type else None

    def named(self, org: int, type: str, name: str, client: str) -> Kept | None:
        """The same by the folded name that it holds, if somebody asked for it so."""
        n = self._held.get((org, type, name))
        return self.numbered(org, type, n, client) if n is not None else None

    def page(self, ns: Iterable[int], client: str) -> list[Kept | None]:
        """These, which are of one org and type; None for each that is not known."""
        entries = map(self._entries.get, ns)
        return [entry[2] if entry is not None and entry[1] == client else None for entry in entries]

    def has_room_for(self, count: int) -> bool:
        """Whether so many may come without anybody having to go: a page is read once and again later, a person again at once."""
        return len(self._entries) + count <= RESOURCES_REMEMBERED_MAX

    def put_named(self, org: int, type: str, name: str, client: str, kept: Kept) -> None:
        """``kept`` was found by the folded name that it holds, in the committed state."""
        self.put(org, type, client, kept)
        if kept.n in self._entries:
            self._hold(kept.n, (org, type, name))

    def _hold(self, n: int, name: _Place) -> None:
        former = self._holds.get(n)
        if former is not None:
            del self._held[former]
        self._held[name], self._holds[n] = n, name

    def put(self, org: int, type: str, client: str, kept: Kept) -> None:
        """``kept`` was read in the committed state."""
        if len(kept.body) > BODY_BYTES_MAX:
            return
        if len(self._entries) >= RESOURCES_REMEMBERED_MAX:
            self._drop(next(iter(self._entries)))
        place = (org, type, kept.id)
        self._entries[kept.n] = (place, client, kept)
        self._numbers[place] = kept.n

    def _drop(self, n: int) -> None:
        entry = self._entries.pop(n, None)
        if entry is not None:
            del self._numbers[entry[0]]
            name = self._holds.pop(n, None)
            if name is not None:
                del self._held[name]

    def forget(self) -> None:
        for known in (self._entries, self._numbers, self._held, self._holds):
            known.clear()

    # The transaction that runs

    def changed(self, n: int) -> bool:
        return n in self._rewritten or n in self._unsure

    def rewrite(self, kept: Kept) -> None:
        """It has another version, state, name and body."""
        self._rewritten[kept.n] = kept

    def doubt(self, ns: Iterable[int]) -> None:
        """Something else about them may have changed: externalIds, the name that they hold, or whether they are in groups."""
        self._unsure.update(ns)

    def doubt_all_changes(self) -> None:
        """Some of the changes were taken back."""
        self._unsure.update(self._rewritten)

    def settle(self) -> None:
        """COMMIT: what the transaction changed is so from now on."""
        for n in self._unsure:
            self._drop(n)
        for n, kept in self._rewritten.items():
            entry = self._entries.get(n)
            if entry is not None:
                (org, type, id), client, former = entry
                name = self._holds.get(n)
                self._drop(n)
                now = Kept(n, id, kept.version, kept.state, kept.name, kept.body, former.external_id, former.in_groups)
                self.put(org, type, client, now)
                if name is not None and n in self._entries:
                    self._hold(n, name)
        self.undo()

    def undo(self) -> None:
        self._rewritten.clear()
        self._unsure.clear()
