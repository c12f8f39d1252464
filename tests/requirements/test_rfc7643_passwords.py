"""What becomes of a password that a client sets (RFC 7643 §4.1.1, §9.2; RFC 7644 §5)."""

from __future__ import annotations

import pytest
from org_fixtures import Rehearsal, Reply, run

from joiner.journeys.connect import set_connection

AINO = "aino@northlight.example"


def synced() -> Rehearsal:
    org = Rehearsal("extended")
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
    return org


def sign_in(org: Rehearsal, password: str) -> Reply:
    return org.post("/north/oauth/sign-in", {"userName": AINO, "password": password}, authorization="")


def test_password_is_kept_as_a_hash_only() -> None:
    org = synced()
    user = org.create(AINO, password="Korvatunturi-24")
    rows = org.store.reads()
    kept = rows.resource(1, "User", user["id"])
    assert kept is not None
    assert b"assword" not in kept.body
    hashed = rows.password(1, kept.n)
    assert hashed is not None
    assert hashed.startswith("$argon2id$")
    assert "Korvatunturi" not in hashed


@pytest.mark.parametrize(
    ("set_as", "typed"),
    [("Caf\u00e9-kaamos-26", "Cafe\u0301-kaamos-26"), ("Cafe\u0301-kaamos-26", "Caf\u00e9-kaamos-26"), ("Yo tuuli-3", "Yo\u00a0tuuli-3")],
)
def test_password_is_the_same_however_a_keyboard_composes_it(set_as: str, typed: str) -> None:
    org = synced()
    org.create(AINO, password=set_as)
    assert sign_in(org, typed).status == 200
    assert sign_in(org, typed.upper()).status == 401


def test_password_against_the_policy_is_refused_by_every_verb() -> None:
    org = synced()
    path = f"Users/{org.create(AINO, password='Korvatunturi-24')['id']}"
    for reply in (
        org.post("Users", {"userName": "bo@northlight.example", "password": "short"}),
        org.put(path, {"userName": AINO, "password": "short"}),
        org.patch(path, {"op": "replace", "path": "password", "value": "short"}),
    ):
        assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert sign_in(org, "Korvatunturi-24").status == 200
