"""One cycle: observe → plan → guard → apply → remember. Told top to bottom.

``make_plan`` shows what would happen and writes nothing to the org. ``apply_plan`` draws the plan afresh under the
pipe's lease and carries it out; a plan that a person typed is applied exactly as it was shown, or refused as stale.
After a crash nothing is resumed: we settle what is unknown, look again and plan again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from joiner.errors import Locked, Problem, StalePlan
from joiner.events import Actor, Door, Event
from joiner.journeys.carry_out import Failure, Run, adoptions, carry_out, run_of
from joiner.journeys.cycle_ports import LEASE_SECONDS, CyclePorts
from joiner.journeys.noted import decode_plan, encode_plan
from joiner.journeys.observe import Sight, observe
from joiner.journeys.settle import settle
from joiner.journeys.shape import check_shape
from joiner.scim.values import match_key
from joiner.store.port import ReadRecord, StoredPlan
from joiner.sync.bond import Bond
from joiner.sync.drawing import Seen, draw_plan, lift_holds
from joiner.sync.effect import find_moved
from joiner.sync.guard import Recent
from joiner.sync.pipe import Mode, Pipe
from joiner.sync.plan import Kind, Plan
from joiner.sync.record import PersonKey
from joiner.sync.wanted import USER_NAME

ROLLING = timedelta(hours=24)
"""Removals of this span count towards the caps, and approvals older than this have lapsed."""

JOURNAL_KEPT = timedelta(days=30)
"""Settled intents and plans older than this are forgotten. The audit log keeps what was done."""

APPLIED_RULES = "applied_rules_hash"
MOVED_SHOWN_MAX = 5


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an apply. ``plan_only`` says why nothing was sent although a person did not hold it.

    ``requests`` is what the org was really asked in this run, reading, tokens and retries included.
    """

    plan: Plan
    run: str = ""
    sent: int = 0
    done: int = 0
    failed: tuple[Failure, ...] = ()
    held: int = 0
    plan_only: str = ""
    requests: int = 0
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    plan: Plan
    sight: Sight
    bonds: Mapping[PersonKey, Bond]


async def make_plan(pipe: Pipe, ports: CyclePorts, author: str) -> Plan:
    """Read both sides and say what would happen. The plan is stored, so that it can be shown, approved and applied."""
    await _settle_if_free(pipe, ports)
    drawn = await _draw(pipe, ports, author)
    await _save(drawn.plan, await ports.store.latest_plan(pipe.name), ports)
    return drawn.plan


async def apply_plan(pipe: Pipe, ports: CyclePorts, *, actor: str, plan: StoredPlan | None = None) -> Report:
    """Carry out what may be carried out.

    With ``plan`` a person has typed it, which approves all of it that no guard holds; it is refused (StalePlan) when the
    inputs moved. Without, the run is unattended: a first run and changed rules stay plan-only until a person has looked.
    Raises Locked when another run holds the pipe, and whatever reading raises.
    """
    fence = await ports.store.take_lease(pipe.name, ports.holder, ports.clock.now(), LEASE_SECONDS)
    run = run_of(ports.ids.new_id(), pipe.name, fence, Actor("operator", actor, Door.CLI), ports, {})
    asked_before = ports.target.requests_sent
    try:
        report = await _apply_leased(pipe, ports, run, actor, plan)
    except Exception:
        # Not in ``finally``: a run that is killed releases nothing, and the simulator kills runs by dropping them.
        await ports.store.release_lease(pipe.name, fence)
        raise
    await ports.store.release_lease(pipe.name, fence)
    return replace(report, requests=ports.target.requests_sent - asked_before)


async def _apply_leased(pipe: Pipe, ports: CyclePorts, run: Run, actor: str, approved: StoredPlan | None) -> Report:
    await settle(pipe.name, run.fence, ports)
    drawn = await _draw(pipe, ports, actor)
    shown = await ports.store.latest_plan(pipe.name)
    await _save(drawn.plan, shown, ports)
    if approved is not None and approved.hash != drawn.plan.hash:
        raise stale(decode_plan(approved.document), drawn.plan)
    # What follows is remembered without a fence of its own: a run that lost its pipe while it read must not get here.
    await ports.store.renew_lease(pipe.name, run.fence, ports.clock.now(), LEASE_SECONDS)
    await _record_reads(pipe, ports, drawn)
    plan = await _with_approvals(drawn.plan, shown, ports)
    held = sum(line.hold is not None for line in plan.lines) + sum(line.hold is not None for line in plan.groups)
    reason = await _why_plan_only(pipe, ports, plan, attended=approved is not None)
    if reason:
        return Report(plan, run.id, held=held, plan_only=reason)
    run.bonds.update(drawn.bonds)
    await _remember_agreements(plan, run)
    await carry_out(plan, {match_key(user.user_name): user.id for user in drawn.sight.target.users}, run)
    if not run.tally.stopped:
        await ports.store.renew_lease(pipe.name, run.fence, ports.clock.now(), LEASE_SECONDS)
        await ports.store.put_setting(pipe.name, APPLIED_RULES, pipe.rules_hash)
        await ports.store.prune(pipe.name, ports.clock.now() - JOURNAL_KEPT)
    tally = run.tally
    return Report(plan, run.id, tally.sent, tally.done, tuple(tally.failures), held, stopped=tally.stopped)


# ---------------------------------------------------------------- drawing


async def _save(plan: Plan, newest: StoredPlan | None, ports: CyclePorts) -> None:
    """Store the plan. The newest one drawn again is the same plan still: whoever approved it need not do so twice.

    One that seems to come from the future is stored anew: the clock went back, and nobody could approve it any more.
    """
    if newest is None or newest.hash != plan.hash or newest.made_at > plan.made_at:
        await ports.store.save_plan(encode_plan(plan))


async def _settle_if_free(pipe: Pipe, ports: CyclePorts) -> None:
    """Unknown outcomes are looked up before planning, unless another run is at work on them."""
    try:
        fence = await ports.store.take_lease(pipe.name, ports.holder, ports.clock.now(), LEASE_SECONDS)
    except Locked:
        return
    try:
        await settle(pipe.name, fence, ports)
    except Exception:
        await ports.store.release_lease(pipe.name, fence)
        raise
    await ports.store.release_lease(pipe.name, fence)


async def _draw(pipe: Pipe, ports: CyclePorts, author: str) -> Drawn:
    bonds = await ports.store.bonds(pipe.name)
    sight = await observe(ports, bonds)
    capabilities = ports.target.capabilities
    check_shape(pipe, sight.sources, addresses=capabilities.attributes[USER_NAME].form == "email")
    now = ports.clock.now()
    absences = await ports.store.absences(pipe.name)
    reads = await ports.store.last_reads(pipe.name)
    removals = await ports.store.removals_since(pipe.name, now - ROLLING)
    applied = await ports.store.get_setting(pipe.name, APPLIED_RULES)
    seen = Seen(
        sight.sources,
        sight.target,
        capabilities.attributes,
        bonds,
        now,
        sight.unseen,
        {person: absence.first_at for person, absence in absences.items()},
        {name: read.rows for name, read in reads.items()},
        Recent(removals),
        capabilities.member_chunk,
        capabilities.requests_per_minute,
        first_run=not applied,
    )
    ports.progress.report("Planning", 0)
    plan = draw_plan(pipe, seen, author)
    return Drawn(replace(plan, warnings=_warnings(pipe, plan, applied)), sight, bonds)


def _warnings(pipe: Pipe, plan: Plan, applied: str) -> tuple[str, ...]:
    warnings = []
    if not applied:
        warnings.append("This pipe has never been applied: look at the plan, then apply it by its id.")
    elif applied != pipe.rules_hash:
        warnings.append("The rules changed since the last apply: look at the plan, then apply it by its id.")
    if pipe.mode is not Mode.APPLY:
        warnings.append(f'mode = "{pipe.mode.value}": nothing can be sent through this pipe.')
    warnings += [f"{one.name}: {one.note}" for one in plan.inputs if one.kind == "org" and not one.complete]
    return tuple(warnings)


def stale(shown: Plan, now: Plan) -> StalePlan:
    """Say what moved between the plan that a person saw and the one that would be applied."""
    moved = find_moved(shown, now)
    rows = [("plan", f"{shown.id}, made {shown.made_at:%Y-%m-%d %H:%M} UTC"), ("now", f"{now.id}")]
    rows += [("moved", str(one)) for one in moved[:MOVED_SHOWN_MAX]]
    if len(moved) > MOVED_SHOWN_MAX:
        rows.append(("moved", f"… and {len(moved) - MOVED_SHOWN_MAX:,} more"))
    if shown.rules_hash != now.rules_hash:
        rows.append(("moved", "the rules"))
    if [line.change for line in shown.groups] != [line.change for line in now.groups]:
        rows.append(("moved", "who joins and leaves groups"))
    rows.append(("effect", "nothing was sent; what was approved for the shown plan must be approved again"))
    return StalePlan(
        Problem("JN3001", "the plan is stale: its inputs moved", tuple(rows), f"look at the new plan, then  joiner apply {now.id}")
    )


# ---------------------------------------------------------------- applying


async def _record_reads(pipe: Pipe, ports: CyclePorts, drawn: Drawn) -> None:
    """Remember this cycle's reads: they are what a later cycle's evidence of absence rests on."""
    for snapshot in drawn.sight.sources:
        listed = [PersonKey(snapshot.source, record.key) for record in snapshot.records]
        present = set(listed)
        proven = snapshot.proof.complete and bool(listed)
        missing = [person for person in drawn.bonds if proven and person.source == snapshot.source and person not in present]
        read = ReadRecord(snapshot.source, len(listed), snapshot.proof.complete, snapshot.digest, snapshot.read_at)
        await ports.store.record_read(pipe.name, read, missing, listed)


async def _with_approvals(plan: Plan, shown: StoredPlan | None, ports: CyclePorts) -> Plan:
    """Lift the holds that a person approved for exactly this plan, not longer than a day ago.

    ``shown`` is the pipe's newest plan before this one. When another was drawn since the person looked, the world had moved:
    that it moved back (a file is empty once more) is not what was approved.
    """
    if shown is None or shown.hash != plan.hash:
        return plan
    approvals = await ports.store.approvals(plan.hash)
    now = ports.clock.now()
    approved: dict[str, frozenset[str]] = {}
    for approval in sorted(approvals, key=lambda approval: approval.at):
        if approval.approved and shown.made_at <= approval.at and now - approval.at < ROLLING:
            approved[approval.guard] = frozenset(approval.excepted)
        else:
            approved.pop(approval.guard, None)
    return lift_holds(plan, approved) if approved else plan


async def _why_plan_only(pipe: Pipe, ports: CyclePorts, plan: Plan, *, attended: bool) -> str:
    if pipe.mode is not Mode.APPLY:
        return f'mode = "{pipe.mode.value}"'
    if attended or not _writes(plan):
        return ""
    applied = await ports.store.get_setting(pipe.name, APPLIED_RULES)
    if not applied:
        return "first run of this pipe"
    return "the rules changed since the last apply" if applied != pipe.rules_hash else ""


def _writes(plan: Plan) -> bool:
    return any((line.change is not None or line.kind is Kind.LINK) and line.hold is None for line in plan.lines) or bool(plan.groups)


async def _remember_agreements(plan: Plan, run: Run) -> None:
    """Agreements that cost no request: recognised accounts, equal changes on both sides, settled people."""
    bonds: Sequence[tuple[PersonKey, Bond]] = adoptions(plan)
    if not bonds:
        return
    linked = {line.person: line for line in plan.lines if line.kind is Kind.LINK}
    events = [
        Event(
            "person.linked",
            run.actor,
            run.ports.clock.now(),
            "person",
            str(person),
            linked[person].name,
            after={"account": bond.target_id},
            reason="; ".join(linked[person].why),
        )
        for person, bond in bonds
        if person in linked
    ]
    await run.ports.store.put_bonds(run.pipe, run.fence, bonds, events)
    run.bonds.update(bonds)
