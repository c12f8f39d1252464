"""Pages by cursor (RFC 9865): a cursor stands for the position behind which the next page begins, and for nothing else.

Nothing is remembered between pages. People who come or go meanwhile move nobody else: whoever is there all the time is seen
exactly once, unless the very value changes that the list is sorted by. Pages by ``startIndex`` cannot promise that: when
somebody on an earlier page is deleted, the next page begins one person too late. There is no ``previousCursor``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from joiner.journeys.authorise import Caller
from joiner.ports import Clock, Ids
from joiner.scim.cursor import Position, cursor_scope, format_cursor, parse_cursor
from joiner.scim.search_request import ListParameters
from joiner.store.org_port import Listed, OrgStore, OrgWrites

CURSOR_KEY = "cursor"
SortValue = str | int | float | bool | None


class Place(NamedTuple):
    """A position in a sorted list: the value that is sorted by (None: missing, or no sorting) and the resource's number."""

    value: SortValue
    n: int


class Slice(NamedTuple):
    """A page as found. ``last`` is the place of its last resource, None when nothing follows."""

    total: int
    page: Sequence[Listed]
    last: Place | None = None


class Cursors:
    """Reads and writes the cursors of one query."""

    def __init__(self, key: bytes, scope: bytes, clock: Clock) -> None:
        self._key, self._scope, self._clock = key, scope, clock

    def position(self, text: str) -> Position:
        """Raises InvalidCursor and ExpiredCursor; () for the first page."""
        return parse_cursor(text, self._scope, key=self._key, now=self._clock.now()) if text else ()

    def format(self, *position: SortValue) -> str:
        return format_cursor(position, self._scope, key=self._key, now=self._clock.now())


async def cursors_for(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, type_name: str, asked: ListParameters) -> Cursors | None:
    """None when the request pages by index. ``type_name`` "" is the list of all types."""
    if asked.cursor is None:
        return None
    org = caller.org.key
    key = await store.read(org, lambda rows: rows.server_key(CURSOR_KEY))
    if key is None:
        fresh = hashlib.sha256(ids.new_secret().encode()).digest()

        def work(rows: OrgWrites) -> bytes:
            rows.put_server_key(CURSOR_KEY, fresh)
            return rows.server_key(CURSOR_KEY) or fresh

        key = await store.write(org, work)
    # Who may see what depends on the client, and so do externalIds that a filter compares.
    scope = cursor_scope(org, f"{type_name} {caller.client.id}", asked.filter, asked.sort_by, asked.descending)
    return Cursors(key, scope, clock)
