"""One simulated world: its time, source, orgs, engine memory, faults, oracle and trace. It knows how to let an engine run.

What happens in which order is told in :mod:`history`; this file is the stage.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from joiner.errors import JoinerError, Locked
from joiner.journeys.cycle import Report, apply_plan, make_plan
from joiner.journeys.cycle_ports import CyclePorts
from joiner.journeys.noted import NotedChunk, decode_noted
from joiner.simulation.driver import Driver, Life, Task, finish, look_away, pause
from joiner.simulation.edits import edit_source
from joiner.simulation.faults import Faults, draw_faults
from joiner.simulation.hands import Time
from joiner.simulation.house import MODEL_NAMES, PATH, House, Serve, build_house, build_pipe, build_ports
from joiner.simulation.humans import act_by_hand, edit_account
from joiner.simulation.laws import Judge
from joiner.simulation.ledger import Ledger, Piece, Place
from joiner.simulation.org_front import SOURCE, OrgFront, OrgWrite
from joiner.simulation.plan_laws import check_plan, check_sent
from joiner.simulation.roster import CHARTS, Roster, Served, beside, render
from joiner.simulation.watch import Broken, Run, Watch
from joiner.store.port import Approval, Intent
from joiner.sync.ownership import FirstContact
from joiner.sync.pipe import Pipe
from joiner.sync.plan import Kind, Plan
from joiner.sync.record import Reference

OPERATOR = "operator"
REMOVALS = (Kind.LEAVE, Kind.VANISHED)
TRACE_LINES_KEPT = 400


class LawBroken(Exception):
    """The seed has failed."""

    def __init__(self, broken: Broken, step: int) -> None:
        super().__init__(f"{broken.law}: {broken.text}")
        self.broken = broken
        self.step = step


@dataclass(slots=True)
class Trace:
    """What happened, as lines; the digest covers all of them, memory only the last."""

    verbose: bool = False
    lines: list[str] = field(default_factory=list)
    digest: Any = field(default_factory=lambda: blake2b(digest_size=12))

    def __call__(self, line: str) -> None:
        self.digest.update(line.encode())
        self.lines.append(line)
        if not self.verbose and len(self.lines) > 2 * TRACE_LINES_KEPT:
            del self.lines[:-TRACE_LINES_KEPT]


@dataclass(slots=True)
class World:
    random: Random
    time: Time
    trace: Trace
    faults: Faults
    roster: Roster
    house: House
    watch: Watch
    judge: Judge
    driver: Driver
    first_contact: FirstContact
    chart: int
    engines: int = 0
    cycles: int = 0
    reports: dict[str, Report] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def orgs(self) -> tuple[str, ...]:
        return tuple(self.house.fronts)

    def pipe(self, org: str) -> Pipe:
        return build_pipe(org, self.roster.name, self.first_contact, self.chart)

    # ------------------------------------------------------------ engines

    def start_engine(self, org: str, *, typed: bool, dies_at: int = 0, delay_seconds: float = 0.0, freezes_at: int = 0) -> Run:
        """Let one engine process run a cycle on one org; ``typed`` is an operator who plans, looks, and types apply."""
        self.engines += 1
        life = Life(f"engine {org} {self.engines}", dies_at, freezes_at)
        run = self.watch.begin(life, org, typed=typed)
        serve_file = partial(self.serve_file, org=org)
        ports = build_ports(
            self.house, org, self.roster, life, self.faults, self.watch, time=self.time, serve_file=serve_file, race=self.race
        )
        self.driver.start(life.name, self._cycle(org, run, ports, delay_seconds), life)
        return run

    async def _cycle(self, org: str, run: Run, ports: CyclePorts, delay_seconds: float) -> None:
        pipe = self.pipe(org)
        await pause("start", self.time.elapsed + delay_seconds)
        try:
            if run.typed:
                plan = await make_plan(pipe, ports, OPERATOR)
                self._see_plan(run, plan)
                await self._approve(run, plan, ports)
                run.requests_before = run.requests
                stored = await ports.store.load_plan(plan.hash)
                report = await apply_plan(pipe, ports, actor=OPERATOR, plan=stored)
            else:
                report = await apply_plan(pipe, ports, actor=pipe.name, plan=None)
        except Locked:
            self.trace(f"{run.name} finds the pipe locked")
            return
        except JoinerError as error:
            self.trace(f"{run.name} stops: {error}")
            self.problems.append(str(error))
            return
        self.cycles += 1
        self.reports[org] = report
        run.plan = report.plan
        self._see_plan(run, report.plan)
        check_sent(report, run, self.watch)
        told = f"sent {report.sent} done {report.done} held {report.held} failed {len(report.failed)}"
        self.trace(f"{run.name} done: {told} {report.plan_only} {report.stopped}")

    async def _approve(self, run: Run, plan: Plan, ports: CyclePorts) -> None:
        """The operator looks at what the guards hold and approves all of it, except for people whom he knows to be employed."""
        for trip in plan.tripped:
            held = [line for line in plan.lines if line.hold is not None and line.hold.code == trip.guard and line.person is not None]
            employed = [line.person for line in held if line.kind in REMOVALS and line.person and self.roster.present(line.person.key)]
            excepted = tuple(str(person) for person in employed)
            approval = Approval(plan.hash, trip.guard, True, "second operator", ports.clock.now(), excepted=excepted)
            await ports.store.approve(approval)
            self.trace(f"{run.name}: the operator approves {trip.guard} except {excepted}")

    def _see_plan(self, run: Run, plan: Plan) -> None:
        self.trace(f"{run.name} plan {plan.id}: {' '.join(f'{kind}={count}' for kind, count in sorted(plan.counts.items()))}")
        check_plan(plan, run, self.watch)

    def serve_file(self, life: Life, org: str) -> None:
        """Put the source's file on disk as this read will find it: whole, cut with an honest proof, cut without one, or empty."""
        truth = dict(self.roster.rows)
        shown, proof = truth, self.roster.proof
        claimed: int | None = None
        if truth and self.faults.strikes("source empty"):
            shown, claimed = {}, len(truth)
        elif len(truth) > 1 and self.faults.strikes("source cut"):
            keep = max(0, len(truth) - self.faults.random.randint(1, 3))
            shown, claimed = dict(list(truth.items())[:keep]), len(truth)
        honest = claimed is None or self.faults.random.random() < 0.5
        if not honest:
            proof, claimed = "none", None
        content = render(shown, proof, claimed=claimed)
        contents = {PATH: content}
        whole = content if claimed is None else render(truth, proof)
        contents |= {PATH + suffix: text for suffix, text in beside(whole, len(truth), proof).items()}
        self.house.files.contents = contents
        usable = claimed is None or proof == "none"
        served = Served(
            life.name, truth, frozenset(shown), usable and proof != "none", self.time.elapsed, self.time.wall().timestamp(), usable
        )
        self.roster.served.append(served)
        self.watch.runs[life.name].served[self.roster.name] = served
        if len(shown) != len(truth) or proof != self.roster.proof:
            self.trace(f"{life.name} is served {len(shown)} of {len(truth)} rows, proof {proof}")

    # ------------------------------------------------------------ people

    async def edit_now_and_then(self, count: int, wait: Any) -> None:
        """Edits at the source and by hand in the orgs, at times of their own."""
        for _ in range(count):
            await wait()
            self.edit_once()

    def race(self, front: OrgFront, account: str) -> None:
        """A human is faster than the engine's request by a moment."""
        if front.views.get(account, {}).get("active"):
            self.trace(f"edit just before: {edit_account(front, account, self.random)}")

    def edit_once(self) -> None:
        if self.random.random() < 0.45:
            what = edit_source(self.roster, self.random)
        else:
            what = act_by_hand(self.house.fronts[self.random.choice(self.orgs)], self.roster, self.random)
        if what:
            self.trace(f"edit: {what}")

    # ------------------------------------------------------------ the oracle

    def on_write(self, write: OrgWrite) -> None:
        self.trace(f"org {write.org} {write.sequence} by {write.by}: {_told(write)}")
        self.judge.write(write, self.watch.runs.get(write.by))

    def still_agreed(self, piece: Piece) -> bool:
        org, account, attribute, element = piece
        bonds = finish(self.house.engine_store.bonds(self.pipe(org).name)).values()
        agreed = next((bond.base.get(attribute) for bond in bonds if bond.target_id == account), None)
        return isinstance(agreed, tuple) and any(isinstance(one, Reference) and one.name == element for one in agreed)

    def remembers(self, place: Place) -> bool:
        org, account, attribute = place
        name = next((rule for rule, model in MODEL_NAMES.items() if model == attribute), attribute)
        bonds = finish(self.house.engine_store.bonds(self.pipe(org).name)).values()
        return any(name in bond.base for bond in bonds if bond.target_id == account)

    def on_credit(self, run: Run, intent: Intent) -> None:
        noted = decode_noted(intent.body)
        if isinstance(noted, NotedChunk) and noted.chunk.add:
            self.judge.ledger.credited.update((run.org, account, "groups", noted.chunk.name) for account in noted.accounts)

    def after_step(self, task: Task, what: str) -> None:
        self.trace.digest.update(f"{task.name}\t{what}".encode())
        if self.trace.verbose and what.startswith(("crash", "error")):
            self.trace(f"{task.name}: {what}")
        if task.error is not None:
            self.watch.breaks("no crash", f"{task.name} raised {type(task.error).__name__}: {_place(task.error)}")
        self.check()

    def check(self) -> None:
        if self.watch.broken:
            raise LawBroken(self.watch.broken[0], self.driver.steps)


def _place(error: Exception) -> str:
    """The message of an unforeseen error, and where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{error} ({Path(frame.filename).name}:{frame.lineno})"


def _told(write: OrgWrite) -> str:
    if write.before is None:
        return f"new {write.account} {write.after['userName']} for {write.after['externalId'] or 'nobody'}"
    changes = [
        f"{name} {_short(write.before[name])} → {_short(write.after[name])}"
        for name in write.after
        if write.before[name] != write.after[name]
    ]
    return f"{write.account} {write.after['userName']}: {', '.join(changes)}"


def _short(value: object) -> str:
    return "|".join(sorted(value)) or "–" if isinstance(value, frozenset) else str(value) or "–"


def build_world(seed: int, serve: Serve, *, verbose: bool = False) -> World:
    """The stage of one seed. Every stream of chance has its own generator, so that a change in one leaves the others alone."""
    root = Random(seed)
    streams = [Random(root.getrandbits(64)) for _ in range(4)]
    time, trace, roster = Time(), Trace(verbose), Roster(SOURCE, root.choices(("trailer", "count", "digest", "none"), (4, 2, 2, 1))[0])
    watch = Watch(time, trace)
    orgs = ("north", "south") if root.random() < 0.2 else ("north",)
    first_contact = root.choice((FirstContact.REPORT, FirstContact.SOURCE))
    chart = root.randrange(len(CHARTS))
    ledger = Ledger(roster, CHARTS[chart], first_contact is FirstContact.SOURCE)
    house = build_house(serve, orgs, "extended", time, streams[3])
    pipe = build_pipe(orgs[0], roster.name, first_contact, chart)
    judge = Judge(ledger, house.fronts, pipe.grace_seconds, watch.breaks)
    driver = Driver(streams[1], time.seconds, time.jump_to, look_away)
    world = World(streams[0], time, trace, draw_faults(streams[2]), roster, house, watch, judge, driver, first_contact, chart)
    driver.after_step, watch.on_link, watch.on_void = world.after_step, judge.link, ledger.void.add
    ledger.still_agreed, ledger.remembers = world.still_agreed, world.remembers
    watch.on_credit = world.on_credit
    for front in house.fronts.values():
        front.on_write = world.on_write
    return world
