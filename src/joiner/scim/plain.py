"""Bodies that say everything as we would: every name spelled as declared, every value of its own type, nothing empty.

Most bodies are such, and one typed reading recognises them for a fifth of what it costs to go through them name by name. What
is not plain is no mistake: ``resource.accept`` reads it in its own way, and reads a plain one to the same document.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct, ValidationError, convert, defstruct

from joiner.scim.coerce import distinct, is_hollow
from joiner.scim.schema import Attribute, Document, ResourceType

TYPES_REMEMBERED_MAX = 4_096
"""Resource types of all orgs and connections together."""

Form: TypeAlias = Any
"""A type as msgspec takes it."""

_TEXT: Form = Annotated[str, Meta(min_length=1)]
_ABSENT = None


class _Part(Struct, frozen=True, gc=False):
    """What a typed reading leaves to be looked at: a complex value that may be empty, a list whose elements may say the same."""

    urn: str
    name: str
    attribute: Attribute


class _Reading(Struct, frozen=True, gc=False):
    """``ours`` are the names that a body may repeat and that are the server's."""

    form: type[Struct]
    schema: str
    ours: tuple[str, ...]
    parts: tuple[_Part, ...]


def read_plain(body: Document, resource_type: ResourceType) -> Document | None:
    """The document that a plain body stands for, ``schemas`` still as sent; None if the body is not plain."""
    reading = _reading(resource_type)
    try:
        convert(body, reading.form)
    except ValidationError:
        return None
    if reading.schema not in body.get("schemas", (reading.schema,)):
        return None
    document = {"schemas": None, **body}
    for name in reading.ours:
        document.pop(name, None)
    for part in reading.parts:
        holder = document.get(part.urn) if part.urn else document
        value = holder.get(part.name) if holder is not None else None
        if value is None:
            continue
        attribute = part.attribute
        if _is_hollow(value, attribute):
            return None
        if len(value) > 1 and attribute.multi_valued:
            settled = distinct(list(value), attribute)
            if part.urn:
                document[part.urn] = {**document[part.urn], part.name: settled}
            else:
                document[part.name] = settled
    return document


def _is_hollow(value: Any, attribute: Attribute) -> bool:
    if not attribute.multi_valued:
        return not value
    return "value" not in attribute.subs and bool(attribute.subs) and any(is_hollow(element, attribute) for element in value)


@lru_cache(TYPES_REMEMBERED_MAX)
def _reading(resource_type: ResourceType) -> _Reading:
    core = {attribute.name: attribute for attribute in resource_type.core.values() if attribute.name != "schemas"}
    ours = tuple(name for name, attribute in core.items() if attribute.mutability == "readOnly")
    fields = {name: Any if name in ours else form for name, attribute in core.items() if (form := _form(attribute)) or name in ours}
    parts = [_Part("", name, core[name]) for name in fields if name not in ours and core[name].natural is None]
    for extension in resource_type.extensions:
        schema = extension.schema
        inner = {each.name: form for each in schema.attributes if (form := _form(each))}
        fields[schema.id] = _struct(inner, frozenset())
        parts += [_Part(schema.id, each.name, each) for each in schema.attributes if each.name in inner and each.natural is None]
    fields["schemas"] = list[str]
    return _Reading(_struct(fields, frozenset()), resource_type.schema.id, ours, tuple(parts))


def _form(attribute: Attribute) -> Form:
    """What a plain value of an attribute looks like; None where every value has to be looked at."""
    if attribute.mutability == "readOnly":
        return None
    if attribute.natural is not None:
        return _TEXT if attribute.natural is str else bool
    if attribute.sub_attributes:
        return _complex(attribute)
    return _many(_TEXT, attribute) if attribute.multi_valued and attribute.textual else None


def _complex(attribute: Attribute) -> Form:
    fields = {sub.name: _TEXT if sub.natural is str else bool for sub in attribute.sub_attributes if sub.natural is not None}
    needed = attribute.needs | ({"value"} if attribute.multi_valued and "value" in attribute.subs else frozenset())
    if not needed <= fields.keys():
        return None
    element = _struct(fields, needed)
    return _many(element, attribute) if attribute.multi_valued else element


def _many(form: Form, attribute: Attribute) -> Form:
    return Annotated[list[form], Meta(min_length=1, max_length=attribute.elements_max)]


def _struct(fields: dict[str, Form], needed: frozenset[str]) -> type[Struct]:
    """An object with these names and no others. Attribute names are no Python names, so that fields have numbers."""
    ordered = sorted(fields, key=lambda name: name not in needed)
    numbered = [
        (f"f{place}", fields[name]) if name in needed else (f"f{place}", fields[name], _ABSENT) for place, name in enumerate(ordered)
    ]
    rename = {f"f{place}": name for place, name in enumerate(ordered)}
    return defstruct("Plain", numbered, rename=rename, forbid_unknown_fields=True, frozen=True, gc=False)
