"""The reference page is what the tables say."""

from __future__ import annotations

from pathlib import Path

from joiner.dialects.connection import SETTINGS
from joiner.dialects.oddities import ODDITIES
from joiner.dialects.reference_page import reference_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "connections.md"


def test_page_is_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "write the page again: make docs-reference"


def test_page_has_every_setting_and_oddity():
    page = reference_page()
    assert all(f"| `{name}` |" in page for name in (*SETTINGS, *ODDITIES))
