"""The laws that a plan and the report on it must keep: everybody once, nothing sent that was held, the cost an upper bound."""

from __future__ import annotations

from collections import Counter

from joiner.journeys.cycle import Report
from joiner.simulation.watch import Run, Watch
from joiner.sync.plan import Plan

TOKEN_REQUESTS = 1
"""Signing in is not part of a plan."""


def check_plan(plan: Plan, run: Run, watch: Watch) -> None:
    """Every person seen appears exactly once, and so does every account."""
    people = Counter(line.person for line in plan.lines if line.person is not None)
    twice = sorted(str(person) for person, count in people.items() if count > 1)
    if twice:
        watch.breaks("once in the plan", f"{run.name} plans {', '.join(twice)} more than once")
    accounts = Counter(line.target_id for line in plan.lines if line.target_id)
    shared = sorted(account for account, count in accounts.items() if count > 1)
    if shared:
        watch.breaks("once in the plan", f"{run.name} has several lines for the account {', '.join(shared)}")
    keys = {person.key for person in people}
    for served in run.served.values():
        missing = sorted(served.shown - keys)
        if missing:
            watch.breaks("once in the plan", f"{run.name} was served {', '.join(missing)} and plans nothing about them")


def check_sent(report: Report, run: Run, watch: Watch) -> None:
    """What the run wrote (as the org saw it) is part of its plan and was not held; what it cost was foretold."""
    plan = report.plan
    if report.plan_only and run.writes:
        watch.breaks("plan", f"{run.name} wrote although the run was plan-only: {report.plan_only}")
    allowed = {line.person.key for line in plan.lines if line.person is not None and line.hold is None and line.change is not None}
    for group in plan.groups:
        people = group.change.add if group.hold is not None else (*group.change.add, *group.change.remove)
        allowed |= {person.key for person in people}
    outside = sorted(run.touched - allowed)
    if outside:
        watch.breaks("plan", f"{run.name} changed {', '.join(outside)}, for whom its plan sends nothing")
    sent = run.requests - run.requests_before
    if run.faults == 0 and run.settled == 0 and sent > plan.requests + TOKEN_REQUESTS:
        watch.breaks("request bound", f"{run.name} sent {sent} requests, its plan foretold at most {plan.requests}")
