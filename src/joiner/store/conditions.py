"""A search as the store understands it: conditions over what is kept beside documents, order, and where a page stands."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class SlotTest(NamedTuple):
    """A comparison (``eq`` … ``pr``, RFC 7644 §3.4.2.2) of a folded column: a slot by number, or ``modified``, ``state``."""

    column: int | str
    test: str
    key: str = ""


class ElementTest(NamedTuple):
    """Some element of an indexed multi-valued attribute: its value compared, its ``kind`` equal (None: any)."""

    path: str
    test: str
    key: str
    kind: str | None = None


class AmongNumbers(NamedTuple):
    """Resources whose numbers were looked up already."""

    numbers: tuple[int, ...]


class HeldBy(NamedTuple):
    """The live resource that holds a unique value, folded: its name, or the value of the attribute at ``path``."""

    key: str
    path: str = ""


class MemberOf(NamedTuple):
    """Users directly in any of these groups, given by their numbers."""

    groups: tuple[int, ...]


class AllOf(NamedTuple):
    terms: tuple[Condition, ...]


class AnyOf(NamedTuple):
    terms: tuple[Condition, ...]


class NoneOf(NamedTuple):
    term: Condition


Condition: TypeAlias = "SlotTest | ElementTest | AmongNumbers | HeldBy | MemberOf | AllOf | AnyOf | NoneOf"
"""A filter as the store understands it. Absent values satisfy ``ne`` and no other comparison."""


ORDER_KEY_CHARACTERS = 200
"""So many characters of a value decide where it stands; further ones are like ties."""


class Order(NamedTuple):
    """Order by a slot, missing values last (first when descending); ties, and no order at all, by number."""

    column: int | str
    descending: bool = False


class Search(NamedTuple):
    """A search that the store answers alone.

    ``after`` continues behind a position (order key or None, number), as ``Found.last`` gave it, and ``offset`` then counts from there.
    """

    condition: Condition | None
    active_only: bool = False
    offset: int = 0
    limit: int = 0
    order: Order | None = None
    after: tuple[str | None, int] | None = None
