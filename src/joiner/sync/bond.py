"""The bond: what both sides last agreed about one person.

::

    Unmet ──pair──> Linked(base) ──leave──> Parted(memory) ──return──> Linked(base)

Unmet is the absence of a bond. ``base`` holds an attribute only once both sides agreed on it: an attribute without base
is still at first contact. (Tagged structs, because plans and intents store either kind in one place.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from joiner.sync.record import Value

Echo: TypeAlias = tuple[Value, Value]
"""What we want and what the org shows for it, where it stores a form of its own (sync/echo.py)."""


class Linked(msgspec.Struct, frozen=True, tag="linked", gc=False):
    """``settled`` is the fingerprint of (source row, account, rules) at which nothing was left to do, or empty.

    ``sequence`` is the version of our last acknowledged write (0: none): a listing that shows less is stale.
    ``touched_at`` is when it was acknowledged. ``echoes`` are values that the org keeps in a form of its own.
    """

    target_id: str
    base: Mapping[str, Value] = msgspec.field(default_factory=dict)
    settled: str = ""
    sequence: int = 0
    touched_at: datetime | None = None
    echoes: Mapping[str, Echo] = msgspec.field(default_factory=dict)


class Parted(msgspec.Struct, frozen=True, tag="parted", gc=False):
    """The person left. ``memory`` is what the account held when it was deactivated, for the day of return.

    ``base`` is what both sides had agreed on: it tells, on that day, what our rules had brought and a person had changed.
    """

    target_id: str
    memory: Mapping[str, Value] = msgspec.field(default_factory=dict)
    parted_at: datetime | None = None
    reason: str = ""
    sequence: int = 0
    touched_at: datetime | None = None
    base: Mapping[str, Value] = msgspec.field(default_factory=dict)


Bond: TypeAlias = Linked | Parted
