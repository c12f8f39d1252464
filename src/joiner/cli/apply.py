"""``joiner apply``: send a stored plan that a person named, or make one and send what needs no person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Door, Flags, Here
from joiner.cli.exit_codes import worst
from joiner.cli.pipes import choose_pipes, find_plan
from joiner.cli.plan import plan as make_and_show
from joiner.cli.plan_view import PlanStyle
from joiner.cli.progress import shown
from joiner.cli.report_view import exit_code, show_reports
from joiner.journeys.cycle import Report
from joiner.store.port import StoredPlan


def apply(
    plan: str = "",
    /,
    *,
    org: str = "",
    dry_run: Annotated[bool, Parameter(name=["-n", "--dry-run"])] = False,
    summary: bool = False,
    full: bool = False,
    flags: Flags = FLAGS,
    door: Here,
) -> int:
    """Apply a plan. Naming one is your approval of exactly that plan; without one, everything in policy is sent.

    Args:
        plan: Id of a plan, a file from ``joiner plan --out``, or nothing: make a plan for every pipe and apply it unattended.
        org: Only this pipe, unattended.
        dry_run: Show what ``joiner plan`` shows, send nothing.
        summary: Counts only.
        full: Everybody and every attribute.
    """
    names = door.builders.pipe_names(door.where)
    if plan in names and not org:
        plan, org = "", plan
    if dry_run and not plan:
        return make_and_show(org, summary=summary, full=full, flags=flags, door=door)
    style = PlanStyle(door.terminal.colour_out, summary, full, columns=door.terminal.columns)
    if not plan:
        reports = [asyncio.run(_run(door, name, None)) for name in choose_pipes(door, org)]
    else:
        stored = asyncio.run(_load(door, plan))
        if dry_run:
            return _show_stored(door, stored, style)
        choose_pipes(door, stored.pipe)
        reports = [asyncio.run(_run(door, stored.pipe, stored))]
        style = replace(style, summary=not full)  # whoever named the plan has seen it
    show_reports(door, reports, style)
    return worst(exit_code(report) for report in reports)


async def _load(door: Door, plan: str) -> StoredPlan:
    async with door.builders.open_engine(door.where) as store:
        return await find_plan(store, plan)


async def _run(door: Door, name: str, stored: StoredPlan | None) -> Report:
    from joiner.journeys.cycle import apply_plan

    with shown(door.progress()) as progress:
        async with door.builders.open_pipe(door.where, name, progress) as work:
            for correction in work.corrections:
                door.terminal.remark(f"note: {correction}")
            return await apply_plan(work.pipe, work.ports, actor=door.builders.author(), plan=stored)


def _show_stored(door: Door, stored: StoredPlan, style: PlanStyle) -> int:
    from joiner.cli.plan import exit_code as plan_exit_code
    from joiner.cli.plan import show_plans
    from joiner.journeys.noted import decode_plan

    drawn = decode_plan(stored.document)
    show_plans(door, [drawn], style)
    return plan_exit_code(drawn, detailed=False)
