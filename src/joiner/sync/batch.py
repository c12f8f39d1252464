"""From a plan to an order of requests: leavers first, names freed before they are taken, members in chunks.

People who swap addresses would block each other for ever on the org's uniqueness rule. Of each ring one account first
takes a parked name, which frees its address for the next; a stop in between leaves a plan that simply goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from joiner.scim.values import match_key
from joiner.sync.change import Change, GroupChange, Verb
from joiner.sync.plan import GroupLine, PersonLine
from joiner.sync.record import PersonKey, Reference
from joiner.sync.reference import PERSON_KIND
from joiner.sync.wanted import USER_NAME

REMOVALS_PER_REQUEST_MAX = 1000
"""Genesys blocks one action that removes more members (Okta article; reference §3)."""

_FIRST = {Verb.DEACTIVATE: 0}


@dataclass(frozen=True, slots=True)
class Step:
    """One line to carry out. A step with ``parked_name`` only parks the account's user name; the line itself comes later."""

    line: PersonLine
    parked_name: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members to add to or remove from one group in one request."""

    group_id: str
    name: str
    add: tuple[PersonKey, ...] = ()
    remove: tuple[PersonKey, ...] = ()


def order_steps(lines: Iterable[PersonLine], names: Mapping[str, str]) -> tuple[Step, ...]:
    """Sendable lines in the order of sending. ``names`` leads from a folded user name to the account that holds it now."""
    sendable = sorted((line for line in lines if line.hold is None and line.change), key=_rank)
    by_account = {line.target_id: line for line in sendable if line.target_id and takes_name(line.change)}
    steps: list[Step] = []
    done: set[int] = set()
    for line in sendable:
        _visit(line, by_account, names, steps, done)
    return tuple(steps)


def takes_name(change: Change | None) -> str:
    """The folded user name that a change asks for, or "" if it asks for none."""
    name = change.sets.get(USER_NAME) if change is not None else None
    return match_key(name) if isinstance(name, str) else ""


def split_members(change: GroupChange, hold_removals: bool, size: int) -> Iterator[Chunk]:
    """Adds before removes, each request at most ``size`` people."""
    for start in range(0, len(change.add), size):
        yield Chunk(change.group_id, change.name, add=change.add[start : start + size])
    if hold_removals:
        return
    most = min(size, REMOVALS_PER_REQUEST_MAX)
    for start in range(0, len(change.remove), most):
        yield Chunk(change.group_id, change.name, remove=change.remove[start : start + most])


def count_requests(steps: Sequence[Step], groups: Iterable[GroupLine], member_chunk: int) -> int:
    """First attempts that carrying the plan out may take, reading groups back included: an upper bound."""
    people = sum(_count_step(step) for step in steps)
    chunks = [sum(1 for _ in split_members(line.change, line.hold is not None, member_chunk)) for line in groups]
    return people + sum(count + 1 for count in chunks if count)


def _count_step(step: Step) -> int:
    """One write; one look before it where the account has no version; and both again for who points at somebody who arrives."""
    change = step.line.change
    looks = change is not None and change.verb is not Verb.CREATE and not change.if_match
    later = 0 if step.parked_name or not has_deferred(change) else 1 + (looks or (change is not None and change.verb is Verb.CREATE))
    return 1 + looks + later


def has_deferred(change: Change | None) -> bool:
    """Whether a change points at a person whose account does not exist yet."""
    return change is not None and any(is_deferred(value) for value in change.sets.values())


def is_deferred(value: object) -> bool:
    return isinstance(value, Reference) and value.kind == PERSON_KIND and not value.id


def _rank(line: PersonLine) -> int:
    return _FIRST.get(line.change.verb, 1) if line.change else 1


def _visit(line: PersonLine, by_account: Mapping[str, PersonLine], names: Mapping[str, str], steps: list[Step], done: set[int]) -> None:
    """Walk along the holders of wanted names to the one who can go first, then back. A walk that bites its tail parks a name first."""
    walk: list[PersonLine] = []
    walking: set[int] = set()
    follower: PersonLine | None = line
    while follower is not None and id(follower) not in done:
        if id(follower) in walking:
            steps.append(Step(follower, parked_name=f"joiner-parked-{follower.target_id}@{_domain(follower.user_name)}"))
            break
        walk.append(follower)
        walking.add(id(follower))
        follower = _blocker(follower, by_account, names)
    for one in reversed(walk):
        steps.append(Step(one))
        done.add(id(one))


def _blocker(line: PersonLine, by_account: Mapping[str, PersonLine], names: Mapping[str, str]) -> PersonLine | None:
    wanted = takes_name(line.change)
    holder = names.get(wanted, "") if wanted else ""
    return by_account.get(holder) if holder and holder != line.target_id else None


def _domain(user_name: str) -> str:
    return user_name.rpartition("@")[2] or "parked.invalid"
