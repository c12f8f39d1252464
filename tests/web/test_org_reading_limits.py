"""Where reading stops: each limit answers tooMany, says what to do instead, and is met by nobody who searches by an index."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal

from joiner.journeys import search, search_everywhere, showing
from joiner.journeys.rendered import RENDERED_BYTES_MAX, RENDERED_BYTES_MIN, RenderedMembers


@pytest.fixture
def org() -> Rehearsal:
    org = Rehearsal()
    people = [org.create(f"p{number}@northlight.example", nickName=f"N{number}", title="Lead")["id"] for number in range(6)]
    for name in ("Helsinki", "Oulu"):
        org.group(name, *people)
    return org


def refused(org: Rehearsal, path: str, word: str, **query: Any) -> None:
    reply = org.get(path, **query)
    assert (reply.status, reply.scim_type) == (400, "tooMany"), reply.body
    assert word in reply.json["detail"]


def test_scan_of_too_many_documents_is_refused(org: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SCANNED_MAX", 5)
    refused(org, "Users", "index", filter='nickName eq "N1"')
    refused(org, "", "index", filter='nickName eq "N1"')
    assert org.get("Users", filter='userName eq "p1@northlight.example"').json["totalResults"] == 1
    assert org.get("Users", filter='title co "lead"', sortBy="userName", count=2).json["totalResults"] == 6
    assert org.get("Users", filter='userName eq "p1@northlight.example" and nickName eq "N1"').json["totalResults"] == 1


def test_sorting_of_too_many_documents_is_refused(org: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SORTED_MAX", 5)
    monkeypatch.setattr(search_everywhere, "SORTED_MAX", 5)
    refused(org, "Users", "nickName", sortBy="nickName")
    refused(org, "", "one type", sortBy="id")
    assert org.get("Users", sortBy="userName").status == 200
    assert org.get("Users", sortBy="nickName", filter='userName sw "p1"').status == 200


def test_filter_over_too_many_members_is_refused(org: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MEMBERS_SCANNED_MAX", 11)
    refused(org, "Groups", "members.value eq", filter='members.display co "p1"')
    assert org.get("Groups", filter='displayName eq "Oulu" and members.display co "p1"').json["totalResults"] == 1


def test_page_of_groups_with_too_many_members_is_refused_and_one_group_never(org: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "MEMBERS_BYTES_MAX", 1_000)
    refused(org, "Groups", "excludedAttributes=members")
    refused(org, "Groups", "excludedAttributes=members", attributes="members")
    (first, second) = org.get("Groups", excludedAttributes="members").json["Resources"]
    assert len(org.get(f"Groups/{first['id']}").json["members"]) == 6
    assert len(org.get("Groups", count=1, startIndex=2).json["Resources"][0]["members"]) == 6
    assert second["displayName"] == "Oulu"


def test_cache_of_large_groups_is_bounded_and_forgets_the_oldest() -> None:
    cache, large = RenderedMembers(), b"x" * (RENDERED_BYTES_MAX // 2)
    for n in range(3):
        cache.put((1, n, "", None), (1, 1), large)
    assert cache.get((1, 0, "", None), (1, 1)) is None
    assert cache.get((1, 2, "", None), (1, 1)) == large
    assert cache.get((1, 2, "", None), (1, 2)) is None
    cache.put((1, 2, "", None), (1, 2), b"x" * (RENDERED_BYTES_MIN - 1))
    assert cache.get((1, 2, "", None), (1, 2)) is None
    assert cache.get((1, 1, "", None), (1, 1)) == large
