"""Changes told to a receiver that polls (RFC 9967, RFC 8936), through the door."""

from __future__ import annotations

import base64
import json
from typing import Any, Literal

import pytest
from org_fixtures import Rehearsal, run

from joiner.journeys.event_streams import add_stream

EVENT = "urn:ietf:params:scim:event"
AINO = "aino@northlight.example"
FULL = pytest.mark.parametrize("mode", ["notice", "full"])


class Feed:
    """An org and a receiver of its events."""

    def __init__(self, mode: Literal["notice", "full"], type: str = "", filter: str = "") -> None:
        self.org = Rehearsal("extended")
        self.id = run(add_stream(self.org.store, self.org.clock, self.org.ids, "north", "okta", mode, type, filter))

    def poll(self) -> list[dict[str, Any]]:
        """The claims of all tokens that wait, which are acknowledged."""
        reply = self.org.post(f"SecurityEvents/{self.id}", {"returnImmediately": True})
        assert reply.status == 200, reply.body
        assert not reply.json["moreAvailable"]
        sets = reply.json["sets"]
        self.org.post(f"SecurityEvents/{self.id}", {"returnImmediately": True, "ack": list(sets), "maxEvents": 0})
        found = []
        for id, token in sets.items():
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            assert claims["jti"] == id
            found.append(claims)
        return found

    def one(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The only token that waits, and its events."""
        (claims,) = self.poll()
        events: dict[str, Any] = claims["events"]
        return claims, events


@FULL
def test_subject_is_a_scim_path_in_the_claims(mode: Literal["notice", "full"]) -> None:
    feed = Feed(mode)
    user = feed.org.create(AINO, externalId="hr-7")
    claims, events = feed.one()
    assert claims["sub_id"] == {"format": "scim", "uri": f"/Users/{user['id']}", "externalId": "hr-7"}
    assert "sub" not in claims
    assert not any("sub_id" in payload for payload in events.values())
    assert claims["iss"]
    assert claims["aud"]
    assert claims["txn"]
    assert isinstance(claims["iat"], int)


@FULL
def test_creation_is_told_with_data_or_with_names(mode: Literal["notice", "full"]) -> None:
    feed = Feed(mode)
    user = feed.org.create(AINO, title="Lead", password="Tuntematon-7!")
    claims, events = feed.one()
    payload = events[f"{EVENT}:prov:create:{mode}"]
    assert ("data" in payload, "attributes" in payload) == (mode == "full", mode == "notice")
    assert payload["version"] == user["meta"]["version"]
    if mode == "full":
        assert (payload["data"]["id"], payload["data"]["title"]) == (user["id"], "Lead")
    else:
        assert {"userName", "title"} <= set(payload["attributes"])
    assert "Tuntematon" not in json.dumps(claims)


@FULL
def test_patch_is_told_as_patch_and_put_as_put(mode: Literal["notice", "full"]) -> None:
    feed = Feed(mode)
    user = feed.org.create(AINO)
    path = f"Users/{user['id']}"
    feed.poll()
    department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    patched = feed.org.patch(path, {"op": "add", "path": "title", "value": "Lead"}, {"op": "add", "path": department, "value": "Care"})
    _, events = feed.one()
    payload = events[f"{EVENT}:prov:patch:{mode}"]
    assert payload["version"] == patched.headers["ETag"]
    if mode == "full":
        assert payload["data"]["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        assert {operation["path"] for operation in payload["data"]["Operations"]} == {"title", department}
    else:
        assert set(payload["attributes"]) == {"title", department}
    feed.org.put(path, {"userName": AINO, "nickName": "A"})
    _, events = feed.one()
    payload = events[f"{EVENT}:prov:put:{mode}"]
    if mode == "full":
        assert (payload["data"]["nickName"], payload["data"]["userName"]) == ("A", AINO)
    else:
        assert {"title", "nickName", department} <= set(payload["attributes"])


def test_members_are_told_one_by_one() -> None:
    feed = Feed("full")
    first, second = (feed.org.create(name)["id"] for name in (AINO, "bo@northlight.example"))
    group = feed.org.group("Helsinki", first)
    feed.poll()
    feed.org.patch(f"Groups/{group}", {"op": "replace", "path": "members", "value": [{"value": second}]})
    told = [payload for claims in feed.poll() for uri, payload in claims["events"].items() if uri == f"{EVENT}:prov:patch:full"]
    operations = [operation for payload in told for operation in payload["data"]["Operations"]]
    assert {"op": "remove", "path": f'members[value eq "{first}"]'} in operations
    assert {"op": "add", "path": "members", "value": [{"value": second}]} in operations
    assert not [operation for operation in operations if operation["op"] == "remove" and operation["path"] == "members"]


@FULL
def test_deletion_has_no_payload_and_no_qualifier(mode: Literal["notice", "full"]) -> None:
    feed = Feed(mode)
    user = feed.org.create(AINO)
    feed.poll()
    feed.org.delete(f"Users/{user['id']}")
    claims, events = feed.one()
    assert events == {f"{EVENT}:prov:delete": {}}
    assert claims["sub_id"]["uri"] == f"/Users/{user['id']}"


@FULL
def test_activity_is_told(mode: Literal["notice", "full"]) -> None:
    feed = Feed(mode)
    path = f"Users/{feed.org.create(AINO)['id']}"
    feed.poll()
    for active, uri in ((False, "deactivate"), (True, "activate")):
        feed.org.patch(path, {"op": "replace", "path": "active", "value": active})
        _, events = feed.one()
        assert events[f"{EVENT}:prov:{uri}"] == {}
        assert f"{EVENT}:prov:patch:{mode}" in events


def test_resource_that_comes_to_belong_to_a_feed_is_added_and_leaves_it_again() -> None:
    feed = Feed("full", "User", 'title eq "Lead"')
    path = f"Users/{feed.org.create(AINO)['id']}"
    feed.org.create("bo@northlight.example")
    assert feed.poll() == []
    feed.org.patch(path, {"op": "add", "path": "title", "value": "Lead"})
    assert feed.one()[1] == {f"{EVENT}:feed:add": {}}
    feed.org.patch(path, {"op": "add", "path": "nickName", "value": "A"})
    assert list(feed.one()[1]) == [f"{EVENT}:prov:patch:full"]
    feed.org.patch(path, {"op": "remove", "path": "title"})
    assert feed.one()[1] == {f"{EVENT}:feed:remove": {}}
    feed.org.delete(path)
    assert feed.poll() == []


def test_one_change_has_one_transaction_in_every_feed() -> None:
    feed = Feed("full")
    other = run(add_stream(feed.org.store, feed.org.clock, feed.org.ids, "north", "okta", "notice"))
    feed.org.create(AINO)
    first = feed.poll()
    feed.id = other
    second = feed.poll()
    assert [claims["txn"] for claims in first] == [claims["txn"] for claims in second]
    assert {claims["jti"] for claims in first}.isdisjoint(claims["jti"] for claims in second)


def test_event_waits_until_it_is_acknowledged() -> None:
    feed = Feed("notice")
    feed.org.create(AINO)
    first = feed.org.post(f"SecurityEvents/{feed.id}", {"returnImmediately": True}).json["sets"]
    again = feed.org.post(f"SecurityEvents/{feed.id}", {"returnImmediately": True}).json["sets"]
    assert set(first) == set(again) != set()
    feed.poll()
    assert feed.poll() == []


def test_feed_is_its_client_s_alone() -> None:
    feed = Feed("full")
    feed.org.create(AINO)
    other = feed.org.client("entra")
    stranger = feed.org.send("POST", f"SecurityEvents/{feed.id}", {"returnImmediately": True}, token=other)
    nobody = feed.org.send("POST", "SecurityEvents/none", {"returnImmediately": True}, token=other)
    assert (stranger.status, nobody.status) == (404, 404)
    assert feed.org.send("POST", f"SecurityEvents/{feed.id}", {}, authorization="").status == 401


def test_configuration_tells_which_events_there_are() -> None:
    feed = Feed("full")
    told = feed.org.get("ServiceProviderConfig").json["securityEvents"]
    assert told["asyncRequest"] == "none"
    kinds = {f"prov:{verb}:{mode}" for verb in ("create", "patch", "put") for mode in ("full", "notice")}
    kinds |= {"prov:delete", "prov:activate", "prov:deactivate", "feed:add", "feed:remove"}
    assert set(told["eventUris"]) == {f"{EVENT}:{kind}" for kind in kinds}
    without = feed.org.send("GET", "ServiceProviderConfig", token=feed.org.client("entra")).json
    assert "securityEvents" not in without  # it has no feed, so none are sent to it
