"""What the sources want: one Wanted per listed person, mapped and resolved, or held with the reason why not.

People who have left are not mapped: a misspelt department must never keep a leaver's access alive. People for whom
nothing changed since both sides last agreed (the same row, account and rules) are not mapped either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

from joiner.scim.values import is_email, match_key
from joiner.sync.bond import Bond, Linked
from joiner.sync.expression import Expression, Fault, Scope
from joiner.sync.mapping import Mapped, MappedValue, MappingProblem, map_person
from joiner.sync.matching import OrgIndex
from joiner.sync.pipe import Pipe, SourceRules
from joiner.sync.plan import Hold
from joiner.sync.record import (
    Directory,
    PersonKey,
    SourceRecord,
    SourceSnapshot,
    TargetAttribute,
    TargetRecord,
    Unresolved,
    Value,
)
from joiner.sync.reference import People, resolve

GROUPS = "groups"
USER_NAME = "userName"
ACTIVE = "active"
"""A rule for ``active`` states who has left, exactly as a source's ``leaver`` does."""

_OFF = (False, "False", "false")

CLAIMANTS_SHOWN_MAX = 5

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""A GUID. Names are meant almost everywhere; old guides told people to look ids up by hand."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One listed person. ``values`` are resolved; ``mapped`` knows their reasons. ``settled``: nothing moved since last time."""

    person: PersonKey
    record: SourceRecord
    left: bool = False
    why_left: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    mapped: Mapping[str, MappedValue] = field(default_factory=dict)
    user_name: str = ""
    external_id: str = ""
    name: str = ""
    hold: Hold | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a source's wishes needs besides the source."""

    pipe: Pipe
    attributes: Mapping[str, TargetAttribute]
    directory: Directory
    index: OrgIndex
    bonds: Mapping[PersonKey, Bond]
    now: datetime
    timeless: bool
    """No rule of the pipe looks at the date: unchanged inputs mean unchanged results."""


def read_wanted(snapshots: Iterable[SourceSnapshot], context: Context) -> dict[PersonKey, Wanted]:
    """Everybody the sources list, in their order. A key that stands twice, or an address that two people claim, is held."""
    wanted: dict[PersonKey, Wanted] = {}
    rules = {source.name: source for source in context.pipe.sources}
    for snapshot in snapshots:
        for one in _read_source(snapshot, rules[snapshot.source], context):
            twin = wanted.get(one.person)
            wanted[one.person] = one if twin is None else _hold_twins(twin, one)
    resolved = _resolve_all(wanted, context)
    return _hold_shared_addresses(resolved, context)


def settle_print(record: SourceRecord, account: TargetRecord, rules_hash: str) -> str:
    """Identify the state (row, account, rules) at which nothing was left to do."""
    row = "\x1f".join((*record.fields, *record.fields.values())).encode()
    return f"{blake2b(row, digest_size=12).hexdigest()}:{account.fingerprint}:{rules_hash}"


def is_timeless(pipe: Pipe) -> bool:
    conditions = [condition for source in pipe.sources for condition in (source.leaver, source.scope) if condition is not None]
    return not any(expression.uses_now for expression in [*conditions, *(rule.expression for rule in pipe.rules)])


# ---------------------------------------------------------------- one source


def _read_source(snapshot: SourceSnapshot, rules: SourceRules, context: Context) -> Iterator[Wanted]:
    for record in snapshot.records:
        person = PersonKey(snapshot.source, record.key)
        settled = _settled(person, record, context)
        yield settled if settled is not None else _read_person(person, record, rules, context)


def _settled(person: PersonKey, record: SourceRecord, context: Context) -> Wanted | None:
    bond = context.bonds.get(person)
    if not (context.timeless and isinstance(bond, Linked) and bond.settled):
        return None
    account = context.index.by_id.get(bond.target_id)
    if account is None:
        return None
    fingerprint = settle_print(record, account, context.pipe.rules_hash)
    if fingerprint != bond.settled:
        return None
    return Wanted(
        person,
        record,
        user_name=account.user_name,
        external_id=account.external_id,
        name=account.display_name,
        settled=True,
    )


def _read_person(person: PersonKey, record: SourceRecord, rules: SourceRules, context: Context) -> Wanted:
    scope = _scope(person, record, context)
    if rules.scope is not None:
        inside = _decide(rules.scope, scope)
        if isinstance(inside, Hold):
            return Wanted(person, record, hold=inside)
        if not inside:
            return _left(person, record, scope, context, f"no longer in scope ({_facts(rules.scope, record)})")
    if rules.leaver is not None:
        gone = _decide(rules.leaver, scope)
        if isinstance(gone, Hold):
            return Wanted(person, record, hold=gone)
        if gone:
            return _left(person, record, scope, context, f"{_facts(rules.leaver, record)} · {person.source} row {record.row}")
    wanted = _from_mapping(person, record, map_person(context.pipe.rules, scope), context)
    if wanted.values.get(ACTIVE) in _OFF:
        return _left(person, record, scope, context, wanted.mapped[ACTIVE].why)
    return (
        replace(wanted, values={name: value for name, value in wanted.values.items() if name != ACTIVE})
        if ACTIVE in wanted.values
        else wanted
    )


def _scope(person: PersonKey, record: SourceRecord, context: Context) -> Scope:
    bond = context.bonds.get(person)
    account = context.index.by_id.get(bond.target_id) if bond is not None else None
    return Scope(
        src=record.fields,
        tables=context.pipe.tables,
        now=context.now,
        current=account.values if account is not None else {},
        org=context.pipe.facts,
        source=person.source,
        row=record.row,
    )


def _decide(expression: Expression, scope: Scope) -> bool | Hold:
    """A condition must give true or false; anything else is not guessed."""
    result = expression.evaluate(scope)
    if isinstance(result, bool):
        return result
    if isinstance(result, Fault):
        return Hold(result.code, result.message, result.rows)
    if result is None:
        return False
    return Hold(
        "JN1104", f"the condition {expression.text} gives {result!r}, not true or false", (("fix", "compare with ==, for example"),)
    )


def _facts(expression: Expression, record: SourceRecord) -> str:
    shown = sorted(expression.fields - expression.redacted)
    return ", ".join(f'{column} "{record.fields.get(column, "")}"' for column in shown) or expression.text


def _left(person: PersonKey, record: SourceRecord, scope: Scope, context: Context, why: str) -> Wanted:
    naming = [rule for rule in context.pipe.rules if rule.to in (USER_NAME, "displayName", "externalId")]
    wanted = _from_mapping(person, record, map_person(naming, scope), context)
    return Wanted(
        person,
        record,
        left=True,
        why_left=why,
        user_name=wanted.user_name,
        external_id=wanted.external_id,
        name=wanted.name,
    )


def _from_mapping(person: PersonKey, record: SourceRecord, mapped: Mapped, context: Context) -> Wanted:
    values: dict[str, Value] = {}
    hold = _hold_problem(mapped.problems[0]) if mapped.problems else None
    for name, wish in mapped.values.items():
        value = None if wish.clear else wish.value
        attribute = context.attributes[name]
        if attribute.multi:
            values[name] = value if isinstance(value, tuple) else () if value is None or value == "" else (str(value),)
        elif isinstance(value, tuple):
            hold = hold or Hold("JN2106", f"{name} takes one value, the rule gives {len(value)}", (("rule", wish.rule.place),))
        else:
            values[name] = value
            hold = hold or _hold_impossible(attribute, value, wish)
    user_name = str(values.get(USER_NAME) or "")
    if not user_name and hold is None and any(rule.to == USER_NAME for rule in context.pipe.rules):
        hold = Hold("JN2107", "the rules give no userName", (("row", f"{person.source} row {record.row}"),))
    external_id = str(values.get("externalId") or "") or str(person)
    name = str(values.get("displayName") or "") or user_name or str(person)
    return Wanted(person, record, False, "", values, mapped.values, user_name, external_id, name, hold)


def _hold_problem(problem: MappingProblem) -> Hold:
    told = problem.problem()
    return Hold(told.code, told.title, tuple(row for row in (*told.rows, ("fix", told.fix)) if row[1]))


def _hold_impossible(attribute: TargetAttribute, value: Value, wish: MappedValue) -> Hold | None:
    if attribute.form != "email" or not isinstance(value, str) or value == "" or is_email(value):
        return None
    rows = (("attribute", attribute.name), ("value", f'"{value}"'), ("from", wish.why), ("fix", "correct the address in the source"))
    return Hold("JN2108", f'"{value}" is not an e-mail address', rows)


# ---------------------------------------------------------------- everybody together


def _resolve_all(wanted: Mapping[PersonKey, Wanted], context: Context) -> dict[PersonKey, Wanted]:
    mapped = {rule.to for rule in context.pipe.rules}
    kinds = {name: attribute for name, attribute in context.attributes.items() if attribute.kind and name in mapped}
    people = _people(wanted.values(), context) if any(attribute.kind == "user" for attribute in kinds.values()) else People()
    return {person: _resolve_person(one, kinds, people, context) for person, one in wanted.items()}


def _resolve_person(one: Wanted, kinds: Mapping[str, TargetAttribute], people: People, context: Context) -> Wanted:
    if one.hold is not None or not one.values:
        return one
    values = dict(one.values)
    for name in kinds.keys() & values.keys():
        found = resolve(kinds[name], values[name], context.directory, people)
        if isinstance(found, Unresolved):
            return replace(one, hold=_hold_unresolved(found, name, one))
        values[name] = found
    return replace(one, values=values)


def _hold_unresolved(found: Unresolved, attribute: str, one: Wanted) -> Hold:
    wish = one.mapped[attribute]
    rows = [("attribute", attribute), ("value", f'"{found.text}"'), ("from", wish.why)]
    if found.near:
        rows.append(("near", ", ".join(f'"{name}"' for name in found.near)))
    rows.append(("fix", _remedy(found)))
    noun = "person" if found.kind == "user" else found.kind
    return Hold("JN2104", f'no {noun} called "{found.text}"', tuple(rows))


def _remedy(found: Unresolved) -> str:
    if found.kind == "user":
        return "correct the manager in the source, or wait until the account exists"
    if _ID.fullmatch(found.text):
        return f"this is an id, and no {found.kind} of this org has it: write the {found.kind}'s name"
    return f"correct the value, or create the {found.kind} in the org"


def _people(wanted: Iterable[Wanted], context: Context) -> People:
    """Who a manager's text may mean. Accounts of the org by name and address; people of the sources by key."""
    accounts = {address: hits[0].id for address, hits in context.index.by_email.items() if len(hits) == 1}
    arriving: dict[str, str] = {}
    for one in wanted:
        if one.left:
            continue
        bond = context.bonds.get(one.person)
        names = (str(one.person).casefold(), one.person.key.casefold(), match_key(one.user_name) if one.user_name else "")
        for name in filter(None, names):
            if bond is not None:
                accounts[name] = bond.target_id
            elif name not in accounts:
                arriving[name] = str(one.person)
    return People(accounts, arriving)


def _hold_twins(first: Wanted, second: Wanted) -> Wanted:
    rows = (
        ("rows", f"{first.record.row} and {second.record.row}"),
        ("effect", "this person waits; the others go ahead"),
        ("fix", "a key must name one person: correct one of the rows"),
    )
    return replace(
        first, left=False, hold=Hold("JN2205", f'the key "{first.person.key}" stands twice in {first.person.source}', rows), settled=False
    )


def _hold_shared_addresses(wanted: Mapping[PersonKey, Wanted], context: Context) -> dict[PersonKey, Wanted]:
    """Two living people with one address: whoever holds the account already goes on, the others wait."""
    claims: dict[str, list[PersonKey]] = {}
    for person, one in wanted.items():
        if one.user_name and not one.left:
            claims.setdefault(match_key(one.user_name), []).append(person)
    result = dict(wanted)
    for address, people in claims.items():
        if len(people) > 1:
            for person in people:
                if not _holds_account(person, address, context):
                    result[person] = replace(wanted[person], hold=_hold_shared(wanted[person], people), settled=False)
    return result


def _holds_account(person: PersonKey, address: str, context: Context) -> bool:
    bond = context.bonds.get(person)
    account = context.index.by_name.get(address)
    return isinstance(bond, Linked) and account is not None and account.id == bond.target_id


def _hold_shared(one: Wanted, people: Sequence[PersonKey]) -> Hold:
    shown = ", ".join(str(person) for person in people[:CLAIMANTS_SHOWN_MAX])
    rows = (
        ("address", one.user_name),
        ("claimed by", shown),
        ("effect", "nobody is created or changed for this address; the others go ahead"),
        ("fix", "give one of them another address in the source"),
    )
    return Hold("JN2201", f"{len(people)} people claim the address {one.user_name}", rows)
