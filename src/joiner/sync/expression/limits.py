"""How large an expression and what it works on may become. Together they bound the cost by the size of the text."""

from __future__ import annotations

from typing import Final

EXPRESSION_CHARACTERS_MAX: Final = 10_000
"""The same as Entra's limit, so that any pasted expression fits."""

DEPTH_MAX: Final = 64
"""Levels of nesting in the text and in the tree; each costs a few Python frames."""

LIST_ELEMENTS_MAX: Final = 10_000

TEXT_CHARACTERS_MAX: Final = 65_536
"""64 KiB: no attribute of any target is longer; stops texts that double themselves."""

INTEGER_MAX: Final = 2**63 - 1
INTEGER_MIN: Final = -(2**63)

NUMBER_CHARACTERS_MAX: Final = 40
"""A number in text that is longer is not a number of this trade."""
