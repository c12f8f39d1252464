"""Lists that a client asked for before: what its query means is worked out once.

Clients ask the same question about one person after another. A query whose filter compares with one text is remembered for every
text, by what stands before it and behind it::

    filter=userName%20eq%20%22  aino@northlight.example  %22&count=1
    ───────── before ─────────  ──────── text ─────────  ─ behind ──

No text is remembered: it may name a person.
"""

from __future__ import annotations

import msgspec

from joiner.errors import ScimRefusal
from joiner.journeys.authorise import Caller
from joiner.journeys.search import Listing, listing_of, parameters_of
from joiner.journeys.trail import Trail
from joiner.scim.filter import FILTER_CHARACTERS_MAX, Compare, is_plain
from joiner.web.query import decode_part, parse_query

LISTS_REMEMBERED_MAX = 64
"""Of a client and an endpoint."""

_QUOTE = "%22"
_PROBES = ("x", "y")


class KnownLists:
    """What was asked of one kind of resource by one client, as long as neither he nor the kind changes."""

    __slots__ = ("_forms", "_whole")

    def __init__(self) -> None:
        self._whole: dict[str, Listing] = {}
        self._forms: dict[tuple[str, str], Listing | None] = {}

    def read(self, caller: Caller, type_name: str, query: str) -> Listing:
        """The list that a query asks for. Raises InvalidFilter, InvalidValue, InvalidCount and Sensitive."""
        known = self._whole.get(query)
        if known is not None:
            return known
        cut = _cut(query)
        if cut is None:
            return self._learn_whole(caller, type_name, query)
        before, text, behind = cut
        form = self._forms.get((before, behind))
        if form is not None:
            return form.with_text(text)
        listing = _read(caller, type_name, query)
        if (before, behind) not in self._forms:
            _make_room(self._forms)
            self._forms[before, behind] = _form(caller, type_name, before, behind)
        return listing

    def _learn_whole(self, caller: Caller, type_name: str, query: str) -> Listing:
        noticed = caller.trail.oddities
        listing = _read(caller, type_name, query)
        if listing.paged is None and caller.trail.oddities == noticed and _QUOTE not in query and '"' not in query:
            _make_room(self._whole)
            self._whole[query] = listing
        return listing


def _read(caller: Caller, type_name: str, query: str) -> Listing:
    parameters = parse_query(query)
    caller.trail.look_at_query(parameters, caller.client.connection)
    return listing_of(caller, type_name, parameters_of(caller, parameters), in_url=True)


def _cut(query: str) -> tuple[str, str, str] | None:
    """A query with one quoted text, cut around it; None when it has none or several, or one that filters write with escapes."""
    first, last = query.find(_QUOTE), query.rfind(_QUOTE)
    if first == last or len(query) > FILTER_CHARACTERS_MAX:
        return None
    written = query[first + len(_QUOTE) : last]
    if "&" in written:
        return None
    text = decode_part(written)
    return (query[: first + len(_QUOTE)], text, query[last:]) if is_plain(text) else None


def _form(caller: Caller, type_name: str, before: str, behind: str) -> Listing | None:
    """The list with a text of our own in this place; None unless this text is what the filter compares with, whichever it is."""
    forms = [_probe(caller, type_name, before + text + behind) for text in _PROBES]
    fits = all(form is not None and _compared(form) == text for form, text in zip(forms, _PROBES, strict=True))
    return forms[0] if fits else None


def _probe(caller: Caller, type_name: str, query: str) -> Listing | None:
    """What a query would ask for; None where it is odd or refused. Nothing of it is noticed."""
    unnoticed = msgspec.structs.replace(caller, trail=Trail())
    try:
        listing = _read(unnoticed, type_name, query)
    except ScimRefusal:
        return None
    return listing if not unnoticed.trail.oddities and listing.paged is None else None


def _compared(listing: Listing) -> object:
    """What the filter compares an attribute with, where it could be any text."""
    wanted = listing.asked.wanted
    if wanted is None or not wanted.any_text:
        return None
    assert isinstance(wanted.filter, Compare), "no other takes any text"
    return wanted.filter.value


def _make_room(known: dict[str, Listing] | dict[tuple[str, str], Listing | None]) -> None:
    if len(known) >= LISTS_REMEMBERED_MAX:
        known.clear()
