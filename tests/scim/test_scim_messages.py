"""Bytes in and out: what is no acceptable JSON, and the messages of the protocol."""

from __future__ import annotations

import json

import pytest

from joiner.errors import ScimRefusal
from joiner.scim import refusals
from joiner.scim.messages import CONTAINERS_MAX, LARGE_BYTES, LONG_NUMBERS_MAX, MARKS_MAX, dump_json, error_body, list_response, parse_json
from joiner.scim.refusals import InvalidSyntax, TooLarge, TooManyRequests


def parsed(body: bytes) -> dict[str, object]:
    return parse_json(body, bytes_max=10_000)


@pytest.mark.parametrize(("body", "document"), [
    (b"{}", {}),
    (b'\xef\xbb\xbf {"a": [1, 2.5, true, null]}', {"a": [1, 2.5, True, None]}),
    ('{"name":"Ольга \\ud83d\\ude00"}'.encode(), {"name": "Ольга 😀"}),
    (b'{"a":["\\ud83d\\ude00",1]}', {"a": ["😀", 1]}),
    (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
    (b'{"a":"\\u003a::\\u003A\\\\u003a"}', {"a": "::::\\u003a"}),
    (b'{"a":123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
    (b'{"a":{"a":1},"A":2}', {"a": {"a": 1}, "A": 2}),
    (b'{"a":' + b"[" * 31 + b"]" * 31 + b"}", {"a": eval("[" * 31 + "]" * 31)}),
    (b'{"a":[' + b"{}," * 50 + b"{}]}", {"a": [{}] * 51}),
    (b'{"a":999999999999999999}', {"a": 999999999999999999}),
])  # fmt: skip
def test_body_is_read(body: bytes, document: dict[str, object]) -> None:
    assert parsed(body) == document
    assert json.loads(dump_json(document)) == document


@pytest.mark.parametrize(("body", "words"), [
    (b"", "The body is empty"),
    (b"{,", "not JSON"),
    (b"{", "line 1, column 2"),
    (b"[]", "must be a JSON object"),
    (b"null", "must be a JSON object"),
    (b'{"a":1,"b":2,"a":1}', "names a twice"),
    (b'{"a":NaN}', "NaN, which is no JSON number"),
    (b'{"a":-Infinity}', "-Infinity"),
    (b'{"a":1e999}', "a number that is too large"),
    (b'{"a":' + b"9" * 5000 + b"}", "a number that is too large"),
    (b'{"a":1,"\\u0061":2}', "names a twice"),
    (b'{"a":"\\u003a","\\u003A":1,"a":1}', "names a twice"),
    (b'{"a:":1,"b":{},"a\\u003a":2}', "names a: twice"),
    (b'{"a" :1,"b":":","a":2}', "names a twice"),
    (b'{"a":"\\\\\\u0000"}', "NUL"),
    (b'{"a":"\xff"}', "not UTF-8: byte 7"),
    (b'{"a":"\\u0000"}', "NUL"),
    (b'{"a":"\x00"}', "not JSON"),
    (b'{"a":[{"b":"\\ud800x"}]}', "surrogate"),
    (b'{"\\udfff":1}', "surrogate"),
    (b'{"a":\n\n  tru}', "at line 3, column"),
    (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "more than 32 deep"),
    (b'{"a":' * 1500 + b"1" + b"}" * 1500, "more than 32 deep"),
    (b'{"a":1} x', "not JSON"),
])  # fmt: skip
def test_body_that_is_no_acceptable_json_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(InvalidSyntax, match=words):
        parsed(body)


def test_deepest_stack_is_not_reached() -> None:
    with pytest.raises(InvalidSyntax, match="more than 32 deep"):
        parse_json(b"[" * CONTAINERS_MAX, bytes_max=1_000_000)


@pytest.mark.parametrize(("body", "words"), [
    (b'{"a":[' + b"[]," * CONTAINERS_MAX + b"1]}", "more than 32768 objects and arrays"),
    (b'{"a":[' + b"1," * MARKS_MAX + b"1]}", "more than 75000 commas and colons"),
    (b'{"a":[' + b"1.2345678901234567890e1," * (LONG_NUMBERS_MAX + 500) + b"1]}", "more than 1000 long numbers"),
    (b'{"a":[' + b"1.2345678901234567e-300," * (LONG_NUMBERS_MAX + 500) + b"1]}", "more than 1000 long numbers"),
])  # fmt: skip
def test_large_body_that_would_take_long_is_not_even_read(body: bytes, words: str) -> None:
    with pytest.raises(InvalidSyntax, match=words):
        parse_json(body, bytes_max=1_000_000)


def test_largest_group_is_read() -> None:
    members = [{"value": f"2819c223-7f76-453a-919d-{number:012}", "type": "User"} for number in range(16_500)]
    body = dump_json({"members": members})
    assert len(body) > 1_000_000
    assert parse_json(body, bytes_max=1_048_576) == {"members": members}


def test_doubled_name_in_a_large_body_is_refused_without_being_looked_up() -> None:
    with pytest.raises(InvalidSyntax, match="names an attribute twice"):
        parse_json(b'{"a":1,"a":"' + b"x" * LARGE_BYTES + b'"}', bytes_max=1_000_000)


def test_body_over_the_limit_is_not_even_read() -> None:
    with pytest.raises(TooLarge, match="10001 bytes; at most 10000"):
        parsed(b"x" * 10_001)


def test_list_response_wraps_ready_resources() -> None:
    assert json.loads(list_response([b'{"id":"1"}', b'{"id":"2"}'], 7, 3)) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 7,
        "startIndex": 3,
        "itemsPerPage": 2,
        "Resources": [{"id": "1"}, {"id": "2"}],
    }
    assert json.loads(list_response([], 0, 1))["Resources"] == []


def test_list_by_cursor_names_its_neighbours_and_no_index() -> None:
    middle = json.loads(list_response([b"{}"], 7, None, next_cursor="n-_1", previous_cursor="p"))
    assert middle.keys() == {"schemas", "totalResults", "itemsPerPage", "nextCursor", "previousCursor", "Resources"}
    assert (middle["nextCursor"], middle["previousCursor"]) == ("n-_1", "p")
    assert json.loads(list_response([b"{}"], 7, None)).keys() == {"schemas", "totalResults", "itemsPerPage", "Resources"}


def test_error_body_has_its_status_as_text() -> None:
    assert json.loads(error_body(409, "uniqueness", "taken")) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "409",
        "scimType": "uniqueness",
        "detail": "taken",
    }
    assert "scimType" not in json.loads(error_body(404, None, "gone"))
    assert json.loads(error_body(400, None, "half \ud800 a pair"))["detail"] == "half ? a pair"


def test_every_refusal_says_its_status_and_scim_type() -> None:
    table = {
        (each.status, each.scim_type)
        for each in vars(refusals).values()
        if isinstance(each, type) and issubclass(each, ScimRefusal) and each is not ScimRefusal
    }
    assert table == {
        (400, "invalidFilter"),
        (400, "tooMany"),
        (409, "uniqueness"),
        (400, "mutability"),
        (400, "invalidSyntax"),
        (400, "invalidPath"),
        (400, "noTarget"),
        (400, "invalidValue"),
        (400, "invalidVers"),
        (400, "invalidCursor"),
        (400, "expiredCursor"),
        (400, "invalidCount"),
        (403, "sensitive"),
        (401, None),
        (403, None),
        (404, None),
        (405, None),
        (406, None),
        (409, None),
        (412, None),
        (413, None),
        (415, None),
        (429, None),
        (501, None),
    }
    assert TooManyRequests("slow down", 7).retry_after_seconds == 7
