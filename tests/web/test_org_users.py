"""Users of a hosted org over SCIM: life from creation to undelete, preconditions, hostile input."""

from __future__ import annotations

import json
from typing import Any

import pytest
from connected import connect
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal, run

from joiner.journeys.audit import read_audit, verify_audit

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
AINO = "aino@northlight.example"


def events(org: Rehearsal) -> list[dict[str, Any]]:
    return [json.loads(entry.document) for entry in run(read_audit(org.store, "north"))]


@BOTH
def test_created_user_is_read_back_with_location_and_version(profile: str) -> None:
    org = Rehearsal(profile)
    reply = org.post("Users", {"userName": AINO, "displayName": "Aino Söderström", "externalId": "hr-7"})
    assert reply.status == 201
    user = reply.json
    assert reply.headers["Location"] == user["meta"]["location"] == f"http://north/north/api/v2/scim/v2/Users/{user['id']}"
    assert reply.headers["ETag"] == user["meta"]["version"] == '"1"'
    assert (user["active"], user["externalId"]) == (True, "hr-7")
    assert org.get(f"Users/{user['id']}").json == user


@BOTH
def test_id_meta_and_version_sent_by_the_client_are_ignored(profile: str) -> None:
    org = Rehearsal(profile)
    victim = org.create("victim@northlight.example")
    body = {"userName": AINO, "displayName": "A", "id": victim["id"], "meta": {"created": "1999-01-01T00:00:00Z", "version": 'W/"9"'}}
    reply = org.post("Users", body)
    assert reply.status == 201
    assert reply.json["id"] != victim["id"]
    assert reply.json["meta"]["version"] == '"1"'
    assert org.get(f"Users/{victim['id']}").json == victim


@BOTH
@pytest.mark.parametrize("name", [AINO, AINO.upper(), "aino@northlight.example ".strip(), "aino@northlight.example".replace("k", "\u212a")])
def test_second_live_user_of_a_user_name_is_refused(profile: str, name: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO)
    reply = org.post("Users", {"userName": name, "displayName": "B"})
    assert (reply.status, reply.scim_type) == (409, "uniqueness")


@BOTH
def test_kelvin_sign_does_not_make_a_second_mike(profile: str) -> None:
    org = Rehearsal(profile)
    org.create("mike@northlight.example")
    reply = org.post("Users", {"userName": "mi\u212ae@northlight.example", "displayName": "M"})
    assert reply.status in (400, 409)


@BOTH
def test_deactivation_by_entra_takes_the_roles_and_reactivation_does_not_bring_them_back(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, roles=[{"value": "Agent"}])
    path = f"Users/{user['id']}"
    left = org.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert left.status == 200
    assert left.json["active"] is False
    assert "roles" not in left.json
    back = org.patch(path, {"op": "replace", "value": {"active": True}})
    assert back.json["active"] is True
    assert "roles" not in back.json
    assert [event["name"] for event in events(org)[-3:]] == ["user.created", "person.deactivated", "person.reactivated"]
    assert events(org)[-2]["before"] == {"active": True, "roles": [{"value": "Agent"}]}
    assert "end_sessions" in events(org)[-2]["reason"]


@BOTH
def test_new_user_without_roles_is_an_employee_in_division_home(profile: str) -> None:
    user = Rehearsal(profile).create(AINO)
    assert user["roles"] == [{"value": "employee"}]
    assert user[ENTERPRISE]["division"] == "Home"


@BOTH
def test_division_and_role_are_taken_by_name_and_by_guid(profile: str) -> None:
    org = Rehearsal(profile)
    divisions = org.get("/north/api/v2/authorization/divisions").json["entities"]
    sales = next(each["id"] for each in divisions if each["name"] == "Sales")
    user = org.create(AINO, **{ENTERPRISE: {"division": sales}}, roles=[{"value": "supervisor"}])
    assert user[ENTERPRISE]["division"] == "Sales"
    assert user["roles"] == [{"value": "Supervisor"}]


@BOTH
def test_unknown_division_is_refused_with_the_nearest_name(profile: str) -> None:
    reply = Rehearsal(profile).post("Users", {"userName": AINO, "displayName": "A", ENTERPRISE: {"division": "Suport"}})
    assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert "Support" in reply.json["detail"]


@BOTH
def test_patch_that_changes_nothing_leaves_version_and_audit_alone(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, title="Agent")
    before = len(events(org))
    reply = org.patch(f"Users/{user['id']}", {"op": "replace", "path": "title", "value": "Agent"})
    assert (reply.status, reply.headers["ETag"]) == (200, '"1"')
    assert len(events(org)) == before


@BOTH
def test_a_failing_operation_undoes_the_ones_before_it(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, title="Agent")
    path = f"Users/{user['id']}"
    reply = org.patch(path, {"op": "replace", "path": "title", "value": "Boss"}, {"op": "replace", "path": "id", "value": "x"})
    assert (reply.status, reply.scim_type) == (400, "mutability")
    assert org.get(path).json["title"] == "Agent"


@BOTH
def test_renamed_user_is_found_by_the_new_name_and_frees_the_former(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    assert org.patch(f"Users/{user['id']}", {"op": "replace", "path": "userName", "value": "aino.s@northlight.example"}).status == 200
    assert org.get("Users", filter=f'userName eq "{AINO}"').json["totalResults"] == 0
    assert org.get("Users", filter='userName eq "AINO.S@northlight.example"').json["totalResults"] == 1
    org.create(AINO)


@BOTH
def test_rename_to_a_taken_name_is_refused(profile: str) -> None:
    org = Rehearsal(profile)
    org.create("bo@northlight.example")
    user = org.create(AINO)
    reply = org.patch(f"Users/{user['id']}", {"op": "replace", "path": "userName", "value": "Bo@northlight.example"})
    assert (reply.status, reply.scim_type) == (409, "uniqueness")


@BOTH
def test_external_id_belongs_to_the_client_that_set_it(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, externalId="1")
    other = org.client("entra")
    path = f"Users/{user['id']}"
    assert "externalId" not in org.send("GET", path, token=other).json
    assert org.send("GET", "Users", token=other, query={"filter": 'externalId eq "1"'}).json["totalResults"] == 0
    assert org.patch(path, {"op": "add", "path": "externalId", "value": "e-1"}, token=other).json["externalId"] == "e-1"
    assert org.get(path).json["externalId"] == "1"
    assert org.get("Users", filter='externalId eq "1"').json["totalResults"] == 1


@BOTH
def test_external_id_of_one_client_is_unique(profile: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO, externalId="1")
    reply = org.post("Users", {"userName": "bo@northlight.example", "displayName": "B", "externalId": "1"})
    assert (reply.status, reply.scim_type) == (409, "uniqueness")
    assert org.get("Users", filter='userName eq "bo@northlight.example"').json["totalResults"] == 0


@BOTH
def test_one_identifier_of_an_authority_belongs_to_one_user(profile: str) -> None:
    org = Rehearsal(profile)
    mark = {GENESYS: {"externalIds": [{"authority": "zoomphone", "value": "77"}]}}
    org.create(AINO, **mark)
    assert org.post("Users", {"userName": "bo@northlight.example", "displayName": "B", **mark}).status == 409
    found = org.get("Users", filter=f'{GENESYS}:externalIds[authority eq "zoomphone" and value eq "77"]')
    assert found.json["totalResults"] == 1


@BOTH
def test_external_id_never_resolves_as_an_id(profile: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO, externalId="hr-7")
    assert org.get("Users/hr-7").status == 404


@BOTH
def test_password_is_taken_and_never_shown_logged_or_kept(profile: str) -> None:
    org = Rehearsal(profile)
    connect(org, may_sync_password=True)
    user = org.create(AINO, password="Tuntematon-7!")
    path = f"Users/{user['id']}"
    assert org.patch(path, {"op": "replace", "path": "password", "value": "Toinen-8!"}).status == 200
    shown = org.get(path, attributes="password").body + org.get("Users").body + json.dumps(events(org)).encode()
    assert b"Tuntematon" not in shown
    assert b"Toinen" not in shown
    kept = run(org.store.read(1, lambda rows: rows.resource(1, "User", user["id"])))
    assert kept is not None
    assert b"assword" not in kept.body


@BOTH
def test_deleted_user_is_gone_from_every_read_and_group(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    group = org.group("Helsinki", user["id"])
    path = f"Users/{user['id']}"
    assert org.delete(path).status == 204
    for reply in (org.get(path), org.patch(path, {"op": "replace", "path": "title", "value": "x"}), org.delete(path)):
        assert reply.status == 404
    assert org.get("Users").json["totalResults"] == 0
    assert org.get("Users", filter=f'userName eq "{AINO}"').json["totalResults"] == 0
    assert org.get("Users", filter=f'id eq "{user["id"]}"').json["totalResults"] == 0
    assert org.members(group) == []
    assert {"user.deleted", "group.members_changed"} <= {event["name"] for event in events(org)}


@BOTH
def test_current_if_match_is_accepted_in_every_spelling(profile: str) -> None:
    org = Rehearsal(profile)
    path = f"Users/{org.create(AINO)['id']}"
    for version, header in enumerate(('"1"', 'W/"2"', "*", '"9", "4"', "5"), 1):
        reply = org.patch(path, {"op": "replace", "path": "title", "value": f"t{version}"}, if_match=header)
        assert reply.status == 200, header


@BOTH
def test_known_version_is_not_sent_again(profile: str) -> None:
    org = Rehearsal(profile)
    path = f"Users/{org.create(AINO)['id']}"
    assert org.send("GET", path, if_none_match='"1"').status == 304
    assert org.send("GET", path, if_none_match='"1"').body == b""
    assert org.send("GET", path, if_none_match='"7"').status == 200


@BOTH
@pytest.mark.parametrize(("text", "active"), [("False", False), ("true", True), ("True", True), ("false", False)])
def test_active_is_read_from_the_spellings_that_clients_send(profile: str, text: str, active: bool) -> None:
    assert Rehearsal(profile).create(AINO, active=text)["active"] is active


@BOTH
@pytest.mark.parametrize("value", [0, "no", [False], {}, 1])
def test_other_spellings_of_active_are_refused(profile: str, value: Any) -> None:
    reply = Rehearsal(profile).post("Users", {"userName": AINO, "displayName": "A", "active": value})
    assert (reply.status, reply.scim_type) == (400, "invalidValue")


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"{",
        b'{"userName":"a@x.example","userName":"b@x.example","displayName":"A"}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"userName":"a\\u0000@x.example","displayName":"A"}',
        b'{"userName":"\\ud800@x.example","displayName":"A"}',
        b'{"userName":NaN}',
        b'{"displayName":"no name"}',
        b'{"userName":"","displayName":"A"}',
        b'{"userName":{},"displayName":"A"}',
        b'{"userName":"   ","displayName":"A"}',
        b'{"schemas":"x","userName":"a@x.example","displayName":"A"}',
        b'{"userName":"a@x.example","displayName":"A","emails":"x"}',
        b'{"userName":"a@x.example","displayName":"A","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":[]}',
    ],
)
def test_hostile_bodies_are_answered_with_400_and_change_nothing(profile: str, body: bytes) -> None:
    org = Rehearsal(profile)
    rows = len(events(org))
    reply = org.post("Users", body)
    assert reply.status == 400, reply.body
    assert reply.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert reply.json["status"] == "400"
    assert len(events(org)) == rows


@BOTH
@pytest.mark.parametrize(
    "operations",
    [
        "x",
        [],
        [{}],
        [{"op": "sing"}],
        [{"op": "remove"}],
        [{"op": "replace", "path": "emails[type eq", "value": "x"}],
        [{"op": "replace", "path": "[", "value": "x"}],
        [{"op": "replace", "path": "emails.", "value": "x"}],
        [{"op": "replace", "path": "userName", "value": None}],
        [{"op": "remove", "path": "userName"}],
        [{"op": "replace", "path": "meta.version", "value": "9"}],
        [{"op": "add", "path": "groups", "value": [{"value": "x"}]}],
        [{"op": "replace", "path": "title", "value": "x"}] * 101,
    ],
)
def test_hostile_patches_are_answered_with_a_4xx_and_change_nothing(profile: str, operations: Any) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    reply = org.send("PATCH", f"Users/{user['id']}", {"Operations": operations})
    assert 400 <= reply.status < 500, reply.body
    assert org.get(f"Users/{user['id']}").json == user


@BOTH
def test_put_takes_the_whole_resource_as_it_was_read(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, title="Agent", externalId="1", roles=[{"value": "Agent"}])
    org.group("Helsinki", user["id"])
    seen = org.get(f"Users/{user['id']}").json
    reply = org.put(f"Users/{user['id']}", seen | {"title": "Lead"})
    assert reply.status == 200, reply.body
    assert reply.json["title"] == "Lead"
    assert reply.json["groups"] == seen["groups"]
    again = org.put(f"Users/{user['id']}", reply.json)
    assert again.headers["ETag"] == reply.headers["ETag"]


@BOTH
def test_put_without_active_neither_wakes_nor_disables(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, active=False)
    assert org.put(f"Users/{user['id']}", {"userName": AINO, "displayName": "A"}).json["active"] is False


@BOTH
def test_audit_chain_of_all_that_happened_holds(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    org.patch(f"Users/{user['id']}", {"op": "replace", "path": "title", "value": "x"})
    org.delete(f"Users/{user['id']}")
    (verdict,) = run(verify_audit(org.store))
    assert (verdict.chain, verdict.broken_at) == ("north", 0)
    assert verdict.rows == len(events(org))
