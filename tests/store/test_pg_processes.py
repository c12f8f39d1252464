"""Several ``joiner serve`` processes on one PostgreSQL behave as one server: one winner per name, nothing lost, nobody let in late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from postgres_server import fresh_database, shared_server
from served_org import ENTERPRISE, TIMEOUT_SECONDS, USER, Caller, House, run_joiner

PAIRS = 200
KILLS = 4
LANES = 4


@contextmanager
def serving(database: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server process and its address."""
    command = (sys.executable, "-m", "joiner.app", "serve", "--listen", "127.0.0.1:0", "--database", database)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    try:
        yield next(line.split()[2].rstrip(".") for line in server.stdout if line.startswith("Serving at ")), server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(TIMEOUT_SECONDS)
        server.stdout.close()


class Town:
    """One database, one org, one client, and as many servers as are started."""

    def __init__(self, database: str, stack: ExitStack) -> None:
        self.database = database
        self._stack = stack
        house = House(database, "")
        self.client = house.org("north", names={"division": ["Sales"]}).client("okta")

    def start(self) -> tuple[str, subprocess.Popen[str]]:
        return self._stack.enter_context(serving(self.database))

    def caller(self, url: str) -> Caller:
        caller = Caller(f"{url}/north/scim/v2", self.client.token)
        self._stack.callback(caller.close)
        return caller

    def verdicts(self) -> str:
        return run_joiner("audit", "verify", "--database", self.database)


@pytest.fixture
def town() -> Iterator[Town]:
    with fresh_database(empty=True) as database, ExitStack() as stack:
        yield Town(database, stack)


def user(name: str) -> dict[str, Any]:
    return {"schemas": [USER], "userName": f"{name}@northlight.example", "displayName": name}


def names(caller: Caller) -> list[str]:
    found: list[str] = []
    while page := caller.get("Users", startIndex=len(found) + 1, count=100).json.get("Resources"):
        found += [str(one["userName"]).partition("@")[0] for one in page]
    return found


def test_of_two_servers_that_create_one_name_exactly_one_does(town: Town) -> None:
    callers = [town.caller(town.start()[0]) for _ in range(2)]
    barrier = threading.Barrier(2)

    def create_all(caller: Caller) -> list[int]:
        statuses: list[int] = []
        for number in range(PAIRS):
            barrier.wait(TIMEOUT_SECONDS)
            statuses.append(caller.post("Users", user(f"name{number}")).status)
        return statuses

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(create_all, callers)
    assert {tuple(sorted(pair)) for pair in zip(first, second, strict=True)} == {(201, 409)}
    assert sorted(names(callers[0])) == sorted(f"name{number}" for number in range(PAIRS))
    assert names(callers[0]) == names(callers[1])
    assert "whole" in town.verdicts()


def test_what_one_server_acknowledged_the_other_shows_at_once(town: Town) -> None:
    first, second = [town.caller(town.start()[0]) for _ in range(2)]
    for number in range(50):
        made = first.create("Users", user(f"p{number}"))
        assert second.get(f"Users/{made['id']}").status == 200
        changed = second.patch(f"Users/{made['id']}", {"op": "replace", "path": "active", "value": False})
        assert changed.status in (200, 204)
        assert first.get(f"Users/{made['id']}").json["active"] is False
    run_joiner("org", "define", "north", "--division", "Abroad", "-q", "--database", town.database)
    for caller, name in ((first, "a"), (second, "b")):
        moved = caller.post("Users", {**user(name), ENTERPRISE: {"division": "Abroad"}})
        assert (moved.status, moved.json.get(ENTERPRISE, {}).get("division")) == (201, "Abroad"), moved.body


def test_members_that_two_servers_add_to_one_group_at_once_are_all_kept(town: Town) -> None:
    callers = [town.caller(town.start()[0]) for _ in range(2)]
    people = [callers[0].create("Users", user(f"p{number}"))["id"] for number in range(60)]
    group = callers[1].create("Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Support"})["id"]

    def add(lane: int) -> set[int]:
        caller = callers[lane]
        return {
            caller.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": person}]}).status
            for person in people[lane::2]
        }

    with ThreadPoolExecutor(2) as threads:
        assert set().union(*threads.map(add, range(2))) <= {200, 204}
    members = {member["value"] for member in callers[0].get(f"Groups/{group}").json["members"]}
    assert members == set(people)
    assert "whole" in town.verdicts()


def test_a_killed_server_loses_nothing_that_it_acknowledged_and_holds_up_nobody(town: Town) -> None:
    steady = town.caller(town.start()[0])
    acknowledged: list[str] = []

    def create_until_killed(url: str, lane: str) -> None:
        caller = town.caller(url)
        try:
            for number in range(100_000):
                if caller.post("Users", user(f"{lane}-{number}")).status == 201:
                    acknowledged.append(f"{lane}-{number}")  # noqa: PERF401 - what came before the kill counts
        except (OSError, HTTPException):
            return

    for round_number in range(KILLS):
        url, server = town.start()
        before = len(acknowledged)
        lanes = [threading.Thread(target=create_until_killed, args=(url, f"{round_number}-{lane}")) for lane in range(LANES)]
        for thread in lanes:
            thread.start()
        written = 0
        while len(acknowledged) < before + 40:
            written += 1
            assert steady.post("Users", user(f"steady-{round_number}-{written}")).status == 201
        server.kill()
        assert steady.post("Users", user(f"after-{round_number}")).status == 201
        for thread in lanes:
            thread.join(TIMEOUT_SECONDS)
        assert set(acknowledged) <= set(names(steady))
    unacknowledged = [name for name in names(steady) if not name.startswith(("steady", "after")) and name not in acknowledged]
    assert len(unacknowledged) <= KILLS * LANES
    assert "whole" in town.verdicts()


def test_a_token_is_refused_by_every_server_as_soon_as_its_client_is_switched_off(town: Town) -> None:
    callers = [town.caller(town.start()[0]) for _ in range(2)]
    assert _statuses(callers) == [200, 200]
    switch_off = f"UPDATE client SET active = 0 WHERE id = '{town.client.client_id}'"
    _run_sql(town.database, switch_off)
    assert _statuses(callers) == [401, 401]
    _run_sql(town.database, switch_off.replace("= 0", "= 1"))
    assert _statuses(callers) == [200, 200]
    run_joiner("client", "revoke", "okta", "--org", "north", "-q", "--database", town.database)
    assert _statuses(callers) == [401, 401]


def _statuses(callers: Sequence[Caller]) -> list[int]:
    return [caller.get("Users").status for caller in callers]


def _run_sql(database: str, statement: str) -> None:
    shared_server().ask(database.partition("@/")[2].partition("?")[0], statement)
