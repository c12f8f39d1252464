"""Reference pages are made from the tables, and every code that is raised has its row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from joiner.cli.reference import PAGES
from joiner.error_codes import ERROR_CODES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_one_that_the_tables_make(name: str) -> None:
    text = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert text == PAGES[name](), "run  PYTHONPATH=src python -m joiner.cli.reference docs/reference"


def test_every_code_in_the_sources_has_a_row_and_every_row_is_used() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "src" / "joiner").rglob("*.py") if path.name != "error_codes.py"]
    used = {code for text in texts for code in re.findall(r'"(JN\d{4})"', text)}
    assert used - set(ERROR_CODES) == set()
    assert set(ERROR_CODES) - used == set()


def test_codes_stand_in_order() -> None:
    assert list(ERROR_CODES) == sorted(ERROR_CODES)
