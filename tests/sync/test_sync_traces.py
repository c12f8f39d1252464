"""What is left of an update that got no answer and shows in part: nothing is claimed that cannot be seen."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from picture import ATTRIBUTES, account, reference

from joiner.sync.change import Change, Verb
from joiner.sync.record import PersonKey, Reference, TargetRecord, Value
from joiner.sync.traces import agreed_by_sight, left_a_mark, what_shows

MAJA = PersonKey("hr", "maja")
AGENT, LEAD = reference("role", "Agent"), reference("role", "Supervisor")


def spanish(level: float | None) -> Reference:
    return Reference("skill", "Spanish", "skill-spanish", level)


MARKS: list[tuple[dict[str, Value], dict[str, Value], TargetRecord, bool]] = [
    (
        {"title": "Lead", "displayName": "Maja L"},
        {"title": "Agent", "displayName": "Maja"},
        account("maja", sequence=5, title="Lead"),
        True,
    ),
    (
        {"title": "Lead", "displayName": "Maja"},
        {"title": "Agent", "displayName": "Maja"},
        account("maja", sequence=5, title="Clerk"),
        False,
    ),
    ({"title": "Lead"}, {"title": "Lead"}, account("maja", sequence=5, title="Lead"), False),
    ({"active": True, "title": "Lead"}, {"active": False, "title": "Agent"}, account("maja", sequence=5, title="Clerk"), True),
    ({"roles": (AGENT,)}, {"roles": (LEAD,)}, account("maja", sequence=5, roles=(AGENT,)), True),
    ({"manager": Reference("user", "hr:boss")}, {}, account("maja", sequence=5), False),
    ({"title": "Lead", "displayName": "M"}, {"title": "Agent"}, account("maja", sequence=4, title="Lead"), False),
]


@pytest.mark.parametrize(("sets", "before", "shown", "expected"), MARKS)
def test_one_value_that_came_and_two_versions_are_a_mark(
    sets: dict[str, Value], before: dict[str, Value], shown: TargetRecord, expected: bool
) -> None:
    for etag in ('"3"', 'W/"3"'):
        assert left_a_mark(Change(Verb.UPDATE, MAJA, "u-maja", sets, if_match=etag, inverse=before), shown, ATTRIBUTES) is expected


def test_org_without_numbered_versions_proves_nothing_by_one_value() -> None:
    for etag in ("", '"abc"'):
        change = Change(Verb.UPDATE, MAJA, "u-maja", {"title": "Lead"}, if_match=etag, inverse={"title": "Agent"})
        assert not left_a_mark(change, account("maja", sequence=5, title="Lead"), ATTRIBUTES)


@pytest.mark.parametrize(
    ("sets", "removes", "held", "shown", "agreed"),
    [
        ({"title": "Lead"}, {}, {"title": "Agent"}, {"title": "LEAD"}, {"title": "Lead"}),
        ({"title": "Lead"}, {}, {"title": "Agent"}, {"title": "Agent"}, {"title": "Agent"}),
        ({"title": "Lead"}, {}, {"title": "Agent"}, {"title": "Clerk"}, {"title": "Agent"}),
        ({"title": "Lead"}, {}, {}, {"title": "Clerk"}, {}),
        ({"skills": (spanish(None),)}, {}, {}, {"skills": (spanish(2.0),)}, {"skills": (spanish(None),)}),
        (
            {"skills": (spanish(3.0),)},
            {"skills": (spanish(1.0),)},
            {"skills": (spanish(1.0),)},
            {"skills": (spanish(3.0),)},
            {"skills": (spanish(3.0),)},
        ),
        (
            {"skills": (spanish(3.0),)},
            {"skills": (spanish(1.0),)},
            {"skills": (spanish(1.0),)},
            {"skills": (spanish(1.0),)},
            {"skills": (spanish(1.0),)},
        ),
        ({"roles": (LEAD,)}, {"roles": (AGENT,)}, {"roles": (AGENT,)}, {"roles": (LEAD,)}, {"roles": (LEAD,)}),
        ({"roles": (LEAD,)}, {"roles": (AGENT,)}, {"roles": (AGENT,)}, {"roles": (AGENT,)}, {"roles": (AGENT,)}),
        ({"roles": (LEAD,)}, {"roles": (AGENT,)}, {"roles": (AGENT,)}, {"roles": None}, {"roles": ()}),
        ({"roles": (LEAD,)}, {}, {}, {"roles": (AGENT,)}, {"roles": ()}),
        ({}, {"roles": (AGENT,)}, {}, {"roles": (AGENT,)}, {"roles": ()}),
        ({"active": True, "title": "Lead"}, {}, {"title": "Agent"}, {"title": "Lead"}, {"title": "Lead"}),
    ],
)
def test_only_what_shows_counts_as_agreed_and_the_rest_stays_as_before(
    sets: dict[str, Value], removes: dict[str, Value], held: dict[str, Value], shown: dict[str, Value], agreed: Mapping[str, Value]
) -> None:
    names = {*sets, *removes} - {"active"}
    wanted: dict[str, Value] = {"displayName": "Maja", **{name: sets.get(name, ()) for name in names}}
    change = Change(Verb.UPDATE, MAJA, "u-maja", sets, removes)
    assert agreed_by_sight(wanted, held, change, account("maja", **shown), ATTRIBUTES) == {"displayName": "Maja", **agreed}


def test_audit_tells_only_what_shows() -> None:
    boss = Reference("user", "hr:boss")
    before: dict[str, Value] = {"active": False, "title": "Agent", "displayName": "M", "roles": (AGENT, LEAD)}
    change = Change(
        Verb.REACTIVATE,
        MAJA,
        "u-maja",
        {"active": True, "title": "Lead", "displayName": "Maja", "manager": boss},
        {"roles": (AGENT, LEAD)},
        inverse=before,
    )
    seen = what_shows(change, account("maja", active=False, title="Clerk", roles=(AGENT,)), ATTRIBUTES)
    assert (seen.verb, seen.sets, seen.removes) == (Verb.UPDATE, {"displayName": "Maja"}, {"roles": (LEAD,)})
    assert seen.inverse == {"displayName": "M", "roles": (AGENT, LEAD)}
    back = what_shows(change, account("maja", title="Clerk", roles=(AGENT, LEAD)), ATTRIBUTES)
    assert (back.verb, back.sets, back.removes) == (Verb.REACTIVATE, {"active": True, "displayName": "Maja"}, {})
