"""The story that ``joiner demo`` tells, with the real commands, a real server and real HTTP.

Everything happens as a person would do it: the same ``joiner`` command is started again and again in a folder of its own.
Nothing here reaches around the doors, except that an org's divisions, roles, skills and languages are defined by the
function that ``app.py`` hands down. Every sentence that the demo prints is checked before it is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO, TypeAlias

DefineNames: TypeAlias = Callable[[str, str, Mapping[str, Sequence[str]]], None]
"""``(database URL, org name, {"divisions": …, "roles": …, "skills": …, "languages": …})``: defines them in the hosted org."""


def run_demo(*, once: bool, command: Sequence[str], define_names: DefineNames, folder: Path, out: TextIO) -> int:
    """Tell the story in ``folder`` (made, and removed at the end) and answer the exit code.

    ``command`` starts Joiner (``(sys.executable, "-m", "joiner.app")``). With ``once`` the demo ends after its last check
    (0, or 1 when an expectation was violated); without, it serves until interrupted. Raises OSError when ``folder`` cannot
    be written.
    """
    return 1
