"""What joiner.toml says, as frozen values. A value of these types has passed every check that needs no other system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from joiner.sync.expression import Expression
from joiner.sync.guard import GuardLimits
from joiner.sync.lookup import LookupTable
from joiner.sync.mapping import OnNull
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.pipe import GRACE_SECONDS_DEFAULT, Mode, Policy

DATABASE_DEFAULT = "sqlite:///joiner.db"


class SecretPlace(StrEnum):
    """Where a secret is kept. ``NAME`` looks in all of them: systemd credential, JOINER_SECRET_NAME_FILE, JOINER_SECRET_NAME."""

    FILE = "file"
    ENVIRONMENT = "env"
    CREDENTIAL = "cred"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is, never the secret."""

    place: SecretPlace
    name: str

    def __str__(self) -> str:
        return f"{self.place.value}:{self.name}"


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """What a kind of org can be mapped to: ``names`` for messages, ``knows`` for the names that are open-ended."""

    names: tuple[str, ...]
    knows: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class SourceConfig:
    name: str
    kind: str
    path: str
    key: str
    delimiter: str | None = None
    encoding: str | None = None
    leaver: Expression | None = None
    scope: Expression | None = None
    optional_columns: frozenset[str] = frozenset()
    grace_seconds: float = GRACE_SECONDS_DEFAULT
    line: int = 0


@dataclass(frozen=True, slots=True)
class OrgConfig:
    """Either ``region`` or ``url`` is given. ``requests_per_minute`` None takes the pace of the kind.

    Without ``client_id`` the secret is a bearer token as it stands; ``token_url`` "" is where the kind has it.
    """

    name: str
    label: str
    kind: str
    region: str
    url: str
    client_id: str
    secret: SecretReference
    sources: tuple[str, ...]
    mode: Mode = Mode.PLAN_ONLY
    first_contact: FirstContact = FirstContact.REPORT
    policy: Policy = Policy.SYNC
    requests_per_minute: int | None = None
    match: tuple[str, ...] = ("externalId", "email")
    token_url: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class MapConfig:
    """``orgs`` empty means all. ``owner`` is settled: the mapping's own word, else that of ``[ownership]``."""

    to: str
    expression: Expression
    owner: Owner
    on_null: OnNull
    default: str | None = None
    orgs: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class LookupConfig:
    """``text`` is the file's content, kept for the hash over the rules; ``resolve`` is the kind of thing that values name."""

    name: str
    file: str
    text: str
    table: LookupTable
    resolve: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. ``notes`` are remarks on expressions that work but would surprise elsewhere."""

    file_name: str
    database: str = DATABASE_DEFAULT
    sources: tuple[SourceConfig, ...] = ()
    orgs: tuple[OrgConfig, ...] = ()
    maps: tuple[MapConfig, ...] = ()
    lookups: Mapping[str, LookupConfig] = field(default_factory=dict)
    limits: GuardLimits = GuardLimits()
    notes: tuple[str, ...] = ()

    def org(self, name: str) -> OrgConfig | None:
        return next((org for org in self.orgs if org.name == name), None)

    def source(self, name: str) -> SourceConfig:
        return next(source for source in self.sources if source.name == name)
