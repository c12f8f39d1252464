"""The attributes of an org by their name in ``joiner.toml``: where each stands in a SCIM user and how it is compared.

===========================  =========================================  ==========================
joiner.toml                  place in the document                      in PATCH
===========================  =========================================  ==========================
title, name.givenName        plain: one value                           replace / remove PATH
emails[work]                 typed: the entry whose type is "work"      add / remove emails[type eq "work"]
roles, routingSkills         listed: entries named by value or name     add PATH [...], remove PATH[value eq "x"]
manager                      plain reference to a user, by id           replace / remove URN:manager
groups                       shown only; membership goes through groups  never
===========================  =========================================  ==========================

Pure values and functions; reading documents is in :mod:`user_reading`, writing them in :mod:`user_writing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joiner.genesys.urns import GENESYS_URN, SOURCE_ORG_AUTHORITY
from joiner.scim.values import canonical_email, canonical_phone, match_key
from joiner.sync.record import Element, Reference, TargetAttribute, Value

ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PROFICIENCY_MAX = 5.0
LEVEL = re.compile(r"(.*\S)\s*:\s*([0-9](?:\.[0-9]{1,4})?)\s*", re.DOTALL)
BRACKETED = re.compile(r"([A-Za-z]+)\[([^\[\]\"]{1,256})\]")


class Form(StrEnum):
    """How an attribute stands in a document."""

    PLAIN = "plain"  # one value
    TYPED = "typed"  # one entry of a list, chosen by its type or authority
    LISTED = "listed"  # a list of entries, each named by one sub-attribute
    SHOWN = "shown"  # read here, written elsewhere


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute stands. ``urn`` is "" for core attributes.

    ``sub`` is the sub-attribute that holds the value ("" for none); ``selector`` and ``selected`` choose an entry of TYPED.
    """

    form: Form
    name: str
    urn: str = ""
    sub: str = ""
    selector: str = ""
    selected: str = ""

    @property
    def path(self) -> str:
        """The attribute path of RFC 7644 §3.10, without value filter and sub-attribute."""
        return f"{self.urn}:{self.name}" if self.urn else self.name


def is_entry(place: Place, entry: Mapping[str, Any]) -> bool:
    """Whether ``entry`` is the one that a TYPED place means. Types are not case-exact (RFC 7643 §4.1.2), authorities are."""
    shown = entry.get(place.selector)
    if shown == place.selected:
        return True
    return place.selector == "type" and isinstance(shown, str) and shown.casefold() == place.selected.casefold()


@dataclass(frozen=True, slots=True)
class Attribute:
    target: TargetAttribute
    place: Place


class Family(StrEnum):
    """Which attributes an org has: the Genesys contract's, or those of RFC 7643. Hosted orgs in the extended profile have both."""

    GENESYS = "genesys"
    CORE = "core"


def find_attributes(names: Iterable[str], families: Iterable[Family]) -> tuple[dict[str, Attribute], tuple[str, ...]]:
    """(attributes by name, names that this kind of org does not have)."""
    chosen = frozenset(families)
    found: dict[str, Attribute] = {}
    unknown: list[str] = []
    for name in names:
        attribute = find_attribute(name, chosen)
        if attribute is None:
            unknown.append(name)
        else:
            found[name] = attribute
    return found, tuple(unknown)


def find_attribute(name: str, families: frozenset[Family]) -> Attribute | None:
    """One attribute by its name in ``joiner.toml``, None if none of the families has it."""
    for family in Family:
        if family in families and (found := ATTRIBUTES[family].get(name)):
            return found
    bracketed = BRACKETED.fullmatch(name)
    if bracketed and bracketed[1] == "externalIds" and Family.GENESYS in families:
        return _attribute(name, Place(Form.TYPED, "externalIds", GENESYS_URN, "value", "authority", bracketed[2]), _exact)
    return None


def attribute_names(families: Iterable[Family]) -> tuple[str, ...]:
    """All names that can be written down, for messages and for ``check``."""
    return tuple(dict.fromkeys(name for family in families for name in ATTRIBUTES[family]))


def parse_element(attribute: TargetAttribute, text: str) -> Element:
    """A mapped text as an element of ``attribute``: itself, or a Reference to what it names.

    Skills and languages may end in a proficiency of 0-5 after a colon: ``Spanish:4``. Without one it is left as it is.
    """
    if not attribute.kind:
        return text
    level = LEVEL.fullmatch(text) if attribute.kind in ("skill", "language") else None
    if level and float(level[2]) <= PROFICIENCY_MAX:
        return Reference(attribute.kind, level[1].strip(), proficiency=float(level[2]))
    return Reference(attribute.kind, text.strip())


def _attribute(
    name: str,
    place: Place,
    canonical: Callable[[Value], Hashable],
    *,
    kind: str = "",
    multi: bool = False,
    required: bool = False,
    form: str = "",
) -> Attribute:
    return Attribute(TargetAttribute(name, canonical, multi=multi, kind=kind, required=required, form=form), place)


# ---------------------------------------------------------------- canonical forms


def _exact(value: Value) -> Hashable:
    return value.strip() if isinstance(value, str) else value


def _folded(value: Value) -> Hashable:
    return match_key(value.strip()) if isinstance(value, str) else value


def _email(value: Value) -> Hashable:
    return canonical_email(value) if isinstance(value, str) else value


def _phone(value: Value) -> Hashable:
    """E.164; what is no number in international form is compared as written, blanks aside."""
    return (canonical_phone(value) or "".join(value.split())) if isinstance(value, str) else value


def _day(value: Value) -> Hashable:
    """Genesys accepts any ISO 8601 form of ``dateHire`` and always shows ``YYYY-MM-DD``."""
    return value.strip()[:10] if isinstance(value, str) else value


def _truth(value: Value) -> Hashable:
    return value.strip().casefold() == "true" if isinstance(value, str) else bool(value)


def _named(value: Value) -> Hashable:
    """References are compared by folded name: the id is the org's business, proficiency the merge's."""
    if isinstance(value, Reference):
        return value.name.casefold() or value.id
    return value.strip().casefold() if isinstance(value, str) else value


def _identified(value: Value) -> Hashable:
    """References to users are compared by id: the name is only how the source happens to call them."""
    if isinstance(value, Reference):
        return value.id or value.name.casefold()
    return value.strip().casefold() if isinstance(value, str) else value


# ---------------------------------------------------------------- the tables


def _plain(
    name: str, urn: str = "", canonical: Callable[[Value], Hashable] = _exact, *, required: bool = False, form: str = ""
) -> Attribute:
    head, _, sub = name.partition(".")
    return _attribute(name, Place(Form.PLAIN, head, urn, sub), canonical, required=required, form=form)


def _emails(*types: str) -> list[Attribute]:
    return [_attribute(f"emails[{kind}]", Place(Form.TYPED, "emails", "", "value", "type", kind), _email, form="email") for kind in types]


def _phones(*types: str) -> list[Attribute]:
    return [_attribute(f"phoneNumbers[{kind}]", Place(Form.TYPED, "phoneNumbers", "", "value", "type", kind), _phone) for kind in types]


def _listed(name: str, kind: str, *, urn: str = "", sub: str = "value", canonical: Callable[[Value], Hashable] = _named) -> Attribute:
    return _attribute(name, Place(Form.LISTED, name, urn, sub), canonical, kind=kind, multi=True)


SHARED = (
    _plain("title"),
    _plain("active", canonical=_truth),
    _plain("externalId"),
    _attribute("division", Place(Form.PLAIN, "division", ENTERPRISE_URN), _named, kind="division"),
    _plain("department", ENTERPRISE_URN),
    _plain("employeeNumber", ENTERPRISE_URN),
    _attribute("manager", Place(Form.PLAIN, "manager", ENTERPRISE_URN, "value"), _identified, kind="user"),
    _listed("roles", "role"),
    _attribute("groups", Place(Form.SHOWN, "groups", "", "value"), _named, kind="group", multi=True),
)
GENESYS_PHONES = (
    *("work", "work2", "work3", "work4", "home", "mobile", "other"),
    *("microsoftteams", "zoomphone", "eightbyeight", "ringcentral"),
)
GENESYS = (
    # The userName is the main address of the account (genesys-cloud.md §2).
    _plain("userName", canonical=_folded, required=True, form="email"),
    *SHARED,
    _plain("displayName", required=True),
    _plain("dateHire", ENTERPRISE_URN, _day),
    _listed("routingSkills", "skill", urn=GENESYS_URN, sub="name"),
    _listed("routingLanguages", "language", urn=GENESYS_URN, sub="name"),
    *_emails("work"),
    *_phones(*GENESYS_PHONES),
    _attribute("sourceOrg", Place(Form.TYPED, "externalIds", GENESYS_URN, "value", "authority", SOURCE_ORG_AUTHORITY), _exact),
)
CORE = (
    _plain("userName", canonical=_folded, required=True),
    *SHARED,
    _plain("displayName"),
    *(_plain(name) for name in ("nickName", "profileUrl", "userType", "preferredLanguage", "locale", "timezone")),
    *(_plain(f"name.{part}") for part in ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")),
    *(_plain(name, ENTERPRISE_URN) for name in ("costCenter", "organization")),
    *_emails("work", "home", "other"),
    *_phones("work", "home", "mobile", "fax", "pager", "other"),
    _listed("entitlements", "", canonical=_exact),
)
ATTRIBUTES: Mapping[Family, Mapping[str, Attribute]] = {
    Family.GENESYS: {attribute.target.name: attribute for attribute in GENESYS},
    Family.CORE: {attribute.target.name: attribute for attribute in CORE},
}
