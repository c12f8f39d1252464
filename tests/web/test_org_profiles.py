"""Strict and extended: each row of the table in DESIGN §7, tried in both profiles."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal

AINO = "aino@northlight.example"


def both(strict: Any, extended: Any) -> Any:
    return pytest.mark.parametrize(("profile", "expected"), [("strict", strict), ("extended", extended)])


@both(False, True)
def test_attributes_beyond_the_contract(profile: str, expected: bool) -> None:
    user = Rehearsal(profile).create(AINO, name={"givenName": "Aino"}, nickName="A", favouriteColour="blue")
    assert ("name" in user, "nickName" in user) == (expected, expected)
    assert "favouriteColour" not in user


@both(1, 2)
def test_list_without_filter(profile: str, expected: int) -> None:
    org = Rehearsal(profile)
    org.create(AINO)
    org.create("bo@northlight.example", active=False)
    assert org.get("Users").json["totalResults"] == expected
    assert org.get("Users", filter="active eq false").json["totalResults"] == 1
    assert org.get("Users", filter='userName eq "bo@northlight.example"').json["totalResults"] == 1


@both(400, 200)
def test_filters_that_genesys_does_not_attest(profile: str, expected: int) -> None:
    org = Rehearsal(profile)
    for text in ('title co "Lead"', 'userName eq "x" or displayName eq "y"', 'not (title eq "x")', "title pr"):
        reply = org.get("Users", filter=text)
        assert reply.status == expected, text
        if expected == 400:
            assert reply.scim_type == "invalidFilter"


@both(200, 400)
def test_unquoted_filter_values(profile: str, expected: int) -> None:
    org = Rehearsal(profile)
    org.create(AINO, **{ENTERPRISE: {"division": "Sales"}})
    reply = org.get("Users", filter="division eq Sales")
    assert reply.status == expected
    if expected == 200:
        assert reply.json["totalResults"] == 1


@both(True, False)
def test_put_with_absent_attributes(profile: str, expected: bool) -> None:
    org = Rehearsal(profile)
    user = org.create(
        AINO,
        title="Lead",
        externalId="1",
        roles=[{"value": "Agent"}],
        **{GENESYS: {"routingSkills": [{"name": "Billing", "proficiency": 4}]}},
    )
    after = org.put(f"Users/{user['id']}", {"userName": AINO, "displayName": "Aino"}).json
    assert "title" not in after
    assert ("externalId" in after) is expected
    assert ("roles" in after) is expected
    assert ("routingSkills" in after.get(GENESYS, {})) is expected


@both((200, 200), (200, 204))
def test_patch_answer(profile: str, expected: tuple[int, int]) -> None:
    org = Rehearsal(profile)
    user, group = org.create(AINO), org.group("Helsinki")
    operation = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    of_user = org.patch(f"Users/{user['id']}", {"op": "replace", "path": "title", "value": "Lead"})
    of_group = org.patch(f"Groups/{group}", operation)
    assert (of_user.status, of_group.status) == expected
    assert of_group.headers["ETag"] == '"2"'
    asked = org.send("PATCH", f"Groups/{group}", {"Operations": [operation]}, query={"attributes": "displayName"})
    assert (asked.status, asked.json["displayName"]) == (200, "Helsinki")


@both(403, 201)
def test_group_creation(profile: str, expected: int) -> None:
    assert Rehearsal(profile).post("Groups", {"displayName": "Oulu"}).status == expected


@both((400, "mutability"), (204, None))
def test_group_rename(profile: str, expected: tuple[int, str | None]) -> None:
    org = Rehearsal(profile)
    reply = org.patch(f"Groups/{org.group('Helsinki')}", {"op": "replace", "path": "displayName", "value": "Espoo"})
    assert reply.status == expected[0]
    if expected[1]:
        assert reply.scim_type == expected[1]


@both("+358401234567", "+358 40 123 4567")
def test_phone_numbers_as_returned(profile: str, expected: str) -> None:
    user = Rehearsal(profile).create(AINO, phoneNumbers=[{"type": "work", "value": "+358 40 123 4567"}])
    assert user["phoneNumbers"][0]["value"] == expected


@both((400, "invalidVers"), (412, None))
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_stale_if_match(profile: str, expected: tuple[int, str | None], method: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    body = {"userName": AINO, "displayName": "A", "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    reply = org.send(method, f"Users/{user['id']}", None if method == "DELETE" else body, if_match='"7"')
    assert (reply.status, reply.scim_type) == expected
    assert org.get(f"Users/{user['id']}").json == user


@both("ErrorBody", "ScimError")
def test_form_of_gateway_errors(profile: str, expected: str) -> None:
    org = Rehearsal(profile, rate=3)
    limit = 512_000 if profile == "strict" else 1_048_576
    refusals = {
        401: org.send("GET", "Users", token="jnt_unknown"),
        413: org.post("Users", b" " * (limit + 1)),
        429: [org.get("Users") for _ in range(4)][-1],
    }
    for status, reply in refusals.items():
        assert reply.status == status
        if expected == "ErrorBody":
            assert (reply.json["status"], reply.json["contextId"]) == (status, reply.headers["ININ-Correlation-Id"])
        else:
            assert reply.json["status"] == str(status)
            assert reply.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert refusals[429].headers["Retry-After"] == "60"
    if expected == "ErrorBody":
        assert refusals[429].json == {
            "message": "Rate limit exceeded the maximum. Retry the request in [60] seconds",
            "code": "too.many.requests.retry.after",
            "status": 429,
            "contextId": refusals[429].headers["ININ-Correlation-Id"],
            "details": [],
            "errors": [],
        }


@both((True, True), (False, True))
def test_post_of_a_deleted_user_name(profile: str, expected: tuple[bool, bool]) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, externalId="1", roles=[{"value": "Agent"}], title="Lead")
    org.delete(f"Users/{user['id']}")
    stranger = org.post("Users", {"userName": AINO, "displayName": "A", "externalId": "2"})
    assert stranger.status == 201
    assert (stranger.json["id"] == user["id"]) is expected[0]
    org.delete(f"Users/{stranger.json['id']}")
    known = org.post("Users", {"userName": AINO, "displayName": "A", "externalId": "2" if expected[0] else "1"})
    assert (known.json["id"] == user["id"]) is expected[1]
    assert known.json.get("roles") in (None, [])
    assert org.get("Users", filter=f'userName eq "{AINO}"').json["totalResults"] == 1


@both(200, 404)
def test_active_true_on_a_deleted_id(profile: str, expected: int) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, roles=[{"value": "Agent"}])
    path = f"Users/{user['id']}"
    org.delete(path)
    reply = org.patch(path, {"op": "replace", "path": "active", "value": True})
    assert reply.status in (expected, 201 if expected == 200 else expected)
    if expected == 200:
        assert reply.json["active"] is True
        assert "roles" not in reply.json
        assert reply.json[ENTERPRISE]["division"] == "Home"
        assert org.get(path).status == 200


@both(429, 200)
def test_rate_limit_by_default(profile: str, expected: int) -> None:
    org = Rehearsal(profile)
    replies = [org.get("ServiceProviderConfig").status for _ in range(301)]
    assert set(replies[:300]) == {200}
    assert replies[300] == expected
    other = org.client("entra")
    assert org.send("GET", "ServiceProviderConfig", token=other).status == 200
    org.clock.seconds += 60
    assert org.get("ServiceProviderConfig").status == 200


@both(400, 201)
def test_user_name_that_is_no_email(profile: str, expected: int) -> None:
    assert Rehearsal(profile).post("Users", {"userName": "aino", "displayName": "A"}).status == expected


@both(400, 201)
def test_missing_display_name(profile: str, expected: int) -> None:
    assert Rehearsal(profile).post("Users", {"userName": AINO}).status == expected


@both(100, 101)
def test_page_is_cut_at_the_maximum(profile: str, expected: int) -> None:
    org = Rehearsal(profile, rate=0)
    for number in range(101):
        org.create(f"p{number}@northlight.example")
    listed = org.get("Users", count=2**63).json
    assert (listed["totalResults"], listed["itemsPerPage"]) == (101, expected)
    assert org.get("Users").json["itemsPerPage"] == 25
    assert org.get("ServiceProviderConfig").json["filter"]["maxResults"] == {"strict": 100, "extended": 1_000}[profile]


@both(["value", "$ref", "type"], ["value", "$ref", "type", "display"])
def test_groups_of_a_user(profile: str, expected: list[str]) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    org.group("Helsinki", user["id"])
    assert sorted(org.get(f"Users/{user['id']}").json["groups"][0]) == sorted(expected)


@both(False, True)
def test_meta_created(profile: str, expected: bool) -> None:
    assert ("created" in Rehearsal(profile).create(AINO)["meta"]) is expected


@both(True, False)
def test_mirrors_of_user_name_and_external_id(profile: str, expected: bool) -> None:
    user = Rehearsal(profile).create(AINO, externalId="1")
    assert ({"type": "other", "value": AINO} in user.get("emails", [])) is expected
    assert any(each["authority"].startswith("x-pc:scimv2:v1") for each in user.get(GENESYS, {}).get("externalIds", [])) is expected
