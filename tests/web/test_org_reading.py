"""Reading beyond lists: what is shown on every verb, media types, HEAD, secrets in URLs, references, /Me."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal, run

from joiner.auth.tokens import hash_token
from joiner.journeys.keeping import NO_MANAGER
from joiner.store.org_port import Kept, OrgWrites

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
AINO = "aino@northlight.example"
BO = "bo@northlight.example"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def changes(org: Rehearsal, id: str) -> list[tuple[str, str, Any]]:
    patch = {"Operations": [{"op": "replace", "path": "title", "value": "Boss"}]}
    return [
        ("POST", "Users", {"userName": BO, "displayName": "Bo", "title": "Lead"}),
        ("PUT", f"Users/{id}", {"userName": AINO, "displayName": "Aino", "title": "Lead"}),
        ("PATCH", f"Users/{id}", patch),
        ("GET", f"Users/{id}", None),
        ("GET", "Users", None),
    ]


@BOTH
def test_attributes_and_excluded_attributes_together_are_refused_before_anything_is_written(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    for method, path, body in changes(org, user["id"]):
        reply = org.send(method, path, body, query={"attributes": "title", "excludedAttributes": "name"})
        assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert org.get("Users").json["totalResults"] == 1
    assert "title" not in org.get(f"Users/{user['id']}").json


@BOTH
def test_every_verb_shows_what_was_asked_and_what_is_always_returned(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    for method, path, body in changes(org, user["id"])[:4]:
        shown = org.send(method, path, body, query={"attributes": "title,shoeSize"}).json
        assert {"id", "title"} <= set(shown)
        assert "displayName" not in shown


@BOTH
@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/scim+json", 200),
        ("application/json", 200),
        ("application/scim+json, application/json;q=0.5", 200),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", 200),
        ("application/*", 200),
        ("*/*", 200),
        ("APPLICATION/JSON; charset=utf-8", 200),
        ("", 200),
        ("text/html", 406),
        ("application/xml;q=0.9, text/*", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, application/scim+json;q=0, */*", 406),
        ("*/*;q=0.0", 406),
        ("application/json;q=much", 200),
        (";;;,,,===", 406),
    ],
)
def test_accept_decides_whether_json_may_be_sent(profile: str, accept: str, status: int) -> None:
    org = Rehearsal(profile)
    replies = [org.send("GET", path, accept=accept or " ") for path in ("Users", "Schemas", "ServiceProviderConfig")]
    assert {reply.status for reply in replies} == {status}
    if status == 406:
        assert org.post("Users", {"userName": AINO, "displayName": "A"}, accept=accept).status == 406
        assert org.get("Users").json["totalResults"] == 0


@BOTH
def test_head_answers_as_get_does_wherever_get_is(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    for path in ("Users", f"Users/{user['id']}", "Schemas", "ServiceProviderConfig", "ResourceTypes/User"):
        head, get = org.send("HEAD", path), org.get(path)
        assert (head.status, head.headers.get("ETag")) == (200, get.headers.get("ETag"))
    assert org.send("HEAD", "Users/none").status == 404


@BOTH
@pytest.mark.parametrize(
    "text", ['password eq "x"', "not (password pr)", 'userName eq "a" or urn:ietf:params:scim:schemas:core:2.0:User:password sw "p"']
)
def test_secret_in_a_url_is_refused_as_sensitive(profile: str, text: str) -> None:
    org = Rehearsal(profile)
    reply = org.get("Users", filter=text)
    assert (reply.status, reply.scim_type) == (403, "sensitive")
    assert org.get("Users", sortBy="password").status == (400 if profile == "extended" else 200)


def test_secret_cannot_be_searched_by_message_either() -> None:
    org = Rehearsal()
    for path in ("Users/.search", ".search"):
        reply = org.post(path, {"schemas": [SEARCH], "filter": 'password eq "x"'})
        assert (reply.status, reply.scim_type) == (400, "invalidFilter")
    assert org.get("", filter='password eq "x"').scim_type == "sensitive"


@BOTH
def test_manager_is_referred_to_where_he_is_one_of_ours(profile: str) -> None:
    org = Rehearsal(profile)
    boss = org.create(BO)
    made = org.create(AINO, **{ENTERPRISE: {"division": "Sales", "manager": {"value": boss["id"]}}})
    stranger = org.create("cy@northlight.example", **{ENTERPRISE: {"manager": {"value": 'sev"eral words'}}})
    for shown in (made, org.get(f"Users/{made['id']}").json, org.get(f"Users/{made['id']}", attributes=ENTERPRISE).json):
        assert shown[ENTERPRISE]["manager"] == {"value": boss["id"], "$ref": f"http://north/north/api/v2/scim/v2/Users/{boss['id']}"}
    assert org.get(shown[ENTERPRISE]["manager"]["$ref"].removeprefix("http://north")).json["userName"] == BO
    assert stranger[ENTERPRISE]["manager"] == {"value": 'sev"eral words'}
    put = org.put(f"Users/{made['id']}", org.get(f"Users/{made['id']}").json)
    assert put.headers["ETag"] == '"1"'


@BOTH
def test_bodies_of_former_releases_show_the_same(profile: str) -> None:
    org = Rehearsal(profile)
    boss = org.create(BO)
    made = org.create(AINO, externalId="e1", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    group = org.group("Helsinki", made["id"])
    paths = (f"Users/{boss['id']}", f"Users/{made['id']}", f"Groups/{group}", "Users", "Groups")
    before = [org.get(path).body for path in paths]

    def age(rows: OrgWrites) -> list[bool]:
        marked = []
        for type, id in (("User", boss["id"]), ("User", made["id"]), ("Group", group)):
            kept = rows.resource(1, type, id)
            assert kept is not None
            marked.append(kept.body.endswith(NO_MANAGER))
            rows.update(1, type, Kept(kept.n, id, kept.version, kept.state, kept.name, kept.body.removesuffix(NO_MANAGER)), None)
        return marked

    assert run(org.store.write(1, age)) == [True, False, True]
    assert [org.get(path).body for path in paths] == before


@BOTH
@pytest.mark.parametrize("path", ["Users", "Groups"])
def test_leaving_out_what_is_joined_leaves_everything_else(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, externalId="x-1")
    org.group("Helsinki", user["id"])
    for joined in ("members", "groups", "members.value", "groups.display", "password"):
        whole, less = org.get(path).json["Resources"][0], org.get(path, excludedAttributes=joined).json["Resources"][0]
        name, _, part = joined.partition(".")
        if not part:
            assert less == {key: value for key, value in whole.items() if key != name}
        elif name in whole:
            assert [{key: value for key, value in each.items() if key != part} for each in whole[name]] == less[name]


# /Me


def signed_in(org: Rehearsal, user_id: str) -> str:
    token = "a-person"
    client = org.credentials.client_id
    expires = org.clock.now().timestamp() + 600
    run(org.store.write(1, lambda rows: rows.add_token(hash_token(token), 1, client, 0.0, expires, user_id)))
    return token


def test_me_is_the_person_who_signed_in() -> None:
    org = Rehearsal()
    user = org.create(AINO, title="Lead")
    token = signed_in(org, user["id"])
    shown = org.send("GET", "Me", token=token)
    assert (shown.status, shown.json["id"], shown.json["meta"]["location"]) == (200, user["id"], user["meta"]["location"])
    assert org.send("GET", "Me", token=token, if_none_match=shown.headers["ETag"]).status == 304
    assert set(org.send("GET", "me", token=token, query={"attributes": "title"}).json) == {"schemas", "id", "title"}


def test_me_of_a_client_is_nobody_and_says_why() -> None:
    reply = Rehearsal().get("Me")
    assert reply.status == 404
    assert "belongs to the client okta" in reply.json["detail"]


def test_person_changes_only_what_is_his_own() -> None:
    org = Rehearsal()
    user = org.create(AINO, roles=[{"value": "Agent"}])
    token = signed_in(org, user["id"])

    def patch(*operations: dict[str, Any]) -> Any:
        return org.send("PATCH", "Me", {"Operations": list(operations)}, token=token)

    done = patch({"op": "replace", "path": "nickName", "value": "Ai"}, {"op": "add", "value": {"name.givenName": "Aino"}})
    assert (done.status, done.json["nickName"], done.json["name"]["givenName"]) == (200, "Ai", "Aino")
    for operation in (
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"nickName": "A", "userName": "root@northlight.example"}},
        {"op": "add", "path": "roles", "value": [{"value": "Supervisor"}]},
        {"op": "replace", "path": f"{ENTERPRISE}:division", "value": "Support"},
        {"op": "remove", "path": 'roles[value eq "Agent"]'},
    ):
        assert patch(operation).status == 403, operation
    assert org.send("PUT", "Me", user, token=token).status == 403
    assert org.send("DELETE", "Me", token=token).status == 403
    assert org.get(f"Users/{user['id']}").json["meta"]["version"] == done.json["meta"]["version"]


def test_token_of_a_person_reaches_nothing_else() -> None:
    org = Rehearsal()
    user = org.create(AINO)
    token = signed_in(org, user["id"])
    for method, path in (
        ("GET", "Users"),
        ("GET", f"Users/{user['id']}"),
        ("POST", "Users"),
        ("GET", "Groups"),
        ("POST", ".search"),
        ("GET", ""),
    ):
        assert org.send(method, path, {} if method == "POST" else None, token=token).status == 403, path
    assert org.send("GET", "Schemas", token=token).status == 200
    org.delete(f"Users/{user['id']}")
    assert org.send("GET", "Me", token=token).status in (401, 404)
