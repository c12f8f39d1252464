"""Bugs that the simulator must catch: replacements of single functions of the product, put in for the length of a run.

None of this can be reached from the product: :func:`plant` exchanges functions in the modules of this process and puts
the right ones back. A bug that is never caught shows that a law is not really checked.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from joiner.errors import SourceMistake
from joiner.scim.values import match_key
from joiner.store.port import IntentState
from joiner.sync.matching import Found, Nobody
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.plan import Plan
from joiner.sync.record import Proof, ProofKind

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Swap:
    """``place`` is ``module:name`` or ``module:Class.name``; ``make`` turns the right function into the wrong one."""

    place: str
    make: Callable[[Function], Function]


@dataclass(frozen=True, slots=True)
class Bug:
    story: str
    swaps: tuple[Swap, ...]


@contextmanager
def plant(bug: Bug) -> Iterator[None]:
    """Put the bug in, and take it out again whatever happens."""
    with ExitStack() as stack:
        for swap in bug.swaps:
            stack.enter_context(_swapped(swap))
        yield


@contextmanager
def _swapped(swap: Swap) -> Iterator[None]:
    module, _, path = swap.place.partition(":")
    holder: Any = importlib.import_module(module)
    *way, name = path.split(".")
    for step in way:
        holder = getattr(holder, step)
    right = getattr(holder, name)
    setattr(holder, name, swap.make(right))
    try:
        yield
    finally:
        setattr(holder, name, right)


# ---------------------------------------------------------------- the wrong functions


def _always_repeatable(right: Function) -> Function:
    def ask(self: Any, method: str, url: str, **named: Any) -> Any:
        return right(self, method, url, **{**named, "repeatable": True})

    return ask


def _believe_every_read(right: Function) -> Function:
    def prove(*args: Any, **named: Any) -> Proof:
        try:
            proof: Proof = right(*args, **named)
        except SourceMistake:
            return Proof(True, ProofKind.COUNT, "believed")
        return replace(proof, complete=True)

    return prove


def _without_base(right: Function) -> Function:
    def merge(attribute: Any, owner: Owner, base: Any, desired: Any, current: Any, first_contact: Any) -> Any:
        return right(attribute, owner, {}, desired, current, FirstContact.SOURCE)

    return merge


def _source_owns_what_the_org_owns(right: Function) -> Function:
    def merge(attribute: Any, owner: Owner, *rest: Any) -> Any:
        return right(attribute, Owner.SOURCE if owner is Owner.ORG else owner, *rest)

    return merge


def _source_owns_what_it_only_created(right: Function) -> Function:
    def merge(attribute: Any, owner: Owner, *rest: Any) -> Any:
        return right(attribute, Owner.SOURCE if owner is Owner.CREATE_ONLY else owner, *rest)

    return merge


def _take_away_what_others_brought(right: Function) -> Function:
    def merge(attribute: Any, owner: Owner, base: Mapping[str, Any], desired: Any, current: Any, first_contact: Any) -> Any:
        seen = {**base, attribute.name: current} if attribute.multi and attribute.name in base else base
        return right(attribute, owner, seen, desired, current, first_contact)

    return merge


def _first_absence_is_enough(right: Function) -> Function:
    def evidence_hold(person: Any, proven: bool, around: Any) -> Any:
        return None if proven else right(person, proven, around)

    return evidence_hold


def _absence_needs_no_proof(right: Function) -> Function:
    return lambda person, proven, around: None


def _no_settling(right: Function) -> Function:
    async def settle(pipe: str, fence: int, ports: Any) -> int:
        return 0

    return settle


def _nothing(right: Function) -> Function:
    return lambda *args, **named: None


def _without_if_match(right: Function) -> Function:
    def update_user(self: Any, user_id: str, values: Any, removed: Any, if_match: str) -> Any:
        return right(self, user_id, values, removed, "")

    return update_user


def _without_bonds(right: Function) -> Function:
    def record_outcome(self: Any, intent_id: str, state: IntentState, bonds: Any = (), events: Any = (), detail: str = "") -> Any:
        return right(self, intent_id, state, (), events, detail)

    return record_outcome


def _remember_too_early(right: Function) -> Function:
    async def write(line: Any, change: Any, remember: Any, run: Any) -> None:
        if remember is not None and remember.target_id:
            await run.ports.store.put_bonds(run.pipe, run.fence, [(change.person, remember)])
        await right(line, change, remember, run)

    return write


def _no_limit(right: Function) -> Function:
    return lambda limit, count, population, recent: False


def _pair_by_email_only(right: Function) -> Function:
    def pair(person: Any, external_id: str, addresses: Any, order: Any, index: Any, holders: Any) -> Any:
        hits = [hit for address in addresses for hit in index.by_email.get(match_key(address), ())]
        return Found(hits[0], "email") if hits else Nobody()

    return pair


def _same_lines(right: Function) -> Function:
    return lambda lines: lines


def _no_patience(right: Function) -> Function:
    def obey(self: Any, request: Any, answer: Any, attempt: int, started: float) -> float:
        right(self, request, answer, attempt, started)
        self._due = 0.0
        return 0.0

    return obey


def _hold_nothing(right: Function) -> Function:
    async def with_approvals(plan: Plan, shown: Any, ports: Any) -> Plan:
        lines = tuple(replace(line, hold=None) if line.change is not None else line for line in plan.lines)
        return replace(plan, lines=lines)

    return with_approvals


def _refusals_are_success(right: Function) -> Function:
    async def record_failure(intent: Any, who: str, error: Any, run: Any) -> None:
        await run.ports.store.record_outcome(intent.id, IntentState.DONE)

    return record_failure


def _unknown_is_refused(right: Function) -> Function:
    async def record_failure(intent: Any, who: str, error: Any, run: Any) -> None:
        await run.ports.store.record_outcome(intent.id, IntentState.REFUSED)

    return record_failure


def _somebody_missing(right: Function) -> Function:
    def draw_plan(pipe: Any, seen: Any, author: str) -> Plan:
        plan: Plan = right(pipe, seen, author)
        return replace(plan, lines=plan.lines[:-1])

    return draw_plan


def _count_too_little(right: Function) -> Function:
    return lambda steps, groups, chunk: 0


def _no_doubt(right: Function) -> Function:
    return lambda bond, account, read_at: account is None


def _leavers_may_stay(right: Function) -> Function:
    def leave(one: Any, bond: Any, account: Any, around: Any) -> Any:
        return replace(right(one, bond, account, around), change=None)

    return leave


BUGS: Mapping[str, Bug] = {
    "repeat-lost-writes": Bug(
        "a write that got no answer is sent again at once", (Swap("joiner.connectors.exchange:Exchange.ask", _always_repeatable),)
    ),
    "trust-unproven-reads": Bug(
        "a cut or unproven file counts as complete", (Swap("joiner.connectors.csv_file:prove", _believe_every_read),)
    ),
    "absence-without-proof": Bug(
        "who is not listed is deactivated, whatever the read was worth",
        (Swap("joiner.sync.parting:_evidence_hold", _absence_needs_no_proof),),
    ),
    "first-absence": Bug(
        "one proven read is enough to deactivate", (Swap("joiner.sync.parting:_evidence_hold", _first_absence_is_enough),)
    ),
    "ignore-base": Bug("two-way overwrite instead of a three-way merge", (Swap("joiner.sync.lines:merge_attribute", _without_base),)),
    "revert-org-values": Bug(
        "the source writes over what the org owns", (Swap("joiner.sync.lines:merge_attribute", _source_owns_what_the_org_owns),)
    ),
    "revert-created-values": Bug(
        "create_only is treated as source", (Swap("joiner.sync.lines:merge_attribute", _source_owns_what_it_only_created),)
    ),
    "remove-foreign-elements": Bug(
        "elements that a human brought are taken away", (Swap("joiner.sync.lines:merge_attribute", _take_away_what_others_brought),)
    ),
    "skip-settle": Bug("unknown outcomes are never looked up", (Swap("joiner.journeys.cycle:settle", _no_settling),)),
    "no-fencing": Bug("a superseded lease goes on writing", (Swap("joiner.store.engine_lease:check", _nothing),)),
    "ignore-if-match": Bug(
        "updates go out without If-Match", (Swap("joiner.connectors.scim_target:ScimTarget.update_user", _without_if_match),)
    ),
    "drop-bonds": Bug(
        "acknowledged writes leave no bond", (Swap("joiner.store.engine_store:SqliteEngineStore.record_outcome", _without_bonds),)
    ),
    "base-before-answer": Bug(
        "the base moves before the org has answered", (Swap("joiner.journeys.carry_out:_write", _remember_too_early),)
    ),
    "no-limit": Bug("the removal guards never trip", (Swap("joiner.sync.guard:check_removals", _no_limit),)),
    "email-is-identity": Bug(
        "who has the address gets the account, whoever holds it",
        (Swap("joiner.sync.standing:pair", _pair_by_email_only), Swap("joiner.sync.drawing:_hold_double_claims", _same_lines)),
    ),
    "no-patience": Bug("Retry-After is ignored", (Swap("joiner.connectors.exchange:Exchange._obey", _no_patience),)),
    "send-held": Bug("held lines are sent", (Swap("joiner.journeys.cycle:_with_approvals", _hold_nothing),)),
    "refused-is-done": Bug(
        "every failure is journalled as done", (Swap("joiner.journeys.carry_out:_record_failure", _refusals_are_success),)
    ),
    "unknown-is-refused": Bug("no answer is taken for a no", (Swap("joiner.journeys.carry_out:_record_failure", _unknown_is_refused),)),
    "somebody-missing": Bug("the plan leaves one person out", (Swap("joiner.journeys.cycle:draw_plan", _somebody_missing),)),
    "count-too-little": Bug("the plan foretells no writes", (Swap("joiner.sync.drawing:count_requests", _count_too_little),)),
    "no-audit": Bug("the engine's changes leave no audit row", (Swap("joiner.store.engine_audit:append_events", _nothing),)),
    "leavers-stay": Bug("leavers are planned and never sent", (Swap("joiner.sync.standing:leaving_line", _leavers_may_stay),)),
    "stale-and-blind": Bug(
        "a stale list is believed and updates go out without If-Match",
        (
            Swap("joiner.journeys.observe:_is_doubtful", _no_doubt),
            Swap("joiner.connectors.scim_target:ScimTarget.update_user", _without_if_match),
        ),
    ),
}
