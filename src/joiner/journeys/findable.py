"""Which filters the store can answer alone, from what is kept beside the documents (``indexing``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from joiner.errors import ScimRefusal
from joiner.genesys.catalogue import Kind, path_key
from joiner.genesys.contract import EXTERNAL_ID_AUTHORITY
from joiner.journeys.findable_members import MEMBERSHIPS, by_element
from joiner.journeys.indexing import EXTERNAL_IDS, external_ids_row
from joiner.journeys.keeping import moment_text
from joiner.scim.filter import And, Compare, Comparison, Filter, Not, Or, Present, Scalar, ValuePath
from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.schema import Attribute, Type
from joiner.scim.values import match_key, parse_boolean, parse_date_time
from joiner.store.conditions import AllOf, AmongNumbers, AnyOf, Condition, ElementTest, HeldBy, NoneOf, SlotTest
from joiner.store.org_port import OrgReads

COMPARERS_REMEMBERED = 512


class Translated(NamedTuple):
    """A filter as the store understands it. ``exact``: the condition says all of it; else it only narrows what must be looked at."""

    condition: Condition | None
    exact: bool


UNKNOWN = Translated(None, False)


def translate(filter_: Filter, kind: Kind, rows: OrgReads, org: int, client: str) -> Translated:
    """The filter over what the store keeps of this kind."""
    if isinstance(filter_, Compare):  # as nearly all are
        return _comparer(filter_.path, filter_.comparison, kind)(filter_.value, rows, org, client)
    return _Translation(kind, rows, org, client).of(filter_)


class _Translation:
    """One filter on its way; looks up what names a resource directly."""

    def __init__(self, kind: Kind, rows: OrgReads, org: int, client: str) -> None:
        self._kind, self._rows, self._org, self._client = kind, rows, org, client

    def of(self, filter_: Filter) -> Translated:
        match filter_:
            case Compare(path, comparison, value):
                return _comparer(path, comparison, self._kind)(value, self._rows, self._org, self._client)
            case Present(path):
                return self._present(_resolve(path, self._kind))
            case Not(term):
                inner = self.of(term)
                return Translated(NoneOf(inner.condition), True) if inner.exact and inner.condition is not None else UNKNOWN
            case And(terms):
                return self._all([self.of(term) for term in terms])
            case Or(terms):
                return self._any([self.of(term) for term in terms])
            case ValuePath(path, inner_filter):
                return self._element(_resolve(path, self._kind), inner_filter)

    def _all(self, terms: list[Translated]) -> Translated:
        known = tuple(term.condition for term in terms if term.condition is not None)
        if not known:
            return UNKNOWN
        return Translated(AllOf(known) if len(known) > 1 else known[0], exact=all(term.exact for term in terms))

    def _any(self, terms: list[Translated]) -> Translated:
        known = tuple(term.condition for term in terms if term.condition is not None)
        if len(known) < len(terms):
            return UNKNOWN
        return Translated(AnyOf(known), exact=all(term.exact for term in terms))

    def _present(self, path: AttributePath | None) -> Translated:
        if path is None or path.attribute is None:
            return UNKNOWN
        key, leaf, _ = _leaf(path)
        slot = self._kind.slot_numbers.get(key)
        return Translated(SlotTest(slot, "pr"), True) if slot is not None and leaf is not None and leaf.textual else UNKNOWN

    def _element(self, path: AttributePath | None, inner: Filter) -> Translated:
        if path is None or path.attribute is None or path.sub is not None:
            return UNKNOWN
        terms = inner.terms if isinstance(inner, And) else (inner,)
        compared = {term.path.lower(): term for term in terms if isinstance(term, Compare) and isinstance(term.value, str)}
        complete = len(compared) == len(terms) and compared.keys() <= {"value", "type"}
        named = by_element(self._rows, self._org, self._kind.name, path_key(path), compared)
        if named is not None:
            return Translated(named, exact=len(terms) == 1)
        wanted = compared.get("value")
        if wanted is None or not isinstance(wanted.value, str):
            return UNKNOWN
        if path_key(path) == EXTERNAL_IDS:
            return self._external_id(compared)
        key, leaf, _ = _leaf(path)
        type_ = compared.get("type")
        if leaf is None or key not in self._kind.indexed_paths or wanted.comparison is Comparison.NE or not wanted.value:
            return UNKNOWN
        if type_ is not None and type_.comparison is not Comparison.EQ:
            type_, complete = None, False
        folded = wanted.value if leaf.case_exact else match_key(wanted.value)
        kind = match_key(str(type_.value)) if type_ is not None else None
        return Translated(ElementTest(key, wanted.comparison.value, folded, kind), exact=complete)

    def _external_id(self, compared: dict[str, Compare]) -> Translated:
        authority, value = compared.get("authority"), compared["value"].value
        if authority is None or any(term.comparison is not Comparison.EQ for term in compared.values()):
            return UNKNOWN
        assert isinstance(value, str)
        if authority.value == EXTERNAL_ID_AUTHORITY + self._client:
            # The mirror of externalId is stored nowhere else.
            return Translated(AmongNumbers(tuple(self._rows.find_external(self._org, self._kind.name, self._client, value))), False)
        row = external_ids_row(str(authority.value), value)
        return Translated(AmongNumbers(tuple(self._rows.find(self._org, self._kind.name, row.path, row.key))), False)


# Comparisons of one attribute


Comparer: TypeAlias = Callable[[Scalar, OrgReads, int, str], Translated]
"""What a comparison with a value means in an org (by key) for a client (by id)."""


def _unknown(_value: Scalar, _rows: OrgReads, _org: int, _client: str) -> Translated:
    return UNKNOWN


@lru_cache(COMPARERS_REMEMBERED)
def _comparer(path: str, comparison: Comparison, kind: Kind) -> Comparer:
    """How an attribute is compared, whatever with: worked out once."""
    found = _resolve(path, kind)
    if found is None or found.attribute is None:
        return _unknown
    key, leaf, _ = _leaf(found)
    if leaf is None:
        return _unknown
    if key == "active" and kind.name == "User" and comparison in (Comparison.EQ, Comparison.NE):
        return partial(_compare_state, comparison)
    if key == "meta.lastmodified":
        return partial(_compare_moment, comparison)
    named = _namer(key, kind.name) if comparison is Comparison.EQ else None
    if named is not None:
        return partial(_compare_name, named)
    return partial(_compare_text, key, leaf, comparison, kind)


def _compare_state(comparison: Comparison, value: Scalar, _rows: OrgReads, _org: int, _client: str) -> Translated:
    wanted = parse_boolean(value)
    if wanted is None:
        return UNKNOWN
    return Translated(SlotTest("state", "eq", "1" if (comparison is Comparison.EQ) is wanted else "0"), True)


def _compare_moment(comparison: Comparison, value: Scalar, _rows: OrgReads, _org: int, _client: str) -> Translated:
    moment = parse_date_time(value) if isinstance(value, str) else None
    if moment is None or comparison.value in ("co", "sw", "ew"):
        return UNKNOWN
    # What is kept has milliseconds; a finer moment is compared with the document.
    return Translated(SlotTest("modified", comparison.value, moment_text(moment)), exact=not moment.microsecond % 1000)


def _compare_name(named: Namer, value: Scalar, rows: OrgReads, org: int, client: str) -> Translated:
    return Translated(named(rows, org, client, value), True) if isinstance(value, str) else UNKNOWN


def _compare_text(
    key: str, leaf: Attribute, comparison: Comparison, kind: Kind, value: Scalar, _rows: OrgReads, _org: int, _client: str
) -> Translated:
    if not isinstance(value, str) or not leaf.textual:
        return UNKNOWN
    folded = value if leaf.case_exact else match_key(value)
    slot, indexed = kind.slot_numbers.get(key), key in kind.indexed_paths
    if slot is not None and not (indexed and comparison is Comparison.EQ):
        return Translated(SlotTest(slot, comparison.value, folded), True)
    if not indexed or (slot is None and not folded):
        return UNKNOWN
    if comparison is Comparison.NE:
        return Translated(NoneOf(ElementTest(key, "eq", folded)), True)
    return Translated(ElementTest(key, comparison.value, folded), True)


Namer: TypeAlias = Callable[[OrgReads, int, str, str], Condition]
"""The resources that a value names by itself, in an org, for a client."""


def _namer(key: str, type: str) -> Namer | None:
    """None when this attribute names no resources."""
    if key == "id":
        return lambda rows, org, client, value: _only(rows.number(org, type, value))
    if key == "externalid":
        return lambda rows, org, client, value: AmongNumbers(tuple(rows.find_external(org, type, client, value)))
    if (key, type) in (("username", "User"), ("displayname", "Group")):
        return lambda rows, org, client, value: HeldBy(match_key(value))
    by_membership = MEMBERSHIPS.get((type, key))
    return None if by_membership is None else lambda rows, org, client, value: by_membership(rows, org, value)


def _only(n: int | None) -> Condition:
    return AmongNumbers((n,) if n is not None else ())


def _resolve(path: str, kind: Kind) -> AttributePath | None:
    try:
        return parse_attribute_path(path, kind.resource_type)
    except ScimRefusal:
        return None  # the matcher refuses the filter with the reason


def _leaf(path: AttributePath) -> tuple[str, Attribute | None, AttributePath]:
    """The simple attribute that is compared: RFC 7644 §3.4.2.2 lets a complex attribute stand for its value sub-attribute."""
    assert path.attribute is not None
    if path.sub is None and path.attribute.type is Type.COMPLEX:
        sub = path.attribute.find("value")
        path = AttributePath(path.urn, path.attribute, sub)
        return path_key(path), sub, path
    return path_key(path), path.sub or path.attribute, path


def paths_of(filter_: Filter) -> Iterator[str]:
    """Every attribute path that a filter speaks of, as it was written."""
    match filter_:
        case Compare(path) | Present(path) | ValuePath(path):
            yield path
        case Not(term):
            yield from paths_of(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from paths_of(term)
