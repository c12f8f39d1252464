"""One seed from first light to rest: the acts of a small org's life, and what must be true when nobody stirs any more.

::

    opening      people exist, some accounts were made by hand; an operator types the first apply
    turmoil      rounds of edits on both sides, engines that run, meet, lose answers and die
    quiet        no faults, no edits: the operator approves what is true and the engine runs until nothing is left to send
    rest         the laws that hold at rest (:mod:`rest`), and one more cycle that must send nothing
"""

from __future__ import annotations

from typing import NamedTuple

from joiner.simulation import rest
from joiner.simulation.driver import pause
from joiner.simulation.edits import join
from joiner.simulation.faults import JUMPS_SECONDS, TAKEOVER_SECONDS
from joiner.simulation.house import Serve
from joiner.simulation.humans import make_account, make_group
from joiner.simulation.roster import DOMAIN, GROUPS
from joiner.simulation.watch import Broken
from joiner.simulation.world import LawBroken, World, build_world

ROUNDS_MAX = 5
QUIET_CYCLES_MAX = 5
"""Three cycles settle anything; evidence of absence needs two reads, a swap two sends, and a held pipe one more."""
ONCE_MORE_SHARE = 0.3
"""The loop above ends with a cycle that sent nothing; a second such cycle is tried in some of the seeds."""
EDITS_BEFORE_STOP = 12
QUIET_SECONDS = 7_300.0


class Outcome(NamedTuple):
    """What became of one seed. ``broken`` is None for a clean one; ``lines`` are the end of its story."""

    seed: int
    digest: str
    steps: int
    cycles: int
    writes: int
    faults: tuple[tuple[str, int], ...]
    broken: Broken | None = None
    lines: tuple[str, ...] = ()


def run_seed(seed: int, serve: Serve, *, verbose: bool = False) -> Outcome:
    """Live one history through. Never raises for a broken law: it is part of the outcome."""
    world = build_world(seed, serve, verbose=verbose)
    broken: Broken | None = None
    try:
        opening(world)
        turmoil(world)
        quiet(world)
    except LawBroken as found:
        broken = found.broken
    finally:
        world.house.close()
    faults = tuple(sorted(world.faults.struck.items()))
    lines = tuple(world.trace.lines) if broken or verbose else ()
    return Outcome(seed, world.trace.digest.hexdigest(), world.driver.steps, world.cycles, world.watch.writes_sent, faults, broken, lines)


def run_stopped(seed: int, serve: Serve, stop: int) -> Outcome | None:
    """One cycle after some edits, without any fault but this: it dies at its step ``stop``. None when it has fewer steps."""
    world = build_world(seed, serve)
    world.faults.rates.clear()
    world.faults.page_count = 0
    try:
        opening(world)
        for _ in range(EDITS_BEFORE_STOP):
            world.edit_once()
        world.time.jump_to(world.time.elapsed + QUIET_SECONDS)
        run = world.start_engine(world.orgs[0], typed=False, dies_at=stop)
        world.driver.run()
        if run.plan is not None:
            return None
        quiet(world)
        broken = None
    except LawBroken as found:
        broken = found.broken
    finally:
        world.house.close()
    lines = tuple(world.trace.lines) if broken else ()
    return Outcome(seed, world.trace.digest.hexdigest(), stop, world.cycles, world.watch.writes_sent, (("crash", 1),), broken, lines)


def opening(world: World) -> None:
    """Three to eight people, some with accounts made by hand; the operator types the first apply, in every other seed without faults."""
    for _ in range(world.random.randint(3, 8)):
        join(world.roster, world.random)
    for front in world.house.fronts.values():
        for name in GROUPS:
            make_group(front, name)
        for row in list(world.roster.rows.values()):
            if world.random.random() < 0.3:
                world.trace(make_account(front, row.email, f"{row.first} {row.last}", world.random))
        if world.random.random() < 0.5:
            world.trace(make_account(front, f"desk@{DOMAIN}", "Front Desk", world.random))
    world.check()
    world.faults.on = world.random.random() < 0.5
    for org in world.orgs:
        world.start_engine(org, typed=True, dies_at=world.faults.dies_at())
    world.driver.run()
    world.faults.on = True


def turmoil(world: World) -> None:
    for _ in range(world.random.randint(2, ROUNDS_MAX)):
        world.time.jump_to(world.time.elapsed + world.random.choice((60.0, 900.0, 4_000.0, 20_000.0)))
        if world.faults.strikes("clock jump"):
            world.time.offset += world.faults.random.choice(JUMPS_SECONDS)
            world.trace(f"the engine's clock is now wrong by {world.time.offset:.0f} s")
        for _ in range(world.random.randint(0, 4)):
            world.edit_once()
        world.check()
        for org in world.orgs:
            freezes_at = world.faults.freezes_at()
            world.start_engine(org, typed=world.random.random() < 0.3, dies_at=world.faults.dies_at(), freezes_at=freezes_at)
            if freezes_at or world.faults.strikes("two engines"):
                delay_seconds = TAKEOVER_SECONDS if freezes_at else world.random.choice((0.0, 1.0, 140.0, TAKEOVER_SECONDS))
                typed, dies_at = world.random.random() < 0.3, world.faults.dies_at()
                world.start_engine(org, typed=typed, dies_at=dies_at, delay_seconds=delay_seconds)
        world.driver.start("people", edit_now_and_then(world, world.random.randint(0, 5)))
        world.driver.run()
        world.check()


async def edit_now_and_then(world: World, count: int) -> None:
    """Edits at the source and by hand in the orgs while engines run."""
    for _ in range(count):
        await pause("people", world.time.elapsed + world.random.choice((0.05, 0.3, 1.0, 3.0, 30.0)))
        world.edit_once()


def quiet(world: World) -> None:
    """Everybody stops. The engine has a few cycles to come to rest; then it must be right, and send nothing."""
    world.faults.on = False
    world.trace("quiet")
    for org in world.orgs:
        for number in range(QUIET_CYCLES_MAX):
            if not _cycle_sends(world, org, typed=number == 0 or _something_is_held(world, org)):
                break
        else:
            world.watch.breaks("convergence", f"{org} still gets writes after {QUIET_CYCLES_MAX} quiet cycles")
        world.check()
        rest.check(world, org)
        world.check()
        if world.random.random() < ONCE_MORE_SHARE and _cycle_sends(world, org, typed=False):
            world.watch.breaks("idempotence", f"one more cycle after rest sent writes to {org}")
        world.check()
    rest.check_memory(world)
    world.check()


def _something_is_held(world: World, org: str) -> bool:
    return bool(world.reports[org].plan.tripped)


def _cycle_sends(world: World, org: str, *, typed: bool) -> bool:
    """One cycle without faults; whether it sent anything.

    The lease of a run that died before the clock went back is measured anew from the first look on: that cycle may find it
    locked, the next one must not (``store.engine_lease.take``).
    """
    for _ in range(2):
        world.time.jump_to(world.time.elapsed + QUIET_SECONDS)
        world.problems.clear()
        run = world.start_engine(org, typed=typed)
        world.driver.run()
        world.check()
        if run.plan is not None or world.problems:
            break
    if run.plan is None:
        world.watch.breaks("convergence", f"a quiet cycle on {org} did not come to its end: {'; '.join(world.problems) or 'locked'}")
        world.check()
    return run.writes > 0
