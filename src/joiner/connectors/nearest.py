"""The name that a mistyped one was probably meant to be, as a row of a teaching message."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

LIKENESS_MIN = 0.6


def nearest(text: str, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """``(("near", '"employee_no"'),)``, or nothing where no name comes near. Case does not count."""
    folded = {name.casefold(): name for name in names if name}
    found = difflib.get_close_matches(text.casefold(), folded, n=1, cutoff=LIKENESS_MIN)
    return (("near", f'"{folded[found[0]]}"'),) if found else ()
