"""Rules applied to one person: values, clears, no opinion, problems, and the reason for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from joiner.error_codes import ERROR_CODES
from joiner.sync.expression import Scope, compile_expression
from joiner.sync.lookup import parse_table
from joiner.sync.mapping import OnNull, Rule, explain_value, map_person

DIVISIONS = parse_table("divisions", "department;division\nSupport;Care\nSales;Sales\n", "lookups/divisions.csv")
SITES = parse_table("sites", "site;phone;country\nBergen;+4755550100;NO\n", "lookups/sites.csv")


def rule(to: str, text: str, **settings: Any) -> Rule:
    return Rule(to, compile_expression(text), place="joiner.toml:31", **settings)


def scope(**record: Any) -> Scope:
    return Scope(record, {"divisions": DIVISIONS, "sites": SITES}, source="hr", row=118)


def wanted(one: Rule, **record: Any) -> Any:
    """(value, clear), None for no opinion, or the problem's code."""
    mapped = map_person([one], scope(**record))
    if mapped.problems:
        return mapped.problems[0].code
    return next(((value.value, value.clear) for value in mapped.values.values()), None)


@pytest.mark.parametrize(
    ("result", "on_null", "expected"),
    [
        ("Agent", OnNull.SKIP, ("Agent", False)),
        (" Agent", OnNull.SKIP, (" Agent", False)),
        (True, OnNull.SKIP, (True, False)),
        (3, OnNull.SKIP, (3, False)),
        (1.5, OnNull.SKIP, (1.5, False)),
        (datetime(2026, 12, 1, tzinfo=UTC), OnNull.SKIP, ("2026-12-01T00:00:00.000Z", False)),
        (["b", " a ", "b", "", None, 7], OnNull.SKIP, (("b", "a", "7"), False)),
        ([], OnNull.CLEAR, ((), False)),
        (None, OnNull.SKIP, None),
        ("", OnNull.SKIP, None),
        ("  ", OnNull.SKIP, None),
        (None, OnNull.CLEAR, (None, True)),
        ("", OnNull.CLEAR, (None, True)),
        (None, OnNull.DEFAULT, ("Home", False)),
        ("", OnNull.DEFAULT, ("Home", False)),
        (None, OnNull.ERROR, "JN1109"),
        ([{"a": 1}], OnNull.SKIP, "JN1104"),
        ({"a": 1}, OnNull.SKIP, "JN1104"),
    ],
)
def test_result_becomes_what_attributes_hold(result: Any, on_null: OnNull, expected: Any) -> None:
    assert wanted(rule("title", "src.x", on_null=on_null, default="Home"), x=result) == expected


def test_clear_and_skip_are_not_values_and_ignore_on_null() -> None:
    assert wanted(rule("title", "clear()", on_null=OnNull.ERROR)) == (None, True)
    assert wanted(rule("title", "skip()", on_null=OnNull.ERROR)) is None


def test_on_null_error_names_the_columns_to_fill() -> None:
    fixes = [map_person([rule("title", text, on_null=OnNull.ERROR)], scope()).problems[0].fix for text in ("src.b + src.a", "null")]

    assert fixes == ["fill in a, b in the source", "correct the expression"]


def test_reason_names_columns_row_and_the_line_of_the_look_up() -> None:
    rules = [
        rule("division", 'lookup("divisions", src.department)'),
        rule("displayName", 'src.first + " " + src.last'),
        rule("phone", "lookup.sites[src.site].phone"),
        rule("userType", '"person"'),
        rule("skills", "src.skills"),
        rule("level", "src.level"),
        rule("group", 'lookup("divisions", src.team, "none")'),
    ]

    mapped = map_person(rules, scope(department="support", first="Ana", last="Ruiz", site="Bergen", skills=["a", "b"], level=3, team="X"))

    assert {name: value.why for name, value in mapped.values.items()} == {
        "division": 'department "support" (hr row 118) · divisions.csv:2',
        "displayName": 'first "Ana", last "Ruiz" (hr row 118)',
        "phone": 'site "Bergen" (hr row 118) · sites.csv:2',
        "userType": "rule joiner.toml:31",
        "skills": "skills a, b (hr row 118)",
        "level": "level 3 (hr row 118)",
        "group": 'team "X" (hr row 118) · divisions.csv has no such key',
    }
    assert mapped.problems == ()


def test_reason_copes_without_row_place_and_with_long_values() -> None:
    constant = replace(rule("x", '"a"'), place="")
    long = rule("x", "src.x")

    assert map_person([constant], Scope({})).values["x"].why == "constant"
    assert map_person([long], Scope({"x": "a" * 99}, source="hr")).values["x"].why == f'x "{"a" * 59}…" (hr)'
    assert map_person([long], Scope({"x": "a"})).values["x"].why == 'x "a"'


def test_reason_shows_only_the_branch_that_was_taken() -> None:
    one = rule("title", 'src.a == "1" ? src.b : src.c')

    assert map_person([one], scope(a="1", b="B", c="C")).values["title"].why == 'a "1", b "B" (hr row 118)'


def test_redacted_values_and_keys_stay_out_of_reason_and_trace() -> None:
    one = rule("x", 'lookup("divisions", redact(src.secret)) + src.open')

    mapped = map_person([one], scope(secret="Support", open="!")).values["x"]
    seen = explain_value(one, mapped.scope)

    assert mapped.value == "Care!"
    assert mapped.why == 'secret •••, open "!" (hr row 118) · divisions.csv:2'
    assert "Support" not in repr(seen)
    assert "Care" not in repr(seen)
    assert seen.lookups == (("lookups/divisions.csv", "•••", 2, "•••"),)


def test_trace_tells_fields_look_ups_nulls_and_result() -> None:
    seen = explain_value(
        rule("x", 'lookup("sites", src.site).phone + src.none + src.empty + lookup("sites", src.site).country'),
        scope(site="bergen", empty=""),
    )

    assert seen.fields == (("site", "bergen"), ("none", "null"), ("empty", ""))
    assert seen.lookups == (("lookups/sites.csv", "bergen", 2, "phone +4755550100, country NO"),)
    assert seen.nulls == ("none", "empty")
    assert seen.result == "+4755550100NO"
    assert explain_value(rule("x", "clear()"), scope()).result == "clear()"
    assert explain_value(rule("x", "skip()"), scope()).result == "skip()"
    assert explain_value(rule("x", 'lookup("none", src.x)'), scope()).result == 'error: there is no look-up table "none"'
    assert explain_value(rule("x", "src.x"), scope(x=object())).fields == (("x", "something unknown"),)


def test_missing_key_touches_one_attribute_and_teaches() -> None:
    rules = [rule("division", 'lookup("divisions", src.department)'), rule("title", "src.title")]

    mapped = map_person(rules, scope(department="Suport", title="Agent"))
    problem = mapped.problems[0].problem("Lars Nygård · lars.nygard@northlight.example", "this person waits; 1,203 others go ahead")

    assert list(mapped.values) == ["title"]
    assert problem.code == "JN1105"
    assert problem.title == 'divisions.csv has no line for "Suport"'
    assert problem.rows == (
        ("rule", "division (joiner.toml:31)"),
        ("person", "Lars Nygård · lars.nygard@northlight.example"),
        ("table", "lookups/divisions.csv"),
        ("value", 'department = "Suport"'),
        ("effect", "this person waits; 1,203 others go ahead"),
        ("near", '"Support" (line 2)'),
    )
    assert problem.fix == "add  Suport;…  to divisions.csv, or correct department in the source"


def test_fault_names_the_function_and_the_place_in_the_expression() -> None:
    problem = map_person([replace(rule("level", "1 + toInt(src.level)"), place="")], scope(level="high")).problems[0]

    assert problem.message == "toInt: a number is needed, text that is none is given"
    assert problem.problem().rows == (("rule", "level"), ("expression", "1 + toInt(src.level) (character 5)"))
    assert problem.code in ERROR_CODES


def test_later_rules_see_what_earlier_ones_gave() -> None:
    rules = [
        rule("userName", "lower(src.email)"),
        rule("nothing", "skip()"),
        rule("nickName", 'substringBefore(person.userName, "@")'),
        rule("title", "person.nickName + (person.nothing ?: '!')"),
    ]

    mapped = map_person(rules, scope(email="Ana@x.example"))

    assert mapped.values["title"].value == "ana!"


def test_two_rules_for_one_attribute_let_the_last_opinion_win() -> None:
    mapped = map_person([rule("title", "'first'"), rule("title", "'second'"), rule("title", "skip()")], scope())

    assert mapped.values["title"].value == "second"
