"""``explain``: where each value of one person comes from, for everybody whom somebody may ask about."""

from __future__ import annotations

import pytest
from journey_world import ENTERPRISE, JourneyWorld, row, run

from joiner.errors import Missing, SourceMistake
from joiner.journeys.explain import Explanation, explain
from joiner.sync.expression import compile_expression
from joiner.sync.lookup import parse_table
from joiner.sync.mapping import Rule
from joiner.sync.ownership import Owner
from joiner.sync.plan import Kind


def _explain(world: JourneyWorld, who: str, attribute: str | None = None) -> Explanation:
    return run(explain(world.pipe, world.ports(), who, attribute))


@pytest.mark.parametrize("who", ["1", "hr:1", "person1@northlight.example", "PERSON1@Northlight.example", "Person 1"])
def test_person_is_found_by_key_address_or_name(world: JourneyWorld, who: str) -> None:
    world.settle_down(row(1), row(2))
    told = _explain(world, who)
    assert (told.person, told.name, told.state, told.origin) == (("hr", "1"), "Person 1", "active, linked", "hr.csv row 2")
    assert told.account == world.user(1)["id"]
    assert world.wire.writes == []


def test_person_is_found_by_the_name_that_the_rules_make_unless_two_have_it(world: JourneyWorld) -> None:
    naming = Rule("displayName", compile_expression('src.name + " of the north"'), place="joiner.toml:21")
    world.use(rules=(*(one for one in world.pipe.rules if one.to != "displayName"), naming))
    world.people(row(1), row(2), row(3, name="Person 2"))
    assert _explain(world, "person 1 OF THE NORTH").person == ("hr", "1")
    with pytest.raises(Missing):
        _explain(world, "Person 2 of the north")
    world.use(rules=tuple(one for one in world.pipe.rules if one.to != "displayName"))
    with pytest.raises(Missing):
        _explain(world, "Person 1 of the north")


def test_value_is_told_with_its_row_rule_lookup_line_and_history(world: JourneyWorld) -> None:
    rule = Rule("division", compile_expression('lookup("divisions", src.department)'), Owner.SOURCE, place="joiner.toml:24")
    table = parse_table("divisions", "department;division\nCare;Support\nDesk;Sales\n", "divisions.csv")
    others = tuple(one for one in world.pipe.rules if one.to != "division")
    world.use(rules=(*others, rule), tables={"divisions": table})
    world.settle_down(row(1), row(2))
    world.edit(1, department="Desk")
    world.cycle()
    world.edit(1, department="Care")
    told = _explain(world, "1", "division")
    (value,) = told.values
    assert (value.attribute, value.owner, value.place) == ("division", "source", "joiner.toml:24")
    assert value.expression == 'lookup("divisions", src.department)'
    assert value.fields == (("department", "Care"),)
    assert value.lookups == (("divisions.csv", "Care", 2, "Support"),)
    assert (value.known, str(value.wanted), value.decision) == (True, "Support", "write")
    assert [change.event for change in value.history] == ["person.changed", "person.created"]
    assert value.history[0].actor == "ada"


def test_local_change_is_explained_as_kept(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.patch(f"Users/{world.user(1)['id']}", {"op": "replace", "path": "title", "value": "By hand"})
    (value,) = _explain(world, "1", "title").values
    assert (value.shown, value.agreed, value.decision) == ("By hand", "Agent", "keep")
    assert "shared ownership keeps it" in value.why


def test_person_who_is_not_in_the_org_yet_is_explained_from_the_file_alone(world: JourneyWorld) -> None:
    world.people(row(1), row(2))
    told = _explain(world, "2")
    assert (told.state, told.account, told.line.kind) == ("no account", "", Kind.JOIN)
    assert next(value for value in told.values if value.attribute == "title").known is False


def test_unbonded_account_is_found_by_its_address_and_by_its_external_id(world: JourneyWorld) -> None:
    world.by_hand("POST", "Users", {"userName": "person1@northlight.example", "displayName": "Person 1"})
    world.people(row(1), row(2))
    assert _explain(world, "1").state == "active, unmet"
    world.cycle()
    engine_file = world.folder / "engine.db"
    assert engine_file.exists()
    world.use(name="another pipe of the same org")
    assert _explain(world, "2").state == "active, unmet", "no bond in this pipe: found by externalId"


def test_account_that_only_the_org_knows_is_outside(world: JourneyWorld) -> None:
    world.by_hand("POST", "Users", {"userName": "switchboard@northlight.example", "displayName": "Switchboard"})
    world.people(row(1))
    told = _explain(world, "switchboard@northlight.example")
    assert (told.person, told.line.kind, told.origin) == (None, Kind.OUTSIDE, "")
    assert told.history == ()


def test_leaver_and_somebody_no_longer_listed_are_explained(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2), row(3))
    world.people(row(1, status="left"), row(2))
    world.cycle()
    assert _explain(world, "1").state == "inactive, parted"
    told = _explain(world, "3")
    assert (told.state, told.origin, told.line.kind) == ("active, linked", "", Kind.VANISHED)
    assert all(value.fields == () for value in told.values)


def test_renamed_account_of_a_bonded_person_leads_back_to_the_person(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    user_id = world.user(1)["id"]
    world.patch(f"Users/{user_id}", {"op": "replace", "path": "userName", "value": "renamed@northlight.example"})
    told = _explain(world, "renamed@northlight.example")
    assert (told.person, told.account, told.origin) == (("hr", "1"), user_id, "hr.csv row 2")
    world.people(row(2))
    told = _explain(world, "renamed@northlight.example")
    assert (told.person, told.origin) == (("hr", "1"), "")


def test_nobody_and_unmapped_attributes_are_told_with_what_there_is(world: JourneyWorld) -> None:
    world.people(row(1))
    with pytest.raises(Missing) as caught:
        _explain(world, "nobody@northlight.example")
    assert (caught.value.problems[0].code, dict(caught.value.problems[0].rows)["looked in"]) == ("JN2213", "hr and Northlight EU")
    with pytest.raises(Missing) as caught:
        _explain(world, "1", "nickName")
    assert caught.value.problems[0].code == "JN2214"
    assert "department" in dict(caught.value.problems[0].rows)["mapped"]


def test_value_by_hand_in_the_enterprise_extension_is_shown(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.patch(f"Users/{world.user(1)['id']}", {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Elsewhere"})
    (value,) = _explain(world, "1", "department").values
    assert (value.shown, value.wanted, value.decision) == ("Elsewhere", "Care", "revert")


def test_pipe_without_a_source_says_so(world: JourneyWorld) -> None:
    ports = world.ports()
    without = type(ports)(ports.clock, ports.ids, ports.store, (), ports.target)
    with pytest.raises(SourceMistake) as caught:
        run(explain(world.pipe, without, "1"))
    assert caught.value.problems[0].code == "JN1201"
