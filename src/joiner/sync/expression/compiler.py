"""The tree into closures. A closure takes a Scope and gives a value; what goes wrong inside is a Stumble.

One Python call per node and no dispatch at evaluation: ``src.first + " " + src.last`` takes about half a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from joiner.sync.expression import choices
from joiner.sync.expression.checks import Facts, check_condition, collect_facts, column_name, columns_in
from joiner.sync.expression.function_table import FUNCTIONS, Function
from joiner.sync.expression.limits import LIST_ELEMENTS_MAX, TEXT_CHARACTERS_MAX
from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.names import nearest
from joiner.sync.expression.operators import Stumble, add, equal, equal_folded, negate, order, subtract, truth
from joiner.sync.expression.parser import parse
from joiner.sync.expression.paths import index, project, property_of, root_attribute
from joiner.sync.expression.scope import Evaluate, Expression, Fault, Scope
from joiner.sync.expression.tree import (
    Call,
    Chain,
    Compare,
    Conditional,
    Index,
    ListOf,
    Literal,
    Lookup,
    Node,
    Otherwise,
    Projection,
    Property,
    Root,
    Unary,
)

DIALECTS: Final = ("native", "okta")
_ORDERINGS: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda sign: sign < 0,
    ">": lambda sign: sign > 0,
    "<=": lambda sign: sign <= 0,
    ">=": lambda sign: sign >= 0,
}


def compile_expression(text: str, dialect: str = "native") -> Expression:
    """Compile ``text``. Raises ExpressionMistake with the place and, for a wrong name, the nearest right one."""
    if dialect not in DIALECTS:
        known = "native and okta are supported in this version"
        raise ExpressionMistake(f'the dialect "{dialect[:40]}" is not supported; {known}', 0, nearest(dialect, DIALECTS), "JN1108")
    if not text.strip():
        raise ExpressionMistake("the expression is empty")
    tree = parse(text, dialect)
    facts = collect_facts(tree, dialect)
    return Expression(
        text=text,
        dialect=dialect,
        evaluate=_guarded(_compile(tree, facts)),
        fields=facts.fields,
        tables=facts.tables,
        redacted=facts.redacted,
        notes=facts.notes,
        redacts=facts.redacts,
        uses_now=facts.uses_now,
        uses_person=facts.uses_person,
    )


def _guarded(run: Evaluate) -> Evaluate:
    """The outermost closure: whatever happens inside becomes a Fault, and what is too large does too."""

    def evaluate(scope: Scope) -> Any:
        try:
            result = run(scope)
            if type(result) is str:
                if len(result) > TEXT_CHARACTERS_MAX // 4:
                    _check_size((result,))
            elif isinstance(result, tuple | list):
                _check_size(result)
            return result
        except Stumble as stumble:
            return stumble.fault()
        except Exception as bug:  # noqa: BLE001 - a mistake of ours, or of the record handed in, must cost one person, never the run.
            return Fault(f"the expression failed inside ({type(bug).__name__}); please report this expression")

    return evaluate


def _check_size(texts: tuple[Any, ...] | list[Any]) -> None:
    if len(texts) > LIST_ELEMENTS_MAX:
        raise Stumble(f"the list has more than {LIST_ELEMENTS_MAX:,} elements")
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts if isinstance(text, str))
    if size > TEXT_CHARACTERS_MAX:
        raise Stumble(f"the result is larger than {TEXT_CHARACTERS_MAX // 1024} KiB")


def _compile(node: Node, facts: Facts) -> Evaluate:
    match node:
        case Literal(value=value):
            return lambda scope: value
        case Call():
            return _compile_call(node, facts)
        case Chain():
            return _compile_chain(node, facts)
        case Compare():
            return _compile_compare(node, facts)
        case Conditional(condition=condition, yes=yes, no=no, position=at):
            check_condition(condition, at)
            return choices.conditional(_compile(condition, facts), _compile(yes, facts), _compile(no, facts), at)
        case Otherwise(value=first, other=other):
            return choices.otherwise(_compile(first, facts), _compile(other, facts))
        case Unary():
            return _compile_unary(node, facts)
        case ListOf(elements=elements):
            return _compile_list(tuple(_compile(element, facts) for element in elements))
        case Lookup():
            return _compile_lookup(node, facts)
        case _:
            return _compile_path(node, facts)


def _compile_path(node: Root | Property | Index | Projection, facts: Facts) -> Evaluate:
    match node:
        case Root(kind="element"):
            return lambda scope: scope.element
        case Root(word=word, position=at):
            raise ExpressionMistake(f"{word} is a whole record; name one of its attributes: {word}.…", at)
        case Property(receiver=Root(kind=kind), name=name) if kind != "element":
            return root_attribute(kind, name)
        case Property(receiver=receiver, name=name, position=at):
            return property_of(_compile(receiver, facts), name, at)
        case Index(receiver=Root(kind=kind)) if kind != "element":
            return root_attribute(kind, column_name(node))
        case Index(receiver=receiver, key=key, position=at):
            return index(_compile(receiver, facts), _compile(key, facts), at)
        case _:
            return project(_compile(node.receiver, facts), _compile(node.body, facts), node.position)


def _compile_list(elements: tuple[Evaluate, ...]) -> Evaluate:
    return lambda scope: tuple([element(scope) for element in elements])


def _compile_lookup(node: Lookup, facts: Facts) -> Evaluate:
    default = None if node.default is None else _compile(node.default, facts)
    columns = columns_in(node.key)
    subject = next(iter(columns)) if len(columns) == 1 else ""
    return choices.lookup(node.table, _compile(node.key, facts), default, subject, facts.redacts, node.position)


def _compile_unary(node: Unary, facts: Facts) -> Evaluate:
    if node.operator == "!":
        check_condition(node.operand, node.position)
        return _call1(lambda value: not truth(value), _compile(node.operand, facts), "!", node.position)
    return _call1(negate, _compile(node.operand, facts), "-", node.position)


def _compile_chain(node: Chain, facts: Facts) -> Evaluate:
    parts = tuple(_compile(operand, facts) for operand in node.operands)
    if node.operator == "+":
        return _sum(parts, node.signs, node.position)
    for operand in node.operands:
        check_condition(operand, node.position)
    make = choices.conjunction if node.operator == "&&" else choices.alternatives
    return make(parts, node.position)


def _sum(parts: tuple[Evaluate, ...], signs: tuple[str, ...], position: int) -> Evaluate:
    first, *rest = parts
    steps = tuple(zip((add if sign == "+" else subtract for sign in signs), rest, strict=True))

    def run(scope: Scope) -> Any:
        try:
            total = first(scope)
            for step, part in steps:
                total = step(total, part(scope))
            return total
        except Stumble as stumble:
            raise stumble.at("+", position) from None

    return run


def _compile_compare(node: Compare, facts: Facts) -> Evaluate:
    left, at = _compile(node.left, facts), node.position
    if node.operator == "matches":
        if isinstance(node.right, Literal) and isinstance(node.right.value, str):
            return choices.matches_literal(left, node.right.value, at)
        return choices.matches(left, _compile(node.right, facts), at)
    if node.operator in ("==", "!=") and isinstance(node.right, Literal) and isinstance(node.right.value, str):
        wanted = node.right.value
        # Nothing but the same text equals a text: no need to look at kinds.
        return (lambda scope: left(scope) == wanted) if node.operator == "==" else (lambda scope: left(scope) != wanted)
    right = _compile(node.right, facts)
    if node.operator == "==":
        return lambda scope: equal(left(scope), right(scope))
    if node.operator == "!=":
        return lambda scope: not equal(left(scope), right(scope))
    if node.operator == "~=":
        return lambda scope: equal_folded(left(scope), right(scope))
    test = _ORDERINGS[node.operator]

    def ordered(one: Any, other: Any) -> bool:
        sign = order(one, other)
        return sign is not None and test(sign)

    return _call2(ordered, left, right, node.operator, at)


def _compile_call(node: Call, facts: Facts) -> Evaluate:
    function = FUNCTIONS[node.name]
    parts = tuple(_compile(argument, facts) for argument in node.arguments)
    if function.run is None:
        return _compile_choice(node, parts)
    return _call(function, function.run, parts, node)


def _compile_choice(node: Call, parts: tuple[Evaluate, ...]) -> Evaluate:
    match node.name:
        case "coalesce":
            return choices.coalesce(parts)
        case "firstPresent":
            return choices.first_present(parts)
        case "case":
            for condition in node.arguments[: len(parts) // 2 * 2 : 2]:
                check_condition(condition, node.position)
            return choices.case(parts, node.position)
        case name:
            return choices.verdict(name)


def _call(function: Function, run: Callable[..., Any], parts: tuple[Evaluate, ...], node: Call) -> Evaluate:
    name, at = node.written, node.position
    if function.takes_now:
        return _call_many(run, (_clock, *parts), name, at)
    if len(parts) == 1:
        return _call1(run, parts[0], name, at)
    if len(parts) == 2:
        second = node.arguments[1]
        if isinstance(second, Literal):
            return _call_with(run, parts[0], second.value, name, at)
        return _call2(run, parts[0], parts[1], name, at)
    return _call_many(run, parts, name, at)


def _clock(scope: Scope) -> Any:
    return scope.now


def _call1(run: Callable[..., Any], part: Evaluate, name: str, position: int) -> Evaluate:
    def call(scope: Scope) -> Any:
        try:
            return run(part(scope))
        except Stumble as stumble:
            raise stumble.at(name, position) from None

    return call


def _call2(run: Callable[..., Any], first: Evaluate, second: Evaluate, name: str, position: int) -> Evaluate:
    def call(scope: Scope) -> Any:
        try:
            return run(first(scope), second(scope))
        except Stumble as stumble:
            raise stumble.at(name, position) from None

    return call


def _call_with(run: Callable[..., Any], part: Evaluate, constant: Any, name: str, position: int) -> Evaluate:
    def call(scope: Scope) -> Any:
        try:
            return run(part(scope), constant)
        except Stumble as stumble:
            raise stumble.at(name, position) from None

    return call


def _call_many(run: Callable[..., Any], parts: tuple[Evaluate, ...], name: str, position: int) -> Evaluate:
    def call(scope: Scope) -> Any:
        try:
            return run(*[part(scope) for part in parts])
        except Stumble as stumble:
            raise stumble.at(name, position) from None

    return call
