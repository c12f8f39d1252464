"""Definitions of schemas and resource types: RFC 7643 §6 and §7 as JSON, in and out."""

from __future__ import annotations

from typing import Any

import pytest

from joiner.scim.core_schemas import ENTERPRISE_USER, GROUP, USER
from joiner.scim.definitions import ATTRIBUTES_MAX, parse_resource_type, parse_schema, resource_type_document, schema_document
from joiner.scim.patch import apply_patch, parse_patch
from joiner.scim.path import SCANNED_PATHS_MAX, scanned_paths
from joiner.scim.refusals import InvalidValue
from joiner.scim.resource import accept
from joiner.scim.schema import Attribute, ResourceType, Schema, Type

URN = "urn:northlight:params:scim:schemas:Badge"
OWNER_URN = "urn:northlight:params:scim:schemas:extension:Owner"


def schema(*attributes: Any, **fields: Any) -> Schema:
    return parse_schema({"id": URN, "name": "Badge", "attributes": list(attributes), **fields})


def attribute(**characteristics: Any) -> Attribute:
    return schema({"name": "x", **characteristics}).attributes[0]


@pytest.mark.parametrize("known", [USER, ENTERPRISE_USER, GROUP])
def test_schemas_of_the_standard_survive_being_written_and_read(known: Schema) -> None:
    again = parse_schema(schema_document(known))
    assert schema_document(again) == schema_document(known)
    assert again.table.keys() == known.table.keys()


def test_left_out_characteristics_have_the_defaults_of_the_standard() -> None:
    plain = attribute()
    assert (plain.type, plain.multi_valued, plain.required, plain.case_exact) == (Type.STRING, False, False, False)
    assert (plain.mutability, plain.returned, plain.uniqueness, plain.description) == ("readWrite", "default", "none", "")
    assert attribute(type="reference").case_exact
    assert attribute(type="binary").case_exact
    assert not attribute(type="reference", caseExact=False).case_exact
    assert attribute(mutability="writeOnly", returned="default").returned == "never"
    assert schema({"name": "x"}, name="").name == "Badge"


def test_marks_of_the_store_follow_from_the_kind_of_attribute() -> None:
    assert [attribute(**each).scanned for each in (
        {}, {"type": "dateTime"}, {"type": "boolean"}, {"type": "decimal"}, {"scanned": False},
        {"multiValued": True}, {"type": "binary"}, {"mutability": "writeOnly"}, {"multiValued": True, "scanned": True},
    )] == [True, True, True, True, False, False, False, False, False]  # fmt: skip
    marked = ({}, {"uniqueness": "server"}, {"indexed": True}, {"multiValued": True, "indexed": True})
    assert [attribute(**each).indexed for each in marked] == [False, True, True, True]
    parts = attribute(type="complex", subAttributes=[{"name": "a"}, {"name": "b", "scanned": True}]).sub_attributes
    assert [part.scanned for part in parts] == [False, True]


def test_columns_of_a_resource_type_are_limited() -> None:
    many = schema(*({"name": f"x{number}"} for number in range(SCANNED_PATHS_MAX + 3)))
    owner = parse_schema({"id": OWNER_URN, "attributes": [{"name": "owner"}]})
    kind = parse_resource_type({"name": "Badge", "endpoint": "/Badges", "schema": URN}, {URN: many})
    assert len(scanned_paths(kind)) == SCANNED_PATHS_MAX
    small = schema(
        {"name": "x"},
        {"name": "many", "type": "complex", "multiValued": True, "subAttributes": [{"name": "a", "scanned": True}]},
        {"name": "one", "type": "complex", "subAttributes": [{"name": "a", "scanned": True}, {"name": "b", "multiValued": True}]},
        {"name": "not", "scanned": False},
    )
    definition = {
        "name": "Badge",
        "endpoint": "Badges",
        "schema": URN.upper(),
        "schemaExtensions": [{"schema": OWNER_URN, "required": True}],
    }
    badge = parse_resource_type(definition, {URN: small, OWNER_URN: owner})
    assert [str(path) for path in scanned_paths(badge)] == ["x", "one.a", f"{OWNER_URN}:owner"]


def test_resource_type_with_a_required_extension_works_without_code() -> None:
    owner = parse_schema({"id": OWNER_URN, "attributes": [{"name": "owner", "required": True}, {"name": "seen", "mutability": "readOnly"}]})
    badge_schema = schema({"name": "serial", "required": True}, {"name": "state", "required": True, "mutability": "readOnly"})
    definition = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "Badge", "name": "Badge", "endpoint": "/Badges",
        "description": "A badge.", "schema": URN, "schemaExtensions": [{"schema": OWNER_URN, "required": True}],
    }  # fmt: skip
    badge = parse_resource_type(definition, {URN: badge_schema, OWNER_URN: owner})
    assert resource_type_document(badge) == definition
    assert accept({"serial": "7", OWNER_URN: {"owner": "mira"}}, badge) == {
        "schemas": [URN, OWNER_URN], "serial": "7", OWNER_URN: {"owner": "mira"},
    }  # fmt: skip
    with pytest.raises(InvalidValue, match="Owner is required"):
        accept({"serial": "7"}, badge)
    with pytest.raises(InvalidValue, match="Owner is required"):
        accept({"serial": "7", OWNER_URN: {"owner": ""}}, badge)
    plain = ResourceType("Badge", "Badges", badge_schema)
    assert "schemaExtensions" not in resource_type_document(plain)


@pytest.mark.parametrize(("fields", "words"), [
    ({"type": "text"}, "type is one of string, boolean"),
    ({"type": 5}, "found 5"),
    ({"type": "interger"}, "Did you mean integer?"),
    ({"type": "complex"}, "a complex attribute needs subAttributes"),
    ({"type": "complex", "subAttributes": []}, "a complex attribute needs subAttributes"),
    ({"subAttributes": [{"name": "y"}]}, "only a complex attribute has subAttributes; this one is string"),
    ({"type": "complex", "subAttributes": [{"name": "y", "type": "complex"}]}, r"x\.y: a sub-attribute cannot be complex"),
    ({"type": "complex", "subAttributes": [{"name": "y"}, {"name": "Y"}]}, r"x\.Y: this name is taken"),
    ({"type": "complex", "subAttributes": [{"name": "y", "uniqueness": "server"}]}, r"x\.y: only simple single-valued attributes"),
    ({"type": "complex", "subAttributes": "y"}, "subAttributes must be a list, found 'y'"),
    ({"type": "complex", "subAttributes": [{"name": "y"}] * 51}, "may have 50 entries; this list has 51"),
    ({"uniqueness": "server", "multiValued": True}, "only simple single-valued attributes"),
    ({"uniqueness": "galactic"}, "uniqueness is one of none, server, global, found 'galactic'"),
    ({"mutability": "readwrite"}, "Did you mean readWrite?"),
    ({"returned": "sometimes"}, "returned is one of"),
    ({"required": "yes"}, "required must be true or false, found 'yes'"),
    ({"requierd": True}, "there is no characteristic 'requierd'. Did you mean required?"),
    ({"~": True}, "there is no characteristic '~'.$"),
    ({"canonicalValues": ["a", 5]}, "canonicalValues must be a list of short texts, found 5"),
    ({"canonicalValues": [""]}, "list of short texts"),
    ({"canonicalValues": ["x" * 256]}, "list of short texts"),
    ({"referenceTypes": ["User"]}, "only a reference has referenceTypes"),
    ({"description": 5}, "description must be text, found 5"),
    ({"description": "x" * 2001}, "may have 2000 characters; this one has 2001"),
    ({"name": "9x"}, "a name begins with a letter"),
    ({"name": "x.y"}, "a name begins with a letter"),
    ({"name": ""}, "attribute 1: name must be text, found nothing"),
    ({"name": "ID"}, ":ID: every resource has this attribute"),
])  # fmt: skip
def test_wrong_attribute_is_refused_with_its_path(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        attribute(**fields)


@pytest.mark.parametrize(("document", "words"), [
    ([], "the schema: expected an object, found a list"),
    ({}, "the schema: id must be text, found nothing"),
    ({"id": "Badge"}, "id: a schema is named by a URN such as"),
    ({"id": URN}, "attributes must list at least one"),
    ({"id": URN, "attributes": [5]}, "attribute 1: expected an object, found 5"),
    ({"id": URN, "attributes": [{"name": f"x{n}"} for n in range(ATTRIBUTES_MAX + 1)]}, "may have 200 entries; this list has 201"),
    ({"id": URN, "attributes": [{"name": "x"}, {"name": "X"}]}, ":X: this name is taken"),
    ({"id": URN, "attributes": [{"name": f"x{n}", "canonicalValues": ["a"] * 10} for n in range(91)]}, "may have 1000 attributes"),
    ({"id": URN, "attributes": [{"name": f"x{n}", "type": "complex", "subAttributes": [{}] * 9} for n in range(101)]}, "may have 1000"),
    ({"id": URN, "attributes": [{"name": "x", "canonicalValues": 5, "subAttributes": 5}]}, "only a complex attribute"),
])  # fmt: skip
def test_wrong_schema_is_refused(document: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        parse_schema(document)


@pytest.mark.parametrize(("fields", "words"), [
    ({"name": "9"}, "name: a resource type is named by letters"),
    ({"name": "Schema"}, "name: a resource type is named by letters"),
    ({"endpoint": "/a/b"}, "endpoint is one path segment"),
    ({"endpoint": "/Me"}, "endpoint is one path segment that is not taken"),
    ({"schema": "urn:northlight:params:scim:schemas:Badges"}, "there is no schema .* Did you mean urn:northlight"),
    ({"schema": "?"}, "there is no schema '\\?'.$"),
    ({"schemaExtensions": [{"schema": URN}]}, "is named twice"),
    ({"schemaExtensions": [{"schema": "urn:x:y"}]}, r"schemaExtensions\[0\]: there is no schema"),
    ({"schemaExtensions": [5]}, r"schemaExtensions\[0\]: expected an object"),
])  # fmt: skip
def test_wrong_resource_type_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        parse_resource_type({"name": "Badge", "endpoint": "/Badges", "schema": URN, **fields}, {URN: schema({"name": "x"})})


def test_false_and_nought_are_values_of_required_attributes() -> None:
    listed = [{"name": "lit", "type": "boolean", "required": True}, {"name": "floor", "type": "integer", "required": True}]
    badge = ResourceType("Badge", "Badges", schema(*listed))
    patch = parse_patch({"Operations": [{"op": "replace", "value": {"lit": False, "floor": 0}}]})
    assert apply_patch({"lit": True, "floor": 3}, patch, badge) == {"schemas": [URN], "lit": False, "floor": 0}
    assert accept({"lit": False, "floor": 0}, badge) == {"schemas": [URN], "lit": False, "floor": 0}


def test_extension_that_is_present_has_what_it_requires() -> None:
    owner = parse_schema({"id": OWNER_URN, "attributes": [{"name": "owner", "required": True}, {"name": "since", "type": "dateTime"}]})
    definition = {"name": "Badge", "endpoint": "/Badges", "schema": URN, "schemaExtensions": [{"schema": OWNER_URN}]}
    badge = parse_resource_type(definition, {URN: schema({"name": "serial"}), OWNER_URN: owner})
    assert accept({"serial": "7", OWNER_URN: {"owner": ""}}, badge) == {"schemas": [URN], "serial": "7"}
    since = {"since": "2026-11-22T00:00:00Z"}
    with pytest.raises(InvalidValue, match="Owner:owner is required and missing"):
        accept({OWNER_URN: since}, badge)
    add = parse_patch({"Operations": [{"op": "add", "path": OWNER_URN, "value": since}]})
    with pytest.raises(InvalidValue, match="Owner:owner is required and missing"):
        apply_patch({"serial": "7"}, add, badge)
    assert apply_patch({OWNER_URN: {"owner": "mira"}}, add, badge)[OWNER_URN] == {"owner": "mira", **since}
