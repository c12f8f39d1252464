"""Draw the plan: judge everybody that any side shows, hold what must wait, guard the whole, count what it costs.

Pure: what was seen comes in as one value, the plan goes out. Drawing twice from the same sight gives the same hash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from joiner.scim.values import match_key
from joiner.sync.batch import count_requests, has_deferred, order_steps, takes_name
from joiner.sync.bond import Bond, Linked
from joiner.sync.effect import hash_effects
from joiner.sync.guard import (
    Recent,
    Shrink,
    changed_attributes,
    check_attribute_changes,
    check_leavers,
    check_shrink,
    check_vanished,
)
from joiner.sync.lines import Surroundings
from joiner.sync.matching import OrgIndex, index_holders, index_org
from joiner.sync.membership import gather_groups, guard_groups
from joiner.sync.parting import DEACTIVATED_IN_ORG, DELETED_IN_ORG, judge_absent
from joiner.sync.pipe import Pipe
from joiner.sync.plan import GroupLine, Hold, Input, Kind, PersonLine, Plan, Tripped
from joiner.sync.record import PersonKey, ProofKind, SourceSnapshot, TargetAttribute, TargetSnapshot
from joiner.sync.standing import judge, judge_outsider
from joiner.sync.wanted import Context, Wanted, is_timeless, read_wanted

_ORDER = {kind: rank for rank, kind in enumerate(Kind)}
PERSONAL_HOLDS = ("unproven", "first_absence", DELETED_IN_ORG, DEACTIVATED_IN_ORG)
"""Holds of single people that a person may lift by approving them, like a guard."""

LIFTABLE = frozenset({"leavers", "vanished", "source_shrink", "group_removals", *PERSONAL_HOLDS})


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything one cycle has seen and remembers.

    ``unseen``: bonded accounts that neither the listing nor a direct look could show. ``last_rows``: rows of each
    source at its last recorded read. ``absent_since``: first recorded proven read that missed a person.
    """

    sources: tuple[SourceSnapshot, ...]
    target: TargetSnapshot
    attributes: Mapping[str, TargetAttribute]
    bonds: Mapping[PersonKey, Bond]
    now: datetime
    unseen: frozenset[str] = frozenset()
    absent_since: Mapping[PersonKey, datetime] = field(default_factory=dict)
    last_rows: Mapping[str, int] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    member_chunk: int = 100
    requests_per_minute: int = 240
    first_run: bool = False


def draw_plan(pipe: Pipe, seen: Seen, author: str) -> Plan:
    """The whole plan of one cycle, hash included. Every person seen has exactly one line."""
    index = index_org(seen.target.users)
    around = Surroundings(
        pipe,
        seen.attributes,
        index,
        seen.bonds,
        index_holders(seen.bonds),
        seen.now,
        seen.target.proof.complete,
        seen.unseen,
        seen.absent_since,
        seen.target.groups_complete,
    )
    context = Context(pipe, seen.attributes, seen.target.directory, index, seen.bonds, seen.now, is_timeless(pipe))
    wanted = read_wanted(seen.sources, context)
    lines = _everybody(wanted, seen, around)
    lines = _hold_taken_names(_hold_double_claims(lines), index)
    lines, tripped = _guard(lines, seen, pipe)
    groups, group_trips = guard_groups(gather_groups(lines, seen.target.groups), pipe.limits, seen.recent)
    check_everybody_once(lines, seen, wanted)
    return _finish(pipe, seen, author, lines, groups, (*tripped, *group_trips))


def check_everybody_once(lines: Sequence[PersonLine], seen: Seen, wanted: Mapping[PersonKey, Wanted]) -> None:
    """The completeness proof: each listed or bonded person and each account stands in exactly one line."""
    people = Counter(line.person for line in lines if line.person is not None)
    accounts = Counter(line.target_id for line in lines if line.target_id)
    expected = {*wanted, *(person for person in seen.bonds if _is_read(person, seen))}
    doubled = [key for counts in (people, accounts) for key, count in counts.items() if count > 1]
    missing = (expected ^ people.keys()) | ({user.id for user in seen.target.users} - accounts.keys())
    assert not missing, f"missing from the plan: {missing}"
    assert not doubled, f"twice in the plan: {doubled}"


# ---------------------------------------------------------------- lines


def _everybody(wanted: Mapping[PersonKey, Wanted], seen: Seen, around: Surroundings) -> list[PersonLine]:
    lines = [judge(one, around) for one in wanted.values()]
    proven_at = {one.source: one.read_at if one.proof.complete and one.records else None for one in seen.sources}
    for person, bond in seen.bonds.items():
        if person not in wanted and _is_read(person, seen):
            lines.append(judge_absent(person, bond, proven_at[person.source], around))
    placed = {line.target_id for line in lines if line.target_id}
    elsewhere = {bond.target_id: person for person, bond in seen.bonds.items() if not _is_read(person, seen)}
    for account in seen.target.users:
        if account.id not in placed:
            holder = elsewhere.get(account.id)
            lines.append(judge_outsider(account, f"bonded to {holder}, a source that this pipe does not read" if holder else ""))
    return lines


def _is_read(person: PersonKey, seen: Seen) -> bool:
    return any(snapshot.source == person.source for snapshot in seen.sources)


def _hold_double_claims(lines: list[PersonLine]) -> list[PersonLine]:
    """Two people who were paired with one account: nobody gets it until a person has decided."""
    claims: dict[str, list[int]] = {}
    for position, line in enumerate(lines):
        if line.target_id:
            claims.setdefault(line.target_id, []).append(position)
    for target_id, positions in claims.items():
        if len(positions) < 2:
            continue
        names = ", ".join(str(lines[position].person) for position in positions)
        hold = Hold("JN2203", f"{len(positions)} people match one account", (("account", target_id), ("claimed by", names)))
        for rank, position in enumerate(positions):
            keeps = target_id if rank == 0 else ""
            line = lines[position]
            lines[position] = PersonLine(Kind.HELD, line.person, keeps, line.name, line.user_name, (hold.text,), hold=hold)
    return lines


def _hold_taken_names(lines: list[PersonLine], index: OrgIndex) -> list[PersonLine]:
    """Hold who asks for a user name that somebody keeps. A name that is given up in the same plan is free.

    Holding one person may take the name from under the next, hence the repetition; each round holds at least one more.
    """
    while True:
        leaving = {line.target_id for line in lines if line.hold is None and line.target_id and takes_name(line.change)}
        blocked = [
            (position, holder_id)
            for position, line in enumerate(lines)
            if _may_go_ahead(line) and (holder_id := _holder_of(line, index)) and holder_id not in leaving
        ]
        if not blocked:
            return lines
        for position, holder_id in blocked:
            lines[position] = _hold_name(lines[position], index, holder_id)


def _may_go_ahead(line: PersonLine) -> bool:
    """Also a line that a person may still let go: a taken name would only be refused by the org."""
    return line.hold is None or line.hold.code in PERSONAL_HOLDS


def _holder_of(line: PersonLine, index: OrgIndex) -> str:
    name = takes_name(line.change)
    holder = index.by_name.get(name) if name else None
    return holder.id if holder is not None and holder.id != line.target_id else ""


def _hold_name(line: PersonLine, index: OrgIndex, holder_id: str) -> PersonLine:
    holder = index.by_id[holder_id]
    rows = (
        ("person", f"{line.name} · {line.person}"),
        ("held by", f"{holder.display_name} ({holder.id}), {'active' if holder.active else 'inactive'}"),
        ("effect", "this person waits; the others go ahead"),
        ("fix", "give one of them another address; the account of a leaver is never handed over"),
    )
    return replace(line, hold=Hold("JN2210", f"the user name {holder.user_name} is taken", rows))


# ---------------------------------------------------------------- guards


def _guard(lines: list[PersonLine], seen: Seen, pipe: Pipe) -> tuple[list[PersonLine], tuple[Tripped, ...]]:
    population = sum(isinstance(bond, Linked) for bond in seen.bonds.values())
    tripped: list[Tripped] = []
    shrinks = check_shrink(_shrinks(seen), pipe.limits)
    for trip in shrinks:
        lines = _hold_lines(lines, trip, partial(_vanished_from, trip.causes[0][0]))
    for check, kind in ((check_leavers, Kind.LEAVE), (check_vanished, Kind.VANISHED)):
        found = check(lines, population, pipe.limits, seen.recent)
        if found is not None:
            tripped.append(found)
            lines = _hold_lines(lines, found, partial(_is_kind, kind))
    for trip in check_attribute_changes(lines, population, pipe.limits):
        tripped.append(trip)
        lines = _hold_lines(lines, trip, partial(_touches, trip.causes[0][0]))
    lines = _hold_protected(lines, pipe)
    return lines, (*shrinks, *tripped, *_name_personal_holds(lines, population))


def _name_personal_holds(lines: Iterable[PersonLine], population: int) -> Iterable[Tripped]:
    """Holds of single people, gathered by kind, so that a person can look at them and approve them together."""
    texts: dict[str, str] = {}
    causes: dict[str, Counter[str]] = {}
    for line in lines:
        if line.hold is not None and line.hold.code in PERSONAL_HOLDS:
            texts.setdefault(line.hold.code, line.hold.text)
            causes.setdefault(line.hold.code, Counter())[_source_of(line)] += 1
    for code, sources in causes.items():
        count = sources.total()
        text = f"{count:,} {'person' if count == 1 else 'people'} {texts[code]}"
        yield Tripped(code, count, population, "0", text, tuple(sorted(sources.items())))


def _hold_lines(lines: list[PersonLine], trip: Tripped, touched: Callable[[PersonLine], bool]) -> list[PersonLine]:
    hold = Hold(trip.guard, trip.text)
    return [replace(line, hold=hold) if line.hold is None and line.change and touched(line) else line for line in lines]


def _hold_protected(lines: list[PersonLine], pipe: Pipe) -> list[PersonLine]:
    """Break-glass accounts are never deactivated, whatever a source says and whoever approves."""
    protected = {match_key(name) for name in pipe.limits.protected}
    removal = (Kind.LEAVE, Kind.VANISHED)
    hold = Hold("protected", "this account is protected: it is never deactivated")
    return [replace(line, hold=hold) if line.kind in removal and match_key(line.user_name) in protected else line for line in lines]


def _shrinks(seen: Seen) -> Iterable[Shrink]:
    for snapshot in seen.sources:
        before = seen.last_rows.get(snapshot.source)
        if before is not None and before > len(snapshot.records):
            yield Shrink(snapshot.source, before, len(snapshot.records))


def _source_of(line: PersonLine) -> str:
    return line.person.source if line.person is not None else ""


def _vanished_from(source: str, line: PersonLine) -> bool:
    return line.kind is Kind.VANISHED and _source_of(line) == source


def _is_kind(kind: Kind, line: PersonLine) -> bool:
    return line.kind is kind


def _touches(attribute: str, line: PersonLine) -> bool:
    return attribute in changed_attributes(line)


# ---------------------------------------------------------------- the whole


def _finish(
    pipe: Pipe, seen: Seen, author: str, lines: Sequence[PersonLine], groups: tuple[GroupLine, ...], tripped: tuple[Tripped, ...]
) -> Plan:
    ordered = tuple(sorted(lines, key=lambda line: (_ORDER[line.kind], line.name, line.person or ("", ""), line.target_id)))
    steps = order_steps(ordered, {match_key(user.user_name): user.id for user in seen.target.users})
    writes = count_requests(steps, groups, seen.member_chunk)
    return Plan(
        pipe=pipe.name,
        org_label=pipe.org_label,
        made_at=seen.now,
        author=author,
        rules_hash=pipe.rules_hash,
        inputs=_inputs(pipe, seen),
        lines=ordered,
        groups=groups,
        tripped=tripped,
        requests=writes + seen.target.requests,
        eta_seconds=writes * 60.0 / seen.requests_per_minute,
        first_run=seen.first_run,
        hash=hash_effects(pipe.name, pipe.rules_hash, ordered, groups),
        counts=count_lines(ordered, groups),
    )


def _inputs(pipe: Pipe, seen: Seen) -> tuple[Input, ...]:
    inputs = [_source_input(snapshot, seen.last_rows.get(snapshot.source)) for snapshot in seen.sources]
    target = seen.target
    org = Input(
        pipe.org_label,
        "org",
        len(target.users),
        target.proof.complete,
        target.proof.kind,
        note=target.proof.detail,
        groups=len(target.groups),
    )
    return (*inputs, org)


def _source_input(snapshot: SourceSnapshot, before: int | None) -> Input:
    rows = len(snapshot.records)
    notes = (
        [] if before is None or before == rows else [f"{abs(before - rows):,} {'fewer' if rows < before else 'more'} than at the last read"]
    )
    if snapshot.proof.kind is ProofKind.NONE:
        notes.append("not proven complete")
    return Input(snapshot.source, "source", rows, snapshot.proof.complete, snapshot.proof.kind, snapshot.digest, " · ".join(notes))


def count_lines(lines: Iterable[PersonLine], groups: Sequence[GroupLine]) -> dict[str, int]:
    """How many people of each kind go ahead, how many are held, and how many groups change."""
    counts = Counter("held" if line.hold is not None else line.kind.value for line in lines)
    counts["groups"] = len(groups)
    counts["groups_held"] = sum(line.hold is not None for line in groups)
    return dict(sorted(counts.items()))


def is_liftable(code: str) -> bool:
    """Whether a person's word lifts a hold. Guards yes; what is wrong with a value, a dispute or a protected account no."""
    return code in LIFTABLE or code.startswith("attribute_changed:")


def lift_holds(plan: Plan, approved: Mapping[str, frozenset[str]]) -> Plan:
    """The plan with the holds of ``approved`` guards lifted (guard -> person keys that stay held). Its hash stays what was approved."""
    approved = {guard: excepted for guard, excepted in approved.items() if is_liftable(guard)}

    def lifted(line: PersonLine) -> PersonLine:
        if line.hold is None or line.change is None or line.hold.code not in approved or str(line.person) in approved[line.hold.code]:
            return line
        return replace(line, hold=None)

    lines = tuple(lifted(line) for line in plan.lines)
    groups = tuple(replace(line, hold=None) if line.hold is not None and line.hold.code in approved else line for line in plan.groups)
    more = sum(1 + has_deferred(after.change) for before, after in zip(plan.lines, lines, strict=True) if before is not after)
    more += sum(1 + len(after.change.remove) for before, after in zip(plan.groups, groups, strict=True) if before is not after)
    held = {hold.code for hold in (*(line.hold for line in lines), *(line.hold for line in groups)) if hold is not None}
    tripped = tuple(trip for trip in plan.tripped if trip.guard in held)
    counts = count_lines(lines, groups)
    return replace(plan, lines=lines, groups=groups, tripped=tripped, counts=counts, requests=plan.requests + more)
