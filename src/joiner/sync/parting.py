"""Leaving and coming back: lines that end an account's work or begin it again.

A returner is not a merge: the rules speak first, and what only the org knew is offered again from memory. What somebody
in the org switched off or deleted is not brought back without a person's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.change import Change, Decision, Edit, Verb
from joiner.sync.lines import Surroundings, creation_line, hold_by_policy, line_of, mergeable, merged_line, update_change
from joiner.sync.merge import Merged, is_empty, merge_attribute
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.pipe import Policy
from joiner.sync.plan import Hold, Kind, PersonLine
from joiner.sync.record import PersonKey, TargetRecord, Value
from joiner.sync.wanted import GROUPS, Wanted

DELETED_IN_ORG = "deleted_in_org"
DEACTIVATED_IN_ORG = "deactivated_in_org"


def leaving_line(one: Wanted, bond: Bond, account: TargetRecord | None, around: Surroundings) -> PersonLine:
    """The line of a stated leaver: deactivate a live account and remember what it held, or note that they are gone."""
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
    return (
        _with_memory(line, account, bond, one.why_left, around) if around.pipe.policy is Policy.SYNC else hold_by_policy(line, around.pipe)
    )


def judge_absent(person: PersonKey, bond: Bond, proven_at: datetime | None, around: Surroundings) -> PersonLine:
    """The line of one bonded person whom the source no longer lists.

    ``proven_at`` is when this read was made, None unless it was complete and not empty. It may be long before now: a process
    can stand still between reading and judging.
    """
    account = around.index.by_id.get(bond.target_id)
    if account is None or not account.active:
        name = account.user_name if account else ""
        return PersonLine(Kind.GONE, person, bond.target_id, account.display_name if account else str(person), name, ("no longer listed",))
    hold = _evidence_hold(person, proven_at, around)
    why = f"no longer listed in {person.source}"
    change = _deactivation(person, account, why, "vanished")
    line = PersonLine(Kind.VANISHED, person, account.id, account.display_name, account.user_name, (why,), _off_edits(), hold, change)
    return _with_memory(line, account, bond, why, around) if around.pipe.policy is Policy.SYNC else hold_by_policy(line, around.pipe)


def _deactivation(person: PersonKey, account: TargetRecord, why: str, guard: str) -> Change:
    inverse = {"active": True, **{name: value for name, value in account.values.items() if not is_empty(value) and name != "active"}}
    return Change(Verb.DEACTIVATE, person, account.id, {"active": False}, {}, account.version, inverse=inverse, reason=why, guard=guard)


def _with_memory(line: PersonLine, account: TargetRecord, bond: Bond, why: str, around: Surroundings) -> PersonLine:
    memory = {name: value for name, value in account.values.items() if not is_empty(value)}
    if not around.groups_complete and not is_empty(bond.base.get(GROUPS)):
        memory[GROUPS] = bond.base[GROUPS]  # what was agreed is more than what may be unseen
    parted = Parted(account.id, memory, None, why, base=bond.base)
    return replace(line, remember=parted)


def _off_edits(why: str = "") -> tuple[Edit, ...]:
    return (Edit("active", Decision.WRITE, before=True, after=False, why=why),)


def _span(grace: timedelta) -> str:
    minutes = round(grace.total_seconds() / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _evidence_hold(person: PersonKey, proven_at: datetime | None, around: Surroundings) -> Hold | None:
    if proven_at is None:
        rows = (("fix", "give the source a row count, a trailer or a digest, so that a read can be proven complete"),)
        return Hold("unproven", "missing from a read that is not proven complete", rows)
    since = around.absent_since.get(person)
    grace = timedelta(seconds=around.pipe.grace_seconds)
    if since is None or proven_at - since < grace:
        missing = "missing from a proven read for the first time" if since is None else f"missing since {since:%H:%M} UTC"
        return Hold("first_absence", f"{missing}; another proven read at least {_span(grace)} later confirms it")
    return None


def returning_line(one: Wanted, bond: Parted, account: TargetRecord, around: Surroundings) -> PersonLine:
    """A returner is not a merge: the rules speak first, and what only the org knew is offered again from memory."""
    if account.active:
        return merged_line(one, bond.base, Linked(account.id, bond.base, "", bond.sequence, bond.touched_at), account, around)
    return _reactivation(one, bond, account, around, bond.memory, None, f"back in {one.person.source} · row {one.record.row}")


def reviving_line(one: Wanted, bond: Linked, account: TargetRecord, around: Surroundings) -> PersonLine:
    """The line of a listed person whose account somebody in the org switched off: held until a person has decided."""
    rows = (
        ("expected", "active, as both sides last agreed"),
        ("found", "inactive in the org, and the source still lists them"),
        ("fix", "activate them in the org, mark them as left in the source, or approve this part of the plan"),
    )
    hold = Hold(DEACTIVATED_IN_ORG, "deactivated by somebody in the org", rows)
    return _reactivation(one, bond, account, around, bond.base, hold, "deactivated in the org, listed in the source")


def _reactivation(
    one: Wanted, bond: Bond, account: TargetRecord, around: Surroundings, memory: Mapping[str, Value], hold: Hold | None, why: str
) -> PersonLine:
    linked = Linked(account.id, bond.base, "", bond.sequence, bond.touched_at)
    merged = [_give_back(name, value, one, memory, bond.base, account, around) for name, value in mergeable(one, around)]
    line = line_of(one, merged, bond.base, linked, account, around)
    change = line.change or update_change(one, account, {}, {})
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


def restoring_line(one: Wanted, bond: Bond, around: Surroundings) -> PersonLine:
    """The account is gone from the org. A returner gets a new one; what somebody deleted waits for a person."""
    if isinstance(bond, Parted):
        return creation_line(one, Kind.RETURN, around, None, ("back, and the former account was deleted",))
    rows = (
        ("expected", f"the account {bond.target_id}"),
        ("found", "the org says that it does not exist"),
        ("fix", "restore it in the org, mark the person as left in the source, or approve this part of the plan"),
    )
    hold = Hold(DELETED_IN_ORG, "deleted by somebody in the org", rows)
    return creation_line(one, Kind.JOIN, around, hold, ("deleted in the org, listed in the source",))
