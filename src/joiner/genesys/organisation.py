"""Divisions, roles, skills, languages and entitlements of an org, found by name or GUID; a miss names the nearest.

Divisions and roles are matched by name without regard to case; skills and languages are case-sensitive (genesys-cloud.md §2).
The founding papers speak of GUIDs for divisions and roles, so those are understood too (DESIGN §1).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from joiner.scim.refusals import InvalidValue
from joiner.scim.values import match_key

Kind: TypeAlias = Literal["division", "role", "skill", "language", "entitlement"]

HOME = "Home"
EMPLOYEE = "employee"
NEAREST_NAMES_MAX = 2000  # names that are compared for a hint; beyond that a hint is not worth its time
NEAREST_LIKENESS_MIN = 0.6

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BUILT_IN: Mapping[Kind, str] = {"division": HOME, "role": EMPLOYEE, "skill": "", "language": "", "entitlement": ""}
_CASE_EXACT: tuple[Kind, ...] = ("skill", "language")


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
    entitlements: tuple[Named, ...] = ()
    tables: Mapping[Kind, Mapping[str, Named]] = field(init=False, repr=False, compare=False)
    """Per kind, from the folded name (as it stands for skills and languages) and from the lower-case id."""
    defined: frozenset[str] = field(init=False, repr=False, compare=False)
    """Kinds of which the org has names besides the one that is always there."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", {kind: _table(kind, self.of(kind)) for kind in _BUILT_IN})
        own = {kind for kind, always in _BUILT_IN.items() if any(match_key(each.name) != match_key(always) for each in self.of(kind))}
        object.__setattr__(self, "defined", frozenset(own))

    def of(self, kind: str) -> tuple[Named, ...]:
        """All names of one kind."""
        return {
            "division": self.divisions,
            "role": self.roles,
            "skill": self.skills,
            "language": self.languages,
            "entitlement": self.entitlements,
        }[kind]

    @property
    def home(self) -> str:
        """The name of the division where users are when nothing else is said."""
        found = self.tables["division"].get(match_key(HOME))
        return found.name if found is not None else HOME

    def defines(self, kind: Kind) -> bool:
        """Whether the org has names of this kind besides the one that is always there."""
        return kind in self.defined


def _table(kind: Kind, listed: tuple[Named, ...]) -> dict[str, Named]:
    """Ids first, so that a name that looks like the id of something else still wins."""
    by_id = {named.id.lower(): named for named in listed}
    return by_id | {_key(kind, named.name): named for named in listed}


def _key(kind: Kind, name: str) -> str:
    return name if kind in _CASE_EXACT else match_key(name)


def resolve_name(kind: Kind, text: str, names: OrgNames) -> Named:
    """The division, role, skill or language of this name or GUID. Raises InvalidValue that names the nearest."""
    table = names.tables[kind]
    found = table.get(_key(kind, text)) or table.get(text.lower() if _GUID.fullmatch(text) else text)
    if found is not None:
        return found
    listed = [named.name for named in names.of(kind)]
    if _GUID.fullmatch(text):
        raise InvalidValue(f"{kind} {text}: this org has no {kind} with this id. Send the {kind}'s name{_example(listed)}.")
    near = nearest(text, listed)
    hint = f'the nearest is "{near}"' if near is not None else f"it has {len(listed)}{_example(listed)}"
    exact = " Names are case-sensitive here." if kind in _CASE_EXACT else ""
    raise InvalidValue(
        f'{kind} "{text[:80]}": this org has no {kind} of this name; {hint}.{exact} Correct the value or create the {kind} first.'
    )


def _example(listed: Sequence[str]) -> str:
    return f', such as "{listed[0]}"' if listed else ""


def nearest(text: str, names: Sequence[str]) -> str | None:
    """The name that somebody probably meant, or None when none is close."""
    folded = {match_key(name): name for name in reversed(names[:NEAREST_NAMES_MAX])}
    close = difflib.get_close_matches(match_key(text), folded, n=1, cutoff=NEAREST_LIKENESS_MIN)
    return folded[close[0]] if close else None
