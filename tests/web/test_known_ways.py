"""Two servers hear the same requests; one of them keeps notes about each head. Nobody could tell which."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from org_fixtures import Rehearsal, run

from joiner.journeys.connect import revoke_tokens, set_connection, switch_client
from joiner.web.known_ways import WAYS_REMEMBERED_MAX
from joiner.web.request import Answer, Request

BASES = ("/north/api/v2/scim/v2", "/north/scim/v2", "/scim/v2", *["/north//scim/v2"] * 4, "/north/api/v2", "/south/scim/v2", "")
PARTS = (
    "Users",
    "users",
    "Groups",
    "Users/",
    "Users//",
    ".search",
    "Me",
    "Schemas",
    "ResourceTypes",
    "Roles",
    "Bulk",
    "Nothing",
    "groups",
    "",
)
IDS = (".search", ".SEARCH", ".", "..", "unknown", "ä", "\ud800", "a b", "x" * 101, "x" * 3_000, "User", "", "a/b")
QUERIES = ("", "", "count=1", 'filter=userName eq "aino@northlight.example"', "attributes=userName", "attributes=a&excludedAttributes=b")
METHODS = ("GET", "GET", "GET", "HEAD", "PATCH", "DELETE", "PUT", "POST", "TRACE")
PATCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "title", "value": "Lead"}]}


class Side:
    """One of the two servers, with an org, three tokens and two people. ``notes``: what it keeps about each head."""

    def __init__(self, profile: str, rate: int | None) -> None:
        self.org = Rehearsal(profile, rate=rate)
        self.notes: dict[tuple[str, str], dict[Any, Any]] = {}
        tokens = (self.org.token, self.org.client("reader", ("directory:user:view",)), "jnt_nobody")
        self.heads = [{"authorization": f"Bearer {token}", "accept": accept} for token in tokens for accept in ("*/*", "text/html")]
        self.ids = [self.org.create(name)["id"] for name in ("aino@northlight.example", "bo@northlight.example")]

    def ask(self, drawn: random.Random, keeps_notes: bool) -> Answer:
        head = self.heads[0] if drawn.random() < 0.7 else drawn.choice(self.heads)
        base = BASES[0] if drawn.random() < 0.8 else drawn.choice(BASES)
        part = "Users" if drawn.random() < 0.6 else drawn.choice(PARTS)
        parts = (base, part, *([drawn.choice((*self.ids * 4, *IDS))] if drawn.random() < 0.6 else []))
        method = drawn.choice(METHODS)
        body = json.dumps(PATCH if method == "PATCH" else {"userName": f"p{drawn.randrange(9)}@northlight.example"}).encode()
        notes = self.notes.setdefault((head["authorization"], head["accept"]), {}) if keeps_notes else None
        sent = b"" if method in ("GET", "HEAD", "DELETE") else body
        return run(self.org.server.handle(Request(method, "/".join(parts), drawn.choice(QUERIES), head, sent, notes=notes)))

    def revoke(self) -> None:
        run(revoke_tokens(self.org.store, self.org.clock, "north", "okta"))

    def switch(self) -> None:
        run(switch_client(self.org.store, self.org.clock, "north", "reader", False))

    def connect(self) -> None:
        run(set_connection(self.org.store, self.org.clock, "north", "okta", "generic", {"may_update": False}))

    def expire(self) -> None:
        self.org.clock.seconds += 400 * 86_400

    def wait(self) -> None:
        self.org.clock.seconds += 61


NEWS: tuple[Callable[[Side], None], ...] = (Side.revoke, Side.switch, Side.connect, Side.expire, Side.wait)


@pytest.mark.parametrize("profile", ["strict", "extended"])
@pytest.mark.parametrize("seed", range(6))
def test_who_keeps_notes_answers_like_who_keeps_none(profile: str, seed: int) -> None:
    rate = 40 if seed % 2 else None
    keeping, plain = Side(profile, rate), Side(profile, rate)
    news = random.Random(seed)
    for number in range(600):
        if news.random() < 0.01:
            happens = news.choice(NEWS if number > 300 else NEWS[-1:])
            happens(keeping)
            happens(plain)
        ours = keeping.ask(random.Random(f"{seed} {number}"), keeps_notes=True)
        theirs = plain.ask(random.Random(f"{seed} {number}"), keeps_notes=False)
        assert ours == theirs, number
    assert run(keeping.org.server.observation.flush(keeping.org.store))
    assert run(plain.org.server.observation.flush(plain.org.store))
    counts = [run(side.org.store.read(1, lambda rows: rows.deviations(1))) for side in (keeping, plain)]
    assert counts[0] == counts[1]
    assert any(keeping.notes.values()), "nothing was ever noted"


def test_notes_of_one_head_are_few() -> None:
    org, notes = Rehearsal(), dict[Any, Any]()
    head = {"authorization": f"Bearer {org.token}"}
    for number in range(2 * WAYS_REMEMBERED_MAX):
        word = "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("groups"))
        base = "/north/scim/v2" if number < WAYS_REMEMBERED_MAX else "/scim/v2"
        assert run(org.server.handle(Request("GET", f"{base}/{word}", "", head, notes=notes))).status == 200
        assert 0 < len(notes) <= WAYS_REMEMBERED_MAX
