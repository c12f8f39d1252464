"""Searches as SQLite does them best: the narrow table is looked at once, and the bodies of a page are read in one go.

A search over resources that are named one by one, as nearly all are, needs no search at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from joiner.store.conditions import AmongNumbers, Condition, HeldBy, Search
from joiner.store.org_port import DELETED, INACTIVE, Brief, Found, Kept, Listed
from joiner.store.org_rows import OrgRows
from joiner.store.org_search import COUNT, NUMBERS, Written, key_of, order_of, scans
from joiner.store.resource_rows import kept_of

NAMED_MAX = 200
"""So many resources that are named by number are read one by one, without a search."""


JOINED = "SELECT group_concat(s.n) FROM searchable AS s WHERE s.org = ? AND s.type = ?{where}"
"""All numbers in one row: a row of its own each costs five times as much."""


class SearchingRows(OrgRows):
    """A search that looks at the narrow table once and reads the bodies of its page alone."""

    def search(self, org: int, type: str, client: str, search: Search) -> Found:
        condition = search.condition
        if search.order is None and search.after is None:
            named = self._named(org, type, client, condition)
            if named is not None:
                return _cut(named, search)
        if scans(condition):
            self.beware(org, type)
        written = Written(org, type)
        where = written.where(search)
        if condition is None or search.after is not None:
            return self._counted(org, type, client, search, written, where)
        end = search.offset + search.limit
        if search.order is None:
            ((joined,),) = self._sql.text(JOINED.format(where=where), [org, type, *written.values])
            ns = sorted(map(int, joined.split(","))) if joined else []
            shown = ns[search.offset : end]
            return Found(len(ns), self.bodies(org, type, client, shown), (None, shown[-1]) if shown and end < len(ns) else None)
        query = NUMBERS.format(where=where, order=order_of(search.order), key=key_of(search.order))
        found = self._sql.text(query, [org, type, *written.values])
        page = found[search.offset : end]
        last = (page[-1][1], page[-1][0]) if page and end < len(found) else None
        return Found(len(found), self.bodies(org, type, client, [n for n, _ in page]), last)

    def _counted(self, org: int, type: str, client: str, search: Search, written: Written, where: str) -> Found:
        """Where all that fits would be too much to read: count it, then read what stands on the page."""
        if search.condition is None:
            total = self.count(org, type, search.active_only)
        else:
            total = self._sql.text(COUNT.format(where=where), [org, type, *written.values])[0][0]
        if not search.limit or search.offset >= total:
            return Found(total, ())
        where += written.behind(search)
        query = NUMBERS.format(where=where, order=order_of(search.order), key=key_of(search.order)) + " LIMIT ? OFFSET ?"
        found = self._sql.text(query, [org, type, *written.values, search.limit + 1, search.offset])
        page = found[: search.limit]
        last = (page[-1][1], page[-1][0]) if len(found) > search.limit else None
        return Found(total, self.bodies(org, type, client, [n for n, _ in page]), last)

    def _named(self, org: int, type: str, client: str, condition: Condition | None) -> Sequence[Kept] | None:
        """The resources that a condition names one by one, in order, tombstones included; None if it names none so."""
        if isinstance(condition, HeldBy):
            kept = self._by_value(org, type, client, condition.key, condition.path)
            return () if kept is None else (kept,)
        if isinstance(condition, AmongNumbers) and len(condition.numbers) <= NAMED_MAX:
            ns = sorted(set(condition.numbers))
            return [kept for n in ns if (kept := self._by_number(org, type, client, n)) is not None]
        return None

    def _by_value(self, org: int, type: str, client: str, key: str, path: str) -> Kept | None:
        row = self._sql.one("resource_held", org, type, path, key, client)
        return kept_of(row) if row else None

    def _by_number(self, org: int, type: str, client: str, n: int) -> Kept | None:
        row = self._sql.one("resource_by_number", org, type, n, client)
        return kept_of(row) if row else None

    def scan(self, org: int, type: str, client: str = "", condition: Condition | None = None) -> Iterator[Kept]:
        if scans(condition):
            self.beware(org, type)
        return super().scan(org, type, client, condition)

    def beware(self, org: int, type: str) -> None:
        """A scan of this type begins. Raises TooLong where it must not."""

    def bodies(self, org: int, type: str, client: str, ns: list[int]) -> Sequence[Listed]:
        """The resources of these numbers, in their order. Numbers that lie close together are read in one go."""
        if len(ns) < 3 or not rises(ns) or not lie_close(ns):
            one = self._sql.one
            return [kept_of(row) for n in ns if (row := one("resource_by_number", org, type, n, client)) is not None]
        first, last = ns[0], ns[-1]
        rows = self._sql.all("page", first, last, org, type)
        if len(rows) != len(ns):
            wanted = set(ns)
            rows = [row for row in rows if row[0] in wanted]
        external = self._external_ids(org, type, client, first, last).get if client else _none
        # Whether they are in groups is asked by groups_of, of all of them at once.
        maybe = type == "User"
        return [Brief(n, id, body, external(n), maybe) for n, id, body in rows]

    def _external_ids(self, org: int, type: str, client: str, first: int, last: int) -> Mapping[int, str]:
        """By number. A row of its own for each would cost three times as much; no text that we keep has a NUL."""
        ns, values = self._sql.one("external_ids_joined", org, type, client, first, last)
        return dict(zip(map(int, ns.split(",")), values.split("\0"), strict=True)) if ns else {}

    def groups_of(self, org: int, users: Sequence[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
        """People on one page are often in the same groups: each group is read once."""
        if len(users) == 1:
            return super().groups_of(org, users)
        ns = sorted(users)
        if ns and lie_close(ns):
            pairs = self._sql.all("memberships", org, ns[0], ns[-1])
            if pairs and len(ns) <= ns[-1] - ns[0]:
                wanted = set(ns)
                pairs = [pair for pair in pairs if pair[0] in wanted]
        else:
            pairs = [pair for n in ns for pair in self._sql.all("memberships", org, n, n)]
        named = {group: self._sql.one("group_named", org, group) for group in {group for _, group in pairs}}
        found: dict[int, list[tuple[str, str]]] = {}
        for user, group in pairs:
            found.setdefault(user, []).append(named[group])
        return found


def _cut(named: Sequence[Kept], search: Search) -> Found:
    """The page of a search out of all that it may find."""
    gone = (DELETED, INACTIVE) if search.active_only else (DELETED,)
    found = [kept for kept in named if kept.state not in gone]
    page = found[search.offset : search.offset + search.limit]
    return Found(len(found), page, (None, page[-1].n) if page and search.offset + search.limit < len(found) else None)


def rises(ns: list[int]) -> bool:
    return sorted(ns) == ns


def lie_close(ns: Sequence[int]) -> bool:
    """Whether few numbers of others lie between them."""
    return ns[-1] - ns[0] <= 2 * len(ns)


def _none(n: int) -> None:
    return None
