"""The shape of the code: sizes, names, and nothing in it that only makes sense on one machine."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SOURCES = sorted((TOP / "src").rglob("*.py"))
TEXTS = [
    path
    for folder in ("src", "tests", "docs", "bench", "requirements", ".ci")
    for path in sorted((TOP / folder).rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
] + [TOP / name for name in ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")]
LINES_MAX = 400
FUNCTION_LINES_MAX = 70
NAMES_WITHOUT_A_PLACE = {"utils", "util", "helpers", "common", "base", "misc", "manager", "service", "handler"}
UNFINISHED = tuple(first + second for first, second in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("NotImplemented", "Error")))
REGISTRY_HOSTS = tuple(first + second for first, second in (("pypi", ".org"), ("pythonhosted", ".org"), ("npmjs", ".org")))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_a_file_of_the_product_keeps_to_size_and_finishes_what_it_begins(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= LINES_MAX
    assert path.stem not in NAMES_WITHOUT_A_PLACE
    assert not [word for word in UNFINISHED if word in text]
    assert not [node.name for node in functions(path) if (node.end_lineno or 0) - node.lineno > FUNCTION_LINES_MAX]
    assert ast.get_docstring(ast.parse(text)) or not text.strip(), "a module begins with what it is for"


def test_nothing_names_this_machine_or_a_registry() -> None:
    marks = (f"{TOP}/", *REGISTRY_HOSTS)
    named = [path for path in TEXTS if any(mark in path.read_text("utf-8", "replace") for mark in marks)]
    assert named == []
