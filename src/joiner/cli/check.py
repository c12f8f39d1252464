"""``joiner check``: try everything that a pipe needs, change nothing, and say what is missing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from joiner.cli.builders import PipeWork
from joiner.cli.door import FLAGS, Door, Flags, Here
from joiner.cli.exit_codes import Exit, worst
from joiner.cli.output import FORMAT_VERSION, write_json
from joiner.cli.pipes import choose_pipes
from joiner.cli.plan_export import format_csv
from joiner.cli.problem_view import format_problems
from joiner.cli.terminal import pad, show, width
from joiner.connectors.port import CheckResult, Source
from joiner.errors import CredentialsRefused, JoinerError


def check(org: str = "", /, *, flags: Flags = FLAGS, door: Here) -> int:
    """Check joiner.toml, sources and orgs. Every call that a pipe needs is tried once.

    Args:
        org: Only this pipe.
    """
    outcomes = [asyncio.run(_check(door, name)) for name in choose_pipes(door, org)]
    _show(door, outcomes)
    return worst(code for _, _, _, code in outcomes)


_CODE = re.compile(r"JN\d{4}")

Outcome = tuple[str, Sequence[CheckResult], Sequence[str], int]


async def _check(door: Door, name: str) -> Outcome:
    async with door.builders.open_pipe(door.where, name, door.progress()) as work:
        tried = [*[await _try_source(door, source) for source in work.ports.sources], *await _try_target(door, work)]
        remarks = tuple(dict.fromkeys((*work.corrections, *work.remarks)))
        return name, [result for result, _ in tried], remarks, worst(code for _, code in tried)


async def _try_source(door: Door, source: Source) -> tuple[CheckResult, int]:
    try:
        snapshot = await source.read()
    except JoinerError as error:
        _complain(door, error)
        return CheckResult(f"read {source.name}", False, str(error.problems[0])), error.exit_code
    proof = (
        f"proven complete by {snapshot.proof.kind.value}" if snapshot.proof.complete else "no proof of completeness: who vanishes is held"
    )
    return CheckResult(f"read {source.name}", True, f"{len(snapshot.records):,} rows, {proof}"), Exit.DONE


async def _try_target(door: Door, work: PipeWork) -> Sequence[tuple[CheckResult, int]]:
    try:
        results = await work.ports.target.check()
    except JoinerError as error:
        _complain(door, error)
        return [(CheckResult(f"{work.pipe.org_label} answers", False, str(error.problems[0])), error.exit_code)]
    return [(result, _code_of(result)) for result in results]


def _code_of(result: CheckResult) -> int:
    """A refusal of our credentials or of a permission is 4, anything else that failed 1."""
    if result.passed:
        return Exit.DONE
    return CredentialsRefused.exit_code if result.missing or result.detail.startswith(("JN2001", "JN2002")) else Exit.FAILED


def _complain(door: Door, error: JoinerError) -> None:
    door.terminal.complain(format_problems(error.problems, colour=door.terminal.colour_err) + "\n")


def _show(door: Door, outcomes: Sequence[Outcome]) -> None:
    match door.flags.output:
        case "json":
            checks = [
                {
                    "org": name,
                    "passed": code == Exit.DONE,
                    "tried": [
                        {"what": result.what, "passed": result.passed, "detail": result.detail, "missing": list(result.missing)}
                        for result in results
                    ],
                    "notes": list(remarks),
                }
                for name, results, remarks, code in outcomes
            ]
            write_json(door, {"format_version": FORMAT_VERSION, "checks": checks})
        case "csv":
            rows = [
                (name, result.what, "ok" if result.passed else "failed", result.detail, "; ".join(result.missing))
                for name, results, _, _ in outcomes
                for result in results
            ]
            door.terminal.say(format_csv(("org", "tried", "result", "detail", "missing"), rows))
        case _:
            for name, results, remarks, code in outcomes:
                _show_one(door, name, results, remarks, code)


def _show_one(door: Door, name: str, results: Sequence[CheckResult], remarks: Sequence[str], code: int) -> None:
    terminal = door.terminal
    terminal.say(terminal.paint(name, "bold"))
    widest = max((width(result.what) for result in results), default=0) + 3
    for result in results:
        word = terminal.paint("ok      ", "green") if result.passed else terminal.paint("FAILED  ", "bold red")
        terminal.say(f"  {word}{pad(show(result.what), widest)}{show(result.detail)}".rstrip())
        for permission in result.missing:
            terminal.say(f"            missing permission   {show(permission)}")
    for remark in remarks:
        terminal.say(f"  {terminal.paint('note', 'yellow')}    {show(remark)}")
    if code == Exit.DONE:
        terminal.remark(f"\n  plan    joiner plan {name}")
        return
    failed = (_CODE.match(result.detail) for result in results if not result.passed)
    codes = dict.fromkeys(found[0] for found in failed if found)
    if codes:
        terminal.remark("\n" + "\n".join(f"  explain  joiner explain {one}" for one in codes))
