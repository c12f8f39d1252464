"""A SCIM client reads: one resource by id, or a list by filter and page (RFC 7644 §3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from joiner.genesys.attested import check_attested
from joiner.genesys.catalogue import Kind
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller
from joiner.journeys.findable import paths_of, translate
from joiner.journeys.keeping import missing
from joiner.journeys.showing import group_document, read_document, show, user_document
from joiner.scim.filter import Filter, parse_filter
from joiner.scim.matching import Predicate, compile_filter
from joiner.scim.messages import list_response
from joiner.scim.projection import Projection, parse_projection
from joiner.scim.refusals import InvalidValue
from joiner.scim.schema import Document
from joiner.scim.version import etag_matches
from joiner.store.org_port import Kept, OrgReads, OrgStore, Search, State

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
    return parse_projection(attributes, excluded, caller.kind(type_name).resource_type)


async def read_one(store: OrgStore, caller: Caller, type_name: str, id: str, query: Mapping[str, str], if_none_match: str | None) -> Shown:
    """One resource. Raises NotFound."""
    projection = projection_of(caller, type_name, query)

    def work(rows: OrgReads) -> Shown:
        kept = rows.resource(caller.org.key, type_name, id, caller.client.id)
        if kept is None or kept.state is State.DELETED:
            raise missing(type_name, id)
        if if_none_match is not None and etag_matches(if_none_match, kept.version):
            return Shown(kept, b"", known=True)
        return Shown(kept, show(rows, caller, type_name, (kept,), projection)[0])

    return await store.read(caller.org.key, work)


async def show_written(store: OrgStore, caller: Caller, type_name: str, kept: Kept, query: Mapping[str, str]) -> bytes:
    """A resource as it is right after this caller wrote it."""
    projection = projection_of(caller, type_name, query)
    return await store.read(caller.org.key, lambda rows: show(rows, caller, type_name, (kept,), projection)[0])


async def list_resources(store: OrgStore, caller: Caller, type_name: str, query: Mapping[str, str]) -> bytes:
    """A ListResponse. Totals count the whole result; the order is that of creation, and stable."""
    page = parse_page(caller, type_name, query)
    kind, offset = caller.kind(type_name), page.start_index - 1
    if page.filter is None:
        # Groups have no inactive state; of users strict lists the active ones only (genesys-cloud.md §1.1).
        search = Search(None, type_name == "User" and not caller.profile.list_shows_inactive, offset, page.limit)
        return await store.read(caller.org.key, lambda rows: _listed(rows, caller, kind, page, search))
    filter_, matches = _compile(caller.profile, kind, page.filter)
    return await store.read(caller.org.key, lambda rows: _searched(rows, caller, kind, page, filter_, matches), long=True)


def _listed(rows: OrgReads, caller: Caller, kind: Kind, page: Page, search: Search) -> bytes:
    found = rows.search(caller.org.key, kind.name, caller.client.id, search)
    return list_response(show(rows, caller, kind.name, found.page, page.projection), found.total, page.start_index)


def _searched(rows: OrgReads, caller: Caller, kind: Kind, page: Page, filter_: Filter, matches: Predicate) -> bytes:
    org, offset = caller.org.key, page.start_index - 1
    condition, exact = translate(filter_, kind, rows, org, caller.client.id)
    if exact:
        return _listed(rows, caller, kind, page, Search(condition, offset=offset, limit=page.limit))
    needs = _needs(filter_)
    scanned = rows.scan(org, kind.name, caller.client.id, condition)
    matched = [kept for kept in scanned if kept.state is not State.DELETED and matches(_seen(rows, caller, kind, kept, needs))]
    shown = show(rows, caller, kind.name, matched[offset : offset + page.limit], page.projection)
    return list_response(shown, len(matched), page.start_index)


@lru_cache(FILTERS_REMEMBERED)
def _compile(profile: Profile, kind: Kind, text: str) -> tuple[Filter, Predicate]:
    resource_type = kind.resource_type
    filter_ = parse_filter(text, unquoted=profile.unquoted_filter_values)
    if profile.attested_filters_only:
        check_attested(filter_, resource_type)
    return filter_, compile_filter(filter_, resource_type)


def _seen(rows: OrgReads, caller: Caller, kind: Kind, kept: Kept, needs: frozenset[str]) -> Document:
    """The document as the filter must see it: caller-dependent parts are joined only when the filter speaks of them."""
    if not needs:
        return read_document(kept)
    org, external_id = caller.org.key, kept.external_id
    if kind.name == "Group":
        return group_document(rows, caller, kept, external_id, with_members="members" in needs)
    groups = rows.groups_of(org, [kept.n]).get(kept.n, ()) if "groups" in needs else ()
    return user_document(caller, kept, external_id, groups)


_JOINED = ("externalid", "groups", "members", "meta")


def _needs(filter_: Filter) -> frozenset[str]:
    """Which caller-dependent parts a filter speaks of."""
    return frozenset(name for path in paths_of(filter_) for name in _JOINED if name in path.lower())


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
