"""Group membership by difference: the groups edits of all people, gathered into one change for each group.

Never a whole-list replace: a group that was read stale or cut can then lose nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from joiner.sync.batch import Chunk
from joiner.sync.bond import Bond, Linked
from joiner.sync.change import Edit, GroupChange
from joiner.sync.guard import GuardLimits, Recent, check_group
from joiner.sync.plan import GroupLine, Hold, PersonLine, Tripped
from joiner.sync.record import Element, GroupRecord, PersonKey, Reference
from joiner.sync.wanted import GROUPS


def gather_groups(lines: Iterable[PersonLine], groups: Sequence[GroupRecord]) -> tuple[GroupChange, ...]:
    """One change for each group that somebody joins or leaves, groups by name, people in the order of the plan."""
    add: dict[str, list[PersonKey]] = {}
    remove: dict[str, list[PersonKey]] = {}
    names: dict[str, str] = {}
    for line in lines:
        if line.hold is not None or line.person is None:
            continue
        for edit in line.edits:
            if edit.attribute == GROUPS:
                _collect(edit, line.person, add, remove, names)
    sizes = {group.id: len(group.member_ids or ()) for group in groups}
    changes = [
        GroupChange(group_id, name, tuple(add.get(group_id, ())), tuple(remove.get(group_id, ())), sizes.get(group_id, 0))
        for group_id, name in names.items()
    ]
    return tuple(sorted(changes, key=lambda change: (change.name, change.group_id)))


def _collect(
    edit: Edit, person: PersonKey, add: dict[str, list[PersonKey]], remove: dict[str, list[PersonKey]], names: dict[str, str]
) -> None:
    for elements, people in ((edit.added, add), (edit.removed, remove)):
        for element in elements:
            if isinstance(element, Reference) and element.id:
                names[element.id] = element.name
                people.setdefault(element.id, []).append(person)


def guard_groups(changes: Iterable[GroupChange], limits: GuardLimits, recent: Recent) -> tuple[tuple[GroupLine, ...], tuple[Tripped, ...]]:
    """Hold the removals of groups that would lose too many. Additions of the same group go ahead."""
    lines: list[GroupLine] = []
    tripped: list[Tripped] = []
    for change in changes:
        line = GroupLine(change)
        trip = check_group(line, limits, recent)
        if trip is not None:
            tripped.append(trip)
            line = replace(line, hold=Hold(trip.guard, trip.text))
        lines.append(line)
    return tuple(lines), tuple(tripped)


def with_membership(bond: Bond, chunk: Chunk, now: datetime) -> Bond:
    """The bond of somebody in ``chunk`` once it is acknowledged: that group is now agreed, or no longer.

    Also of somebody parted: they are in a chunk when they come back, and their account's own write got no answer or a no.
    """
    agreed = bond.base.get(GROUPS)
    others = tuple(element for element in agreed if _group_id(element) != chunk.group_id) if isinstance(agreed, tuple) else ()
    groups = (*others, Reference("group", chunk.name, chunk.group_id)) if chunk.add else others
    base = {**bond.base, GROUPS: groups}
    if isinstance(bond, Linked):
        return msgspec.structs.replace(bond, base=base, settled="", touched_at=now)
    return msgspec.structs.replace(bond, base=base, touched_at=now)


def with_groups_of(bond: Bond, held: Bond | None) -> Bond:
    """``bond`` with the memberships of the one that is held: chunks agree on those, and may have done so since it was written."""
    if not isinstance(bond, Linked) or held is None or GROUPS not in held.base:
        return bond
    return msgspec.structs.replace(bond, base={**bond.base, GROUPS: held.base[GROUPS]})


def _group_id(element: Element) -> str:
    return element.id if isinstance(element, Reference) else element
