"""Coroutines that are begun outside a task and run to their end without one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from joiner.web.carried_on import CarriedOn
from joiner.web.request import Answer


def begun(coroutine: Coroutine[Any, Any, Answer], ends: list[Answer | None]) -> CarriedOn:
    return CarriedOn(coroutine, coroutine.send(None), lambda _, answer: ends.append(answer))


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_it_goes_on_when_what_it_waits_for_comes_and_as_often_as_it_waits() -> None:
    async def story() -> None:
        ends: list[Answer | None] = []
        first, second = asyncio.Future[int](), asyncio.Future[int]()

        async def answering() -> Answer:
            status = await first
            await asyncio.sleep(0)
            return Answer(status + await second, {})

        begun(answering(), ends)
        await turns(3)
        assert ends == []
        first.set_result(200)
        await turns(3)
        assert ends == []
        second.set_result(1)
        await turns(2)
        assert ends == [Answer(201, {})]

    asyncio.run(story())


def test_an_exception_of_what_it_waits_for_is_raised_in_it() -> None:
    async def story() -> None:
        ends: list[Answer | None] = []
        waited = asyncio.Future[int]()

        async def answering() -> Answer:
            try:
                await waited
            except KeyError:
                return Answer(409, {})
            raise AssertionError

        begun(answering(), ends)
        waited.set_exception(KeyError("taken"))
        await turns(2)
        assert ends == [Answer(409, {})]

    asyncio.run(story())


@pytest.mark.parametrize("waits", [True, False], ids=["for a future", "for its turn"])
def test_whoever_is_cancelled_is_told_of_where_it_waits(waits: bool) -> None:
    async def story() -> None:
        ends: list[Answer | None] = []
        seen: list[str] = []
        never = asyncio.Future[int]()

        async def answering() -> Answer:
            try:
                await (never if waits else asyncio.sleep(0))
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
            raise AssertionError

        carried = begun(answering(), ends)
        carried.cancel(msg="the time to drain is over")
        await turns(3)
        assert (seen, ends) == (["cancelled"], [None])

    asyncio.run(story())


def test_a_mistake_ends_it_and_reaches_the_loop() -> None:
    async def story() -> None:
        ends: list[Answer | None] = []
        told: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

        async def answering() -> Answer:
            await asyncio.sleep(0)
            raise ValueError

        begun(answering(), ends)
        await turns(3)
        assert ends == [None]
        assert [type(each) for each in told] == [ValueError]

    asyncio.run(story())
