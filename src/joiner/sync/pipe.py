"""A pipe: sources that flow into one org, with mapping, ownership, guards and mode. The value that configuration becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from joiner.sync.expression import Expression
from joiner.sync.guard import GuardLimits
from joiner.sync.lookup import LookupTable
from joiner.sync.mapping import Rule
from joiner.sync.ownership import FirstContact

GRACE_SECONDS_DEFAULT = 3600.0
"""Two proven reads that miss a person must be at least this far apart before absence counts as evidence."""


class Mode(StrEnum):
    OBSERVE = "observe"
    PLAN_ONLY = "plan-only"
    APPLY = "apply"


class Policy(StrEnum):
    """What the source may do to existence: everything, all but deactivate, or only create."""

    SYNC = "sync"
    UPSERT_ONLY = "upsert_only"
    CREATE_ONLY = "create_only"


@dataclass(frozen=True, slots=True)
class SourceRules:
    """``leaver`` tells who has left although still listed; ``scope`` tells who belongs to this pipe at all."""

    name: str
    leaver: Expression | None = None
    scope: Expression | None = None


@dataclass(frozen=True, slots=True)
class Pipe:
    name: str
    org_label: str
    sources: tuple[SourceRules, ...]
    rules: tuple[Rule, ...]
    rules_hash: str
    mode: Mode = Mode.APPLY
    first_contact: FirstContact = FirstContact.REPORT
    policy: Policy = Policy.SYNC
    match: tuple[str, ...] = ("externalId", "email")
    limits: GuardLimits = field(default_factory=GuardLimits)
    grace_seconds: float = GRACE_SECONDS_DEFAULT
    tables: Mapping[str, LookupTable] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    """What expressions see as ``org``: name, label, region."""
