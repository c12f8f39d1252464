"""Whatever a body holds, recognition ends in a value or a typed refusal, quickly, and leaves the body alone."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from joiner.dialects.connection import KINDS
from joiner.dialects.oddities import ODDITIES
from joiner.dialects.recognise import recognise
from joiner.dialects.resent import FIXES, resent_values
from joiner.errors import ScimRefusal
from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, PATCH_OP_URN, USER_URN

USER = user_type(EXTENDED)

NAMES = st.sampled_from(
    ["schemas", "active", "emails", "roles", "members", "manager", "meta", "groups", "id", "locale", "name.givenName", "value", "$ref",
     "primary", "type", "op", "Op", "path", "Operations", "operations", ENTERPRISE_URN, f"{ENTERPRISE_URN}:manager", "odd[", ""]
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(["Add", "replace", "Remove", "True", "false", "", "{", '{"value":"x"}', "{}", PATCH_OP_URN, USER_URN, "members",
                     'emails[type eq "work"].value', 'roles[primary eq "True"]', f"{ENTERPRISE_URN}.department", "active"]),
    st.text(max_size=12),
)  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, TEXTS), inner, max_size=5)), max_leaves=6
)
BODIES = st.dictionaries(st.one_of(NAMES, TEXTS), VALUES, max_size=8)
OPERATIONS = st.lists(
    st.one_of(VALUES, st.fixed_dictionaries({"op": TEXTS, "path": st.one_of(TEXTS, VALUES), "value": VALUES})), max_size=6
)
PATCHES = st.one_of(BODIES, st.fixed_dictionaries({"schemas": VALUES, "Operations": OPERATIONS}))


@settings(max_examples=60, deadline=None)
@given(method=st.sampled_from(["POST", "PUT", "PATCH"]), body=st.one_of(BODIES, PATCHES), text=st.one_of(TEXTS, st.text(max_size=60)))
def test_any_body_ends_in_names_or_in_a_refusal(method: str, body: dict[str, Any], text: str) -> None:
    before = copy.deepcopy(body)
    recognised = recognise(method, body, {"filter": text}, KINDS["generic"])
    assert set(recognised.names) <= ODDITIES.keys()
    assert body == before
    with contextlib.suppress(ScimRefusal):
        recognise(method, body, {"filter": text}, KINDS["strict"])


@settings(max_examples=60, deadline=None)
@given(body=PATCHES)
def test_what_was_straightened_has_nothing_left_to_straighten(body: dict[str, Any]) -> None:
    once = recognise("PATCH", body, {}, KINDS["generic"]).body
    assert recognise("PATCH", once, {}, KINDS["generic"]).body == once


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["PUT", "PATCH"]),
    body=PATCHES,
    kept=st.dictionaries(st.sampled_from(["active", "emails", "roles", "title"]), VALUES),
)
def test_any_repetition_ends_in_known_forms(method: str, body: dict[str, Any], kept: dict[str, Any]) -> None:
    assert {each.form for each in resent_values(method, body, kept, USER)} <= FIXES.keys()
