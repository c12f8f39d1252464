"""The harness itself: it kills, it counts, it goes on after a stop, and it does not forget a failure."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kill_harness import Campaign, Strike, Unready, drawn_delay, main, read_tally, run_campaign, strike

COUNTING = "import os\nfor n in range(10**9):\n    os.write(1, b'line %d\\n' % n)\n"
PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", "60"], stdout=open(sys.argv[1], "w"))
print("ready", flush=True)
child.wait()
"""


def _campaign(folder: Path, program: str, kills: int = 3, ready_text: str = "") -> Campaign:
    return Campaign("sample", (sys.executable, "-c", program), kills, 7, 0.0, 0.02, ready_text, folder)


def test_command_is_hit_while_it_works_and_its_children_with_it(tmp_path: Path) -> None:
    pipe = tmp_path / "held by the child"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    campaign = _campaign(tmp_path, PARENT, ready_text="ready")
    hit = strike(replace(campaign, command=(*campaign.command, str(pipe))), 1)
    assert (hit.killed, hit.exit_code) == (True, -9)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b"", "the pipe ends when the last process that holds it is gone"
    os.close(reader)


def test_campaign_that_was_stopped_goes_on_where_it_was_with_the_same_delays(tmp_path: Path) -> None:
    seen: list[Strike] = []
    lines: list[str] = []
    campaign = _campaign(tmp_path, COUNTING, ready_text="line 0")

    def stop_after_two(outcome: Strike) -> None:
        seen.append(outcome)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_campaign(campaign, stop_after_two, say=lines.append)
    assert read_tally(campaign).kills == 2
    assert run_campaign(campaign, seen.append, say=lines.append).kills == 3
    assert [outcome.number for outcome in seen] == [1, 2, 3, 3]
    assert [outcome.delay_seconds for outcome in seen] == [drawn_delay(campaign, number) for number in (1, 2, 3, 3)]
    assert lines == [
        "kill sample: going on after strike 2, 2 of 3 kills",
        "kill sample: 3 of 3 kills, 0 ended early, 0 failures",
    ]


def test_failure_names_seed_and_strike_and_is_not_forgotten(tmp_path: Path) -> None:
    lines: list[str] = []
    campaign = _campaign(tmp_path, COUNTING, ready_text="line 0")

    def lost(outcome: Strike) -> None:
        assert outcome.number < 2, "an acknowledged row is lost"

    expected = f"strike 2 after {drawn_delay(campaign, 2):.3f} s: an acknowledged row is lost"
    assert run_campaign(campaign, lost, say=lines.append).failure.startswith(expected)
    assert run_campaign(campaign, lambda outcome: None, say=lines.append).strikes == 2, "it stays failed"
    assert lines[0].startswith(f"kill sample: FAILED, seed 7: {expected}")


def test_command_that_mostly_ends_by_itself_is_reported_instead_of_awaited(tmp_path: Path) -> None:
    prepared: list[int] = []
    campaign = Campaign("short", ("true",), 3, 7, 5.0, 5.0, "", tmp_path)
    tally = run_campaign(campaign, lambda outcome: None, prepared.append, say=lambda line: None)
    assert "shorten the delays" in tally.failure
    assert prepared == list(range(1, 17))


def test_command_that_never_gets_ready_is_told_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(Unready, match=r"'listening' was not printed; its output is in .*sample\.log"):
        strike(_campaign(tmp_path, "print('no such option')", ready_text="listening"), 1)


def test_from_the_shell_the_exit_code_tells_whether_everything_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["--kills", "2", "--delay", "0:0.01", "--ready", "line 0", "--", sys.executable, "-c", COUNTING]
    assert main(["--name", "good", "--verify", "true", *command]) == 0
    assert main(["--name", "bad", "--verify", "false", *command]) == 1
    assert sorted(place.name for place in Path("build/kill").iterdir()) == ["bad.json", "bad.log", "good.json", "good.log"]
