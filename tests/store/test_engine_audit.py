"""The engine's audit log: found by person, counted for the caps, and every tampering noticed."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from engine_fixtures import INGRID, NOON, OYELARAN, PIPE, after, event, run_story

from joiner.events import Event
from joiner.store.audit_chain import chain_hash
from joiner.store.engine_store import SqliteEngineStore, open_engine_store


def _filled(path: Path | str, rows: int = 6) -> SqliteEngineStore:
    store = open_engine_store(str(path))

    async def fill() -> None:
        for pipe in ("eu", "us"):
            fence = await store.take_lease(pipe, "a", NOON, 60)
            await store.put_bonds(
                pipe, fence, [], [event(person=(INGRID, OYELARAN)[n % 2], at=after(n), title=f"Title {n}") for n in range(rows)]
            )

    asyncio.run(fill())
    return store


def _verdicts(path: Path) -> dict[str, int]:
    store = open_engine_store(str(path))
    verdicts = asyncio.run(store.verify_audit())
    store.close()
    return {verdict.chain: verdict.broken_at for verdict in verdicts}


def test_history_of_a_person_is_newest_first_and_limited() -> None:
    store = _filled(":memory:")
    entries = asyncio.run(store.history("eu", INGRID, 2))
    assert [(entry.sequence, json.loads(entry.document)["after"]["title"]) for entry in entries] == [(5, "Title 4"), (3, "Title 2")]
    assert [entry.at for entry in entries] == [after(4), after(2)]
    assert asyncio.run(store.history("eu", INGRID, 0)) == ()
    assert asyncio.run(store.history("none", INGRID, 9)) == ()


def test_removals_are_counted_by_guard_after_a_moment() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "a", NOON, 60)
        group = Event("group.member_removed", PIPE, after(3), "group", "guid-7", "Night shift", after={"count": 12})
        uncounted = Event("group.member_removed", PIPE, after(4), "group", "guid-7", "Night shift")
        await store.put_bonds(
            "eu",
            fence,
            [],
            [
                event("person.deactivated", at=NOON, guard="leavers"),
                event("person.deactivated", at=after(1), guard="leavers"),
                event("person.deactivated", at=after(2), guard="vanished"),
                event("person.deactivated", at=after(2), guard="by hand"),
                event("person.updated", at=after(2), guard="vanished"),
                group,
                uncounted,
            ],
        )
        assert await store.removals_since("eu", after(-1)) == {"leavers": 2, "vanished": 1, "group_removals:guid-7": 13}
        assert await store.removals_since("eu", NOON) == {"leavers": 1, "vanished": 1, "group_removals:guid-7": 13}
        assert await store.removals_since("us", after(-1)) == {"leavers": 0, "vanished": 0}
        assert [verdict.broken_at for verdict in await store.verify_audit()] == [0]

    run_story(story)


def test_untouched_chains_verify_one_per_pipe(tmp_path: Path) -> None:
    _filled(tmp_path / "engine.db").close()
    assert _verdicts(tmp_path / "engine.db") == {"eu": 0, "us": 0}


def test_audit_rows_can_be_neither_changed_nor_deleted_by_accident(tmp_path: Path) -> None:
    _filled(tmp_path / "engine.db").close()
    with sqlite3.connect(tmp_path / "engine.db") as connection:
        for statement in ("UPDATE audit SET at = ''", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="only appended to"):
                connection.execute(statement)


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit SET document = replace(CAST(document AS TEXT), 'Title 2', 'Title 9') WHERE chain = 'eu' AND sequence = 3", 3),
        ("UPDATE audit SET document = CAST('[]' AS BLOB) WHERE chain = 'eu' AND sequence = 3", 3),
        ("DELETE FROM audit WHERE chain = 'eu' AND sequence = 1", 1),
        ("DELETE FROM audit WHERE chain = 'eu' AND sequence = 4", 4),
        ("DELETE FROM audit WHERE chain = 'eu' AND sequence > 4", 5),
        ("DELETE FROM audit WHERE chain = 'eu'", 1),
        ("DELETE FROM audit_head WHERE chain = 'eu'", 7),
        ("UPDATE audit SET hash = 'f' WHERE chain = 'eu' AND sequence = 6", 6),
        ("UPDATE audit SET previous_hash = 'f' WHERE chain = 'eu' AND sequence = 2", 2),
        ("UPDATE audit SET sequence = sequence + 10 WHERE chain = 'eu' AND sequence = 6", 6),
        ("UPDATE audit SET person = 'hr:7' WHERE chain = 'eu' AND sequence = 2", 2),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE chain = 'eu' AND sequence = 2", 2),
        ("UPDATE audit SET removals = 0, removal_guard = 'leavers' WHERE chain = 'eu' AND sequence = 2", 2),
        ("UPDATE audit SET chain = 'ap' WHERE chain = 'eu'", 1),
        ("UPDATE audit SET at = 'noon' WHERE chain = 'eu' AND sequence = 2", 2),
        ("UPDATE audit SET document = 7 WHERE chain = 'eu' AND sequence = 2", 2),
        ("UPDATE audit SET hash = x'00' WHERE chain = 'eu' AND sequence = 2", 2),
    ],
)
def test_tampering_with_one_chain_is_found_where_it_begins(tmp_path: Path, tampering: str, broken_at: int) -> None:
    path = tmp_path / "engine.db"
    _filled(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_is_never_changed")
        connection.execute("DROP TRIGGER audit_is_never_deleted")
        connection.execute(tampering)
    verdicts = _verdicts(path)
    assert (verdicts["eu"], verdicts["us"]) == (broken_at, 0)


def test_tail_that_was_hashed_again_after_a_cut_does_not_meet_the_head(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    _filled(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_is_never_changed")
        document, previous_hash = connection.execute(
            "SELECT document, previous_hash FROM audit WHERE chain = 'eu' AND sequence = 6"
        ).fetchone()
        forged = document.replace(b"hr row 7", b"hr row 8")
        row = (forged, chain_hash(previous_hash, forged))
        connection.execute("UPDATE audit SET document = ?, hash = ? WHERE chain = 'eu' AND sequence = 6", row)
    assert _verdicts(path) == {"eu": 7, "us": 0}


def test_ten_thousand_rows_in_one_transaction_stay_one_chain() -> None:
    store = _filled(":memory:", 10_000)
    assert [(verdict.rows, verdict.broken_at) for verdict in asyncio.run(store.verify_audit())] == [(10_000, 0), (10_000, 0)]
