"""What a command ends with (DESIGN §8), and which of several wins."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    FAILED = 1
    CHANGES = 2  # only with --detailed-exitcode
    HELD = 3
    CREDENTIALS = 4
    PARTLY = 5  # applied, but some people failed or were skipped
    LOCKED = 7
    USAGE = 64
    CONFIGURATION = 78
    INTERRUPTED = 130


MEANINGS: dict[Exit, str] = {
    Exit.DONE: "done, or nothing to do",
    Exit.FAILED: "failed: an org or source cannot be reached, a stale plan, the disk",
    Exit.CHANGES: "changes are present; only with `--detailed-exitcode`",
    Exit.HELD: "something is held for a person; nothing unsafe was sent",
    Exit.CREDENTIALS: "our credentials were refused",
    Exit.PARTLY: "applied, but some people failed or were skipped",
    Exit.LOCKED: "another run holds the pipe",
    Exit.USAGE: "the command was called wrongly",
    Exit.CONFIGURATION: "joiner.toml, a look-up file or the shape of a source is wrong",
    Exit.INTERRUPTED: "interrupted",
}

_PRECEDENCE = (
    Exit.INTERRUPTED,
    Exit.USAGE,
    Exit.FAILED,
    Exit.CREDENTIALS,
    Exit.CONFIGURATION,
    Exit.LOCKED,
    Exit.PARTLY,
    Exit.HELD,
    Exit.CHANGES,
    Exit.DONE,
)


def worst(codes: Iterable[int]) -> int:
    """The one that a command ends with when several pipes end differently: 1 > 4 > 78 > 7 > 5 > 3 > 2 > 0."""
    found = set(codes)
    return next((int(code) for code in _PRECEDENCE if code in found), max(found, default=0))
