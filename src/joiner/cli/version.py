"""``joiner version``: the number of the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.output import write_record


def version(*, flags: Flags = FLAGS, door: Here) -> None:
    try:
        number = installed_version("joiner")
    except PackageNotFoundError:
        number = "unknown (not installed)"
    if door.flags.output == "table":
        door.terminal.say(number)
        return
    write_record(door, {"version": number})
