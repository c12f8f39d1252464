"""Answers as bytes: framing follows from status and method, and nothing breaks out of a header."""

from __future__ import annotations

from joiner.web.answer_bytes import JOINED_BYTES_MAX
from joiner.web.answer_bytes import format_answer as format_pieces
from joiner.web.request import Answer

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def format_answer(answer: Answer, date: str, *, head_only: bool, last: bool) -> bytes:
    return b"".join(format_pieces(answer, date, head_only=head_only, last=last))


def test_a_large_body_is_not_copied() -> None:
    small, large = b"x" * JOINED_BYTES_MAX, b"x" * (JOINED_BYTES_MAX + 1)
    assert len(format_pieces(Answer(200, {}, small), DATE, head_only=False, last=False)) == 1
    head, body = format_pieces(Answer(200, {}, large), DATE, head_only=False, last=False)
    assert body is large
    assert format_pieces(Answer(200, {}, large), DATE, head_only=True, last=False) == (head,)


def test_an_answer_has_its_length_and_date() -> None:
    written = format_answer(Answer(200, {"ETag": 'W/"1"'}, b"{}"), DATE, head_only=False, last=False)
    assert written == b'HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: W/"1"\r\nContent-Length: 2\r\n\r\n{}'


def test_head_has_the_length_without_the_body() -> None:
    written = format_answer(Answer(404, {}, b"{}"), DATE, head_only=True, last=False)
    assert written.endswith(b"Content-Length: 2\r\n\r\n")


def test_statuses_without_a_body_have_no_length() -> None:
    for status in (204, 304):
        written = format_answer(Answer(status, {}, b""), DATE, head_only=False, last=False)
        assert b"Content-Length" not in written
        assert written.endswith(b"\r\n\r\n")


def test_the_last_answer_says_so() -> None:
    assert b"\r\nConnection: close\r\n" in format_answer(Answer(400, {}, b""), DATE, head_only=False, last=True)


def test_no_value_begins_a_header_of_its_own() -> None:
    for broken in ("a\r\nSet-Cookie: b", "a\nSet-Cookie: b", "a\rSet-Cookie: b", "a\r\n\r\n<html>"):
        written = format_answer(Answer(200, {"Location": broken, "ETag": "x"}, b""), DATE, head_only=False, last=False)
        assert written.count(b"\r\n") == 6
        assert written.count(b"\r") == written.count(b"\n") == 6
        assert b"\r\nSet-Cookie" not in written
        assert b"\r\nETag: x\r\n" in written
    assert b"?" in format_answer(Answer(200, {"Location": "/\u20ac"}, b""), DATE, head_only=False, last=False)
