"""What an apply did: counts, failures as teaching errors, what waits, and the next command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from joiner.cli.door import Door
from joiner.cli.exit_codes import Exit
from joiner.cli.output import FORMAT_VERSION, write_json
from joiner.cli.plan_export import format_csv, plan_document
from joiner.cli.plan_view import PlanStyle, format_plan
from joiner.cli.plan_words import count
from joiner.cli.problem_view import format_problems
from joiner.cli.terminal import show
from joiner.journeys.cycle import Report


def exit_code(report: Report) -> int:
    """1 stopped > 5 some failed > 3 something waits for a person > 0."""
    if report.stopped:
        return Exit.FAILED
    if report.failed:
        return Exit.PARTLY
    waits = report.plan_only and count(report.plan).changes
    return Exit.HELD if report.held or waits else Exit.DONE


def show_reports(door: Door, reports: Sequence[Report], style: PlanStyle) -> None:
    match door.flags.output:
        case "json":
            documents = [report_document(report) for report in reports]
            write_json(door, documents[0] if len(documents) == 1 else {"format_version": FORMAT_VERSION, "reports": documents})
        case "csv":
            rows = [
                (report.plan.id, report.plan.pipe, failure.who, failure.problem.code, failure.problem.title)
                for report in reports
                for failure in report.failed
            ]
            door.terminal.say(format_csv(("plan", "org", "who", "code", "problem"), rows))
        case _:
            for report in reports:
                _show_report(door, report, style)


def _show_report(door: Door, report: Report, style: PlanStyle) -> None:
    terminal = door.terminal
    terminal.say(format_plan(report.plan, replace(style, closing=False)))
    terminal.say("")
    if report.failed:
        terminal.complain(format_problems([failure.problem for failure in report.failed], colour=terminal.colour_err) + "\n")
    if report.plan_only:
        changes = count(report.plan).changes
        terminal.say(terminal.paint(f"Nothing was sent: {show(report.plan_only)}.", "bold yellow"))
        if changes:
            terminal.say(f"  apply   joiner apply {report.plan.id}")
        return
    if report.stopped:
        terminal.say(terminal.paint(f"Stopped: {show(report.stopped)}", "bold red"))
    words = [f"{report.done:,} of {report.sent:,} sent changes done"] if report.sent else ["nothing to send"]
    words += [f"{len(report.failed):,} failed"] if report.failed else []
    words += [f"{report.held:,} held"] if report.held else []
    words.append(f"{report.requests:,} requests")
    terminal.say(terminal.paint(f"Applied {report.plan.id} to {show(report.plan.org_label)}: {', '.join(words)}.", "bold"))
    if report.held:
        # A plan that has sent something is the past: what it held is approved in the plan that follows.
        again = f"joiner plan {report.plan.pipe}   then   joiner held show {report.plan.pipe}"
        terminal.say(f"\n  held    {again if report.sent else f'joiner held show {report.plan.id}'}")


def report_document(report: Report) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "plan": plan_document(report.plan),
        "run": report.run,
        "sent": report.sent,
        "done": report.done,
        "failed": [
            {
                "who": failure.who,
                "code": failure.problem.code,
                "title": failure.problem.title,
                "rows": [list(row) for row in failure.problem.rows],
            }
            for failure in report.failed
        ],
        "held": report.held,
        "plan_only": report.plan_only,
        "stopped": report.stopped,
        "requests": report.requests,
    }
