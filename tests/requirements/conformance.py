"""How much of the standard is proven: reads ``*.toml`` beside it, prints the figures, writes the page, finds mistakes.

``python tests/requirements/conformance.py`` prints figures and what is open; ``--page`` writes ``docs/reference/conformance.md``.
Exit 1 when a named test does not exist, an id is doubled, or an entry is not of the form below.

It runs no test: that a named test passes is what ``make check`` and ``make test`` say. An entry counts as proven when it names
tests and they exist.

==================  =====================================================================================================
``id``              document, section and number: ``7644-3.5.2-07``; never used again for another demand
``level``           MUST (with SHALL and REQUIRED), SHOULD (with RECOMMENDED), rule (said without such a word), contract
``role``            service provider, client, both, or not ours (a duty of somebody else)
``says``            the demand in our own words
``tests``           the tests that would fail were it broken; empty: open
``status``          "not met" on purpose, or "does not arise"; both with a ``reason``
==================  =====================================================================================================
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOP = HERE.parents[1]
PAGE = TOP / "docs" / "reference" / "conformance.md"
DOCUMENTS = ("rfc7643", "rfc7644", "rfc9865", "rfc9967", "genesys")
LEVELS = ("MUST", "SHOULD", "rule", "contract")
ROLES = ("service provider", "client", "both", "not ours")
STATUSES = ("", "not met", "does not arise")
GRADES = ("", "A", "B", "C", "D")
STANDINGS = ("proven", "open", "not met", "not ours")
REQUIRED_KEYS = {"id", "section", "level", "role", "says", "tests"}
OPTIONAL_KEYS = {"status", "reason", "grade"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand of a document."""

    id: str
    section: str
    level: str
    role: str
    says: str
    tests: tuple[str, ...]
    status: str = ""
    reason: str = ""
    grade: str = ""

    @property
    def standing(self) -> str:
        """One of STANDINGS: what does not arise counts as not ours."""
        if self.role == "not ours" or self.status == "does not arise":
            return "not ours"
        return self.status or ("proven" if self.tests else "open")


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    title: str
    requirements: tuple[Requirement, ...]


def read_documents() -> tuple[Document, ...]:
    """All documents in the order of DOCUMENTS; a key that is missing or unknown is a ValueError that names the entry."""
    return tuple(_document(name, tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))) for name in DOCUMENTS)


def _document(name: str, table: dict[str, Any]) -> Document:
    for entry in table["requirement"]:
        if wrong := (REQUIRED_KEYS - entry.keys()) | (entry.keys() - REQUIRED_KEYS - OPTIONAL_KEYS):
            raise ValueError(f"{name}.toml, {entry.get('id', 'entry without id')}: missing or unknown {', '.join(sorted(wrong))}")
    return Document(name, table["title"], tuple(Requirement(**{**entry, "tests": tuple(entry["tests"])}) for entry in table["requirement"]))


def mistakes(documents: Iterable[Document]) -> Iterator[str]:
    """What is wrong with the entries, one sentence each."""
    ids = Counter(requirement.id for document in documents for requirement in document.requirements)
    yield from (f"{id}: this id is given {count} times" for id, count in ids.items() if count > 1)
    for document in documents:
        for requirement in document.requirements:
            for wrong in _mistakes_of(document, requirement):
                yield f"{requirement.id}: {wrong}"


def _mistakes_of(document: Document, requirement: Requirement) -> Iterator[str]:
    if not requirement.id.startswith(f"{document.name.removeprefix('rfc')}-{requirement.section}-"):
        yield f"an id of {document.name} section {requirement.section} begins with both"
    for name, value, known in (
        ("level", requirement.level, LEVELS),
        ("role", requirement.role, ROLES),
        ("status", requirement.status, STATUSES),
        ("grade", requirement.grade, GRADES),
    ):
        if value not in known:
            yield f'{name} "{value}" is none of {", ".join(filter(None, known))}'
    if bool(requirement.reason) is not (bool(requirement.status) or requirement.role == "not ours"):
        yield "a reason belongs to what is not met, does not arise or is not ours, and to nothing else"
    if len(set(requirement.tests)) < len(requirement.tests):
        yield "a test is named twice"
    yield from (f"there is no {test}" for test in requirement.tests if not exists(test))


def exists(test: str) -> bool:
    """Whether ``tests/room/test_file.py::test_name`` is a test function of that file."""
    path, _, name = test.partition("::")
    return name in _tests_of(path)


@cache
def _tests_of(path: str) -> frozenset[str]:
    file = TOP / path
    if not file.is_file():
        return frozenset()
    functions = (node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def figures(documents: Iterable[Document]) -> Iterator[tuple[str, ...]]:
    """Rows of document, level, number of demands, and how many are proven, open, not met, not ours; the last row is the sum."""
    whole: Counter[str] = Counter()
    for document in documents:
        for level in LEVELS:
            of_level = [requirement for requirement in document.requirements if requirement.level == level]
            if of_level:
                standings = Counter(requirement.standing for requirement in of_level)
                whole += standings
                yield (document.name, level, str(len(of_level)), *(str(standings[standing]) for standing in STANDINGS))
    yield ("all", "", str(whole.total()), *(str(whole[standing]) for standing in STANDINGS))


def summary(documents: Iterable[Document]) -> str:
    """The figures as a table for a terminal, then what is open."""
    rows = [("document", "level", "demands", *STANDINGS), *figures(documents)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) if n < 2 else cell.rjust(width) for n, (cell, width) in enumerate(zip(row, widths, strict=True)))
             for row in rows]  # fmt: skip
    waiting = [each for document in documents for each in document.requirements if each.standing == "open"]
    return "\n".join([*(line.rstrip() for line in lines), "", f"Open: {len(waiting)}", *(f"  {each.id}  {each.says}" for each in waiting)])


# ---------------------------------------------------------------- the page

INTRODUCTION = """# Conformance

<!-- Generated by tests/requirements/conformance.py (make docs-reference); a test keeps it equal to tests/requirements/*.toml. -->

What RFC 7643, RFC 7644, RFC 9865, RFC 9967 and the Genesys Cloud SCIM contract ask for, in our own words, and the tests that prove it.
`make standard` prints the figures and what is open.

MUST stands for MUST, SHALL and REQUIRED, SHOULD for SHOULD and RECOMMENDED; a *rule* is something that the text lays down without
such a word. The contract's grades are those of its sources: A machine-readable, B official prose, C an identity provider's own
documents, D our decision where the contract is silent. *Not met* is on purpose, with the reason; *not ours* is somebody else's duty
or cannot arise here.
"""


def page(documents: tuple[Document, ...]) -> str:
    """The whole of docs/reference/conformance.md."""
    parts = [INTRODUCTION, _table(("document", "level", "demands", *STANDINGS), figures(documents))]
    everything = [requirement for document in documents for requirement in document.requirements]
    parts.append("## Not met, on purpose\n")
    parts.append(_table(("id", "demand", "why not"), ((e.id, e.says, e.reason) for e in everything if e.standing == "not met")))
    if waiting := [(e.id, e.level, e.says) for e in everything if e.standing == "open"]:
        parts.append("## Open\n")
        parts.append(_table(("id", "level", "demand"), waiting))
    for document in documents:
        parts.append(f"## {document.title}\n")
        parts.append(_table(("id", "level", "demand", "proven by"), map(_row, document.requirements)))
    return "\n".join(parts)


def _row(requirement: Requirement) -> tuple[str, ...]:
    level = f"{requirement.level} {requirement.grade}".strip() + (" (client)" if requirement.role == "client" else "")
    proof = "<br>".join(f"`{test.rpartition('/')[2]}`" for test in requirement.tests)
    if requirement.standing in ("not met", "not ours"):
        proof = f"{requirement.standing}: {requirement.reason}"
    return requirement.id, level, requirement.says, proof or "open"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="How much of the SCIM standard and the Genesys contract is proven by tests.")
    parser.add_argument("--page", action="store_true", help=f"write {PAGE.relative_to(TOP)}")
    options = parser.parse_args(arguments)
    documents = read_documents()
    found = list(mistakes(documents))
    for mistake in found:
        print(mistake, file=sys.stderr)
    if options.page:
        PAGE.write_text(page(documents), "utf-8")
    else:
        print(summary(documents))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
