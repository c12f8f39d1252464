"""A SCIM client reads: one resource by id, or a list by filter, order and page (RFC 7644 §3.4).

What the store can answer from what it keeps beside the documents, it answers alone; everything else is matched and sorted over the
documents, within named limits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from joiner.genesys.catalogue import Kind
from joiner.journeys.asked import Wanted, needs_of, order_by_store, parse_wanted
from joiner.journeys.authorise import Caller
from joiner.journeys.belonging import groups_of
from joiner.journeys.findable import translate
from joiner.journeys.keeping import missing
from joiner.journeys.paging import Cursors, Place, Slice, SortValue, cursors_for
from joiner.journeys.showing import View, group_document, own_document, read_document, show, user_document, view_of
from joiner.ports import Clock, Ids
from joiner.scim.messages import list_response
from joiner.scim.refusals import InvalidFilter, TooMany
from joiner.scim.schema import Document
from joiner.scim.search_request import ListParameters, parse_list_parameters, parse_search_request
from joiner.scim.sorting import Sort, parse_sort
from joiner.scim.version import etag_matches
from joiner.store.conditions import Condition, Search
from joiner.store.org_port import ACTIVE, DELETED, Found, Kept, OrgReads, OrgStore

SCANNED_MAX = 250_000
"""Documents that one request may look through when the store cannot answer alone."""

SORTED_MAX = 50_000
"""Documents that one request may sort when the order is by something that is kept in no column."""

SORTED_CHARACTERS_MAX = 200
"""So much of a text decides about its place; the store does the same, as it must fit into a cursor."""

MEMBERS_SCANNED_MAX = 250_000
"""Members that one request may look at in a filter that no index answers."""


class Shown(NamedTuple):
    """A resource as one caller sees it; ``known`` when he has this version already (304) and nothing was rendered."""

    kept: Kept
    body: bytes
    known: bool = False


class Asked(NamedTuple):
    """A list of one kind as asked for. ``active_only``: a list without a filter leaves inactive users out."""

    kind: Kind
    wanted: Wanted | None
    sort: Sort | None
    active_only: bool = False


class Window(NamedTuple):
    """Which part of the result is the page: behind an offset, or behind a place."""

    offset: int
    limit: int
    after: Place | None = None


class Listing(NamedTuple):
    """A list as asked for, read and checked: what is left to find out, the store knows."""

    asked: Asked
    view: View
    start_index: int
    window: Window
    """The page, where the request does not page by cursor."""
    paged: ListParameters | None = None
    """The request where it pages by cursor: cursors are bound to it."""

    def with_text(self, text: str) -> Listing:
        """The same list for another text in its filter. Only where the filter takes any, and not by cursor."""
        asked, view, start_index, window, _ = self
        kind, wanted, sort, active_only = asked
        assert wanted is not None
        return Listing(Asked(kind, wanted.with_text(text), sort, active_only), view, start_index, window)


def read_one(
    store: OrgStore, caller: Caller, type_name: str, id: str, query: Mapping[str, str], if_none_match: str | None
) -> Awaitable[Shown]:
    """One resource. Raises NotFound, and InvalidValue for the query."""
    view = view_of(caller, type_name, query)

    def work(rows: OrgReads) -> Shown:
        kept = rows.resource(caller.org.key, type_name, id, caller.client.id)
        if kept is None or kept.state is DELETED:
            raise missing(type_name, id)
        if if_none_match is not None and etag_matches(if_none_match, kept.version):
            return Shown(kept, b"", known=True)
        return Shown(kept, show(rows, caller, type_name, (kept,), view)[0])

    return store.read(caller.org.key, work)


def parameters_of(caller: Caller, query: Mapping[str, str]) -> ListParameters:
    """The parameters in a URL. The contract knows neither sorting nor cursors and ignores them, as any other name."""
    profile = caller.profile
    if query.get("filter") == "":
        raise InvalidFilter("The filter is empty. Leave it out to list everything: an empty one is more likely a mistake than a wish.")
    if not profile.standard_queries and query:
        query = {name: value for name, value in query.items() if name not in ("sortby", "sortorder", "cursor")}
    return parse_list_parameters(query, page_default=profile.page_default, page_max=profile.page_max)


def parameters_in(caller: Caller, body: Document) -> ListParameters:
    """The parameters in a SearchRequest message (RFC 7644 §3.4.3)."""
    return parse_search_request(body, page_default=caller.profile.page_default, page_max=caller.profile.page_max)


def listing_of(caller: Caller, type_name: str, parameters: ListParameters, *, in_url: bool) -> Listing:
    """Raises InvalidFilter and InvalidValue; Sensitive for a secret ``in_url``."""
    asked, view = asked_of(caller, type_name, parameters, in_url), view_in(caller, type_name, parameters)
    window = Window(parameters.start_index - 1, parameters.count)
    return Listing(asked, view, parameters.start_index, window, parameters if parameters.cursor is not None else None)


async def list_resources(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, listing: Listing) -> bytes:
    """A ListResponse of one type. Totals count the whole result; without ``sortBy`` the order is that of creation, and stable.

    Raises TooMany, InvalidCursor and ExpiredCursor.
    """
    asked, view, start_index, window, paged = listing
    type_name = asked.kind.name
    cursors = await cursors_for(store, clock, ids, caller, type_name, paged) if paged is not None else None
    if cursors is not None and paged is not None:
        window = _behind(cursors, paged)
    long = asked.wanted is not None or asked.sort is not None

    def work(rows: OrgReads) -> bytes:
        found = find(rows, caller, asked, window)
        shown = show(rows, caller, type_name, found.page, view)
        following = cursors.format(*found.last) if cursors is not None and found.last is not None else ""
        return list_response(shown, found.total, start_index if cursors is None else None, next_cursor=following)

    return await store.read(caller.org.key, work, long=long)


def asked_of(caller: Caller, type_name: str, parameters: ListParameters, in_url: bool) -> Asked:
    """The list as asked for. Raises InvalidFilter, InvalidValue and Sensitive."""
    kind = caller.kind(type_name)
    wanted = parse_wanted(caller.profile, kind, parameters.filter, in_url) if parameters.filter is not None else None
    sort = parse_sort(parameters.sort_by, parameters.descending, kind.resource_type) if parameters.sort_by is not None else None
    # Groups have no inactive state; of users strict lists the active ones only (genesys-cloud.md §1.1).
    return Asked(kind, wanted, sort, wanted is None and type_name == "User" and not caller.profile.list_shows_inactive)


def view_in(caller: Caller, type_name: str, parameters: ListParameters) -> View:
    """What to show of each resource of a list."""
    asked = {"attributes": parameters.attributes or "", "excludedattributes": parameters.excluded_attributes or ""}
    return view_of(caller, type_name, asked)


def _behind(cursors: Cursors, paged: ListParameters) -> Window:
    position = cursors.position(paged.cursor or "")
    return Window(0, paged.count, place_of(position[0], position[1]) if position else None)


def place_of(value: SortValue, n: SortValue) -> Place:
    """The place in a cursor that was verified, and so is one of ours."""
    assert isinstance(n, int)
    return Place(value, n)


# Finding


def find(rows: OrgReads, caller: Caller, asked: Asked, window: Window) -> Slice | Found:
    """A page of the resources that match, in the order asked for. Raises TooMany."""
    org, kind, client = caller.org.key, asked.kind, caller.client.id
    condition, exact = None, True
    if asked.wanted is not None:
        condition, exact = translate(asked.wanted.filter, kind, rows, org, client)
    order = order_by_store(asked.sort, kind)
    if not exact or (asked.sort is not None and order is None):
        return _by_documents(rows, caller, asked, condition, window)
    search = Search(condition, asked.active_only, window.offset, window.limit, order, window.after)  # type: ignore[arg-type]
    return rows.search(org, kind.name, client, search)


def _by_documents(rows: OrgReads, caller: Caller, asked: Asked, condition: Condition | None, window: Window) -> Slice:
    matched = matching(rows, caller, asked, condition)
    return _in_order_of_creation(matched, window) if asked.sort is None else _sorted(rows, caller, asked, matched, window)


def matching(rows: OrgReads, caller: Caller, asked: Asked, condition: Condition | None) -> Iterator[tuple[Kept, Document]]:
    """Live resources that match, with their documents, in order of creation. Raises TooMany."""
    wanted, kind = asked.wanted, asked.kind
    needs = wanted.needs if wanted is not None else frozenset[str]()
    matches = wanted.predicate() if wanted is not None else None
    seen = _Seen(rows, caller, kind, needs | needs_of([str(asked.sort.path)]) if asked.sort is not None else needs)
    for count, kept in enumerate(rows.scan(caller.org.key, kind.name, caller.client.id, condition)):
        if count >= SCANNED_MAX:
            raise TooMany(f"More than {SCANNED_MAX} resources would have to be looked through. Search by an attribute with an index.")
        if asked.active_only and kept.state is not ACTIVE:
            continue
        document = seen(kept)
        if matches is None or matches(document):
            yield kept, document


class _Seen:
    """Documents as a filter must see them: caller-dependent parts are joined only when the filter speaks of them."""

    def __init__(self, rows: OrgReads, caller: Caller, kind: Kind, needs: frozenset[str]) -> None:
        self._rows, self._caller, self._kind, self._needs = rows, caller, kind, needs
        self._members_left = MEMBERS_SCANNED_MAX

    def __call__(self, kept: Kept) -> Document:
        if not self._needs:
            return read_document(kept)
        if self._kind.name == "User":
            groups = groups_of(self._rows, self._caller, (kept,)).get(kept.n, ()) if "groups" in self._needs else ()
            return user_document(self._rows, self._caller, kept, groups)
        if self._kind.name == "Group":
            return self._group(kept)
        return own_document(self._caller, self._kind.name, kept)

    def _group(self, kept: Kept) -> Document:
        with_members = bool(self._needs & {"members", "$ref"})
        document = group_document(self._rows, self._caller, kept, with_members=with_members)
        self._members_left -= len(document.get("members", ()))
        if self._members_left < 0:
            raise TooMany(
                f"More than {MEMBERS_SCANNED_MAX} members would have to be looked through. "
                'Search by members.value eq "ID", which has an index.'
            )
        return document


def _in_order_of_creation(matched: Iterator[tuple[Kept, Document]], window: Window) -> Slice:
    total, more = 0, False
    page: list[Kept] = []
    behind = window.after.n if window.after is not None else -1
    for kept, _ in matched:
        total += 1
        if kept.n <= behind or total <= window.offset:
            continue
        if len(page) < window.limit:
            page.append(kept)
        else:
            more = True
    return Slice(total, page, Place(None, page[-1].n) if more and page else None)


def _sorted(rows: OrgReads, caller: Caller, asked: Asked, matched: Iterator[tuple[Kept, Document]], window: Window) -> Slice:
    sort = asked.sort
    assert sort is not None
    places: list[Place] = []
    for kept, document in matched:
        if len(places) >= SORTED_MAX:
            raise TooMany(
                f"More than {SORTED_MAX} resources would have to be sorted by {sort.path}. "
                "Narrow the filter, or sort by an attribute that is kept for it, such as userName or meta.lastModified."
            )
        places.append(Place(sort_value(sort, document), kept.n))
    places.sort(key=order_key, reverse=sort.descending)
    cut = [place for place in places if is_behind(place, window.after, sort.descending)] if window.after is not None else places
    chosen = cut[window.offset : window.offset + window.limit]
    by_number = {kept.n: kept for kept in rows.resources(caller.org.key, asked.kind.name, [place.n for place in chosen], caller.client.id)}
    follows = len(cut) > window.offset + len(chosen)
    return Slice(len(places), [by_number[place.n] for place in chosen], chosen[-1] if follows and chosen else None)


def sort_value(sort: Sort, document: Document) -> SortValue:
    """What a document is sorted by, as a cursor can hold it: times as text of one length in UTC, only the beginning of long texts."""
    key = sort.key(document)
    if key[0]:
        return None
    value: Any = key[1]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value[:SORTED_CHARACTERS_MAX] if isinstance(value, str) else value


def order_key(place: Place) -> tuple[Any, ...]:
    """Missing values come last when ascending, and so first when descending (RFC 7644 §3.4.2.3)."""
    return (1,) if place.value is None else (0, place.value)


def is_behind(place: Place, after: Place, descending: bool) -> bool:
    """Whether a place comes after another; equal values are in order of creation in both directions."""
    here, there = order_key(place), order_key(after)
    if here == there:
        return place.n > after.n
    return (here < there) is descending
