"""A resource type with every characteristic and type of RFC 7643 §2, defined by JSON alone."""

from __future__ import annotations

from joiner.scim.definitions import parse_resource_type, parse_schema

URN = "urn:northlight:params:scim:schemas:TestResource"
EXTRA = "urn:northlight:params:scim:schemas:extension:Extra"
TEST = parse_resource_type({"name": "TestResource", "endpoint": "/TestResources", "schema": URN, "schemaExtensions": [{"schema": EXTRA}]}, {
    URN: parse_schema({"id": URN, "attributes": [
        {"name": "code", "caseExact": True, "uniqueness": "server"},
        {"name": "label", "canonicalValues": ["red", "green"]},
        {"name": "born", "mutability": "immutable"},
        {"name": "pin", "mutability": "writeOnly"},
        {"name": "notes", "returned": "request"},
        {"name": "kept", "returned": "always"},
        {"name": "count", "type": "integer"},
        {"name": "ratio", "type": "decimal"},
        {"name": "since", "type": "dateTime"},
        {"name": "done", "type": "boolean"},
        {"name": "blob", "type": "binary"},
        {"name": "home", "type": "reference", "referenceTypes": ["external"]},
        {"name": "tags", "multiValued": True},
        {"name": "hidden", "type": "complex", "returned": "never", "subAttributes": [{"name": "value"}, {"name": "part"}]},
        {"name": "box", "type": "complex", "subAttributes": [
            {"name": "value", "required": True}, {"name": "seal", "mutability": "immutable"}, {"name": "weight", "mutability": "readOnly"},
            {"name": "note", "returned": "request"}, {"name": "secret", "returned": "never"}, {"name": "mark", "returned": "always"},
        ]},
        {"name": "parts", "type": "complex", "multiValued": True, "subAttributes": [
            {"name": "value"}, {"name": "type"}, {"name": "seal", "mutability": "immutable"},
            {"name": "pin", "returned": "never"}, {"name": "mark", "returned": "always"},
        ]},
    ]}),
    EXTRA: parse_schema({"id": EXTRA, "attributes": [
        {"name": "a"}, {"name": "b", "returned": "always"}, {"name": "c", "type": "complex", "subAttributes": [
            {"name": "value"}, {"name": "mark", "returned": "always"},
        ]},
    ]}),
})  # fmt: skip
