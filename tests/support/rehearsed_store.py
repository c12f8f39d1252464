"""The store that stories are rehearsed on: SQLite in memory, or with ``JOINER_TEST_STORE=postgres`` a fresh PostgreSQL database each.

On SQLite nothing ever waits, so a story is driven without an event loop; on PostgreSQL one loop drives them all.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Coroutine, Iterator
from functools import cache
from typing import Any, TypeVar

from joiner.ports import Clock
from joiner.store.org_store import open_org_store

ON_POSTGRES = os.environ.get("JOINER_TEST_STORE", "sqlite") == "postgres"

STORES_KEPT_MAX = 24
"""Databases that stay open at the same time; no module of tests holds more, and each takes a few connections."""

T = TypeVar("T")
_kept: list[tuple[Any, str]] = []
_spare: list[str] = []


def open_rehearsed_store(path: str, clock: Clock) -> Any:
    """An empty store. A ``path`` of its own always means a SQLite file."""
    if not ON_POSTGRES or path != ":memory:":
        return open_org_store(path, clock, commit_inline=True)
    from postgres_server import empty_database, fresh_name, shared_server

    from joiner.store.pg_store import open_pg_store

    if len(_kept) >= STORES_KEPT_MAX:
        _let_go()
    name = _spare.pop() if _spare else fresh_name()
    empty_database(name)
    store = run(open_pg_store(shared_server().url(name), clock))
    _kept.append((store, name))
    return store


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the story answers."""
    if ON_POSTGRES:
        return _loop().run_until_complete(work)
    try:
        work.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise AssertionError("the story waits for something outside of it")


def reads_of(store: Any) -> Any:
    """Rows to look at from outside of any story, one question at a time."""
    return _Looking(store) if ON_POSTGRES else store.reads()


class _Looking:
    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, question: str) -> Any:
        def ask(*asked: Any) -> Any:
            return run(self._store.read(0, lambda rows: _whole(getattr(rows, question)(*asked))))

        return ask


def _whole(answer: Any) -> Any:
    return list(answer) if isinstance(answer, Iterator) else answer


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(_end, loop)
    return loop


def _let_go() -> None:
    store, name = _kept.pop(0)
    store.close()
    _spare.append(name)  # emptying one takes a tenth of the time that making one does


def _end(loop: asyncio.AbstractEventLoop) -> None:
    while _kept:
        _let_go()
    loop.close()
