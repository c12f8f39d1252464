"""``joiner scim``: what clients send to a hosted org, and any SCIM server tried as identity providers would use it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.hosted import hosted_orgs
from joiner.cli.output import write_json, write_table
from joiner.errors import Problem, Usage

if TYPE_CHECKING:
    from joiner.store.observed_port import ResentValue

LINES_DEFAULT = 50


def try_out(
    url: str,
    /,
    *,
    token: str = "",
    cycle: Annotated[Literal["all", "okta", "entra"], Parameter(show_default=True)] = "all",
    domain: Annotated[str, Parameter(show_default=True)] = "example.com",
    flags: Flags = FLAGS,
    door: Here,
) -> int:
    """Try a SCIM server as Okta and Entra would use it, with throw-away people, and say in plain words what fails.

    Args:
        url: The SCIM base URL, for instance https://joiner.example/northlight/scim/v2.
        token: A bearer token; left out, JOINER_TOKEN holds it, which does not show in lists of processes.
        cycle: Which identity provider to play.
        domain: Where the e-mail addresses of the throw-away people are.
    """
    from joiner.journeys.try_cycles import CYCLES
    from joiner.journeys.try_server import Finding, first_contact, try_server

    secret = token or door.environment.get("JOINER_TOKEN", "")
    if not secret:
        raise Usage(Problem("JN6425", "no token was given", (), "give one with --token, or in the environment as JOINER_TOKEN"))
    cycles = {name: steps for name, steps in CYCLES.items() if cycle in ("all", name)}

    def tell(finding: Finding) -> None:
        if door.flags.output == "table":
            colour = {"ok": "green", "failed": "red", "left out": "yellow"}[finding.verdict]
            door.terminal.say(f"{door.terminal.paint(f'{finding.verdict:8}', colour)}  {finding.cycle:6} {finding.step}")
            for line in (finding.words, finding.exchange):
                if line:
                    door.terminal.say(f"          {line}")

    async def work() -> int:
        async with door.builders.open_wire(url) as wire:
            await first_contact(wire, url, secret)
            mark = door.builders.ids.new_id()[-12:]
            findings = await try_server(wire, url, secret, mark, cycles, domain, tell)
        failed, left_out = (sum(finding.verdict == verdict for finding in findings) for verdict in ("failed", "left out"))
        if door.flags.output == "json":
            write_json(door, {"url": url, "findings": [finding._asdict() for finding in findings], "failed": failed})
        elif door.flags.output == "csv":
            write_table(door, Finding._fields, findings)
        door.terminal.remark(f"\n{len(findings)} steps: {len(findings) - failed - left_out} ok, {failed} failed, {left_out} left out.")
        return 1 if failed else 0

    return asyncio.run(work())


def log(
    *,
    org: str,
    client: str = "",
    status: str = "",
    lines: Annotated[int, Parameter(show_default=True)] = LINES_DEFAULT,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Show what a client sent and what became of it: writes and refusals one by one, reads counted.

    Args:
        org: The hosted org.
        client: Name or id of one client.
        status: Only answers of this status (429), or of this class (4xx).
        lines: How many, the newest first.
    """
    from joiner.journeys.administer import find_client, find_org
    from joiner.store.observed_port import LoggedRequest
    from joiner.store.org_port import OrgReads

    lowest, highest = _statuses(status)
    asked = f"with status {status} " if status else ""

    def find(rows: OrgReads) -> tuple[list[LoggedRequest], dict[str, str]]:
        found = find_org(rows, org)
        holder = find_client(rows, found, client).id if client else ""
        names = {each.id: each.name for each in rows.clients(found.key)}
        return list(rows.requests(found.key, holder, status_min=lowest, status_max=highest, limit=lines)), names

    async def work() -> None:
        async with hosted_orgs(door) as store:
            requests, names = await store.read(0, find)
        columns = ("at", "client", "status", "request", "ms", "id", "what")
        rows = [
            (
                each.at.strftime("%Y-%m-%d %H:%M:%S"),
                names.get(each.client, each.client),
                each.status,
                f"{each.method} {each.path}",
                f"{each.millis:.1f}",
                each.id,
                "; ".join(part for part in (each.scim_type, each.detail, *each.marks) if part),
            )
            for each in requests
        ]
        write_table(door, columns, rows, name="requests", empty=f"Nothing {asked}was logged for {client or org} yet.")

    asyncio.run(work())


def oddities(*, org: str, client: str = "", flags: Flags = FLAGS, door: Here) -> None:
    """Show where clients depart from the standard, and which values they send again each cycle, with the fix.

    Args:
        org: The hosted org.
        client: Name or id of one client.
    """
    from joiner.dialects.oddities import ODDITIES
    from joiner.journeys.administer import find_client, find_org
    from joiner.store.observed_port import Deviation
    from joiner.store.org_port import OrgReads

    def find(rows: OrgReads) -> tuple[list[Deviation], list[ResentValue], dict[str, str]]:
        found = find_org(rows, org)
        holder = find_client(rows, found, client).id if client else ""
        names = {each.id: each.name for each in rows.clients(found.key)}
        return list(rows.deviations(found.key, holder)), list(rows.resent_values(found.key, holder)), names

    async def work() -> None:
        async with hosted_orgs(door) as store:
            deviations, resent, names = await store.read(0, find)
        rows: list[tuple[str | int, ...]] = []
        for each in deviations:
            known = ODDITIES.get(each.name)
            told = (known.meaning, known.fix) if known is not None else ("", "")
            rows.append((names.get(each.client, each.client), each.name, each.times, f"{each.last_at:%Y-%m-%d %H:%M}", *told))
        rows += _resent_rows(resent, names)
        columns = ("client", "oddity", "times", "last", "meaning", "fix")
        write_table(door, columns, rows, name="oddities", empty=f"{client or org} keeps to the standard so far.")

    asyncio.run(work())


def _resent_rows(resent: Sequence[ResentValue], names: Mapping[str, str]) -> list[tuple[str | int, ...]]:
    from joiner.dialects.resent import Resent

    rows: list[tuple[str | int, ...]] = []
    for each in resent:
        fix = Resent(each.attribute, each.form, each.sent, each.kept).fix
        meaning = f"sent again though nothing changed: {each.sent} for {each.kept}"
        told = (f"resent {each.attribute}", each.times, f"{each.last_at:%Y-%m-%d %H:%M}", meaning, fix)
        rows.append((names.get(each.client, each.client), *told))
    return rows


def _statuses(written: str) -> tuple[int, int]:
    """``429`` or ``4xx``. Raises Usage."""
    text = written.lower()
    if not text:
        return 0, 999
    if len(text) == 3 and text.isdecimal():
        return int(text), int(text)
    if len(text) == 3 and text[0].isdecimal() and text[1:] == "xx":
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    raise Usage(Problem("JN6425", f"{written[:20]!r} is no status", (), "write 429, or 4xx for all of them"))
