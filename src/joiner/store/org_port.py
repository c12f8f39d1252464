"""What hosted orgs are remembered by: orgs, clients, tokens, resources, members, names, audit rows.

Reading and writing statements are plain functions of a transaction (they take microseconds and never wait); only opening and
committing a transaction is awaited. A write is a function that the store runs inside one transaction: what it reads is what it
changes, and when :meth:`OrgStore.write` returns, its changes are durable. If it raises, nothing of it is kept.

The tenant (``org``) is the first argument of every call; a foreign id answers exactly as a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeVar

from joiner.events import Event
from joiner.genesys.organisation import OrgNames
from joiner.store.port import AuditEntry

Result = TypeVar("Result")


class State(IntEnum):
    """Whether a resource lives. Deleted ones are tombstones: kept for undelete and for the audit, never listed."""

    INACTIVE = 0
    ACTIVE = 1
    DELETED = 2


@dataclass(frozen=True, slots=True)
class Org:
    """A hosted org. ``key`` is internal; ``rate_per_minute`` 0 means no limit, None the profile's own."""

    key: int
    name: str
    label: str
    profile: str
    default: bool
    rate_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client of an org. ``secret_hash`` is argon2id; the secret itself is nowhere."""

    org: int
    id: str
    name: str
    secret_hash: str
    permissions: frozenset[str]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """What a bearer token stands for. ``expires_at`` is in seconds since the epoch."""

    client: Client
    expires_at: float


@dataclass(frozen=True, slots=True)
class Kept:
    """One resource as kept: ``body`` is finished JSON without externalId, groups, members and meta.location.

    ``n`` is internal and gives lists their stable order; ``name`` is the userName or displayName.
    """

    n: int
    id: str
    version: int
    state: State
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A division, role, skill or language of an org."""

    kind: str
    id: str
    name: str


class IndexRow(NamedTuple):
    """One value by which a resource can be found without a scan. ``key`` is the match key of the value."""

    path: str
    key: str


class OrgReads(Protocol):
    """Statements that only read."""

    def org(self, name: str) -> Org | None: ...

    def default_org(self) -> Org | None: ...

    def orgs(self) -> Sequence[Org]: ...

    def serving_address(self) -> str:
        """``http://HOST:PORT`` of the server that last served these orgs, "" if none has."""
        ...

    def client(self, org: int, id_or_name: str) -> Client | None: ...

    def clients(self, org: int) -> Sequence[Client]: ...

    def session(self, token_hash: bytes) -> Session | None: ...

    def names(self, org: int) -> OrgNames:
        """Divisions, roles, skills and languages; the same object until one of them changes."""
        ...

    def number(self, org: int, type: str, id: str) -> int | None:
        """The internal number of a live resource."""
        ...

    def resource(self, org: int, type: str, id: str) -> Kept | None:
        """A resource by id, tombstones included; the caller decides what a tombstone answers."""
        ...

    def resources(self, org: int, type: str, ns: Sequence[int]) -> Sequence[Kept]:
        """Resources by internal number, in order of ``n``."""
        ...

    def find(self, org: int, type: str, path: str, key: str) -> Sequence[int]:
        """Numbers of the resources (tombstones included) whose indexed ``path`` has this match key, in order."""
        ...

    def holder(self, org: int, type: str, key: str) -> int | None:
        """The live resource that holds this unique name (userName, group displayName)."""
        ...

    def find_external(self, org: int, type: str, client: str, value: str) -> Sequence[int]: ...

    def page(self, org: int, type: str, active_only: bool, offset: int, limit: int) -> Sequence[Kept]:
        """Live resources (all but deleted, or only the active) from ``offset`` on, in order of ``n``."""
        ...

    def count(self, org: int, type: str, active_only: bool) -> int: ...

    def scan(self, org: int, type: str) -> Iterator[Kept]:
        """All live resources of a type in order of ``n``, read in stretches."""
        ...

    def external_ids(self, org: int, type: str, client: str, ns: Sequence[int]) -> Mapping[int, str]: ...

    def groups_of(self, org: int, users: Sequence[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
        """For each user number the (id, displayName) of the groups it belongs to."""
        ...

    def members(self, org: int, group: int) -> Sequence[tuple[int, str]]:
        """The members of a group as (number, id), in order of number."""
        ...

    def is_member(self, org: int, group: int, user: int) -> bool: ...

    def member_count(self, org: int, group: int) -> int: ...

    def groups_holding(self, org: int, user: int) -> Sequence[int]:
        """The numbers of the groups that a user belongs to."""
        ...

    def audit(self, org: int, after: int, limit: int) -> Sequence[AuditEntry]: ...

    def audit_head(self, org: int) -> tuple[int, str]:
        """Sequence and hash of the newest audit row, as remembered beside the chain; (0, "") before the first."""
        ...


class OrgWrites(OrgReads, Protocol):
    """Statements inside a write transaction."""

    def add_org(self, name: str, label: str, profile: str, default: bool, rate_per_minute: int | None, at: str) -> Org: ...

    def set_default_org(self, org: int) -> None: ...

    def put_serving_address(self, address: str) -> None: ...

    def add_client(self, client: Client, at: str) -> None: ...

    def add_token(self, token_hash: bytes, org: int, client: str, issued_at: float, expires_at: float) -> None: ...

    def add_name(self, org: int, thing: NamedThing, key: str) -> None: ...

    def next_number(self, org: int, type: str) -> int: ...

    def insert(self, org: int, type: str, kept: Kept) -> None: ...

    def update(self, org: int, type: str, kept: Kept) -> None: ...

    def take_name(self, org: int, type: str, key: str, n: int) -> None:
        """Hold a unique name. Raises AlreadyTaken when another live resource holds it."""
        ...

    def free_name(self, org: int, type: str, n: int) -> None: ...

    def set_index(self, org: int, type: str, n: int, gone: Iterable[IndexRow], fresh: Iterable[IndexRow]) -> None: ...

    def set_external_id(self, org: int, type: str, client: str, n: int, value: str | None) -> None:
        """Raises AlreadyTaken when another live resource has this value for this client."""
        ...

    def rest_external_ids(self, org: int, type: str, n: int) -> None:
        """A resource was deleted: its externalIds stay for undelete and are free for others."""
        ...

    def wake_external_ids(self, org: int, type: str, n: int) -> None:
        """A resource was undeleted: its externalIds count again, less those that somebody else took meanwhile."""
        ...

    def add_members(self, org: int, group: int, users: Iterable[int]) -> None: ...

    def remove_members(self, org: int, group: int, users: Iterable[int]) -> None: ...

    def append_audit(self, org: int, event: Event) -> AuditEntry: ...


class OrgStore(Protocol):
    """The hosted orgs' memory."""

    def reads(self) -> OrgReads:
        """Statements over the last committed state."""
        ...

    async def write(self, work: Callable[[OrgWrites], Result]) -> Result:
        """Run ``work`` in a transaction (perhaps shared with other requests) and return after COMMIT.

        Raises what ``work`` raises (nothing kept then), or ``errors.Unwritable`` / ``errors.Locked``.
        """
        ...

    def foreign_changes(self) -> int:
        """A number that moves when another process changed the database; caches of names and sessions watch it."""
        ...

    def close(self) -> None: ...
