"""Held removals, counts of removals, and what clients wrote last, as both databases keep them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from org_places import NOW, Place, PostgresPlace, SqlitePlace, adding
from postgres_server import drop_database, fresh_name

from joiner.store.org_port import OrgReads, OrgWrites
from joiner.store.pushed_port import HeldMember, HeldRemovals, PushedBase

NORTH, SOUTH = 1, 2
DAY = timedelta(hours=24)
HOLD = HeldRemovals(0, "h-1", "okta", 7, False, "12 of 30", NOW, NOW + DAY)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield SqlitePlace(tmp_path)
        return
    database = fresh_name()
    yield PostgresPlace(database)
    drop_database(database)


def remember(place: Place, *works: Callable[[OrgWrites], Any], look: Callable[[OrgReads], Any]) -> Any:
    async def story() -> Any:
        store = await place.open()
        for work in works:
            await store.write(NORTH, work)
        seen = await store.read(NORTH, look)
        store.close()
        return seen

    return asyncio.run(story())


def hold(rows: OrgWrites) -> None:
    held = rows.put_hold(NORTH, HOLD)
    rows.add_hold_members(NORTH, held.n, [HeldMember("User", 1), HeldMember("User", 2), HeldMember("User", 2)])


def test_a_hold_is_found_until_it_lapses_by_its_client_and_group(place: Place) -> None:
    seen = remember(
        place,
        adding("aino"),
        adding("eero"),
        hold,
        look=lambda rows: (
            rows.any_hold(NORTH),
            rows.any_hold(SOUTH),
            rows.holds(NORTH, NOW),
            rows.holds(NORTH, NOW + DAY),
            rows.open_hold(NORTH, "okta", 7, NOW),
            rows.open_hold(NORTH, "entra", 7, NOW),
            rows.open_hold(NORTH, "okta", 7, NOW + DAY),
            rows.hold_members(NORTH, 1, 10),
            rows.hold_members(NORTH, 1, 1),
        ),
    )
    kept, aino, eero = HOLD._replace(n=1, members=2), HeldMember("User", 1, "aino", "aino"), HeldMember("User", 2, "eero", "eero")
    assert seen == (True, False, [kept], [], kept, None, None, [aino, eero], [aino])


def test_an_approved_hold_is_no_longer_open_and_a_dropped_one_is_gone_with_its_members(place: Place) -> None:
    def approve(rows: OrgWrites) -> None:
        rows.put_hold(NORTH, HOLD._replace(n=1, id="h-2", approved_by="ilkka"))
        rows.drop_hold_members(NORTH, 1, [HeldMember("User", 1)])
        rows.put_hold(NORTH, HOLD._replace(group=8))
        rows.drop_hold(NORTH, 2)

    seen = remember(
        place,
        adding("aino"),
        adding("eero"),
        hold,
        approve,
        look=lambda rows: (rows.holds(NORTH, NOW), rows.open_hold(NORTH, "okta", 7, NOW)),
    )
    assert seen == ([HOLD._replace(n=1, id="h-2", approved_by="ilkka", members=1)], None)


def test_who_left_a_group_is_held_there_no_longer(place: Place) -> None:
    def leave(rows: OrgWrites) -> None:
        rows.drop_held_of_group(NORTH, 8, [HeldMember("User", 1)])
        rows.drop_held_of_group(NORTH, 7, [HeldMember("User", 2)])

    seen = remember(
        place, adding("aino"), adding("eero"), hold, leave, look=lambda rows: [each.id for each in rows.hold_members(NORTH, 1, 10)]
    )
    assert seen == ["aino"]


def test_lapsed_holds_are_dropped(place: Place) -> None:
    seen = remember(
        place, hold, lambda rows: rows.drop_lapsed_holds(NORTH, NOW), lambda rows: rows.drop_lapsed_holds(NORTH, NOW + DAY),
        look=lambda rows: rows.any_hold(NORTH),
    )  # fmt: skip
    assert seen is False


def test_removals_are_summed_by_group_and_in_all_and_forgotten_after_a_day(place: Place) -> None:
    def note(rows: OrgWrites) -> None:
        for group, count, hours in ((7, 3, 0), (7, 4, 1), (8, 5, 1), (7, 1, 30)):
            rows.note_removals(NORTH, "okta", group, count, NOW + timedelta(hours=hours), NOW + timedelta(hours=hours) - DAY)

    seen = remember(
        place,
        note,
        look=lambda rows: (
            rows.removals_lately(NORTH, "okta", 7, NOW - DAY),
            rows.removals_lately(NORTH, "okta", 7, NOW + timedelta(hours=30)),
            rows.removals_lately(NORTH, "entra", 7, NOW - DAY),
        ),
    )
    assert seen == ((1, 1), (1, 1), (0, 0))


def test_bases_come_back_and_conflicts_are_listed_with_their_user(place: Place) -> None:
    base = PushedBase({"title": "Ä", "roles": {"added": {"agent": {"value": "Agent"}}}}, {"title": ["L", None]})
    seen = remember(
        place,
        adding("aino"),
        lambda rows: rows.put_pushed_base(NORTH, "okta", 1, PushedBase({"title": None}, {}), NOW),
        lambda rows: rows.put_pushed_base(NORTH, "okta", 1, base, NOW),
        lambda rows: rows.put_pushed_base(NORTH, "entra", 1, PushedBase({}, {}), NOW),
        look=lambda rows: (
            rows.pushed_base(NORTH, "okta", 1),
            rows.pushed_base(NORTH, "entra", 1),
            rows.pushed_base(SOUTH, "okta", 1),
            rows.pushed_conflicts(NORTH, 10),
        ),
    )
    assert seen[:3] == (base, PushedBase({}, {}), None)
    assert [(each.client, each.user_id, each.conflicts, each.at) for each in seen[3]] == [("okta", "aino", {"title": ["L", None]}, NOW)]
