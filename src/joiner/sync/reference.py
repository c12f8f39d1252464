"""Names become references of the org: divisions, roles, skills, languages and groups by name or id; managers by who they are.

A kind that the org cannot list passes through by name. A name that the org does not have is Unresolved with the names
that come nearest; it is never guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from joiner.sync.record import Directory, Element, Reference, TargetAttribute, Unresolved, Value

NEAR_MAX = 3
LEVELLED = frozenset({"skill", "language"})
"""Kinds whose text may end in ``:level``, as in ``Spanish:4``."""

PERSON_KIND = "user"


@dataclass(frozen=True, slots=True)
class People:
    """Who a manager's text may mean: a source key, a ``source:key``, a user name or an address, each folded.

    ``accounts`` leads to the account's id. ``arriving`` holds people whose account this very plan creates; the id is
    filled in when their account exists.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    arriving: Mapping[str, str] = field(default_factory=dict)


def resolve(attribute: TargetAttribute, value: Value, directory: Directory, people: People) -> Value | Unresolved:
    """Turn the texts of a reference attribute into References. Plain attributes come back as they are."""
    if not attribute.kind:
        return value
    if isinstance(value, tuple):
        elements: list[Element] = []
        for element in value:
            found = _resolve_one(attribute.kind, element, directory, people)
            if isinstance(found, Unresolved):
                return found
            elements.append(found)
        return tuple(elements)
    if isinstance(value, str | Reference) and value != "":
        return _resolve_one(attribute.kind, value, directory, people)
    return None if value == "" else value


def _resolve_one(kind: str, element: Element, directory: Directory, people: People) -> Reference | Unresolved:
    if isinstance(element, Reference):
        return element
    if kind == PERSON_KIND:
        return _resolve_person(element, people)
    names = directory.by_name.get(kind)
    if names is None:
        name, level = _split_level(kind, element)
        return Reference(kind, name, proficiency=level)
    whole = names.get(element.casefold()) or directory.by_id.get(kind, {}).get(element.casefold())
    if whole is not None:
        return whole
    name, level = _split_level(kind, element)
    part = names.get(name.casefold())
    if part is not None and level is not None:
        return Reference(kind, part.name, part.id, level)
    close = difflib.get_close_matches(element.casefold(), list(names), n=NEAR_MAX)
    return Unresolved(kind, element, tuple(names[match].name for match in close))


def _resolve_person(text: str, people: People) -> Reference | Unresolved:
    folded = text.casefold()
    account = people.accounts.get(folded)
    if account is not None:
        return Reference(PERSON_KIND, text, account)
    arriving = people.arriving.get(folded)
    if arriving is not None:
        return Reference(PERSON_KIND, arriving)
    return Unresolved(PERSON_KIND, text)


def _split_level(kind: str, text: str) -> tuple[str, float | None]:
    name, separator, level = text.rpartition(":")
    if kind not in LEVELLED or not separator:
        return text, None
    try:
        return name.strip(), float(level)
    except ValueError:
        return text, None
