"""Lists of a hosted org: filters by index and by scan, paging, projection."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal
from rehearsed_store import reads_of

from joiner.genesys.catalogue import catalogue_of
from joiner.journeys.findable import translate
from joiner.journeys.showing import read_document
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.refusals import InvalidFilter
from joiner.store.org_port import State

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])


def team(org: Rehearsal) -> list[dict[str, Any]]:
    boss = org.create("boss@northlight.example", title="Lead")
    rows = [("aino", "Agent", "Sales", "7"), ("bo", "Agent", "Support", "8"), ("çelik", "Lead agent", "Sales", "9")]
    return [boss] + [
        org.create(
            f"{name}@northlight.example",
            title=title,
            externalId=f"x-{number}",
            emails=[{"type": "work", "value": f"{name}.Work@northlight.example"}],
            **{ENTERPRISE: {"division": division, "employeeNumber": number, "manager": {"value": boss["id"]}}},
        )
        for name, title, division, number in rows
    ]


def names(org: Rehearsal, text: str) -> list[str]:
    reply = org.get("Users", filter=text)
    assert reply.status == 200, reply.body
    return [user["userName"].split("@")[0] for user in reply.json["Resources"]]


@BOTH
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "AINO@northlight.example"', ["aino"]),
        ('USERNAME EQ "aino@northlight.example"', ["aino"]),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "aino@northlight.example"', ["aino"]),
        ('externalId eq "x-8"', ["bo"]),
        ('externalId eq "X-8"', []),
        ('emails[type eq "work"].value eq "bo.work@northlight.example"', ["bo"]),
        ('emails.value eq "bo.work@northlight.example"', ["bo"]),
        ('email eq "bo.work@northlight.example"', ["bo"]),
        (f'{ENTERPRISE}:employeeNumber eq "9"', ["çelik"]),
        (f'{ENTERPRISE}:division eq "sales"', ["aino", "çelik"]),
        ("active eq true", ["boss", "aino", "bo", "çelik"]),
        ('userName eq "nobody@northlight.example"', []),
    ],
)
def test_attested_filters_find_exactly_their_people(profile: str, text: str, expected: list[str]) -> None:
    org = Rehearsal(profile)
    team(org)
    assert names(org, text) == expected


@BOTH
def test_people_are_found_by_their_manager(profile: str) -> None:
    org = Rehearsal(profile)
    boss = team(org)[0]
    for path in ("manager", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"):
        assert names(org, f'{path} eq "{boss["id"]}"') == ["aino", "bo", "çelik"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('title co "agent"', ["aino", "bo", "çelik"]),
        ('title sw "lead"', ["boss", "çelik"]),
        ('not (title eq "agent")', ["boss", "çelik"]),
        ('title eq "agent" or userName sw "boss"', ["boss", "aino", "bo"]),
        (f'title eq "agent" and {ENTERPRISE}:division eq "Support"', ["bo"]),
        ('emails[type eq "work" and value co "ÇELIK"]', ["çelik"]),
        ("externalId pr", ["aino", "bo", "çelik"]),
        ("not (externalId pr)", ["boss"]),
        ('externalId sw "x-" and title sw "lead"', ["çelik"]),
        ("emails pr", ["aino", "bo", "çelik"]),
        ('meta.lastModified ge "2026-11-22T09:00:00Z"', ["boss", "aino", "bo", "çelik"]),
        ('meta.lastModified gt "2026-11-22T09:00:00Z"', []),
        (f"{ENTERPRISE}:manager pr", ["aino", "bo", "çelik"]),
        ("groups pr", ["bo"]),
    ],
)
def test_every_other_filter_scans(text: str, expected: list[str]) -> None:
    org = Rehearsal("extended")
    people = team(org)
    org.group("Helsinki", people[2]["id"])
    assert names(org, text) == expected


@BOTH
@pytest.mark.parametrize(
    "text",
    ["", "(" * 100_000, "userName", "userName eq", 'userName eq "x" and', 'colour eq "x"', 'userName xx "y"', "💥", 'a"b'],
)
def test_broken_filter_is_refused_quickly_and_not_echoed_at_length(profile: str, text: str) -> None:
    org = Rehearsal(profile)
    begun = time.perf_counter()
    reply = org.get("Users", filter=text)
    assert (reply.status, reply.scim_type) == (400, "invalidFilter")
    assert time.perf_counter() - begun < 0.5
    assert len(reply.body) < 2_000


@BOTH
@pytest.mark.parametrize(
    ("query", "status", "start", "shown"),
    [
        ({}, 200, 1, 4),
        ({"startIndex": 0}, 200, 1, 4),
        ({"startIndex": -5}, 200, 1, 4),
        ({"startIndex": 3, "count": 1}, 200, 3, 1),
        ({"startIndex": 5}, 200, 5, 0),
        ({"startIndex": 2**63}, 200, None, 0),
        ({"startIndex": "9" * 400}, 200, None, 0),
        ({"count": 0}, 200, 1, 0),
        ({"count": -1}, 200, 1, 0),
        ({"count": "abc"}, 400, None, None),
        ({"startIndex": "1.5"}, 400, None, None),
        ({"startIndex": "", "count": ""}, 200, 1, 4),
    ],
)
def test_paging_numbers(profile: str, query: dict[str, Any], status: int, start: int | None, shown: int | None) -> None:
    org = Rehearsal(profile)
    team(org)
    reply = org.get("Users", **query)
    assert reply.status == status
    if status == 200:
        assert reply.json["totalResults"] == 4
        assert reply.json["itemsPerPage"] == len(reply.json["Resources"]) == shown
        if start:
            assert reply.json["startIndex"] == start


@BOTH
def test_pages_of_a_filtered_list_join_to_the_whole(profile: str) -> None:
    org = Rehearsal(profile)
    team(org)
    pages = [org.get("Users", filter="active eq true", startIndex=start, count=2).json for start in (1, 3)]
    assert [len(page["Resources"]) for page in pages] == [2, 2]
    assert {page["totalResults"] for page in pages} == {4}
    assert len({user["id"] for page in pages for user in page["Resources"]}) == 4


@BOTH
def test_projection_shows_what_is_asked_and_what_is_always_returned(profile: str) -> None:
    org = Rehearsal(profile)
    user = team(org)[1]
    shown = org.get(f"Users/{user['id']}", attributes=f"title,{ENTERPRISE}:division,unknown").json
    assert shown["title"] == "Agent"
    assert shown[ENTERPRISE] == {"division": "Sales"}
    assert shown["id"] == user["id"]
    assert "displayName" not in shown
    without = org.get(f"Users/{user['id']}", excludedAttributes="title,emails,id,externalId").json
    assert without["id"] == user["id"]
    assert not {"title", "emails", "externalId"} & set(without)


def test_what_the_store_finds_is_what_a_scan_of_the_documents_finds() -> None:
    """Whatever the translation says wrongly would silently be missing from results, or be too much."""
    org = Rehearsal("extended")
    people = team(org)
    dice = random.Random(7)
    values = [
        people[0]["id"], "Agent", "Sales", "7", "aino@northlight.example", "AINO@NORTHLIGHT.EXAMPLE", "x-8", "a", "ç", "",
        "çelik.work@northlight.example", "2026-11-22T09:00:00Z", "2027-01-01T00:00:00+02:00",
    ]  # fmt: skip
    paths = [
        "id", "userName", "title", "displayName", "emails.value", "emails", "externalId", f"{ENTERPRISE}:division", "nickName",
        f"{ENTERPRISE}:manager.value", f"{ENTERPRISE}:employeeNumber", "name.familyName", "meta.lastModified",
    ]  # fmt: skip
    comparisons = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
    kind = catalogue_of("extended").by_name["User"]
    rows, client = reads_of(org.store), org.credentials.client_id

    def term() -> str:
        choice = dice.random()
        if choice < 0.1:
            return f"{dice.choice(paths)} pr"
        if choice < 0.2:
            return f'emails[type eq "{dice.choice(["work", "WORK", "home"])}" and value {dice.choice(comparisons)} "{dice.choice(values)}"]'
        if choice < 0.3:
            return f"active {dice.choice(['eq', 'ne'])} {dice.choice(['true', 'false'])}"
        return f'{dice.choice(paths)} {dice.choice(comparisons)} "{dice.choice(values)}"'

    exact = 0
    for _ in range(3_000):
        text = f"{term()} {dice.choice(['and', 'or'])} not ({term()})" if dice.random() < 0.3 else term()
        filter_ = parse_filter(text)
        try:
            matches = compile_filter(filter_, kind.resource_type)
        except InvalidFilter:
            continue
        translated = translate(filter_, kind, rows, 1, client)
        found = {kept.id for kept in rows.scan(1, "User", client, translated.condition) if kept.state is not State.DELETED}
        documents = [(kept.id, read_document(kept) | ({"externalId": kept.external_id} if kept.external_id else {}))
                     for kept in rows.scan(1, "User", client)]  # fmt: skip
        wanted = {id for id, document in documents if matches(document)}
        assert (found == wanted) if translated.exact else (found >= wanted), (text, translated)
        exact += translated.exact
    assert exact > 2_000
