"""The vectors of reference/mapping-functions.md §4 and the surprises of its §0, literally."""

from __future__ import annotations

from typing import Any

import pytest

from joiner.sync.expression import CLEAR, SKIP, Fault, Scope, compile_expression
from joiner.sync.lookup import parse_table
from joiner.sync.record import Reference

FAMOUS = 'String.contains(user.title, "Supervisor") ? "ID_OF_SUPERVISOR_ROLE" : "ID_OF_AGENT_ROLE"'


def evaluate(text: str, dialect: str = "native", **record: Any) -> Any:
    return compile_expression(text, dialect).evaluate(Scope(record))


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ('String.stringContains(user.title, "Supervisor") ? "S" : "A"', {"title": "Shift Supervisor"}, "S"),
        ('String.stringContains(user.title, "Supervisor") ? "S" : "A"', {"title": "Agent"}, "A"),
        ('String.stringContains(user.title, "Supervisor") ? "S" : "A"', {"title": None}, "A"),
        ('String.stringSwitch(user.title, "none", "Lead", "L", "Agent", "A")', {"title": "Agent Lead"}, "L"),
        ("String.substring(user.lastName, 0, 3)", {"lastName": "Ng"}, "Ng"),
        ('"CORP\\" + String.substringBefore(user.email, "@")', {"email": "a.b@x.io"}, "CORP\\a.b"),
        ("user.nick ?: user.firstName", {"nick": "", "firstName": "Ana"}, "Ana"),
        ('Arrays.toCsvString(Arrays.add({"a"}, "b"))', {}, "a,b"),
    ],
)
def test_okta_expression_of_the_reference_gives_its_documented_result(text: str, record: dict[str, Any], expected: str) -> None:
    assert compile_expression(text, "okta").evaluate(Scope(record)) == expected


@pytest.mark.parametrize("dialect", ["okta", "native"])
@pytest.mark.parametrize(
    ("title", "expected"),
    [("Shift Supervisor", "ID_OF_SUPERVISOR_ROLE"), ("Agent", "ID_OF_AGENT_ROLE"), (None, "ID_OF_AGENT_ROLE"), ("", "ID_OF_AGENT_ROLE")],
)
def test_the_famous_role_expression_works_in_both_dialects(dialect: str, title: str | None, expected: str) -> None:
    expression = compile_expression(FAMOUS, dialect)

    assert expression.evaluate(Scope({"title": title})) == expected
    assert expression.fields == {"title"}


def test_string_contains_pasted_as_okta_is_noted_because_okta_itself_would_reject_it() -> None:
    assert compile_expression(FAMOUS, "okta").notes == ("String.contains: Okta itself would reject this; use String.stringContains",)
    assert compile_expression('String.stringContains(user.title, "x") ? "1" : "2"', "okta").notes == ()
    assert compile_expression(FAMOUS, "native").notes == ()


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        # null in operators
        ('src.none + "x"', {}, "x"),
        ("src.none + src.none", {}, None),
        ('src.none == ""', {}, False),
        ('src.empty == ""', {"empty": ""}, True),
        ("isBlank(src.none)", {}, True),
        ('src.none < "a" || src.none >= "a"', {}, False),
        ("lower(src.none)", {}, None),
        ("len(src.none)", {}, 0),
        # equality and case
        ('src.x == "ana"', {"x": "Ana"}, False),
        ('src.x ~= "ana"', {"x": "Ana"}, True),
        ("1 ~= 1.0", {}, True),
        ("1 == 1.0", {}, True),
        ('1 == "1"', {}, False),
        ("true == 1", {}, False),
        ("true == true", {}, True),
        # rounding
        ('toInt("123.4")', {}, 123),
        ('toInt("123.6")', {}, 124),
        ("toInt(-1.6)", {}, -2),
        ("toInt(2.5)", {}, 3),
        # the three results
        ("clear()", {}, CLEAR),
        ("skip()", {}, SKIP),
        ('src.leaver == "yes" ? clear() : src.title', {"leaver": "yes", "title": "Agent"}, CLEAR),
        # paths
        ('src["cost centre"]', {"cost centre": "4711"}, "4711"),
        ("user.title + source.title + src.title", {"title": "x"}, "xxx"),
        ("src.address.city", {"address": {"city": "Bergen"}}, "Bergen"),
        ('src.address["city"]', {"address": {"city": "Bergen"}}, "Bergen"),
        ("src.groups[1]", {"groups": ["a", "b"]}, "b"),
        ("src.groups[9]", {"groups": ["a", "b"]}, None),
        ("src.none[0]", {}, None),
        ("src.none.city", {}, None),
        # method style is function style
        ('src.title.contains("Lead")', {"title": "Team Lead"}, True),
        ('contains(src.title, "Lead")', {"title": "Team Lead"}, True),
        ('src.title.startsWith("Team")', {"title": "Team Lead"}, True),
        ("src.title.lower().upper().trim()", {"title": " Ab "}, "AB"),
        ('split(src.skills, "|")', {"skills": "Billing| Sales ||"}, ("Billing", "Sales")),
        ('src.skills.split("|").join(", ")', {"skills": "Billing|Sales"}, "Billing, Sales"),
        ('join(" ", src.first, src.middle, src.last)', {"first": "Ana", "middle": "", "last": "Ruiz"}, "Ana Ruiz"),
        ('", ".join(["a", null, "b"])', {}, "a, b"),
        ('exists(["a", "b"], "c")', {}, False),
        ('src.title.contains("Lead") ? ["Agent", "Evaluator"] : ["Agent"]', {"title": "Lead"}, ("Agent", "Evaluator")),
        # choosing
        ('coalesce(src.none, "", "x")', {}, ""),
        ('firstPresent(src.none, " ", "x")', {}, "x"),
        ("coalesce(src.none)", {}, None),
        ('case(src.n > 2, "many", src.n > 0, "few", "none")', {"n": 1}, "few"),
        ('case(src.n > 2, "many")', {"n": 1}, None),
        ('inList(src.site, ["Bergen", "Leeds"])', {"site": "Leeds"}, True),
        # operators
        ("1 + 2 - 4", {}, -1),
        ('1 + 2 + "x"', {}, "3x"),
        ('"a" + 1.5 + true', {}, "a1.5true"),
        ('["a"] + ["b"]', {}, ("a", "b")),
        ("src.none - 1", {}, None),
        ("-src.n", {"n": 4}, -4),
        ("-src.none", {}, None),
        ("!(1 < 2) OR NOT false and 2 >= 2", {}, True),
        ('"abc" < "abd"', {}, True),
        ('"b" > "a" ? "yes" : "no"', {}, "yes"),
        ('"a" != "b"', {}, True),
        ("1 != 1", {}, False),
        ('src.x matches "[a-z]+[0-9]"', {"x": "abc1"}, True),
        ('src.x matches "[a-z]+"', {"x": "abc1"}, False),
        ('src.none matches "a"', {}, False),
        ("src.x matches src.pattern", {"x": "abc", "pattern": "a.c"}, True),
        ("src.x matches src.none", {"x": "abc"}, False),
        ("[1, 2].contains(2)", {}, True),
        ('["a", ["b"]] == ["a", ["b"]]', {}, True),
        ('["a"] == ["a", "b"]', {}, False),
        ("src.list.![#this.upper()]", {"list": ["a", "b"]}, ("A", "B")),
        ("src.list.![name]", {"list": [{"name": "a"}, {}]}, ("a", None)),
        ("src.none.![name]", {}, None),
    ],
)
def test_native_expression_gives(text: str, record: dict[str, Any], expected: Any) -> None:
    result = compile_expression(text).evaluate(Scope(record))

    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ("title", {"title": "Agent"}, "Agent"),
        ("user.profile.title", {"title": "Agent"}, "Agent"),
        ("user.profile", {"profile": "gold"}, "gold"),
        ("appuser.title + idpuser.title", {"title": "x"}, "xx"),
        ('user.getInternalProperty("status")', {"status": "ACTIVE"}, "ACTIVE"),
        ("'It''s'", {}, "It's"),
        ('"say ""hi"""', {}, 'say "hi"'),
        ('"C:\\new"', {}, "C:\\new"),
        ("toUpperCase(user.c)", {"c": "no"}, "NO"),
        ("user.c.toUpperCase().length()", {"c": "no"}, 2),
        ('{"a", "b"}.size()', {}, 2),
        ('Arrays.contains(user.csv, "b")', {"csv": "a,b"}, True),
        ("Arrays.size(user.none)", {}, 0),
        ("Arrays.isEmpty(user.none)", {}, True),
        ('Arrays.remove(user.csv, "a")', {"csv": "a,b"}, ("b",)),
        ('Arrays.flatten("a", {"b", {"c"}}, user.none)', {}, ("a", "b", "c")),
        ("Arrays.get(user.csv, 5)", {"csv": "a,b"}, None),
        ("Arrays.clear(user.csv)", {"csv": "a,b"}, ()),
        ('String.join(",", "a", user.none, "b")', {}, "a,,b"),
        ('String.replaceFirst("a-b-c", "-", "+")', {}, "a+b-c"),
        ('String.removeSpaces(" a b ")', {}, "ab"),
        ('user.title == "Agent" AND user.site != "Leeds"', {"title": "Agent", "site": "Bergen"}, True),
        ("user?.title", {"title": "Agent"}, "Agent"),
        ("Convert.toInt(user.n) + Convert.toNum(user.n)", {"n": "1.5"}, 3.5),
        ("user.list.![name]", {"list": [{"name": "a"}]}, ("a",)),
        ("user.blank ?: user.list ?: 'x'", {"blank": None, "list": []}, "x"),
    ],
)
def test_okta_expression_gives(text: str, record: dict[str, Any], expected: Any) -> None:
    assert compile_expression(text, "okta").evaluate(Scope(record)) == expected


def test_backslash_is_ordinary_in_okta_and_escapes_in_native() -> None:
    assert compile_expression('"\\"', "okta").evaluate(Scope({})) == "\\"
    assert evaluate("\"\\\"\\\\\\n\\t\\u00e9\" + '\\''") == "\"\\\n\té'"


def test_look_up_in_both_forms_finds_exactly_else_without_case_and_takes_a_default() -> None:
    tables = {
        "divisions": parse_table("divisions", "department;division\nSupport;Care\nSALES;Sales\n", "divisions.csv"),
        "site-phones": parse_table("site-phones", "site,phone,country\nBergen,+4755550100,NO\n", "phones.csv"),
    }
    scope = Scope({"d": "Support", "e": " sales ", "site": "bergen", "blank": "", "n": 7}, tables)

    def found(text: str) -> Any:
        return compile_expression(text).evaluate(scope)

    assert found('lookup("divisions", src.d)') == found("lookup.divisions[src.d]") == "Care"
    assert found("lookup.divisions[src.e]") == "Sales"
    assert found('lookup["site-phones"][src.site].phone') == "+4755550100"
    assert found('lookup("site-phones", src.site).country') == "NO"
    assert found('lookup("divisions", "Nowhere", "Home")') == "Home"
    assert found('lookup("divisions", src.blank)') is None
    assert found('lookup("divisions", src.none)') is None
    assert found('lookup("divisions", src.none, "Home")') == "Home"
    missing = found('lookup("divisions", src.n)')
    assert isinstance(missing, Fault)
    assert missing.code == "JN1105"
    assert compile_expression('lookup("divisions", src.d)').tables == {"divisions"}


def test_current_person_org_and_now_are_read_from_the_scope() -> None:
    scope = Scope({}, current={"title": "Lead"}, person={"userName": "ana"}, org={"name": "eu"})

    assert compile_expression('current.title + person.userName + org.name + current["title"]').evaluate(scope) == "LeadanaeuLead"
    assert compile_expression("now()").evaluate(scope) == scope.now
    assert compile_expression("now()").uses_now
    assert compile_expression("person.userName").uses_person
    assert not compile_expression("src.x").uses_now


def test_references_of_the_org_read_as_their_names() -> None:
    scope = Scope({}, current={"division": Reference("division", "Home", "d-1"), "roles": (Reference("role", "Agent"), "Lead")})

    assert compile_expression('current.division + " " + join(",", current.roles)').evaluate(scope) == "Home Agent,Lead"
    assert compile_expression('current.roles.exists("Agent")').evaluate(scope) is True


def test_expression_lists_the_columns_it_reads_in_every_branch() -> None:
    expression = compile_expression('src.a == "1" ? user.b : lookup("t", src["c d"], source.e).f ?: redact(src.secret)')

    assert expression.fields == {"a", "b", "c d", "e", "secret"}
    assert expression.redacted == {"secret"}
    assert expression.redacts
    assert expression.deterministic


def test_key_that_is_covered_by_an_earlier_one_is_noted_as_unreachable() -> None:
    notes = compile_expression('stringSwitch(src.t, "x", "Agent", "A", src.k, "B", "Senior Agent", "S")').notes

    assert notes == ('stringSwitch: "Senior Agent" is never reached, because "Agent" occurs inside it and stands before it',)
