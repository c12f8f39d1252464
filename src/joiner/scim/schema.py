"""Schemas as values: attributes, schemas and resource types (RFC 7643 §2, §6, §7), with their look-up tables built once.

Names are compared without regard to case (RFC 7643 §2.1), so every schema carries a table from the lower-case name to the
attribute. Nothing is looked up by reflection when a request comes. This module holds no concrete schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Document: TypeAlias = dict[str, Any]
"""A JSON object that is treated as immutable: functions return new ones and may share unchanged parts."""

Natural: TypeAlias = type[str] | type[bool] | None
Mutability: TypeAlias = Literal["readWrite", "readOnly", "immutable", "writeOnly"]
Returned: TypeAlias = Literal["always", "never", "default", "request"]
Uniqueness: TypeAlias = Literal["none", "server", "global"]


ELEMENTS_MAX = 500  # elements of one multi-valued attribute; nobody has so many telephones


class Type(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    REFERENCE = "reference"
    BINARY = "binary"
    COMPLEX = "complex"


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute or sub-attribute (RFC 7643 §7).

    Two marks are ours: ``indexed`` (equal values are found at once) and ``scanned`` (kept in a narrow folded column, so that
    parts of values, ranges and the order of a whole organisation are cheap; ``path.scanned_paths`` says which of a resource
    type get a column).
    Compared and hashed by identity: what is compiled for an attribute is cached under it.
    """

    name: str
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    canonical_values: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    reference_types: tuple[str, ...] = ()
    description: str = ""
    indexed: bool = False
    identified_by: tuple[str, ...] = ()
    """Sub-attributes that tell elements of a multi-valued attribute apart. Left out, it is value and type where there is a
    ``primary``, else value, else everything."""
    scanned: bool = False
    elements_max: int = ELEMENTS_MAX
    """How many elements a multi-valued attribute may have."""
    subs: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)
    """Sub-attributes by lower-case name."""
    spelled: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)
    """``subs`` by canonical and by lower-case name: most clients spell names right, which saves folding them."""
    textual: bool = field(init=False, repr=False, compare=False)
    """Whether values are text of any kind."""
    natural: Natural = field(init=False, repr=False, compare=False)
    """The Python type whose values are taken as they come: text or a boolean where a client may write one of them, as nearly
    everywhere. None for all others. The quick way through ``coerce.py``."""
    secret: bool = field(init=False, repr=False, compare=False)
    """Whether it is never shown, and so never searched or sorted by."""
    fixed: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Names of immutable sub-attributes."""
    owned: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Names of read-only sub-attributes, which are the server's."""

    needs: frozenset[str] = field(init=False, repr=False, compare=False)
    """Names of the sub-attributes that every element has; read-only ones are the server's to give."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "needs", frozenset(sub.name for sub in self.sub_attributes if sub.required and sub.mutability != "readOnly")
        )
        object.__setattr__(self, "subs", {sub.name.lower(): sub for sub in self.sub_attributes})
        object.__setattr__(self, "spelled", {**self.subs, **{sub.name: sub for sub in self.sub_attributes}})
        object.__setattr__(self, "textual", self.type in (Type.STRING, Type.REFERENCE))
        object.__setattr__(self, "natural", self._natural())
        object.__setattr__(self, "secret", self.returned == "never" or self.mutability == "writeOnly")
        object.__setattr__(self, "fixed", tuple(sub.name for sub in self.sub_attributes if sub.mutability == "immutable"))
        object.__setattr__(self, "owned", tuple(sub.name for sub in self.sub_attributes if sub.mutability == "readOnly"))
        object.__setattr__(self, "identified_by", self.identified_by or _identifying(self.subs))

    def _natural(self) -> Natural:
        if self.multi_valued or self.mutability == "readOnly":
            return None
        return str if self.textual else bool if self.type is Type.BOOLEAN else None

    def find(self, name: str) -> Attribute | None:
        """The sub-attribute of this name in any case, or None."""
        return self.subs.get(name.lower())


def _identifying(subs: Mapping[str, Attribute]) -> tuple[str, ...]:
    if "value" not in subs:
        return ()
    return ("value", "type") if "primary" in subs and "type" in subs else ("value",)


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema resource (RFC 7643 §7). ``aliases`` are further names of attributes that are read and never written."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    aliases: tuple[tuple[str, str], ...] = ()
    table: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)
    """Attributes by lower-case name and alias."""
    spelled: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)
    """``table`` by canonical names too."""
    careful: frozenset[str] = field(init=False, repr=False, compare=False)
    """Attributes of which a PUT keeps something, as ``ResourceType.careful``."""

    def __post_init__(self) -> None:
        table = {attribute.name.lower(): attribute for attribute in self.attributes}
        table.update({alias.lower(): table[name.lower()] for alias, name in self.aliases})
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "spelled", table | {attribute.name: attribute for attribute in self.attributes})
        object.__setattr__(self, "careful", frozenset(each.name for each in self.attributes if is_kept(each)))

    def find(self, name: str) -> Attribute | None:
        """The attribute of this name in any case, or None."""
        return self.table.get(name.lower())


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema that a resource type may (or must) carry besides its own (RFC 7643 §6)."""

    schema: Schema
    required: bool = False


COMMON_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "schemas",
        Type.REFERENCE,
        multi_valued=True,
        required=True,
        case_exact=True,
        returned="always",
        reference_types=("uri",),
        description="URNs of the schemas that the resource uses.",
    ),
    Attribute(
        "id",
        required=False,
        case_exact=True,
        mutability="readOnly",
        returned="always",
        uniqueness="server",
        indexed=True,
        description="The id that this server gave.",
    ),
    Attribute("externalId", case_exact=True, indexed=True, description="The id that the client gave; each client sees its own."),
    Attribute(
        "meta",
        Type.COMPLEX,
        mutability="readOnly",
        description="What the server notes about the resource.",
        sub_attributes=(
            Attribute("resourceType", case_exact=True, mutability="readOnly", description="Name of the resource type."),
            Attribute("created", Type.DATE_TIME, mutability="readOnly", description="When the resource was made."),
            Attribute("lastModified", Type.DATE_TIME, mutability="readOnly", description="When it was last changed."),
            Attribute(
                "location",
                Type.REFERENCE,
                case_exact=True,
                mutability="readOnly",
                reference_types=("uri",),
                description="URI of the resource.",
            ),
            Attribute("version", case_exact=True, mutability="readOnly", description="The entity tag, as in the ETag header."),
        ),
    ),
)
"""Attributes of every resource (RFC 7643 §3.1). A schema may declare its own ``meta`` or ``externalId`` to override one."""


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """A kind of resource: its own schema, its extensions, and tables from lower-case names to attributes (RFC 7643 §6).

    ``aliases`` are names that a vendor's filters use for a longer path (``email`` for ``emails.value``).
    Compared and hashed by identity, so that resolved paths can be cached per resource type.
    """

    name: str
    endpoint: str
    schema: Schema
    extensions: tuple[Extension, ...] = ()
    description: str = ""
    aliases: tuple[tuple[str, str], ...] = ()
    core: Mapping[str, Attribute] = field(init=False, repr=False)
    """Attributes of the core schema and the common ones, by lower-case name."""
    urns: Mapping[str, Schema] = field(init=False, repr=False)
    """Extension schemas by lower-case URN."""
    alias_table: Mapping[str, str] = field(init=False, repr=False)
    required: tuple[str, ...] = field(init=False, repr=False)
    """Core attributes that every resource of this type has, and required extensions by URN."""
    extension_ids: tuple[str, ...] = field(init=False, repr=False)
    extension_needs: tuple[tuple[str, tuple[str, ...]], ...] = field(init=False, repr=False)
    """Extensions by URN with the attributes that each has wherever it is present; those that need none are not listed."""
    careful: frozenset[str] = field(init=False, repr=False)
    """Core attributes of which a PUT keeps something: read-only and immutable ones, and complex ones with such parts."""
    spelled: Mapping[str, Attribute] = field(init=False, repr=False)
    """``core`` by canonical and by lower-case name: most clients spell names right, which saves folding them."""

    def __post_init__(self) -> None:
        core = {attribute.name.lower(): attribute for attribute in COMMON_ATTRIBUTES} | dict(self.schema.table)
        required = [extension.schema.id for extension in self.extensions if extension.required]
        object.__setattr__(self, "extension_ids", tuple(extension.schema.id for extension in self.extensions))
        needs = [(extension.schema.id, _needed(extension.schema)) for extension in self.extensions]
        object.__setattr__(self, "extension_needs", tuple((urn, names) for urn, names in needs if names))
        object.__setattr__(self, "core", core)
        object.__setattr__(self, "careful", frozenset(each.name for each in core.values() if is_kept(each)))
        object.__setattr__(self, "spelled", core | {attribute.name: attribute for attribute in core.values()})
        object.__setattr__(self, "urns", {extension.schema.id.lower(): extension.schema for extension in self.extensions})
        object.__setattr__(self, "alias_table", {name.lower(): path for name, path in self.aliases})
        object.__setattr__(self, "required", (*_needed(self.schema), *required))

    def find(self, name: str) -> Attribute | None:
        """The core or common attribute of this name in any case, or None."""
        return self.core.get(name.lower())

    def find_extension(self, urn: str) -> Schema | None:
        """The extension schema of this URN in any case, or None."""
        return self.urns.get(urn.lower())

    def schemas_of(self, document: Document) -> list[str]:
        """What ``schemas`` of this document says: its own schema and the extensions that it has something of."""
        return [self.schema.id, *[urn for urn in self.extension_ids if urn in document]]


def is_kept(attribute: Attribute) -> bool:
    """Whether a PUT keeps this attribute or parts of it, whatever the body says."""
    if attribute.mutability in ("readOnly", "immutable"):
        return True
    return not attribute.multi_valued and bool(attribute.fixed or attribute.owned)


def _needed(schema: Schema) -> tuple[str, ...]:
    """Names of the attributes that a client has to give; required read-only ones are the server's to give."""
    return tuple(each.name for each in schema.attributes if each.required and each.mutability != "readOnly")
