"""Bulk requests through the door (RFC 7644 §3.7)."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal, Reply

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
AINO, BO = "aino@northlight.example", "bo@northlight.example"


def send(org: Rehearsal, *operations: Any, **more: Any) -> Reply:
    return org.post("Bulk", {"schemas": [REQUEST], "Operations": list(operations), **more})


def results(org: Rehearsal, *operations: Any, **more: Any) -> list[dict[str, Any]]:
    reply = send(org, *operations, **more)
    assert reply.status == 200, reply.body
    assert reply.json["schemas"] == [RESPONSE]
    assert "failOnErrors" not in reply.json
    answered: list[dict[str, Any]] = reply.json["Operations"]
    return answered


def post(user_name: str, bulk_id: str = "q", **attributes: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": user_name, **attributes}}


def statuses(answered: list[dict[str, Any]]) -> list[str]:
    return [each["status"] for each in answered]


def test_each_operation_is_carried_out_and_answered_as_a_single_request_would_be() -> None:
    org = Rehearsal("extended")
    first, second = org.create(AINO), org.create(BO)
    answered = results(
        org,
        post("new@northlight.example"),
        {"method": "PUT", "path": f"/Users/{first['id']}", "data": {"userName": AINO, "title": "Lead"}},
        {"method": "PATCH", "path": f"/Users/{second['id']}", "data": {"Operations": [{"op": "add", "path": "title", "value": "Agent"}]}},
        {"method": "DELETE", "path": f"/Users/{second['id']}"},
    )
    assert statuses(answered) == ["201", "200", "200", "204"]
    assert [each["method"] for each in answered] == ["POST", "PUT", "PATCH", "DELETE"]
    assert [each.get("bulkId") for each in answered] == ["q", None, None, None]
    made = answered[0]["location"]
    assert org.get(made.removeprefix("http://north")).json["userName"] == "new@northlight.example"
    assert [each["location"].rpartition("/")[2] for each in answered[1:]] == [first["id"], second["id"], second["id"]]
    assert answered[1]["version"] == org.get(f"Users/{first['id']}").headers["ETag"]
    assert org.get(f"Users/{second['id']}").status == 404


def test_failures_are_told_and_do_not_stop_the_others() -> None:
    org = Rehearsal("extended")
    org.create(AINO)
    answered = results(org, post(AINO, "a"), {"method": "DELETE", "path": "/Users/none"}, post(BO, "b"))
    assert statuses(answered) == ["409", "404", "201"]
    assert [each.get("bulkId") for each in answered] == ["a", None, "b"]
    assert "location" not in answered[0]
    assert answered[1]["location"].endswith("/Users/none")
    for failed in answered[:2]:
        assert failed["response"]["schemas"] == [ERROR]
        assert failed["response"]["status"] == failed["status"]
        assert failed["response"]["detail"]
    assert answered[0]["response"]["scimType"] == "uniqueness"
    assert org.get("Users").json["totalResults"] == 2


@pytest.mark.parametrize(("limit", "expected"), [(1, ["409"]), (2, ["409", "201", "409"]), (9, ["409", "201", "409", "201"]), (None, 4)])
def test_after_as_many_failures_as_the_client_accepts_the_rest_is_left_undone(limit: int | None, expected: Any) -> None:
    org = Rehearsal("extended")
    org.create(AINO)
    more = {} if limit is None else {"failOnErrors": limit}
    answered = results(org, post(AINO, "a"), post(BO, "b"), post(AINO, "c"), post("c@northlight.example", "d"), **more)
    assert (len(answered) if limit is None else statuses(answered)) == expected


def test_bulk_ids_become_ids_in_members_and_in_extensions() -> None:
    org = Rehearsal("extended")
    group = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Guides", "members": [{"value": "bulkId:a"}]}}
    answered = results(org, post(AINO, "a"), group, post(BO, "b", **{ENTERPRISE: {"manager": {"value": "bulkId:a"}}}))
    assert statuses(answered) == ["201"] * 3
    aino, guides, bo = (each["location"].rpartition("/")[2] for each in answered)
    assert org.members(guides) == [aino]
    assert org.get(f"Users/{bo}").json[ENTERPRISE]["manager"]["value"] == aino


def test_what_refers_to_a_later_operation_is_carried_out_after_it_and_answered_in_its_place() -> None:
    org = Rehearsal("extended")
    group = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Guides", "members": [{"value": "bulkId:a"}]}}
    answered = results(org, group, post(AINO, "a"))
    found = {each["bulkId"]: each for each in answered}
    assert statuses(answered) == ["201", "201"]
    assert org.members(found["g"]["location"].rpartition("/")[2]) == [found["a"]["location"].rpartition("/")[2]]


def test_people_who_manage_each_other_are_created_in_one_request() -> None:
    org = Rehearsal("extended")
    managed = {name: {ENTERPRISE: {"manager": {"value": f"bulkId:{boss}"}}} for name, boss in (("a", "b"), ("b", "a"))}
    answered = results(org, post(AINO, "a", **managed["a"]), post(BO, "b", **managed["b"]))
    assert statuses(answered) == ["201", "201"]
    ids = {each["bulkId"]: each["location"].rpartition("/")[2] for each in answered}
    for name, boss in (("a", "b"), ("b", "a")):
        assert org.get(f"Users/{ids[name]}").json[ENTERPRISE]["manager"]["value"] == ids[boss]


def test_reference_to_what_failed_fails_too() -> None:
    org = Rehearsal("extended")
    org.create(AINO)
    group = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Guides", "members": [{"value": "bulkId:a"}]}}
    answered = results(org, post(AINO, "a"), group)
    assert statuses(answered) == ["409", "409"]
    assert org.get("Groups").json["totalResults"] == 0


def test_version_of_an_operation_is_checked() -> None:
    org = Rehearsal("extended")
    user = org.create(AINO)
    path = f"/Users/{user['id']}"
    patch = {"method": "PATCH", "path": path, "data": {"Operations": [{"op": "add", "path": "title", "value": "Lead"}]}}
    answered = results(
        org, patch | {"version": '"9"'}, {"method": "DELETE", "path": path, "version": 'W/"9"'}, patch | {"version": 'W/"1"'}
    )
    assert statuses(answered) == ["412", "412", "200"]


@pytest.mark.parametrize(
    "operation",
    [
        {"path": "/Users", "bulkId": "q", "data": {"userName": AINO}},
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": {"userName": AINO}},
        {"method": "POST", "bulkId": "q", "data": {"userName": AINO}},
        {"method": "POST", "path": "/Users", "bulkId": "q"},
        {"method": "PUT", "path": "/Users/1"},
        {"method": "PATCH", "path": "/Users/1"},
        {"method": "POST", "path": "/Cars", "bulkId": "q", "data": {}},
    ],
)
def test_malformed_operation_fails_alone(operation: dict[str, Any]) -> None:
    org = Rehearsal("extended")
    answered = results(org, operation, post(BO, "b"))
    assert answered[0]["status"] in ("400", "404", "405")
    assert answered[0]["response"]["detail"]
    assert answered[1]["status"] == "201"


@pytest.mark.parametrize("body", [{}, {"Operations": []}, {"Operations": "x"}, {"Operations": [post(BO)], "failOnErrors": "many"}])
def test_message_that_is_no_bulk_request_is_refused_as_a_whole(body: dict[str, Any]) -> None:
    org = Rehearsal("extended")
    reply = org.post("Bulk", {"schemas": [REQUEST], **body})
    assert reply.status == 400
    assert reply.json["schemas"] == [ERROR]
    assert org.get("Users").json["totalResults"] == 0


def test_request_beyond_a_limit_is_refused_with_the_limit() -> None:
    org = Rehearsal("extended")
    told = org.get("ServiceProviderConfig").json["bulk"]
    too_many = send(org, *(post(f"p{n}@northlight.example", f"q{n}") for n in range(told["maxOperations"] + 1)))
    assert (too_many.status, too_many.json["status"]) == (413, "413")
    assert str(told["maxOperations"]) in too_many.json["detail"]
    too_large = org.post("Bulk", b'{"Operations":[' + b" " * told["maxPayloadSize"] + b"]}")
    assert too_large.status == 413
    assert str(told["maxPayloadSize"]) in too_large.json["detail"].replace(",", "")
    assert org.get("Users").json["totalResults"] == 0


def test_permissions_are_checked_for_each_operation() -> None:
    org = Rehearsal("extended")
    user = org.create(AINO)
    editor = org.client("editor", ("directory:user:edit",))
    body = {
        "schemas": [REQUEST],
        "Operations": [
            {"method": "DELETE", "path": f"/Users/{user['id']}"},
            {"method": "PATCH", "path": f"/Users/{user['id']}", "data": {"Operations": [{"op": "add", "path": "title", "value": "Lead"}]}},
        ],
    }
    reply = org.send("POST", "Bulk", body, token=editor)
    assert statuses(reply.json["Operations"]) == ["403", "200"]
