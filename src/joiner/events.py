"""The three values in which every door ends: Transition, Event, Consequence; and the Actor who caused them.

What a person's change means does not depend on the door it came through (SCIM, cycle, console, CLI).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Door(StrEnum):
    SCIM = "scim"
    CYCLE = "cycle"
    CLI = "cli"
    PLATFORM = "platform"


class Actor(msgspec.Struct, frozen=True):
    """Who did it: ``kind`` is ``client`` (an OAuth client), ``operator`` (a person at the command line) or ``pipe``."""

    kind: str
    name: str
    door: Door


class Transition(StrEnum):
    """What a change means for a person's life in the org."""

    JOINED = "joined"
    MOVED = "moved"
    LEFT = "left"
    RETURNED = "returned"
    DELETED = "deleted"
    NONE = "none"


class Consequence(StrEnum):
    """What must follow a transition, whichever door caused it."""

    END_SESSIONS = "end_sessions"
    REMEMBER_AND_REMOVE_ROLES = "remember_and_remove_roles"
    LEAVE_GROUPS = "leave_groups"
    MOVE_TO_HOME_DIVISION = "move_to_home_division"


class Event(msgspec.Struct, frozen=True):
    """One thing that happened, in the past tense: ``user.created``, ``group.members_changed``, ``person.deactivated``.

    ``before`` and ``after`` hold only what changed, keyed by attribute path, so that the inverse can be computed.
    """

    name: str
    actor: Actor
    at: datetime
    target_type: str
    target_id: str
    target_name: str
    before: dict[str, Any] = msgspec.field(default_factory=dict)
    after: dict[str, Any] = msgspec.field(default_factory=dict)
    reason: str = ""
    request_id: str = ""
    method: str = ""
    """The HTTP method of the request, where one caused it."""
