"""Bulk (RFC 7644 §3.7): order, bulkIds and circles of them, errors that are tolerated, limits, rights, and what each answer says."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal, Reply, run

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def send(org: Rehearsal, *operations: Any, token: str | None = None, **more: Any) -> Reply:
    return org.post("Bulk", {"schemas": [BULK], "Operations": list(operations), **more}, **({"token": token} if token else {}))


def post(bulk_id: str, path: str, **body: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": body}


def a_user(bulk_id: str, name: str, **more: Any) -> dict[str, Any]:
    return post(bulk_id, "/Users", userName=f"{name}@north.example", displayName=name, **more)


def statuses(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    assert reply.json["schemas"] == [RESPONSE]
    return [each["status"] for each in reply.json["Operations"]]


def users(org: Rehearsal) -> int:
    total: int = org.get("Users", count=0).json["totalResults"]
    return total


def test_one_request_creates_changes_and_deletes() -> None:
    org = Rehearsal()
    mira, noor = org.create("mira@north.example"), org.create("noor@north.example")
    patch = {"Operations": [{"op": "replace", "path": "title", "value": "Lead"}]}
    reply = send(
        org,
        a_user("olu", "olu"),
        {"method": "PUT", "path": f"/Users/{mira['id']}", "data": {"userName": "mira@north.example", "title": "Agent"}},
        {"method": "patch", "path": f"Users/{mira['id']}", "data": patch, "version": '"2"'},
        {"method": "DELETE", "path": f"/Users/{noor['id']}", "bulkId": "gone"},
    )
    base = "http://north/north/api/v2/scim/v2/Users/"
    olu = reply.json["Operations"][0]["location"].removeprefix(base)
    assert reply.json["Operations"] == [
        {"method": "POST", "bulkId": "olu", "version": '"1"', "location": base + olu, "status": "201"},
        {"method": "PUT", "version": '"2"', "location": base + mira["id"], "status": "200"},
        {"method": "PATCH", "version": '"3"', "location": base + mira["id"], "status": "200"},
        {"method": "DELETE", "bulkId": "gone", "location": base + noor["id"], "status": "204"},
    ]
    assert org.get(f"Users/{olu}").json["displayName"] == "olu"
    assert org.get(f"Users/{mira['id']}").json["title"] == "Lead"
    assert org.get(f"Users/{noor['id']}").status == 404


def test_bulk_ids_stand_for_the_ids_of_this_request_whatever_the_order() -> None:
    org = Rehearsal()
    reply = send(
        org,
        post("night", "/Groups", displayName="Night", members=[{"value": "bulkId:mira"}, {"value": "bulkId:noor"}]),
        a_user("mira", "mira", **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "bulkId:noor"}}}),
        a_user("noor", "noor"),
        {"method": "PATCH", "path": "/Users/bulkId:noor", "data": {"Operations": [{"op": "add", "path": "title", "value": "Lead"}]}},
    )
    assert statuses(reply) == ["201", "201", "201", "200"]
    group, mira, noor, _ = (each["location"].rsplit("/", 1)[1] for each in reply.json["Operations"])
    assert sorted(org.members(group)) == sorted([mira, noor])
    shown = org.get(f"Users/{mira}").json
    assert shown["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"] == noor
    assert org.get(f"Users/{noor}").json["title"] == "Lead"


def test_two_users_who_manage_each_other_are_created_at_once() -> None:
    org = Rehearsal()
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    reply = send(
        org,
        a_user("mira", "mira", **{urn: {"manager": {"value": "bulkId:noor"}}}),
        a_user("noor", "noor", **{urn: {"manager": {"value": "bulkId:mira"}}}),
    )
    assert statuses(reply) == ["201", "201"]
    mira, noor = (each["location"].rsplit("/", 1)[1] for each in reply.json["Operations"])
    for one, other, answer in ((mira, noor, 0), (noor, mira, 1)):
        shown = org.get(f"Users/{one}")
        assert shown.json[urn]["manager"]["value"] == other
        assert reply.json["Operations"][answer]["version"] == shown.headers["ETag"]


def test_an_operation_that_fails_fails_alone_with_its_reason() -> None:
    org = Rehearsal()
    org.create("mira@north.example")
    reply = send(
        org,
        a_user("a", "mira"),
        a_user("b", "noor"),
        post("night", "/Groups", displayName="Night", members=[{"value": "bulkId:a"}]),
        post("x", "/Badges", label="x"),
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "JUMP", "path": "/Users"},
        {"method": "DELETE", "path": "/Users"},
        a_user("b", "olu"),
        "no object",
    )
    assert statuses(reply) == ["409", "201", "409", "404", "404", "400", "400", "400", "400"]
    first, _, group, _, gone, *_ = reply.json["Operations"]
    assert first["response"]["scimType"] == "uniqueness"
    assert "location" not in first
    assert "bulkId:a" in group["response"]["detail"]
    assert gone["location"].endswith("/Users/nobody")
    assert users(org) == 2


@pytest.mark.parametrize(("tolerated", "expected"), [(1, ["201", "409"]), (2, ["201", "409", "409"]), (0, ["201", "409", "409", "201"])])
def test_processing_ends_at_the_last_error_that_is_tolerated(tolerated: int, expected: list[str]) -> None:
    org = Rehearsal()
    operations = [a_user("a", "mira"), a_user("b", "mira"), a_user("c", "mira"), a_user("d", "noor")]
    assert statuses(send(org, *operations, failOnErrors=tolerated)) == expected
    assert users(org) == expected.count("201")


def test_circle_whose_half_fails_is_not_closed() -> None:
    org = Rehearsal()
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    org.create("mira@north.example")
    reply = send(
        org,
        a_user("mira", "mira", **{urn: {"manager": {"value": "bulkId:noor"}}}),
        a_user("noor", "noor", **{urn: {"manager": {"value": "bulkId:mira"}}}),
    )
    assert statuses(reply) == ["409", "409"]


@pytest.mark.parametrize("version", ['"9"', "9", 'W/"9"'])
def test_version_of_an_operation_is_its_precondition(version: str) -> None:
    org = Rehearsal()
    mira = org.create("mira@north.example")
    data = {"Operations": [{"op": "add", "path": "title", "value": "Lead"}]}
    reply = send(
        org,
        {"method": "PATCH", "path": f"/Users/{mira['id']}", "data": data, "version": version},
        {"method": "DELETE", "path": f"/Users/{mira['id']}", "version": version},
    )
    assert statuses(reply) == ["412", "412"]
    assert org.get(f"Users/{mira['id']}").json == mira


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"Operations": []}, 400, "at least one"),
        ({"Operations": "all"}, 400, "at least one"),
        ({}, 400, "at least one"),
        ({"Operations": [a_user("a", "a")], "failOnErrors": -1}, 400, "failOnErrors"),
        ({"schemas": ["urn:x:y"], "Operations": [a_user("a", "a")]}, 400, "BulkRequest"),
        ({"Operations": [a_user(f"u{n}", f"u{n}") for n in range(101)]}, 413, "at most 100"),
        ({"Operations": [a_user("a", "a", title="x" * 1_100_000)]}, 413, "bytes"),
        ({"Operations": [a_user("a", "a", title="x" * 40_000)]}, 400, "characters"),
    ],
)
def test_message_beyond_the_limits_is_refused_whole(body: dict[str, Any], status: int, says: str) -> None:
    org = Rehearsal()
    reply = org.post("Bulk", {"schemas": [BULK], **body})
    assert (reply.status, says in reply.json["detail"]) == (status, True), reply.body
    assert users(org) == 0


def test_hundred_operations_are_taken() -> None:
    org = Rehearsal()
    assert set(statuses(send(org, *(a_user(f"u{n}", f"u{n}") for n in range(100))))) == {"201"}


def test_each_operation_needs_the_permission_of_its_own_request() -> None:
    org = Rehearsal()
    mira = org.create("mira@north.example")
    weak = org.client("groups", ("directory:group:edit",))
    reply = send(
        org,
        a_user("a", "noor"),
        post("g", "/Groups", displayName="Night"),
        {"method": "DELETE", "path": f"/Users/{mira['id']}"},
        token=weak,
    )
    assert statuses(reply) == ["403", "201", "403"]
    assert "directory:user:add" in reply.json["Operations"][0]["response"]["detail"]


def test_each_operation_counts_as_a_request() -> None:
    org = Rehearsal(rate=5)
    assert statuses(send(org, *(a_user(f"u{n}", f"u{n}") for n in range(7)))) == ["201"] * 5 + ["429"] * 2
    assert send(org, a_user("x", "x")).status == 429


def test_long_list_of_a_user_is_refused_in_bulk_too() -> None:
    org = Rehearsal()
    many = [{"value": f"m{n}@north.example"} for n in range(600)]
    assert statuses(send(org, a_user("a", "mira", emails=many))) == ["400"]


def test_bulk_is_only_posted_and_only_where_the_standard_is_offered() -> None:
    org = Rehearsal()
    assert (org.get("Bulk").status, org.get("Bulk").headers["Allow"]) == (405, "POST")
    assert org.post("Bulk/x", {}).status == 404
    strict = Rehearsal("strict")
    assert strict.post("Bulk", {"Operations": [a_user("a", "a")]}).status == 501


def test_operations_leave_audit_rows_of_their_own() -> None:
    import json

    org = Rehearsal()
    send(org, a_user("a", "mira"), a_user("b", "mira"), a_user("c", "noor"))
    rows = run(org.store.read(1, lambda rows: rows.audit(1, 0, 1000)))
    names = [json.loads(row.document)["target"]["name"] for row in rows if json.loads(row.document)["name"] == "user.created"]
    assert names == ["mira@north.example", "noor@north.example"]


def test_own_types_go_through_bulk() -> None:
    from test_own_types import a_badge, with_badges

    org = with_badges()
    assert statuses(send(org, post("b", "/Badges", **a_badge("Night")), post("c", "/badges", **a_badge("night")))) == ["201", "409"]
