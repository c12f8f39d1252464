"""The driver: one seeded choice per step, virtual time, and crashes that leave nothing behind."""

from __future__ import annotations

from random import Random

import pytest

from joiner.simulation.driver import Dead, Driver, Life, Stuck, Task, finish, pause
from joiner.simulation.hands import SimClock, SimIds, Time


def make_driver(seed: int, seen: list[str]) -> tuple[Driver, Time]:
    time = Time()

    def look(task: Task, what: str) -> None:
        seen.append(f"{task.name} {what}")

    return Driver(Random(seed), time.seconds, time.jump_to, look), time


async def count(name: str, steps: int) -> str:
    for number in range(steps):
        await pause(f"{name}{number}")
    return name


def live(seed: int) -> list[str]:
    seen: list[str] = []
    driver, _ = make_driver(seed, seen)
    for name in ("a", "b", "c"):
        driver.start(name, count(name, 4))
    driver.run()
    return seen


def test_the_same_seed_interleaves_in_the_same_way_and_another_seed_does_not() -> None:
    assert live(1) == live(1)
    assert len({tuple(live(seed)) for seed in range(5)}) > 1


def test_every_task_runs_to_its_end_and_answers() -> None:
    driver, _ = make_driver(3, [])
    tasks = [driver.start(name, count(name, 3)) for name in ("a", "b")]
    driver.run()
    assert [(task.done, task.result) for task in tasks] == [(True, "a"), (True, "b")]


def test_time_jumps_to_the_first_sleeper_when_nobody_is_ready() -> None:
    driver, time = make_driver(1, [])
    woke: list[float] = []

    async def sleep(seconds: float) -> None:
        await SimClock(time).sleep(seconds)
        woke.append(time.elapsed)

    driver.start("long", sleep(3_600.0))
    driver.start("short", sleep(5.0))
    driver.run()
    assert woke == [5.0, 3_600.0]


def test_a_dropped_task_cannot_act_even_from_a_finally_block() -> None:
    life, acts = Life("engine", dies_at=2), []
    driver, _ = make_driver(1, [])

    async def act(name: str) -> None:
        life.check()
        await pause(name)
        life.check()
        acts.append(name)

    async def work() -> None:
        try:
            await act("first")
            await act("second")
        finally:
            await act("release the lease")

    task = driver.start("engine", work(), life)
    driver.run()
    assert task.dropped
    assert acts == ["first"]


def test_a_dead_life_refuses_with_something_that_no_product_code_catches() -> None:
    with pytest.raises(Dead):
        Life("engine", dead=True).check()
    assert not issubclass(Dead, Exception)


def test_an_error_ends_the_task_and_is_kept() -> None:
    driver, _ = make_driver(1, [])

    async def fail() -> None:
        await pause("before")
        raise ValueError("on purpose")

    task = driver.start("engine", fail())
    driver.run()
    assert isinstance(task.error, ValueError)


def test_waiting_for_ever_is_noticed() -> None:
    driver, _ = make_driver(1, [])

    async def spin() -> None:
        while True:
            await pause("again")

    driver.start("engine", spin())
    with pytest.raises(Stuck, match="engine"):
        driver.run()


def test_finish_runs_a_coroutine_without_a_driver() -> None:
    assert finish(count("x", 3)) == "x"


def test_ids_come_from_the_seed() -> None:
    assert SimIds(Random(5)).new_id() == SimIds(Random(5)).new_id()
    assert SimIds(Random(5)).new_id() != SimIds(Random(6)).new_id()
    assert len(SimIds(Random(5)).new_secret()) == 64


def test_the_wall_clock_may_be_wrong_while_the_orgs_is_right() -> None:
    time = Time(elapsed=10.0, offset=-3_600.0)
    assert (SimClock(time, skewed=False).now() - SimClock(time).now()).total_seconds() == 3_600.0
