"""A SCIM client reads: one resource by id, or a list by filter and page (RFC 7644 §3.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from joiner.genesys.attested import check_attested
from joiner.genesys.profile import PROFILES
from joiner.journeys.authorise import Caller
from joiner.journeys.findable import Kind, candidates, kind_of
from joiner.journeys.keeping import missing
from joiner.journeys.showing import group_document, read_document, show, user_document
from joiner.ports import Clock
from joiner.scim.filter import And, Compare, Filter, Not, Or, Present, ValuePath, parse_filter
from joiner.scim.matching import Predicate, compile_filter
from joiner.scim.messages import list_response
from joiner.scim.projection import Projection, parse_projection
from joiner.scim.refusals import InvalidValue
from joiner.scim.schema import Document
from joiner.scim.version import etag_matches
from joiner.store.org_port import Kept, OrgReads, OrgStore, State

SCAN_PAUSE_ROWS = 500
"""After so many rows of a search other requests get their turn."""

START_INDEX_MAX = 2**53
FILTERS_REMEMBERED = 512


class Page(NamedTuple):
    """The list parameters as asked for, already within limits."""

    start_index: int
    limit: int
    projection: Projection | None
    filter: str | None


class Shown(NamedTuple):
    """A resource as one caller sees it; ``known`` when he has this version already (304) and nothing was rendered."""

    kept: Kept
    body: bytes
    known: bool = False


def parse_page(caller: Caller, type_name: str, query: Mapping[str, str]) -> Page:
    """startIndex below 1 is 1, a negative count is 0, a count above the maximum is the maximum (RFC 7644 §3.4.2.4)."""
    profile = caller.profile
    start_index = min(max(_integer(query, "startindex", 1), 1), START_INDEX_MAX)
    count = min(max(_integer(query, "count", profile.page_default), 0), profile.page_max)
    return Page(start_index, count, projection_of(caller, type_name, query), query.get("filter"))


def projection_of(caller: Caller, type_name: str, query: Mapping[str, str]) -> Projection | None:
    """None when the client asks for nothing special."""
    attributes, excluded = query.get("attributes"), query.get("excludedattributes")
    if not attributes and not excluded:
        return None
    return parse_projection(attributes, excluded, kind_of(caller.profile.name, type_name).resource_type)


def read_one(store: OrgStore, caller: Caller, type_name: str, id: str, query: Mapping[str, str], if_none_match: str | None) -> Shown:
    """One resource. Raises NotFound."""
    rows = store.reads()
    kept = rows.resource(caller.org.key, type_name, id)
    if kept is None or kept.state is State.DELETED:
        raise missing(type_name, id)
    if if_none_match is not None and etag_matches(if_none_match, kept.version):
        return Shown(kept, b"", known=True)
    return Shown(kept, show(rows, caller, type_name, [kept], projection_of(caller, type_name, query))[0])


def show_written(store: OrgStore, caller: Caller, type_name: str, kept: Kept, query: Mapping[str, str]) -> bytes:
    """A resource as it is right after this caller wrote it."""
    return show(store.reads(), caller, type_name, [kept], projection_of(caller, type_name, query))[0]


async def list_resources(store: OrgStore, clock: Clock, caller: Caller, type_name: str, query: Mapping[str, str]) -> bytes:
    """A ListResponse. Totals count the whole result; the order is that of creation, and stable."""
    page = parse_page(caller, type_name, query)
    rows = store.reads()
    org, offset = caller.org.key, page.start_index - 1
    if page.filter is None:
        # Groups have no inactive state; of users strict lists the active ones only (genesys-cloud.md §1.1).
        active_only = type_name == "User" and not caller.profile.list_shows_inactive
        total = rows.count(org, type_name, active_only)
        found = rows.page(org, type_name, active_only, offset, page.limit) if page.limit and offset < total else ()
    else:
        matched = await _search(store, clock, caller, kind_of(caller.profile.name, type_name), page.filter)
        total, found = len(matched), matched[offset : offset + page.limit]
    return list_response(show(rows, caller, type_name, found, page.projection), total, page.start_index)


async def _search(store: OrgStore, clock: Clock, caller: Caller, kind: Kind, text: str) -> list[Kept]:
    filter_, matches = _compile(caller.profile.name, kind.name, text)
    rows, org = store.reads(), caller.org.key
    numbers = candidates(filter_, kind.resource_type, rows, org, caller.client.id)
    needs = _needs(filter_)
    found = rows.scan(org, kind.name) if numbers is None else _live(rows, org, kind, numbers)
    pause = 1 if "members" in needs else SCAN_PAUSE_ROWS  # one group may have a hundred thousand members
    matched: list[Kept] = []
    for position, kept in enumerate(found, 1):
        if matches(_seen(rows, caller, kind, kept, needs)):
            matched.append(kept)
        if position % pause == 0:
            await clock.sleep(0)
    return matched


def _live(rows: OrgReads, org: int, kind: Kind, numbers: list[int]) -> Iterator[Kept]:
    """Resources by number, read in stretches: an index may name everybody (division eq "Home")."""
    for start in range(0, len(numbers), SCAN_PAUSE_ROWS):
        stretch = rows.resources(org, kind.name, numbers[start : start + SCAN_PAUSE_ROWS])
        yield from (kept for kept in stretch if kept.state is not State.DELETED)


@lru_cache(FILTERS_REMEMBERED)
def _compile(profile_name: str, type_name: str, text: str) -> tuple[Filter, Predicate]:
    profile, resource_type = PROFILES[profile_name], kind_of(profile_name, type_name).resource_type
    filter_ = parse_filter(text, unquoted=profile.unquoted_filter_values)
    if profile.attested_filters_only:
        check_attested(filter_, resource_type)
    return filter_, compile_filter(filter_, resource_type)


def _seen(rows: OrgReads, caller: Caller, kind: Kind, kept: Kept, needs: frozenset[str]) -> Document:
    """The document as the filter must see it: caller-dependent parts are joined only when the filter speaks of them."""
    if not needs:
        return read_document(kept)
    org = caller.org.key
    external_id = rows.external_ids(org, kind.name, caller.client.id, [kept.n]).get(kept.n) if "externalid" in needs else None
    if kind.name == "Group":
        return group_document(rows, caller, kept, external_id, with_members="members" in needs)
    groups = rows.groups_of(org, [kept.n]).get(kept.n, ()) if "groups" in needs else ()
    return user_document(caller, kept, external_id, groups)


_JOINED = ("externalid", "groups", "members", "meta")


def _needs(filter_: Filter) -> frozenset[str]:
    """Which caller-dependent parts a filter speaks of."""
    return frozenset(name for path in _paths(filter_) for name in _JOINED if name in path.lower())


def _paths(filter_: Filter) -> Iterator[str]:
    match filter_:
        case Compare(path) | Present(path) | ValuePath(path):
            yield path
        case Not(term):
            yield from _paths(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from _paths(term)


def _integer(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    try:
        return int(text) if len(text) <= 20 else (START_INDEX_MAX if not text.startswith("-") and text.isdigit() else _no_integer(name))
    except ValueError:
        return _no_integer(name)


def _no_integer(name: str) -> int:
    raise InvalidValue(f"{'startIndex' if name == 'startindex' else name} must be a whole number.")
