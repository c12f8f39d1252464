"""A hosted org over real HTTP on a loopback port: limits of the listener, and what survives ``kill -9``."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from org_fixtures import REHEARSAL_COST, CountedIds, Rehearsal
from wire_places import LoopClock, over_http, raw

from joiner.errors import JoinerError
from joiner.journeys.administer import add_org, create_client, mint_token
from joiner.journeys.audit import verify_audit
from joiner.store.org_store import open_org_store
from joiner.web.direct_protocol import PATIENCE_SECONDS
from joiner.web.listen import Http, listen
from joiner.web.request_reader import Reading

SERVE = """
import asyncio, sys, time, uuid, secrets
from datetime import UTC, datetime
from joiner.store.org_store import open_org_store
from joiner.web.listen import listen
from joiner.web.server import OrgServer

class Clock:
    def now(self): return datetime.now(UTC)
    def monotonic(self): return time.monotonic()
    async def sleep(self, seconds): await asyncio.sleep(seconds)

class Ids:
    def new_id(self): return str(uuid.uuid4())
    def new_secret(self): return secrets.token_urlsafe(32)

async def main():
    store = open_org_store(sys.argv[1], Clock())
    await listen(OrgServer(store, Clock(), Ids()), "127.0.0.1", 0, lambda host, port: print(port, flush=True))
    store.close()
    print("stopped", flush=True)

asyncio.run(main())
"""


def test_simultaneous_posts_of_one_user_name_make_one_user(tmp_path: Path, http: Http) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        async def post(name: str) -> int:
            async with session.post(users, json={"userName": name, "displayName": "A"}) as reply:
                return reply.status

        for pair in range(30):
            name = f"pair{pair}@northlight.example"
            statuses = await asyncio.gather(post(name), post(name.upper()), post(f"other{pair}@northlight.example"))
            assert sorted(statuses) == [201, 201, 409]
        async with session.get(users, params={"count": "0"}) as reply:
            assert (await reply.json(content_type=None))["totalResults"] == 60

    over_http(tmp_path, story, http)


def test_location_is_built_from_the_host_that_the_client_used(tmp_path: Path, http: Http) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        async with session.post(users, json={"userName": "aino@northlight.example"}) as reply:
            assert reply.headers["Location"].startswith(f"{users}/")
            assert reply.headers["Content-Type"] == "application/scim+json"
            location = reply.headers["Location"]
        async with session.get(location) as reply:
            assert reply.status == 200
        async with session.get(location, headers={"Host": "evil.example/<img>"}) as reply:
            assert (reply.status, "evil" in await reply.text()) == (400, False)
        async with session.delete(location) as reply:
            assert (reply.status, await reply.read()) == (204, b"")
        async with session.head(f"{url}/livez") as reply:
            assert reply.status == 200

    over_http(tmp_path, story, http)


def test_oversized_heads_and_bodies_are_cut_off(tmp_path: Path, http: Http) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        request = b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer x\r\n"
        assert b" 431 " in await raw(url, request + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n")
        assert b" 431 " in await raw(url, request, b"X-Endless: " + b"a" * 17_000)
        assert b" 401 " in await raw(url, request + b"Content-Length: 99999999\r\n\r\n")
        assert b" 400 " in await raw(url, b"NONSENSE\r\n\r\n")
        async with session.post(users, data=io.BytesIO(b" " * 1_048_577), headers={"Content-Type": "application/json"}) as reply:
            assert reply.status == 413
            assert reply.headers["Connection"] == "close"

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 100_000

        try:
            async with session.post(users, data=endless(), headers={"Content-Type": "application/json"}) as reply:
                assert reply.status == 413
        except aiohttp.ClientConnectionError:
            pass  # the server hung up while we were still sending, as it may
        async with session.get(users) as reply:
            assert reply.status == 200

    over_http(tmp_path, story, http)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\n",
        b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
        b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["nothing", "half a head", "no body", "half a body", "no chunk"],
)
def test_whoever_says_nothing_more_is_not_waited_for(tmp_path: Path, http: Http, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr("joiner.web.asgi_protocol.HEAD_SECONDS_MAX", 0.2)
    monkeypatch.setattr("joiner.web.asgi.BODY_SECONDS_MAX", 0.2)
    for reading in (Reading.HEAD, Reading.BODY):
        monkeypatch.setitem(PATIENCE_SECONDS, reading, 0.2)

    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        assert b" 408 " in await raw(url, sent)

    over_http(tmp_path, story, http)


def test_taken_address_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        org = Rehearsal()
        with pytest.raises(JoinerError) as caught:
            asyncio.run(listen(org.server, "127.0.0.1", taken.getsockname()[1], lambda host, port: None))
    assert caught.value.problems[0].code == "JN6406"


def test_acknowledged_writes_survive_kill_9(tmp_path: Path) -> None:
    database = tmp_path / "orgs.db"

    async def prepare() -> str:
        clock, ids = LoopClock(), CountedIds()
        store = open_org_store(str(database), clock)
        await add_org(store, clock, ids, "north")
        await create_client(store, clock, ids, "north", "okta", cost=REHEARSAL_COST)
        token, _ = await mint_token(store, clock, ids, "north", "okta")
        store.close()
        return token

    async def provision(port: int, token: str, process: subprocess.Popen[str]) -> set[str]:
        acknowledged: set[str] = set()

        async def post(session: aiohttp.ClientSession, lane: int) -> None:
            for number in range(1_000):
                name = f"p{lane}-{number}@northlight.example"
                async with session.post(f"http://127.0.0.1:{port}/north/scim/v2/Users", json={"userName": name}) as reply:
                    assert reply.status == 201
                acknowledged.add(name)
                if len(acknowledged) == 200:
                    process.kill()

        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            await asyncio.gather(*(post(session, lane) for lane in range(8)), return_exceptions=True)
        return acknowledged

    token = asyncio.run(prepare())
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(database)], stdout=subprocess.PIPE, text=True, env=_environment())
    assert process.stdout is not None
    acknowledged = asyncio.run(provision(int(process.stdout.readline()), token, process))
    process.wait(10)
    process.stdout.close()
    assert len(acknowledged) >= 200

    store = open_org_store(str(database), LoopClock())
    kept = {json.loads(found.body)["userName"] for found in store.reads().scan(1, "User")}
    (verdict,) = asyncio.run(verify_audit(store))
    store.close()
    assert acknowledged <= kept
    assert verdict.broken_at == 0


def test_sigterm_stops_the_server_gracefully(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path / "orgs.db")], stdout=subprocess.PIPE, text=True, env=_environment()
    )
    assert process.stdout is not None
    assert int(process.stdout.readline()) > 0
    process.terminate()
    assert process.stdout.read() == "stopped\n"
    assert process.wait(10) == 0
    process.stdout.close()


def _environment() -> dict[str, str]:
    source = str(Path(__file__).resolve().parents[2] / "src")
    return {**os.environ, "PYTHONPATH": source}


def test_more_connections_than_are_served_are_told_to_come_back(tmp_path: Path, http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"joiner.web.{http}_protocol.CONNECTIONS_MAX", 2)

    async def story(_session: aiohttp.ClientSession, url: str, _users: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        open_lines = [await asyncio.open_connection(host, int(port)) for _ in range(2)]
        for reader, writer in open_lines:  # both are served
            writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        refused = await raw(url, b"")
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"Retry-After" in refused
        for _, writer in open_lines:
            writer.close()
            await writer.wait_closed()
        assert (await raw(url, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).startswith(b"HTTP/1.1 200")

    over_http(tmp_path, story, http)
