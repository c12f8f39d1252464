"""The server watches its clients: which requests came, what became of them, what was odd about them, what was sent again.

Collected in memory in a microsecond, written once a second at most. What a crash loses is the last second; nobody is served by it.

==============================  ====================================================================
every request                   counted by client, status and minute
writes and failures of clients  a line in the org's ring: no query values, no secrets, no bodies
oddities, where it succeeded    counted by client and name, with the first request as a sample
writes that repeat what stands  counted by client, attribute and form
==============================  ====================================================================

Requests of nobody (no valid token) are only counted: strangers cannot push a client's lines out of the ring.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl

from joiner.dialects.resent import Resent
from joiner.errors import StoreError
from joiner.journeys.trail import Trail
from joiner.ports import Clock
from joiner.store.observed_port import Deviation, LoggedRequest, RequestCount, ResentValue
from joiner.store.org_port import OrgStore, OrgWrites

FLUSH_SECONDS = 1.0
LINES_PER_FLUSH_MAX = 100
"""Of writes, and as many of failures; a busy second's others are only counted. A line costs a few microseconds when written."""

LINES_UNPRUNED_MAX = 1_000

KEYS_MAX = 5_000
"""Different counts of one kind between two flushes; beyond them nothing new is counted until the next."""

DETAIL_CHARACTERS_MAX = 300
PATH_CHARACTERS_MAX = 200

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_READING = ("GET", "HEAD")


class Asked(Protocol):
    """What of a request is looked at."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class _Count:
    __slots__ = ("first_at", "shown", "times")

    def __init__(self, at: datetime, shown: tuple[str, ...]) -> None:
        self.first_at = at
        self.times = 0
        self.shown = shown


class Observation:
    """What was seen since the last flush, by org. One per server process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: dict[tuple[int, str, int], int] = {}
        self._oddities: dict[tuple[int, str, str], _Count] = {}
        self._resent: dict[tuple[int, str, str, str], _Count] = {}
        self._writes: list[tuple[int, LoggedRequest]] = []
        self._failures: list[tuple[int, LoggedRequest]] = []
        self._unpruned: dict[int, int] = {}

    def note(self, trail: Trail, request: Asked, request_id: str, status: int, started: float) -> None:
        """One request was answered. ``started`` is the clock's monotonic time."""
        org = trail.org
        if not org:
            return
        key = (org, trail.client, status)
        requests = self._requests
        if key in requests:
            requests[key] += 1
        elif len(requests) < KEYS_MAX:
            requests[key] = 1
        if trail.oddities and status < 400:
            self._note_oddities(trail, request)
        if trail.resent:
            self._note_resent(trail, trail.resent)
        failed = status >= 400
        if trail.client and (failed or request.method not in _READING):
            lines = self._failures if failed else self._writes
            if len(lines) < LINES_PER_FLUSH_MAX:
                lines.append((org, self._line(trail, request, request_id, status, started)))

    def _line(self, trail: Trail, request: Asked, request_id: str, status: int, started: float) -> LoggedRequest:
        return LoggedRequest(
            self._clock.now(),
            request_id,
            trail.client,
            request.method[:20],
            shown_path(trail, request),
            status,
            trail.scim_type or "",
            _UNPRINTABLE.sub("\ufffd", trail.detail[:DETAIL_CHARACTERS_MAX]) if trail.detail else "",
            (*trail.oddities, *trail.marks) if trail.oddities or trail.marks else (),
            round((self._clock.monotonic() - started) * 1000, 3),
            len(request.body),
        )

    def _note_oddities(self, trail: Trail, request: Asked) -> None:
        for name in dict.fromkeys(trail.oddities):
            key = (trail.org, trail.client, name)
            count = self._oddities.get(key)
            if count is None:
                if len(self._oddities) >= KEYS_MAX:
                    continue
                count = self._oddities[key] = _Count(self._clock.now(), (f"{request.method[:20]} {shown_path(trail, request)}",))
            count.times += 1

    def _note_resent(self, trail: Trail, resent: Iterable[Resent]) -> None:
        for each in resent:
            key = (trail.org, trail.client, each.attribute, each.form)
            count = self._resent.get(key)
            if count is None:
                if len(self._resent) >= KEYS_MAX:
                    continue
                count = self._resent[key] = _Count(self._clock.now(), ())
            count.times += 1
            count.shown = (each.sent, each.kept)

    async def flush(self, store: OrgStore) -> bool:
        """Writes what was seen, each org in one transaction. False when the database was not there: that second is lost."""
        if not self._requests:
            return True
        now = self._clock.now()
        taken = (self._requests, self._oddities, self._resent, [*self._failures, *self._writes])
        self._requests, self._oddities, self._resent, self._writes, self._failures = {}, {}, {}, [], []
        try:
            for org in {key[0] for key in taken[0]}:
                harvest = _Harvest(org, now, *taken)
                await store.write(org, harvest.keep)
                await self._prune(store, org, len(harvest.lines))
        except StoreError:
            return False
        return True

    async def _prune(self, store: OrgStore, org: int, lines: int) -> None:
        """The ring is cut now and then: finding its end takes half a millisecond."""
        unpruned = self._unpruned.get(org, LINES_UNPRUNED_MAX) + lines
        if unpruned > LINES_UNPRUNED_MAX and lines:
            await store.write(org, lambda rows: rows.prune_requests(org))
            unpruned = 0
        self._unpruned[org] = unpruned


class _Harvest:
    """The part of what was seen that belongs to one org. ``keep`` may be run again."""

    def __init__(
        self,
        org: int,
        now: datetime,
        requests: dict[tuple[int, str, int], int],
        oddities: dict[tuple[int, str, str], _Count],
        resent: dict[tuple[int, str, str, str], _Count],
        lines: list[tuple[int, LoggedRequest]],
    ) -> None:
        minute = int(now.timestamp()) // 60
        self.org = org
        self.counts = [RequestCount(key[1], key[2], number, minute) for key, number in requests.items() if key[0] == org]
        self.deviations = [
            Deviation(key[1], key[2], count.times, count.first_at, now, count.shown[0]) for key, count in oddities.items() if key[0] == org
        ]
        self.resent = [
            ResentValue(key[1], key[2], key[3], count.times, count.first_at, now, count.shown[0], count.shown[1])
            for key, count in resent.items()
            if key[0] == org
        ]
        self.lines = [line for of, line in lines if of == org]

    def keep(self, rows: OrgWrites) -> None:
        rows.count_requests(self.org, self.counts)
        if self.lines:
            rows.log_requests(self.org, self.lines)
        if self.deviations:
            rows.note_deviations(self.org, self.deviations)
        if self.resent:
            rows.note_resent(self.org, self.resent)


async def keep_observing(observation: Observation, store: OrgStore, clock: Clock) -> None:
    """Flushes again and again until it is cancelled; whoever cancels it flushes once more."""
    while True:
        await clock.sleep(FLUSH_SECONDS)
        await observation.flush(store)


def shown_path(trail: Trail, request: Asked) -> str:
    """``Users/ID?filter&count``: the path below the org's SCIM base, and the names of query parameters without what they say."""
    path = "/".join(trail.segments) if trail.segments else request.path
    if request.query:
        try:
            names = [name for name, _ in parse_qsl(request.query[:4096], keep_blank_values=True, max_num_fields=50)]
        except ValueError:
            names = ["…"]
        path = f"{path[:PATH_CHARACTERS_MAX]}?{'&'.join(name[:30] for name in names)}"
    return _UNPRINTABLE.sub("\ufffd", path[:PATH_CHARACTERS_MAX])
