"""Hosted orgs in PostgreSQL: what happens when connections, transactions, the server or another process fail."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from org_places import FACE, LoopClock, PostgresPlace, adding, users, with_orgs
from postgres_server import Server, administer, drop_database, fresh_database, fresh_name, shared_server

from joiner.errors import ConfigMistake, Locked, StoreError, Unwritable
from joiner.journeys.audit import verify_audit
from joiner.store import pg_lines, pg_writes
from joiner.store.org_port import Kept, OrgReads, OrgWrites, State
from joiner.store.org_store import open_org_store
from joiner.store.pg_errors import too_many_waiting
from joiner.store.pg_lines import connect_pg
from joiner.store.pg_queries import ask_together, load_pg_queries
from joiner.store.pg_store import open_pg_store
from joiner.store.pg_together import QUESTIONS


@pytest.fixture
def place() -> Iterator[PostgresPlace]:
    database = fresh_name()
    yield PostgresPlace(database)
    drop_database(database)


def code_of(error: Any) -> str:
    code: str = error.problems[0].code
    return code


class JumpingLoopClock(LoopClock):
    """Time goes on only by waiting, and waiting takes none."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


# ---------------------------------------------------------------- connections


def test_connections_that_were_ended_are_renewed_before_anybody_notices(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        await asyncio.gather(*(users(store) for _ in range(20)), store.write(1, adding("before")), store.write(2, adding("south", 2)))
        end_all = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'joiner' AND datname = current_database()"
        )
        for number in range(3):
            await asyncio.to_thread(place.run_sql, end_all)
            await asyncio.gather(*(users(store) for _ in range(20)), store.write(1, adding(f"a{number}")), store.identify("north", b"x"))
            await asyncio.to_thread(place.run_sql, end_all)
            await store.write(1, adding(f"b{number}"))
        assert await users(store) == ["before", "a0", "b0", "a1", "b1", "a2", "b2"]
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())


def test_a_transaction_whose_connection_breaks_is_run_again_as_a_whole(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        tries: list[int] = []

        def work(rows: OrgWrites) -> None:
            adding("aino")(rows)
            tries.append(1)
            if len(tries) == 1:
                shared_server().ask(
                    place.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                )
            adding("veikko")(rows)

        results = await asyncio.gather(*(store.write(1, wanted) for wanted in (adding("before"), work, adding("after"))))
        assert len(results) == 3
        assert (len(tries), sorted(await users(store))) == (2, ["after", "aino", "before", "veikko"])
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())


def test_a_connection_that_breaks_twice_is_told_and_keeps_nothing(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()

        def work(rows: OrgWrites) -> None:
            adding("aino")(rows)
            shared_server().ask(
                place.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            )
            adding("veikko")(rows)

        with pytest.raises(StoreError) as refused:
            await store.write(1, work)
        assert code_of(refused.value) == "JN4030"
        assert await users(store) == []
        store.close()

    asyncio.run(story())


def test_a_connection_that_breaks_during_commit_leaves_the_outcome_unknown_and_says_so(place: PostgresPlace) -> None:
    place.run_sql(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON resource DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )

    async def story() -> None:
        store = await place.open()
        writing = asyncio.create_task(store.write(1, adding("aino")))
        end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"
        while await asyncio.to_thread(shared_server().ask, place.database, end) == "0":
            assert not writing.done()
        with pytest.raises(StoreError) as unknown:
            await writing
        assert code_of(unknown.value) == "JN4033"
        assert dict(unknown.value.problems[0].rows)["effect"].startswith("whether this request was kept is not known")
        store.close()

    asyncio.run(story())


def test_a_server_that_is_away_is_awaited_a_little_and_then_told_at_once() -> None:
    server = Server()
    try:

        async def story() -> None:
            clock = JumpingLoopClock()
            store = await with_orgs(await open_pg_store(server.url(), clock))
            await store.write(1, adding("before"))
            await asyncio.to_thread(server.stop, "immediate")
            for asked in (lambda: users(store), lambda: store.write(1, adding("lost")), lambda: store.identify("north", b"x")):
                with pytest.raises(StoreError) as away:
                    await asked()
                assert code_of(away.value) == "JN4030"
            waited = clock.seconds
            assert pg_lines.PATIENCE_SECONDS / 2 < waited <= 2 * pg_lines.PATIENCE_SECONDS
            for _ in range(50):
                with pytest.raises(StoreError):
                    await users(store)
            assert clock.seconds == waited
            await asyncio.to_thread(server.start)
            assert await users(store) == ["before"]
            await store.write(1, adding("after"))
            assert (await verify_audit(store))[0].broken_at == 0
            store.close()

        asyncio.run(story())
    finally:
        server.remove()


def test_what_was_acknowledged_before_postgresql_crashed_is_there_afterwards() -> None:
    server = Server()
    try:

        async def story() -> None:
            store = await with_orgs(await open_pg_store(server.url(), LoopClock()))
            acknowledged: list[str] = []
            enough = asyncio.Event()
            unknown = 0

            async def write_on(lane: int) -> None:
                nonlocal unknown
                for number in range(10_000):
                    name = f"{lane}-{number}"
                    try:
                        await store.write(1 + lane % 2, adding(name, 1 + lane % 2))
                    except StoreError:
                        unknown += 1
                        return
                    acknowledged.append(name)
                    if len(acknowledged) == 200:
                        enough.set()

            lanes = [asyncio.create_task(write_on(lane)) for lane in range(8)]
            await enough.wait()
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.gather(*lanes)
            await asyncio.to_thread(server.start)
            kept = [*await users(store), *await users(store, 2)]
            assert set(acknowledged) <= set(kept)
            assert len(kept) - len(acknowledged) <= unknown
            assert [verdict.broken_at for verdict in await verify_audit(store)] == [0, 0]
            store.close()

        asyncio.run(story())
    finally:
        server.remove()


# ---------------------------------------------------------------- limits and company


def test_another_process_that_never_lets_go_is_named_after_the_wait_and_holds_up_its_org_alone(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open(lock_seconds=0.05)
        other = await asyncpg.connect(place.url)
        for held, free in ((1, 2), (2, 1)):
            async with other.transaction():
                await other.execute(f"SELECT joiner_lock({held})")
                with pytest.raises(Locked):
                    await store.write(held, adding("aino", held))
                with pytest.raises(Locked):
                    await store.write(0, lambda rows: rows.put_serving_address("http://x"))
                await store.write(free, adding(f"free{free}", free))
            await store.write(held, adding("aino", held))
        async with other.transaction():
            await other.execute("SELECT joiner_lock(0)")
            results = await asyncio.gather(*(store.write(org, adding("none", org)) for org in (1, 2)), return_exceptions=True)
            assert [type(result) for result in results] == [Locked, Locked]
        await other.close()
        store.close()

    asyncio.run(story())


def test_administration_and_orgs_in_any_order_never_wait_in_a_circle(place: PostgresPlace) -> None:
    async def story() -> None:
        stores = [await place.open(), await place.open(), await place.open()]
        works = [
            stores[turn % 3].write(
                turn % 4 % 3, adding(f"p{turn}", 1 + turn % 2) if turn % 4 % 3 == 0 else adding(f"p{turn}", turn % 4 % 3)
            )
            for turn in range(300)
        ]
        await asyncio.gather(*works)
        assert len(await users(stores[0], 1)) + len(await users(stores[0], 2)) == 300
        assert [verdict.broken_at for verdict in await verify_audit(stores[0])] == [0, 0]
        for store in stores:
            store.close()

    asyncio.run(story())


def test_a_request_that_is_given_up_neither_stops_nor_spoils_its_neighbours(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        for number in range(10):
            writes = [asyncio.create_task(store.write(1, adding(f"{number}-{lane}"))) for lane in range(6)]
            reads = [asyncio.create_task(users(store)) for _ in range(6)]
            met = [asyncio.create_task(store.identify("north", b"x")) for _ in range(6)]
            for _ in range(number):
                await asyncio.sleep(0)
            for given_up in (writes[1], writes[4], reads[0], reads[5], met[2]):
                given_up.cancel()
            results = await asyncio.gather(*writes, *reads, *met, return_exceptions=True)
            assert [result for result in results if isinstance(result, Exception)] == []
        kept = set(await users(store))
        assert kept >= {f"{number}-{lane}" for number in range(10) for lane in (0, 2, 3, 5)}
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())


def test_more_than_may_wait_are_refused_at_once(place: PostgresPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pg_lines, "WAITING_MAX", 10)
    monkeypatch.setattr(pg_writes, "WAITING_MAX", 10)

    async def story() -> None:
        store = await place.open()
        asked = [users(store) for _ in range(40)] + [store.write(1, adding(f"p{number}")) for number in range(40)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        refused = [result for result in results if isinstance(result, Exception)]
        assert refused
        assert {type(result) for result in refused} == {Locked}
        assert len(await users(store)) == sum(not isinstance(result, Exception) for result in results[40:])
        store.close()

    asyncio.run(story())


def test_a_statement_that_takes_too_long_is_ended_and_told(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        await store.write(1, adding("aino"))

        def slow(rows: Any) -> None:
            rows._sql.text("SELECT set_config('statement_timeout', '30', true)", ())
            rows._sql.text("SELECT pg_sleep(60)", ())

        for ask in (store.read, store.write):
            with pytest.raises(StoreError) as ended:
                await ask(1, slow)
            assert code_of(ended.value) == "JN4032"
        assert await users(store) == ["aino"]
        store.close()

    asyncio.run(story())


def test_a_standby_or_a_full_disk_takes_no_writes_and_goes_on_answering_reads(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        await store.write(1, adding("aino"))

        def on_a_full_disk(rows: Any) -> None:
            adding("lost")(rows)
            rows._sql.text("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$", ())

        def on_a_standby(rows: Any) -> None:
            rows._sql.text("SET TRANSACTION READ ONLY", ())
            adding("lost")(rows)

        for work, code in ((on_a_full_disk, "JN4001"), (on_a_standby, "JN4002")):
            with pytest.raises(Unwritable) as told:
                await store.write(1, work)
            assert code_of(told.value) == code
        assert await users(store) == ["aino"]
        await store.write(1, adding("later"))
        store.close()

    asyncio.run(story())


def test_connections_are_durable_bounded_and_the_readers_cannot_write(place: PostgresPlace) -> None:
    place.run_sql(f"ALTER DATABASE {place.database} SET synchronous_commit = off")

    async def story() -> None:
        store = await place.open()
        asked = ("synchronous_commit", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")

        def settings(rows: Any) -> list[str]:
            return [rows._sql.text(f"SELECT current_setting('{name}')", ())[0][0] for name in asked]

        assert await store.write(1, settings) == ["on", "15s", "10s", "20s", "joiner"]
        with pytest.raises(Unwritable):
            await store.read(1, lambda rows: rows._sql.text("DELETE FROM org", ()))
        with pytest.raises(AssertionError):
            await store.read(1, lambda rows: rows.set_default_org(1))
        store.close()

    asyncio.run(story())


def test_a_text_with_nul_is_refused_and_spares_its_neighbours(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        results = await asyncio.gather(*(store.write(1, adding(name)) for name in ("a", "b\x00", "c")), return_exceptions=True)
        assert code_of(results[1]) == "JN4034"
        assert await users(store) == ["a", "c"]
        with pytest.raises(StoreError):
            await store.write(1, lambda rows: rows.insert(1, "User", Kept(9, "\ud800", 1, State.ACTIVE, "x", b""), FACE))
        hostile = await asyncio.gather(*(store.identify(name, b"x") for name in ("north", "\ud800", "n\x00", "")))
        assert [met.org.name if met.org else None for met in hostile] == ["north", None, None, "north"]
        store.close()

    asyncio.run(story())


# ---------------------------------------------------------------- layout


def test_of_processes_that_open_an_empty_database_together_one_lays_it_out() -> None:
    with fresh_database(empty=True) as url:

        async def story() -> None:
            stores = await asyncio.gather(*(open_pg_store(url, LoopClock()) for _ in range(6)))
            await with_orgs(stores[0])
            await asyncio.gather(*(store.write(1, adding(f"p{number}")) for number, store in enumerate(stores)))
            assert len(await users(stores[5])) == 6
            for store in stores:
                store.close()

        asyncio.run(story())


def test_databases_that_are_not_ours_or_newer_are_left_alone() -> None:
    with fresh_database(empty=True) as url:
        database = re.findall(r"/(\w+)\?", url)[0]
        administer(shared_server(), lambda connection: connection.execute("CREATE TABLE theirs (x int)"), database)
        with pytest.raises(StoreError) as stranger:
            asyncio.run(open_pg_store(url, LoopClock()))
        assert code_of(stranger.value) == "JN4020"
        assert "theirs" in dict(stranger.value.problems[0].rows)["found"]
    with fresh_database() as url:
        database = re.findall(r"/(\w+)\?", url)[0]
        newer = "INSERT INTO joiner_layout (number, name) VALUES (99, 'later')"
        administer(shared_server(), lambda connection: connection.execute(newer), database)
        with pytest.raises(StoreError) as refused:
            asyncio.run(open_pg_store(url, LoopClock()))
        assert code_of(refused.value) == "JN4009"


def test_a_database_in_another_encoding_is_refused() -> None:
    name = "latin_names"
    make = f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'"
    administer(shared_server(), lambda connection: connection.execute(make))
    with pytest.raises(StoreError) as refused:
        asyncio.run(open_pg_store(shared_server().url(name), LoopClock()))
    assert code_of(refused.value) == "JN4035"
    drop_database(name)


def test_addresses_that_lead_nowhere_are_told_without_their_password() -> None:
    socket = shared_server().url().partition("host=")[2]
    wrong = {
        f"postgresql://postgres:hunter2@/nobody_made_it?host={socket}": "JN4031",
        "postgresql://u:hunter2@127.0.0.1:1/orgs": "JN4030",
        "postgresql://u:hunter2@127.0.0.1:99999999/orgs": "JN1016",
        f"postgresql://u:hunter2@/orgs?host={socket}&sslmode=sometimes": "JN1016",
    }
    for url, code in wrong.items():
        with pytest.raises((StoreError, ConfigMistake)) as told:
            asyncio.run(connect_pg(url))
        assert code_of(told.value) == code, url
        assert "hunter2" not in str(told.value.problems)


def test_both_databases_have_the_same_tables_and_columns(tmp_path: Path) -> None:
    open_org_store(str(tmp_path / "orgs.db"), LoopClock()).close()
    connection = sqlite3.connect(tmp_path / "orgs.db")
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    ours = {
        (table, name, "TEXT" if type == "TEXT" else "BYTES" if type == "BLOB" else "NUMBER", bool(required or key))
        for table in tables
        for _, name, type, required, _, key in connection.execute(f"PRAGMA table_info({table})")
    }
    connection.close()
    kinds = {"text": "TEXT", "bytea": "BYTES", "bigint": "NUMBER", "double precision": "NUMBER"}
    with fresh_database() as url:
        rows = asyncio.run(_columns(url))
    theirs = {(table, name, kinds[type], required) for table, name, type, required, _ in rows}
    assert ours - theirs == {("audit", "place", "NUMBER", True)}  # the one number that SQLite orders rows by
    assert theirs - ours == {("org", "changed", "NUMBER", True)}
    assert {collation for _, _, type, _, collation in rows if type == "text"} == {"C"}


async def _columns(url: str) -> list[tuple[str, str, str, bool, str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        """SELECT table_name, column_name, data_type, is_nullable = 'NO', collation_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'joiner_layout'"""
    )
    await connection.close()
    return [tuple(row) for row in rows]


def test_postgresql_understands_every_query_of_ours(place: PostgresPlace) -> None:
    async def story() -> None:
        connection = await asyncpg.connect(place.url)
        queries = load_pg_queries()
        for name, text in queries.items():
            try:
                statement = await connection.prepare(text)
                if name in QUESTIONS:
                    await connection.prepare(ask_together(text, [parameter.name for parameter in statement.get_parameters()]))
            except asyncpg.PostgresError as error:
                raise AssertionError(f"{name}: {error}") from error
        assert set(queries) >= QUESTIONS
        await connection.close()

    asyncio.run(story())


def test_a_read_whose_first_answer_no_longer_holds_starts_again_in_one_state(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        await store.write(1, adding("aino"))
        looks: list[tuple[int, int]] = []

        def look(rows: OrgReads) -> tuple[int, int]:
            before = rows.count(1, "User", False)
            if not looks:
                shared_server().ask(place.database, "DELETE FROM searchable")
            looks.append((before, rows.count(1, "User", False)) if before == 0 else (before, -1))
            return before, rows.count(1, "User", False)

        assert await store.read(1, look) == (0, 0)
        assert looks[-1] == (0, 0)
        store.close()

    asyncio.run(story())


def test_a_question_that_cannot_be_asked_fails_alone(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()
        n = await store.write(1, adding("aino"))
        asked = [store.read(1, lambda rows, at=at: rows.resources(1, "User", [at])) for at in (n, 2**70, n, n)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert [[kept.id for kept in result] if isinstance(result, list) else code_of(result) for result in results] == [
            ["aino"],
            "JN4007",
            ["aino"],
            ["aino"],
        ]
        store.close()

    asyncio.run(story())


def test_a_write_looks_for_what_cannot_be_kept_and_reads_its_own_audit_rows(place: PostgresPlace) -> None:
    async def story() -> None:
        store = await place.open()

        def work(rows: OrgWrites) -> list[int]:
            adding("aino")(rows)
            assert rows.resource(1, "User", "\x00") is None
            assert list(rows.find(1, "User", "title", "\ud800")) == []
            assert rows.audit_head(1)[0] == 1
            return [entry.sequence for entry in rows.audit(1, 0, 10)]

        def clumsy(rows: OrgWrites) -> None:
            adding("half")(rows)
            assert len(list(rows.audit(1, 0, 10))) >= 2
            raise Locked(*too_many_waiting("x", 1).problems)

        results = await asyncio.gather(*(store.write(1, wanted) for wanted in (work, clumsy, adding("veikko"))), return_exceptions=True)
        assert (results[0], type(results[1])) == ([1], Locked)
        assert (await users(store), (await verify_audit(store))[0].broken_at) == (["aino", "veikko"], 0)
        store.close()

    asyncio.run(story())
