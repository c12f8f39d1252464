"""A first joiner.toml, written from the header of a people file: a beginning to read and change, not a guess to trust.

Columns are recognised by the names that HR systems usually give them. What is recognised becomes a rule; the pipe starts
as ``plan-only``, so that nothing can be sent before somebody has looked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

USUAL = {
    "key": (
        "employeeno",
        "employeenumber",
        "employeeid",
        "personnelno",
        "personnelnumber",
        "staffid",
        "personid",
        "empid",
        "key",
        "id",
        "no",
    ),
    "email": ("email", "mail", "workemail", "emailaddress", "userprincipalname", "upn", "username"),
    "name": ("displayname", "fullname", "name"),
    "first": ("first", "firstname", "givenname"),
    "last": ("last", "lastname", "surname", "familyname", "sn"),
    "status": ("status", "state", "employmentstatus"),
    "title": ("title", "jobtitle", "position"),
    "department": ("department", "dept"),
    "division": ("division",),
    "phone": ("phone", "workphone", "telephone", "telephonenumber"),
    "manager": ("manager", "managerid", "managerno", "manageremail"),
}
"""What a column may mean, with its usual names: lower case, letters and digits only."""

DIRECT = {"title": "title", "department": "department", "division": "division", "manager": "manager"}
"""Meanings that are mapped as they are, in the order of the file."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Start:
    """What a person said. ``address`` is the org's ``url`` line or ``region`` line; ``people`` the file as they named it."""

    name: str
    kind: str
    address: str
    client_id: str
    people: str
    columns: tuple[str, ...]
    meanings: dict[str, str]


def recognise(columns: Sequence[str], stated: dict[str, str]) -> dict[str, str]:
    """Meaning -> column, by what was stated and else by usual names. The first column that fits is taken."""
    folded = [(re.sub(r"[^a-z0-9]", "", column.casefold()), column) for column in columns]
    found = {}
    for meaning, names in USUAL.items():
        fits = (column for name in names for plain, column in folded if plain == name)
        column = stated.get(meaning) or next(fits, "")
        if column:
            found[meaning] = column
    return found


def write_starter(start: Start) -> str:
    """The text of joiner.toml. ``start.meanings`` must name the key and the e-mail column."""
    meanings = start.meanings
    lines = [
        "# Written by joiner init. Read it once, then: joiner check, joiner plan.",
        "version  = 1",
        'database = "sqlite:///joiner.db"',
        "",
        "[[source]]",
        'name   = "hr"',
        'kind   = "csv"',
        f"path   = {_text(start.people)}",
        f"key    = {_text(meanings['key'])}",
        *_leaver(meanings),
        "",
        "[[org]]",
        f"name      = {_text(start.name)}",
        f"kind      = {_text(start.kind)}",
        start.address,
        f"client_id = {_text(start.client_id)}",
        f"secret    = {_text(f'file:secrets/{start.name}')}",
        'source    = ["hr"]',
        'mode      = "plan-only"                   # read-only by construction; "apply" when you trust the plan',
        'first_contact = "report"                 # where both sides differ at first: list it, send nothing',
    ]
    for to, expression, note in _rules(meanings):
        lines += ["", "[[map]]", f"to   = {_text(to)}", f"from = '{expression}'{note}"]
    unused = [column for column in start.columns if column not in meanings.values()]
    if unused:
        lines += ["", f"# Columns that no rule reads yet: {', '.join(unused)}"]
    return "\n".join(lines) + "\n"


def _leaver(meanings: dict[str, str]) -> Iterable[str]:
    if "status" in meanings:
        yield f"leaver = '{_column(meanings['status'])} == \"left\"'        # check the word that your file uses"
    else:
        yield "# leaver = 'src.status == \"left\"'      # who has left although still listed; without it only missing rows say so"


def _rules(meanings: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    yield "userName", f"lower({_column(meanings['email'])})", ""
    if "name" in meanings:
        yield "displayName", _column(meanings["name"]), ""
    elif "first" in meanings and "last" in meanings:
        yield "displayName", f'{_column(meanings["first"])} + " " + {_column(meanings["last"])}', ""
    for meaning, to in DIRECT.items():
        if meaning in meanings:
            yield to, _column(meanings[meaning]), ""
    if "phone" in meanings:
        yield "phoneNumbers[work]", f'e164({_column(meanings["phone"])}, "GB")', "   # the country of numbers without +CC"


def _column(name: str) -> str:
    return f"src.{name}" if _WORD.fullmatch(name) else f"src[{json.dumps(name, ensure_ascii=False)}]"


def _text(value: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)
