"""The story that ``joiner demo`` tells, with the real commands, a real server and real HTTP.

Everything happens as a person would do it: the same ``joiner`` command is started again and again in a folder of its own.
Nothing here reaches around the doors, except that an org's divisions, roles, skills and languages are defined by the
function that ``app.py`` hands down. Every sentence that the demo prints is checked before it is printed.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO, TypeAlias

from joiner.demo.chapters import Scene, after_apply, day_two, first_day, open_org, overnight, second_cycle
from joiner.demo.org_http import UnexpectedAnswer
from joiner.demo.people import make_population
from joiner.demo.second_day import make_second_day
from joiner.demo.stage import Stage, StoryBroken, free_port, workspace

DefineNames: TypeAlias = Callable[[str, str, Mapping[str, Sequence[str]]], None]
"""``(database URL, org name, {"divisions": …, "roles": …, "skills": …, "languages": …})``: defines them in the hosted org."""


def run_demo(*, once: bool, command: Sequence[str], define_names: DefineNames, folder: Path, out: TextIO) -> int:
    """Tell the story in ``folder`` (made, and removed at the end) and answer the exit code.

    ``command`` starts Joiner (``(sys.executable, "-m", "joiner.app")``). With ``once`` the demo ends after its last check
    (0, or 1 when an expectation was violated); without, it serves until interrupted. Raises OSError when ``folder`` cannot
    be written.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    stage = Stage(tuple(command), folder.absolute(), out)
    try:
        with workspace(folder.absolute()):
            return _tell(stage, define_names, once)
    except (StoryBroken, UnexpectedAnswer) as failure:
        stage.say(f"\nThe demo stopped: {failure}")
        return 1
    except KeyboardInterrupt:
        stage.say(f"\nInterrupted. {folder} is removed, nothing is left behind.")
        return 130


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(stage: Stage, define_names: DefineNames, once: bool) -> int:
    began = time.monotonic()
    population = make_population()
    address = f"http://127.0.0.1:{free_port()}"
    scene = Scene(stage, population, make_second_day(population), f"{address}/northlight")
    stage.say("Joiner demo. People and company are made up; everything stays on this machine, in .demo/.")
    with open_org(scene, define_names, address) as org:
        first_day(scene, org)
        overnight(scene, org)
        plan_id = day_two(scene)
        after_apply(scene, org, plan_id)
        second_cycle(scene, org)
        true = not stage.violated
        stage.say(
            f"\nDone in {time.monotonic() - began:.0f} s. {'Everything said above was checked.' if true else 'Not everything was true:'}"
        )
        for sentence in stage.violated:
            stage.say(f"  ✗ {sentence}")
        if not once:
            _keep_serving(scene)
    return 0 if true else 1


def _keep_serving(scene: Scene) -> None:
    stage = scene.stage
    minted = stage.ask("client", "token", "hr-sync", "--org", "northlight", "--database", "sqlite:///orgs.db", "-o", "json")
    joiner = Path(stage.command[0]).with_name("joiner")
    stage.heading("Your turn")
    stage.say(f"The org is still there: {scene.base_url}   (in a second terminal)\n")
    stage.say(f"  TOKEN={minted['access_token']}")
    stage.say(f'  curl -s -H "Authorization: Bearer $TOKEN" "{scene.base_url}/api/v2/scim/v2/Users?count=2"\n')
    stage.say(f"  cd {stage.folder}")
    stage.say("  # mend the misspelt department, then look again:")
    stage.say("  sed -i.bak 's/,Suport,/,Support,/' hr.csv")
    stage.say(f"  {joiner} plan eu\n  {joiner} apply\n  {joiner} explain lars.nygaard@northlight.example\n")
    stage.say("Ctrl-C stops the server and removes .demo/.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        stage.say("\nStopped. Nothing is left behind.")
