"""Numbers in memory: a sorted set with positions says the same as a sorted list, and a census follows what is committed."""

from __future__ import annotations

import random
from bisect import bisect_right

import pytest

from joiner.store import org_numbers
from joiner.store.org_numbers import Census, Numbers


@pytest.mark.parametrize("seed", range(5))
def test_numbers_come_and_go_and_every_part_is_that_of_a_sorted_list(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_numbers, "CHUNK_NUMBERS", 4)
    drawn = random.Random(seed)
    plain = sorted(drawn.sample(range(200), 50))
    numbers = Numbers(plain)
    for _ in range(600):
        number = drawn.randrange(200)
        if drawn.random() < 0.5:
            numbers.add(number)
            plain = sorted({*plain, number})
        else:
            numbers.discard(number)
            plain = [each for each in plain if each != number]
        position, count, behind = drawn.randrange(60), drawn.randrange(12), drawn.randrange(-1, 201)
        assert len(numbers) == len(plain)
        assert (number in numbers) is (number in plain)
        assert numbers.part(position, count) == plain[position : position + count]
        first = bisect_right(plain, behind) + position
        assert numbers.behind(behind, position, count) == plain[first : first + count]


def test_an_emptied_set_can_be_filled_again() -> None:
    numbers = Numbers([5])
    numbers.discard(5)
    numbers.discard(5)
    assert (len(numbers), numbers.part(0, 9), numbers.behind(0, 0, 9), 5 in numbers) == (0, [], [], False)
    numbers.add(7)
    assert numbers.part(0, 9) == [7]


def test_a_census_takes_in_what_was_committed_and_knows_only_what_was_asked_for() -> None:
    census = Census()
    live, active = census.put(1, "User", [(1, 1), (2, 0), (4, 1)])
    assert (live.part(0, 9), active.part(0, 9)) == ([1, 2, 4], [1, 4])
    census.note([(1, "User", 5, 1), (1, "User", 1, 2), (1, "User", 2, 1), (1, "User", 4, 0), (2, "User", 3, 1)])
    assert (live.part(0, 9), active.part(0, 9)) == ([2, 4, 5], [2, 5])
    assert census.get(2, "User") is None
    census.forget()
    assert census.get(1, "User") is None
