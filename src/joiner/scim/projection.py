"""``attributes`` and ``excludedAttributes`` (RFC 7644 §3.9) and the ``returned`` characteristic (RFC 7643 §7).

A selection is a tree of names: None means everything below. Projections are cached, because clients ask for the same few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, Union

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
    shown = _characteristics(resource_type)
    asked = {str(path) for path in wanted}
    without: _Tree = {}
    for path in (*shown.never, *(path for path in shown.on_request if str(path) not in asked)):
        _insert(without, path)
    for path in _paths(excluded, resource_type):
        for part in _less_always(path, resource_type):
            _insert(without, part)
    if attributes is None or not attributes.strip():
        return Projection(None, without)
    return _only([*wanted, *shown.always], shown.parts_always, without)


def _less_always(path: AttributePath, resource_type: ResourceType) -> list[AttributePath]:
    """What is left out when this path is: all of it but the attributes and parts that are always shown."""
    attribute, sub = path.attribute, path.sub
    if attribute is None:
        inside = [AttributePath(path.urn, each) for each in resource_type.urns[path.urn.lower()].attributes] if path.urn else []
        left = [part for each in inside for part in _less_always(each, resource_type)]
        return [path] if inside and left == inside else left
    if (sub or attribute).returned == "always":
        return []
    if sub is None and any(each.returned == "always" for each in attribute.sub_attributes):
        return [AttributePath(path.urn, attribute, each) for each in attribute.sub_attributes if each.returned != "always"]
    return [path]


def _only(paths: Iterable[AttributePath], parts_always: Iterable[AttributePath], without: _Tree) -> Projection:
    only: _Tree = {}
    for path in paths:
        if path.attribute is not None or path.urn:
            _insert(only, path)
        else:
            return Projection(None, without)
    for path in parts_always:
        _complete(only, path)
    return Projection(only, without)


def _complete(only: _Tree, path: AttributePath) -> None:
    """A part that is always shown goes wherever some of its attribute goes."""
    assert path.attribute is not None
    tree: _Tree | None = only
    for name in (path.urn, path.attribute.name):
        if name and tree is not None:
            tree = tree.get(name)
    if tree is not None:
        _insert(only, path)


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


class _Shown(NamedTuple):
    """Paths by when they are returned. ``parts_always`` are sub-attributes; the others name both kinds."""

    never: list[AttributePath]
    on_request: list[AttributePath]
    always: list[AttributePath]
    parts_always: list[AttributePath]


@lru_cache(maxsize=64)
def _characteristics(resource_type: ResourceType) -> _Shown:
    shown = _Shown([], [], [], [])
    for urn, attributes in _schemas(resource_type):
        for attribute in attributes:
            for sub in (None, *attribute.sub_attributes):
                leaf, path = sub or attribute, AttributePath(urn, attribute, sub)
                if leaf.secret:
                    shown.never.append(path)
                elif leaf.returned == "request":
                    shown.on_request.append(path)
                elif leaf.returned == "always":
                    (shown.always if sub is None else shown.parts_always).append(path)
    return shown


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
