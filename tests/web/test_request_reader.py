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
GET = b"GET http://x.example/north/Users?filter=a HTTP/1.1\r\nhost: x\r\n\r\n"
READ = [
    Request("POST", "/north/scim/v2/Users", "a=%C3%A4&b=+", {"host": "x", "if-match": 'W/"1"'}, b"{ }\n", "peer"),
    Request("PATCH", "/nörth/Users", "", {"host": "x", "transfer-encoding": "chunked"}, b"{ \n}", "peer"),
    Request("GET", "/north/Users", "filter=a", {"host": "x.example"}, b"", "peer"),
]

SCRAPS = [POST, CHUNKED, GET, b"\r\n", b"\0", b"\xff", b"GET ", b": ", b"Content-Length: 5\r\n", b"HTTP/1.1"]


def read(*pieces: bytes) -> tuple[RequestReader, list[Incoming]]:
    """Feeds the pieces and takes each request as soon as it is ready, as a connection does."""
    reader, found = RequestReader("peer"), []
    for piece in pieces:
        reader.feed(piece)
        while reader.more():
            found.append(reader.ready.popleft())
    return reader, found


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
    assert [each._replace(request=each.request._replace(notes=None)) for each in found] == [Incoming(READ[each]) for each in order]
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
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", POST),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
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
    first = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    _, found = read(first + GET[:30], GET[30:])
    assert [(each.request.body, each.refusal) for each in found] == [(body, None), (b"", None)]


@pytest.mark.parametrize(
    ("headers", "most"), [(b"Host: x\r\n", STRANGERS_BODY_BYTES_MAX), (b"Host: x\r\nAuthorization: Bearer x\r\n", 1_048_576)]
)
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
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"
    reader, found = read(head)
    assert (reader.wants_continue, found) == (True, [])
    reader.feed(b"{}")
    assert not reader.wants_continue
    assert not read(head + b"{}")[0].wants_continue
    assert not read(head.replace(b" 2", b" 999999999"))[0].wants_continue
    assert not read(head.replace(b"HTTP/1.1", b"HTTP/1.0"))[0].wants_continue
    assert not read(head.replace(b"100-Continue", b"200-maybe"))[0].wants_continue


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
    assert all(each.refusal is None or each.refusal.status in (400, 431, 501, 505) for each in found)
    assert sum(each.last for each in found) <= 1
    assert not any(each.last for each in found[:-1])
    assert reader.state is Reading.ENDED or not any(each.last for each in found)


SECOND = b"GET /second HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer second\r\n\r\n"
IN_CHUNKS = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("status", "line", "fields"),
    [
        (400, "GET / HTTP/1.1", ""),
        (400, "GET / HTTP/1.1", "Host: x|Host: y"),
        (400, "GET / HTTP/1.1", "Host: x|Host: x"),
        (400, "GET / HTTP/1.0", "Host: x|Host: y"),
        (400, "GET / HTTP/1.1", "Host: a b"),
        (400, "GET / HTTP/1.1", "Host: a/b"),
        (400, "GET / HTTP/1.1", "Host: a@b"),
        (400, "GET / HTTP/1.1", "Host: a:b"),
        (400, "GET / HTTP/1.1", "Host: a<b"),
        (505, "GET / HTTP/2.0", "Host: x"),
        (501, "POST / HTTP/1.1", "Host: x|Transfer-Encoding: gzip, chunked"),
        (501, "POST / HTTP/1.1", "Host: x|Transfer-Encoding: gzip|Transfer-Encoding: chunked"),
        (501, "POST / HTTP/1.1", "Host: x|Transfer-Encoding: ,chunked"),
        (501, "POST / HTTP/1.1", "Host: x|Transfer-Encoding: chunked;q=1"),
        (501, "POST / HTTP/1.1", "Host: x|Transfer-Encoding: gzip"),
        (400, "POST / HTTP/1.1", "Host: x|Transfer-Encoding: chunked|Transfer-Encoding: chunked"),
        (400, "POST / HTTP/1.1", "Host: x|Content-Length: 2|Content-Length: 2"),
        (400, "GET /a#b HTTP/1.1", "Host: x"),
        (400, "GET http://x/a#b HTTP/1.1", "Host: x"),
        (400, "GET http://me:secret@x/a HTTP/1.1", "Host: x"),
        (400, "GET ftp://x/a HTTP/1.1", "Host: x"),
        (400, "GET http:///a HTTP/1.1", "Host: x"),
        (400, "GET x:80 HTTP/1.1", "Host: x"),
        (400, "GET * HTTP/1.1", "Host: x"),
        (400, "CONNECT x:80 HTTP/1.1", "Host: x"),
        (400, "CONNECT /a HTTP/1.1", "Host: x"),
        (400, "CONNECT /a HTTP/1.1", "Host: x|Content-Length: 2"),
        (505, "GET /", "Host: x"),
    ],
)
def test_heads_of_two_meanings_or_none_are_refused(status: int, line: str, fields: str) -> None:
    head = "\r\n".join([line, *fields.split("|")] if fields else [line]).encode() + b"\r\n\r\n"
    for pieces in ([head + SECOND], [bytes([each]) for each in head + SECOND]):
        reader, found = read(*pieces)
        assert status_of(found) == status
        assert reader.state is Reading.ENDED


@pytest.mark.parametrize("host", ["", "x", "x:80", "x:", "my_app.internal:8470", "[::1]:8470", "192.0.2.1", "caf%C3%A9"])
def test_hosts_in_every_form_are_taken(host: str) -> None:
    _, (found,) = read(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host.encode())
    assert (found.refusal, found.request.headers["host"]) == (None, host)


def test_a_target_that_names_its_host_goes_before_the_header() -> None:
    for target, path, query in (
        ("http://Y.example:80", "/", ""),
        ("HTTPS://Y.example:80/a?b?c", "/a", "b?c"),
        ("http://Y.example:80?q", "/", "q"),
    ):
        _, (found,) = read(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert found.request == Request("GET", path, query, {"host": "Y.example:80"}, b"", "peer")
    assert read(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")[1][0].request.path == "*"


def test_nothing_behind_the_last_request_changes_it() -> None:
    """The first request is read and waits for its turn while the second is thrown away: it must not get the other's token."""
    for head in (
        b"GET /first HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    ):
        _, (found,) = read(head + SECOND)
        assert (found.request.path, found.last) == ("/first", True)
        assert "authorization" not in found.request.headers


def test_trailers_change_no_header() -> None:
    for trailer in (b"Authorization: Bearer evil", b"Host: evil", b"If-Match: *", b"Connection: upgrade\r\nUpgrade: h2c"):
        _, found = read(IN_CHUNKS + b"\r\n1\r\n{\r\n0\r\n" + trailer + b"\r\n\r\n" + SECOND)
        assert [each.request.path for each in found] == ["/", "/second"]
        assert found[0].request.headers == {"host": "x", "transfer-encoding": "chunked"}


def test_headers_that_come_twice_are_one_list() -> None:
    fields = b"Accept: a\r\nAuthorization: Bearer a\r\nACCEPT: b \t\r\nAuthorization: Bearer b\r\n"
    _, (found,) = read(b"GET / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")
    assert found.request.headers == {"host": "x", "accept": "a, b", "authorization": "Bearer a, Bearer b"}


@pytest.mark.parametrize("framing", [b"Content-Length: 4\r\n\r\nbody", b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"])
def test_who_would_rather_speak_http2_is_read_with_his_body(framing: bytes) -> None:
    """Java's client and curl ask so with each request over plain HTTP; httptools alone would make the body the next request."""
    sent = b"PUT /a?b HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade, HTTP2-Settings\r\n" + framing
    for pieces in ([sent + SECOND], [bytes([each]) for each in sent + SECOND]):
        reader, (found,) = read(*pieces)
        assert found.request[:3] == ("PUT", "/a", "b")
        assert (found.request.body, found.last, reader.state) == (b"body", True, Reading.ENDED)


@pytest.mark.parametrize("endless", [b"1;" + b"x" * 200_000, b"0\r\n" + b"X: y\r\n" * 40_000, b"0\r\nX: " + b"y" * 200_000])
@pytest.mark.parametrize("size", [100, 7_000, 200_000])
def test_what_frames_a_body_is_limited_too(endless: bytes, size: int) -> None:
    sent = IN_CHUNKS + b"\r\n" + endless
    assert status_of(read(*(sent[at : at + size] for at in range(0, len(sent), size)))[1]) == 400


def test_a_body_may_come_in_chunks_of_one_byte() -> None:
    _, (found,) = read(IN_CHUNKS + b"\r\n" + b"1\r\nx\r\n" * 60_000 + b"0\r\n\r\n")
    assert found.request.body == b"x" * 60_000


def test_of_many_requests_sent_at_once_few_are_ready_together() -> None:
    small = b"GET / HTTP/1.1\r\nHost:\r\n\r\n"
    reader, count = RequestReader("peer"), 10_000
    reader.feed(small * count)
    while reader.more():
        assert len(reader.ready) < 500
        reader.ready.popleft()
        count -= 1
    assert count == 0


def test_who_says_no_more_is_answered_what_he_said() -> None:
    reader = RequestReader("peer")
    reader.feed(b"GET / HTTP/1.1\r\nHost:\r\n\r\n" * 1_000 + GET[:30])
    reader.end()
    count = 0
    while reader.more():
        assert reader.ready.popleft().refusal is None
        count += 1
    assert (count, reader.state, reader.time_out()) == (1_000, Reading.ENDED, False)


def test_what_is_forgotten_is_not_answered() -> None:
    reader = RequestReader("peer")
    reader.feed(POST * 1_000)
    reader.forget()
    assert not reader.more()
    reader.feed(POST)
    assert (reader.more(), reader.state) == (False, Reading.ENDED)


def test_refusals_know_whether_they_may_have_a_body() -> None:
    """An answer to HEAD has none (RFC 9110 §9.3.2), not even one that refuses it."""
    for head, status in (
        (b"HEAD / HTTP/1.1\r\n\r\n", 400),
        (b"HEAD / HTTP/1.1\r\nX: " + b"x" * 30_000, 431),
        (b"HEAD / HTTP/1.1\r\nX\r\n", 400),
    ):
        _, (_, found) = read(GET + head)
        assert (found.refusal and found.refusal.status, found.request.method) == (status, "HEAD")


def test_bodies_of_any_length_and_reads_between_them_share_their_notes() -> None:
    def post(body: bytes) -> bytes:
        return b"POST /n/Users HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: %d\r\nContent-Type: a/b\r\n\r\n%b" % (len(body), body)

    get = b"GET /n/Users/1 HTTP/1.1\r\nHost: x\r\n\r\n"
    strange = b"GET /n/Users/1 HTTP/1.1\r\nHost: y\r\n\r\n"
    _, found = read(*(post(b"1" * size) + get for size in (1, 2, 300)), strange, post(b"12"), get)
    requests = [each.request for each in found]
    writes, reads = requests[:6:2], requests[1:6:2]
    assert [len(each.body) for each in writes] == [1, 2, 300]
    assert len({id(each.notes) for each in writes}) == len({id(each.notes) for each in reads}) == 1
    assert writes[0].notes is not reads[0].notes
    assert [each.headers["host"] for each in requests[6:]] == ["y", "x", "x"], "what was forgotten is read again"


def test_the_length_of_a_body_counts_for_its_head() -> None:
    room = HEADER_BYTES_MAX - len("GET /") - len("host: x") - len("content-length: 0") - 3 * 4
    for filler, refused in ((room - len("a: ") + 1 - 200, False), (room + 200, True)):
        head = b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\na: %b\r\n\r\n" % (b"b" * filler)
        _, found = read(head[:100], head[100:20_000], head[20_000:40_000], head[40_000:])
        assert (found[0].refusal is not None) is refused
