"""Queries at the root, sorted, and by .search (RFC 7644 §3.4.2.1, §3.4.2.3, §3.4.3)."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
AINO = "aino@northlight.example"


def people(org: Rehearsal) -> list[dict[str, Any]]:
    """Bo has no title, Çelik two addresses of which the second is primary."""
    return [
        org.create("Bo@northlight.example", name={"familyName": "Astrom"}, emails=[{"value": "m@x.example"}]),
        org.create("aino@northlight.example", title="lead", name={"familyName": "Zander"}),
        org.create(
            "Celik@northlight.example",
            title="Agent",
            emails=[{"value": "z@x.example", "type": "work"}, {"value": "a@x.example", "type": "home", "primary": True}],
        ),
    ]


def order(org: Rehearsal, **query: Any) -> str:
    """First letters of the users that a query answers, in their order."""
    reply = org.get("Users", **query)
    assert reply.status == 200, reply.body
    return "".join(user["userName"][0].lower() for user in reply.json["Resources"])


def search(org: Rehearsal, path: str, **body: Any) -> Any:
    reply = org.post(path, {"schemas": [SEARCH], **body})
    assert reply.status == 200, reply.body
    return reply.json


# ---------------------------------------------------------------- lists


# ---------------------------------------------------------------- filters


# ---------------------------------------------------------------- sorting


# ---------------------------------------------------------------- .search


# ---------------------------------------------------------------- attributes on every operation


def test_query_at_the_root_covers_all_types() -> None:
    org = Rehearsal("extended")
    user, group = org.create(AINO, displayName="North"), org.group("North")
    everything = org.get("").json
    assert everything["schemas"] == [LIST]
    assert {user["id"], group} <= {found["id"] for found in everything["Resources"]}
    named = org.get("", filter='displayName eq "north"').json
    assert {found["id"] for found in named["Resources"]} == {user["id"], group}
    only = org.get("", filter='meta.resourceType eq "Group"').json
    assert {found["meta"]["resourceType"] for found in only["Resources"]} == {"Group"}


def test_query_at_the_root_shows_only_what_the_client_may_read() -> None:
    org = Rehearsal("extended")
    org.group("Helsinki", org.create(AINO)["id"])
    reader = org.client("reader", ("directory:user:view",))
    assert org.send("GET", "Groups", token=reader).status == 403
    for reply in (
        org.send("GET", "", token=reader),
        org.send("POST", ".search", {"schemas": [SEARCH]}, token=reader),
        org.send("GET", "", token=reader, query={"filter": "displayName pr"}),
        org.send("GET", "", token=reader, query={"cursor": ""}),
    ):
        assert {found["meta"]["resourceType"] for found in reply.json["Resources"]} == {"User"}
        assert reply.json["totalResults"] == 1


def test_attribute_of_another_type_has_no_value_at_the_root() -> None:
    org = Rehearsal("extended")
    user, group = org.create(AINO), org.group("North")
    for text, present, absent in (
        ("userName pr", user["id"], group),
        (f'userName eq "{AINO}"', user["id"], group),
        ("not (userName pr)", group, user["id"]),
        ('members[value eq "nobody"] or userName sw "aino"', user["id"], group),
    ):
        found = {each["id"] for each in org.get("", filter=text).json["Resources"]}
        assert present in found, text
        assert absent not in found, text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sortBy": "userName"}, "abc"),
        ({"sortBy": "userName", "sortOrder": "ascending"}, "abc"),
        ({"sortBy": "userName", "sortOrder": "descending"}, "cba"),
        ({"sortBy": "title"}, "cab"),
        ({"sortBy": "title", "sortOrder": "descending"}, "bac"),
        ({"sortBy": "emails"}, "cba"),
        ({"sortBy": "emails.value"}, "cba"),
        ({"sortBy": "name.familyName"}, "bac"),
        ({"sortBy": "name.familyName", "sortOrder": "descending"}, "cab"),
        ({"sortBy": "urn:ietf:params:scim:schemas:core:2.0:User:userName"}, "abc"),
        ({"sortBy": "userName", "startIndex": 2, "count": 1}, "b"),
        ({"sortBy": "userName", "filter": "title pr"}, "ac"),
    ],
)
def test_users_are_sorted_as_asked(query: dict[str, Any], expected: str) -> None:
    org = Rehearsal("extended")
    people(org)
    assert order(org, **query) == expected


def test_case_counts_where_the_attribute_is_case_exact() -> None:
    org = Rehearsal("extended")
    for name, external in (("a@x.example", "b"), ("b@x.example", "B"), ("c@x.example", "a")):
        org.create(name, externalId=external)
    assert order(org, sortBy="externalId") == "bca"


@pytest.mark.parametrize("query", [{"sortBy": "shoeSize"}, {"sortBy": "userName", "sortOrder": "sideways"}])
def test_sorting_that_cannot_be_done_is_refused(query: dict[str, str]) -> None:
    reply = Rehearsal("extended").get("Users", **query)
    assert (reply.status, reply.scim_type) == (400, "invalidValue")


@pytest.mark.parametrize("path", ["Users/.search", ".search"])
def test_search_request_answers_as_a_query_does(path: str) -> None:
    org = Rehearsal("extended")
    people(org)
    endpoint = path.removesuffix(".search").strip("/")
    body: dict[str, Any] = {"filter": "title pr", "sortBy": "userName", "sortOrder": "descending", "startIndex": 1, "count": 1}
    found = search(org, path, **body)
    assert found == org.get(endpoint, **body).json
    assert (found["schemas"], found["totalResults"], found["itemsPerPage"], found["startIndex"]) == ([LIST], 2, 1, 1)
    assert found["Resources"][0]["userName"] == "Celik@northlight.example"
    assert search(org, path, **(body | {"startIndex": 2}))["Resources"][0]["userName"] == AINO
    assert search(org, path, count=0)["totalResults"] >= 3


def test_search_request_chooses_attributes() -> None:
    org = Rehearsal("extended")
    people(org)
    (shown,) = search(org, "Users/.search", filter='userName sw "aino"', attributes=["title", "name.familyName"])["Resources"]
    assert {"id", "title", "name"} <= set(shown)
    assert "userName" not in shown
    (shown,) = search(org, "Users/.search", filter='userName sw "aino"', excludedAttributes=["title", "id"])["Resources"]
    assert "id" in shown
    assert "title" not in shown


@pytest.mark.parametrize("path", ["Users/.search", ".search", "Groups/.search"])
def test_search_request_with_a_broken_filter_is_refused(path: str) -> None:
    reply = Rehearsal("extended").post(path, {"schemas": [SEARCH], "filter": "userName xx"})
    assert (reply.status, reply.scim_type) == (400, "invalidFilter")


def test_search_request_creates_nothing() -> None:
    org = Rehearsal("extended")
    org.post("Users/.search", {"schemas": [SEARCH], "userName": AINO, "displayName": "Aino"})
    assert org.get("Users").json["totalResults"] == 0
