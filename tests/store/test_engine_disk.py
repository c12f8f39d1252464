"""The disk's troubles: each is one clear error, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from engine_fixtures import INGRID, NOON, event, intent, run_story

from joiner.errors import JoinerError, Locked, StoreError, Unwritable
from joiner.store import engine_connection
from joiner.store.engine_connection import EngineConnection
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.store.sqlite_file import explain_sqlite_error
from joiner.sync.bond import Linked


def test_missing_folder_is_named_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(Unwritable) as refused:
        open_engine_store(str(tmp_path / "nowhere" / "engine.db"))
    problem = refused.value.problems[0]
    assert problem.code == "JN4003"
    assert dict(problem.rows)["database"].endswith("nowhere/engine.db")
    assert "folder" in problem.fix


def test_full_disk_stops_cleanly_and_the_same_store_goes_on_when_there_is_space() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "a", NOON, 60)
        connection = store._database._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        many = [(INGRID._replace(key=str(n)), Linked("guid", {"title": "x" * 500})) for n in range(500)]
        with pytest.raises(Unwritable) as refused:
            await store.put_bonds("eu", fence, many, [event()])
        assert refused.value.problems[0].code == "JN4001"
        assert await store.bonds("eu") == {}
        connection.execute("PRAGMA max_page_count = 100000")
        await store.put_bonds("eu", fence, many, [event()])
        assert len(await store.bonds("eu")) == 500

    run_story(story)


def test_database_that_became_read_only_refuses_the_intent() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "a", NOON, 60)
        store._database._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(Unwritable) as refused:
            await store.note_intent(intent("i", fence))
        assert refused.value.problems[0].code == "JN4002"
        assert await store.open_intents("eu") == ()

    run_story(story)


@pytest.mark.parametrize(
    ("code", "kind", "number"),
    [
        (sqlite3.SQLITE_FULL, Unwritable, "JN4001"),
        (sqlite3.SQLITE_READONLY, Unwritable, "JN4002"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, Unwritable, "JN4002"),
        (sqlite3.SQLITE_CANTOPEN, Unwritable, "JN4003"),
        (sqlite3.SQLITE_IOERR_FSYNC, Unwritable, "JN4004"),
        (sqlite3.SQLITE_BUSY, Locked, "JN4005"),
        (sqlite3.SQLITE_CORRUPT, StoreError, "JN4006"),
        (sqlite3.SQLITE_ERROR, StoreError, "JN4007"),
    ],
)
def test_each_trouble_has_its_own_code(code: int, kind: type[JoinerError], number: str) -> None:
    error = sqlite3.OperationalError("in SQLite's words")
    error.sqlite_errorcode = code
    explained = explain_sqlite_error(error, "joiner.db")
    assert type(explained) is kind
    assert explained.problems[0].code == number
    assert explained.problems[0].fix


def test_after_a_failed_fsync_nothing_more_is_done_through_this_connection(tmp_path: Path) -> None:
    database = EngineConnection(str(tmp_path / "engine.db"))
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    with pytest.raises(Unwritable), database.transaction():
        raise failed
    with pytest.raises(Unwritable), database.reading():
        pytest.fail("a broken connection was used")
    database.close()
    EngineConnection(str(tmp_path / "engine.db")).close()


def test_busy_database_is_waited_for_and_then_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_connection, "BUSY_WAIT_SECONDS", 0.05)
    path = str(tmp_path / "engine.db")
    store, other = open_engine_store(path), sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked) as refused:
        asyncio.run(store.take_lease("eu", "a", NOON, 60))
    assert refused.value.problems[0].code == "JN4005"
    other.execute("COMMIT")
    assert asyncio.run(store.take_lease("eu", "a", NOON, 60)) == 1


def test_database_of_a_newer_joiner_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    open_engine_store(str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError) as refused:
        open_engine_store(str(path))
    assert refused.value.problems[0].code == "JN4009"
    assert ("found", "layout 99") in refused.value.problems[0].rows


def test_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StoreError) as refused:
        open_engine_store(str(path))
    assert refused.value.problems[0].code == "JN4008"
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("employee_no;name\n" * 200)
    with pytest.raises(StoreError) as refused:
        open_engine_store(str(path))
    assert refused.value.problems[0].code == "JN4006"
    assert path.read_text() == "employee_no;name\n" * 200


def test_only_the_owner_may_read_the_file_and_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    store = open_engine_store(str(path))
    asyncio.run(store.put_setting("eu", "a", "b"))
    assert {place.name: oct(place.stat().st_mode & 0o777) for place in tmp_path.iterdir()} == dict.fromkeys(
        ("engine.db", "engine.db-wal", "engine.db-shm"), "0o600"
    )
    connection = store._database._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_many_that_open_a_fresh_file_at_once_all_succeed(tmp_path: Path) -> None:
    path, errors = str(tmp_path / "engine.db"), []
    start = threading.Barrier(6)

    def opened() -> None:
        start.wait()
        try:
            open_engine_store(path).close()
        except JoinerError as error:
            errors.append(error)

    threads = [threading.Thread(target=opened) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


_WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from joiner.store.engine_store import open_engine_store
from joiner.store.port import Intent
from joiner.sync.record import PersonKey

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

async def main():
    store = open_engine_store(sys.argv[1])
    fence = await store.take_lease("eu", "writer", NOON, 1e6)
    for n in range(100_000):
        await store.note_intent(Intent(f"{fence}-{n}", "eu", "r", fence, "update", PersonKey("hr", str(n)), "g", b"{}", NOON))
        print(f"{fence}-{n}", flush=True)

asyncio.run(main())
"""


def test_killed_writer_loses_no_intent_that_it_acknowledged(tmp_path: Path) -> None:
    path = str(tmp_path / "engine.db")
    acknowledged: list[str] = []
    for _ in range(3):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen([sys.executable, "-c", _WRITER, path], stdout=subprocess.PIPE, text=True, env=environment) as writer:
            assert writer.stdout is not None
            acknowledged += [writer.stdout.readline().strip() for _ in range(40)]
            writer.kill()
            acknowledged += [line for line in writer.stdout.read().split("\n")[:-1] if line]
    kept = {each.id for each in asyncio.run(open_engine_store(path).open_intents("eu"))}
    assert set(acknowledged) <= kept
    assert len(kept - set(acknowledged)) <= 3, "at most the one in flight at each kill"
