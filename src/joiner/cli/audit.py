"""``joiner audit verify``: walk every hash chain, of the engine and of the hosted orgs."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.exit_codes import Exit
from joiner.cli.output import write_table


def verify(*, flags: Flags = FLAGS, door: Here) -> int:
    """Say for each chain how many rows it has and where it is broken, if it is. Exit code 1 when one is."""
    from joiner.journeys.audit import verify_audit

    async def work() -> int:
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(door.builders.open_engine(door.where))
            orgs = await stack.enter_async_context(door.builders.open_orgs(door.where))
            verdicts = [*await engine.verify_audit(), *await verify_audit(orgs)]
        rows = [
            (verdict.chain, str(verdict.rows), f"BROKEN at {verdict.broken_at}" if verdict.broken_at else "whole", verdict.detail)
            for verdict in verdicts
        ]
        write_table(door, ("chain", "rows", "verdict", "detail"), rows, name="chains")
        return Exit.FAILED if any(verdict.broken_at for verdict in verdicts) else Exit.DONE

    return asyncio.run(work())
