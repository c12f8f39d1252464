"""What a hostile or careless client cannot do: more than its permissions, endless work, a 500, a chain cut short unnoticed."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from org_fixtures import GENESYS, Rehearsal, run

from joiner.journeys.audit import verify_audit
from joiner.store.org_store import open_org_store
from joiner.web.request import Request

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@BOTH
def test_creating_or_restoring_somebody_needs_the_permission_to_add_users(profile: str) -> None:
    org = Rehearsal(profile)
    skills = org.client("skills", ("routing:skill:assign", "authorization:grant:add"))
    body = {"userName": "zoe@northlight.example", "displayName": "Zoe"}
    assert org.post("Users", body, token=skills).status == 403
    user = org.post("Users", body | {"externalId": "7"}).json
    org.delete(f"Users/{user['id']}")
    assert org.post("Users", body, token=skills).status == 403
    revived = org.patch(f"Users/{user['id']}", {"op": "replace", "value": {"active": True}}, token=skills)
    assert revived.status == (403 if profile == "strict" else 404)
    assert org.get(f"Users/{user['id']}").status == 404


def test_stale_if_match_does_not_restore_a_deleted_user() -> None:
    org = Rehearsal("strict")
    path = f"Users/{org.create('aino@northlight.example')['id']}"
    org.delete(path)
    wake = {"op": "replace", "path": "active", "value": True}
    assert org.patch(path, wake, if_match='"1"').scim_type == "invalidVers"
    assert org.get(path).status == 404
    assert org.patch(path, wake, if_match='"2"').status == 200


@BOTH
def test_whoever_may_only_take_roles_away_cannot_grant_any_and_the_other_way_round(profile: str) -> None:
    org = Rehearsal(profile)
    remover = org.client("remover", ("authorization:grant:delete",))
    granter = org.client("granter", ("authorization:grant:add",))
    path = f"Users/{org.create('aino@northlight.example', roles=[{'value': 'Agent'}])['id']}"
    grant = {"op": "add", "path": "roles", "value": [{"value": "Supervisor"}]}
    assert org.patch(path, grant, token=remover).status == 403
    assert org.patch(path, grant, token=granter).status == 200
    revoke = {"op": "remove", "path": 'roles[value eq "Agent"]'}
    assert org.patch(path, revoke, token=granter).status == 403
    assert org.patch(path, revoke, token=remover).status == 200
    assert [role["value"] for role in org.get(path).json["roles"]] == ["Supervisor"]


@BOTH
@pytest.mark.parametrize("query", [{"pageSize": "--5"}, {"pageNumber": "-"}, {"pageNumber": "٣"}, {"pageSize": "1_0"}])
def test_page_numbers_that_are_none_are_refused_by_the_platform(profile: str, query: dict[str, str]) -> None:
    reply = Rehearsal(profile).send("GET", "/north/api/v2/groups", query=query)
    assert (reply.status, reply.json["code"]) == (400, "bad.request")


@BOTH
@pytest.mark.parametrize("path", ["/north/api/v2/groups", "Users"])
def test_half_a_surrogate_pair_in_a_name_given_twice_is_a_400(profile: str, path: str) -> None:
    assert Rehearsal(profile).post(path, b'{"\\ud800": 1, "\\ud800": 2}').status == 400


def test_restored_user_does_not_share_an_external_id_with_whoever_took_it_meanwhile() -> None:
    org = Rehearsal("strict")
    first = org.create("aino@northlight.example", externalId="7")
    org.delete(f"Users/{first['id']}")
    second = org.create("bo@northlight.example", externalId="7")
    restored = org.create("aino@northlight.example")
    assert (restored["id"], restored.get("externalId")) == (first["id"], None)
    found = org.get("Users", filter='externalId eq "7"').json["Resources"]
    assert [user["id"] for user in found] == [second["id"]]


def test_strict_put_clears_what_it_names_as_empty_and_keeps_what_it_does_not_name() -> None:
    org = Rehearsal("strict")
    skills = {GENESYS: {"routingSkills": [{"name": "Billing", "proficiency": 2}]}}
    user = org.create("aino@northlight.example", roles=[{"value": "Agent"}], externalId="7", **skills)
    body: dict[str, Any] = {"userName": user["userName"], "displayName": "Aino"}
    kept = org.put(f"Users/{user['id']}", body).json
    assert (kept["roles"], kept["externalId"], kept[GENESYS]["routingSkills"][0]["name"]) == ([{"value": "Agent"}], "7", "Billing")
    cleared = org.put(f"Users/{user['id']}", body | {"Roles": [], GENESYS.lower(): {"routingskills": []}}).json
    assert "roles" not in cleared
    assert "routingSkills" not in cleared[GENESYS]
    assert cleared["externalId"] == "7"


def test_strict_finds_a_user_by_the_mirror_of_his_external_id() -> None:
    org = Rehearsal("strict")
    user = org.create("aino@northlight.example", externalId="7")
    authority = f"x-pc:scimv2:v1:{org.credentials.client_id}"
    assert user[GENESYS]["externalIds"] == [{"authority": authority, "value": "7"}]
    text = f'{GENESYS}:externalIds[authority eq "{authority}" and value eq "7"]'
    assert org.get("Users", filter=text).json["totalResults"] == 1
    other = org.client("entra")
    assert org.send("GET", "Users", query={"filter": text}, token=other).json["totalResults"] == 0


@BOTH
def test_members_hidden_in_a_map_under_the_schemas_urn_are_not_lost_in_silence(profile: str) -> None:
    org = Rehearsal(profile)
    user, group = org.create("aino@northlight.example"), org.group("Helsinki")
    members = {"members": [{"value": user["id"]}]}
    for operation in ({"op": "add", "path": GROUP, "value": members}, {"op": "add", "value": {GROUP: members}}):
        reply = org.patch(f"Groups/{group}", operation)
        assert (reply.status, reply.scim_type) == (400, "invalidPath")
    assert org.members(group) == []


def test_name_that_differs_by_blanks_only_makes_no_second_account() -> None:
    org = Rehearsal("extended")
    org.create("mike")
    for name in ("mike ", " mike", "mike\u00a0"):
        assert org.post("Users", {"userName": name}).status in (400, 409)


@BOTH
def test_endless_texts_and_lists_are_refused_before_they_cost_anything(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create("aino@northlight.example")
    path = f"Users/{user['id']}"
    many = [{"value": f"a{n}@northlight.example", "type": "work"} for n in range(251)]
    body = {"userName": "bo@northlight.example", "displayName": "Bo"}
    for more in ({"title": "x" * 8_193}, {"emails": many}, {"phoneNumbers": [{"value": "ﷺ" * 8_193}]}):
        assert org.post("Users", body | more).status == 400
        assert org.put(path, body | more).status == 400
        assert org.patch(path, {"op": "replace", "value": more}).status == 400
    assert org.post("/north/api/v2/groups", {"name": "g" * 8_193}).status == 400
    assert org.get(path).json["meta"]["version"] == user["meta"]["version"]


def test_list_that_grows_over_many_requests_ends_at_the_limit() -> None:
    org = Rehearsal("extended")
    path = f"Users/{org.create('aino@northlight.example')['id']}"
    for start in (0, 150):
        some = [{"value": f"a{n}@northlight.example", "type": "work"} for n in range(start, start + 150)]
        last = org.patch(path, {"op": "add", "path": "emails", "value": some})
    assert (last.status, last.scim_type) == (400, "invalidValue")
    assert len(org.get(path).json["emails"]) == 150


def test_wrong_secrets_for_ever_new_clients_are_throttled_per_address() -> None:
    org = Rehearsal(rate=0)
    client, secret = org.credentials.client_id, org.credentials.client_secret
    assert _token_status(org, client, "10.0.0.9", secret) == 200
    org.server._verify = _wrong
    answers = [_token_status(org, f"nobody-{n}", "10.0.0.9") for n in range(101)]
    assert (answers[0], answers[99], answers[100]) == (401, 401, 429)
    assert _token_status(org, "nobody", "10.0.0.8") == 401
    assert _token_status(org, client, "10.0.0.9", secret) == 200  # known to be right: the others behind a proxy are not locked out


def test_right_secrets_are_never_counted_as_guesses() -> None:
    org = Rehearsal(rate=0)
    client, secret = org.credentials.client_id, org.credentials.client_secret
    assert {_token_status(org, client, "10.0.0.9", secret) for _ in range(120)} == {200}


def test_guesses_are_counted_before_they_are_checked(tmp_path: Path) -> None:
    org = Rehearsal(path=str(tmp_path / "orgs.db"))  # a store that never waits, so that each story stops at the check
    checks = 0

    async def slow(stored_hash: str, secret: str) -> bool:
        nonlocal checks
        checks += 1
        await _Never()
        return False

    org.server._credentials._verify = slow
    waiting = [org.server.handle(_token_request(org.credentials.client_id, "10.0.0.9", "wrong")) for _ in range(50)]
    for story in waiting:
        with contextlib.suppress(StopIteration):
            story.send(None)
    for story in waiting:
        story.close()
    assert checks == 10


@pytest.mark.parametrize("cut", ["DELETE FROM audit WHERE sequence > 3", "DELETE FROM audit", "DELETE FROM audit; DELETE FROM audit_head"])
def test_chain_that_was_cut_or_taken_away_is_noticed(tmp_path: Path, cut: str) -> None:
    path = str(tmp_path / "orgs.db")
    org = Rehearsal(path=path)
    org.create("aino@northlight.example")
    assert [verdict.broken_at for verdict in run(verify_audit(org.store))] == [0]
    org.store.close()
    with sqlite3.connect(path) as forger:
        forger.execute("DROP TRIGGER audit_is_never_deleted")
        forger.executescript(cut)
    forger.close()
    store = open_org_store(path, org.clock, commit_inline=True)
    (verdict,) = run(verify_audit(store))
    assert verdict.broken_at > 0
    assert "row" in verdict.detail
    store.close()


def test_dropped_token_stops_at_once() -> None:
    org = Rehearsal(rate=0)
    client, secret = org.credentials.client_id, org.credentials.client_secret
    first = _token(org, client, secret)
    assert org.send("GET", "Users", token=first).status == 200
    for _ in range(1_000):
        org.clock.seconds += 0.001
        last = _token(org, client, secret)
    assert org.send("GET", "Users", token=first).status == 401
    assert org.send("GET", "Users", token=last).status == 200


async def _wrong(stored_hash: str, secret: str) -> bool:
    return False


class _Never:
    def __await__(self) -> Any:
        yield


def _token_request(client: str, address: str, secret: str) -> Any:
    body = f"grant_type=client_credentials&client_id={client}&client_secret={secret}".encode()
    return Request("POST", "/north/oauth/token", "", {}, body, address)


def _token_status(org: Rehearsal, client: str, address: str, secret: str = "wrong") -> int:
    return run(org.server.handle(_token_request(client, address, secret))).status


def _token(org: Rehearsal, client: str, secret: str) -> str:
    return str(json.loads(run(org.server.handle(_token_request(client, "", secret))).body)["access_token"])
