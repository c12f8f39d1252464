"""Resource types of an org: those of its profile, and what its own definitions add to them (RFC 7643 §6, §7).

A definition is a schema or a resource type in its standard JSON. A resource type named User or Group adds extensions to the
built-in one and changes nothing else of it; any other name is a type of the org's own, with its own endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from joiner.errors import ScimRefusal
from joiner.genesys.profile import Profile
from joiner.genesys.schemas import group_type, user_type
from joiner.scim.core_schemas import RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN
from joiner.scim.definitions import parse_resource_type, parse_schema
from joiner.scim.refusals import InvalidSyntax, InvalidValue
from joiner.scim.schema import ResourceType, Schema

SCHEMA, RESOURCE_TYPE = "schema", "resource_type"
MESSAGES = "urn:ietf:params:scim:api:"

RESERVED_ENDPOINTS = frozenset({"v2", "v1"})
"""``/api/v2/scim/v2`` is a path of its own and no resource."""

_RESERVED_URNS = frozenset(urn.lower() for urn in (SCHEMA_URN, RESOURCE_TYPE_URN, SERVICE_PROVIDER_CONFIG_URN))


class Defined(Protocol):
    """A definition as the store keeps it."""

    @property
    def kind(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def document(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Types:
    """``types`` begins with User and Group; ``schemas`` are all that these and definitions name, by URN, in order.

    ``faults`` are the refusals of definitions that could not be used, by (kind, id): these are left out, the others hold.
    """

    types: tuple[ResourceType, ...]
    schemas: Mapping[str, Schema]
    faults: Mapping[tuple[str, str], ScimRefusal]


def types_of(profile: Profile, definitions: Iterable[Defined]) -> Types:
    """What an org of this profile knows with these definitions."""
    types = {each.name.lower(): each for each in (user_type(profile), group_type(profile))}
    schemas = {schema.id: schema for each in types.values() for schema in (each.schema, *(ext.schema for ext in each.extensions))}
    faults: dict[tuple[str, str], ScimRefusal] = {}
    for each in sorted(definitions, key=lambda defined: defined.kind != SCHEMA):  # resource types name schemas
        try:
            if each.kind == SCHEMA:
                schema = own_schema(_parsed(each), schemas)
                schemas[schema.id] = schema
            else:
                own = own_type(_parsed(each), schemas, types)
                types[own.name.lower()] = own
        except ScimRefusal as refusal:
            faults[each.kind, each.id] = refusal
    return Types(tuple(types.values()), schemas, faults)


def own_schema(document: Any, known: Mapping[str, Schema]) -> Schema:
    """A schema of the org's own. Raises InvalidValue, also when its URN is taken."""
    schema = parse_schema(document)
    urn = schema.id.lower()
    if urn in _RESERVED_URNS or urn.startswith(MESSAGES) or urn in {each.lower() for each in known}:
        raise InvalidValue(f"{schema.id}: this schema is there already or is part of SCIM itself; choose a URN of your own.")
    return schema


def own_type(document: Any, schemas: Mapping[str, Schema], types: Mapping[str, ResourceType]) -> ResourceType:
    """A resource type of the org's own, or User or Group with more extensions. ``types`` are those so far, by lower-case name.

    Raises InvalidValue, also when name or endpoint are taken.
    """
    own = parse_resource_type(document, schemas)
    built_in = types.get(own.name.lower())
    if built_in is not None:
        return _widened(own, built_in)
    segment = own.endpoint.strip("/").lower()
    holder = next((each.name for each in types.values() if each.endpoint.strip("/").lower() == segment), None)
    if holder is not None or segment in RESERVED_ENDPOINTS:
        raise InvalidValue(f"{own.name}: endpoint {own.endpoint} is taken by {holder or 'the server itself'}; choose another one.")
    return own


def _widened(own: ResourceType, built_in: ResourceType) -> ResourceType:
    """The built-in type with the definition's extensions; one that it has already may become required."""
    if own.name not in ("User", "Group"):
        raise InvalidValue(f"{own.name}: this org has a resource type of that name; names are compared without regard to case.")
    if own.schema.id != built_in.schema.id or own.endpoint.strip("/").lower() != built_in.endpoint.strip("/").lower():
        raise InvalidValue(
            f"{own.name}: the built-in type can be given extensions only; its schema stays {built_in.schema.id} "
            f"and its endpoint {built_in.endpoint}."
        )
    extensions = {each.schema.id: each for each in (*built_in.extensions, *own.extensions)}
    return replace(built_in, extensions=tuple(extensions.values()))


def _parsed(defined: Defined) -> Any:
    try:
        return msgspec.json.decode(defined.document)
    except msgspec.DecodeError:
        raise InvalidSyntax(f"The definition {defined.id} as kept is no JSON.") from None
