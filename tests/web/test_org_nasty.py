"""Requests that somebody sends to get in, to break something or to hide something (RELIABILITY §4a, S01 to S39), in both profiles."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal, Reply, run

from joiner.journeys.administer import mint_token
from joiner.journeys.connect import set_connection, switch_client
from joiner.web.request import Request

BOTH = pytest.mark.parametrize("profile", ["extended", "strict"])
AINO, BO = "aino@northlight.example", "bo@northlight.example"
WORST_MS = 20.0
PASSWORD = "Korvatunturi-24"


def head(org: Rehearsal) -> tuple[int, str]:
    found: tuple[int, str] = run(org.store.read(1, lambda rows: rows.audit_head(1)))
    return found


def kept(org: Rehearsal, id: str, type: str = "User") -> Any:
    return run(org.store.read(1, lambda rows: rows.resource(1, type, id)))


def refused(reply: Reply, status: int, scim_type: str | None = None) -> None:
    assert (reply.status, reply.json.get("scimType")) == (status, scim_type), reply.body


def signed_in(org: Rehearsal, user_name: str = AINO) -> str:
    reply = org.post("/north/oauth/sign-in", {"userName": user_name, "password": PASSWORD}, authorization="")
    assert reply.status == 200, reply.body
    token: str = reply.json["access_token"]
    return token


@BOTH
def test_s01_external_id_that_looks_like_an_internal_number_or_id_reaches_nobody(profile: str) -> None:
    org = Rehearsal(profile)
    first = org.create(AINO)
    before = kept(org, first["id"])
    for number, external_id in enumerate(("1", first["id"])):
        made = org.create(f"n{number}@northlight.example", externalId=external_id)
        assert made["id"] not in ("1", first["id"])
    assert kept(org, first["id"]) == before
    assert org.get("Users/1").status == 404


@BOTH
def test_s03_ids_times_and_versions_are_never_taken_from_a_body(profile: str) -> None:
    org = Rehearsal(profile)
    victim = org.create(AINO)
    before = kept(org, victim["id"])
    spoofed = {"id": victim["id"], "meta": {"created": "1999-01-01T00:00:00Z", "version": 'W/"1"', "location": "http://evil.example"}}
    made = org.create(BO, **spoofed)
    assert made["id"] != victim["id"]
    assert "evil" not in json.dumps(made)
    assert "1999" not in json.dumps(made)
    org.put(f"Users/{made['id']}", {"userName": BO, "displayName": "Bo", **spoofed})
    assert org.get(f"Users/{made['id']}").json["meta"]["location"].endswith(made["id"])
    assert kept(org, victim["id"]) == before


@BOTH
@pytest.mark.parametrize(
    "operation",
    [{"op": "remove", "path": "members"}, {"op": "replace", "path": "members", "value": []}],
    ids=["remove", "replace"],
)
def test_s05_more_than_a_thousand_members_do_not_leave_in_one_action(profile: str, operation: dict[str, Any]) -> None:
    org = Rehearsal(profile, rate=0)
    group = org.group("Everybody", *[org.create(f"m{number}@northlight.example")["id"] for number in range(1_001)])
    before = head(org)
    refused(org.patch(f"Groups/{group}", operation), 400, "tooMany")
    assert head(org) == before
    assert run(org.store.read(1, lambda rows: rows.member_count(1, rows.number(1, "Group", group)))) == 1_001


@BOTH
def test_s07_s09_a_group_keeps_the_members_that_nobody_named(profile: str) -> None:
    org = Rehearsal(profile)
    aino, bo = org.create(AINO)["id"], org.create(BO)["id"]
    group = org.group("Helsinki", aino, bo)
    org.patch(f"Groups/{group}", {"op": "replace", "value": {"displayName": "Helsinki"}})
    assert sorted(org.members(group)) == sorted([aino, bo])
    before = head(org)
    assert org.patch(f"Groups/{group}", {"op": "remove", "path": 'members[value eq "nobody"]'}).status in (200, 204)
    assert head(org) == before
    org.patch(f"Groups/{group}", {"op": "remove", "path": f'members[value eq "{aino}"]'})
    assert org.members(group) == [bo]


@BOTH
@pytest.mark.parametrize("text", ["(" * 100_000, "(" * 4_000, 'a eq "x" or ' * 300 + 'a eq "x"', '"' * 4_096, "not (" * 800])
def test_s11_hostile_filters_are_refused_at_once_and_not_repeated_to_the_caller(profile: str, text: str) -> None:
    org = Rehearsal(profile)
    request = Request("GET", "/north/scim/v2/Users", f"filter={text.replace(' ', '+')}", {"authorization": f"Bearer {org.token}"})
    spent = []
    for _ in range(3):
        begun = time.thread_time_ns()
        reply = Reply(run(org.server.handle(request)))
        spent.append((time.thread_time_ns() - begun) / 1e6)
    refused(reply, 400, "invalidFilter")
    assert min(spent) < WORST_MS
    assert len(reply.body) < 1_000


@BOTH
@pytest.mark.parametrize(
    "path", ['emails[type eq "work" and value co "@x"].value[0]', "emails.value.x.y", "[", "emails.", "emails[", "emails[]", ".", "a b"]
)
def test_s13_malformed_paths_are_invalid_paths(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    id = org.create(AINO)["id"]
    before = head(org)
    reply = org.patch(f"Users/{id}", {"op": "replace", "path": path, "value": "x"})
    assert (reply.status, reply.scim_type in ("invalidPath", "invalidFilter")) == (400, True), reply.body
    assert head(org) == before


@BOTH
def test_s15_an_attribute_named_twice_is_refused_in_any_spelling(profile: str) -> None:
    org = Rehearsal(profile)
    for body in (b'{"userName":"a@x.example","userName":"b@x.example"}', b'{"userName":"a@x.example","user\\u004eame":"b@x.example"}'):
        refused(org.post("Users", body), 400, "invalidSyntax")
    assert org.post("Users", {"userName": "a@x.example", "USERNAME": "b@x.example"}).status == 400
    assert org.get("Users").json["totalResults"] == 0


@BOTH
@pytest.mark.parametrize(
    ("sent", "becomes"),
    [
        ("False", False),
        ("false", False),
        ("True", True),
        (0, None),
        (1, None),
        ("no", None),
        ("yes", None),
        (["no"], None),
        ([False, True], None),
        ([False], False),
    ],
)
def test_s17_active_is_never_guessed(profile: str, sent: Any, becomes: bool | None) -> None:
    org = Rehearsal(profile)
    id = org.create(AINO)["id"]
    reply = org.patch(f"Users/{id}", {"op": "replace", "path": "active", "value": sent})
    if becomes is None:
        refused(reply, 400, "invalidValue")
    assert org.get(f"Users/{id}").json["active"] is (True if becomes is None else becomes)


@BOTH
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"startIndex": 0}, 3), ({"startIndex": -5}, 3), ({"startIndex": 2**63}, 0), ({"startIndex": "9" * 400}, 0),
        ({"count": 0}, 0), ({"count": -1}, 0), ({"count": 2**70}, 3), ({"count": "abc"}, None), ({"startIndex": "1.5"}, None),
        ({"count": "٣"}, None),
    ],
)  # fmt: skip
def test_s19_page_numbers_of_any_size_are_read_as_the_standard_says(profile: str, query: dict[str, Any], found: int | None) -> None:
    org = Rehearsal(profile)
    for number in range(3):
        org.create(f"m{number}@northlight.example")
    reply = org.get("Users", **query)
    if found is None:
        assert reply.status == 400
    else:
        assert (reply.status, len(reply.json["Resources"]), reply.json["totalResults"]) == (200, found, 3)


@pytest.mark.parametrize(
    "path",
    [
        "/north/scim/v2/%55sers", "//north//scim/v2/Users", "/north/scim/v2/./Users", "/north/scim/v2/Users/../Users",
        "/north/scim/v2/Users;x=1", "/NORTH/SCIM/V2/USERS", "/north/scim/v2/USERS", "/north/scim/v2/Users%2Fid",
        "/north/api/v2/scim/v2/Me", "/north/oauth/token/../../scim/v2/Users",
    ],
)  # fmt: skip
def test_s23_no_spelling_of_a_path_goes_around_the_token(path: str) -> None:
    org = Rehearsal()
    org.create(AINO)
    for method in ("GET", "HEAD", "DELETE", "POST"):
        assert org.send(method, path, {} if method == "POST" else None, authorization="").status in (401, 404)


def bulk(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": list(operations)}


def test_s27_bulk_has_limits_resolves_circles_and_asks_each_operation_for_its_permission() -> None:
    org = Rehearsal()
    user = {"method": "POST", "path": "/Users", "data": {"userName": AINO}}
    many = bulk(*[user | {"bulkId": str(number)} for number in range(101)])
    assert org.post("Bulk", many).status == 413
    assert org.post("Bulk", bulk(user | {"bulkId": "a", "data": {"userName": "x" * 1_048_576}})).status == 413
    assert org.get("Users").json["totalResults"] == 0
    circle = bulk(
        {"method": "POST", "path": "/Groups", "bulkId": "a", "data": {"displayName": "A", "members": [{"value": "bulkId:b"}]}},
        {"method": "POST", "path": "/Groups", "bulkId": "b", "data": {"displayName": "B", "members": [{"value": "bulkId:a"}]}},
    )
    statuses = {each["status"] for each in org.post("Bulk", circle).json["Operations"]}
    assert statuses <= {"201", "400", "409"}
    assert statuses != {"201"}, "two groups inside each other"
    adder = org.client("adder", ("directory:user:add",))
    mixed = bulk(user | {"bulkId": "u"}, {"method": "DELETE", "path": f"/Users/{org.create(BO)['id']}"})
    results = org.send("POST", "Bulk", mixed, token=adder).json["Operations"]
    assert [each["status"] for each in results] == ["201", "403"]
    assert org.get("Users").json["totalResults"] == 2


@BOTH
@pytest.mark.parametrize(
    "lookalike", ["mi\u212ae@x.example", "ｍｉｋｅ@x.example", "MIKE@x.example", "mike\u200b@x.example", "\u00admike@x.example"]
)
def test_s29_lookalikes_of_a_user_name_make_no_second_account(profile: str, lookalike: str) -> None:
    org = Rehearsal(profile)
    mike = org.create("mike@x.example")
    before = kept(org, mike["id"])
    assert org.post("Users", {"userName": lookalike, "displayName": "M"}).status in (400, 409)
    assert kept(org, mike["id"]) == before
    assert org.get("Users").json["totalResults"] == 1


@BOTH
def test_s31_a_password_is_never_shown_searched_sorted_or_written_down(profile: str) -> None:
    org = Rehearsal(profile)
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
    id = org.create(AINO, password=PASSWORD)["id"]
    answers = [
        org.get(f"Users/{id}", attributes="password"),
        org.get("Users", attributes="password,userName"),
        org.get("Users", sortBy="password"),
        org.get("Users", filter=f'password eq "{PASSWORD}"'),
        org.get("Users", filter="password pr"),
        org.get("Users", filter=f'not (password ne "{PASSWORD}")'),
        org.patch(f"Users/{id}", {"op": "replace", "path": "password", "value": PASSWORD + "x"}),
        org.patch(f"Users/{id}", {"op": "add", "path": "password.value", "value": PASSWORD}),
        org.put(f"Users/{id}", {"userName": AINO, "displayName": "A", "password": PASSWORD + "y"}),
        org.post("Users", {"userName": BO, "displayName": "B", "password": "short" + PASSWORD * 100}),
    ]
    for answer in answers:
        assert answer.status < 500
        assert PASSWORD.encode() not in answer.body
    for answer in answers[3:6]:
        assert answer.status >= 400 or answer.json["totalResults"] == 0
    rows = run(org.store.read(1, lambda rows: rows.audit(1, 0, 1_000)))
    assert all(PASSWORD.encode() not in row.document and b"argon2" not in row.document for row in rows)


@BOTH
@pytest.mark.parametrize(
    "if_match", ['"9"', 'W/"9"', "x", '"', ", ".join(f'"{number}"' for number in range(100, 1_100)), '"' + "9" * 5_000 + '"']
)
def test_s33_stale_and_malformed_versions_are_refused_by_every_write(profile: str, if_match: str) -> None:
    org = Rehearsal(profile)
    id = org.create(AINO)["id"]
    before, status = head(org), 412 if profile == "extended" else 400
    operation = {"op": "replace", "path": "displayName", "value": "N"}
    for reply in (
        org.patch(f"Users/{id}", operation, if_match=if_match),
        org.put(f"Users/{id}", {"userName": AINO, "displayName": "N"}, if_match=if_match),
        org.delete(f"Users/{id}", if_match=if_match),
    ):
        assert reply.status == status, reply.body
        assert len(reply.body) < 1_000
    assert head(org) == before
    assert org.patch(f"Users/{id}", operation, if_match="*").status == 200


def test_s35_markup_in_names_stays_text_and_answers_are_never_markup() -> None:
    org = Rehearsal()
    name = "<img src=x onerror=alert(1)>"
    made = org.create(AINO, displayName=name, title=name)
    for reply in (org.get(f"Users/{made['id']}"), org.get("Users", filter=f'title eq "{name}'), org.get(f"Users/{name}"), org.get(name)):
        assert reply.headers["Content-Type"] in ("application/scim+json", "application/json")
    assert org.get(f"Users/{made['id']}").json["displayName"] == name


@BOTH
def test_s39_tokens_stop_at_the_second_they_expire_and_with_their_client(profile: str) -> None:
    org = Rehearsal(profile)
    short = run(mint_token(org.store, org.clock, org.ids, "north", "okta", 300))[0]
    long = org.client("ping")
    assert org.send("GET", "Users", token=short).status == 200
    org.clock.seconds += 300
    assert org.send("GET", "Users", token=short).status == 401
    run(switch_client(org.store, org.clock, "north", "ping", False))
    assert org.send("GET", "Users", token=long).status == 401


def test_a_mistake_in_what_to_show_is_found_before_a_person_changes_himself() -> None:
    org = Rehearsal()
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
    org.create(AINO, password=PASSWORD)
    token = signed_in(org)
    before = head(org)
    body = {"Operations": [{"op": "replace", "path": "displayName", "value": "New"}]}
    reply = org.send("PATCH", "Me", body, token=token, query={"attributes": "title", "excludedAttributes": "name"})
    refused(reply, 400, "invalidValue")
    assert head(org) == before
    shown = org.send("PATCH", "Me", body, token=token, query={"attributes": "displayName"})
    assert (shown.json["displayName"], "title" in shown.json) == ("New", False)


@pytest.mark.parametrize(
    "operation",
    [
        {"path": "userName", "value": "boss@northlight.example"},
        {"path": "urn:ietf:params:scim:schemas:core:2.0:User:userName", "value": "boss@northlight.example"},
        {"value": {"urn:ietf:params:scim:schemas:core:2.0:User": {"active": False}}},
        {"value": {"urn:ietf:params:scim:schemas:core:2.0:User:ROLES": ["Supervisor"]}},
        {"path": f"{ENTERPRISE}:division", "value": "Sales"},
        {"path": "division", "value": "Sales"},
        {"path": "externalId", "value": "x"},
        {"path": "password", "value": PASSWORD},
        {"path": "groups", "value": [{"value": "x"}]},
        {"path": "phoneNumbers", "value": [{"value": "tel:+358401234567;ext=7", "type": "work"}]},
    ],
    ids=lambda operation: str(operation.get("path", next(iter(operation.get("value", ""))))),
)
def test_a_person_changes_nothing_that_decides_about_access(operation: dict[str, Any]) -> None:
    org = Rehearsal()
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
    id = org.create(AINO, password=PASSWORD)["id"]
    token = signed_in(org)
    before = kept(org, id)
    assert org.send("PATCH", "Me", {"Operations": [{"op": "add", **operation}]}, token=token).status == 403
    assert kept(org, id) == before


def test_people_who_signed_in_do_not_use_up_each_others_rate() -> None:
    org = Rehearsal(rate=30)
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
    org.create(AINO, password=PASSWORD)
    org.create(BO, password=PASSWORD)
    noisy, quiet = signed_in(org), signed_in(org, BO)
    statuses = [org.send("GET", "Me", token=noisy).status for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert org.send("GET", "Me", token=quiet).status == 200


@BOTH
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_times_that_utc_cannot_tell_are_no_times(profile: str, moment: str, operator: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO)
    refused(org.get("Users", filter=f'meta.lastModified {operator} "{moment}"'), 400, "invalidFilter")


@BOTH
def test_endless_queries_are_refused_before_they_are_read(profile: str) -> None:
    org = Rehearsal(profile)
    for query, scim_type in (("filter=" + "%28" * 100_000, "invalidFilter"), ("cursor=" + "%C3%A9" * 100_000, "invalidValue")):
        request = Request("GET", "/north/scim/v2/Users", query, {"authorization": f"Bearer {org.token}"})
        refused(Reply(run(org.server.handle(request))), 400, scim_type)
