"""A hosted org over real HTTP on a loopback port, spoken by either of the listener's two protocols."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from org_fixtures import REHEARSAL_COST, CountedIds

from joiner.journeys.administer import add_org, create_client, mint_token
from joiner.store.org_store import SqliteOrgStore, open_org_store
from joiner.web.listen import Http, listen
from joiner.web.server import OrgServer


class LoopClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def served(store: SqliteOrgStore, clock: Any, http: Http = "direct") -> AsyncIterator[str]:
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = OrgServer(store, clock, CountedIds())
    task = asyncio.create_task(listen(server, "127.0.0.1", 0, lambda host, port: ready.set_result(port), http=http))
    try:
        yield f"http://127.0.0.1:{await ready}"
    finally:
        if not task.done():  # a story may have stopped it, and then nobody takes the signal
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 20)


def over_http(path: Path, story: Callable[[aiohttp.ClientSession, str, str], Awaitable[None]], http: Http = "direct") -> None:
    """Tell ``story`` with a session that is signed in, the server's address and that of an org's users."""

    async def main() -> None:
        clock, ids = LoopClock(), CountedIds()
        store = open_org_store(str(path / "orgs.db"), clock)
        await add_org(store, clock, ids, "north")
        await create_client(store, clock, ids, "north", "okta", cost=REHEARSAL_COST)
        token, _ = await mint_token(store, clock, ids, "north", "okta")
        async with served(store, clock, http) as url, aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            await story(session, url, f"{url}/north/scim/v2/Users")
        store.close()

    asyncio.run(main())


async def raw(url: str, *pieces: bytes) -> bytes:
    """What comes back for bytes that no client library would send, until the server closes."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(65_536), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()
