"""The rows of the hosted orgs where PostgreSQL needs other words, or fewer round trips, than the statements that both databases share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from joiner.events import Event
from joiner.store.audit_chain import canonical_event, chain_hash
from joiner.store.conditions import Search
from joiner.store.org_port import Found
from joiner.store.org_rows import OrgRows, Remembered
from joiner.store.org_search import COUNT, Written, key_of, order_of
from joiner.store.port import AuditEntry
from joiner.store.resource_rows import kept_of
from joiner.store.statements import Statements

_FOUND = """WITH found AS MATERIALIZED (SELECT s.n, {key} AS key FROM searchable AS s WHERE s.org = ? AND s.type = ?{where}),
    page AS (SELECT s.n, s.key FROM found AS s ORDER BY {order} LIMIT ? OFFSET ?)
"""
"""What a condition finds, gathered in one look at the narrow table, and its page."""

_CUT = """WITH page AS (SELECT s.n, {key} AS key FROM searchable AS s WHERE s.org = ? AND s.type = ?{where}
    ORDER BY {order_below} LIMIT ? OFFSET ?)
"""
"""A page where all that there is would be too much to gather: it is cut on an index, and counted on one."""

_SHOWN = """SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n), s.key, {total}
FROM (SELECT 1) AS always LEFT JOIN page AS s ON true LEFT JOIN resource AS r ON r.n = s.n
LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ? AND x.n = r.n ORDER BY {order}"""
"""The page as it is shown, and how many there are; always a row, so that an empty page has its count."""

_ALL_FOUND = "(SELECT count(*) FROM found)"
_ALL_COUNTED = f"({COUNT})"


class PgOrgRows(OrgRows):
    """One function of SQL has another name here, and a search is one statement."""

    instr = "strpos"

    def search(self, org: int, type: str, client: str, search: Search) -> Found:
        if not search.limit:
            return super().search(org, type, client, search)
        written, counted = Written(org, type, self.instr), Written(org, type, self.instr)
        key, order_below = key_of(search.order), order_of(search.order)
        order = order_below.replace(key, "s.key") if search.order else "s.n"
        words = {"key": key, "order": order, "order_below": order_below}
        where, limits = written.where(search), (search.limit + 1, search.offset)
        if search.condition is not None and search.after is None:
            query = (_FOUND + _SHOWN).format(where=where, total=_ALL_FOUND, **words)
            values = [org, type, *written.values, *limits, client]
        else:
            total = _ALL_COUNTED.format(where=counted.where(search))
            query = (_CUT + _SHOWN).format(where=where + written.behind(search), total=total, **words)
            values = [org, type, *written.values, *limits, org, type, *counted.values, client]
        rows = self._sql.text(query, values)
        page = [row for row in rows if row[0] is not None]
        last = (page[search.limit - 1][8], page[search.limit - 1][0]) if len(page) > search.limit else None
        return Found(rows[0][9], [kept_of(row) for row in page[: search.limit]], last)

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
