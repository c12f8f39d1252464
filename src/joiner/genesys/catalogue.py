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

from joiner.genesys.own_types import Defined, types_of
from joiner.genesys.profile import PROFILES
from joiner.scim.path import AttributePath, scanned_paths
from joiner.scim.schema import Attribute, Document, ResourceType, Schema, Type
from joiner.scim.values import match_key

CATALOGUES_CACHED_MAX = 1_024
SLOTS_MAX = 10
"""As many narrow columns as the store has."""

BUILT_IN = ("User", "Group")
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
    slot_parts: tuple[tuple[str, str, str, bool], ...] = field(init=False)
    """Slots as (URN, name, sub-attribute, case-exact)."""
    slot_attributes: frozenset[str] = field(init=False)
    """Attributes that slots are filled from, as ``name`` or ``URN:name``."""
    index_table: Mapping[str, tuple[Indexed, ...]] = field(init=False)
    """``indexed`` by attribute, as ``name`` or ``URN:name``."""
    has_created: bool = field(init=False)
    on_request: bool = field(init=False)
    """Whether some attribute is returned only when it is asked for, so that the kept body is not what is shown."""
    kept_back: tuple[tuple[str, str, str], ...] = field(init=False)
    """Attributes whose values are never returned, as (URN, name, sub-attribute): they are not kept (RFC 7643 §7, "never")."""
    path: str = field(init=False)
    """The segment of the endpoint as locations show it."""

    def __post_init__(self) -> None:
        walked = tuple(_walk(self.resource_type))
        meta = self.resource_type.find("meta")
        slots = scanned_paths(self.resource_type)[:SLOTS_MAX]
        put = object.__setattr__
        # The userName of a user is found by the name that he holds.
        found = [each for each, attribute in walked if attribute.indexed and attribute.type is not Type.BOOLEAN]
        put(self, "indexed", tuple(each for each in found if (self.name, each.path) != ("User", "username")))
        put(self, "indexed_paths", frozenset(each.path for each in self.indexed))
        named = {"User": "username", "Group": "displayname"}.get(self.name)
        put(self, "unique", tuple(each for each, attribute in walked if attribute.uniqueness != "none" and each.path != named))
        put(self, "slots", slots)
        put(self, "slot_numbers", {path_key(path): number for number, path in enumerate(slots)})
        parts = tuple(_slot_parts(path) for path in slots)
        put(self, "slot_parts", parts)
        put(self, "slot_attributes", frozenset(_flat_path(urn, name) for urn, name, *_ in parts))
        paths = dict.fromkeys(_flat_path(each.urn, each.name) for each in self.indexed)
        put(self, "index_table", {path: tuple(e for e in self.indexed if _flat_path(e.urn, e.name) == path) for path in paths})
        put(self, "has_created", meta is not None and meta.find("created") is not None)
        every = tuple(_every(self.resource_type))
        put(self, "on_request", any(attribute.returned == "request" for *_, attribute in every))
        put(self, "kept_back", tuple((urn, name, sub) for urn, name, sub, attribute in every if attribute.returned == "never"))
        put(self, "path", {"User": "Users", "Group": "Groups"}.get(self.name, self.endpoint))

    @property
    def endpoint(self) -> str:
        return self.resource_type.endpoint.strip("/")

    def unique_keys(self, document: Document) -> dict[str, str]:
        """The values of ``unique`` attributes in a document as they are compared, by index path."""
        found: dict[str, str] = {}
        for each in self.unique:
            holder = document.get(each.urn) if each.urn else document
            value = holder.get(each.name) if holder else None
            if value is not None:
                found[each.path] = str(value) if each.exact or not isinstance(value, str) else match_key(value)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The kinds of an org, by name and by lower-case endpoint; ``schemas`` by URN, also those that no kind has."""

    kinds: tuple[Kind, ...]
    schemas: Mapping[str, Schema]
    by_name: Mapping[str, Kind] = field(init=False)
    by_endpoint: Mapping[str, Kind] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {kind.name: kind for kind in self.kinds})
        object.__setattr__(self, "by_endpoint", {kind.endpoint.lower(): kind for kind in self.kinds})


@lru_cache(CATALOGUES_CACHED_MAX)
def catalogue_of(profile_name: str, definitions: tuple[Defined, ...] = ()) -> Catalogue:
    """The kinds of an org of this profile with these definitions; always the same object for the same ones.

    A definition that cannot be used (an older program took it) is left out; ``own_types.types_of`` says why.
    """
    known = types_of(PROFILES[profile_name], definitions)
    return Catalogue(tuple(Kind(each.name, each, own=each.name not in BUILT_IN) for each in known.types), known.schemas)


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


def _flat_path(urn: str, name: str) -> str:
    return f"{urn}:{name}" if urn else name


def _slot_parts(path: AttributePath) -> tuple[str, str, str, bool]:
    assert path.attribute is not None
    leaf = path.sub or path.attribute
    return path.urn, path.attribute.name, path.sub.name if path.sub is not None else "", leaf.case_exact


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


def _every(resource_type: ResourceType) -> Iterator[tuple[str, str, str, Attribute]]:
    """Every attribute and sub-attribute as (URN, name, sub-attribute, itself)."""
    schemas = (("", resource_type.core.values()), *((each.schema.id, each.schema.attributes) for each in resource_type.extensions))
    for urn, attributes in schemas:
        for attribute in attributes:
            yield urn, attribute.name, "", attribute
            for sub in attribute.sub_attributes:
                yield urn, attribute.name, sub.name, sub
