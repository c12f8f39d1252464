"""Errors that teach, in the form of UX §2.3: what, where, whose data, effect on the rest, nearest valid value, one fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from joiner.cli.terminal import paint, show, width
from joiner.error_codes import ERROR_CODES
from joiner.errors import Problem

BLOCKS_SHOWN_MAX = 50
"""More different errors than this are counted: nobody reads the hundredth, and a log must not drown."""

NAMES_SHOWN_MAX = 5
"""How many people of a group of equal errors are named."""

THIS_PERSON_WAITS = "this person waits; the others go ahead"
THESE_PEOPLE_WAIT = "these people wait; the others go ahead"

_LABEL_WIDTH = 9
_LONG_LABEL = 11
"""Longer labels are places (a file and a line): they do not push the other rows to the right."""
_INDENT = "   "


def format_problems(problems: Iterable[Problem], *, colour: bool = False, word: str = "error") -> str:
    """All problems as one text, equal ones (same code and title) folded into one block that counts them."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.title), []).append(problem)
    blocks = [_format_group(group, colour, word) for group in list(groups.values())[:BLOCKS_SHOWN_MAX]]
    hidden = len(groups) - len(blocks)
    if hidden > 0:
        blocks.append(f"… and {hidden:,} more different {word}s")
    return "\n\n".join(blocks)


def _format_group(problems: Sequence[Problem], colour: bool, word: str) -> str:
    first = problems[0]
    head = paint(f"{word}[{first.code}]", "bold red" if colour else "")
    lines = [f"{head}: {paint(show(first.title), 'bold' if colour else '')}"]
    rows = first.rows if len(problems) == 1 else _merge_rows(problems)
    rows = (*rows, ("fix", first.fix)) if first.fix else rows
    rows = (*rows, ("more", f"joiner explain {first.code}")) if first.code in ERROR_CODES else rows
    column = max((width(label) + 3 for label, text in rows if text and width(label) <= _LONG_LABEL), default=0)
    lines.extend(_format_row(label, text, max(column, _LABEL_WIDTH), colour) for label, text in rows)
    return "\n".join(lines)


def _format_row(label: str, text: str, column: int, colour: bool) -> str:
    label, text = show(label), show(text)
    if not text:
        return _INDENT + label
    gap = " " * max(column - width(label), 3)
    return f"{_INDENT}{paint(label, 'dim' if colour else '')}{gap}{text}"


def _merge_rows(problems: Sequence[Problem]) -> tuple[tuple[str, str], ...]:
    """Rows that all share stay; rows that differ are told by their first few values."""
    merged = [("count", f"{len(problems):,}, same cause")]
    for index, (label, text) in enumerate(problems[0].rows):
        labels = list(dict.fromkeys(problem.rows[index][0] for problem in problems if index < len(problem.rows)))
        if len(labels) > 1:  # the first row of a mistake in a file is its place
            merged.append(("places", _few(labels)))
            continue
        texts = [problem.rows[index][1] for problem in problems if index < len(problem.rows) and problem.rows[index][0] == label]
        different = list(dict.fromkeys(texts))
        if len(different) == 1:
            merged.append((label, THESE_PEOPLE_WAIT if text == THIS_PERSON_WAITS else text))
            continue
        merged.append((label, _few(different)))
    return tuple(merged)


def _few(texts: Sequence[str]) -> str:
    rest = len(texts) - NAMES_SHOWN_MAX
    shown = " · ".join(texts[:NAMES_SHOWN_MAX])
    return f"{shown} · and {rest:,} more" if rest > 0 else shown
