"""The story that ``joiner demo`` tells, with the real commands, a real server and real HTTP.

Everything happens as a person would do it: the same ``joiner`` command is started again and again in a folder of its own.
Nothing here reaches around the doors. Every sentence that the demo prints is checked before it is printed.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from joiner.demo.chapters import Scene, after_apply, day_two, first_day, open_org, overnight, second_cycle
from joiner.demo.org_http import UnexpectedAnswer
from joiner.demo.people import make_population
from joiner.demo.second_day import make_second_day
from joiner.demo.stage import Stage, StoryBroken, free_port, workspace

FOLDER = Path(".demo")
"""Where the demo plays unless a folder is named; git ignores it in Joiner's own repository."""


def run_demo(*, once: bool, command: Sequence[str], folder: Path | None, out: TextIO) -> int:
    """Tell the story in ``folder`` and answer the exit code. A folder that was named is kept, ``.demo`` is removed at the end.

    ``command`` starts Joiner (``(sys.executable, "-m", "joiner.app")``). With ``once`` the demo ends after its last check
    (0, or 1 when an expectation was violated); without, it serves until interrupted. Raises OSError when ``folder`` cannot
    be written.
    """
    place = (folder or FOLDER).absolute()
    stage = Stage(tuple(command), place, out)
    try:
        with workspace(place, keep=folder is not None):
            return _tell(stage, once, kept=folder is not None)
    except (StoryBroken, UnexpectedAnswer) as failure:
        stage.say(f"\nThe demo stopped: {failure}")
        return 1
    except KeyboardInterrupt:
        stage.say("\nInterrupted.")
        return 130


def _tell(stage: Stage, once: bool, *, kept: bool) -> int:
    began = time.monotonic()
    population = make_population()
    address = f"http://127.0.0.1:{free_port()}"
    scene = Scene(stage, population, make_second_day(population), f"{address}/northlight")
    stage.say(f"Joiner demo. People and company are made up; everything stays on this machine, in {stage.folder}.")
    with open_org(scene, address) as org:
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
            _keep_serving(scene, kept)
    return 0 if true else 1


def _keep_serving(scene: Scene, kept: bool) -> None:
    stage = scene.stage
    minted = stage.ask("client", "token", "hr-sync", "--org", "northlight", "--database", "sqlite:///orgs.db", "-o", "json")
    joiner = Path(stage.command[0]).with_name("joiner")
    stage.heading("Your turn")
    stage.say(f"The org is still there: {scene.base_url}   (in a second terminal)\n")
    stage.say(f"  TOKEN={minted['access_token']}")
    stage.say(f'  curl -s -H "Authorization: Bearer $TOKEN" "{scene.base_url}/api/v2/scim/v2/Users?count=1" | python3 -m json.tool\n')
    stage.say(f"  cd {stage.folder}")
    stage.say("  # mend the misspelt department, then look again:")
    stage.say("  sed -i.bak 's/,Suport,/,Support,/' hr.csv")
    stage.say(f"  {joiner} plan eu\n  {joiner} apply\n  {joiner} explain lars.nygaard@northlight.example\n")
    stage.say("Ctrl-C stops the server." if kept else "Ctrl-C stops the server and removes the folder.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        stage.say("\nStopped.")
