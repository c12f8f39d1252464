"""What cannot be compiled, and how the message helps."""

from __future__ import annotations

import pytest

from joiner.error_codes import ERROR_CODES
from joiner.sync.expression import (
    DEPTH_MAX,
    EXPRESSION_CHARACTERS_MAX,
    ExpressionMistake,
    Scope,
    check_columns,
    check_tables,
    compile_expression,
)


def mistake(text: str, dialect: str = "native") -> ExpressionMistake:
    with pytest.raises(ExpressionMistake) as caught:
        compile_expression(text, dialect)
    assert caught.value.code in ERROR_CODES
    assert 0 <= caught.value.position <= len(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "dialect", "words", "position", "near"),
    [
        ("", "native", "empty", 0, ""),
        ("lowr(src.x)", "native", 'no function "lowr"', 0, "lower"),
        ("src.x.lowr()", "native", 'no function "lowr"', 6, "lower"),
        ('String.stringcontains(a, "b")', "okta", "no function", 0, "String.stringContains"),
        ("lower(user.x)", "okta", "native and Okta does not know it; Okta writes String.toLowerCase", 0, "String.toLowerCase"),
        ("trim(user.x)", "okta", "native and Okta does not know it: set", 0, ""),
        ("division('Home')", "native", "no function", 0, ""),
        ("title", "native", "written src.title", 0, "src.title"),
        ("srv.title", "native", "not a name here", 0, "src"),
        ("lower()", "native", "lower is called as lower(text); 0 arguments are given", 0, ""),
        ("src.x.lower(1)", "native", "2 arguments are given", 6, ""),
        ('lookup("t")', "native", "lookup takes a table, a key", 0, ""),
        ("lookup(src.t, src.k)", "native", "text in quotes", 0, ""),
        ("lookup + 1", "native", "a table, as in lookup.divisions", 7, ""),
        ("lookup.divisions", "native", "the expression ends", 16, ""),
        ("lookup[1][2]", "native", "a table, as in", 7, ""),
        ('String.stringSwitch(t, "d", "k", "v", "k2")', "okta", "the last key has no value", 0, ""),
        ('src.a = "b"', "native", "== compares", 6, "=="),
        ("src.a & src.b", "native", "& is not an operator", 6, "&&"),
        ("src.a | src.b", "native", "| is not an operator", 6, "||"),
        ("src.a * 2", "native", "means nothing here", 6, ""),
        ("“Agent”", "native", "typographic quote", 0, '"'),
        ('"open', "native", "no closing", 0, ""),
        ('"CORP\\" + src.x', "native", 'set dialect = "okta"', 0, ""),
        ('"CORP\\', "okta", "no closing", 0, ""),
        ('"a\\q"', "native", "after a backslash", 2, ""),
        ('"a\\ud800"', "native", "after a backslash", 2, ""),
        ('"a\\u12"', "native", "after a backslash", 2, ""),
        ("99999999999999999999", "native", "64 bits", 0, ""),
        ("9999999999999999999", "native", "64 bits", 0, ""),
        ("src.a src.b", "native", '"src" stands where the end was expected', 6, ""),
        ("(src.a", "native", "the expression ends where )", 6, ""),
        ("src.", "native", "where a name was expected", 4, ""),
        ('src.a ? "b"', "native", "where : was expected", 11, ""),
        ("src", "native", "whole record", 0, ""),
        ("src[src.a]", "native", "named by a text in quotes", 3, ""),
        ("src[0]", "native", "named by a text in quotes", 3, ""),
        ("String", "okta", "where . was expected", 6, ""),
        ("String.", "okta", "a function's name", 7, ""),
        ("String.len", "okta", 'where "(" after String.len', 10, ""),
        ("[1]", "okta", "where a value was expected", 0, ""),
        ('a ~= "b"', "okta", "~= is native", 2, "=="),
        ("#this", "native", "only inside", 0, ""),
        ("src.l.![src.m.![x]]", "native", "inside a projection", 13, ""),
        ('"a" ? 1 : 2', "native", "this gives text", 4, ""),
        ('1 + 2 ? "a" : "b"', "native", "a sum", 6, ""),
        ('-1 ? "a" : "b"', "native", "number", 3, ""),
        ('-src.a ? "a" : "b"', "native", "number", 7, ""),
        ('["a"] && true', "native", "list", 6, ""),
        ("!null", "native", "null", 0, ""),
        ("!lower(src.x)", "native", "text", 0, ""),
        ('(src.a ? "x" : true) ? 1 : 2', "native", "text", 21, ""),
        ('(src.a ? true : "x") ? 1 : 2', "native", "text", 21, ""),
        ('case("x", 1)', "native", "text", 0, ""),
        ('src.a matches "(?=x)"', "native", "no look-around", 6, ""),
        ('src.a matches "' + "a" * 1001 + '"', "native", "longer than", 6, ""),
        ('user.getInternalProperty("name")', "okta", '"id" or "status"', 5, "id"),
        ("Iso3166Convert.toAlpha2(user.c)", "okta", "look-up table of countries", 0, ""),
        ("user.c.parseCountryCode()", "okta", "look-up table of countries", 7, ""),
        ('isMemberOfGroupName("x")', "okta", "needs other records", 0, ""),
        ('user.getGroups({"group.type": {"OKTA_GROUP"}}).![name]', "okta", "needs other records", 5, ""),
        ('Groups.contains("app", "x", 10)', "okta", "needs other records", 0, ""),
        ('getManagerUser("active_directory").email', "okta", "needs other records", 0, ""),
        ("manager.email", "native", "needs other records", 0, ""),
        ("app.domain", "okta", "setting of Okta's own application", 0, ""),
        ("src.x", "entra", "native and okta are supported", 0, ""),
        ("src.x", "otka", "native and okta are supported", 0, "okta"),
    ],
)
def test_mistake_names_the_place_and_the_nearest_right_name(text: str, dialect: str, words: str, position: int, near: str) -> None:
    found = mistake(text, dialect)

    assert words in found.message
    assert (found.position, found.near) == (position, near)


def test_expression_that_is_too_long_is_refused_before_it_is_read() -> None:
    assert "10,001 characters" in mistake('"' + "a" * (EXPRESSION_CHARACTERS_MAX - 1) + '"').message


@pytest.mark.parametrize(
    "text",
    [
        "(" * (DEPTH_MAX + 1) + "1" + ")" * (DEPTH_MAX + 1),
        "!" * (DEPTH_MAX + 1) + "true",
        "src.x" + ".lower()" * (DEPTH_MAX + 1),
        "-" * 9_000 + "1",
        "(" * 9_999,
        "src.x" + "[0]" * 3_000,
    ],
)
def test_deep_nesting_is_refused_and_never_overflows(text: str) -> None:
    assert str(DEPTH_MAX) in mistake(text).message


def test_long_sums_and_alternatives_do_not_nest() -> None:
    assert compile_expression(" + ".join(["1"] * 500)).evaluate(Scope({})) == 500
    assert compile_expression(" || ".join(f'src.x == "{n}"' for n in range(500))).evaluate(Scope({"x": "499"})) is True


def test_deepest_allowed_expression_still_evaluates() -> None:
    assert compile_expression("src.x" + ".lower()" * (DEPTH_MAX - 2)).evaluate(Scope({"x": "A"})) == "a"
    assert compile_expression("(" * (DEPTH_MAX - 1) + "1" + ")" * (DEPTH_MAX - 1)).evaluate(Scope({})) == 1


def test_columns_and_tables_that_do_not_exist_are_named_with_the_nearest() -> None:
    expression = compile_expression('lookup("division", src.departmnt) + src.zzz')

    assert check_columns(expression, {"department", "title"}) == (
        'the source has no column "departmnt"; nearest: "department"',
        'the source has no column "zzz"',
    )
    assert check_tables(expression, {"divisions"}) == ('there is no look-up table "division"; nearest: "divisions"',)
    assert check_columns(expression, {"departmnt", "zzz"}) == ()


def test_mistake_becomes_a_teaching_error() -> None:
    problem = mistake("lowr(src.x)").problem("joiner.toml:31", "lowr(src.x)")

    assert problem.code == "JN1102"
    assert problem.rows == (("where", "joiner.toml:31"), ("expression", "lowr(src.x)"), ("at", "character 1"), ("near", "lower"))
    assert problem.fix.startswith("write lower")
    bare = mistake("").problem("", "")
    assert (bare.rows, bare.fix) == ((("expression", ""), ("at", "character 1")), "")
