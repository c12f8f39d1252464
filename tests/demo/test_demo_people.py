"""The made-up people: the same everywhere, in many scripts, and with the fates that the demo tells."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import phonenumbers
import pytest

from joiner.demo.files import write_config, write_people
from joiner.demo.people import CONTRACTORS, DIVISION_OF, EMPLOYEES, HAND_MADE_SKILL, HOLDS_NO_ROW, make_population
from joiner.demo.second_day import MISSPELT, make_second_day

POPULATION = make_population()
TODAY = make_second_day(POPULATION)
EVERYBODY = (*POPULATION.employees, *POPULATION.contractors)


def test_northlight_has_exactly_1204_accounts() -> None:
    assert EMPLOYEES + CONTRACTORS + len(HOLDS_NO_ROW) == 1_204
    assert len({person.email for person in EVERYBODY}) == len(EVERYBODY) == 1_200


def test_the_people_are_the_same_in_every_run() -> None:
    assert make_population() == POPULATION
    assert make_second_day(make_population()) == TODAY
    assert [person.email.partition("@")[0] for person in EVERYBODY[6:9]] == ["maja.gudmundsdottir", "anais.toth", "sieglinde.weiss"]


@pytest.mark.parametrize(
    "script", ["CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "CJK", "HANGUL", "THAI", "ETHIOPIC", "GEORGIAN", "TAMIL"]
)
def test_names_come_in_many_scripts(script: str) -> None:
    assert any(unicodedata.name(person.first[0]).startswith(script) for person in EVERYBODY)


def test_every_address_is_plain_lower_case_ascii() -> None:
    for person in EVERYBODY:
        assert person.email.isascii()
        assert person.email == person.email.lower()


def test_every_telephone_is_a_valid_number_in_either_spelling() -> None:
    for person in (*EVERYBODY, *TODAY.employees, *TODAY.contractors):
        assert phonenumbers.is_valid_number(phonenumbers.parse(person.phone, person.country))


def test_nobody_meets_two_fates() -> None:
    expected = TODAY.expected
    fates = [*expected.joiners, *expected.movers, *expected.leavers, *expected.vanished, expected.misspelt, expected.rewritten]
    assert len(set(fates)) == len(fates) == 12 + 15 + 6 + 14 + 2


def test_the_misspelt_department_is_in_no_line_of_the_look_up() -> None:
    wrong = [person for person in TODAY.employees if person.department not in DIVISION_OF]
    assert [(person.email, person.department) for person in wrong] == [(TODAY.expected.misspelt, MISSPELT)]


def test_two_colleagues_of_one_name_were_given_one_address() -> None:
    shared = [person.number for person in TODAY.employees if person.email == "lena.weiss@northlight.example"]
    assert shared == ["1005", TODAY.expected.doubled]


def test_no_row_names_the_skill_that_is_given_by_hand() -> None:
    assert all(HAND_MADE_SKILL not in person.skills for person in (*EVERYBODY, *TODAY.employees))


def test_hr_proves_itself_whole_and_contractors_do_not(tmp_path: Path) -> None:
    write_people(tmp_path, POPULATION.employees, POPULATION.contractors)
    hr = (tmp_path / "hr.csv").read_bytes()
    contractors = (tmp_path / "contractors.csv").read_bytes()
    assert hr.endswith(b"\n#rows=1011\n")
    assert contractors.startswith(b"\xef\xbb\xbfemployee_no;first;last;")
    assert b"#rows" not in contractors
    rows = list(csv.DictReader(io.StringIO(contractors.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(rows) == 189
    assert rows[0]["employee_no"] == "C2000"


def test_the_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    write_config(tmp_path, url="http://127.0.0.1:8470/northlight", client_id="demo", secret="s3cret")
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert "s3cret" not in (tmp_path / "joiner.toml").read_text("utf-8")
