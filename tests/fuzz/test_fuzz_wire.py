"""A short run of the fuzzer of the listener's HTTP; the long one is a command of its own (``make fuzz``)."""

from __future__ import annotations

import pytest
from wire import run_chunks, try_chunk
from wire_strict import strict_answers, strict_requests

STREAMS = 1_000
ANSWER = b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n"


def test_no_stream_breaks_a_promise() -> None:
    figures = run_chunks(start=0, streams=STREAMS, jobs=1, seed=0)
    assert figures.failures == []
    assert figures.streams == STREAMS
    assert figures.over_sockets
    assert {"legal", "spoilt", "garbage"} <= figures.kinds.keys()
    assert {200, 201, 400, 401, 404, 405, 501} <= figures.statuses.keys()


def test_same_numbers_give_the_same_streams() -> None:
    first, again = (try_chunk(3, seed=7, count=60) for _ in range(2))
    assert (first.statuses, first.kinds, first.failures) == (again.statuses, again.kinds, [])


@pytest.mark.parametrize(
    ("sent", "paths", "ending"),
    [
        (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", ["/a", "/b"], "missing"),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", ["/a"], "last"),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /GET /b HTTP/1.1\r\nHost: x\r\n\r\n", ["/a", "/b"], "missing"),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [], "fault"),
        (
            b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nHost: y\r\n\r\nGET /b HTTP/1.1\n",
            ["/a"],
            "missing",
        ),
        (b"GET /a HTTP/1.1\n\n\r\n\r\n", [], "fault"),
    ],
)
def test_the_second_reading_goes_by_the_letter(sent: bytes, paths: list[str], ending: str) -> None:
    requests, found = strict_requests(sent)
    assert ([each.path for each in requests], found) == (paths, ending)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nDate: x\r\n",
        b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nDate: x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" + ANSWER,
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_answers_that_are_not_http_are_seen(said: bytes) -> None:
    with pytest.raises(AssertionError):
        strict_answers(said, ["GET", "GET"])
