"""Client credentials, tokens, permissions: what is understood, what is refused, in which words."""

from __future__ import annotations

import base64

import pytest

from joiner.auth.client_grant import ClientGrant, GrantRefused, parse_client_grant
from joiner.auth.client_secret import REHEARSAL_COST, client_secret_fits, hash_client_secret
from joiner.auth.permissions import ALL_PERMISSIONS, may, unknown_permissions
from joiner.auth.tokens import hash_token, parse_bearer

FORM = {"content-type": "application/x-www-form-urlencoded"}
GRANT = b"grant_type=client_credentials"


def basic(text: str) -> dict[str, str]:
    return FORM | {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def test_credentials_in_the_basic_header_are_read() -> None:
    assert parse_client_grant(basic("id:secret:with:colons"), GRANT) == ClientGrant("id", "secret:with:colons")


def test_form_encoded_basic_credentials_are_decoded() -> None:
    assert parse_client_grant(basic("a%20b:c%3Ad"), GRANT) == ClientGrant("a b", "c:d")


def test_credentials_in_the_form_are_read() -> None:
    assert parse_client_grant(FORM, GRANT + b"&client_id=id&client_secret=s") == ClientGrant("id", "s")


def test_missing_content_type_is_taken_for_a_form() -> None:
    assert parse_client_grant({}, GRANT + b"&client_id=id&client_secret=s").client_id == "id"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (FORM, b"", "invalid_request"),
        (FORM, b"grant_type=password", "unsupported_grant_type"),
        (FORM, GRANT, "invalid_client"),
        (FORM, GRANT + b"&client_id=id", "invalid_client"),
        (FORM, GRANT + b"&grant_type=client_credentials", "invalid_request"),
        (FORM, b"\xff\xfe", "invalid_request"),
        (FORM, b"a=1&" * 30, "invalid_request"),
        ({"content-type": "application/json"}, b"{}", "invalid_request"),
        (FORM | {"authorization": "Basic ###"}, GRANT, "invalid_client"),
        (basic("no-colon"), GRANT, "invalid_client"),
        (FORM | {"authorization": "Bearer x"}, GRANT, "invalid_client"),
    ],
)
def test_bad_token_request_is_refused_in_the_words_of_rfc_6749(headers: dict[str, str], body: bytes, code: str) -> None:
    with pytest.raises(GrantRefused) as caught:
        parse_client_grant(headers, body)
    assert caught.value.code == code
    assert caught.value.status == (401 if code == "invalid_client" else 400)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", None),
        ("Bearer", None),
        ("Bearer a b", None),
        ("non-token", None),
        ("", None),
    ],
)
def test_bearer_token_is_read_in_any_case_of_the_scheme(header: str, token: str | None) -> None:
    assert parse_bearer({"authorization": header}) == token


def test_token_is_kept_as_its_hash_only() -> None:
    assert hash_token("jnt_x") != b"jnt_x"
    assert len(hash_token("half a pair \ud800")) == 32


def test_secret_fits_its_own_hash_and_no_other() -> None:
    stored = hash_client_secret("jns_right", b"0123456789abcdef", REHEARSAL_COST)
    assert client_secret_fits(stored, "jns_right")
    assert not client_secret_fits(stored, "jns_wrong")
    assert not client_secret_fits("no hash at all", "jns_right")
    assert "jns_right" not in stored


def test_any_one_of_the_permissions_is_enough() -> None:
    assert may(frozenset({"directory:user:add"}), ("directory:user:edit", "directory:user:add"))
    assert not may(frozenset({"directory:user:add"}), ("directory:user:edit",))
    assert may(frozenset(), ())


def test_misspelt_permission_is_found() -> None:
    assert unknown_permissions(["directory:user:ad"]) == ["directory:user:ad"]
    assert unknown_permissions(ALL_PERMISSIONS) == []
