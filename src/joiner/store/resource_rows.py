"""Resources, their index rows, externalIds and members over :class:`Statements`: rows in, frozen values out. No transactions here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from joiner.errors import AlreadyTaken, Problem
from joiner.store.conditions import Condition, Search
from joiner.store.org_port import DELETED, Face, Found, IndexRow, Kept, State
from joiner.store.org_search import COUNT, NUMBERS, PAGE, Written, key_of, order_of
from joiner.store.statements import Statements

SCAN_ROWS = 500
"""Rows read at once by a scan; between stretches no statement stays open, so that a COMMIT is never held up."""

STATES = {state.value: state for state in State}


class ResourceRows:
    """The part of ``OrgReads`` and ``OrgWrites`` that is about resources."""

    instr = "instr"

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def number(self, org: int, type: str, id: str) -> int | None:
        row = self._sql.one("number", org, type, id)
        return row[0] if row else None

    def resource(self, org: int, type: str, id: str, client: str = "") -> Kept | None:
        row = self._sql.one("resource", org, type, id, client)
        return kept_of(row) if row else None

    def resources(self, org: int, type: str, ns: Sequence[int], client: str = "") -> Sequence[Kept]:
        rows = (self._sql.one("resource_by_number", org, type, n, client) for n in sorted(ns))
        return [kept_of(row) for row in rows if row]

    def find(self, org: int, type: str, path: str, key: str) -> Sequence[int]:
        return [row[0] for row in self._sql.all("found_by", org, type, path, key)]

    def holder(self, org: int, type: str, key: str, path: str = "") -> int | None:
        row = self._sql.one("holder", org, type, path, key)
        return row[0] if row else None

    def holder_and_found(self, org: int, type: str, key: str, path: str) -> tuple[int | None, Sequence[int]]:
        rows = self._sql.all("holder_and_found", org, type, key, path)
        holder = next((n for n, holds in rows if holds), None)
        return holder, sorted({n for n, holds in rows if not holds})

    def find_external(self, org: int, type: str, client: str, value: str) -> Sequence[int]:
        return [row[0] for row in self._sql.all("find_external", org, type, client, value)]

    def search(self, org: int, type: str, client: str, search: Search) -> Found:
        written = Written(org, type, self.instr)
        where = written.where(search)
        counted = self._sql.text(COUNT.format(where=where), [org, type, *written.values])
        total: int = counted[0][0] if counted else 0
        if not search.limit or search.offset >= total:
            return Found(total, ())
        where += written.behind(search)
        query = PAGE.format(where=where, order=order_of(search.order), key=key_of(search.order))
        rows = self._sql.text(query, [client, org, type, *written.values, search.limit + 1, search.offset])
        page = rows[: search.limit]
        last = (page[-1][8], page[-1][0]) if len(rows) > search.limit else None
        return Found(total, [kept_of(row) for row in page], last)

    def count(self, org: int, type: str, active_only: bool) -> int:
        count: int = self._sql.one("count_active" if active_only else "count_live", org, type)[0]
        return count

    def every(self, org: int, type: str, after: int = 0, client: str = "") -> Iterator[Kept]:
        while rows := self._sql.all("scan_after", org, type, after, SCAN_ROWS, client):
            after = rows[-1][0]
            yield from map(kept_of, rows)

    def scan(self, org: int, type: str, client: str = "", condition: Condition | None = None) -> Iterator[Kept]:
        if condition is None:
            yield from (kept for kept in self.every(org, type, 0, client) if kept.state is not DELETED)
            return
        written = Written(org, type, self.instr)
        query = NUMBERS.format(where=f" AND {written.condition(condition)}", key="NULL", order="s.n")
        for n, _ in self._sql.text(query, [org, type, *written.values]):
            row = self._sql.one("resource_by_number", org, type, n, client)
            if row:
                yield kept_of(row)

    def next_number(self, org: int, type: str) -> int:
        number: int = self._sql.one("next_number")[0]
        return number

    def insert(self, org: int, type: str, kept: Kept, face: Face) -> None:
        self._sql.change("insert", kept.n, org, type, kept.id, kept.version, int(kept.state), kept.name, face.display, kept.body)
        self._put_searchable(org, type, kept, face, fresh=True)

    def update(self, org: int, type: str, kept: Kept, face: Face | None) -> None:
        if face is None:
            self._sql.change("update_body", kept.version, kept.body, org, type, kept.n)
            return
        self._sql.change("update", kept.version, int(kept.state), kept.name, face.display, kept.body, org, type, kept.n)
        self._put_searchable(org, type, kept, face)

    def _put_searchable(self, org: int, type: str, kept: Kept, face: Face, fresh: bool = False) -> None:
        if kept.state is DELETED:
            self._sql.change("drop_searchable", org, type, kept.n)
        elif face.slots is None:
            self._sql.change("touch_searchable", int(kept.state), face.modified, org, type, kept.n)
        else:
            self._sql.change("insert_searchable", org, type, kept.n, int(kept.state), face.modified, *face.slots)

    def take_name(self, org: int, type: str, key: str, n: int, was: str = "", path: str = "") -> None:
        if key == was:
            return
        if not self._sql.change("take_name", org, type, path, key, n) and self.holder(org, type, key, path) != n:
            raise _taken("another live resource of this org has this name")
        if was:
            self.free_name(org, type, was, n, path)

    def free_name(self, org: int, type: str, key: str, n: int, path: str = "") -> None:
        self._sql.change("free_name", org, type, path, key, n)

    def set_index(self, org: int, type: str, n: int, gone: Iterable[IndexRow], fresh: Iterable[IndexRow]) -> None:
        if rows := [(org, type, row.path, row.key, n, row.kind) for row in gone]:
            self._sql.many("drop_index", rows)
        if rows := [(org, type, row.path, row.key, n, row.kind) for row in fresh]:
            self._sql.many("add_index", rows)

    # externalId

    def external_ids(self, org: int, type: str, client: str, ns: Sequence[int]) -> Mapping[int, str]:
        if not ns:
            return {}
        wanted = set(ns)
        rows = self._sql.all("external_ids", org, type, client, min(ns), max(ns))
        return {n: value for n, value in rows if n in wanted}

    def set_external_id(self, org: int, type: str, client: str, n: int, value: str | None) -> None:
        if value is None:
            self._sql.change("drop_external_id", org, type, client, n)
            return
        if not self._claim_external_id(org, type, client, n, value):
            raise _taken("another resource has this externalId")

    def _claim_external_id(self, org: int, type: str, client: str, n: int, value: str) -> bool:
        if any(self._is_live_elsewhere(org, type, client, found, n, value) for found in self.find_external(org, type, client, value)):
            return False
        self._sql.change("put_external_id", org, type, client, n, value)
        return True

    def _is_live_elsewhere(self, org: int, type: str, client: str, found: int, n: int, value: str) -> bool:
        return found != n and self._sql.one("external_id_is_live", org, type, client, found) is not None

    def rest_external_ids(self, org: int, type: str, n: int) -> None:
        self._sql.change("rest_external_ids", org, type, n)

    def wake_external_ids(self, org: int, type: str, n: int) -> None:
        self._sql.change("drop_lost_external_ids", org, type, n)
        self._sql.change("wake_external_ids", org, type, n)

    # Members

    def groups_of(self, org: int, users: Sequence[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
        found: dict[int, list[tuple[str, str]]] = {}
        if not users:
            return found
        wanted = set(users)
        for user, group_id, group_name in self._sql.all("groups_of", org, min(users), max(users)):
            if user in wanted:
                found.setdefault(user, []).append((group_id, group_name))
        return found

    def members(self, org: int, group: int) -> Sequence[tuple[int, str]]:
        return self._sql.all("members", org, group)

    def faces(self, org: int, group: int) -> Sequence[tuple[str, str]]:
        return self._sql.all("faces", org, group)

    def member_count(self, org: int, group: int) -> int:
        count: int = self._sql.one("member_count", org, group)[0]
        return count

    def groups_holding(self, org: int, user: int) -> Sequence[int]:
        return [row[0] for row in self._sql.all("groups_holding", org, user)]

    def is_member(self, org: int, group: int, user: int) -> bool:
        return self._sql.one("is_member", org, group, user) is not None

    def add_members(self, org: int, group: int, users: Iterable[int]) -> None:
        self._sql.many("add_member", [(org, group, user) for user in users])

    def remove_members(self, org: int, group: int, users: Iterable[int]) -> None:
        self._sql.many("remove_member", [(org, group, user) for user in users])


def kept_of(row: Any) -> Kept:
    return Kept(row[0], row[1], row[2], STATES[row[3]], row[4], row[5], row[6], bool(row[7]))


def _taken(title: str) -> AlreadyTaken:
    return AlreadyTaken(Problem("JN4021", title, fix="Choose another name, or read the one that exists."))
