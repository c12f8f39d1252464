"""First pass over the parsed TOML: unknown keys, missing keys, wrong shapes, values outside their choices.

The answer is the same document with only what is well formed, so that the second pass (what it means) can go on and
report its own mistakes in the same breath.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from joiner.config.keys import Key, Shape
from joiner.config.mistakes import Mistakes, near_rows
from joiner.config.places import Path

_DURATION = re.compile(r"^(\d{1,6})\s*(s|m|h|d)$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float | None:
    """Seconds of ``90s``, ``15m``, ``1h``, ``2d``; None when it is none of these."""
    match = _DURATION.match(text.strip())
    return float(int(match[1]) * _SECONDS[match[2]]) if match else None


def check_table(key: Key, table: Mapping[str, Any], path: Path, mistakes: Mistakes) -> dict[str, Any]:
    """The well-formed part of one table. ``path`` is where it stands, for the line of each mistake."""
    known = {child.name: child for child in key.keys}
    clean: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            _unknown(name, key, path, mistakes)
            continue
        checked = check_value(known[name], value, (*path, name), mistakes)
        if checked is not None:
            clean[name] = checked
    for child in key.keys:
        if child.required and child.name not in table:
            example = "1" if child.shape is Shape.INTEGER else '["…"]' if child.shape is Shape.TEXTS else '"…"'
            mistakes.add("JN1004", f'{title_of(path)} has no "{child.name}"', path, fix=f"add  {child.name} = {example}   ({child.about})")
    return clean


def check_value(key: Key, value: Any, path: Path, mistakes: Mistakes) -> Any:
    """The value if its shape is right, else None and one mistake."""
    if key.shape is Shape.TABLE and isinstance(value, dict):
        return check_table(key, value, path, mistakes)
    if key.shape is Shape.TABLES and isinstance(value, list) and all(isinstance(element, dict) for element in value):
        return [check_table(key, element, (*path, index), mistakes) for index, element in enumerate(value)]
    if key.shape is Shape.NAMED and isinstance(value, dict) and all(isinstance(element, dict) for element in value.values()):
        return {name: check_table(key, element, (*path, name), mistakes) for name, element in value.items()}
    if not _fits(key.shape, value):
        mistakes.add("JN1003", f'"{key.name}" must be a {key.shape.value}', path, rows=_found(key, value), fix=_example(key))
        return None
    if key.minimum is not None and value < key.minimum:
        mistakes.add("JN1003", f'"{key.name}" must be at least {key.minimum}', path, rows=_found(key, value))
        return None
    return _chosen(key, value, path, mistakes)


def _chosen(key: Key, value: Any, path: Path, mistakes: Mistakes) -> Any:
    if not key.choices:
        return value
    chosen = value if isinstance(value, list) else [value]
    wrong = [choice for choice in chosen if choice not in key.choices]
    for choice in wrong:
        rows = (*near_rows(choice, key.choices), ("allowed", " · ".join(key.choices)))
        mistakes.add("JN1005", f'"{choice}" is not a value of "{key.name}"', path, rows=rows, about=title_of(path[:-1]))
    return None if wrong else value


def _fits(shape: Shape, value: Any) -> bool:
    match shape:
        case Shape.TEXT | Shape.EXPRESSION:
            return isinstance(value, str)
        case Shape.TEXTS:
            return isinstance(value, list) and all(isinstance(element, str) for element in value)
        case Shape.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Shape.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Shape.DURATION:
            return isinstance(value, str) and parse_duration(value) is not None
        case Shape.SECRET:
            return isinstance(value, str) or (isinstance(value, dict) and set(value) == {"secret"} and isinstance(value["secret"], str))
        case _:
            return False


def _found(key: Key, value: Any) -> tuple[tuple[str, str], ...]:
    """What was found; never the text of something that may be a secret."""
    if key.shape is Shape.SECRET:
        return (("found", f"a {type(value).__name__} (not shown)"),)
    text = str(value)
    return (("found", text if len(text) <= 60 else text[:57] + "…"),)


_EXAMPLES = {
    Shape.TEXTS: '["hr"]',
    Shape.DURATION: '"1h"',
    Shape.SECRET: '"file:secrets/eu"',
    Shape.TABLE: "{ … }",
    Shape.TEXT: '"…"',
    Shape.EXPRESSION: "'…'",
    Shape.INTEGER: "10",
    Shape.NUMBER: "2.5",
}


def _example(key: Key) -> str:
    if key.shape is Shape.TABLES:
        return f"write a table header  [[{key.name}]]"
    if key.shape is Shape.NAMED:
        return f"write a table header  [{key.name}.NAME]"
    return f"write  {key.name} = {_EXAMPLES[key.shape]}"


def _unknown(name: str, key: Key, path: Path, mistakes: Mistakes) -> None:
    names = tuple(child.name for child in key.keys)
    rows = near_rows(name, names)
    fix = f"write  {rows[0][1].strip(chr(34))}  or take the line out" if rows and rows[0][0] == "near" else "take the line out"
    mistakes.add("JN1002", f'unknown key "{name}" in {title_of(path)}', (*path, name), rows=rows, fix=fix)


def title_of(path: Path) -> str:
    """How a person names a table: ``[[source]]``, ``[lookup.divisions]``, the file's top."""
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return "the top of the file"
    text = ".".join(names)
    return f"[[{text}]]" if isinstance(path[-1], int) else f"[{text}]"
