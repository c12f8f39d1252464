"""Every demand of the standard has one entry, names tests that exist, and stands on the page as it stands in the files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conformance import PAGE, Document, Requirement, figures, main, mistakes, page, read_documents, summary

ENTRY = Requirement(
    "7644-3.6-01", "3.6", "MUST", "service provider", "Gone is gone.", ("tests/requirements/test_conformance.py::test_entries_are_sound",)
)


def book(*requirements: Requirement) -> tuple[Document, ...]:
    return (Document("rfc7644", "RFC 7644", requirements),)


def test_entries_are_sound() -> None:
    assert list(mistakes(read_documents())) == []


def test_the_page_is_the_one_that_the_entries_make() -> None:
    assert PAGE.read_text("utf-8") == page(read_documents()), "run  make docs-reference"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((ENTRY, ENTRY), "given 2 times"),
        ((replace(ENTRY, tests=("tests/requirements/test_conformance.py::test_of_nothing",)),), "there is no tests/requirements"),
        ((replace(ENTRY, tests=("tests/nowhere/test_none.py::test_of_nothing",)),), "there is no tests/nowhere"),
        ((replace(ENTRY, tests=ENTRY.tests * 2),), "named twice"),
        ((replace(ENTRY, section="3.7"),), "begins with both"),
        ((replace(ENTRY, level="must"),), 'level "must" is none of MUST'),
        ((replace(ENTRY, status="not met"),), "a reason belongs"),
        ((replace(ENTRY, reason="because"),), "a reason belongs"),
    ],
)
def test_a_mistake_is_found(entries: tuple[Requirement, ...], words: str) -> None:
    assert words in "\n".join(mistakes(book(*entries)))


def test_figures_tell_proven_open_not_met_and_not_ours() -> None:
    entries = (
        ENTRY,
        replace(ENTRY, id="7644-3.6-02", tests=()),
        replace(ENTRY, id="7644-3.6-03", status="not met", reason="x"),
        replace(ENTRY, id="7644-3.6-04", status="does not arise", reason="x", level="SHOULD"),
        replace(ENTRY, id="7644-3.6-05", role="not ours", reason="x", level="SHOULD"),
    )
    assert list(figures(book(*entries))) == [
        ("rfc7644", "MUST", "3", "1", "1", "1", "0"),
        ("rfc7644", "SHOULD", "2", "0", "0", "0", "2"),
        ("all", "", "5", "1", "1", "1", "2"),
    ]
    assert summary(book(*entries)).splitlines()[-2:] == ["Open: 1", "  7644-3.6-02  Gone is gone."]


def test_the_command_prints_the_figures_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("document")
