"""The documentation tells the truth: its commands run, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from check_story import missing_lines
from docs_runner import read_steps, sandbox

TOP = Path(__file__).parents[2]
PAGES = [TOP / "README.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").rglob("*.md"))]
RUNNABLE = [page for page in PAGES if read_steps(page)]


def name_of(page: Path) -> str:
    return str(page.relative_to(TOP))


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, tmp_path: Path) -> None:
    with sandbox(tmp_path) as place:
        for step in read_steps(page):
            place.take(step)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_a_line_that_the_demo_no_longer_prints_is_found_in_the_readme() -> None:
    readme = "```\n$ joiner plan eu\n…\nPlan 1bb7f0fc made at 18:30\nJoiners 12\n```\n```console run\n$ ls\n```\n"
    assert missing_lines(readme, "$ joiner plan eu\nsomething\nPlan 00c0ffee made at 09:15\nJoiners 12\n") == []
    assert missing_lines(readme, "$ joiner plan eu\nPlan 00c0ffee made at 09:15\nJoiners 13\n") == ["Joiners 12"]
