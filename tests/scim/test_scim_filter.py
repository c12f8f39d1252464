"""The filter grammar: what is read, what is refused and in which words (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

import pytest

from joiner.scim.filter import (
    FILTER_DEPTH_MAX,
    FILTER_TERMS_MAX,
    And,
    Compare,
    Comparison,
    Filter,
    Not,
    Or,
    Present,
    ValuePath,
    format_filter,
    is_plain,
    parse_filter,
)
from joiner.scim.refusals import InvalidFilter

EQ = Comparison.EQ
URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('userName eq "mira"', Compare("userName", EQ, "mira")),
        ('USERNAME Eq "mira"', Compare("USERNAME", EQ, "mira")),
        ('  userName   sw "mi"  ', Compare("userName", Comparison.SW, "mi")),
        ("title pr", Present("title")),
        ("active eq true", Compare("active", EQ, True)),
        ("active eq False", Compare("active", EQ, False)),
        ("title eq null", Compare("title", EQ, None)),
        ("a.b gt 3", Compare("a.b", Comparison.GT, 3)),
        ("a.b le -2.5e3", Compare("a.b", Comparison.LE, -2500.0)),
        (r'title eq "a \"b\" \u00e9"', Compare("title", EQ, 'a "b" é')),
        ('title eq "not (a) ] and"', Compare("title", EQ, "not (a) ] and")),
        (f'{URN}:manager.value eq "x"', Compare(f"{URN}:manager.value", EQ, "x")),
        (f"{URN} pr", Present(f"{URN}")),
        ("a pr and b pr or c pr", Or((And((Present("a"), Present("b"))), Present("c")))),
        ("a pr or b pr and c pr", Or((Present("a"), And((Present("b"), Present("c")))))),
        ("a pr and (b pr or c pr)", And((Present("a"), Or((Present("b"), Present("c")))))),
        ("not (a pr)", Not(Present("a"))),
        ("not(a pr) and b pr", And((Not(Present("a")), Present("b")))),
        (
            'emails[type eq "work" and value co "@x"]',
            ValuePath("emails", And((Compare("type", EQ, "work"), Compare("value", Comparison.CO, "@x")))),
        ),
        ('emails[type eq "work"].value eq "x"', ValuePath("emails", And((Compare("type", EQ, "work"), Compare("value", EQ, "x"))))),
        (
            'emails[type eq "work" and primary eq true].value pr',
            ValuePath("emails", And((Compare("type", EQ, "work"), Compare("primary", EQ, True), Present("value")))),
        ),
        ('emails[not (type eq "work")]', ValuePath("emails", Not(Compare("type", EQ, "work")))),
        ('members[value eq "1"] or a pr', Or((ValuePath("members", Compare("value", EQ, "1")), Present("a")))),
    ],
)
def test_filter_is_read_as_the_grammar_says(text: str, tree: Filter) -> None:
    assert parse_filter(text) == tree
    assert parse_filter(format_filter(tree)) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("division eq Home", "Home"),
        ("employeeNumber eq 00123", "00123"),
        ("employeeNumber eq 1.50", "1.50"),
        ("employeeNumber eq 123", 123),
        ("userName eq mira@northlight.example", "mira@northlight.example"),
        ("(active eq true)", True),
        ('division eq "Home Office"', "Home Office"),
    ],
)
def test_connection_that_allows_it_reads_values_without_quotes(text: str, value: object) -> None:
    assert parse_filter(text, unquoted=True).value == value  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs an attribute where it has its end"),
        ("userName", "needs eq, ne, co"),
        ("userName eq", "needs a value after userName eq"),
        ("userName eq bjensen", 'needs quotes around its value: userName eq "bjensen"'),
        ("userName eq 'bjensen'", 'needs quotes around its value: userName eq "bjensen"'),
        ('userName xx "a"', "needs eq, ne, co"),
        ('userName eq "a', "cannot be read from character 12"),
        ('userName eq "a" b', "should end before b at character 17"),
        ('(userName eq "a"', "needs ) where it has its end"),
        ('emails[type eq "work"', "needs ] where it has its end"),
        ('emails[type eq "work"].value.x eq "a"', "one sub-attribute"),
        ('emails[a[b eq "c"]]', "brackets inside brackets"),
        ('1abc eq "a"', "no attribute path"),
        ('a.b.c eq "a"', "no attribute path"),
        ('a..b sw "a"', "no attribute path"),
        ('not userName eq "a"', "needs eq, ne, co"),
        (r'userName eq "\x"', "wrong escape"),
        (r'userName eq "\u0000"', "NUL"),
        (r'userName eq "\ud800"', "surrogate"),
        ("userName eq )", "needs a value"),
        ("a gt 1e999", "needs quotes"),
        ("and", "needs eq"),
        ("a pr and", "needs an attribute"),
        ('"a" eq "b"', "needs an attribute where"),
        ("x" * 4097, "at most 4096"),
        ("(" * (FILTER_DEPTH_MAX + 1) + "a pr" + ")" * (FILTER_DEPTH_MAX + 1), "nested more than 20 deep"),
        ("not (" * (FILTER_DEPTH_MAX + 1) + "a pr" + ")" * (FILTER_DEPTH_MAX + 1), "nested more than 20 deep"),
        ("(" * FILTER_DEPTH_MAX + "a[b pr]" + ")" * FILTER_DEPTH_MAX, "nested more than 20 deep"),
        (" and ".join(["a pr"] * (FILTER_TERMS_MAX + 1)), "more than 100 conditions"),
    ],
)
def test_wrong_filter_is_refused_in_words_that_help(text: str, words: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(text)
    assert words in refused.value.detail
    assert (refused.value.status, refused.value.scim_type) == (400, "invalidFilter")


@pytest.mark.parametrize(("text", "plain"), [("", True), ("Åsa's 100 %", True), ('a"b', False), ("a\\b", False), ("a\nb", False)])
def test_plain_text_is_what_needs_no_escapes(text: str, plain: bool) -> None:
    assert is_plain(text) is plain
    if plain:
        assert parse_filter(f'title eq "{text}"') == Compare("title", EQ, text)


def test_limits_themselves_are_still_read() -> None:
    parse_filter("(" * FILTER_DEPTH_MAX + "a pr" + ")" * FILTER_DEPTH_MAX)
    parse_filter(" or ".join(["a pr"] * FILTER_TERMS_MAX))
