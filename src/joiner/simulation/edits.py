"""What happens at the source between two reads: joiners, movers, leavers, returners, and the untidy cases of real HR files."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from joiner.simulation.roster import (
    DEPARTMENTS,
    DIVISION_MISSPELT,
    DIVISIONS,
    DOMAIN,
    FIRST_NAMES,
    GROUPS,
    LAST_NAMES,
    NICKNAMES,
    ROLES,
    SKILLS,
    TITLES,
    Roster,
    Row,
)

PEOPLE_MAX = 14

Edit = Callable[[Roster, Random], str]
"""Changes the roster and says what it did; "" when there was nothing to do it to."""


def some(random: Random, choices: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
    return tuple(sorted(random.sample(choices, random.randint(0, min(most, len(choices))))))


def new_person(roster: Roster, random: Random) -> Row:
    """A person with a fresh number, an address of their own and random values."""
    number = 100 + len({key for rows in roster.history for key in rows} | set(roster.rows))
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    return Row(
        str(number),
        "active",
        first,
        last,
        f"P{number}@{DOMAIN}",
        random.choice(TITLES),
        random.choice(DEPARTMENTS),
        random.choice(NICKNAMES),
        phone(random),
        random.choice(DIVISIONS),
        some(random, ROLES),
        some(random, SKILLS),
        some(random, GROUPS),
    )


def phone(random: Random) -> str:
    """A Norwegian number in one of the spellings that HR files hold, or none."""
    digits = f"{random.choice((22, 55, 73))}{random.randint(0, 999_999):06d}"
    return random.choice(("", f"+47{digits}", f"+47 {digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:]}"))


def _employed(roster: Roster) -> list[Row]:
    return [row for row in roster.rows.values() if not row.left]


def _pick(rows: list[Row], random: Random) -> Row | None:
    return random.choice(rows) if rows else None


def join(roster: Roster, random: Random) -> str:
    if len(roster.rows) >= PEOPLE_MAX:
        return ""
    row = new_person(roster, random)
    roster.put(row)
    return f"{row.employee_no} joins as {row.email}"


def move(roster: Roster, random: Random) -> str:
    row = _pick(_employed(roster), random)
    if row is None:
        return ""
    fields: dict[str, object] = {}
    for _ in range(random.randint(1, 3)):
        name, value = random.choice(
            (
                ("title", random.choice(TITLES)),
                ("department", random.choice(DEPARTMENTS)),
                ("nick", random.choice(NICKNAMES)),
                ("phone", phone(random)),
                ("division", random.choice(DIVISIONS)),
                ("roles", some(random, ROLES)),
                ("skills", some(random, SKILLS)),
                ("groups", some(random, GROUPS)),
                ("last", random.choice(LAST_NAMES)),
            )
        )
        fields[name] = value
    roster.put(row._replace(**fields))  # type: ignore[arg-type]
    return f"{row.employee_no} moves: {fields}"


def leave(roster: Roster, random: Random) -> str:
    row = _pick(_employed(roster), random)
    if row is None:
        return ""
    roster.put(row._replace(status="left"))
    return f"{row.employee_no} leaves"


def come_back(roster: Roster, random: Random) -> str:
    """A returner: the row turns active again, or stands in the file again."""
    gone = [row for row in roster.rows.values() if row.left]
    gone += [row for key, row in roster.archive.items() if key not in roster.rows]
    row = _pick(gone, random)
    if row is None or any(
        other.email.lower() == row.email.lower() and other.employee_no != row.employee_no for other in roster.rows.values()
    ):
        return ""
    roster.put(row._replace(status="active"))
    return f"{row.employee_no} is back"


def vanish(roster: Roster, random: Random) -> str:
    """The row is no longer in the file. It may come back."""
    row = _pick(list(roster.rows.values()), random)
    if row is None:
        return ""
    roster.drop(row.employee_no)
    return f"{row.employee_no} vanishes"


def new_address(roster: Roster, random: Random) -> str:
    row = _pick(_employed(roster), random)
    if row is None:
        return ""
    email = f"n{len(roster.history)}.{row.employee_no}@{DOMAIN}"
    roster.put(row._replace(email=email))
    return f"{row.employee_no} gets the address {email}"


def recase_address(roster: Roster, random: Random) -> str:
    row = _pick(_employed(roster), random)
    if row is None:
        return ""
    roster.put(row._replace(email=row.email.swapcase()))
    return f"{row.employee_no} spells the address {row.email.swapcase()}"


def swap_addresses(roster: Roster, random: Random) -> str:
    employed = _employed(roster)
    if len(employed) < 2:
        return ""
    one, other = random.sample(employed, 2)
    roster.rows[one.employee_no] = one._replace(email=other.email)
    roster.put(other._replace(email=one.email))
    return f"{one.employee_no} and {other.employee_no} swap addresses"


def share_address(roster: Roster, random: Random) -> str:
    """Two people with one address: a mistake at the source."""
    employed = _employed(roster)
    if len(employed) < 2:
        return ""
    one, other = random.sample(employed, 2)
    roster.put(one._replace(email=other.email))
    return f"{one.employee_no} gets the address of {other.employee_no}"


def reuse_address(roster: Roster, random: Random) -> str:
    """Somebody gets the address of a person who left."""
    held = {row.email.lower() for row in _employed(roster)}
    gone = [row for row in roster.archive.values() if not roster.present(row.employee_no) and row.email.lower() not in held]
    leaver = _pick(gone, random)
    if leaver is None or len(roster.rows) >= PEOPLE_MAX:
        return ""
    row = new_person(roster, random)._replace(email=leaver.email)
    roster.put(row)
    return f"{row.employee_no} joins with the address of the leaver {leaver.employee_no}"


def misspell_division(roster: Roster, random: Random) -> str:
    row = _pick(_employed(roster), random)
    if row is None:
        return ""
    roster.put(row._replace(division=DIVISION_MISSPELT))
    return f"{row.employee_no} is in {DIVISION_MISSPELT}"


def many_leave(roster: Roster, random: Random) -> str:
    """More than a guard lets pass: they are stated as leavers, or are no longer listed."""
    employed = _employed(roster)
    if len(employed) < 4:
        return ""
    chosen, stated = random.sample(employed, random.randint(3, 4)), random.random() < 0.5
    for row in chosen:
        if stated:
            roster.rows[row.employee_no] = roster.archive[row.employee_no] = row._replace(status="left")
        else:
            del roster.rows[row.employee_no]
    roster.remember()
    return f"{', '.join(row.employee_no for row in chosen)} {'leave' if stated else 'vanish'} together"


WEIGHTED: tuple[tuple[Edit, float], ...] = (
    (join, 3),
    (move, 8),
    (leave, 3),
    (come_back, 3),
    (vanish, 2),
    (new_address, 1),
    (recase_address, 0.5),
    (swap_addresses, 0.7),
    (share_address, 0.5),
    (reuse_address, 0.7),
    (misspell_division, 0.5),
    (many_leave, 0.5),
)
_EDITS = tuple(edit for edit, _ in WEIGHTED)
_WEIGHTS = tuple(weight for _, weight in WEIGHTED)


def edit_source(roster: Roster, random: Random) -> str:
    """One random edit; says what it was."""
    return random.choices(_EDITS, _WEIGHTS)[0](roster, random)
