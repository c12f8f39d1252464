"""Bodies of POST and PUT become documents in canonical spelling (RFC 7643 §2, RFC 7644 §3.3, §3.5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from joiner.scim.coerce import NAMES_MAX, Misfit, Unknown, coerce, keep_parts, shown
from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.plain import read_plain
from joiner.scim.refusals import InvalidSyntax, InvalidValue, MutabilityRefused
from joiner.scim.schema import Attribute, Document, ResourceType

Undeclared: TypeAlias = Literal["accept", "refuse"]


def accept(body: Document, resource_type: ResourceType, *, unknown: Unknown = "ignore", undeclared: Undeclared = "accept") -> Document:
    """The body as a document: canonical names, typed values, no read-only parts, no empty values.

    Keeps ``password``. Sets ``schemas``. Raises InvalidValue (type, missing required attribute) and InvalidSyntax
    (an attribute named twice, an unknown one when those are refused). ``undeclared``: data of an extension, or of the type
    itself, whose schema the body's ``schemas`` does not name (RFC 7643 §3).
    """
    if len(body) > NAMES_MAX:
        raise InvalidSyntax(f"The body has {len(body)} names; at most {NAMES_MAX} are read.")
    document = read_plain(body, resource_type) or _read(body, resource_type, unknown)
    _check_complete(document, resource_type)
    document["schemas"] = resource_type.schemas_of(document)
    if undeclared == "refuse":
        _check_declared(body, document["schemas"])
    return document


def _read(body: Document, resource_type: ResourceType, unknown: Unknown) -> Document:
    """A body name by name."""
    document: Document = {"schemas": None}
    spelled = resource_type.spelled
    for key, value in body.items():
        attribute = spelled.get(key)
        if attribute is None or type(value) is not attribute.natural:
            _accept_named(document, key, value, attribute, resource_type, unknown)
        elif value != "":
            if attribute.name in document:
                raise _twice(key)
            document[attribute.name] = value
    return document


def _accept_named(
    document: Document, key: str, value: Any, attribute: Attribute | None, resource_type: ResourceType, unknown: Unknown
) -> None:
    """A key in any spelling: an attribute, ``schemas``, an extension, a vendor's name for an extension's attribute, or unknown."""
    if attribute is None:
        attribute = resource_type.core.get(key.lower())
    if attribute is None:
        _accept_other(document, key, value, resource_type, unknown)
    elif attribute.name == "schemas":
        _check_schemas(value, resource_type)
    elif attribute.mutability != "readOnly":
        _put(document, attribute, key, value, unknown)


def _check_complete(document: Document, resource_type: ResourceType) -> None:
    """Takes out extensions that turned out empty. Raises InvalidValue for a required attribute that is missing."""
    for urn in resource_type.extension_ids:
        if urn in document and not document[urn]:
            del document[urn]
    for name in resource_type.required:
        if name not in document:
            raise InvalidValue(f"{name} is required and missing.")
    if resource_type.extension_needs:
        check_extensions(document, resource_type)


def _check_declared(body: Document, present: list[str]) -> None:
    declared = next((value for key, value in body.items() if key.lower() == "schemas"), None) or []
    missing = next((urn for urn in present if urn.lower() not in {each.lower() for each in declared}), None)
    if missing is not None:
        raise InvalidValue(f"schemas: the body has attributes of {missing}, which the list does not name (RFC 7643 §3).")


def check_extensions(document: Document, resource_type: ResourceType) -> None:
    """Raises InvalidValue when an extension is there without an attribute that it requires."""
    for urn, names in resource_type.extension_needs:
        if urn in document:
            missing = next((name for name in names if name not in document[urn]), None)
            if missing is not None:
                raise InvalidValue(f"{urn}:{missing} is required and missing.")


def _accept_other(document: Document, key: str, value: Any, resource_type: ResourceType, unknown: Unknown) -> None:
    """A key that is no core attribute: an extension, a name that a vendor uses for an extension's attribute, or unknown."""
    schema = resource_type.urns.get(key.lower())
    if schema is not None:
        _accept_extension(document, schema.id, schema.spelled, value, unknown)
        return
    target = _aliased(key, resource_type)
    if target is not None and target.attribute is not None:
        _put(document.setdefault(target.urn, {}), target.attribute, key, value, unknown)
    elif unknown == "refuse":
        raise InvalidSyntax(f"{key[:80]}: {resource_type.name} has no such attribute.")


def _aliased(key: str, resource_type: ResourceType) -> AttributePath | None:
    alias = resource_type.alias_table.get(key.lower())
    target = parse_attribute_path(alias, resource_type) if alias is not None else None
    return target if target is not None and target.urn else None


def _accept_extension(document: Document, urn: str, spelled: Mapping[str, Attribute], value: Any, unknown: Unknown) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        raise InvalidValue(f"{urn}: expected an object, found {shown(value)}.")
    if len(value) > NAMES_MAX:
        raise InvalidSyntax(f"{urn} has {len(value)} names; at most {NAMES_MAX} are read.")
    accepted = document.setdefault(urn, {})
    for key, part in value.items():
        attribute = spelled.get(key) or spelled.get(key.lower())
        if attribute is not None:
            if attribute.mutability != "readOnly":
                _put(accepted, attribute, f"{urn}:{key}", part, unknown)
        elif unknown == "refuse":
            raise InvalidSyntax(f"{urn}:{key[:80]}: there is no such attribute.")


def _put(target: Document, attribute: Attribute, key: str, value: Any, unknown: Unknown) -> None:
    if attribute.name in target:
        raise _twice(key)
    if type(value) is attribute.natural:
        if value != "":
            target[attribute.name] = value
        return
    try:
        settled = coerce(value, attribute, unknown)
    except Misfit as misfit:
        raise misfit.within(key).refusal() from None
    if settled is not None:
        target[attribute.name] = settled


def _twice(key: str) -> InvalidSyntax:
    return InvalidSyntax(f"{key}: this attribute is named twice; names are compared without regard to case.")


def _check_schemas(value: Any, resource_type: ResourceType) -> None:
    """``schemas`` may be missing and may name schemas nobody knows (Entra's group does); it may not leave out ours."""
    if value is None or value == []:
        return
    if not isinstance(value, list) or set(map(type, value)) != {str}:
        raise InvalidValue(f"schemas: expected a list of URNs, found {shown(value)}.")
    if resource_type.schema.id not in value and resource_type.schema.id.lower() not in {urn.lower() for urn in value}:
        raise InvalidValue(f"schemas: a {resource_type.name} is described by {resource_type.schema.id}, which the list does not name.")


def replace(current: Document, accepted: Document, resource_type: ResourceType, retained: frozenset[str] = frozenset()) -> Document:
    """The document after PUT: the accepted one, plus read-only parts of the current one, plus ``retained`` attributes that
    the body does not name (``roles`` or ``urn:…:User:routingSkills``). Raises MutabilityRefused for a changed immutable value.
    """
    document = dict(accepted)
    _carry(document, current, resource_type.core, resource_type.careful, "", retained)
    for schema in resource_type.urns.values():
        if schema.id in current:
            extension = dict(document.get(schema.id, {}))
            _carry(extension, current[schema.id], schema.table, schema.careful, f"{schema.id}:", retained)
            if extension:
                document[schema.id] = extension
    document["schemas"] = resource_type.schemas_of(document)
    return document


def _carry(
    document: Document, current: Document, table: Mapping[str, Attribute], careful: frozenset[str], prefix: str, retained: frozenset[str]
) -> None:
    """``careful`` are the names of which something is kept whatever the body says; the others stay only when ``retained``."""
    for name, value in current.items():
        if name not in careful:
            if retained and prefix + name in retained and name.lower() in table:
                document.setdefault(name, value)
            continue
        attribute = table[name.lower()]
        if attribute.mutability == "immutable" and document.get(name, value) != value:
            raise MutabilityRefused(f"{prefix}{name} cannot be changed once it is set.")
        if attribute.mutability in ("readOnly", "immutable") or prefix + name in retained:
            document.setdefault(name, value)
        elif name in document:
            document[name] = keep_parts(value, document[name], attribute)
