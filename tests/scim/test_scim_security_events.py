"""What a feed is told of a change, in both modes (RFC 9967 §2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from joiner.scim.security_events import EVENT_URIS, Told, claims_of, events_of, operations_of

AINO = {"id": "1", "userName": "aino"}
CHANGED = Told("changed", "/Users/1", {"title": "Agent", "nickName": "A"}, {"title": "Lead"}, None, "hr-1", '"2"')
NOTICE_PATCH = "urn:ietf:params:scim:event:prov:patch:notice"


def told(change: Told, mode: str = "notice", was: bool = True, belongs: bool = True) -> dict[str, object]:
    return events_of(change, mode, was_in_feed=was, belongs=belongs)  # type: ignore[arg-type]


def test_a_notice_names_attributes_and_a_full_event_gives_the_data() -> None:
    assert told(CHANGED) == {NOTICE_PATCH: {"version": '"2"', "attributes": ["nickName", "title"]}}
    full = told(CHANGED, "full")["urn:ietf:params:scim:event:prov:patch:full"]
    assert full == {
        "version": '"2"',
        "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "remove", "path": "nickName"}, {"op": "replace", "path": "title", "value": "Lead"}],
        },
    }
    put = replace(CHANGED, replaced=True, document=AINO, version="")
    assert told(put, "full") == {"urn:ietf:params:scim:event:prov:put:full": {"data": AINO}}


def test_members_are_told_by_who_came_and_who_went() -> None:
    assert operations_of({"members": ["7"]}, {"members": ["8", {"value": "9"}]}) == [
        {"op": "remove", "path": 'members[value eq "7"]'},
        {"op": "add", "path": "members", "value": [{"value": "8"}, {"value": "9"}]},
    ]
    assert operations_of({}, {"members": ["8"]}) == [{"op": "add", "path": "members", "value": [{"value": "8"}]}]
    assert operations_of({"members": ["7"]}, {}) == [{"op": "remove", "path": 'members[value eq "7"]'}]


@pytest.mark.parametrize(
    ("happening", "was", "belongs", "uris"),
    [
        ("created", False, True, ["prov:create:notice"]),
        ("created", False, False, []),
        ("changed", False, True, ["feed:add"]),
        ("changed", True, False, ["feed:remove"]),
        ("changed", False, False, []),
        ("activated", True, True, ["prov:activate", "prov:patch:notice"]),
        ("deactivated", True, True, ["prov:deactivate", "prov:patch:notice"]),
        ("deactivated", True, False, ["feed:remove"]),
        ("deleted", True, False, ["prov:delete"]),
        ("deleted", False, False, []),
    ],
)
def test_a_feed_hears_what_concerns_it(happening: str, was: bool, belongs: bool, uris: list[str]) -> None:
    change = replace(CHANGED, happening=happening)  # type: ignore[arg-type]
    assert list(told(change, was=was, belongs=belongs)) == [f"urn:ietf:params:scim:event:{uri}" for uri in uris]
    assert {f"urn:ietf:params:scim:event:{uri}" for uri in uris} <= set(EVENT_URIS)


def test_claims_name_the_subject_by_path_and_never_by_sub() -> None:
    claims = claims_of(CHANGED, told(CHANGED), issuer="https://x", audience="https://x/feed", token_id="t1", transaction="r1", issued_at=7)
    assert claims["sub_id"] == {"format": "scim", "uri": "/Users/1", "externalId": "hr-1"}
    assert "sub" not in claims
    assert (claims["jti"], claims["txn"], claims["iat"], claims["aud"]) == ("t1", "r1", 7, ["https://x/feed"])
    anonymous = claims_of(replace(CHANGED, external_id=None), {}, issuer="", audience="", token_id="", transaction="", issued_at=0)
    assert anonymous["sub_id"] == {"format": "scim", "uri": "/Users/1"}


def test_a_new_password_is_told_by_its_name_only() -> None:
    changed = replace(CHANGED, before={}, after={"password": "set", "title": "Lead"})
    assert told(changed)[NOTICE_PATCH] == {"version": '"2"', "attributes": ["password", "title"]}
    full = told(changed, "full")["urn:ietf:params:scim:event:prov:patch:full"]
    assert full["data"]["Operations"] == [{"op": "replace", "path": "title", "value": "Lead"}]  # type: ignore[index]
