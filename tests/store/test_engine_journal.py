"""The journal: intents before the write, outcomes after it, and bonds that a late word cannot turn back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from engine_fixtures import INGRID, NOON, OYELARAN, after, event, intent, run_story

from joiner.errors import AlreadyTaken, LeaseLost, Missing
from joiner.store.engine_connection import LAYOUT
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.store.port import IntentState
from joiner.store.sql_files import load_migrations
from joiner.sync.bond import Linked, Parted

TTL = 60.0
OPEN = (IntentState.INTENDED, IntentState.UNKNOWN)


def test_intent_noted_before_a_crash_is_open_after_it(tmp_path: Path) -> None:
    async def story() -> None:
        path = str(tmp_path / "engine.db")
        crashed = open_engine_store(path)
        fence = await crashed.take_lease("eu", "first", NOON, TTL)
        noted = [intent("b", fence), intent("a", fence, None, after(-5))]
        for each in noted:
            await crashed.note_intent(each)
        # Not closed: another process sees what this one acknowledged.
        assert await open_engine_store(path).open_intents("eu") == tuple(noted)
        assert await open_engine_store(path).open_intents("us") == ()

    asyncio.run(story())


@pytest.mark.parametrize("state", [state for state in IntentState if state is not IntentState.INTENDED])
def test_outcome_bond_and_audit_row_come_together(state: IntentState) -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "first", NOON, TTL)
        await store.note_intent(intent("i", fence))
        await store.record_outcome("i", state, [(INGRID, Linked("guid-1", {"title": "Lead"}))], [event(title="Lead")], "200")
        assert [each.state for each in await store.open_intents("eu")] == ([state] if state in OPEN else [])
        assert await store.bonds("eu") == {INGRID: Linked("guid-1", {"title": "Lead"})}
        assert len(await store.history("eu", INGRID, 10)) == 1

    run_story(story)


def test_outcome_that_cannot_be_audited_changes_nothing() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "first", NOON, TTL)
        await store.note_intent(intent("i", fence))
        with pytest.raises(TypeError):
            await store.record_outcome("i", IntentState.DONE, [(INGRID, Linked("guid-1"))], [event(), event(title=object())])
        assert await store.open_intents("eu") == (intent("i", fence),)
        assert await store.bonds("eu") == {}
        assert await store.history("eu", INGRID, 10) == ()

    run_story(story)


def test_run_that_lost_its_lease_still_reports_what_became_of_its_write() -> None:
    async def story(store: SqliteEngineStore) -> None:
        frozen = await store.take_lease("eu", "frozen", NOON, TTL)
        await store.note_intent(intent("i", frozen))
        await store.take_lease("eu", "newer", after(61), TTL)
        await store.record_outcome("i", IntentState.DONE, [(INGRID, Linked("guid-1", {"title": "Lead"}))], [event()])
        assert await store.open_intents("eu") == ()
        assert await store.bonds("eu") == {INGRID: Linked("guid-1", {"title": "Lead"})}

    run_story(story)


def test_late_word_of_a_frozen_run_does_not_turn_back_what_was_agreed_since() -> None:
    async def story(store: SqliteEngineStore) -> None:
        frozen = await store.take_lease("eu", "frozen", NOON, TTL)
        await store.note_intent(intent("i", frozen))
        newer = await store.take_lease("eu", "newer", after(61), TTL)
        await store.record_outcome("i", IntentState.VOID, detail="looked: it never landed")
        await store.put_bonds("eu", newer, [(INGRID, Linked("guid-1", {"title": "Manager"}))])

        await store.record_outcome("i", IntentState.DONE, [(INGRID, Linked("guid-1", {"title": "Lead"}))], [event(title="Lead")])
        assert await store.bonds("eu") == {INGRID: Linked("guid-1", {"title": "Manager"})}
        assert len(await store.history("eu", INGRID, 10)) == 1, "it did land, and the audit log says so"

        await store.record_outcome("i", IntentState.DONE, [(INGRID, Parted("guid-1"))], [event(title="Lead")])
        await store.record_outcome("i", IntentState.UNKNOWN, [(INGRID, Parted("guid-1"))], [event(title="Lead")])
        assert await store.open_intents("eu") == (), "settled stays settled"
        assert await store.bonds("eu") == {INGRID: Linked("guid-1", {"title": "Manager"})}
        assert len(await store.history("eu", INGRID, 10)) == 1, "a repetition is not audited twice"

    run_story(story)


def test_late_word_of_a_creation_is_remembered_where_nothing_else_is_known() -> None:
    """Somebody had looked too early, and the account that came afterwards was nobody's."""

    async def story(store: SqliteEngineStore) -> None:
        frozen = await store.take_lease("eu", "frozen", NOON, TTL)
        for name, person in (("ingrid", INGRID), ("oyelaran", OYELARAN)):
            await store.note_intent(replace(intent(name, frozen, person), verb="create", target_id=""))
        newer = await store.take_lease("eu", "newer", after(61), TTL)
        for name in ("ingrid", "oyelaran"):
            await store.record_outcome(name, IntentState.VOID, detail="looked: it never landed")
        await store.put_bonds("eu", newer, [(OYELARAN, Linked("guid-2", {"title": "Manager"}))])
        for name, person in (("ingrid", INGRID), ("oyelaran", OYELARAN)):
            await store.record_outcome(name, IntentState.DONE, [(person, Linked("guid-1", {"title": "Lead"}))], [event(person=person)])
        assert await store.bonds("eu") == {INGRID: Linked("guid-1", {"title": "Lead"}), OYELARAN: Linked("guid-2", {"title": "Manager"})}

    run_story(story)


def test_late_word_waits_until_a_run_under_lease_has_taken_it_over() -> None:
    async def story(store: SqliteEngineStore) -> None:
        frozen = await store.take_lease("eu", "frozen", NOON, TTL)
        await store.put_bonds("eu", frozen, [(INGRID, Linked("guid-1", {"title": "Agent"}))])
        await store.note_intent(intent("late", frozen))
        newer = await store.take_lease("eu", "newer", after(61), TTL)
        await store.record_outcome("late", IntentState.VOID, detail="looked: it never landed")
        for name, target, outcome in (("since", "guid-1", "done"), ("refused", "guid-1", "refused"), ("elsewhere", "guid-2", "done")):
            await store.note_intent(replace(intent(name, newer), target_id=target))
            await store.record_outcome(name, IntentState(outcome))
        assert await store.late_intents("eu") == ()

        await store.record_outcome("late", IntentState.DONE, [(INGRID, Linked("guid-1", {"title": "Lead"}))])
        [late] = await store.late_intents("eu")
        assert (late.intent.id, [one.id for one in late.newer]) == ("late", ["since"])
        assert await store.late_intents("us") == ()
        assert await store.prune("eu", after(1000)) == 3, "a late word is not forgotten before it is heard"

        with pytest.raises(LeaseLost):
            await store.take_over("eu", frozen, [(INGRID, Linked("guid-1"))], "late")
        assert len(await store.late_intents("eu")) == 1
        await store.take_over("eu", newer, [(INGRID, Linked("guid-1", {"title": "Lead"}))], "late")
        assert await store.late_intents("eu") == ()
        assert await store.bonds("eu") == {INGRID: Linked("guid-1", {"title": "Lead"})}
        await store.record_outcome("late", IntentState.DONE, [(INGRID, Linked("guid-1"))])
        assert await store.late_intents("eu") == (), "a repetition changes nothing"

    run_story(story)


def test_journal_of_the_first_layout_is_carried_on(tmp_path: Path) -> None:
    path = str(tmp_path / "engine.db")
    first = load_migrations(LAYOUT.folder)[0].script
    with closing(sqlite3.connect(path)) as old:
        old.executescript(first)
        old.execute(f"PRAGMA application_id = {LAYOUT.application_id}")
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO intent (id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state)"
            " VALUES ('i', 'eu', 'run-1', 1, 'update', 'hr', '1001', 'guid-1', '{}', '2026-11-22T12:00:00.000000Z', 'void')"
        )
        old.commit()

    async def story() -> None:
        store = open_engine_store(path)
        assert await store.late_intents("eu") == ()
        await store.record_outcome("i", IntentState.DONE, [(INGRID, Linked("guid-1"))])
        assert await store.bonds("eu") == {INGRID: Linked("guid-1")}
        assert await store.late_intents("eu") == (), "nobody held the account: nothing is left to take over"
        store.close()

    asyncio.run(story())


@pytest.mark.parametrize("claimed", [False, True])
def test_late_word_of_a_change_claims_no_account_that_somebody_holds(claimed: bool) -> None:
    """Whoever was paired with the account since keeps it."""

    async def story(store: SqliteEngineStore) -> None:
        frozen = await store.take_lease("eu", "frozen", NOON, TTL)
        await store.note_intent(intent("i", frozen))
        newer = await store.take_lease("eu", "newer", after(61), TTL)
        await store.record_outcome("i", IntentState.VOID)
        if claimed:
            await store.put_bonds("eu", newer, [(OYELARAN, Linked("guid-1"))])
        await store.record_outcome("i", IntentState.DONE, [(INGRID, Linked("guid-1"))], [event()])
        assert await store.bonds("eu") == {(OYELARAN if claimed else INGRID): Linked("guid-1")}
        assert len(await store.late_intents("eu")) == claimed

    run_story(story)


def test_unknown_outcome_is_settled_by_a_later_look_with_its_bonds() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "first", NOON, TTL)
        await store.note_intent(intent("i", fence))
        await store.record_outcome("i", IntentState.UNKNOWN, detail="no answer")
        await store.record_outcome("i", IntentState.DONE, [(INGRID, Linked("guid-1"))])
        assert await store.open_intents("eu") == ()
        assert await store.bonds("eu") == {INGRID: Linked("guid-1")}

    run_story(story)


def test_outcome_without_intent_and_intent_noted_twice_are_our_mistakes() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "first", NOON, TTL)
        with pytest.raises(Missing) as missing:
            await store.record_outcome("never noted", IntentState.DONE, [(INGRID, Linked("guid-1"))])
        assert missing.value.problems[0].code == "JN4013"
        await store.note_intent(intent("i", fence))
        with pytest.raises(AlreadyTaken):
            await store.note_intent(intent("i", fence, OYELARAN))
        with pytest.raises(AssertionError):
            await store.record_outcome("i", IntentState.INTENDED)
        assert await store.open_intents("eu") == (intent("i", fence),)
        assert await store.bonds("eu") == {}

    run_story(story)


def test_pruning_forgets_settled_intents_of_its_pipe_and_keeps_open_ones_and_audit() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "first", NOON, TTL)
        for name, seconds in (("settled", 0), ("open", 0), ("recent", 100)):
            await store.note_intent(intent(name, fence, at=after(seconds)))
        for name in ("settled", "recent"):
            await store.record_outcome(name, IntentState.DONE, events=[event()])
        assert await store.prune("us", after(50)) == 0
        assert await store.prune("eu", after(50)) == 1
        assert await store.prune("eu", after(50)) == 0
        assert [each.id for each in await store.open_intents("eu")] == ["open"]
        assert len(await store.history("eu", INGRID, 10)) == 2
        assert [verdict.broken_at for verdict in await store.verify_audit()] == [0]

    run_story(story)
