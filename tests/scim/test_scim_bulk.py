"""Bulk messages: what is read, in which order operations run, how ids take the place of bulkIds (RFC 7644 §3.7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from joiner.scim.bulk import (
    BULK_OPERATIONS_MAX,
    BulkOperation,
    BulkResult,
    bulk_response,
    completion,
    order,
    parse_bulk,
    resolved,
)
from joiner.scim.core_schemas import BULK_REQUEST_URN, BULK_RESPONSE_URN, ENTERPRISE_URN
from joiner.scim.operation import Operation
from joiner.scim.refusals import Conflict, InvalidSyntax, InvalidValue, TooLarge


def bulk(*operations: Any, **fields: Any) -> tuple[BulkOperation, ...]:
    return parse_bulk({"schemas": [BULK_REQUEST_URN], "Operations": list(operations), **fields}).operations


def post(bulk_id: str, path: str = "/Users", **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def fault(operation: Any) -> tuple[str, str | None]:
    (parsed,) = bulk(operation)
    assert parsed.fault is not None
    return parsed.fault.detail, parsed.fault.scim_type


def test_operations_are_read_in_any_case_of_names() -> None:
    read = parse_bulk({
        "schemas": [BULK_REQUEST_URN.upper()], "FAILONERRORS": 1,
        "operations": [
            {"Method": "post", "PATH": "/Users", "bulkid": "q", "Data": {"userName": "mira"}},
            {"method": "PUT", "path": "Users/u%201", "version": 'W/"3"', "data": {"userName": "ola"}},
            {"method": "PATCH", "path": "/Me", "data": {"Operations": []}},
            {"method": "DELETE", "path": "/Groups/g1/", "data": {"ignored": True}},
        ],
    })  # fmt: skip
    assert read.fail_on_errors == 1
    assert read.operations == (
        BulkOperation(1, "POST", "/Users", "Users", "", "q", "", {"userName": "mira"}),
        BulkOperation(2, "PUT", "Users/u%201", "Users", "u 1", "", 'W/"3"', {"userName": "ola"}),
        BulkOperation(3, "PATCH", "/Me", "Me", "", "", "", {"Operations": []}),
        BulkOperation(4, "DELETE", "/Groups/g1/", "Groups", "g1"),
    )
    assert str(read.operations[1]) == "operation 2 (PUT Users/u%201)"


@pytest.mark.parametrize(("body", "refusal", "words"), [
    ({}, InvalidSyntax, 'needs "Operations"'),
    ({"Operations": []}, InvalidSyntax, "at least one"),
    ({"Operations": {}}, InvalidSyntax, "a list"),
    ({"schemas": ["urn:x", 1], "Operations": [1]}, InvalidSyntax, "message of schema"),
    ({"Operations": [{}] * (BULK_OPERATIONS_MAX + 1)}, TooLarge, r"101 operations; at most 100 \(maxOperations\)"),
    ({"Operations": [{}], "failOnErrors": True}, InvalidValue, "failOnErrors must be a whole number"),
    ({"Operations": [{}], "failOnErrors": -1}, InvalidValue, "found -1"),
    ({"Operations": [{}], "failOnErrors": "1"}, InvalidValue, "found '1'"),
])  # fmt: skip
def test_message_that_is_no_bulk_request_is_refused(body: dict[str, Any], refusal: type[Exception], words: str) -> None:
    with pytest.raises(refusal, match=words):
        parse_bulk(body)


@pytest.mark.parametrize(("operation", "scim_type", "words"), [
    (7, "invalidSyntax", "operation 1: expected an object, found 7"),
    ({}, "invalidSyntax", "method must be POST, PUT, PATCH or DELETE, found None"),
    ({"method": "GET", "path": "/Users/1"}, "invalidSyntax", "found 'GET'"),
    ({"method": "POST", "path": "/Users", "data": {}}, "invalidSyntax", "a POST needs a bulkId"),
    ({"method": "POST", "path": "/Users", "bulkId": 7, "data": {}}, "invalidSyntax", "bulkId must be text"),
    ({"method": "POST", "path": "/Users", "bulkId": "x" * 257, "data": {}}, "invalidSyntax", "bulkId must be text"),
    ({"method": "POST", "path": "/Users", "bulkId": "q"}, "invalidSyntax", "POST needs data, an object; found None"),
    ({"method": "PUT", "path": "/Users/1", "data": [], "version": "1"}, "invalidSyntax", "PUT needs data, an object; found a list"),
    ({"method": "DELETE", "path": "/Users/1", "version": 3}, "invalidSyntax", "version must be text"),
    ({"method": "DELETE"}, "invalidPath", "path is relative, such as /Users or /Users/ID, found ''"),
    ({"method": "DELETE", "path": 5}, "invalidPath", "path is relative"),
    ({"method": "DELETE", "path": "https://scim.example/Users/1"}, "invalidPath", "path is relative"),
    ({"method": "DELETE", "path": "/Users/" + "1" * 513}, "invalidPath", "path is relative"),
    ({"method": "DELETE", "path": "/Users/1?x=y"}, "invalidPath", "path is relative"),
    ({"method": "DELETE", "path": "/Users"}, "invalidPath", "DELETE needs the id in its path"),
    ({"method": "POST", "path": "/Users/1", "bulkId": "q", "data": {}}, "invalidPath", "a POST goes to an endpoint"),
    ({"method": "DELETE", "path": "/Users/bulkId:lost"}, "invalidValue", "bulkId:lost names no POST of this request"),
])  # fmt: skip
def test_malformed_operation_carries_its_fault_and_the_others_still_run(operation: Any, scim_type: str, words: str) -> None:
    detail, found = fault(operation)
    assert words in detail
    assert found == scim_type
    assert [each.fault is None for each in bulk(operation, post("fine"))] == [False, True]


def test_bulk_id_is_used_once() -> None:
    first, second = bulk(post("q"), post("q"))
    assert first.fault is None
    assert second.fault is not None
    assert "names another operation already" in second.fault.detail


def test_references_are_bounded() -> None:
    makers = [post(str(number)) for number in range(99)]
    greedy = post("greedy", members=[f"bulkId:{number % 99}" for number in range(5_001)])
    with pytest.raises(InvalidValue, match="more than 5000 references"):
        bulk(*makers, greedy)


def test_post_comes_before_what_refers_to_it() -> None:
    operations = bulk(
        post("g", "/Groups", displayName="Night", members=[{"value": "bulkId:u"}]),
        {"method": "PATCH", "path": "/Users/bulkId:u", "data": {"Operations": []}},
        post("u", userName="mira"),
    )
    steps = order(operations)
    assert [(step.operation.position, step.without, step.completes) for step in steps] == [
        (3, frozenset(), False), (1, frozenset(), False), (2, frozenset(), False),
    ]  # fmt: skip
    assert operations[1].needs == ("u",)
    ids = {"u": "id-of-u", "g": "id-of-g"}
    assert [resolved(step, ids).id for step in steps] == ["", "", "id-of-u"]
    assert resolved(steps[1], ids).body == {"displayName": "Night", "members": [{"value": "id-of-u"}]}


def test_operations_without_references_keep_their_order() -> None:
    operations = bulk(*(post(str(number)) for number in range(BULK_OPERATIONS_MAX)))
    assert [step.operation.position for step in order(operations)] == list(range(1, BULK_OPERATIONS_MAX + 1))


def test_longest_chain_of_references_is_resolved() -> None:
    chain = [post(str(number), manager=f"bulkId:{number + 1}") for number in range(BULK_OPERATIONS_MAX - 1)]
    steps = order(bulk(*chain, post(str(BULK_OPERATIONS_MAX - 1))))
    assert [step.operation.position for step in steps] == list(range(BULK_OPERATIONS_MAX, 0, -1))


def test_circle_is_opened_and_closed_by_a_later_step() -> None:
    operations = bulk(
        post("a", "/Groups", displayName="A", members=[{"type": "Group", "value": "bulkId:b"}, {"value": "u9"}]),
        post("b", "/Groups", displayName="B", members=[{"type": "Group", "value": "bulkId:a"}, {"value": "u8"}]),
    )
    steps = order(operations)
    assert [(step.operation.bulk_id, sorted(step.without), step.completes) for step in steps] == [
        ("b", ["a"], False), ("a", [], False), ("b", ["a"], True),
    ]  # fmt: skip
    assert resolved(steps[0], {}).body == {"displayName": "B", "members": [{"value": "u8"}]}
    assert resolved(steps[1], {"b": "B1"}).body == {"displayName": "A", "members": [{"type": "Group", "value": "B1"}, {"value": "u9"}]}
    assert completion(steps[2], {"a": "A1", "b": "B1"}) == (Operation("add", "members", [{"type": "Group", "value": "A1"}], 1),)


def test_manager_of_oneself_is_set_afterwards() -> None:
    (operation,) = bulk(post("u", userName="mira", note="bulkId:u", **{ENTERPRISE_URN: {
        "department": "Support", "manager": {"value": "bulkId:u"},
    }}))  # fmt: skip
    create, complete = order([operation])
    assert resolved(create, {}).body == {"userName": "mira", ENTERPRISE_URN: {"department": "Support"}}
    assert completion(complete, {"u": "U1"}) == (
        Operation("add", "note", "U1", 1),
        Operation("add", f"{ENTERPRISE_URN}:manager", {"value": "U1"}, 2),
    )


def test_reference_to_a_failed_operation_is_a_conflict() -> None:
    operations = bulk(post("u", "/nowhere/1"), {"method": "DELETE", "path": "/Users/bulkId:u"}, post("g", members=["bulkId:u", "bulkId:"]))
    steps = order(operations)
    assert [step.operation.position for step in steps] == [1, 2, 3]
    for step in steps[1:]:
        with pytest.raises(Conflict, match="bulkId:u has no id, because its operation failed"):
            resolved(step, {})


def test_answer_has_text_statuses_and_bodies() -> None:
    answer = bulk_response([
        BulkResult("POST", 201, "q", "https://scim.example/Users/1", '"1"'),
        BulkResult("DELETE", 204, location="https://scim.example/Users/2"),
        BulkResult("POST", 409, "r", response=b'{"status":"409"}'),
    ])  # fmt: skip
    assert json.loads(answer) == {
        "schemas": [BULK_RESPONSE_URN],
        "Operations": [
            {"method": "POST", "bulkId": "q", "version": '"1"', "location": "https://scim.example/Users/1", "status": "201"},
            {"method": "DELETE", "location": "https://scim.example/Users/2", "status": "204"},
            {"method": "POST", "bulkId": "r", "status": "409", "response": {"status": "409"}},
        ],
    }
