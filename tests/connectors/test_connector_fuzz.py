"""Whatever other people's systems send, the answer is a value or a typed refusal, never another exception."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from joiner.connectors.answers import missing_permissions, read_refusal
from joiner.connectors.attributes import Family, attribute_names, find_attributes
from joiner.connectors.csv_text import CsvLayout, parse_csv, prove
from joiner.connectors.port import HttpAnswer
from joiner.connectors.retry import parse_retry_after
from joiner.connectors.user_reading import MALFORMED, compile_reader
from joiner.connectors.user_writing import patch_document, user_document
from joiner.errors import SourceMistake
from joiner.sync.record import Directory

LAYOUT = CsvLayout("people.csv", "no")
ATTRIBUTES, _ = find_attributes(attribute_names(Family), Family)
READ = compile_reader(ATTRIBUTES)

cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
people = st.lists(st.tuples(st.integers(1, 999).map(str), cells, cells), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
user_keys = st.sampled_from(
    ["userName", "active", "emails", "roles", "groups", "meta", "name", *(a.place.urn for a in ATTRIBUTES.values() if a.place.urn)]
)


@given(
    people, st.sampled_from([",", ";"]), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_what_a_spreadsheet_writes_is_read_back(
    rows: list[tuple[str, str, str]], delimiter: str, newline: str, encoding: str, trailer: bool
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([("no", "first", "mail"), *rows])
    content = text.getvalue() + (f"#rows={len(rows)}{newline}" if trailer else "")
    table = parse_csv(content.encode(encoding), LAYOUT)
    assert [tuple(record.fields.values()) for record in table.records] == rows
    assert prove(table, "", LAYOUT).complete is trailer


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: b"no,a\n" + text.encode("utf-8", "surrogatepass")))
@example(b"no,a\n1,\x85\n")
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_table_or_a_source_mistake(content: bytes) -> None:
    try:
        table = parse_csv(content, LAYOUT)
    except SourceMistake as mistake:
        codes = {problem.code[:4] for problem in mistake.problems}
    else:
        assert all(set(record.fields) >= set(table.columns) for record in table.records)
        codes = set()
    assert codes <= {"JN12"}


@given(st.dictionaries(user_keys, json_values, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_document_is_a_user_or_malformed(document: dict[str, Any]) -> None:
    try:
        record = READ({"id": "u1", **document}, Directory())
    except MALFORMED:
        return
    wanted = {name: value for name, value in record.values.items() if value is not None}
    user_document(ATTRIBUTES, wanted, "1")
    patch_document(ATTRIBUTES, wanted, wanted, document)


@given(st.binary(max_size=100), st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_refusal_is_read(body: bytes, header: str) -> None:
    answer = HttpAnswer(403, {"retry-after": header}, body)
    words, scim_type = read_refusal(answer)
    assert words.isprintable()
    assert len(scim_type) <= 40
    missing_permissions(answer)
    wait = parse_retry_after(header, datetime(2026, 11, 22, tzinfo=UTC))
    assert wait is None or wait >= 0.0
