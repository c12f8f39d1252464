"""Starts a command, kills it at a random moment with SIGKILL, looks whether everything still holds; again and again.

The delays come from one seeded stream, one draw per strike, so that a strike can be repeated alone. The count is kept in
``build/kill/NAME.json`` and written after each strike: a campaign that was stopped goes on where it was. SIGKILL does not
model a power cut (the page cache survives); torn files are another test.

From a shell::

    python tests/kill/kill_harness.py --name engine --kills 200 --seed 7 --delay 0.2:2.5 --verify "make-sure --all" -- joiner apply eu

From a test, :func:`run_campaign` takes callables for what happens before and after each strike.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

READY_SECONDS_MAX = 30.0
READY_POLL_SECONDS = 0.01
EARLY_ENDS_PER_KILL_MAX = 3
"""A command that mostly ends before it is hit wants shorter delays: better told than waited for."""

REPORT_EVERY = 10


@dataclass(frozen=True, slots=True)
class Campaign:
    """What is killed and how often. Delays are drawn evenly between the two bounds, counted from readiness.

    ``ready_text`` is what the command prints once it does real work ("": the moment it is started).
    """

    name: str
    command: tuple[str, ...]
    kills: int
    seed: int = 1
    delay_seconds_min: float = 0.0
    delay_seconds_max: float = 1.0
    ready_text: str = ""
    folder: Path = Path("build/kill")
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class Strike:
    """One start of the command: its number, its drawn delay, and whether it was hit or had ended before."""

    number: int
    delay_seconds: float
    killed: bool
    exit_code: int
    output: Path


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a campaign has come. ``failure`` tells the first strike after which something did not hold."""

    seed: int
    strikes: int = 0
    kills: int = 0
    ended_early: int = 0
    failure: str = ""


class Unready(Exception):
    """The command ended, or let the time pass, before it printed what says that it is ready."""


def run_campaign(
    campaign: Campaign,
    verify: Callable[[Strike], None],
    prepare: Callable[[int], None] = lambda number: None,
    say: Callable[[str], None] = lambda line: print(line, flush=True),
) -> Tally:
    """Strike until ``campaign.kills`` are counted or something fails. ``verify`` raises AssertionError to fail.

    ``prepare`` gets the strike's number before the command starts. A failed campaign stays failed until its counter file
    is deleted: a fresh start must be somebody's decision.
    """
    tally = read_tally(campaign)
    if tally.strikes:
        say(f"kill {campaign.name}: going on after strike {tally.strikes}, {tally.kills} of {campaign.kills} kills")
    while tally.kills < campaign.kills and not tally.failure:
        number = tally.strikes + 1
        prepare(number)
        outcome = strike(campaign, number)
        tally = _judged(tally, outcome, verify)
        if not tally.failure and tally.ended_early > EARLY_ENDS_PER_KILL_MAX * max(tally.kills, 5):
            tally = replace(tally, failure=f"{tally.ended_early} of {tally.strikes} runs ended before they were hit: shorten the delays")
        _write_tally(campaign, tally)
        if number % REPORT_EVERY == 0 or tally.kills == campaign.kills:
            say(f"kill {campaign.name}: {tally.kills} of {campaign.kills} kills, {tally.ended_early} ended early, 0 failures")
    if tally.failure:
        say(f"kill {campaign.name}: FAILED, seed {tally.seed}: {tally.failure}")
    return tally


def strike(campaign: Campaign, number: int) -> Strike:
    """Start the command, wait its delay, kill it and all its children. Raises Unready."""
    campaign.folder.mkdir(parents=True, exist_ok=True)
    output = campaign.folder / f"{campaign.name}.log"
    delay_seconds = drawn_delay(campaign, number)
    with output.open("wb") as log:
        process = subprocess.Popen(
            campaign.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(campaign.environment),
        )
    try:
        _await_ready(campaign, process, output)
        killed = not _ended_within(process, delay_seconds)
    finally:
        # The whole session: a child that outlives its parent would go on writing while we look.
        _kill_session(process)
    return Strike(number, delay_seconds, killed, process.wait(), output)


def drawn_delay(campaign: Campaign, number: int) -> float:
    """The delay of one strike: the same for the same seed and number, whatever ran before."""
    return random.Random(f"{campaign.seed}:{number}").uniform(campaign.delay_seconds_min, campaign.delay_seconds_max)


def read_tally(campaign: Campaign) -> Tally:
    """The count so far. A count made with another seed is another campaign and begins anew."""
    try:
        tally = Tally(**json.loads(_counter(campaign).read_text("utf-8")))
    except FileNotFoundError:
        return Tally(campaign.seed)
    return tally if tally.seed == campaign.seed else Tally(campaign.seed)


def _judged(tally: Tally, outcome: Strike, verify: Callable[[Strike], None]) -> Tally:
    failure = ""
    try:
        verify(outcome)
    except AssertionError as error:
        failure = f"strike {outcome.number} after {outcome.delay_seconds:.3f} s: {error}"
    return replace(
        tally,
        strikes=outcome.number,
        kills=tally.kills + outcome.killed,
        ended_early=tally.ended_early + (not outcome.killed),
        failure=failure,
    )


def _await_ready(campaign: Campaign, process: subprocess.Popen[bytes], output: Path) -> None:
    wanted = campaign.ready_text.encode()
    for _ in range(int(READY_SECONDS_MAX / READY_POLL_SECONDS)):
        if wanted in output.read_bytes():
            return
        if _ended_within(process, READY_POLL_SECONDS):
            break
    if wanted not in output.read_bytes():
        raise Unready(f"{campaign.name}: {campaign.ready_text!r} was not printed; its output is in {output}")


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _counter(campaign: Campaign) -> Path:
    return campaign.folder / f"{campaign.name}.json"


def _write_tally(campaign: Campaign, tally: Tally) -> None:
    # Replaced whole: whoever stops the harness must not leave half a count.
    fresh = _counter(campaign).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(tally), indent=1) + "\n", "utf-8")
    fresh.replace(_counter(campaign))


def _verify_by_command(command: Sequence[str]) -> Callable[[Strike], None]:
    def verify(outcome: Strike) -> None:
        if command:
            looked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            assert looked.returncode == 0, (
                f"{shlex.join(command)} ended with {looked.returncode}: {(looked.stdout + looked.stderr).strip()[-2000:]}"
            )

    return verify


def main(arguments: Sequence[str]) -> int:
    """0: all kills survived. 1: something did not hold."""
    parser = argparse.ArgumentParser(description="Kill a command at random moments and look whether everything still holds.")
    parser.add_argument("--name", required=True, help="names the counter and the log under build/kill/")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", default="0.05:1.0", help="seconds, shortest:longest")
    parser.add_argument("--ready", default="", help="text that the command prints once it works")
    parser.add_argument("--verify", default="", help="command that ends with 0 if everything holds")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    shortest, longest = map(float, chosen.delay.split(":"))
    campaign = Campaign(chosen.name, tuple(chosen.command), chosen.kills, chosen.seed, shortest, longest, chosen.ready)
    return 1 if run_campaign(campaign, _verify_by_command(shlex.split(chosen.verify))).failure else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
