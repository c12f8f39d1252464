"""What clients send, as both databases keep it: a ring of requests, counts, oddities, values sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from org_places import NOW, Place, PostgresPlace, SqlitePlace
from postgres_server import drop_database, fresh_name

from joiner.store.observed_port import COUNTS_KEPT_MINUTES, REQUESTS_KEPT, Deviation, LoggedRequest, RequestCount, ResentValue
from joiner.store.org_port import OrgReads, OrgWrites

MINUTE = int(NOW.timestamp()) // 60
NORTH, SOUTH = 1, 2


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield SqlitePlace(tmp_path)
        return
    database = fresh_name()
    yield PostgresPlace(database)
    drop_database(database)


def request(number: int, status: int = 204, client: str = "okta") -> LoggedRequest:
    at = NOW + timedelta(microseconds=number)
    return LoggedRequest(at, f"r{number}", client, "PATCH", "Users/u-1?attributes", status, "", "", ("kept title", "held"), 1.25, 310)


def observe(place: Place, *works: Callable[[OrgWrites], None], look: Callable[[OrgReads], Any]) -> Any:
    async def story() -> Any:
        store = await place.open()
        for work in works:
            await store.write(NORTH, work)
        seen = await store.read(NORTH, look)
        store.close()
        return seen

    return asyncio.run(story())


def test_requests_come_back_as_they_were_newest_first(place: Place) -> None:
    logged = [request(1), request(2, 429, "entra"), request(3, 400)]
    seen = observe(
        place,
        lambda rows: rows.log_requests(NORTH, logged),
        look=lambda rows: (
            rows.requests(NORTH),
            rows.requests(NORTH, status_min=429, status_max=429),
            rows.requests(NORTH, "okta", before=logged[2].at),
            rows.requests(NORTH, limit=1),
            rows.requests(SOUTH),
        ),
    )
    assert seen == (logged[::-1], [logged[1]], [logged[0]], [logged[2]], [])


def test_the_ring_keeps_the_newest_requests_only(place: Place) -> None:
    seen = observe(
        place,
        lambda rows: rows.log_requests(NORTH, [request(number) for number in range(REQUESTS_KEPT)]),
        lambda rows: rows.log_requests(NORTH, [request(REQUESTS_KEPT), request(REQUESTS_KEPT + 1)]),
        lambda rows: rows.prune_requests(NORTH),
        look=lambda rows: rows.requests(NORTH, limit=REQUESTS_KEPT + 10),
    )
    assert (len(seen), seen[0].id, seen[-1].id) == (REQUESTS_KEPT, f"r{REQUESTS_KEPT + 1}", "r2")


def test_requests_are_counted_by_client_status_and_minute(place: Place) -> None:
    counts = [RequestCount("okta", 200, 5, MINUTE), RequestCount("okta", 200, 2, MINUTE + 1), RequestCount("entra", 429, 1, MINUTE)]
    seen = observe(
        place,
        lambda rows: rows.count_requests(NORTH, counts),
        lambda rows: rows.count_requests(NORTH, counts[:1]),
        lambda rows: rows.count_requests(NORTH, []),
        look=lambda rows: (
            rows.request_counts(NORTH, NOW),
            rows.request_counts(NORTH, NOW + timedelta(minutes=1)),
            rows.request_counts(SOUTH, NOW),
        ),
    )
    whole = [RequestCount("entra", 429, 1, MINUTE), RequestCount("okta", 200, 12, MINUTE + 1)]
    assert seen == (whole, [RequestCount("okta", 200, 2, MINUTE + 1)], [])


def test_old_counts_are_dropped(place: Place) -> None:
    seen = observe(
        place,
        lambda rows: rows.count_requests(NORTH, [RequestCount("okta", 200, 5, MINUTE)]),
        lambda rows: rows.count_requests(NORTH, [RequestCount("okta", 200, 1, MINUTE + COUNTS_KEPT_MINUTES + 1)]),
        look=lambda rows: rows.request_counts(NORTH, NOW),
    )
    assert seen == [RequestCount("okta", 200, 1, MINUTE + COUNTS_KEPT_MINUTES + 1)]


def test_oddities_and_values_sent_again_add_up(place: Place) -> None:
    later = NOW + timedelta(hours=1)
    odd = Deviation("entra", "capitalised-op", 3, NOW, NOW, "PATCH Users/u-1")
    resent = ResentValue("entra", "phoneNumbers", "phone", 1, NOW, NOW, "+9 999", "+9999")
    seen = observe(
        place,
        lambda rows: rows.note_deviations(NORTH, [odd, odd._replace(client="okta", times=9)]),
        lambda rows: rows.note_deviations(NORTH, [odd._replace(first_at=later, last_at=later, sample="PATCH Groups/g-1")]),
        lambda rows: rows.note_resent(NORTH, [resent]),
        lambda rows: rows.note_resent(NORTH, [resent._replace(first_at=later, last_at=later, sent="(9) 9")]),
        look=lambda rows: (
            rows.deviations(NORTH),
            rows.deviations(NORTH, "okta"),
            rows.resent_values(NORTH, "entra"),
            rows.deviations(SOUTH),
        ),
    )
    both = odd._replace(times=6, last_at=later)
    other = odd._replace(client="okta", times=9)
    assert seen == ([other, both], [other], [resent._replace(times=2, last_at=later, sent="(9) 9")], [])
