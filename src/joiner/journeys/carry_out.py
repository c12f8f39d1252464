"""Carry out a plan: leavers first, users before groups, adds before removes, one durable intent before each request.

For every write: still our lease? → note the intent → send → record outcome, bond and audit row in one transaction.
What got no answer stays open as unknown and is settled by looking in the next cycle; nothing is sent twice.
A refusal touches one person and the rest goes on, until errors come so thick that something larger must be wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from joiner.errors import ConnectorError, CredentialsRefused, Problem, Refused, Throttled, Unreachable
from joiner.events import Actor
from joiner.journeys.cycle_ports import LEASE_SECONDS, CyclePorts
from joiner.journeys.noted import Noted, NotedChange, NotedChunk, encode_noted
from joiner.journeys.settle import bond_after, group_event, person_event
from joiner.store.port import Intent, IntentState
from joiner.sync.batch import Chunk, Step, is_deferred, order_steps, split_members
from joiner.sync.bond import Bond, Linked
from joiner.sync.change import Change, Verb
from joiner.sync.echo import is_as_planned, landed
from joiner.sync.membership import with_membership
from joiner.sync.plan import GroupLine, PersonLine, Plan
from joiner.sync.record import PersonKey, Reference, TargetRecord, Value

ERRORS_IN_A_ROW_MAX = 5
ERRORS_WINDOW = 50
ERRORS_WINDOW_SHARE_MAX = 0.10
"""Five errors in a row, or a tenth of the last fifty writes, stop the run (DESIGN §5)."""

MOVED_MEANWHILE = frozenset({409, 412})


@dataclass(frozen=True, slots=True)
class Failure:
    """One write that did not succeed. ``unknown``: no answer came; the next cycle looks."""

    who: str
    problem: Problem
    unknown: bool = False


@dataclass(slots=True)
class Tally:
    """What became of a run so far."""

    sent: int = 0
    done: int = 0
    failures: list[Failure] = field(default_factory=list)
    stopped: str = ""
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=ERRORS_WINDOW))

    def note(self, succeeded: bool) -> None:
        self.recent.append(succeeded)
        failed = self.recent.count(False)
        in_a_row = len(self.recent) >= ERRORS_IN_A_ROW_MAX and not any(list(self.recent)[-ERRORS_IN_A_ROW_MAX:])
        too_many = len(self.recent) == ERRORS_WINDOW and failed > ERRORS_WINDOW * ERRORS_WINDOW_SHARE_MAX
        if in_a_row:
            self.stopped = f"{ERRORS_IN_A_ROW_MAX} errors in a row"
        elif too_many:
            self.stopped = f"{failed} errors in the last {ERRORS_WINDOW} writes"


@dataclass(slots=True)
class Run:
    """One run under one lease. ``bonds`` and ``versions`` follow what was acknowledged."""

    id: str
    pipe: str
    fence: int
    actor: Actor
    ports: CyclePorts
    bonds: dict[PersonKey, Bond]
    tally: Tally
    versions: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    """Accounts and groups of which a write got no answer: nothing more is sent to them before somebody has looked."""
    parked: dict[str, str] = field(default_factory=dict)
    deferred: list[tuple[PersonLine, Change]] = field(default_factory=list)


async def carry_out(plan: Plan, names: Mapping[str, str], run: Run) -> None:
    """Send everything in ``plan`` that is not held. ``names`` leads from folded user names to the accounts that hold them."""
    steps = order_steps(plan.lines, names)
    total = len(steps) + len(plan.groups)
    for done, step in enumerate(steps, 1):
        if run.tally.stopped:
            return
        await _carry_out_step(step, run)
        run.ports.progress.report("Sending", done, total)
    for line, change in run.deferred:
        if run.tally.stopped:
            return
        await _point_at_arrived(line, change, run)
    for done, group in enumerate(plan.groups, len(steps) + 1):
        if run.tally.stopped:
            return
        await _carry_out_group(group, run)
        run.ports.progress.report("Sending", done, total)


# ---------------------------------------------------------------- people


async def _carry_out_step(step: Step, run: Run) -> None:
    line = step.line
    assert line.change is not None, "only lines with a change are steps"
    if line.target_id in run.unknown:
        return
    if step.parked_name:
        change = Change(
            Verb.UPDATE, line.change.person, line.target_id, {"userName": step.parked_name}, if_match=_version(line.change, run)
        )
        change = replace(change, inverse={"userName": line.user_name}, reason="parked, because two people swap their user names")
        await _write(line, change, None, run)
        run.parked[line.target_id] = step.parked_name
        return
    change = _after_parking(replace(line.change, if_match=_version(line.change, run)), run)
    later = {name: value for name, value in change.sets.items() if is_deferred(value)}
    if later:
        run.deferred.append(
            (line, replace(change, verb=Verb.UPDATE, sets=later, removes={}, reason="the person pointed at now has an account"))
        )
    await _write(line, _without(change, later), _forget(line.remember, later), run)


def _after_parking(change: Change, run: Run) -> Change:
    """The same change, starting from the parked user name if the account took one."""
    parked = run.parked.get(change.target_id)
    return replace(change, inverse={**change.inverse, "userName": parked}) if parked and change.target_id else change


def _version(change: Change, run: Run) -> str:
    return run.versions.get(change.target_id, change.if_match)


def _without(change: Change, later: Mapping[str, Value]) -> Change:
    return replace(change, sets={name: value for name, value in change.sets.items() if name not in later})


def _forget(remember: Bond | None, later: Mapping[str, Value]) -> Bond | None:
    """The bond without the attributes that are sent later: nothing is agreed before it is acknowledged."""
    if not later or not isinstance(remember, Linked):
        return remember
    return msgspec.structs.replace(remember, base={name: value for name, value in remember.base.items() if name not in later})


async def _point_at_arrived(line: PersonLine, change: Change, run: Run) -> None:
    """Set references to people whose account this run has created. Who did not arrive waits for the next plan."""
    assert line.person is not None
    bond = run.bonds.get(line.person)
    arrived = {str(person): held.target_id for person, held in run.bonds.items()}
    sets = {
        name: Reference(value.kind, value.name, arrived[value.name])
        for name, value in change.sets.items()
        if isinstance(value, Reference) and value.name in arrived
    }
    if not sets or not isinstance(bond, Linked) or bond.target_id in run.unknown:
        return
    before = {name: change.inverse.get(name) for name in sets}
    later = replace(change, target_id=bond.target_id, sets=sets, if_match=run.versions.get(bond.target_id, ""), inverse=before)
    await _write(line, later, msgspec.structs.replace(bond, base={**bond.base, **sets}), run)


async def _write(line: PersonLine, change: Change, remember: Bond | None, run: Run) -> None:
    """One write to one account, from intent to outcome. An update with nothing left to send is only remembered."""
    if change.verb is Verb.UPDATE and not change.sets and not change.removes:
        if remember is not None:
            await run.ports.store.put_bonds(run.pipe, run.fence, [(change.person, remember)])
        return
    noted = NotedChange(change, remember, parking=remember is None)
    intent = await _note(noted, change.verb.value, change.person, change.target_id, run)
    try:
        account = await _send(change, run)
    except ConnectorError as error:
        await _record_failure(intent, line.name or str(change.person), error, run)
        return
    if remember is None:
        bonds = []
    else:
        run.bonds[change.person] = bond_after(remember, change, account, run.ports)
        bonds = [(change.person, run.bonds[change.person])]
    run.versions[account.id] = account.version
    events = [person_event(change, account, run.actor, run.ports)]
    await run.ports.store.record_outcome(intent.id, IntentState.DONE, bonds, events)
    _verify(line, change, account, run)


async def _send(change: Change, run: Run) -> TargetRecord:
    if change.verb is Verb.CREATE:
        return await run.ports.target.create_user(change.sets, change.external_id)
    if not change.if_match:
        await _look_before(change, run)
    return await run.ports.target.update_user(change.target_id, change.sets, change.removes, change.if_match)


async def _look_before(change: Change, run: Run) -> None:
    """Where an org has no ETags we look ourselves, right before the write. Raises Refused when somebody was faster."""
    live = await run.ports.target.get_user(change.target_id)
    if live is not None and is_as_planned(change, live, run.ports.target.capabilities.attributes):
        return
    found = "the account does not exist any more" if live is None else "the account shows other values than the plan saw"
    raise Refused(Problem("JN2212", "the account changed in the org meanwhile", (("found", found),), "run another cycle"), 412, found)


def _verify(line: PersonLine, change: Change, account: TargetRecord, run: Run) -> None:
    """A write's full answer is its read-back: the org must show what it acknowledged."""
    if change.verb is Verb.CREATE or landed(change, account, run.ports.target.capabilities.attributes):
        run.tally.done += 1
        run.tally.note(succeeded=True)
        return
    rows = (
        ("person", f"{line.name} · {change.person}"),
        ("sent", ", ".join(sorted(change.sets))),
        ("effect", "the org's form is kept and not sent again until either side changes"),
        ("fix", "look at the account in the org"),
    )
    run.tally.failures.append(Failure(line.name, Problem("JN2211", "the org answered yes and shows another value", rows)))
    run.tally.note(succeeded=False)


# ---------------------------------------------------------------- groups


async def _carry_out_group(group: GroupLine, run: Run) -> None:
    size = run.ports.target.capabilities.member_chunk
    carried = 0
    for chunk in split_members(group.change, group.hold is not None, size):
        if run.tally.stopped or chunk.group_id in run.unknown:
            return
        carried += await _send_chunk(chunk, run)
    if carried:
        await _read_back(group, carried, run)


async def _send_chunk(chunk: Chunk, run: Run) -> int:
    """Send one chunk; answers how many requests the org carried out.

    One that it refuses is halved until the member it minds stands alone.
    """
    people = [person for person in (*chunk.add, *chunk.remove) if person in run.bonds]
    if not people:
        return 0
    chunk = replace(chunk, add=tuple(people) if chunk.add else (), remove=tuple(people) if chunk.remove else ())
    accounts = tuple(run.bonds[person].target_id for person in people)
    intent = await _note(NotedChunk(chunk, accounts), "members", None, chunk.group_id, run)
    try:
        await run.ports.target.change_members(chunk.group_id, accounts if chunk.add else (), accounts if chunk.remove else (), "")
    except Refused as error:
        if len(people) == 1 or isinstance(error, CredentialsRefused) or error.status == 404:
            await _record_failure(intent, f"{chunk.name} ({', '.join(map(str, people[:3]))})", error, run)
            return 0
        await run.ports.store.record_outcome(intent.id, IntentState.REFUSED, detail=error.detail)
        middle = len(people) // 2
        halves = (tuple(people[:middle]), tuple(people[middle:]))
        return sum(
            [await _send_chunk(replace(chunk, add=half if chunk.add else (), remove=half if chunk.remove else ()), run) for half in halves]
        )
    except ConnectorError as error:
        await _record_failure(intent, chunk.name, error, run)
        return 0
    moved = [(person, with_membership(run.bonds[person], chunk, run.ports.clock.now())) for person in people]
    run.bonds.update(moved)
    await run.ports.store.record_outcome(intent.id, IntentState.DONE, moved, [group_event(chunk, run.actor, run.ports)])
    run.tally.note(succeeded=True)
    return 1


async def _read_back(group: GroupLine, carried: int, run: Run) -> None:
    """Members have no answer that shows them: the group is read once after its chunks, of which ``carried`` were carried out."""
    try:
        live = await run.ports.target.get_group(group.change.group_id)
    except ConnectorError as error:
        run.tally.failures.append(Failure(group.change.name, error.problems[0]))
        _heed(error, run)
        return
    members = live.member_ids or frozenset() if live is not None else frozenset()
    missing = [person for person in group.change.add if person in run.bonds and run.bonds[person].target_id not in members]
    if live is None or missing:
        rows = (
            ("missing", ", ".join(map(str, missing[:5])) or "the whole group"),
            ("fix", "run another cycle; it sends what is still missing"),
        )
        run.tally.failures.append(Failure(group.change.name, Problem("JN2211", "the org answered yes and shows other members", rows)))
        return
    run.tally.done += carried


# ---------------------------------------------------------------- journal


async def _note(noted: Noted, verb: str, person: PersonKey | None, target_id: str, run: Run) -> Intent:
    """Make the intent durable under our lease. Raises LeaseLost before anything is sent."""
    now = run.ports.clock.now()
    await run.ports.store.renew_lease(run.pipe, run.fence, now, LEASE_SECONDS)
    intent = Intent(run.ports.ids.new_id(), run.pipe, run.id, run.fence, verb, person, target_id, encode_noted(noted), now)
    await run.ports.store.note_intent(intent)
    run.tally.sent += 1
    return intent


async def _record_failure(intent: Intent, who: str, error: ConnectorError, run: Run) -> None:
    """Give the intent its outcome. Credentials that no longer hold end the run: nobody else would fare better."""
    unknown = isinstance(error, Unreachable) or not isinstance(error, Refused | Throttled)
    state = IntentState.UNKNOWN if unknown else IntentState.REFUSED
    await run.ports.store.record_outcome(intent.id, state, detail=str(error))
    run.tally.failures.append(Failure(who, _tell(error), unknown))
    if unknown and intent.target_id:
        run.unknown.add(intent.target_id)
    run.tally.note(succeeded=False)
    if isinstance(error, CredentialsRefused):
        raise error
    _heed(error, run)


def _heed(error: ConnectorError, run: Run) -> None:
    """An org that asks for a longer wait than ours gets nothing more from this run, whether it said so to a write or to a read."""
    if isinstance(error, Throttled):
        run.tally.stopped = f"the org asks to wait {error.wait_seconds:.0f} s"


def _tell(error: ConnectorError) -> Problem:
    if isinstance(error, Refused) and (error.status in MOVED_MEANWHILE or error.scim_type == "invalidVers"):
        rows = (("org says", error.detail), ("effect", "nothing was changed; the next plan starts from what the org shows now"))
        return Problem("JN2212", "the account changed in the org meanwhile", rows, "run another cycle")
    return error.problems[0]


def run_of(run_id: str, pipe: str, fence: int, actor: Actor, ports: CyclePorts, bonds: Mapping[PersonKey, Bond]) -> Run:
    return Run(run_id, pipe, fence, actor, ports, dict(bonds), Tally())


def adoptions(plan: Plan) -> Sequence[tuple[PersonKey, Bond]]:
    """Bonds of lines that send nothing: agreements to remember."""
    return [
        (line.person, line.remember)
        for line in plan.lines
        if line.person is not None and line.remember is not None and line.change is None and line.hold is None
    ]
