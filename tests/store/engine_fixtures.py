"""Short ways to write the values that engine store tests need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from joiner.events import Actor, Door, Event
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.store.port import Intent
from joiner.sync.record import PersonKey

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
INGRID = PersonKey("hr", "1001")
OYELARAN = PersonKey("hr", "1002")
PIPE = Actor("pipe", "eu", Door.CYCLE)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def intent(intent_id: str, fence: int, person: PersonKey | None = INGRID, at: datetime = NOON) -> Intent:
    return Intent(intent_id, "eu", "run-1", fence, "update", person, "guid-1", b'{"title":"Lead"}', at)


def event(name: str = "person.updated", person: PersonKey = INGRID, at: datetime = NOON, **after_values: Any) -> Event:
    return Event(name, PIPE, at, "person", str(person), "Ingrid Dahl", before={"title": "Agent"}, after=after_values, reason="hr row 7")


def run_story(story: Callable[[SqliteEngineStore], Coroutine[Any, Any, None]]) -> None:
    """Tell a story on a fresh store that forgets everything at its end."""
    store = open_engine_store(":memory:")
    try:
        asyncio.run(story(store))
    finally:
        store.close()
