"""What a list is asked for: parameters, search requests, sorting and cursors (RFC 7644 §3.4.2, §3.4.3, RFC 9865)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import GENESYS_URN, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, SEARCH_REQUEST_URN, USER_URN
from joiner.scim.cursor import CURSOR_CHARACTERS_MAX, CURSOR_LIFETIME_SECONDS, cursor_scope, format_cursor, parse_cursor
from joiner.scim.refusals import ExpiredCursor, InvalidCount, InvalidCursor, InvalidSyntax, InvalidValue
from joiner.scim.schema import Attribute, Document, ResourceType, Schema, Type
from joiner.scim.search_request import ATTRIBUTES_MAX, START_INDEX_MAX, ListParameters, parse_list_parameters, parse_search_request
from joiner.scim.sorting import parse_sort

USER = user_type(EXTENDED)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KEY = b"a key of the server, made at random"


def asked(**query: str) -> ListParameters:
    return parse_list_parameters(query, page_default=25, page_max=1000)


def searched(**body: Any) -> ListParameters:
    return parse_search_request({"schemas": [SEARCH_REQUEST_URN], **body}, page_default=25, page_max=1000)


def test_nothing_asked_is_the_first_page() -> None:
    assert asked() == searched() == ListParameters(None, None, None, None, False, 1, 25, None)
    assert asked(filter="", sortby="", sortorder="", attributes="", excludedattributes="", startindex="", count="") == asked()


def test_search_request_asks_for_the_same_as_a_query_string() -> None:
    from_query = asked(
        attributes="userName,emails.value", filter='userName sw "m"', sortby="userName", sortorder="Descending", startindex="11", count="10"
    )
    body: dict[str, Any] = {
        "ATTRIBUTES": ["userName", "emails.value"], "Filter": 'userName sw "m"', "sortBy": "userName", "sortOrder": "descending",
        "startIndex": 11, "count": "10",
    }  # fmt: skip
    assert searched(**body) == from_query
    assert from_query == ListParameters("userName,emails.value", None, 'userName sw "m"', "userName", True, 11, 10, None)
    assert searched(attributes="userName,emails.value").attributes == from_query.attributes
    assert searched(attributes=[], excludedAttributes=["members"], startIndex=3.0) == asked(excludedattributes="members", startindex="3")
    assert parse_search_request({}, page_default=25, page_max=1000) == asked()
    assert searched(schemas=SEARCH_REQUEST_URN.upper(), cursor=None, filter=None) == asked()


@pytest.mark.parametrize(("start_index", "count", "expected"), [
    ("0", "0", (1, 0)),
    ("-5", "-1", (1, 0)),
    ("7", "5000", (7, 1000)),
    (" +7 ", "1", (7, 1)),
    ("9" * 300, "9" * 300, (START_INDEX_MAX, 1000)),
    ("-" + "9" * 300, "-" + "9" * 300, (1, 0)),
])  # fmt: skip
def test_numbers_beyond_the_limits_are_brought_within(start_index: str, count: str, expected: tuple[int, int]) -> None:
    parameters = asked(startindex=start_index, count=count)
    assert (parameters.start_index, parameters.count) == expected


@pytest.mark.parametrize(("query", "words"), [
    ({"count": "ten"}, "count must be a whole number, found 'ten'"),
    ({"count": "1.5"}, "count must be a whole number"),
    ({"count": "１"}, "count must be a whole number"),
    ({"startindex": "x"}, "startIndex must be a whole number"),
    ({"sortorder": "up"}, "sortOrder is ascending or descending, found 'up'"),
    ({"attributes": "userName", "excludedattributes": "emails"}, "exclude each other"),
    ({"cursor": "", "startindex": "1"}, "two ways of paging"),
])  # fmt: skip
def test_wrong_parameter_is_refused(query: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        asked(**query)


@pytest.mark.parametrize(("body", "refusal", "words"), [
    ({"schemas": [USER_URN, 5]}, InvalidSyntax, "message of schema"),
    ({"schemas": 5}, InvalidSyntax, "message of schema"),
    ({"count": True}, InvalidValue, "count must be a whole number, found true"),
    ({"count": 1.5}, InvalidValue, "found 1.5"),
    ({"count": float("inf")}, InvalidValue, "found inf"),
    ({"startIndex": [1]}, InvalidValue, "startIndex must be a whole number, found a list"),
    ({"filter": 5}, InvalidValue, "filter must be text, found 5"),
    ({"sortBy": ["userName"]}, InvalidValue, "sortBy must be text, found a list"),
    ({"attributes": [5]}, InvalidValue, "attributes must be text, found 5"),
    ({"attributes": ["x"] * (ATTRIBUTES_MAX + 1)}, InvalidValue, "may name 500 attributes; this list has 501"),
])  # fmt: skip
def test_wrong_search_request_is_refused(body: dict[str, Any], refusal: type[Exception], words: str) -> None:
    with pytest.raises(refusal, match=words):
        searched(**body)


def test_cursor_asks_for_pages_by_cursor() -> None:
    assert asked(cursor="").cursor == searched(cursor="").cursor == ""
    assert asked(cursor="abc", count="10") == ListParameters(None, None, None, None, False, 1, 10, "abc")
    assert asked(cursor="abc", startindex="").count == 25


@pytest.mark.parametrize("count", ["0", "-1", "1001", "many"])
def test_count_beside_a_cursor_is_within_the_limits_or_refused(count: str) -> None:
    with pytest.raises(InvalidCount) as refused:
        asked(cursor="", count=count)
    assert (refused.value.status, refused.value.scim_type) == (400, "invalidCount")


PEOPLE: list[Document] = [
    {"id": "1", "userName": "Zoë", "active": True, "meta": {"created": "2026-01-01T09:00:00Z"}},
    {"id": "2", "userName": "anna", "title": "Agent", "meta": {"created": "2026-01-01T09:30:00+02:00"}},
    {"id": "3", "userName": "Bela", "title": "agent", "active": False, "meta": {"created": "soon"}},
    {"id": "4", "userName": "ÁGNES", "title": "Zeitung", "name": {"familyName": "Kiss"}},
    {"id": "5", "emails": [{"value": "b@x"}, {"value": "A@x", "primary": True}], ENTERPRISE_URN: {"manager": {"value": "M"}}},
    {"id": "6", "emails": [{"value": "C@x"}, {"value": "0@x"}], ENTERPRISE_URN: {"manager": {"value": "a"}}, "title": ""},
]  # fmt: skip


def ordered(sort_by: str, descending: bool = False) -> str:
    sort = parse_sort(sort_by, descending, USER)
    return "".join(each["id"] for each in sorted(PEOPLE, key=sort.key, reverse=sort.descending))


@pytest.mark.parametrize(("sort_by", "ascending", "descending"), [
    ("userName", "231456", "564132"),
    (" USERNAME ", "231456", "564132"),
    ("id", "123456", "654321"),
    ("title", "234156", "156423"),
    ("active", "312456", "245613"),
    ("meta.created", "213456", "345612"),
    ("emails", "561234", "123465"),
    ("emails.value", "561234", "123465"),
    ("name.familyName", "412356", "123564"),
    (f"{ENTERPRISE_URN}:manager", "561234", "123465"),
    (f"{ENTERPRISE_URN}:manager.value", "561234", "123465"),
    ("addresses.country", "123456", "123456"),
])  # fmt: skip
def test_missing_values_are_last_ascending_and_first_descending(sort_by: str, ascending: str, descending: str) -> None:
    assert ordered(sort_by) == ascending
    assert ordered(sort_by, descending=True) == descending


def test_numbers_and_exact_text_are_sorted_by_their_type() -> None:
    kind = ResourceType("T", "/T", Schema("urn:x:T", "T", "", (
        Attribute("n", Type.DECIMAL), Attribute("exact", case_exact=True), Attribute("tags", multi_valued=True),
    )))  # fmt: skip
    rows: list[Document] = [
        {"n": 10, "exact": "b", "tags": ["b"]},
        {"n": 9.5, "exact": "B", "tags": ["A", "z"]},
        {"n": 2, "exact": "a", "tags": []},
    ]
    assert [row["n"] for row in sorted(rows, key=parse_sort("n", False, kind).key)] == [2, 9.5, 10]
    assert [row["n"] for row in sorted(rows, key=parse_sort("exact", False, kind).key)] == [9.5, 2, 10]
    assert [row["n"] for row in sorted(rows, key=parse_sort("tags", False, kind).key)] == [9.5, 10, 2]


@pytest.mark.parametrize(("sort_by", "words"), [
    ("shoeSize", "sortBy cannot be used: shoeSize: there is no attribute"),
    ("user name", "sortBy cannot be used"),
    (USER_URN, "names a whole schema"),
    (ENTERPRISE_URN, "names a whole schema"),
    ("name", r"no value of its own; name one of its parts, such as name\.formatted"),
    (f"{GENESYS_URN}:routingSkills", r"such as routingSkills\.name"),
    ("password", "never shown"),
])  # fmt: skip
def test_what_has_no_order_is_refused(sort_by: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        parse_sort(sort_by, False, USER)


SCOPE = cursor_scope(1, "User", 'userName sw "m"', "userName", False)
MINUTE = timedelta(minutes=1)


def test_cursor_brings_its_position_back() -> None:
    for position in ((), (1,), ("next", "mira ольга", 7, None, True, 2.5)):
        cursor = format_cursor(position, SCOPE, key=KEY, now=NOW)
        assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        assert parse_cursor(cursor, SCOPE, key=KEY, now=NOW + MINUTE) == position


@pytest.mark.parametrize("scope", [
    cursor_scope(2, "User", 'userName sw "m"', "userName", False),
    cursor_scope(1, "Group", 'userName sw "m"', "userName", False),
    cursor_scope(1, "User", None, "userName", False),
    cursor_scope(1, "User", 'userName sw "m"', "title", False),
    cursor_scope(1, "User", 'userName sw "m"', "userName", True),
])  # fmt: skip
def test_cursor_of_another_org_type_or_query_is_invalid(scope: bytes) -> None:
    with pytest.raises(InvalidCursor, match="none that this server gave out for this query"):
        parse_cursor(format_cursor((1,), SCOPE, key=KEY, now=NOW), scope, key=KEY, now=NOW)


def test_changed_cursor_is_invalid() -> None:
    cursor = format_cursor((1,), SCOPE, key=KEY, now=NOW)
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    forged = [
        urlsafe_b64encode(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]).rstrip(b"=").decode() for place in range(len(raw))
    ]
    others = [
        "",
        "x",
        "é",
        cursor + "=",
        cursor + "A",
        cursor[:-1],
        f" {cursor}",
        cursor.replace("A", "+"),
        "A" * (CURSOR_CHARACTERS_MAX + 1),
    ]
    for wrong in [*forged, *others]:
        if wrong != cursor:
            with pytest.raises(InvalidCursor):
                parse_cursor(wrong, SCOPE, key=KEY, now=NOW)
    with pytest.raises(InvalidCursor):
        parse_cursor(cursor, SCOPE, key=b"another server's key", now=NOW)


def test_cursor_that_waited_too_long_has_expired() -> None:
    cursor = format_cursor((1,), SCOPE, key=KEY, now=NOW)
    last = NOW + timedelta(seconds=CURSOR_LIFETIME_SECONDS)
    assert parse_cursor(cursor, SCOPE, key=KEY, now=last) == (1,)
    with pytest.raises(ExpiredCursor) as refused:
        parse_cursor(cursor, SCOPE, key=KEY, now=last + timedelta(seconds=1))
    assert refused.value.scim_type == "expiredCursor"
