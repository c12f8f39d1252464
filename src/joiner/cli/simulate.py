"""``joiner simulate``: which seeds to run, and which planted bug; the histories are made in ``simulation/``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from joiner.cli.builders import Histories
from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.progress import shown
from joiner.errors import Problem, Usage


def simulate(
    *,
    seeds: Annotated[int, Parameter(show_default=True)] = 100,
    start: Annotated[int, Parameter(show_default=True)] = 0,
    jobs: Annotated[int, Parameter(show_default=True)] = 1,
    plant: str = "",
    planted: bool = False,
    verbose: Annotated[bool, Parameter(name=["-v", "--verbose"])] = False,
    flags: Flags = FLAGS,
    door: Here,
) -> int:
    """Run the same engine through random histories with faults, and check the laws after every step.

    Args:
        seeds: How many histories.
        start: The first seed: a failure prints its own, which lives the same history again.
        jobs: Processes at once.
        plant: A planted bug that must be found.
        planted: Plant every known bug in turn; each must be found.
        verbose: Tell the story of every history.
    """
    if min(seeds, jobs) < 1 or start < 0:
        raise Usage(Problem("JN6401", "seeds and jobs begin with 1, the first seed with 0", (), "joiner simulate --seeds 100"))
    with shown(door.progress()) as progress:
        asked = Histories(range(start, start + seeds), jobs, plant, planted, verbose)
        return door.builders.simulate(asked, door.terminal.out, progress)
