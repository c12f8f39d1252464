"""The rows of the hosted orgs where SQLite can do better than the statements that both databases share.

Reading: counts and places of pages come from numbers in memory (:class:`joiner.store.org_numbers.Census`), resources from those that
were read or written last (:class:`joiner.store.org_recent.Recent`). Writing: the end of the audit chain and the next number are
remembered within and between transactions. What is remembered follows the connection it was read from; the store says when it no
longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from joiner.events import Event
from joiner.store.audit_chain import canonical_event, chain_hash
from joiner.store.conditions import Search
from joiner.store.org_numbers import Census, Numbers
from joiner.store.org_port import DELETED, Face, Found, Kept, Listed
from joiner.store.org_recent import Recent
from joiner.store.org_rows import Remembered
from joiner.store.port import AuditEntry
from joiner.store.resource_rows import kept_of
from joiner.store.sqlite_search import SearchingRows, lie_close, rises
from joiner.store.statements import Statements

LONG_SCAN_ROWS = 20_000
"""A search that looks at more rows takes several milliseconds: it goes to another thread where the caller allows it."""

FEW_MISSING_SHARE = 8
"""Where no more than an eighth of a page has to be read, each is read alone."""


class TooLong(BaseException):
    """A scan of many rows is about to begin where others would wait for it. No Exception, so that no work takes it for a refusal."""


class SqliteReadRows(SearchingRows):
    """Reads of the last committed state. ``patient``: long scans may begin here, because nobody waits for them."""

    def __init__(self, statements: Statements, remembered: Remembered, census: Census | None, recent: Recent | None = None) -> None:
        super().__init__(statements, remembered)
        self._recent = recent
        self.keeps_ready = recent is not None
        self._census = census
        self._nesting: dict[int, Mapping[int, tuple[int, ...]]] = {}
        self.patient = True

    def resource(self, org: int, type: str, id: str, client: str = "") -> Kept | None:
        if self._recent is None:
            return super().resource(org, type, id, client)
        kept = self._recent.get(org, type, id, client)
        if kept is None:
            kept = super().resource(org, type, id, client)
            if kept is not None:
                self._recent.put(org, type, client, kept)
        return kept

    def _by_value(self, org: int, type: str, client: str, key: str, path: str) -> Kept | None:
        recent = self._recent
        if recent is None or path:
            return super()._by_value(org, type, client, key, path)
        kept = recent.named(org, type, key, client)
        if kept is None:
            kept = super()._by_value(org, type, client, key, path)
            if kept is not None:
                recent.put_named(org, type, key, client, kept)
        return kept

    def _by_number(self, org: int, type: str, client: str, n: int) -> Kept | None:
        recent = self._recent
        kept = recent.numbered(org, type, n, client) if recent is not None else None
        if kept is None:
            kept = super()._by_number(org, type, client, n)
            if kept is not None and recent is not None:
                recent.put(org, type, client, kept)
        return kept

    def bodies(self, org: int, type: str, client: str, ns: list[int]) -> Sequence[Listed]:
        recent = self._recent
        if recent is None or len(ns) < 2:
            return super().bodies(org, type, client, ns)
        known = recent.page(ns, client)
        missing = known.count(None)
        if missing <= len(ns) // FEW_MISSING_SHARE:
            found = (kept or self._by_number(org, type, client, n) for n, kept in zip(ns, known, strict=True))
            return [kept for kept in found if kept is not None]
        if not recent.has_room_for(missing) or not rises(ns) or not lie_close(ns):
            return super().bodies(org, type, client, ns)
        wanted = set(ns)
        rows = self._sql.all("page_whole", org, type, ns[0], ns[-1], client)
        page = [kept_of(row) for row in rows if row[0] in wanted]
        for kept in page:
            recent.put(org, type, client, kept)
        return page

    def search(self, org: int, type: str, client: str, search: Search) -> Found:
        if search.condition is not None or search.order is not None or self._census is None:
            return super().search(org, type, client, search)
        numbers = self._numbers(org, type, search.active_only)
        total = len(numbers)
        if not search.limit or search.offset >= total:
            return Found(total, ())
        if search.after is None:
            ns = numbers.part(search.offset, search.limit + 1)
        else:
            ns = numbers.behind(search.after[1], search.offset, search.limit + 1)
        page = ns[: search.limit]
        return Found(total, self.bodies(org, type, client, page), (None, page[-1]) if len(ns) > search.limit else None)

    def count(self, org: int, type: str, active_only: bool) -> int:
        return super().count(org, type, active_only) if self._census is None else len(self._numbers(org, type, active_only))

    def nesting(self, org: int) -> Mapping[int, tuple[int, ...]]:
        known = self._nesting.get(org)
        if known is None:
            known = self._nesting[org] = super().nesting(org)
        return known

    def forget_nesting(self) -> None:
        self._nesting.clear()

    def beware(self, org: int, type: str) -> None:
        if not self.patient and len(self._numbers(org, type, False)) > LONG_SCAN_ROWS:
            raise TooLong

    def _numbers(self, org: int, type: str, active_only: bool) -> Numbers:
        assert self._census is not None
        known = self._census.get(org, type) or self._census.put(org, type, self._sql.all("census", org, type))
        return known[active_only]


class Undo(NamedTuple):
    """How far a transaction was before one more work began."""

    notes: int
    heads: dict[int, tuple[int, str]]
    next_number: int


class SqliteWriteRows(SearchingRows):
    """Reads and writes of one transaction after the other. ``notes`` are the states that resources have from COMMIT on."""

    def __init__(self, statements: Statements, remembered: Remembered, recent: Recent) -> None:
        super().__init__(statements, remembered)
        self._recent = recent
        self.notes: list[tuple[int, str, int, int]] = []
        self.renested = False
        self._heads: dict[int, tuple[int, str]] = {}
        self._moved: set[int] = set()
        self._next_number = 0

    def resource(self, org: int, type: str, id: str, client: str = "") -> Kept | None:
        kept = self._recent.get(org, type, id, client)
        if kept is not None and not self._recent.changed(kept.n):
            return kept
        kept = super().resource(org, type, id, client)
        if kept is not None and not self._recent.changed(kept.n):
            self._recent.put(org, type, client, kept)
        return kept

    def next_number(self, org: int, type: str) -> int:
        number = self._next_number or super().next_number(org, type)
        self._next_number = number + 1
        return number

    def insert(self, org: int, type: str, kept: Kept, face: Face) -> None:
        self._next_number = max(self._next_number, kept.n + 1) if self._next_number else 0
        super().insert(org, type, kept, face)
        self._recent.doubt((kept.n,))
        self.notes.append((org, type, kept.n, kept.state))

    def update(self, org: int, type: str, kept: Kept, face: Face | None) -> None:
        super().update(org, type, kept, face)
        self._recent.rewrite(kept)
        if face is not None:
            self.notes.append((org, type, kept.n, kept.state))

    def _put_searchable(self, org: int, type: str, kept: Kept, face: Face, fresh: bool = False) -> None:
        if fresh or face.slots is None or kept.state is DELETED:
            super()._put_searchable(org, type, kept, face, fresh)
        elif not self._sql.change("change_searchable", int(kept.state), face.modified, *face.slots, org, type, kept.n):
            super()._put_searchable(org, type, kept, face)

    def free_name(self, org: int, type: str, key: str, n: int, path: str = "") -> None:
        self._recent.doubt((n,))
        super().free_name(org, type, key, n, path)

    def set_external_id(self, org: int, type: str, client: str, n: int, value: str | None) -> None:
        self._recent.doubt((n,))
        super().set_external_id(org, type, client, n, value)

    def rest_external_ids(self, org: int, type: str, n: int) -> None:
        self._recent.doubt((n,))
        super().rest_external_ids(org, type, n)

    def wake_external_ids(self, org: int, type: str, n: int) -> None:
        self._recent.doubt((n,))
        super().wake_external_ids(org, type, n)

    def add_members(self, org: int, group: int, users: Iterable[int]) -> None:
        ns = list(users)
        self._recent.doubt(ns)
        super().add_members(org, group, ns)

    def remove_members(self, org: int, group: int, users: Iterable[int]) -> None:
        ns = list(users)
        self._recent.doubt(ns)
        super().remove_members(org, group, ns)

    def _claim_external_id(self, org: int, type: str, client: str, n: int, value: str) -> bool:
        return bool(self._sql.change("claim_external_id", org, type, client, n, value))

    def add_nested(self, org: int, group: int, children: Iterable[int]) -> None:
        self.renested = True
        super().add_nested(org, group, children)

    def remove_nested(self, org: int, group: int, children: Iterable[int]) -> None:
        self.renested = True
        super().remove_nested(org, group, children)

    # The end of the audit chain is written once per transaction

    def audit_head(self, org: int) -> tuple[int, str]:
        head = self._heads.get(org)
        if head is None:
            head = self._heads[org] = super().audit_head(org)
        return head

    def append_audit(self, org: int, event: Event) -> AuditEntry:
        sequence, previous_hash = self.audit_head(org)
        document = canonical_event(event, sequence + 1)
        entry = AuditEntry(str(org), sequence + 1, event.at, document, previous_hash, chain_hash(previous_hash, document))
        self._sql.change("append_audit", org, entry.sequence, document, previous_hash, entry.hash)
        self._heads[org] = (entry.sequence, entry.hash)
        self._moved.add(org)
        return entry

    # Transactions, as the store says

    def mark(self) -> Undo:
        return Undo(len(self.notes), dict(self._heads), self._next_number)

    def take_back(self, mark: Undo) -> None:
        """What was done since ``mark`` did not happen."""
        del self.notes[mark.notes :]
        self._recent.doubt_all_changes()
        self.touched = True  # what was read meanwhile may be remembered
        self._heads, self._next_number = mark.heads, mark.next_number

    def finish(self) -> None:
        """Right before COMMIT: keep what was held back."""
        for org in self._moved:
            self._sql.change("put_audit_head", org, *self._heads[org])
        self._moved.clear()

    def forget(self) -> None:
        """The transaction was rolled back, or another process wrote: nothing that is remembered counts."""
        self.notes.clear()
        self._recent.undo()
        self._recent.forget()
        self._heads.clear()
        self._moved.clear()
        self._next_number = 0
        self.touched = False
