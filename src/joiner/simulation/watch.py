"""What each engine run did at its ports, and the laws of conduct that can be judged there at once.

====================  ==============================================================================================
intent before call    every write to the org is covered by a durable, open intent of the same run
settle before retry   a create whose outcome is unknown is not sent again before somebody looked
Retry-After           after a 429 that names seconds, that process sends nothing to that org before they are over
fencing               a superseded lease is never accepted, and no write leaves long after a take-over
====================  ==============================================================================================

A broken law is noted here and raised by the world after the step: an exception inside a port would reach the engine,
which might swallow it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.simulation.driver import Life
from joiner.simulation.hands import Time
from joiner.simulation.org_front import SOURCE
from joiner.simulation.roster import Served
from joiner.store.port import Intent, IntentState
from joiner.sync.bond import Bond
from joiner.sync.plan import Plan
from joiner.sync.record import PersonKey

SETTLED = frozenset({IntentState.DONE, IntentState.REFUSED, IntentState.VOID})
FENCE_RACE_SECONDS = 35.0
"""A take-over between the check and the arrival of one request cannot be excluded by a client; this is one time-out long."""


class Broken(NamedTuple):
    """A law that was broken, and how."""

    law: str
    text: str


@dataclass(slots=True)
class Run:
    """One engine process towards one org: what it read, noted, checked and sent."""

    name: str
    org: str
    typed: bool = False
    served: dict[str, Served] = field(default_factory=dict)
    fence: int = 0
    checked_at: float = -1.0
    intents: dict[str, Intent] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    requests: int = 0
    requests_before: int = 0
    """Sent before apply began: an operator's plan reads everything once more."""
    writes: int = 0
    faults: int = 0
    settled: int = 0
    plan: Plan | None = None
    touched: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    """Guards that a person let pass for exactly this plan, in whatever run he said so."""
    removed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Watch:
    """Sees every port call of every engine. ``pipes`` names the pipe of each org."""

    time: Time
    trace: Callable[[str], None]
    on_void: Callable[[str], None] = lambda intent: None
    on_credit: Callable[[Run, Intent], None] = lambda run, intent: None
    """A write that never landed was found done: a human had done the same before anybody looked."""
    on_link: Callable[[Run, str, str], None] = lambda run, key, account: None
    runs: dict[str, Run] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    fences: dict[str, tuple[int, float]] = field(default_factory=dict)
    unknown_creates: dict[tuple[str, str], float] = field(default_factory=dict)
    not_before: dict[tuple[str, str], float] = field(default_factory=dict)
    writes_sent: int = 0
    approvals: dict[str, set[str]] = field(default_factory=dict)
    newest_plans: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, IntentState] = field(default_factory=dict)
    landed: dict[str, bool] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    """Intents sent by a run that another had superseded: who looked before saw rightly that they had not landed."""
    looked: set[str] = field(default_factory=set)
    """Intents that a later run settled by looking: it sees what is there, not who brought it."""

    def begin(self, life: Life, org: str, *, typed: bool) -> Run:
        run = self.runs[life.name] = Run(life.name, org, typed)
        return run

    def breaks(self, law: str, text: str) -> None:
        self.broken.append(Broken(law, text))

    # ------------------------------------------------------------ wire

    def sending(self, life: Life, org: str, request: HttpRequest, handed_over_at: float, *, writes: bool) -> None:
        run = self.runs[life.name]
        run.requests += 1
        wait_until = self.not_before.get((life.name, org), 0.0)
        if self.time.elapsed < wait_until - 1e-6:
            self.breaks(
                "Retry-After", f"{life.name} sends {request.method} {wait_until - self.time.elapsed:.1f} s before the org allowed it"
            )
        if not writes:
            return
        run.writes += 1
        self.writes_sent += 1
        path = urlsplit(request.url).path
        self.trace(f"{life.name} sends {request.method} {path} {request.body.decode(errors='replace')}")
        self._check_fence(run, handed_over_at)
        covering = self._covering(run, request.method, path, request.body)
        if covering is None:
            self.breaks("intent before call", f"{run.name} sends {request.method} {path} without an open intent for it")
        if self.fences.get(run.org, (run.fence, 0.0))[0] > run.fence:
            # It stood still between its check and the socket: no check of its own can know what others did meanwhile.
            self.late.update({covering.id} if covering is not None else ())
            return
        self._check_nothing_unknown(run, path)
        external = _created(request)
        if external and (run.org, external) in self.unknown_creates:
            self.breaks(
                "settle before retry", f"{run.name} sends the create of {external} again, though its outcome is unknown and nobody looked"
            )

    def _check_nothing_unknown(self, run: Run, path: str) -> None:
        """No second write to an account or group while the outcome of one is unknown."""
        target = path.rstrip("/").rsplit("/", 1)[-1]
        for other in self.runs.values():
            if other.org != run.org:
                continue
            for intent in other.intents.values():
                if intent.target_id == target and self.outcomes.get(intent.id) is IntentState.UNKNOWN:
                    self.breaks(
                        "settle before retry", f"{run.name} writes to {target} behind a write of {other.name} whose outcome is unknown"
                    )

    def handled(self, life: Life, request: HttpRequest, status: int) -> None:
        """The org handled a write; whether the engine will learn of it is another matter."""
        run = self.runs[life.name]
        intent = self._covering(run, request.method, urlsplit(request.url).path, request.body)
        if intent is not None:
            self.landed[intent.id] = self.landed.get(intent.id, False) or status < 300

    def answered(self, life: Life, org: str, request: HttpRequest, answer: HttpAnswer | None, fault: str, *, writes: bool) -> None:
        run = self.runs[life.name]
        if fault:
            run.faults += 1
            self.trace(f"{life.name} fault {fault} on {request.method} {urlsplit(request.url).path}")
        if answer is not None and answer.status == 429 and "retry-after" in answer.headers:
            self.not_before[life.name, org] = self.time.elapsed + float(answer.headers["retry-after"])
        if writes:
            self.trace(f"{life.name} answer {_told(answer)}")
        external = _created(request)
        if external:
            if answer is None or answer.status >= 500:
                self.unknown_creates[org, external] = self.time.elapsed
        elif (
            request.method == "GET"
            and answer is not None
            and answer.status == 200
            and urlsplit(request.url).path.rstrip("/").lower().endswith("/users")
        ):
            for known in [known for known in self.unknown_creates if known[0] == org]:
                del self.unknown_creates[known]

    def _check_fence(self, run: Run, handed_over_at: float) -> None:
        """A process that is frozen between its check and the socket cannot help it; what counts is when it let go."""
        newest, taken_at = self.fences.get(run.org, (run.fence, 0.0))
        if newest > run.fence and handed_over_at - max(run.checked_at, taken_at) > FENCE_RACE_SECONDS:
            self.breaks(
                "fencing", f"{run.name} writes under lease {run.fence} although {newest} was taken {self.time.elapsed - taken_at:.0f} s ago"
            )

    def _covering(self, run: Run, method: str, path: str, body: bytes) -> Intent | None:
        """The open intent of this run that covers a write."""
        external = _created_body(method, path, body)
        target = path.rstrip("/").rsplit("/", 1)[-1]
        for intent in reversed(run.intents.values()):
            if intent.id in run.closed:
                continue
            if intent.target_id == target or (external and intent.person is not None and intent.person.key == external):
                return intent
        return None

    # ------------------------------------------------------------ store

    def stored(self, life: Life, method: str, args: tuple[Any, ...], answer: Any) -> None:
        run = self.runs[life.name]
        if method == "take_lease":
            run.fence, run.checked_at = answer, self.time.elapsed
            self.fences[run.org] = (answer, self.time.elapsed)
            self.trace(f"{life.name} holds lease {answer}")
        elif method == "renew_lease":
            self._checked(run)
        elif method == "note_intent":
            intent: Intent = args[0]
            self._checked(run)
            run.intents[intent.id] = intent
            self.trace(f"{life.name} notes {intent.verb} {intent.person or ''} {intent.target_id}")
        elif method == "record_outcome":
            self._close(run, args)
            self._link(run, args[2] if len(args) > 2 else ())
        elif method == "save_plan":
            if self.newest_plans.get(run.org) != args[0].hash:
                self.approvals.pop(args[0].hash, None)
            self.newest_plans[run.org] = args[0].hash
            run.approved = self.approvals.setdefault(args[0].hash, set())
        elif method == "approvals":  # the newest plan drawn again is not saved again, and keeps what was approved
            run.approved = self.approvals.setdefault(args[0], set())
        elif method == "approve":
            self.approvals.setdefault(args[0].plan_hash, set()).add(args[0].guard)
        elif method in ("put_bonds", "take_over"):
            self._link(run, args[2])

    def _checked(self, run: Run) -> None:
        run.checked_at = self.time.elapsed
        newest, _ = self.fences.get(run.org, (run.fence, 0.0))
        if newest > run.fence:
            self.breaks("fencing", f"the lease {run.fence} of {run.name} was accepted although {newest} was given out")

    def _link(self, run: Run, bonds: Iterable[tuple[PersonKey, Bond]]) -> None:
        for person, bond in bonds:
            self.on_link(run, person.key, bond.target_id)

    def _close(self, run: Run, args: tuple[Any, ...]) -> None:
        intent_id, state = args[0], args[1]
        self.trace(f"{run.name} records {state}")
        if intent_id not in run.intents:
            run.settled += 1  # it looked, which is part of no plan, even where the run that sent it reported meanwhile
        if self.outcomes.get(intent_id) in SETTLED and state is not IntentState.DONE:
            return  # a run that was thought dead reports late; the store keeps what was settled
        self.outcomes[intent_id] = state
        if intent_id not in run.intents:
            self.looked.add(intent_id)
            if state is IntentState.VOID:
                self.on_void(intent_id)
            elif state is IntentState.DONE and not self.landed.get(intent_id, False):
                self.on_credit(run, next(one.intents[intent_id] for one in self.runs.values() if intent_id in one.intents))
        else:
            run.closed.add(intent_id)

    def journalled(self, org: str) -> Counter[PersonKey]:
        """How many writes to each person are settled as done, by the journal's word."""
        done: Counter[PersonKey] = Counter()
        for run in self.runs.values():
            for intent in run.intents.values():
                if run.org == org and intent.person is not None and self.outcomes.get(intent.id) is IntentState.DONE:
                    done[intent.person] += 1
        return done

    def _landed_otherwise(self, intent: Intent) -> bool:
        """A late look finds the account that another run has created for the same person since."""
        others = (other for run in self.runs.values() for other in run.intents.values() if other.person == intent.person)
        return intent.id in self.looked and any(other.verb == intent.verb and self.landed.get(other.id, False) for other in others)

    def check_journal(self) -> None:
        """At rest: what the journal says of each write is what became of it."""
        for run in self.runs.values():
            for intent in run.intents.values():
                if intent.id in self.looked and intent.verb != "create":
                    continue
                state, landed = self.outcomes.get(intent.id), self.landed.get(intent.id, False)
                told = f"{intent.verb} {intent.person or ''} {intent.target_id} of {run.name}"
                if state is IntentState.DONE and not landed and not self._landed_otherwise(intent):
                    self.breaks("journal", f"{told} is recorded as done and never landed")
                elif state in (IntentState.REFUSED, IntentState.VOID) and landed and intent.id not in self.late:
                    self.breaks("journal", f"{told} is recorded as {state} and landed")


def _told(answer: HttpAnswer | None) -> str:
    if answer is None:
        return "none"
    return f"{answer.status} {answer.body[:160].decode(errors='replace')}" if answer.status >= 400 else str(answer.status)


def _created(request: HttpRequest) -> str:
    return _created_body(request.method, urlsplit(request.url).path, request.body)


def _created_body(method: str, path: str, body: bytes) -> str:
    """The externalId of a create of a user, "" for any other request."""
    if method != "POST" or not path.rstrip("/").lower().endswith("/users"):
        return ""
    return str(json.loads(body).get("externalId", "")).removeprefix(f"{SOURCE}:")
