"""Sends random histories of whole requests to a real server and judges every answer: never a 500, nothing lost, nothing leaked.

::

    python tests/fuzz/whole_requests.py --requests 100000 --jobs 2
    python tests/fuzz/whole_requests.py --requests 5000 --store postgres

prints one line of figures. Histories are numbered and follow from their number and the seed alone: ``--start N`` goes on where
another run ended (its last line says where), and a failure prints the command that replays its history. Odd histories are of a
strict org, even ones of an extended one. Exit code 1: a promise was broken. Slow requests are named, with what they cost.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "fuzz")]

HISTORY = 500
"""Requests of one history, each with a store of its own; what is read to judge them counts too."""
SLOW_MS = 20.0
FAILURES_MAX = 20


@dataclass
class Figures:
    """What came of some histories; adds up."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.requests += other.requests
        self.statuses += other.statuses
        self.slowest = sorted(self.slowest + other.slowest, reverse=True)[:10]
        self.failures += other.failures

    def line(self) -> str:
        statuses = " ".join(f"{status}:{count}" for status, count in sorted(self.statuses.items()))
        slowest = self.slowest[0][0] if self.slowest else 0.0
        return f"{self.requests} requests ({statuses}), {len(self.failures)} failures; slowest {slowest:.1f} ms CPU"


def try_history(number: int, seed: int, count: int = HISTORY) -> Figures:
    """One history; it ends early at the first broken promise."""
    from oracle import check_versions, promise
    from wilds import WildTraffic
    from world import World

    from joiner.journeys.audit import verify_audit

    world = World("strict" if number % 2 else "extended")
    traffic = WildTraffic(seed * 1_000_003 + number, world)
    logging.getLogger("joiner").addHandler(world.logged)
    figures = Figures()
    gc.collect()
    gc.disable()
    try:
        while sum(traffic.statuses.values()) < count:
            traffic.step()
        check_versions(world)
        from rehearsed_store import run

        for verdict in run(verify_audit(world.store)):
            promise(verdict.broken_at == 0, f"the audit chain breaks: {verdict}")
    except Exception as broken:  # noqa: BLE001 - finding these is what this is for
        last = "".join(traceback.format_exception(broken)[-3:])
        figures.failures.append(
            f"history {number} ({world.profile}): {last} (replay: --seed {seed} --start {number} --requests {count} --jobs 1)"
        )
    finally:
        gc.enable()
        logging.getLogger("joiner").removeHandler(world.logged)
        world.close()
    figures.requests = sum(traffic.statuses.values())
    figures.statuses.update(traffic.statuses)
    figures.slowest = [traffic.slowest]
    return figures


def run_histories(start: int, requests: int, jobs: int, seed: int) -> tuple[Figures, int]:
    """Figures, and the number of the next history."""
    figures, numbers = Figures(), range(start, start + max(1, (requests + HISTORY - 1) // HISTORY))
    done = start
    if jobs < 2:
        for number in numbers:
            figures.add(try_history(number, seed, min(requests, HISTORY)))
            done += 1
        return figures, done
    with ProcessPoolExecutor(jobs) as pool:
        for each in pool.map(try_history, numbers, [seed] * len(numbers)):
            figures.add(each)
            done += 1
            if len(figures.failures) > FAILURES_MAX:
                pool.shutdown(cancel_futures=True)
                break
    return figures, done


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the server with whole requests.")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first history")
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    asked = parser.parse_args()
    os.environ["JOINER_TEST_STORE"] = asked.store
    begun = time.monotonic()
    figures, done = run_histories(asked.start, asked.requests, asked.jobs, asked.seed)
    for failure in figures.failures[:FAILURES_MAX]:
        print(failure.encode("utf-8", "replace").decode())
    for spent, told in figures.slowest:
        if spent > SLOW_MS:
            print(f"slow: {spent:.1f} ms for {told[:300]!a}")
    print(f"{figures.line()}; {time.monotonic() - begun:.0f} s; next --start {done}")
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
