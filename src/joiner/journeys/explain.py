"""Where does each value of one person come from? The chain from source row to rule to look-up line to what the org shows.

Nothing is written, and the org is asked only about this one account. The answer is drawn by the same rules as a plan,
from a sight that contains nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from joiner.errors import Missing, Problem
from joiner.journeys.cycle_ports import CyclePorts
from joiner.journeys.observe import read_sources
from joiner.scim.values import match_key
from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.change import Decision, Edit
from joiner.sync.drawing import Seen, draw_plan
from joiner.sync.expression import Scope
from joiner.sync.mapping import Rule, explain_value
from joiner.sync.pipe import Pipe
from joiner.sync.plan import PersonLine
from joiner.sync.record import Directory, PersonKey, Proof, SourceRecord, SourceSnapshot, TargetRecord, TargetSnapshot, Value

HISTORY_MAX = 50
HISTORY_PER_VALUE_MAX = 10


@dataclass(frozen=True, slots=True)
class PastChange:
    at: datetime
    event: str
    actor: str
    before: Any
    after: Any
    reason: str


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """One mapped attribute: what each side says, which rule asked for it, and what that rule read.

    ``fields`` are columns with their values, ``lookups`` are (table, key, line, value). ``agreed`` is the bond's base;
    ``known`` False means that nothing was agreed yet. ``decision`` and ``why`` are the next plan's.
    """

    attribute: str
    shown: Value
    agreed: Value
    known: bool
    owner: str
    expression: str
    place: str
    fields: tuple[tuple[str, str], ...]
    lookups: tuple[tuple[str, str, int, str], ...]
    decision: str
    wanted: Value
    why: str
    history: tuple[PastChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One person of one pipe. ``line`` is how the next plan would speak of them, names of the org unresolved."""

    pipe: str
    person: PersonKey | None
    name: str
    user_name: str
    account: str
    state: str
    origin: str
    line: PersonLine
    values: tuple[ValueOrigin, ...]
    history: tuple[PastChange, ...]


@dataclass(frozen=True, slots=True)
class _Subject:
    """Everything known of the one person who is explained."""

    person: PersonKey | None
    record: SourceRecord | None
    snapshot: SourceSnapshot | None
    bond: Bond | None
    account: TargetRecord | None


async def explain(pipe: Pipe, ports: CyclePorts, who: str, attribute: str | None = None) -> Explanation:
    """Explain one person, named by address, user name, source key, ``source:key`` or account id.

    Raises Missing (JN2213) when nobody answers to ``who`` and Missing (JN2214) when no rule writes ``attribute``.
    """
    _check_attribute(pipe, attribute)
    bonds = await ports.store.bonds(pipe.name)
    subject = await _find(pipe, ports, bonds, who)
    line = _line(pipe, ports, subject)
    past = await _history(pipe, ports, subject.person)
    values = tuple(_origin(rule, subject, line, past, pipe, ports) for rule in pipe.rules if attribute in (None, rule.to))
    record, snapshot, account = subject.record, subject.snapshot, subject.account
    origin = f"{snapshot.origin or snapshot.source} row {record.row}" if snapshot is not None and record is not None else ""
    name = account.user_name if account is not None else line.user_name
    state = _state(subject.bond, account)
    return Explanation(pipe.name, subject.person, line.name, name, account.id if account else "", state, origin, line, values, past)


# ---------------------------------------------------------------- finding


async def _find(pipe: Pipe, ports: CyclePorts, bonds: Mapping[PersonKey, Bond], who: str) -> _Subject:
    snapshots = await read_sources(ports)
    person, record, snapshot = _find_listed(pipe, snapshots, bonds, who)
    bond = bonds.get(person) if person is not None else None
    account = await _find_account(ports, bond, record, person, who)
    if person is None and account is None:
        raise Missing(_nobody(pipe, who))
    holder = next((key for key, held in bonds.items() if account is not None and held.target_id == account.id), None)
    if person is None and holder is not None:
        record, snapshot = _listed(snapshots, holder)
        return _Subject(holder, record, snapshot, bonds[holder], account)
    return _Subject(person, record, snapshot, bond, account)


def _check_attribute(pipe: Pipe, attribute: str | None) -> None:
    names = sorted({rule.to for rule in pipe.rules})
    if attribute is not None and attribute not in names:
        rows = (("mapped", ", ".join(names)), ("effect", "an attribute that no rule maps is never touched: its value was set in the org"))
        raise Missing(Problem("JN2214", f'no rule of {pipe.name} writes "{attribute}"', rows, "name one of the mapped attributes"))


def _find_listed(
    pipe: Pipe, snapshots: Sequence[SourceSnapshot], bonds: Mapping[PersonKey, Bond], who: str
) -> tuple[PersonKey | None, SourceRecord | None, SourceSnapshot | None]:
    """Somebody listed under that key, or with that address in any column; else a bonded person who is no longer listed."""
    folded = match_key(who)
    for snapshot in snapshots:
        for record in snapshot.records:
            person = PersonKey(snapshot.source, record.key)
            if who in (record.key, str(person)) or any(match_key(value) == folded for value in record.fields.values()):
                return person, record, snapshot
    called = _called(pipe, snapshots, folded)
    if called is not None:
        return called
    gone = next((person for person in bonds if who in (person.key, str(person))), None)
    return gone, None, next((snapshot for snapshot in snapshots if gone is not None and snapshot.source == gone.source), None)


def _called(pipe: Pipe, snapshots: Sequence[SourceSnapshot], folded: str) -> tuple[PersonKey, SourceRecord, SourceSnapshot] | None:
    """The only listed person whose mapped displayName this is. Two people of one name are not guessed between."""
    naming = next((rule.expression for rule in pipe.rules if rule.to == "displayName"), None)
    if naming is None:
        return None
    found = [
        (PersonKey(snapshot.source, record.key), record, snapshot)
        for snapshot in snapshots
        for record in snapshot.records
        if match_key(str(naming.evaluate(Scope(record.fields, pipe.tables, org=pipe.facts)))) == folded
    ]
    return found[0] if len(found) == 1 else None


def _listed(snapshots: Sequence[SourceSnapshot], person: PersonKey) -> tuple[SourceRecord | None, SourceSnapshot | None]:
    for snapshot in snapshots:
        if snapshot.source == person.source:
            return next((record for record in snapshot.records if record.key == person.key), None), snapshot
    return None, None


async def _find_account(
    ports: CyclePorts, bond: Bond | None, record: SourceRecord | None, person: PersonKey | None, who: str
) -> TargetRecord | None:
    if bond is not None:
        return await ports.target.get_user(bond.target_id)
    if person is not None:
        found = await ports.target.find_users(external_id=str(person))
        if found:
            return found[0]
    addresses = [value for value in record.fields.values() if "@" in value] if record is not None else [who]
    for address in addresses:
        found = await ports.target.find_users(user_name=address)
        if found:
            return found[0]
    return None


def _nobody(pipe: Pipe, who: str) -> Problem:
    rows = (("looked in", ", ".join(source.name for source in pipe.sources) + f" and {pipe.org_label}"),)
    return Problem("JN2213", f'nobody answers to "{who}"', rows, "use an e-mail address, a full name, a source key or source:key")


# ---------------------------------------------------------------- telling


def _line(pipe: Pipe, ports: CyclePorts, subject: _Subject) -> PersonLine:
    """The line that a plan would give to this person if nobody else existed."""
    now = ports.clock.now()
    person, record, account = subject.person, subject.record, subject.account
    alone = () if subject.snapshot is None else (replace(subject.snapshot, records=(record,) if record is not None else ()),)
    target = TargetSnapshot((account,) if account else (), (), Directory(), Proof(complete=True), now)
    bonds = {person: subject.bond} if person is not None and subject.bond is not None else {}
    plan = draw_plan(pipe, Seen(alone, target, ports.target.capabilities.attributes, bonds, now), "explain")
    return next(line for line in plan.lines if line.person == person or (account is not None and line.target_id == account.id))


def _origin(rule: Rule, subject: _Subject, line: PersonLine, past: Sequence[PastChange], pipe: Pipe, ports: CyclePorts) -> ValueOrigin:
    edit = next((edit for edit in line.edits if edit.attribute == rule.to), Edit(rule.to, Decision.NOTHING))
    bond, account, record, snapshot = subject.bond, subject.account, subject.record, subject.snapshot
    agreed = bond.base if isinstance(bond, Linked) else bond.memory if isinstance(bond, Parted) else {}
    fields: tuple[tuple[str, str], ...] = ()
    lookups: tuple[tuple[str, str, int, str], ...] = ()
    wanted: Value = edit.after
    if record is not None and snapshot is not None:
        scope = Scope(record.fields, pipe.tables, ports.clock.now(), org=pipe.facts, source=snapshot.source, row=record.row)
        trace = explain_value(rule, scope)
        fields = tuple((name, str(value)) for name, value in trace.fields)
        lookups = tuple((table, key, number, str(value)) for table, key, number, value in trace.lookups)
        wanted = trace.result or None
    return ValueOrigin(
        attribute=rule.to,
        shown=account.values.get(rule.to) if account is not None else None,
        agreed=agreed.get(rule.to),
        known=rule.to in agreed,
        owner=rule.owner.value,
        expression=rule.expression.text,
        place=rule.place,
        fields=fields,
        lookups=lookups,
        decision=edit.decision.value,
        wanted=wanted,
        why=edit.why,
        history=tuple(change for change in past if _touches(change, rule.to))[:HISTORY_PER_VALUE_MAX],
    )


def _touches(change: PastChange, attribute: str) -> bool:
    return any(isinstance(side, dict) and attribute in side for side in (change.before, change.after))


def _state(bond: Bond | None, account: TargetRecord | None) -> str:
    """Where the person stands, in the words of the glossary."""
    if account is None:
        return "no account"
    tie = "unmet" if bond is None else "linked" if isinstance(bond, Linked) else "parted"
    return f"{'active' if account.active else 'inactive'}, {tie}"


async def _history(pipe: Pipe, ports: CyclePorts, person: PersonKey | None) -> tuple[PastChange, ...]:
    if person is None:
        return ()
    entries = await ports.store.history(pipe.name, person, HISTORY_MAX)
    return tuple(_past(entry.at, msgspec.json.decode(entry.document)) for entry in entries)


def _past(at: datetime, document: dict[str, Any]) -> PastChange:
    actor = document.get("actor") or {}
    return PastChange(
        at, document.get("name", ""), str(actor.get("name", "")), document.get("before"), document.get("after"), document.get("reason", "")
    )
