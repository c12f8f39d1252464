"""Feeds of changes over :class:`Statements`: rows in, frozen values out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from joiner.store.event_port import EventStream, OutboxEvent
from joiner.store.statements import Statements


class EventRows:
    """The part of ``OrgReads`` and ``OrgWrites`` that is about feeds."""

    _sql: Statements

    def streams(self, org: int) -> Sequence[EventStream]:
        return [
            EventStream(id, client, mode, type, filter, sequence, datetime.fromisoformat(created_at))
            for id, client, mode, type, filter, sequence, created_at in self._sql.all("streams", org)
        ]

    def is_in_feed(self, org: int, stream: str, target: str) -> bool:
        return self._sql.one("is_in_feed", org, stream, target) is not None

    def events(self, org: int, stream: str, limit: int) -> Sequence[OutboxEvent]:
        return [OutboxEvent(sequence, id, bytes(claims)) for sequence, id, claims in self._sql.all("events", org, stream, limit)]

    def count_events(self, org: int, stream: str) -> int:
        count: int = self._sql.one("count_events", org, stream)[0]
        return count

    def add_stream(self, org: int, stream: EventStream) -> None:
        self._sql.change("add_stream", org, *stream[:6], stream.created_at.isoformat())

    def drop_stream(self, org: int, stream: str) -> bool:
        self._sql.change("drop_stream_members", org, stream)
        self._sql.change("drop_stream_events", org, stream)
        return bool(self._sql.change("drop_stream", org, stream))

    def advance_stream(self, org: int, stream: str, sequence: int) -> None:
        self._sql.change("advance_stream", sequence, org, stream)

    def join_feed(self, org: int, stream: str, target: str) -> None:
        self._sql.change("join_feed", org, stream, target)

    def leave_feed(self, org: int, stream: str, target: str) -> None:
        self._sql.change("leave_feed", org, stream, target)

    def put_event(self, org: int, stream: str, event: OutboxEvent) -> None:
        self._sql.change("put_event", org, stream, event.sequence, event.id, event.claims)

    def drop_event(self, org: int, stream: str, id: str) -> None:
        self._sql.change("drop_event", org, stream, id)
