"""One intended write: what it sets, under which precondition, what the bond holds afterwards, and its inverse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from joiner.sync.record import Element, PersonKey, Value


class Decision(StrEnum):
    """What the merge decided about one attribute of one person."""

    WRITE = "write"  # the source changed: send it
    REVERT = "revert"  # the org changed what the source owns: send the source's value again
    FILL = "fill"  # the org has no value: send ours
    ADOPT = "adopt"  # both sides agree: remember it, send nothing
    KEEP = "keep"  # the org changed it and may: its value stays
    DIFFERS = "differs"  # first contact and both have a value: listed, nothing sent
    CONFLICT = "conflict"  # both changed it: held for a person
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Edit:
    """One attribute in a plan line. ``added`` and ``removed`` are given for multi-valued attributes."""

    attribute: str
    decision: Decision
    before: Value = None
    after: Value = None
    added: tuple[Element, ...] = ()
    removed: tuple[Element, ...] = ()
    why: str = ""


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one account.

    ``sets`` and ``removes`` are what :meth:`joiner.connectors.port.Target.update_user` takes; for CREATE ``sets`` is the
    whole account. References without an id point at people whose account this plan creates: they are set afterwards.
    ``inverse`` holds the values that would take it back; ``guard`` names the cap that a removal counts towards.
    """

    verb: Verb
    person: PersonKey
    target_id: str = ""
    sets: Mapping[str, Value] = field(default_factory=dict)
    removes: Mapping[str, Value] = field(default_factory=dict)
    if_match: str = ""
    external_id: str = ""
    inverse: Mapping[str, Value] = field(default_factory=dict)
    reason: str = ""
    guard: str = ""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """Members that join and leave one group. People are named by key: some do not exist in the org yet."""

    group_id: str
    name: str
    add: tuple[PersonKey, ...] = ()
    remove: tuple[PersonKey, ...] = ()
    member_count: int = 0
