"""A query of the base URL, or ``/.search`` below it: over all types of resource at once (RFC 7644 §3.4.2.1, §3.4.3).

Types follow each other in the order of /ResourceTypes, unless ``sortBy`` mixes them. An attribute that a type does not have counts
there as one without a value. Types that the client may not read are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from joiner.auth.permissions import may
from joiner.genesys.catalogue import Kind
from joiner.genesys.permissions import OWN_TYPES, permissions_for
from joiner.journeys.asked import Wanted, check_no_secret, wanted_of
from joiner.journeys.authorise import Caller
from joiner.journeys.findable import paths_of
from joiner.journeys.paging import Place, SortValue, cursors_for
from joiner.journeys.search import SORTED_MAX, Asked, Window, find, matching, place_of, sort_value, view_in
from joiner.journeys.showing import show
from joiner.ports import Clock, Ids
from joiner.scim.filter import And, Compare, Comparison, Filter, Not, Or, Present, ValuePath, parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.messages import list_response
from joiner.scim.path import parse_attribute_path
from joiner.scim.refusals import InvalidFilter, InvalidPath, InvalidValue, TooMany
from joiner.scim.search_request import ListParameters
from joiner.scim.sorting import Sort, parse_sort
from joiner.store.org_port import Kept, Listed, OrgReads, OrgStore


class _Everywhere(NamedTuple):
    """The page over all types. ``last`` is (type, value, number) of its last resource, None when nothing follows."""

    total: int
    page: Sequence[tuple[Kind, Listed]]
    last: tuple[SortValue, ...] | None


async def list_everything(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, parameters: ListParameters, *, in_url: bool = True
) -> bytes:
    """A ListResponse of all types that the client may read. Raises what ``search.list_resources`` raises."""
    asked = _asked(caller, readable_kinds(caller), parameters, in_url)
    views = {each.kind: view_in(caller, each.kind.name, parameters) for each in asked}
    cursors = await cursors_for(store, clock, ids, caller, "", parameters)
    position = cursors.position(parameters.cursor or "") if cursors is not None else ()
    offset = parameters.start_index - 1 if cursors is None else 0

    def work(rows: OrgReads) -> bytes:
        gather = _mixed if parameters.sort_by is not None else _in_turn
        found = gather(rows, caller, asked, offset, parameters.count, position)
        shown = [show(rows, caller, kind.name, (kept,), views[kind])[0] for kind, kept in found.page]
        following = cursors.format(*found.last) if cursors is not None and found.last is not None else ""
        return list_response(shown, found.total, parameters.start_index if cursors is None else None, next_cursor=following)

    return await store.read(caller.org.key, work, long=True)


def readable_kinds(caller: Caller) -> list[Kind]:
    """The kinds that this client may read."""
    held = caller.client.permissions
    return [kind for kind in caller.catalogue.kinds if may(held, permissions_for("GET", OWN_TYPES if kind.own else kind.path))]


# What is asked of each type


def _asked(caller: Caller, kinds: Sequence[Kind], parameters: ListParameters, in_url: bool) -> list[Asked]:
    sorts = _sorts(kinds, parameters)
    if parameters.filter is None:
        return [Asked(kind, None, sorts.get(kind)) for kind in kinds]
    filter_ = parse_filter(parameters.filter, unquoted=caller.profile.unquoted_filter_values)
    _check_known(filter_, caller.catalogue.kinds)
    asked = []
    for kind in kinds:
        if in_url:
            check_no_secret(filter_, kind)
        left = reduce_filter(filter_, kind)
        if left is not False:
            wanted: Wanted | None = wanted_of(left, kind) if not isinstance(left, bool) else None
            asked.append(Asked(kind, wanted, sorts.get(kind)))
    return asked


def _sorts(kinds: Sequence[Kind], parameters: ListParameters) -> Mapping[Kind, Sort]:
    if parameters.sort_by is None:
        return {}
    found: dict[Kind, Sort] = {}
    refused: InvalidValue | None = None
    for kind in kinds:
        try:
            found[kind] = parse_sort(parameters.sort_by, parameters.descending, kind.resource_type)
        except InvalidValue as refusal:
            refused = refusal
    if refused is not None and not found:
        raise refused
    return found


def _check_known(filter_: Filter, kinds: Sequence[Kind]) -> None:
    """An attribute that no type has is a mistake and not an absent value."""
    for path in paths_of(filter_):
        if not any(_knows(kind, path) for kind in kinds):
            raise InvalidFilter(f"The filter cannot be used: {path[:80]} is an attribute of no type of resource here.")


def _knows(kind: Kind, path: str) -> bool:
    try:
        parse_attribute_path(path, kind.resource_type)
    except InvalidPath:
        return False
    return True


def reduce_filter(filter_: Filter, kind: Kind) -> Filter | bool:
    """The filter with what is certain for this kind taken out of it: attributes that it does not have, and its own name."""
    match filter_:
        case Compare(path, comparison, value):
            if _knows(kind, path):
                return _of_type(filter_, kind)
            return (comparison is Comparison.EQ) if value is None else (comparison is Comparison.NE)
        case Present(path) | ValuePath(path):
            return filter_ if _knows(kind, path) else False
        case Not(term):
            inner = reduce_filter(term, kind)
            return not inner if isinstance(inner, bool) else Not(inner)
        case And(terms):
            return _joined(And, [reduce_filter(term, kind) for term in terms], deciding=False)
        case Or(terms):
            return _joined(Or, [reduce_filter(term, kind) for term in terms], deciding=True)


def _of_type(compare: Compare, kind: Kind) -> Filter | bool:
    found = parse_attribute_path(compare.path, kind.resource_type)
    if str(found) != "meta.resourceType":
        return compare
    return compile_filter(compare, kind.resource_type)({"meta": {"resourceType": kind.name}})


def _joined(join: type[And | Or], terms: list[Filter | bool], *, deciding: bool) -> Filter | bool:
    if any(term is deciding for term in terms):
        return deciding
    left = [term for term in terms if not isinstance(term, bool)]
    if not left:
        return not deciding
    return left[0] if len(left) == 1 else join(tuple(left))


# Finding


def _in_turn(rows: OrgReads, caller: Caller, asked: Sequence[Asked], offset: int, limit: int, position: Sequence[SortValue]) -> _Everywhere:
    """Type after type, each in order of creation."""
    total, follows = 0, False
    page: list[tuple[Kind, Listed]] = []
    passed = bool(position)  # types before the one in which the last page ended were shown in full
    for each in asked:
        window = Window(max(offset - total, 0), limit - len(page))
        if passed:
            here = each.kind.name == position[0]
            window = Window(0, limit if here else 0, place_of(None, position[2]) if here else None)
            passed = not here
            found = find(rows, caller, each, window)
            follows = follows or (here and found.last is not None)
        else:
            found = find(rows, caller, each, window)
            follows = follows or found.last is not None or (window.limit == 0 and found.total > 0)
        total += found.total
        page += [(each.kind, kept) for kept in found.page]
    return _Everywhere(total, page, (page[-1][0].name, None, page[-1][1].n) if follows and page else None)


class _Spot(NamedTuple):
    key: tuple[Any, ...]
    turn: int
    place: Place


def _mixed(rows: OrgReads, caller: Caller, asked: Sequence[Asked], offset: int, limit: int, position: Sequence[SortValue]) -> _Everywhere:
    """All types in one order; equal values by type, then by creation."""
    spots: list[_Spot] = []
    for turn, each in enumerate(asked):
        for kept, document in matching(rows, caller, each, None):
            if len(spots) >= SORTED_MAX:
                raise TooMany(
                    f"More than {SORTED_MAX} resources would have to be sorted. Narrow the filter, or search one type of resource."
                )
            place = Place(sort_value(each.sort, document) if each.sort is not None else None, kept.n)
            spots.append(_Spot(_order_key(place.value), turn, place))
    descending = any(each.sort is not None and each.sort.descending for each in asked)
    spots.sort(key=lambda spot: spot.key, reverse=descending)
    total = len(spots)
    if position:
        turns = {each.kind.name: turn for turn, each in enumerate(asked)}
        here = _Spot(_order_key(position[1]), turns.get(str(position[0]), -1), place_of(position[1], position[2]))
        spots = [spot for spot in spots if _is_behind(spot, here, descending)]
    chosen = spots[offset : offset + limit]
    page = [(asked[spot.turn].kind, _read(rows, caller, asked[spot.turn].kind, spot.place.n)) for spot in chosen]
    last = chosen[-1] if chosen and len(spots) > offset + len(chosen) else None
    return _Everywhere(total, page, (asked[last.turn].kind.name, *last.place) if last is not None else None)


def _read(rows: OrgReads, caller: Caller, kind: Kind, n: int) -> Kept:
    return rows.resources(caller.org.key, kind.name, (n,), caller.client.id)[0]


def _order_key(value: SortValue) -> tuple[Any, ...]:
    """Two types may have attributes of one name and different kinds of value: text comes after numbers."""
    return (1,) if value is None else (0, isinstance(value, str), value)


def _is_behind(spot: _Spot, here: _Spot, descending: bool) -> bool:
    if spot.key == here.key:
        return (spot.turn, spot.place.n) > (here.turn, here.place.n)
    return (spot.key < here.key) is descending
