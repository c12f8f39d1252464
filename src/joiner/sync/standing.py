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

from dataclasses import replace

from joiner.sync.bond import Linked, Parted
from joiner.sync.change import Decision, Edit
from joiner.sync.lines import Surroundings, creation_line, held_line, merged_line
from joiner.sync.matching import Found, Nobody, pair
from joiner.sync.ownership import FirstContact
from joiner.sync.parting import leaving_line, restoring_line, returning_line, reviving_line
from joiner.sync.plan import Hold, Kind, PersonLine
from joiner.sync.record import TargetRecord
from joiner.sync.wanted import Wanted


def judge(one: Wanted, around: Surroundings) -> PersonLine:
    """The line of one listed person."""
    bond = around.bonds.get(one.person)
    if one.hold is not None and not one.left:
        return held_line(one, bond, one.hold)
    if bond is None:
        return _meet(one, around)
    account = around.index.by_id.get(bond.target_id)
    if account is None and bond.target_id in around.unseen:
        return held_line(one, bond, _unseen_hold(bond.target_id))
    if one.settled and account is not None and account.active:
        return PersonLine(Kind.IN_STEP, one.person, account.id, one.name, account.user_name)
    if one.left:
        return leaving_line(one, bond, account, around)
    if account is None:
        return restoring_line(one, bond, around)
    if isinstance(bond, Parted):
        return returning_line(one, bond, account, around)
    if not account.active:
        return reviving_line(one, bond, account, around)
    return merged_line(one, bond.base, bond, account, around)


def judge_outsider(account: TargetRecord, why: str = "") -> PersonLine:
    """The line of an account that no source knows: it is never touched."""
    return PersonLine(Kind.OUTSIDE, None, account.id, account.display_name, account.user_name, (why,) if why else ())


# ---------------------------------------------------------------- first contact


def _meet(one: Wanted, around: Surroundings) -> PersonLine:
    addresses = (one.user_name,)
    paired = pair(one.person, one.external_id, addresses, around.pipe.match, around.index, around.holders)
    if isinstance(paired, Hold):
        return held_line(one, None, paired)
    if isinstance(paired, Nobody):
        return _join_or_gone(one, around)
    account = paired.record
    if one.left:
        return _meet_leaver(one, account, around)
    if not account.active:
        return held_line(one, None, _inactive_hold(paired))
    line = merged_line(one, {}, Linked(account.id), account, around)
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
    return creation_line(one, Kind.JOIN, around, hold, ())


def _meet_leaver(one: Wanted, account: TargetRecord, around: Surroundings) -> PersonLine:
    if not account.active:
        parted = Parted(account.id, parted_at=around.now, reason=one.why_left)
        return PersonLine(Kind.GONE, one.person, account.id, account.display_name, account.user_name, (one.why_left,), remember=parted)
    if around.pipe.first_contact is FirstContact.SOURCE:
        return leaving_line(one, Linked(account.id), account, around)
    edit = Edit("active", Decision.DIFFERS, before=True, after=False, why=f"{one.why_left}; first contact: listed, not sent")
    return PersonLine(Kind.KEPT, one.person, account.id, account.display_name, account.user_name, (one.why_left,), (edit,))


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
