"""A client whose connection has ownership marks changes a user: what others decide over, or changed meanwhile, is kept.

The answer is a success that shows the truth, so that the client does not loop; the trail says what was kept. Only the extended
profile does this: a strict org is overwritten, as Genesys is (DESIGN §4, last rule).
"""

from __future__ import annotations

from msgspec.structs import replace

from joiner.dialects.marked_merge import Merged, first_base, merge_marked, without_owned
from joiner.dialects.marks import Mark, marks_of
from joiner.genesys.contract import settle_user
from joiner.journeys.user_draft import Draft
from joiner.journeys.writing import Writing
from joiner.scim.schema import Document
from joiner.store.org_port import Kept, State
from joiner.store.pushed_port import PushedBase

_NO_BASE = PushedBase({}, {})


def keep_owned(writing: Writing, kept: Kept, before: Document, after: Document, draft: Draft) -> Document:
    """The settled document ``after`` less what the connection's marks keep as in ``before``. Remembers what the client wrote."""
    marks = _marks(writing)
    if not marks:
        return after
    org, client = writing.org, writing.caller.client.id
    known = writing.rows.pushed_base(org, client, kept.n) or _NO_BASE
    base = known.base
    if kept.state is not State.ACTIVE:  # roles went because the person left: nobody took them away from this client
        base = {path: each for path, each in base.items() if path != "roles"}
    merged = merge_marked(marks, base, known.conflicts, before, after, draft.named)
    _tell(writing, merged, known)
    if _shares(marks) and (merged.base, merged.conflicts) != (known.base, known.conflicts):
        writing.rows.put_pushed_base(org, client, kept.n, PushedBase(merged.base, merged.conflicts), writing.now)
    return after if merged.document == after else _settled_again(writing, merged.document, before)


def pass_over_owned(writing: Writing, draft: Draft) -> Draft:
    """A new user: what the org alone decides over is passed over."""
    document, paths = without_owned(_marks(writing), draft.document)
    for path in paths:
        writing.caller.trail.mark(f"passed over {path}")
    return replace(draft, document=document)


def note_first_base(writing: Writing, n: int, draft: Draft, stored: Document) -> None:
    """Remember what the client wrote of a new user."""
    marks = _marks(writing)
    if _shares(marks):
        base = PushedBase(first_base(marks, draft.document, stored), {})
        writing.rows.put_pushed_base(writing.org, writing.caller.client.id, n, base, writing.now)


def _marks(writing: Writing) -> tuple[Mark, ...]:
    if not writing.profile.pushes_guarded:
        return ()
    return marks_of(writing.caller.client.connection.ownership, writing.kind.resource_type)


def _shares(marks: tuple[Mark, ...]) -> bool:
    return any(mark.owner == "shared" for mark in marks)


def _settled_again(writing: Writing, document: Document, current: Document) -> Document:
    """Parts of two settled documents make one that must be checked as a whole: lists grow, schemas come and go."""
    return settle_user(document, current, writing.rows.names(writing.org), writing.profile, writing.kind.resource_type)


def _tell(writing: Writing, merged: Merged, known: PushedBase) -> None:
    for path in merged.kept:
        word = "conflict" if path in merged.conflicts else "kept"
        writing.caller.trail.mark(f"{word} {path}")
    for path in known.conflicts.keys() - merged.conflicts.keys():
        writing.caller.trail.mark(f"agreed {path}")
