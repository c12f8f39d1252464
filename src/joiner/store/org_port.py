"""What hosted orgs are remembered by: orgs, clients, tokens, resources, members, names, audit rows.

A story hands the store a plain function of rows. :meth:`OrgStore.read` runs it over one committed state, :meth:`OrgStore.write`
inside one transaction: what it reads is what it changes, and when the call returns, its changes are durable. If it raises,
nothing of it is kept. Such a function never awaits and may be run again; on SQLite it runs inline, on PostgreSQL its statements
wait for the network without blocking the loop.

The tenant (``org``) is the first argument of every call; a foreign id answers exactly as a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from joiner.dialects.connection import Connection
from joiner.events import Event
from joiner.genesys.organisation import OrgNames
from joiner.store.conditions import Condition, Search
from joiner.store.event_port import EventReads, EventWrites
from joiner.store.nested_port import NestedReads, NestedWrites
from joiner.store.observed_port import ObservedReads, ObservedWrites
from joiner.store.port import AuditEntry
from joiner.store.pushed_port import PushedReads, PushedWrites

Result = TypeVar("Result")


class State(IntEnum):
    """Whether a resource lives. Deleted ones are tombstones: kept for undelete and for the audit, never listed."""

    INACTIVE = 0
    ACTIVE = 1
    DELETED = 2


ACTIVE, INACTIVE, DELETED = State.ACTIVE, State.INACTIVE, State.DELETED
"""For where every request asks: a member asked of its class costs as much as a call of a function."""


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
    connection: Connection = field(default_factory=Connection)


@dataclass(frozen=True, slots=True)
class Session:
    """What a bearer token stands for. ``expires_at`` is in seconds since the epoch; ``user_id`` is who signed in, "" for a client."""

    client: Client
    expires_at: float
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A schema or resource type that an org adds to those of its profile; ``document`` is its JSON (RFC 7643 §6, §7)."""

    kind: str  # "schema" or "resource_type"
    id: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks whom: the org of a URL, and what the bearer token stands for, None where there is none of it.

    ``definitions`` is the same object until one of them changes, so that what is built from them can be cached by it.
    """

    org: Org | None
    session: Session | None
    definitions: tuple[Definition, ...] = ()


class Kept(Struct, frozen=True, gc=False):
    """One resource as kept: ``body`` is finished JSON without externalId, groups, members and meta.location.

    ``n`` is internal and gives lists their stable order; ``name`` is the userName or displayName. ``external_id`` is the one of
    the client for whom it was read; ``in_groups`` False says that a user is a member of no group (True on a page: he may be). A
    msgspec struct, because pages make thousands of them and a frozen dataclass takes seven times as long.
    """

    n: int
    id: str
    version: int
    state: State
    name: str
    body: bytes
    external_id: str | None = None
    in_groups: bool = False


class Brief(Struct, frozen=True, gc=False):
    """One resource as a page shows it: :class:`Kept` without what only writers look at, for each column of a page costs 10 µs."""

    n: int
    id: str
    body: bytes
    external_id: str | None = None
    in_groups: bool = False


Listed: TypeAlias = Kept | Brief
"""What a list is made of."""


class Face(Struct, frozen=True, gc=False):
    """What is kept beside a body so that bodies need not be read: the name shown to people, the time, the folded slots.

    ``slots`` None, in an update: they are as before.
    """

    display: str
    modified: str
    slots: tuple[str | None, ...] | None


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A division, role, skill or language of an org."""

    kind: str
    id: str
    name: str


class IndexRow(Struct, frozen=True, gc=False):
    """One value by which a resource can be found without a scan. ``key`` is the match key of the value.

    ``kind`` is the folded ``type`` of the element that the value stands in, "" where there is none.
    """

    path: str
    key: str
    kind: str = ""


"""Narrow columns per resource for searches by part and for sorting; which attribute has which is the catalogue's matter."""


class Found(NamedTuple):
    """``total`` counts the whole result; ``last`` is the position of the page's last resource, None when nothing follows."""

    total: int
    page: Sequence[Listed]
    last: tuple[str | None, int] | None = None


class OrgReads(ObservedReads, EventReads, NestedReads, PushedReads, Protocol):
    """Statements that only read."""

    @property
    def keeps_ready(self) -> bool:
        """Whether resources of a page may be the very values of an earlier one: then what follows from them is worth keeping."""
        ...

    def org(self, name: str) -> Org | None: ...

    def default_org(self) -> Org | None: ...

    def orgs(self) -> Sequence[Org]: ...

    def serving_address(self) -> str:
        """``http://HOST:PORT`` of the server that last served these orgs, "" if none has."""
        ...

    def unindexed_orgs(self) -> Sequence[Org]:
        """Orgs that an older program filled: their resources must be indexed again before they are searched."""
        ...

    def server_key(self, name: str) -> bytes | None: ...

    def client(self, org: int, id_or_name: str) -> Client | None: ...

    def clients(self, org: int) -> Sequence[Client]: ...

    def session(self, token_hash: bytes) -> Session | None: ...

    def names(self, org: int) -> OrgNames:
        """Divisions, roles, skills and languages; the same object until one of them changes."""
        ...

    def number(self, org: int, type: str, id: str) -> int | None:
        """The internal number of a live resource."""
        ...

    def definitions(self, org: int) -> tuple[Definition, ...]:
        """Schemas and resource types of its own; the same object until one of them changes."""
        ...

    def resource(self, org: int, type: str, id: str, client: str = "") -> Kept | None:
        """A resource by id, tombstones included; the caller decides what a tombstone answers. ``client``: whose externalId."""
        ...

    def resources(self, org: int, type: str, ns: Sequence[int], client: str = "") -> Sequence[Kept]:
        """Resources by internal number, in order of ``n``."""
        ...

    def find(self, org: int, type: str, path: str, key: str) -> Sequence[int]:
        """Numbers of the resources (tombstones included) whose indexed ``path`` has this match key, in order."""
        ...

    def holder(self, org: int, type: str, key: str, path: str = "") -> int | None:
        """The live resource that holds this unique value (userName, group displayName, or of another ``path``)."""
        ...

    def holder_and_found(self, org: int, type: str, key: str, path: str) -> tuple[int | None, Sequence[int]]:
        """``holder`` of a name, and what ``find`` finds under the same key in ``path``, at the price of one."""
        ...

    def find_external(self, org: int, type: str, client: str, value: str) -> Sequence[int]: ...

    def search(self, org: int, type: str, client: str, search: Search) -> Found:
        """A page of the live resources (all but deleted, or only the active) that satisfy a condition, and their number."""
        ...

    def count(self, org: int, type: str, active_only: bool) -> int: ...

    def every(self, org: int, type: str, after: int = 0, client: str = "") -> Iterator[Kept]:
        """All resources behind a number, tombstones included."""
        ...

    def scan(self, org: int, type: str, client: str = "", condition: Condition | None = None) -> Iterator[Kept]:
        """All live resources of a type (that satisfy ``condition``) in order of ``n``, read in stretches."""
        ...

    def external_ids(self, org: int, type: str, client: str, ns: Sequence[int]) -> Mapping[int, str]: ...

    def groups_of(self, org: int, users: Sequence[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
        """For each user number the (id, displayName) of the groups it belongs to."""
        ...

    def password(self, org: int, user: int) -> str | None:
        """The argon2id hash of a user's password."""
        ...

    def members(self, org: int, group: int) -> Sequence[tuple[int, str]]:
        """The users in a group as (number, id), in order of number."""
        ...

    def faces(self, org: int, group: int) -> Sequence[tuple[str, str]]:
        """The same users as (id, display name)."""
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


class OrgWrites(OrgReads, ObservedWrites, EventWrites, NestedWrites, PushedWrites, Protocol):
    """Statements inside a write transaction."""

    def add_org(self, name: str, label: str, profile: str, default: bool, rate_per_minute: int | None, at: str) -> Org: ...

    def set_default_org(self, org: int) -> None: ...

    def set_indexed(self, org: int) -> None:
        """Everything that this org is searched by is up to date."""
        ...

    def put_server_key(self, name: str, key: bytes) -> None:
        """Keep a key that all processes share, unless one of this name is there."""
        ...

    def put_serving_address(self, address: str) -> None: ...

    def add_client(self, client: Client, at: str) -> None: ...

    def set_connection(self, org: int, client: str, connection: Connection) -> None: ...

    def set_client_active(self, org: int, client: str, active: bool) -> None: ...

    def add_token(self, token_hash: bytes, org: int, client: str, issued_at: float, expires_at: float, user_id: str = "") -> None: ...

    def drop_tokens_of_client(self, org: int, client: str) -> int:
        """End every token of a client; how many there were."""
        ...

    def drop_tokens_of_user(self, org: int, user_id: str) -> int:
        """End every session of a user; how many there were."""
        ...

    def put_definition(self, org: int, definition: Definition) -> None: ...

    def drop_definition(self, org: int, kind: str, id: str) -> None: ...

    def add_name(self, org: int, thing: NamedThing, key: str) -> None: ...

    def next_number(self, org: int, type: str) -> int: ...

    def insert(self, org: int, type: str, kept: Kept, face: Face) -> None: ...

    def update(self, org: int, type: str, kept: Kept, face: Face | None) -> None:
        """``face`` None: of what stands in it only the time changed, which is then not kept (a new list of members)."""
        ...

    def take_name(self, org: int, type: str, key: str, n: int, was: str = "", path: str = "") -> None:
        """Hold a unique value, giving up ``was``. Raises AlreadyTaken when another live resource holds it.

        ``path`` "" is the name of the resource (userName, displayName of a group); other unique attributes have their own.
        """
        ...

    def free_name(self, org: int, type: str, key: str, n: int, path: str = "") -> None:
        """Give up a unique value."""
        ...

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

    def put_password(self, org: int, user: int, hashed: str, at: str) -> None: ...

    def drop_password(self, org: int, user: int) -> None: ...

    def add_members(self, org: int, group: int, users: Iterable[int]) -> None: ...

    def remove_members(self, org: int, group: int, users: Iterable[int]) -> None: ...

    def append_audit(self, org: int, event: Event) -> AuditEntry: ...


class OrgStore(Protocol):
    """The hosted orgs' memory."""

    reads_inline: bool
    """Whether ``identify`` and short reads end without waiting."""

    def known_identity(self, org_name: str, token_hash: bytes | None) -> Identity | None:
        """What ``identify`` would answer, if that is known without waiting."""
        ...

    async def identify(self, org_name: str, token_hash: bytes | None) -> Identity:
        """The org of this name ("": the default org) and the session of this token, as every request needs them first."""
        ...

    async def read(self, org: int, work: Callable[[OrgReads], Result], *, long: bool = False) -> Result:
        """Run ``work`` over one committed state. ``long``: it may take milliseconds, so that others should not wait for it.

        ``org`` 0 reads across orgs (administration). Raises what ``work`` raises, or ``errors.StoreError`` kinds.
        """
        ...

    async def write(self, org: int, work: Callable[[OrgWrites], Result]) -> Result:
        """Run ``work`` in a transaction (perhaps shared with other requests) and return after COMMIT. ``org`` 0: administration.

        Raises what ``work`` raises (nothing kept then), or ``errors.Unwritable`` / ``errors.Locked``.
        """
        ...
