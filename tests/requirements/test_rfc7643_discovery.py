"""What a server tells about itself: configuration, resource types, schemas (RFC 7643 §5–§7, RFC 7644 §4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from org_fixtures import Rehearsal

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
TYPES = {"string", "boolean", "decimal", "integer", "dateTime", "reference", "complex"}
"""What an SDK's enum knows; binary is a type of the standard too, but Genesys and its SDK lack the word."""


def config(profile: str) -> dict[str, Any]:
    told: dict[str, Any] = Rehearsal(profile).get("ServiceProviderConfig").json
    return told


def schemas(profile: str) -> dict[str, dict[str, Any]]:
    return {schema["id"]: schema for schema in Rehearsal(profile).get("Schemas").json["Resources"]}


def attributes(profile: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every attribute and sub-attribute that is told, with its path."""
    waiting = [(f"{id}:{each['name']}", each) for id, schema in schemas(profile).items() for each in schema["attributes"]]
    for path, attribute in waiting:
        yield path, attribute
        waiting.extend((f"{path}.{sub['name']}", sub) for sub in attribute.get("subAttributes", ()))


@BOTH
def test_configuration_names_its_schema(profile: str) -> None:
    assert config(profile)["schemas"] == [f"{CORE}ServiceProviderConfig"]


@BOTH
@pytest.mark.parametrize("feature", ["patch", "bulk", "filter", "changePassword", "sort", "etag"])
def test_configuration_tells_whether_a_feature_is_supported(profile: str, feature: str) -> None:
    assert isinstance(config(profile)[feature]["supported"], bool)


@BOTH
def test_configuration_tells_its_limits_as_whole_numbers(profile: str) -> None:
    told = config(profile)
    for feature, limit in (("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")):
        assert type(told[feature][limit]) is int
        assert (told[feature][limit] > 0) is told[feature]["supported"]


@BOTH
def test_configuration_tells_how_to_authenticate(profile: str) -> None:
    schemes = config(profile)["authenticationSchemes"]
    assert [scheme["type"] for scheme in schemes if scheme.get("primary")] == ["oauthbearertoken"]
    for scheme in schemes:
        assert scheme["type"] in ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest")
        assert scheme["name"]
        assert scheme["description"]


def test_strict_configuration_is_that_of_the_contract() -> None:
    told = config("strict")
    supported = {name: told[name]["supported"] for name in ("patch", "filter", "changePassword", "etag", "bulk", "sort")}
    assert supported == {"patch": True, "filter": True, "changePassword": True, "etag": True, "bulk": False, "sort": False}
    assert (told["bulk"]["maxOperations"], told["bulk"]["maxPayloadSize"], told["filter"]["maxResults"]) == (0, 0, 100)


@BOTH
def test_what_the_configuration_tells_is_true(profile: str) -> None:
    org = Rehearsal(profile)
    told = org.get("ServiceProviderConfig").json
    user = org.create("aino@northlight.example", title="Agent")
    org.create("bo@northlight.example")
    path = f"Users/{user['id']}"
    patched = org.patch(path, {"op": "replace", "path": "title", "value": "Lead"})
    assert (patched.status < 300) is told["patch"]["supported"]
    assert (org.get("Users", filter='userName eq "aino@northlight.example"').json["totalResults"] == 1) is told["filter"]["supported"]
    assert (org.send("GET", path, if_none_match=patched.headers["ETag"]).status == 304) is told["etag"]["supported"]
    listed = org.get("Users", sortBy="userName", sortOrder="descending")
    names = [found["userName"][:2] for found in listed.json.get("Resources", [])]
    assert (names == ["bo", "ai"]) is told["sort"]["supported"]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{"method": "DELETE", "path": f"/{path}"}]}
    assert (org.post("Bulk", bulk).status == 200) is told["bulk"]["supported"]


@BOTH
def test_resource_types_have_name_description_endpoint_and_schemas_that_exist(profile: str) -> None:
    org = Rehearsal(profile)
    known = schemas(profile)
    for kind in org.get("ResourceTypes").json["Resources"]:
        assert kind["schemas"] == [f"{CORE}ResourceType"]
        assert kind["description"]
        assert org.get(kind["endpoint"].removeprefix("/")).status == 200
        assert kind["schema"] in known
        for extension in kind.get("schemaExtensions", []):
            assert extension["schema"] in known
            assert isinstance(extension["required"], bool)
        assert org.get(f"ResourceTypes/{kind['name']}").json == kind


def test_endpoints_are_names_of_types_with_an_s() -> None:
    kinds = {kind["name"]: kind["endpoint"] for kind in Rehearsal("extended").get("ResourceTypes").json["Resources"]}
    assert {"User", "Group"} <= kinds.keys()
    for name, endpoint in kinds.items():
        assert endpoint == f"/{name}s"


@BOTH
def test_type_of_a_resource_is_the_name_of_its_resource_type(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create("aino@northlight.example", meta={"resourceType": "Group"})
    group = org.get(f"Groups/{org.group('Helsinki')}").json
    assert (user["meta"]["resourceType"], group["meta"]["resourceType"]) == ("User", "Group")
    assert {"User", "Group"} <= {kind["name"] for kind in org.get("ResourceTypes").json["Resources"]}


@BOTH
def test_schemas_have_id_name_and_description(profile: str) -> None:
    for id, schema in schemas(profile).items():
        assert schema["schemas"] == [f"{CORE}Schema"]
        assert id.startswith("urn:")
        assert schema["name"]
        assert schema["description"]


def test_strict_tells_only_words_that_the_sdk_knows() -> None:
    assert {attribute["type"] for _, attribute in attributes("strict")} <= TYPES
    referred = {kind for _, attribute in attributes("strict") for kind in attribute.get("referenceTypes", ())}
    assert referred <= {"User", "Group", "external", "uri"}


@BOTH
def test_complex_attributes_list_parts_that_are_not_complex(profile: str) -> None:
    for path, attribute in attributes(profile):
        if path.startswith((f"{CORE}Schema:", f"{CORE}ResourceType:")):
            continue  # RFC 7643 §7 lets the schema of schemas nest
        parts = attribute.get("subAttributes", [])
        assert bool(parts) is (attribute["type"] == "complex"), path
        assert all(part["type"] != "complex" for part in parts), path


@BOTH
def test_references_say_what_they_lead_to(profile: str) -> None:
    for path, attribute in attributes(profile):
        assert bool(attribute.get("referenceTypes")) is (attribute["type"] == "reference"), path


@BOTH
def test_usual_parts_of_elements_have_their_usual_type(profile: str) -> None:
    expected = {"primary": "boolean", "type": "string", "display": "string", "$ref": "reference"}
    for path, attribute in attributes(profile):
        if attribute["multiValued"]:
            for part in attribute.get("subAttributes", []):
                assert part["type"] == expected.get(part["name"], part["type"]), path


@BOTH
def test_our_extensions_define_nothing_that_the_standard_defines(profile: str) -> None:
    known = schemas(profile)
    standard = {each["name"] for id, schema in known.items() if ":core:" in id or ":enterprise:" in id for each in schema["attributes"]}
    ours = {each["name"] for id, schema in known.items() if ":extension:genesys:" in id for each in schema["attributes"]}
    assert ours
    assert not standard & ours


@BOTH
def test_messages_of_the_protocol_are_not_listed_as_schemas(profile: str) -> None:
    assert not [id for id in schemas(profile) if id.startswith("urn:ietf:params:scim:api:")]
    assert Rehearsal(profile).get("Schemas/urn:ietf:params:scim:api:messages:2.0:Error").status == 404


@BOTH
@pytest.mark.parametrize("endpoint", ["Schemas", "ResourceTypes"])
def test_discovery_answers_whole_lists_whatever_page_is_asked_for(profile: str, endpoint: str) -> None:
    org = Rehearsal(profile)
    whole = org.get(endpoint).json
    assert whole["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert whole["totalResults"] == whole["itemsPerPage"] == len(whole["Resources"]) > 1
    assert whole["startIndex"] == 1
    assert org.get(endpoint, startIndex=2, count=1, sortBy="id", sortOrder="descending").json == whole


@BOTH
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_discovery_is_read_only(profile: str, method: str) -> None:
    org = Rehearsal(profile)
    for path in ("ServiceProviderConfig", "Schemas", f"Schemas/{CORE}User", "ResourceTypes", "ResourceTypes/User"):
        reply = org.send(method, path, {})
        assert reply.status == 405, path
        assert reply.headers["Allow"] == "GET"


@BOTH
@pytest.mark.parametrize("endpoint", ["Schemas", "ResourceTypes"])
def test_discovery_refuses_filters(profile: str, endpoint: str) -> None:
    assert Rehearsal(profile).get(endpoint, filter='id eq "User"').status == 403


@BOTH
def test_attributes_are_told_with_all_their_characteristics(profile: str) -> None:
    for path, attribute in attributes(profile):
        assert re.fullmatch(r"[A-Za-z$][\w$-]*", attribute["name"], re.ASCII), path
        assert attribute["type"] in TYPES | {"binary"}, path
        assert attribute["description"], path
        for name in ("multiValued", "required"):
            assert isinstance(attribute[name], bool), path
        assert attribute["mutability"] in ("readOnly", "readWrite", "immutable", "writeOnly"), path
        assert attribute["returned"] in ("always", "never", "default", "request"), path
        assert attribute["uniqueness"] in ("none", "server", "global"), path


STANDARD: dict[str, dict[str, str]] = {
    f"{CORE}User": {
        "userName": "string!", "name": "complex", "displayName": "string", "nickName": "string", "profileUrl": "reference",
        "title": "string", "userType": "string", "preferredLanguage": "string", "locale": "string", "timezone": "string",
        "active": "boolean", "password": "string", "emails": "complex*", "phoneNumbers": "complex*", "ims": "complex*",
        "photos": "complex*", "addresses": "complex*", "groups": "complex*", "entitlements": "complex*", "roles": "complex*",
        "x509Certificates": "complex*",
    },
    f"{CORE}Group": {"displayName": "string!", "members": "complex*"},
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "string", "costCenter": "string", "organization": "string", "division": "string", "department": "string",
        "manager": "complex",
    },
}  # fmt: skip
"""Attributes of RFC 7643 §4 with their types; * is multi-valued, ! required."""


def test_schemas_of_the_standard_are_whole_in_extended() -> None:
    known = schemas("extended")
    for id, expected in STANDARD.items():
        told = {each["name"]: each for each in known[id]["attributes"]}
        shapes = {
            name: told[name]["type"] + "*" * told[name]["multiValued"] + "!" * told[name]["required"] for name in expected if name in told
        }
        assert shapes == expected
    user = {each["name"]: each for each in known[f"{CORE}User"]["attributes"]}
    assert (user["userName"]["uniqueness"], user["userName"]["caseExact"]) == ("server", False)
    assert (user["password"]["mutability"], user["password"]["returned"]) == ("writeOnly", "never")
    assert user["groups"]["mutability"] == "readOnly"
    parts = {name: {sub["name"] for sub in user[name]["subAttributes"]} for name in ("name", "addresses", "emails", "groups")}
    assert parts["name"] == {"formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"}
    assert {"formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"} <= parts["addresses"]
    assert parts["emails"] == {"value", "display", "type", "primary"}
    assert parts["groups"] == {"value", "$ref", "display", "type"}
    members = {each["name"]: each for each in known[f"{CORE}Group"]["attributes"]}["members"]
    assert {sub["name"]: sub["mutability"] for sub in members["subAttributes"] if sub["name"] != "display"} == {
        "value": "immutable", "$ref": "immutable", "type": "immutable",
    }  # fmt: skip


def test_every_schema_that_a_resource_names_can_be_read() -> None:
    org = Rehearsal("extended")
    org.group("Helsinki", org.create("aino@northlight.example")["id"])
    named = set(org.get("ServiceProviderConfig").json["schemas"])
    for endpoint in ("Users", "Groups", "Schemas", "ResourceTypes"):
        named |= {urn for shown in org.get(endpoint).json["Resources"] for urn in shown["schemas"]}
    assert {f"{CORE}Schema", f"{CORE}ResourceType", f"{CORE}ServiceProviderConfig"} < named
    for urn in named:
        assert org.get(f"Schemas/{urn}").json.get("id") == urn, urn
