"""The page on limits tells the limits that the code has."""

from __future__ import annotations

from pathlib import Path

import pytest

from joiner.scim import bulk, coerce, core_schemas, cursor, definitions, filter, messages, operation, patch, path, projection, schema
from joiner.scim.search_request import ATTRIBUTES_MAX

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/limits.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("row", "limit"), [
    ("objects and arrays", messages.CONTAINERS_MAX),
    ("commas and colons", messages.MARKS_MAX),
    ("long numbers", messages.LONG_NUMBERS_MAX),
    ("| names in one object", coerce.NAMES_MAX),
    ("| elements of a multi-valued", schema.ELEMENTS_MAX),
    ("| members in one request", core_schemas.MEMBERS_MAX),
    ("| operations of a PATCH", operation.OPERATIONS_MAX),
    ("| elements and names", patch.ELEMENTS_TOUCHED_MAX),
    ("| a path with its filter", path.PATH_CHARACTERS_MAX),
    ("| operations of a bulk", bulk.BULK_OPERATIONS_MAX),
    ("| references to bulkIds", bulk.REFERENCES_MAX),
    ("| a bulkId", bulk.BULK_ID_CHARACTERS_MAX),
    ("| the path of a bulk", bulk.BULK_PATH_CHARACTERS_MAX),
    ("| a filter", filter.FILTER_CHARACTERS_MAX),
    ("| a filter", filter.FILTER_TERMS_MAX),
    ("| a filter", filter.FILTER_DEPTH_MAX),
    ("| attributes, excludedAttributes", projection.PROJECTION_CHARACTERS_MAX),
    ("| attributes, excludedAttributes", ATTRIBUTES_MAX),
    ("| a cursor", cursor.CURSOR_CHARACTERS_MAX),
    ("| a cursor", cursor.CURSOR_LIFETIME_SECONDS),
    ("| attributes of a schema", definitions.ATTRIBUTES_MAX),
    ("| sub-attributes of", definitions.SUB_ATTRIBUTES_MAX),
    ("| canonical values of", definitions.WORDS_MAX),
    ("| attributes, sub-attributes and", definitions.WHOLE_MAX),
    ("| extensions of", definitions.EXTENSIONS_MAX),
    ("| attributes of a resource type", path.SCANNED_PATHS_MAX),
])  # fmt: skip
def test_page_tells_the_limit(row: str, limit: int) -> None:
    (line,) = [each for each in PAGE.splitlines() if row in each and each.startswith("|")]
    assert f" {limit:,} " in line.replace(";", " ")
    assert coerce.INTEGER_MAX == 2**53
