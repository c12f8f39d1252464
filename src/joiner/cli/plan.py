"""``joiner plan``: read both sides, show what would change and why. Writes nothing to any org."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Literal

from joiner.cli.door import FLAGS, Door, Flags, Here
from joiner.cli.exit_codes import Exit, worst
from joiner.cli.output import FORMAT_VERSION, write_json
from joiner.cli.pipes import choose_pipes
from joiner.cli.plan_export import plan_csv, plan_document
from joiner.cli.plan_view import PlanStyle, format_plan
from joiner.cli.plan_words import count
from joiner.cli.progress import shown
from joiner.errors import Problem, Unwritable
from joiner.sync.plan import Plan

Only = Literal["leavers", "joiners", "movers", "groups", "held"]


def plan(
    pipe: str = "",
    /,
    *,
    out: Path | None = None,
    only: Only | None = None,
    summary: bool = False,
    full: bool = False,
    detailed_exitcode: bool = False,
    flags: Flags = FLAGS,
    door: Here,
) -> int:
    """Show what would change, and why.

    Args:
        pipe: The org to look at; default: every pipe of joiner.toml.
        out: Save the plan here too; ``joiner apply FILE`` applies exactly it.
        only: Show only these.
        summary: Counts only.
        full: Everybody and every attribute.
        detailed_exitcode: Exit code 2 when there are changes to send.
    """
    names = choose_pipes(door, pipe)
    plans = [asyncio.run(_draw(door, name)) for name in names]
    show_plans(door, plans, PlanStyle(door.terminal.colour_out, summary, full, only or "", columns=door.terminal.columns))
    if out is not None:
        _save(out, plans, door)
    return worst(exit_code(entry, detailed=detailed_exitcode) for entry in plans)


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Held wins over changes: 3 > 2."""
    totals = count(plan)
    if totals.anything_held or plan.tripped:
        return Exit.HELD
    return Exit.CHANGES if detailed and totals.changes else Exit.DONE


def show_plans(door: Door, plans: list[Plan], style: PlanStyle) -> None:
    match door.flags.output:
        case "json":
            documents = [plan_document(plan, style.only) for plan in plans]
            write_json(door, documents[0] if len(documents) == 1 else {"format_version": FORMAT_VERSION, "plans": documents})
        case "csv":
            for index, plan in enumerate(plans):
                text = plan_csv(plan, style.only)
                door.terminal.say(text if index == 0 else text.partition("\r\n")[2])
        case _:
            door.terminal.say("\n\n".join(format_plan(plan, style) for plan in plans))


async def _draw(door: Door, name: str) -> Plan:
    from joiner.journeys.cycle import make_plan

    with shown(door.progress()) as progress:
        async with door.builders.open_pipe(door.where, name, progress) as work:
            for correction in work.corrections:
                door.terminal.remark(f"note: {correction}")
            return await make_plan(work.pipe, work.ports, door.builders.author())


def _save(path: Path, plans: list[Plan], door: Door) -> None:
    """The same JSON as ``-o json``, readable by its owner only: it names people. Several pipes: one file each, ``NAME-PIPE``."""
    import json

    for plan in plans:
        place = path if len(plans) == 1 else path.with_name(f"{path.stem}-{plan.pipe}{path.suffix}")
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(plan_document(plan), file, ensure_ascii=False, indent=2)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Unwritable(
                Problem("JN6405", f"the plan cannot be saved to {place}: {reason}", (), "name another file with --out")
            ) from None
        use = f" Apply exactly this with  joiner apply {place}" if count(plan).changes else ""
        door.terminal.remark(f"Saved to {place}.{use}")
