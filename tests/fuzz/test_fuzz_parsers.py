"""A short run of the fuzzer of ``parsers.py``; the long one is a command of its own."""

from __future__ import annotations

from parsers import PARSERS, run


def test_readers_give_refusals_and_nothing_else() -> None:
    figures = run(start=0, inputs=20_000, jobs=1)
    assert figures.failures == []
    assert figures.inputs == 20_000
    assert figures.slowest_ms.keys() == PARSERS.keys()
    assert 2_000 < figures.refused < 18_000


def test_same_numbers_give_the_same_inputs() -> None:
    first, again = run(start=40_000, inputs=2_000, jobs=1), run(start=40_000, inputs=2_000, jobs=1)
    assert (first.refused, first.kinds) == (again.refused, again.kinds)
