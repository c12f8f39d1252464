"""The schemas of discovery say what discovery documents hold (RFC 7643 §8.7.2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import user_type
from joiner.scim.definitions import resource_type_document, schema_document
from joiner.scim.discovery_schemas import DISCOVERY_SCHEMAS, RESOURCE_TYPE, SCHEMA
from joiner.scim.schema import Attribute, Document, Schema

OURS = {"schemas", "meta"}


def walked(attributes: tuple[Attribute, ...]) -> Iterator[Attribute]:
    for attribute in attributes:
        yield attribute
        yield from walked(attribute.sub_attributes)


@pytest.mark.parametrize("schema", DISCOVERY_SCHEMAS, ids=lambda schema: schema.name)
def test_everything_is_described_and_nobody_may_write_it(schema: Schema) -> None:
    for attribute in walked(schema.attributes):
        assert attribute.description, attribute.name
        assert attribute.mutability == "readOnly"
    assert schema_document(schema)["id"] == schema.id


@pytest.mark.parametrize(
    ("document", "schema"),
    [(resource_type_document(user_type(EXTENDED)), RESOURCE_TYPE), (schema_document(user_type(EXTENDED).schema), SCHEMA)],
    ids=["resource type", "schema"],
)
def test_documents_hold_what_their_schema_tells(document: Document, schema: Schema) -> None:
    assert document.keys() - OURS <= schema.table.keys() | {each.name for each in schema.attributes}
    assert {each.name for each in schema.attributes if each.required} <= document.keys()
    for name in ("attributes", "schemaExtensions"):
        listed = schema.find(name)
        if listed is not None:
            known = {sub.name for sub in listed.sub_attributes}
            assert all(element.keys() <= known for element in document[name])
