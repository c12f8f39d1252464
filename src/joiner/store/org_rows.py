"""The statements of the hosted orgs over one SQLite connection: rows in, frozen values out. No transactions here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from joiner.errors import AlreadyTaken, Problem
from joiner.events import Event
from joiner.genesys.organisation import Named, OrgNames
from joiner.store.audit_chain import canonical_event, chain_hash
from joiner.store.org_port import Client, IndexRow, Kept, NamedThing, Org, Session, State
from joiner.store.port import AuditEntry
from joiner.store.sql_files import load_queries

SQL = load_queries("sql")
SCAN_ROWS = 500
"""Rows read at once by a scan; between stretches no statement stays open, so that a COMMIT is never held up."""

SESSIONS_REMEMBERED_MAX = 10_000
TOKENS_PER_CLIENT_MAX = 1_000

_STATES = {state.value: state for state in State}


class Remembered:
    """What is read on every request and changes rarely. A rebuildable cache: the store forgets it whenever it may be old."""

    __slots__ = ("names", "orgs", "sessions")

    def __init__(self) -> None:
        self.orgs: dict[str, Org] = {}
        self.sessions: dict[bytes, Session] = {}
        self.names: dict[int, OrgNames] = {}

    def forget(self) -> None:
        self.orgs.clear()
        self.sessions.clear()
        self.names.clear()


class OrgRows:
    """Reads and writes of :mod:`joiner.store.org_port` over one connection.

    ``touched`` says that this transaction changed something that is remembered; until COMMIT it then reads past the memory.
    """

    def __init__(self, connection: sqlite3.Connection, remembered: Remembered) -> None:
        self._run = connection.execute
        self._run_many = connection.executemany
        self._remembered = remembered
        self.touched = False

    # Orgs, clients, tokens, names

    def org(self, name: str) -> Org | None:
        org = None if self.touched else self._remembered.orgs.get(name)
        if org is None:
            org = _org(self._run(SQL["org_by_name"], (name,)).fetchone())
            if org is not None and not self.touched:
                self._remembered.orgs[name] = org
        return org

    def default_org(self) -> Org | None:
        return _org(self._run(SQL["default_org"]).fetchone())

    def orgs(self) -> Sequence[Org]:
        return [org for row in self._run(SQL["orgs"]) if (org := _org(row)) is not None]

    def serving_address(self) -> str:
        row = self._run(SQL["serving_address"]).fetchone()
        return str(row[0]) if row else ""

    def client(self, org: int, id_or_name: str) -> Client | None:
        row = self._run(SQL["client"], (org, id_or_name)).fetchone()
        return _client(row) if row else None

    def clients(self, org: int) -> Sequence[Client]:
        return [_client(row) for row in self._run(SQL["clients"], (org,))]

    def session(self, token_hash: bytes) -> Session | None:
        session = self._remembered.sessions.get(token_hash)
        if session is None:
            row = self._run(SQL["session"], (token_hash,)).fetchone()
            if row is None:
                return None
            if len(self._remembered.sessions) >= SESSIONS_REMEMBERED_MAX:
                self._remembered.sessions.clear()
            session = self._remembered.sessions[token_hash] = Session(_client(row), row[6])
        return session

    def names(self, org: int) -> OrgNames:
        names = None if self.touched else self._remembered.names.get(org)
        if names is None:
            names = _names(self._run(SQL["names"], (org,)))
            if not self.touched:
                self._remembered.names[org] = names
        return names

    def add_org(self, name: str, label: str, profile: str, default: bool, rate_per_minute: int | None, at: str) -> Org:
        self.touched = True
        cursor = self._run(SQL["add_org"], (name, label, profile, int(default), rate_per_minute, at))
        assert cursor.lastrowid is not None
        return Org(cursor.lastrowid, name, label, profile, default, rate_per_minute)

    def set_default_org(self, org: int) -> None:
        self.touched = True
        self._run(SQL["clear_default_org"])
        self._run(SQL["set_default_org"], (org,))

    def put_serving_address(self, address: str) -> None:
        self.touched = True
        self._run(SQL["put_serving_address"], (address,))

    def add_client(self, client: Client, at: str) -> None:
        self.touched = True
        permissions = msgspec.json.encode(sorted(client.permissions)).decode()
        self._run(SQL["add_client"], (client.org, client.id, client.name, client.secret_hash, permissions, int(client.active), at))

    def add_token(self, token_hash: bytes, org: int, client: str, issued_at: float, expires_at: float) -> None:
        self._run(SQL["drop_expired_tokens"], (org, client, issued_at))
        dropped = self._run(SQL["drop_oldest_tokens"], (org, client, TOKENS_PER_CLIENT_MAX - 1))
        if dropped.rowcount > 0:
            self.touched = True  # sessions of these tokens may be remembered
        self._run(SQL["add_token"], (token_hash, org, client, issued_at, expires_at))

    def add_name(self, org: int, thing: NamedThing, key: str) -> None:
        self.touched = True
        try:
            self._run(SQL["add_name"], (org, thing.kind, thing.id, thing.name, key))
        except sqlite3.IntegrityError:
            raise _taken(f"this org already has a {thing.kind} named {thing.name}") from None

    # Resources

    def number(self, org: int, type: str, id: str) -> int | None:
        row = self._run(SQL["number"], (org, type, id)).fetchone()
        return row[0] if row else None

    def resource(self, org: int, type: str, id: str) -> Kept | None:
        row = self._run(SQL["resource"], (org, type, id)).fetchone()
        return _kept(row) if row else None

    def resources(self, org: int, type: str, ns: Sequence[int]) -> Sequence[Kept]:
        rows = (self._run(SQL["resource_by_number"], (org, type, n)).fetchone() for n in sorted(ns))
        return [_kept(row) for row in rows if row]

    def find(self, org: int, type: str, path: str, key: str) -> Sequence[int]:
        return [row[0] for row in self._run(SQL["find"], (org, type, path, key))]

    def holder(self, org: int, type: str, key: str) -> int | None:
        row = self._run(SQL["holder"], (org, type, key)).fetchone()
        return row[0] if row else None

    def find_external(self, org: int, type: str, client: str, value: str) -> Sequence[int]:
        return [row[0] for row in self._run(SQL["find_external"], (org, type, client, value))]

    def page(self, org: int, type: str, active_only: bool, offset: int, limit: int) -> Sequence[Kept]:
        query = SQL["page_of_active" if active_only else "page_of_live"]
        return [_kept(row) for row in self._run(query, (org, type, offset, limit))]

    def count(self, org: int, type: str, active_only: bool) -> int:
        query = SQL["count_active" if active_only else "count_live"]
        count: int = self._run(query, (org, type)).fetchone()[0]
        return count

    def scan(self, org: int, type: str) -> Iterator[Kept]:
        after = 0
        while rows := self._run(SQL["scan_after"], (org, type, after, SCAN_ROWS)).fetchall():
            after = rows[-1][0]
            yield from (_kept(row) for row in rows if row[3] != State.DELETED.value)

    def next_number(self, org: int, type: str) -> int:
        number: int = self._run(SQL["next_number"], (org, type)).fetchone()[0]
        return number

    def insert(self, org: int, type: str, kept: Kept) -> None:
        self._run(SQL["insert"], (org, type, kept.n, kept.id, kept.version, kept.state.value, kept.name, kept.body))

    def update(self, org: int, type: str, kept: Kept) -> None:
        self._run(SQL["update"], (kept.version, kept.state.value, kept.name, kept.body, org, type, kept.n))

    def take_name(self, org: int, type: str, key: str, n: int) -> None:
        holder = self.holder(org, type, key)
        if holder == n:
            return
        if holder is not None:
            raise _taken("another live resource of this org has this name")
        self.free_name(org, type, n)
        self._run(SQL["take_name"], (org, type, key, n))

    def free_name(self, org: int, type: str, n: int) -> None:
        self._run(SQL["free_name"], (org, type, n))

    def set_index(self, org: int, type: str, n: int, gone: Iterable[IndexRow], fresh: Iterable[IndexRow]) -> None:
        for row in gone:
            self._run(SQL["drop_index"], (org, type, row.path, row.key, n))
        for row in fresh:
            self._run(SQL["add_index"], (org, type, row.path, row.key, n))

    # externalId

    def external_ids(self, org: int, type: str, client: str, ns: Sequence[int]) -> Mapping[int, str]:
        if len(ns) == 1:
            row = self._run(SQL["external_id"], (org, type, client, ns[0])).fetchone()
            return {ns[0]: row[0]} if row else {}
        if not ns:
            return {}
        wanted = set(ns)
        rows = self._run(SQL["external_ids"], (org, type, client, min(ns), max(ns)))
        return {n: value for n, value in rows if n in wanted}

    def set_external_id(self, org: int, type: str, client: str, n: int, value: str | None) -> None:
        if value is None:
            self._run(SQL["drop_external_id"], (org, type, client, n))
            return
        try:
            self._run(SQL["put_external_id"], (org, type, client, n, value))
        except sqlite3.IntegrityError:
            raise _taken("another resource has this externalId") from None

    def rest_external_ids(self, org: int, type: str, n: int) -> None:
        self._run(SQL["rest_external_ids"], (org, type, n))

    def wake_external_ids(self, org: int, type: str, n: int) -> None:
        self._run(SQL["wake_external_ids"], (org, type, n))
        self._run(SQL["drop_resting_external_ids"], (org, type, n))

    # Members

    def groups_of(self, org: int, users: Sequence[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
        found: dict[int, list[tuple[str, str]]] = {}
        if not users:
            return found
        wanted = set(users)
        for user, group_id, group_name in self._run(SQL["groups_of"], (org, min(users), max(users))):
            if user in wanted:
                found.setdefault(user, []).append((group_id, group_name))
        return found

    def members(self, org: int, group: int) -> Sequence[tuple[int, str]]:
        return self._run(SQL["members"], (org, group)).fetchall()

    def member_count(self, org: int, group: int) -> int:
        count: int = self._run(SQL["member_count"], (org, group)).fetchone()[0]
        return count

    def groups_holding(self, org: int, user: int) -> Sequence[int]:
        return [row[0] for row in self._run(SQL["groups_holding"], (org, user))]

    def is_member(self, org: int, group: int, user: int) -> bool:
        return self._run(SQL["is_member"], (org, group, user)).fetchone() is not None

    def add_members(self, org: int, group: int, users: Iterable[int]) -> None:
        self._run_many(SQL["add_member"], [(org, group, user) for user in users])

    def remove_members(self, org: int, group: int, users: Iterable[int]) -> None:
        self._run_many(SQL["remove_member"], [(org, group, user) for user in users])

    # Audit

    def audit(self, org: int, after: int, limit: int) -> Sequence[AuditEntry]:
        rows = self._run(SQL["audit"], (org, after, limit))
        return [_audit_entry(org, row) for row in rows]

    def audit_head(self, org: int) -> tuple[int, str]:
        row = self._run(SQL["audit_head"], (org,)).fetchone()
        return (row[0], row[1]) if row else (0, "")

    def append_audit(self, org: int, event: Event) -> AuditEntry:
        sequence, previous_hash = self.audit_head(org)
        document = canonical_event(event, sequence + 1)
        entry = AuditEntry(str(org), sequence + 1, event.at, document, previous_hash, chain_hash(previous_hash, document))
        self._run(SQL["append_audit"], (org, entry.sequence, document, previous_hash, entry.hash))
        self._run(SQL["put_audit_head"], (org, entry.sequence, entry.hash))
        return entry


def _org(row: Any) -> Org | None:
    return Org(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) if row else None


def _client(row: Any) -> Client:
    return Client(row[0], row[1], row[2], row[3], frozenset(msgspec.json.decode(row[4])), bool(row[5]))


def _audit_entry(org: int, row: Any) -> AuditEntry:
    # A forged row may hold anything; it must break the chain and not the reader.
    document = row[1] if isinstance(row[1], bytes) else str(row[1]).encode("utf-8", "replace")
    try:
        at = datetime.fromisoformat(msgspec.json.decode(document)["at"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        at = datetime.fromtimestamp(0, UTC)
    return AuditEntry(str(org), row[0], at, document, str(row[2]), str(row[3]))


def _names(rows: Iterable[Any]) -> OrgNames:
    found: dict[str, list[Named]] = {"division": [], "role": [], "skill": [], "language": []}
    for kind, id, name in rows:
        found[kind].append(Named(id, name))
    return OrgNames(tuple(found["division"]), tuple(found["role"]), tuple(found["skill"]), tuple(found["language"]))


def _kept(row: Any) -> Kept:
    return Kept(row[0], row[1], row[2], _STATES[row[3]], row[4], row[5])


def _taken(title: str) -> AlreadyTaken:
    return AlreadyTaken(Problem("JN4021", title, fix="Choose another name, or read the one that exists."))
