"""The whole engine in one process: a people file, the engine's database file, a hosted org behind a wire that counts and breaks.

Everything is the product's own; only time jumps instead of passing, and the wire can be told to lose or change answers.
What was written is read at the server: its audit rows and the requests that reached it, never the engine's own word.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from rehearsal import CountedIds, JumpingClock

from joiner.auth.client_secret import REHEARSAL_COST
from joiner.connectors.build import open_target
from joiner.connectors.csv_file import CsvSource
from joiner.connectors.port import HttpAnswer, HttpRequest, Wire
from joiner.dialects.connection import KINDS
from joiner.errors import Problem, Unreachable
from joiner.journeys.administer import add_org, create_client, define_names, mint_token
from joiner.journeys.cycle import Report, apply_plan, make_plan
from joiner.journeys.cycle_ports import CyclePorts
from joiner.store.engine_store import open_engine_store
from joiner.store.org_store import open_org_store
from joiner.store.port import Approval
from joiner.sync.expression import compile_expression
from joiner.sync.mapping import Rule
from joiner.sync.ownership import Owner
from joiner.sync.pipe import Pipe, SourceRules
from joiner.sync.plan import Hold, PersonLine, Plan
from joiner.web.in_process import serve_in_process

T = TypeVar("T")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
AUDIT_ROWS_MAX = 100_000

RULES: tuple[tuple[str, str, Owner], ...] = (
    ("userName", "lower(src.email)", Owner.SOURCE),
    ("displayName", "src.name", Owner.SOURCE),
    ("title", "src.title", Owner.SHARED),
    ("department", "src.department", Owner.SOURCE),
    ("division", "src.division", Owner.SOURCE),
    ("phoneNumbers[work]", "src.phone", Owner.ORG),
    ("routingSkills", 'split(src.skills, "|")', Owner.CREATE_ONLY),
    ("groups", 'split(src.groups, "|")', Owner.SOURCE),
    ("manager", "src.manager", Owner.SOURCE),
)
ROLES = Rule("roles", compile_expression('split(src.roles, "|")'), Owner.SOURCE, place="joiner.toml:40")
"""Not among RULES: an org gives a role of its own to whoever has none, which would be told as kept in every test."""

COLUMNS = ("no", "email", "name", "title", "department", "division", "phone", "roles", "skills", "groups", "manager", "status")


def row(number: int, **values: str) -> dict[str, str]:
    """One line of the people file."""
    email = f"person{number}@northlight.example"
    return {
        **dict.fromkeys(COLUMNS, ""),
        "no": str(number),
        "email": email,
        "name": f"Person {number}",
        "title": "Agent",
        "department": "Care",
        "division": "Support",
        "status": "active",
        **values,
    }


Fault = Callable[[HttpRequest], "str | HttpAnswer"]
"""Says what becomes of a request: ``""`` passes, ``lost before``, ``lost after``, or an answer that the org never gave."""


@dataclass
class WatchedWire:
    """Counts what reaches the org, and breaks what the test wants broken."""

    inner: Wire
    requests: list[HttpRequest] = field(default_factory=list)
    fault: Fault = field(default=lambda request: "")
    after: Callable[[HttpRequest, HttpAnswer], HttpAnswer] = field(default=lambda request, answer: answer)

    async def send(self, request: HttpRequest) -> HttpAnswer:
        if urlsplit(request.url).path.endswith("/oauth/token"):
            return await self.inner.send(request)
        broken = self.fault(request)
        if isinstance(broken, HttpAnswer):
            return broken
        if broken == "lost before":
            raise Unreachable(Problem("JN2003", "no answer", (("test", broken),)))
        self.requests.append(request)
        answer = await self.inner.send(request)
        if broken == "lost after":
            raise Unreachable(Problem("JN2003", "no answer", (("test", broken),)))
        return self.after(request, answer)

    @property
    def writes(self) -> list[HttpRequest]:
        return [request for request in self.requests if request.method != "GET"]


class JourneyWorld:
    """One org, one people file, one pipe. ``use`` changes the pipe, ``plan`` and ``apply`` run the engine."""

    def __init__(self, folder: Path, profile: str = "extended") -> None:
        self.folder, self.clock, self.ids = folder, JumpingClock(), CountedIds()
        self.file = folder / "hr.csv"
        self.store = open_engine_store(str(folder / "engine.db"))
        self.orgs = open_org_store(":memory:", self.clock, commit_inline=True)
        self.wire = WatchedWire(serve_in_process(self.orgs, self.clock, self.ids))
        self.pipe = Pipe(
            name="eu",
            org_label="Northlight EU",
            sources=(SourceRules("hr", leaver=compile_expression('src.status == "left"')),),
            rules=tuple(
                Rule(to, compile_expression(text), owner, place=f"joiner.toml:{line}") for line, (to, text, owner) in enumerate(RULES, 20)
            ),
            rules_hash="rules one",
        )
        self.rows: dict[int, dict[str, str]] = {}
        self.progress: list[str] = []
        self._names: dict[str, str] = {}
        run(self._prepare(profile))

    async def _prepare(self, profile: str) -> None:
        tools = (self.orgs, self.clock, self.ids)
        org = await add_org(*tools, "north", profile, "Northlight EU", rate_per_minute=0)
        self.org = org.key
        self.credentials = await create_client(*tools, "north", "engine", connection=KINDS["joiner"], cost=REHEARSAL_COST)
        await create_client(*tools, "north", "hands", connection=KINDS["joiner"], cost=REHEARSAL_COST)
        self.token, _ = await mint_token(*tools, "north", "hands")
        await define_names(*tools, "north", divisions=["Support", "Sales"], roles=["Agent", "Supervisor"], skills=["Billing", "Returns"])

    def close(self) -> None:
        self.store.close()
        self.orgs.close()

    # ------------------------------------------------------------ the people file

    def people(self, *rows: Mapping[str, str], proof: str = "trailer") -> None:
        """Write the people file anew with these rows; ``proof`` is ``trailer`` or ``none``."""
        self.rows = {int(one["no"]): dict(one) for one in rows}
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        tail = f"#rows={len(rows)}\n" if proof == "trailer" else ""
        self.file.write_text(text.getvalue() + tail, "utf-8")

    def edit(self, number: int, **values: str) -> None:
        """Change one row and leave the others as they are."""
        self.people(*({**one, **values} if key == number else one for key, one in self.rows.items()))

    # ------------------------------------------------------------ the engine

    def ports(self, holder: str = "machine") -> CyclePorts:
        """The ports of a fresh engine process; equal holders are restarts of one."""
        target, _ = open_target(
            "hosted",
            name="eu",
            wire=self.wire,
            clock=self.clock,
            mapped=frozenset(rule.to for rule in self.pipe.rules),
            secret=self.credentials.client_secret,
            client_id=self.credentials.client_id,
            url="http://org.example/north",
            requests_per_minute=0,
            jitter=lambda: 0.5,
        )
        source = CsvSource("hr", str(self.file), "no", self.clock, required_columns=frozenset(COLUMNS))
        return CyclePorts(self.clock, self.ids, self.store, (source,), target, self, holder)

    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        """The engine's Progress port."""
        self.progress.append(phase)

    def plan(self) -> Plan:
        return run(make_plan(self.pipe, self.ports(), "ada"))

    def apply(self, plan: Plan | None = None) -> Report:
        """``plan`` None is an unattended run, else a person typed it."""
        return run(self._apply(plan))

    async def _apply(self, plan: Plan | None) -> Report:
        stored = None if plan is None else await self.store.load_plan(plan.hash)
        return await apply_plan(self.pipe, self.ports(), actor="ada", plan=stored)

    def cycle(self) -> Report:
        """What a person does: look at the plan, then apply it by its id."""
        return self.apply(self.plan())

    def approve(self, plan: Plan, guard: str, *, approved: bool = True, excepted: tuple[str, ...] = ()) -> None:
        run(self.store.approve(Approval(plan.hash, guard, approved, "grace", self.clock.now(), "looked at it", excepted)))

    def use(self, **changes: Any) -> None:
        self.pipe = replace(self.pipe, **changes)

    def settle_down(self, *rows: Mapping[str, str]) -> None:
        """Bring these people into the org, and forget what was sent for it."""
        self.people(*rows)
        report = self.cycle()
        assert (report.failed, report.held, report.stopped) == ((), 0, "")
        self.cycle()
        self.clock.seconds += 3600.0
        self.wire.requests.clear()

    # ------------------------------------------------------------ the org, seen from itself

    def by_hand(self, method: str, path: str, body: Any = None) -> Any:
        """Somebody edits the org with a client of their own, past the engine's wire."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        sent = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, f"http://org.example/north/api/v2/scim/v2/{path}", headers, sent)
        answer = run(self.wire.inner.send(request))
        assert 200 <= answer.status < 300, (answer.status, answer.body)
        return json.loads(answer.body) if answer.body else None

    def patch(self, path: str, *operations: Mapping[str, Any]) -> Any:
        return self.by_hand("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def users(self) -> dict[str, dict[str, Any]]:
        """Every account that is not deleted, by user name; nobody may be there twice."""
        found = self.by_hand("GET", f"Users?{urlencode({'count': 1000})}")["Resources"]
        names = [user["userName"] for user in found]
        assert len(set(names)) == len(names)
        return {user["userName"]: user for user in found}

    def user(self, number: int) -> dict[str, Any]:
        return self.users()[f"person{number}@northlight.example"]

    def group(self, name: str, *numbers: int) -> str:
        """Create a group by hand; answers its id."""
        members = [{"value": self.user(number)["id"]} for number in numbers]
        self._names[name] = str(self.by_hand("POST", "Groups", {"displayName": name, "members": members})["id"])
        return self._names[name]

    def members(self, group_id: str) -> set[str]:
        group = self.by_hand("GET", f"Groups/{group_id}")
        names = {user["id"]: name for name, user in self.users().items()}
        return {names[member["value"]] for member in group.get("members", ())}

    def audit_rows(self) -> int:
        return len(self.orgs.reads().audit(self.org, 0, AUDIT_ROWS_MAX))

    def assert_converged(self) -> Plan:
        """The law: after a converged cycle the next one sends nothing. Counted at the org."""
        rows, writes = self.audit_rows(), len(self.wire.writes)
        plan = self.plan()
        assert [line for line in plan.lines if line.change is not None] == []
        assert plan.groups == ()
        assert self.apply(plan).sent == 0
        assert (self.audit_rows(), len(self.wire.writes)) == (rows, writes)
        return plan


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def line_of(plan: Plan, number: int) -> PersonLine:
    return next(line for line in plan.lines if line.person is not None and line.person.key == str(number))


def hold_of(plan: Plan, number: int) -> Hold:
    hold = line_of(plan, number).hold
    assert hold is not None
    return hold


def codes(problems: Iterable[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def is_write(request: HttpRequest) -> bool:
    return request.method != "GET"
