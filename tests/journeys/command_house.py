"""The ``joiner`` command as a person runs it: a folder with joiner.toml and a people file, and a served org next door.

The server is a process of its own; the command runs in this process with its streams captured, or as a process too where
a limit of the operating system is wanted. What happened at the org is read from the org's own database.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from joiner.assembly import Assembly
from joiner.cli.run import run_command
from joiner.store.org_store import open_org_store
from joiner.system import SystemClock

READY_LINES_MAX = 50
COLUMNS = ("no", "email", "name", "title", "department", "skills", "status")
PEOPLE = 24

CONFIG = Template("""\
version  = 1
database = "$database"

[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key  = "no"
leaver = 'src.status == "left"'

[[org]]
name      = "eu"
kind      = "hosted"
url       = "$url"
client_id = "$client_id"
secret    = "file:secret"
source    = ["hr"]
mode      = "apply"
first_contact = "source"
budget    = { requests_per_minute = 30000 }

[[map]]
to   = "userName"
from = "lower(src.email)"
[[map]]
to   = "displayName"
from = "src.name"
[[map]]
to   = "title"
from = "src.title"
[[map]]
to   = "division"
from = 'lookup("divisions", src.department)'
[[map]]
to    = "routingSkills"
from  = 'split(src.skills, "|")'
owner = "create_only"

[lookup.divisions]
file = "divisions.csv"
""")


@dataclass(frozen=True, slots=True)
class Ended:
    """One command that ran to its end."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """The codes of all errors told, in both streams."""
        return re.findall(r"^error\[(JN\d{4})\]: \S", self.err + "\n" + self.out, re.MULTILINE)


@dataclass
class CommandHouse:
    """``url`` is the org's address without a SCIM path, ``orgs`` the server's database."""

    folder: Path
    url: str
    orgs: Path
    client_id: str
    secret: str
    environment: dict[str, str] = field(default_factory=lambda: {"JOINER_AUTHOR": "ada", "PATH": os.environ.get("PATH", "")})

    def prepare(self, **changed: str) -> None:
        """joiner.toml, secret, look-up table and a good people file; ``changed`` replaces words of the configuration."""
        words = {"database": "sqlite:///joiner.db", "url": self.url, "client_id": self.client_id} | changed
        (self.folder / "joiner.toml").write_text(CONFIG.substitute(words), "utf-8")
        secret = self.folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(self.secret, "utf-8")
        (self.folder / "divisions.csv").write_text("department;division\nCare;Support\nDesk;Sales\n", "utf-8")
        self.people()

    def people(self, *rows: Sequence[str], trailer: int | None = PEOPLE, count: int = PEOPLE) -> None:
        """A people file of ``count`` good rows, of which those given replace the first ones."""
        lines = [",".join(COLUMNS), *(",".join(one) for one in rows)]
        lines += [",".join(good_row(number)) for number in range(len(rows) + 1, count + 1)]
        self.write("\n".join(lines) + "\n" + ("" if trailer is None else f"#rows={trailer}\n"))

    def write(self, text: str) -> None:
        (self.folder / "people.csv").write_text(text, "utf-8")

    @property
    def text(self) -> str:
        return (self.folder / "people.csv").read_text("utf-8")

    def run(self, *words: str) -> Ended:
        """Run a command here, with captured streams."""
        out, err = io.StringIO(), io.StringIO()
        line = [*words, "--config", str(self.folder / "joiner.toml")]
        code = run_command(line, Assembly(self.environment), self.environment, out, err)
        return Ended(code, out.getvalue(), err.getvalue())

    def start(self, *words: str, **options: object) -> Ended:
        """Run a command as a process of its own."""
        line = [sys.executable, "-m", "joiner.app", *words, "--config", str(self.folder / "joiner.toml")]
        ended = subprocess.run(line, env=self._environment(), capture_output=True, text=True, check=False, timeout=120, **options)  # type: ignore[call-overload]
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(sys.path)}

    def plan_id(self) -> str:
        """Make a plan and answer its id, whatever it holds."""
        return str(json.loads(self.run("plan", "-o", "json", "-q").out)["id"])

    def audit_rows(self) -> int:
        """Rows in the org's audit log that tell of people and groups: read from its own file."""
        store = open_org_store(str(self.orgs), SystemClock())
        try:
            org = store.reads().orgs()[0]
            rows = store.reads().audit(org.key, 0, 1_000_000)
            return sum(json.loads(row.document)["target"]["type"] in ("User", "Group") for row in rows)
        finally:
            store.close()


def good_row(number: int, **values: str) -> list[str]:
    row = dict(zip(COLUMNS, (str(number), f"p{number}@northlight.example", f"Person {number}", "Agent", "Care", "", "active"), strict=True))
    return list((row | values).values())


@contextmanager
def served_org(folder: Path) -> Iterator[tuple[str, Path, str, str]]:
    """A hosted org on a free port: (address, database, client id, secret)."""
    orgs = folder / "orgs.db"
    database = ("--database", f"sqlite:///{orgs}")

    def joiner(*words: str) -> str:
        out, err = io.StringIO(), io.StringIO()
        assert run_command([*words, *database], Assembly({}), {}, out, err) == 0, err.getvalue()
        return out.getvalue()

    joiner("org", "add", "north")
    joiner("org", "define", "north", "--division", "Support", "--division", "Sales", "--skill", "Billing")
    client = json.loads(joiner("client", "create", "engine", "--org", "north", "--kind", "joiner", "-o", "json"))
    with serving(orgs) as address:
        yield f"{address}/north", orgs, client["client_id"], client["client_secret"]


@contextmanager
def serving(orgs: Path) -> Iterator[str]:
    """``joiner serve`` on a free port of this machine; answers its address."""
    line = [sys.executable, "-m", "joiner.app", "serve", "--database", f"sqlite:///{orgs}", "--listen", "127.0.0.1:0"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        told = [process.stdout.readline()]
        while "Serving at" not in told[-1] and len(told) < READY_LINES_MAX:
            told.append(process.stdout.readline())
        found = re.search(r"Serving at (\S+)\.", told[-1])
        assert found, told
        try:
            yield found[1].rstrip(".")
        finally:
            process.terminate()
            process.wait(30)
