"""The schemas of discovery itself (RFC 7643 §5, §6, §7, §8.7.2), RFC 9865 §4 and RFC 9967 §4 included.

RFC 7643 §7 wants a schema to read for every schema that a resource names, and discovery documents name these three.
Descriptions are our own words. Nobody writes such documents, so nothing here is ever used to read one.
"""

from __future__ import annotations

from joiner.scim.core_schemas import RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN
from joiner.scim.schema import Attribute, Schema, Type


def _told(
    name: str, description: str, type: Type = Type.STRING, *subs: Attribute, many: bool = False, exact: bool = False, optional: bool = False
) -> Attribute:
    """A read-only attribute, required unless said otherwise."""
    kinds = ("uri",) if type is Type.REFERENCE else ()
    return Attribute(
        name,
        type,
        multi_valued=many,
        required=not optional,
        case_exact=exact or type is Type.REFERENCE,
        mutability="readOnly",
        reference_types=kinds,
        description=description,
        sub_attributes=subs,
    )


_SUPPORTED = _told("supported", "Whether this server has the feature.", Type.BOOLEAN)

SERVICE_PROVIDER_CONFIG = Schema(
    SERVICE_PROVIDER_CONFIG_URN,
    "ServiceProviderConfig",
    "What the server supports.",
    (
        _told("documentationUri", "Where people read how to use the server.", Type.REFERENCE, optional=True),
        _told("patch", "PATCH.", Type.COMPLEX, _SUPPORTED),
        _told(
            "bulk",
            "Many operations in one request.",
            Type.COMPLEX,
            _SUPPORTED,
            _told("maxOperations", "How many operations one request may have.", Type.INTEGER),
            _told("maxPayloadSize", "How many bytes one request may have.", Type.INTEGER),
        ),
        _told(
            "filter",
            "Filters.",
            Type.COMPLEX,
            _SUPPORTED,
            _told("maxResults", "How many resources one answer may have.", Type.INTEGER),
        ),
        _told("changePassword", "Setting passwords.", Type.COMPLEX, _SUPPORTED),
        _told("sort", "Sorting.", Type.COMPLEX, _SUPPORTED),
        _told("etag", "Versions of resources.", Type.COMPLEX, _SUPPORTED),
        _told(
            "authenticationSchemes",
            "How clients authenticate.",
            Type.COMPLEX,
            _told("type", "Word for the scheme, such as oauthbearertoken."),
            _told("name", "Name of the scheme."),
            _told("description", "What the scheme asks for."),
            _told("specUri", "Where the scheme is specified.", Type.REFERENCE, optional=True),
            _told("documentationUri", "Where its use is explained.", Type.REFERENCE, optional=True),
            _told("primary", "Whether this is the preferred scheme.", Type.BOOLEAN, optional=True),
            many=True,
        ),
        _told(
            "pagination",
            "How long lists are read (RFC 9865).",
            Type.COMPLEX,
            _told("cursor", "Whether pages are read by cursor.", Type.BOOLEAN),
            _told("index", "Whether pages are read by index.", Type.BOOLEAN),
            _told("defaultPaginationMethod", "cursor or index, where a request names neither.", optional=True),
            _told("defaultPageSize", "Resources of a page without count.", Type.INTEGER, optional=True),
            _told("maxPageSize", "Resources that a page has at most.", Type.INTEGER, optional=True),
            _told("cursorTimeout", "Seconds for which a cursor is good.", Type.INTEGER, optional=True),
            optional=True,
        ),
        _told(
            "securityEvents",
            "Which changes are told as events (RFC 9967).",
            Type.COMPLEX,
            _told("asyncRequest", "Whether requests are completed later: none, long or request."),
            _told("eventUris", "The events that are told.", many=True, optional=True),
            optional=True,
        ),
    ),
)

RESOURCE_TYPE = Schema(
    RESOURCE_TYPE_URN,
    "ResourceType",
    "A kind of resource that the server has.",
    (
        _told("id", "The same as the name.", optional=True),
        _told("name", "Name of the type, as in meta.resourceType."),
        _told("description", "What such resources are.", optional=True),
        _told("endpoint", "Path of the resources below the base URL.", Type.REFERENCE),
        _told("schema", "URN of the schema.", Type.REFERENCE),
        _told(
            "schemaExtensions",
            "Extensions that resources may or must have.",
            Type.COMPLEX,
            _told("schema", "URN of the extension.", Type.REFERENCE),
            _told("required", "Whether every resource has the extension.", Type.BOOLEAN),
            many=True,
            optional=True,
        ),
    ),
)

_CHARACTERISTICS = (
    _told("name", "Name of the attribute.", exact=True),
    _told("type", "Type of its values."),
    _told("multiValued", "Whether it has several values.", Type.BOOLEAN),
    _told("description", "What it means.", optional=True),
    _told("required", "Whether every resource has it.", Type.BOOLEAN),
    _told("canonicalValues", "Values that are suggested.", many=True, exact=True, optional=True),
    _told("caseExact", "Whether case matters.", Type.BOOLEAN, optional=True),
    _told("mutability", "Who may change it, and when."),
    _told("returned", "When it is shown."),
    _told("uniqueness", "Whether others may have the same value."),
    _told("referenceTypes", "What a reference may lead to.", many=True, exact=True, optional=True),
)

SCHEMA = Schema(
    SCHEMA_URN,
    "Schema",
    "What attributes a kind of resource has.",
    (
        _told("id", "URN of the schema.", exact=True),
        _told("name", "Name for people.", optional=True),
        _told("description", "What the schema is for.", optional=True),
        _told(
            "attributes",
            "The attributes.",
            Type.COMPLEX,
            *_CHARACTERISTICS,
            _told("subAttributes", "Parts of a complex attribute.", Type.COMPLEX, *_CHARACTERISTICS, many=True, optional=True),
            many=True,
        ),
    ),
)

DISCOVERY_SCHEMAS = (SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA)
