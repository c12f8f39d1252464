"""Closures that decide which of their parts are evaluated: ?:, AND, OR, case, coalesce, look-ups, patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import re2

from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.operators import Stumble, describe, is_blank, to_text, truth
from joiner.sync.expression.scope import CLEAR, SKIP, Evaluate, Scope
from joiner.sync.lookup import LookupTable

PATTERN_CHARACTERS_MAX: Final = 1_000
_QUIET: Final = re2.Options()
_QUIET.log_errors = False


def conditional(condition: Evaluate, yes: Evaluate, no: Evaluate, position: int) -> Evaluate:
    def run(scope: Scope) -> Any:
        verdict = condition(scope)
        if verdict is True:
            return yes(scope)
        if verdict is False:
            return no(scope)
        raise Stumble(f"a condition is true or false, {describe(verdict)} is given").at("?:", position)

    return run


def otherwise(value: Evaluate, other: Evaluate) -> Evaluate:
    """``value ?: other``: other when value is null or empty; blanks are not empty in Okta."""

    def run(scope: Scope) -> Any:
        found = value(scope)
        return other(scope) if found is None or found == "" or (isinstance(found, tuple | list) and not found) else found

    return run


def conjunction(parts: Sequence[Evaluate], position: int) -> Evaluate:
    return _until(parts, False, "AND", position)


def alternatives(parts: Sequence[Evaluate], position: int) -> Evaluate:
    return _until(parts, True, "OR", position)


def _until(parts: Sequence[Evaluate], decisive: bool, name: str, position: int) -> Evaluate:
    def run(scope: Scope) -> Any:
        for part in parts:
            value = part(scope)
            if value is decisive:
                return decisive
            if value is not (not decisive):
                raise Stumble(f"a condition is true or false, {describe(value)} is given").at(name, position)
        return not decisive

    return run


def coalesce(parts: Sequence[Evaluate]) -> Evaluate:
    return _first(parts, lambda value: value is not None)


def first_present(parts: Sequence[Evaluate]) -> Evaluate:
    return _first(parts, lambda value: not is_blank(value))


def _first(parts: Sequence[Evaluate], accepts: Callable[[Any], bool]) -> Evaluate:
    def run(scope: Scope) -> Any:
        for part in parts:
            value = part(scope)
            if accepts(value):
                return value
        return None

    return run


def case(parts: Sequence[Evaluate], position: int) -> Evaluate:
    """``case(condition, value, … [, otherwise])``."""
    pairs = tuple(zip(parts[::2], parts[1::2], strict=False))
    rest = parts[-1] if len(parts) % 2 else None

    def run(scope: Scope) -> Any:
        for condition, value in pairs:
            try:
                chosen = truth(condition(scope))
            except Stumble as stumble:
                raise stumble.at("case", position) from None
            if chosen:
                return value(scope)
        return None if rest is None else rest(scope)

    return run


def verdict(name: str) -> Evaluate:
    result = CLEAR if name == "clear" else SKIP
    return lambda scope: result


def lookup(name: str, key: Evaluate, default: Evaluate | None, subject: str, hidden: bool, position: int) -> Evaluate:
    """Find a key in a table. ``subject`` is the column that the key comes from, for the message; ``hidden`` keeps the key out."""

    def run(scope: Scope) -> Any:
        table = scope.tables.get(name)
        if table is None:
            raise Stumble(f'there is no look-up table "{name}"', "JN1106").at("lookup", position)
        value = key(scope)
        try:
            text = value if type(value) is str else to_text(value)
        except Stumble as stumble:
            raise stumble.at("lookup", position) from None
        entry = table.find(text)
        if entry is not None:
            return entry.value
        if default is not None:
            return default(scope)
        if is_blank(text):
            return None
        raise _missing_key(table, text, subject, hidden).at("lookup", position)

    return run


def _missing_key(table: LookupTable, key: str, subject: str, hidden: bool) -> Stumble:
    file = table.place.rsplit("/", 1)[-1]
    shown = "•••" if hidden else f'"{key[:80]}"'
    rows = (("table", table.place), ("value", f"{subject or 'key'} = {shown}"))
    where = f"{subject} in the source" if subject else "the key"
    near = () if hidden else tuple(f'"{name}" (line {line})' for name, line in table.nearest(key[:80]))
    fix = f"correct {where}" if hidden else f"add  {table.sample_line(key[:80])}  to {file}, or correct {where}"
    return Stumble(f"{file} has no line for {shown}", "JN1105", rows, near, fix)


def compile_pattern(pattern: str) -> Any:
    """A pattern for RE2, the linear-time engine; Stumble when it cannot be read (look-around does not exist there)."""
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise Stumble(f"the pattern is longer than {PATTERN_CHARACTERS_MAX:,} characters")
    try:
        return re2.compile(pattern, _QUIET)
    except (re2.error, UnicodeError):
        raise Stumble("the pattern cannot be read (RE2 syntax: no look-around, no back-references)") from None


def matches_literal(value: Evaluate, pattern: str, position: int) -> Evaluate:
    try:
        compiled = compile_pattern(pattern)
    except Stumble as stumble:
        raise ExpressionMistake(stumble.message, position) from None
    return lambda scope: _whole_match(compiled, value(scope), position)


def matches(value: Evaluate, pattern: Evaluate, position: int) -> Evaluate:
    """A pattern that comes from the record; null matches nothing."""

    def run(scope: Scope) -> Any:
        text, written = value(scope), pattern(scope)
        if written is None:
            return False
        try:
            compiled = compile_pattern(to_text(written))
        except Stumble as stumble:
            raise stumble.at("matches", position) from None
        return _whole_match(compiled, text, position)

    return run


def _whole_match(compiled: Any, value: Any, position: int) -> bool:
    if value is None:
        return False
    try:
        return compiled.fullmatch(to_text(value)) is not None
    except UnicodeError:
        raise Stumble("the text is not valid Unicode").at("matches", position) from None
    except Stumble as stumble:
        raise stumble.at("matches", position) from None
