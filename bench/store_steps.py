"""What the store costs per step: ``python bench/store_steps.py --users 10000 [--database postgresql…] [--profile STEP]``.

Each step calls the store as the journeys do (the same rows in the same order), with documents of 1.1 kB, without HTTP and without the
rules. Told are microseconds of processor time per request (all threads), of elapsed time alone, and elapsed time with 16 at once.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from joiner.events import Actor, Door, Event
from joiner.genesys.catalogue import catalogue_of
from joiner.journeys.indexing import face_of, index_rows
from joiner.store.conditions import AllOf, AmongNumbers, AnyOf, ElementTest, NoneOf, Search, SlotTest
from joiner.store.org_port import Client, Face, IndexRow, Kept, OrgReads, OrgWrites, State
from joiner.store.org_store import open_org_store
from joiner.system import SystemClock, collect_rarely

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FAMILY = ("Abernathy", "Castellan", "Dunmore", "Fairbairn", "Kowalski", "Montgomery", "Moriyama", "Nakamura", "Pemberton", "Zimmerman")
GIVEN = ("Aino", "Bruno", "Chiara", "Dmitri", "Elena", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Katya", "Liam", "Nadia", "Oscar", "Zoe")
TITLES = ("Agent", "Senior Agent", "Support Engineer", "Field Engineer", "Team Supervisor", "Quality Evaluator", "Planner")
KIND = catalogue_of("extended").by_name["User"]
GROUP = catalogue_of("extended").by_name["Group"]
ORG, CLIENT, TOKEN = 1, "bench", b"t" * 32
STAMP = "2026-11-22T09:00:00.000Z"
ACTOR = Actor("client", "bench", Door.SCIM)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOGETHER = 16
ROUNDS = 4


def document_of(number: int, *, active: bool = True, title: str = "") -> dict[str, Any]:
    family, given, name = FAMILY[number % len(FAMILY)], GIVEN[number % len(GIVEN)], f"user{number}"
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "id": f"{number:08d}-7a6f-4b1e-9b55-5a1f0c2d3e4f",
        "userName": f"{name}@northlight.example",
        "name": {"formatted": f"{given} {family}", "familyName": family, "givenName": given},
        "displayName": f"{given} {family}",
        "title": title or TITLES[number % len(TITLES)],
        "preferredLanguage": "en-US",
        "active": active,
        "emails": [
            {"value": f"{name}@northlight.example", "type": "work", "primary": True},
            {"value": f"{name}@home.example", "type": "other"},
        ],
        "phoneNumbers": [{"value": f"+1317{number:07d}", "type": "work"}, {"value": f"+1463{number:07d}", "type": "mobile"}],
        "addresses": [{"type": "work", "streetAddress": f"{number} Example Street", "locality": "Indianapolis", "country": "US"}],
        ENTERPRISE: {"employeeNumber": str(100_000 + number), "department": f"Dept {number % 40:02d}", "division": "Care"},
        "padding": "x" * 150,
    }


def body_of(document: dict[str, Any], version: int) -> bytes:
    import json

    meta = {"resourceType": "User", "created": STAMP, "lastModified": STAMP, "version": f'W/"{version}"'}
    return json.dumps(document | {"meta": meta}, separators=(",", ":")).encode()


def event(name: str, kept: Kept, was: Any, became: Any) -> Event:
    return Event(name, ACTOR, NOW, "User", kept.id, kept.name, was, became, "moved", kept.id)


class Prepared(NamedTuple):
    """What the rules have made of a request before the store is asked."""

    document: dict[str, Any]
    body: bytes
    face: Face
    rows: frozenset[IndexRow]


@cache
def prepare(number: int, title: str = "") -> Prepared:
    document = document_of(number, title=title)
    return Prepared(document, body_of(document, 1), face_of(document, KIND, STAMP), index_rows(document, KIND))


SAMPLE = 500
"""Users that are changed, all over the population."""


class House:
    """A store with users and groups, and the steps that are measured."""

    def __init__(self, store: Any, users: int) -> None:
        self.store, self.users = store, users
        self.number = users
        self.turn = 0
        self.groups: dict[int, str] = {}
        self.filled = False

    async def fill(self) -> None:
        def prepare(rows: OrgWrites) -> None:
            rows.add_org("north", "North", "extended", True, None, STAMP)
            rows.add_client(Client(ORG, CLIENT, CLIENT, "-", frozenset({"directory:user:add"})), STAMP)
            rows.add_token(TOKEN, ORG, CLIENT, 0.0, 4e9)

        await self.store.write(0, prepare)
        for first in range(0, self.users, TOGETHER):
            await asyncio.gather(*(self.create(number) for number in range(first, min(first + TOGETHER, self.users))))

        def grouped(rows: OrgWrites) -> None:
            for size in (10, 1_000, 10_000):
                n = rows.next_number(ORG, "Group")
                document = {"id": f"group-{size}", "displayName": f"Group {size}"}
                kept = Kept(n, document["id"], 1, State.ACTIVE, document["displayName"], body_of(document, 1), None)
                rows.insert(ORG, "Group", kept, face_of(document, GROUP, STAMP))
                rows.take_name(ORG, "Group", document["displayName"].lower(), n)
                rows.add_members(ORG, n, range(1, min(size, self.users - 300) + 1))
                self.groups[size] = kept.id

        await self.store.write(ORG, grouped)
        self.filled = True

    async def create(self, number: int) -> None:
        document, body, face, index = prepare(number) if self.filled else prepare.__wrapped__(number)
        key = document["userName"]

        def work(rows: OrgWrites) -> None:
            assert rows.holder(ORG, "User", key) is None
            assert not rows.find(ORG, "User", "joiner:buried", key)
            n = rows.next_number(ORG, "User")
            kept = Kept(n, document["id"], 1, State.ACTIVE, key, body, f"ext-{number}")
            rows.insert(ORG, "User", kept, face)
            rows.take_name(ORG, "User", key, n)
            rows.set_external_id(ORG, "User", CLIENT, n, f"ext-{number}")
            rows.set_index(ORG, "User", n, (), index)
            rows.append_audit(ORG, event("user.created", kept, {}, document))

        await self.store.write(ORG, work)

    def some(self) -> tuple[int, str]:
        self.turn += 7_919
        number = self.turn % self.users
        return number, f"{number:08d}-7a6f-4b1e-9b55-5a1f0c2d3e4f"

    async def identify(self) -> None:
        assert (await self.store.identify("north", TOKEN)).session

    async def get(self) -> None:
        _, id = self.some()
        await self.store.identify("north", TOKEN)
        assert await self.store.read(ORG, lambda rows: rows.resource(ORG, "User", id, CLIENT))

    async def user_name(self) -> None:
        number, _ = self.some()
        key = f"user{number}@northlight.example"

        def work(rows: OrgReads) -> Any:
            n = rows.holder(ORG, "User", key)
            return rows.search(ORG, "User", CLIENT, Search(AmongNumbers((n or 0,)), limit=100))

        await self.store.identify("north", TOKEN)
        assert (await self.store.read(ORG, work, long=True)).total == 1

    async def external_id(self) -> None:
        number, _ = self.some()

        def work(rows: OrgReads) -> Any:
            ns = tuple(rows.find_external(ORG, "User", CLIENT, f"ext-{number}"))
            return rows.search(ORG, "User", CLIENT, Search(AmongNumbers(ns), limit=100))

        await self.store.identify("north", TOKEN)
        assert (await self.store.read(ORG, work, long=True)).total == 1

    async def page(self, offset: int = 0) -> None:
        await self.store.identify("north", TOKEN)
        found = await self.store.read(ORG, lambda rows: rows.search(ORG, "User", CLIENT, Search(None, False, offset, 100)))
        assert len(found.page) == 100

    async def deep_page(self) -> None:
        await self.page(int(self.users * 0.9))

    async def searched(self, condition: Any) -> None:
        await self.store.identify("north", TOKEN)
        found = await self.store.read(ORG, lambda rows: rows.search(ORG, "User", CLIENT, Search(condition, limit=1)), long=True)
        assert found.total

    async def two_parts(self) -> None:
        slots = KIND.slot_numbers
        family, given = SlotTest(slots["name.familyname"], "co", "mor"), SlotTest(slots["name.givenname"], "co", "a")
        await self.searched(AllOf((family, given)))

    async def three_parts(self) -> None:
        slots, department = KIND.slot_numbers, next(path for path in KIND.slot_numbers if path.endswith("department"))
        either = AnyOf((SlotTest(slots["title"], "co", "engineer"), SlotTest(slots[department], "eq", "dept 07")))
        await self.searched(AllOf((either, NoneOf(ElementTest("emails.value", "co", "1", "work")))))

    def sampled(self) -> tuple[int, str]:
        self.turn += 7_919
        number = self.turn % SAMPLE * (self.users // SAMPLE)
        return number, f"{number:08d}-7a6f-4b1e-9b55-5a1f0c2d3e4f"

    async def _change(self, id: str, after: Prepared, gone: Iterable[IndexRow], fresh_rows: Iterable[IndexRow]) -> None:
        active = self.turn % 2 == 0

        def work(rows: OrgWrites) -> None:
            kept = rows.resource(ORG, "User", id, CLIENT)
            assert kept is not None
            fresh = Kept(kept.n, id, kept.version + 1, State.ACTIVE if active else State.INACTIVE, kept.name, after.body, "x")
            rows.update(ORG, "User", fresh, after.face)
            rows.set_index(ORG, "User", kept.n, gone, fresh_rows)
            rows.append_audit(ORG, event("user.changed", fresh, {"active": active}, {"active": not active}))

        await self.store.identify("north", TOKEN)
        await self.store.write(ORG, work)

    async def patch_active(self) -> None:
        number, id = self.sampled()
        await self._change(id, prepare(number), (), ())

    async def put(self) -> None:
        number, id = self.sampled()
        at = self.turn % 3
        # Title and one e-mail address change.
        one, other = (
            IndexRow("emails.value", f"u{number}.{at}@x.example", "other"),
            IndexRow("emails.value", f"u{number}.{(at + 1) % 3}@x.example", "other"),
        )
        titles = IndexRow("title", f"title {at}"), IndexRow("title", f"title {(at + 1) % 3}")
        await self._change(id, prepare(number, f"Title {at}"), (other, titles[1]), (one, titles[0]))

    async def add_member(self, size: int) -> None:
        number, id = self.sampled()
        group_id = self.groups[size]
        added = self.number + number  # numbers of nobody: rows all the same
        self.number += 1

        def work(rows: OrgWrites) -> None:
            group = rows.resource(ORG, "Group", group_id, CLIENT)
            assert group is not None
            rows.number(ORG, "User", id)
            rows.is_member(ORG, group.n, added)
            rows.add_members(ORG, group.n, [added])
            fresh = Kept(group.n, group_id, group.version + 1, State.ACTIVE, group.name, group.body)
            document = {"id": group_id, "displayName": group.name}
            rows.update(ORG, "Group", fresh, face_of(document, GROUP, STAMP))
            rows.set_index(ORG, "Group", group.n, (), ())
            rows.append_audit(ORG, event("group.members_changed", fresh, {}, {"members": [id]}))

        await self.store.identify("north", TOKEN)
        await self.store.write(ORG, work)

    async def add_to_10(self) -> None:
        await self.add_member(10)

    async def add_to_1000(self) -> None:
        await self.add_member(1_000)

    async def add_to_10000(self) -> None:
        await self.add_member(10_000)

    async def members(self) -> None:
        def work(rows: OrgReads) -> int:
            group = rows.resource(ORG, "Group", self.groups[10_000], CLIENT)
            assert group is not None
            return len(rows.faces(ORG, group.n))

        assert await self.store.read(ORG, work)

    async def create_one(self) -> None:
        number, self.number = self.number, self.number + 1
        await self.store.identify("north", TOKEN)
        await self.create(number)

    def ahead(self, count: int) -> None:
        """Make the documents of the next steps, so that only the store's share is measured."""
        for number in range(self.number, self.number + count):
            prepare(number)
        for number in range(SAMPLE):
            for title in ("", "Title 0", "Title 1", "Title 2"):
                prepare(number * (self.users // SAMPLE), title)


async def measure(house: House, step: Callable[[], Awaitable[None]], repeats: int) -> tuple[float, float, float]:
    """Processor µs per request alone, elapsed µs alone, processor µs with 16 at once; the least of some rounds."""
    house.ahead(2 * ROUNDS * repeats + 20)
    for _ in range(20):
        await step()
    alone = [await _timed(step, repeats, 1) for _ in range(ROUNDS)]
    together = [await _timed(step, repeats, TOGETHER) for _ in range(ROUNDS)]
    return min(cpu for cpu, _ in alone), min(wall for _, wall in alone), min(cpu for cpu, _ in together)


async def _timed(step: Callable[[], Awaitable[None]], repeats: int, together: int) -> tuple[float, float]:
    repeats = max(repeats // together, 1) * together
    began_cpu, began = time.process_time_ns(), time.perf_counter_ns()
    if together == 1:
        for _ in range(repeats):
            await step()
    else:
        for _ in range(0, repeats, together):
            await asyncio.gather(*(step() for _ in range(together)))
    return (time.process_time_ns() - began_cpu) / 1_000 / repeats, (time.perf_counter_ns() - began) / 1_000 / repeats


STEPS: dict[str, tuple[str, int]] = {
    "identify": ("identify alone", 1250),
    "get": ("GET by id", 1250),
    "user_name": ("userName eq", 750),
    "external_id": ("externalId eq", 750),
    "page": ("page of 100, first", 125),
    "deep_page": ("page of 100, at 90 %", 125),
    "two_parts": ("W8: two parts", 12),
    "three_parts": ("W8c: or, not, value path", 10),
    "patch_active": ("PATCH active", 500),
    "put": ("PUT", 500),
    "add_to_10": ("add member, group of 10", 250),
    "add_to_1000": ("add member, group of 1,000", 250),
    "add_to_10000": ("add member, group of 10,000", 250),
    "members": ("10,000 members by name", 10),
    "create_one": ("create", 500),
}


def tell_memory() -> None:
    """Resident and private memory of this process."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    resident, private = (int(lines[name].split()[0]) // 1024 for name in ("VmRSS", "RssAnon"))
    print(f"memory {resident} MB, of which private {private} MB", flush=True)


async def run(users: int, only: list[str], profile: str, folder: Path) -> None:
    store = open_org_store(str(folder / "orgs.db"), SystemClock())
    house = House(store, users)
    began, busy = time.perf_counter(), time.process_time()
    await house.fill()
    spent, used = time.perf_counter() - began, (time.process_time() - busy) / users * 1e6
    print(f"filled with {users:,} users in {spent:.1f} s, {used:.0f} µs of CPU each")
    tell_memory()
    print(f"{'':<30}{'CPU µs':>9}{'elapsed':>9}{'CPU, 16 at once':>17}")
    for name, (title, repeats) in STEPS.items():
        if only and name not in only:
            continue
        if profile:
            profiler = cProfile.Profile()
            profiler.enable()
            await measure(house, getattr(house, name), repeats)
            profiler.disable()
            pstats.Stats(profiler).sort_stats(profile).print_stats(35)
        cpu, alone, together = await measure(house, getattr(house, name), repeats)
        print(f"{title:<30}{cpu:>9.1f}{alone:>9.1f}{together:>17.1f}", flush=True)
    tell_memory()
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--steps", default="", help=f"some of {', '.join(STEPS)}")
    parser.add_argument("--profile", default="", help="sort a profile of each step by this: tottime, cumtime")
    chosen = parser.parse_args()
    collect_rarely()
    with tempfile.TemporaryDirectory(prefix="joiner-steps-", dir=os.environ.get("BENCH_FOLDER")) as folder:
        uvloop.run(run(chosen.users, [name for name in chosen.steps.split(",") if name], chosen.profile, Path(folder)))


if __name__ == "__main__":
    main()
