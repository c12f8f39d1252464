"""Whoever follows an org hears every change once, signed, in order, until it acknowledges (RFC 9967, RFC 8936)."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey
from msgspec.json import decode
from org_fixtures import Rehearsal, Reply, run

from joiner.errors import Missing, Usage
from joiner.journeys.event_streams import add_stream, list_streams, remove_stream

PREFIX = "urn:ietf:params:scim:event:"


def follow(org: Rehearsal, client: str = "okta", mode: str = "notice", type: str = "", filter: str = "") -> str:
    return run(add_stream(org.store, org.clock, org.ids, "north", client, mode, type, filter))  # type: ignore[arg-type]


def poll(org: Rehearsal, stream: str, token: str = "", **body: Any) -> Reply:
    return org.post(f"SecurityEvents/{stream}", {"returnImmediately": True, **body}, token=token or org.token)


def heard(org: Rehearsal, reply: Reply) -> list[dict[str, Any]]:
    """The claims of every token, its signature checked with the key that the org shows."""
    assert reply.status == 200, reply.body
    key = OKPKey.import_key(org.get("SecurityEvents").json["jwks"]["keys"][0])
    return [decode(jws.deserialize_compact(token, key, algorithms=["Ed25519"]).payload) for token in reply.json["sets"].values()]


def names(claims: list[dict[str, Any]]) -> list[list[str]]:
    return [[uri.removeprefix(PREFIX) for uri in each["events"]] for each in claims]


def everything(org: Rehearsal, stream: str, **body: Any) -> list[dict[str, Any]]:
    """All that is told, acknowledged poll by poll."""
    claims: list[dict[str, Any]] = []
    reply = poll(org, stream, **body)
    while reply.json["sets"]:
        claims += heard(org, reply)
        reply = poll(org, stream, ack=list(reply.json["sets"]), **body)
    assert reply.json == {"sets": {}, "moreAvailable": False}
    return claims


def test_the_whole_life_of_a_person_is_told_in_order() -> None:
    org = Rehearsal()
    org.create("before@northlight.example")
    stream = follow(org)
    aino = org.create("aino@northlight.example", externalId="hr-7")
    org.patch(f"Users/{aino['id']}", {"op": "replace", "path": "title", "value": "Lead"})
    org.patch(f"Users/{aino['id']}", {"op": "replace", "path": "active", "value": False})
    org.patch(f"Users/{aino['id']}", {"op": "replace", "path": "active", "value": True})
    group = org.post("Groups", {"displayName": "Porto", "members": [{"value": aino["id"]}]}).json["id"]
    org.patch(f"Groups/{group}", {"op": "remove", "path": f'members[value eq "{aino["id"]}"]'})
    org.delete(f"Users/{aino['id']}")
    claims = everything(org, stream)
    assert names(claims) == [
        ["prov:create:notice"], ["prov:patch:notice"], ["prov:deactivate", "prov:patch:notice"], ["prov:activate", "prov:patch:notice"],
        ["prov:create:notice"], ["prov:patch:notice"], ["prov:delete"],
    ]  # fmt: skip
    assert claims[0]["sub_id"] == {"format": "scim", "uri": f"/Users/{aino['id']}", "externalId": "hr-7"}
    assert claims[1]["events"][f"{PREFIX}prov:patch:notice"]["attributes"] == ["title"]
    assert claims[5]["events"][f"{PREFIX}prov:patch:notice"]["attributes"] == ["members"]
    assert len({each["jti"] for each in claims}) == len({each["txn"] for each in claims}) == 7
    assert not run(list_streams(org.store, "north"))[0].waiting


def test_full_events_carry_what_a_replica_needs() -> None:
    org = Rehearsal()
    stream = follow(org, mode="full", type="User")
    aino = org.create("aino@northlight.example", title="Agent")
    org.put(f"Users/{aino['id']}", {"userName": "aino@northlight.example", "title": "Lead"})
    org.patch(f"Users/{aino['id']}", {"op": "remove", "path": "title"})
    org.post("Groups", {"displayName": "Porto"})
    created, put, patched = everything(org, stream)
    assert created["events"][f"{PREFIX}prov:create:full"]["data"]["id"] == aino["id"]
    assert put["events"][f"{PREFIX}prov:put:full"]["data"]["userName"] == "aino@northlight.example"
    assert patched["events"][f"{PREFIX}prov:patch:full"]["data"]["Operations"] == [{"op": "remove", "path": "title"}]


def test_nothing_is_lost_or_doubled_until_it_is_acknowledged() -> None:
    org = Rehearsal()
    stream = follow(org)
    for number in range(5):
        org.create(f"p{number}@northlight.example")
    first = poll(org, stream, maxEvents=2)
    assert len(first.json["sets"]) == 2
    assert first.json["moreAvailable"]
    assert poll(org, stream, maxEvents=2).json == first.json
    [taken, broken] = first.json["sets"]
    second = poll(org, stream, maxEvents=10, ack=[taken], setErrs={broken: {"err": "jwtCrypto", "description": "x"}})
    assert len(second.json["sets"]) == 3
    assert not second.json["moreAvailable"]
    assert poll(org, stream, maxEvents=0, ack=list(second.json["sets"])).json == {"sets": {}, "moreAvailable": False}


def test_a_feed_with_a_filter_tells_who_joins_and_who_leaves() -> None:
    org = Rehearsal()
    stream = follow(org, type="User", filter='title eq "Lead"')
    aino = org.create("aino@northlight.example", title="Agent")
    org.create("eero@northlight.example", title="Lead")
    assert names(everything(org, stream)) == [["prov:create:notice"]]
    path = f"Users/{aino['id']}"
    for title in ("Lead", "Planner"):
        org.patch(path, {"op": "replace", "path": "title", "value": title})
        assert names(everything(org, stream)) == [["feed:add" if title == "Lead" else "feed:remove"]]
    org.patch(path, {"op": "replace", "path": "title", "value": "Lead"})
    assert names(everything(org, stream)) == [["feed:add"]]
    org.delete(path)
    assert names(everything(org, stream)) == [["prov:delete"]]


def test_somebody_else_hears_nothing_and_learns_nothing() -> None:
    org = Rehearsal()
    stream, other = follow(org), org.client("entra")
    assert poll(org, stream, token=other).status == 404
    assert poll(org, "no-such-feed").status == 404
    assert org.send("GET", "SecurityEvents", token=other).json["streams"] == []
    assert [each["id"] for each in org.get("SecurityEvents").json["streams"]] == [stream]
    run(remove_stream(org.store, org.clock, "north", stream))
    assert poll(org, stream).status == 404
    with pytest.raises(Missing):
        run(remove_stream(org.store, org.clock, "north", stream))


def test_a_poll_that_waits_is_answered_when_its_time_is_over() -> None:
    org = Rehearsal()
    stream = follow(org)
    begun = org.clock.monotonic()
    assert org.post(f"SecurityEvents/{stream}", {}).json == {"sets": {}, "moreAvailable": False}
    assert 20 <= org.clock.monotonic() - begun < 30


@pytest.mark.parametrize(
    "body",
    [{"ack": "x"}, {"ack": [1]}, {"setErrs": []}, {"maxEvents": -1}, {"maxEvents": True}, {"returnImmediately": 1}, {"ack": ["x"] * 1_001}],
)
def test_a_poll_that_is_none_is_refused(body: dict[str, Any]) -> None:
    org = Rehearsal()
    reply = poll(org, follow(org), **body)
    assert (reply.status, reply.scim_type) == (400, "invalidSyntax")


@pytest.mark.parametrize(("type", "filter"), [("Robot", ""), ("", 'title eq "x"'), ("User", "title is x"), ("User", 'nonsense eq "x"')])
def test_a_feed_that_cannot_be_is_refused(type: str, filter: str) -> None:
    with pytest.raises(Usage):
        follow(Rehearsal(), type=type, filter=filter)


def test_a_strict_org_has_no_feeds_as_genesys_has_none() -> None:
    org = Rehearsal("strict")
    assert org.get("SecurityEvents").status == 501
