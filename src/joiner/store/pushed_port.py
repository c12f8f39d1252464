"""What is remembered of pushed changes under guard: removals that wait for a person, how many went lately, what clients wrote last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol


class HeldRemovals(NamedTuple):
    """Members whose removal from a group waits for a person. ``n`` is internal; ``id`` is drawn from the contents and changes with them.

    ``deletes``: the client wanted the whole group gone. ``approved_by`` "": nobody has approved yet. ``members`` is how many.
    """

    n: int
    id: str
    client: str
    group: int
    deletes: bool
    reason: str
    at: datetime
    expires_at: datetime
    approved_by: str = ""
    members: int = 0


class HeldMember(NamedTuple):
    """``type`` is User, or Group for a group inside the group."""

    type: str
    n: int
    id: str = ""
    display: str = ""


class PushedBase(NamedTuple):
    """What a client last wrote of a user, by attribute path, and what it and the org both changed since."""

    base: Mapping[str, Any]
    conflicts: Mapping[str, Any]


class PushedConflict(NamedTuple):
    """A user with attributes in conflict: path → kept and pushed value."""

    client: str
    user_id: str
    user_name: str
    conflicts: Mapping[str, Any]
    at: datetime


class PushedReads(Protocol):
    def any_hold(self, org: int) -> bool: ...

    def holds(self, org: int, now: datetime) -> Sequence[HeldRemovals]:
        """All that have not lapsed, the oldest first."""
        ...

    def open_hold(self, org: int, client: str, group: int, now: datetime) -> HeldRemovals | None:
        """What nobody has decided about yet."""
        ...

    def hold_members(self, org: int, hold: int, limit: int) -> Sequence[HeldMember]: ...

    def removals_lately(self, org: int, client: str, group: int, since: datetime) -> tuple[int, int]:
        """How many members a client removed: from this group, and from all. Counted by whole hours."""
        ...

    def pushed_base(self, org: int, client: str, user: int) -> PushedBase | None: ...

    def pushed_conflicts(self, org: int, limit: int) -> Sequence[PushedConflict]:
        """The newest first."""
        ...


class PushedWrites(PushedReads, Protocol):
    def put_hold(self, org: int, hold: HeldRemovals) -> HeldRemovals:
        """Keep a hold; ``n`` 0 is a new one. Answers it with its number."""
        ...

    def drop_hold(self, org: int, hold: int) -> None: ...

    def drop_lapsed_holds(self, org: int, now: datetime) -> int: ...

    def add_hold_members(self, org: int, hold: int, members: Iterable[HeldMember]) -> None: ...

    def drop_hold_members(self, org: int, hold: int, members: Iterable[HeldMember]) -> None: ...

    def drop_held_of_group(self, org: int, group: int, members: Iterable[HeldMember]) -> None:
        """They have left this group by another way."""
        ...

    def note_removals(self, org: int, client: str, group: int, removals: int, at: datetime, forget_before: datetime) -> None: ...

    def put_pushed_base(self, org: int, client: str, user: int, base: PushedBase, at: datetime) -> None: ...
