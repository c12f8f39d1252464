"""Run many seeds, in several processes if asked, and stop at the first that breaks a law.

A failure is told by its seed; ``joiner simulate --start SEED --seeds 1 -v`` lives the same history again and prints it.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from time import perf_counter

from joiner.ports import Progress, Silence
from joiner.simulation.history import Outcome, run_seed, run_stopped
from joiner.simulation.house import Serve
from joiner.simulation.planted import BUGS, plant

CHUNK_SEEDS = 10
"""Seeds that one process takes at a time: enough to keep it busy, few enough to stop soon after a failure."""
RECHECK_EACH = 100
"""Every so many seeds one is lived twice; the two digests must be equal."""
STORY_LINES = 60
SILENCE = Silence()


@dataclass(slots=True)
class SimulationReport:
    """What was run, and the first failure if there was one. ``unequal`` are seeds that did not live the same way twice."""

    seeds: int = 0
    steps: int = 0
    cycles: int = 0
    writes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    failure: Outcome | None = None
    unequal: list[int] = field(default_factory=list)
    told: tuple[str, ...] = ()
    """The whole story of the last seed, where all was to be told."""

    @property
    def clean(self) -> bool:
        return self.failure is None and not self.unequal

    def add(self, outcome: Outcome) -> None:
        self.seeds += 1
        self.steps += outcome.steps
        self.cycles += outcome.cycles
        self.writes += outcome.writes
        self.faults.update(dict(outcome.faults))
        if outcome.broken is not None and (self.failure is None or outcome.seed < self.failure.seed):
            self.failure = outcome

    def __str__(self) -> str:
        rate = self.seeds / self.seconds if self.seconds else 0.0
        faults = sum(self.faults.values())
        done = f"{self.seeds:,} seeds, {self.cycles:,} cycles, {self.writes:,} writes, {faults:,} faults, {self.steps:,} steps"
        head = f"{done} in {self.seconds:.1f} s ({rate:.1f}/s)"
        if self.unequal:
            return f"{head}: seed {self.unequal[0]} did not live the same way twice"
        if self.failure is None or self.failure.broken is None:
            return f"{head}: clean"
        law, text = self.failure.broken
        return f"{head}: seed {self.failure.seed} broke {law} at step {self.failure.steps}: {text}"

    def story(self) -> str:
        """The end of the failing history and how to live it again."""
        if self.failure is None:
            return "\n".join(self.told)
        lines = self.told or self.failure.lines[-STORY_LINES:]
        return "\n".join((*lines, "", f"again: joiner simulate --start {self.failure.seed} --seeds 1 -v"))


def simulate(
    seeds: range, serve: Serve, *, planted: str | None = None, progress: Progress = SILENCE, jobs: int = 1, verbose: bool = False
) -> SimulationReport:
    """Live all seeds, or up to the first that fails. ``planted`` names a bug of :data:`planted.BUGS` to put in first.

    With ``jobs`` > 1 ``serve`` must be a function of a module, and seeds that were begun beside the failing one are
    finished: the reported failure is the lowest seed among them.
    """
    report, started = SimulationReport(), perf_counter()
    for outcome, equal in _outcomes(seeds, serve, planted, jobs, verbose):
        report.add(outcome)
        report.told = outcome.lines if verbose else ()
        if not equal:
            report.unequal.append(outcome.seed)
        progress.report("Simulating", report.seeds, len(seeds))
        if not report.clean:
            break
    report.seconds = perf_counter() - started
    return report


def _outcomes(seeds: range, serve: Serve, planted: str | None, jobs: int, verbose: bool) -> Iterator[tuple[Outcome, bool]]:
    if jobs <= 1:
        yield from _live(seeds, serve, planted, verbose)
        return
    chunks = [(seeds[start : start + CHUNK_SEEDS], serve, planted) for start in range(0, len(seeds), CHUNK_SEEDS)]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for outcomes in pool.imap(_live_chunk, chunks):
            yield from outcomes


def _live_chunk(work: tuple[range, Serve, str | None]) -> list[tuple[Outcome, bool]]:
    seeds, serve, planted = work
    return list(_live(seeds, serve, planted, False))


def _live(seeds: Iterable[int], serve: Serve, planted: str | None, verbose: bool) -> Iterator[tuple[Outcome, bool]]:
    with plant(BUGS[planted]) if planted else nullcontext():
        for seed in seeds:
            outcome = run_seed(seed, serve, verbose=verbose)
            again = seed % RECHECK_EACH == 0 and outcome.broken is None
            equal = not again or run_seed(seed, serve).digest == outcome.digest
            yield outcome, equal
            if outcome.broken is not None or not equal:
                return


def stop_everywhere(seed: int, serve: Serve, *, most: int = 1_000) -> SimulationReport:
    """Let the same cycle die at its first step, its second, and so on to its end; each time the world must come to rest."""
    report, started = SimulationReport(), perf_counter()
    for stop in range(1, most + 1):
        outcome = run_stopped(seed, serve, stop)
        if outcome is None or not report.clean:
            break
        report.add(outcome)
    report.seconds = perf_counter() - started
    return report


@dataclass(frozen=True, slots=True)
class Caught:
    """How soon a planted bug was caught; ``seeds`` is 0 if it was not."""

    bug: str
    seeds: int
    law: str
    text: str


def catch_planted(
    serve: Serve, *, most: int = 2_000, progress: Progress = SILENCE, only: Callable[[str], bool] = lambda name: True
) -> list[Caught]:
    """Plant each bug in turn and count the seeds until a law breaks. Shows that silence means health."""
    caught = []
    names = [name for name in BUGS if only(name)]
    for done, name in enumerate(names, 1):
        report = simulate(range(most), serve, planted=name)
        broken = report.failure.broken if report.failure is not None else None
        caught.append(Caught(name, report.seeds if broken else 0, broken.law if broken else "", broken.text if broken else ""))
        progress.report("Catching planted bugs", done, len(names), name)
    return caught
