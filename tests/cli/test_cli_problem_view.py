"""Errors that teach, in their one form."""

from __future__ import annotations

from joiner.cli.problem_view import format_problems
from joiner.errors import Problem

SUPORT = Problem(
    "JN2104",
    'no division called "Suport"',
    (
        ("lookups/divisions.csv", 'used by map "division" (joiner.toml:96)'),
        ("person", "Lars Nygård"),
        ("effect", "this person waits; 1,203 others go ahead"),
        ("near", '"Support" (line 9)'),
    ),
    "add  Suport;Support  or correct the department",
)


def test_a_problem_has_the_form_of_the_guide() -> None:
    assert format_problems([SUPORT]) == (
        'error[JN2104]: no division called "Suport"\n'
        '   lookups/divisions.csv   used by map "division" (joiner.toml:96)\n'
        "   person   Lars Nygård\n"
        "   effect   this person waits; 1,203 others go ahead\n"
        '   near     "Support" (line 9)\n'
        "   fix      add  Suport;Support  or correct the department\n"
        "   more     joiner explain JN2104"
    )


def test_an_unlisted_code_has_no_page_to_point_at() -> None:
    assert format_problems([Problem("JN0000", "x")], word="warning") == "warning[JN0000]: x"


def test_a_pointer_row_stands_under_its_text() -> None:
    lines = format_problems([Problem("JN0000", "x", (("joiner.toml:7", ""), ("text", "lowr(a)"), ("", "^ here")))]).splitlines()
    assert lines[1:] == ["   joiner.toml:7", "   text     lowr(a)", "            ^ here"]


def test_equal_problems_are_one_block_with_a_count() -> None:
    people = [Problem("JN2104", "same", (("person", f"P{n}"), ("near", "Support"))) for n in range(7)]
    assert format_problems(people).splitlines()[1:4] == [
        "   count    7, same cause",
        "   person   P0 · P1 · P2 · P3 · P4 · and 2 more",
        "   near     Support",
    ]


def test_equal_problems_at_different_places_name_the_places() -> None:
    problems = [Problem("JN0000", "same", ((f"joiner.toml:{n}", ""),)) for n in (3, 9)]
    assert "   places   joiner.toml:3 · joiner.toml:9" in format_problems(problems)


def test_very_many_different_problems_are_counted() -> None:
    text = format_problems([Problem("JN0000", f"x{n}") for n in range(60)])
    assert text.endswith("… and 10 more different errors")


def test_a_strange_name_is_shown_and_not_obeyed() -> None:
    assert "\x1b" not in format_problems([Problem("JN0000", "x\x1b[31m", (("person", "a\nb\u202e"),))])


def test_colour_marks_the_head_only() -> None:
    assert format_problems([Problem("JN0000", "x", (("a", "b"),))], colour=True).startswith("\x1b[1;31merror[JN0000]\x1b[0m: ")
