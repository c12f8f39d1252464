"""Collecting every mistake of one file, each with its line, the nearest valid name and one fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from joiner.config.places import Path, Places
from joiner.errors import Problem

TEXT_SHOWN_MAX = 100
"""Characters of an expression that a pointer row shows: what fits on one line beside its label."""


@dataclass(slots=True)
class Mistakes:
    """The one mutable value of this room: problems in the order in which they were found, sorted by line at the end."""

    file_name: str
    places: Places
    found: list[tuple[int, Problem]] = field(default_factory=list)

    def add(self, code: str, title: str, path: Path, *, rows: Sequence[tuple[str, str]] = (), fix: str = "", about: str = "") -> None:
        line = self.places.line_of(path)
        self.found.append((line, Problem(code, title, ((f"{self.file_name}:{line}", about), *rows), fix)))

    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for _, problem in sorted(self.found, key=lambda pair: pair[0]))


def nearest(text: str, names: Iterable[str]) -> str:
    """The name that ``text`` most likely means, or "" when none comes near."""
    by_folded = {name.casefold(): name for name in names}
    close = get_close_matches(text.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def near_rows(text: str, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The row ``near`` with the nearest name; where none comes near, the row ``known`` with all of them."""
    close = nearest(text, names)
    if close:
        return (("near", f'"{close}"'),)
    return (("known", ", ".join(names)),) if names else ()


def pointer_rows(text: str, position: int, message: str) -> tuple[tuple[str, str], ...]:
    """An expression with a caret below the place that is wrong, cut to one line around it."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)]
    column = min(max(position - start, 0), len(line))
    cut = max(0, column - TEXT_SHOWN_MAX * 3 // 4)
    shown = line[cut : cut + TEXT_SHOWN_MAX]
    return (("text", shown), ("", " " * (column - cut) + "^ " + message))
