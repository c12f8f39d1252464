"""Roles and entitlements as resource types in Okta's shape."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal, run

from joiner.dialects.connection import parse_settings
from joiner.journeys.administer import define_names

ROLE = "urn:okta:scim:schemas:core:1.0:Role"
ENTITLEMENT = "urn:okta:scim:schemas:core:1.0:Entitlement"


@pytest.fixture
def org() -> Rehearsal:
    org = Rehearsal()
    run(define_names(org.store, org.clock, org.ids, "north", entitlements=["Licence", "Çay", "Parking"]))
    connect(org, "okta")
    return org


def connect(org: Rehearsal, kind: str, **settings: Any) -> None:
    client = org.credentials.client_id
    run(org.store.write(1, lambda rows: rows.set_connection(1, client, parse_settings(kind, settings))))


def names(reply: Any) -> list[str]:
    assert reply.status == 200, reply.body
    return [each["displayName"] for each in reply.json["Resources"]]


def test_identity_provider_finds_types_then_resources(org: Rehearsal) -> None:
    types = {each["schema"]: each["endpoint"].strip("/") for each in org.get("ResourceTypes").json["Resources"]}
    assert (types[ROLE], types[ENTITLEMENT]) == ("Roles", "Entitlements")
    assert {"Agent", "Supervisor"} <= set(names(org.get(types[ROLE])))
    assert names(org.get(types[ENTITLEMENT])) == ["Licence", "Çay", "Parking"]
    for endpoint, urn in (("Roles", ROLE), ("entitlements", ENTITLEMENT)):
        shown = org.get(endpoint).json["Resources"][0]
        assert shown["schemas"] == [urn]
        assert org.get(shown["meta"]["location"].removeprefix("http://north")).json == shown
        assert org.get(f"{endpoint}/none").status == 404
        assert org.get(f"Schemas/{urn}").json["id"] == urn
    assert org.get("Entitlements").json["Resources"][0]["type"] == "Entitlement"


def test_types_are_told_to_those_who_look_for_them(org: Rehearsal) -> None:
    connect(org, "entra")
    assert len(org.get("ResourceTypes").json["Resources"]) == 2
    assert org.get(f"Schemas/{ROLE}").status == 404
    assert org.get("Roles").status == 200


def test_names_are_filtered_sorted_and_paged(org: Rehearsal) -> None:
    assert names(org.get("Entitlements", filter='displayName eq "çay"')) == ["Çay"]
    assert names(org.get("Entitlements", sortBy="displayName", sortOrder="descending")) == ["Çay", "Parking", "Licence"]
    assert names(org.get("Entitlements", startIndex=2, count=1)) == ["Çay"]
    first = org.get("Entitlements", cursor="", count=2)
    assert names(first) == ["Licence", "Çay"]
    second = org.get("Entitlements", cursor=first.json["nextCursor"], count=2)
    assert names(second) == ["Parking"]
    assert "nextCursor" not in second.json
    assert names(org.post("Entitlements/.search", {"filter": 'displayName co "k"'})) == ["Parking"]
    assert org.get("Roles", attributes="displayName").json["Resources"][0].keys() == {"schemas", "id", "displayName"}
    assert org.get("Roles", filter='colour eq "red"').status == 400
    assert org.get("Roles", count=0).json["Resources"] == []


def test_names_are_only_read(org: Rehearsal) -> None:
    for method, path in (("POST", "Roles"), ("PUT", "Roles/x"), ("PATCH", "Entitlements/x"), ("DELETE", "Roles/x")):
        reply = org.send(method, path, {})
        assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_strict_org_has_the_types_of_the_contract_only() -> None:
    org = Rehearsal("strict")
    assert org.get("Roles").status == org.get("Entitlements").status == 404
    assert len(org.get("ResourceTypes").json["Resources"]) == 2


def test_connection_may_see_roles_and_entitlements_by_id(org: Rehearsal) -> None:
    role, licence = org.get("Roles").json["Resources"][0], org.get("Entitlements").json["Resources"][0]
    connect(org, "okta", role_values="id")
    made = org.create("aino@northlight.example", roles=[{"value": role["id"]}], entitlements=[{"value": "licence"}, {"value": "other"}])
    for shown in (made, org.get(f"Users/{made['id']}").json, org.get("Users").json["Resources"][0]):
        assert shown["roles"][0] == {"value": role["id"], "display": role["displayName"]}
        assert shown["entitlements"][0] == {"value": licence["id"], "display": "licence"}
        assert shown["entitlements"][1] == {"value": "other"}
    assert org.get("Users", filter=f'roles.value eq "{role["id"]}"').json["totalResults"] == 1
