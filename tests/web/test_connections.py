"""What happens on a connection besides one request and its answer: order, patience, half-closed lines, a server that stops."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest
from wire_places import LoopClock, over_http, raw, served

from joiner.store.org_store import open_org_store
from joiner.web import direct_protocol
from joiner.web.listen import Http
from joiner.web.request_reader import Reading

GET = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def open_line(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


def create(name: str, session: aiohttp.ClientSession, *headers: bytes) -> bytes:
    body = b'{"userName": "%s"}' % name.encode()
    lines = [
        b"POST /north/scim/v2/Users HTTP/1.1",
        b"Host: x",
        b"Authorization: " + session.headers["Authorization"].encode(),
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_requests_sent_at_once_are_answered_in_their_order(tmp_path: Path, http: Http) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        wanted, sent = [], b""
        for number in range(50):
            name = f"p{number}@northlight.example"
            sent += create(name, session) + GET
            wanted += [name, '"name":"joiner"']
        whole = b""
        reader, writer = await open_line(url)
        writer.write(sent + LAST)
        while piece := await asyncio.wait_for(reader.read(65_536), 20):
            whole += piece
        writer.close()
        answers = whole.decode().split("HTTP/1.1 ")[1:]
        assert len(answers) == 101
        assert [name in answer for name, answer in zip(wanted, answers, strict=False)] == [True] * 100
        assert '"live":true' in answers[-1]
        assert "connection: close" in answers[-1].lower()

    over_http(tmp_path, story, http)


def test_a_client_that_says_no_more_still_gets_its_answer(tmp_path: Path) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        for sent, ending in ((create("aino@x.example", session), b"201"), (GET, b"200"), (GET + create("bo@x.example", session), b"201")):
            reader, writer = await open_line(url)
            writer.write(sent)
            writer.write_eof()
            assert b"HTTP/1.1 " + ending in await asyncio.wait_for(reader.read(-1), 10)
            writer.close()
        reader, writer = await open_line(url)
        writer.write(GET[:10])
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(-1), 10) == b""
        writer.close()

    over_http(tmp_path, story)


def test_who_asks_whether_to_go_on_is_told(tmp_path: Path, http: Http) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        head, _, body = create("aino@x.example", session, b"Expect: 100-continue").rpartition(b"\r\n\r\n")
        reader, writer = await open_line(url)
        for _ in range(2):
            writer.write(GET + head + b"\r\n\r\n")
            assert b"joiner" in await asyncio.wait_for(reader.readuntil(b"}"), 10)
            assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(body)
            assert await asyncio.wait_for(reader.readline(), 10) in (b"HTTP/1.1 201 Created\r\n", b"HTTP/1.1 409 Conflict\r\n")
            rest = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            length = int(rest.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            await reader.readexactly(length)
        writer.close()

    over_http(tmp_path, story, http)


def test_the_answer_to_what_is_too_large_arrives_while_it_is_still_sent(tmp_path: Path) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        reader, writer = await open_line(url)
        head = b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 2000000\r\n\r\n"
        writer.write(head + b" " * 1_500_000)
        answer = await asyncio.wait_for(reader.read(-1), 10)
        assert b" 401 " in answer
        assert b"\r\nConnection: close\r\n" in answer
        writer.close()

    over_http(tmp_path, story)


@pytest.mark.parametrize("talks", [True, False])
def test_lines_on_which_nothing_is_asked_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, talks: bool) -> None:
    monkeypatch.setitem(direct_protocol.PATIENCE_SECONDS, Reading.IDLE, 0.2)
    monkeypatch.setattr(direct_protocol, "LINGER_SECONDS", 0.1)

    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        reader, writer = await open_line(url)
        writer.write(GET)
        if not talks:  # it does not even read what it is told
            writer.write(b"NONSENSE\r\n\r\n")
        assert b"joiner" in await asyncio.wait_for(reader.readuntil(b"}"), 10)
        await asyncio.wait_for(reader.read(-1), 10)
        writer.close()

    over_http(tmp_path, story)


def test_a_client_that_does_not_take_its_answers_is_not_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers it does not read fill the line; then its requests wait, and after a while it is given up."""
    monkeypatch.setitem(direct_protocol.PATIENCE_SECONDS, Reading.IDLE, 0.5)
    monkeypatch.setattr(direct_protocol, "UNSENT_SECONDS_MAX", 1.0)

    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        token = session.headers["Authorization"].encode()
        schemas = b"GET /north/scim/v2/Schemas HTTP/1.1\r\nHost: x\r\nAuthorization: " + token + b"\r\n\r\n"
        _, writer = await open_line(url)
        writer.transport.pause_reading()  # type: ignore[attr-defined]

        async def ask_on() -> None:
            for _ in range(2_000):
                writer.write(schemas * 50)
                await asyncio.wait_for(writer.drain(), 8)

        with pytest.raises((ConnectionError, TimeoutError)):
            await ask_on()
        writer.close()
        assert b"joiner" in await raw(url, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    over_http(tmp_path, story)


def test_a_server_that_stops_answers_what_it_has_begun(tmp_path: Path, http: Http) -> None:
    async def main() -> None:
        store = open_org_store(str(tmp_path / "orgs.db"), LoopClock())
        go_on = asyncio.Event()
        async with served(store, LoopClock(), http) as url:
            reader, writer = await open_line(url)
            idle_reader, idle_writer = await open_line(url)
            idle_writer.write(GET)
            await idle_reader.readuntil(b"}")
            slow = store.read

            async def slowly(*given: object, **named: object) -> object:
                go_on.set()
                await asyncio.sleep(0.5)
                return await slow(*given, **named)  # type: ignore[arg-type]

            store.read = slowly  # type: ignore[method-assign,assignment]
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
            await go_on.wait()
            os.kill(os.getpid(), signal.SIGTERM)
            assert await asyncio.wait_for(idle_reader.read(-1), 5) == b""
            answer = await asyncio.wait_for(reader.read(-1), 5)
            assert b'"ready":true' in answer
            writer.close()
            idle_writer.close()
        store.close()

    asyncio.run(main())
