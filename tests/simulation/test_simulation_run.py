"""The simulator itself: seeds run clean, live the same way twice, and planted bugs are caught."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from joiner.simulation.history import run_seed
from joiner.simulation.planted import BUGS, plant
from joiner.simulation.run import SimulationReport, catch_planted, simulate, stop_everywhere
from joiner.sync import lines
from joiner.web.in_process import serve_in_process

DIGESTS = """
from joiner.simulation.history import run_seed
from joiner.web.in_process import serve_in_process
print([run_seed(seed, serve_in_process).digest for seed in (3, 4)])
"""

QUICKLY_CAUGHT = (
    "repeat-lost-writes",
    "absence-without-proof",
    "revert-org-values",
    "revert-created-values",
    "remove-foreign-elements",
    "skip-settle",
    "no-patience",
    "refused-is-done",
    "somebody-missing",
    "count-too-little",
    "no-audit",
    "leavers-stay",
)
"""Bugs that a handful of seeds shows; ``joiner simulate --planted`` goes through all of them."""


class Steps:
    def __init__(self) -> None:
        self.told: list[tuple[str, int, int | None]] = []

    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        self.told.append((phase, done, total))


def test_seeds_run_clean_and_their_figures_are_told() -> None:
    steps = Steps()
    report = simulate(range(6), serve_in_process, progress=steps)
    assert report.clean, f"{report}\n{report.story()}"
    assert (report.seeds, steps.told[-1]) == (6, ("Simulating", 6, 6))
    assert report.cycles > 12
    assert report.writes > 20
    assert str(report).endswith(": clean")
    assert report.story() == ""


def test_several_processes_find_the_same() -> None:
    report = simulate(range(12), serve_in_process, jobs=2)
    alone = simulate(range(12), serve_in_process)
    assert report.clean
    assert (report.seeds, report.steps, report.faults) == (alone.seeds, alone.steps, alone.faults)


def test_one_seed_lives_the_same_history_under_every_hash_seed() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    here = [run_seed(seed, serve_in_process).digest for seed in (3, 4)]
    assert answers == {f"{here}\n"}


@pytest.mark.parametrize("bug", QUICKLY_CAUGHT)
def test_planted_bug_is_caught_within_a_few_seeds(bug: str) -> None:
    report = simulate(range(40), serve_in_process, planted=bug)
    assert report.failure is not None, f"{BUGS[bug].story}: not caught in {report.seeds} seeds"
    assert f"--start {report.failure.seed} --seeds 1 -v" in report.story()


@pytest.mark.parametrize("bug", BUGS)
def test_every_planted_bug_still_finds_its_place(bug: str) -> None:
    with plant(BUGS[bug]):
        assert BUGS[bug].story


def test_cycle_that_dies_at_any_of_its_steps_needs_no_repair() -> None:
    report = stop_everywhere(11, serve_in_process)
    assert report.clean, f"{report}\n{report.story()}"
    assert report.seeds > 40, "one history for each step of the cycle"


def test_bug_is_gone_when_the_run_is_over() -> None:
    right = vars(lines)["merge_attribute"]
    with plant(BUGS["ignore-base"]):
        assert vars(lines)["merge_attribute"] is not right
    assert vars(lines)["merge_attribute"] is right


def test_catching_tells_law_and_number_of_seeds() -> None:
    [caught] = catch_planted(serve_in_process, most=20, only=lambda name: name == "somebody-missing")
    assert (caught.law, caught.seeds > 0) == ("once in the plan", True)


def test_story_is_told_on_request_and_a_failure_names_its_law() -> None:
    told = simulate(range(1), serve_in_process, verbose=True)
    assert "quiet" in told.story()
    failed = simulate(range(40), serve_in_process, planted="somebody-missing")
    assert "broke once in the plan" in str(failed)


def test_seed_that_does_not_live_the_same_way_twice_is_no_success() -> None:
    report = SimulationReport(seeds=3, unequal=[2])
    assert not report.clean
    assert "did not live the same way twice" in str(report)
