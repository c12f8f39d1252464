"""The ``joiner`` command beside a service provider that is not ours: a folder with joiner.toml, a people file and a bearer token.

What happened is read from the other side, by a client of the test's own.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from joiner.assembly import Assembly
from joiner.cli.run import run_command

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
COLUMNS = ("no", "email", "first", "last", "title", "mobile", "home", "department", "cost", "manager", "groups", "status")
TIMEOUT_SECONDS = 20
CONFIG = Template("""\
version  = 1
database = "sqlite:///joiner.db"

[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key  = "no"
leaver = 'src.status == "left"'

[[org]]
name   = "partner"
kind   = "scim"
url    = "$url"
secret = "file:token"
source = ["hr"]
mode   = "apply"
first_contact = "source"
budget = { requests_per_minute = 60000 }
""")
RULES = {
    "userName": "lower(src.email)",
    "displayName": 'src.first + " " + src.last',
    "name.givenName": "src.first",
    "name.familyName": "src.last",
    "title": "src.title",
    "emails[work]": "lower(src.email)",
    "emails[home]": "src.home",
    "phoneNumbers[mobile]": "src.mobile",
    "department": "src.department",
    "costCenter": "src.cost",
    "employeeNumber": "src.no",
    "manager": "src.manager",
    "groups": 'split(src.groups, "|")',
}


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return re.findall(r"^error\[(JN\d{4})\]: \S", self.err + "\n" + self.out, re.MULTILINE)


def row(number: int, **values: str) -> dict[str, str]:
    """One line of the people file."""
    empty = dict.fromkeys(COLUMNS, "")
    person = {"no": str(number), "email": f"P{number}@northlight.example", "first": "Ada", "last": f"Nº{number} Ødegård"}
    return {**empty, **person, "title": "Agent", "department": "Care", "status": "active", **values}


def as_user(line: Mapping[str, str]) -> dict[str, Any]:
    """The account that RULES make of a line of the people file, groups and empty columns aside."""
    email = line["email"].lower()
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": f"hr:{line['no']}",
        "userName": email,
        "displayName": f"{line['first']} {line['last']}",
        "name": {"givenName": line["first"], "familyName": line["last"]},
        "title": line["title"],
        "active": True,
        "emails": [{"type": "work", "value": email}],
        ENTERPRISE: {"department": line["department"], "employeeNumber": line["no"]},
    }


@dataclass
class ForeignHouse:
    """``url`` is the SCIM address as a person writes it; ``writes`` asks the other side where it counts."""

    folder: Path
    url: str
    token: str
    rows: dict[str, dict[str, str]] = field(default_factory=dict)

    def prepare(self, *rows: Mapping[str, str]) -> None:
        rules = [f'[[map]]\nto = "{to}"\nfrom = {_toml(text)}\non_null = "clear"\n' for to, text in RULES.items()]
        (self.folder / "joiner.toml").write_text("\n".join([CONFIG.substitute(url=self.url), *rules]), "utf-8")
        self.set_token(self.token)
        self.people(*rows)

    def set_token(self, token: str) -> None:
        secret = self.folder / "token"
        secret.touch(mode=0o600)
        secret.write_text(token, "utf-8")

    def people(self, *rows: Mapping[str, str]) -> None:
        self.rows = {one["no"]: dict(one) for one in rows}
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        (self.folder / "people.csv").write_text(f"{text.getvalue()}#rows={len(rows)}\n", "utf-8")

    def edit(self, number: int, **values: str) -> None:
        """Change one row, or add it, and leave the others as they are."""
        current = self.rows.get(str(number)) or row(number)
        self.people(*(self.rows | {str(number): {**current, **values}}).values())

    # ------------------------------------------------------------ the command

    def run(self, *words: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        environment = {"JOINER_AUTHOR": "ada"}
        code = run_command([*words, "--config", str(self.folder / "joiner.toml")], Assembly(environment), environment, out, err)
        return Ended(code, out.getvalue(), err.getvalue())

    def plan(self) -> dict[str, Any]:
        ended = self.run("plan", "-o", "json", "-q")
        assert ended.code == 0, (ended.out, ended.err)
        return dict(json.loads(ended.out))

    def apply(self) -> Ended:
        """What a person does: look at the plan, then apply it by its id."""
        ended = self.run("apply", self.plan()["id"])
        assert (ended.code, ended.errors) == (0, []), (ended.out, ended.err)
        return ended

    # ------------------------------------------------------------ the other side

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """(status, document) of a request that is sent past the engine."""
        sent = None if body is None else json.dumps(body).encode()
        names = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json", **headers}
        try:
            with urlopen(Request(f"{self.url}/{path}", sent, names, method=method), timeout=TIMEOUT_SECONDS) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except HTTPError as refusal:
            return refusal.code, json.loads(refusal.read())

    def by_hand(self, method: str, path: str, body: Any = None) -> Any:
        status, document = self.ask(method, path, body)
        assert 200 <= status < 300, document
        return document

    def listed(self, path: str) -> list[dict[str, Any]]:
        """All entries of a list, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.by_hand("GET", f"{path}?startIndex={len(found) + 1}")
            found += page["Resources"]
            if not page["Resources"] or len(found) == page["totalResults"]:
                return found

    def patch(self, path: str, *operations: Mapping[str, Any]) -> None:
        self.by_hand("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def users(self) -> dict[str, dict[str, Any]]:
        """Every account by user name; nobody may be there twice."""
        found = self.listed("Users")
        names = [user["userName"] for user in found]
        assert len(set(names)) == len(names)
        return {user["userName"]: user for user in found}

    def user(self, number: int) -> dict[str, Any]:
        return self.users()[f"p{number}@northlight.example"]

    def bulk(self, users: Sequence[Mapping[str, Any]]) -> None:
        """Create many users in one request."""
        operations = [{"method": "POST", "path": "/Users", "bulkId": user["userName"], "data": user} for user in users]
        answers = self.by_hand("POST", "Bulk", {"schemas": [BULK], "Operations": operations})["Operations"]
        assert [one for one in answers if one["status"] != "201"] == []

    def group(self, name: str) -> str:
        return str(self.by_hand("POST", "Groups", {"schemas": [GROUP], "displayName": name})["id"])

    def members(self, group_id: str) -> set[str]:
        names = {user["id"]: name for name, user in self.users().items()}
        return {names[member["value"]] for member in self.by_hand("GET", f"Groups/{group_id}").get("members", ())}

    def everything(self) -> tuple[Any, Any]:
        """All users and groups, versions and dates included."""
        return self.listed("Users"), self.listed("Groups")


def _toml(text: str) -> str:
    return f"'{text}'" if "'" not in text else json.dumps(text)
