"""Sends streams of bytes, legal, spoilt and garbage, to the HTTP protocols of the listener and judges what they make of them.

::

    python tests/fuzz/wire.py --streams 100000 --jobs 2

prints one line of figures. Streams are numbered and follow from their number and the seed alone: ``--start N`` goes on where another
run ended, and a failure prints the command that replays its stream with those before it. Exit code 1: a promise was broken.

A **legal** pipeline goes to three real servers with the same contents: whole to ``direct``, cut anywhere to ``direct`` (one in
SOCKET_EVERY over a real socket, from the middle on slowly read), whole to ``asgi``. All three give the same answers, one for each request.
A **spoilt** or **garbage** stream goes cut to ``direct`` and whole to ``asgi``. What ``direct`` takes for requests is, in order, what a
second reading by the letter finds (``wire_strict``), and never more; what it says is HTTP; in the end the connection is closed, whatever
the client does; the reader stays small; nothing fails and no log is written. What ``asgi`` takes may differ only as in DIFFERENCES.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
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

CHUNK = 500
"""Streams that share a store; a replay begins with the first of them."""
SLOW_MS = 100.0
FAILURES_MAX = 20


@dataclass
class Figures:
    """What came of some streams; adds up."""

    streams: int = 0
    requests: int = 0
    over_sockets: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.streams += other.streams
        self.requests += other.requests
        self.over_sockets += other.over_sockets
        for name in ("kinds", "statuses", "endings", "differences"):
            getattr(self, name).update(getattr(other, name))
        self.slowest = sorted(self.slowest + other.slowest, reverse=True)[:5]
        self.failures += other.failures

    def line(self) -> str:
        told = " · ".join(
            " ".join(f"{name}:{count}" for name, count in sorted(counter.items())) for counter in (self.kinds, self.statuses, self.endings)
        )
        slowest = self.slowest[0][0] if self.slowest else 0.0
        return (
            f"{self.streams} streams ({told}), {self.requests} requests, {self.over_sockets} over sockets, "
            f"{len(self.failures)} failures; slowest {slowest:.1f} ms CPU"
        )


def try_chunk(chunk: int, seed: int, count: int = CHUNK) -> Figures:
    """The first ``count`` streams of a chunk; it ends at the first broken promise."""
    from wire_streams import Chance, Stream, stream
    from wire_trial import Trial

    async def all_of_them() -> Figures:
        figures = Figures()
        trial = Trial(figures, chunk)
        chance = Chance(seed * 1_000_003 + chunk)
        given = Stream("none", b"")
        try:
            while figures.streams < count:
                given = stream(chance, trial.tokens)
                await trial.try_stream(given, chance)
                figures.streams += 1
        except Exception as broken:  # noqa: BLE001 - finding these is what this is for
            last = "".join(traceback.format_exception(broken)[-3:])
            figures.failures.append(
                f"stream {chunk * CHUNK + figures.streams}: {last} for {given.kind} {given.content[:3_000]!r} "
                f"(replay: --seed {seed} --start {chunk * CHUNK} --streams {figures.streams + 1} --jobs 1)"
            )
        finally:
            trial.close()
        return figures

    gc.collect()
    gc.disable()
    try:
        return asyncio.run(all_of_them())
    finally:
        gc.enable()


def run_chunks(start: int, streams: int, jobs: int, seed: int) -> Figures:
    first = start // CHUNK
    counts = [min(CHUNK, streams - done) for done in range(0, streams, CHUNK)]
    numbers, figures = range(first, first + len(counts)), Figures()
    if jobs < 2:
        for number, count in zip(numbers, counts, strict=True):
            figures.add(try_chunk(number, seed, count))
        return figures
    with ProcessPoolExecutor(jobs) as pool:
        for each in pool.map(try_chunk, numbers, [seed] * len(counts), counts):
            figures.add(each)
            if len(figures.failures) > FAILURES_MAX:
                pool.shutdown(cancel_futures=True)
                break
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the HTTP protocols of the listener.")
    parser.add_argument("--streams", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help=f"number of the first stream, a multiple of {CHUNK}")
    asked = parser.parse_args()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # asgi says there what it cannot read
    begun = time.monotonic()
    figures = run_chunks(asked.start, asked.streams, asked.jobs, asked.seed)
    spent = time.monotonic() - begun
    for failure in figures.failures[:FAILURES_MAX]:
        print(failure)
    for spent_ms, told in figures.slowest:
        if spent_ms > SLOW_MS:
            print(f"slow: {spent_ms:.1f} ms for {told}")
    for reason, count in figures.differences.most_common():
        print(f"asgi differs {count} times: {reason}")
    print(f"{figures.line()}; {spent:.0f} s, {figures.streams / spent:.0f} per second; next --start {asked.start + asked.streams}")
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
