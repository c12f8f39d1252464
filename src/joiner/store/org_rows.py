"""Orgs, clients, tokens, names, definitions and audit rows over :class:`Statements`: rows in, frozen values out. No transactions here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from joiner.dialects.connection import Connection, parse_settings, settings_of
from joiner.errors import AlreadyTaken, Problem
from joiner.events import Event
from joiner.genesys.organisation import Named, OrgNames
from joiner.store.audit_chain import canonical_event, chain_hash
from joiner.store.event_rows import EventRows
from joiner.store.nested_rows import NestedRows
from joiner.store.observed_rows import ObservedRows
from joiner.store.org_port import Client, Definition, NamedThing, Org, Session
from joiner.store.port import AuditEntry
from joiner.store.pushed_rows import PushedRows
from joiner.store.resource_rows import ResourceRows
from joiner.store.statements import Statements

INDEX_VERSION = 1
"""Grows when what is kept to search by changes; orgs below it are indexed again before they are served."""

SESSIONS_REMEMBERED_MAX = 10_000
TOKENS_PER_CLIENT_MAX = 1_000


class Remembered:
    """What is read on every request and changes rarely. A rebuildable cache: the store forgets it whenever it may be old."""

    __slots__ = ("definitions", "names", "orgs", "sessions")

    def __init__(self) -> None:
        self.definitions: dict[int, tuple[Definition, ...]] = {}
        self.orgs: dict[str, Org] = {}
        self.sessions: dict[bytes, Session] = {}
        self.names: dict[int, OrgNames] = {}

    def forget(self) -> None:
        self.orgs.clear()
        self.sessions.clear()
        self.names.clear()
        self.definitions.clear()


class OrgRows(ResourceRows, ObservedRows, EventRows, NestedRows, PushedRows):
    """Reads and writes of :mod:`joiner.store.org_port` over one connection.

    ``touched`` says that this transaction changed something that is remembered; until COMMIT it then reads past the memory.
    """

    keeps_ready = False

    def __init__(self, statements: Statements, remembered: Remembered) -> None:
        super().__init__(statements)
        self._remembered = remembered
        self.touched = False

    # Orgs, clients, tokens, names

    def org(self, name: str) -> Org | None:
        org = None if self.touched else self._remembered.orgs.get(name)
        if org is None:
            org = org_of(
                self._sql.one(
                    "org_by_name",
                    name,
                )
            )
            if org is not None and not self.touched:
                self._remembered.orgs[name] = org
        return org

    def default_org(self) -> Org | None:
        return org_of(self._sql.one("default_org"))

    def orgs(self) -> Sequence[Org]:
        return [org for row in self._sql.all("orgs") if (org := org_of(row)) is not None]

    def serving_address(self) -> str:
        row = self._sql.one("serving_address")
        return str(row[0]) if row else ""

    def client(self, org: int, id_or_name: str) -> Client | None:
        row = self._sql.one("client", org, id_or_name)
        return client_of(row) if row else None

    def clients(self, org: int) -> Sequence[Client]:
        return [client_of(row) for row in self._sql.all("clients", org)]

    def session(self, token_hash: bytes) -> Session | None:
        session = self._remembered.sessions.get(token_hash)
        if session is None:
            row = self._sql.one(
                "session",
                token_hash,
            )
            if row is None:
                return None
            if len(self._remembered.sessions) >= SESSIONS_REMEMBERED_MAX:
                self._remembered.sessions.clear()
            session = self._remembered.sessions[token_hash] = Session(client_of(row), row[8], row[9])
        return session

    def names(self, org: int) -> OrgNames:
        names = None if self.touched else self._remembered.names.get(org)
        if names is None:
            names = _names(self._sql.all("names", org))
            if not self.touched:
                self._remembered.names[org] = names
        return names

    def add_org(self, name: str, label: str, profile: str, default: bool, rate_per_minute: int | None, at: str) -> Org:
        self.touched = True
        key: int = self._sql.one("next_org")[0]
        self._sql.change("add_org", key, name, label, profile, int(default), rate_per_minute, at, INDEX_VERSION)
        return Org(key, name, label, profile, default, rate_per_minute)

    def unindexed_orgs(self) -> Sequence[Org]:
        return [org for row in self._sql.all("unindexed_orgs", INDEX_VERSION) if (org := org_of(row)) is not None]

    def set_indexed(self, org: int) -> None:
        self._sql.change("set_index_version", INDEX_VERSION, org)

    def set_default_org(self, org: int) -> None:
        self.touched = True
        self._sql.change("clear_default_org")
        self._sql.change("set_default_org", org)

    def put_serving_address(self, address: str) -> None:
        self.touched = True
        self._sql.change("put_serving_address", address)

    def add_client(self, client: Client, at: str) -> None:
        self.touched = True
        permissions = msgspec.json.encode(sorted(client.permissions)).decode()
        told = (client.connection.kind, msgspec.json.encode(settings_of(client.connection)).decode())
        self._sql.change("add_client", client.org, client.id, client.name, client.secret_hash, permissions, int(client.active), at, *told)

    def set_connection(self, org: int, client: str, connection: Connection) -> None:
        self.touched = True
        self._sql.change("set_connection", connection.kind, msgspec.json.encode(settings_of(connection)).decode(), org, client)

    def set_client_active(self, org: int, client: str, active: bool) -> None:
        self.touched = True
        self._sql.change("set_client_active", int(active), org, client)

    def add_token(self, token_hash: bytes, org: int, client: str, issued_at: float, expires_at: float, user_id: str = "") -> None:
        self._sql.change("drop_expired_tokens", org, client, issued_at)
        if self._sql.change("drop_oldest_tokens", org, client, TOKENS_PER_CLIENT_MAX - 1):
            self.touched = True  # sessions of these tokens may be remembered
        self._sql.change("add_token", token_hash, org, client, issued_at, expires_at, user_id)

    def drop_tokens_of_client(self, org: int, client: str) -> int:
        dropped = self._sql.change("drop_tokens_of_client", org, client)
        self.touched = self.touched or bool(dropped)
        return dropped

    def drop_tokens_of_user(self, org: int, user_id: str) -> int:
        dropped = self._sql.change("drop_tokens_of_user", org, user_id)
        self.touched = self.touched or bool(dropped)
        return dropped

    def password(self, org: int, user: int) -> str | None:
        row = self._sql.one("password", org, user)
        return str(row[0]) if row else None

    def put_password(self, org: int, user: int, hashed: str, at: str) -> None:
        self._sql.change("put_password", org, user, hashed, at)

    def drop_password(self, org: int, user: int) -> None:
        self._sql.change("drop_password", org, user)

    def definitions(self, org: int) -> tuple[Definition, ...]:
        found = None if self.touched else self._remembered.definitions.get(org)
        if found is None:
            found = tuple(Definition(kind, id, document) for kind, id, document in self._sql.all("definitions", org))
            if not self.touched:
                self._remembered.definitions[org] = found
        return found

    def put_definition(self, org: int, definition: Definition) -> None:
        self.touched = True
        self._sql.change("put_definition", org, definition.kind, definition.id, definition.document)

    def drop_definition(self, org: int, kind: str, id: str) -> None:
        self.touched = True
        self._sql.change("drop_definition", org, kind, id)

    def server_key(self, name: str) -> bytes | None:
        row = self._sql.one("server_key", name)
        return bytes(row[0]) if row else None

    def put_server_key(self, name: str, key: bytes) -> None:
        self._sql.change("put_server_key", name, key)

    def add_name(self, org: int, thing: NamedThing, key: str) -> None:
        self.touched = True
        if not self._sql.change("add_name", org, thing.kind, thing.id, thing.name, key):
            raise _taken(f"this org already has a {thing.kind} named {thing.name}")

    # Audit

    def audit(self, org: int, after: int, limit: int) -> Sequence[AuditEntry]:
        rows = self._sql.all("audit", org, after, limit)
        return [_audit_entry(org, row) for row in rows]

    def audit_head(self, org: int) -> tuple[int, str]:
        row = self._sql.one(
            "audit_head",
            org,
        )
        return (row[0], row[1]) if row else (0, "")

    def append_audit(self, org: int, event: Event) -> AuditEntry:
        sequence, previous_hash = self.audit_head(org)
        document = canonical_event(event, sequence + 1)
        entry = AuditEntry(str(org), sequence + 1, event.at, document, previous_hash, chain_hash(previous_hash, document))
        self._sql.change("append_audit", org, entry.sequence, document, previous_hash, entry.hash)
        self._sql.change("put_audit_head", org, entry.sequence, entry.hash)
        return entry


def org_of(row: Any) -> Org | None:
    return Org(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) if row else None


def client_of(row: Any) -> Client:
    connection = parse_settings(row[6], msgspec.json.decode(row[7]))
    return Client(row[0], row[1], row[2], row[3], frozenset(msgspec.json.decode(row[4])), bool(row[5]), connection)


def _audit_entry(org: int, row: Any) -> AuditEntry:
    # A forged row may hold anything; it must break the chain and not the reader.
    document = row[1] if isinstance(row[1], bytes) else str(row[1]).encode("utf-8", "replace")
    try:
        at = datetime.fromisoformat(msgspec.json.decode(document)["at"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        at = datetime.fromtimestamp(0, UTC)
    return AuditEntry(str(org), row[0], at, document, str(row[2]), str(row[3]))


def _names(rows: Iterable[Any]) -> OrgNames:
    found: dict[str, list[Named]] = {"division": [], "role": [], "skill": [], "language": [], "entitlement": []}
    for kind, id, name in rows:
        found[kind].append(Named(id, name))
    return OrgNames(*map(tuple, found.values()))


def _taken(title: str) -> AlreadyTaken:
    return AlreadyTaken(Problem("JN4021", title, fix="Choose another name, or read the one that exists."))
