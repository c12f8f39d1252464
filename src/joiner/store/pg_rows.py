"""The rows of the hosted orgs where PostgreSQL needs other words, or fewer round trips, than the statements that both databases share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from joiner.events import Event
from joiner.store.audit_chain import canonical_event, chain_hash
from joiner.store.org_rows import OrgRows, Remembered
from joiner.store.port import AuditEntry
from joiner.store.statements import Statements


class PgOrgRows(OrgRows):
    """One function of SQL has another name here."""

    instr = "strpos"

    def definitions_now(self, org: int) -> list[Any]:
        """(count of changes, kind, id, document) of an org's definitions, of one moment."""
        return self._sql.all("definitions_now", org)


class PgWriteRows(PgOrgRows):
    """The rows of one transaction. Its audit rows are sent together, by ``flush`` before COMMIT or when somebody reads them.

    The end of a chain is read once: nobody else can move it while the lock of the org is held.
    """

    def __init__(self, statements: Statements, remembered: Remembered) -> None:
        super().__init__(statements, remembered)
        self._heads: dict[int, tuple[int, str]] = {}
        self._moved: set[int] = set()
        self._waiting: list[tuple[int, int, bytes, str, str]] = []

    def audit_head(self, org: int) -> tuple[int, str]:
        head = self._heads.get(org)
        if head is None:
            head = self._heads[org] = super().audit_head(org)
        return head

    def audit(self, org: int, after: int, limit: int) -> Sequence[AuditEntry]:
        self.flush()
        return super().audit(org, after, limit)

    def append_audit(self, org: int, event: Event) -> AuditEntry:
        sequence, previous_hash = self.audit_head(org)
        document = canonical_event(event, sequence + 1)
        entry = AuditEntry(str(org), sequence + 1, event.at, document, previous_hash, chain_hash(previous_hash, document))
        self._waiting.append((org, entry.sequence, document, previous_hash, entry.hash))
        self._heads[org] = (entry.sequence, entry.hash)
        self._moved.add(org)
        return entry

    def flush(self) -> None:
        """Send the audit rows that wait, and where each chain ends now."""
        self._sql.many("append_audit", self._waiting)
        self._waiting = []
        for org in sorted(self._moved):
            self._sql.change("put_audit_head", org, *self._heads[org])
        self._moved.clear()

    @property
    def audited(self) -> int:
        """How many audit rows wait to be sent."""
        return len(self._waiting)

    def settle(self) -> dict[int, tuple[int, str]]:
        """Send what waits before a savepoint; answers what :meth:`undo` needs when the savepoint is gone back to."""
        self.flush()
        return dict(self._heads)

    def undo(self, heads: dict[int, tuple[int, str]]) -> None:
        self._heads = heads
        self._waiting = []
        self._moved.clear()
