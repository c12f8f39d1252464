"""Schemas and resource types from their own JSON representation (RFC 7643 §6, §7), and the way back.

A definition is written by a person, so nothing is guessed: unknown characteristics, contradictions and reserved names are
refused with the path of the attribute. Left-out characteristics have the defaults of RFC 7643 §2.2. Ours besides:
``indexed`` and ``scanned`` (see ``schema.Attribute``). Unless said otherwise, unique attributes are indexed and simple
single-valued ones are scanned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from joiner.scim.coerce import shown
from joiner.scim.core_schemas import RESOURCE_TYPE_URN, SCHEMA_URN
from joiner.scim.refusals import InvalidValue
from joiner.scim.schema import Attribute, Document, Extension, ResourceType, Schema, Type

ATTRIBUTES_MAX = 200  # of one schema; User has 21
SUB_ATTRIBUTES_MAX = 50  # of one complex attribute
EXTENSIONS_MAX = 20  # of one resource type
WORDS_MAX = 200  # canonical values or reference types of one attribute
WHOLE_MAX = 1_000  # attributes, sub-attributes and canonical values of one schema together
NAME_CHARACTERS_MAX = 100
URN_CHARACTERS_MAX = 255
TEXT_CHARACTERS_MAX = 2000  # descriptions

_NAME = re.compile(r"[A-Za-z][\w$-]*|\$ref", re.ASCII)
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:[\w.:%$+!*'()@;=~-]+", re.ASCII | re.IGNORECASE)
_ENDPOINT = re.compile(r"/?[A-Za-z][\w.~-]*", re.ASCII)

_COMMON = frozenset({"schemas", "id", "externalid", "meta"})
"""Attributes that every resource has (RFC 7643 §3.1); a schema does not define them again."""
_ENDPOINTS = frozenset({"schemas", "resourcetypes", "serviceproviderconfig", "bulk", "me", "self", ".search"})
_TYPES_RESERVED = frozenset({"schema", "resourcetype", "serviceproviderconfig"})

_TYPES = tuple(each.value for each in Type)
_MUTABILITY = ("readWrite", "readOnly", "immutable", "writeOnly")
_RETURNED = ("always", "never", "default", "request")
_UNIQUENESS = ("none", "server", "global")
_CHARACTERISTICS = (
    "name", "type", "multiValued", "description", "required", "canonicalValues", "caseExact", "mutability", "returned", "uniqueness",
    "subAttributes", "referenceTypes", "indexed", "scanned",
)  # fmt: skip


def parse_schema(document: Any) -> Schema:
    """A schema definition (RFC 7643 §7) as a value. Raises InvalidValue that names the path and what to write instead."""
    fields = _object(document, "the schema")
    id = _text(fields, "id", "the schema", URN_CHARACTERS_MAX)
    if _URN.fullmatch(id) is None:
        raise InvalidValue(f"id: a schema is named by a URN such as urn:example:params:scim:schemas:Badge, found {shown(id)}.")
    listed = _list(fields, "attributes", id, ATTRIBUTES_MAX)
    if not listed:
        raise InvalidValue(f"{id}: attributes must list at least one attribute.")
    _check_size(listed, id)
    attributes = _attributes(listed, id, parent=None)
    reserved = next((each.name for each in attributes if each.name.lower() in _COMMON), None)
    if reserved is not None:
        raise InvalidValue(f"{id}:{reserved}: every resource has this attribute; leave it out of the schema.")
    return Schema(id, _optional_text(fields, "name", id) or id.rsplit(":", 1)[-1], _optional_text(fields, "description", id), attributes)


def parse_resource_type(document: Any, schemas: Mapping[str, Schema]) -> ResourceType:
    """A resource type definition (RFC 7643 §6); ``schemas`` are the known ones by URN. Raises InvalidValue."""
    fields = _object(document, "the resource type")
    name = _text(fields, "name", "the resource type", NAME_CHARACTERS_MAX)
    if _NAME.fullmatch(name) is None or name.lower() in _TYPES_RESERVED:
        raise InvalidValue(f"name: a resource type is named by letters and digits, such as Badge, and not {', '.join(_TYPES_RESERVED)}; "
                           f"found {shown(name)}.")  # fmt: skip
    endpoint = _text(fields, "endpoint", name, NAME_CHARACTERS_MAX)
    if _ENDPOINT.fullmatch(endpoint) is None or endpoint.strip("/").lower() in _ENDPOINTS:
        raise InvalidValue(f"{name}: endpoint is one path segment that is not taken, such as /Badges, found {shown(endpoint)}.")
    known = {urn.lower(): schema for urn, schema in schemas.items()}
    schema = _known_schema(_text(fields, "schema", name, URN_CHARACTERS_MAX), known, f"{name}: schema")
    listed = _list(fields, "schemaExtensions", name, EXTENSIONS_MAX)
    extensions = tuple(_extension(each, known, f"{name}: schemaExtensions[{place}]") for place, each in enumerate(listed))
    urns = [schema.id, *(each.schema.id for each in extensions)]
    twice = next((urn for urn in urns if urns.count(urn) > 1), None)
    if twice is not None:
        raise InvalidValue(f"{name}: {twice} is named twice; a resource has each schema once.")
    return ResourceType(name, f"/{endpoint.strip('/')}", schema, extensions, _optional_text(fields, "description", name))


def schema_document(schema: Schema) -> Document:
    """The schema as ``/Schemas`` shows it, without ``meta``; ``parse_schema`` reads it back (but for aliases and our own marks)."""
    return {
        "schemas": [SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_attribute_document(each) for each in schema.attributes],
    }


def resource_type_document(resource_type: ResourceType) -> Document:
    """The resource type as ``/ResourceTypes`` shows it, without ``meta``."""
    document: Document = {
        "schemas": [RESOURCE_TYPE_URN],
        "id": resource_type.name,
        "name": resource_type.name,
        "endpoint": f"/{resource_type.endpoint.strip('/')}",
        "description": resource_type.description,
        "schema": resource_type.schema.id,
    }
    if resource_type.extensions:
        document["schemaExtensions"] = [{"schema": each.schema.id, "required": each.required} for each in resource_type.extensions]
    return document


def _attribute_document(attribute: Attribute) -> Document:
    document: Document = {
        "name": attribute.name,
        "type": attribute.type.value,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        "uniqueness": attribute.uniqueness,
    }
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = [_attribute_document(sub) for sub in attribute.sub_attributes]
    return document


def _check_size(listed: list[Any], id: str) -> None:
    attributes = [each for each in listed if isinstance(each, dict)]
    attributes += [sub for each in attributes for sub in _parts(each) if isinstance(sub, dict)]
    words = sum(len(each["canonicalValues"]) for each in attributes if isinstance(each.get("canonicalValues"), list))
    if len(attributes) + words > WHOLE_MAX:
        raise InvalidValue(f"{id}: a schema may have {WHOLE_MAX} attributes, sub-attributes and canonical values together.")


def _parts(attribute: Mapping[str, Any]) -> list[Any]:
    subs = attribute.get("subAttributes")
    return subs if isinstance(subs, list) else []


def _extension(written: Any, known: Mapping[str, Schema], path: str) -> Extension:
    fields = _object(written, path)
    schema = _known_schema(_text(fields, "schema", path, URN_CHARACTERS_MAX), known, path)
    return Extension(schema, _flag(fields, "required", path))


def _known_schema(urn: str, known: Mapping[str, Schema], path: str) -> Schema:
    schema = known.get(urn.lower())
    if schema is None:
        raise InvalidValue(f"{path}: there is no schema {shown(urn)}.{_nearest(urn.lower(), tuple(known))}")
    return schema


def _attributes(listed: list[Any], prefix: str, parent: Attribute | None) -> tuple[Attribute, ...]:
    attributes: list[Attribute] = []
    seen: set[str] = set()
    for place, written in enumerate(listed):
        fields = _object(written, f"{prefix}: attribute {place + 1}")
        name = _text(fields, "name", f"{prefix}: attribute {place + 1}", NAME_CHARACTERS_MAX)
        path = f"{prefix}.{name}" if parent is not None else f"{prefix}:{name}"
        if _NAME.fullmatch(name) is None:
            raise InvalidValue(f"{path}: a name begins with a letter and has letters, digits, $, - and _ (RFC 7643 §2.1).")
        if name.lower() in seen:
            raise InvalidValue(f"{path}: this name is taken; names are compared without regard to case.")
        seen.add(name.lower())
        attributes.append(_attribute(fields, name, path, parent))
    return tuple(attributes)


def _attribute(fields: Mapping[str, Any], name: str, path: str, parent: Attribute | None) -> Attribute:
    unknown = next((key for key in fields if key not in _CHARACTERISTICS), None)
    if unknown is not None:
        raise InvalidValue(f"{path}: there is no characteristic {shown(unknown)}.{_nearest(unknown, _CHARACTERISTICS)}")
    type_ = Type(_one_of(fields, "type", _TYPES, path, "string"))
    multi_valued = _flag(fields, "multiValued", path)
    mutability = _one_of(fields, "mutability", _MUTABILITY, path, "readWrite")
    returned = _one_of(fields, "returned", _RETURNED, path, "default")
    uniqueness = _one_of(fields, "uniqueness", _UNIQUENESS, path, "none")
    _check_kind(fields, type_, path, parent)
    if uniqueness != "none" and (multi_valued or type_ is Type.COMPLEX or parent is not None):
        raise InvalidValue(f"{path}: only simple single-valued attributes of a schema can be unique; use uniqueness none here.")
    secret = returned == "never" or mutability == "writeOnly"
    simple = type_ not in (Type.COMPLEX, Type.BINARY) and not secret
    single = not (multi_valued or (parent is not None and parent.multi_valued))
    outline = Attribute(
        name,
        type_,
        multi_valued=multi_valued,
        required=_flag(fields, "required", path),
        case_exact=_flag(fields, "caseExact", path, default=type_ in (Type.REFERENCE, Type.BINARY)),
        mutability=mutability,  # type: ignore[arg-type]  # the tables above are the literals
        returned="never" if secret else returned,  # type: ignore[arg-type]  # RFC 7643 §7: what is only written is not shown
        uniqueness=uniqueness,  # type: ignore[arg-type]
        canonical_values=_words(fields, "canonicalValues", path),
        reference_types=_words(fields, "referenceTypes", path),
        description=_optional_text(fields, "description", path),
        indexed=_flag(fields, "indexed", path, default=uniqueness != "none") and simple,
        scanned=_flag(fields, "scanned", path, default=parent is None) and simple and single,
    )
    if type_ is not Type.COMPLEX:
        return outline
    subs = _attributes(_list(fields, "subAttributes", path, SUB_ATTRIBUTES_MAX), path, outline)
    return replace(outline, sub_attributes=subs, identified_by=())


def _check_kind(fields: Mapping[str, Any], type_: Type, path: str, parent: Attribute | None) -> None:
    """What goes with ``complex`` and ``reference`` and nothing else."""
    if type_ is Type.COMPLEX:
        if parent is not None:
            raise InvalidValue(f"{path}: a sub-attribute cannot be complex itself (RFC 7643 §2.3.8).")
        if not fields.get("subAttributes"):
            raise InvalidValue(f"{path}: a complex attribute needs subAttributes.")
    elif fields.get("subAttributes"):
        raise InvalidValue(f"{path}: only a complex attribute has subAttributes; this one is {type_.value}.")
    if type_ is not Type.REFERENCE and fields.get("referenceTypes"):
        raise InvalidValue(f"{path}: only a reference has referenceTypes; this attribute is {type_.value}.")


def _object(written: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise InvalidValue(f"{path}: expected an object, found {shown(written)}.")
    return written


def _text(fields: Mapping[str, Any], key: str, path: str, characters_max: int) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidValue(f"{path}: {key} must be text, found {'nothing' if value in (None, '') else shown(value)}.")
    if len(value) > characters_max:
        raise InvalidValue(f"{path}: {key} may have {characters_max} characters; this one has {len(value)}.")
    return value


def _optional_text(fields: Mapping[str, Any], key: str, path: str) -> str:
    return _text(fields, key, path, TEXT_CHARACTERS_MAX) if fields.get(key) not in (None, "") else ""


def _flag(fields: Mapping[str, Any], key: str, path: str, *, default: bool = False) -> bool:
    value = fields.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise InvalidValue(f"{path}: {key} must be true or false, found {shown(value)}.")
    return value


def _list(fields: Mapping[str, Any], key: str, path: str, length_max: int) -> list[Any]:
    value = fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidValue(f"{path}: {key} must be a list, found {shown(value)}.")
    if len(value) > length_max:
        raise InvalidValue(f"{path}: {key} may have {length_max} entries; this list has {len(value)}.")
    return value


def _words(fields: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
    words = _list(fields, key, path, WORDS_MAX)
    wrong = next((word for word in words if not isinstance(word, str) or not word or len(word) > URN_CHARACTERS_MAX), None)
    if wrong is not None:
        raise InvalidValue(f"{path}: {key} must be a list of short texts, found {shown(wrong)}.")
    return tuple(words)


def _one_of(fields: Mapping[str, Any], key: str, choices: tuple[str, ...], path: str, default: str) -> str:
    value = fields.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or value not in choices:
        near = _nearest(value, choices) if isinstance(value, str) else ""
        raise InvalidValue(f"{path}: {key} is one of {', '.join(choices)}, found {shown(value)}.{near}")
    return value


def _nearest(word: str, choices: tuple[str, ...]) -> str:
    near = get_close_matches(word[:URN_CHARACTERS_MAX], choices, 1)
    return f" Did you mean {near[0]}?" if near else ""
