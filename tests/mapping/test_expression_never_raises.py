"""Random programs on random records: only ExpressionMistake while compiling, nothing at all while evaluating."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joiner.sync.expression import ExpressionMistake, Fault, Scope, compile_expression
from joiner.sync.expression.function_table import FUNCTIONS
from joiner.sync.expression.tracing import trace
from joiner.sync.lookup import parse_table
from joiner.sync.mapping import OnNull, Rule, explain_value, map_person

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TABLES = {"t": parse_table("t", "k;v\na;1\nb;2\n", "t.csv"), "u": parse_table("u", "k;v;w\na;1;2\n", "u.csv")}

SCRAPS = st.sampled_from(
    [
        "src",
        "user",
        ".",
        "x",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".![",
        "?:",
        "?",
        ":",
        "==",
        "<",
        "+",
        "-",
        "!",
        "&&",
        "OR",
        "matches",
        '"a"',
        "'b'",
        '"',
        "\\",
        "1",
        "1.5",
        ",",
        "null",
        "true",
        "#this",
        "lookup",
        "String",
        "lower",
        "=",
        "é",
        "\n",
        "\x00",
        "“",
        *list(FUNCTIONS),
    ]
)
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["a", "Agent Lead", "2026-12-24", "yyyy-MM-dd", "a|b", "-1", "1e5", "Europe/Oslo", "(", "\ud800"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["x", "name"]), inner, max_size=2),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES)


def literal(text: str) -> str:
    return '"' + "".join(f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else "?" for sign in text if not "\ud800" <= sign <= "\udfff") + '"'


def calls(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    @st.composite
    def call(draw: Any) -> str:
        row = draw(st.sampled_from(sorted(FUNCTIONS)))
        function = FUNCTIONS[row]
        count = draw(st.integers(function.low, min(function.high if function.high is not None else 6, 6)))
        if function.pairs_after is not None:
            count += (count - function.pairs_after) % 2
        arguments = [draw(parts) for _ in range(count)]
        if row == "lookup":
            arguments[0] = draw(st.sampled_from(['"t"', '"u"', '"none"']))
        return f"{row}({', '.join(arguments)})"

    return call()


PROGRAMS = st.recursive(
    st.sampled_from(["src.x", "src.y", "src.z", "null", "true", "false", "1", "2.5", "now()", "lookup.t[src.x]", "lookup.u[src.y].v"])
    | TEXTS.map(literal),
    lambda parts: st.one_of(
        calls(parts),
        st.tuples(parts, st.sampled_from(["+", "-", "==", "!=", "~=", "<", ">=", "&&", "||", "?:", "matches"]), parts).map(
            lambda t: f"({' '.join(t)})"
        ),
        st.tuples(parts, parts, parts).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
        parts.map(lambda part: f"!({part})"),
        parts.map(lambda part: f"-({part})"),
        st.tuples(parts, parts).map(lambda t: f"({t[0]})[{t[1]}]"),
        parts.map(lambda part: f"({part}).name"),
        parts.map(lambda part: f"({part}).![#this + x]"),
        st.lists(parts, max_size=3).map(lambda found: f"[{', '.join(found)}]"),
    ),
    max_leaves=12,
)


@QUICK
@given(
    st.lists(SCRAPS, max_size=14).map("".join) | st.lists(SCRAPS, max_size=14).map(" ".join) | st.text(max_size=30),
    st.sampled_from(["native", "okta"]),
)
def test_any_text_compiles_or_is_a_mistake_with_a_place(text: str, dialect: str) -> None:
    try:
        compile_expression(text, dialect)
    except ExpressionMistake as found:
        mistake = found
    else:
        return
    assert mistake.message
    assert 0 <= mistake.position <= len(text)


@settings(QUICK, max_examples=300)
@given(PROGRAMS, RECORDS)
def test_any_program_on_any_record_gives_a_value_or_a_fault_and_the_same_when_watched(text: str, record: dict[str, Any]) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionMistake:
        return
    scope = Scope(record, TABLES, datetime(2026, 12, 1, tzinfo=UTC), source="hr", row=2)

    result = expression.evaluate(scope)

    if isinstance(result, Fault):
        assert "failed inside" not in result.message, (text, record, result)
        assert 0 <= result.position <= len(text)
    watched = trace(expression, scope)
    assert repr(watched.result) == repr(result)
    assert {name for name, _ in watched.read} <= expression.fields
    rule = Rule("title", expression, on_null=OnNull.ERROR)
    mapped = map_person([rule], scope)
    assert all(value.why for value in mapped.values.values())
    explain_value(rule, scope)
