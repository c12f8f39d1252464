"""Bytes to requests: whatever the pieces they come in, and whatever is wrong with them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.web.request import Request
from joiner.web.request_reader import Incoming, Reading, RequestReader
from joiner.web.wire_limits import STRANGERS_BODY_BYTES_MAX

POST = b'POST /north/scim/v2/Users?a=%C3%A4&b=+ HTTP/1.1\r\nHost: x\r\nIf-Match: W/"1"\r\nContent-Length: 4\r\n\r\n{ }\n'
CHUNKED = b"PATCH /n%C3%B6rth/Users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{ \n\r\n1\r\n}\r\n0\r\n\r\n"
GET = b"GET http://x.example/north/Users?filter=a#b HTTP/1.1\r\nhost: x\r\n\r\n"
READ = [
    Request("POST", "/north/scim/v2/Users", "a=%C3%A4&b=+", {"host": "x", "if-match": 'W/"1"', "content-length": "4"}, b"{ }\n", "peer"),
    Request("PATCH", "/nörth/Users", "", {"host": "x", "transfer-encoding": "chunked"}, b"{ \n}", "peer"),
    Request("GET", "/north/Users", "filter=a", {"host": "x"}, b"", "peer"),
]

SCRAPS = [POST, CHUNKED, GET, b"\r\n", b"\0", b"\xff", b"GET ", b": ", b"Content-Length: 5\r\n", b"HTTP/1.1"]


def read(*pieces: bytes) -> tuple[RequestReader, list[Incoming]]:
    reader = RequestReader("peer")
    for piece in pieces:
        reader.feed(piece)
    return reader, list(reader.ready)


def status_of(found: list[Incoming]) -> int:
    (only,) = found
    assert only.last
    assert only.refusal is not None
    return only.refusal.status


@settings(max_examples=300)
@given(st.lists(st.integers(0, len(POST + CHUNKED + GET)), max_size=12), st.permutations(range(3)))
def test_pieces_of_any_size_give_the_same_requests(cuts: list[int], order: list[int]) -> None:
    sent = b"".join((POST, CHUNKED, GET)[each] for each in order)
    ends = [0, *sorted(cuts), len(sent)]
    reader, found = read(*(sent[begin:end] for begin, end in pairwise(ends)))
    assert found == [Incoming(READ[each]) for each in order]
    assert reader.state is Reading.IDLE


@pytest.mark.parametrize("sent", [POST, CHUNKED, GET])
def test_every_cut_of_one_request_waits_for_the_rest(sent: bytes) -> None:
    for end in range(1, len(sent)):
        reader, found = read(sent[:end])
        assert not found
        assert reader.state in (Reading.HEAD, Reading.BODY)


def test_what_ends_a_connection_ends_its_reading() -> None:
    for head, more in (
        (b"GET / HTTP/1.0\r\n\r\n", POST),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", POST),
        (b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ):
        reader, found = read(head + more, more)
        assert [each.request.path for each in found] == ["/"]
        assert reader.state is Reading.ENDED


def test_requests_before_one_that_cannot_be_read_are_answered_first() -> None:
    reader, found = read(POST + b"NONSENSE\r\n\r\n" + GET)
    assert [(each.request.path, each.refusal and each.refusal.status) for each in found] == [(READ[0].path, None), ("", 400)]
    assert reader.state is Reading.ENDED


def test_targets_outside_ascii_cannot_be_read() -> None:
    assert status_of(read("GET /näme HTTP/1.1\r\n\r\n".encode())[1]) == 400


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_heads_are_cut_at_their_limit_however_they_come(pieces: int) -> None:
    sent = b"GET / HTTP/1.1\r\nX: " + b"a" * HEADER_BYTES_MAX + b"\r\n\r\n"
    size = len(sent) // pieces + 1
    assert status_of(read(*(sent[at : at + size] for at in range(0, len(sent), size)))[1]) == 431
    assert status_of(read(*[b"GET / HTTP/1.1\r\nX: "] + [b"a" * size] * 101)[1]) == 431


def test_large_bodies_before_it_do_not_count_for_a_head() -> None:
    body = b"x" * (3 * HEADER_BYTES_MAX)
    first = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    _, found = read(first + GET[:30], GET[30:])
    assert [(each.request.body, each.refusal) for each in found] == [(body, None), (b"", None)]


@pytest.mark.parametrize(("headers", "most"), [(b"", STRANGERS_BODY_BYTES_MAX), (b"Authorization: Bearer x\r\n", 1_048_576)])
def test_bodies_are_cut_at_their_limit(headers: bytes, most: int) -> None:
    for size, cut in ((most, False), (most + 1, True)):
        body = b" " * size
        announced = b"POST / HTTP/1.1\r\n" + headers + b"Content-Length: %d\r\n\r\n" % size
        in_chunks = b"POST / HTTP/1.1\r\n" + headers + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size
        for sent in (announced + body, in_chunks + body + b"\r\n0\r\n\r\n"):
            _, (found,) = read(sent)
            assert (found.request.cut, found.last, len(found.request.body)) == (cut, cut, 0 if cut else size)
    reader, (told_before,) = read(b"POST / HTTP/1.1\r\n" + headers + b"Content-Length: 99999999999999999999999999\r\n\r\n")
    assert told_before.request.cut or told_before.refusal is not None
    assert reader.state is Reading.ENDED


def test_who_asks_whether_to_go_on_is_told_only_while_the_body_is_missing() -> None:
    head = b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"
    reader, found = read(head)
    assert (reader.wants_continue, found) == (True, [])
    reader.feed(b"{}")
    assert not reader.wants_continue
    assert not read(head + b"{}")[0].wants_continue
    assert not read(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n")[0].wants_continue


def test_time_runs_out_only_for_what_was_begun() -> None:
    reader, _ = read(POST)
    assert not reader.time_out()
    for sent in (b"", POST[:10], POST[:-1]):
        reader, _ = read(sent)
        assert reader.time_out()
        assert status_of(list(reader.ready)) == 408
        assert not reader.time_out()
        reader.feed(POST)
        assert len(reader.ready) == 1


@settings(max_examples=500)
@given(
    st.lists(
        st.sampled_from([POST, CHUNKED, GET, b"\r\n", b"\0", b"\xff", b"GET ", b": ", b"Content-Length: 5\r\n", b"HTTP/1.1"]), max_size=8
    )
)
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    reader, found = read(*pieces)
    assert all(each.refusal is None or each.refusal.status in (400, 431) for each in found)
    assert sum(each.last for each in found) <= 1
    assert not any(each.last for each in found[:-1])
    assert reader.state is Reading.ENDED or not any(each.last for each in found)
