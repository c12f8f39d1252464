"""See both sides: read the sources and the org, and look twice where the org's listing cannot be right.

A listing may be stale. An account that our last acknowledged write made newer, or that a bond knows and the listing does
not show, is looked at directly before anything is decided about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from joiner.errors import Problem, SourceMistake
from joiner.journeys.cycle_ports import CyclePorts
from joiner.sync.bond import Bond
from joiner.sync.record import Element, PersonKey, SourceSnapshot, TargetRecord, TargetSnapshot, Value
from joiner.sync.wanted import GROUPS

LIVE_LOOKS_MAX = 500
"""Direct looks in one cycle. Past this the listing itself is broken, and the accounts count as not visible."""

LAG = timedelta(minutes=5)
"""How long a listing may lag behind a write, where accounts carry no rising version."""


@dataclass(frozen=True, slots=True)
class Sight:
    sources: tuple[SourceSnapshot, ...]
    target: TargetSnapshot
    unseen: frozenset[str]


async def read_sources(ports: CyclePorts) -> tuple[SourceSnapshot, ...]:
    snapshots = []
    for source in ports.sources:
        ports.progress.report(f"Reading {source.name}", 0)
        snapshot = await source.read()
        ports.progress.report(f"Reading {source.name}", len(snapshot.records), len(snapshot.records))
        snapshots.append(snapshot)
    if not snapshots:
        raise SourceMistake(Problem("JN1201", "this pipe has no source", fix="name at least one source in the [[org]] table"))
    return tuple(snapshots)


async def observe(ports: CyclePorts, bonds: Mapping[PersonKey, Bond]) -> Sight:
    """Read everything. Sources come first: a source that cannot be read costs the org no request."""
    sources = await read_sources(ports)
    started_at = ports.clock.now()  # an answer may be as old as the lag when it comes, and the rest of the reading takes its time
    target = await ports.target.observe()
    return await _look_twice(ports, sources, target, bonds, started_at)


async def _look_twice(
    ports: CyclePorts, sources: tuple[SourceSnapshot, ...], target: TargetSnapshot, bonds: Mapping[PersonKey, Bond], started_at: datetime
) -> Sight:
    accounts = {user.id: user for user in target.users}
    doubtful = sorted(bond.target_id for bond in bonds.values() if _is_doubtful(bond, accounts.get(bond.target_id), started_at))
    unseen: set[str] = set()
    looks = 0
    for target_id in doubtful:
        if looks == LIVE_LOOKS_MAX:
            accounts.pop(target_id, None)
            unseen.add(target_id)
            continue
        looks += 1
        ports.progress.report("Looking again", looks, min(len(doubtful), LIVE_LOOKS_MAX))
        live = await ports.target.get_user(target_id)
        if live is None:
            accounts.pop(target_id, None)
        else:
            accounts[target_id] = live
    snapshot = replace(target, users=tuple(accounts.values()), requests=target.requests + looks)
    return Sight(sources, snapshot, frozenset(unseen))


def _is_doubtful(bond: Bond, account: TargetRecord | None, started_at: datetime) -> bool:
    if account is None:
        return True
    recent = bond.touched_at is not None and started_at - bond.touched_at < LAG
    if account.sequence and bond.sequence and not (recent and _differs_in_groups(bond, account)):
        return account.sequence < bond.sequence
    return recent


def _differs_in_groups(bond: Bond, account: TargetRecord) -> bool:
    """Membership moves no version of an account: only the listing of groups shows it, and that may lag as well."""
    agreed, shown = bond.base.get(GROUPS, ()), account.values.get(GROUPS, ())
    return GROUPS in bond.base and {*_elements(agreed)} != {*_elements(shown)}


def _elements(value: Value) -> tuple[Element, ...]:
    return value if isinstance(value, tuple) else ()
