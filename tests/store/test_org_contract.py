"""What both databases promise alike: group commit, tenants, other processes, caches, the chain of audit rows, order and comparison."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from org_places import FACE, NOW, Place, PostgresPlace, SqlitePlace, adding, users
from postgres_server import drop_database, fresh_name

from joiner.errors import AlreadyTaken, StoreError
from joiner.genesys.organisation import Named
from joiner.journeys.audit import verify_audit
from joiner.store.audit_chain import check_chain
from joiner.store.conditions import AllOf, AmongNumbers, AnyOf, ElementTest, NoneOf, Order, Search, SlotTest
from joiner.store.org_port import Client, Definition, Identity, IndexRow, Kept, NamedThing, OrgReads, OrgWrites, State

PAIRS = 200


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield SqlitePlace(tmp_path)
        return
    database = fresh_name()
    yield PostgresPlace(database)
    drop_database(database)


def test_writes_that_arrive_together_are_all_kept_in_one_chain(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        numbers = await asyncio.gather(*(store.write(1, adding(f"p{number}")) for number in range(200)))
        assert len(set(numbers)) == 200
        assert await users(store) == [f"p{number}" for number in range(200)]
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())


def test_a_refused_write_leaves_nothing_and_spares_its_neighbours(place: Place) -> None:
    async def story() -> None:
        store = await place.open()

        def half(rows: OrgWrites) -> None:
            adding("half")(rows)
            raise AlreadyTaken

        results = await asyncio.gather(
            *(store.write(1, work) for work in (adding("before"), half, half, adding("after"), half)), return_exceptions=True
        )
        assert [isinstance(result, AlreadyTaken) for result in results] == [False, True, True, False, True]
        assert await users(store) == ["before", "after"]
        assert (await store.read(1, lambda rows: rows.audit_head(1)))[0] == 2
        store.close()

    asyncio.run(story())


def test_a_write_is_not_seen_before_its_commit(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        seen: list[int] = []

        def work(rows: OrgWrites) -> None:
            adding("aino")(rows)
            seen.append(place.count("resource"))

        await store.write(1, work)
        assert [*seen, place.count("resource")] == [0, 1]
        store.close()

    asyncio.run(story())


def test_of_two_that_take_one_name_exactly_one_wins(place: Place) -> None:
    async def story() -> None:
        stores = [await place.open(), await place.open()]
        for number in range(PAIRS):
            results = await asyncio.gather(*(store.write(1, adding(f"name{number}")) for store in stores), return_exceptions=True)
            assert sorted(type(result) for result in results if not isinstance(result, int)) == [AlreadyTaken], results
        for store in stores:
            assert len(await users(store)) == PAIRS
            assert (await verify_audit(store))[0].broken_at == 0
            store.close()

    asyncio.run(story())


def test_two_processes_write_the_same_org_at_once_into_one_chain(place: Place) -> None:
    async def story() -> None:
        stores = [await place.open(), await place.open()]
        works = [store.write(1, adding(f"{side}-{number}")) for number in range(50) for side, store in enumerate(stores)]
        await asyncio.gather(*works, *(store.write(2, adding(f"south{side}", 2)) for side, store in enumerate(stores)))
        assert len(await users(stores[0])) == 100
        north, south = await verify_audit(stores[1])
        assert (north.broken_at, north.rows, south.broken_at, south.rows) == (0, 100, 0, 2)
        for store in stores:
            store.close()

    asyncio.run(story())


def test_what_another_process_changes_counts_at_once(place: Place) -> None:
    async def story() -> None:
        server, operator = await place.open(), await place.open()
        assert await server.identify("east", b"hash") == Identity(None, None)
        await operator.write(0, lambda rows: rows.add_org("east", "East", "strict", False, None, NOW.isoformat()))
        await operator.write(3, lambda rows: rows.add_client(Client(3, "east-client", "okta", "-", frozenset()), NOW.isoformat()))
        await operator.write(3, lambda rows: rows.add_token(b"hash", 3, "east-client", 0.0, 10.0))
        met = await server.identify("east", b"hash")
        assert (met.org.label, met.session.client.id, met.session.expires_at) == ("East", "east-client", 10.0)
        assert (await server.identify("", b"hash")).org.name == "north"
        assert (await server.identify("east", None)).session is None
        await operator.write(3, lambda rows: rows.set_client_active(3, "east-client", False))
        assert not (await server.identify("east", b"hash")).session.client.active
        for name in ("Sales", "Support", "Abroad"):
            thing = NamedThing("division", name, name)
            await operator.write(3, lambda rows, thing=thing: rows.add_name(3, thing, thing.name.lower()))
            assert (await server.read(3, lambda rows: rows.names(3))).divisions[-1] == Named(name, name)
            assert (await server.write(3, lambda rows: rows.names(3))).divisions[-1] == Named(name, name)
        with pytest.raises(AlreadyTaken):
            await server.write(3, lambda rows: rows.add_name(3, NamedThing("division", "x", "SALES"), "sales"))
        await operator.write(0, lambda rows: rows.set_default_org(3))
        assert (await server.identify("", None)).org.name == "east"
        server.close()
        operator.close()

    asyncio.run(story())


def test_sessions_that_a_process_ends_are_refused_by_the_others(place: Place) -> None:
    async def story() -> None:
        server, operator = await place.open(), await place.open()
        for number in range(20):
            token = f"token{number}".encode()
            await server.write(1, lambda rows, token=token: rows.add_token(token, 1, "north-client", 0.0, 9e9, "aino"))
            assert (await server.identify("north", token)).session.user_id == "aino"
            assert await operator.write(1, lambda rows: rows.drop_tokens_of_user(1, "aino")) == 1
            assert (await server.identify("north", token)).session is None
        server.close()
        operator.close()

    asyncio.run(story())


def test_definitions_are_the_same_object_until_one_changes(place: Place) -> None:
    async def story() -> None:
        server, operator = await place.open(), await place.open()
        first = Definition("schema", "urn:northlight:badge", b'{"id": "urn:northlight:badge"}')
        await operator.write(1, lambda rows: rows.put_definition(1, first))
        met = await server.identify("north", None)
        assert met.definitions == (first,)
        await server.write(1, adding("veikko"))
        assert (await server.identify("north", None)).definitions is met.definitions
        second = Definition("resource_type", "Badge", b"{}")
        await operator.write(1, lambda rows: rows.put_definition(1, second))
        assert (await server.identify("north", None)).definitions == (first, second)
        assert await server.read(1, lambda rows: rows.definitions(1)) == (first, second)
        await operator.write(1, lambda rows: rows.drop_definition(1, "schema", first.id))
        assert (await server.identify("north", None)).definitions == (second,)
        assert (await server.identify("south", None)).definitions == ()
        server.close()
        operator.close()

    asyncio.run(story())


def test_a_write_sees_what_it_changed_of_what_is_remembered(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        await store.read(1, lambda rows: rows.names(1))

        def work(rows: OrgWrites) -> list[int]:
            before = len(rows.names(1).skills)
            rows.add_name(1, NamedThing("skill", "s", "Billing"), "billing")
            return [before, len(rows.names(1).skills)]

        def refused(rows: OrgWrites) -> None:
            rows.add_name(1, NamedThing("skill", "t", "Night"), "night")
            rows.names(1)
            raise AlreadyTaken

        assert await store.write(1, work) == [0, 1]
        with pytest.raises(AlreadyTaken):
            await store.write(1, refused)
        assert len((await store.read(1, lambda rows: rows.names(1))).skills) == 1
        store.close()

    asyncio.run(story())


def test_a_read_of_several_statements_sees_one_state(place: Place) -> None:
    async def story() -> None:
        reader, writer = await place.open(), await place.open()
        stop = False

        def look(rows: OrgReads) -> tuple[int, int, int]:
            return rows.audit_head(1)[0], rows.count(1, "User", False), len(list(rows.scan(1, "User")))

        async def write_on() -> None:
            number = 0
            while not stop:
                number += 1
                await writer.write(1, adding(f"p{number}"))

        writing = asyncio.create_task(write_on())
        seen = [await reader.read(1, look)]
        while len(seen) < 150 or seen[-1][0] < 10:
            await asyncio.sleep(0)
            seen.append(await reader.read(1, look))
        stop = True
        await writing
        assert all(head == count == scanned for head, count, scanned in seen), seen
        reader.close()
        writer.close()

    asyncio.run(story())


def test_orgs_never_see_each_other(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        numbers = {org: await store.write(org, adding("aino", org)) for org in (1, 2)}

        def look(rows: OrgReads) -> None:
            for org in (1, 2):
                assert [kept.n for kept in rows.scan(org, "User")] == [numbers[org]]
                assert rows.holder(org, "User", "aino") == numbers[org]
                assert rows.resources(org, "User", [numbers[3 - org]]) == []
                assert rows.search(org, "User", "", Search(AmongNumbers(tuple(numbers.values())), limit=9)).total == 1
            assert rows.resource(3, "User", "aino") is None
            assert rows.client(2, "north-client") is None
            assert rows.client(1, "okta").id == "north-client"
            assert rows.audit_head(1)[0] == rows.audit_head(2)[0] == 1

        await store.read(0, look)
        store.close()

    asyncio.run(story())


def test_external_ids_rest_with_a_tombstone_and_wake_only_when_free(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        first, second = [await store.write(1, adding(name)) for name in ("first", "second")]

        def work(rows: OrgWrites) -> None:
            rows.set_external_id(1, "User", "north-client", first, "x")
            with pytest.raises(AlreadyTaken):
                rows.set_external_id(1, "User", "north-client", second, "x")
            rows.rest_external_ids(1, "User", first)
            rows.set_external_id(1, "User", "north-client", second, "x")
            assert list(rows.find_external(1, "User", "north-client", "x")) == [second, first]
            rows.wake_external_ids(1, "User", first)
            assert rows.external_ids(1, "User", "north-client", [first, second]) == {second: "x"}
            rows.rest_external_ids(1, "User", second)
            rows.wake_external_ids(1, "User", second)
            assert list(rows.find_external(1, "User", "north-client", "x")) == [second]
            assert rows.resource(1, "User", "second", "north-client").external_id == "x"
            assert rows.resource(1, "User", "second").external_id is None

        await store.write(1, work)
        store.close()

    asyncio.run(story())


def test_members_come_and_go_and_users_know_that_they_have_groups(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        people = [await store.write(1, adding(f"p{number}")) for number in range(30)]

        def work(rows: OrgWrites) -> int:
            group = rows.next_number(1, "Group")
            rows.insert(1, "Group", Kept(group, "support", 1, State.ACTIVE, "Support", b"{}"), FACE)
            rows.add_members(1, group, people)
            rows.add_members(1, group, people[:3])
            rows.remove_members(1, group, people[20:])
            rows.remove_members(1, group, [])
            return group

        group = await store.write(1, work)

        def look(rows: OrgReads) -> None:
            assert rows.members(1, group) == [(n, f"p{place}") for place, n in enumerate(people[:20])]
            assert rows.faces(1, group)[0] == ("p0", "p0")
            assert (rows.member_count(1, group), rows.is_member(1, group, people[0]), rows.is_member(1, group, people[25])) == (
                20,
                True,
                False,
            )
            assert rows.groups_of(1, people) == {n: [("support", "Support")] for n in people[:20]}
            assert [rows.resource(1, "User", id).in_groups for id in ("p0", "p25")] == [True, False]
            assert rows.groups_holding(1, people[0]) == [group]

        await store.read(1, look)
        store.close()

    asyncio.run(story())


def test_a_name_is_looked_up_among_the_living_and_in_an_index_at_once(place: Place) -> None:
    async def story() -> None:
        store = await place.open()

        def work(rows: OrgWrites) -> None:
            first, second = adding("aino")(rows), adding("eeva")(rows)
            long = "x" * 50_000
            assert rows.holder_and_found(1, "User", "aino", "buried") == (first, [])
            assert rows.holder_and_found(1, "User", "nobody", "buried") == (None, [])
            rows.take_name(1, "User", long, first, path="badge")
            for n in (second, first):
                rows.set_index(1, "User", n, (), {IndexRow("buried", "aino", kind) for kind in ("", "work")} | {IndexRow("buried", long)})
            assert rows.holder_and_found(1, "User", "aino", "buried") == (first, [first, second])
            assert rows.holder_and_found(1, "User", long, "buried") == (None, [first, second])
            assert rows.holder_and_found(2, "User", "aino", "buried") == (None, [])

        await store.write(1, work)
        store.close()

    asyncio.run(story())


def test_index_rows_come_and_go_and_values_may_be_of_any_length(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        n = await store.write(1, adding("aino"))
        lead, long = IndexRow("title", "lead", "work"), IndexRow("title", "ä" * 100_000)
        await store.write(1, lambda rows: rows.set_index(1, "User", n, (), {lead}))
        await store.write(1, lambda rows: rows.set_index(1, "User", n, (), {lead}))
        assert await store.read(1, lambda rows: list(rows.find(1, "User", "title", "lead"))) == [n]
        await store.write(1, lambda rows: rows.set_index(1, "User", n, {lead}, {long}))
        assert await store.read(1, lambda rows: list(rows.find(1, "User", "title", "lead"))) == []
        assert await store.read(1, lambda rows: list(rows.find(1, "User", "title", long.key))) == [n]
        found = await store.read(1, lambda rows: rows.search(1, "User", "", Search(ElementTest("title", "eq", long.key), limit=1)))
        assert found.total == 1

        def take_long_values(rows: OrgWrites) -> None:
            for number, name in enumerate(("x" * 50_000, "x" * 50_001)):
                rows.take_name(1, "User", name, n + number, path="badge")
                rows.set_external_id(1, "User", "north-client", n + number, name)
                assert rows.holder(1, "User", name, "badge") == n + number
            with pytest.raises(AlreadyTaken):
                rows.take_name(1, "User", "x" * 50_000, n + 7, path="badge")
            rows.free_name(1, "User", "x" * 50_000, n, "badge")
            rows.take_name(1, "User", "x" * 50_000, n + 7, path="badge")
            assert list(rows.find_external(1, "User", "north-client", "x" * 50_001)) == [n + 1]

        await store.write(1, take_long_values)
        store.close()

    asyncio.run(story())


def test_what_cannot_be_kept_is_simply_not_found(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        await store.write(1, adding("aino"))

        def look(rows: OrgReads) -> None:
            assert rows.resource(1, "User", "aino\x00", "x") is None
            assert rows.holder(1, "User", "\x00") is None
            assert list(rows.find(1, "User", "title", "\x00")) == []
            assert rows.search(1, "User", "x\x00", Search(SlotTest(0, "co", "\x00"), limit=3)).total == 0
            assert list(rows.scan(1, "User", "", SlotTest(0, "eq", "\x00"))) == []
            assert rows.client(1, "\x00") is None

        await store.read(1, look)
        assert (await store.identify("north\x00", None)).org is None
        store.close()

    asyncio.run(story())


WORDS = (
    None,
    "",
    "a",
    "Z",
    "aino",
    "ain",
    "äiti",
    "Ä",
    "ß",
    "ss",
    "ﬁ",
    "李小龙",
    "𝒜",
    "\u0301",
    "é",
    "e\u0301",
    "%",
    "_",
    "a_b",
    "a%b",
    "z" * 300,
)


def test_both_compare_and_order_text_byte_by_byte(place: Place) -> None:
    """The expected answers come from Python: code points order as their UTF-8 bytes do."""

    def fits(value: str | None, test: str, key: str) -> bool:
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

    async def story() -> None:
        store = await place.open()
        numbers = [await store.write(1, adding(f"p{at}", slots=(word,))) for at, word in enumerate(WORDS)]

        def look(rows: OrgReads) -> None:
            for test in ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"):
                for key in [word for word in WORDS if word]:
                    found = rows.search(1, "User", "", Search(SlotTest(0, test, key), limit=100))
                    expected = [n for n, word in zip(numbers, WORDS, strict=True) if fits(word, test, key)]
                    assert [kept.n for kept in found.page] == expected, (test, key)
            for descending in (False, True):
                page = rows.search(1, "User", "", Search(None, limit=100, order=Order(0, descending))).page
                texts = sorted((word for word in WORDS if word is not None), reverse=descending)
                expected_words = [None, *texts] if descending else [*texts, None]
                assert [WORDS[numbers.index(kept.n)] for kept in page] == expected_words

        await store.read(1, look)
        store.close()

    asyncio.run(story())


def test_conditions_join_elements_and_pages(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        numbers = [await store.write(1, adding(f"p{at}", slots=(f"word{at % 3}",))) for at in range(12)]

        def index(rows: OrgWrites) -> None:
            for at, n in enumerate(numbers):
                rows.set_index(1, "User", n, (), {IndexRow("emails.value", f"p{at}@n.example", "work" if at % 2 else "home")})

        await store.write(1, index)
        work_mail = ElementTest("emails.value", "ew", "n.example", "work")
        both = AllOf((SlotTest(0, "eq", "word1"), work_mail))
        either = AnyOf((both, ElementTest("emails.value", "eq", "p0@n.example"), NoneOf(SlotTest(0, "pr"))))

        def look(rows: OrgReads) -> None:
            def found(search: Search) -> tuple[int, list[str]]:
                answer = rows.search(1, "User", "", search)
                return answer.total, [kept.id for kept in answer.page]

            assert found(Search(both, limit=9)) == (2, ["p1", "p7"])
            assert found(Search(either, limit=9)) == (3, ["p0", "p1", "p7"])
            assert found(Search(NoneOf(either), active_only=True, offset=7, limit=1)) == (9, ["p10"])
            assert found(Search(None, limit=0)) == (12, [])
            assert found(Search(None, offset=2**53, limit=9)) == (12, [])
            assert [kept.id for kept in rows.scan(1, "User", "", both)] == ["p1", "p7"]

        await store.read(1, look, long=True)
        store.close()

    asyncio.run(story())


def test_a_tombstone_is_read_by_id_and_neither_counted_nor_searched(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        n = await store.write(1, adding("aino"))
        gone = Kept(n, "aino", 2, State.DELETED, "aino", b"{}")
        await store.write(1, lambda rows: rows.update(1, "User", gone, FACE))

        def look(rows: OrgReads) -> None:
            assert rows.resource(1, "User", "aino").state is State.DELETED
            assert (rows.count(1, "User", False), rows.number(1, "User", "aino"), list(rows.scan(1, "User"))) == (0, None, [])

        await store.read(1, look)
        await store.write(1, lambda rows: rows.update(1, "User", Kept(n, "aino", 3, State.INACTIVE, "aino", b"{1}"), FACE))
        assert await store.read(1, lambda rows: (rows.count(1, "User", False), rows.count(1, "User", True))) == (1, 0)
        store.close()

    asyncio.run(story())


def test_audit_rows_cannot_be_changed_and_a_forged_row_breaks_the_chain(place: Place) -> None:
    async def story() -> None:
        store = await place.open()
        for name in ("a", "b", "c"):
            await store.write(1, adding(name))
        for statement in ("DELETE FROM audit WHERE sequence = 2", "UPDATE audit SET hash = 'x' WHERE sequence = 2"):
            with pytest.raises(Exception, match="audit rows are never"):
                await asyncio.to_thread(place.run_sql, statement)
        store.close()

    async def after() -> None:
        store = await place.open()
        verdict = (await verify_audit(store))[0]
        assert (verdict.broken_at, verdict.detail) == (2, "row 2 was changed after it was written")
        entries = await store.read(1, lambda rows: list(rows.audit(1, 0, 10)))
        assert check_chain("x", [entries[0], entries[2]]).broken_at == 2
        store.close()

    asyncio.run(story())
    forge = {
        "sqlite": (
            "DROP TRIGGER audit_is_never_changed",
            """UPDATE audit SET document = replace(document, '"b"', '"x"') WHERE org = 1 AND sequence = 2""",
        ),
        "postgres": (
            "ALTER TABLE audit DISABLE TRIGGER ALL",
            """UPDATE audit SET document = replace(convert_from(document, 'UTF8'), '"b"', '"x"')::bytea WHERE org = 1 AND sequence = 2""",
        ),
    }
    place.run_sql(*forge[place.name])
    asyncio.run(after())


def test_a_client_keeps_its_newest_tokens_only_but_every_long_lived_one(place: Place) -> None:
    async def story() -> None:
        store = await place.open()

        def work(rows: OrgWrites) -> None:
            rows.add_token(b"static", 1, "north-client", 0.0, 31_536_000.0)
            for number in range(1_005):
                rows.add_token(f"t{number}".encode(), 1, "north-client", float(number), number + 86_400.0)

        await store.write(1, work)
        met = [(await store.identify("north", name)).session is not None for name in (b"static", b"t4", b"t5", b"t1004")]
        assert met == [True, False, True, True]
        await store.write(1, lambda rows: rows.add_token(b"later", 1, "north-client", 100_000.0, 186_400.0))
        assert place.count("token") == 2
        store.close()

    asyncio.run(story())


def test_a_statement_that_fails_is_refused_even_if_the_work_catches_it(place: Place) -> None:
    async def story() -> None:
        store = await place.open()

        def clumsy(rows: OrgWrites) -> None:
            adding("clumsy")(rows)
            try:
                rows.insert(1, "User", Kept(1, "other", 1, State.ACTIVE, "other", None), FACE)  # type: ignore[arg-type]
            except StoreError:
                return
            raise AssertionError

        results = await asyncio.gather(
            *(store.write(1, work) for work in (adding("before"), clumsy, adding("after"))), return_exceptions=True
        )
        assert isinstance(results[1], StoreError | Exception)
        assert await users(store) == ["before", "after"]
        assert (await verify_audit(store))[0].broken_at == 0
        store.close()

    asyncio.run(story())
