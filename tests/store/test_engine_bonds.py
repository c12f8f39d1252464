"""Bonds, absences, reads, plans, approvals and settings come back as they were put."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from engine_fixtures import INGRID, NOON, OYELARAN, after, run_story
from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.errors import Missing, StoreError
from joiner.store.engine_codec import decode_bond, decode_bonds, encode_bond, format_time, parse_time
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.store.port import Absence, Approval, ReadRecord, StoredPlan
from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.record import PersonKey, Reference, Value

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
REFERENCE = st.builds(Reference, TEXT, TEXT, TEXT, st.none() | st.floats(0, 5))
NUMBER = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUE: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), NUMBER, TEXT, REFERENCE, st.lists(TEXT | REFERENCE, max_size=4).map(tuple)
)
VALUES = st.dictionaries(TEXT, VALUE, max_size=5)
EARLIEST, LATEST = datetime.fromisoformat("1000-01-02"), datetime.fromisoformat("9998-01-01")
MOMENT = st.none() | st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))
BOND: st.SearchStrategy[Bond] = st.one_of(
    st.builds(Linked, TEXT, VALUES, TEXT, st.integers(0, 2**62), MOMENT),
    st.builds(Parted, TEXT, VALUES, MOMENT, TEXT, st.integers(0, 2**62), MOMENT),
)


@given(BOND)
@settings(max_examples=150, deadline=None)
def test_bond_comes_back_as_it_was_with_the_types_of_its_values(bond: Bond) -> None:
    back = decode_bond(encode_bond(bond))
    assert back == bond
    assert _types(back) == _types(bond)
    assert decode_bonds([("hr", "1001", encode_bond(bond))]) == {INGRID: bond}


def _types(bond: Bond) -> list[object]:
    values = bond.base if isinstance(bond, Linked) else bond.memory
    return [[type(element) for element in value] if isinstance(value, tuple) else type(value) for value in values.values()]


@given(st.datetimes(EARLIEST, LATEST, timezones=st.integers(-14, 14).map(lambda h: timezone(timedelta(hours=h)))))
@settings(max_examples=100, deadline=None)
def test_times_come_back_and_their_texts_sort_as_they_do(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment
    assert len(format_time(moment)) == len(format_time(NOON))
    assert (format_time(moment) < format_time(NOON)) == (moment < NOON)


def test_naive_time_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        format_time(EARLIEST)


def test_last_put_bond_counts_and_pipes_do_not_see_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        store = open_engine_store(str(tmp_path / "engine.db"))
        eu, us = await store.take_lease("eu", "a", NOON, 60), await store.take_lease("us", "a", NOON, 60)
        await store.put_bonds("eu", eu, iter([(OYELARAN, Linked("guid-2")), (INGRID, Linked("guid-1", {"title": "Agent"}, "fp", 3, NOON))]))
        await store.put_bonds("us", us, [(INGRID, Linked("guid-9"))])
        await store.put_bonds(
            "eu",
            eu,
            [(OYELARAN, Linked("guid-2")), (OYELARAN, Parted("guid-2", {"roles": (Reference("role", "Agent"),)}, NOON, "left", 4))],
        )
        reopened = open_engine_store(str(tmp_path / "engine.db"))
        assert list((await reopened.bonds("eu")).items()) == [
            (INGRID, Linked("guid-1", {"title": "Agent"}, "fp", 3, NOON)),
            (OYELARAN, Parted("guid-2", {"roles": (Reference("role", "Agent"),)}, NOON, "left", 4)),
        ]
        assert await reopened.bonds("us") == {INGRID: Linked("guid-9")}
        assert await reopened.bonds("none") == {}

    asyncio.run(story())


def test_absence_grows_with_complete_reads_and_ends_when_the_person_is_seen() -> None:
    async def story(store: SqliteEngineStore) -> None:
        await store.record_read("eu", ReadRecord("hr", 2, True, "d1", NOON), [INGRID, OYELARAN], [])
        await store.record_read("eu", ReadRecord("hr", 2, True, "d2", after(3600)), [INGRID], [OYELARAN])
        assert await store.absences("eu") == {INGRID: Absence(INGRID, NOON, after(3600), 2)}
        await store.record_read("eu", ReadRecord("hr", 3, True, "d3", after(7200)), [], [INGRID])
        assert await store.absences("eu") == {}
        await store.record_read("eu", ReadRecord("hr", 2, True, "d4", after(9000)), [INGRID], [])
        assert await store.absences("eu") == {INGRID: Absence(INGRID, after(9000), after(9000), 1)}, "absence begins anew"

    run_story(story)


def test_half_read_source_makes_nobody_absent_whoever_claims_it() -> None:
    async def story(store: SqliteEngineStore) -> None:
        cut = ReadRecord("hr", 1, False, "cut", NOON)
        await store.record_read("eu", cut, [INGRID], [OYELARAN])
        assert await store.absences("eu") == {}
        assert await store.last_reads("eu") == {"hr": cut}

    run_story(story)


def test_frozen_run_does_not_bring_back_an_absence_that_was_seen_to_end() -> None:
    async def story(store: SqliteEngineStore) -> None:
        await store.record_read("eu", ReadRecord("hr", 2, True, "newer", after(3000)), [], [INGRID, OYELARAN])
        await store.record_read("eu", ReadRecord("hr", 1, True, "older", NOON), [INGRID], [OYELARAN])
        assert await store.absences("eu") == {}
        await store.record_read("eu", ReadRecord("contractors", 1, True, "other", NOON), [INGRID], [])
        assert list(await store.absences("eu")) == [INGRID], "other sources have their own order"

    run_story(story)


def test_bond_that_cannot_be_read_stops_the_run_instead_of_being_left_out() -> None:
    async def story(store: SqliteEngineStore) -> None:
        fence = await store.take_lease("eu", "a", NOON, 60)
        await store.put_bonds("eu", fence, [(INGRID, Linked("guid-1")), (OYELARAN, Linked("guid-2"))])
        store._database._connection.execute("UPDATE bond SET document = x'7b7d' WHERE key = '1002'")
        with pytest.raises(StoreError) as refused:
            await store.bonds("eu")
        assert refused.value.problems[0].code == "JN4015"

    run_story(story)


def test_newest_read_of_each_source_is_remembered_even_when_the_clock_went_back() -> None:
    async def story(store: SqliteEngineStore) -> None:
        second = ReadRecord("hr", 9, True, "d2", after(-600))
        other = ReadRecord("contractors", 4, True, "d3", NOON)
        for read in (ReadRecord("hr", 8, True, "d1", NOON), second, other):
            await store.record_read("eu", read, (), ())
        assert await store.last_reads("eu") == {"contractors": other, "hr": second}

    run_story(story)


def test_plan_is_found_by_prefix_unless_the_prefix_is_ambiguous_or_empty() -> None:
    async def story(store: SqliteEngineStore) -> None:
        first, second, third = (StoredPlan(text, "eu", "ana", NOON, b"{}") for text in ("ab12", "ab34", "ab1"))
        for plan in (first, second):
            await store.save_plan(plan)
        assert [await store.load_plan(prefix) for prefix in ("ab1", "ab34", "ab", "", "b", "%", "ab_2")] == [
            first,
            second,
            None,
            None,
            None,
            None,
            None,
        ]
        await store.save_plan(third)
        assert await store.load_plan("ab1") == third, "a whole hash is never ambiguous"

    run_story(story)


def test_plan_made_again_is_the_newest_again() -> None:
    async def story(store: SqliteEngineStore) -> None:
        assert await store.latest_plan("eu") is None
        for text, seconds in (("aa", 0), ("bb", 10), ("aa", -20)):
            await store.save_plan(StoredPlan(text, "eu", "ana", after(seconds), text.encode()))
        assert await store.latest_plan("eu") == StoredPlan("aa", "eu", "ana", after(-20), b"aa")
        assert await store.latest_plan("us") is None
        await store.prune("eu", after(60))
        assert await store.load_plan("bb") is None
        assert await store.load_plan("aa") is not None, "the newest stays"

    run_story(story)


def test_approvals_and_rejections_come_back_in_order_and_are_audited() -> None:
    async def story(store: SqliteEngineStore) -> None:
        await store.save_plan(StoredPlan("ab12", "eu", "ana", NOON, b"{}"))
        words = (
            Approval("ab12", "vanished", True, "bo", NOON, "checked with HR", ("hr:1001", "hr:Å1")),
            Approval("ab12", "leavers", False, "bo", after(-9)),
        )
        for word in words:
            await store.approve(word)
        assert await store.approvals("ab12") == words
        assert await store.approvals("ab") == ()
        with pytest.raises(Missing):
            await store.approve(Approval("ab", "vanished", True, "bo", NOON))
        verdicts = await store.verify_audit()
        assert [(verdict.chain, verdict.rows, verdict.broken_at) for verdict in verdicts] == [("eu", 2, 0)]

    run_story(story)


def test_settings_belong_to_a_pipe_and_are_empty_until_put() -> None:
    async def story(store: SqliteEngineStore) -> None:
        assert await store.get_setting("eu", "rules_hash") == ""
        await store.put_setting("eu", "rules_hash", "one")
        await store.put_setting("eu", "rules_hash", "two")
        assert await store.get_setting("eu", "rules_hash") == "two"
        assert await store.get_setting("us", "rules_hash") == ""

    run_story(story)


def test_person_whose_key_looks_like_sql_is_just_a_person() -> None:
    async def story(store: SqliteEngineStore) -> None:
        person = PersonKey("hr", "x'); DROP TABLE bond; --")
        fence = await store.take_lease("eu", "a", NOON, 60)
        await store.put_bonds("eu", fence, [(person, Linked("guid-1"))])
        assert await store.bonds("eu") == {person: Linked("guid-1")}

    run_story(story)
