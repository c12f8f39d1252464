"""How long to wait before a request is tried again, and when to give up: pure functions of numbers and headers.

``Retry-After`` (RFC 9110 §10.2.3) is obeyed to the second. Where it is missing the wait is drawn evenly between 0 and
a bound that doubles with each attempt ("full jitter"), so that many clients do not come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``wait_seconds_max`` is the longest Retry-After that is obeyed; ``total_seconds_max`` bounds one request with its waits."""

    attempts_max: int = 8
    backoff_seconds: float = 0.5
    backoff_seconds_max: float = 30.0
    wait_seconds_max: float = 300.0
    total_seconds_max: float = 900.0
    unanswered_max: int = 4
    """Tries of a read that got no answer or a 5xx. Waiting for a throttle is not counted here: it was asked for."""


POLICY_DEFAULT = RetryPolicy()


def parse_retry_after(header: str, now: datetime) -> float | None:
    """Seconds from a number or an HTTP date (never negative); None for a header that is missing or nonsense."""
    words = header.strip()
    if words.isascii() and words.isdigit():
        return float(words[:9])
    try:
        until = parsedate_to_datetime(words)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def backoff_wait(policy: RetryPolicy, attempt: int, share: float) -> float:
    """Seconds before attempt ``attempt + 1`` (attempts count from 1); ``share`` is a random number in [0, 1)."""
    return share * min(policy.backoff_seconds_max, policy.backoff_seconds * 2.0 ** min(attempt - 1, 30))
