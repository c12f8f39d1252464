"""Whatever is searched, sorted and paged, the answer is what somebody with all documents on paper would give."""

from __future__ import annotations

import random
from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal

from joiner.genesys.catalogue import catalogue_of
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.refusals import InvalidFilter
from joiner.scim.sorting import parse_sort

PEOPLE = 200
QUERIES = 100
PATHS = [
    "userName", "displayName", "title", "nickName", "name.familyName", "name.givenName", "emails", "emails.value", "emails.type",
    "externalId", "id", f"{ENTERPRISE}:department", f"{ENTERPRISE}:employeeNumber", f"{ENTERPRISE}:manager.value", "groups.value",
    "groups.display", "meta.lastModified", "meta.created", "phoneNumbers.value", "locale",
]  # fmt: skip
SORTS = [
    "userName", "title", "name.familyName", "emails", "emails.type", "active", "meta.lastModified", "meta.created", "externalId",
    f"{ENTERPRISE}:employeeNumber", f"{ENTERPRISE}:manager", "nickName", "id", "groups", "locale",
]  # fmt: skip
COMPARISONS = ["eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
WORDS = [
    "Ådah",
    "adah",
    "Bo",
    "ÇELIK",
    "çelik",
    "Engineer",
    "engineer II",
    "Lead",
    "7",
    "70",
    "707",
    "ß",
    "SS",
    "Ω",
    "K",
    "k",
    "work",
    "home",
]


class Town:
    """An org full of people whose values collide on purpose."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.org = Rehearsal("extended")
        for number in range(PEOPLE):
            self.org.clock.seconds += self.dice.choice([0, 0, 0.25, 61])
            self._person(number)
        self.people: list[dict[str, Any]] = self.org.get("Users", count=1000).json["Resources"]
        groups = [self.org.group(name) for name in ("Helsinki", "Oulu", "adah")]
        for group in groups:
            chosen = self.dice.sample(self.people, 40)
            self.org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": each["id"]} for each in chosen]})
        self.people = self.org.get("Users", count=1000).json["Resources"]
        self.values = WORDS + groups + [self.people[number]["id"] for number in (0, 50, 199)]
        self.values += [self.people[number]["userName"] for number in (3, 77)] + [self.people[9]["meta"]["lastModified"]]
        self.kind = catalogue_of("extended").by_name["User"].resource_type

    def _person(self, number: int) -> None:
        dice = self.dice
        body: dict[str, Any] = {"active": dice.random() < 0.8, "name": {"familyName": dice.choice(WORDS), "givenName": dice.choice(WORDS)}}
        for name in ("title", "nickName", "locale"):
            if dice.random() < 0.6:
                body[name] = dice.choice(WORDS)
        if dice.random() < 0.5:
            body["externalId"] = f"{dice.choice(WORDS)}-{number}"
        if dice.random() < 0.7:
            addresses = [f"{dice.choice('abc')}{number}{place}@x.example" for place in range(dice.choice([1, 2]))]
            body["emails"] = [{"value": each, "type": dice.choice(["work", "home"])} for each in addresses]
            body["emails"][-1]["primary"] = dice.random() < 0.5
        body[ENTERPRISE] = {"department": dice.choice(WORDS), "employeeNumber": str(dice.randrange(60))}
        if dice.random() < 0.3:
            body[ENTERPRISE]["manager"] = {"value": f"00000000-0000-4000-8000-{dice.randrange(40):012d}"}
        self.org.create(f"{dice.choice(WORDS)}{number}@northlight.example", **body)

    def term(self) -> str:
        dice = self.dice
        choice = dice.random()
        if choice < 0.1:
            return f"{dice.choice(PATHS)} pr"
        if choice < 0.2:
            return f"active {dice.choice(['eq', 'ne'])} {dice.choice(['true', 'false'])}"
        if choice < 0.3:
            kind = f'type eq "{dice.choice(["work", "HOME", "x"])}"'
            inner = f'{kind} {dice.choice(["and", "or"])} value {dice.choice(COMPARISONS)} "{dice.choice("ab1")}"'
            return f"emails[{inner}]"
        if choice < 0.35:
            return f'groups[type eq "direct" and display {dice.choice(COMPARISONS)} "{dice.choice(self.values)}"]'
        return f'{dice.choice(PATHS)} {dice.choice(COMPARISONS)} "{dice.choice(self.values)}"'

    def filter(self, depth: int = 2) -> str:
        choice = self.dice.random()
        if depth == 0 or choice < 0.5:
            return self.term()
        if choice < 0.6:
            return f"not ({self.filter(depth - 1)})"
        return f"({self.filter(depth - 1)}) {self.dice.choice(['and', 'or'])} ({self.filter(depth - 1)})"

    def query(self) -> dict[str, Any]:
        query: dict[str, Any] = {}
        if self.dice.random() < 0.8:
            query["filter"] = self.filter()
        if self.dice.random() < 0.6:
            query["sortBy"] = self.dice.choice(SORTS)
            if self.dice.random() < 0.5:
                query["sortOrder"] = "descending"
        return query

    def wanted(self, query: dict[str, Any]) -> list[str]:
        """Ids as they must come, from the documents alone. Raises InvalidFilter."""
        found = self.people
        if "filter" in query:
            matches = compile_filter(parse_filter(query["filter"]), self.kind)
            found = [person for person in found if matches(person)]
        if "sortBy" in query:
            sort = parse_sort(query["sortBy"], "sortOrder" in query, self.kind)
            found = sorted(found, key=sort.key, reverse=sort.descending)
        return [person["id"] for person in found]


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(20261122)


def ids(reply: Any) -> list[str]:
    assert reply.status == 200, reply.body
    return [each["id"] for each in reply.json["Resources"]]


def test_pages_by_index_and_by_cursor_are_what_the_documents_say(town: Town) -> None:
    asked = 0
    while asked < QUERIES:
        query = town.query()
        try:
            wanted = town.wanted(query)
        except InvalidFilter:
            assert town.org.get("Users", **query).status == 400
            continue
        asked += 1
        whole = town.org.get("Users", count=1000, **query)
        assert ids(whole) == wanted, query
        assert whole.json["totalResults"] == len(wanted)
        start, count = town.dice.randrange(1, 220), town.dice.randrange(0, 50)
        page = town.org.get("Users", startIndex=start, count=count, **query)
        assert ids(page) == wanted[start - 1 : start - 1 + count], (query, start, count)
        assert (page.json["totalResults"], page.json["itemsPerPage"]) == (len(wanted), len(page.json["Resources"]))
        if asked % 5 == 0:
            count = town.dice.choice([3, 7, 50, 200])
            assert by_cursor(town.org, "Users", query, count) == wanted, (query, count)


def by_cursor(org: Rehearsal, path: str, query: dict[str, Any], count: int) -> list[str]:
    seen: list[str] = []
    cursor = ""
    for _ in range(PEOPLE + 10):
        reply = org.get(path, cursor=cursor, count=count, **query)
        seen += ids(reply)
        assert "startIndex" not in reply.json
        cursor = reply.json.get("nextCursor", "")
        if not cursor:
            return seen
    raise AssertionError("cursors do not end")


@pytest.mark.parametrize("query", [{}, {"sortBy": "userName"}, {"sortBy": "displayName", "sortOrder": "descending"}, {"sortBy": "active"}])
def test_pages_over_all_types_visit_everything_once(town: Town, query: dict[str, Any]) -> None:
    whole = ids(town.org.get("", count=1000, **query))
    assert len(whole) == len(set(whole)) == PEOPLE + 3
    for count in (1, 7, 100, 203):
        if count > 1 or not query:
            assert by_cursor(town.org, "", query, count) == whole
    starts = range(1, PEOPLE + 4, 20)
    assert [id for start in starts for id in ids(town.org.get("", startIndex=start, count=20, **query))] == whole


def test_everybody_who_stays_is_seen_once_by_cursor_while_others_come_and_go(town: Town) -> None:
    for query in ({}, {"sortBy": "userName"}, {"sortBy": "nickName"}, {"filter": 'userName co "northlight"', "sortBy": "title"}):
        doomed = [town.org.create(f"doomed{number}.{query}@northlight.example".replace(" ", ""), title="Lead")["id"] for number in range(6)]
        stay = {person["id"] for person in town.people}
        seen: list[str] = []
        cursor, turn = "", 0
        while cursor or not turn:
            reply = town.org.get("Users", cursor=cursor, count=30, **query)
            seen += ids(reply)
            cursor, turn = reply.json.get("nextCursor", ""), turn + 1
            if doomed:
                gone = next((id for id in seen if id in doomed), doomed[0])
                doomed.remove(gone)
                assert town.org.delete(f"Users/{gone}").status == 204
            fresh = town.org.create(f"fresh{turn}.{query}@northlight.example".replace(" ", ""))
            assert town.org.delete(f"Users/{fresh['id']}").status == 204
        assert len(seen) == len(set(seen)), query
        assert stay <= set(seen), query
        for id in doomed:
            town.org.delete(f"Users/{id}")
