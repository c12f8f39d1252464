"""Where one person stands: the line that a plan gives to one Wanted, from their bond, their account and the merge.

::

    bond      source says   account         line
    ────────  ────────────  ──────────────  ─────────────────────────────────────────────────────────────
    unmet     lives         none            JOIN
    unmet     lives         active          first contact: LINK, or MOVE where the org's value is empty
    unmet     lives         inactive        HELD: an address alone does not prove that it is the same person
    unmet     left          none, inactive  GONE
    unmet     left          active          first contact: listed (KEPT), or LEAVE with first_contact = source
    linked    lives         active          merge: MOVE, KEPT or IN_STEP
    linked    lives         inactive        RETURN, held: somebody in the org switched the account off
    linked    lives         deleted         JOIN, held: somebody in the org deleted the account
    linked    left          active          LEAVE
    linked    left          inactive        GONE
    parted    lives         inactive        RETURN, with what was remembered
    parted    lives         active          first contact again
    parted    lives         deleted         RETURN as a new account
    parted    left          active          LEAVE
    parted    left          inactive        GONE
    either    vanished      active          VANISHED with evidence, else HELD
    either    any           not visible     HELD: the org could not show the account

The source owns existence, with one exception on the side of safety: what a person switched off or deleted in the org
is not brought back without a person's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.change import Change, Decision, Edit, Verb
from joiner.sync.matching import Found, Nobody, OrgIndex, pair
from joiner.sync.merge import Merged, is_empty, merge_attribute
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.pipe import Pipe, Policy
from joiner.sync.plan import Hold, Kind, PersonLine
from joiner.sync.record import PersonKey, TargetAttribute, TargetRecord, Value
from joiner.sync.wanted import GROUPS, Wanted, settle_print

NOT_SENT = (GROUPS, "externalId")
"""Mapped attributes that travel another way: membership through groups, externalId with the account's creation."""

_SENDING = frozenset({Decision.WRITE, Decision.REVERT, Decision.FILL})
_SHOWN = frozenset({Decision.KEEP, Decision.DIFFERS})

DELETED_IN_ORG = "deleted_in_org"
DEACTIVATED_IN_ORG = "deactivated_in_org"


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


def judge(one: Wanted, around: Surroundings) -> PersonLine:
    """The line of one listed person."""
    bond = around.bonds.get(one.person)
    if one.hold is not None and not one.left:
        return _held(one, bond, one.hold)
    if bond is None:
        return _meet(one, around)
    account = around.index.by_id.get(bond.target_id)
    if account is None and bond.target_id in around.unseen:
        return _held(one, bond, _unseen_hold(bond.target_id))
    if one.settled and account is not None and account.active:
        return PersonLine(Kind.IN_STEP, one.person, account.id, one.name, account.user_name)
    if one.left:
        return _leave(one, bond, account, around)
    if account is None:
        return _restore(one, bond, around)
    if isinstance(bond, Parted):
        return _return(one, bond, account, around)
    if not account.active:
        return _revive(one, bond, account, around)
    return _merge_linked(one, bond.base, bond, account, around)


def judge_absent(person: PersonKey, bond: Bond, proven: bool, around: Surroundings) -> PersonLine:
    """The line of one bonded person whom the source no longer lists. ``proven``: this read was complete and not empty."""
    account = around.index.by_id.get(bond.target_id)
    if account is None or not account.active or isinstance(bond, Parted):
        name = account.user_name if account else ""
        return PersonLine(Kind.GONE, person, bond.target_id, account.display_name if account else str(person), name, ("no longer listed",))
    hold = _evidence_hold(person, proven, around)
    why = f"no longer listed in {person.source}"
    change = _deactivation(person, account, why, "vanished")
    line = PersonLine(Kind.VANISHED, person, account.id, account.display_name, account.user_name, (why,), _off_edits(), hold, change)
    return _with_memory(line, account, bond, why) if around.pipe.policy is Policy.SYNC else _policy_hold(line, around.pipe)


def judge_outsider(account: TargetRecord, why: str = "") -> PersonLine:
    """The line of an account that no source knows: it is never touched."""
    return PersonLine(Kind.OUTSIDE, None, account.id, account.display_name, account.user_name, (why,) if why else ())


# ---------------------------------------------------------------- first contact


def _meet(one: Wanted, around: Surroundings) -> PersonLine:
    addresses = (one.user_name,)
    paired = pair(one.person, one.external_id, addresses, around.pipe.match, around.index, around.holders)
    if isinstance(paired, Hold):
        return _held(one, None, paired)
    if isinstance(paired, Nobody):
        return _join_or_gone(one, around)
    account = paired.record
    if one.left:
        return _meet_leaver(one, account, around)
    if not account.active:
        return _held(one, None, _inactive_hold(paired))
    line = _merge_linked(one, {}, Linked(account.id), account, around)
    if line.kind is Kind.IN_STEP:
        return replace(line, kind=Kind.LINK, why=(f"recognised by {paired.by}",))
    return line


def _join_or_gone(one: Wanted, around: Surroundings) -> PersonLine:
    if one.left:
        return PersonLine(Kind.GONE, one.person, "", one.name, one.user_name, ("left, and has no account",))
    hold = None
    if not around.org_complete:
        rows = (("fix", "run it again when the org answers steadily"),)
        hold = Hold("JN2207", "the org's list could not be proven complete: nobody is created from it", rows)
    return _creation(one, Kind.JOIN, around, hold, ())


def _meet_leaver(one: Wanted, account: TargetRecord, around: Surroundings) -> PersonLine:
    if not account.active:
        parted = Parted(account.id, parted_at=around.now, reason=one.why_left)
        return PersonLine(Kind.GONE, one.person, account.id, account.display_name, account.user_name, (one.why_left,), remember=parted)
    if around.pipe.first_contact is FirstContact.SOURCE:
        return _leave(one, Linked(account.id), account, around)
    edit = Edit("active", Decision.DIFFERS, before=True, after=False, why=f"{one.why_left}; first contact: listed, not sent")
    return PersonLine(Kind.KEPT, one.person, account.id, account.display_name, account.user_name, (one.why_left,), (edit,))


# ---------------------------------------------------------------- creation and merge


def _creation(one: Wanted, kind: Kind, around: Surroundings, hold: Hold | None, why: tuple[str, ...]) -> PersonLine:
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


def _merge_linked(one: Wanted, base: Mapping[str, Value], bond: Linked, account: TargetRecord, around: Surroundings) -> PersonLine:
    merged = [
        merge_attribute(
            around.attributes[name], one.mapped[name].rule.owner, base, value, account.values.get(name), around.pipe.first_contact
        )
        for name, value in one.values.items()
        if name != "externalId"
    ]
    line = _line_of(one, merged, base, bond, account, around)
    if line.kind is Kind.MOVE and around.pipe.policy is Policy.CREATE_ONLY:
        return _policy_hold(line, around.pipe)
    return line


def _line_of(
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
        if edit.decision in _SENDING and around.attributes[edit.attribute].writable:
            shown.append(_explain(edit, one))
            _send(edit, around.attributes[edit.attribute], sets, removes)
        elif edit.decision in _SHOWN:
            shown.append(_explain(edit, one))
        elif edit.decision is Decision.CONFLICT:
            conflicts.append(_explain(edit, one))
    if conflicts:
        return _conflict(one, account, conflicts)
    sending = any(edit.decision in _SENDING for edit in shown)
    kind = Kind.MOVE if sending else Kind.KEPT if shown else Kind.IN_STEP
    settled = settle_print(one.record, account, around.pipe.rules_hash) if kind is Kind.IN_STEP else ""
    remember = Linked(account.id, new_base, settled, bond.sequence, bond.touched_at)
    change = _update(one, account, sets, removes) if sets or removes else None
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
    if edit.decision not in _SENDING or not isinstance(outcome.base, tuple):
        return outcome.base
    return tuple(element for element in outcome.base if element not in edit.added) + edit.removed


def _explain(edit: Edit, one: Wanted) -> Edit:
    wish = one.mapped[edit.attribute]
    reasons = {
        Decision.REVERT: f"{wish.why}; changed in the org, the source owns it",
        Decision.KEEP: f"set in the org; {wish.rule.owner.value} ownership keeps it",
        Decision.DIFFERS: f"{wish.why}; first contact: listed, not sent",
        Decision.CONFLICT: f"{wish.why}; both sides changed it",
    }
    why = reasons.get(edit.decision, wish.why)
    return Edit(edit.attribute, edit.decision, edit.before, edit.after, edit.added, edit.removed, why)


def _update(one: Wanted, account: TargetRecord, sets: Mapping[str, Value], removes: Mapping[str, Value]) -> Change:
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


# ---------------------------------------------------------------- leaving and returning


def _leave(one: Wanted, bond: Bond, account: TargetRecord | None, around: Surroundings) -> PersonLine:
    if account is None or not account.active:
        memory = bond.memory if isinstance(bond, Parted) else bond.base
        parted = (
            bond
            if isinstance(bond, Parted)
            else Parted(bond.target_id, memory, around.now, one.why_left, bond.sequence, bond.touched_at, bond.base)
        )
        name = account.display_name if account else one.name
        return PersonLine(
            Kind.GONE, one.person, bond.target_id, name, one.user_name, (one.why_left,), remember=None if parted == bond else parted
        )
    change = _deactivation(one.person, account, one.why_left, "leavers")
    line = PersonLine(
        Kind.LEAVE, one.person, account.id, account.display_name, account.user_name, (one.why_left,), _off_edits(one.why_left), None, change
    )
    return _with_memory(line, account, bond, one.why_left) if around.pipe.policy is Policy.SYNC else _policy_hold(line, around.pipe)


def _deactivation(person: PersonKey, account: TargetRecord, why: str, guard: str) -> Change:
    inverse = {"active": True, **{name: value for name, value in account.values.items() if not is_empty(value) and name != "active"}}
    return Change(Verb.DEACTIVATE, person, account.id, {"active": False}, {}, account.version, inverse=inverse, reason=why, guard=guard)


def _with_memory(line: PersonLine, account: TargetRecord, bond: Bond, why: str) -> PersonLine:
    memory = {name: value for name, value in account.values.items() if not is_empty(value)}
    parted = Parted(account.id, memory, None, why, base=bond.base)
    return replace(line, remember=parted)


def _off_edits(why: str = "") -> tuple[Edit, ...]:
    return (Edit("active", Decision.WRITE, before=True, after=False, why=why),)


def _return(one: Wanted, bond: Parted, account: TargetRecord, around: Surroundings) -> PersonLine:
    """A returner is not a merge: the rules speak first, and what only the org knew is offered again from memory."""
    if account.active:
        return _merge_linked(one, bond.base, Linked(account.id, bond.base, "", bond.sequence, bond.touched_at), account, around)
    return _reactivation(one, bond, account, around, bond.memory, None, f"back in {one.person.source} · row {one.record.row}")


def _revive(one: Wanted, bond: Linked, account: TargetRecord, around: Surroundings) -> PersonLine:
    rows = (
        ("expected", "active, as both sides last agreed"),
        ("found", "inactive in the org, and the source still lists them"),
        ("fix", "activate them in the org, mark them as left in the source, or approve this part of the plan"),
    )
    hold = Hold(DEACTIVATED_IN_ORG, "somebody deactivated this account in the org", rows)
    return _reactivation(one, bond, account, around, bond.base, hold, "deactivated in the org, listed in the source")


def _reactivation(
    one: Wanted, bond: Bond, account: TargetRecord, around: Surroundings, memory: Mapping[str, Value], hold: Hold | None, why: str
) -> PersonLine:
    linked = Linked(account.id, bond.base, "", bond.sequence, bond.touched_at)
    merged = [
        _give_back(name, value, one, memory, bond.base, account, around) for name, value in one.values.items() if name != "externalId"
    ]
    line = _line_of(one, merged, bond.base, linked, account, around)
    change = line.change or _update(one, account, {}, {})
    sets = {"active": True, **change.sets}
    inverse = {"active": False, **change.inverse}
    revived = Change(Verb.REACTIVATE, one.person, account.id, sets, change.removes, account.version, inverse=inverse, reason=why)
    on = Edit("active", Decision.WRITE, before=False, after=True, why=why)
    remember = line.remember or linked
    return PersonLine(
        Kind.RETURN, one.person, account.id, one.name, account.user_name, (why,), (on, *line.edits), hold or line.hold, revived, remember
    )


def _give_back(
    name: str,
    value: Value,
    one: Wanted,
    memory: Mapping[str, Value],
    agreed: Mapping[str, Value],
    account: TargetRecord,
    around: Surroundings,
) -> Merged:
    """``agreed`` is the base before they parted: what our rules brought may go again, what a person wrote into a shared one stays."""
    owner = one.mapped[name].rule.owner
    current = account.values.get(name)
    remembered = memory.get(name)
    if owner is Owner.SOURCE:
        return merge_attribute(around.attributes[name], owner, agreed, value, current, FirstContact.SOURCE)
    if owner is Owner.SHARED:
        return merge_attribute(around.attributes[name], owner, agreed, value, current, FirstContact.REPORT)
    wanted = value if is_empty(remembered) else remembered
    return merge_attribute(around.attributes[name], Owner.FILL_IF_EMPTY, {}, wanted, current, FirstContact.REPORT)


def _restore(one: Wanted, bond: Bond, around: Surroundings) -> PersonLine:
    """The account is gone from the org. A returner gets a new one; what somebody deleted waits for a person."""
    if isinstance(bond, Parted):
        return _creation(one, Kind.RETURN, around, None, ("back, and the former account was deleted",))
    rows = (
        ("expected", f"the account {bond.target_id}"),
        ("found", "the org says that it does not exist"),
        ("fix", "restore it in the org, mark the person as left in the source, or approve this part of the plan"),
    )
    hold = Hold(DELETED_IN_ORG, "somebody deleted this account in the org", rows)
    return _creation(one, Kind.JOIN, around, hold, ("deleted in the org, listed in the source",))


# ---------------------------------------------------------------- holds


def _held(one: Wanted, bond: Bond | None, hold: Hold) -> PersonLine:
    return PersonLine(Kind.HELD, one.person, bond.target_id if bond else "", one.name, one.user_name, (hold.text,), hold=hold)


def _conflict(one: Wanted, account: TargetRecord, conflicts: list[Edit]) -> PersonLine:
    names = ", ".join(edit.attribute for edit in conflicts)
    hold = Hold("JN2208", f"both sides changed {names}", (("fix", "make both sides equal, or change who owns the attribute"),))
    return PersonLine(Kind.HELD, one.person, account.id, one.name, account.user_name, (hold.text,), tuple(conflicts), hold)


def _unseen_hold(target_id: str) -> Hold:
    return Hold(
        "JN2206", f"the org could not show the account {target_id} this time", (("fix", "run it again when the org answers steadily"),)
    )


def _inactive_hold(paired: Found) -> Hold:
    rows = (
        ("account", f"{paired.record.user_name} ({paired.record.id}), inactive"),
        ("fix", "activate it in the org if it is the same person; else give this person another address"),
    )
    return Hold("JN2209", f"an inactive account matches by {paired.by}", rows)


def _evidence_hold(person: PersonKey, proven: bool, around: Surroundings) -> Hold | None:
    if not proven:
        rows = (("fix", "give the source a row count, a trailer or a digest, so that a read can be proven complete"),)
        return Hold("unproven", "the source's read is not proven complete: absence means nothing", rows)
    since = around.absent_since.get(person)
    grace = timedelta(seconds=around.pipe.grace_seconds)
    if since is None or around.now - since < grace:
        seen = "this is the first proven read without them" if since is None else f"first missed at {since:%H:%M}"
        return Hold("first_absence", f"{seen}; a second one at least {grace} later confirms it")
    return None


def _policy_hold(line: PersonLine, pipe: Pipe) -> PersonLine:
    hold = Hold("policy", f"the pipe's policy is {pipe.policy.value}: this is not sent")
    return replace(line, hold=hold)
