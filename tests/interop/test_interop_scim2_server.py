"""The whole life of people in scim2-server, a service provider that we did not write, through the real command.

Its habits that differ from Genesys and from ours: PATCH answers 204 without the account, weak versions (``W/"7"``), a path
filter that selects nothing is refused with noTarget, accounts do not show their groups, ``active`` may be missing.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from foreign_house import ENTERPRISE, USER, ForeignHouse, as_user, row

from joiner.connectors.build import open_target
from joiner.connectors.wire import AiohttpWire
from joiner.errors import Refused
from joiner.system import SystemClock

TOKEN = "token-of-the-partner-0123456789"
_names = count(1)


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    line = [sys.executable, str(Path(__file__).with_name("scim2_peer.py")), TOKEN]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture
def house(peer: str, tmp_path: Path) -> ForeignHouse:
    return ForeignHouse(tmp_path, f"{peer}/partner{next(_names)}/v2", TOKEN)


def writes(house: ForeignHouse) -> int:
    """How many requests other than GET have reached the other side."""
    with urlopen(house.url.removesuffix("/v2") + "/writes", timeout=20) as answer:
        return int(answer.read())


def lose_next_answer(house: ForeignHouse) -> None:
    """The next write is carried out, and a gateway answers 502 in its place."""
    with urlopen(house.url.removesuffix("/v2") + "/lose", timeout=20) as answer:
        assert answer.status == 200


def sending(house: ForeignHouse) -> dict[str, str]:
    """What a plan would send: kind of change by user name."""
    return {line["user_name"]: line["kind"] for line in house.plan()["people"] if line["sends"]}


def emails(user: dict[str, Any]) -> dict[str, str]:
    return {entry["type"]: entry["value"] for entry in user["emails"]}


def assert_at_rest(house: ForeignHouse) -> None:
    """The law: nothing to change, nothing sent, nothing moved, by the other side's own count and state."""
    before = (writes(house), house.everything())
    plan = house.plan()
    assert [line for line in plan["people"] if line["sends"] or line["held"]] == []
    assert plan["groups"] == []
    ended = house.run("apply")
    assert (ended.code, ended.errors) == (0, [])
    assert (writes(house), house.everything()) == before


def settle(house: ForeignHouse, *numbers: int) -> None:
    house.prepare(*(row(number) for number in numbers))
    house.apply()


# ---------------------------------------------------------------- check and first contact


def test_check_passes_and_changes_nothing(house: ForeignHouse) -> None:
    house.prepare(row(1))
    before = house.everything()
    ended = house.run("check")
    assert (ended.code, "failed" in ended.out) == (0, False), ended.out
    assert house.everything() == before


def test_people_who_are_there_already_are_found_and_not_made_twice(house: ForeignHouse) -> None:
    house.prepare(row(1), row(2), row(3), row(4))
    house.by_hand("POST", "Users", {"schemas": [USER], "userName": "P1@northlight.example", "title": "Boss"})
    house.by_hand("POST", "Users", {"schemas": [USER], "userName": "number-two", "externalId": "hr:2", "active": True})
    mail = [{"type": "home", "value": "p3@northlight.example"}]
    house.by_hand("POST", "Users", {"schemas": [USER], "userName": "number-three", "emails": mail, "nickName": "Tre"})
    house.by_hand("POST", "Users", {"schemas": [USER], "userName": "robot@northlight.example", "title": "Never touched"})
    robot = house.users()["robot@northlight.example"]
    house.apply()
    users = house.users()
    assert len(users) == 5
    assert users["robot@northlight.example"] == robot
    assert {name.casefold() for name in users} >= {f"p{number}@northlight.example" for number in range(1, 5)}
    assert [user["title"] for name, user in users.items() if name != "robot@northlight.example"] == ["Agent"] * 4
    assert users["p3@northlight.example"]["nickName"] == "Tre"
    assert_at_rest(house)


def test_an_org_of_many_pages_is_read_whole(house: ForeignHouse) -> None:
    """A page that is lost would make people look absent. We ask for 100, this provider gives 40."""
    house.prepare(row(230))
    house.bulk([{"schemas": [USER], "userName": f"p{number}@northlight.example"} for number in range(1, 231)])
    assert len(house.by_hand("GET", "Users?startIndex=1&count=100")["Resources"]) == 40
    plan = house.plan()
    org = plan["inputs"][1]
    assert (org["rows"], org["complete"], org["note"]) == (230, True, "230 users, totals equal on every page")
    assert (plan["counts"]["move"], plan["counts"]["outside"]) == (1, 229)


# ---------------------------------------------------------------- joiners, movers, leavers, returners


def test_a_joiner_gets_every_attribute(house: ForeignHouse) -> None:
    settle(house, 1)
    house.edit(2, mobile="+47 922 33 444", home="ada@home.example", cost="K-17", manager="P1@northlight.example")
    house.apply()
    user = house.user(2)
    assert (user["userName"], user["displayName"]) == ("p2@northlight.example", "Ada Nº2 Ødegård")
    assert (user["name"], user["title"]) == ({"givenName": "Ada", "familyName": "Nº2 Ødegård"}, "Agent")
    assert emails(user) == {"work": "p2@northlight.example", "home": "ada@home.example"}
    assert user["phoneNumbers"] == [{"type": "mobile", "value": "+47 922 33 444"}]
    enterprise = {"employeeNumber": "2", "department": "Care", "costCenter": "K-17", "manager": {"value": house.user(1)["id"]}}
    assert user[ENTERPRISE] == enterprise
    assert (user["active"], user["externalId"]) == (True, "hr:2")
    assert_at_rest(house)


def test_movers_change_in_what_the_file_changed_and_in_nothing_else(house: ForeignHouse) -> None:
    """Set for the first time, then changed and cleared. What the file does not know stays."""
    settle(house, 1, 2, 3)
    path = f"Users/{house.user(3)['id']}"
    house.patch(path, {"op": "add", "value": {"nickName": "Treet", "emails": [{"type": "other", "value": "tre@elsewhere.example"}]}})
    house.edit(3, title="Lead", last="Åsgard", mobile="+47 922 33 444", home="a@home.example", cost="K-1", manager="p1@northlight.example")
    house.apply()
    user = house.user(3)
    assert (user["title"], user["name"]) == ("Lead", {"givenName": "Ada", "familyName": "Åsgard"})
    assert emails(user) == {"work": "p3@northlight.example", "home": "a@home.example", "other": "tre@elsewhere.example"}
    assert (user[ENTERPRISE]["manager"]["value"], user[ENTERPRISE]["costCenter"]) == (house.user(1)["id"], "K-1")
    house.edit(3, title="", mobile="+47 922 33 445", home="", cost="", manager="p2@northlight.example", department="Sales")
    house.apply()
    user = house.user(3)
    assert ("title" in user, user["nickName"]) == (False, "Treet")
    assert emails(user) == {"work": "p3@northlight.example", "other": "tre@elsewhere.example"}
    assert user["phoneNumbers"] == [{"type": "mobile", "value": "+47 922 33 445"}]
    assert user[ENTERPRISE] == {"employeeNumber": "3", "department": "Sales", "manager": {"value": house.user(2)["id"]}}
    assert_at_rest(house)


def test_a_new_e_mail_address_renames_the_same_account(house: ForeignHouse) -> None:
    settle(house, 1, 2)
    before = house.user(2)["id"]
    house.edit(2, email="ada.bjerke@northlight.example", last="Bjerke")
    house.apply()
    user = house.users()["ada.bjerke@northlight.example"]
    assert (user["id"], user["emails"]) == (before, [{"type": "work", "value": "ada.bjerke@northlight.example"}])
    assert len(house.users()) == 2
    assert_at_rest(house)


def test_a_manager_taken_away_is_taken_away(house: ForeignHouse) -> None:
    house.prepare(row(1), row(2, manager="p1@northlight.example"))
    house.apply()
    house.apply()  # a manager who joins in the same run is known by the next one
    assert house.user(2)[ENTERPRISE]["manager"]["value"] == house.user(1)["id"]
    house.edit(2, manager="")
    house.apply()
    assert "manager" not in house.user(2)[ENTERPRISE]
    assert_at_rest(house)


def test_a_leaver_is_deactivated_and_a_returner_is_the_same_account_again(house: ForeignHouse) -> None:
    settle(house, 1, 2)
    account = house.user(2)["id"]
    house.edit(2, status="left")
    assert sending(house) == {"p2@northlight.example": "leave"}
    house.apply()
    left = house.user(2)
    assert (left["id"], left["active"], left["title"], house.user(1)["active"]) == (account, False, "Agent", True)
    assert_at_rest(house)
    house.edit(2, status="active", title="Team lead")
    assert sending(house) == {"p2@northlight.example": "return"}
    house.apply()
    back = house.user(2)
    assert (back["id"], back["active"], back["title"]) == (account, True, "Team lead")
    assert_at_rest(house)


# ---------------------------------------------------------------- groups


def test_groups_get_and_lose_exactly_the_members_of_the_file(house: ForeignHouse) -> None:
    settle(house, *range(1, 6))
    team, night = house.group("Care team"), house.group("Night shift")
    member = {"value": house.user(5)["id"]}
    house.patch(f"Groups/{team}", {"op": "add", "path": "members", "value": [member]})
    house.people(*(row(number, groups="Care team|Night shift" if number < 4 else "") for number in range(1, 6)))
    house.apply()
    three, hand_made = {f"p{number}@northlight.example" for number in (1, 2, 3)}, {"p5@northlight.example"}
    assert (house.members(team), house.members(night)) == (three | hand_made, three)
    assert_at_rest(house)
    house.edit(1, groups="Care team")
    house.edit(2, groups="")
    house.apply()
    assert house.members(team) == hand_made | {f"p{number}@northlight.example" for number in (1, 3)}
    assert house.members(night) == {"p3@northlight.example"}
    assert_at_rest(house)


def test_more_members_than_one_request_takes(house: ForeignHouse) -> None:
    """Fifty go into one PATCH. The people are there already, with all that the file says."""
    team = house.group("Everybody")
    people = [row(number, groups="Everybody") for number in range(1, 53)]
    house.bulk([as_user(one) for one in people])
    house.prepare(*people)
    house.apply()
    assert (len(house.members(team)), writes(house)) == (52, 4)
    assert_at_rest(house)


# ---------------------------------------------------------------- what goes wrong


def test_a_plan_is_stale_once_somebody_changed_the_account(house: ForeignHouse) -> None:
    settle(house, 1, 2)
    house.edit(2, title="Team lead")
    plan = house.plan()["id"]
    house.patch(f"Users/{house.user(2)['id']}", {"op": "replace", "path": "title", "value": "Clerk"})
    before = writes(house)
    ended = house.run("apply", plan)
    assert (ended.code, ended.errors) == (1, ["JN3001"])
    assert (writes(house), house.user(2)["title"]) == (before, "Clerk")


def test_a_write_with_a_stale_version_changes_nothing(house: ForeignHouse) -> None:
    settle(house, 1)

    async def write_late() -> Refused:
        async with AiohttpWire() as wire:
            settings = {"name": "partner", "wire": wire, "clock": SystemClock(), "secret": TOKEN, "url": house.url}
            target, notes = open_target("scim", mapped=frozenset({"userName", "title"}), requests_per_minute=0, **settings)  # type: ignore[arg-type]
            (user,) = (await target.observe()).users
            house.patch(f"Users/{user.id}", {"op": "replace", "path": "nickName", "value": "Een"})
            with pytest.raises(Refused) as caught:
                await target.update_user(user.id, {"title": "Lost"}, {}, user.version)
            fresh = await target.get_user(user.id)
            assert fresh is not None
            changed = await target.update_user(user.id, {"title": "Kept"}, {}, fresh.version)
            assert (notes, changed.values["title"], changed.version) == ((), "Kept", f'W/"{fresh.sequence + 1}"')
            return caught.value

    assert asyncio.run(write_late()).status == 412
    assert (house.user(1)["title"], house.user(1)["nickName"]) == ("Kept", "Een")


def test_an_account_whose_creation_got_no_answer_is_found_and_not_made_twice(house: ForeignHouse) -> None:
    settle(house, 1)
    house.edit(2)
    lose_next_answer(house)
    ended = house.run("apply")
    assert (ended.code != 0, "JN2007" in ended.out + ended.err) == (True, True), (ended.code, ended.out, ended.err)
    assert (len(house.users()), writes(house)) == (2, 2)
    assert_at_rest(house)


def test_a_change_that_got_no_answer_is_looked_at_and_not_sent_again(house: ForeignHouse) -> None:
    settle(house, 1)
    house.edit(1, title="Team lead")
    lose_next_answer(house)
    assert house.run("apply").code != 0
    assert (house.user(1)["title"], writes(house)) == ("Team lead", 2)
    assert_at_rest(house)


def test_a_wrong_token_ends_with_exit_code_4_and_no_write(house: ForeignHouse) -> None:
    settle(house, 1)
    house.edit(1, title="Team lead")
    house.set_token("token-of-somebody-else")
    before = writes(house)
    for words in (("plan",), ("apply",)):
        ended = house.run(*words)
        assert (ended.code, ended.errors) == (4, ["JN2001"]), (ended.out, ended.err)
        assert "token-of-somebody-else" not in ended.out + ended.err
    assert (writes(house), house.user(1)["title"]) == (before, "Agent")
    assert house.run("check").code == 4
    assert house.user(1)["title"] == "Agent"


def test_tokens_may_come_from_an_address_of_their_own(house: ForeignHouse) -> None:
    house.prepare(row(1))
    config, address = house.folder / "joiner.toml", house.url.replace("/v2", "/token")
    config.write_text(config.read_text("utf-8").replace("secret =", f'client_id = "joiner"\ntoken_url = "{address}"\nsecret =', 1), "utf-8")
    house.apply()
    assert house.user(1)["title"] == "Agent"
    house.set_token("secret-of-somebody-else")
    ended = house.run("plan")
    assert (ended.code, ended.errors) == (4, ["JN2001"])
    assert "invalid_client" in ended.err


@pytest.mark.parametrize("path", ["/nothing", "/v2/Nothing", "/v3"])
def test_a_wrong_path_is_one_clear_error_and_no_write(house: ForeignHouse, path: str) -> None:
    house.url = house.url.removesuffix("/v2") + path
    house.prepare(row(1))
    for words in (("plan",), ("apply",)):
        ended = house.run(*words)
        assert (ended.code, len(ended.errors)) == (1, 1), (ended.out, ended.err)
        assert "404" in ended.err + ended.out


def test_an_address_that_ends_in_users_is_corrected(house: ForeignHouse) -> None:
    settle(house, 1)
    config = house.folder / "joiner.toml"
    config.write_text(config.read_text("utf-8").replace('/v2"', '/v2/Users/"'), "utf-8")
    ended = house.run("plan")
    assert (ended.code, ended.errors) == (0, [])
    assert "left out" in ended.err


def test_a_user_name_that_is_taken_is_told_and_the_others_are_carried_out(house: ForeignHouse) -> None:
    """Two people in the file, one of whom wants the user name of an account that only the other side knows."""
    settle(house, 1)
    house.by_hand("POST", "Users", {"schemas": [USER], "userName": "p2@northlight.example", "externalId": "legacy:9"})
    house.edit(2)
    house.edit(3)
    ended = house.run("apply")
    assert (ended.code, "JN2204" in ended.out) == (3, True), (ended.code, ended.out, ended.err)
    assert sorted(house.users()) == [f"p{number}@northlight.example" for number in (1, 2, 3)]
    assert house.user(2)["externalId"] == "legacy:9"
