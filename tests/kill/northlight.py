"""A small Northlight for campaigns that kill: a hosted org, a people file that changes 500 people per round, and the command.

Each round ``n`` gives 465 people a new title, moves a third between two groups, lets five people join, and lets thirty leave (even
rounds) or return (odd ones). After a round has converged, :meth:`House.problems` compares file and org by eyes of its own.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joiner.demo.org_http import CORE, OrgHttp, fetch_token, give_skill, list_all, member_ids, skill_names
from joiner.store.org_store import open_org_store
from joiner.system import SystemClock

STEADY, SWITCHING, JOINING = 435, 30, 5
BY_HAND = 20
"""People whose skill was set in the org by hand: no round may lose it."""

GROUPS = ("Day", "Night")
WALLBOARD = "wallboard@northlight.example"
AUDIT_EVERY = 10
"""Walking the audit chains takes longer each round: they are walked in every tenth."""

COMMAND_SECONDS_MAX = 180.0
START_SECONDS_MAX = 30.0
CONFIG = """\
version = 1
[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key  = "number"
leaver = 'src.status == "left"'
[[org]]
name = "north"
kind = "hosted"
url  = "{url}"
client_id = "{client_id}"
secret = "file:secret"
source = ["hr"]
mode = "apply"
budget = {{ requests_per_minute = 60000 }}
[[map]]
to = "userName"
from = "src.email"
[[map]]
to = "displayName"
from = "src.name"
[[map]]
to = "title"
from = "src.title"
[[map]]
to = "groups"
from = "src.team"
[guard] # not the subject here; removals of 24 hours add up to many times everybody
leavers = {{ max_percent = 1000000, max_count = 1000000 }}
group_removals = {{ max_percent = 1000000, max_count = 1000000 }}
attribute_changed = {{ max_percent = 1000000, max_count = 1000000 }}
"""


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    name: str
    email: str
    title: str
    team: str
    status: str


def rows_of(round_number: int) -> list[Row]:
    """The people file of one round. Joiners of all earlier rounds stay."""
    rows = []
    for index in range(STEADY + SWITCHING + JOINING * round_number):
        switching = STEADY <= index < STEADY + SWITCHING
        moving = round_number if index < STEADY + SWITCHING else 0  # joiners stay as they came: every round is of the same size
        rows.append(
            Row(
                number=str(1000 + index),
                name=f"Pérsøn {index}",
                email=f"person.{index}@northlight.example",
                title=f"Agent, round {moving}",
                team=GROUPS[(index + moving) % 3 == 0],
                status="left" if switching and round_number % 2 == 0 else "active",
            )
        )
    return rows


def any_port() -> int:
    """A port that was free a moment ago: two campaigns may run side by side."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class House:
    """``folder`` is emptied first. ``base_url`` is the org's address."""

    folder: Path
    port: int = field(default_factory=any_port)
    token: str = ""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/north"

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("JOINER_")}

    def command(self, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "joiner.app", *arguments)

    def server_command(self) -> tuple[str, ...]:
        return self.command("serve", "--database", f"sqlite:///{self.folder / 'orgs.db'}", "--listen", f"127.0.0.1:{self.port}")

    def engine_command(self, *arguments: str) -> tuple[str, ...]:
        return self.command(*arguments, "--config", str(self.folder / "joiner.toml"))

    def run(self, line: tuple[str, ...], allowed: tuple[int, ...] = (0,)) -> str:
        ended = subprocess.run(line, env=self.environment, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX, check=False)
        assert ended.returncode in allowed, (
            f"{' '.join(line[3:])} ended with {ended.returncode}\n{ended.stdout[-800:]}{ended.stderr[-3000:]}"
        )
        return ended.stdout

    def start_server(self) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("wb") as log:
            process = subprocess.Popen(self.server_command(), env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS_MAX
        while "Serving at" not in (self.folder / "server.log").read_text("utf-8") and time.monotonic() < deadline:
            assert process.poll() is None, (self.folder / "server.log").read_text("utf-8")
            time.sleep(0.02)
        return process

    def set_up(self, round_number: int) -> subprocess.Popen[bytes]:
        """A fresh org that is in step with the file of ``round_number``; answers the running server."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        database = ("--database", f"sqlite:///{self.folder / 'orgs.db'}")
        self.run(self.command("org", "add", "north", *database))
        self.run(self.command("org", "define", "north", "--skill", "Solar", *database))
        made = json.loads(self.run(self.command("client", "create", "hr", "--org", "north", "--kind", "joiner", "-o", "json", *database)))
        hand = json.loads(self.run(self.command("client", "create", "hand", "--org", "north", "--kind", "joiner", "-o", "json", *database)))
        (self.folder / "secret").write_text(made["client_secret"])
        (self.folder / "joiner.toml").write_text(CONFIG.format(url=self.base_url, client_id=made["client_id"]), "utf-8")
        server = self.start_server()
        try:
            self._fill(fetch_token(self.base_url, hand["client_id"], hand["client_secret"]), round_number)
        except BaseException:
            server.kill()
            raise
        return server

    def _fill(self, token: str, round_number: int) -> None:
        self.token = token
        self._found_groups()
        self.write_people(round_number)
        plan = json.loads(self.run(self.engine_command("plan", "-o", "json")))
        self.run(self.engine_command("apply", plan["id"], "--summary"))
        self._edit_by_hand()

    def _found_groups(self) -> None:
        org = self.org()
        for group in GROUPS:
            org.call("POST", "/Groups", {"schemas": [f"{CORE}:Group"], "displayName": group})
        org.call("POST", "/Users", {"schemas": [f"{CORE}:User"], "userName": WALLBOARD, "displayName": "Wallboard"})
        org.close()

    def _edit_by_hand(self) -> None:
        org = self.org()
        for user in [user for user in list_all(org, "Users") if user["active"]][:BY_HAND]:
            give_skill(org, user["id"], "Solar", 4.0)
        org.close()

    def org(self) -> OrgHttp:
        return OrgHttp(self.base_url, self.token)

    def write_people(self, round_number: int) -> None:
        rows = rows_of(round_number)
        draft = self.folder / "people.part"
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(Row.__dataclass_fields__)
            writer.writerows([getattr(row, name) for name in Row.__dataclass_fields__] for row in rows)
            file.write(f"#rows={len(rows)}\n")
        draft.replace(self.folder / "people.csv")

    def time_round(self, round_number: int) -> float:
        """Let one round run undisturbed; answers how many seconds its apply took on this machine: kills are spread over it."""
        self.write_people(round_number)
        began = time.monotonic()
        self.run(self.engine_command("apply", "--summary", "-q"))
        return time.monotonic() - began

    def converge(self) -> None:
        """The very next cycle converges, and the one after it sends nothing: counted in the org's own write log."""
        report = json.loads(self.run(self.engine_command("apply", "-o", "json", "-q")))
        trouble = {name: report[name] for name in ("failed", "held", "plan_only", "stopped") if report[name]}
        assert not trouble, f"the next cycle did not converge: {trouble}"
        before = self.audit_head()
        again = json.loads(self.run(self.engine_command("apply", "-o", "json", "-q")))
        assert (again["plan"]["counts"]["changes"], again["sent"]) == (0, 0), f"the plan after it is not empty: {again['plan']['counts']}"
        assert self.audit_head() == before, "the org's audit log grew by a cycle that had nothing to do"

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the newest row in the org's audit log: every write of people and groups adds one."""
        store = open_org_store(str(self.folder / "orgs.db"), SystemClock())
        try:
            return store.reads().audit_head(store.reads().orgs()[0].key)
        finally:
            store.close()

    def check(self, round_number: int) -> None:
        """File and org agree, nobody is doubled, nothing set by hand is lost, both audit chains are whole."""
        org = self.org()
        found = self.problems(list_all(org, "Users"), list_all(org, "Groups"), rows_of(round_number))
        org.close()
        assert not found, found[:20]
        if round_number % AUDIT_EVERY:
            return
        self.run(self.engine_command("audit", "verify"))
        self.run(self.command("audit", "verify", "--database", f"sqlite:///{self.folder / 'orgs.db'}"))

    @staticmethod
    def problems(users: list[dict[str, Any]], groups: list[dict[str, Any]], rows: list[Row]) -> list[str]:
        counted = Counter(user["userName"] for user in users)
        problems = [f"{name}: {count} accounts" for name, count in counted.items() if count > 1]
        accounts = {user["userName"]: user for user in users}
        problems += [f"{name}: nobody's account" for name in accounts.keys() - {row.email for row in rows} - {WALLBOARD}]
        members = {group["displayName"]: member_ids(group) for group in groups}
        for row in rows:
            account = accounts.get(row.email)
            if account is None:
                # Whoever had left before the first cycle never got an account.
                problems += [f"{row.email}: no account"] if row.status == "active" else []
                continue
            if account["active"] != (row.status == "active"):
                problems.append(f"{row.email}: active is {account['active']}, the file says {row.status}")
            if row.status == "active" and account.get("title") != row.title:
                problems.append(f"{row.email}: title {account.get('title')}, the file says {row.title}")
            teams = [group for group in GROUPS if account["id"] in members[group]]
            if row.status == "active" and teams != [row.team]:
                problems.append(f"{row.email}: in {teams}, the file says {row.team}")
        solar = sum("Solar" in skill_names(user) for user in users)
        return problems if solar == BY_HAND else [*problems, f"{solar} of {BY_HAND} skills set by hand are left"]
