"""``joiner audit verify``: walk every hash chain, of the engine and of the hosted orgs."""

from __future__ import annotations

import asyncio

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.exit_codes import Exit
from joiner.cli.output import write_table
from joiner.store.port import ChainVerdict


def verify(*, flags: Flags = FLAGS, door: Here) -> int:
    """Say for each chain how many rows it has and where it is broken, if it is. Exit code 1 when one is."""
    from joiner.journeys.audit import verify_audit

    async def work() -> int:
        has_engine, has_orgs = door.builders.present(door.where)
        verdicts: list[ChainVerdict] = []
        if has_engine:
            async with door.builders.open_engine(door.where) as engine:
                verdicts += await engine.verify_audit()
        if has_orgs:
            async with door.builders.open_orgs(door.where) as orgs:
                verdicts += await verify_audit(orgs)
        rows = [
            (verdict.chain, verdict.rows, f"BROKEN at {verdict.broken_at}" if verdict.broken_at else "whole", verdict.detail)
            for verdict in verdicts
        ]
        write_table(door, ("chain", "rows", "verdict", "detail"), rows, name="chains", empty="There is no audit log here yet.")
        return Exit.FAILED if any(verdict.broken_at for verdict in verdicts) else Exit.DONE

    return asyncio.run(work())
