"""Leases: one run per pipe, fencing numbers that only rise, and nothing written by a run that lost its pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from engine_fixtures import INGRID, NOON, after, event, intent, run_story
from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.errors import LeaseLost, Locked
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.sync.bond import Linked

TTL = 60.0


def test_second_run_is_told_who_holds_the_pipe_since_when_and_until_when() -> None:
    async def story(store: SqliteEngineStore) -> None:
        await store.take_lease("eu", "night run on bergen-1", NOON, TTL)
        with pytest.raises(Locked) as refused:
            await store.take_lease("eu", "ana@leeds", after(10), TTL)
        assert refused.value.exit_code == 7
        assert refused.value.problems[0].code == "JN4010"
        assert dict(refused.value.problems[0].rows) == {
            "pipe": "eu",
            "held by": "night run on bergen-1",
            "since": "2026-11-22 12:00 UTC",
            "until": "2026-11-22 12:01 UTC unless renewed",
            "effect": "nothing was read or sent by this command",
        }
        assert await store.take_lease("us", "ana@leeds", after(10), TTL) == 1

    run_story(story)


def test_crashed_holder_blocks_until_its_ttl_and_not_a_moment_longer() -> None:
    async def story(store: SqliteEngineStore) -> None:
        await store.take_lease("eu", "crashed", NOON, TTL)
        with pytest.raises(Locked):
            await store.take_lease("eu", "next", after(59.999999), TTL)
        assert await store.take_lease("eu", "next", after(60), TTL) == 2

    run_story(story)


def test_renewing_moves_the_end_and_a_lapsed_lease_nobody_took_can_be_renewed() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "first", NOON, TTL)
        await store.renew_lease("eu", fence, after(50), TTL)
        with pytest.raises(Locked):
            await store.take_lease("eu", "second", after(100), TTL)
        await store.renew_lease("eu", fence, after(500), TTL)
        with pytest.raises(Locked):
            await store.take_lease("eu", "second", after(510), TTL)

    run_story(story)


def test_fencing_number_rises_even_after_release_and_for_the_same_holder(tmp_path: Path) -> None:
    async def story() -> None:
        path = str(tmp_path / "engine.db")
        for expected in (1, 2, 3):
            store = open_engine_store(path)
            assert await store.take_lease("eu", "same", NOON, TTL) == expected
            await store.release_lease("eu", expected)
            store.close()

    asyncio.run(story())


def test_run_that_froze_past_its_lease_can_neither_renew_nor_note_nor_remember() -> None:
    async def story(store: SqliteEngineStore) -> None:
        frozen = await store.take_lease("eu", "frozen", NOON, TTL)
        newer = await store.take_lease("eu", "newer", after(61), TTL)
        for attempt in (
            lambda: store.renew_lease("eu", frozen, after(62), TTL),
            lambda: store.note_intent(intent("late", frozen)),
            lambda: store.put_bonds("eu", frozen, [(INGRID, Linked("guid-1"))], [event()]),
        ):
            with pytest.raises(LeaseLost) as lost:
                await attempt()
            assert "fencing number 2 of newer" in str(lost.value.problems[0].rows)
        await store.release_lease("eu", frozen)
        await store.renew_lease("eu", newer, after(63), TTL)
        assert await store.bonds("eu") == {}
        assert await store.open_intents("eu") == ()
        assert await store.verify_audit() == ()

    run_story(story)


def test_released_lease_and_a_number_that_was_never_given_out_are_lost() -> None:
    async def story(store: SqliteEngineStore) -> None:
        with pytest.raises(LeaseLost):
            await store.renew_lease("eu", 1, NOON, TTL)
        fence = await store.take_lease("eu", "first", NOON, TTL)
        await store.release_lease("eu", fence)
        with pytest.raises(LeaseLost):
            await store.note_intent(intent("after release", fence))
        with pytest.raises(LeaseLost):
            await store.renew_lease("eu", fence + 1, NOON, TTL)

    run_story(story)


def test_clock_that_went_back_a_day_makes_a_crashed_holder_block_for_one_ttl_only() -> None:
    async def story(store: SqliteEngineStore) -> None:
        await store.take_lease("eu", "crashed", NOON, TTL)
        yesterday = NOON - timedelta(days=1)
        with pytest.raises(Locked):
            await store.take_lease("eu", "next", yesterday, TTL)
        with pytest.raises(Locked):
            await store.take_lease("eu", "next", yesterday + timedelta(seconds=59), TTL)
        assert await store.take_lease("eu", "next", yesterday + timedelta(seconds=60), TTL) == 2

    run_story(story)


_STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "renew", "release"]), st.sampled_from(["ana", "bo", "cy"]), st.integers(-200, 200)), max_size=30
)


@given(_STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_numbers_rise_and_only_the_newest_unreleased_number_passes(steps: list[tuple[str, str, int]]) -> None:
    async def story(store: SqliteEngineStore) -> None:
        now, newest, held = NOON, 0, False
        numbers: dict[str, int] = {}
        for verb, holder, seconds in steps:
            now += timedelta(seconds=seconds)
            mine = numbers.get(holder, 0)
            if verb == "take" and await _passes(lambda now=now, holder=holder: store.take_lease("eu", holder, now, TTL), Locked):
                newest, held = newest + 1, True
                numbers[holder] = newest
            if verb == "renew":
                passed = await _passes(lambda now=now, mine=mine: store.renew_lease("eu", mine, now, TTL), LeaseLost)
                assert passed == (held and mine == newest)
            if verb == "release":
                await store.release_lease("eu", mine)
                held = held and mine != newest
        await store.release_lease("eu", newest)
        assert await store.take_lease("eu", "last", now, TTL) == newest + 1

    run_story(story)


async def _passes(attempt: Callable[[], object], refusal: type[Exception]) -> bool:
    try:
        await attempt()  # type: ignore[misc]
    except refusal:
        return False
    return True
