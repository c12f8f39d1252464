"""Torn files and a disk that fills at any moment: what is left is always a whole number of transactions, audit included."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import pytest
from engine_fixtures import INGRID, NOON, event, intent

from joiner.errors import Unwritable
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.store.port import IntentState
from joiner.sync.bond import Linked

STEPS = 25
IMAGES = 60


async def _one_step(store: SqliteEngineStore, fence: int, n: int) -> None:
    """One write as a cycle makes it: intent, then outcome with bond and audit row."""
    await store.note_intent(intent(f"i{n}", fence))
    bond = Linked("guid-1", {"title": f"Title {n}", "note": "x" * 300})
    await store.record_outcome(f"i{n}", IntentState.DONE, [(INGRID, bond)], [event(title=f"Title {n}")])


async def _many_steps(store: SqliteEngineStore, fence: int) -> None:
    for n in range(1000):
        await _one_step(store, fence, n)


async def _check(store: SqliteEngineStore) -> int:
    """The laws of one crash image; answers how many steps are done in it."""
    done = [json.loads(entry.document)["after"]["title"] for entry in await store.history("eu", INGRID, 10_000)]
    assert done == [f"Title {n}" for n in reversed(range(len(done)))]
    bonds = await store.bonds("eu")
    titles = [bond.base["title"] for bond in bonds.values() if isinstance(bond, Linked)]
    assert titles == done[:1], "the bond is what the newest audit row says"
    assert [each.id for each in await store.open_intents("eu")] in ([], [f"i{len(done)}"])
    assert all(verdict.broken_at == 0 for verdict in await store.verify_audit())
    return len(done)


def test_torn_write_ahead_log_leaves_whole_steps_and_loses_nothing_before_the_tear(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    store = open_engine_store(str(path))
    log = path.with_name("engine.db-wal")

    async def fill() -> list[int]:
        sizes = []
        fence = await store.take_lease("eu", "a", NOON, 60)
        for n in range(STEPS):
            await _one_step(store, fence, n)
            sizes.append(log.stat().st_size)
        return sizes

    sizes = asyncio.run(fill())
    whole, pages = path.read_bytes(), log.read_bytes()
    store.close()
    draw = random.Random(2026)
    for image in range(IMAGES):
        cut = draw.randrange(sizes[0], len(pages))
        torn = bytearray(pages[:cut])
        if image % 3 == 0:
            torn[draw.randrange(sizes[0], cut + 1) - 1] ^= 0xFF
        folder = tmp_path / str(image)
        folder.mkdir()
        (folder / "engine.db").write_bytes(whole)
        (folder / "engine.db-wal").write_bytes(torn)
        survivor = open_engine_store(str(folder / "engine.db"))
        kept = asyncio.run(_check(survivor))
        survivor.close()
        if image % 3:
            assert kept >= sum(size <= cut for size in sizes)


@pytest.mark.parametrize("spare_pages", range(0, 24, 3))
def test_disk_that_fills_at_any_moment_stops_between_steps_and_the_rest_goes_on_later(spare_pages: int) -> None:
    async def story(store: SqliteEngineStore) -> None:
        connection = store._database._connection
        fence = await store.take_lease("eu", "a", NOON, 60)
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {used + spare_pages}")
        with pytest.raises(Unwritable):
            await _many_steps(store, fence)
        connection.execute("PRAGMA max_page_count = 100000")
        done = await _check(store)
        for left in await store.open_intents("eu"):
            await store.record_outcome(left.id, IntentState.VOID)
        await store.note_intent(intent("after", fence))
        await store.record_outcome("after", IntentState.DONE, events=[event(title=f"Title {done}")])
        assert all(verdict.broken_at == 0 for verdict in await store.verify_audit())

    store = open_engine_store(":memory:")
    asyncio.run(story(store))
    store.close()
