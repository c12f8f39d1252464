"""The filter grammar (RFC 7644 §3.4.2.2): text to tree and back. Matching lives in ``matching.py``, attributes in ``path.py``.

::

    filter  = and *( "or" and )          "and" binds tighter than "or"
    and     = term *( "and" term )
    term    = "(" filter ")" / "not" "(" filter ")" / path "pr" / path operator value / path "[" filter "]" [ "." sub … ]

The tree keeps attribute paths as they were written: which of ``…:2.0:User:manager.value`` is schema and which is attribute
can only be told with a resource type at hand.
"""

from __future__ import annotations

import json
import math
import re
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from joiner.scim.refusals import InvalidFilter

FILTER_CHARACTERS_MAX = 4096  # what fits into a URL that proxies still let through
FILTER_DEPTH_MAX = 20  # brackets and "not" inside one another; keeps every recursion over the tree shallow
FILTER_TERMS_MAX = 100  # comparisons; bounds the work per resource

Scalar: TypeAlias = str | bool | int | float | None


class Comparison(StrEnum):
    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


COMPARISONS: dict[str, Comparison] = {comparison.value: comparison for comparison in Comparison}


class Compare(Struct, frozen=True):
    path: str
    comparison: Comparison
    value: Scalar


class Present(Struct, frozen=True):
    path: str


class Not(Struct, frozen=True):
    term: Filter


class And(Struct, frozen=True):
    terms: tuple[Filter, ...]


class Or(Struct, frozen=True):
    terms: tuple[Filter, ...]


class ValuePath(Struct, frozen=True):
    """``emails[type eq "work" and value co "@x"]``: one element must satisfy the whole inner filter.

    ``emails[type eq "work"].value eq "x"`` (Entra's form) is read as ``emails[type eq "work" and value eq "x"]``.
    """

    path: str
    filter: Filter


Filter: TypeAlias = Compare | Present | Not | And | Or | ValuePath

_PLAIN = r'[^"\\\x00-\x1f]*'
_SIMPLE = re.compile(rf'([A-Za-z$][\w$.:-]*) ([A-Za-z]{{2}}) "({_PLAIN})"', re.ASCII)
_PLAIN_TEXT = re.compile(_PLAIN)
_TOKEN = re.compile(r'[ \t]*(?:(?P<mark>[()\[\]])|(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<word>[^\s()\[\]"]+))')
_PATH = re.compile(r"urn:[\w.:%$+!*'@;=/~-]+|[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)?", re.ASCII | re.IGNORECASE)
_SUB = re.compile(r"\.[A-Za-z$][\w$-]*", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def parse_filter(text: str, *, unquoted: bool = False) -> Filter:
    """Reads a filter. ``unquoted`` also takes values without quotes (``division eq Home``). Raises InvalidFilter."""
    if len(text) > FILTER_CHARACTERS_MAX:
        raise InvalidFilter(f"The filter has {len(text)} characters; at most {FILTER_CHARACTERS_MAX} are read.")
    simple = _SIMPLE.fullmatch(text)
    if simple is not None and simple[2].lower() in COMPARISONS:
        _check_path(simple[1])
        return Compare(simple[1], COMPARISONS[simple[2].lower()], simple[3])
    reader = _Reader(_tokens(text), unquoted)
    filter_ = reader.read_or(0, inside=False)
    if (rest := reader.take()) is not _END:
        raise InvalidFilter(f"The filter should end before {_show(rest)}; join conditions with and / or.")
    return filter_


def is_plain(text: str) -> bool:
    """Whether a text stands between quotes in a filter as it is, without escapes."""
    return _PLAIN_TEXT.fullmatch(text) is not None


def format_filter(filter_: Filter) -> str:
    """The filter as text that parses back to the same tree."""
    match filter_:
        case Compare(path, comparison, value):
            return f"{path} {comparison} {json.dumps(value, ensure_ascii=False)}"
        case Present(path):
            return f"{path} pr"
        case Not(term):
            return f"not ({format_filter(term)})"
        case And(terms):
            return " and ".join(_format_term(term) for term in terms)
        case Or(terms):
            return " or ".join(_format_term(term) for term in terms)
        case _:
            return f"{filter_.path}[{format_filter(filter_.filter)}]"


def _format_term(term: Filter) -> str:
    text = format_filter(term)
    return f"({text})" if isinstance(term, (And, Or)) else text


class _Token(NamedTuple):
    """``kind`` is mark, text, word or end; ``position`` counts characters from 1."""

    kind: str
    text: str
    position: int


_END = _Token("end", "", 0)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    end = len(text.rstrip(" \t"))
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidFilter(
                f"The filter cannot be read from character {position + 1} on: a quote is not closed, or a character is not allowed."
            )
        kind = str(found.lastgroup)
        tokens.append(_Token(kind, found[kind], found.start(kind) + 1))
        position = found.end()
    return tokens


def _show(token: _Token) -> str:
    return "its end" if token is _END else f"{token.text[:60]} at character {token.position}"


def _check_path(path: str) -> None:
    if _PATH.fullmatch(path) is None:
        raise InvalidFilter(
            f"The filter names {path[:60]}, which is no attribute path such as userName, emails.value or urn:…:User:department."
        )


class _Reader:
    """Recursive descent over the tokens. Guards the place in the list and the number of comparisons seen."""

    __slots__ = ("_place", "_terms", "_tokens", "_unquoted")

    def __init__(self, tokens: list[_Token], unquoted: bool) -> None:
        self._tokens = tokens
        self._unquoted = unquoted
        self._place = 0
        self._terms = 0

    def peek(self) -> _Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else _END

    def take(self) -> _Token:
        token = self.peek()
        self._place += 1
        return token

    def _takes_word(self, word: str) -> bool:
        token = self.peek()
        if token.kind == "word" and token.text.lower() == word:
            self._place += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        token = self.take()
        if token.kind != "mark" or token.text != mark:
            raise InvalidFilter(f"The filter needs {mark} where it has {_show(token)}.")

    def read_or(self, depth: int, *, inside: bool) -> Filter:
        terms = [self._read_and(depth, inside)]
        while self._takes_word("or"):
            terms.append(self._read_and(depth, inside))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _read_and(self, depth: int, inside: bool) -> Filter:
        terms = [self._read_term(depth, inside)]
        while self._takes_word("and"):
            terms.append(self._read_term(depth, inside))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _read_term(self, depth: int, inside: bool) -> Filter:
        token = self.take()
        if token.kind == "mark" and token.text == "(":
            return self._read_group(depth, inside)
        if token.kind != "word":
            raise InvalidFilter(f"The filter needs an attribute where it has {_show(token)}.")
        following = self.peek()
        if token.text.lower() == "not" and following.kind == "mark" and following.text == "(":
            self.take()
            return Not(self._read_group(depth, inside))
        _check_path(token.text)
        if following.kind == "mark" and following.text == "[":
            return self._read_value_path(token.text, depth, inside)
        return self._read_condition(token.text)

    def _read_group(self, depth: int, inside: bool) -> Filter:
        self._check_depth(depth)
        filter_ = self.read_or(depth + 1, inside=inside)
        self._expect(")")
        return filter_

    def _check_depth(self, depth: int) -> None:
        if depth >= FILTER_DEPTH_MAX:
            raise InvalidFilter(f"The filter is nested more than {FILTER_DEPTH_MAX} deep.")

    def _read_value_path(self, path: str, depth: int, inside: bool) -> Filter:
        if inside:
            raise InvalidFilter(f"The filter has brackets inside brackets at {path}; an element has no elements of its own.")
        self._check_depth(depth)
        self._expect("[")
        inner = self.read_or(depth + 1, inside=True)
        self._expect("]")
        if self.peek().kind == "word" and self.peek().text.startswith("."):
            sub = self.take()
            if _SUB.fullmatch(sub.text) is None:
                raise InvalidFilter(f"The filter needs one sub-attribute such as .value after ] and has {_show(sub)}.")
            condition = self._read_condition(sub.text[1:])
            terms = inner.terms if isinstance(inner, And) else (inner,)
            inner = And((*terms, condition))
        return ValuePath(path, inner)

    def _read_condition(self, path: str) -> Filter:
        self._terms += 1
        if self._terms > FILTER_TERMS_MAX:
            raise InvalidFilter(f"The filter has more than {FILTER_TERMS_MAX} conditions.")
        token = self.take()
        word = token.text.lower()
        if token.kind == "word" and word == "pr":
            return Present(path)
        if token.kind != "word" or word not in COMPARISONS:
            raise InvalidFilter(f"The filter needs eq, ne, co, sw, ew, gt, ge, lt, le or pr after {path} and has {_show(token)}.")
        return Compare(path, COMPARISONS[word], self._read_value(path, COMPARISONS[word]))

    def _read_value(self, path: str, comparison: Comparison) -> Scalar:
        token = self.take()
        if token.kind == "text":
            return _parse_text(token)
        if token.kind != "word":
            raise InvalidFilter(f"The filter needs a value after {path} {comparison} and has {_show(token)}.")
        if token.text.lower() in _LITERALS:
            return _LITERALS[token.text.lower()]
        if (number := _parse_number(token.text, self._unquoted)) is not None:
            return number
        if self._unquoted:
            return token.text
        bare = token.text[:60].strip("'")
        raise InvalidFilter(f'The filter needs quotes around its value: {path} {comparison} "{bare}".')


def _parse_text(token: _Token) -> str:
    try:
        text = str(json.loads(token.text))
    except ValueError:
        raise InvalidFilter(f"The filter has a wrong escape in {_show(token)}; JSON's escapes are understood.") from None
    if "\x00" in text or _SURROGATE.search(text):
        raise InvalidFilter(f"The filter has a NUL or half a surrogate pair in {_show(token)}.")
    return text


def _parse_number(text: str, unquoted: bool) -> int | float | None:
    """A JSON number. Without quotes it stays text unless it prints back the same: an employee number 1.50 is no 1.5."""
    if _NUMBER.fullmatch(text) is None:
        return None
    number: int | float = int(text) if text.lstrip("-").isdigit() else float(text)
    if not math.isfinite(number) or (unquoted and str(number) != text):
        return None
    return number
