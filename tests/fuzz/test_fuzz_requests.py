"""A short run of the fuzzer of whole requests; the long one is a command of its own (``make fuzz``)."""

from __future__ import annotations

import pytest
from whole_requests import HISTORY, run_histories, try_history

REQUESTS = 3_000


def test_no_history_breaks_a_promise() -> None:
    figures, done = run_histories(start=0, requests=REQUESTS, jobs=1, seed=0)
    assert figures.failures == []
    assert figures.requests >= REQUESTS
    assert done == REQUESTS // HISTORY
    assert {200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412} <= figures.statuses.keys()


@pytest.mark.parametrize("number", [0, 1])
def test_same_numbers_give_the_same_history(number: int) -> None:
    first, again = (try_history(number, seed=7, count=100) for _ in range(2))
    assert (first.statuses, first.failures) == (again.statuses, [])
