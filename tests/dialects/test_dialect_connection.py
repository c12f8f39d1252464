"""The settings of a connection: defaults by kind, what may be written, what a profile becomes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from joiner.dialects.connection import KINDS, SETTINGS, Connection, describe, overrides, parse_settings, settings_of
from joiner.dialects.oddities import ODDITIES
from joiner.errors import Usage
from joiner.genesys.profile import EXTENDED, STRICT


def test_every_kind_but_strict_bears_every_oddity():
    assert [kind for kind, connection in KINDS.items() if connection.tolerate != "all"] == ["strict"]
    assert all(connection.kind == kind for kind, connection in KINDS.items())


def test_password_sync_is_off_and_the_other_switches_are_on_for_every_kind():
    for connection in KINDS.values():
        switches = {name: getattr(connection, name) for name in SETTINGS if name.startswith("may_")}
        assert switches.pop("may_sync_password") is False
        assert all(switches.values())


def test_only_joiners_own_engine_is_not_guarded_twice():
    assert [kind for kind, connection in KINDS.items() if not connection.guard_removals] == ["joiner"]


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ({"tolerate": "null-ref, boolean-as-text"}, "tolerate", frozenset({"null-ref", "boolean-as-text"})),
        ({"tolerate": ["null-ref"]}, "tolerate", frozenset({"null-ref"})),
        ({"tolerate": "none"}, "tolerate", frozenset()),
        ({"tolerate": "all but null-ref"}, "tolerate", frozenset(ODDITIES) - {"null-ref"}),
        ({"patch_answer": " Empty "}, "patch_answer", "empty"),
        ({"unquoted_filters": "profile"}, "unquoted_filters", None),
        ({"unquoted_filters": True}, "unquoted_filters", True),
        ({"may_create": "off"}, "may_create", False),
        ({"may_sync_password": "Yes"}, "may_sync_password", True),
        ({"removals_min": "12"}, "removals_min", 12),
        ({"removals_max_share": 100}, "removals_max_share", 100),
        ({"ownership": {"title": "org"}}, "ownership", (("title", "org"),)),
        ({"ownership": "title=org, nickName = shared"}, "ownership", (("title", "org"), ("nickName", "shared"))),
        ({"ownership": [["title", "org"]]}, "ownership", (("title", "org"),)),
        ({"group_delete": None}, "group_delete", "profile"),
    ],
)
def test_settings_are_read_as_json_or_as_typed_text(written: dict[str, Any], name: str, value: Any):
    assert getattr(parse_settings("generic", written), name) == value


@pytest.mark.parametrize(
    ("kind", "written", "code", "named"),
    [
        ("okto", {}, "JN6420", "okta"),
        ("zzzzzz", {}, "JN6420", "entra"),
        ("okta", {"may-creat": True}, "JN6420", "may_create"),
        ("okta", {"patch_answer": "204"}, "JN6421", "profile, body, empty"),
        ("okta", {"may_create": 1}, "JN6421", "true, false"),
        ("okta", {"unquoted_filters": "perhaps"}, "JN6421", "profile, true, false"),
        ("okta", {"removals_min": "-1"}, "JN6421", "0 to 100000"),
        ("okta", {"removals_min": True}, "JN6421", "0 to 100000"),
        ("okta", {"removals_max_share": 101}, "JN6421", "0 to 100"),
        ("okta", {"ownership": "title"}, "JN6421", "PATH=OWNER"),
        ("okta", {"ownership": "title=everybody"}, "JN6421", "PATH=OWNER"),
        ("okta", {"ownership": {"": "org"}}, "JN6421", "PATH=OWNER"),
        ("okta", {"ownership": 7}, "JN6421", "PATH=OWNER"),
        ("okta", {"ownership": {f"a{n}": "org" for n in range(101)}}, "JN6421", "PATH=OWNER"),
        ("okta", {"tolerate": "nul-ref"}, "JN6421", "null-ref"),
        ("okta", {"tolerate": "qqqqqqqqqqq"}, "JN6421", "all but names"),
        ("okta", {"tolerate": [1]}, "JN6421", "all but names"),
        ("okta", {"tolerate": 5}, "JN6421", "all but names"),
        ("okta", {"tolerate": "x" * 3000}, "JN6421", "all but names"),
    ],
)
def test_wrong_settings_are_refused_with_what_is_allowed_and_the_nearest_name(kind: str, written: dict[str, Any], code: str, named: str):
    with pytest.raises(Usage) as refused:
        parse_settings(kind, written)
    problem = refused.value.problems[0]
    assert problem.code == code
    assert any(named in text for _, text in problem.rows)


def test_only_what_was_chosen_is_kept_and_reads_back():
    chosen = {
        "tolerate": ["null-ref"], "may_create": False, "ownership": {"title": "org"}, "patch_answer": "body", "removals_min": 3,
    }  # fmt: skip
    connection = parse_settings("okta", chosen)
    assert settings_of(connection) == chosen
    assert parse_settings("okta", settings_of(connection)) == connection
    assert settings_of(KINDS["strict"]) == {}
    assert settings_of(parse_settings("okta", {"tolerate": "none"})) == {"tolerate": "none"}
    assert parse_settings("okta", {"tolerate": "none"}).tolerate == frozenset()


def test_a_connection_is_described_setting_by_setting():
    rows = {row.setting: row for row in describe(parse_settings("okta", {"ownership": "title=org", "may_create": False}))}
    assert list(rows) == list(SETTINGS)
    assert (rows["ownership"].value, rows["ownership"].chosen) == ("title=org", True)
    assert (rows["may_create"].value, rows["may_update"].value) == ("false", "true")
    assert (rows["unquoted_filters"].value, rows["unquoted_filters"].chosen) == ("profile", False)
    assert rows["removals_min"].value == "10"
    shown = {row.setting: row.value for row in describe(KINDS["strict"])}
    assert (shown["tolerate"], shown["ownership"], shown["unquoted_filters"]) == ("none", "none", "false")
    assert {row.setting: row.value for row in describe(parse_settings("okta", {"tolerate": "null-ref"}))}["tolerate"] == "null-ref"


def test_every_override_names_a_setting_of_the_profile():
    chosen = {
        "patch_answer": "body", "unknown_attributes": "refuse", "unknown_patch_path": "refuse", "unquoted_filters": True,
        "group_rename": "ignore", "group_delete": "any", "user_name": "email",
    }  # fmt: skip
    settled = replace(EXTENDED, **overrides(parse_settings("generic", chosen)))
    assert (settled.patch_answer_users, settled.patch_answer_groups) == ("body", "body")
    assert settled.unquoted_filter_values is True
    assert settled.user_name_must_be_email is True
    assert (settled.group_rename, settled.group_delete, settled.unknown_attributes) == ("ignore", "any", "refuse")


def test_what_a_connection_leaves_open_stays_as_the_profile_says():
    assert asdict(replace(STRICT, **overrides(Connection()))) == asdict(STRICT)
    assert asdict(replace(EXTENDED, **overrides(Connection()))) == asdict(EXTENDED)
    assert replace(STRICT, **overrides(parse_settings("generic", {"user_name": "any"}))).user_name_must_be_email is False


def test_equal_connections_are_one_key():
    first, second = (parse_settings("okta", {"ownership": "title=org"}) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert overrides(first) is overrides(second)


def test_a_connection_tells_what_it_bears():
    assert Connection().tolerates("anything")
    assert parse_settings("strict", {"tolerate": "null-ref"}).tolerates("null-ref")
    assert not KINDS["strict"].tolerates("null-ref")
