"""The demo's stage: it removes only what it made, and says nothing that it did not see."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from joiner.demo.stage import Stage, StoryBroken, free_port, workspace


def stage_of(folder: Path, program: str = "pass") -> Stage:
    return Stage((sys.executable, "-c", program), folder, io.StringIO())


def said(stage: Stage) -> str:
    assert isinstance(stage.out, io.StringIO)
    return stage.out.getvalue()


def test_a_folder_of_the_demo_is_gone_at_the_end(tmp_path: Path) -> None:
    with workspace(tmp_path / ".demo", keep=False) as folder:
        (folder / "hr.csv").write_text("employee_no\n")
    assert not folder.exists()


def test_a_folder_that_was_named_is_kept_and_made_anew_by_the_next_demo(tmp_path: Path) -> None:
    with workspace(tmp_path / "mine", keep=True) as folder:
        (folder / "hr.csv").write_text("employee_no\n")
    assert (folder / "hr.csv").exists()
    with workspace(folder, keep=True):
        assert not (folder / "hr.csv").exists()


def test_a_folder_that_somebody_else_filled_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "payroll.csv").write_text("precious")
    with pytest.raises(StoryBroken, match="was not made by the demo"), workspace(tmp_path, keep=False):
        raise AssertionError
    assert (tmp_path / "payroll.csv").read_text() == "precious"


def test_a_sentence_that_is_not_true_is_printed_as_such_and_remembered(tmp_path: Path) -> None:
    stage = stage_of(tmp_path)
    stage.expect(True, "12 joiners")
    stage.expect(False, "6 leavers")
    assert said(stage) == "  ✓ 12 joiners\n  ✗ NOT TRUE: 6 leavers\n"
    assert stage.violated == ["6 leavers"]


def test_a_command_is_shown_with_its_output(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, "import sys; print('Ελένη'); sys.exit(3)")
    assert stage.run("explain", "Ελένη Ξένου", allowed=(0, 3)) == "Ελένη\n"
    assert said(stage) == "$ joiner explain 'Ελένη Ξένου'\nΕλένη\n"


def test_a_command_that_ends_with_another_code_breaks_the_story(tmp_path: Path) -> None:
    with pytest.raises(StoryBroken, match="joiner plan eu ended with 1, expected 0 or 3"):
        stage_of(tmp_path, "raise SystemExit(1)").run("plan", "eu", allowed=(0, 3))


def test_settings_of_the_persons_own_joiner_do_not_reach_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINER_DATABASE_URL", "sqlite:///production.db")
    stage = stage_of(tmp_path, "import json, os; print(json.dumps({'found': 'JOINER_DATABASE_URL' in os.environ}))")
    assert stage.ask("status") == {"found": False}


def test_a_server_that_dies_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, "raise SystemExit('no such database')")
    with pytest.raises(StoryBroken, match="no such database"), stage.server("serve", url=f"http://127.0.0.1:{free_port()}"):
        raise AssertionError
