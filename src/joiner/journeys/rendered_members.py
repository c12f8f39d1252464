"""A cache of the costliest answers: large groups with all their members, as rendered for one base URL."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

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
