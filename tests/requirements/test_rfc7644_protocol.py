"""The protocol around resources: media types, statuses, aliases, versions, credentials (RFC 7644 §2, §3.8, §3.11–§3.14, §7)."""

from __future__ import annotations

import base64

import pytest
from org_fixtures import Rehearsal

from joiner.system import SystemIds

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
AINO = "aino@northlight.example"
JSON_TYPES = ("application/scim+json", "application/json")


@BOTH
@pytest.mark.parametrize(
    "wanted", ["", "application/scim+json", "application/json", "*/*", "application/*", "text/html, application/scim+json;q=0.5"]
)
def test_answers_come_as_the_client_accepts_them(profile: str, wanted: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    for reply in (org.send("GET", f"Users/{user['id']}", accept=wanted), org.send("GET", "Users", accept=wanted)):
        assert reply.status == 200
        assert reply.headers["Content-Type"].partition(";")[0] in JSON_TYPES
        assert isinstance(reply.json, dict)


@BOTH
def test_answers_are_utf_8(profile: str) -> None:
    org = Rehearsal(profile)
    body = '{"userName":"aino@northlight.example","displayName":"Ольга 😀"}'.encode()
    assert org.post("Users", body).status == 201
    shown = org.get("Users").body
    assert "Ольга 😀".encode() in shown or b"\\u041e" in shown
    assert org.get("Users").json["Resources"][0]["displayName"] == "Ольга 😀"


@BOTH
def test_answers_with_a_body_are_json_and_errors_too(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    replies = (org.get("Users"), org.get(f"Users/{user['id']}"), org.get("Users/none"), org.post("Users", {}), org.get("nowhere"))
    for reply in replies:
        assert reply.headers["Content-Type"].partition(";")[0] in JSON_TYPES
        assert isinstance(reply.json, dict)


@BOTH
def test_version_that_is_not_spoken_is_refused(profile: str) -> None:
    org = Rehearsal(profile)
    for path in ("/north/scim/v1/Users", "/north/scim/v3/Users", "/north/api/v2/scim/v1/Users"):
        assert org.get(path).status == 404, path


@BOTH
def test_token_is_asked_for_in_the_words_of_http(profile: str) -> None:
    org = Rehearsal(profile)
    for reply in (org.send("GET", "Users", authorization=""), org.send("GET", "Users", authorization="Basic YTpi")):
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_tokens_and_secrets_hold_256_random_bits() -> None:
    secrets = {SystemIds().new_secret() for _ in range(50)}
    assert len(secrets) == 50
    for secret in secrets:
        assert len(base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))) >= 32


@BOTH
def test_error_bodies_tell_status_and_reason(profile: str) -> None:
    org = Rehearsal(profile)
    for reply in (org.get("Users/none"), org.post("Users", b"{"), org.patch("Users/none", {"op": "remove", "path": "title"})):
        assert reply.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert reply.json["status"] == str(reply.status)
        assert len(reply.json["detail"]) > 10


def test_what_strict_does_not_offer_answers_501() -> None:
    org = Rehearsal("strict")
    for method, path in (("POST", "Bulk"), ("GET", "Me"), ("POST", ".search"), ("POST", "Users/.search")):
        assert org.send(method, path, {} if method == "POST" else None).status == 501, path
