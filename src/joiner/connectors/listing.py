"""Reading a whole list by pages, with proof that it is whole: contiguous pages, one total, nobody twice, no error page.

A list that moves while it is read (somebody is created, deleted, shifted to another page) is read again; when it does not
come to rest, what was read is answered as incomplete. Every answer is untrusted: a list without progress is ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote as quote_url

from joiner.connectors.answers import unreadable
from joiner.connectors.exchange import Exchange
from joiner.connectors.port import HttpAnswer, HttpRequest

READS_MAX = 3
RESOURCES_MAX = 1_000_000
PAGES_MAX = 50_000

Document: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    total: int
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """All documents of a list, each id once. ``flaw`` says in words why it is not proven whole, "" if it is."""

    documents: tuple[Document, ...]
    total: int
    flaw: str = ""


ReadPage: TypeAlias = Callable[[int], Awaitable[Page]]
"""Reads the page that begins after so many documents."""


async def read_listing(read_page: ReadPage) -> Listing:
    """All pages, read again up to ``READS_MAX`` times in all while the list moves."""
    listing = await _read_once(read_page)
    for _ in range(READS_MAX - 1):
        if not listing.flaw:
            break
        listing = await _read_once(read_page)
    return listing


async def _read_once(read_page: ReadPage) -> Listing:
    first = await read_page(0)
    found: dict[str, Document] = {}
    seen, page = 0, first
    for _ in range(PAGES_MAX):
        seen += len(page.documents)
        for document in page.documents:
            found[document["id"]] = document
        if len(found) < seen:
            return _flawed(found, first.total, "the same entry came on two pages")
        if seen > first.total:
            return _flawed(found, first.total, f"{seen} entries came, the org says {first.total}")
        if seen == first.total:
            return Listing(tuple(found.values()), first.total)
        if not page.documents:
            return _flawed(found, first.total, f"the list ended after {seen} entries of {first.total}")
        page = await read_page(seen)
        if page.total != first.total:
            return _flawed(found, first.total, f"the total moved from {first.total} to {page.total} while it was read")
    return _flawed(found, first.total, f"more than {PAGES_MAX} pages")


def _flawed(found: Mapping[str, Document], total: int, flaw: str) -> Listing:
    return Listing(tuple(found.values()), total, flaw)


def scim_pages(exchange: Exchange, url: str, per_page: int, filter_text: str = "", *, fewer: int = 0) -> ReadPage:
    """Pages of a SCIM list (RFC 7644 §3.4.2.4): ``startIndex`` counts from 1, a server may answer with fewer than asked.

    ``fewer`` is the page size that is asked for from the first 429 on, 0 for none: Genesys answers it to large pages
    (genesys-cloud.md §1.2, ``count``).
    """
    suffix = f"&filter={quote_url(filter_text, safe='')}" if filter_text else ""
    size = per_page

    async def read_page(after: int) -> Page:
        nonlocal size
        address = f"{url}?startIndex={after + 1}&count={size}{suffix}"
        if fewer and size > fewer:
            less = f"{url}?startIndex={after + 1}&count={fewer}{suffix}"
            reply, was_less = await exchange.ask_for_less_if_throttled(address, less)
            size = fewer if was_less else size
        else:
            reply = await exchange.ask("GET", address)
        return _read_page(reply.document, address, "totalResults", "Resources")

    return read_page


async def read_total(exchange: Exchange, url: str, filter_text: str = "") -> int:
    """How many entries a SCIM list has, without reading them (``count=0``)."""
    return (await scim_pages(exchange, url, 0, filter_text)(0)).total


def platform_pages(exchange: Exchange, url: str, per_page: int) -> ReadPage:
    """Pages of a Genesys Platform API listing: ``pageNumber`` counts from 1, ``entities`` and ``total`` come back.

    Page numbers follow the size of the first page, because a server may cut ``pageSize`` without a word.
    """
    page_size = per_page

    async def read_page(after: int) -> Page:
        nonlocal page_size
        address = f"{url}?pageSize={per_page}&pageNumber={after // page_size + 1}"
        page = _read_page((await exchange.ask("GET", address)).document, address, "total", "entities")
        if not after:
            page_size = len(page.documents) or per_page
        return page

    return read_page


def _read_page(document: Document, address: str, total_name: str, entries_name: str) -> Page:
    """Raises Unreadable for anything that is no list: a page that merely looks empty would make people look absent."""
    total, entries = document.get(total_name), document.get(entries_name)
    if entries is None and total == 0:
        entries = []  # RFC 7644 §3.4.2: Resources may be left out when nothing is there
    if isinstance(total, bool) or not isinstance(total, int) or not 0 <= total <= RESOURCES_MAX or not isinstance(entries, list):
        raise unreadable(HttpRequest("GET", address), HttpAnswer(200), f"a list without {total_name} or {entries_name}")
    if not all(isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"] for entry in entries):
        raise unreadable(HttpRequest("GET", address), HttpAnswer(200), "a list with entries that have no id")
    return Page(total, tuple(entries))
