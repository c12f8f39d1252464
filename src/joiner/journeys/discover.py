"""What a server tells about itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7643 §5–§7, RFC 7644 §4), per profile."""

from __future__ import annotations

from functools import cache

from joiner.genesys.catalogue import catalogue_of
from joiner.genesys.profile import PROFILES
from joiner.journeys.authorise import Caller
from joiner.scim.core_schemas import RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN
from joiner.scim.messages import dump_json, list_response
from joiner.scim.refusals import NotFound
from joiner.scim.schema import Attribute, Document, ResourceType, Schema
from joiner.scim.version import etag_matches

CONFIG_VERSION = 1
"""The version of the ServiceProviderConfig document, for If-None-Match."""


def service_provider_config(caller: Caller) -> bytes:
    """What this org supports (RFC 7643 §5); the values that Genesys leaves unknown are those of genesys-cloud.md §7."""
    config = _config(caller.profile.name)
    return dump_json(config | {"meta": {"resourceType": "ServiceProviderConfig", "location": f"{caller.base}/ServiceProviderConfig"}})


def config_is_current(if_none_match: str) -> bool:
    return etag_matches(if_none_match, CONFIG_VERSION)


def resource_types(caller: Caller) -> bytes:
    shown = [dump_json(_resource_type(caller, name)) for name in ("User", "Group")]
    return list_response(shown, len(shown), 1)


def resource_type(caller: Caller, name: str) -> bytes:
    """Raises NotFound. Names are compared without case: clients send what they find in URLs."""
    for known in ("User", "Group"):
        if name.lower() == known.lower():
            return dump_json(_resource_type(caller, known))
    raise NotFound(f"ResourceType {name[:100]} not found. There are User and Group.")


def schemas(caller: Caller) -> bytes:
    shown = [dump_json(_located(caller, document)) for document in _schemas(caller.profile.name).values()]
    return list_response(shown, len(shown), 1)


def schema(caller: Caller, id: str) -> bytes:
    """Raises NotFound. URNs are compared without case (RFC 8141 §3.1)."""
    for known, document in _schemas(caller.profile.name).items():
        if known.lower() == id.lower():
            return dump_json(_located(caller, document))
    raise NotFound(f"Schema {id[:200]} not found. GET /Schemas lists them all.")


@cache
def _config(profile_name: str) -> Document:
    profile = PROFILES[profile_name]
    unsupported = {"supported": False}
    return {
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": profile.page_max},
        "changePassword": {"supported": True},
        "sort": unsupported,
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "name": "OAuth Bearer Token",
                "description": "A bearer token from this org's /oauth/token, or a long-lived one from its administrator.",
                "type": "oauthbearertoken",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
    }


def _resource_type(caller: Caller, name: str) -> Document:
    kind = caller.kind(name).resource_type
    document: Document = {
        "schemas": [RESOURCE_TYPE_URN],
        "id": kind.name,
        "name": kind.name,
        "endpoint": f"/{kind.endpoint.strip('/')}",
        "description": kind.description,
        "schema": kind.schema.id,
        "meta": {"resourceType": "ResourceType", "location": f"{caller.base}/ResourceTypes/{kind.name}"},
    }
    if kind.extensions:
        document["schemaExtensions"] = [{"schema": each.schema.id, "required": each.required} for each in kind.extensions]
    return document


@cache
def _schemas(profile_name: str) -> dict[str, Document]:
    kinds = [kind.resource_type for kind in catalogue_of(profile_name).kinds]
    found: list[Schema] = [schema for kind in kinds for schema in _schemas_of(kind)]
    return {schema.id: _schema(schema) for schema in found}


def _schemas_of(kind: ResourceType) -> list[Schema]:
    return [kind.schema, *(extension.schema for extension in kind.extensions)]


def _schema(schema: Schema) -> Document:
    attributes = [_attribute(attribute) for attribute in schema.attributes]
    return {"schemas": [SCHEMA_URN], "id": schema.id, "name": schema.name, "description": schema.description, "attributes": attributes}


def _located(caller: Caller, document: Document) -> Document:
    return document | {"meta": {"resourceType": "Schema", "location": f"{caller.base}/Schemas/{document['id']}"}}


def _attribute(attribute: Attribute) -> Document:
    document: Document = {
        "name": attribute.name,
        "type": attribute.type.value,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        "uniqueness": attribute.uniqueness,
    }
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = [_attribute(sub) for sub in attribute.sub_attributes]
    return document
