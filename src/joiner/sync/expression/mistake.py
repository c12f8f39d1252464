"""What is wrong with an expression's text. Raised while compiling only; what goes wrong with a person's data is a Fault."""

from __future__ import annotations

from joiner.errors import Problem


class ExpressionMistake(Exception):
    """The text cannot be compiled.

    ``position`` is the 0-based character at which it went wrong, ``near`` the nearest valid name or "",
    ``code`` the row of :mod:`joiner.error_codes` (JN1101 unless a more precise one fits).
    """

    def __init__(self, message: str, position: int = 0, near: str = "", code: str = "JN1101") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.near = near
        self.code = code

    def problem(self, place: str, text: str) -> Problem:
        """The mistake as a teaching error. ``place`` says where the expression stands (``joiner.toml:31``)."""
        rows = [("expression", text[:200]), ("at", f"character {self.position + 1}")]
        if place:
            rows.insert(0, ("where", place))
        if self.near:
            rows.append(("near", self.near))
        fix = f'write {self.near}, or see "joiner explain {self.code}"' if self.near else ""
        return Problem(self.code, self.message, tuple(rows), fix)
