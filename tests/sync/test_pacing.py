"""Pacing: how far apart requests leave."""

from __future__ import annotations

import pytest

from joiner.sync.pacing import Pace, eta_seconds, pace_per_minute, postpone, reserve


def send_times(pace: Pace, asked_at: list[float]) -> list[float]:
    due = 0.0
    times = []
    for now in asked_at:
        due, wait = reserve(pace, due, now)
        times.append(now + wait)
    return times


def test_requests_beyond_the_burst_leave_one_interval_apart() -> None:
    pace = pace_per_minute(60, burst=3)
    assert send_times(pace, [100.0] * 6) == [100.0, 100.0, 100.0, 101.0, 102.0, 103.0]


def test_a_pause_fills_the_burst_again_but_never_beyond_it() -> None:
    pace = pace_per_minute(60, burst=2)
    assert send_times(pace, [0.0, 0.0, 0.0, 500.0, 500.0, 500.0]) == [0.0, 0.0, 1.0, 500.0, 500.0, 501.0]


def test_a_flow_slower_than_the_pace_never_waits() -> None:
    assert send_times(Pace(1.0), [0.0, 1.0, 2.5, 4.0]) == [0.0, 1.0, 2.5, 4.0]


@pytest.mark.parametrize("requests_per_minute", [0, -1])
def test_unpaced_requests_never_wait(requests_per_minute: int) -> None:
    assert send_times(pace_per_minute(requests_per_minute), [7.0] * 100) == [7.0] * 100


def test_burst_is_at_least_one() -> None:
    assert pace_per_minute(60, burst=0) == Pace(1.0, 1)
    assert pace_per_minute(0, burst=0) == Pace(0.0, 1)


def test_after_a_requested_pause_nothing_leaves_before_it_ends_and_no_burst_follows() -> None:
    pace = pace_per_minute(60, burst=5)
    due = postpone(pace, 0.0, 10.0, 42.0)
    leaving = []
    for _ in range(3):
        due, wait = reserve(pace, due, 10.0)
        leaving.append(10.0 + wait)
    assert leaving == [52.0, 53.0, 54.0]


def test_a_shorter_pause_does_not_shorten_a_longer_one() -> None:
    pace = pace_per_minute(60)
    assert postpone(pace, postpone(pace, 0.0, 0.0, 60.0), 0.0, 5.0) == postpone(pace, 0.0, 0.0, 60.0)


def test_estimate_counts_what_the_burst_does_not_carry() -> None:
    assert eta_seconds(pace_per_minute(240, burst=10), 132) == pytest.approx(30.5)
    assert eta_seconds(pace_per_minute(240, burst=10), 4) == 0.0
