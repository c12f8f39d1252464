"""Plain functions that wait: results, errors and cancellation pass through the bridge; our SQL is translated once and faithfully."""

from __future__ import annotations

import asyncio

import pytest

from joiner.store.pg_bridge import run_plain, wait
from joiner.store.pg_queries import load_pg_queries, translate, translate_search


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def refuse() -> int:
    await asyncio.sleep(0)
    raise LookupError("nobody")


def test_a_plain_function_waits_and_goes_on() -> None:
    def work() -> int:
        return wait(answer(1)) + wait(answer(2))

    assert asyncio.run(run_plain(work)) == 3
    assert asyncio.run(run_plain(lambda: 7)) == 7


def test_an_error_appears_where_the_function_waits_and_leaves_where_it_is_not_caught() -> None:
    def caught() -> str:
        try:
            wait(refuse())
        except LookupError as error:
            return f"{error}, {wait(answer(4))}"
        return ""

    assert asyncio.run(run_plain(caught)) == "nobody, 4"
    with pytest.raises(LookupError):
        asyncio.run(run_plain(lambda: wait(refuse())))


def test_functions_that_wait_at_the_same_time_do_not_mix() -> None:
    async def story() -> list[int]:
        return await asyncio.gather(*(run_plain(lambda n=n: sum(wait(answer(n)) for _ in range(5))) for n in range(20)))

    assert asyncio.run(story()) == [5 * n for n in range(20)]


def test_cancellation_unwinds_the_function() -> None:
    unwound: list[str] = []

    def work() -> None:
        try:
            wait(asyncio.sleep(3600))
        finally:
            unwound.append("yes")

    async def story() -> None:
        running = asyncio.create_task(run_plain(work))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(story())
    assert unwound == ["yes"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT a FROM t WHERE b = ? AND c = ?", "SELECT a FROM t WHERE b = $1 AND c = $2"),
        ("SELECT ?2, ?1, ?", "SELECT $2, $1, $3"),
        ("SELECT '?', \"?\", 'it''s ?' WHERE a = ?", "SELECT '?', \"?\", 'it''s ?' WHERE a = $1"),
    ],
)
def test_question_marks_become_numbered_places(ours: str, theirs: str) -> None:
    assert translate(ours) == theirs


def test_no_query_of_ours_keeps_a_question_mark_and_searches_use_the_index_of_long_values() -> None:
    assert not [name for name, text in load_pg_queries().items() if "?" in text]
    assert translate_search("e.match_key = ?") == "md5(e.match_key) = md5($1) AND e.match_key = $1"
    assert translate_search("e.match_key <> ?") == "e.match_key <> $1"
