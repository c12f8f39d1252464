"""Somebody reads or verifies the audit logs of the hosted orgs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from joiner.store.audit_chain import check_chain
from joiner.store.org_port import Org, OrgReads, OrgStore
from joiner.store.port import AuditEntry, ChainVerdict

STRETCH_ROWS = 1_000


async def verify_audit(store: OrgStore) -> Sequence[ChainVerdict]:
    """Walk the chain of every hosted org. A verdict with ``broken_at`` names the first row that does not fit or is gone."""
    return await store.read(0, lambda rows: [_verify(rows, org) for org in rows.orgs()], long=True)


async def read_audit(store: OrgStore, org: str, after: int = 0, limit: int = STRETCH_ROWS) -> Sequence[AuditEntry]:
    """Audit rows of an org after a sequence number, oldest first. An unknown org has none."""

    def work(rows: OrgReads) -> Sequence[AuditEntry]:
        found = rows.org(org)
        return rows.audit(found.key, after, limit) if found is not None else ()

    return await store.read(0, work)


def _verify(rows: OrgReads, org: Org) -> ChainVerdict:
    """A server may append while we walk: the chain must pass the head as it was before and end at most at the head as it is after."""
    sequence, head_hash = rows.audit_head(org.key)
    walk = _Walk(rows, org.key, sequence)
    verdict = check_chain(org.name, walk.entries())
    if verdict.broken_at:
        return verdict
    if not verdict.rows:
        return ChainVerdict(org.name, 0, 1, "row 1 is missing: adding the org wrote one")
    if walk.hash_at_head != head_hash or verdict.rows > rows.audit_head(org.key)[0]:
        expected = f"row {sequence}" if sequence else "no head at all"
        detail = f"the chain ends at row {verdict.rows}, its head remembers {expected}"
        return ChainVerdict(org.name, verdict.rows, verdict.rows + 1, detail)
    return verdict


class _Walk:
    """Hands the rows of a chain on, stretch by stretch, and remembers the hash of the one that the head names."""

    def __init__(self, rows: OrgReads, org: int, head: int) -> None:
        self._rows, self._org, self._head = rows, org, head
        self.hash_at_head = ""

    def entries(self) -> Iterator[AuditEntry]:
        after = 0
        while stretch := self._rows.audit(self._org, after, STRETCH_ROWS):
            for entry in stretch:
                if entry.sequence == self._head:
                    self.hash_at_head = entry.hash
                yield entry
            after = stretch[-1].sequence
