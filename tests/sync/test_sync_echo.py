"""What the org made of a write: landed or not, and values that it keeps in a form of its own."""

from __future__ import annotations

import msgspec
import pytest
from picture import ATTRIBUTES, NAMES, World, account, reference, rule, verdict

from joiner.sync.bond import Linked
from joiner.sync.change import Change, Verb
from joiner.sync.echo import echoes_of, is_as_planned, is_echo, landed
from joiner.sync.record import PersonKey, Reference, TargetRecord, Value

MAJA = PersonKey("hr", "maja")
AGENT, LEAD = reference("role", "Agent"), reference("role", "Supervisor")


def spanish(level: float | None) -> Reference:
    return Reference("skill", "Spanish", "skill-spanish", level)


def update(sets: dict[str, Value], removes: dict[str, Value] | None = None) -> Change:
    return Change(Verb.UPDATE, MAJA, "u-maja", sets, removes or {})


CASES: list[tuple[dict[str, Value], dict[str, Value], TargetRecord, bool]] = [
    ({"title": "Agent"}, {}, account("maja", title="AGENT"), True),
    ({"title": "Agent"}, {}, account("maja", title="Clerk"), False),
    ({"active": False}, {}, account("maja", active=False), True),
    ({"active": False}, {}, account("maja"), False),
    ({"roles": (AGENT,)}, {}, account("maja", roles=(AGENT, LEAD)), True),
    ({"roles": (AGENT,)}, {}, account("maja", roles=(LEAD,)), False),
    ({}, {"roles": (LEAD,)}, account("maja", roles=(AGENT,)), True),
    ({}, {"roles": (LEAD,)}, account("maja", roles=(AGENT, LEAD)), False),
    ({"roles": (LEAD,)}, {"roles": (LEAD,)}, account("maja", roles=(LEAD,)), True),
    ({"roles": (AGENT,)}, {"roles": (LEAD,)}, account("maja", roles=(AGENT, LEAD)), False),
    ({"skills": (spanish(3.0),)}, {"skills": (spanish(1.0),)}, account("maja", skills=(spanish(3.0),)), True),
    ({"skills": (spanish(3.0),)}, {"skills": (spanish(1.0),)}, account("maja", skills=(spanish(1.0),)), False),
    ({"skills": (spanish(None),)}, {}, account("maja", skills=(spanish(1.0),)), True),
    ({"manager": Reference("user", "hr:boss")}, {}, account("maja"), True),
]


@pytest.mark.parametrize(("sets", "removes", "shown", "expected"), CASES)
def test_a_write_landed_when_the_account_shows_it(
    sets: dict[str, Value], removes: dict[str, Value], shown: TargetRecord, expected: bool
) -> None:
    assert landed(update(sets, removes), shown, ATTRIBUTES) is expected


@pytest.mark.parametrize(
    ("sets", "inverse", "expected"),
    [
        ({"title": "Lead"}, {"title": "Agent"}, True),
        ({"title": "Lead"}, {"title": "Clerk"}, False),
        ({"active": False}, {"active": True}, True),
        ({"active": True}, {"active": False}, False),
        ({"roles": (LEAD,)}, {"roles": (AGENT,)}, True),
        ({"roles": (LEAD,)}, {"roles": ()}, False),
    ],
)
def test_look_before_the_write_sees_whether_somebody_was_faster(sets: dict[str, Value], inverse: dict[str, Value], expected: bool) -> None:
    change = Change(Verb.UPDATE, MAJA, "u-maja", sets, {}, inverse=inverse)
    assert is_as_planned(change, account("maja", title="Agent", roles=(AGENT,)), ATTRIBUTES) is expected


def test_a_creation_landed_when_there_is_an_account() -> None:
    assert landed(Change(Verb.CREATE, MAJA, sets={"title": "x"}), account("maja"), ATTRIBUTES)


def test_values_stored_in_another_form_are_remembered_as_pairs() -> None:
    change = update({"title": "Shift supervisor", "displayName": "Maja", "active": True, "roles": (AGENT,)})
    shown = account("maja", active=False, title="Shift superv", roles=())
    wanted: dict[str, Value] = {"title": "Shift supervisor", "displayName": "Maja", "roles": (AGENT,)}
    assert echoes_of(change, shown, ATTRIBUTES, wanted) == {"title": ("Shift supervisor", "Shift superv"), "roles": ((AGENT,), ())}
    assert echoes_of(change, shown, ATTRIBUTES, {}) == {}


def test_a_pair_holds_only_while_both_sides_say_the_same() -> None:
    title, roles = ATTRIBUTES["title"], ATTRIBUTES["roles"]
    echo = ("Shift supervisor", "Shift superv")
    assert is_echo(title, echo, "shift SUPERVISOR", "Shift superv")
    assert not is_echo(title, echo, "Shift supervisor", "Clerk")
    assert not is_echo(title, echo, "Clerk", "Shift superv")
    assert not is_echo(title, None, "Clerk", "Clerk")
    assert is_echo(roles, ((AGENT, LEAD), (LEAD,)), (LEAD, AGENT), (LEAD,))
    skills, without_level = ATTRIBUTES["skills"], ((spanish(3.0),), (spanish(None),))
    assert is_echo(skills, without_level, (spanish(3.0),), (spanish(None),))
    assert not is_echo(skills, without_level, (spanish(4.0),), (spanish(None),))


def test_value_in_the_orgs_own_form_is_not_sent_again_until_either_side_changes() -> None:
    world = World(rules=(*NAMES, rule("title", "src.title"))).row("maja", title="Shift supervisor")
    world.linked("maja", account("maja", title="Shift superv"), title="Shift supervisor")
    assert verdict(world.line("maja")) == ("move", "", {"title": "Shift supervisor"})
    bond = world.bonds[MAJA]
    assert isinstance(bond, Linked)
    world.bonds[MAJA] = msgspec.structs.replace(bond, echoes={"title": ("Shift supervisor", "Shift superv")})
    line = world.line("maja")
    assert verdict(line) == ("kept", "", {})
    assert line.edits[0].why == "the org stores its own form of this value"
    world.rows[0]["title"] = "Clerk"
    moved = world.line("maja")
    assert verdict(moved) == ("move", "", {"title": "Clerk"})
    assert isinstance(moved.remember, Linked)
    assert moved.remember.echoes == {}
