"""The doors of a hosted org: OAuth, paths, permissions, Platform subset, discovery, probes, and requests meant to hurt."""

from __future__ import annotations

import base64
import json

import pytest
from org_fixtures import REHEARSAL_COST, Rehearsal, run

from joiner.errors import AlreadyTaken, Missing, Usage
from joiner.journeys.administer import add_org, create_client, define_names, list_orgs, mint_token
from joiner.web.request import Request
from joiner.web.routes import parse_route

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
FORM = "application/x-www-form-urlencoded"


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@BOTH
@pytest.mark.parametrize("path", ["/north/oauth/token", "/oauth/token"])
def test_client_credentials_give_a_token_that_works(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    pair = org.credentials
    by_header = org.send(
        "POST", path, b"grant_type=client_credentials", authorization=basic(pair.client_id, pair.client_secret), content_type=FORM
    )
    form = f"grant_type=client_credentials&client_id={pair.client_id}&client_secret={pair.client_secret}".encode()
    by_form = org.send("POST", path, form, authorization="", content_type=FORM)
    for reply in (by_header, by_form):
        assert reply.status == 200, reply.body
        assert (reply.json["token_type"], reply.json["expires_in"]) == ("bearer", 86_400)
        assert reply.headers["Cache-Control"] == "no-store"
        assert org.send("GET", "Users", token=reply.json["access_token"]).status == 200


def test_wrong_secrets_are_throttled_for_that_address_only() -> None:
    org = Rehearsal()
    pair = org.credentials

    def ask(secret: str, address: str) -> int:
        headers = {"authorization": basic(pair.client_id, secret), "content-type": FORM}
        return run(org.server.handle(Request("POST", "/north/oauth/token", "", headers, b"grant_type=client_credentials", address))).status

    assert [ask("wrong", "10.0.0.1") for _ in range(11)] == [401] * 10 + [429]
    assert ask(pair.client_secret, "10.0.0.1") == 429
    assert ask(pair.client_secret, "10.0.0.2") == 200
    org.clock.seconds += 61
    assert ask(pair.client_secret, "10.0.0.1") == 200


def test_client_is_known_by_its_id_only_and_in_its_own_org_only() -> None:
    org = Rehearsal()
    pair = org.credentials
    run(add_org(org.store, org.clock, org.ids, "south"))
    for path, client_id in (("/north/oauth/token", "okta"), ("/south/oauth/token", pair.client_id)):
        reply = org.send(
            "POST", path, b"grant_type=client_credentials", authorization=basic(client_id, pair.client_secret), content_type=FORM
        )
        assert (reply.status, reply.json["error"]) == (401, "invalid_client")


@BOTH
def test_expired_unknown_and_foreign_tokens_are_refused_alike(profile: str) -> None:
    org = Rehearsal(profile)
    run(add_org(org.store, org.clock, org.ids, "south", profile))
    foreign = org.client("ping", org="south")
    short, _ = run(mint_token(org.store, org.clock, org.ids, "north", "okta", 300))
    assert org.send("GET", "Users", token=short).status == 200
    org.clock.seconds += 301
    for token in (short, foreign, "jnt_random", "non-token"):
        reply = org.send("GET", "Users", token=token)
        assert reply.status == 401
        assert str(reply.json["status"]) == "401"
        assert "WWW-Authenticate" in reply.headers
    assert org.send("GET", "Users", authorization="").status == 401
    assert org.send("GET", "Users", authorization="non-token").status == 401


@BOTH
def test_another_orgs_id_answers_exactly_as_a_random_one(profile: str) -> None:
    org = Rehearsal(profile)
    user, group = org.create("aino@northlight.example"), org.group("Helsinki")
    run(add_org(org.store, org.clock, org.ids, "south", profile))
    token = org.client("ping", org="south")
    random_id = "99999999-0000-4000-8000-000000000000"
    base = "/south/api/v2/scim/v2"
    body = {"userName": "a@x.example", "displayName": "A", "Operations": [{"op": "replace", "path": "displayName", "value": "A"}]}
    for kind, id in (("Users", user["id"]), ("Groups", group)):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            sent = body if method in ("PUT", "PATCH") else None
            foreign = org.send(method, f"{base}/{kind}/{id}", sent, token=token)
            unknown = org.send(method, f"{base}/{kind}/{random_id}", sent, token=token)
            assert foreign.status == unknown.status in (404, 403)
            assert foreign.body.replace(id.encode(), b"") == unknown.body.replace(random_id.encode(), b"")
    assert org.get(f"Users/{user['id']}").json == user
    assert org.send("GET", f"{base}/Users", token=token).json["totalResults"] == 0


@pytest.mark.parametrize("org_part", ["/north", ""])
@pytest.mark.parametrize("family", ["/api/v2/scim/v2", "/api/v2/scim", "/scim/v2"])
@pytest.mark.parametrize("resource", ["Users", "users", "USERS"])
def test_every_path_family_reaches_the_same_users(org_part: str, family: str, resource: str) -> None:
    org = Rehearsal()
    user = org.create("aino@northlight.example")
    reply = org.get(f"{org_part}{family}/{resource}/{user['id']}")
    assert reply.status == 200
    assert reply.json["meta"]["location"] == f"http://north{org_part}{family}/Users/{user['id']}"


@pytest.mark.parametrize(
    "path",
    [
        "/scim/v2/%55sers",
        "//",
        "/north/./Users",
        "/NORTH/scim/v2/Users",
        "/scim/v2/Users;x=1",
        "/",
        "/north",
        "/a" * 3000,
        "/north/scim/v2/Users/\ud800",
        "/\ud800/scim/v2/Users",
    ],
)
def test_strange_paths_tell_nothing_without_a_token(path: str) -> None:
    org = Rehearsal()
    assert org.send("GET", path, authorization="").status in (401, 404)
    assert org.send("GET", path).status in (401, 404)


@BOTH
def test_wrong_method_names_the_right_ones(profile: str) -> None:
    org = Rehearsal(profile)
    assert org.send("DELETE", "Users").headers["Allow"] == "GET, POST"
    assert org.send("POST", "Users/1").headers["Allow"] == "GET, PUT, PATCH, DELETE"
    assert org.send("PUT", "Schemas").status == 405
    assert org.send("GET", "/north/oauth/token").headers["Allow"] == "POST"
    assert org.send("DELETE", "/north/api/v2/groups").headers["Allow"] == "GET, POST"
    assert org.send("TRACE\x00", "Users").status == 405


@BOTH
def test_other_media_types_are_refused(profile: str) -> None:
    org = Rehearsal(profile)
    body = b'{"userName":"a@x.example","displayName":"A"}'
    assert org.post("Users", body, content_type="text/plain").status == 415
    assert org.post("Users", body, content_type="application/json; charset=latin-1").status == 415
    assert org.post("Users", body, content_type="application/json; charset=UTF-8").status == 201
    assert org.send("GET", "Users", content_type="application/json").status == 200


@BOTH
def test_every_answer_carries_one_correlation_id_twice(profile: str) -> None:
    org = Rehearsal(profile)
    for reply in (
        org.get("Users"),
        org.get("Users/x"),
        org.get("/nowhere/at/all"),
        org.get("/livez"),
        org.send("GET", "Users", authorization=""),
    ):
        assert reply.headers["ININ-Correlation-Id"] == reply.headers["Request-Id"] != ""


@BOTH
def test_missing_permission_is_told_from_a_bad_body_and_from_an_unknown_id(profile: str) -> None:
    org = Rehearsal(profile)
    reader = org.client("reader", ("directory:user:view",))
    for method, path in (
        ("POST", "Users"),
        ("PATCH", "Users/unknown"),
        ("PUT", "Users/unknown"),
        ("DELETE", "Users/unknown"),
        ("GET", "Groups"),
    ):
        reply = org.send(method, path, {} if method != "GET" else None, token=reader)
        assert reply.status == 403, (method, path)
        assert reply.json["code"] == "missing.any.permissions"
        assert "directory:" in reply.body.decode()
    assert org.send("GET", "Users", token=reader).status == 200
    assert org.post("Users", {}).status == 400
    assert org.patch("Users/unknown", {"op": "replace", "path": "title", "value": "x"}).status == 404
    assert org.post("/north/api/v2/groups", {}).status == 400
    assert org.send("POST", "/north/api/v2/groups", {}, token=reader).json["code"] == "missing.any.permissions"


@BOTH
def test_single_effects_need_their_own_permission(profile: str) -> None:
    org = Rehearsal(profile)
    editor = org.client("editor", ("directory:user:edit", "directory:user:add"))
    body = {"userName": "a@x.example", "displayName": "A"}
    assert org.post("Users", body | {"roles": [{"value": "Supervisor"}]}, token=editor).status == 403
    assert org.get("Users").json["totalResults"] == 0
    user = org.post("Users", body, token=editor).json
    path = f"Users/{user['id']}"
    assert org.patch(path, {"op": "replace", "path": "title", "value": "x"}, token=editor).status == 200
    assert org.patch(path, {"op": "replace", "path": "roles", "value": [{"value": "Agent"}]}, token=editor).status == 403
    assert org.patch(path, {"op": "replace", "path": "password", "value": "Uusi-9!"}, token=editor).status == 403
    assert org.patch(path, {"op": "replace", "path": "active", "value": False}, token=editor).status == 200


def test_names_are_listed_by_page_and_defined_once() -> None:
    org = Rehearsal("strict")
    roles = org.get("/north/api/v2/authorization/roles", pageSize=2).json
    assert ([role["name"] for role in roles["entities"]], roles["total"], roles["pageCount"]) == (["employee", "Agent"], 3, 2)
    assert [role["name"] for role in org.get("/api/v2/authorization/roles", pageSize=2, pageNumber=2).json["entities"]] == ["Supervisor"]
    made = org.post("/north/api/v2/routing/skills", {"name": "Refunds"})
    assert (made.status, made.json["name"]) == (200, "Refunds")
    assert org.post("/north/api/v2/routing/skills", {"name": "Refunds"}).json["code"] == "general.conflict"
    assert [each["name"] for each in org.get("/north/api/v2/routing/skills", name="ref").json["entities"]] == ["Refunds"]
    assert org.post("/north/api/v2/routing/skills", {"name": "x" * 300}).status == 400
    assert org.get("/north/api/v2/routing/languages", pageSize="x").status == 400
    assert org.get("/north/api/v2/nothing").status == 404


def test_groups_of_the_platform_are_those_of_scim() -> None:
    org = Rehearsal("strict")
    user = org.create("aino@northlight.example")
    group = org.group("Helsinki", user["id"])
    (listed,) = org.get("/north/api/v2/groups").json["entities"]
    assert (listed["id"], listed["name"], listed["memberCount"]) == (group, "Helsinki", 1)
    me = org.get("/north/api/v2/tokens/me").json
    assert (me["organization"]["name"], me["OAuthClient"]["name"]) == ("Northlight EU", "okta")


@BOTH
def test_discovery_speaks_of_what_the_profile_knows(profile: str) -> None:
    org = Rehearsal(profile)
    schemas = {schema["id"]: schema for schema in org.get("Schemas").json["Resources"]}
    user = schemas["urn:ietf:params:scim:schemas:core:2.0:User"]
    assert ("nickName" in {attribute["name"] for attribute in user["attributes"]}) is (profile == "extended")
    for id in schemas:
        assert org.get(f"Schemas/{id}").json["id"] == id
    assert org.get("Schemas/urn:none").status == 404
    assert org.get("Schemas", filter='id eq "x"').status == 403
    assert [each["id"] for each in org.get("resourcetypes").json["Resources"]][:2] == ["User", "Group"]
    assert org.get("ResourceTypes/user").json["schema"] == "urn:ietf:params:scim:schemas:core:2.0:User"
    assert org.get("ResourceTypes/Nothing").status == 404
    config = org.get("serviceproviderconfig")
    assert config.json["patch"]["supported"] is True
    assert org.send("GET", "ServiceProviderConfig", if_none_match=config.headers["ETag"]).status == 304
    if profile == "strict":
        for path in ("Bulk", "Me", ".search"):
            assert org.post(path, {}).status == 501
    assert org.get("Users/1/2").status == 404


def test_probes_need_no_token_and_no_org() -> None:
    org = Rehearsal()
    assert [org.send("GET", path, authorization="").status for path in ("/livez", "/readyz", "/version")] == [200, 200, 200]
    assert org.get("/version").json["name"] == "joiner"
    assert org.send("POST", "/livez").status == 405
    org.store.close()
    assert org.get("/readyz").status == 503
    assert org.get("/livez").status == 200
    broken = org.get("Users")
    assert broken.status in (500, 503)
    assert "Traceback" not in broken.body.decode()


def test_server_without_orgs_says_how_to_add_one() -> None:
    org = Rehearsal()
    assert "no org named elsewhere" in org.get("/elsewhere/scim/v2/Users").json["detail"]


@pytest.mark.parametrize("name", ["api", "oauth", "scim", "livez", "Väinö", "a b", "", "-x", "x" * 64, "a/b", "north\n"])
def test_bad_and_reserved_org_names_are_refused(name: str) -> None:
    org = Rehearsal()
    with pytest.raises(Usage):
        run(add_org(org.store, org.clock, org.ids, name))


def test_adding_an_org_again_is_idempotent_but_its_profile_stays() -> None:
    org = Rehearsal("strict")
    tools = (org.store, org.clock, org.ids)
    assert run(add_org(*tools, "north", "strict")).key == 1
    with pytest.raises(AlreadyTaken):
        run(add_org(*tools, "north", "extended"))
    with pytest.raises(Usage):
        run(add_org(*tools, "east", "lenient"))
    assert run(add_org(*tools, "south", default=True)).default
    assert [(each.name, each.default) for each in run(list_orgs(org.store))] == [("north", False), ("south", True)]
    run(add_org(*tools, "north", "strict", default=True))
    assert [each.default for each in run(list_orgs(org.store))] == [True, False]


def test_operators_mistakes_name_the_nearest() -> None:
    org = Rehearsal()
    tools = (org.store, org.clock, org.ids)
    with pytest.raises(Missing) as caught:
        run(mint_token(*tools, "nort", "okta"))
    assert ("near", "north") in caught.value.problems[0].rows
    with pytest.raises(Missing) as caught:
        run(mint_token(*tools, "north", "oktaa"))
    assert ("near", "okta") in caught.value.problems[0].rows
    with pytest.raises(Usage) as usage:
        run(create_client(*tools, "north", "x", ["directory:user:edi"], cost=REHEARSAL_COST))
    assert ("near", "directory:user:edit") in usage.value.problems[0].rows
    with pytest.raises(AlreadyTaken):
        run(create_client(*tools, "north", "okta", cost=REHEARSAL_COST))
    with pytest.raises(Usage):
        run(create_client(*tools, "north", " ", cost=REHEARSAL_COST))
    with pytest.raises(Usage):
        run(mint_token(*tools, "north", "okta", 10))
    run(define_names(*tools, "north", divisions=["sales"], skills=["Billing", "billing"]))
    assert [each["name"] for each in org.get("/api/v2/routing/skills").json["entities"]] == ["Billing", "billing"]


def test_route_is_a_value() -> None:
    route = parse_route("/north/api/v2/scim/v2/Users/")
    assert (route.org, route.family, route.prefix, route.segments) == ("north", "scim", "/north/api/v2/scim/v2", ("Users",))
    assert parse_route("/api/v2/scim/Users").segments == ("Users",)
    assert parse_route("/scim/v2").segments == ()


def test_too_many_query_parameters_are_refused() -> None:
    org = Rehearsal()
    request = Request("GET", "/scim/v2/Users", "&".join(f"a{n}=1" for n in range(60)), {"authorization": f"Bearer {org.token}"})
    answer = run(org.server.handle(request))
    assert answer.status == 400
    assert json.loads(answer.body)["scimType"] == "invalidValue"


def test_endpoints_that_were_found_once_are_no_others() -> None:
    org = Rehearsal()
    person = org.create("aino@north.example")["id"]
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
    for _ in range(2):
        assert org.get("Users").json["totalResults"] == org.get("USERS/").json["totalResults"] == 1
        assert org.get(f"Users/{person}").json["id"] == org.get(f"users/{person}/").json["id"] == person
        assert org.post("Users/.search", search).json["totalResults"] == org.post("users/.SEARCH", search).json["totalResults"] == 1
        assert (org.get("Users/.search").status, org.post("Users/.search/more", search).status) == (405, 404)
        assert (org.post(f"Users/{person}", {}).status, org.get(f"Users/{person}/more").status, org.get("Nobody").status) == (405, 404, 404)
