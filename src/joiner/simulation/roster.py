"""The source as it truly is: one HR file of a few invented people, its edits, its history, and the bytes that a reader gets.

The history answers the oracle's question "was this person truly gone when the engine read?". Expected values of the mapped
attributes are computed here by hand, not by the product's mapping: the model must not share a mistake with what it judges.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

COLUMNS = (
    "employee_no",
    "status",
    "first",
    "last",
    "email",
    "title",
    "department",
    "nick",
    "phone",
    "division",
    "roles",
    "skills",
    "groups",
)

FIRST_NAMES = ("Maja", "Tomasz", "Priya", "Ifeoma", "Lars", "Aiko", "Zoë", "Иван", "Nour", "Søren", "李娜", "Ada")
LAST_NAMES = ("Lindqvist", "Zięba", "Raman", "Okafor", "Nygård", "Mori", "Brontë", "Петров", "Haddad", "Ørsted", "Wang", "Quist")
TITLES = ("Agent", "Team lead", "Analyst", "")
DEPARTMENTS = ("Support", "Sales", "Billing", "")
NICKNAMES = ("Bee", "Tee", "")
DIVISIONS = ("Home", "Nordics", "Iberia")
DIVISION_MISSPELT = "Nordcis"
ROLES = ("Quality", "Agent", "Supervisor")
BORN_WITH = frozenset({"employee"})
"""The role that the org itself gives everybody; nobody's to take, and not in any view."""
SKILLS = ("Spanish", "Polish", "Refunds")
GROUPS = ("Evening", "Billing-L2")
DOMAIN = "northlight.example"


class Row(NamedTuple):
    """One person as the HR system has them; the order of fields is that of COLUMNS."""

    employee_no: str
    status: str
    first: str
    last: str
    email: str
    title: str = ""
    department: str = ""
    nick: str = ""
    phone: str = ""
    division: str = "Home"
    roles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def left(self) -> bool:
        return self.status == "left"


Rows = Mapping[str, Row]


class Proving(NamedTuple):
    """How the file proves that it is whole: ``trailer``, ``count``, ``digest`` or ``none``."""

    kind: str


@dataclass(slots=True)
class Served:
    """One read of the source as an engine got it: which truth it was made of, what was cut off, and whether it could prove itself."""

    engine: str
    truth: Rows
    shown: frozenset[str]
    proven: bool
    at: float
    wall: float
    usable: bool = True


@dataclass(slots=True)
class Roster:
    """The living source. ``history`` holds each state it was ever in; states are few and share their rows."""

    name: str
    proof: str = "trailer"
    rows: dict[str, Row] = field(default_factory=dict)
    history: list[Rows] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    archive: dict[str, Row] = field(default_factory=dict)
    """The last row of everybody who was ever listed."""

    def put(self, row: Row) -> None:
        self.rows[row.employee_no] = self.archive[row.employee_no] = row
        self.remember()

    def drop(self, key: str) -> Row:
        row = self.rows.pop(key)
        self.remember()
        return row

    def remember(self) -> None:
        self.history.append(dict(self.rows))

    def present(self, key: str) -> bool:
        """Whether the person is truly employed now."""
        row = self.rows.get(key)
        return row is not None and not row.left


def render(rows: Rows, proof: str, *, claimed: int | None = None) -> bytes:
    """The file. ``claimed`` is the number its trailer gives when rows were cut off after it was counted."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows.values():
        writer.writerow([*row[:10], "|".join(row.roles), "|".join(row.skills), "|".join(row.groups)])
    if proof == "trailer":
        text.write(f"#rows={len(rows) if claimed is None else claimed}\n")
    return text.getvalue().encode()


def beside(content: bytes, rows: int, proof: str) -> dict[str, bytes]:
    """The proof files beside a whole file, by suffix."""
    if proof == "count":
        return {".count": f"{rows}\n".encode()}
    if proof == "digest":
        return {".sha256": f"{sha256(content).hexdigest()}  people.csv\n".encode()}
    return {}


PLAIN = ("userName", "displayName", "title", "department", "nickName", "phone", "division")
SETS = ("roles", "routingSkills", "groups")

Chart = Mapping[str, str]
"""Who owns what in one pipe; the keys are the names in :func:`desired` and in the views of accounts."""

USUAL: Chart = {
    "userName": "source",
    "displayName": "source",
    "title": "source",
    "department": "org",
    "nickName": "shared",
    "phone": "source",
    "division": "source",
    "roles": "source",
    "routingSkills": "create_only",
    "groups": "source",
}
CHARTS: tuple[Chart, ...] = (
    USUAL,
    {**USUAL, "title": "shared", "department": "fill_if_empty", "nickName": "source", "phone": "create_only", "routingSkills": "shared"},
    {**USUAL, "title": "org", "department": "source", "phone": "shared", "routingSkills": "source", "groups": "shared"},
)
"""Each seed draws one: an attribute that is always the source's proves nothing about the others."""


def desired(row: Row) -> dict[str, object]:
    """What the source wants an account to hold; an empty text means that the source has no opinion."""
    return {
        "userName": row.email.lower(),
        "displayName": f"{row.first} {row.last}",
        "title": row.title,
        "department": row.department,
        "nickName": row.nick,
        "phone": e164(row.phone),
        "division": row.division,
        "roles": frozenset(row.roles),
        "routingSkills": frozenset(row.skills),
        "groups": frozenset(row.groups),
    }


def e164(national: str) -> str:
    """The model's own canonical form for the Norwegian numbers it makes: eight digits, in whatever spelling."""
    digits = "".join(character for character in national if character.isdigit())
    if not digits:
        return ""
    return "+" + digits if len(digits) > 8 else "+47" + digits
