"""Mapping expressions: one typed tree, one evaluator compiled to closures, two ways of writing (``native``, ``okta``).

Text in, :class:`Expression` out; evaluating reads a :class:`Scope` and nothing else. Facts: reference/mapping-functions.md.
"""

from __future__ import annotations

from joiner.sync.expression.checks import check_columns, check_tables
from joiner.sync.expression.compiler import DIALECTS, compile_expression
from joiner.sync.expression.limits import DEPTH_MAX, EXPRESSION_CHARACTERS_MAX, LIST_ELEMENTS_MAX, TEXT_CHARACTERS_MAX
from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.scope import CLEAR, SKIP, Expression, Fault, Result, Scope

__all__ = [
    "CLEAR",
    "DEPTH_MAX",
    "DIALECTS",
    "EXPRESSION_CHARACTERS_MAX",
    "LIST_ELEMENTS_MAX",
    "SKIP",
    "TEXT_CHARACTERS_MAX",
    "Expression",
    "ExpressionMistake",
    "Fault",
    "Result",
    "Scope",
    "check_columns",
    "check_tables",
    "compile_expression",
]
