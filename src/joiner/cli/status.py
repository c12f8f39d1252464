"""``joiner status``: each pipe at a glance, from our own memory; no source and no org is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.output import Cell, write_table
from joiner.cli.plan_words import count
from joiner.journeys.noted import decode_plan
from joiner.store.port import EngineStore
from joiner.sync.bond import Linked

COLUMNS = ("org", "people", "plan", "made", "changes", "held", "open", "read")


def status(*, flags: Flags = FLAGS, door: Here) -> None:
    """Show each pipe: people in step, newest plan, what it holds, writes whose outcome is open, newest read."""
    names = door.builders.pipe_names(door.where)

    async def work() -> Sequence[tuple[Cell, ...]]:
        async with door.builders.open_engine(door.where) as store:
            return [await _row(store, name) for name in names]

    rows = asyncio.run(work())
    write_table(door, COLUMNS, rows, name="pipes")
    waiting = next((row for row in rows if row[5]), None)
    if waiting:
        door.terminal.remark(f"\n  held    joiner held show {waiting[2]}")
    elif rows and not rows[0][2]:
        door.terminal.remark(f"\n  next    joiner plan {rows[0][0]}")


async def _row(store: EngineStore, name: str) -> tuple[Cell, ...]:
    bonds = await store.bonds(name)
    linked = sum(isinstance(bond, Linked) for bond in bonds.values())
    stored = await store.latest_plan(name)
    reads = await store.last_reads(name)
    newest = max((read.read_at for read in reads.values()), default=None)
    intents = len(await store.open_intents(name))
    read = newest.strftime("%Y-%m-%d %H:%M") if newest else ""
    if stored is None:
        return name, linked, "", "", "", "", intents, read
    plan = decode_plan(stored.document)
    totals = count(plan)
    made = plan.made_at.strftime("%Y-%m-%d %H:%M")
    return name, linked, plan.id, made, totals.changes, totals.anything_held, intents, read
