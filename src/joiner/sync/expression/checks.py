"""What can be told from the tree alone: columns and tables used, arity, conditions that are none, notes for the author."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from joiner.sync.expression.function_table import FUNCTIONS, Function
from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.names import nearest
from joiner.sync.expression.scope import Expression
from joiner.sync.expression.tree import (
    Call,
    Chain,
    Conditional,
    Index,
    ListOf,
    Literal,
    Lookup,
    Node,
    Projection,
    Property,
    Root,
    Unary,
    walk,
)

ALIAS_NOTE: Final = "String.contains: Okta itself would reject this; use String.stringContains"


@dataclass(frozen=True, slots=True)
class Facts:
    """What one expression depends on."""

    fields: frozenset[str]
    tables: frozenset[str]
    redacted: frozenset[str]
    notes: tuple[str, ...]
    redacts: bool
    uses_now: bool
    uses_person: bool


def check_columns(expression: Expression, columns: Collection[str]) -> tuple[str, ...]:
    """One sentence for every column that the expression reads and the source lacks, with the nearest column."""
    missing = sorted(expression.fields.difference(columns))
    return tuple(f'the source has no column "{name}"' + _near_hint(name, columns) for name in missing)


def check_tables(expression: Expression, tables: Collection[str]) -> tuple[str, ...]:
    """One sentence for every look-up table that the expression uses and the configuration lacks, with the nearest."""
    missing = sorted(expression.tables.difference(tables))
    return tuple(f'there is no look-up table "{name}"' + _near_hint(name, tables) for name in missing)


def _near_hint(name: str, names: Collection[str]) -> str:
    near = nearest(name, names)
    return f'; nearest: "{near}"' if near else ""


def columns_in(tree: Node) -> frozenset[str]:
    """Columns of the source that stand in this part of the tree."""
    return frozenset(_columns_in(tree))


def _columns_in(tree: Node) -> Iterator[str]:
    for node, _ in walk(tree):
        if isinstance(node, Property | Index) and isinstance(node.receiver, Root) and node.receiver.kind == "src":
            yield node.name if isinstance(node, Property) else column_name(node)


def column_name(node: Index) -> str:
    """The column in ``src["a b"]``; it must stand there, or nobody could tell which columns a rule reads."""
    if isinstance(node.key, Literal) and isinstance(node.key.value, str):
        return node.key.value
    raise ExpressionMistake('an attribute is named by a text in quotes: src["cost centre"]', node.position)


def collect_facts(tree: Node, dialect: str) -> Facts:
    """Everything that the tree depends on. Raises ExpressionMistake for wrong arity."""
    nodes = [node for node, _ in walk(tree)]
    calls = [node for node in nodes if isinstance(node, Call)]
    for call in calls:
        _check_arity(FUNCTIONS[call.name], call)
    hidden = [call for call in calls if call.name == "redact"]
    return Facts(
        fields=columns_in(tree),
        tables=frozenset(node.table for node in nodes if isinstance(node, Lookup)),
        redacted=frozenset().union(*map(columns_in, hidden)),
        notes=tuple(dict.fromkeys(note for call in calls for note in _notes(call, dialect))),
        redacts=bool(hidden),
        uses_now=any(FUNCTIONS[call.name].takes_now for call in calls),
        uses_person=any(isinstance(node, Root) and node.kind == "person" for node in nodes),
    )


def _check_arity(function: Function, call: Call) -> None:
    given = len(call.arguments)
    if given < function.low or (function.high is not None and given > function.high):
        raise ExpressionMistake(
            f"{call.written} is called as {function.signature}; {given} arguments are given", call.position, code="JN1103"
        )
    if function.pairs_after is not None and (given - function.pairs_after) % 2:
        raise ExpressionMistake(f"{call.written}: the last key has no value; {function.signature}", call.position, code="JN1103")


def _notes(call: Call, dialect: str) -> Iterator[str]:
    if dialect == "okta" and call.written == "String.contains":
        yield ALIAS_NOTE
    if call.name == "stringSwitch":
        seen: list[str] = []
        for key in call.arguments[2::2]:
            if not isinstance(key, Literal) or not isinstance(key.value, str):
                continue
            cover = next((earlier for earlier in seen if earlier in key.value), None)
            if cover is not None:
                yield f'stringSwitch: "{key.value}" is never reached, because "{cover}" occurs inside it and stands before it'
            seen.append(key.value)


def kind_of(node: Node) -> str:
    """What a node gives, as far as it is known: bool, text, number, list, date, verdict or any."""
    match node:
        case Literal(value=bool()):
            return "bool"
        case Literal(value=str()):
            return "text"
        case Literal(value=int() | float()):
            return "number"
        case Literal():
            return "null"
        case ListOf() | Projection():
            return "list"
        case Call(name=name):
            return FUNCTIONS[name].result
        case Chain(operator="+"):
            return "a sum"
        case Unary(operator="-"):
            return "number"
        case _:
            return "any"


def check_condition(node: Node, position: int) -> None:
    """Raise when it is certain that this can never be true or false."""
    kind = kind_of(node)
    if kind not in ("bool", "any"):
        raise ExpressionMistake(f"a condition is true or false, but this gives {kind}", position)
    if isinstance(node, Conditional):
        check_condition(node.yes, position)
        check_condition(node.no, position)
