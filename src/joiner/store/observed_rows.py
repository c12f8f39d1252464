"""What is observed of requests, over :class:`Statements`: values in, rows kept, values out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from joiner.store.observed_port import (
    COUNTS_KEPT_MINUTES,
    REQUESTS_KEPT,
    Deviation,
    LoggedRequest,
    RequestCount,
    ResentValue,
)
from joiner.store.statements import Statements

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER = 1 << 62
_MARK_SEPARATOR = "\n"


class ObservedRows:
    """The part of ``OrgReads`` and ``OrgWrites`` that is about requests."""

    _sql: Statements

    def requests(
        self, org: int, client: str = "", *, status_min: int = 0, status_max: int = 999, before: datetime | None = None, limit: int = 100
    ) -> Sequence[LoggedRequest]:
        until = FOREVER if before is None else _micros(before)
        return [
            LoggedRequest(_moment(at), id, client, method, path, status, scim_type, detail, _marks(marks), millis, body_bytes)
            for at, id, client, method, path, status, scim_type, detail, marks, millis, body_bytes in self._sql.all(
                "requests", org, client, status_min, status_max, until, limit
            )
        ]

    def request_counts(self, org: int, since: datetime) -> Sequence[RequestCount]:
        return [RequestCount(*row) for row in self._sql.all("request_counts", org, _micros(since) // 60_000_000)]

    def deviations(self, org: int, client: str = "") -> Sequence[Deviation]:
        return [
            Deviation(client, name, times, _moment(first_at), _moment(last_at), sample)
            for client, name, times, first_at, last_at, sample in self._sql.all("deviations", org, client)
        ]

    def resent_values(self, org: int, client: str = "") -> Sequence[ResentValue]:
        return [
            ResentValue(client, attribute, form, times, _moment(first_at), _moment(last_at), sent, kept)
            for client, attribute, form, times, first_at, last_at, sent, kept in self._sql.all("resent_values", org, client)
        ]

    def log_requests(self, org: int, requests: Sequence[LoggedRequest]) -> None:
        self._sql.many(
            "log_request",
            [
                (org, _micros(each.at), each.id, each.client, each.method, each.path, each.status, each.scim_type, each.detail,
                 _MARK_SEPARATOR.join(each.marks), each.millis, each.body_bytes)
                for each in requests
            ],
        )  # fmt: skip

    def prune_requests(self, org: int) -> None:
        self._sql.change("prune_requests", org, REQUESTS_KEPT - 1)

    def count_requests(self, org: int, counts: Sequence[RequestCount]) -> None:
        self._sql.many("count_requests", [(org, each.client, each.minute, each.status, each.requests) for each in counts])
        newest = max((each.minute for each in counts), default=0)
        self._sql.change("prune_counts", org, newest - COUNTS_KEPT_MINUTES)

    def note_deviations(self, org: int, deviations: Sequence[Deviation]) -> None:
        rows = [
            (org, each.client, each.name, each.times, _micros(each.first_at), _micros(each.last_at), each.sample) for each in deviations
        ]
        self._sql.many("note_deviation", rows)

    def note_resent(self, org: int, values: Sequence[ResentValue]) -> None:
        self._sql.many(
            "note_resent",
            [
                (
                    org,
                    each.client,
                    each.attribute,
                    each.form,
                    each.times,
                    _micros(each.first_at),
                    _micros(each.last_at),
                    each.sent,
                    each.kept,
                )
                for each in values
            ],
        )


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _marks(text: str) -> tuple[str, ...]:
    return tuple(text.split(_MARK_SEPARATOR)) if text else ()
