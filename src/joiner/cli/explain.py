"""``joiner explain``: what an error code means, or where a person's values come from."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from joiner.cli.door import FLAGS, Door, Flags, Here
from joiner.cli.explain_view import show_explanations
from joiner.cli.output import write_json
from joiner.cli.pipes import choose_pipes
from joiner.cli.progress import shown
from joiner.error_codes import ERROR_CODES
from joiner.errors import Missing, Problem, Usage
from joiner.journeys.explain import Explanation
from joiner.journeys.explain import explain as explain_person

_STATE = ("state", "active")
"""No rule writes it: it follows from the source listing the person, and stands above the attributes."""

_CODE = re.compile(r"^jn\d{1,5}$", re.IGNORECASE)


def explain(
    what: str,
    attribute: str = "",
    /,
    *,
    org: str = "",
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Explain an error code, or where a person's values come from.

    Args:
        what: A code such as JN2104, a user name, or a person's key in the source.
        attribute: Only this attribute; ``state`` for why somebody is active or not.
        org: Only this pipe.
    """
    if _CODE.match(what):
        explain_code(door, what.upper())
        return
    names = choose_pipes(door, org)
    found, missing = asyncio.run(_explain_in_all(door, names, what, "" if attribute in _STATE else attribute))
    if not found:
        raise missing[0]
    if attribute in _STATE:
        found = [replace(told, values=()) for told in found]
    show_explanations(door, found)


def explain_code(door: Door, code: str) -> None:
    """The page of one code. Raises Usage (JN6403) with the nearest ones."""
    entry = ERROR_CODES.get(code)
    if entry is None:
        near = get_close_matches(code, ERROR_CODES, n=3, cutoff=0.5)
        raise Usage(Problem("JN6403", f"there is no error code {code}", (("near", ", ".join(near)),) if near else ()))
    if door.flags.output == "json":
        write_json(door, {"code": code, "meaning": entry.meaning, "remedy": entry.remedy})
        return
    door.terminal.say(f"{door.terminal.paint(code, 'bold')}\n\n   means    {entry.meaning}\n   fix      {entry.remedy}")


async def _explain_in_all(door: Door, names: Sequence[str], who: str, attribute: str) -> tuple[list[Explanation], list[Missing]]:
    """A person need not be known to every pipe: only nobody anywhere is a failure."""
    found: list[Explanation] = []
    missing: list[Missing] = []
    for name in names:
        with shown(door.progress()) as progress:
            async with door.builders.open_pipe(door.where, name, progress) as work:
                try:
                    found.append(await explain_person(work.pipe, work.ports, who, attribute or None))
                except Missing as error:
                    missing.append(error)
    return found, missing
