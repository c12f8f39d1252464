"""A command's result in the form that ``-o`` asks for: an aligned table, one JSON document, or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from joiner.cli.door import Door
from joiner.cli.terminal import pad, show, width

FORMAT_VERSION = "1.0"
"""Of every JSON document; its minor rises with additions."""


Cell = str | int
"""Numbers stay numbers in JSON."""


def write_table(
    door: Door, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, header: bool = True, name: str = "rows", empty: str = ""
) -> None:
    """``name`` is the key of the list in JSON; ``empty`` is said instead of a table without rows."""
    rows = [tuple(row) for row in rows]
    match door.flags.output:
        case "json":
            write_json(door, {name: [dict(zip(columns, row, strict=True)) for row in rows]})
        case "csv":
            from joiner.cli.plan_export import format_csv

            door.terminal.say(format_csv(columns, [tuple(map(str, row)) for row in rows]))
        case _ if empty and not rows:
            door.terminal.remark(empty)
        case _:
            shown = [tuple(show(str(cell)) for cell in row) for row in ([tuple(columns), *rows] if header else rows)]
            widths = [max(width(row[index]) for row in shown) + 3 for index in range(len(columns))] if shown else []
            for index, row in enumerate(shown):
                text = "".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
                door.terminal.say(door.terminal.paint(text, "bold") if header and index == 0 else text)


def write_record(door: Door, record: Mapping[str, Any]) -> None:
    """One thing: name and value per line, one JSON object, or CSV with one row."""
    match door.flags.output:
        case "json":
            write_json(door, record)
        case "csv":
            from joiner.cli.plan_export import format_csv

            door.terminal.say(format_csv(tuple(record), [tuple(str(value) for value in record.values())]))
        case _:
            widest = max(width(name) for name in record)
            for name, value in record.items():
                door.terminal.say(f"{pad(name, widest + 3)}{show(str(value))}")


def write_json(door: Door, document: Mapping[str, Any]) -> None:
    """One document, UTF-8, and nothing else on stdout."""
    import json

    marked = document if "format_version" in document else {"format_version": FORMAT_VERSION, **document}
    door.terminal.say(json.dumps(marked, ensure_ascii=False, indent=2))
