"""What a change means for a person's life in an org, whichever door it came through, and what must follow.

::

                 active          inactive        deleted
    (nobody)     JOINED          JOINED          NONE
    active       MOVED or NONE   LEFT            DELETED
    inactive     RETURNED        MOVED or NONE   DELETED
    deleted      RETURNED        NONE            NONE

A restored account that stays inactive has not returned. MOVED: anything else about the person changed; NONE: nothing did.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct

from joiner.events import Consequence, Transition

Document: TypeAlias = dict[str, Any]


class Standing(StrEnum):
    """How somebody stands in the org."""

    NOBODY = "nobody"
    ACTIVE = "active"
    INACTIVE = "inactive"
    DELETED = "deleted"


class Passage(Struct, frozen=True):
    """A transition with everything that must follow it."""

    transition: Transition
    consequences: tuple[Consequence, ...]


_TRANSITIONS: dict[tuple[Standing, Standing], Transition] = {
    (Standing.NOBODY, Standing.ACTIVE): Transition.JOINED,
    (Standing.NOBODY, Standing.INACTIVE): Transition.JOINED,
    (Standing.ACTIVE, Standing.INACTIVE): Transition.LEFT,
    (Standing.ACTIVE, Standing.DELETED): Transition.DELETED,
    (Standing.INACTIVE, Standing.ACTIVE): Transition.RETURNED,
    (Standing.INACTIVE, Standing.DELETED): Transition.DELETED,
    (Standing.DELETED, Standing.ACTIVE): Transition.RETURNED,
}

_CONSEQUENCES: dict[Transition, tuple[Consequence, ...]] = {
    Transition.LEFT: (Consequence.END_SESSIONS, Consequence.REMEMBER_AND_REMOVE_ROLES),
    Transition.DELETED: (
        Consequence.END_SESSIONS,
        Consequence.REMEMBER_AND_REMOVE_ROLES,
        Consequence.LEAVE_GROUPS,
        Consequence.MOVE_TO_HOME_DIVISION,
    ),
}
"""Deactivation: genesys-cloud.md §5 (INA). Deletion: §5 (DEL). Groups are kept by an inactive person (§3)."""


@lru_cache
def classify(before: Standing, after: Standing, changed: bool = False) -> Passage:
    """The transition from ``before`` to ``after`` and its consequences. ``changed``: some attribute differs."""
    transition = _TRANSITIONS.get((before, after))
    if transition is None:
        stayed = before is after and before in (Standing.ACTIVE, Standing.INACTIVE)
        transition = Transition.MOVED if stayed and changed else Transition.NONE
    return Passage(transition, _CONSEQUENCES.get(transition, ()))
