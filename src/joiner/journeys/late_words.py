"""Take over what a run that was thought dead had done after all.

It stood still between noting a write and sending it; another run took the pipe, looked, and found rightly that nothing had
landed. Then it woke and sent, and If-Match let the write through because nobody had touched the account. What it agreed on
counts like any other write of ours, or the next plan takes it for somebody's edit and keeps it. What was done to the same
account since has the last word, attribute by attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from joiner.journeys.cycle_ports import LEASE_SECONDS, CyclePorts
from joiner.journeys.noted import NotedChange, NotedChunk, decode_noted
from joiner.store.port import LateIntent
from joiner.sync.bond import Bond, Linked
from joiner.sync.echo import ACTIVE
from joiner.sync.membership import with_membership
from joiner.sync.record import PersonKey


async def take_over_late_words(pipe: str, fence: int, ports: CyclePorts) -> None:
    """Bring the bonds up to what late writes agreed on. Raises LeaseLost."""
    for late in await ports.store.late_intents(pipe):
        bonds = await ports.store.bonds(pipe)
        moved = _moved(late, bonds, ports.clock.now())
        await ports.store.renew_lease(pipe, fence, ports.clock.now(), LEASE_SECONDS)
        await ports.store.take_over(pipe, fence, moved, late.intent.id)


def _moved(late: LateIntent, bonds: Mapping[PersonKey, Bond], now: datetime) -> list[tuple[PersonKey, Bond]]:
    noted = decode_noted(late.intent.body)
    newer = [decode_noted(intent.body) for intent in late.newer]
    if isinstance(noted, NotedChunk):
        since = {person for one in newer if isinstance(one, NotedChunk) for person in (*one.chunk.add, *one.chunk.remove)}
        people = [person for person in (*noted.chunk.add, *noted.chunk.remove) if person in bonds and person not in since]
        return [(person, with_membership(bonds[person], noted.chunk, now)) for person in people]
    held = bonds.get(noted.change.person)
    if held is None or held.target_id != late.intent.target_id or noted.remember is None:
        return []
    changes = [one for one in newer if isinstance(one, NotedChange)]
    return [(noted.change.person, with_late_change(held, noted, noted.remember, changes, now))]


def with_late_change(held: Bond, noted: NotedChange, remember: Bond, newer: Sequence[NotedChange], now: datetime) -> Bond:
    """``held`` with what ``noted`` brought and no newer write to the account has touched.

    ``remember`` is the bond as that write would have left it. Whether the person is parted is its word only while it is the last.
    """
    since = {name for one in newer for name in (*one.change.sets, *one.change.removes)}
    names = {*noted.change.sets, *noted.change.removes} - since - {ACTIVE}
    base = {**held.base, **{name: remember.base[name] for name in sorted(names & remember.base.keys())}}
    kept = held if newer or type(held) is type(remember) else msgspec.structs.replace(remember, target_id=held.target_id)
    if isinstance(kept, Linked):
        return msgspec.structs.replace(kept, base=base, settled="", sequence=held.sequence, touched_at=now)
    parted_at = kept.parted_at or now
    return msgspec.structs.replace(kept, base=base, sequence=held.sequence, touched_at=now, parted_at=parted_at)
