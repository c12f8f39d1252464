"""A second reading of the same bytes, by the letter of RFC 9112 and without httptools: what requests are there, and what answers.

It is slow, reads only a stream that is complete, and stops at the first fault. Where our reader is more lenient, on purpose, the letter
is bent here too; each such place is in LENIENT with its reason.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

from joiner.web.wire_limits import body_bytes_max

LENIENT = {
    "empty lines before a request": "RFC 9112 §2.2 asks for it; llhttp takes a lone CR or LF there too, where no meaning can hide",
    "blanks in the request line": "RFC 9112 §3 allows to split it at runs of blanks; none of its parts may hold one",
    "RTSP and ICE for HTTP": "llhttp reads all three alike and does not tell; framing is the same, and no proxy of HTTP passes them on",
    "Proxy-Connection: close, or Connection: close among trailers": "llhttp ends the connection; nobody is served less for it",
    "leading zeros of a length": "RFC 9110 §8.6: 1*DIGIT",
}

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"(" + _TOKEN + rb") +([!-~]+) +(?:HTTP|RTSP|ICE)/([0-9])\.([0-9])")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):([ -~\t\x80-\xff]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]+)(;[ -~\t\x80-\xff]*)?")
_HOST = re.compile(r"([A-Za-z0-9._~%!$&'()*+,;=-]*|\[[0-9A-Za-z:.]+\])(:[0-9]*)?")
_ABSOLUTE = re.compile(r"(?i:https?)://([^/?#@]+)(/[^?#]*)?(\?[^#]*)?")
_LENGTH_MAX = 2**64 - 1


class Fault(Exception):
    """This is no request."""


class Missing(Exception):
    """The bytes end before the request does."""


class Strict(NamedTuple):
    """A request; nothing behind the ``last`` may be read."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    cut: bool
    last: bool
    ends: bool
    """It may be the last: the client asked for it in a way that need not be understood."""
    invitable: bool
    """100 (Continue) may come before its answer."""


def strict_requests(sent: bytes) -> tuple[list[Strict], str]:
    """The requests up to the first fault, and how the reading ends: "fault", "missing" or "last"."""
    found: list[Strict] = []
    at = 0
    while True:
        while sent[at : at + 1] in (b"\r", b"\n"):
            at += 1
        try:
            request, at = _request(sent, at)
        except Fault:
            return found, "fault"
        except Missing:
            return found, "missing"
        found.append(request)
        if request.last:
            return found, "last"


def _request(sent: bytes, at: int) -> tuple[Strict, int]:
    head, end, _ = sent[at:].partition(b"\r\n\r\n")
    if not end:
        raise Missing
    first, *lines = head.split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise Fault
    method, target = line[1].decode(), line[2].decode()
    version = f"{line[3].decode()}.{line[4].decode()}"
    fields = [_field(each) for each in lines]
    headers: dict[str, str] = {}
    for name, value in fields:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    hosts = [value for name, value in fields if name == "host"]
    if version not in ("1.0", "1.1") or len(hosts) > 1 or (not hosts and version == "1.1"):
        raise Fault
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise Fault
    path, query, host = _target(method, target)
    connection = [each.strip() for each in headers.get("connection", "").lower().split(",")]
    switches = "upgrade" in connection and bool(headers.get("upgrade"))
    if switches:
        headers = {name: value for name, value in headers.items() if name != "upgrade"} | {"connection": "close"}
    body, at, cut, trailers = _body(sent, at + len(head) + 4, headers, fields)
    last = cut or version == "1.0" or "close" in connection or switches
    ends = last or any("connection" in name and "close" in value.lower() for name, value in [*fields, *trailers])
    if host:
        headers["host"] = host
    headers.pop("content-length", None)  # it speaks of the wire
    invitable = version == "1.1" and "100-continue" in headers.get("expect", "").lower()
    return Strict(method, path, query, headers, body, cut, last, ends, invitable), at


def _field(line: bytes) -> tuple[str, str]:
    field = _FIELD.fullmatch(line)
    if field is None:
        raise Fault
    return field[1].lower().decode(), field[2].strip(b" \t").decode("latin-1")


def _target(method: str, target: str) -> tuple[str, str, str]:
    host = ""
    if "#" in target or method == "CONNECT":
        raise Fault
    if not target.startswith("/"):
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is not None and _HOST.fullmatch(absolute[1]):
            host, target = absolute[1], (absolute[2] or "/") + (absolute[3] or "")
        elif (method, target) != ("OPTIONS", "*"):
            raise Fault
    path, _, query = target.partition("?")
    return unquote(path), query, host


Fields: TypeAlias = list[tuple[str, str]]


def _body(sent: bytes, at: int, headers: dict[str, str], fields: Fields) -> tuple[bytes, int, bool, Fields]:
    """The body, where it ends, whether it was longer than what is read, and its trailers."""
    lengths = [value for name, value in fields if name == "content-length"]
    codings = [value for name, value in fields if name == "transfer-encoding"]
    most = body_bytes_max(headers)
    if codings:
        if lengths or len(codings) > 1 or codings[0].lower() != "chunked":
            raise Fault
        return _chunks(sent, at, most)
    if not lengths:
        return b"", at, False, []
    if len(lengths) > 1 or not re.fullmatch("[0-9]+", lengths[0]):
        raise Fault
    length = _length(lengths[0], 10)
    if length > most:
        return b"", at, True, []
    if len(sent) < at + length:
        raise Missing
    return sent[at : at + length], at + length, False, []


def _chunks(sent: bytes, at: int, most: int) -> tuple[bytes, int, bool, Fields]:
    body = b""
    while True:
        line, at = _line(sent, at)
        size = _CHUNK.fullmatch(line)
        if size is None:
            raise Fault
        length = _length(size[1].decode(), 16)
        if not length:
            break
        body += sent[at : at + length]
        if len(body) > most:
            return b"", at, True, []
        if len(sent) < at + length + 2:
            raise Missing
        at += length
        if sent[at : at + 2] != b"\r\n":
            raise Fault
        at += 2
    trailers: Fields = []
    while True:
        line, at = _line(sent, at)
        if not line:
            return body, at, False, trailers
        name, value = _field(line)
        trailers.append((name, value))
        if name in ("content-length", "transfer-encoding"):
            raise Fault


def _length(digits: str, base: int) -> int:
    length = int(digits.lstrip("0")[:21] or "0", base)
    if length > _LENGTH_MAX:
        raise Fault
    return length


def _line(sent: bytes, at: int) -> tuple[bytes, int]:
    end = sent.find(b"\r\n", at)
    if end < 0:
        raise Missing
    return sent[at:end], end + 2


class Told(NamedTuple):
    """An answer as a client reads it."""

    status: int
    headers: dict[str, str]
    body: bytes
    invited: bool
    """100 (Continue) came before it."""

    @property
    def last(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


_STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [ -~]*")


def strict_answers(said: bytes, methods: list[str], *, left: bool = False) -> list[Told]:
    """The answers to requests with these methods, and to one more that is refused. AssertionError if they are not HTTP.

    ``left``: the client may have gone before it sent the body that it was invited to send.
    """
    found: list[Told] = []
    at, invited = 0, False
    while at < len(said):
        head, end, _ = said[at:].partition(b"\r\n\r\n")
        assert end, f"an answer is cut off: {said[at : at + 300]!r}"
        first, *lines = head.split(b"\r\n")
        status_line = _STATUS.fullmatch(first)
        assert status_line is not None, f"no status line: {first!r}"
        status = int(status_line[1])
        try:
            fields = [_field(each) for each in lines]
        except Fault:
            raise AssertionError(f"no header: {head!r}") from None
        headers = dict(fields)
        assert len(headers) == len(fields), f"a header twice: {head!r}"
        at += len(head) + 4
        if status == 100:
            assert not lines
            assert not invited, "invited twice"
            invited = True
            continue
        assert "date" in headers, f"no date: {head!r}"
        assert "transfer-encoding" not in headers
        length = 0
        if status in (204, 304):
            assert "content-length" not in headers
        else:
            length = int(headers["content-length"])
        # What is refused may have been a HEAD.
        without = methods[len(found)] == "HEAD" if len(found) < len(methods) else at == len(said)
        body = b"" if without else said[at : at + length]
        assert without or len(body) == length, "a body is cut off"
        at += len(body)
        assert not found or not found[-1].last, "an answer behind the last one"
        found.append(Told(status, headers, body, invited))
        invited = False
    assert left or not invited, "invited and not answered"
    return found
