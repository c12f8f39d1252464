"""Pushed changes under guard, over :class:`Statements`: rows in, frozen values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from joiner.store.pushed_port import HeldMember, HeldRemovals, PushedBase, PushedConflict
from joiner.store.statements import Statements

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PushedRows:
    """The part of ``OrgReads`` and ``OrgWrites`` that is about pushed changes."""

    _sql: Statements

    def any_hold(self, org: int) -> bool:
        return self._sql.one("any_hold", org) is not None

    def holds(self, org: int, now: datetime) -> Sequence[HeldRemovals]:
        return [_hold(row) for row in self._sql.all("holds", org, _micros(now))]

    def open_hold(self, org: int, client: str, group: int, now: datetime) -> HeldRemovals | None:
        row = self._sql.one("open_hold", org, client, group, _micros(now))
        return None if row is None else _hold(row)

    def hold_members(self, org: int, hold: int, limit: int) -> Sequence[HeldMember]:
        return [HeldMember(*row) for row in self._sql.all("hold_members", org, hold, limit)]

    def removals_lately(self, org: int, client: str, group: int, since: datetime) -> tuple[int, int]:
        from_group, from_all = self._sql.one("removals_lately", org, client, _hour(since), group)
        return from_group, from_all

    def pushed_base(self, org: int, client: str, user: int) -> PushedBase | None:
        row = self._sql.one("base", org, client, user)
        return None if row is None else PushedBase(_read(row[0]), _read(row[1]))

    def pushed_conflicts(self, org: int, limit: int) -> Sequence[PushedConflict]:
        rows = self._sql.all("pushed_conflicts", org, limit)
        return [PushedConflict(client, id, name, _read(conflicts), _moment(at)) for client, id, name, conflicts, at in rows]

    def put_hold(self, org: int, hold: HeldRemovals) -> HeldRemovals:
        if not hold.n:
            hold = hold._replace(n=self._sql.one("next_hold", org)[0])
        times = (_micros(hold.at), _micros(hold.expires_at))
        self._sql.change(
            "put_hold", org, hold.n, hold.id, hold.client, hold.group, int(hold.deletes), hold.reason, *times, hold.approved_by
        )
        return hold

    def drop_hold(self, org: int, hold: int) -> None:
        self._sql.change("drop_hold_members", org, hold)
        self._sql.change("drop_hold", org, hold)

    def drop_lapsed_holds(self, org: int, now: datetime) -> int:
        lapsed = self._sql.all("lapsed_holds", org, _micros(now))
        for (hold,) in lapsed:
            self.drop_hold(org, hold)
        return len(lapsed)

    def add_hold_members(self, org: int, hold: int, members: Iterable[HeldMember]) -> None:
        self._sql.many("add_hold_member", [(org, hold, each.type, each.n) for each in members])

    def drop_hold_members(self, org: int, hold: int, members: Iterable[HeldMember]) -> None:
        self._sql.many("drop_hold_member", [(org, hold, each.type, each.n) for each in members])

    def drop_held_of_group(self, org: int, group: int, members: Iterable[HeldMember]) -> None:
        self._sql.many("drop_held_of_group", [(org, each.type, each.n, group) for each in members])

    def note_removals(self, org: int, client: str, group: int, removals: int, at: datetime, forget_before: datetime) -> None:
        self._sql.change("note_removals", org, client, _hour(at), group, removals)
        self._sql.change("prune_removals", org, client, _hour(forget_before))

    def put_pushed_base(self, org: int, client: str, user: int, base: PushedBase, at: datetime) -> None:
        self._sql.change("put_base", org, client, user, _written(base.base), _written(base.conflicts), _micros(at))


def _hold(row: Any) -> HeldRemovals:
    n, id, client, group, deletes, reason, at, expires_at, approved_by, count = row
    return HeldRemovals(n, id, client, group, bool(deletes), reason, _moment(at), _moment(expires_at), approved_by, count)


def _read(text: str) -> Any:
    return msgspec.json.decode(text) if text else {}


def _written(values: Any) -> str:
    return msgspec.json.encode(values).decode() if values else ""


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _hour(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(hours=1)
