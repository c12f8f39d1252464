"""Which pipes a command means, and finding a stored plan by what a person typed."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from joiner.cli.door import Door
from joiner.errors import Missing, Problem, Usage
from joiner.store.port import EngineStore, StoredPlan

PLAN_FILE_BYTES_MAX = 512 * 1024 * 1024
"""A plan of a million people is smaller; anything larger is not a plan."""


def choose_pipes(door: Door, name: str) -> Sequence[str]:
    """The one that is named, else all of joiner.toml. Raises Usage (JN6402) with the nearest name."""
    names = door.builders.pipe_names(door.where)
    if not names:
        raise Usage(Problem("JN6402", "joiner.toml has no [[org]], so there is nothing to keep in step", (), "add an [[org]] table"))
    if not name:
        return names
    if name not in names:
        near = get_close_matches(name, names, n=1)
        rows = (("near", f'"{near[0]}"'),) if near else (("known", ", ".join(names)),)
        raise Usage(Problem("JN6402", f'there is no pipe called "{name}"', rows, f"joiner plan {near[0] if near else names[0]}"))
    return [name]


async def find_plan(store: EngineStore, text: str, pipe_names: Sequence[str] = ()) -> StoredPlan:
    """The stored plan that a person means: an id (or its beginning), a file from ``plan --out``, or a pipe's newest.

    A file is only a ticket: what is applied is what our own memory holds under its hash. Raises Missing (JN6404).
    """
    if text in pipe_names:
        plan = await store.latest_plan(text)
        if plan is None:
            raise Missing(Problem("JN6404", f'the pipe "{text}" has no plan yet', (), f"joiner plan {text}"))
        return plan
    prefix = read_ticket(Path(text)) if text.endswith(".json") or "/" in text else text
    plan = await store.load_plan(prefix)
    if plan is None:
        raise Missing(Problem("JN6404", f'there is no plan "{text}"', (), "run  joiner plan  and use the id on its last lines"))
    return plan


def read_ticket(path: Path) -> str:
    """The hash in a file that ``joiner plan --out`` wrote."""
    import json

    try:
        if path.stat().st_size > PLAN_FILE_BYTES_MAX:
            raise Usage(Problem("JN6405", f"{path.name} is too large to be a plan", (), "name a file that  joiner plan --out FILE  wrote"))
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise Usage(Problem("JN6405", f"{path} cannot be read: {error.strerror}", (), "correct the path")) from None
    except (ValueError, RecursionError):
        document = None
    found = document.get("hash") if isinstance(document, dict) else None
    if not isinstance(found, str) or not found:
        raise Usage(Problem("JN6405", f"{path.name} is not a saved plan", (), "name a file that  joiner plan --out FILE  wrote"))
    return found
