"""Every characteristic of RFC 7643 §2 and §7 on a resource type that is defined by JSON alone."""

from __future__ import annotations

from typing import Any

import pytest
from everything import EXTRA, TEST, URN

from joiner.errors import ScimRefusal
from joiner.scim.coerce import NAMES_MAX
from joiner.scim.core_schemas import ENTERPRISE_URN, ENTERPRISE_USER, USER, USER_URN
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_element_filter, compile_filter
from joiner.scim.membership import member_delta
from joiner.scim.patch import apply_patch, parse_patch
from joiner.scim.path import PATH_CHARACTERS_MAX
from joiner.scim.projection import parse_projection, project
from joiner.scim.refusals import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, MutabilityRefused, TooMany
from joiner.scim.resource import accept, replace
from joiner.scim.schema import ELEMENTS_MAX, Document, Extension, ResourceType
from joiner.scim.sorting import parse_sort


def accepted(**body: Any) -> Document:
    document = accept(body, TEST)
    return {name: value for name, value in document.items() if name != "schemas"}


def patched(document: Document, *operations: tuple[str, str, Any]) -> Document:
    listed = [{"op": op, "path": path, "value": value} for op, path, value in operations]
    document = apply_patch(document, parse_patch({"Operations": listed}), TEST)
    return {name: value for name, value in document.items() if name != "schemas"}


@pytest.mark.parametrize("body", [
    {"label": "mauve"},
    {"count": 3},
    {"count": -(2**53)},
    {"ratio": 2.5},
    {"ratio": 1e300},
    {"since": "2026-11-22T09:30:00.5+05:45"},
    {"done": False},
    {"blob": "AbC="},
    {"blob": "AbC"},
    {"blob": "_-8="},
    {"blob": "QUJD\nREVG\r\n"},
    {"home": "not really a URL"},
    {"home": "../Users/2819c223"},
    {"tags": ["a", "b"]},
])  # fmt: skip
def test_values_of_every_type_are_taken_as_they_come(body: Document) -> None:
    assert accepted(**body) == body


@pytest.mark.parametrize(("body", "words"), [
    ({"count": 3.5}, "count: expected a whole number, found 3.5"),
    ({"count": 2**53 + 1}, "count: expected a whole number"),
    ({"count": 1e300}, "count: expected a whole number"),
    ({"count": 10**400}, "count: expected a whole number"),
    ({"ratio": 10**18}, "ratio: expected a number"),
    ({"ratio": True}, "ratio: expected a number, found true"),
    ({"since": "2026-11-22"}, "since: expected a date and time"),
    ({"since": "yesterday"}, "since: expected a date and time"),
    ({"done": "maybe"}, "done: expected true or false"),
    ({"blob": "Ab!="}, "blob: expected binary data in base64, found 'Ab!='"),
    ({"blob": "AbCde"}, "blob: expected binary data"),
    ({"blob": "Ab="}, "blob: expected binary data"),
    ({"blob": "+_=="}, "blob: expected binary data"),
    ({"blob": 5}, "blob: expected binary data"),
    ({"home": 5}, "home: expected text"),
    ({"tags": ["x"] * (ELEMENTS_MAX + 1)}, "tags: may have 500 elements; this list has 501"),
    ({"box": {"seal": "x"}}, "box: value is required here"),
    ({"box": {f"x{n}": n for n in range(NAMES_MAX + 1)}}, "box: has 501 names; at most 500 are read"),
])  # fmt: skip
def test_values_that_are_none_of_their_type_are_refused(body: Document, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        accept(body, TEST)


def test_bodies_with_more_names_than_any_schema_are_refused() -> None:
    many = {f"x{n}": n for n in range(NAMES_MAX + 1)}
    for body in (many, {EXTRA: many}):
        with pytest.raises(InvalidSyntax, match="501 names; at most 500"):
            accept(body, TEST)


def test_attribute_named_twice_is_refused_in_any_spelling() -> None:
    for body in ({"label": "a", "LABEL": "b"}, {"LABEL": "a", "label": "b"}, {"count": 1, "Count": 1}):
        with pytest.raises(InvalidSyntax, match="named twice"):
            accept(body, TEST)


def test_strict_connection_wants_every_schema_declared() -> None:
    kind = ResourceType("User", "/Users", USER, (Extension(ENTERPRISE_USER),))
    body: Document = {"userName": "mira", ENTERPRISE_URN: {"department": "Support"}}
    assert ENTERPRISE_URN in accept(body, kind)
    assert ENTERPRISE_URN in accept(body | {"SCHEMAS": [USER_URN, ENTERPRISE_URN.upper()]}, kind, undeclared="refuse")
    assert accept({"userName": "mira", "schemas": [USER_URN, ENTERPRISE_URN, "urn:x:y"]}, kind, undeclared="refuse")["schemas"] == [
        USER_URN
    ]
    for declared in ({}, {"schemas": None}, {"schemas": [USER_URN]}):
        with pytest.raises(InvalidValue, match="which the list does not name"):
            accept(body | declared, kind, undeclared="refuse")


def test_put_keeps_immutable_and_read_only_parts() -> None:
    current: Document = {"born": "2000", "box": {"value": "a", "seal": "s1", "weight": "3 kg"}, "parts": [{"value": "p", "seal": "s"}]}
    for put, after in (
        ({"box": {"value": "b", "weight": "9 kg"}}, {"born": "2000", "box": {"value": "b", "seal": "s1", "weight": "3 kg"}}),
        ({"box": {"value": "b", "seal": "s1"}}, {"born": "2000", "box": {"value": "b", "seal": "s1", "weight": "3 kg"}}),
        ({"label": "red"}, {"born": "2000", "label": "red"}),
        ({"parts": [{"value": "p", "seal": "other"}]}, {"born": "2000", "parts": [{"value": "p", "seal": "other"}]}),
    ):
        assert replace(current, accept(put, TEST), TEST) == {"schemas": [URN], **after}
    for wrong in ({"born": "2001"}, {"box": {"value": "a", "seal": "s2"}}):
        with pytest.raises(MutabilityRefused, match="cannot be changed once it is set"):
            replace(current, accept(wrong, TEST), TEST)


def test_patch_keeps_immutable_and_read_only_parts() -> None:
    box = {"value": "a", "seal": "s1", "weight": "3 kg"}
    assert patched({"box": box}, ("replace", "box.value", "b")) == {"box": box | {"value": "b"}}
    assert patched({"box": box}, ("replace", "box", {"value": "b", "seal": "s1"})) == {"box": box | {"value": "b"}}
    assert patched({"box": box}, ("remove", "box", None)) == {}
    assert patched({}, ("add", "box", {"value": "a"}), ("add", "box.seal", "s1")) == {"box": {"value": "a", "seal": "s1"}}
    assert patched({}, ("add", "born", "2000"), ("replace", "born", "2000")) == {"born": "2000"}
    parts = [{"value": "p", "seal": "s"}]
    assert patched({"parts": parts}, ("replace", 'parts[value eq "p"]', {"value": "q", "seal": "s"})) == {
        "parts": [{"value": "q", "seal": "s"}]
    }
    assert patched({"parts": parts}, ("add", 'parts[value eq "p"]', {"type": "x"})) == {"parts": [{"value": "p", "seal": "s", "type": "x"}]}


@pytest.mark.parametrize(("operation", "refusal", "words"), [
    (("replace", "born", "2001"), MutabilityRefused, "born cannot be changed once it is set"),
    (("remove", "born", None), MutabilityRefused, "born cannot be changed once it is set"),
    (("replace", "box.seal", "s2"), MutabilityRefused, "box.seal cannot be changed once it is set"),
    (("add", "box", {"seal": "s2", "value": "a"}), MutabilityRefused, "box.seal cannot be changed"),
    (("replace", "box.weight", "9 kg"), MutabilityRefused, "box.weight is read-only"),
    (("remove", "box.value", None), MutabilityRefused, "box.value is required and cannot be removed; remove box as a whole"),
    (("replace", "box.value", ""), InvalidValue, "box.value is required here"),
    (("replace", 'parts[value eq "p"].seal', "other"), MutabilityRefused, "parts.seal cannot be changed"),
    (("replace", 'parts[value eq "p"]', {"seal": "other"}), MutabilityRefused, "parts.seal cannot be changed"),
    (("add", "tags", [str(n) for n in range(ELEMENTS_MAX + 1)]), InvalidValue, "tags: may have 500 elements; this would make 501"),
    (("add", "tags", [str(n) for n in range(ELEMENTS_MAX)]), InvalidValue, "tags: may have 500 elements; this would make 501"),
])  # fmt: skip
def test_patch_that_goes_against_a_characteristic_is_refused(
    operation: tuple[str, str, Any], refusal: type[ScimRefusal], words: str
) -> None:
    document: Document = {
        "born": "2000", "box": {"value": "a", "seal": "s1", "weight": "3 kg"}, "parts": [{"value": "p", "seal": "s"}], "tags": ["other"],
    }  # fmt: skip
    with pytest.raises(refusal, match=words):
        patched(document, operation)


def test_patch_gives_an_absent_complex_value_all_that_it_needs() -> None:
    with pytest.raises(InvalidValue, match=r"box\.value is required here"):
        patched({}, ("add", "box.seal", "s1"))


def test_patch_that_goes_over_the_same_elements_again_and_again_is_refused() -> None:
    many = [{"value": str(n)} for n in range(400)]
    again = [("replace", "parts", many)] * 20
    with pytest.raises(TooMany, match="goes over more than 5000 elements"):
        patched({}, *again)
    with pytest.raises(TooMany, match="goes over more than 5000 elements"):
        patched({}, ("add", "", {f"x{n}": n for n in range(2_501)}))
    long_filter = " or ".join([f'value eq "{n}"' for n in range(60)])
    with pytest.raises(TooMany, match=r"operation 2 .* goes over more than 5000 elements"):
        patched({}, ("add", "parts", many), ("remove", f"parts[{long_filter}]", None))


def test_filter_of_members_is_no_longer_than_a_path() -> None:
    path = 'members[value eq "' + "x" * PATH_CHARACTERS_MAX + '"]'
    with pytest.raises(InvalidPath, match="a path may have 1024 characters"):
        member_delta(parse_patch({"Operations": [{"op": "remove", "path": path}]}))


WHOLE: Document = {
    "schemas": [URN, EXTRA], "id": "1", "code": "C", "pin": "1234", "notes": "n", "kept": "k", "hidden": {"value": "h"},
    "box": {"value": "a", "note": "b", "secret": "c", "mark": "d"},
    "parts": [{"value": "p", "type": "x", "pin": "9", "mark": "m"}],
    EXTRA: {"a": "1", "b": "2", "c": {"value": "3", "mark": "4"}},
}  # fmt: skip
ALWAYS: Document = {"schemas": WHOLE["schemas"], "id": "1", "kept": "k", EXTRA: {"b": "2"}}


@pytest.mark.parametrize(("attributes", "excluded", "shown"), [
    ("code", None, ALWAYS | {"code": "C"}),
    ("notes", None, ALWAYS | {"notes": "n"}),
    ("pin,hidden,hidden.value,box.secret", None, ALWAYS | {"box": {"mark": "d"}}),
    ("box", None, ALWAYS | {"box": {"value": "a", "mark": "d"}}),
    ("box.value", None, ALWAYS | {"box": {"value": "a", "mark": "d"}}),
    ("box.note", None, ALWAYS | {"box": {"note": "b", "mark": "d"}}),
    ("parts.value", None, ALWAYS | {"parts": [{"value": "p", "mark": "m"}]}),
    (f"{EXTRA}:a", None, ALWAYS | {EXTRA: {"a": "1", "b": "2"}}),
    (f"{EXTRA}:c.value", None, ALWAYS | {EXTRA: {"b": "2", "c": {"value": "3", "mark": "4"}}}),
    (EXTRA, None, ALWAYS | {EXTRA: WHOLE[EXTRA]}),
    (None, f"code,kept,id,box,parts,{EXTRA}", ALWAYS | {
        "box": {"mark": "d"}, "parts": [{"mark": "m"}], EXTRA: {"b": "2", "c": {"mark": "4"}},
    }),
    (None, f"code,box.value,box.mark,parts.value,{EXTRA}:c", ALWAYS | {
        "box": {"mark": "d"}, "parts": [{"type": "x", "mark": "m"}], EXTRA: {"a": "1", "b": "2", "c": {"mark": "4"}},
    }),
    (None, URN, {name: value for name, value in WHOLE.items() if name not in ("pin", "notes", "hidden", "box", "parts")} | {
        "box": {"value": "a", "mark": "d"}, "parts": [{"value": "p", "type": "x", "mark": "m"}],
    }),
])  # fmt: skip
def test_returned_holds_in_every_projection(attributes: str | None, excluded: str | None, shown: Document) -> None:
    assert project(WHOLE, parse_projection(attributes, excluded, TEST), TEST) == shown


@pytest.mark.parametrize(
    "text",
    [
        'pin eq "1234"',
        "pin pr",
        "pin eq null",
        'hidden eq "h"',
        'hidden.value eq "h"',
        'hidden.part sw "h"',
        'hidden[value eq "h"]',
        "hidden pr",
        'box.secret eq "c"',
        'box[secret eq "c"]',
        'parts[pin eq "9"]',
        "parts[pin pr]",
        'not (parts.pin eq "9")',
    ],
)
def test_what_is_never_shown_is_never_searched(text: str) -> None:
    with pytest.raises(InvalidFilter, match="never shown"):
        compile_filter(parse_filter(text), TEST)


@pytest.mark.parametrize("path", ["pin", "hidden", "hidden.part", "box.secret"])
def test_what_is_never_shown_is_never_sorted_by(path: str) -> None:
    with pytest.raises(InvalidValue, match="never shown"):
        parse_sort(path, False, TEST)


def test_hidden_parts_may_select_no_element_of_a_patch() -> None:
    parts = TEST.find("parts")
    assert parts is not None
    with pytest.raises(InvalidFilter, match="never shown"):
        compile_element_filter(parse_filter('pin eq "9"'), parts)
