"""The hosted orgs behind ``joiner org`` and ``joiner client``: one that is missing is told with the place where we looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from joiner.cli.door import Door
from joiner.errors import Missing
from joiner.store.org_port import OrgStore


@asynccontextmanager
async def hosted_orgs(door: Door) -> AsyncIterator[OrgStore]:
    """Raises Missing with the row ``looked in``: whoever forgot --database shall not add a second org of the same name."""
    async with door.builders.open_orgs(door.where) as store:
        try:
            yield store
        except Missing as error:
            place = door.flags.database or door.environment.get("JOINER_DATABASE_URL", "")
            row = ("looked in", place or "the default database; --database URL names another")
            raise Missing(*(replace(problem, rows=(*problem.rows, row)) for problem in error.problems)) from None
