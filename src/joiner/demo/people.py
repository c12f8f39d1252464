"""The made-up people of Northlight: 1,204 accounts of one org, the same on every machine and in every run.

Drawn with a seeded generator of which only ``random()`` is used: its sequence is promised to stay the same across Python versions.
What they become on the second day is told in :mod:`joiner.demo.second_day`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from joiner.demo.names import CULTURES, Culture, Name

SEED = 1_204
EMPLOYEES = 1_011
CONTRACTORS = 189
MAIL_DOMAIN = "northlight.example"
HOLDS_NO_ROW = ("Wallboard Leeds", "Wallboard Berlin", "Call Recorder", "Night Announcements")
"""Accounts that only the org knows: Joiner must leave them alone."""

DIVISION_OF = {
    "Billing": "Billing",
    "Collections": "Billing",
    "Customer Care": "Support",
    "Field Service": "Outage",
    "Front Desk": "Home",
    "Outage Desk": "Outage",
    "Sales": "Sales",
    "Support": "Support",
}
"""Department -> division, in the order of the lines of divisions.csv (the header is line 1)."""
DIVISIONS = ("Home", "Billing", "Outage", "Sales", "Support")
AGENT_ROLE = "ID_OF_AGENT_ROLE"
SUPERVISOR_ROLE = "ID_OF_SUPERVISOR_ROLE"
"""Roles of the demo org bear literally the names that stand in the pasted Okta expression."""
HAND_MADE_ROLE = "Quality Evaluator"
ROLES = (AGENT_ROLE, SUPERVISOR_ROLE, HAND_MADE_ROLE, "Report Viewer")
SKILLS = ("Electricity", "Gas", "Heat Pumps", "Smart Meters", "Complaints", "Moving House", "Outage Triage", "Solar")
HAND_MADE_SKILL = "Solar"
"""No row of the HR file ever names it: where it stands, somebody set it in Genesys."""
LANGUAGES = ("English", "German", "Arabic", "Greek", "Hindi", "Polish", "Portuguese", "Turkish", "Ukrainian")
GROUP_OF = {
    "Billing": "Billing-L1",
    "Collections": "Billing-L2",
    "Customer Care": "Support-L1",
    "Field Service": "Outage-Watch",
    "Front Desk": "Front-Desk",
    "Outage Desk": "Outage-Watch",
    "Sales": "Sales-Floor",
    "Support": "Support-L2",
}
GROUPS = ("Billing-L1", "Billing-L2", "Evening", "Front-Desk", "Outage-Watch", "Sales-Floor", "Support-L1", "Support-L2", "Team-Leads")
SITES = (("Leeds", "GB"), ("Berlin", "DE"))

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a people file. ``phone`` is E.164 on the first day; ``starts`` is a date as YYYY-MM-DD."""

    number: str
    first: str
    last: str
    email: str
    department: str
    title: str
    site: str
    country: str
    phone: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    groups: tuple[str, ...]
    status: str = "active"
    starts: str = "2024-03-01"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Population:
    """``employees`` stand in hr.csv, ``contractors`` in contractors.csv, ``spare`` names are for people who join later."""

    employees: tuple[Person, ...]
    contractors: tuple[Person, ...]
    spare: tuple[tuple[Name, Name], ...]


CAST = (
    (Name("Maja", "maja"), Name("Lindqvist", "lindqvist")),
    (Name("Tomasz", "tomasz"), Name("Zięba", "zieba")),
    (Name("प्रिया", "priya"), Name("रमन", "raman")),
    (Name("Lars", "lars"), Name("Nygård", "nygaard")),
    (Name("Lena", "lena"), Name("Weiß", "weiss")),
    (Name("Ελένη", "eleni"), Name("Ξένου", "xenou")),
)
"""People to whom something happens on the second day; they come first in hr.csv."""
NEWCOMER = (Name("Ifeoma", "ifeoma"), Name("Okafor", "okafor"))
SPARE_NAMES = 24


def pick(chance: Random, choices: Sequence[Choice]) -> Choice:
    return choices[int(chance.random() * len(choices))]


def make_population() -> Population:
    """The first day: everybody who has an account and a row, plus names for people who are not there yet."""
    chance = Random(SEED)
    names = _draw_names(chance, EMPLOYEES + CONTRACTORS + SPARE_NAMES)
    taken: set[str] = set()
    people = tuple(_person(chance, index, given, family, taken) for index, (given, family) in enumerate(names[: EMPLOYEES + CONTRACTORS]))
    return Population(people[:EMPLOYEES], people[EMPLOYEES:], (NEWCOMER, *names[EMPLOYEES + CONTRACTORS :]))


def _draw_names(chance: Random, count: int) -> tuple[tuple[Name, Name], ...]:
    """``count`` different pairs of names, cultures by weight, in random order after the cast."""
    weight = sum(culture.weight for culture in CULTURES)
    reserved = {*CAST, NEWCOMER}
    pool: list[tuple[Name, Name]] = []
    for culture in CULTURES:
        pairs = [pair for pair in _shuffled(chance, tuple(_pairs(culture))) if pair not in reserved]
        pool += pairs[: 1 + count * culture.weight // weight]
    return (*CAST, *_shuffled(chance, tuple(pool)))[:count]


def _pairs(culture: Culture) -> Iterator[tuple[Name, Name]]:
    for given in culture.given:
        for family in culture.family:
            yield given, family


def _shuffled(chance: Random, things: Sequence[Choice]) -> tuple[Choice, ...]:
    keyed = sorted((chance.random(), position) for position in range(len(things)))
    return tuple(things[position] for _, position in keyed)


def _person(chance: Random, index: int, given: Name, family: Name, taken: set[str]) -> Person:
    contractor = index >= EMPLOYEES
    department = pick(chance, ("Customer Care", "Sales", *tuple(DIVISION_OF)))
    title = pick(chance, ("Agent", "Agent", "Agent", "Agent", "Senior Agent", "Senior Agent", "Shift Supervisor"))
    in_cast = index < len(CAST)
    left = not in_cast and not contractor and index % 27 == 0
    site, country = pick(chance, SITES)
    return Person(
        number=f"C{2000 + index - EMPLOYEES}" if contractor else f"{1001 + index}",
        first=given.written,
        last=family.written,
        email=make_address(given, family, taken),
        department="Sales" if in_cast else department,
        title="Agent" if in_cast else title,
        site=site,
        country=country,
        phone=phone_number(country, index),
        skills=tuple(sorted({pick(chance, SKILLS[:-1]), pick(chance, SKILLS[:-1])})),
        languages=_languages(chance, country),
        groups=groups_of("Sales" if in_cast else department, "Agent" if in_cast else title, evening=index % 9 == 4),
        status="left" if left else "active",
        starts=f"{2015 + index % 10}-{1 + index % 12:02d}-{1 + index % 28:02d}",
    )


def make_address(given: Name, family: Name, taken: set[str]) -> str:
    """A free address in ASCII; namesakes get a number, as everywhere."""
    stem = f"{given.latin}.{family.latin}"
    spellings = (stem, *(f"{stem}{number}" for number in range(2, 100)))
    address = next(f"{spelling}@{MAIL_DOMAIN}" for spelling in spellings if f"{spelling}@{MAIL_DOMAIN}" not in taken)
    taken.add(address)
    return address


def phone_number(country: str, index: int) -> str:
    """Numbers that the regulators set aside for drama (Leeds 0113 496 0xxx, Berlin 030 23125 xxx): nobody's telephone rings.

    There are a thousand of each, so people may share a desk telephone.
    """
    return f"+441134960{index % 1000:03d}" if country == "GB" else f"+493023125{index % 1000:03d}"


def groups_of(department: str, title: str, *, evening: bool) -> tuple[str, ...]:
    extra = (("Evening",) if evening else ()) + (("Team-Leads",) if "Supervisor" in title else ())
    return tuple(sorted((GROUP_OF[department], *extra)))


def _languages(chance: Random, country: str) -> tuple[str, ...]:
    home = "English" if country == "GB" else "German"
    return tuple(sorted({home, pick(chance, LANGUAGES)}))
