"""How fast requests may leave: the generic cell rate algorithm (GCRA) as pure functions of seconds.

One number is the whole state: ``due``, the moment at which the steady flow would send its next request. A request may run
ahead of it by the burst. Nothing here sleeps or reads a clock; who sends asks :func:`reserve` and waits as long as it says.
"""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """One request each ``interval_seconds`` in the long run, ``burst`` of them at once after a pause. 0 seconds: unpaced."""

    interval_seconds: float
    burst: int = 1


def pace_per_minute(requests_per_minute: int, burst: int = 10) -> Pace:
    """The pace of a limit given per minute; 0 or less means that nothing is paced."""
    if requests_per_minute <= 0:
        return Pace(0.0, max(burst, 1))
    return Pace(SECONDS_PER_MINUTE / requests_per_minute, max(burst, 1))


def reserve(pace: Pace, due: float, now: float) -> tuple[float, float]:
    """Take the next place in the flow. Answers the new ``due`` and how many seconds to wait before sending.

    The place is taken at once, so that several tasks that ask one after the other are spread and not let in together.
    """
    due = max(due, now)
    allowed_at = due - (pace.burst - 1) * pace.interval_seconds
    return due + pace.interval_seconds, max(0.0, allowed_at - now)


def postpone(pace: Pace, due: float, now: float, wait_seconds: float) -> float:
    """The new ``due`` after the other side asked for a pause: no request goes before ``now + wait_seconds``.

    The burst is spent by then, so that a queue does not fall upon a server that has just asked for mercy.
    """
    return max(due, now + wait_seconds + (pace.burst - 1) * pace.interval_seconds)


def eta_seconds(pace: Pace, requests: int) -> float:
    """How long ``requests`` requests take at least, after a pause."""
    return max(0, requests - pace.burst) * pace.interval_seconds
