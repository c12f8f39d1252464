"""W1 to W10: what provisioning asks of a SCIM server, with people made up by number and the right answers known beforehand.

========  ============================================================================  ===========
W1        create a user of 1.1 kB                                                       16 lines
W2        get one by id                                                                 16
W3, W3x   find one by userName, by externalId                                           16
W4, W4d   a page of 100 users, the first and one at 90 %                                16
W5        PATCH active as Entra writes it (``Replace``, ``"False"``), each a change     16
W6        PUT a whole user with another displayName                                     16
W7        add one member to a group of 10, 1,000, 10,000                                1
W8        two substrings joined by ``and``                                              4
W8c       ``or``, ``not``, a value path and an extension                                4
W9, W9x   get a group of 10,000 (or the largest there is), the same without members     4
W10       50 % W2, 28 % W3, 2 % pages of 20, 12 % W5, 4 % W6, 4 % W1                     16
========  ============================================================================  ===========
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any
from urllib.parse import quote

from http_load import Named, Place, Tally, ask, body_of, drive

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

GIVEN = (
    "Aino",
    "Björn",
    "Chiara",
    "Dario",
    "Eeva",
    "Farid",
    "Greta",
    "Hamza",
    "Ines",
    "Jonas",
    "Kaisa",
    "Lars",
    "Mira",
    "Noor",
    "Olga",
    "Pavel",
)
FAMILY = (
    "Almora",
    "Bergström",
    "Castellan",
    "Dremoth",
    "Eriksen",
    "Fjord",
    "Gamorra",
    "Hollis",
    "Ivanova",
    "Jormungand",
    "Kestrel",
    "Lindqvist",
)
TITLES = ("Agent", "Team Lead", "Field Engineer", "Planner", "Engineer", "Trainer")
GROUP_SIZES = (10, 1_000, 10_000)
LINES = {"W7": 1, "W8": 4, "W8c": 4, "W9": 4, "W9x": 4}
W8 = 'name.familyName co "mor" and name.givenName co "a"'
W8C = f'(title co "engineer" or {ENTERPRISE}:department eq "Desk 07") and not (emails[type eq "work" and value co "1"])'
READ_SAMPLE = 40_000
"""People that are read: far more than a server may keep ready, where there are so many."""

SAMPLE = 4_000


def person(number: int, revision: int = 0, lead: str = "p") -> dict[str, Any]:
    """One made-up person; the same number gives the same person on every server."""
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number * 7 // 3 % len(FAMILY)]
    name = f"{lead}{number}"
    shown = f"{given} {family}" + (f" ({revision})" if revision else "")
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"{name}@northlight.example",
        "externalId": f"hr-{name}",
        "name": {"givenName": given, "familyName": family, "formatted": shown},
        "displayName": shown,
        "title": TITLES[number % len(TITLES)],
        "preferredLanguage": "en",
        "active": True,
        "emails": [
            {"value": f"{name}@northlight.example", "type": "work", "primary": True},
            {"value": f"{name}@post.example", "type": "home"},
        ],
        "phoneNumbers": [
            {"value": f"+4930{1_000_000 + number % 9_000_000}", "type": "work"},
            {"value": f"+4915{1_000_000 + number % 9_000_000}", "type": "mobile"},
        ],
        "addresses": [
            {
                "type": "work",
                "streetAddress": f"Hafenweg {number}",
                "locality": "Bremen",
                "region": "HB",
                "postalCode": "28195",
                "country": "DE",
            }
        ],
        ENTERPRISE: {
            "employeeNumber": str(100_000 + number),
            "department": f"Desk {number % 40:02d}",
            "division": "Care",
            "costCenter": f"K{number % 12:02d}",
            "organization": "Northlight",
        },
    }


def wanted_by_w8(someone: dict[str, Any]) -> bool:
    return "mor" in someone["name"]["familyName"].lower() and "a" in someone["name"]["givenName"].lower()


def wanted_by_w8c(someone: dict[str, Any]) -> bool:
    chosen = "engineer" in someone["title"].lower() or someone[ENTERPRISE]["department"] == "Desk 07"
    return chosen and not any(email["type"] == "work" and "1" in email["value"] for email in someone["emails"])


def dump(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(slots=True)
class Bench:
    """One server with its population. ``wrong`` collects answers that were not right: such a figure is no figure."""

    place: Place
    people: int
    seconds: float
    adds: int
    ids: list[str] = field(default_factory=list)
    groups: dict[int, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    fresh: Iterator[int] = field(default_factory=lambda: count(50_000_000))
    revision: int = 0

    # ------------------------------------------------------------------ population

    def load(self) -> Tally:
        """Create everybody (this is W1 as well)."""
        found: dict[str, bytes] = {}

        def seen(name: str, status: int, answer: bytes) -> None:
            if status in (200, 201):
                found[name] = answer

        # Made beforehand and looked at afterwards: what the client does meanwhile is taken from the server.
        requests = [(str(number), self.place.request("POST", "/Users", dump(person(number)))) for number in range(self.people)]
        tally = drive(self.place, iter(requests), seconds=1e6, seen=seen)
        self.ids = [json.loads(body_of(found[str(number)]))["id"] for number in range(self.people) if str(number) in found]
        if len(self.ids) < self.people:
            raise SystemExit(f"only {len(self.ids)} of {self.people} could be created: {tally.first_refusal!r}")
        return tally

    def group(self, size: int) -> str:
        """A group of this size, made when it is first asked for."""
        if size not in self.groups:
            members = [{"value": id} for id in self.ids[:size]]
            body = dump({"schemas": [GROUP], "displayName": f"Desk of {size}", "members": members})
            status, answer = ask(self.place, "POST", "/Groups", body)
            if status != 201:
                raise SystemExit(f"a group of {size} cannot be created: {status} {answer[:300]!r}")
            self.groups[size] = json.loads(answer)["id"]
        return self.groups[size]

    # ------------------------------------------------------------------ workloads

    def run(self, workload: str) -> Tally:
        name, _, size = workload.partition("/")
        requests, most = self._requests(name, int(size or 0))
        return drive(self.place, requests, lines=LINES.get(name, 16), seconds=self.seconds, most=most)

    def _requests(self, name: str, size: int) -> tuple[Iterator[Named], int]:
        if name == "W7":
            return self._adds(size), self.adds
        make = {
            "W1": self._creates, "W2": self._gets, "W3": lambda: self._finds("userName", "p{0}@northlight.example", "W3"),
            "W3x": lambda: self._finds("externalId", "hr-p{0}", "W3x"), "W4": lambda: self._page(1, "W4"),
            "W4d": lambda: self._page(max(1, self.people * 9 // 10 - 100), "W4d"), "W5": self._switches, "W6": self._replacements,
            "W8": lambda: self._search(W8, wanted_by_w8, "W8"), "W8c": lambda: self._search(W8C, wanted_by_w8c, "W8c"),
            "W9": lambda: self._large_group(""), "W9x": lambda: self._large_group("?excludedAttributes=members"), "W10": self._mixed,
        }[name]  # fmt: skip
        return make(), 10**9

    def _some(self, most: int = SAMPLE) -> list[int]:
        dice = random.Random(7)
        return [dice.randrange(self.people) for _ in range(min(most, self.people * 2))]

    def _creates(self) -> Iterator[Named]:
        for number in self.fresh:
            yield "W1", self.place.request("POST", "/Users", dump(person(number, lead="x")))

    def _gets(self) -> Iterator[Named]:
        status, answer = ask(self.place, "GET", f"/Users/{self.ids[0]}")
        self._check("W2", status == 200 and json.loads(answer)["id"] == self.ids[0], answer)
        return cycle([("W2", self.place.request("GET", f"/Users/{self.ids[each]}")) for each in self._some(READ_SAMPLE)])

    def _finds(self, attribute: str, form: str, name: str) -> Iterator[Named]:
        def path(number: int) -> str:
            return "/Users?filter=" + quote(f'{attribute} eq "{form.format(number)}"', safe="")

        status, answer = ask(self.place, "GET", path(3))
        right = status == 200 and [each["id"] for each in json.loads(answer)["Resources"]] == [self.ids[3]]
        self._check(name, right, answer)
        return cycle([(name, self.place.request("GET", path(each))) for each in self._some(READ_SAMPLE)])

    def _page(self, start: int, name: str) -> Iterator[Named]:
        path = f"/Users?startIndex={start}&count=100"
        status, answer = ask(self.place, "GET", path)
        shown = json.loads(answer)
        self._check(name, status == 200 and len(shown["Resources"]) == 100 and shown["totalResults"] >= self.people, answer)
        return cycle([(name, self.place.request("GET", path))])

    def _switches(self) -> Iterator[Named]:
        """Every pass over the sample turns the value, so that each request is a change."""
        some = list(dict.fromkeys(self._some()))
        ways = [
            [("W5", self.place.request("PATCH", f"/Users/{self.ids[each]}", _switch(value))) for each in some]
            for value in ("False", "True")
        ]
        path = f"/Users/{self.ids[1]}"
        for value, shown in (("False", False), ("True", True)):
            status, answer = ask(self.place, "PATCH", path, _switch(value))
            right = 200 <= status < 300 and json.loads(ask(self.place, "GET", path)[1]).get("active") is shown
            self._check("W5", right, f"{value}: {status} ".encode() + answer)
        return cycle([request for way in ways for request in way])

    def _replacements(self) -> Iterator[Named]:
        self.revision += 2
        some = list(dict.fromkeys(self._some()))[:1_000]
        ways = [
            [
                ("W6", self.place.request("PUT", f"/Users/{self.ids[each]}", dump(person(each, revision) | {"id": self.ids[each]})))
                for each in some
            ]
            for revision in (self.revision, self.revision + 1)
        ]
        status, answer = ask(self.place, "PUT", f"/Users/{self.ids[2]}", dump(person(2, 9) | {"id": self.ids[2]}))
        shown = json.loads(ask(self.place, "GET", f"/Users/{self.ids[2]}")[1])
        self._check("W6", status == 200 and shown["displayName"].endswith("(9)"), answer)
        return cycle([request for way in ways for request in way])

    def _adds(self, size: int) -> Iterator[Named]:
        group = self.group(size)
        fresh: list[str] = []

        def seen(_name: str, _status: int, answer: bytes) -> None:
            fresh.append(json.loads(body_of(answer))["id"])

        drive(self.place, self._creates(), seconds=1e6, most=self.adds, seen=seen)

        def add(id: str) -> bytes:
            return dump({"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": id}]}]})

        return iter([(f"W7/{size}", self.place.request("PATCH", f"/Groups/{group}", add(id))) for id in fresh])

    def _search(self, text: str, wanted: Any, name: str) -> Iterator[Named]:
        path = f"/Users?filter={quote(text, safe='')}&startIndex=1&count=20"
        status, answer = ask(self.place, "GET", path)
        found = json.loads(answer).get("totalResults")
        right = sum(wanted(person(number)) for number in range(self.people))
        # People that W1 and W7 add later are other numbers: only at least so many can be said then.
        self._check(name, status == 200 and found is not None and found >= right, f"{found}, right is {right}".encode())
        return cycle([(name, self.place.request("GET", path))])

    def _large_group(self, query: str) -> Iterator[Named]:
        size = max(each for each in GROUP_SIZES if each <= self.people)
        path = f"/Groups/{self.group(size)}{query}"
        status, answer = ask(self.place, "GET", path)
        members = len(json.loads(answer).get("members", []))
        name = "W9x" if query else "W9"
        self._check(name, status == 200 and (members == 0 if query else members >= size), f"{members} members shown".encode())
        return cycle([(name, self.place.request("GET", path))])

    def _mixed(self) -> Iterator[Named]:
        parts = {"W2": self._gets(), "W3": self._finds("userName", "p{0}@northlight.example", "W3"), "W5": self._switches(),
                 "W6": self._replacements(), "W1": self._creates()}  # fmt: skip
        page = ("page", self.place.request("GET", f"/Users?startIndex={self.people // 2}&count=20"))
        order = ["W2"] * 50 + ["W3"] * 28 + ["page"] * 2 + ["W5"] * 12 + ["W6"] * 4 + ["W1"] * 4
        random.Random(3).shuffle(order)
        return (page if name == "page" else next(parts[name]) for name in cycle(order))

    def _check(self, name: str, right: bool, answer: bytes) -> None:
        if not right:
            self.wrong[name] = answer[:120].decode("utf-8", "replace")


def _switch(value: str) -> bytes:
    return dump({"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": value}]})
