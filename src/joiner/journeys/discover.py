"""What a server tells about itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7643 §5–§7, RFC 7644 §4).

All of it follows from the org's profile, its own definitions and what is settled with the client that asks, so that it cannot say
anything else than what the server does. The documents are rendered once per base URL, and their version is a digest of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from joiner.genesys.catalogue import Catalogue
from joiner.genesys.granted import GRANTED
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller
from joiner.scim.bulk import BULK_OPERATIONS_MAX
from joiner.scim.core_schemas import SERVICE_PROVIDER_CONFIG_URN
from joiner.scim.cursor import CURSOR_LIFETIME_SECONDS
from joiner.scim.definitions import resource_type_document, schema_document
from joiner.scim.discovery_schemas import DISCOVERY_SCHEMAS
from joiner.scim.messages import dump_json, list_response
from joiner.scim.refusals import NotFound
from joiner.scim.schema import Document, ResourceType
from joiner.scim.security_events import EVENT_URIS
from joiner.scim.version import etag_matches, format_etag
from joiner.store.org_port import OrgReads, OrgStore

TOLD_CACHED_MAX = 256


@dataclass(frozen=True, slots=True)
class Told:
    """A document as it goes out, and its version for ETag and If-None-Match."""

    body: bytes
    version: int

    def is_known(self, if_none_match: str) -> bool:
        return etag_matches(if_none_match, self.version)


class Audience(NamedTuple):
    """What about a client decides which documents it is told."""

    standard_queries: bool
    reads_granted: bool
    """Whether it looks for roles and entitlements in Okta's shape: to others, types that are only read are a puzzle."""


def _audience(caller: Caller) -> Audience:
    profile = caller.profile
    return Audience(profile.standard_queries, profile.standard_queries and caller.client.connection.kind == "okta")


async def service_provider_config(store: OrgStore, caller: Caller) -> Told:
    """What this org supports, and for this client (RFC 7643 §5, RFC 9865 §4, RFC 9967 §4).

    Events are told to a client that has a feed of them: the others get none, and some give up over members that they do not know.
    """
    listens = caller.profile.standard_queries and await store.read(caller.org.key, lambda rows: _has_feed(rows, caller))
    return _config(caller.base, caller.profile, caller.client.connection.may_sync_password, listens)


def _has_feed(rows: OrgReads, caller: Caller) -> bool:
    return any(stream.client == caller.client.id for stream in rows.streams(caller.org.key))


def resource_types(caller: Caller) -> Told:
    return _listed(_resource_types(caller.base, caller.catalogue, _audience(caller)))


def resource_type(caller: Caller, name: str) -> Told:
    """Raises NotFound. Names are compared without case: clients send what they find in URLs."""
    return _named(_resource_types(caller.base, caller.catalogue, _audience(caller)), name, "ResourceType")


def schemas(caller: Caller) -> Told:
    return _listed(_schemas(caller.base, caller.catalogue, _audience(caller)))


def schema(caller: Caller, id: str) -> Told:
    """Raises NotFound. URNs are compared without case (RFC 8141 §3.1)."""
    return _named(_schemas(caller.base, caller.catalogue, _audience(caller)), id, "Schema")


def _named(known: Mapping[str, Told], name: str, what: str) -> Told:
    found = known.get(name.lower())
    if found is None:
        raise NotFound(f"{what} {name[:200]} not found. GET /{what}s lists them all.")
    return found


def _listed(known: Mapping[str, Told]) -> Told:
    bodies = [told.body for told in known.values()]
    body = list_response(bodies, len(bodies), 1)
    return Told(body, zlib.crc32(body))


def _told(document: Document, type_name: str, location: str) -> Told:
    meta = {"resourceType": type_name, "location": location}
    version = zlib.crc32(dump_json(document | {"meta": meta}))
    return Told(dump_json(document | {"meta": meta | {"version": format_etag(version)}}), version)


@lru_cache(TOLD_CACHED_MAX)
def _resource_types(base: str, catalogue: Catalogue, audience: Audience) -> Mapping[str, Told]:
    """By lower-case name."""
    types = [kind.resource_type for kind in catalogue.kinds] + _granted(catalogue, audience)
    return {each.name.lower(): _told(resource_type_document(each), "ResourceType", f"{base}/ResourceTypes/{each.name}") for each in types}


@lru_cache(TOLD_CACHED_MAX)
def _schemas(base: str, catalogue: Catalogue, audience: Audience) -> Mapping[str, Told]:
    """By lower-case URN; those of discovery itself too, which the contract of Genesys lacks."""
    granted = [each.schema for each in _granted(catalogue, audience)]
    known = (*catalogue.schemas.values(), *granted, *(DISCOVERY_SCHEMAS if audience.standard_queries else ()))
    return {each.id.lower(): _told(schema_document(each), "Schema", f"{base}/Schemas/{each.id}") for each in known}


def _granted(catalogue: Catalogue, audience: Audience) -> list[ResourceType]:
    """Roles and entitlements, unless the org has defined something of its own at their endpoints."""
    return [each for endpoint, (each, _) in GRANTED.items() if audience.reads_granted and endpoint not in catalogue.by_endpoint]


@lru_cache(TOLD_CACHED_MAX)
def _config(base: str, profile: Profile, passwords: bool, listens: bool) -> Told:
    document: Document = {
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        "patch": {"supported": True},
        "bulk": _bulk(profile),
        "filter": {"supported": True, "maxResults": profile.page_max},
        "changePassword": {"supported": passwords or profile.contract_attributes_only},
        "sort": {"supported": profile.standard_queries},
        "etag": {"supported": True},
        "authenticationSchemes": _AUTHENTICATION,
    }
    if profile.standard_queries:
        document["pagination"] = {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": profile.page_default,
            "maxPageSize": profile.page_max,
            "cursorTimeout": CURSOR_LIFETIME_SECONDS,
        }
    if listens:
        document["securityEvents"] = {"asyncRequest": "none", "eventUris": list(EVENT_URIS)}
    return _told(document, "ServiceProviderConfig", f"{base}/ServiceProviderConfig")


def _bulk(profile: Profile) -> Document:
    if not profile.standard_queries:
        return {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}
    return {"supported": True, "maxOperations": BULK_OPERATIONS_MAX, "maxPayloadSize": profile.body_bytes_max}


_AUTHENTICATION = [
    {
        "name": "OAuth Bearer Token",
        "description": "A bearer token from this org's /oauth/token, or a long-lived one from its administrator.",
        "type": "oauthbearertoken",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": True,
    },
    {
        "name": "OAuth 2.0 client credentials",
        "description": "Client id and secret, exchanged for a bearer token at this org's /oauth/token with grant_type=client_credentials.",
        "type": "oauth2",
        "specUri": "https://www.rfc-editor.org/info/rfc6749",
    },
]
