"""What kinds of resource an org has: those of its profile and those that it defines itself, with what is kept to search them by.

A kind's *index paths* are short keys: the extension's URN as eight hexadecimal digits of its hash, then the name, so that an index
row is not mostly URN. *Slots* are the narrow columns that searches by part and sorting look at; which attribute has which slot
follows from the schema alone, in its order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from joiner.genesys.profile import PROFILES
from joiner.genesys.schemas import group_type, user_type
from joiner.scim.path import AttributePath, scanned_paths
from joiner.scim.schema import Attribute, ResourceType, Type

CATALOGUES_CACHED_MAX = 1_024
SLOTS_MAX = 10
"""As many narrow columns as the store has."""

_SPECIAL = frozenset({"id", "externalid"})


class Indexed(NamedTuple):
    """One attribute whose values are found at once: index path, extension ("" for core), name, sub-attribute ("" for none)."""

    path: str
    urn: str
    name: str
    sub: str
    exact: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A resource type of an org with what is kept beside its documents. Compared by identity."""

    name: str
    resource_type: ResourceType
    own: bool = False
    """Whether the org defined it itself; else the profile's rules on users or groups apply."""
    indexed: tuple[Indexed, ...] = field(init=False)
    indexed_paths: frozenset[str] = field(init=False)
    unique: tuple[Indexed, ...] = field(init=False)
    """Attributes whose values only one live resource may have, besides userName and the displayName of groups."""
    slots: tuple[AttributePath, ...] = field(init=False)
    slot_numbers: Mapping[str, int] = field(init=False)
    """Slot by index path."""
    has_created: bool = field(init=False)

    def __post_init__(self) -> None:
        walked = tuple(_walk(self.resource_type))
        meta = self.resource_type.find("meta")
        slots = scanned_paths(self.resource_type)[:SLOTS_MAX]
        put = object.__setattr__
        put(self, "indexed", tuple(each for each, attribute in walked if attribute.indexed and attribute.type is not Type.BOOLEAN))
        put(self, "indexed_paths", frozenset(each.path for each in self.indexed))
        named = {"User": "username", "Group": "displayname"}.get(self.name)
        put(self, "unique", tuple(each for each, attribute in walked if attribute.uniqueness != "none" and each.path != named))
        put(self, "slots", slots)
        put(self, "slot_numbers", {path_key(path): number for number, path in enumerate(slots)})
        put(self, "has_created", meta is not None and meta.find("created") is not None)

    @property
    def endpoint(self) -> str:
        return self.resource_type.endpoint.strip("/")


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The kinds of an org, by name and by lower-case endpoint."""

    kinds: tuple[Kind, ...]
    by_name: Mapping[str, Kind] = field(init=False)
    by_endpoint: Mapping[str, Kind] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {kind.name: kind for kind in self.kinds})
        object.__setattr__(self, "by_endpoint", {kind.endpoint.lower(): kind for kind in self.kinds})


@lru_cache(CATALOGUES_CACHED_MAX)
def catalogue_of(profile_name: str) -> Catalogue:
    """The kinds of a profile; always the same object."""
    profile = PROFILES[profile_name]
    return Catalogue((Kind("User", user_type(profile)), Kind("Group", group_type(profile))))


@lru_cache(CATALOGUES_CACHED_MAX)
def short_urn(urn: str) -> str:
    """A URN in eight digits; "" stays "" (core)."""
    return hashlib.sha256(urn.lower().encode()).hexdigest()[:8] if urn else ""


def path_key(path: AttributePath) -> str:
    """The index path of a resolved attribute path."""
    assert path.attribute is not None
    return index_path(path.urn, path.attribute.name, path.sub.name if path.sub is not None else "")


def index_path(urn: str, name: str, sub: str = "") -> str:
    lead = f"{short_urn(urn)}:" if urn else ""
    return f"{lead}{name}{'.' + sub if sub else ''}".lower()


def _walk(resource_type: ResourceType) -> Iterator[tuple[Indexed, Attribute]]:
    for attribute in resource_type.core.values():
        yield from _walk_attribute("", attribute)
    for extension in resource_type.extensions:
        for attribute in extension.schema.attributes:
            yield from _walk_attribute(extension.schema.id, attribute)


def _walk_attribute(urn: str, attribute: Attribute) -> Iterator[tuple[Indexed, Attribute]]:
    path = index_path(urn, attribute.name)
    if path in _SPECIAL:
        return
    if attribute.type is not Type.COMPLEX:
        yield Indexed(path, urn, attribute.name, "", attribute.case_exact), attribute
        return
    for sub in attribute.sub_attributes:
        yield Indexed(index_path(urn, attribute.name, sub.name), urn, attribute.name, sub.name, sub.case_exact), sub
