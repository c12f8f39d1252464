"""A clock and ids for tests: time passes only when somebody sleeps or the test says so, and ids count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class JumpingClock:
    """``seconds`` since ``start`` may be set; ``slept`` holds each wait."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class CountedIds:
    def __init__(self) -> None:
        self.count = 0

    def new_id(self) -> str:
        self.count += 1
        return f"00000000-0000-4000-8000-{self.count:012d}"

    def new_secret(self) -> str:
        self.count += 1
        return f"secret-{self.count:036d}"
