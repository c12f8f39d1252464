"""Which filters the store can answer alone, from what is kept beside the documents (``indexing``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from joiner.errors import ScimRefusal
from joiner.genesys.catalogue import Kind, path_key
from joiner.genesys.contract import EXTERNAL_ID_AUTHORITY
from joiner.journeys.findable_members import by_element, by_membership
from joiner.journeys.indexing import EXTERNAL_IDS, external_ids_row
from joiner.journeys.keeping import moment_text
from joiner.scim.filter import And, Compare, Comparison, Filter, Not, Or, Present, Scalar, ValuePath
from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.schema import Attribute, Type
from joiner.scim.values import match_key, parse_boolean, parse_date_time
from joiner.store.conditions import AllOf, AmongNumbers, AnyOf, Condition, ElementTest, NoneOf, SlotTest
from joiner.store.org_port import OrgReads


class Translated(NamedTuple):
    """A filter as the store understands it. ``exact``: the condition says all of it; else it only narrows what must be looked at."""

    condition: Condition | None
    exact: bool


UNKNOWN = Translated(None, exact=False)


def translate(filter_: Filter, kind: Kind, rows: OrgReads, org: int, client: str) -> Translated:
    """The filter over what the store keeps of this kind."""
    return _Translation(kind, rows, org, client).of(filter_)


class _Translation:
    """One filter on its way; looks up what names a resource directly."""

    def __init__(self, kind: Kind, rows: OrgReads, org: int, client: str) -> None:
        self._kind, self._rows, self._org, self._client = kind, rows, org, client

    def of(self, filter_: Filter) -> Translated:
        match filter_:
            case Compare(path, comparison, value):
                return self._compare(self._resolve(path), comparison, value)
            case Present(path):
                return self._present(self._resolve(path))
            case Not(term):
                inner = self.of(term)
                return Translated(NoneOf(inner.condition), exact=True) if inner.exact and inner.condition is not None else UNKNOWN
            case And(terms):
                return self._all([self.of(term) for term in terms])
            case Or(terms):
                return self._any([self.of(term) for term in terms])
            case ValuePath(path, inner_filter):
                return self._element(self._resolve(path), inner_filter)

    def _resolve(self, path: str) -> AttributePath | None:
        try:
            return parse_attribute_path(path, self._kind.resource_type)
        except ScimRefusal:
            return None  # the matcher refuses the filter with the reason

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

    def _compare(self, path: AttributePath | None, comparison: Comparison, value: Scalar) -> Translated:
        if path is None or path.attribute is None:
            return UNKNOWN
        key, leaf, path = self._leaf(path)
        if leaf is None:
            return UNKNOWN
        if key == "active" and self._kind.name == "User" and comparison in (Comparison.EQ, Comparison.NE):
            wanted = parse_boolean(value)
            test = "eq" if (comparison is Comparison.EQ) == bool(wanted) else "ne"
            return Translated(SlotTest("state", "eq", "1" if test == "eq" else "0"), exact=True) if wanted is not None else UNKNOWN
        if not isinstance(value, str):
            return UNKNOWN
        if key == "meta.lastmodified":
            return _modified(comparison, value)
        if comparison is Comparison.EQ and (named := self._named(key, value)) is not None:
            return Translated(named, exact=True)
        folded = value if leaf.case_exact else match_key(value)
        slot = self._kind.slot_numbers.get(key)
        if slot is not None and leaf.textual:
            if comparison is Comparison.EQ and key in self._kind.indexed_paths:
                return Translated(ElementTest(key, "eq", folded), exact=True)
            return Translated(SlotTest(slot, comparison.value, folded), exact=True)
        if key in self._kind.indexed_paths and leaf.textual and folded:
            if comparison is Comparison.NE:
                return Translated(NoneOf(ElementTest(key, "eq", folded)), exact=True)
            return Translated(ElementTest(key, comparison.value, folded), exact=True)
        return UNKNOWN

    def _leaf(self, path: AttributePath) -> tuple[str, Attribute | None, AttributePath]:
        """The simple attribute that is compared: RFC 7644 §3.4.2.2 lets a complex attribute stand for its value sub-attribute."""
        assert path.attribute is not None
        if path.sub is None and path.attribute.type is Type.COMPLEX:
            sub = path.attribute.find("value")
            path = AttributePath(path.urn, path.attribute, sub)
            return path_key(path), sub, path
        return path_key(path), path.sub or path.attribute, path

    def _named(self, key: str, value: str) -> Condition | None:
        """The resources that a value names by itself; None when this attribute names none."""
        rows, org, type = self._rows, self._org, self._kind.name
        if key == "id":
            n = rows.number(org, type, value)
        elif key == "externalid":
            return AmongNumbers(tuple(rows.find_external(org, type, self._client, value)))
        elif (key, type) in (("username", "User"), ("displayname", "Group")):
            n = rows.holder(org, type, match_key(value))
        else:
            return by_membership(rows, org, type, key, value)
        return AmongNumbers((n,) if n is not None else ())

    def _present(self, path: AttributePath | None) -> Translated:
        if path is None or path.attribute is None:
            return UNKNOWN
        key, leaf, _ = self._leaf(path)
        slot = self._kind.slot_numbers.get(key)
        return Translated(SlotTest(slot, "pr"), exact=True) if slot is not None and leaf is not None and leaf.textual else UNKNOWN

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
        key, leaf, _ = self._leaf(path)
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
            return Translated(AmongNumbers(tuple(self._rows.find_external(self._org, self._kind.name, self._client, value))), exact=False)
        row = external_ids_row(str(authority.value), value)
        return Translated(AmongNumbers(tuple(self._rows.find(self._org, self._kind.name, row.path, row.key))), exact=False)


def _modified(comparison: Comparison, value: str) -> Translated:
    moment = parse_date_time(value)
    if moment is None or comparison.value in ("co", "sw", "ew"):
        return UNKNOWN
    # What is kept has milliseconds; a finer moment is compared with the document.
    return Translated(SlotTest("modified", comparison.value, moment_text(moment)), exact=not moment.microsecond % 1000)


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
