"""What a change means for a person, as a table; each row is one cell of the drawing in ``transition.py``."""

from __future__ import annotations

import pytest

from joiner.events import Consequence, Transition
from joiner.lifecycle.difference import difference
from joiner.lifecycle.transition import Standing, classify

NOBODY, ACTIVE, INACTIVE, DELETED = Standing.NOBODY, Standing.ACTIVE, Standing.INACTIVE, Standing.DELETED


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (NOBODY, ACTIVE, Transition.JOINED),
        (NOBODY, INACTIVE, Transition.JOINED),
        (NOBODY, DELETED, Transition.NONE),
        (ACTIVE, ACTIVE, Transition.MOVED),
        (ACTIVE, INACTIVE, Transition.LEFT),
        (ACTIVE, DELETED, Transition.DELETED),
        (INACTIVE, ACTIVE, Transition.RETURNED),
        (INACTIVE, INACTIVE, Transition.MOVED),
        (INACTIVE, DELETED, Transition.DELETED),
        (DELETED, ACTIVE, Transition.RETURNED),
        (DELETED, INACTIVE, Transition.NONE),
        (DELETED, DELETED, Transition.NONE),
    ],
)
def test_each_change_of_standing_has_one_meaning(before: Standing, after: Standing, expected: Transition) -> None:
    assert classify(before, after, changed=True).transition is expected


def test_nothing_changed_means_nothing_happened() -> None:
    assert classify(ACTIVE, ACTIVE).transition is Transition.NONE


def test_leaver_loses_sessions_and_roles_but_keeps_groups() -> None:
    assert classify(ACTIVE, INACTIVE).consequences == (Consequence.END_SESSIONS, Consequence.REMEMBER_AND_REMOVE_ROLES)


def test_deleted_person_leaves_groups_and_goes_to_the_home_division() -> None:
    consequences = classify(INACTIVE, DELETED).consequences
    assert Consequence.LEAVE_GROUPS in consequences
    assert Consequence.MOVE_TO_HOME_DIVISION in consequences


def test_returner_gets_no_consequence_of_his_own() -> None:
    assert classify(INACTIVE, ACTIVE).consequences == ()


def test_difference_names_only_what_changed_and_keys_extensions_by_path() -> None:
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    before = {"userName": "aino@x.example", "title": "Agent", "meta": {"version": "1"}, urn: {"division": "Sales", "department": "A"}}
    after = {"userName": "aino@x.example", "active": True, "meta": {"version": "2"}, urn: {"division": "Support", "department": "A"}}
    assert difference(before, after) == ({"title": "Agent", f"{urn}:division": "Sales"}, {"active": True, f"{urn}:division": "Support"})


def test_difference_takes_a_broken_extension_as_a_plain_value() -> None:
    assert difference({"urn:x": "text"}, {"urn:x": "other"}) == ({"urn:x": "text"}, {"urn:x": "other"})


def test_difference_from_nothing_is_everything_and_what_is_gone_was() -> None:
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    document = {"title": "Agent", "nickName": None, "meta": {"version": "1"}, "schemas": [urn], urn: {"division": "Sales"}}
    flat = {"title": "Agent", f"{urn}:division": "Sales"}
    assert difference({}, document) == ({}, flat)
    assert difference(document, {"meta": {}}) == (flat, {})
    assert difference({"meta": {}, "title": "Agent"}, document) == ({}, {f"{urn}:division": "Sales"})
    assert difference({"title": "Agent", urn: {"division": "Sales", "department": "Care"}}, document) == ({f"{urn}:department": "Care"}, {})
