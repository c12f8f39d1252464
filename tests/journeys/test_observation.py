"""What the server notices, in memory: bounded whatever comes, written once, and never in the way when the database is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from rehearsal import JumpingClock

from joiner.dialects.resent import Resent
from joiner.errors import Problem, StoreError
from joiner.journeys import observe_requests
from joiner.journeys.observe_requests import Observation, keep_observing, shown_path
from joiner.journeys.trail import MARKS_MAX, Trail
from joiner.store.org_store import open_org_store
from joiner.web.request import Request


def trail(org: int = 1, client: str = "c", *segments: str) -> Trail:
    made = Trail()
    made.org, made.client, made.segments = org, client, segments or ("Users", "u-1")
    return made


def test_different_counts_are_bounded_and_later_ones_are_left_out() -> None:
    clock = JumpingClock()
    store = open_org_store(":memory:", clock, commit_inline=True)
    observation = Observation(clock)
    for number in range(observe_requests.KEYS_MAX + 10):
        made = trail(1, f"c{number}")
        made.oddities = ("null-ref",)
        made.resent = (Resent("title", "case", "Aa", "aa"),)
        observation.note(made, Request("GET", "/x"), "r", 200, 0.0)
    asyncio.run(observation.flush(store))
    rows = store.reads()
    assert len(rows.deviations(1)) == len(rows.resent_values(1)) == observe_requests.KEYS_MAX
    assert len(rows.request_counts(1, clock.now())) == observe_requests.KEYS_MAX


def test_orgs_are_kept_apart() -> None:
    clock = JumpingClock()
    store = open_org_store(":memory:", clock, commit_inline=True)
    observation = Observation(clock)
    for org in (1, 2):
        observation.note(trail(org, f"c{org}"), Request("DELETE", "/x"), f"r{org}", 204, 0.0)
    observation.note(trail(0), Request("DELETE", "/x"), "r0", 404, 0.0)
    asyncio.run(observation.flush(store))
    assert [[each.id for each in store.reads().requests(org)] for org in (0, 1, 2)] == [[], ["r1"], ["r2"]]


class Gone:
    """A database that is not there."""

    async def write(self, org: int, work: Callable[[Any], Any]) -> Any:
        raise StoreError(Problem("JN4005", "busy"))


def test_a_database_that_is_not_there_costs_what_was_seen_and_nothing_else() -> None:
    clock = JumpingClock()
    store = open_org_store(":memory:", clock, commit_inline=True)
    observation = Observation(clock)
    observation.note(trail(), Request("DELETE", "/x"), "lost", 204, 0.0)
    assert asyncio.run(observation.flush(Gone())) is False  # type: ignore[arg-type]
    observation.note(trail(), Request("DELETE", "/x"), "kept", 204, 0.0)
    assert asyncio.run(observation.flush(store))
    assert [each.id for each in store.reads().requests(1)] == ["kept"]


def test_it_is_written_again_and_again_until_it_is_cancelled() -> None:
    class Stopping(JumpingClock):
        waits = 0

        async def sleep(self, seconds: float) -> None:
            assert seconds == observe_requests.FLUSH_SECONDS
            self.waits += 1
            if self.waits > 2:
                raise asyncio.CancelledError

    clock = Stopping()
    store = open_org_store(":memory:", clock, commit_inline=True)
    observation = Observation(clock)
    observation.note(trail(), Request("DELETE", "/x"), "r", 204, 0.0)

    async def story() -> None:
        try:
            await keep_observing(observation, store, clock)
        except asyncio.CancelledError:
            return
        raise AssertionError("nobody cancelled it")

    asyncio.run(story())
    assert len(store.reads().requests(1)) == 1


def test_a_long_strange_address_is_cut_and_its_values_are_left_out() -> None:
    assert shown_path(trail(), Request("GET", "/x", "filter=secret&count=5")) == "Users/u-1?filter&count"
    assert shown_path(trail(), Request("GET", "/x", "&".join(f"a{n}=1" for n in range(60)))) == "Users/u-1?…"
    assert len(shown_path(trail(1, "c", "U" * 900), Request("GET", "/x"))) == observe_requests.PATH_CHARACTERS_MAX
    assert shown_path(Trail(), Request("GET", "/north/api/v2/groups")) == "/north/api/v2/groups"


def test_marks_of_one_request_are_bounded() -> None:
    made = trail()
    for number in range(MARKS_MAX + 5):
        made.mark(f"mark {number}")
    assert len(made.marks) == MARKS_MAX
