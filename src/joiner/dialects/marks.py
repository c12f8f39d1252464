"""Ownership marks of a connection: which attributes of a user its pushes may change (DESIGN §4, last rule).

``title=org, name=shared, roles=shared`` becomes one mark for each attribute, and for each part of a complex one: what people see as
one field is merged as one field.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from joiner.errors import Problem, Usage
from joiner.scim.operation import Operation
from joiner.scim.path import AttributePath, parse_attribute_path, parse_patch_path
from joiner.scim.refusals import InvalidFilter, InvalidPath
from joiner.scim.schema import Attribute, Document, ResourceType

MARKED_TYPES_CACHED_MAX = 1_024
NEVER_MARKED = {
    "userName": "who somebody is",
    "externalId": "the client's own key, kept for each client apart",
    "active": "whether somebody may work, for which there is the switch may_deactivate",
}
_LIKENESS_MIN = 0.5


class Mark(NamedTuple):
    """``sub`` None: the whole attribute. ``path`` is how people write it."""

    urn: str
    attribute: Attribute
    sub: Attribute | None
    owner: str
    path: str

    @property
    def is_list(self) -> bool:
        return self.attribute.multi_valued

    def value_in(self, document: Document) -> Any:
        """None stands for absent and for empty."""
        holder = document.get(self.urn) or {} if self.urn else document
        value = holder.get(self.attribute.name)
        if self.sub is not None and value is not None:
            value = value.get(self.sub.name)
        return None if value == "" or value == [] else value

    def put_into(self, document: Document, value: Any) -> Document:
        """The document with this value; None takes the attribute away, and what is empty without it."""
        if not self.urn:
            return self._put(document, value)
        inner = self._put(document.get(self.urn) or {}, value)
        return {**document, self.urn: inner} if inner else _without(document, self.urn)

    def _put(self, holder: Document, value: Any) -> Document:
        name = self.attribute.name
        if self.sub is not None:
            parts = holder.get(name) or {}
            value = {**parts, self.sub.name: value} if value is not None else _without(parts, self.sub.name)
        return {**holder, name: value} if value not in (None, {}) else _without(holder, name)


def _without(document: Document, name: str) -> Document:
    return {key: value for key, value in document.items() if key != name}


@lru_cache(MARKED_TYPES_CACHED_MAX)
def marks_of(ownership: tuple[tuple[str, str], ...], resource_type: ResourceType) -> tuple[Mark, ...]:
    """The marks that mean something: ``source`` is as without a mark, and an attribute may have gone with its schema."""
    marks: dict[str, Mark] = {}
    for text, owner in ownership:
        try:
            path = parse_attribute_path(text, resource_type)
        except InvalidPath:
            continue
        marks.update({mark.path: mark for mark in _spread(path, owner)})
    return tuple(mark for mark in marks.values() if mark.owner != "source")


def check_ownership(ownership: Iterable[tuple[str, str]], resource_type: ResourceType) -> None:
    """Raises Usage (JN6421) for a path that is none, or whose attribute no mark can protect."""
    for text, _ in ownership:
        try:
            path = parse_attribute_path(text, resource_type)
        except InvalidPath as refusal:
            names = [each.name for each in resource_type.schema.attributes]
            near = difflib.get_close_matches(text[:60], names, n=1, cutoff=_LIKENESS_MIN)
            raise _wrong(text, refusal.detail, f"Did you mean {near[0]}?" if near else "Name an attribute of a user.") from None
        name = "" if path.urn or path.attribute is None else path.attribute.name
        if name in NEVER_MARKED:
            raise _wrong(text, f"The client always decides over {name}: {NEVER_MARKED[name]}.", f"Leave {name} out.")
        if not _spread(path, ""):
            raise _wrong(text, "This is a whole schema, a part of a list, read-only, or never shown.", "Name a single attribute or a list.")


def _wrong(text: str, why: str, fix: str) -> Usage:
    return Usage(Problem("JN6421", f"The setting ownership cannot mark {text[:60]!r}.", (("why", why),), fix))


def _spread(path: AttributePath, owner: str) -> tuple[Mark, ...]:
    """One mark for each part that merges alone; none where nothing could be protected."""
    attribute, sub = path.attribute, path.sub
    if attribute is None or attribute.name in ("schemas", "meta", "id", "groups") or attribute.mutability == "readOnly" or attribute.secret:
        return ()
    if attribute.multi_valued:
        return () if sub is not None else (Mark(path.urn, attribute, None, owner, str(path)),)
    parts = attribute.sub_attributes if sub is None else (sub,)
    if not parts:
        return (Mark(path.urn, attribute, None, owner, str(path)),)
    return tuple(
        Mark(path.urn, attribute, part, owner, str(AttributePath(path.urn, attribute, part)))
        for part in parts
        if part.mutability != "readOnly"
    )


def named_by(operations: Iterable[Operation], resource_type: ResourceType) -> frozenset[str]:
    """The attribute paths that a PATCH names, parts included; it says nothing about any other, whatever the result looks like."""
    named: set[str] = set()
    for operation in operations:
        values: Mapping[str, Any] = {operation.path: operation.value} if operation.path else _mapping(operation.value)
        _name(values, resource_type, named, "")
    return frozenset(named)


def _name(values: Mapping[str, Any], resource_type: ResourceType, named: set[str], prefix: str) -> None:
    for text, value in values.items():
        try:
            path = parse_patch_path(prefix + text, resource_type)
        except (InvalidPath, InvalidFilter):
            continue
        if path.attribute is None:
            _name(_mapping(value), resource_type, named, f"{path.urn}:" if path.urn else "")
            continue
        named.add(str(AttributePath(path.urn, path.attribute, None if path.attribute.multi_valued else path.sub)))
        if path.sub is None:
            parts = [path.attribute.find(name) for name in _mapping(value)]
            named.update(str(AttributePath(path.urn, path.attribute, part)) for part in parts if part is not None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
