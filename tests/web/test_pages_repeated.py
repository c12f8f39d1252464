"""Pages that are read again and again show each person exactly as a read by id does, whatever happened in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from org_fixtures import Rehearsal

from joiner.journeys import rendered
from joiner.journeys.rendered import RenderedPeople
from joiner.store import org_recent
from joiner.store.org_port import Kept, State

NAMES = [f"{name}@northlight.example" for name in ("aino", "eeva", "olga", "kaisa", "lempi", "bo", "ulla", "veera")]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class History:
    """An org whose people change in every way that a page shows, as two clients see it."""

    def __init__(self, profile: str, seed: int) -> None:
        self.dice, self.org = random.Random(seed), Rehearsal(profile, rate=0)
        self.tokens = (self.org.token, self.org.client("entra"))
        self.ids = [self.org.create(name)["id"] for name in NAMES]
        self.groups = [self.org.group(name) for name in ("Desk", "Team")]

    def happen(self) -> None:
        self.dice.choice(self.EVENTS)(self)

    def _user(self, *operations: Any) -> None:
        reply = self.org.patch(f"Users/{self.dice.choice(self.ids)}", *operations)
        assert reply.status in (200, 404), reply.body

    def retitle(self) -> None:
        self._user({"op": "replace", "path": "title", "value": self.dice.choice(("Lead", "Agent", "x" * 5_000))})

    def switch(self) -> None:
        self._user({"op": "replace", "path": "active", "value": self.dice.random() < 0.7})

    def name(self) -> None:
        token = self.dice.choice(self.tokens)
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "externalId", "value": f"hr-{self.dice.randrange(10**6)}"}],
        }
        self.org.send("PATCH", f"Users/{self.dice.choice(self.ids)}", body, token=token)

    def manage(self) -> None:
        boss = self.dice.choice(self.ids)
        self._user({"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": boss}})

    def join(self) -> None:
        op, group = self.dice.choice(("add", "remove")), self.dice.choice(self.groups)
        chosen = self.dice.choice(self.ids)
        operation = {"op": "add", "path": "members", "value": [{"value": chosen}]}
        self.org.patch(f"Groups/{group}", operation if op == "add" else {"op": "remove", "path": f'members[value eq "{chosen}"]'})

    def rename(self) -> None:
        self.org.patch(f"Groups/{self.groups[0]}", {"op": "replace", "path": "displayName", "value": f"Desk {self.dice.randrange(9)}"})

    def go(self) -> None:
        gone = self.dice.randrange(len(self.ids))
        self.org.delete(f"Users/{self.ids[gone]}")
        self.ids[gone] = self.org.create(f"n{self.dice.randrange(10**9)}@northlight.example")["id"]

    EVENTS: tuple[Callable[[History], None], ...] = (retitle, switch, name, manage, join, rename, go)

    def check(self) -> None:
        """Every page of every client, against reads by id."""
        for token in self.tokens:
            for start, count in ((1, 100), (1, 3), (3, 4)):
                page = self.org.send("GET", "Users", token=token, query={"startIndex": start, "count": count}).json
                shown = page.get("Resources", [])
                assert shown == [self.org.send("GET", f"Users/{each['id']}", token=token).json for each in shown]


@pytest.mark.parametrize("room", [3, 16_384])
@pytest.mark.parametrize("profile", ["strict", "extended"])
@pytest.mark.parametrize("seed", range(3))
def test_pages_show_what_reads_show(seed: int, profile: str, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_recent, "RESOURCES_REMEMBERED_MAX", room)
    monkeypatch.setattr(rendered, "PEOPLE_RENDERED_MAX", room)
    history = History(profile, seed)
    for _ in range(60):
        history.happen()
        history.check()
        history.check()


def test_what_is_kept_of_pages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered, "PEOPLE_RENDERED_MAX", 1)
    people, lead = RenderedPeople(), b"http://north/Users/"
    first, second = (Kept(n, f"p{n}", 1, State.ACTIVE, "p", b"{}") for n in (1, 2))
    people.put(first, lead, b"x" * (rendered.PERSON_BYTES_MAX + 1))
    assert people.get(first, lead) is None
    people.put(first, lead, b"shown")
    people.put(second, lead, b"shown")
    assert people.get(first, lead) == b"shown"
    assert people.get(second, lead) is None, "nobody has to go for somebody who comes"
    people.put(first, lead, b"shown anew")
    assert people.get(first, lead) == b"shown anew"
    assert people.get(first, b"".join((b"http://north", b"/Users/"))) is None, "another base, or the same in another object"
    same = Kept(1, "p1", 1, State.ACTIVE, "p", b"{}")
    assert people.get(same, lead) is None, "only the very value that was shown"


def test_pages_that_are_read_by_threads_or_from_postgresql_keep_nothing() -> None:
    """They are made anew each time: what is kept of them could never be used, and would stand in the way of what could."""
    history = History("extended", 1)
    kept = history.org.server._rendered.people._shown
    rows = history.org.store.reads()
    assert rows.keeps_ready
    history.org.get("Users")
    assert len(kept) == len(NAMES)
    kept.clear()
    history.org.store._read_rows.keeps_ready = False
    history.org.get("Users")
    assert not kept
