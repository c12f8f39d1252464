"""Colour, width and exit codes."""

from __future__ import annotations

import io

import pytest

from joiner.cli.exit_codes import worst
from joiner.cli.progress import Bar, Lines, format_step, open_progress, shown
from joiner.cli.terminal import Terminal, open_terminal, pad, paint, show, width
from joiner.ports import Silence


class Watched(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "no_color", "coloured"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colour_is_on_only_where_it_is_wanted(environment: dict[str, str], no_color: bool, coloured: bool) -> None:
    assert open_terminal(Watched(), Watched(), environment, no_color=no_color).colour_out is coloured


def test_a_pipe_gets_no_colour_unless_it_is_forced() -> None:
    assert open_terminal(io.StringIO(), Watched(), {}).colour_out is False
    assert open_terminal(io.StringIO(), Watched(), {"FORCE_COLOR": "1"}).colour_out is True


def test_quiet_silences_remarks_and_never_errors() -> None:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(out, err, quiet=True)
    terminal.remark("remark")
    terminal.complain("error")
    terminal.say("result")
    assert (out.getvalue(), err.getvalue()) == ("result\n", "error\n")


def test_names_in_all_scripts_keep_columns_straight() -> None:
    assert [width(text) for text in ("abc", "Zięba", "王小明", "e\u0301")] == [3, 5, 6, 1]
    assert pad("王", 6) == "王    "
    assert pad("long", 2) == "long  "


def test_strange_characters_become_visible_and_letters_stay() -> None:
    assert show("a\x07\u202eb") == "a\\u0007\\u202eb"
    assert show("می\u200cخواهم") == "می\u200cخواهم"
    assert paint("", "red") == ""


@pytest.mark.parametrize(
    ("codes", "code"),
    [([0, 2], 2), ([2, 3], 3), ([3, 5], 5), ([5, 78], 78), ([78, 4], 4), ([4, 1], 1), ([7, 5], 7), ([], 0), ([0, 0], 0)],
)
def test_the_worst_exit_code_wins(codes: list[int], code: int) -> None:
    assert worst(codes) == code


def test_plain_progress_prints_at_most_every_ten_seconds() -> None:
    err, now = io.StringIO(), iter([0.0, 1.0, 11.0, 12.0, 22.0])
    lines = Lines(Terminal(io.StringIO(), err), lambda: next(now))
    for done in range(1, 5):
        lines.report("Applying", done, 4)
    assert err.getvalue() == "Applying: 2 of 4 (50 %)\nApplying: 4 of 4 (100 %)\n"


def test_progress_of_unknown_length_counts() -> None:
    assert format_step("Reading", 1200, None, "page 3") == "Reading: 1,200  page 3"


def test_progress_is_a_bar_for_people_lines_for_logs_and_nothing_when_quiet() -> None:
    assert isinstance(open_progress(Terminal(io.StringIO(), io.StringIO(), quiet=True), lambda: 0.0), Silence)
    assert isinstance(open_progress(Terminal(io.StringIO(), io.StringIO()), lambda: 0.0), Lines)
    with shown(open_progress(Terminal(io.StringIO(), Watched()), lambda: 0.0)) as progress:
        assert isinstance(progress, Bar)
        progress.report("Reading [x]", 1, 2, "[red]note")
        progress.report("Reading [x]", 2, 2)
