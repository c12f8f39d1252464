"""What one side shows: values, references, records and snapshots with their proof.

A *record* is one person as one side shows it. A *snapshot* is all records of a side, complete or not, with its proof.
Values are small and hashable so that plans and bonds can be compared, stored and hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import msgspec


class Reference(msgspec.Struct, frozen=True, gc=False):
    """Something of the org that a value points at: a division, role, skill, language, group or user.

    ``name`` is the org's own spelling once resolved; ``id`` is empty until then (or for ever, where an org cannot
    list that kind). ``proficiency`` (0.0-5.0) belongs to skills and languages; None means "whatever it is".
    (A struct outside the garbage collector: a big org holds hundreds of thousands.)
    """

    kind: str
    name: str
    id: str = ""
    proficiency: float | None = None


Element: TypeAlias = str | Reference
Value: TypeAlias = None | bool | int | float | str | Reference | tuple[Element, ...]
"""``None`` and ``()`` both mean empty. Multi-valued attributes are tuples without order."""


class PersonKey(NamedTuple):
    """Who a person is on the source side: the source's name and the value of its key column."""

    source: str
    key: str

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"


class ProofKind(StrEnum):
    TRAILER = "trailer"
    COUNT = "count"
    DIGEST = "digest"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a read is known to be whole, and by what. Only a complete read may imply that somebody is absent."""

    complete: bool
    kind: ProofKind = ProofKind.NONE
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One person as a source shows it. ``row`` is the line in the file (1 = header), for reasons that can be looked up."""

    key: str
    fields: Mapping[str, str]
    row: int = 0


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    """All records of one source. ``origin`` is what a person calls it (a file name); ``digest`` identifies the bytes."""

    source: str
    records: tuple[SourceRecord, ...]
    proof: Proof
    read_at: datetime
    origin: str = ""
    digest: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """One account as an org shows it.

    ``version`` is the ETag text as the server sent it (quotes included) or empty. ``values`` are keyed by attribute
    name as written in ``joiner.toml`` (``division``, ``phoneNumbers[work]``, ``groups``); references carry id and name.
    ``fingerprint`` identifies all of the account's content and changes when anything does.
    ``sequence`` is the version as a rising integer where the org has one, else 0.
    """

    id: str
    user_name: str
    active: bool
    external_id: str = ""
    display_name: str = ""
    emails: tuple[str, ...] = ()
    version: str = ""
    sequence: int = 0
    fingerprint: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """``member_ids`` is None when members were not read."""

    id: str
    name: str
    version: str = ""
    member_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A name that the org does not have, with the names that come nearest."""

    kind: str
    text: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """The names of an org, by kind. A kind that is absent could not be listed: its values pass through unresolved."""

    by_name: Mapping[str, Mapping[str, Reference]] = field(default_factory=dict)
    """kind -> folded name -> Reference (folded with str.casefold)."""
    by_id: Mapping[str, Mapping[str, Reference]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetSnapshot:
    """All accounts and groups of an org, inactive ones included, with its proof.

    ``groups_complete`` False: some groups may not be seen, so that nobody's memberships are known.
    """

    users: tuple[TargetRecord, ...]
    groups: tuple[GroupRecord, ...]
    directory: Directory
    proof: Proof
    read_at: datetime
    requests: int = 0
    groups_complete: bool = True


@dataclass(frozen=True, slots=True)
class TargetAttribute:
    """How one attribute of a target behaves in mapping and merge.

    ``canonical`` turns a value (or, if ``multi``, one element) into what is compared: E.164 for phones, case-folded
    e-mail, folded names of references. ``kind`` names what a Reference of this attribute points at ("" for plain values).
    ``writable`` is False for attributes that the target only shows.
    """

    name: str
    canonical: Callable[[Value], Hashable]
    multi: bool = False
    kind: str = ""
    writable: bool = True
    required: bool = False
    form: str = ""
    """``email`` where the org takes nothing but an e-mail address."""
