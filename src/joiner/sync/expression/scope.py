"""What one evaluation reads and what it gives: Scope in, a value, CLEAR, SKIP or a Fault out. Knows no syntax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypeAlias

from joiner.sync.lookup import LookupTable


class Verdict(Enum):
    """A result that is not a value."""

    CLEAR = "clear"  # send an explicit removal
    SKIP = "skip"  # no opinion: the attribute is left out of the merge


CLEAR: Final = Verdict.CLEAR
SKIP: Final = Verdict.SKIP


@dataclass(frozen=True, slots=True)
class Fault:
    """The expression could not give a value for this person: nobody else is touched.

    ``function`` is the function or operator, ``position`` its 0-based place in the text, ``code`` a row of
    :mod:`joiner.error_codes`, ``rows`` the facts in reading order, ``near`` the nearest valid values, ``fix`` one remedy.
    """

    message: str
    function: str = ""
    position: int = 0
    code: str = "JN1104"
    rows: tuple[tuple[str, str], ...] = ()
    near: tuple[str, ...] = ()
    fix: str = ""


Result: TypeAlias = Any
"""None, bool, int, float, str, aware datetime, tuple (a list), Mapping (a record), CLEAR, SKIP or Fault."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that one evaluation may read.

    ``src`` is the record as the source shows it, ``current`` what the target shows now, ``person`` the result so far,
    ``org`` facts of the org (``name``, ``subDomain``), ``now`` the run's fixed clock. ``source`` and ``row`` only name
    the record in reasons. ``element`` is the list element that a projection looks at.
    """

    src: Mapping[str, Any]
    tables: Mapping[str, LookupTable] = field(default_factory=dict)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    current: Mapping[str, Any] = field(default_factory=dict)
    org: Mapping[str, str] = field(default_factory=dict)
    person: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    row: int = 0
    element: Any = None


Evaluate: TypeAlias = Callable[[Scope], Result]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. ``evaluate`` never raises.

    ``fields`` are the source columns that it may read, ``tables`` the look-up tables, ``redacted`` those columns whose
    values must not be shown (they stand inside ``redact(…)``), ``notes`` are for the author of the rule.
    ``uses_now``: the result may change with the date alone. ``uses_person``: it reads what earlier rules gave.
    """

    text: str
    dialect: str
    evaluate: Evaluate
    fields: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    redacted: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    redacts: bool = False
    deterministic: bool = True
    uses_now: bool = False
    uses_person: bool = False
