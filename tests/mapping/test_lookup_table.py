"""Look-up tables as people write them in a spreadsheet."""

from __future__ import annotations

import pytest

from joiner.errors import ConfigMistake
from joiner.sync.lookup import TABLE_CHARACTERS_MAX, Entry, parse_table


def test_table_of_two_columns_gives_text_with_the_line_that_says_so() -> None:
    table = parse_table("divisions", "department;division\nSupport;Support\n\nSupport Night; Support \n", "lookups/divisions.csv")

    assert table.find("Support") == Entry("Support", 2)
    assert table.find("Support Night") == Entry("Support", 4)
    assert table.find("Sales") is None
    assert table.columns == ("department", "division")


def test_table_of_more_columns_gives_a_record_by_column_name() -> None:
    table = parse_table("sites", 'site,phone,address\nBergen,+4755550100,"Kai 1,\nBergen"\nLeeds,+441135550100,Dock 2\n', "sites.csv")

    assert table.find("Bergen") == Entry({"phone": "+4755550100", "address": "Kai 1,\nBergen"}, 2)
    assert table.find("Leeds") == Entry({"phone": "+441135550100", "address": "Dock 2"}, 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_mark_line_ends_and_signs_inside_cells_do_not_matter(end: str) -> None:
    table = parse_table("t", f"\ufeffkey;value{end}a;x\u2028y{end}b;z", "t.csv")

    assert table.find("a") == Entry("x\u2028y", 2)
    assert table.find("b") == Entry("z", 3)


def test_key_is_found_exactly_then_without_case_and_form_but_never_between_twins() -> None:
    table = parse_table("t", "key;value\nSales;1\nSALES;2\nØst;3\nCafé;4\n", "t.csv")

    assert table.find("Sales") == Entry("1", 2)
    assert table.find("SALES") == Entry("2", 3)
    assert table.find("sales") is None
    assert table.find(" øST ") == Entry("3", 4)
    assert table.find("cafe\u0301") == Entry("4", 5)


def test_nearest_keys_come_with_their_lines_and_the_missing_line_is_offered() -> None:
    table = parse_table("t", "key;a;b\nSupport;1;2\nSales;3;4\n", "t.csv")

    assert table.nearest("Suport") == (("Support", 2),)
    assert table.nearest("zzz") == ()
    assert table.sample_line("A;B") == '"A;B";…;…'


def test_every_wrong_line_is_listed_at_once() -> None:
    with pytest.raises(ConfigMistake) as caught:
        parse_table("divisions", "department;division;\nSupport;Support;x\n;Home;y\nSales\nSupport;Care;z\n", "divisions.csv")

    assert [(problem.code, problem.rows[0][1], problem.title.partition(": ")[2]) for problem in caught.value.problems] == [
        ("JN1106", "divisions.csv:1", "column 3 has no name"),
        ("JN1106", "divisions.csv:3", "the key is empty"),
        ("JN1106", "divisions.csv:4", "1 cells where the header names 3"),
        ("JN1106", "divisions.csv:5", 'the key "Support" stands on line 2 already'),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "first line must name"),
        ("\n\n", "first line must name"),
        ("key\na\n", "first line must name"),
        ("key;value;value\na;b;c\n", 'two columns are called "value"'),
        ('key;value\n"a;b\n', "cannot be read as CSV"),
        ("k;v\n" + "x" * TABLE_CHARACTERS_MAX, "longer than"),
    ],
)
def test_file_that_is_no_table_says_what_it_should_be(text: str, words: str) -> None:
    with pytest.raises(ConfigMistake, match=words):
        parse_table("t", text, "t.csv")
