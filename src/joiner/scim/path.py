"""Attribute paths of filters, projections and patch operations (RFC 7644 §3.10, §3.5.2), resolved against a resource type.

Resolved paths are cached per resource type: clients use the same few dozen paths all day long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from joiner.scim.filter import Filter, parse_filter
from joiner.scim.refusals import InvalidPath
from joiner.scim.schema import Attribute, ResourceType

PATH_CHARACTERS_MAX = 1024  # a value filter included; longer ones are nobody's attribute
PATHS_CACHED_MAX = 2048
SCANNED_PATHS_MAX = 10  # narrow columns of the store; two more hold meta.created and meta.lastModified

_NAMES = re.compile(r"([A-Za-z$][\w$-]*)(?:\.([A-Za-z$][\w$-]*))?", re.ASCII)
_FILTERED = re.compile(r"([^\[\]\"]+)\[(.*)\](?:\.([A-Za-z$][\w$-]*))?", re.ASCII | re.DOTALL)


class UnknownAttribute(InvalidPath):
    """A well-formed path to an attribute that no schema of this resource type has: connections may choose to ignore it."""


@dataclass(frozen=True, slots=True)
class AttributePath:
    """A resolved path. ``urn`` is "" for core attributes, else the extension's URN in its own spelling.

    ``attribute`` is None when the path names a whole schema; ``sub`` is None when it names a whole attribute.
    """

    urn: str
    attribute: Attribute | None
    sub: Attribute | None = None

    def __str__(self) -> str:
        names = ".".join(part.name for part in (self.attribute, self.sub) if part is not None)
        return ":".join(part for part in (self.urn, names) if part)


@dataclass(frozen=True, slots=True)
class PatchPath:
    """A resolved path of a patch operation: an attribute path and, between attribute and sub-attribute, a value filter."""

    urn: str
    attribute: Attribute | None
    filter: Filter | None = None
    sub: Attribute | None = None


@lru_cache(maxsize=PATHS_CACHED_MAX)
def parse_attribute_path(text: str, resource_type: ResourceType) -> AttributePath:
    """``userName``, ``emails.value``, ``urn:…:User:manager.value``, ``urn:…:User``, or an alias. Raises InvalidPath.

    UnknownAttribute is raised when the path is well-formed and nobody knows the name.
    """
    if len(text) > PATH_CHARACTERS_MAX:
        raise InvalidPath(f"A path may have {PATH_CHARACTERS_MAX} characters; this one has {len(text)}.")
    folded = text.lower()
    if not folded.startswith("urn:"):
        return _find_core(text, resource_type)
    core_urn = resource_type.schema.id.lower()
    if folded == core_urn:
        return AttributePath("", None)
    if folded.startswith(core_urn + ":"):
        return _find("", resource_type.core, text[len(core_urn) + 1 :], text)
    for urn, schema in resource_type.urns.items():
        if folded == urn:
            return AttributePath(schema.id, None)
        if folded.startswith(urn + ":"):
            return _find(schema.id, schema.table, text[len(urn) + 1 :], text)
    known = ", ".join([resource_type.schema.id, *(schema.id for schema in resource_type.urns.values())])
    raise UnknownAttribute(f"{text}: no schema of {resource_type.name} begins this path; there are {known}.")


@lru_cache(maxsize=PATHS_CACHED_MAX)
def parse_patch_path(text: str, resource_type: ResourceType) -> PatchPath:
    """The same plus ``emails[type eq "work"].value``. Raises InvalidPath, and InvalidFilter for the part in brackets."""
    if "[" not in text:
        plain = parse_attribute_path(text, resource_type)
        return PatchPath(plain.urn, plain.attribute, None, plain.sub)
    filtered = _FILTERED.fullmatch(text) if len(text) <= PATH_CHARACTERS_MAX else None
    if filtered is None:
        raise InvalidPath(f'{text[:80]}: a path with a filter looks like emails[type eq "work"].value.')
    head = parse_attribute_path(filtered[1], resource_type)
    attribute = head.attribute
    if attribute is None or head.sub is not None or not attribute.multi_valued or not attribute.subs:
        raise InvalidPath(f"{text}: a filter in brackets can only follow a multi-valued attribute such as emails.")
    filter_ = parse_filter(filtered[2])
    if filtered[3] is None:
        return PatchPath(head.urn, attribute, filter_)
    return PatchPath(head.urn, attribute, filter_, _find_sub(attribute, filtered[3], text))


@lru_cache(maxsize=64)
def scanned_paths(resource_type: ResourceType) -> tuple[AttributePath, ...]:
    """What the store keeps in narrow folded columns for this type, in the order of the schemas, at most ``SCANNED_PATHS_MAX``.

    Always single-valued and simple. ``meta.created`` and ``meta.lastModified``, which the store keeps for every resource, are
    not among them.
    """
    found: list[AttributePath] = []
    for urn, attributes in (("", resource_type.schema.attributes), *((each.id, each.attributes) for each in resource_type.urns.values())):
        for attribute in attributes:
            if attribute.multi_valued:
                continue
            if attribute.scanned and not attribute.subs:
                found.append(AttributePath(urn, attribute))
            found += [AttributePath(urn, attribute, sub) for sub in attribute.sub_attributes if sub.scanned and not sub.multi_valued]
    return tuple(found[:SCANNED_PATHS_MAX])


def _find_core(text: str, resource_type: ResourceType) -> AttributePath:
    """A name without schema: core or common first, then the names that a vendor's filters use for longer paths."""
    try:
        return _find("", resource_type.core, text, text)
    except UnknownAttribute:
        name, joint, sub = text.partition(".")
        alias = resource_type.alias_table.get(name.lower())
        if alias is None:
            raise
    return parse_attribute_path(f"{alias}{joint}{sub}", resource_type)


def _find(urn: str, table: Mapping[str, Attribute], names: str, text: str) -> AttributePath:
    parts = _NAMES.fullmatch(names)
    if parts is None:
        hint = " SCIM's paths are not those of JSON Patch: leave the slashes out." if text.startswith("/") else ""
        raise InvalidPath(f"{text[:80]}: a path is an attribute such as userName, name.givenName or urn:…:User:department.{hint}")
    attribute = table.get(parts[1].lower())
    if attribute is None:
        raise UnknownAttribute(f"{text}: there is no attribute {parts[1]}.")
    return AttributePath(urn, attribute, None if parts[2] is None else _find_sub(attribute, parts[2], text))


def _find_sub(attribute: Attribute, name: str, text: str) -> Attribute:
    sub = attribute.find(name)
    if sub is None:
        known = ", ".join(each.name for each in attribute.sub_attributes) or "none"
        raise UnknownAttribute(f"{text}: {attribute.name} has no sub-attribute {name}; it has {known}.")
    return sub
