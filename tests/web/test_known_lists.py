"""A list read from a remembered form is the list that its query asks for, whatever text it compares with."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from org_fixtures import Rehearsal

from joiner.dialects.connection import Connection
from joiner.errors import ScimRefusal
from joiner.genesys.catalogue import catalogue_of
from joiner.journeys.authorise import Caller, profile_for
from joiner.journeys.search import Listing, listing_of, parameters_of
from joiner.journeys.trail import Trail
from joiner.store.org_port import Client, Org
from joiner.web.known_lists import LISTS_REMEMBERED_MAX, KnownLists
from joiner.web.query import parse_query

PATHS = ("userName", "externalId", "emails.value", "emails", "title", "active", "meta.lastModified", "name", "nobody", "password", "groups")
TEXTS = ("aino@northlight.example", "x", "y", "", "true", "Åsa Öberg", "é", "a b", "100%", "a&b", 'a"b', "a\\b", "a\nb", "%22", "ΑΣ")
RAW = ("a+b", "a%", "a%2", "%C3", "%C3%A5", "%e2%82", "%ff", "%00", "%5C", "a%26b", "%2522", "a=b", "ä", "k" * 5000)
SHAPES = (
    "filter={path}{_}{op}{_}{q}{text}{q}",
    "filter={path}{_}{op}{_}{q}{text}{q}&count=1",
    "count=1&Filter={path}{_}{op}{_}{q}{text}{q}&startIndex=2",
    "filter={path}{_}{op}{_}{q}{text}{q}&cursor",
    "filter={path}{_}{op}{_}{q}{text}{q}&attributes=userName",
    "filter={path}{_}{op}{_}{q}{text}{q}&sortBy=title",
    "filter=({path}{_}{op}{_}{q}{text}{q})",
    "filter=not{_}({path}{_}{op}{_}{q}{text}{q})",
    "filter={path}{_}{op}{_}{q}{text}{q}{_}and{_}active{_}eq{_}true",
    "filter=title{_}eq{_}x&attributes={q}{text}{q}",
    "filter=title{_}pr&filter={path}{_}{op}{_}{q}{text}{q}",
    "attributes={q}{text}{q}&filter={path}{_}pr",
    "filter=emails[type{_}eq{_}{q}{text}{q}]",
    "filter=title{_}eq{_}x",
    'filter=title{_}eq{_}"x"&attributes={q}{text}{q}',
    "startIndex=2&count=7",
    "filter=active{_}eq{_}true",
)


def caller_with(settings: dict[str, Any], trail: Trail) -> Caller:
    connection = Connection(**settings)
    client = Client(1, "c", "okta", "", frozenset(), True, connection)
    org, catalogue = Org(1, "north", "", "extended", True), catalogue_of("extended")
    return Caller(org, profile_for("extended", connection), client, "", "", catalogue, trail=trail)


def asked(read: Any, settings: dict[str, Any], query: str) -> tuple[Any, ...]:
    """What came of reading a query: all of the list but predicates, and what was noticed; or why it was refused."""
    trail = Trail()
    try:
        listing: Listing = read(caller_with(settings, trail), "User", query)
    except ScimRefusal as refusal:
        return (type(refusal), refusal.detail)
    kind, wanted, sort, active_only = listing.asked
    found = wanted and (wanted.filter, wanted.needs, [wanted.predicate()(each) for each in DOCUMENTS])
    return (kind, found, sort, active_only, *listing[1:], trail.oddities)


DOCUMENTS = [{"userName": text, "title": text, "emails": [{"value": text}], "active": True} for text in ("x", "y", "a b", "é")]


def the_long_way(caller: Caller, type_name: str, query: str) -> Listing:
    parameters = parse_query(query)
    caller.trail.look_at_query(parameters, caller.client.connection)
    return listing_of(caller, type_name, parameters_of(caller, parameters), in_url=True)


def draw_query(drawn: random.Random) -> str:
    text = drawn.choice(RAW) if drawn.random() < 0.3 else drawn.choice((quote, quote_plus))(drawn.choice(TEXTS), safe="")
    return drawn.choice(SHAPES).format(
        path=drawn.choice(PATHS), op=drawn.choice(("eq", "eq", "EQ", "ne", "co", "gt")), text=text, _=drawn.choice(("%20", "+")),
        q=drawn.choice(("%22", "%22", "%22", '"', "%27")),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_what_is_remembered_is_what_would_be_read(seed: int) -> None:
    drawn = random.Random(seed)
    settings = drawn.choice(({}, {"unquoted_filters": True}, {"tolerate": ("capitalised-op",)}))
    known = KnownLists()
    for _ in range(600):
        query = draw_query(drawn)
        assert asked(known.read, settings, query) == asked(the_long_way, settings, query), query


def test_the_usual_question_is_read_once_for_all_people() -> None:
    known, caller = KnownLists(), caller_with({}, Trail())
    known.read(caller, "User", "filter=userName%20eq%20%22aino%40northlight.example%22")
    listing = known.read(None, "User", "filter=userName%20eq%20%22bo%40northlight.example%22")  # type: ignore[arg-type]  # nobody is asked
    assert listing.asked.wanted is not None
    assert str(listing.asked.wanted.filter) == "Compare(path='userName', comparison=<Comparison.EQ: 'eq'>, value='bo@northlight.example')"


def test_no_text_about_anybody_is_remembered_and_not_too_much_of_anything() -> None:
    known = KnownLists()
    for number in range(3 * LISTS_REMEMBERED_MAX):
        caller = caller_with({}, Trail())
        known.read(caller, "User", f"filter=userName%20eq%20%22secret{number}%22&count={number}")
        known.read(caller, "User", f"count={number}")
        known.read(caller, "User", f'filter=title%20co%20"secret"%20and%20title%20sw%20"secret"&count={number}')
        assert len(known._forms) <= LISTS_REMEMBERED_MAX
        assert len(known._whole) <= LISTS_REMEMBERED_MAX
    assert "secret" not in repr((known._forms, known._whole))


def test_a_remembered_question_still_sees_what_changed_and_asks_for_permission() -> None:
    org = Rehearsal()
    question = {"filter": 'userName eq "aino@northlight.example"'}
    assert org.get("Users", **question).json["totalResults"] == 0
    user = org.create("aino@northlight.example")
    assert org.get("Users", **question).json["totalResults"] == 1
    org.patch(f"Users/{user['id']}", {"op": "replace", "path": "userName", "value": "bo@northlight.example"})
    assert org.get("Users", **question).json["totalResults"] == 0
    reader, named = org.client("reader", ("directory:user:view",)), {"filter": 'displayName eq "Helsinki"'}
    for _ in range(2):
        assert org.get("Groups", **named).json["totalResults"] == 0
        assert org.send("GET", "Groups", token=reader, query=named).status == 403
