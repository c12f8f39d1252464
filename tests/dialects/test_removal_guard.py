"""When pushed removals are held: each limit at its edge."""

from __future__ import annotations

import pytest

from joiner.dialects.connection import Connection
from joiner.dialects.removal_guard import Removals, held_because

PLAIN = Connection()


@pytest.mark.parametrize(
    ("removals", "limit"),
    [
        (Removals(9, 0, 0, 40), ""),
        (Removals(8, 0, 0, 40), ""),
        (Removals(10, 0, 0, 40), "removals_max_share"),
        (Removals(10, 0, 0, 50), ""),  # exactly 20 %
        (Removals(20, 0, 0, 20), ""),  # a share arms above 20 members
        (Removals(1, 9, 9, 31), "removals_max_share"),
        (Removals(199, 0, 0, 10_000), ""),
        (Removals(200, 0, 0, 10_000), "removals_per_group"),
        (Removals(1, 199, 199, 10_000), "removals_per_group"),
        (Removals(5, 0, 995, 1_000), ""),
        (Removals(6, 0, 995, 1_000), "removals_per_day"),
    ],
)
def test_removals_are_held_from_their_limit_on(removals: Removals, limit: str) -> None:
    reason = held_because(PLAIN, removals)
    assert (limit in reason) if limit else reason == ""


def test_a_reason_tells_the_numbers_and_the_limit() -> None:
    assert held_because(PLAIN, Removals(30, 10, 10, 60)) == (
        "40 of 70 members (57 %) would go (10 of them in the last 24 hours); above 20 % they are held (removals_max_share)"
    )
