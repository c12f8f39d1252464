"""Compiling the expressions of joiner.toml, with the place and a pointer when they are wrong."""

from __future__ import annotations

from joiner.config.mistakes import Mistakes, pointer_rows
from joiner.config.places import Path
from joiner.sync.expression import Expression, ExpressionMistake, compile_expression


def compile_at(text: str | None, dialect: str, path: Path, mistakes: Mistakes, notes: list[str], about: str = "") -> Expression | None:
    """The compiled expression; None when there is none or it is wrong (which is then noted as a mistake).

    ``notes`` gains what is worth knowing although it works ("Okta itself would reject this").
    """
    if text is None:
        return None
    try:
        expression = compile_expression(text, dialect)
    except ExpressionMistake as mistake:
        rows = pointer_rows(text, mistake.position, "here")
        if mistake.near:
            rows = (*rows, ("near", f'"{mistake.near}"'))
        fix = f"write  {mistake.near}" if mistake.near else ""
        mistakes.add(mistake.code, mistake.message, path, rows=rows, about=about, fix=fix)
        return None
    line = mistakes.places.line_of(path)
    notes.extend(f"{mistakes.file_name}:{line}: {note}" for note in expression.notes)
    return expression
