"""Does a source still have the shape that the rules expect? A shifted column must never look like 10,000 movers.

Columns that the rules name must exist, and most people must still yield a usable user name. This is asked before
anything is planned, because the answer stops the whole run and not one person.
"""

from __future__ import annotations

from collections.abc import Iterable

from joiner.errors import Problem, SourceMistake
from joiner.scim.values import is_email
from joiner.sync.expression import CLEAR, SKIP, Fault, Scope
from joiner.sync.pipe import Pipe
from joiner.sync.record import SourceSnapshot
from joiner.sync.wanted import USER_NAME

SAMPLE_MAX = 200
"""So many people of each source are asked for their user name: enough to notice a shift, cheap at any size."""

UNUSABLE_SHARE_MAX = 0.5
UNUSABLE_MIN = 3


def check_shape(pipe: Pipe, snapshots: Iterable[SourceSnapshot], *, addresses: bool) -> None:
    """Raise SourceMistake when most of a sample has no usable user name. ``addresses``: the org takes only e-mail addresses."""
    naming = next((rule for rule in pipe.rules if rule.to == USER_NAME), None)
    if naming is None:
        return
    for snapshot in snapshots:
        step = max(1, len(snapshot.records) // SAMPLE_MAX)
        sample = snapshot.records[::step][:SAMPLE_MAX]
        scopes = (Scope(src=record.fields, tables=pipe.tables, org=pipe.facts) for record in sample)
        bad = [record for record, scope in zip(sample, scopes, strict=True) if not _usable(naming.expression.evaluate(scope), addresses)]
        if len(bad) >= UNUSABLE_MIN and len(bad) > len(sample) * UNUSABLE_SHARE_MAX:
            first = bad[0]
            fields = ", ".join(f'{column} = "{first.fields.get(column, "")}"' for column in sorted(naming.expression.fields))
            rows = (
                ("file", f"{snapshot.origin or snapshot.source} row {first.row}"),
                ("found", fields),
                ("expected", "an e-mail address" if addresses else "a user name"),
                ("rule", naming.place),
                ("effect", "nothing was planned and nothing was sent"),
            )
            share = f"{len(bad)} of {len(sample)} people looked at have no usable userName"
            raise SourceMistake(
                Problem("JN1210", f"the columns of {snapshot.source} look shifted: {share}", rows, "compare the header with the rows")
            )


def _usable(result: object, addresses: bool) -> bool:
    if result is None or result is CLEAR or result is SKIP or isinstance(result, Fault):
        return False
    return is_email(str(result)) if addresses else bool(str(result))
