"""Figures of the engine and of a hosted org, on this machine: ``make bench`` or ``python bench/run.py --people 10000``.

Everything is real (CSV file, SQLite files, SCIM requests), except that requests go straight into the server without a socket, so that
the network of the machine is not measured. Each figure is one line: what, how much, in how long.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gc
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from joiner.assembly import Assembly
from joiner.auth.client_secret import REHEARSAL_COST
from joiner.cli.builders import Where
from joiner.connectors.port import HttpAnswer, HttpRequest, Target, Wire
from joiner.demo.org_http import CORE, ENTERPRISE, GENESYS
from joiner.demo.people import make_population
from joiner.dialects.connection import KINDS
from joiner.journeys.administer import add_org, create_client, define_names, mint_token
from joiner.journeys.cycle import apply_plan, make_plan
from joiner.journeys.cycle_ports import CyclePorts
from joiner.journeys.noted import encode_plan
from joiner.ports import Silence
from joiner.store.org_store import open_org_store
from joiner.sync.drawing import Seen, draw_plan
from joiner.sync.pipe import Pipe
from joiner.system import SystemClock, SystemIds, collect_rarely
from joiner.web.in_process import serve_in_process

URL = "http://127.0.0.1:8470/bench"
TOGETHER = 200
RUNS_DEFAULT = 7
LOCAL_SECONDS_MAX = 1.0
"""What a cycle without changes may take here, besides reading the org (issue 2)."""

GROUP_SIZE = 500
DIVISIONS, ROLES, SKILLS, LANGUAGES = ("Support", "Sales"), ("Agent", "Lead"), ("Gas", "Solar", "Heat"), ("English", "German")
RULES = (
    ("userName", "lower(src.email)"),
    ("displayName", "'src.first + \" \" + src.last'"),
    ("title", "src.title"),
    ("department", "src.department"),
    ("division", "src.department"),
    ("employeeNumber", "src.employee_no"),
    ("dateHire", "src.starts"),
    ("roles", '\'src.title == "Lead" ? "Lead" : "Agent"\''),
    ("routingSkills", "'split(src.skills, \"|\")'"),
    ("routingLanguages", "'split(src.languages, \"|\")'"),
    ("groups", "src.team"),
    ("emails[work]", "src.email"),
    ("phoneNumbers[work]", "e164(src.phone, src.country)"),
    ("phoneNumbers[mobile]", "e164(src.mobile, src.country)"),
    ("phoneNumbers[home]", "e164(src.home, src.country)"),
)


def make_rows(count: int) -> list[dict[str, str]]:
    people = (*make_population().employees, *make_population().contractors)
    rows = []
    for index in range(count):
        person = people[index % len(people)]
        rows.append(
            {
                "employee_no": f"{100_000 + index}",
                "first": person.first,
                "last": person.last,
                "email": f"{person.email.partition('@')[0]}.{index}@northlight.example",
                "title": "Lead" if index % 11 == 0 else "Agent",
                "department": DIVISIONS[index % 2],
                "starts": person.starts,
                "skills": f"{SKILLS[index % 3]}|{SKILLS[(index + 1) % 3]}",
                "languages": LANGUAGES[index % 2],
                "team": f"Team {index // GROUP_SIZE}",
                "country": person.country,
                "phone": person.phone,
                "mobile": f"+447700900{index % 1000:03d}",
                "home": f"+441614960{index % 1000:03d}",
            }
        )
    return rows


def document_of(row: dict[str, str]) -> dict[str, Any]:
    phones = (("work", row["phone"]), ("mobile", row["mobile"]), ("home", row["home"]))
    return {
        "schemas": [f"{CORE}:User", ENTERPRISE, GENESYS],
        "userName": row["email"],
        "displayName": f"{row['first']} {row['last']}",
        "title": row["title"],
        "active": True,
        "emails": [{"type": "work", "value": row["email"]}],
        "phoneNumbers": [{"type": kind, "value": value} for kind, value in phones],
        "roles": [{"value": row["title"]}],
        ENTERPRISE: {
            "department": row["department"],
            "division": row["department"],
            "employeeNumber": row["employee_no"],
            "dateHire": row["starts"],
        },
        GENESYS: {
            "routingSkills": [{"name": skill, "proficiency": 2.0} for skill in row["skills"].split("|")],
            "routingLanguages": [{"name": row["languages"], "proficiency": 2.0}],
        },
    }


class TimedTarget:
    """A target that remembers how long reading it took: other systems are measured apart from us."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.begin()

    def begin(self) -> None:
        self.observing_seconds = self.observing_busy = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    async def observe(self, *arguments: Any, **named: Any) -> Any:
        began, busy = time.perf_counter(), time.process_time()
        try:
            return await self._target.observe(*arguments, **named)
        finally:
            self.observing_seconds += time.perf_counter() - began
            self.observing_busy += time.process_time() - busy


@contextmanager
def figure(what: str, count: int, unit: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    show(what, count, unit, time.perf_counter() - began)


def show(what: str, count: int, unit: str, seconds: float) -> None:
    print(f"{what:<58} {count:>7,} {unit:<9} {seconds:8.3f} s   {count / seconds:>9,.0f}/s", flush=True)


async def fill(wire: Wire, token: str, rows: Sequence[dict[str, str]]) -> list[str]:
    gate = asyncio.Semaphore(TOGETHER)

    async def create(row: dict[str, str]) -> str:
        async with gate:
            return str(json.loads((await send(wire, token, "POST", "/Users", document_of(row))).body)["id"])

    ids = list(await asyncio.gather(*map(create, rows)))
    for first in range(0, len(rows), GROUP_SIZE):
        members = [{"value": user_id} for user_id in ids[first : first + GROUP_SIZE]]
        await send(wire, token, "POST", "/Groups", {"schemas": [f"{CORE}:Group"], "displayName": rows[first]["team"], "members": members})
    return ids


async def send(wire: Wire, token: str, method: str, path: str, document: Any = None) -> HttpAnswer:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    body = b"" if document is None else json.dumps(document).encode()
    answer = await wire.send(HttpRequest(method, f"{URL}/api/v2/scim/v2{path}", headers, body))
    assert answer.status in (200, 201), (answer.status, answer.body[:500])
    return answer


def write_workspace(folder: Path, rows: Sequence[dict[str, str]], client_id: str, secret: str) -> None:
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        file.write(f"#rows={len(rows)}\n")
    (folder / "secret").write_text(secret)
    maps = "\n".join(f'[[map]]\nto = "{to}"\nfrom = {rule if rule.startswith(chr(39)) else chr(39) + rule + chr(39)}' for to, rule in RULES)
    (folder / "joiner.toml").write_text(
        f"""version = 1
[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key = "employee_no"
[[org]]
name = "bench"
kind = "hosted"
url = "{URL}"
client_id = "{client_id}"
secret = "file:secret"
source = ["hr"]
mode = "apply"
budget = {{ requests_per_minute = 60000 }}
{maps}
""",
        "utf-8",
    )


async def measure(folder: Path, people: int, runs: int) -> None:
    clock, ids = SystemClock(), SystemIds()
    store = open_org_store(str(folder / "orgs.db"), clock)
    await add_org(store, clock, ids, "bench")
    await define_names(store, clock, ids, "bench", divisions=DIVISIONS, roles=ROLES, skills=SKILLS, languages=LANGUAGES)
    client = await create_client(store, clock, ids, "bench", "bench", connection=KINDS["joiner"], cost=REHEARSAL_COST)
    token, _ = await mint_token(store, clock, ids, "bench", "bench")
    wire = serve_in_process(store, clock, ids)

    rows = make_rows(people)
    write_workspace(folder, rows, client.client_id, client.client_secret)
    with figure(f"hosted org: create users, durable, {TOGETHER} at a time", people, "users"):
        user_ids = await fill(wire, token, rows)
    sample = user_ids[:: max(1, people // 2000)]
    with figure("hosted org: read one user", len(sample), "users"):
        for user_id in sample:
            await send(wire, token, "GET", f"/Users/{user_id}")
    with figure("hosted org: find by userName", len(sample), "searches"):
        for row in rows[:: max(1, people // 2000)]:
            await send(wire, token, "GET", f"/Users?filter=userName%20eq%20%22{row['email']}%22")

    await measure_engine(folder, wire, people, runs)
    store.close()


async def measure_engine(folder: Path, wire: Wire, people: int, runs: int) -> None:
    class InProcess(Assembly):
        @asynccontextmanager
        async def _wire(self, url: str) -> AsyncIterator[Wire]:
            yield wire

    where = Where(config=str(folder / "joiner.toml"))
    async with InProcess({}).open_pipe(where, "bench", Silence()) as work:
        target = TimedTarget(work.ports.target)
        ports = replace(work.ports, target=target)
        plan = await make_plan(work.pipe, ports, "bench")
        target.begin()
        began = time.perf_counter()
        report = await apply_plan(work.pipe, ports, actor="bench", plan=encode_plan(plan))
        assert report.sent == 0, (report.sent, report.plan.counts)
        spent = time.perf_counter() - began - target.observing_seconds
        show("engine: first contact, everybody linked, without reading", people, "people", spent)
        print(f"\nNothing changed, {people:,} people × {len(RULES)} attributes: seconds, median of {runs} (least – most)")
        await measure_cycles("as settled the last time (the usual cycle)", work.pipe, ports, target, runs)
        # Other rules: no fingerprint fits, so that everybody is mapped and merged again.
        await measure_cycles("everybody mapped and merged anew", replace(work.pipe, rules_hash="other rules"), ports, target, runs)


async def measure_cycles(what: str, pipe: Pipe, ports: CyclePorts, target: TimedTarget, runs: int) -> None:
    """Whole plans, and the stages of which their local time is made. Reading the org is told apart: it is the org's time too."""
    plans, parts = Series(), {name: Series() for name in ("read bonds", "read CSV", "map, merge, plan, hash", "store the plan")}
    reading = Series()
    for _ in range(runs):
        gc.collect()
        target.begin()
        began, busy = time.perf_counter(), time.process_time()
        plan = await make_plan(pipe, ports, "bench")
        assert not any(line.change for line in plan.lines)
        plans.add(time.perf_counter() - began - target.observing_seconds, time.process_time() - busy - target.observing_busy)
        reading.add(target.observing_seconds, target.observing_busy)
        await _measure_parts(pipe, ports, parts)
    print(
        f"  {what}\n    {'local time of a plan':<34}{plans}   target ≤ {LOCAL_SECONDS_MAX:.1f} s: × {plans.median / LOCAL_SECONDS_MAX:.2f}"
    )
    for name, series in parts.items():
        print(f"      {name:<32}{series}   {100 * series.median / plans.median:3.0f} %")
    print(f"    {'apart: reading the hosted org':<34}{reading}", flush=True)


async def _measure_parts(pipe: Pipe, ports: CyclePorts, parts: dict[str, Series]) -> None:
    with parts["read bonds"].timed():
        bonds = await ports.store.bonds(pipe.name)
    with parts["read CSV"].timed():
        sources = tuple([await source.read() for source in ports.sources])
    seen_target = await ports.target.observe()
    seen = Seen(sources, seen_target, ports.target.capabilities.attributes, bonds, ports.clock.now())
    with parts["map, merge, plan, hash"].timed():
        plan = draw_plan(pipe, seen, "bench")
    with parts["store the plan"].timed():
        await ports.store.save_plan(encode_plan(plan))


class Series:
    """Seconds of several runs of one thing, and those of them in which this process had a processor (others may be at work too)."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.busy: list[float] = []

    @property
    def median(self) -> float:
        return median(self.seconds)

    @contextmanager
    def timed(self) -> Iterator[None]:
        began, busy = time.perf_counter(), time.process_time()
        yield
        self.add(time.perf_counter() - began, time.process_time() - busy)

    def add(self, seconds: float, busy: float) -> None:
        self.seconds.append(seconds)
        self.busy.append(busy)

    def __str__(self) -> str:
        told = f"{self.median:7.3f}   ({min(self.seconds):.3f} – {max(self.seconds):.3f})"
        return f"{told}   processor {median(self.busy):.3f}" if any(self.busy) else told


def measure_start(runs: int) -> None:
    """How long a person waits for ``joiner --help``, and for Python alone."""
    words = {
        "python -c pass": ("-c", "pass"),
        "joiner --help": ("-m", "joiner.app", "--help"),
        "joiner version": ("-m", "joiner.app", "version"),
    }
    print(f"\nStart: seconds, median of {runs} (least – most)")
    for name, line in words.items():
        series = Series()
        for _ in range(runs):
            began = time.perf_counter()
            subprocess.run([sys.executable, *line], check=True, stdout=subprocess.DEVNULL)
            series.add(time.perf_counter() - began, 0.0)
        print(f"    {name:<34}{series}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=RUNS_DEFAULT, help="of each figure that is told as a median")
    chosen = parser.parse_args()
    people = chosen.people
    collect_rarely()  # as the command does
    print(f"{people:,} people, {len(RULES)} attributes · Python {platform.python_version()} · {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="joiner-bench-") as folder:
        asyncio.run(measure(Path(folder), people, chosen.runs))
    measure_start(chosen.runs)


if __name__ == "__main__":
    main()
