"""Laws of the scim room, tried on generated input: round trips, idempotence, and that only typed refusals come out."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.errors import ScimRefusal
from joiner.genesys.profile import EXTENDED, STRICT
from joiner.genesys.schemas import GENESYS_URN, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN
from joiner.scim.filter import And, Compare, Comparison, Filter, Not, Or, Present, ValuePath, format_filter, parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.messages import dump_json, parse_json
from joiner.scim.patch import Operation, PatchRules, apply_patch, parse_patch
from joiner.scim.path import parse_patch_path
from joiner.scim.projection import parse_projection, project
from joiner.scim.refusals import InvalidFilter, InvalidPath
from joiner.scim.resource import accept, replace
from joiner.scim.values import canonical_phone, is_email, match_key, parse_date_time

USER = user_type(EXTENDED)
FEW = settings(max_examples=60, deadline=None)

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
SIMPLE_PATHS = st.sampled_from(["userName", "displayName", "title", "name.givenName", "emails.value", f"{ENTERPRISE_URN}:department"])
SCALARS = st.one_of(TEXTS, st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6, allow_nan=False, width=32), st.none())
COMPARES = st.builds(Compare, SIMPLE_PATHS, st.sampled_from(Comparison), SCALARS)
LEAVES: st.SearchStrategy[Filter] = st.one_of(COMPARES, st.builds(Present, SIMPLE_PATHS))


def grown(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(And, several), st.builds(Or, several))


INNER = st.recursive(st.builds(Compare, st.sampled_from(["value", "type"]), st.sampled_from(Comparison), TEXTS), grown, max_leaves=3)
FILTERS = st.recursive(st.one_of(LEAVES, st.builds(ValuePath, st.just("emails"), INNER)), grown, max_leaves=6)


@FEW
@given(FILTERS)
def test_filter_survives_being_written_and_read(tree: Filter) -> None:
    assert parse_filter(format_filter(tree)) == tree


@FEW
@given(FILTERS, st.booleans())
def test_negated_filter_finds_exactly_the_others(tree: Filter, active: bool) -> None:
    document = {"userName": "mira", "active": active, "emails": [{"value": "a", "type": "work"}], ENTERPRISE_URN: {"department": "x"}}
    try:
        matches = compile_filter(tree, USER)
    except InvalidFilter:
        return
    assert compile_filter(Not(tree), USER)(document) is not matches(document)


SCRAPS = st.sampled_from(
    [
        "eq",
        "ne",
        "pr",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        '"x"',
        '"',
        "true",
        "5",
        ".",
        "userName",
        "emails",
        ".value",
        " ",
        "\\",
        "\x00",
    ]
)


@FEW
@given(
    st.one_of(st.text(max_size=30), st.lists(SCRAPS, max_size=14).map(" ".join), st.lists(SCRAPS, max_size=14).map("".join)), st.booleans()
)
def test_filter_reader_raises_nothing_but_its_refusal(text: str, unquoted: bool) -> None:
    with suppress(InvalidFilter):
        compile_filter(parse_filter(text, unquoted=unquoted), USER)
    with suppress(InvalidFilter, InvalidPath):
        parse_patch_path(text, USER)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", "x", "True", "work", "a@b.example"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["value", "type", "primary", "name", "authority", "proficiency", "givenName", "department", "x"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=5,
)
PATHS = st.sampled_from(
    [
        "",
        "title",
        "active",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        'emails[type eq "work"]',
        'emails[type eq "work"].value',
        "roles",
        'roles[value eq "x"]',
        "emails[not (primary pr)].primary",
        ENTERPRISE_URN,
        f"{ENTERPRISE_URN}:manager",
        f"{ENTERPRISE_URN}:manager.value",
        "addresses",
        f"{GENESYS_URN}:externalIds",
        f'{GENESYS_URN}:externalIds[authority eq "x"].value',
        f"{GENESYS_URN}:routingSkills",
        "id",
        "groups",
        "userName",
        "x",
    ]
)
OPERATIONS = st.builds(Operation, st.sampled_from(["add", "replace", "remove"]), PATHS, JSON, st.just(1))
KEYS = st.sampled_from(
    ["userName", "title", "active", "emails", "roles", "name", "schemas", "addresses", ENTERPRISE_URN, GENESYS_URN, "manager", "x"]
)
BODIES = st.dictionaries(KEYS, JSON, max_size=5).map(lambda body: {"userName": "mira", **body})


def accepted_or_none(body: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return accept(copy.deepcopy(body), USER)
    except ScimRefusal:
        return None


@FEW
@given(BODIES)
def test_accepted_body_is_accepted_again_unchanged(body: dict[str, Any]) -> None:
    document = accepted_or_none(body)
    if document is not None:
        assert accept(document, USER) == document
        assert replace(document, document, USER) == document
        assert parse_json(dump_json(document), bytes_max=10_000) == document


@settings(max_examples=150, deadline=None)
@given(
    BODIES,
    st.lists(OPERATIONS, min_size=1, max_size=3),
    st.sampled_from([PatchRules(), PatchRules(unknown_path="ignore", replace_complex="whole")]),
)
def test_patch_gives_an_acceptable_document_or_a_refusal_and_never_touches_its_input(
    body: dict[str, Any], operations: list[Operation], rules: PatchRules
) -> None:
    document = accepted_or_none(body)
    if document is None:
        return
    before = copy.deepcopy(document)
    try:
        after = apply_patch(document, tuple(operations), USER, rules)
    except ScimRefusal:
        after = None
    assert after is None or accept(after, USER) == after
    assert document == before


@settings(max_examples=80, deadline=None)
@given(BODIES, st.lists(OPERATIONS, min_size=1, max_size=2))
def test_whole_patch_is_its_operations_one_after_the_other(body: dict[str, Any], operations: list[Operation]) -> None:
    document = accepted_or_none(body)
    if document is None:
        return
    try:
        whole = apply_patch(document, tuple(operations), USER)
    except ScimRefusal:
        return
    for operation in operations:
        document = apply_patch(document, (operation,), USER)
    assert document == whole


@FEW
@given(st.dictionaries(st.sampled_from(["op", "path", "value", "Operations"]), JSON, max_size=3))
def test_patch_reader_raises_nothing_but_its_refusals(written: dict[str, Any]) -> None:
    for body in (written, {"Operations": written}, {"Operations": [written]}):
        with suppress(ScimRefusal):
            parse_patch(body)


@FEW
@given(st.binary(max_size=40))
def test_body_reader_raises_nothing_but_its_refusal(body: bytes) -> None:
    for each in (body, b'{"a":"' + body + b'"}'):
        with suppress(ScimRefusal):
            document = parse_json(each, bytes_max=1_000)
            assert json.loads(dump_json(document)) == document


NAMES = st.lists(
    st.sampled_from(["userName", "emails.value", "emails", "name.givenName", ENTERPRISE_URN, f"{ENTERPRISE_URN}:manager", "id", "x"]),
    max_size=3,
)


@FEW
@given(NAMES, NAMES)
def test_projecting_twice_is_projecting_once(attributes: list[str], excluded: list[str]) -> None:
    document = {
        "schemas": [USER.schema.id], "id": "1", "userName": "mira", "name": {"givenName": "M"}, "emails": [{"value": "a", "type": "work"}],
        ENTERPRISE_URN: {"manager": {"value": "b"}, "department": "c"},
    }  # fmt: skip
    for kind in (USER, user_type(STRICT)):
        projection = parse_projection(",".join(attributes) or None, ",".join(excluded) or None, kind)
        once = project(document, projection, kind)
        assert project(once, projection, kind) == once
        assert {"schemas", "id"} <= once.keys()


@FEW
@given(st.text(max_size=12))
def test_canonical_forms_are_stable_and_total(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)
    is_email(text)
    parse_date_time(text)
    phone = canonical_phone(text, "DE")
    assert phone is None or canonical_phone(phone) == phone
