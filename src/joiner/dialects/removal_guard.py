"""When removals of group members that a client pushes wait for a person (DESIGN §5).

::

    this request and the last 24 hours together            limit                            default
    members of one group, where it has more than 20        removals_max_share,              20 %,
                                                           from removals_min on             10
    members of one group                                   removals_per_group               200
    members of all groups of the connection                removals_per_day                 1,000

A share arms above 20 members: two of five is a normal afternoon. What trips a limit is held as a whole; the rest of the request is done.
"""

from __future__ import annotations

from typing import NamedTuple

from joiner.dialects.connection import Connection

SHARE_ARMS_ABOVE = 20
"""Members of the group, before the removals of the last 24 hours."""


class Removals(NamedTuple):
    """Members that a request removes from a group, those that the client removed in the last 24 hours, and the members there are now."""

    asked: int
    from_group: int
    from_all: int
    members: int


def held_because(connection: Connection, removals: Removals) -> str:
    """Why these removals are held, with the number and the limit; "" when they may go ahead."""
    together, size = removals.asked + removals.from_group, removals.members + removals.from_group
    before = f" ({removals.from_group} of them in the last 24 hours)" if removals.from_group else ""
    if together >= connection.removals_per_group:
        return f"{together} of {size} members would go{before}; from {connection.removals_per_group} on they are held (removals_per_group)"
    share_armed = size > SHARE_ARMS_ABOVE and together >= connection.removals_min
    if share_armed and together * 100 > connection.removals_max_share * size:
        return (
            f"{together} of {size} members ({together * 100 // size} %) would go{before};"
            f" above {connection.removals_max_share} % they are held (removals_max_share)"
        )
    in_all = removals.asked + removals.from_all
    if in_all > connection.removals_per_day:
        return (
            f"{in_all} members of all groups would go within 24 hours; above {connection.removals_per_day} they are held (removals_per_day)"
        )
    return ""
