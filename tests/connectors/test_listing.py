"""Whole lists with proof: what moves, repeats, ends early or lies is never taken for whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from scripted_org import JumpingClock, Scripted, scripted_org

from joiner.connectors import listing as listing_module
from joiner.connectors.credentials import StaticToken
from joiner.connectors.exchange import Exchange
from joiner.connectors.listing import READS_MAX, Listing, Page, platform_pages, read_listing, read_total, scim_pages
from joiner.connectors.wire import AiohttpWire
from joiner.errors import Unreadable
from joiner.sync.pacing import Pace


def entries(*ids: str) -> tuple[dict[str, Any], ...]:
    return tuple({"id": entry} for entry in ids)


class Book:
    """A list as a sequence of pages; reading beyond the last one repeats it."""

    def __init__(self, *pages: Page) -> None:
        self.pages = pages
        self.asked: list[int] = []

    async def read(self, after: int) -> Page:
        self.asked.append(after)
        return self.pages[min(len(self.asked), len(self.pages)) - 1]


def read(*pages: Page) -> tuple[Listing, list[int]]:
    book = Book(*pages)
    return asyncio.run(read_listing(book.read)), book.asked


def test_contiguous_pages_make_a_whole_list() -> None:
    listing, asked = read(Page(3, entries("a", "b")), Page(3, entries("c")))
    assert listing == Listing(entries("a", "b", "c"), 3)
    assert asked == [0, 2]


def test_an_empty_list_is_whole() -> None:
    assert read(Page(0, ()))[0] == Listing((), 0)


def test_a_list_that_comes_to_rest_is_read_again_and_whole() -> None:
    listing, asked = read(Page(2, entries("a")), Page(3, entries("b")), Page(3, entries("a", "b", "c")))
    assert listing == Listing(entries("a", "b", "c"), 3)
    assert asked == [0, 1, 0]


@pytest.mark.parametrize(
    ("pages", "flaw"),
    [
        ((Page(3, entries("a", "b")), Page(3, entries("b"))), "the same entry came on two pages"),
        ((Page(2, entries("a", "b", "c")),), "3 entries came, the org says 2"),
        ((Page(3, entries("a")), Page(3, ())), "the list ended after 1 entries of 3"),
        ((Page(3, entries("a")), Page(4, entries("b"))), "the total moved from 3 to 4 while it was read"),
    ],
)
def test_a_list_that_never_comes_to_rest_is_not_whole(pages: tuple[Page, ...], flaw: str) -> None:
    listing, asked = read(*pages * READS_MAX)
    assert listing.flaw == flaw
    assert asked.count(0) == READS_MAX


def test_a_list_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "PAGES_MAX", 5)

    async def next_page(after: int) -> Page:
        return Page(1_000, entries(str(after)))

    assert asyncio.run(read_listing(next_page)).flaw == "more than 5 pages"


# ---------------------------------------------------------------- over HTTP


def over_http(kind: str, answers: Sequence[str]) -> tuple[Any, list[str]]:
    async def run() -> tuple[Any, list[str]]:
        async with scripted_org([Scripted(body=answer) for answer in answers]) as org, AiohttpWire() as wire:
            exchange = Exchange(wire, JumpingClock(), StaticToken("t"), pace=Pace(0.0), jitter=lambda: 0.0)
            if kind == "total":
                outcome: Any = await read_total(exchange, f"{org.url}/Users", "active eq false")
            elif kind == "scim":
                outcome = await read_listing(scim_pages(exchange, f"{org.url}/Users", 2, 'userName eq "a&b"'))
            else:
                outcome = await read_listing(platform_pages(exchange, f"{org.url}/roles", 100))
            return outcome, [seen.path for seen in org.seen]

    return asyncio.run(run())


def test_scim_pages_count_from_one_and_quote_the_filter() -> None:
    first = '{"totalResults": 3, "Resources": [{"id": "a"}, {"id": "b"}]}'
    listing, asked = over_http("scim", [first, '{"totalResults": 3, "Resources": [{"id": "c"}]}'])
    assert [document["id"] for document in listing.documents] == ["a", "b", "c"]
    suffix = "&filter=userName%20eq%20%22a%26b%22"
    assert asked == [f"/Users?startIndex=1&count=2{suffix}", f"/Users?startIndex=3&count=2{suffix}"]


def test_a_list_of_nothing_may_leave_resources_out() -> None:
    assert over_http("scim", ['{"totalResults": 0}'])[0] == Listing((), 0)


def test_a_total_is_asked_for_without_entries() -> None:
    total, asked = over_http("total", ['{"totalResults": 12, "Resources": []}'])
    assert (total, asked) == (12, ["/Users?startIndex=1&count=0&filter=active%20eq%20false"])


def test_platform_pages_follow_the_size_that_the_org_really_uses() -> None:
    pages = ['{"total": 5, "entities": [{"id": "1"}, {"id": "2"}]}', '{"total": 5, "entities": [{"id": "3"}, {"id": "4"}]}']
    listing, asked = over_http("platform", [*pages, '{"total": 5, "entities": [{"id": "5"}]}'])
    assert not listing.flaw
    assert asked == [f"/roles?pageSize=100&pageNumber={page}" for page in (1, 2, 3)]


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"totalResults": 1}',
        '{"totalResults": "1", "Resources": []}',
        '{"totalResults": true, "Resources": []}',
        '{"totalResults": -1, "Resources": []}',
        '{"totalResults": 99999999, "Resources": []}',
        '{"totalResults": 1, "Resources": {}}',
        '{"totalResults": 1, "Resources": ["a"]}',
        '{"totalResults": 1, "Resources": [{"id": ""}]}',
        '{"totalResults": 1, "Resources": [{"id": 7}]}',
    ],
)
def test_what_is_no_list_is_unreadable_and_never_an_empty_org(body: str) -> None:
    with pytest.raises(Unreadable):
        over_http("scim", [body])
