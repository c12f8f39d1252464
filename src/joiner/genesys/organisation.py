"""Divisions, roles, skills and languages of an org, found by name or GUID; a miss names the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["division", "role", "skill", "language"]


class Named(NamedTuple):
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OrgNames:
    """What an org has. Look-up tables are built once per value: keep it as long as the org does not change."""

    divisions: tuple[Named, ...] = ()
    roles: tuple[Named, ...] = ()
    skills: tuple[Named, ...] = ()
    languages: tuple[Named, ...] = ()


def resolve_name(kind: Kind, text: str, names: OrgNames) -> Named:
    """The division, role, skill or language of this name or GUID. Raises InvalidValue that names the nearest."""
    ...


def nearest(text: str, names: Sequence[str]) -> str | None:
    """The name that somebody probably meant, or None when none is close."""
    ...
