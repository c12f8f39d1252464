"""Requests that share a transaction on SQLite: run bare, run again after a late failure, in turn by org; what is remembered keeps step."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from org_places import FACE, LoopClock, adding, event, users, with_orgs

from joiner.errors import AlreadyTaken, Locked, Unwritable
from joiner.journeys.audit import verify_audit
from joiner.store import org_checkpoint, org_long_reads, org_writer, sqlite_rows
from joiner.store.conditions import Search, SlotTest
from joiner.store.org_port import Kept, OrgReads, OrgWrites, State
from joiner.store.org_store import SqliteOrgStore, open_org_store


def tell(tmp_path: Path, story: Callable[[SqliteOrgStore], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await with_orgs(open_org_store(str(tmp_path / "orgs.db"), LoopClock()))
        try:
            await story(store)
        finally:
            store.close()

    asyncio.run(run())


def statements_of(store: SqliteOrgStore) -> list[str]:
    seen: list[str] = []
    store._writer.set_trace_callback(lambda statement: seen.append(statement.split("(")[0].strip()))
    return seen


def refusing_late(rows: OrgWrites) -> None:
    adding("late")(rows)
    raise AlreadyTaken


def test_refusals_before_the_first_write_cost_their_neighbours_nothing(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        seen = statements_of(store)

        def refusing(rows: OrgWrites) -> None:
            assert rows.holder(1, "User", "nobody") is None
            raise AlreadyTaken

        works: list[Any] = [adding("a"), refusing, adding("b"), refusing]
        results = await asyncio.gather(*(store.write(1, work) for work in works), return_exceptions=True)
        assert [isinstance(result, AlreadyTaken) for result in results] == [False, True, False, True]
        assert await users(store) == ["a", "b"]
        assert seen.count("COMMIT") == 1
        assert not [text for text in seen if text.startswith(("SAVEPOINT", "ROLLBACK"))]

    tell(tmp_path, story)


def test_after_a_late_refusal_all_others_run_again_and_are_kept_once(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        seen = statements_of(store)
        works: list[Any] = [adding("a"), refusing_late, adding("b"), refusing_late, adding("c")]
        results = await asyncio.gather(*(store.write(1, work) for work in works), return_exceptions=True)
        assert [isinstance(result, AlreadyTaken) for result in results] == [False, True, False, True, False]
        assert await users(store) == ["a", "b", "c"]
        assert (seen.count("COMMIT"), seen.count("ROLLBACK")) == (1, 1)
        assert (await store.read(1, lambda rows: rows.audit_head(1)))[0] == 3
        assert (await verify_audit(store))[0].broken_at == 0
        found = await store.read(1, lambda rows: rows.search(1, "User", "", Search(None, limit=9)))
        assert (found.total, [kept.id for kept in found.page]) == (3, ["a", "b", "c"])

    tell(tmp_path, story)


def test_a_late_refusal_alone_leaves_nothing_and_its_number_is_given_again(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        with pytest.raises(AlreadyTaken):
            await store.write(1, refusing_late)
        assert await store.write(1, adding("a")) == 1
        assert await users(store) == ["a"]
        assert (await verify_audit(store))[0].broken_at == 0

    tell(tmp_path, story)


def test_who_comes_turn_after_turn_joins_the_transaction_of_a_crowd(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        async def comes_later(turns: int, name: str) -> int:
            for _ in range(turns):
                await asyncio.sleep(0)
            return await store.write(1, adding(name))

        await asyncio.gather(store.write(1, adding("a")), store.write(1, adding("b")))
        seen = statements_of(store)
        await asyncio.gather(*(comes_later(turns, f"c{turns}") for turns in range(9)))
        assert seen.count("COMMIT") == 1
        assert len(await users(store)) == 11
        assert (await verify_audit(store))[0].broken_at == 0

    tell(tmp_path, story)


def test_a_crowd_that_never_ends_is_committed_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_writer, "GATHER_SECONDS_MAX", 0.0)

    async def story(store: SqliteOrgStore) -> None:
        async def goes_on(lead: str) -> None:
            for number in range(9):
                await store.write(1, adding(f"{lead}{number}"))

        seen = statements_of(store)
        await asyncio.gather(goes_on("a"), goes_on("b"))
        assert seen.count("COMMIT") == 9

    tell(tmp_path, story)


def test_a_full_disk_harms_only_who_filled_it(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        await store.write(1, adding("a"))
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count = {pages + 4}")
        big = Kept(7, "big", 1, State.ACTIVE, "big", b"x" * 1_000_000)
        works: list[Any] = [adding("b"), lambda rows: rows.insert(1, "User", big, FACE), adding("c")]
        results = await asyncio.gather(*(store.write(1, work) for work in works), return_exceptions=True)
        assert [isinstance(result, Unwritable) for result in results] == [False, True, False]
        assert await users(store) == ["a", "b", "c"]
        assert await store.read(1, lambda rows: rows.count(1, "User", False)) == 3
        assert (await verify_audit(store))[0].broken_at == 0

    tell(tmp_path, story)


def test_a_request_that_is_given_up_while_it_waits_changes_nothing(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        given_up = asyncio.ensure_future(store.write(1, adding("gone")))
        staying = asyncio.ensure_future(store.write(1, adding("a")))
        await asyncio.sleep(0)
        given_up.cancel()
        await staying
        assert "a" in await users(store)

    tell(tmp_path, story)


def test_orgs_take_turns_and_one_that_floods_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_writer, "BATCH_WORKS_MAX", 4)
    monkeypatch.setattr(org_writer, "WAITING_PER_ORG_MAX", 20)

    async def story(store: SqliteOrgStore) -> None:
        order: list[str] = []

        def named(name: str, org: int) -> Callable[[OrgWrites], int]:
            def work(rows: OrgWrites) -> int:
                order.append(name)
                return adding(name, org)(rows)

            return work

        many = [asyncio.ensure_future(store.write(1, named(f"n{number}", 1))) for number in range(22)]
        few = [asyncio.ensure_future(store.write(2, named(f"s{number}", 2))) for number in range(2)]
        results = await asyncio.gather(*many, return_exceptions=True)
        await asyncio.gather(*few)
        assert [isinstance(result, Locked) for result in results] == [False] * 20 + [True] * 2
        assert order[:4] == ["n0", "s0", "n1", "s1"]

    tell(tmp_path, story)


def test_counts_and_pages_follow_every_commit_and_no_rollback(tmp_path: Path) -> None:
    def look(rows: OrgReads) -> tuple[int, int, list[str]]:
        page = rows.search(1, "User", "", Search(None, limit=9)).page
        return rows.count(1, "User", False), rows.count(1, "User", True), [kept.id for kept in page]

    def become(n: int, name: str, state: State) -> Callable[[OrgWrites], None]:
        return lambda rows: rows.update(1, "User", Kept(n, name, 2, state, name, b"{}"), FACE)

    async def story(store: SqliteOrgStore) -> None:
        assert await store.read(1, look) == (0, 0, [])
        one, two = [await store.write(1, adding(name)) for name in ("a", "b")]
        assert await store.read(1, look) == (2, 2, ["a", "b"])
        await store.write(1, become(one, "a", State.INACTIVE))
        assert await store.read(1, look) == (2, 1, ["a", "b"])
        await store.write(1, become(one, "a", State.DELETED))
        assert await store.read(1, look) == (1, 1, ["b"])
        with pytest.raises(AlreadyTaken):
            await store.write(1, refusing_late)
        assert await store.read(1, look) == (1, 1, ["b"])
        await store.write(1, become(one, "a", State.ACTIVE))
        assert await store.read(1, look) == (2, 2, ["a", "b"])
        other = open_org_store(store._path, LoopClock(), commit_inline=True)
        await other.write(1, adding("c"))
        await other.write(1, become(two, "b", State.DELETED))
        other.close()
        assert await store.read(1, look) == (2, 2, ["a", "c"])

    tell(tmp_path, story)


def test_the_chain_goes_on_where_another_process_ended_it(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        other = open_org_store(store._path, LoopClock(), commit_inline=True)
        for name in ("a", "b", "c"):
            await store.write(1, adding(name))
            await other.write(1, lambda rows, name=name: rows.append_audit(1, event(name)))  # type: ignore[misc]
        other.close()
        await store.write(1, adding("d"))
        assert (await store.read(1, lambda rows: rows.audit_head(1)))[0] == 7
        assert (await verify_audit(store))[0].broken_at == 0

    tell(tmp_path, story)


def test_reads_between_writes_move_the_commit_off_the_loop_and_stay_in_step(tmp_path: Path) -> None:
    async def story(store: SqliteOrgStore) -> None:
        for number in range(40):
            await asyncio.gather(store.write(1, adding(f"p{number}")), store.read(1, lambda rows: rows.count(1, "User", False)))
            head, count, page = await store.read(
                1,
                lambda rows: (
                    rows.audit_head(1)[0],
                    rows.count(1, "User", False),
                    len(rows.search(1, "User", "", Search(None, limit=99)).page),
                ),
            )
            assert head == count == page == number + 1
        assert store._writing._pool is not None

    tell(tmp_path, story)


def test_the_log_stays_short_under_constant_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_checkpoint, "LOG_PAGES_WANTED", 30)
    monkeypatch.setattr(org_checkpoint, "LOG_PAGES_MAX", 90)

    async def story(store: SqliteOrgStore) -> None:
        longest = 0
        for number in range(300):
            await store.write(1, adding(f"p{number}", body=b"x" * 1_000))
            await store.read(1, lambda rows: rows.count(1, "User", False))
            longest = max(longest, Path(f"{store._path}-wal").stat().st_size // 4_096)  # noqa: ASYNC240
        assert longest < 400
        assert await store.read(1, lambda rows: rows.count(1, "User", False)) == 300

    tell(tmp_path, story)
    connection = sqlite3.connect(tmp_path / "orgs.db")
    assert not (tmp_path / "orgs.db-wal").exists()
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM resource").fetchone() == (300,)
    connection.close()


def test_a_long_search_runs_beside_the_loop_and_answers_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_rows, "LONG_SCAN_ROWS", 5)
    monkeypatch.setattr(org_long_reads, "WAITING_PER_ORG_MAX", 3)

    async def story(store: SqliteOrgStore) -> None:
        for number in range(10):
            await store.write(1, adding(f"p{number}", slots=(f"word{number % 2}",)))
        threads: list[str] = []

        def look(rows: OrgReads) -> int:
            threads.append(threading.current_thread().name)
            return rows.search(1, "User", "", Search(SlotTest(0, "co", "word1"), limit=3)).total

        assert await store.read(1, look) == 5
        assert await store.read(1, look, long=True) == 5
        assert [name.partition("_")[0] for name in threads] == ["MainThread", "MainThread", "long-read"]
        results = await asyncio.gather(*(store.read(1, look, long=True) for _ in range(8)), return_exceptions=True)
        assert [result for result in results if result != 5]
        assert all(result == 5 or isinstance(result, Locked) for result in results)

        def refuse(rows: OrgReads) -> None:
            rows.search(1, "User", "", Search(SlotTest(0, "co", "word1")))
            raise AlreadyTaken

        with pytest.raises(AlreadyTaken):
            await store.read(1, refuse, long=True)
        named = await store.read(1, lambda rows: rows.search(1, "User", "", Search(SlotTest(0, "co", "word1"), limit=1)), long=True)
        assert named.last is not None

    tell(tmp_path, story)


def test_somebody_who_reads_for_long_keeps_the_log_and_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org_checkpoint, "LOG_PAGES_WANTED", 20)
    monkeypatch.setattr(org_checkpoint, "LOG_PAGES_MAX", 40)

    async def story(store: SqliteOrgStore) -> None:
        await store.write(1, adding("first"))
        other = sqlite3.connect(store._path, isolation_level=None)
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM resource").fetchone() == (1,)
        for number in range(60):
            await store.write(1, adding(f"p{number}"))
        assert other.execute("SELECT count(*) FROM resource").fetchone() == (1,)
        other.execute("COMMIT")
        other.close()
        for number in range(60):
            await store.write(1, adding(f"q{number}"))
        assert store._watch is not None
        assert store._watch.log_pages() < 200
        assert await store.read(1, lambda rows: rows.count(1, "User", False)) == 121

    tell(tmp_path, story)
