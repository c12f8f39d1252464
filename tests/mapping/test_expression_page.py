"""The reference page is the function table, and each of its examples is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from joiner.sync.expression import compile_expression
from joiner.sync.expression.function_table import FUNCTIONS, SECTIONS
from joiner.sync.expression.reference_page import reference_page, sample_scope, show_result

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "expressions.md"


def test_page_is_what_the_function_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "write the page again: reference_page()"


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=FUNCTIONS)
def test_every_example_of_the_page_is_true(row: object) -> None:
    function = FUNCTIONS[row.name]  # type: ignore[attr-defined]

    assert show_result(compile_expression(function.example).evaluate(sample_scope())) == function.gives


def test_no_name_means_two_functions() -> None:
    names = [name for _, rows in SECTIONS for row in rows for name in {row.name, *row.also, *row.methods}]

    assert len(names) == len(set(names))


def test_null_is_shown_by_name() -> None:
    assert show_result(None) == "null"
