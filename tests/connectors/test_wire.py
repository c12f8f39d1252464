"""The HTTP wire on loopback: limits, broken answers, and words for every failure."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from scripted_org import Scripted, scripted_org

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.connectors.wire import AiohttpWire, Timeouts
from joiner.errors import Unreachable


def exchange(answer: Scripted, **limits: int) -> HttpAnswer:
    """Two answers, because aiohttp repeats a GET by itself when a kept connection closes before any answer."""

    async def run() -> HttpAnswer:
        async with scripted_org([answer, answer]) as org, AiohttpWire(**limits) as wire:  # type: ignore[arg-type]
            return await wire.send(HttpRequest("GET", f"{org.url}/Users", {"X-Asked": "yes"}))

    return asyncio.run(run())


def failure(url: str) -> dict[str, str]:
    async def run() -> dict[str, str]:
        async with AiohttpWire() as wire:
            with pytest.raises(Unreachable) as caught:
                await wire.send(HttpRequest("POST", url, {}, b"secret body"))
            return {"title": caught.value.problems[0].title, **dict(caught.value.problems[0].rows)}

    return asyncio.run(run())


def test_an_answer_comes_with_lower_case_headers_and_whole_body() -> None:
    answer = exchange(Scripted(201, '{"id": "u1"}', {"ETag": '"1"'}))
    assert (answer.status, answer.headers["etag"], answer.body) == (201, '"1"', b'{"id": "u1"}')


def test_redirects_and_cookies_go_no_further() -> None:
    async def run() -> None:
        answers = [Scripted(302, "", {"Location": "/elsewhere", "Set-Cookie": "a=b"}), Scripted()]
        async with scripted_org(answers) as org, AiohttpWire() as wire:
            assert (await wire.send(HttpRequest("GET", f"{org.url}/Users"))).status == 302
            await wire.send(HttpRequest("GET", f"{org.url}/Users"))
            assert [seen.path for seen in org.seen] == ["/Users", "/Users"]
            assert all("cookie" not in seen.headers for seen in org.seen)

    asyncio.run(run())


def test_an_answer_beyond_the_limit_is_no_answer_also_when_it_came_compressed() -> None:
    with pytest.raises(Unreachable, match="no answer"):
        exchange(Scripted(body="x" * 2_000), answer_bytes_max=1_999)
    bomb = gzip.compress(b"x" * 1_000_000)
    with pytest.raises(Unreachable):
        exchange(Scripted(body=bomb, headers={"Content-Encoding": "gzip"}), answer_bytes_max=500_000)
    assert len(exchange(Scripted(body="x" * 2_000), answer_bytes_max=2_000).body) == 2_000


@pytest.mark.parametrize(
    "answer",
    [Scripted(dropped=True), Scripted(body='{"whole": "no"}', cut=True), Scripted(body="no gzip", headers={"Content-Encoding": "gzip"})],
)
def test_a_broken_answer_is_no_answer(answer: Scripted) -> None:
    with pytest.raises(Unreachable):
        exchange(answer)


def test_nobody_listening_is_told_with_the_host_and_without_query_and_body() -> None:
    told = failure("http://127.0.0.1:9/Users?filter=secret")
    assert told["title"] == "no answer from 127.0.0.1:9"
    assert told["request"] == "POST http://127.0.0.1:9/Users"
    assert told["found"] == "no connection: Connection refused"
    assert "secret" not in repr(told)


def test_an_unknown_name_and_a_bad_address_are_told() -> None:
    assert failure("http://org.invalid/Users")["found"] in ("no such host name", "no connection within 10 s")
    assert failure("http://")["found"] == "the address is not a URL"


def test_a_server_that_does_not_answer_in_time_is_left() -> None:
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async def run() -> None:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with AiohttpWire(Timeouts(connect_seconds=1.0, total_seconds=0.05)) as wire:
            with pytest.raises(Unreachable) as caught:
                await wire.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"))
        assert dict(caught.value.problems[0].rows)["found"] == "no whole answer within 0.05 s"
        await left.wait()
        server.close()
        await server.wait_closed()

    asyncio.run(run())


def test_an_address_with_tls_where_there_is_none_is_told() -> None:
    async def run() -> None:
        async with scripted_org([]) as org, AiohttpWire() as wire:
            with pytest.raises(Unreachable) as caught:
                await wire.send(HttpRequest("GET", org.url.replace("http:", "https:")))
            assert dict(caught.value.problems[0].rows)["found"] == "no TLS there: is it http:// or another port?"

    asyncio.run(run())


def test_closing_twice_or_before_the_first_request_is_fine() -> None:
    async def run() -> None:
        wire = AiohttpWire()
        await wire.close()
        await wire.close()

    asyncio.run(run())
