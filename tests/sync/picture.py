"""Small literal pictures of both sides, for tests of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from joiner.scim.values import match_key
from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.drawing import Seen, draw_plan
from joiner.sync.expression import compile_expression
from joiner.sync.guard import GuardLimits, Recent
from joiner.sync.lookup import LookupTable, parse_table
from joiner.sync.mapping import Rule
from joiner.sync.ownership import Owner
from joiner.sync.pipe import Pipe, SourceRules
from joiner.sync.plan import PersonLine, Plan
from joiner.sync.record import (
    Directory,
    GroupRecord,
    PersonKey,
    Proof,
    ProofKind,
    Reference,
    SourceRecord,
    SourceSnapshot,
    TargetAttribute,
    TargetRecord,
    TargetSnapshot,
    Value,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROVEN = Proof(complete=True, kind=ProofKind.TRAILER)
UNPROVEN = Proof(complete=False)


def _folded(value: Value) -> Any:
    return value.name.casefold() if isinstance(value, Reference) else match_key(value) if isinstance(value, str) else value


def _by_id(value: Value) -> Any:
    return value.id if isinstance(value, Reference) else value


ATTRIBUTES = {
    attribute.name: attribute
    for attribute in (
        TargetAttribute("userName", _folded, required=True, form="email"),
        TargetAttribute("displayName", _folded),
        TargetAttribute("title", _folded),
        TargetAttribute("active", _folded),
        TargetAttribute("externalId", _folded),
        TargetAttribute("division", _folded, kind="division"),
        TargetAttribute("manager", _by_id, kind="user"),
        TargetAttribute("roles", _folded, multi=True, kind="role"),
        TargetAttribute("skills", _folded, multi=True, kind="skill"),
        TargetAttribute("groups", _folded, multi=True, kind="group"),
        TargetAttribute("shown", _folded, writable=False),
    )
}


def reference(kind: str, name: str) -> Reference:
    return Reference(kind, name, f"{kind}-{name.casefold()}")


def directory(**names: str) -> Directory:
    by_name = {kind: {name.casefold(): reference(kind, name) for name in text.split()} for kind, text in names.items()}
    return Directory(by_name, {kind: {one.id: one for one in found.values()} for kind, found in by_name.items()})


ORG = directory(division="Home Support Sales", role="Agent Supervisor", skill="Polish Spanish", group="Tier1 Tier2")


def rule(to: str, text: str, owner: Owner = Owner.SOURCE) -> Rule:
    return Rule(to, compile_expression(text), owner, place=f"joiner.toml:{len(to)}")


NAMES = (rule("userName", "lower(src.email)"), rule("displayName", "src.name"))


def account(name: str, active: bool = True, external: str = "", sequence: int = 1, address: str = "", **values: Value) -> TargetRecord:
    """An account ``name@n.example`` with id ``u-name``."""
    address = address or f"{name}@n.example"
    shown: dict[str, Value] = {"userName": address, "displayName": name.capitalize(), **values}
    return TargetRecord(f"u-{name}", address, active, external, name.capitalize(), (), f'"{sequence}"', sequence, f"print-{name}", shown)


@dataclass
class World:
    """Rows of one source ``hr`` (key, email, name and whatever else), accounts of one org, and what was agreed."""

    rows: list[dict[str, str]] = field(default_factory=list)
    accounts: list[TargetRecord] = field(default_factory=list)
    bonds: dict[PersonKey, Bond] = field(default_factory=dict)
    rules: tuple[Rule, ...] = NAMES
    proof: Proof = PROVEN
    org_proof: Proof = PROVEN
    leaver: str = 'src.status == "left"'
    scope: str = ""
    groups: tuple[GroupRecord, ...] = ()
    groups_complete: bool = True
    directory: Directory = ORG
    absent_since: Mapping[PersonKey, datetime] = field(default_factory=dict)
    last_rows: Mapping[str, int] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    unseen: frozenset[str] = frozenset()
    tables: Mapping[str, LookupTable] = field(default_factory=dict)
    now: datetime = NOON
    read_at: datetime | None = None
    pipe: dict[str, Any] = field(default_factory=dict)

    def row(self, name: str, /, **fields: str) -> World:
        self.rows.append({"key": name, "email": f"{name}@n.example", "name": name.capitalize(), "status": "", **fields})
        return self

    def linked(self, name: str, account_: TargetRecord | None = None, **base: Value) -> World:
        """A bonded person whose account shows ``name``. The base is what rules for userName and displayName agreed on."""
        shown = account_ or account(name)
        self.accounts.append(shown)
        self.bonds[PersonKey("hr", name)] = Linked(shown.id, {"userName": f"{name}@n.example", "displayName": name.capitalize(), **base})
        return self

    def parted(self, name: str, account_: TargetRecord, **memory: Value) -> World:
        self.accounts.append(account_)
        self.bonds[PersonKey("hr", name)] = Parted(account_.id, memory)
        return self

    def draw(self) -> Plan:
        records = tuple(SourceRecord(row["key"], row, number) for number, row in enumerate(self.rows, 2))
        source = SourceSnapshot("hr", records, self.proof, self.read_at or self.now, "hr.csv", "digest")
        target = TargetSnapshot(
            tuple(self.accounts), self.groups, self.directory, self.org_proof, self.now, requests=3, groups_complete=self.groups_complete
        )
        rules = SourceRules(
            "hr", compile_expression(self.leaver) if self.leaver else None, compile_expression(self.scope) if self.scope else None
        )
        pipe = Pipe("eu", "Northlight EU", (rules,), self.rules, "rules-1", tables=self.tables, **self.pipe)
        seen = Seen(
            (source,),
            target,
            ATTRIBUTES,
            self.bonds,
            self.now,
            self.unseen,
            self.absent_since,
            self.last_rows,
            self.recent,
        )
        return draw_plan(pipe, seen, "ingrid")

    def line(self, name: str) -> PersonLine:
        """The line of one person, or of an account that no source knows."""
        lines = self.draw().lines
        listed = [line for line in lines if line.person == PersonKey("hr", name)]
        return listed[0] if listed else next(line for line in lines if line.target_id == f"u-{name}")

    def settle(self, plan: Plan) -> World:
        """The same world after everything unheld was remembered (nothing sent)."""
        for line in plan.lines:
            if line.person is not None and line.remember is not None and line.hold is None and line.change is None:
                self.bonds[line.person] = line.remember
        return self


def verdict(line: PersonLine) -> tuple[str, str, dict[str, Value]]:
    """Kind, what holds it, and what would be sent."""
    sent = dict(line.change.sets) if line.change is not None and line.hold is None else {}
    return line.kind.value, line.hold.code if line.hold else "", sent


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def limits(**changed: Any) -> GuardLimits:
    return replace(GuardLimits(), **changed)


def table(name: str, text: str) -> LookupTable:
    return parse_table(name, text, f"{name}.csv")
