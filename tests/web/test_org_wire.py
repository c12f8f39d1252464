"""Requests that two servers might read differently, byte for byte (RELIABILITY T10): nothing behind the first is taken for a second
request, and no header pretends to be another's."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from wire_places import over_http, raw

from joiner.web.listen import Http

HEAD = b"POST /north/scim/v2/Users HTTP/1.1\r\nHost: x\r\n"
SECOND = b"GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

AMBIGUOUS = {
    "length and chunks": HEAD + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SECOND,
    "chunks and length": HEAD + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + SECOND,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + SECOND,
    "length with a sign": HEAD + b"Content-Length: +0\r\n\r\n" + SECOND,
    "length in hexadecimal": HEAD + b"Content-Length: 0x0\r\n\r\n" + SECOND,
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n" + SECOND,
    "list of lengths": HEAD + b"Content-Length: 0, 0\r\n\r\n" + SECOND,
    "folded header": HEAD + b"X: a\r\n Content-Length: 5\r\n\r\n" + SECOND,
    "blank before the colon": HEAD + b"Content-Length : 5\r\n\r\n" + SECOND,
    "unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + SECOND,
    "coding behind chunked": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SECOND,
    "bad size of a chunk": HEAD + CHUNKED + b"\r\nzz\r\n\r\n" + SECOND,
    "NUL in a header": HEAD + b"X: a\0b\r\n\r\n" + SECOND,
    "bare CR in a header": HEAD + b"X: a\rContent-Length: 5\r\n\r\n" + SECOND,
}


def test_requests_of_two_meanings_end_the_connection(tmp_path: Path, http: Http) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        taken = []
        for name, sent in AMBIGUOUS.items():
            answer = await raw(url, sent)
            if b'"name":"joiner"' in answer or b" 500 " in answer:
                taken.append(name)
        assert taken == []
        assert b'"name":"joiner"' in await raw(url, SECOND)

    over_http(tmp_path, story, http)


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-HTTP-Method-Override"])
def test_headers_of_proxies_decide_nothing(tmp_path: Path, http: Http, name: str) -> None:
    async def story(session: aiohttp.ClientSession, url: str, users: str) -> None:
        sent = "DELETE" if "Method" in name else "/north/scim/v2/Groups;host=evil.example"
        async with session.post(users, json={"userName": "aino@x.example"}, headers={name: sent}) as reply:
            assert reply.status == 201
            assert reply.headers["Location"].startswith(f"{users}/")
            assert "evil" not in await reply.text()

    over_http(tmp_path, story, http)
