"""``sortBy`` and ``sortOrder`` (RFC 7644 §3.4.2.3): a path becomes a key by which documents are sorted.

========================== =====================================================================
sorted by                  means
========================== =====================================================================
a complex attribute        its ``value`` sub-attribute
a multi-valued attribute   its primary element, else its first
text                       without case, unless ``caseExact``; no locale
dateTime                   the instant, whatever the zone
no value                   last when ascending, first when descending
========================== =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.refusals import InvalidPath, InvalidValue
from joiner.scim.schema import Attribute, Document, ResourceType, Type
from joiner.scim.values import match_key, parse_date_time

SORTS_CACHED_MAX = 512

SortKey: TypeAlias = Callable[[Document], tuple[Any, ...]]

_MISSING = (1,)


class Sort(NamedTuple):
    """``sorted(documents, key=sort.key, reverse=sort.descending)``; ``path`` always names a simple attribute or sub-attribute."""

    path: AttributePath
    key: SortKey
    descending: bool


@lru_cache(maxsize=SORTS_CACHED_MAX)
def parse_sort(sort_by: str, descending: bool, resource_type: ResourceType) -> Sort:
    """What ``sortBy`` asks for. Raises InvalidValue for an attribute that is unknown, without a value of its own, or secret."""
    path = _leaf_path(sort_by, resource_type)
    return Sort(path, sort_key(path), descending)


def sort_key(path: AttributePath) -> SortKey:
    """The key of a document under a path that ``parse_sort`` resolved: ``(0, folded value)``, or ``(1,)`` when there is none."""
    attribute, sub = path.attribute, path.sub
    assert attribute is not None
    leaf = sub or attribute
    urn, name, part = path.urn, attribute.name, sub.name if sub is not None else ""
    fold = _folding(leaf)

    def key(document: Document) -> tuple[Any, ...]:
        holder = document.get(urn) if urn else document
        value = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(value, list):
            value = _preferred(value)
        if part:
            value = value.get(part) if isinstance(value, dict) else None
        return _MISSING if value is None or value == "" else fold(value)

    return key


def _preferred(elements: list[Any]) -> Any:
    for element in elements:
        if isinstance(element, dict) and element.get("primary"):
            return element
    return elements[0] if elements else None


def _folding(leaf: Attribute) -> Callable[[Any], tuple[Any, ...]]:
    if leaf.type is Type.DATE_TIME:
        return _instant
    if leaf.type in (Type.INTEGER, Type.DECIMAL, Type.BOOLEAN):
        return lambda value: (0, value) if isinstance(value, (int, float)) else _MISSING
    if leaf.case_exact or leaf.type is Type.BINARY:
        return lambda value: (0, str(value))
    return lambda value: (0, match_key(str(value)))


def _instant(value: Any) -> tuple[Any, ...]:
    """A stored value that is no time counts as none: the schema may have been changed since."""
    moment = parse_date_time(str(value))
    return _MISSING if moment is None else (0, moment)


def _leaf_path(sort_by: str, resource_type: ResourceType) -> AttributePath:
    try:
        path = parse_attribute_path(sort_by.strip(), resource_type)
    except InvalidPath as refusal:
        raise InvalidValue(f"sortBy cannot be used: {refusal.detail}") from None
    attribute = path.attribute
    if attribute is None:
        raise InvalidValue(f"sortBy {sort_by[:80]} names a whole schema; name one of its attributes, such as userName.")
    if path.sub is None and attribute.subs:
        value = attribute.find("value")
        if value is None:
            part = f"{attribute.name}.{attribute.sub_attributes[0].name}"
            raise InvalidValue(f"sortBy {sort_by[:80]}: it has no value of its own; name one of its parts, such as {part}.")
        path = AttributePath(path.urn, attribute, value)
    if any(part is not None and part.secret for part in (path.attribute, path.sub)):
        raise InvalidValue(f"sortBy {sort_by[:80]} is never shown and so cannot be sorted by.")
    return path
