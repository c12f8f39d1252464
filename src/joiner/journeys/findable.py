"""Which values of a document become index rows, and which index rows can answer a filter. Generated from the schema's marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from joiner.errors import ScimRefusal
from joiner.genesys.contract import EXTERNAL_ID_AUTHORITY
from joiner.genesys.profile import PROFILES
from joiner.genesys.schemas import GENESYS_URN, group_type, user_type
from joiner.scim.filter import And, Compare, Comparison, Filter, ValuePath
from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.schema import Attribute, Document, ResourceType, Type
from joiner.scim.values import match_key
from joiner.store.org_port import IndexRow, OrgReads

EXTERNAL_IDS = f"{GENESYS_URN}:externalids".lower()
"""Rows of (authority, value) pairs; both are case-sensitive."""

MADE_BY_SCIM = "joiner:made-by-scim"
"""A mark on groups that SCIM created and may therefore delete; the key is the group's id."""

_SPECIAL = frozenset({"id", "externalid"})


class Indexed(NamedTuple):
    """One indexed attribute: its index path, the extension it lives in ("" for core), its name, its sub-attribute ("" for none)."""

    path: str
    urn: str
    name: str
    sub: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type of a profile with what is indexed of it."""

    name: str
    resource_type: ResourceType
    indexed: tuple[Indexed, ...]
    has_created: bool


@cache
def kind_of(profile_name: str, type_name: str) -> Kind:
    """The kind ``User`` or ``Group`` in a profile; built once."""
    profile = PROFILES[profile_name]
    resource_type = user_type(profile) if type_name == "User" else group_type(profile)
    meta = resource_type.find("meta")
    has_created = meta is not None and meta.find("created") is not None
    return Kind(type_name, resource_type, tuple(_walk(resource_type)), has_created)


def index_rows(document: Document, kind: Kind) -> frozenset[IndexRow]:
    """Every value by which this document can be found."""
    rows: set[IndexRow] = set()
    for path, urn, name, sub in kind.indexed:
        holder = document.get(urn) if urn else document
        found = holder.get(name) if holder else None
        if found is None:
            continue
        for element in found if isinstance(found, list) else (found,):
            value = element.get(sub) if sub else element
            if value and isinstance(value, str):
                rows.add(IndexRow(path, match_key(value)))
    for entry in document.get(GENESYS_URN, {}).get("externalIds", ()):
        rows.add(external_ids_row(entry["authority"], entry["value"]))
    return frozenset(rows)


def external_ids_row(authority: str, value: str) -> IndexRow:
    return IndexRow(EXTERNAL_IDS, f"{authority}\x00{value}")


def candidates(filter_: Filter | None, resource_type: ResourceType, rows: OrgReads, org: int, client: str) -> list[int] | None:
    """Numbers of all resources that can match, by one index look-up; None when only a scan can tell.

    The answer may hold too many (tombstones, another case): the caller still applies the whole filter.
    """
    match filter_:
        case And(terms):
            for term in terms:
                found = candidates(term, resource_type, rows, org, client)
                if found is not None:
                    return found
            return None
        case Compare(path, Comparison.EQ, str(value)):
            return _by_path(_resolve(path, resource_type), value, resource_type, rows, org, client)
        case ValuePath(path, inner):
            return _by_element(_resolve(path, resource_type), inner, resource_type, rows, org, client)
    return None


def _by_path(
    path: AttributePath | None, value: str, resource_type: ResourceType, rows: OrgReads, org: int, client: str
) -> list[int] | None:
    if path is None or path.attribute is None:
        return None
    key = _key(path)
    if key == "id":
        n = rows.number(org, resource_type.name, value)
        return [n] if n is not None else []
    if key == "externalid":
        return list(rows.find_external(org, resource_type.name, client, value))
    if key in ("members", "members.value"):
        user = rows.number(org, "User", value)
        return list(rows.groups_holding(org, user)) if user is not None else []
    leaf = path.sub or path.attribute
    if path.sub is None and path.attribute.type is Type.COMPLEX:
        # RFC 7644 §3.4.2.2 lets a complex attribute stand for its value sub-attribute.
        value_leaf = path.attribute.find("value")
        if value_leaf is None:
            return None
        leaf, key = value_leaf, f"{key}.value"
    if not leaf.indexed or leaf.type is Type.BOOLEAN:
        return None
    return list(rows.find(org, resource_type.name, key, match_key(value)))


def _by_element(
    path: AttributePath | None, inner: Filter, resource_type: ResourceType, rows: OrgReads, org: int, client: str
) -> list[int] | None:
    if path is None or path.attribute is None or path.sub is not None:
        return None
    wanted = {term.path.lower(): term.value for term in _equalities(inner)}
    value = wanted.get("value")
    if not isinstance(value, str):
        return None
    if _key(path) == EXTERNAL_IDS:
        authority = wanted.get("authority")
        if authority == EXTERNAL_ID_AUTHORITY + client:
            return list(rows.find_external(org, resource_type.name, client, value))  # the mirror of externalId is stored nowhere else
        return list(rows.find(org, resource_type.name, *external_ids_row(authority, value))) if isinstance(authority, str) else None
    if _key(path) == "members":
        user = rows.number(org, "User", value)
        return list(rows.groups_holding(org, user)) if user is not None else []
    leaf = path.attribute.find("value")
    if leaf is None or not leaf.indexed:
        return None
    return list(rows.find(org, resource_type.name, f"{_key(path)}.value", match_key(value)))


def _equalities(filter_: Filter) -> Iterator[Compare]:
    match filter_:
        case Compare(_, Comparison.EQ, _):
            yield filter_
        case And(terms):
            for term in terms:
                yield from _equalities(term)


def _resolve(path: str, resource_type: ResourceType) -> AttributePath | None:
    try:
        return parse_attribute_path(path, resource_type)
    except ScimRefusal:
        return None  # the matcher refuses the filter with the reason


def _key(path: AttributePath) -> str:
    assert path.attribute is not None
    prefix = f"{path.urn}:" if path.urn else ""
    return f"{prefix}{path.attribute.name}{'.' + path.sub.name if path.sub else ''}".lower()


def _walk(resource_type: ResourceType) -> Iterator[Indexed]:
    for attribute in resource_type.core.values():
        yield from _walk_attribute("", attribute)
    for extension in resource_type.extensions:
        for attribute in extension.schema.attributes:
            yield from _walk_attribute(extension.schema.id, attribute)


def _walk_attribute(urn: str, attribute: Attribute) -> Iterator[Indexed]:
    path = (f"{urn}:" if urn else "") + attribute.name
    if path.lower() in _SPECIAL:
        return
    if attribute.type is not Type.COMPLEX:
        if attribute.indexed and attribute.type is not Type.BOOLEAN:
            yield Indexed(path.lower(), urn, attribute.name, "")
        return
    for sub in attribute.sub_attributes:
        if sub.indexed:
            yield Indexed(f"{path}.{sub.name}".lower(), urn, attribute.name, sub.name)
