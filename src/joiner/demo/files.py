"""The files of the demo's workspace: people, look-up table and joiner.toml, as an HR department would leave them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from joiner.demo.people import DIVISION_OF, Person

COLUMNS = (
    "employee_no",
    "first",
    "last",
    "email",
    "department",
    "title",
    "site",
    "country",
    "phone",
    "skills",
    "languages",
    "groups",
    "status",
    "starts",
)

CONFIG = Template("""\
# Northlight EU, kept in step with two people files. Every setting is explained in docs/reference/configuration.md.
version  = 1
database = "sqlite:///joiner.db"          # what Joiner remembers: bonds, plans, journal, audit

# ---------------------------------------------------------------- where people come from
[[source]]
name   = "hr"
kind   = "csv"
path   = "hr.csv"                         # its last line says how many rows there are: a cut file is noticed
key    = "employee_no"
leaver = 'src.status == "left"'

[[source]]
name   = "contractors"
kind   = "csv"
path   = "contractors.csv"                # no such line: who is missing here has not left for certain
key    = "employee_no"
leaver = 'src.status == "left"'

# ---------------------------------------------------------------- the org that is kept in step
[[org]]
name      = "eu"
label     = "Northlight EU"
kind      = "hosted"                      # for a real org: kind = "genesys-cloud" and region = "eu-central-1"
url       = "$url"
client_id = "$client_id"
secret    = "file:secret"
source    = ["hr", "contractors"]
mode      = "apply"
first_contact = "report"
budget    = { requests_per_minute = 3000 }  # a real org allows 300

# ---------------------------------------------------------------- what becomes what
[[map]]
to   = "userName"
from = "lower(src.email)"

[[map]]
to   = "displayName"
from = 'src.first + " " + src.last'

[[map]]
to   = "title"
from = "src.title"

[[map]]
to   = "department"
from = "src.department"

[[map]]
to   = "employeeNumber"
from = "src.employee_no"

[[map]]
to   = "division"
from = 'lookup("divisions", src.department)'

[[map]]
to   = "phoneNumbers[work]"
from = "e164(src.phone, src.country)"     # files write 0113 496 0123, Genesys +441134960123: one number

[[map]]
to      = "roles"                         # pasted from Okta as it stood there
from    = 'String.contains(user.title, "Supervisor") ? "ID_OF_SUPERVISOR_ROLE" : "ID_OF_AGENT_ROLE"'
dialect = "okta"

[[map]]
to   = "groups"
from = 'split(src.groups, "|")'

[[map]]
to    = "routingSkills"
from  = 'split(src.skills, "|")'
owner = "org"                             # team leads tune skills in Genesys: ours are offered only while there are none

[[map]]
to    = "routingLanguages"
from  = 'split(src.languages, "|")'
owner = "create_only"                     # for a new account, never again

# ---------------------------------------------------------------- look-up tables, edited in a spreadsheet
[lookup.divisions]
file    = "divisions.csv"
resolve = "division"

# ---------------------------------------------------------------- what needs a second look by a person
[guard]
vanished = { max_percent = 2, max_count = 25 }
""")


def write_config(folder: Path, *, url: str, client_id: str, secret: str) -> None:
    """joiner.toml, the secret beside it (readable by its owner only) and the look-up table."""
    place = folder / "secret"
    place.touch(mode=0o600)
    place.write_text(secret, "utf-8")
    (folder / "joiner.toml").write_text(CONFIG.substitute(url=url, client_id=client_id), "utf-8")
    lines = ["department;division", *(f"{department};{division}" for department, division in DIVISION_OF.items())]
    (folder / "divisions.csv").write_text("\n".join(lines) + "\n", "utf-8")


def write_people(folder: Path, employees: Sequence[Person], contractors: Sequence[Person]) -> None:
    """hr.csv with a trailer that proves it whole, contractors.csv (from another system: semicolons, CRLF) without proof."""
    hr = _table(employees, delimiter=",", line_end="\n") + f"#rows={len(employees)}\n"
    _replace(folder / "hr.csv", hr.encode("utf-8"))
    _replace(folder / "contractors.csv", _table(contractors, delimiter=";", line_end="\r\n").encode("utf-8-sig"))


def _table(people: Iterable[Person], *, delimiter: str, line_end: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(COLUMNS)
    writer.writerows(_row(person) for person in people)
    return text.getvalue()


def _row(person: Person) -> tuple[str, ...]:
    lists = {"skills": person.skills, "languages": person.languages, "groups": person.groups}
    values = {column: "|".join(lists[column]) if column in lists else getattr(person, column, "") for column in COLUMNS}
    return tuple({**values, "employee_no": person.number}.values())


def _replace(place: Path, content: bytes) -> None:
    """A reader sees the whole file of yesterday or the whole file of today."""
    draft = place.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(place)
