"""Which line of a TOML text a key stands on.

tomllib gives values without places. This scanner follows table headers and keys only; what it does not know (a key
inside an inline table) answers with the line of what contains it. It never refuses: tomllib has done that before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_CLOSERS = ('"""', "'''")


@dataclass(frozen=True, slots=True)
class Places:
    """Lines (1 = first) by path: ``("source", 0, "path")``; an array of tables counts from 0."""

    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of ``path``, or of the nearest thing that contains it; 1 for the file itself."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def scan_places(text: str) -> Places:
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, statement in _statements(text):
        if statement.startswith("[["):
            path = _spell(statement[2 : statement.find("]]")], counts)
            counts[path] = counts.get(path, -1) + 1
            table = (*path, counts[path])
            lines.setdefault(path, number)
            lines[table] = number
        elif statement.startswith("["):
            table = _spell(statement[1 : statement.find("]")], counts)
            lines.setdefault(table, number)
        else:
            parts = _split_key(statement)
            for length in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:length]), number)
    return Places(lines)


def _spell(header: str, counts: dict[Path, int]) -> Path:
    """A header's path; where a part names an array of tables, its newest element is meant (TOML v1.0, array of tables)."""
    path: Path = ()
    parts = _split_key(header)
    for index, part in enumerate(parts):
        path = (*path, part)
        if index < len(parts) - 1 and path in counts:
            path = (*path, counts[path])
    return path


def _split_key(statement: str) -> tuple[str, ...]:
    """The dotted key at the start of a statement, quotes removed."""
    parts: list[str] = []
    word, quote = "", ""
    for character in statement:
        if quote:
            if character == quote:
                quote = ""
            else:
                word += character
        elif character in "\"'":
            quote = character
        elif character in ".=":
            parts.append(word.strip())
            word = ""
            if character == "=":
                return tuple(parts)
        else:
            word += character
    return (*parts, word.strip())


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines on which a header or a key begins: comments, blank lines and the insides of long values are left out."""
    closer, depth = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        inside = bool(closer) or depth > 0
        header = not inside and line.lstrip().startswith("[")
        closer, depth = ("", 0) if header else _follow(line, closer, depth)
        statement = line.strip()
        if not inside and statement and not statement.startswith("#"):
            yield number, statement


def _follow(line: str, closer: str, depth: int) -> tuple[str, int]:
    """The state after one line: which long string is open, and how many brackets."""
    position = 0
    while position < len(line):
        if closer:
            end = _find_closer(line, closer, position)
            if end < 0:
                return (closer if closer in _CLOSERS else ""), depth
            position, closer = end + len(closer), ""
            continue
        character = line[position]
        if character == "#":
            return "", depth
        if character in "\"'":
            closer = character * 3 if line.startswith(character * 3, position) else character
            position += len(closer)
            continue
        depth += (character in "[{") - (character in "]}")
        position += 1
    return (closer if closer in _CLOSERS else ""), max(depth, 0)


def _find_closer(line: str, closer: str, start: int) -> int:
    position = start
    while position < len(line):
        if closer[0] == '"' and line[position] == "\\":
            position += 2
        elif line.startswith(closer, position):
            return position
        else:
            position += 1
    return -1
