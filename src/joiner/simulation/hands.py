"""The simulated ports that need no model: clock and ids. Both are wholly decided by the seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from joiner.simulation.driver import IMMORTAL, Life, pause

EPOCH = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass(slots=True)
class Time:
    """Virtual time of one world. ``elapsed`` never jumps; ``offset`` is how far the wall clock is wrong."""

    elapsed: float = 0.0
    offset: float = 0.0

    def seconds(self) -> float:
        return self.elapsed

    def jump_to(self, seconds: float) -> None:
        self.elapsed = max(self.elapsed, seconds)

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.elapsed + self.offset)

    def true_wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.elapsed)


@dataclass(slots=True)
class SimClock:
    """The Clock of one process. ``skewed`` False is for the org's own server, whose clock is right."""

    time: Time
    life: Life = IMMORTAL
    skewed: bool = True
    slept: float = 0.0

    def now(self) -> datetime:
        return self.time.wall() if self.skewed else self.time.true_wall()

    def monotonic(self) -> float:
        return self.time.elapsed

    async def sleep(self, seconds: float) -> None:
        self.life.check()
        self.slept += max(0.0, seconds)
        await pause("clock.sleep", self.time.elapsed + max(0.0, seconds))
        self.life.check()


@dataclass(slots=True)
class SimIds:
    """Ids from the seed."""

    random: Random = field(default_factory=lambda: Random(0))

    def new_id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def new_secret(self) -> str:
        return f"{self.random.getrandbits(256):064x}"
