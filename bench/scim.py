"""Our SCIM server beside others, in one run: ``make bench`` or ``python bench/scim.py --people 1000,10000 --alone 100000``.

For each size both servers are filled; then every workload runs on each in turn, several rounds, and the median of the ratios counts:
what the machine does meanwhile hits both. Ours writes to disk (SQLite, synchronous=FULL, audit rows); the others keep all in memory.
``static`` is uvicorn that answers the same bytes to everything: the floor under every Python server on this machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from http_load import Tally, drive
from servers import Running, running
from workloads import GROUP_SIZES, Bench

SMALL = ("W2", "W3", "W3x", "W4", "W4d", "W5", "W6")
LARGE = ("W8", "W8c", "W9", "W9x", "W10")
GATES = {
    "W1": 5,
    "W2": 15,
    "W3": 20,
    "W4": 500,
    "W5": 6,
    "W6": 8,
    "W7/10000": 1_000,
    "W8": 50,
    "W8c": 40,
    "W9": 300,
    "W9x": 5_000,
    "W10": 15,
}
"""Times as many requests per second as scim2-server at 10,000 people, below which a release claims no speed."""

READS_OF_MIX = ("W2", "W3", "page")
"""Requests of W10 that only read."""

BAR = 30


@dataclass(slots=True)
class Figure:
    """One workload on one server in one round."""

    per_second: float
    p50: float
    p99: float
    cpu_us: float
    refused: int
    reads_p99: float


def measure(server: Running, bench: Bench, workload: str) -> Figure:
    before = server.cpu_seconds()
    tally = bench.run(workload)
    return _figure(tally, server.cpu_seconds() - before)


def _figure(tally: Tally, cpu: float) -> Figure:
    cpu_us, refused = cpu * 1e6 / max(1, tally.answered), sum(tally.refused.values())
    return Figure(
        tally.per_second, tally.milliseconds(0.5), tally.milliseconds(0.99), cpu_us, refused, tally.milliseconds(0.99, READS_OF_MIX)
    )


def workloads_for(people: int, chosen: str = "") -> list[str]:
    """All of them, or those ``chosen`` by name between commas."""
    every = [*SMALL, *(f"W7/{size}" for size in GROUP_SIZES if size <= people), *LARGE]
    return [name for name in every if not chosen or name in chosen.split(",")]


def compare(names: Sequence[str], people: int, options: argparse.Namespace) -> dict[str, dict[str, list[Figure]]]:
    """Figures by server and workload, one per round."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers, benches = {}, {}
        found: dict[str, dict[str, list[Figure]]] = {}
        for name in names:
            place = Path(folder) / name
            place.mkdir()
            servers[name] = stack.enter_context(running(name, place))
            benches[name] = Bench(servers[name].place, people, options.seconds, options.adds)
            before = servers[name].cpu_seconds()
            loaded = benches[name].load()
            found[name] = {"W1": [_figure(loaded, servers[name].cpu_seconds() - before)]}
            _tell(f"{name}: {people:,} people in {loaded.seconds:.1f} s, {servers[name].memory_mb():.0f} MB")
        for workload in workloads_for(people, options.workloads):
            for turn in range(options.rounds):
                order = names if turn % 2 == 0 else tuple(reversed(names))
                for name in order:
                    found[name].setdefault(workload, []).append(measure(servers[name], benches[name], workload))
            _tell(f"{workload}: " + ", ".join(f"{name} {median(f.per_second for f in found[name][workload]):,.1f}/s" for name in names))
        for name in names:
            for workload, wrong in benches[name].wrong.items():
                _tell(f"WRONG {name} {workload}: {wrong}")
            _tell(f"{name}: {servers[name].memory_mb():.0f} MB at the end")
    return found


def show(found: dict[str, dict[str, list[Figure]]], ours: str, peer: str, people: int) -> bool:
    """The table of one pair; whether every gate is reached."""
    print(f"\n{ours} beside {peer}, {people:,} people")
    print(f"{'':10}{'ours/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'µs':>8}{'peer/s':>11}{'µs':>11}{'ratio':>10}   gate")
    reached = True
    for workload, figures in found[ours].items():
        others = found[peer][workload]
        pairs = [(a, b) for a, b in zip(figures, others, strict=True) if b.per_second]
        if not pairs:
            print(f"{workload:10}{median(f.per_second for f in figures):11,.0f}   the other one refuses every request")
            continue
        ratio = median(a.per_second / b.per_second for a, b in pairs)
        a, b = (sorted(each, key=lambda figure: figure.per_second)[len(each) // 2] for each in (figures, others))
        gate = GATES.get(workload) if (peer, people) == ("scim2", 10_000) else None
        verdict = "" if gate is None else f"{gate:,} {'reached' if ratio >= gate else 'NOT REACHED'}"
        reached = reached and (gate is None or ratio >= gate)
        trouble = f"  refused {a.refused}/{b.refused}" if a.refused or b.refused else ""
        ours_part = f"{a.per_second:11,.0f}{a.p50:9.2f}{a.p99:9.2f}{a.cpu_us:8,.0f}"
        print(f"{workload:10}{ours_part}{b.per_second:11,.1f}{b.cpu_us:11,.0f}{ratio:10,.1f}   {verdict}{trouble}")
    mixed = sorted(figure.reads_p99 for figure in found[ours].get("W10", ()))
    if mixed:
        print(f"p99 of the reads in W10, while a fifth of the requests writes: {mixed[len(mixed) // 2]:.1f} ms")
    return reached


def growth(figures: dict[int, dict[str, list[Figure]]]) -> None:
    """What ours costs at each size, as bars: flat is what it should be."""
    sizes = sorted(figures)
    print("\nProcessor µs per request, by number of people")
    for workload in figures[sizes[0]]:
        costs = [median(f.cpu_us for f in figures[size].get(workload, [])) if figures[size].get(workload) else 0.0 for size in sizes]
        most = max(costs) or 1.0
        for size, cost in zip(sizes, costs, strict=True):
            label = workload if size == sizes[0] else ""
            print(f"{label:10}{size:>9,}{cost:>11,.0f}  {'█' * max(1, round(cost / most * BAR))}")


def floor(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, running("static", Path(folder)) as server:
        request = server.place.request("GET", "/Users/x")
        before = server.cpu_seconds()
        tally = drive(server.place, iter(lambda: ("GET", request), None), seconds=options.seconds)
        figure = _figure(tally, server.cpu_seconds() - before)
        print(f"\nfloor: uvicorn answering the same bytes: {figure.per_second:,.0f}/s, {figure.cpu_us:.1f} µs")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=_numbers, default=[1_000, 10_000], help="sizes at which servers are compared")
    parser.add_argument("--alone", type=_numbers, default=[100_000], help="sizes at which only ours runs")
    parser.add_argument("--peers", default="scim2,scimmy", help="whom to compare with, '' for nobody")
    parser.add_argument("--workloads", default="", help="only these, between commas (W1 is always the loading)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one workload in one round")
    parser.add_argument("--adds", type=int, default=200, help="members added in one round of W7, if there is time")
    options = parser.parse_args()
    peers = [name for name in options.peers.split(",") if name]
    reached, ours = True, {}
    floor(options)
    for people in options.people:
        for peer in peers:
            found = compare(("joiner", peer), people, options)
            reached = show(found, "joiner", peer, people) and reached
            ours.setdefault(people, found["joiner"])
        if not peers:
            ours[people] = compare(("joiner",), people, options)["joiner"]
    for people in options.alone:
        ours[people] = compare(("joiner",), people, options)["joiner"]
    growth(ours)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
