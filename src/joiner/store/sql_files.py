"""Reads our SQL: named queries and numbered migrations, both kept as ``.sql`` files beside the store that uses them.

A query file holds queries that each begin with a line ``-- name: find_bond`` and one comment line that says what the
query is for. A migration is a file ``0001_words.sql``; migrations only go forward and are numbered without gaps.
Nothing here runs SQL.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

_NAME_MARK = "-- name:"
_PACKAGE = "joiner.store"


class Migration(NamedTuple):
    number: int
    name: str
    script: str


def load_queries(folder: str) -> dict[str, str]:
    """All named queries of ``joiner/store/<folder>/*.sql``, migrations excepted. A name that is given twice is our bug."""
    queries: dict[str, str] = {}
    for place in _sql_files(folder):
        if place.name[:4].isdigit():
            continue
        for name, text in parse_queries(place.read_text("utf-8")).items():
            assert name not in queries, f"{folder}/{place.name}: query {name} is defined twice"
            queries[name] = text
    return queries


def load_migrations(folder: str) -> tuple[Migration, ...]:
    """The migrations of ``joiner/store/<folder>/NNNN_*.sql`` in order, numbered 1, 2, 3 …"""
    found = tuple(
        Migration(int(place.name[:4]), place.name.removesuffix(".sql"), place.read_text("utf-8"))
        for place in _sql_files(folder)
        if place.name[:4].isdigit()
    )
    assert [migration.number for migration in found] == list(range(1, len(found) + 1)), f"{folder}: migrations have gaps"
    return found


def parse_queries(text: str) -> dict[str, str]:
    """Split one query file at its ``-- name:`` lines. Comment lines are left out of the query text."""
    queries: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(_NAME_MARK):
            name = line.removeprefix(_NAME_MARK).strip()
            assert name, f"a query without a name: {line!r}"
            assert name not in queries, f"query {name} is defined twice"
            queries[name] = ""
        elif name and line.strip() and not line.lstrip().startswith("--"):
            queries[name] += line + "\n"
    return {name: query.strip().rstrip(";") for name, query in queries.items()}


def split_script(script: str) -> list[str]:
    """The statements of a migration, so that they can run inside our own transaction (``executescript`` would commit it).

    A statement ends at a line that ends with ``;``; inside ``CREATE TRIGGER … BEGIN`` only the line ``END;`` ends it.
    """
    statements: list[str] = []
    lines: list[str] = []
    for line in script.splitlines():
        if not line.strip() or line.lstrip().startswith("--"):
            continue
        lines.append(line)
        trigger = lines[0].upper().startswith("CREATE TRIGGER")
        ended = line.strip().upper() == "END;" if trigger else line.rstrip().endswith(";")
        if ended:
            statements.append("\n".join(lines))
            lines = []
    assert not lines, f"unfinished statement: {lines[0] if lines else ''}"
    return statements


def _sql_files(folder: str) -> list[Traversable]:
    return sorted(
        (place for place in files(_PACKAGE).joinpath(folder).iterdir() if place.name.endswith(".sql")), key=lambda place: place.name
    )
