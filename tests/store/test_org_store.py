"""The orgs' database: group commit, savepoints, other processes on the same file, tenants, the chain of audit rows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from joiner.errors import AlreadyTaken, Locked, StoreError, Unwritable
from joiner.events import Actor, Door, Event
from joiner.journeys.audit import verify_audit
from joiner.store.audit_chain import check_chain
from joiner.store.org_port import Client, Face, IndexRow, Kept, OrgWrites, State
from joiner.store.org_store import SqliteOrgStore, open_org_store

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class LoopClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def event(name: str) -> Event:
    return Event("user.created", Actor("client", "okta", Door.SCIM), NOW, "User", name, name)


def adding(name: str, org: int = 1) -> Callable[[OrgWrites], int]:
    def work(rows: OrgWrites) -> int:
        n = rows.next_number(org, "User")
        rows.insert(org, "User", Kept(n, name, 1, State.ACTIVE, name, b"{}"), FACE)
        rows.take_name(org, "User", name, n)
        rows.append_audit(org, event(name))
        return n

    return work


FACE = Face("Aino", NOW.isoformat(), (None,) * 10)


def add_orgs(rows: OrgWrites) -> None:
    for name in ("north", "south"):
        org = rows.add_org(name, name, "extended", name == "north", None, NOW.isoformat())
        rows.add_client(Client(org.key, f"{name}-client", "okta", "-", frozenset({"directory:user:add"})), NOW.isoformat())


async def opened(path: Path, **options: float) -> SqliteOrgStore:
    store = open_org_store(str(path / "orgs.db"), LoopClock(), **options)  # type: ignore[arg-type]
    if not store.reads().orgs():
        await store.write(0, add_orgs)
    return store


def test_writes_that_arrive_together_share_a_commit_and_are_all_kept(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        commits: list[str] = []
        store._writer.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
        await asyncio.gather(*(store.write(0, adding(f"p{number}")) for number in range(50)))
        store._writer.set_trace_callback(None)
        assert store.reads().count(1, "User", False) == 50
        assert len(commits) <= 3
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())


def test_a_refused_write_leaves_nothing_and_spares_its_neighbours(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)

        def half(rows: OrgWrites) -> None:
            adding("half")(rows)
            raise AlreadyTaken

        results = await asyncio.gather(
            store.write(0, adding("before")), store.write(0, half), store.write(0, adding("after")), return_exceptions=True
        )
        assert isinstance(results[1], AlreadyTaken)
        assert [kept.id for kept in store.reads().scan(1, "User")] == ["before", "after"]
        assert store.reads().audit_head(1)[0] == 2
        store.close()

    asyncio.run(story())


def test_a_write_is_not_seen_before_its_commit(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        seen: list[int] = []

        def work(rows: OrgWrites) -> None:
            adding("aino")(rows)
            seen.append(store.reads().count(1, "User", False))

        await store.write(0, work)
        assert seen == [0]
        assert store.reads().count(1, "User", False) == 1
        store.close()

    asyncio.run(story())


def test_another_process_is_awaited_and_its_changes_are_noticed(tmp_path: Path) -> None:
    async def story() -> None:
        server, operator = await opened(tmp_path), await opened(tmp_path)
        assert server.reads().org("east") is None
        assert server.reads().session(b"hash") is None
        other = sqlite3.connect(tmp_path / "orgs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(server.write(0, adding("aino")))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert server.reads().count(1, "User", False) == 0
        other.execute("COMMIT")
        other.close()
        await waiting
        before = server.foreign_changes()
        await operator.write(0, lambda rows: rows.add_org("east", "East", "strict", False, None, NOW.isoformat()))
        await operator.write(0, lambda rows: rows.add_token(b"hash", 1, "north-client", 0.0, 10.0))
        assert server.reads().org("east") is not None
        assert server.reads().session(b"hash") is not None
        assert server.foreign_changes() > before
        server.close()
        operator.close()

    asyncio.run(story())


def test_a_process_that_never_lets_go_is_named_after_the_wait(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path, foreign_wait_seconds=0.05)
        other = sqlite3.connect(tmp_path / "orgs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Locked):
            await store.write(0, adding("aino"))
        other.close()
        await store.write(0, adding("aino"))
        store.close()

    asyncio.run(story())


def test_full_disk_fails_the_writes_and_harms_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        await store.write(0, adding("before"))
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count = {pages}")
        big = Kept(7, "big", 1, State.ACTIVE, "big", b"x" * 1_000_000)
        results = await asyncio.gather(
            store.write(0, lambda rows: rows.insert(1, "User", big, FACE)), store.write(0, adding("neighbour")), return_exceptions=True
        )
        assert isinstance(results[0], Unwritable)
        store._writer.execute("PRAGMA max_page_count = 1000000")
        kept = {found.id for found in store.reads().scan(1, "User")}
        assert kept == ({"before"} if isinstance(results[1], StoreError) else {"before", "neighbour"})
        await store.write(0, adding("later"))
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())


def test_orgs_never_see_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        await store.write(0, adding("aino", 1))
        await store.write(0, adding("aino", 2))
        rows = store.reads()
        for org in (1, 2):
            assert [kept.n for kept in rows.scan(org, "User")] == [org]
            assert rows.holder(org, "User", "aino") == org
            assert rows.resources(org, "User", [3 - org]) == []
        assert rows.resource(3, "User", "aino") is None
        assert rows.client(2, "north-client") is None
        assert rows.audit_head(1)[0] == rows.audit_head(2)[0] == 1
        store.close()

    asyncio.run(story())


def test_external_ids_rest_with_a_tombstone_and_wake_only_when_free(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        for name in ("first", "second"):
            await store.write(0, adding(name))

        def work(rows: OrgWrites) -> None:
            rows.set_external_id(1, "User", "north-client", 1, "x")
            with pytest.raises(AlreadyTaken):
                rows.set_external_id(1, "User", "north-client", 2, "x")
            rows.rest_external_ids(1, "User", 1)
            rows.set_external_id(1, "User", "north-client", 2, "x")
            rows.wake_external_ids(1, "User", 1)
            assert rows.external_ids(1, "User", "north-client", [1, 2]) == {2: "x"}
            rows.rest_external_ids(1, "User", 2)
            rows.wake_external_ids(1, "User", 2)
            assert list(rows.find_external(1, "User", "north-client", "x")) == [2]

        await store.write(0, work)
        store.close()

    asyncio.run(story())


def test_index_rows_come_and_go(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        await store.write(0, adding("aino"))
        lead, agent = IndexRow("title", "lead"), IndexRow("title", "agent")
        await store.write(0, lambda rows: rows.set_index(1, "User", 1, (), {lead}))
        assert list(store.reads().find(1, "User", "title", "lead")) == [1]
        await store.write(0, lambda rows: rows.set_index(1, "User", 1, {lead}, {agent}))
        assert list(store.reads().find(1, "User", "title", "lead")) == []
        store.close()

    asyncio.run(story())


def test_audit_rows_cannot_be_changed_and_a_forged_row_breaks_the_chain(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)
        for name in ("a", "b", "c"):
            await store.write(0, adding(name))
        with pytest.raises(StoreError):
            await store.write(0, lambda rows: rows._sql.text("DELETE FROM audit WHERE sequence = 2", ()))  # type: ignore[attr-defined]
        store.close()
        forger = sqlite3.connect(tmp_path / "orgs.db")
        forger.execute("DROP TRIGGER audit_is_never_changed")
        forger.execute("UPDATE audit SET document = replace(document, '\"b\"', '\"x\"') WHERE org = 1 AND sequence = 2")
        forger.commit()
        forger.close()
        store = await opened(tmp_path)
        verdict = (await verify_audit(store))[0]
        assert (verdict.broken_at, verdict.detail) == (2, "row 2 was changed after it was written")
        entries = list(store.reads().audit(1, 0, 10))
        assert check_chain("x", [entries[0], entries[2]]).broken_at == 2
        store.close()

    asyncio.run(story())


def test_files_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "orgs.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError) as caught:
        open_org_store(str(foreign), LoopClock())
    assert caught.value.problems[0].code == "JN4020"
    with pytest.raises(Unwritable):
        open_org_store(str(tmp_path / "no" / "such" / "folder.db"), LoopClock())


def test_newer_layout_is_refused(tmp_path: Path) -> None:
    asyncio.run(opened(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "orgs.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError) as caught:
        open_org_store(str(tmp_path / "orgs.db"), LoopClock())
    assert caught.value.problems[0].code == "JN4009"


def test_database_is_private_and_durable(tmp_path: Path) -> None:
    store = asyncio.run(opened(tmp_path))
    assert (tmp_path / "orgs.db").stat().st_mode & 0o077 == 0
    pragma = {name: store._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store.close()


def test_a_client_keeps_its_newest_tokens_only_but_every_long_lived_one(tmp_path: Path) -> None:
    async def story() -> None:
        store = await opened(tmp_path)

        def work(rows: OrgWrites) -> None:
            rows.add_token(b"static", 1, "north-client", 0.0, 31_536_000.0)
            for number in range(1_005):
                rows.add_token(f"t{number}".encode(), 1, "north-client", float(number), number + 86_400.0)

        await store.write(0, work)
        rows = store.reads()
        assert [rows.session(name) is not None for name in (b"static", b"t4", b"t5", b"t1004")] == [True, False, True, True]
        await store.write(0, lambda rows: rows.add_token(b"later", 1, "north-client", 100_000.0, 186_400.0))
        assert store._writer.execute("SELECT count(*) FROM token").fetchone()[0] == 2
        store.close()

    asyncio.run(story())
