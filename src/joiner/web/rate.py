"""Requests per minute and client, and wrong secrets per minute: counted in windows of one minute, refused with the time to wait."""

from __future__ import annotations

import math

WINDOW_SECONDS = 60.0
COUNTERS_MAX = 10_000
"""So many callers are remembered at once; beyond that the windows that have ended are forgotten, then the oldest."""

WRONG_SECRETS_MAX = 10
"""Per client, address and minute. The right secret from another address still works."""

WRONG_SECRETS_PER_ADDRESS_MAX = 100
"""Per org, address and minute, whatever clients are named: each guess costs us one argon2."""


class Windows:
    """Counts per key. A window begins with the first request and ends a minute later."""

    def __init__(self) -> None:
        self._counts: dict[object, tuple[float, int]] = {}

    def wait_seconds(self, key: object, limit: int, now: float) -> int:
        """Whole seconds until this key may go on; 0 when it may now. Does not count."""
        begun, count = self._counts.get(key, (now, 0))
        if count < limit or now - begun >= WINDOW_SECONDS:
            return 0
        return max(1, math.ceil(begun + WINDOW_SECONDS - now))

    def count(self, key: object, now: float) -> None:
        begun, count = self._counts.get(key, (now, 0))
        if now - begun >= WINDOW_SECONDS:
            begun, count = now, 0
        if len(self._counts) >= COUNTERS_MAX and key not in self._counts:
            self._forget(now)
        self._counts[key] = (begun, count + 1)

    def give_back(self, key: object) -> None:
        """What was counted turned out not to count."""
        begun, count = self._counts.get(key, (0.0, 0))
        if count:
            self._counts[key] = (begun, count - 1)

    def _forget(self, now: float) -> None:
        self._counts = {key: window for key, window in self._counts.items() if now - window[0] < WINDOW_SECONDS}
        while len(self._counts) >= COUNTERS_MAX:
            del self._counts[next(iter(self._counts))]
