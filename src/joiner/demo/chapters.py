"""The chapters of the demo, in order. Each shows commands and then checks what it says about them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from joiner.demo.files import write_config, write_people
from joiner.demo.org_http import (
    ENTERPRISE,
    OrgHttp,
    fetch_token,
    fill_org,
    give_role,
    give_skill,
    list_all,
    member_ids,
    role_names,
    skill_names,
    versions,
)
from joiner.demo.people import (
    CONTRACTORS,
    DIVISIONS,
    EMPLOYEES,
    HAND_MADE_ROLE,
    HAND_MADE_SKILL,
    HOLDS_NO_ROW,
    LANGUAGES,
    ROLES,
    SKILLS,
    Population,
)
from joiner.demo.second_day import CUT_OFF, GONE, JOINERS, MISSPELT, SecondDay
from joiner.demo.stage import Stage

ORG = "northlight"
DATABASE = "sqlite:///orgs.db"
ACCOUNTS = EMPLOYEES + CONTRACTORS + len(HOLDS_NO_ROW)
NAMES = (("--division", DIVISIONS), ("--role", ROLES), ("--skill", SKILLS), ("--language", LANGUAGES))
HELD_OR_DONE = (0, 3, 5)
"""Exit codes of a plan or an apply of which a part waits for a person."""


@dataclass(slots=True)
class Scene:
    """What the chapters share. ``by_hand`` are the addresses of people whom somebody edited in Genesys."""

    stage: Stage
    population: Population
    today: SecondDay
    base_url: str
    ids: dict[str, str] = field(default_factory=dict)
    skills_by_hand: tuple[str, ...] = ()
    roles_by_hand: tuple[str, ...] = ()


@contextmanager
def open_org(scene: Scene, address: str) -> Iterator[OrgHttp]:
    """A hosted org with its names, an OAuth client for Joiner, one for the administrators, and a running server."""
    stage = scene.stage
    stage.heading("1  A hosted org that speaks Genesys Cloud SCIM")
    stage.run("org", "add", ORG, "--label", "Northlight EU", "--database", DATABASE)
    stage.run("org", "define", ORG, *(word for flag, names in NAMES for name in names for word in (flag, name)), "--database", DATABASE)
    ours = stage.ask("client", "create", "hr-sync", "--org", ORG, "--kind", "joiner", "--database", DATABASE, "-o", "json")
    theirs = stage.ask("client", "create", "genesys-admins", "--org", ORG, "--database", DATABASE, "-o", "json")
    write_config(stage.folder, url=scene.base_url, client_id=ours["client_id"], secret=ours["client_secret"])
    serve = ("serve", "--database", DATABASE, "--listen", address.partition("//")[2])
    stage.say(f"$ joiner {' '.join(serve)} &")
    with stage.server(*serve, url=address):
        org = OrgHttp(scene.base_url, fetch_token(scene.base_url, theirs["client_id"], theirs["client_secret"]))
        try:
            yield org
        finally:
            org.close()


def first_day(scene: Scene, org: OrgHttp) -> None:
    """Fill the org over HTTP, then let the engine agree with it: nothing to send, everybody linked."""
    stage, people = scene.stage, (*scene.population.employees, *scene.population.contractors)
    began = time.monotonic()
    scene.ids = fill_org(org, people, HOLDS_NO_ROW)
    stage.say(f"\nFilled over HTTP in {time.monotonic() - began:.1f} s.")
    users = list_all(org, "Users")
    asleep = sum(1 for user in users if not user["active"])
    stage.expect(len(users) == ACCOUNTS, f"Northlight EU holds {len(users):,} accounts, {asleep} of them inactive")

    stage.heading("2  Yesterday: the people files and the org agree")
    write_people(stage.folder, scene.population.employees, scene.population.contractors)
    before = versions(org)
    plan = _plan(scene, "yesterday.json", "--summary")
    stage.run("apply", plan["id"], "--summary", allowed=HELD_OR_DONE)
    stage.expect(
        versions(org) == before, "The first cycle linked people to accounts and wrote nothing: every version in the org is as before"
    )
    linked = sum(1 for line in plan["people"] if line["kind"] in ("link", "gone", "in_step"))
    stage.expect(linked == len(people), f"{linked:,} people are known on both sides; {len(HOLDS_NO_ROW)} accounts stand only in the org")


def _plan(scene: Scene, file: str, *flags: str) -> dict[str, Any]:
    """Show a plan, and answer the same plan as the document that was saved beside it."""
    scene.stage.run("plan", "eu", *flags, "--out", file, allowed=HELD_OR_DONE)
    return dict(json.loads((scene.stage.folder / file).read_text("utf-8")))


def overnight(scene: Scene, org: OrgHttp) -> None:
    """Administrators tune people in Genesys; HR and the contractors' office deliver new files."""
    stage, expected = scene.stage, scene.today.expected
    stage.heading("3  Overnight, on both sides")
    priya, *others = [person.email for person in (scene.population.employees[2], *scene.population.employees[100:103])]
    scene.skills_by_hand = (priya, others[0])
    scene.roles_by_hand = (others[1], expected.movers[0])
    for address in scene.skills_by_hand:
        give_skill(org, scene.ids[address], HAND_MADE_SKILL, 4.0)
    for address in scene.roles_by_hand:
        give_role(org, scene.ids[address], HAND_MADE_ROLE)
    stage.say(f"In Genesys, by hand   skill {HAND_MADE_SKILL} for {' and '.join(scene.skills_by_hand)}")
    stage.say(f"                      role {HAND_MADE_ROLE} for {' and '.join(scene.roles_by_hand)}")
    write_people(stage.folder, scene.today.employees, scene.today.contractors)
    stage.say(
        f"In hr.csv             {JOINERS} joiners, {len(expected.movers)} movers, {len(expected.leavers)} leavers (one a contractor),"
    )
    stage.say(f'                      a department "{MISSPELT}", two people with one e-mail address, {GONE} rows gone')
    stage.say(f"In contractors.csv    the last {CUT_OFF} rows did not arrive, and nothing in the file says so")


def day_two(scene: Scene) -> str:
    """The plan of the second day, checked line by line against what happened overnight."""
    stage, expected = scene.stage, scene.today.expected
    stage.heading("4  Today's plan")
    plan = _plan(scene, "today.json")
    stage.say()
    sent = {
        kind: {line["user_name"] for line in plan["people"] if line["kind"] == kind and line["sends"]}
        for kind in ("join", "move", "leave", "vanished")
    }
    held = {line["user_name"]: line for line in plan["people"] if line["held"]}
    stage.expect(sent["join"] == set(expected.joiners), f"{JOINERS} joiners, and nobody else, get an account")
    stage.expect(sent["move"] == set(expected.movers), f"{len(expected.movers)} movers change, and nobody else")
    stage.expect(sent["leave"] == set(expected.leavers), f"{len(expected.leavers)} leavers are deactivated because their rows say so")
    missing = not sent["vanished"] and set(expected.vanished) <= held.keys()
    stage.expect(missing, f"{len(expected.vanished)} people who are merely missing from their files are held: nothing is sent for them")
    rows = dict(held.get(expected.misspelt, {}).get("held", {}).get("rows", ()))
    stage.expect("Support" in str(rows.get("near")), f'"{MISSPELT}" holds one person and names the nearest department')
    doubled = [line for line in plan["people"] if line["person"] == f"hr:{expected.doubled}"]
    stage.expect(
        [bool(line["held"]) for line in doubled] == [True],
        "The colleague with somebody else's e-mail address waits: no account is given away",
    )
    changed = {line["user_name"] for line in plan["people"] if line["sends"]}
    kept = {line["user_name"] for line in plan["people"] if line["kind"] == "kept"}
    stage.expect(
        set(scene.skills_by_hand) <= kept, f"{len(scene.skills_by_hand)} people whose skills were tuned in Genesys are listed as kept"
    )
    stage.expect(expected.rewritten not in changed, "A telephone written in national format is the same telephone: no change")
    return str(plan["id"])


def after_apply(scene: Scene, org: OrgHttp, plan_id: str) -> None:
    """Apply exactly that plan over HTTP, then look at the org with our own eyes."""
    stage, expected = scene.stage, scene.today.expected
    stage.heading("5  Apply exactly that plan")
    stage.run("apply", plan_id, "--summary", allowed=HELD_OR_DONE)
    stage.say()
    accounts = list_all(org, "Users")
    users = {user["userName"]: user for user in accounts}
    stage.expect(all(users.get(address, {}).get("active") is True for address in expected.joiners), "All joiners have an active account")
    stage.expect(not any(users[address]["active"] for address in expected.leavers), "All leavers are inactive")
    stage.expect(all(users[address]["active"] for address in expected.vanished), "All vanished people still work")
    tomasz = users[expected.movers[0]]
    division = tomasz.get(ENTERPRISE, {}).get("division")
    stage.expect(division == "Support", f"{expected.movers[0]} moved to the division {division}")
    groups = {group["displayName"]: member_ids(group) for group in list_all(org, "Groups")}
    changed_team = tomasz["id"] in groups["Support-L2"] - groups["Sales-Floor"]
    stage.expect(changed_team, "… and changed the team: in Support-L2, no longer in Sales-Floor")
    stage.expect(len(accounts) == len(users) == ACCOUNTS + JOINERS, f"{len(accounts):,} accounts: nobody is doubled, nobody lost")
    _hand_made_survived(scene, users)


def _hand_made_survived(scene: Scene, users: Mapping[str, Mapping[str, Any]]) -> None:
    skills = all(HAND_MADE_SKILL in skill_names(users[address]) for address in scene.skills_by_hand)
    roles = all(HAND_MADE_ROLE in role_names(users[address]) for address in scene.roles_by_hand)
    scene.stage.expect(skills and roles, "Skills and roles that were set by hand are still there")


def _audit_rows(stage: Stage) -> int:
    """How many changes the server has noted: every write to the org has its row."""
    verdicts = stage.ask("audit", "verify", "--database", DATABASE, "-o", "json")["chains"]
    return sum(int(verdict["rows"]) for verdict in verdicts if verdict["chain"] == ORG)


def second_cycle(scene: Scene, org: OrgHttp) -> None:
    """Once more: the plan is empty and the server sees no write."""
    stage, expected = scene.stage, scene.today.expected
    stage.heading("6  The same again: nothing to do")
    before, noted = versions(org), _audit_rows(stage)
    plan = _plan(scene, "again.json", "--summary")
    stage.run("apply", "--summary", allowed=HELD_OR_DONE)
    stage.say()
    stage.expect(plan["counts"]["changes"] == 0, f"The second plan has {plan['counts']['changes']} changes to send")
    stage.expect(versions(org) == before, "The second apply wrote nothing: every version in the org is as before")
    stage.expect(_audit_rows(stage) == noted, f"The server agrees: its audit log still has {noted:,} rows")
    _hand_made_survived(scene, {user["userName"]: user for user in list_all(org, "Users")})

    stage.heading("7  Why?")
    stage.run("explain", expected.movers[0], "division")
    stage.run("audit", "verify", "--database", DATABASE)
