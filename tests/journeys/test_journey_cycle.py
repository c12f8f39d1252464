"""The whole engine against a hosted org: first contact, convergence, the life of a person, holds and approvals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from journey_world import ENTERPRISE, GENESYS, JourneyWorld, hold_of, line_of, row, run

from joiner.errors import Locked, SourceMistake, StalePlan
from joiner.journeys.cycle_ports import LEASE_SECONDS
from joiner.sync.expression import compile_expression
from joiner.sync.guard import GuardLimits, Limit
from joiner.sync.lookup import parse_table
from joiner.sync.mapping import Rule
from joiner.sync.ownership import Owner
from joiner.sync.pipe import Mode
from joiner.sync.plan import Kind


def _skills(user: dict[str, Any]) -> set[str]:
    genesys = user.get(GENESYS) or {}
    return {skill["name"] for skill in genesys.get("routingSkills", ())}


def test_first_contact_links_who_is_there_creates_who_is_not_and_leaves_outsiders_alone(world: JourneyWorld) -> None:
    world.by_hand("POST", "Users", {"userName": "person1@northlight.example", "displayName": "Person 1"})
    world.by_hand("POST", "Users", {"userName": "switchboard@northlight.example", "displayName": "Switchboard"})
    world.people(row(1), row(2))
    plan = world.plan()
    assert (line_of(plan, 1).kind, line_of(plan, 2).kind) == (Kind.MOVE, Kind.JOIN)
    assert [line.user_name for line in plan.lines if line.kind is Kind.OUTSIDE] == ["switchboard@northlight.example"]
    assert world.wire.writes == []
    report = world.apply(plan)
    assert (report.done, report.failed, report.stopped) == (2, (), "")
    assert world.user(1)["title"] == "Agent", "what was empty in the org is filled"
    assert world.user(2)[ENTERPRISE]["division"] == "Support"
    assert len(world.users()) == 3
    world.assert_converged()


def test_first_unattended_run_of_a_pipe_only_plans_and_so_does_one_after_the_rules_changed(world: JourneyWorld) -> None:
    world.people(row(1))
    report = world.apply()
    assert (report.sent, report.plan_only) == (0, "first run of this pipe")
    assert report.plan.warnings == ("This pipe has never been applied: look at the plan, then apply it by its id.",)
    assert world.users() == {}
    assert world.apply(report.plan).done == 1
    world.use(rules_hash="rules two")
    assert world.apply().plan_only == "", "nothing to send: nothing to ask"
    world.edit(1, name="Renamed")
    world.use(rules_hash="rules three")
    report = world.apply()
    assert (report.sent, report.plan_only) == (0, "the rules changed since the last apply")
    assert "The rules changed" in report.plan.warnings[0]
    assert world.apply(report.plan).done == 1
    assert world.user(1)["displayName"] == "Renamed"


def test_pipe_that_may_not_apply_sends_nothing_even_for_a_typed_plan(world: JourneyWorld) -> None:
    world.use(mode=Mode.PLAN_ONLY)
    world.people(row(1))
    report = world.cycle()
    assert (report.sent, report.plan_only) == (0, 'mode = "plan-only"')
    assert world.wire.writes == []


def test_second_plan_after_an_apply_is_empty_and_the_org_sees_no_write(world: JourneyWorld) -> None:
    world.group("Team")
    world.people(*(row(number, skills="Billing", groups="Team") for number in range(1, 31)))
    report = world.cycle()
    assert (report.done, report.failed) == (31, ())
    plan = world.assert_converged()
    assert plan.counts == {"groups": 0, "groups_held": 0, "in_step": 30}
    assert all(line.kind is Kind.IN_STEP for line in plan.lines)


def test_hand_made_skills_and_phone_survive_and_a_reverted_department_comes_back(world: JourneyWorld) -> None:
    world.settle_down(row(1, skills="Billing", phone="+47 22 12 34 56"), row(2))
    user_id = world.user(1)["id"]
    world.patch(
        f"Users/{user_id}",
        {"op": "add", "path": f"{GENESYS}:routingSkills", "value": [{"name": "Returns", "proficiency": 4.0}]},
        {"op": "replace", "path": "phoneNumbers", "value": [{"type": "work", "value": "+4722000000"}]},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Changed by hand"},
        {"op": "replace", "path": "title", "value": "Team lead"},
    )
    report = world.cycle()
    assert (report.done, report.failed) == (1, ())
    user = world.user(1)
    assert _skills(user) == {"Billing", "Returns"}
    assert user["phoneNumbers"][0]["value"] == "+4722000000"
    assert (user["title"], user[ENTERPRISE]["department"]) == ("Team lead", "Care")
    world.assert_converged()


def test_mover_leaver_and_returner(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2), row(3, skills="Billing"))
    world.edit(1, division="Sales", department="Desk")
    world.edit(3, status="left")
    report = world.cycle()
    assert (report.done, report.failed) == (2, ())
    assert world.wire.writes[0].url.endswith(world.user(3)["id"]), "leavers go first"
    assert world.user(1)[ENTERPRISE]["division"] == "Sales"
    assert world.user(3)["active"] is False
    assert line_of(world.assert_converged(), 3).kind is Kind.GONE
    world.edit(3, status="active", title="Senior agent")
    plan = world.plan()
    assert line_of(plan, 3).kind is Kind.RETURN
    world.apply(plan)
    assert (world.user(3)["active"], world.user(3)["title"], _skills(world.user(3))) == (True, "Senior agent", {"Billing"})
    assert len(world.users()) == 3, "a returner is restored, not doubled"
    world.assert_converged()


def test_conflict_on_a_shared_attribute_is_held_and_writes_nothing(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.patch(f"Users/{world.user(1)['id']}", {"op": "replace", "path": "title", "value": "By hand"})
    world.edit(1, title="From the file", department="Desk")
    plan = world.plan()
    assert hold_of(plan, 1).code == "JN2208"
    report = world.apply(plan)
    assert (report.held, report.sent) == (1, 0)
    assert world.user(1)["title"] == "By hand"


def test_unknown_division_holds_one_person_with_the_nearest_name_and_the_rest_goes_on(world: JourneyWorld) -> None:
    world.people(row(1, division="Suport"), row(2))
    report = world.cycle()
    hold = hold_of(report.plan, 1)
    assert (hold.code, dict(hold.rows)["near"]) == ("JN2104", '"Support"')
    assert (report.held, report.done) == (1, 1)
    assert list(world.users()) == ["person2@northlight.example"]


def test_two_people_with_one_address_wait_and_whoever_holds_the_account_goes_on(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    shared = {"email": "person1@northlight.example"}
    world.people({**row(1), "title": "Lead"}, row(2), row(3, **shared), row(4, **shared))
    report = world.cycle()
    assert [hold_of(report.plan, number).code for number in (3, 4)] == ["JN2201", "JN2201"]
    assert (report.done, world.user(1)["title"]) == (1, "Lead")
    assert len(world.users()) == 2


def test_vanished_person_needs_two_proven_reads_apart_before_anything_is_sent(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 61)))
    world.people(*(row(number) for number in range(1, 60)))
    for _ in range(3):
        world.plan()
        world.clock.seconds += 4000.0
    report = world.cycle()
    assert hold_of(report.plan, 60).code == "first_absence", "plans alone are no evidence"
    assert world.user(60)["active"] is True
    world.clock.seconds += 1800.0
    assert hold_of(world.cycle().plan, 60).code == "first_absence", "too soon"
    world.clock.seconds += 1801.0
    report = world.cycle()
    assert line_of(report.plan, 60).kind is Kind.VANISHED
    assert (report.done, world.user(60)["active"]) == (1, False)
    world.assert_converged()


def test_vanished_person_in_a_file_without_proof_waits_for_ever_until_a_person_says_so(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 61)))
    for _ in range(3):
        world.people(*(row(number) for number in range(1, 60)), proof="none")
        world.clock.seconds += 4000.0
        plan = world.plan()
        assert (hold_of(plan, 60).code, world.apply(plan).sent) == ("unproven", 0)
    plan = world.plan()
    world.approve(plan, "unproven")
    assert world.apply(plan).done == 1
    assert world.user(60)["active"] is False


def test_guard_holds_a_mass_of_leavers_and_an_approval_lets_all_but_the_excepted_go(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 41)))
    world.people(*(row(number, status="left" if number <= 5 else "active") for number in range(1, 41)))
    plan = world.plan()
    assert [trip.guard for trip in plan.tripped] == ["leavers"]
    assert world.apply(plan).sent == 0
    world.approve(plan, "leavers", excepted=("hr:2",))
    report = world.apply(plan)
    assert (report.done, report.held) == (4, 1)
    assert [number for number in range(1, 6) if world.user(number)["active"]] == [2]
    (trip,) = world.plan().tripped
    assert "1 person is stated as a leaver (2.8 % of 36), besides 4 in the last 24 hours; guard leavers: 5 % or 100" in trip.text


def test_approval_survives_looking_at_the_same_plan_again(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 9)))
    world.people(*(row(number, status="left" if number < 5 else "") for number in range(1, 9)))
    plan = world.plan()
    assert plan.counts["held"] == 4
    world.approve(plan, "leavers")
    world.clock.seconds += 300.0
    assert world.plan().id == plan.id
    assert world.apply(plan).done == 4


def test_approval_counts_after_the_clock_went_back(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 9)))
    world.people(*(row(number, status="left" if number < 5 else "") for number in range(1, 9)))
    world.clock.seconds += 86_400.0
    assert world.plan().counts["held"] == 4
    world.clock.seconds -= 86_400.0
    plan = world.plan()
    world.approve(plan, "leavers")
    assert world.apply(plan).done == 4


def test_rejection_takes_an_approval_back_and_an_approval_lapses_after_a_day(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 41)))
    world.people(*(row(number, status="left" if number <= 5 else "active") for number in range(1, 41)))
    plan = world.plan()
    world.approve(plan, "leavers")
    world.clock.seconds += 1.0
    world.approve(plan, "leavers", approved=False)
    assert world.apply(plan).sent == 0
    world.clock.seconds += 1.0
    world.approve(plan, "leavers")
    world.clock.seconds += 24 * 3600.0
    assert world.apply(plan).sent == 0
    assert all(world.user(number)["active"] for number in range(1, 6))


def test_source_that_shrank_holds_its_vanished_people(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 41)))
    world.use(limits=replace(GuardLimits(), vanished=Limit(50, 100)))
    world.people(*(row(number) for number in range(1, 36)))
    plan = world.plan()
    assert "source_shrink" in [trip.guard for trip in plan.tripped]
    assert world.apply(plan).sent == 0


def test_stale_plan_is_refused_with_what_moved_and_nothing_is_sent(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 9)))
    world.edit(1, title="Lead")
    plan = world.plan()
    world.people(*(row(number, title="Boss") for number in range(1, 9)), row(9))
    with pytest.raises(StalePlan) as caught:
        world.apply(plan)
    problem = caught.value.problems[0]
    moved = [text for label, text in problem.rows if label == "moved"]
    assert problem.code == "JN3001"
    assert moved[-1] == "… and 4 more"
    assert "hr:1" in moved[0]
    assert dict(problem.rows)["effect"].startswith("nothing was sent")
    assert world.wire.writes == []
    assert problem.fix.endswith(world.plan().id)


def test_plan_made_under_other_rules_is_stale_and_says_so(world: JourneyWorld) -> None:
    world.people(row(1), row(2))
    plan = world.plan()
    world.people(row(2))
    world.use(rules_hash="rules two")
    with pytest.raises(StalePlan) as caught:
        world.apply(plan)
    assert ("moved", "the rules") in caught.value.problems[0].rows
    assert any("hr:1" in text and "not in the plan" in text for label, text in caught.value.problems[0].rows if label == "moved")


def test_plan_is_stale_when_other_people_would_join_a_group(world: JourneyWorld) -> None:
    world.group("Team")
    world.settle_down(row(1), row(2))
    world.edit(1, groups="Team")
    plan = world.plan()
    world.edit(2, groups="Team")
    with pytest.raises(StalePlan) as caught:
        world.apply(plan)
    assert ("moved", "who joins and leaves groups") in caught.value.problems[0].rows
    assert world.wire.writes == []


def test_stale_plan_leaves_the_pipe_free(world: JourneyWorld) -> None:
    world.people(row(1))
    plan = world.plan()
    world.people(row(1), row(2))
    with pytest.raises(StalePlan):
        world.apply(plan)
    fence = run(world.store.take_lease("eu", "somebody else", world.clock.now(), LEASE_SECONDS))
    assert fence > 0


def test_locked_pipe_can_still_be_planned_but_not_applied(world: JourneyWorld) -> None:
    world.people(row(1))
    run(world.store.take_lease("eu", "another machine", world.clock.now(), LEASE_SECONDS))
    plan = world.plan()
    with pytest.raises(Locked):
        world.apply(plan)
    world.clock.seconds += LEASE_SECONDS + 1
    assert world.apply(plan).done == 1, "a run that says nothing for so long has lost its pipe"


def test_shifted_columns_stop_the_run_before_anything_is_planned(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 9)))
    world.people(*({**row(number), "email": f"Person {number}", "name": "Agent"} for number in range(1, 9)))
    with pytest.raises(SourceMistake) as caught:
        world.cycle()
    assert caught.value.problems[0].code == "JN1210"
    assert world.wire.writes == []


def test_pipe_that_does_not_map_the_user_name_has_no_shape_to_check(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2), row(3))
    world.use(rules=tuple(rule for rule in world.pipe.rules if rule.to != "userName"))
    world.people(*({**row(number), "email": "shifted"} for number in range(1, 4)))
    assert [line_of(world.plan(), number).kind for number in (1, 2, 3)] == [Kind.IN_STEP] * 3


def test_expression_that_fails_for_most_people_is_told_as_a_shape_mistake(world: JourneyWorld) -> None:
    rule = Rule("userName", compile_expression('lookup("addresses", src.no)'), Owner.SOURCE, place="joiner.toml:20")
    world.use(rules=(rule, *world.pipe.rules[1:]), tables={"addresses": parse_table("addresses", "no;address\n1;a@b.example\n", "a.csv")})
    world.people(*(row(number) for number in range(1, 6)))
    with pytest.raises(SourceMistake) as caught:
        world.plan()
    assert caught.value.problems[0].code == "JN1210"


def test_account_switched_off_by_hand_waits_for_a_word_and_comes_back_with_it(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.patch(f"Users/{world.user(1)['id']}", {"op": "replace", "path": "active", "value": False})
    plan = world.plan()
    assert hold_of(plan, 1).code == "deactivated_in_org"
    assert world.apply(plan).sent == 0
    world.approve(plan, "deactivated_in_org")
    assert world.apply(plan).done == 1
    assert world.user(1)["active"] is True
    world.assert_converged()


def test_account_deleted_by_hand_waits_for_a_word(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.by_hand("DELETE", f"Users/{world.user(1)['id']}")
    plan = world.plan()
    assert hold_of(plan, 1).code == "deleted_in_org"
    assert world.apply(plan).sent == 0
    world.approve(plan, "deleted_in_org")
    assert world.apply(plan).failed == ()
    assert len(world.users()) == 2
    world.assert_converged()
