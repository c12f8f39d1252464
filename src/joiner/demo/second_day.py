"""What happens at Northlight overnight, and what Joiner must make of it.

::

    joiners    12   new rows in hr.csv                                       created
    movers     15   another department, a promotion, a new name or number    updated
    leavers     6   status = left                                            deactivated
    misspelt    1   department "Suport"                                      held: no such key, near "Support"
    doubled     1   a new colleague with a colleague's e-mail address        held: whose account is it?
    gone        2   no longer in hr.csv, which proves itself complete        held: one read is no evidence
    cut off    12   the end of contractors.csv did not arrive                held: no proof that they left
    rewritten   1   the same telephone in national format                    nothing to do
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from joiner.demo.people import (
    CAST,
    SEED,
    SITES,
    SPARE_NAMES,
    Person,
    Population,
    groups_of,
    make_address,
    phone_number,
    pick,
)

JOINERS = 12
REORGANISED = 6
PROMOTED = 4
RENAMED = 2
RENUMBERED = 3
GONE = 2
CUT_OFF = 12
MISSPELT = "Suport"


@dataclass(frozen=True, slots=True)
class Expected:
    """Who, by e-mail address (``doubled`` by number, because the address is the trouble)."""

    joiners: tuple[str, ...]
    movers: tuple[str, ...]
    leavers: tuple[str, ...]
    vanished: tuple[str, ...]
    misspelt: str
    doubled: str
    rewritten: str


@dataclass(frozen=True, slots=True)
class SecondDay:
    """The rows of today's files, and what must come of them."""

    employees: tuple[Person, ...]
    contractors: tuple[Person, ...]
    expected: Expected


@dataclass(frozen=True, slots=True)
class _Fates:
    """Who meets which fate, by personnel number; nobody meets two."""

    leavers: tuple[str, ...]
    reorganised: tuple[str, ...]
    promoted: tuple[str, ...]
    renamed: tuple[str, ...]
    renumbered: tuple[str, ...]
    gone: tuple[str, ...]
    misspelt: str
    namesake: Person
    rewritten: str


def make_second_day(population: Population) -> SecondDay:
    fates = _cast_fates(population)
    newcomers = _newcomers(population, fates.namesake)
    kept = [_live_on(person, fates) for person in population.employees if person.number not in fates.gone]
    contractors = [_live_on(person, fates) for person in population.contractors[:-CUT_OFF]]
    address = {person.number: person.email for person in (*population.employees, *population.contractors)}
    movers = (*fates.reorganised, *fates.promoted, *fates.renamed, *fates.renumbered)
    return SecondDay(
        employees=(*kept, *newcomers),
        contractors=tuple(contractors),
        expected=Expected(
            joiners=tuple(person.email for person in newcomers[:JOINERS]),
            movers=tuple(address[number] for number in movers),
            leavers=tuple(address[number] for number in fates.leavers),
            vanished=tuple(address[number] for number in fates.gone) + tuple(person.email for person in population.contractors[-CUT_OFF:]),
            misspelt=address[fates.misspelt],
            doubled=newcomers[JOINERS].number,
            rewritten=address[fates.rewritten],
        ),
    )


def _cast_fates(population: Population) -> _Fates:
    """Deal the fates to people who are still there, in the order of the file; the named cast gets its own."""
    maja, tomasz, _priya, lars, lena, eleni = population.employees[: len(CAST)]
    there = [person for person in population.employees[len(CAST) :] if person.status == "active"]
    sales = [person.number for person in there if person.department == "Sales"]
    agents = [person.number for person in there if person.department != "Sales" and person.title == "Agent"]
    return _Fates(
        leavers=(maja.number, *agents[60:64], population.contractors[20].number),
        reorganised=(tomasz.number, *sales[: REORGANISED - 1]),
        promoted=tuple(agents[:PROMOTED]),
        renamed=tuple(agents[20 : 20 + RENAMED]),
        renumbered=tuple(agents[40 : 40 + RENUMBERED]),
        gone=tuple(agents[80 : 80 + GONE]),
        misspelt=lars.number,
        namesake=lena,
        rewritten=eleni.number,
    )


def _live_on(person: Person, fates: _Fates) -> Person:
    number = person.number
    if number in fates.leavers:
        return replace(person, status="left")
    if number in fates.reorganised:
        return _moved(person, "Support", person.title)
    if number in fates.promoted:
        return _moved(person, person.department, "Shift Supervisor")
    if number in fates.renamed:
        return replace(person, last=f"{person.last}-{CAST[1][1].written}")
    if number in fates.renumbered:
        return replace(person, phone=national(phone_number(person.country, int(number) + 500)))
    if number == fates.misspelt:
        return replace(person, department=MISSPELT)
    if number == fates.rewritten:
        return replace(person, phone=national(person.phone))
    return person


def _moved(person: Person, department: str, title: str) -> Person:
    groups = groups_of(department, title, evening="Evening" in person.groups)
    return replace(person, department=department, title=title, groups=groups)


def _newcomers(population: Population, namesake: Person) -> list[Person]:
    """Twelve people with addresses of their own, and a thirteenth who was given the address of her namesake."""
    chance = Random(SEED + 1)
    taken = {person.email for person in (*population.employees, *population.contractors)}
    number = 1001 + len(population.employees)
    newcomers: list[Person] = []
    for index, (given, family) in enumerate(population.spare[:JOINERS]):
        site, country = pick(chance, SITES)
        newcomers.append(
            Person(
                number=str(number + index),
                first=given.written,
                last=family.written,
                email=make_address(given, family, taken),
                department="Support",
                title="Agent",
                site=site,
                country=country,
                phone=phone_number(country, 700 + index),
                skills=("Electricity", "Smart Meters"),
                languages=("English",),
                groups=groups_of("Support", "Agent", evening=False),
                starts="2026-11-23",
            )
        )
    twin = replace(namesake, number=str(number + JOINERS), department="Front Desk", groups=groups_of("Front Desk", "Agent", evening=False))
    return [*newcomers, replace(twin, starts="2026-11-23")]


def national(phone: str) -> str:
    """A drama number as people write it at home: ``+441134960123`` -> ``0113 496 0123``, ``+493023125123`` -> ``030 23125-123``."""
    if phone.startswith("+44"):
        return f"0{phone[3:6]} {phone[6:9]} {phone[9:]}"
    return f"0{phone[3:5]} {phone[5:10]}-{phone[10:]}"


assert SPARE_NAMES >= JOINERS, "not enough names for the joiners"
