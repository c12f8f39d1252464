"""Somebody reads or verifies the audit logs of the hosted orgs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from joiner.store.audit_chain import check_chain
from joiner.store.org_port import OrgReads, OrgStore
from joiner.store.port import AuditEntry, ChainVerdict

STRETCH_ROWS = 1_000


async def verify_audit(store: OrgStore) -> Sequence[ChainVerdict]:
    """Walk the chain of every hosted org. A verdict with ``broken_at`` names the first row that does not fit."""
    rows = store.reads()
    return [check_chain(org.name, _entries(rows, org.key)) for org in rows.orgs()]


async def read_audit(store: OrgStore, org: str, after: int = 0, limit: int = STRETCH_ROWS) -> Sequence[AuditEntry]:
    """Audit rows of an org after a sequence number, oldest first. An unknown org has none."""
    rows = store.reads()
    found = rows.org(org)
    return rows.audit(found.key, after, limit) if found is not None else ()


def _entries(rows: OrgReads, org: int) -> Iterator[AuditEntry]:
    after = 0
    while entries := rows.audit(org, after, STRETCH_ROWS):
        yield from entries
        after = entries[-1].sequence
