"""Habits of filters and URLs (RFC 7644 §3.4.2)."""

from __future__ import annotations

import re

from joiner.dialects.oddity import Oddity
from joiner.scim.filter import FILTER_CHARACTERS_MAX
from joiner.scim.refusals import InvalidFilter, NotFound

_ORDINARY = re.compile(r'(?!active |primary )[\w.:$-]+ eq "[^"\\]*"', re.ASCII)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BARE = re.compile(r'\s(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s++(?!"|(?:true|false|null)\b|-?[0-9]+(?:\.[0-9]+)?(?=[\s)\]]|\Z))', re.IGNORECASE)
_TRUTH = re.compile(r'\b(?:active|primary)\s+(?:eq|ne)\s+"(?:true|false)"', re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")


def is_ordinary(text: str) -> bool:
    """The filter that nearly every client sends: ``attribute eq "text"``; or one that is too long to be read at all."""
    return len(text) > FILTER_CHARACTERS_MAX or _ORDINARY.fullmatch(text) is not None


def has_truth_word_in_filter(text: str) -> bool:
    """``primary eq "True"`` in a filter or in the brackets of a path."""
    return len(text) <= FILTER_CHARACTERS_MAX and _TRUTH.search(text) is not None


def _has_bare_value(text: str) -> bool:
    return _BARE.search(_QUOTED.sub('""', text)) is not None


UNQUOTED_FILTER_VALUE = Oddity(
    "unquoted-filter-value",
    ("entra", "generic"),
    "RFC 7644 §3.4.2.2",
    "A filter compares with a text that stands without quotes.",
    'Write userName eq "x". Where the client cannot: joiner client set CLIENT unquoted_filters=true.',
    InvalidFilter,
    _has_bare_value,
)

BOOLEAN_AS_TEXT_IN_FILTER = Oddity(
    "boolean-as-text-in-filter",
    ("entra", "generic"),
    "RFC 7644 §3.4.2.2",
    'A filter compares true or false as text, as in active eq "true".',
    "Write active eq true.",
    InvalidFilter,
    has_truth_word_in_filter,
)

DOUBLED_SLASH = Oddity(
    "doubled-slash",
    ("generic",),
    "RFC 3986 §3.3",
    "The address has two slashes in a row, mostly because the base URL ends with one.",
    "Take the slash from the end of the base URL.",
    NotFound,
    lambda path: "//" in path,
    lambda path: _SLASHES.sub("/", path),
)

IN_FILTER = (UNQUOTED_FILTER_VALUE, BOOLEAN_AS_TEXT_IN_FILTER)
