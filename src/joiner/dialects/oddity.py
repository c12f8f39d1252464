"""What an oddity is: one habit of real clients that departs from the RFC, or that a server may not expect.

The habits themselves stand in ``operation_oddities`` (PATCH), ``document_oddities`` (POST and PUT) and ``query_oddities``; what a
connection bears is in ``connection``. Applying a borne request is the work of ``scim``: most habits it takes as they come, and only
where it does not, an oddity brings its own ``straighten``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joiner.errors import ScimRefusal

LOOKED_AT_MAX = 50
"""Elements of one list that are looked at. Clients are uniform: who writes one element oddly writes all of them so."""

TRUTH_WORDS = frozenset({"true", "false", "True", "False"})
TRUTH_NAMES = frozenset({"active", "primary"})


@dataclass(frozen=True, slots=True)
class Oddity:
    """One habit: who has it, what the standard says, what it means, and what an administrator can do about it.

    ``fits`` tells whether a part of a request shows it (an operation, a value, a filter); ``straighten`` gives the standard form
    where ``scim`` does not take the habit as it is. ``allowed`` habits are within the standard: counted, never refused.
    """

    name: str
    vendors: tuple[str, ...]
    clause: str
    meaning: str
    fix: str
    refusal: type[ScimRefusal]
    fits: Callable[[Any], bool]
    straighten: Callable[[Any], Any] | None = None
    allowed: bool = False


def last_name(path: str) -> str:
    """The attribute that a path ends with, in lower case: ``value`` of ``emails[…].value``, ``manager`` of ``urn:…:User:manager``."""
    return path.rpartition(":")[2].rpartition(".")[2].lower()


def elements(value: Any) -> list[dict[str, Any]]:
    """The objects at the beginning of a list."""
    return [each for each in value[:LOOKED_AT_MAX] if each.__class__ is dict] if value.__class__ is list else []
