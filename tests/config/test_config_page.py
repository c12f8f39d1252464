"""The reference page says what validation accepts."""

from __future__ import annotations

from configuration_page import PAGE, page


def test_the_configuration_page_is_the_one_that_the_key_table_makes() -> None:
    assert PAGE.read_text("utf-8") == page(), "run  PYTHONPATH=src python tests/config/configuration_page.py"
