"""What is remembered of clients' requests: a ring of the newest, counts, tolerated oddities, values sent again.

Nothing here is needed to serve anybody: it may be lost up to the last second, and holds no secret. Of people it holds only what a
refusal quoted to the client ("the userName … is taken").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

REQUESTS_KEPT = 10_000
"""Of each org, the newest."""

COUNTS_KEPT_MINUTES = 2 * 24 * 60


class LoggedRequest(NamedTuple):
    """``path`` is ``Users/ID?filter&count``: values of the query are never kept. ``marks`` are short words for people."""

    at: datetime
    id: str
    client: str
    method: str
    path: str
    status: int
    scim_type: str
    detail: str
    marks: tuple[str, ...]
    millis: float
    body_bytes: int


class RequestCount(NamedTuple):
    """``minute`` counts from 1970; in answers it is the last one that had such a request."""

    client: str
    status: int
    requests: int
    minute: int


class Deviation(NamedTuple):
    """An oddity (:mod:`joiner.dialects.oddities`) of a client; ``sample`` is method and path of the first request with it."""

    client: str
    name: str
    times: int
    first_at: datetime
    last_at: datetime
    sample: str


class ResentValue(NamedTuple):
    """Fields as in :class:`joiner.dialects.resent.Resent`, which also knows the fix."""

    client: str
    attribute: str
    form: str
    times: int
    first_at: datetime
    last_at: datetime
    sent: str
    kept: str


class ObservedReads(Protocol):
    """``client`` is an id; "" means all of the org's."""

    def requests(
        self, org: int, client: str = "", *, status_min: int = 0, status_max: int = 999, before: datetime | None = None, limit: int = 100
    ) -> Sequence[LoggedRequest]:
        """The newest first."""
        ...

    def request_counts(self, org: int, since: datetime) -> Sequence[RequestCount]: ...

    def deviations(self, org: int, client: str = "") -> Sequence[Deviation]: ...

    def resent_values(self, org: int, client: str = "") -> Sequence[ResentValue]: ...


class ObservedWrites(ObservedReads, Protocol):
    def log_requests(self, org: int, requests: Sequence[LoggedRequest]) -> None:
        """Append to the ring."""
        ...

    def prune_requests(self, org: int) -> None:
        """Drop what is older than the newest REQUESTS_KEPT."""
        ...

    def count_requests(self, org: int, counts: Sequence[RequestCount]) -> None:
        """Add to the counts and drop those older than COUNTS_KEPT_MINUTES before the newest of these."""
        ...

    def note_deviations(self, org: int, deviations: Sequence[Deviation]) -> None: ...

    def note_resent(self, org: int, values: Sequence[ResentValue]) -> None: ...
