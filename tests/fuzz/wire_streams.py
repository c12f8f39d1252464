"""Streams of bytes for one connection: legal pipelines, the same with something spoilt, and garbage. Everything follows from one seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

import hostile

T = TypeVar("T")

BODIES = (0, 1, 2, 40, 300, 2_000, 9_000, 17_000, 40_000, 65_536, 65_537, 70_000)
FLOOD_EVERY = 250
VERBS = ("GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "SEARCH", "LINK")
SCIM = "/north/api/v2/scim/v2"
PATHS = (
    "/version",
    "/livez",
    "/",
    "/nowhere",
    f"{SCIM}/Users",
    f"{SCIM}/Users?count=2",
    f"{SCIM}/Users?filter=userName%20eq%20%22a%40x%22",
    f"{SCIM}/Users/.search",
    f"{SCIM}/Users/00000000-0000-4000-8000-000000000{{:03}}",
    f"{SCIM}/Groups",
    f"{SCIM}/ServiceProviderConfig",
    f"{SCIM}/Schemas",
    f"{SCIM}/Bulk",
    "/north/oauth/token",
    "/n%C3%B6rth%00/%ff%zz",
    "//north/scim",
    "http://x.example/version?a=b",
    "HTTP://[::1]:80/",
)
TYPES = ("application/scim+json", "application/json", "text/plain")
SCRAPS = (
    b"\r\n", b"\r", b"\n", b"\0", b"\r\n\r\n", b" ", b"\t", b":", b",", b";", b"#", b"?", b"%", b"\xff", b"0", b"1", b"-", b"+", b"{}",
    b"x", b"GET ", b"HEAD ", b"POST ", b"CONNECT ", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9",
    b"HTTP/2.0", b"RTSP/1.0", b" / HTTP/1.1\r\n", b"*", b"http://evil.example/a", b"//", b"/../",
    b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\n",
)  # fmt: skip
LINES = (
    b"Host: x", b"Host: evil.example", b"Host:", b"Host: a b", b"Host : x", b"Content-Length: 0", b"Content-Length: 5",
    b"Content-Length: 05", b"Content-Length: +5", b"Content-Length: 5, 5", b"Content-Length:\t5 ", b"Content-Length : 5",
    b"Content-Length: 18446744073709551615", b"Content-Length: 18446744073709551621", b"Content-Length: 0x5",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: CHUNKED ", b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: xchunked", b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\x0bchunked", b'Transfer-Encoding: "chunked"', b"Transfer-Encoding: chunked;a", b"X: a\r\n b",
    b"X: a\r\n\tContent-Length: 5", b" X: a", b"X", b": a", b"X:", b"X Y: a", b"X: a\0b", b"X: a\rb", b"X: a\nContent-Length: 5",
    b"X: \x80\xff", b"X\xe4: a", b"Connection: close", b"Connection: keep-alive", b"Connection: a, close", b"Connection: upgrade",
    b"Upgrade: h2c", b"Upgrade: websocket", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA",
    b"Expect: 100-continue", b"Expect: a", b"Proxy-Connection: close", b"Authorization: Bearer a", b"Accept: text/plain",
    b"If-Match: *", b"Trailer: X", b"TE: trailers",
)  # fmt: skip
TARGETS = (
    b"*", b"/a#b", b"#", b"", b"a", b"x:80", b"http://", b"http:///a", b"http://x", b"http://x#a", b"http://x/a#b", b"http://a@x/",
    b"http://[::1/", b"https://x?a", b"ftp://x/a", b"/\xc3\xa4", b"/a b", b"/\x7f", b"/%", b"/%00", b"//x@y", b"/?#", b"/http://x",
    b"/" + b"a" * 9_000,
)  # fmt: skip
FRAMES = (
    b"0\r\n\r\n", b"5\r\nhello\r\n", b"5 \r\nhello\r\n", b"5;a=b\r\nhello\r\n", b"5;a\nb\r\nhello\r\n", b"05\r\nhello\r\n",
    b"5\nhello\n", b"-1\r\n", b"0x5\r\nhello\r\n", b"ffffffffffffffff\r\n", b"10000000000000005\r\nhello\r\n", b"5\r\nhello",
    b"0\r\nHost: evil\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\nAuthorization: Bearer a\r\nX: y\r\n\r\n", b"0\r\n",
    b"00000000000000000000\r\n\r\n", b"5\r\nhelloX\r\n",
)  # fmt: skip


class Chance(hostile.Chance):
    def one_in(self, count: int) -> bool:
        return self.random() * count < 1

    def piece(self, content: bytes, most: int) -> bytes:
        start = self.below(len(content) + 1)
        return content[start : start + self.below(most)]

    def cut(self, content: bytes) -> list[bytes]:
        """The content in pieces, cut anywhere; now and then into single bytes."""
        if len(content) < 3_000 and self.one_in(12):
            return [content[at : at + 1] for at in range(len(content))]
        size = len(content)
        places = {self.below(size + 1) for _ in range(self.below(self.pick((2, 4, 12, 40))))}
        if self.one_in(2):  # where lines end is where readers err
            ends = [at for at in range(min(size, 4_000)) if content[at] in b"\r\n"]
            places |= {self.pick(ends) + self.below(2) for _ in range(self.below(6)) if ends}
        ends = [0, *sorted(places), size]
        return [content[begin:end] for begin, end in pairwise(ends) if end > begin]


class Stream(NamedTuple):
    """``expected``: so many requests must be answered, if it is a legal pipeline. ``kind`` is for the figures."""

    kind: str
    content: bytes
    expected: int | None = None


def stream(chance: Chance, tokens: Sequence[str]) -> Stream:
    draw = chance.below(10)
    if draw < 4:
        return legal(chance, tokens)
    if draw < 9:
        return spoilt(chance, tokens)
    return garbage(chance)


def legal(chance: Chance, tokens: Sequence[str], bodies: Sequence[int] = BODIES) -> Stream:
    """One to six requests that any server must read; now and then thousands of small ones."""
    if chance.one_in(FLOOD_EVERY):
        count = 600 + chance.below(600)
        return Stream("flood", b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n" * count, count)
    count = 1 + chance.below(6)
    return Stream("legal", b"".join(_request(chance, tokens, bodies, last=number == count) for number in range(1, count + 1)), count)


def _request(chance: Chance, tokens: Sequence[str], bodies: Sequence[int], *, last: bool) -> bytes:
    verb = chance.pick(VERBS)
    path = "*" if verb == "OPTIONS" and chance.one_in(3) else chance.pick(PATHS).format(100 + chance.below(200))
    ends = last and chance.one_in(2)
    old = ends and chance.one_in(3)
    lines = [f"{verb} {path} HTTP/1.{0 if old else 1}"]
    if not old or chance.one_in(2):
        lines.append(f"{chance.pick(('Host', 'host', 'HOST'))}: {chance.pick(('x', 'x:80', '[::1]:8470', 'my_app', ''))}")
    lines += [] if chance.one_in(4) else [f"Authorization: Bearer {chance.pick(tokens)}"]
    lines += [] if chance.one_in(5) else [f"Content-Type: {chance.pick(TYPES)}"]
    lines += [f"Accept: {chance.pick(TYPES)}"] if chance.one_in(4) else []
    lines += (
        [chance.pick(('If-Match: W/"1"', "If-None-Match: *", 'If-None-Match: W/"1"\r\nIf-None-Match: W/"2"'))] if chance.one_in(6) else []
    )
    lines += ["X-Long: " + "y" * chance.below(3_000)] if chance.one_in(12) else []
    if ends:
        lines += (
            ["Connection: " + chance.pick(("close", "Close", "x, close"))] if not old or chance.one_in(2) else ["Connection: keep-alive"]
        )
    body = _body(chance, bodies) if verb in ("POST", "PUT", "PATCH", "SEARCH") or chance.one_in(10) else b""
    if body and chance.one_in(4):
        lines.append("Expect: 100-continue")
    if body and not old and chance.one_in(3):
        lines.append("Transfer-Encoding: " + chance.pick(("chunked", "Chunked")))
        framed = _in_chunks(chance, body)
    else:
        lines += [f"Content-Length: {len(body)}"] if body or chance.one_in(2) else []
        framed = body
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + framed + (b"\r\n" if chance.one_in(20) else b"")


def _body(chance: Chance, bodies: Sequence[int]) -> bytes:
    size = chance.pick(bodies[:6] if chance.one_in(2) else bodies)
    name = f"p{chance.below(300)}@x.example"
    document = {"schemas": [hostile.USER], "userName": name, "externalId": name, "title": "t" * max(0, min(200, size - 200))}
    content = json.dumps(document).encode()
    return content[:size] if size < len(content) and chance.one_in(2) else content + b" " * max(0, size - len(content))


def _in_chunks(chance: Chance, body: bytes) -> bytes:
    framed, at = b"", 0
    while at < len(body):
        size = 1 + chance.below(chance.pick((20, 200, 5_000, 70_000))) if at < 2_000 else 30_000
        piece = body[at : at + size]
        extension = chance.pick((b"", b"", b"", b";a=b", b';a="b c"'))
        framed += b"%x" % len(piece) + extension + b"\r\n" + piece + b"\r\n"
        at += len(piece)
    trailer = chance.pick((b"", b"", b"X-Sum: 1\r\n", b"Authorization: Bearer evil\r\nHost: evil\r\n"))
    return framed + chance.pick((b"0", b"00", b"0;x")) + b"\r\n" + trailer + b"\r\n"


def spoilt(chance: Chance, tokens: Sequence[str]) -> Stream:
    """A legal pipeline with one or two things wrong."""
    content = legal(chance, tokens, BODIES[:6]).content
    for _ in range(1 + chance.below(2)):
        content = chance.pick(_WAYS)(chance, content)
    return Stream("spoilt", content)


def _bytes(chance: Chance, content: bytes) -> bytes:
    at, way = chance.below(len(content) + 1), chance.below(4)
    end = at + chance.below(8)
    if way == 0:
        return content[:at] + content[end:]
    if way == 1:
        return content[:end] + content[at:]
    if way == 2:
        return content[:at] + bytes([chance.below(256)]) + content[at + 1 :]
    return content[:at] + chance.pick(SCRAPS) + content[at:]


def _target(chance: Chance, content: bytes) -> bytes:
    verb, blank, rest = content.partition(b" ")
    return verb + blank + chance.pick(TARGETS) + b" " + rest.partition(b" ")[2]


def _lines(chance: Chance, content: bytes) -> bytes:
    lines = content.split(b"\r\n")
    at, way = chance.below(len(lines)), chance.below(5)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(at, chance.pick(lines))
    elif way == 2 and len(lines) > 1:
        other = chance.below(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(max(1, at), chance.pick(LINES))
    return b"\r\n".join(lines)


def _head_line(chance: Chance, content: bytes) -> bytes:
    """A line more in a head, where it is sure to be read."""
    heads = content.split(b" HTTP/1.1\r\n")
    at = chance.below(len(heads))
    added = b"".join(chance.pick(LINES) + b"\r\n" for _ in range(1 + chance.below(3)))
    return b" HTTP/1.1\r\n".join(heads[: at + 1]) + (
        b" HTTP/1.1\r\n" + added + b" HTTP/1.1\r\n".join(heads[at + 1 :]) if heads[at + 1 :] else b""
    )


def _breaks(chance: Chance, content: bytes) -> bytes:
    parts = content.split(b"\r\n")
    at = chance.below(len(parts)) + 1
    joint = chance.pick((b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\r\n\r\n", b"", b"\r\n ", b"\0\r\n", b" \r\n"))
    return b"\r\n".join(parts[:at]) + joint + b"\r\n".join(parts[at:]) if at < len(parts) else content


def _lengths(chance: Chance, content: bytes) -> bytes:
    """A length that is not the body's, so that what follows is read in another place."""
    lower = content.lower()
    at = lower.find(b"content-length: ")
    if at < 0:
        return _framed(chance, content)
    end = content.find(b"\r\n", at)
    told = content[at + 16 : end]
    number = int(told) if told.isdigit() else 0
    wrong = chance.pick(
        (b"%d" % max(0, number + chance.below(9) - 4), b"0%d" % number, b"%d " % number, b"%d,%d" % (number, number), b"-%d" % number, b"")
    )
    return content[: at + 16] + wrong + content[end:]


def _framed(chance: Chance, content: bytes) -> bytes:
    """A request in chunks of which one may be wrong, put in between."""
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    frames = b"".join(chance.pick(FRAMES) for _ in range(chance.below(4))) + chance.pick((b"0\r\n\r\n", b"", chance.pick(FRAMES)))
    return head + frames + content if chance.one_in(2) else content + head + frames


def _switching(chance: Chance, content: bytes) -> bytes:
    """Somebody who would like another protocol, with a request hidden in the body."""
    hidden = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
    wish = chance.pick(
        (b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"Upgrade: h2c\r\nconnection: a, Upgrade\r\n", b"Upgrade: websocket\r\n")
    )
    head = b"%s /nowhere HTTP/1.1\r\nHost: x\r\n%s" % (chance.pick((b"GET", b"POST", b"PUT")), wish)
    return head + chance.pick((b"Content-Length: %d\r\n\r\n" % len(hidden), b"\r\n")) + hidden + content


def _long(chance: Chance, content: bytes) -> bytes:
    """More than any limit, somewhere."""
    at = chance.below(len(content) + 1)
    return content[:at] + chance.pick((b"x", b"X: y\r\n", b"\r\n", b"0", b" ", b"1\r\nx\r\n")) * chance.pick((3_000, 20_000)) + content[at:]


_WAYS = (
    _bytes,
    _bytes,
    _bytes,
    _target,
    _lines,
    _lines,
    _head_line,
    _head_line,
    _head_line,
    _breaks,
    _breaks,
    _lengths,
    _lengths,
    _framed,
    _switching,
    _long,
)


def garbage(chance: Chance) -> Stream:
    content = b""
    for _ in range(1 + chance.below(12)):
        draw = chance.below(4)
        if draw == 0:
            content += bytes(chance.below(256) for _ in range(chance.below(60)))
        elif draw == 1:
            content += chance.pick(LINES) + b"\r\n"
        else:
            content += chance.pick((SCRAPS, FRAMES)[draw - 2])
    return Stream("garbage", content)
