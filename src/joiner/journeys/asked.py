"""What a request for a list asks for, resolved against a kind of resource: what matches, in which order, what of it is shown.

Compiled filters are cached by their text: clients ask the same few questions with few values.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from joiner.errors import ScimRefusal
from joiner.genesys.attested import check_attested
from joiner.genesys.catalogue import Kind, path_key
from joiner.genesys.profile import Profile
from joiner.journeys.findable import paths_of
from joiner.scim.filter import Compare, Comparison, Filter, parse_filter
from joiner.scim.matching import Predicate, compile_filter
from joiner.scim.path import parse_attribute_path
from joiner.scim.refusals import InvalidPath, Sensitive
from joiner.scim.schema import ResourceType, Type
from joiner.scim.sorting import Sort
from joiner.store.conditions import Order

FILTERS_REMEMBERED = 512
FORMS_REMEMBERED = 512
"""Attribute and comparison of the commonest filters."""


class Wanted(NamedTuple):
    """A filter over one kind, checked: it can be used."""

    filter: Filter
    resource_type: ResourceType
    needs: frozenset[str]
    """Which caller-dependent parts of a document it speaks of."""
    compiled: Predicate | None
    """None for an attribute compared with a text, which could be any other: the store answers nearly all of these alone."""

    def predicate(self) -> Predicate:
        """The filter over documents."""
        return self.compiled or compile_filter(self.filter, self.resource_type)

    @property
    def any_text(self) -> bool:
        return self.compiled is None

    def with_text(self, text: str) -> Wanted:
        """The same comparison with another text. Only where it takes ``any_text``."""
        compared, resource_type, needs, _ = self
        assert isinstance(compared, Compare)
        return Wanted(Compare(compared.path, compared.comparison, text), resource_type, needs, None)


@lru_cache(FILTERS_REMEMBERED)
def parse_wanted(profile: Profile, kind: Kind, text: str, in_url: bool) -> Wanted:
    """Raises InvalidFilter, and Sensitive for a secret in a URL (RFC 7644 §7.5.2)."""
    filter_ = parse_filter(text, unquoted=profile.unquoted_filter_values)
    if in_url:
        check_no_secret(filter_, kind)
    if profile.attested_filters_only and not kind.own:
        check_attested(filter_, kind.resource_type)
    return wanted_of(filter_, kind)


def wanted_of(filter_: Filter, kind: Kind) -> Wanted:
    """A parsed filter over one kind. Raises InvalidFilter.

    Of the commonest filter, an attribute compared with a text, the form alone decides whether it can be used: it is checked once for
    all texts.
    """
    resource_type = kind.resource_type
    any_text = isinstance(filter_, Compare) and _takes_any_text(filter_, resource_type)
    return Wanted(filter_, resource_type, needs_of(paths_of(filter_)), None if any_text else compile_filter(filter_, resource_type))


def _takes_any_text(filter_: Compare, resource_type: ResourceType) -> bool:
    return isinstance(filter_.value, str) and _form_takes_any_text(filter_.path, filter_.comparison, resource_type)


@lru_cache(FORMS_REMEMBERED)
def _form_takes_any_text(path: str, comparison: Comparison, resource_type: ResourceType) -> bool:
    try:
        found = parse_attribute_path(path, resource_type)
        compile_filter(Compare(path, comparison, "x"), resource_type)
    except ScimRefusal:
        return False
    leaf = found.sub or found.attribute
    return leaf is not None and leaf.type in (Type.STRING, Type.REFERENCE)


_JOINED = ("externalid", "groups", "members", "location", "roles", "entitlements", "$ref")


def needs_of(paths: Iterable[str]) -> frozenset[str]:
    """Which parts of a document that are joined only when it is shown these paths speak of."""
    return frozenset(name for path in paths for name in _JOINED if name in path.lower())


def check_no_secret(filter_: Filter, kind: Kind) -> None:
    """Raises Sensitive when a filter in a URL names an attribute that is never shown: URLs end up in logs."""
    for path in paths_of(filter_):
        try:
            found = parse_attribute_path(path, kind.resource_type)
        except InvalidPath:
            continue  # the compiler refuses it with the reason
        if any(part is not None and part.returned == "never" for part in (found.attribute, found.sub)):
            raise Sensitive(f"A URL must not hold a {found}: it is secret and cannot be searched by. Nothing was looked up.")


def order_by_store(sort: Sort | None, kind: Kind) -> Order | None:
    """The order as the store has it, or None where only documents tell."""
    if sort is None:
        return None
    path, key = sort.path, path_key(sort.path)
    if key == "meta.lastmodified":
        return Order("modified", sort.descending)
    leaf = path.sub or path.attribute
    slot = kind.slot_numbers.get(key)
    if slot is None or leaf is None or not leaf.textual or leaf.type is Type.BINARY:
        return None
    return Order(slot, sort.descending)
