"""Paging by cursor through the door (RFC 9865)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from org_fixtures import Rehearsal, run

from joiner.journeys.administer import add_org

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


def people(org: Rehearsal, count: int = 7) -> list[str]:
    return [org.create(f"p{number}@northlight.example", title=str(number % 3))["id"] for number in range(count)]


def pages(org: Rehearsal, **query: Any) -> list[dict[str, Any]]:
    """All pages of a query by cursor."""
    found = [org.get("Users", cursor="", **query)]
    while found[-1].status == 200 and "nextCursor" in found[-1].json and len(found) < 50:
        found.append(org.get("Users", cursor=found[-1].json["nextCursor"], **query))
    assert {reply.status for reply in found} == {200}, found[-1].body
    return [reply.json for reply in found]


def ids(shown: list[dict[str, Any]]) -> list[str]:
    return [user["id"] for page in shown for user in page["Resources"]]


def test_pages_follow_each_other_to_the_end_and_hold_everybody_once() -> None:
    org = Rehearsal("extended")
    made = people(org)
    shown = pages(org, count=3)
    assert [len(page["Resources"]) for page in shown] == [3, 3, 1]
    assert sorted(ids(shown)) == sorted(made)
    assert all(UNRESERVED.fullmatch(page["nextCursor"]) for page in shown[:-1])
    assert "nextCursor" not in shown[-1]
    assert "previousCursor" not in shown[0]
    assert {page["totalResults"] for page in shown} == {7}
    assert {page["schemas"][0] for page in shown} == {"urn:ietf:params:scim:api:messages:2.0:ListResponse"}


def test_one_page_that_holds_everything_has_no_cursor() -> None:
    org = Rehearsal("extended")
    people(org, 3)
    (page,) = pages(org, count=3)
    assert (len(page["Resources"]), page["totalResults"]) == (3, 3)
    (nothing,) = pages(org, filter='userName eq "nobody@northlight.example"')
    assert nothing["totalResults"] == 0


def test_pages_neither_repeat_nor_leave_out_while_others_come_and_go() -> None:
    org = Rehearsal("extended")
    made = people(org)
    first = org.get("Users", cursor="", count=3).json
    seen = [user["id"] for user in first["Resources"]]
    org.delete(f"Users/{seen[0]}")
    org.create("new@northlight.example")
    cursor = first.get("nextCursor")
    while cursor:
        page = org.get("Users", cursor=cursor, count=3).json
        seen += [user["id"] for user in page["Resources"]]
        cursor = page.get("nextCursor")
    assert len(set(seen)) == len(seen)
    assert set(made) <= set(seen)


@pytest.mark.parametrize("query", [{"sortBy": "title"}, {"sortBy": "title", "sortOrder": "descending"}, {"filter": 'title eq "1"'}])
def test_pages_are_filtered_and_sorted_as_asked(query: dict[str, str]) -> None:
    org = Rehearsal("extended")
    people(org)
    titles = [user["title"] for page in pages(org, count=2, **query) for user in page["Resources"]]
    assert titles == [user["title"] for user in org.get("Users", **query).json["Resources"]]


@pytest.mark.parametrize("change", [{"filter": 'title eq "1"'}, {"sortBy": "title"}, {"sortBy": "userName", "sortOrder": "descending"}])
def test_cursor_of_another_query_is_refused(change: dict[str, str]) -> None:
    org = Rehearsal("extended")
    people(org)
    cursor = org.get("Users", cursor="", count=2).json["nextCursor"]
    reply = org.get("Users", cursor=cursor, count=2, **change)
    assert (reply.status, reply.scim_type) == (400, "invalidCursor")


@pytest.mark.parametrize("cursor", ["x", "abc.def", "AAAA" * 20, "é", "%00", "-" * 5_000])
def test_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    org = Rehearsal("extended")
    reply = org.get("Users", cursor=cursor)
    assert (reply.status, reply.scim_type) == (400, "invalidCursor")
    assert reply.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert "cursor" in reply.json["detail"]


def test_cursor_that_is_too_old_is_refused() -> None:
    org = Rehearsal("extended")
    people(org)
    lifetime = org.get("ServiceProviderConfig").json["pagination"]["cursorTimeout"]
    cursor = org.get("Users", cursor="", count=2).json["nextCursor"]
    org.clock.seconds += lifetime - 1
    assert org.get("Users", cursor=cursor, count=2).status == 200
    org.clock.seconds += 2
    reply = org.get("Users", cursor=cursor, count=2)
    assert (reply.status, reply.scim_type) == (400, "expiredCursor")


@pytest.mark.parametrize("count", ["0", "-1", "many", "1001"])
def test_count_that_cannot_be_served_beside_a_cursor_is_refused(count: str) -> None:
    reply = Rehearsal("extended").get("Users", cursor="", count=count)
    assert (reply.status, reply.scim_type) == (400, "invalidCount")


def test_index_is_the_method_of_whoever_names_none() -> None:
    org = Rehearsal("extended")
    people(org)
    shown = org.get("Users", count=2)
    assert (shown.status, shown.json["startIndex"], len(shown.json["Resources"])) == (200, 1, 2)
    assert org.get("ServiceProviderConfig").json["pagination"]["defaultPaginationMethod"] == "index"


def test_configuration_tells_how_pages_are_made() -> None:
    org = Rehearsal("extended")
    people(org, 3)
    told = org.get("ServiceProviderConfig").json["pagination"]
    assert (told["cursor"], told["index"]) == (True, True)
    assert told["defaultPageSize"] == 25
    assert told["maxPageSize"] == org.get("ServiceProviderConfig").json["filter"]["maxResults"] == 1_000
    assert told["cursorTimeout"] > 0


def test_search_request_pages_by_cursor_too() -> None:
    org = Rehearsal("extended")
    made = people(org)
    body: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 4}
    first = org.post("Users/.search", body | {"cursor": ""}).json
    second = org.post("Users/.search", body | {"cursor": first["nextCursor"]}).json
    assert "nextCursor" not in second
    assert sorted(ids([first, second])) == sorted(made)


def test_cursor_in_other_hands_shows_only_what_those_may_see() -> None:
    org = Rehearsal("extended")
    people(org)
    group_cursor = [org.group(f"G{number}") for number in range(4)] and org.get("Groups", cursor="", count=2).json["nextCursor"]
    cursor = org.get("Users", cursor="", count=2).json["nextCursor"]
    run(add_org(org.store, org.clock, org.ids, "south", "extended"))
    stranger = org.client("ping", org="south")
    foreign = org.send("GET", "/south/api/v2/scim/v2/Users", token=stranger, query={"cursor": cursor, "count": 2})
    unknown = org.send("GET", "/south/api/v2/scim/v2/Users", token=stranger, query={"cursor": "none", "count": 2})
    assert (foreign.status, foreign.json["detail"]) == (unknown.status, unknown.json["detail"])
    reader = org.client("reader", ("directory:user:view",))
    assert org.send("GET", "Groups", token=reader, query={"cursor": group_cursor, "count": 2}).status == 403
    assert org.send("GET", "Users", token="", authorization="", query={"cursor": cursor}).status == 401
