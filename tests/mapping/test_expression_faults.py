"""What goes wrong with one person's record becomes a Fault with a place, and nothing is ever raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from joiner.sync.expression import (
    CLEAR,
    LIST_ELEMENTS_MAX,
    TEXT_CHARACTERS_MAX,
    Fault,
    Scope,
    compile_expression,
)
from joiner.sync.lookup import parse_table

LONG = "x" * 60_000
EDGE = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "record", "words", "function"),
    [
        ('src.t ? "a" : "b"', {"t": "yes"}, "text is given", "?:"),
        ("src.t AND true", {"t": 1}, "a number is given", "AND"),
        ("false OR src.t", {}, "null is given", "OR"),
        ("!src.t", {"t": []}, "a list is given", "!"),
        ('case(src.t, "a")', {"t": EDGE}, "a date is given", "case"),
        ("src.t < 3", {"t": "4"}, "have no order", "<"),
        ("src.t - 1", {"t": "4"}, "only numbers are subtracted", "+"),
        ("-src.t", {"t": "4"}, "only a number has a negative", "-"),
        ('clear() + "x"', {}, "clear() is given", "+"),
        ("lower(src.t)", {"t": {"a": 1}}, "a record is given", "lower"),
        ("lower(src.t)", {"t": object()}, "something unknown is given", "lower"),
        ("src.t.name", {"t": "text"}, 'text has no attribute "name"', ".name"),
        ("src.t[0]", {"t": "text"}, "text has no elements", "[…]"),
        ('src.t["x"]', {"t": ["a"]}, "whole number", "[…]"),
        ("src.t.![name]", {"t": "text"}, "a projection needs a list", ".![…]"),
        ("src.t.![name]", {"t": ["a"] * (LIST_ELEMENTS_MAX + 1)}, "more than 10,000", ".![…]"),
        ("src.t.![#this + src.l]", {"t": ["a"] * 3, "l": LONG}, "beyond", ".![…]"),
        ("substring(src.t, src.u)", {"t": "a", "u": "x"}, "start is a whole number", "substring"),
        ("substring(src.t, 1.5)", {"t": "a"}, "start is a whole number", "substring"),
        ("toInt(src.t)", {"t": "4a"}, "a number is needed", "toInt"),
        ("toInt(src.t)", {"t": "9" * 41}, "a number is needed", "toInt"),
        ("toInt(src.t)", {"t": "1e30"}, "64 bits", "toInt"),
        ("toInt(src.t)", {"t": "9223372036854775808"}, "64 bits", "toInt"),
        ("toNum(src.t)", {"t": "1e999"}, "too large", "toNum"),
        ("toNum(src.t)", {"t": True}, "a number is needed", "toNum"),
        ("src.t + src.t", {"t": 2**62}, "64 bits", "+"),
        ("src.t + src.t", {"t": 1e308}, "not finite", "+"),
        ("src.t + 1.5", {"t": 10**400}, "64 bits", "+"),
        ('src.t + "x"', {"t": 10**400}, "64 bits", "+"),
        ("src.t + src.t", {"t": LONG}, "beyond", "+"),
        ("src.t + src.t", {"t": ["a"] * 6_000}, "beyond", "+"),
        ("append(src.t, src.t)", {"t": LONG}, "beyond", "append"),
        ('replace(src.t, "x", "yy")', {"t": LONG}, "beyond", "replace"),
        ("String.join(src.t, src.t, src.t)", {"t": LONG}, "beyond", "String.join"),
        ("join(src.t, src.t)", {"t": ["a"]}, "separator first", "join"),
        ("join(src.t)", {"t": ["a"]}, "separator first", "join"),
        ('split(src.t, "x")', {"t": "ax" * 10_001}, "beyond", "split"),
        ("Arrays.flatten(src.t, src.t)", {"t": ["a"] * 6_000}, "beyond", "Arrays.flatten"),
        ("e164(src.t)", {"t": "555"}, 'e164(src.phone, "NO")', "e164"),
        ('e164(src.t, "NO")', {"t": "abc"}, "not a phone number", "e164"),
        ("e164(src.t, src.c)", {"t": "22225555", "c": "Norway"}, "two-letter country code", "e164"),
        ("src.t matches src.p", {"t": "a", "p": "("}, "RE2 syntax", "matches"),
        ("src.t matches src.p", {"t": ["a"], "p": "a"}, "a list is given", "matches"),
        ('src.t matches "a"', {"t": "\ud800"}, "not valid Unicode", "matches"),
        ("src.t matches src.p", {"t": "a", "p": "\ud800"}, "RE2 syntax", "matches"),
        ('lookup("t", src.t)', {"t": "a"}, 'no look-up table "t"', "lookup"),
        ('lookup("u", src.t)', {"t": ["a"]}, "a list is given", "lookup"),
        ("src.t", {"t": "é" * 40_000}, "larger than 64 KiB", ""),
        ("src.t", {"t": ["é" * 20_000] * 2}, "larger than 64 KiB", ""),
        ("src.t", {"t": ["a"] * (LIST_ELEMENTS_MAX + 1)}, "more than 10,000", ""),
        # dates
        ("date(src.t)", {"t": "24.12.2026"}, "not an ISO 8601 date", "date"),
        ("daysUntil(src.t)", {"t": 5}, "a date is needed", "daysUntil"),
        ('date(src.t, "dd.MM.yyyy")', {"t": "24/12/2026"}, "does not look like", "date"),
        ('date(src.t, "dd.MM.yyyy")', {"t": "24.12.26"}, "does not look like", "date"),
        ('date(src.t, "dd.MM.yyyy")', {"t": "24.12.2026x"}, "does not look like", "date"),
        ('date(src.t, "dd.MM.yyyy")', {"t": "31.02.2026"}, "no such date", "date"),
        ('date(src.t, "d MMM yyyy")', {"t": "4 Foo 2026"}, "does not look like", "date"),
        ('date(src.t, "yyyyZ")', {"t": "2026x"}, "does not look like", "date"),
        ('date(src.t, "yyyyQ")', {"t": "2026"}, 'letter "Q"', "date"),
        ('date(src.t, "yyyy\'x")', {"t": "2026"}, "not closed", "date"),
        ('date(src.t, "")', {"t": "2026"}, "1 to 100 characters", "date"),
        ("addDays(src.t, 999999999)", {"t": EDGE}, "years 1 to 9999", "addDays"),
        ("addDays(src.t, 9999999999999)", {"t": EDGE}, "years 1 to 9999", "addDays"),
        ('toZone(src.t, "+05:00")', {"t": EDGE}, "years 1 to 9999", "toZone"),
        ('toZone(src.t, "Mars/Base")', {"t": EDGE}, "time zone is not known", "toZone"),
        ('toZone(src.t, "Europe")', {"t": EDGE}, "time zone is not known", "toZone"),
        ('daysUntil("0001-01-01T00:00:00+05:00")', {}, "years 1 to 9999", "daysUntil"),
        ("parseUnixTime(src.t)", {"t": float("nan")}, "years 1 to 9999", "parseUnixTime"),
    ],
)
def test_record_that_does_not_fit_gives_a_fault_with_its_place(text: str, record: dict[str, Any], words: str, function: str) -> None:
    tables = {"u": parse_table("u", "k;v\n", "u.csv")}

    fault = compile_expression(text).evaluate(Scope(record, tables))

    assert isinstance(fault, Fault)
    assert words in fault.message
    assert fault.function == function


def test_innermost_call_is_named_with_its_place() -> None:
    fault = compile_expression("lower(upper(toInt(src.x)))").evaluate(Scope({"x": "a"}))

    assert (fault.function, fault.position) == ("toInt", 12)


def test_missing_key_names_table_value_nearest_line_and_the_line_to_add() -> None:
    table = parse_table("divisions", "department;division;phone\nSupport;Care;1\nSales;Sales;2\n", "lookups/divisions.csv")

    fault = compile_expression('lookup("divisions", src.department)').evaluate(Scope({"department": "Suport"}, {"divisions": table}))

    assert fault == Fault(
        message='divisions.csv has no line for "Suport"',
        function="lookup",
        position=0,
        code="JN1105",
        rows=(("table", "lookups/divisions.csv"), ("value", 'department = "Suport"')),
        near=('"Support" (line 2)',),
        fix="add  Suport;…;…  to divisions.csv, or correct department in the source",
    )


def test_missing_key_under_redact_stays_hidden() -> None:
    table = parse_table("salaries", "person;grade\n12345;A\n", "salaries.csv")

    fault = compile_expression('lookup("salaries", redact(src.number))').evaluate(Scope({"number": "12346"}, {"salaries": table}))

    assert "12346" not in repr(fault)
    assert "12345" not in repr(fault)
    assert "•••" in fault.message


def test_message_never_holds_the_value_itself() -> None:
    secret = "1850-secret"

    for text in ("toInt(src.x)", "date(src.x)", "src.x < 3", "e164(src.x)", "src.x ? 1 : 2", "src.x.y", "-src.x"):
        assert secret not in repr(compile_expression(text).evaluate(Scope({"x": secret})))


class Hostile(Mapping[str, Any]):
    """A record that fails when it is read."""

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_record_that_fails_itself_costs_one_person_and_not_the_run() -> None:
    fault = compile_expression("src.x").evaluate(Scope(Hostile()))

    assert isinstance(fault, Fault)
    assert "RuntimeError" in fault.message


def test_results_at_the_limit_pass() -> None:
    assert compile_expression("src.t").evaluate(Scope({"t": "x" * TEXT_CHARACTERS_MAX})) == "x" * TEXT_CHARACTERS_MAX
    assert compile_expression('coalesce(clear(), "x")').evaluate(Scope({})) is CLEAR
