"""What is remembered of resources is always what the database says: random histories, read beside a connection that remembers nothing."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from org_places import FACE, LoopClock, adding, with_orgs

from joiner.errors import AlreadyTaken
from joiner.store import org_recent
from joiner.store.conditions import AmongNumbers, HeldBy, Search
from joiner.store.org_file import connect_org_file
from joiner.store.org_port import Kept, OrgReads, OrgWrites, State
from joiner.store.org_recent import Recent
from joiner.store.org_rows import Remembered
from joiner.store.org_store import SQL, SqliteOrgStore, open_org_store
from joiner.store.sqlite_rows import SqliteReadRows
from joiner.store.sqlite_statements import SqliteStatements

NAMES = ("aino", "eeva", "olga", "kaisa")
CLIENTS = ("", "north-client", "south-client")


HELD = (*NAMES, "kerttu", "lempi")


def held_by(rows: OrgReads, n: int) -> str:
    return next((name for name in HELD if rows.holder(1, "User", name) == n), "")


class History:
    """Works over a few people and one group; each says what it read on the way, which is compared with the plain statements."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.numbers: dict[str, int] = {}

    def work(self, refuse: bool) -> Any:
        steps = [self._step() for _ in range(self.dice.randrange(1, 4))]

        def run(rows: OrgWrites) -> None:
            for step in steps:
                self._read(rows)
                step(rows)
            self._read(rows)
            if refuse:
                raise AlreadyTaken

        return run

    def _read(self, rows: OrgReads) -> None:
        for name in NAMES:
            client = self.dice.choice(CLIENTS)
            assert rows.resource(1, "User", name, client) == plain(rows).resource(1, "User", name, client)
        for condition in (*map(HeldBy, HELD), AmongNumbers((self.numbers[self.dice.choice(NAMES)],))):
            search = Search(condition, self.dice.random() < 0.3, limit=9)
            assert rows.search(1, "User", client, search) == plain(rows).search(1, "User", client, search)

    def _step(self) -> Any:
        n, client = self.numbers[self.dice.choice(NAMES)], self.dice.choice(CLIENTS[1:])
        value, fresh_name = self.dice.choice(("x", "y", None)), self.dice.choice(HELD)
        state = self.dice.choice((State.ACTIVE, State.INACTIVE, State.DELETED))

        def rewrite(rows: OrgWrites) -> None:
            kept = rows.resources(1, "User", (n,))[0]
            fresh = Kept(n, kept.id, kept.version + 1, state, kept.name, b'{"version":%d}' % kept.version)
            rows.update(1, "User", fresh, FACE)

        def bump(rows: OrgWrites) -> None:
            kept = rows.resources(1, "User", (n,))[0]
            rows.update(1, "User", Kept(n, kept.id, kept.version + 1, kept.state, kept.name, b"{}"), None)

        def rename(rows: OrgWrites) -> None:
            kept, was = rows.resources(1, "User", (n,))[0], held_by(rows, n)
            try:
                rows.take_name(1, "User", fresh_name, n, was)
            except AlreadyTaken:
                return
            rows.update(1, "User", Kept(n, kept.id, kept.version + 1, kept.state, fresh_name, kept.body), FACE)

        def free(rows: OrgWrites) -> None:
            rows.free_name(1, "User", held_by(rows, n), n)

        def name_it(rows: OrgWrites) -> None:
            try:
                rows.set_external_id(1, "User", client, n, value)
            except AlreadyTaken:
                return

        every = (
            rewrite,
            bump,
            name_it,
            rename,
            free,
            lambda rows: rows.rest_external_ids(1, "User", n),
            lambda rows: rows.wake_external_ids(1, "User", n),
            lambda rows: rows.add_members(1, self.numbers["desk"], iter((n,))),
            lambda rows: rows.remove_members(1, self.numbers["desk"], iter((n,))),
        )
        return self.dice.choice(every)


def plain(rows: OrgReads) -> SqliteReadRows:
    """The statements alone, over the same connection."""
    assert isinstance(rows, SqliteReadRows) or hasattr(rows, "_sql")
    return SqliteReadRows(rows._sql, Remembered(), None)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_remembered_is_what_the_database_says(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_recent, "RESOURCES_REMEMBERED_MAX", 3 if seed % 2 else 100)

    async def story() -> None:
        path = str(tmp_path / "orgs.db")
        store = await with_orgs(open_org_store(path, LoopClock(), commit_inline=seed % 4 == 3))
        other = open_org_store(path, LoopClock())
        beside = connect_org_file(path)
        truth = SqliteReadRows(SqliteStatements(beside, SQL), Remembered(), None)
        history = History(seed)
        for name in (*NAMES, "desk"):
            history.numbers[name] = await store.write(1, adding(name))
        for _ in range(25):
            writers = [history.dice.choice((store, store, store, other)) for _ in range(history.dice.randrange(1, 5))]
            works = [each.write(1, history.work(history.dice.random() < 0.2)) for each in writers]
            reads = [store.read(1, history._read) for _ in range(2)]
            for outcome in await asyncio.gather(*works, *reads, return_exceptions=True):
                assert outcome is None or isinstance(outcome, AlreadyTaken), outcome
            for each in (store, other):
                for name in NAMES:
                    for client in CLIENTS:
                        told = await each.read(1, lambda rows, n=name, c=client: rows.resource(1, "User", n, c))
                        assert told == truth.resource(1, "User", name, client)
                for client in CLIENTS:
                    everybody = Search(None, history.dice.random() < 0.3, offset=history.dice.randrange(3), limit=9)
                    page = await each.read(1, lambda rows, s=everybody, c=client: rows.search(1, "User", c, s))
                    expected = truth.search(1, "User", client, everybody)
                    assert page.total == expected.total
                    assert [(one.n, one.id, one.body, one.external_id) for one in page.page] == [
                        (one.n, one.id, one.body, one.external_id) for one in expected.page
                    ]
                    for one in page.page:
                        assert not isinstance(one, Kept) or one == truth.resource(1, "User", one.id, client)
                for name in HELD:
                    search = Search(HeldBy(name), limit=9)
                    found = await each.read(1, lambda rows, s=search: rows.search(1, "User", "north-client", s))
                    assert found == truth.search(1, "User", "north-client", search)
        beside.close()
        other.close()
        store.close()

    asyncio.run(story())


def test_large_bodies_are_not_remembered_and_the_oldest_make_room() -> None:
    recent = Recent()
    large = Kept(1, "large", 1, State.ACTIVE, "large", b"x" * (org_recent.BODY_BYTES_MAX + 1))
    recent.put(1, "User", "", large)
    assert recent.get(1, "User", "large", "") is None
    for n in range(org_recent.RESOURCES_REMEMBERED_MAX + 1):
        recent.put(1, "User", "", Kept(n, f"p{n}", 1, State.ACTIVE, "p", b"{}"))
    assert recent.get(1, "User", "p0", "") is None
    assert recent.get(1, "User", "p1", "") is not None
    assert recent.get(2, "User", "p1", "") is None
    assert recent.get(1, "User", "p1", "north-client") is None


def test_a_resource_that_is_read_again_is_not_counted_twice(tmp_path: Path) -> None:
    async def story() -> None:
        store: SqliteOrgStore = await with_orgs(open_org_store(str(tmp_path / "orgs.db"), LoopClock()))
        await store.write(1, adding("aino"))
        seen: list[str] = []
        store._reader.set_trace_callback(seen.append)
        first = await store.read(1, lambda rows: rows.resource(1, "User", "aino", "c"))
        asked = len(seen)
        assert await store.read(1, lambda rows: rows.resource(1, "User", "aino", "c")) == first
        assert len(seen) == asked
        store.close()

    asyncio.run(story())
