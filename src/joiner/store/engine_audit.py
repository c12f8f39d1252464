"""The engine's audit log: one hash chain per pipe, appended to in the transaction of what it tells about.

The chain itself (what is hashed, and how) is in ``store/audit_chain.py``. Here are the rows: appending, finding those about
one person, counting removals for the rolling caps, and walking all of it. Columns that repeat parts of a row's document for
searching are checked against the document when the chain is walked, and the walk must end at the remembered head.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from joiner.events import Event
from joiner.store.audit_chain import GENESIS_HASH, canonical_event, chain_hash, check_chain
from joiner.store.engine_codec import format_time, parse_time
from joiner.store.port import AuditEntry, ChainVerdict
from joiner.sync.record import PersonKey

PERSON = "person"
DEACTIVATED = "person.deactivated"
MEMBER_REMOVED = "group.member_removed"
DEACTIVATION_GUARDS = frozenset({"leavers", "vanished"})
GROUP_REMOVALS = "group_removals"

Queries = Mapping[str, str]
_NO_TIME = datetime.min.replace(tzinfo=UTC)


class _Marks(NamedTuple):
    """What a row is found by: the person it is about, and the guard whose rolling cap it counts against."""

    person: str | None
    removal_guard: str | None
    removals: int


def append_events(connection: sqlite3.Connection, queries: Queries, chain: str, events: Sequence[Event]) -> None:
    """Append rows inside the caller's transaction, so that no change is without its row and no row without its change."""
    if not events:
        return
    head = connection.execute(queries["find_head"], (chain,)).fetchone()
    sequence, previous_hash = head or (0, GENESIS_HASH)
    rows = []
    for event in events:
        sequence += 1
        document = canonical_event(event, sequence)
        row_hash = chain_hash(previous_hash, document)
        marks = _marks(event.name, event.target_type, event.target_id, event.after)
        rows.append((chain, sequence, format_time(event.at), document, previous_hash, row_hash, *marks))
        previous_hash = row_hash
    connection.executemany(queries["append_audit"], rows)
    connection.execute(queries["put_head"], (chain, sequence, previous_hash))


def person_history(connection: sqlite3.Connection, queries: Queries, chain: str, person: PersonKey, limit: int) -> tuple[AuditEntry, ...]:
    """Rows about one person, newest first, at most ``limit``."""
    return tuple(map(_entry, connection.execute(queries["history_of_person"], (chain, str(person), max(limit, 0)))))


def count_removals(connection: sqlite3.Connection, queries: Queries, chain: str, since: datetime) -> dict[str, int]:
    """Removals by guard after ``since``, groups apart (``group_removals:ID``). Guards of people are present even with 0."""
    counted = dict.fromkeys(sorted(DEACTIVATION_GUARDS), 0)
    counted.update(connection.execute(queries["removals_since"], (chain, format_time(since))).fetchall())
    return counted


def verify_chains(connection: sqlite3.Connection, queries: Queries) -> tuple[ChainVerdict, ...]:
    """Walk every chain from its first row to its head and compute everything again."""
    chains = [chain for (chain,) in connection.execute(queries["list_chains"]).fetchall()]
    return tuple(_verify_chain(connection, queries, chain) for chain in chains)


def _verify_chain(connection: sqlite3.Connection, queries: Queries, chain: str) -> ChainVerdict:
    walk = _Walk(connection.execute(queries["walk_chain"], (chain,)))
    verdict = check_chain(chain, walk.entries())
    if walk.misfit and (not verdict.broken_at or walk.misfit <= verdict.broken_at):
        return ChainVerdict(chain, verdict.rows, walk.misfit, f"the search columns of row {walk.misfit} do not agree with its document")
    if verdict.broken_at:
        return verdict
    head = connection.execute(queries["find_head"], (chain,)).fetchone()
    if head != (verdict.rows, walk.last_hash):
        expected = f"row {head[0]}" if head else "no head at all"
        return ChainVerdict(chain, verdict.rows, verdict.rows + 1, f"the chain ends at row {verdict.rows}, its head remembers {expected}")
    return verdict


class _Walk:
    """Hands rows to the hash check and looks at their columns in passing, so that a long chain is read once."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._rows = rows
        self.misfit = 0
        self.last_hash = GENESIS_HASH

    def entries(self) -> Iterator[AuditEntry]:
        for chain, sequence, at, document, previous_hash, row_hash, *marks in self._rows:
            # Somebody who edits rows by hand may leave values of any type; the walk must judge them, not fall over them.
            content = document if isinstance(document, bytes) else str(document).encode()
            told_at = _told_at(content, _Marks(*marks))
            if not self.misfit and (told_at is None or format_time(told_at) != at):
                self.misfit = sequence
            self.last_hash = row_hash
            yield AuditEntry(chain, sequence, told_at or _NO_TIME, content, previous_hash, row_hash)


def _told_at(document: bytes, marks: _Marks) -> datetime | None:
    """The time that the document tells, or None if it cannot be read or its search marks are not ``marks``."""
    try:
        row = msgspec.json.decode(document)
        expected = _marks(row["name"], row["target"]["type"], row["target"]["id"], row["after"])
        return datetime.fromisoformat(row["at"]) if expected == marks else None
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _marks(name: str, target_type: str, target_id: str, after: Mapping[str, Any]) -> _Marks:
    person = target_id if target_type == PERSON else None
    if name == DEACTIVATED and after.get("guard") in DEACTIVATION_GUARDS:
        return _Marks(person, after["guard"], 1)
    if name == MEMBER_REMOVED:
        # A removal event without a count is one removal: a cap that miscounts must count too much.
        return _Marks(person, f"{GROUP_REMOVALS}:{target_id}", int(after.get("count", 1)))
    return _Marks(person, None, 0)


def _entry(row: Any) -> AuditEntry:
    chain, sequence, at, document, previous_hash, row_hash = row
    return AuditEntry(chain, sequence, parse_time(at), bytes(document), previous_hash, row_hash)
