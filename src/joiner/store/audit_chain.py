"""The hash chain of audit rows: what is hashed, and how. Both our databases (orgs and engine) use it.

A row's hash covers its own canonical bytes and the hash of the row before it, so that a row that was changed, dropped or
slipped in breaks every hash that follows. It does not store anything and does not decide what is worth a row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from joiner.events import Actor, Event
from joiner.store.port import AuditEntry, ChainVerdict

GENESIS_HASH = ""
"""The previous hash of a chain's first row."""

_ENCODER = msgspec.json.Encoder(order="sorted")


class _Target(msgspec.Struct, gc=False):
    type: str
    id: str
    name: str


class _Row(msgspec.Struct, gc=False, omit_defaults=True):
    """An event as it is written; all that has no default is always written."""

    sequence: int
    name: str
    at: str
    actor: Actor
    target: _Target
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    request_id: str
    method: str = ""


def chain_hash(previous_hash: str, canonical_row: bytes) -> str:
    """The SHA-256 (hex) that binds ``canonical_row`` to all rows before it. ``previous_hash`` is "" for the first row."""
    return hashlib.sha256(previous_hash.encode("ascii") + b"\n" + canonical_row).hexdigest()


def canonical_event(event: Event, sequence: int) -> bytes:
    """The one JSON spelling of an event (keys sorted, UTF-8, no blanks) that is stored and hashed."""
    row = _Row(
        sequence,
        event.name,
        event.at.isoformat(),
        event.actor,
        _Target(event.target_type, event.target_id, event.target_name),
        event.before,
        event.after,
        event.reason,
        event.request_id,
        event.method,
    )
    return _ENCODER.encode(row)


def check_chain(chain: str, entries: Iterable[AuditEntry]) -> ChainVerdict:
    """Walk a chain from its first row and say where it breaks first, if anywhere. Rows must come in order of sequence."""
    previous_hash, rows = GENESIS_HASH, 0
    for entry in entries:
        rows += 1
        if entry.sequence != rows:
            return ChainVerdict(chain, rows, rows, f"row {rows} is missing: the next row present is {entry.sequence}")
        if entry.previous_hash != previous_hash:
            return ChainVerdict(chain, rows, rows, f"row {rows} does not continue row {rows - 1}")
        if chain_hash(previous_hash, entry.document) != entry.hash:
            return ChainVerdict(chain, rows, rows, f"row {rows} was changed after it was written")
        previous_hash = entry.hash
    return ChainVerdict(chain, rows)
