"""What schema-driven verifiers do: read /Schemas and /ResourceTypes, then hold every answer against them, on both profiles."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from served_org import ENTERPRISE, GENESYS, GROUP, LIST, USER, Caller, House

COMMON = {"schemas", "id", "externalId", "meta"}
META = {"resourceType", "created", "lastModified", "location", "version"}
KINDS = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "decimal": (int, float),
    "dateTime": str,
    "reference": str,
    "binary": str,
    "complex": dict,
}
NAMES = {"division": ("Sales",), "role": ("Agent",), "skill": ("Billing",), "language": ("Suomi",)}


class Verifier:
    """Complaints about documents, from what the server itself says its resources look like."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.schemas = {schema["id"]: schema for schema in caller.get("Schemas").json["Resources"]}
        self.kinds = {kind["name"]: kind for kind in caller.get("ResourceTypes").json["Resources"]}

    def complaints(self, document: dict[str, Any]) -> Iterator[str]:
        kind = self.kinds[document["meta"]["resourceType"]]
        extensions = {one["schema"] for one in kind.get("schemaExtensions", [])}
        present = {name for name in document if name in extensions}
        if set(document["schemas"]) != {kind["schema"], *present}:
            yield f"schemas {document['schemas']} do not name what is there"
        # Genesys announces its endpoints in lower case; paths have no case here.
        if not document["meta"]["location"].lower().endswith(f"{kind['endpoint']}/{document['id']}".lower()):
            yield f"location {document['meta']['location']}"
        if missing := META - {"created"} - set(document["meta"]):
            yield f"meta lacks {missing}"
        core = {name: value for name, value in document.items() if name not in COMMON | extensions}
        yield from self.object_complaints(core, self.schemas[kind["schema"]]["attributes"], "")
        for urn in present:
            yield from self.object_complaints(document[urn], self.schemas[urn]["attributes"], f"{urn}:")

    def object_complaints(self, found: dict[str, Any], attributes: list[dict[str, Any]], place: str) -> Iterator[str]:
        table = {attribute["name"]: attribute for attribute in attributes}
        for name, value in found.items():
            if name not in table:
                yield f"{place}{name} is in no schema"
                continue
            yield from self.value_complaints(value, table[name], f"{place}{name}")
        for name, attribute in table.items():
            if attribute["required"] and name not in found and attribute["returned"] in ("always", "default"):
                yield f"{place}{name} is required and missing"

    def value_complaints(self, value: Any, attribute: dict[str, Any], place: str) -> Iterator[str]:
        if attribute["returned"] == "never" or attribute["mutability"] == "writeOnly":
            yield f"{place} must never be shown"
        if isinstance(value, list) != attribute["multiValued"]:
            yield f"{place} is {'' if attribute['multiValued'] else 'not '}multi-valued"
            return
        if value in ([], {}, None, ""):
            yield f"{place} is empty and shown"
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, KINDS[attribute["type"]]) or (isinstance(one, bool) and attribute["type"] != "boolean"):
                yield f"{place} {one!r} is no {attribute['type']}"
            elif attribute["type"] == "complex":
                yield from self.object_complaints(one, attribute["subAttributes"], f"{place}.")
            elif attribute["type"] == "dateTime":
                datetime.fromisoformat(one)
            elif attribute["type"] == "binary" and not _is_base64(one):
                yield f"{place} is no base64"
        if isinstance(value, list) and sum(one.get("primary") is True for one in value if isinstance(one, dict)) > 1:
            yield f"{place} has two primaries"


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


@pytest.fixture(scope="module", params=["strict", "extended"])
def verifier(house: House, request: pytest.FixtureRequest) -> Verifier:
    return Verifier(house.org(f"verified-{request.param}", request.param, NAMES).caller("verifier"))


def everything(name: str, boss: str) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE, GENESYS],
        "userName": f"{name}@northlight.example",
        "externalId": f"x-{name}",
        "displayName": name.title(),
        "name": {
            "formatted": "Dr. A B C II",
            "familyName": "C",
            "givenName": "A",
            "middleName": "B",
            "honorificPrefix": "Dr.",
            "honorificSuffix": "II",
        },
        "nickName": "N",
        "profileUrl": "https://northlight.example/n",
        "title": "Agent",
        "userType": "employee",
        "preferredLanguage": "fi",
        "locale": "fi-FI",
        "timezone": "Europe/Helsinki",
        "active": True,
        "password": "Northlight-2026!",
        "emails": [
            {"value": f"{name}@w.example", "type": "work", "primary": True},
            {"value": f"{name}@h.example", "type": "home", "display": "H"},
        ],
        "phoneNumbers": [{"value": "+358401234567", "type": "work"}],
        "ims": [{"value": "n", "type": "xmpp"}],
        "photos": [{"value": "https://northlight.example/n.png", "type": "photo"}],
        "addresses": [
            {"type": "work", "streetAddress": "1 Katu", "locality": "Turku", "postalCode": "20100", "country": "FI", "primary": True}
        ],
        "entitlements": [{"value": "e-1", "type": "licence"}],
        "roles": [{"value": "Agent"}],
        "x509Certificates": [{"value": base64.b64encode(b"certificate").decode()}],
        ENTERPRISE: {
            "employeeNumber": "7",
            "costCenter": "c",
            "organization": "o",
            "division": "Sales",
            "department": "d",
            "manager": {"value": boss},
            "dateHire": "2026-01-02",
        },
        GENESYS: {
            "routingSkills": [{"name": "Billing", "proficiency": 3.5}],
            "routingLanguages": [{"name": "Suomi", "proficiency": 5}],
            "externalIds": [{"authority": "ringcentral", "value": f"r-{name}"}],
        },
        "meta": {"resourceType": "User", "created": "1999-01-01T00:00:00Z"},
        "id": "not-mine-to-choose",
        "groups": [{"value": "no"}],
    }


def test_every_answer_about_people_and_groups_is_what_the_schemas_say(verifier: Verifier) -> None:
    caller = verifier.caller
    boss = caller.create("Users", {"schemas": [USER], "userName": "boss@northlight.example", "displayName": "Boss"})
    made = caller.create("Users", everything("aava", boss["id"]))
    place = f"Users/{made['id']}"
    platform = Caller(caller.base.replace("/scim/v2", "/api/v2"), caller.token, "application/json")
    group_id = platform.post("groups", {"name": "Turku", "type": "official", "visibility": "public", "rulesVisible": True}).json["id"]
    platform.close()
    caller.patch(f"Groups/{group_id}", {"op": "add", "path": "members", "value": [{"value": made["id"]}, {"value": boss["id"]}]})
    shown = [
        boss,
        made,
        caller.get(place).json,
        caller.get(f"Groups/{group_id}").json,
        caller.put(place, caller.get(place).json).json,
        caller.patch(place, {"op": "replace", "value": {"title": "Lead", "phoneNumbers": []}}).json,
        caller.patch(place, {"op": "replace", "path": "active", "value": False}).json,
        *caller.get("Users", count=100).json["Resources"],
        *caller.get("Groups", count=100).json["Resources"],
    ]
    assert [(document["meta"]["resourceType"], complaint) for document in shown for complaint in verifier.complaints(document)] == []
    assert made["id"] != "not-mine-to-choose"
    assert caller.get(place).json["groups"][0]["value"] == group_id


def test_what_is_asked_for_and_left_out_is_exactly_that(verifier: Verifier) -> None:
    caller = verifier.caller
    boss = caller.create("Users", {"schemas": [USER], "userName": "boss2@northlight.example", "displayName": "Boss"})
    made = caller.create("Users", everything("bertta", boss["id"]))
    place = f"Users/{made['id']}"
    whole = caller.get(place).json
    kind = verifier.kinds["User"]
    always = {a["name"] for a in verifier.schemas[kind["schema"]]["attributes"] if a["returned"] == "always"} | {"id", "schemas"}
    for name in sorted(set(whole) - {"schemas", "id", "meta"}):
        narrow = caller.get(place, attributes=name).json
        assert narrow[name] == whole[name], name
        assert set(narrow) - {name, "meta"} <= always, name
        without = caller.get(place, excludedAttributes=name).json
        assert (name in without) == (name in always), name
        assert set(without) | {name} == set(whole), name


def test_discovery_agrees_with_itself(verifier: Verifier) -> None:
    caller = verifier.caller
    for endpoint, documents in (("Schemas", verifier.schemas), ("ResourceTypes", verifier.kinds)):
        listed = caller.get(endpoint).json
        assert (listed["schemas"], listed["totalResults"], listed["itemsPerPage"]) == ([LIST], len(documents), len(documents))
        for document in documents.values():
            assert caller.get(f"{endpoint}/{document['id']}").json == document
            assert document["meta"]["location"].endswith(f"/{endpoint}/{document['id']}")
    for kind in verifier.kinds.values():
        assert {kind["schema"], *(one["schema"] for one in kind.get("schemaExtensions", []))} <= set(verifier.schemas)
        listed = caller.get(kind["endpoint"].strip("/"), count=0)
        assert (listed.status, listed.json["schemas"]) == (200, [LIST])
    assert verifier.kinds["Group"]["schema"] == GROUP


def _attributes(attributes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for attribute in attributes:
        yield attribute
        yield from _attributes(attribute.get("subAttributes", []))


def test_schemas_use_the_words_of_rfc_7643_only(verifier: Verifier) -> None:
    for schema in verifier.schemas.values():
        for attribute in _attributes(schema["attributes"]):
            assert attribute["type"] in KINDS, attribute
            assert attribute["mutability"] in ("readOnly", "readWrite", "immutable", "writeOnly"), attribute
            assert attribute["returned"] in ("always", "never", "default", "request"), attribute
            assert attribute["uniqueness"] in ("none", "server", "global"), attribute
            assert ("subAttributes" in attribute) == (attribute["type"] == "complex"), attribute
            assert (bool(attribute.get("referenceTypes"))) == (attribute["type"] == "reference"), attribute
            assert attribute["description"], attribute
