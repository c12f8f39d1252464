"""Passwords that an identity provider syncs: off by default, kept as a hash, good for signing in, and never shown again."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal, Reply, run
from rehearsed_store import reads_of

from joiner.journeys.connect import set_connection
from joiner.web.rate import WRONG_SECRETS_MAX

GOOD, BETTER = "Korvatunturi-24", "Napapiiri-2026!"
AINO = "aino@northlight.example"


def synced(profile: str = "extended") -> Rehearsal:
    org = Rehearsal(profile)
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
    return org


def sign_in(org: Rehearsal, password: str, user: str = AINO) -> Reply:
    return org.post("/north/oauth/sign-in", {"userName": user, "password": password}, authorization="")


def me(org: Rehearsal, token: str) -> int:
    return org.send("GET", "Me", token=token).status


BOTH = pytest.mark.parametrize("profile", ["extended", "strict"])


@BOTH
def test_a_synced_password_signs_its_user_in_whatever_the_case_of_the_name(profile: str) -> None:
    org = synced(profile)
    aino = org.create(AINO, password=GOOD)
    assert "password" not in aino
    signed_in = sign_in(org, GOOD, AINO.upper())
    assert signed_in.status == 200
    assert signed_in.json["user_id"] == aino["id"]
    assert signed_in.headers["Cache-Control"] == "no-store"
    assert sign_in(org, GOOD + "x").status == 401


def test_a_session_reaches_me_and_nothing_else() -> None:
    org = synced()
    aino, other = org.create(AINO, password=GOOD), org.create("eero@northlight.example")
    token = sign_in(org, GOOD).json["access_token"]
    assert org.send("GET", "Me", token=token).json["id"] == aino["id"]
    for method, path in (
        ("GET", "Users"),
        ("GET", f"Users/{other['id']}"),
        ("DELETE", f"Users/{other['id']}"),
        ("POST", "Users"),
        ("GET", "Groups"),
    ):
        assert org.send(method, path, {} if method == "POST" else None, token=token).status == 403, path
    assert org.send("GET", "/north/api/v2/authorization/roles", token=token).status == 403


def test_the_same_words_for_every_reason_not_to_let_somebody_in() -> None:
    org = synced()
    org.create(AINO, password=GOOD)
    org.create("none@northlight.example")
    off = org.create("off@northlight.example", password=GOOD)
    org.patch(f"Users/{off['id']}", {"op": "replace", "path": "active", "value": False})
    answers = [
        sign_in(org, "Wrong-Password-1"),
        sign_in(org, GOOD, "nobody@northlight.example"),
        sign_in(org, GOOD, "none@northlight.example"),
        sign_in(org, GOOD, "off@northlight.example"),
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.json["detail"] for answer in answers}) == 1


@pytest.mark.parametrize("end", ["deactivate", "delete", "new password"])
def test_sessions_end_with_the_change_that_ends_them(end: str) -> None:
    org = synced()
    aino = org.create(AINO, password=GOOD)
    token = sign_in(org, GOOD).json["access_token"]
    assert me(org, token) == 200
    path = f"Users/{aino['id']}"
    if end == "delete":
        assert org.delete(path).status == 204
    else:
        change: dict[str, Any] = {"active": False} if end == "deactivate" else {"password": BETTER}
        assert org.patch(path, {"op": "replace", "value": change}).status == 200
    assert me(org, token) == 401
    assert sign_in(org, GOOD).status == 401
    assert sign_in(org, BETTER).status == (200 if end == "new password" else 401)


def test_a_new_password_is_a_change_of_its_own_and_is_never_told() -> None:
    org = synced()
    aino = org.create(AINO, password=GOOD)
    before = org.get(f"Users/{aino['id']}").json["meta"]["version"]
    changed = org.patch(f"Users/{aino['id']}", {"op": "Replace", "path": "password", "value": BETTER})
    assert changed.status == 200
    assert changed.json["meta"]["version"] != before
    rows = reads_of(org.store).audit(1, 0, 1_000)
    assert b'"password":"set"' in rows[-1].document
    everything = b"".join(row.document for row in rows) + changed.body + org.get("Users").body
    for secret in (GOOD, BETTER):
        assert secret.encode() not in everything
    for text in (f'password eq "{GOOD}"', "password pr"):
        assert org.get("Users", filter=text).status in (400, 403)


def test_where_the_switch_is_off_a_password_is_passed_over_and_a_patch_of_it_refused() -> None:
    org = Rehearsal()
    aino = org.create(AINO, password=GOOD)
    path = f"Users/{aino['id']}"
    assert org.put(path, {"userName": AINO, "password": GOOD, "title": "Lead"}).status == 200
    assert sign_in(org, GOOD).status == 401
    refused = org.patch(path, {"op": "replace", "value": {"password": GOOD}})
    assert refused.status == 403
    assert "may_sync_password" in refused.json["detail"]
    assert GOOD not in refused.body.decode()


@pytest.mark.parametrize("password", ["Short-1", "alllowercase", "aino-AINO-2026", "Tab\tulator-1", "X1-" + "y" * 200])
def test_a_password_against_the_policy_is_refused_without_being_repeated(password: str) -> None:
    org = synced()
    reply = org.post("Users", {"userName": AINO, "displayName": "Aino", "password": password})
    assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert password not in reply.json["detail"]
    assert org.get("Users").json["totalResults"] == 0


def test_guessing_is_slowed_down_per_user_and_address() -> None:
    org = synced()
    org.create(AINO, password=GOOD)
    statuses = [sign_in(org, f"Wrong-Guess-{number}").status for number in range(WRONG_SECRETS_MAX + 1)]
    assert statuses == [401] * WRONG_SECRETS_MAX + [429]
    assert sign_in(org, GOOD).status == 429
    run(org.clock.sleep(61))
    assert sign_in(org, GOOD).status == 200


@pytest.mark.parametrize("body", [{}, {"userName": AINO}, {"userName": 7, "password": GOOD}, {"userName": AINO, "password": "x" * 2_000}])
def test_credentials_that_are_none_are_refused(body: dict[str, Any]) -> None:
    org = synced()
    assert org.post("/north/oauth/sign-in", body, authorization="").status == 400
    assert org.send("GET", "/north/oauth/sign-in", authorization="").status == 405
