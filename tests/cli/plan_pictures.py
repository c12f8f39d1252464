"""One plan that shows every kind of line, written out."""

from __future__ import annotations

from datetime import UTC, datetime

from joiner.sync.change import Change, Decision, Edit, GroupChange, Verb
from joiner.sync.plan import GroupLine, Hold, Input, Kind, PersonLine, Plan, Tripped
from joiner.sync.record import PersonKey, ProofKind, Reference


def key(number: str) -> PersonKey:
    return PersonKey("hr", number)


def named(kind: str, name: str, proficiency: float | None = None) -> Reference:
    return Reference(kind, name, "", proficiency)


MAJA = PersonLine(
    Kind.LEAVE,
    key("1"),
    "u1",
    "Maja Lindqvist",
    "maja.lindqvist@northlight.example",
    why=("contract ended 21 Nov · hr row 118",),
    edits=(
        Edit("active", Decision.WRITE, True, False),
        Edit("groups", Decision.WRITE, removed=(named("group", "Billing-L2"), named("group", "Evening"))),
    ),
    change=Change(Verb.DEACTIVATE, key("1"), "u1"),
)
TOMASZ = PersonLine(
    Kind.MOVE,
    key("2"),
    "u2",
    "Tomasz Zięba",
    "tomasz.zieba@northlight.example",
    edits=(
        Edit(
            "division",
            Decision.WRITE,
            named("division", "Sales"),
            named("division", "Support"),
            why="department (hr row 12) · divisions.csv:9",
        ),
        Edit("roles", Decision.WRITE, added=(named("role", "Quality Evaluator"),), why="joiner.toml:100"),
        Edit("title", Decision.REVERT, "Boss", "Agent", why="hr row 12"),
        Edit("department", Decision.ADOPT, None, "Support"),
    ),
    unchanged=9,
    change=Change(Verb.UPDATE, key("2"), "u2"),
)
PRIYA = PersonLine(
    Kind.KEPT,
    key("3"),
    "u3",
    "Priya Raman",
    "priya.raman@northlight.example",
    edits=(
        Edit("routingSkills", Decision.KEEP, (named("skill", "Spanish", 4.0),), why="changed in the org"),
        Edit("title", Decision.DIFFERS, "Lead", "Agent"),
    ),
)
IFEOMA = PersonLine(
    Kind.JOIN,
    key("4"),
    "",
    "=Ifeoma Okafor",
    "ifeoma.okafor@northlight.example",
    why=("new in hr · row 5",),
    edits=(
        Edit("userName", Decision.WRITE, None, "ifeoma.okafor@northlight.example"),
        Edit("phoneNumbers[work]", Decision.WRITE, None, "+4733378901"),
    ),
    change=Change(Verb.CREATE, key("4")),
)
WEN = PersonLine(Kind.RETURN, key("7"), "u7", "王小明", "wen@northlight.example", why=("listed again · hr row 9",), unchanged=2)
LARS = PersonLine(
    Kind.HELD,
    key("5"),
    "u5",
    "Lars Nygård",
    "lars@northlight.example",
    hold=Hold("JN2104", 'no division called "Suport"', (("person", "Lars"), ("value", 'department = "Suport"'), ("near", '"Support"'))),
    edits=(Edit("title", Decision.CONFLICT, "A", "B", why="both changed"),),
)
VANISHED = PersonLine(Kind.VANISHED, key("6"), "u6", "Ada\x1b[2J", "ada@northlight.example", hold=Hold("vanished", "a guard holds it"))
QUIET = (
    PersonLine(Kind.LINK, key("8"), "u8", "Bo", "bo@northlight.example", why=("found by e-mail",)),
    PersonLine(Kind.IN_STEP, key("9"), "u9", "Cy", "cy@northlight.example"),
    PersonLine(Kind.OUTSIDE, None, "u10", "Svc", "svc@northlight.example"),
)
GROUPS = (
    GroupLine(GroupChange("g1", "Billing", (key("4"),), (key("1"),), 20), why=("rule groups",)),
    GroupLine(GroupChange("g2", "Evening", (), tuple(key(str(n)) for n in range(12)), 20), Hold("group_removals", "12 of 20 would leave")),
)

PLAN = Plan(
    pipe="eu",
    org_label="Northlight EU",
    made_at=datetime(2026, 11, 22, 18, 0, tzinfo=UTC),
    author="ada",
    rules_hash="r1",
    hash="8f31c2aa" + "0" * 56,
    requests=140,
    eta_seconds=60,
    inputs=(
        Input("hr", "source", 980, True, ProofKind.TRAILER),
        Input("hr-contractors", "source", 189, False, ProofKind.NONE, note="38 fewer than at the last read"),
        Input("Northlight EU", "org", 1204, True, ProofKind.COUNT, groups=58),
    ),
    lines=(MAJA, TOMASZ, PRIYA, IFEOMA, WEN, LARS, VANISHED, *QUIET),
    groups=GROUPS,
    tripped=(Tripped("vanished", 41, 1204, "2 % or 25", "41 people vanished from their source", (("hr-contractors", 38), ("ad", 3))),),
    warnings=("The rules changed since the last apply.",),
)
