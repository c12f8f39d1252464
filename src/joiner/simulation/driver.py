"""A small cooperative driver: coroutines that await port methods, interleaved by one seeded choice per step. No asyncio.

A port method awaits :func:`pause`, which yields a :class:`Step` to the driver; the driver picks the next task among those
that are ready, or lets virtual time jump to the first one that wakes. A task can be dropped at any step: that is a crash,
and it is made final by :class:`Life`, which every port of that task asks before it touches anything (a real crash runs
no ``finally`` block, so what such a block tries to do must have no effect).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from random import Random
from types import coroutine
from typing import Any, NamedTuple

STEPS_MAX = 20_000
"""More steps than this in one act means that somebody waits for ever; a seed of the usual size takes a few hundred."""


class Step(NamedTuple):
    """One scheduling point: what is about to happen (or just did), and before when (monotonic) it must not go on."""

    what: str
    wake_at: float = 0.0


class Dead(BaseException):
    """A port of a dropped task was called. Not an Exception: the product must not be able to swallow it."""


class Stuck(Exception):
    """An act took more than STEPS_MAX steps."""


@dataclass(slots=True, eq=False)
class Life:
    """Whether one engine process lives. ``steps`` counts its scheduling points; at ``dies_at`` it is dropped.

    At ``freezes_at`` it stands still for longer than any lease, and goes on as if nothing had happened.
    """

    name: str
    dies_at: int = 0
    freezes_at: int = 0
    steps: int = 0
    dead: bool = False

    def check(self) -> None:
        if self.dead:
            raise Dead(self.name)


IMMORTAL = Life("world")


@coroutine
def pause(what: str, wake_at: float = 0.0) -> Generator[Step, None, None]:
    """Let the driver decide who goes on; with ``wake_at``, not before that (monotonic) second."""
    yield Step(what, wake_at)


@dataclass(slots=True)
class Task:
    """One running coroutine. ``error`` is what it raised, ``dropped`` says that it crashed."""

    name: str
    work: Coroutine[Any, Any, Any]
    life: Life
    wake_at: float = 0.0
    done: bool = False
    dropped: bool = False
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Driver:
    """``seconds`` tells virtual monotonic time, ``jump_to`` moves it; ``after_step`` sees every step (the oracle looks there)."""

    random: Random
    seconds: Callable[[], float]
    jump_to: Callable[[float], None]
    after_step: Callable[[Task, str], None]
    tasks: list[Task] = field(default_factory=list)
    steps: int = 0

    def start(self, name: str, work: Coroutine[Any, Any, Any], life: Life = IMMORTAL) -> Task:
        task = Task(name, work, life)
        self.tasks.append(task)
        return task

    def run(self) -> None:
        """Run until every task has ended. Raises Stuck."""
        limit = self.steps + STEPS_MAX
        while self.tasks:
            if self.steps >= limit:
                raise Stuck(f"no end after {STEPS_MAX} steps: {', '.join(task.name for task in self.tasks)} still run")
            self._advance(self._choose())

    def _choose(self) -> Task:
        now = self.seconds()
        ready = [task for task in self.tasks if task.wake_at <= now]
        if not ready:
            self.jump_to(min(task.wake_at for task in self.tasks))
            now = self.seconds()
            ready = [task for task in self.tasks if task.wake_at <= now]
        return ready[0] if len(ready) == 1 else ready[int(self.random.random() * len(ready))]

    def _advance(self, task: Task) -> None:
        self.steps += 1
        what = "end"
        try:
            step = task.work.send(None)
        except StopIteration as stop:
            task.result = stop.value
            self._end(task)
        except Exception as error:  # noqa: BLE001 - whatever ends a task is kept for the world to judge
            task.error = error
            what = f"error {type(error).__name__}"
            self._end(task)
        else:
            if not isinstance(step, Step):
                raise TypeError(f"{task.name} awaited something that is no port: {step!r}")
            what, task.wake_at = step
            task.life.steps += 1
            if task.life.steps == task.life.dies_at:
                drop(task)
                what = f"crash at {what}"
                self.tasks.remove(task)
        self.after_step(task, what)

    def _end(self, task: Task) -> None:
        task.done = True
        self.tasks.remove(task)


def drop(task: Task) -> None:
    """End a task as a crash does: nothing that it still tries has any effect."""
    task.life.dead = True
    task.dropped = True
    try:
        task.work.close()
    except (Dead, RuntimeError):
        return  # it tried to clean up; a crashed process cannot


def look_away(task: Task, what: str) -> None:
    """An ``after_step`` that sees nothing."""


def finish(work: Coroutine[Any, Any, Any]) -> Any:
    """Run one coroutine to its end without interleaving; virtual time stands still. For the world's own calls."""
    while True:
        try:
            work.send(None)
        except StopIteration as stop:
            return stop.value
