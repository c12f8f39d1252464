"""A cache of the costliest part of an answer: the members of a large group, per base URL and version of the group."""

from __future__ import annotations

RENDERED_BYTES_MIN = 16_384
"""Smaller lists are rendered as fast as they are looked up."""

RENDERED_BYTES_MAX = 32 * 1_048_576


class RenderedMembers:
    """Members of large groups as rendered for one base URL and one version of the group: a cache, bounded in bytes."""

    __slots__ = ("_bytes", "_kept")

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int, int, str], bytes] = {}
        self._bytes = 0

    def get(self, key: tuple[int, int, int, str]) -> bytes | None:
        return self._kept.get(key)

    def put(self, key: tuple[int, int, int, str], rendered: bytes) -> None:
        if len(rendered) < RENDERED_BYTES_MIN:
            return
        self._kept[key] = rendered
        self._bytes += len(rendered)
        while self._bytes > RENDERED_BYTES_MAX:
            self._bytes -= len(self._kept.pop(next(iter(self._kept))))
