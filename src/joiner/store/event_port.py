"""What is remembered of feeds of changes: the feeds themselves, whom each shows, and the outbox of what is not acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol


class EventStream(NamedTuple):
    """A feed. ``type`` "" follows every type; ``filter`` "" every resource of it; ``sequence`` is how far the audit log was read."""

    id: str
    client: str
    mode: Literal["notice", "full"]
    type: str
    filter: str
    sequence: int
    created_at: datetime


class OutboxEvent(NamedTuple):
    """One token: the audit row that it tells of, its ``jti``, its claims as JSON."""

    sequence: int
    id: str
    claims: bytes


class EventReads(Protocol):
    def streams(self, org: int) -> Sequence[EventStream]: ...

    def is_in_feed(self, org: int, stream: str, target: str) -> bool: ...

    def events(self, org: int, stream: str, limit: int) -> Sequence[OutboxEvent]:
        """The oldest that wait for an acknowledgement."""
        ...

    def count_events(self, org: int, stream: str) -> int: ...


class EventWrites(EventReads, Protocol):
    def add_stream(self, org: int, stream: EventStream) -> None: ...

    def drop_stream(self, org: int, stream: str) -> bool: ...

    def advance_stream(self, org: int, stream: str, sequence: int) -> None: ...

    def join_feed(self, org: int, stream: str, target: str) -> None: ...

    def leave_feed(self, org: int, stream: str, target: str) -> None: ...

    def put_event(self, org: int, stream: str, event: OutboxEvent) -> None: ...

    def drop_event(self, org: int, stream: str, id: str) -> None: ...
