"""Text into tokens. The dialects differ here in one thing: what a backslash and a doubled quote mean inside quotes.

======== ===================================== ==========================================
dialect  backslash inside quotes               quote inside quotes
======== ===================================== ==========================================
native   escapes: ``\\" \\' \\\\ \\n \\t \\uHHHH``  ``\\"``
okta     an ordinary character                 doubled, as in SpEL
======== ===================================== ==========================================
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from joiner.sync.expression.limits import EXPRESSION_CHARACTERS_MAX, INTEGER_MAX
from joiner.sync.expression.mistake import ExpressionMistake

_TOKEN: Final = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>\#?[^\W\d]\w*)"
    r"|(?P<sign>\.!\[|\?:|\?\.|==|!=|~=|<=|>=|&&|\|\||[-<>!+?:,.()\[\]{}])"
)
_ESCAPES: Final = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "t": "\t"}
_HEX4: Final = re.compile(r"[0-9A-Fa-f]{4}")
_CURLY_QUOTES: Final = "“”„‘’«»"


class Token(NamedTuple):
    """``kind``: name, text, number, sign or end. ``text`` is a quoted text's content, else the token as written."""

    kind: str
    text: str
    position: int
    number: int | float = 0


def tokenize(text: str, dialect: str) -> list[Token]:
    """All tokens and an end mark. Raises ExpressionMistake for what no dialect can read."""
    if len(text) > EXPRESSION_CHARACTERS_MAX:
        raise ExpressionMistake(f"the expression has {len(text):,} characters; at most {EXPRESSION_CHARACTERS_MAX:,} are read")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in "\"'":
            content, after = _read_quoted(text, at, dialect)
            tokens.append(Token("text", content, at))
            at = after
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text, at)
        kind = str(found.lastgroup)
        if kind == "number":
            tokens.append(Token(kind, found[0], at, _number(found[0], at)))
        elif kind != "blank":
            tokens.append(Token(kind, found[0], at))
        at = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _number(written: str, at: int) -> int | float:
    # The length is looked at first: Python refuses to convert thousands of digits, and nobody means them.
    if len(written) > 19 or ("." not in written and int(written) > INTEGER_MAX):
        raise ExpressionMistake("the number does not fit into 64 bits", at)
    return float(written) if "." in written else int(written)


def _read_quoted(text: str, at: int, dialect: str) -> tuple[str, int]:
    return _read_doubled(text, at) if dialect == "okta" else _read_escaped(text, at)


def _read_doubled(text: str, at: int) -> tuple[str, int]:
    quote = text[at]
    parts: list[str] = []
    begin = at + 1
    while True:
        end = text.find(quote, begin)
        if end < 0:
            raise ExpressionMistake(f"the text that begins here has no closing {quote}", at)
        parts.append(text[begin:end])
        if text[end + 1 : end + 2] != quote:
            return quote.join(parts), end + 1
        begin = end + 2


def _read_escaped(text: str, at: int) -> tuple[str, int]:
    quote = text[at]
    parts: list[str] = []
    here = at + 1
    while here < len(text):
        mark = text[here]
        if mark == quote:
            return "".join(parts), here + 1
        if mark == "\\":
            piece, here = _read_escape(text, here)
            parts.append(piece)
        else:
            parts.append(mark)
            here += 1
    hint = '; a backslash escapes here: for Okta\'s way of quoting set dialect = "okta"' if "\\" in text[at:] else ""
    raise ExpressionMistake(f"the text that begins here has no closing {quote}{hint}", at)


def _read_escape(text: str, at: int) -> tuple[str, int]:
    letter = text[at + 1 : at + 2]
    if letter in _ESCAPES:
        return _ESCAPES[letter], at + 2
    digits = _HEX4.match(text, at + 2) if letter == "u" else None
    if digits is not None and not 0xD800 <= int(digits[0], 16) <= 0xDFFF:
        return chr(int(digits[0], 16)), at + 6
    raise ExpressionMistake("after a backslash only \" ' \\ n t and uHHHH are read; write \\\\ for a backslash", at)


def _unreadable(text: str, at: int) -> ExpressionMistake:
    mark = text[at]
    if mark in _CURLY_QUOTES:
        return ExpressionMistake(f"{mark} is a typographic quote; texts stand in straight quotes", at, '"')
    if mark == "=":
        return ExpressionMistake("nothing is assigned here; == compares", at, "==")
    if mark in "&|":
        twice = mark * 2
        return ExpressionMistake(f"{mark} is not an operator", at, twice)
    return ExpressionMistake(f"{mark!r} means nothing here", at)
