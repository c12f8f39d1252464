"""What was rendered before and would be rendered alike: large groups with all their members, and people on pages.

Rebuildable caches, bounded, that hold nothing which was not just shown.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from joiner.store.org_port import Listed

PEOPLE_RENDERED_MAX = 8_192
"""Half of what the store keeps ready. Whoever reads everybody again and again finds them all, or the first ones."""

PERSON_BYTES_MAX = 4_096

RENDERED_BYTES_MIN = 16_384
"""Smaller groups are rendered as fast as they are looked up."""

RENDERED_BYTES_MAX = 32 * 1_048_576

Key: TypeAlias = tuple[int, int, str, str | None]
"""Org, group, base URL, and the caller's externalId for the group."""

Stamp: TypeAlias = str
"""Moves whenever the members, or what is shown of them, may have changed."""


class _Rendered(NamedTuple):
    stamp: Stamp
    body: bytes


class RenderedMembers:
    """Large groups as they were last rendered: a rebuildable cache, bounded in bytes, the oldest going first."""

    __slots__ = ("_bytes", "_kept")

    def __init__(self) -> None:
        self._kept: dict[Key, _Rendered] = {}
        self._bytes = 0

    def get(self, key: Key, stamp: Stamp) -> bytes | None:
        found = self._kept.get(key)
        return found.body if found is not None and found.stamp == stamp else None

    def put(self, key: Key, stamp: Stamp, rendered: bytes) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._bytes -= len(before.body)
        if len(rendered) < RENDERED_BYTES_MIN:
            return
        self._kept[key] = _Rendered(stamp, rendered)
        self._bytes += len(rendered)
        while self._bytes > RENDERED_BYTES_MAX:
            self._bytes -= len(self._kept.pop(next(iter(self._kept))).body)


class RenderedPeople:
    """People as they were last shown on a page. What is shown follows from the very value that the store keeps, so that is the stamp."""

    __slots__ = ("_shown",)

    def __init__(self) -> None:
        self._shown: dict[int, tuple[Listed, bytes, bytes]] = {}

    def get(self, kept: Listed, lead: bytes) -> bytes | None:
        """``lead`` is what locations begin with, the same object for the same text."""
        shown = self._shown.get(kept.n)
        return shown[2] if shown is not None and shown[0] is kept and shown[1] is lead else None

    def put(self, kept: Listed, lead: bytes, shown: bytes) -> None:
        """Nobody has to go for somebody who comes: pages are read one after the other, and the first would be gone before the last."""
        if len(shown) <= PERSON_BYTES_MAX and (len(self._shown) < PEOPLE_RENDERED_MAX or kept.n in self._shown):
            self._shown[kept.n] = (kept, lead, shown)


class Rendered:
    """Both of them."""

    __slots__ = ("groups", "people")

    def __init__(self) -> None:
        self.groups = RenderedMembers()
        self.people = RenderedPeople()
