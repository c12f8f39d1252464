"""``attributes`` and ``excludedAttributes`` (RFC 7644 §3.9) and the ``returned`` characteristic (RFC 7643 §7).

A selection is a tree of names: None means everything below. Projections are cached, because clients ask for the same few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, Union

from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.refusals import InvalidPath, InvalidValue
from joiner.scim.schema import Attribute, Document, ResourceType

PROJECTION_CHARACTERS_MAX = 8192  # all attribute names of a schema several times over
PROJECTIONS_CACHED_MAX = 512

Selection: TypeAlias = Mapping[str, Union["Selection", None]]
_Tree: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Projection:
    """What to show: ``only`` these (None: everything), less ``without``."""

    only: Selection | None
    without: Selection

    def wants(self, name: str) -> bool:
        """Whether a core attribute (``members``, ``groups``) can appear at all: if not, it need not be loaded."""
        if self.only is not None and name not in self.only:
            return False
        return self.without.get(name, ()) is not None


@lru_cache(maxsize=PROJECTIONS_CACHED_MAX)
def parse_projection(attributes: str | None, excluded: str | None, resource_type: ResourceType) -> Projection:
    """Comma lists as they stand in the query. Names that nobody knows are ignored; with both, the second takes from the first.

    Raises InvalidValue when a list is longer than anybody needs.
    """
    wanted = _paths(attributes, resource_type)
    never, on_request, always = _characteristics(resource_type)
    asked = {str(path) for path in wanted}
    kept = {str(path) for path in always}
    without: _Tree = {}
    for path in (
        *never,
        *(path for path in on_request if str(path) not in asked),
        *(path for path in _paths(excluded, resource_type) if str(path) not in kept and str(path)),
    ):
        _insert(without, path)
    if attributes is None or not attributes.strip():
        return Projection(None, without)
    return _only([*wanted, *always], without)


def _only(paths: Iterable[AttributePath], without: _Tree) -> Projection:
    only: _Tree = {}
    for path in paths:
        if path.attribute is not None or path.urn:
            _insert(only, path)
        else:
            return Projection(None, without)
    return Projection(only, without)


def _paths(listed: str | None, resource_type: ResourceType) -> list[AttributePath]:
    if listed is None:
        return []
    if len(listed) > PROJECTION_CHARACTERS_MAX:
        raise InvalidValue(f"attributes and excludedAttributes may have {PROJECTION_CHARACTERS_MAX} characters each.")
    paths = []
    for text in listed.split(","):
        try:
            paths.append(parse_attribute_path(text.strip(), resource_type))
        except InvalidPath:
            continue  # unknown names are ignored: genesys-cloud.md §1.1
    return paths


def _insert(tree: _Tree, path: AttributePath) -> None:
    """Adds a path; a whole attribute swallows its parts."""
    names = [path.urn] if path.urn else []
    names += [part.name for part in (path.attribute, path.sub) if part is not None]
    for name in names[:-1]:
        if tree.setdefault(name, {}) is None:
            return
        tree = tree[name]
    tree[names[-1]] = None


@lru_cache(maxsize=64)
def _characteristics(resource_type: ResourceType) -> tuple[list[AttributePath], list[AttributePath], list[AttributePath]]:
    """Paths that are returned never, on request, always."""
    found: dict[str, list[AttributePath]] = {"never": [], "request": [], "always": [], "default": []}
    for urn, attributes in _schemas(resource_type):
        for attribute in attributes:
            found[attribute.returned].append(AttributePath(urn, attribute))
            for sub in attribute.sub_attributes:
                if sub.returned in ("never", "request"):
                    found[sub.returned].append(AttributePath(urn, attribute, sub))
    return found["never"], found["request"], found["always"]


def _schemas(resource_type: ResourceType) -> list[tuple[str, Iterable[Attribute]]]:
    return [("", resource_type.core.values()), *((schema.id, schema.attributes) for schema in resource_type.urns.values())]


def project(document: Document, projection: Projection, resource_type: ResourceType) -> Document:
    """The document as the caller may and wants to see it. The same object when nothing is to be taken away."""
    shown = document if projection.only is None else _pick(document, projection.only)
    if not any(name in shown for name in projection.without):
        return shown
    return _drop(shown, projection.without)


def _pick(document: Document, only: Selection) -> Document:
    picked: Document = {}
    for name, value in document.items():
        if name not in only:
            continue
        below = only[name]
        part = value if below is None else _each(value, below, _pick)
        if part not in ({}, []):
            picked[name] = part
    return picked


def _drop(document: Document, without: Selection) -> Document:
    kept: Document = {}
    for name, value in document.items():
        if name not in without:
            kept[name] = value
            continue
        below = without[name]
        if below is not None:
            part = _each(value, below, _drop)
            if part not in ({}, []):
                kept[name] = part
    return kept


def _each(value: Any, selection: Selection, take: Any) -> Any:
    if isinstance(value, list):
        return [part for part in (take(element, selection) for element in value) if part]
    return take(value, selection) if isinstance(value, dict) else value
