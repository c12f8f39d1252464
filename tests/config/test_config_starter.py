"""A first joiner.toml from the header of a people file."""

from __future__ import annotations

import tomllib

from joiner.config.starter import Start, recognise, write_starter

COLUMNS = ("Employee No", "E-mail", "Given name", "Surname", "Status", "Job title", "Dept.", "Work phone", "Shoe size")


def start(columns: tuple[str, ...], **stated: str) -> Start:
    return Start("eu", "hosted", 'url       = "http://127.0.0.1:8470/eu"', "c-1", "people.csv", columns, recognise(columns, stated))


def rules(text: str) -> dict[str, str]:
    return {rule["to"]: rule["from"] for rule in tomllib.loads(text)["map"]}


def test_usual_columns_are_recognised_whatever_their_spelling() -> None:
    text = write_starter(start(COLUMNS))
    document = tomllib.loads(text)
    assert document["source"][0]["key"] == "Employee No"
    assert document["source"][0]["leaver"] == 'src.Status == "left"'
    assert document["org"][0]["mode"] == "plan-only"
    assert rules(text) == {
        "userName": 'lower(src["E-mail"])',
        "displayName": 'src["Given name"] + " " + src.Surname',
        "title": 'src["Job title"]',
        "department": 'src["Dept."]',
        "phoneNumbers[work]": 'e164(src["Work phone"], "GB")',
    }
    assert "# Columns that no rule reads yet: Shoe size" in text


def test_what_is_missing_is_said_and_not_invented() -> None:
    text = write_starter(start(("id", "mail", "first")))
    assert "leaver" not in tomllib.loads(text)["source"][0]
    assert "# leaver = " in text
    assert rules(text) == {"userName": "lower(src.mail)"}


def test_stated_columns_win_over_usual_names() -> None:
    assert recognise(("id", "mail", "badge"), {"key": "badge", "email": ""}) == {"key": "badge", "email": "mail"}


def test_whole_name_is_taken_as_it_is() -> None:
    text = write_starter(start(("id", "mail", "display name")))
    assert rules(text)["displayName"] == 'src["display name"]'
    assert "no rule reads" not in text
