"""One line of the plan from one merge: what is sent, what is only shown, what is remembered. Judges nobody's standing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from joiner.sync.bond import Bond, Linked
from joiner.sync.change import Change, Decision, Edit, Verb
from joiner.sync.echo import is_echo
from joiner.sync.effect import SENDING
from joiner.sync.matching import OrgIndex
from joiner.sync.merge import Merged, is_empty, merge_attribute
from joiner.sync.ownership import Owner
from joiner.sync.pipe import Pipe, Policy
from joiner.sync.plan import Hold, Kind, PersonLine
from joiner.sync.record import PersonKey, TargetAttribute, TargetRecord, Value
from joiner.sync.wanted import GROUPS, Wanted, settle_print

NOT_SENT = (GROUPS, "externalId")
"""Mapped attributes that travel another way: membership through groups, externalId with the account's creation."""

_KEPT = {Owner.SOURCE: "added in the org; only what the rules brought is ever taken away"}
_SHOWN = frozenset({Decision.KEEP, Decision.DIFFERS})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What judging one person needs besides the person. ``unseen`` are accounts that could not be looked at this time."""

    pipe: Pipe
    attributes: Mapping[str, TargetAttribute]
    index: OrgIndex
    bonds: Mapping[PersonKey, Bond]
    holders: Mapping[str, PersonKey]
    now: datetime
    org_complete: bool = True
    unseen: frozenset[str] = frozenset()
    absent_since: Mapping[PersonKey, datetime] = field(default_factory=dict)
    groups_complete: bool = True


def creation_line(one: Wanted, kind: Kind, around: Surroundings, hold: Hold | None, why: tuple[str, ...]) -> PersonLine:
    """The line of somebody who gets a new account. Membership is agreed as empty: groups are added one by one."""
    filled = {name: value for name, value in one.values.items() if not is_empty(value)}
    sent = {name: value for name, value in filled.items() if name not in NOT_SENT and around.attributes[name].writable}
    edits = tuple(_creation_edit(name, value, one, around) for name, value in sorted(filled.items()))
    base = {name: value for name, value in one.values.items() if name != GROUPS}
    if GROUPS in one.values:
        base[GROUPS] = ()
    change = Change(
        Verb.CREATE,
        one.person,
        sets=sent,
        external_id=one.external_id,
        inverse={"active": False},
        reason=why[0] if why else "new in the source",
    )
    reasons = why or (f"new in {one.person.source} · row {one.record.row}",)
    return PersonLine(kind, one.person, "", one.name, one.user_name, reasons, edits, hold, change, Linked("", base))


def _creation_edit(name: str, value: Value, one: Wanted, around: Surroundings) -> Edit:
    wish = one.mapped[name]
    added = value if around.attributes[name].multi and isinstance(value, tuple) else ()
    return Edit(name, Decision.FILL, after=value, added=added, why=wish.why)


def merged_line(one: Wanted, base: Mapping[str, Value], bond: Linked, account: TargetRecord, around: Surroundings) -> PersonLine:
    """The line of somebody with a live account: every mapped attribute merged against ``base``."""
    merged = [_merge_one(name, value, one, base, bond, account, around) for name, value in mergeable(one, around)]
    line = line_of(one, merged, base, bond, account, around)
    if line.kind is Kind.MOVE and around.pipe.policy is Policy.CREATE_ONLY:
        return hold_by_policy(line, around.pipe)
    return line


def mergeable(one: Wanted, around: Surroundings) -> list[tuple[str, Value]]:
    """The mapped attributes that can be compared. Memberships cannot while a group may be unseen: they stay as both sides agreed."""
    unseen = ("externalId",) if around.groups_complete else ("externalId", GROUPS)
    return [(name, value) for name, value in one.values.items() if name not in unseen]


def _merge_one(
    name: str, value: Value, one: Wanted, base: Mapping[str, Value], bond: Linked, account: TargetRecord, around: Surroundings
) -> Merged:
    attribute, current = around.attributes[name], account.values.get(name)
    if is_echo(attribute, bond.echoes.get(name), value, current):
        return Merged(
            Edit(name, Decision.KEEP, current, current, why="the org stores its own form of this value"), agreed=True, base=base[name]
        )
    return merge_attribute(attribute, one.mapped[name].rule.owner, base, value, current, around.pipe.first_contact)


def line_of(
    one: Wanted, merged: list[Merged], base: Mapping[str, Value], bond: Linked, account: TargetRecord, around: Surroundings
) -> PersonLine:
    """Turn the merge of every attribute into one line: what is sent, what is shown, what is remembered."""
    new_base = dict(base)
    shown: list[Edit] = []
    sets: dict[str, Value] = {}
    removes: dict[str, Value] = {}
    conflicts: list[Edit] = []
    for outcome in merged:
        edit = outcome.edit
        if outcome.agreed:
            new_base[edit.attribute] = _agreed_membership(outcome) if edit.attribute == GROUPS else outcome.base
        if edit.decision in SENDING and around.attributes[edit.attribute].writable:
            shown.append(_explain(edit, one))
            _send(edit, around.attributes[edit.attribute], sets, removes)
        elif edit.decision in _SHOWN:
            shown.append(_explain(edit, one))
        elif edit.decision is Decision.CONFLICT:
            conflicts.append(_explain(edit, one))
    if conflicts:
        return _conflict(one, account, conflicts)
    sending = any(edit.decision in SENDING for edit in shown)
    kind = Kind.MOVE if sending else Kind.KEPT if shown else Kind.IN_STEP
    settled = settle_print(one.record, account, around.pipe.rules_hash) if kind is Kind.IN_STEP and around.groups_complete else ""
    echoes = {name: echo for name, echo in bond.echoes.items() if name not in sets and name not in removes}
    remember = Linked(account.id, new_base, settled, bond.sequence, bond.touched_at, echoes)
    change = update_change(one, account, sets, removes) if sets or removes else None
    return PersonLine(
        kind,
        one.person,
        account.id,
        one.name,
        account.user_name,
        (),
        tuple(shown),
        None,
        change,
        None if remember == bond else remember,
        len(merged) - len(shown),
    )


def _send(edit: Edit, attribute: TargetAttribute, sets: dict[str, Value], removes: dict[str, Value]) -> None:
    if edit.attribute in NOT_SENT:
        return
    if not attribute.multi:
        sets[edit.attribute] = edit.after
        return
    if edit.added:
        sets[edit.attribute] = edit.added
    if edit.removed:
        removes[edit.attribute] = edit.removed


def _agreed_membership(outcome: Merged) -> Value:
    """Membership is agreed group by group as it is sent: before that, only what the account already has and what still leaves."""
    edit = outcome.edit
    if edit.decision not in SENDING or not isinstance(outcome.base, tuple):
        return outcome.base
    return tuple(element for element in outcome.base if element not in edit.added) + edit.removed


def _explain(edit: Edit, one: Wanted) -> Edit:
    wish = one.mapped[edit.attribute]
    reasons = {
        Decision.REVERT: f"{wish.why}; changed in the org, the source owns it",
        Decision.KEEP: _KEPT.get(wish.rule.owner, f"set in the org; {wish.rule.owner.value} ownership keeps it"),
        Decision.DIFFERS: f"{wish.why}; first contact: listed, not sent",
        Decision.CONFLICT: f"{wish.why}; both sides changed it",
    }
    why = edit.why or reasons.get(edit.decision, wish.why)
    return Edit(edit.attribute, edit.decision, edit.before, edit.after, edit.added, edit.removed, why)


def update_change(one: Wanted, account: TargetRecord, sets: Mapping[str, Value], removes: Mapping[str, Value]) -> Change:
    """An update with its precondition and its inverse."""
    inverse = {name: account.values.get(name) for name in {*sets, *removes}}
    return Change(
        Verb.UPDATE,
        one.person,
        account.id,
        dict(sets),
        dict(removes),
        account.version,
        inverse=inverse,
        reason="the source or the rules changed",
    )


def _conflict(one: Wanted, account: TargetRecord, conflicts: list[Edit]) -> PersonLine:
    names = ", ".join(edit.attribute for edit in conflicts)
    hold = Hold("JN2208", f"both sides changed {names}", (("fix", "make both sides equal, or change who owns the attribute"),))
    return PersonLine(Kind.HELD, one.person, account.id, one.name, account.user_name, (hold.text,), tuple(conflicts), hold)


def held_line(one: Wanted, bond: Bond | None, hold: Hold) -> PersonLine:
    """A line that only waits."""
    return PersonLine(Kind.HELD, one.person, bond.target_id if bond else "", one.name, one.user_name, (hold.text,), hold=hold)


def hold_by_policy(line: PersonLine, pipe: Pipe) -> PersonLine:
    """A line that the pipe's policy does not allow to be sent."""
    hold = Hold("policy", f"the pipe's policy is {pipe.policy.value}: this is not sent")
    return replace(line, hold=hold)
