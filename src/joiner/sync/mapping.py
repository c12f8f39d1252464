"""Mapping: the rules of a pipe applied to one person's record. Gives values with their reasons; decides no writes.

==================  =============================================================================
a rule's result     means
==================  =============================================================================
a value             the attribute should have it
a list              the attribute should have exactly these (an empty list: none of ours)
null, blank text    what the rule's ``on_null`` says; a blank CSV cell is blank text
``clear()``         an explicit removal
``skip()``          no opinion: the attribute takes no part in the merge
a Fault             this person's attribute is left alone and a MappingProblem tells why
==================  =============================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from joiner.errors import Problem
from joiner.sync.expression.operators import Stumble, describe, iso_text, to_text
from joiner.sync.expression.scope import CLEAR, SKIP, Expression, Fault, Scope
from joiner.sync.expression.tracing import Hit, Trace, trace
from joiner.sync.ownership import Owner
from joiner.sync.record import Value

HIDDEN: Final = "•••"
"""Stands for a value that ``redact(…)`` keeps out of reasons."""

SHOWN_CHARACTERS_MAX: Final = 60
"""Longer values are cut in reasons: a reason is one line of a plan."""


class OnNull(StrEnum):
    """What a null or blank result means."""

    SKIP = "skip"
    CLEAR = "clear"
    DEFAULT = "default"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[map]]`` of joiner.toml. ``place`` says where it stands (``joiner.toml:31``); ``default`` goes with DEFAULT."""

    to: str
    expression: Expression
    owner: Owner = Owner.SOURCE
    on_null: OnNull = OnNull.SKIP
    default: str | None = None
    place: str = ""


class MappedValue(NamedTuple):
    """What a rule wants for its attribute. With ``clear`` the attribute is to be emptied and ``value`` is None."""

    value: Value
    clear: bool
    rule: Rule
    scope: Scope

    @property
    def why(self) -> str:
        """The reason for a plan line, worked out only when asked for: ``department "Support" (hr row 118) · divisions.csv:9``."""
        return format_why(self.rule, self.scope)


class MappingProblem(NamedTuple):
    """A rule that gives no value for this person. ``rows`` are where and what, ``near`` the nearest right values."""

    attribute: str
    message: str
    place: str
    rows: tuple[tuple[str, str], ...] = ()
    near: tuple[str, ...] = ()
    code: str = "JN1104"
    fix: str = ""

    def problem(self, person: str = "", effect: str = "") -> Problem:
        """As a teaching error, rows in reading order."""
        rows = [("rule", f"{self.attribute} ({self.place})" if self.place else self.attribute)]
        rows += [("person", person)] if person else []
        rows += self.rows
        rows += [("effect", effect)] if effect else []
        rows += [("near", ", ".join(self.near))] if self.near else []
        return Problem(self.code, self.message, tuple(rows), self.fix)


class Mapped(NamedTuple):
    """Attributes that are not in ``values`` have no opinion."""

    values: Mapping[str, MappedValue]
    problems: tuple[MappingProblem, ...] = ()


class ValueTrace(NamedTuple):
    """How one value came about, for ``joiner explain``; what ``redact(…)`` covers is hidden already.

    ``fields``: source attributes read, in order. ``lookups``: table's file, key, line (0: no such key), value.
    ``nulls``: the attributes that were null or blank. ``result``: what the expression gave, as text.
    """

    fields: tuple[tuple[str, str], ...]
    lookups: tuple[tuple[str, str, int, str], ...]
    nulls: tuple[str, ...]
    result: str


def map_person(rules: Sequence[Rule], scope: Scope) -> Mapped:
    """Apply every rule to one record. ``person.x`` in a rule sees what the rules above it gave."""
    values: dict[str, MappedValue] = {}
    problems: list[MappingProblem] = []
    so_far: dict[str, Value] | None = None
    for rule in rules:
        if rule.expression.uses_person and so_far is None:
            so_far = {name: mapped.value for name, mapped in values.items()}
            scope = replace(scope, person=so_far)
        result = rule.expression.evaluate(scope)
        if type(result) is not str or not result or result.isspace():
            settled = _settle(rule, result)
            if settled is None:
                continue
            if isinstance(settled, MappingProblem):
                problems.append(settled)
                continue
            result = None if settled is CLEAR else settled
        values[rule.to] = MappedValue(result, result is None, rule, scope)
        if so_far is not None:
            so_far[rule.to] = result
    return Mapped(values, tuple(problems))


def _settle(rule: Rule, result: Any) -> Any:
    """A value as attributes hold it, CLEAR, None for no opinion, or the problem."""
    if isinstance(result, Fault):
        return _problem(rule, result)
    if result is SKIP:
        return None
    if result is None or isinstance(result, str):
        return _settle_empty(rule)
    if result is CLEAR or isinstance(result, bool | int | float):
        return result
    if isinstance(result, datetime):
        return iso_text(result)
    if isinstance(result, tuple | list):
        try:
            # Order carries no meaning and nobody has a role twice: the first of equals stays.
            return tuple(dict.fromkeys(text for element in result if (text := to_text(element).strip())))
        except Stumble as stumble:
            return _problem(rule, stumble.fault())
    fix = "name one of the columns, as in lookup(…).phone"
    return _problem(rule, Fault(f"the expression gives {describe(result)} where a value is needed", fix=fix))


def _settle_empty(rule: Rule) -> Any:
    match rule.on_null:
        case OnNull.SKIP:
            return None
        case OnNull.CLEAR:
            return CLEAR
        case OnNull.DEFAULT:
            return rule.default
        case _:
            columns = ", ".join(sorted(rule.expression.fields))
            fix = f"fill in {columns} in the source" if columns else "correct the expression"
            return _problem(rule, Fault("there is no value and on_null is error", code="JN1109", fix=fix))


def _problem(rule: Rule, fault: Fault) -> MappingProblem:
    where = f"{fault.function}: " if fault.function and fault.code == "JN1104" else ""
    rows = fault.rows
    if fault.code == "JN1104":
        rows = (*rows, ("expression", f"{rule.expression.text[:120]} (character {fault.position + 1})"))
    return MappingProblem(rule.to, where + fault.message, rule.place, rows, fault.near, fault.code, fault.fix)


def explain_value(rule: Rule, scope: Scope) -> ValueTrace:
    """Evaluate the rule once more on the same record and tell what it read."""
    seen = trace(rule.expression, scope)
    hidden = rule.expression.redacted
    return ValueTrace(
        fields=tuple((name, HIDDEN if name in hidden else _shown(value)) for name, value in seen.read),
        lookups=tuple(_shown_hit(hit, rule.expression.redacts) for hit in seen.hits),
        nulls=tuple(name for name, value in seen.read if value is None or value == ""),
        result=HIDDEN if rule.expression.redacts else _shown_result(seen),
    )


def _shown_hit(hit: Hit, hide: bool) -> tuple[str, str, int, str]:
    place, key, line, value = hit
    return (place, HIDDEN, line, HIDDEN) if hide else (place, key, line, _shown(value))


def _shown_result(seen: Trace) -> str:
    if isinstance(seen.result, Fault):
        return f"error: {seen.result.message}"
    return f"{seen.result.value}()" if seen.result in (CLEAR, SKIP) else _shown(seen.result)


def _shown(value: Any) -> str:
    """A value in one line; records by their attributes."""
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    elif isinstance(value, tuple | list):
        text = ", ".join(map(_shown, value))
    else:
        text = _shown_scalar(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[: SHOWN_CHARACTERS_MAX - 1] + "…"


def _shown_scalar(value: Any) -> str:
    try:
        return "null" if value is None else to_text(value)
    except Stumble:
        return describe(value)


def format_why(rule: Rule, scope: Scope) -> str:
    """One line: the source's attributes and their values, the row, and the line of each look-up."""
    seen = explain_value(rule, scope)
    read = ", ".join(f"{name} {_quoted(text, scope.src.get(name))}" for name, text in seen.fields)
    row = f"({scope.source} row {scope.row})" if scope.row else f"({scope.source})" if scope.source else ""
    parts = [" ".join(part for part in (read, row) if part)] if read else [f"rule {rule.place}" if rule.place else "constant"]
    parts += [
        f"{place.rsplit('/', 1)[-1]}:{line}" if line else f"{place.rsplit('/', 1)[-1]} has no such key"
        for place, _, line, _ in seen.lookups
    ]
    return " · ".join(parts)


def _quoted(text: str, value: Any) -> str:
    return f'"{text}"' if isinstance(value, str) and text != HIDDEN else text
