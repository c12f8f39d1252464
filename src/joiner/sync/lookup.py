"""Look-up tables: small CSV texts that people keep in a spreadsheet. Text in, table out; reading the file is not done here.

The first line names the columns, the first column is the key. One further column gives text, several give a record by
column name (``lookup("sites", src.site).phone``). Keys are found exactly, else without case.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from joiner.errors import ConfigMistake, Problem
from joiner.scim.values import match_key

TABLE_CHARACTERS_MAX = 16 * 1024 * 1024
"""A look-up table is kept in memory and edited by hand; sixteen million characters is far beyond both."""

NEAREST_MAX = 3
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")

LookupValue: TypeAlias = str | Mapping[str, str]


class Entry(NamedTuple):
    """What a key stands for and the line that says so (1 = header)."""

    value: LookupValue
    line: int


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A parsed table. ``place`` is what a person calls the file; ``columns`` are the header's names, key first."""

    name: str
    place: str
    columns: tuple[str, ...]
    delimiter: str
    entries: Mapping[str, Entry]
    folded: Mapping[str, str] = field(default_factory=dict)
    """Folded key -> key as written; keys that differ by case only are absent here and found exactly or not at all."""

    def find(self, key: str) -> Entry | None:
        """The entry of ``key``: as written, else without regard to case and surrounding blanks."""
        entry = self.entries.get(key)
        if entry is not None:
            return entry
        written = self.folded.get(match_key(key.strip()))
        return None if written is None else self.entries[written]

    def nearest(self, key: str) -> tuple[tuple[str, int], ...]:
        """Up to three keys that look like ``key``, each with its line, best first."""
        close = difflib.get_close_matches(match_key(key.strip()), self.folded, NEAREST_MAX, 0.6)
        return tuple((self.folded[name], self.entries[self.folded[name]].line) for name in close)

    def sample_line(self, key: str) -> str:
        """A line that would add ``key`` to the file, the values left open."""
        return self.delimiter.join((_quoted(key, self.delimiter), *("…" for _ in self.columns[1:])))


def parse_table(name: str, text: str, place: str) -> LookupTable:
    """Parse a table. ConfigMistake (JN1106) lists every wrong line at once: shape, blank key, the same key twice."""
    text = text.removeprefix("\ufeff")
    if len(text) > TABLE_CHARACTERS_MAX:
        raise ConfigMistake(_mistake(name, place, 1, f"the table is longer than {TABLE_CHARACTERS_MAX:,} characters"))
    delimiter = _sniff(text)
    try:
        rows = list(_numbered_rows(text, delimiter))
    except csv.Error as reason:
        raise ConfigMistake(_mistake(name, place, 1, f"the table cannot be read as CSV: {reason}")) from reason
    if not rows or len(rows[0][1]) < 2:
        text_found = "the first line must name a key column and at least one value column, separated by ; or ,"
        raise ConfigMistake(_mistake(name, place, 1, text_found, "begin the file with  key;value"))
    columns = tuple(cell.strip() for cell in rows[0][1])
    problems = list(_check_header(name, place, columns))
    entries: dict[str, Entry] = {}
    for line, cells in rows[1:]:
        problem = _add(entries, columns, line, cells)
        if problem is not None:
            problems.append(_mistake(name, place, line, *problem))
    if problems:
        raise ConfigMistake(*problems)
    return LookupTable(name, place, columns, delimiter, entries, _fold(entries))


def _sniff(text: str) -> str:
    header = text.partition("\n")[0]
    return ";" if header.count(";") >= header.count(",") else ","


def _numbered_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it begins (quoted cells may span lines)."""
    # Not str.splitlines: it also splits at signs that may stand inside a cell.
    reader = csv.reader(_LINE.findall(text), delimiter=delimiter, strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def _check_header(name: str, place: str, columns: tuple[str, ...]) -> Iterator[Problem]:
    for index, column in enumerate(columns):
        if not column:
            yield _mistake(name, place, 1, f"column {index + 1} has no name")
        elif column in columns[:index]:
            yield _mistake(name, place, 1, f'two columns are called "{column}"')


def _add(entries: dict[str, Entry], columns: tuple[str, ...], line: int, cells: list[str]) -> tuple[str, str] | None:
    """Add one row, or say what is wrong with it and what to do."""
    if len(cells) != len(columns):
        return f"{len(cells)} cells where the header names {len(columns)}", "put a cell that contains the separator into quotes"
    key, *values = (cell.strip() for cell in cells)
    if not key:
        return "the key is empty", f"fill in {columns[0]} or delete the line"
    if key in entries:
        return f'the key "{key}" stands on line {entries[key].line} already', "delete one of the two lines"
    value: LookupValue = values[0] if len(values) == 1 else dict(zip(columns[1:], values, strict=True))
    entries[key] = Entry(value, line)
    return None


def _fold(entries: Mapping[str, Entry]) -> dict[str, str]:
    folded: dict[str, str] = {}
    twins: set[str] = set()
    for key in entries:
        name = match_key(key)
        if name in folded:
            twins.add(name)
        folded[name] = key
    return {name: key for name, key in folded.items() if name not in twins}


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in (delimiter, '"', "\n")) else cell


def _mistake(name: str, place: str, line: int, text: str, fix: str = "") -> Problem:
    return Problem("JN1106", f'look-up table "{name}": {text}', (("where", f"{place}:{line}"),), fix)
