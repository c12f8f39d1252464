"""Searches of the store against Python: conditions nested at random, orders, positions behind which a page goes on, and their plans."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from org_places import FACE, NOW, LoopClock, SqlitePlace, with_orgs

from joiner.store.conditions import AllOf, AmongNumbers, AnyOf, Condition, ElementTest, HeldBy, NoneOf, Order, Search, SlotTest
from joiner.store.org_port import Face, IndexRow, Kept, OrgReads, OrgWrites, State
from joiner.store.org_store import SQL, open_org_store

WORDS = (None, "", "a", "ab", "b%", "_", "'", '"; --', "🜂x", "𝒜", "é", "ab🜂", "z" * 250, "z" * 260)
TESTS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr")
Person = tuple[int, State, str | None, str | None, frozenset[tuple[str, str]]]


def populate(rows: OrgWrites, drawn: random.Random) -> list[Person]:
    people: list[Person] = []
    for number in range(60):
        n = rows.next_number(1, "User")
        state = State(drawn.choice((0, 1, 1)))
        first, second = drawn.choice(WORDS), drawn.choice(WORDS)
        mails = frozenset((drawn.choice(("home", "work")), word) for word in drawn.sample([w for w in WORDS if w], 2))
        face = Face(f"p{number}", NOW.isoformat(), (first, second, *(None,) * 8))
        rows.insert(1, "User", Kept(n, f"p{number}", 1, state, f"p{number}", b"{}"), face)
        rows.set_index(1, "User", n, (), {IndexRow("emails.value", key, kind) for kind, key in mails})
        rows.take_name(1, "User", f"held{n}", n)
        people.append((n, state, first, second, mails))
    return people


def draw_condition(drawn: random.Random, depth: int) -> Condition:
    shape = drawn.choice(("slot", "slot", "element", "numbers", "held", "state", *(("all", "any", "none") if depth else ())))
    key = drawn.choice([word for word in WORDS if word])
    match shape:
        case "slot":
            return SlotTest(drawn.randrange(2), drawn.choice(TESTS), key)
        case "element":
            return ElementTest("emails.value", drawn.choice([t for t in TESTS if t != "ne"]), key, drawn.choice((None, "home", "work")))
        case "numbers":
            return AmongNumbers(tuple(drawn.sample(range(1, 70), drawn.randrange(0, 66))))
        case "held":
            return HeldBy(f"held{drawn.randrange(1, 70)}")
        case "state":
            return SlotTest("state", drawn.choice(("eq", "ne")), drawn.choice("01"))
        case "none":
            return NoneOf(draw_condition(drawn, depth - 1))
    terms = tuple(draw_condition(drawn, depth - 1) for _ in range(drawn.randrange(1, 4)))
    return AllOf(terms) if shape == "all" else AnyOf(terms)


def holds(value: str | None, test: str, key: str) -> bool:
    if value is None:
        return test == "ne"
    return {
        "eq": value == key,
        "ne": value != key,
        "co": key in value,
        "sw": value.startswith(key),
        "ew": value.endswith(key),
        "gt": value > key,
        "ge": value >= key,
        "lt": value < key,
        "le": value <= key,
        "pr": value != "",
    }[test]


def satisfies(person: Person, condition: Condition) -> bool:
    n, state, first, second, mails = person
    match condition:
        case SlotTest("state", test, key):
            return (state.value == int(key)) is (test == "eq")
        case SlotTest(column, test, key):
            return holds((first, second)[int(column)], test, key)
        case ElementTest(_, test, key, kind):
            return any(holds(value, test, key) for its_kind, value in mails if kind in (None, its_kind))
        case AmongNumbers(numbers):
            return n in numbers
        case HeldBy(held):
            return held == f"held{n}"
        case AllOf(terms):
            return all(satisfies(person, term) for term in terms)
        case AnyOf(terms):
            return any(satisfies(person, term) for term in terms)
        case NoneOf(term):
            return not satisfies(person, term)
    raise AssertionError(condition)


def ordered(people: list[Person], order: Order | None) -> list[Person]:
    if order is None:
        return people
    place = 2 + int(order.column)
    given = sorted((p for p in people if p[place] is not None), key=lambda p: p[0])
    given.sort(key=lambda p: str(p[place])[:200], reverse=order.descending)
    missing = [p for p in people if p[place] is None]
    return missing + given if order.descending else given + missing


def story_of(path: Path, tell: Callable[[OrgReads, list[Person], random.Random], None], seed: int) -> None:
    async def story() -> None:
        store = await SqlitePlace(path).open()
        drawn = random.Random(seed)
        people = await store.write(1, lambda rows: populate(rows, drawn))
        await store.read(1, lambda rows: tell(rows, people, drawn))
        # Within a transaction the same questions have the same answers.
        await store.write(1, lambda rows: tell(rows, people, drawn))
        store.close()

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_asked_the_answer_is_that_of_python(tmp_path: Path, seed: int) -> None:
    def tell(rows: OrgReads, people: list[Person], drawn: random.Random) -> None:
        for _ in range(150):
            condition = draw_condition(drawn, 3)
            active_only, offset, limit = drawn.random() < 0.3, drawn.randrange(5), drawn.randrange(0, 30)
            order = drawn.choice((None, Order(drawn.randrange(2)), Order(drawn.randrange(2), descending=True)))
            found = rows.search(1, "User", "", Search(condition, active_only, offset, limit, order))
            expected = [p for p in people if satisfies(p, condition) and (p[1] is State.ACTIVE or not active_only)]
            assert found.total == len(expected), condition
            assert [k.n for k in found.page] == [p[0] for p in ordered(expected, order)][offset : offset + limit], (condition, order)
            assert (found.last is not None) is (limit > 0 and offset + limit < len(expected)), condition
            if not order and not active_only:
                assert [k.n for k in rows.scan(1, "User", "", condition)] == [p[0] for p in expected]

    story_of(tmp_path, tell, seed)


@pytest.mark.parametrize(
    "order", [None, Order(0), Order(0, descending=True), Order(1), Order("modified"), Order("modified", descending=True)]
)
@pytest.mark.parametrize("condition", [None, SlotTest(1, "pr"), NoneOf(SlotTest(1, "co", "b"))])
@pytest.mark.parametrize("active_only", [False, True])
def test_pages_behind_a_position_show_everybody_once_in_order(
    tmp_path: Path, order: Order | None, condition: Condition | None, active_only: bool
) -> None:
    def tell(rows: OrgReads, people: list[Person], drawn: random.Random) -> None:
        whole = rows.search(1, "User", "", Search(condition, active_only, 0, 100, order))
        shown: list[int] = []
        after = None
        while True:
            found = rows.search(1, "User", "", Search(condition, active_only, 0, 7, order, after))
            assert found.total == whole.total
            shown += [kept.n for kept in found.page]
            after = found.last
            if after is None:
                break
        assert shown == [kept.n for kept in whole.page]
        assert len(shown) == len(set(shown)) == whole.total

    story_of(tmp_path, tell, 7)


def test_a_position_whose_person_has_gone_is_still_a_place_to_go_on_from(tmp_path: Path) -> None:
    async def story() -> None:
        store = await with_orgs(open_org_store(str(tmp_path / "orgs.db"), LoopClock()))
        await store.write(1, lambda rows: populate(rows, random.Random(1)))
        first = await store.read(1, lambda rows: rows.search(1, "User", "", Search(None, limit=10)))
        gone = first.page[-1]
        await store.write(1, lambda rows: rows.update(1, "User", Kept(gone.n, gone.id, 2, State.DELETED, gone.id, b"{}"), FACE))
        rest = await store.read(1, lambda rows: rows.search(1, "User", "", Search(None, limit=100, after=first.last)))
        assert (rest.total, len(rest.page), rest.page[0].n, rest.last) == (59, 50, gone.n + 1, None)
        store.close()

    asyncio.run(story())


LOOKED_UP = (
    "resource",
    "resource_by_number",
    "number",
    "is_member",
    "found_by",
    "holder",
    "find_external",
    "external_ids",
    "groups_of",
    "members",
    "faces",
    "member_count",
    "groups_holding",
    "external_id_is_live",
    "update",
    "update_body",
    "touch_searchable",
    "drop_searchable",
    "free_name",
    "drop_index",
    "drop_external_id",
    "rest_external_ids",
    "drop_lost_external_ids",
    "wake_external_ids",
    "remove_member",
    "audit_head",
    "session",
    "client",
    "org_by_name",
    "page",
    "memberships",
    "group_named",
    "change_searchable",
)


@pytest.mark.parametrize("name", LOOKED_UP)
def test_no_statement_of_the_usual_requests_walks_over_a_table(tmp_path: Path, name: str) -> None:
    open_org_store(str(tmp_path / "orgs.db"), LoopClock(), commit_inline=True).close()
    connection = sqlite3.connect(tmp_path / "orgs.db")
    text = SQL[name]
    values = [1] * (text.count("?") + 20)
    while True:
        try:
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
        except sqlite3.ProgrammingError:
            values.pop()
            continue
        break
    connection.close()
    assert steps
    # A search by org and type alone would look at everybody in the org.
    scanned = [
        step
        for step in steps
        if step.startswith("SCAN") or step.endswith(("(org=?)", "(org=? AND type=?)", "(org=? AND type=? AND client=?)"))
    ]
    assert not [step for step in scanned if "CONSTANT" not in step], steps
