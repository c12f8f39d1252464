"""The filter grammar (RFC 7644 §3.4.2.2): text to tree and back. Matching lives in ``matching.py``, attributes in ``path.py``.

The tree keeps attribute paths as they were written: which of ``…:2.0:User:manager.value`` is schema and which is attribute
can only be told with a resource type at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

FILTER_CHARACTERS_MAX = 4096
FILTER_DEPTH_MAX = 20
FILTER_TERMS_MAX = 100

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


@dataclass(frozen=True, slots=True)
class Compare:
    path: str
    comparison: Comparison
    value: Scalar


@dataclass(frozen=True, slots=True)
class Present:
    path: str


@dataclass(frozen=True, slots=True)
class Not:
    term: Filter


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class ValuePath:
    """``emails[type eq "work" and value co "@x"]``: one element must satisfy the whole inner filter.

    ``emails[type eq "work"].value eq "x"`` (Entra's form) is read as ``emails[type eq "work" and value eq "x"]``.
    """

    path: str
    filter: Filter


Filter: TypeAlias = Compare | Present | Not | And | Or | ValuePath


def parse_filter(text: str, *, unquoted: bool = False) -> Filter:
    """Reads a filter. ``unquoted`` also takes values without quotes (``division eq Home``). Raises InvalidFilter."""
    ...


def format_filter(filter_: Filter) -> str:
    """The filter as text that parses back to the same tree."""
    ...
