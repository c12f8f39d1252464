"""The whole plan: disputes, taken names, guards, groups, counts, and a hash that says what would be done."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture import NAMES, NOON, World, account, directory, hours, limits, reference, rule, table, verdict

from joiner.sync.batch import order_steps
from joiner.sync.bond import Linked
from joiner.sync.drawing import Seen, lift_holds
from joiner.sync.guard import Limit, Recent
from joiner.sync.plan import Plan
from joiner.sync.record import Directory, GroupRecord, PersonKey, Reference

GROUPS = (*NAMES, rule("groups", 'split(src.groups, "|")'))


def held(plan: Plan) -> dict[str, str]:
    return {str(line.person): line.hold.code for line in plan.lines if line.hold is not None}


def test_everybody_appears_exactly_once_leavers_first() -> None:
    world = World(accounts=[account("svc")]).linked("lee").row("lee", status="left").linked("maja").row("maja").row("ana")
    assert [(line.kind.value, line.user_name.split("@")[0]) for line in world.draw().lines] == [
        ("leave", "lee"),
        ("join", "ana"),
        ("in_step", "maja"),
        ("outside", "svc"),
    ]


def test_key_that_stands_twice_is_held_even_when_one_row_says_left() -> None:
    world = World().linked("maja").row("maja").row("maja", status="left")
    line = world.line("maja")
    assert verdict(line)[:2] == ("held", "JN2205")
    assert ("rows", "2 and 3") in (line.hold.rows if line.hold else ())


def test_two_people_with_one_address_wait_and_the_holder_of_the_account_goes_on() -> None:
    world = World().row("ana", email="same@n.example").row("bo", email="SAME@n.example").row("lee")
    assert held(world.draw()) == {"hr:ana": "JN2201", "hr:bo": "JN2201"}
    world.linked("ana", account("ana", address="same@n.example"))
    assert held(world.draw()) == {"hr:bo": "JN2201"}


def test_two_people_matching_one_account_both_wait() -> None:
    rules = (rule("userName", "src.email"), rule("externalId", "src.ext"))
    world = World(accounts=[account("ana", external="x1")], rules=rules).row("ana", ext="x1").row("bo", ext="x1")
    assert held(world.draw()) == {"hr:ana": "JN2203", "hr:bo": "JN2203"}


def test_account_bonded_to_somebody_else_is_not_taken() -> None:
    world = World().linked("ana").row("ana").row("bo", email="ana@n.example")
    world.rows[0]["email"] = "new@n.example"
    assert verdict(world.line("bo"))[:2] == ("held", "JN2203")


def test_several_accounts_with_one_address_are_a_dispute() -> None:
    twin = replace(account("twin"), emails=("ana@n.example",))
    assert verdict(World(accounts=[account("ana"), twin]).row("ana").line("ana"))[:2] == ("held", "JN2202")


def test_same_address_with_another_external_id_waits() -> None:
    assert verdict(World(accounts=[account("ana", external="hr:other")]).row("ana").line("ana"))[:2] == ("held", "JN2204")


def test_name_taken_by_somebody_who_keeps_it_waits_and_so_does_who_relies_on_them() -> None:
    world = World().linked("ana").linked("bo").linked("cy")
    world.row("ana", email="bo@n.example").row("bo", email="cy@n.example").row("cy")
    # cy keeps the name; bo wants it, ana wants bo's.
    assert held(world.draw()) == {"hr:ana": "JN2201", "hr:bo": "JN2201"} or held(world.draw()) == {"hr:ana": "JN2210", "hr:bo": "JN2201"}


def test_name_of_an_inactive_leaver_is_never_handed_over() -> None:
    world = World().linked("ana").row("ana", email="lee@n.example").linked("lee", account("lee", active=False)).row("lee", status="left")
    line = world.line("ana")
    assert verdict(line)[:2] == ("move", "JN2210")
    assert any("inactive" in text for _, text in (line.hold.rows if line.hold else ()))


def test_people_who_swap_addresses_are_both_sent_through_a_parked_name() -> None:
    world = World().linked("ana").linked("bo").row("ana", email="bo@n.example").row("bo", email="ana@n.example")
    plan = world.draw()
    assert held(plan) == {}
    steps = order_steps(plan.lines, {"ana@n.example": "u-ana", "bo@n.example": "u-bo"})
    told = [(step.line.user_name.split("@")[0], step.parked_name) for step in steps]
    assert told == [("ana", "joiner-parked-u-ana@n.example"), ("bo", ""), ("ana", "")]
    assert plan.requests == 3 + 3


def test_chain_of_renames_frees_each_name_before_it_is_taken() -> None:
    world = World().linked("ana").linked("bo").row("ana", email="bo@n.example").row("bo", email="free@n.example")
    plan = world.draw()
    steps = order_steps(plan.lines, {"ana@n.example": "u-ana", "bo@n.example": "u-bo"})
    assert [step.line.user_name.split("@")[0] for step in steps] == ["bo", "ana"]


# ---------------------------------------------------------------- values that resolve to nothing


def test_unknown_division_holds_the_person_and_names_the_nearest() -> None:
    world = World(rules=(*NAMES, rule("division", "src.dept"))).linked("maja").row("maja", dept="Suport").row("ana", dept="division-sales")
    plan = world.draw()
    line = world.line("maja")
    assert held(plan) == {"hr:maja": "JN2104"}
    assert ("near", '"Support"') in (line.hold.rows if line.hold else ())
    assert verdict(world.line("ana"))[2]["division"] == reference("division", "Sales")


def test_unknown_id_is_told_apart_from_an_unknown_name() -> None:
    world = World(rules=(*NAMES, rule("division", "src.dept"))).row("maja", dept="0f6c1b9e-5a52-4b8f-9a53-2c1d7e8f9a10")
    hold = world.line("maja").hold
    assert hold is not None
    assert ("fix", "this is an id, and no division of this org has it: write the division's name") in hold.rows


def test_manager_is_found_by_key_by_address_or_among_those_who_arrive() -> None:
    world = World(rules=(*NAMES, rule("manager", "src.boss"))).linked("boss").row("boss")
    world.row("new").row("ana", boss="boss").row("bo", boss="boss@n.example").row("cy", boss="hr:new").row("dee", boss="nobody")
    sent = {name: verdict(world.line(name))[2].get("manager") for name in ("ana", "bo", "cy")}
    assert sent == {
        "ana": Reference("user", "boss", "u-boss"),
        "bo": Reference("user", "boss@n.example", "u-boss"),
        "cy": Reference("user", "hr:new"),
    }
    assert verdict(world.line("dee"))[:2] == ("held", "JN2104")
    assert world.draw().requests == 3 + 4 + 2, "four creations; one manager set afterwards, with a look before it where there is no version"


def test_manager_who_left_or_whose_address_the_org_knows_is_taken_from_the_org() -> None:
    world = World(accounts=[account("boss")], rules=(*NAMES, rule("manager", "src.boss")))
    world.linked("lee").row("lee", status="left").row("boss").row("ana", boss="boss@n.example").row("bo", boss="lee@n.example")
    assert verdict(world.line("ana"))[2]["manager"] == Reference("user", "boss@n.example", "u-boss")
    assert verdict(world.line("bo"))[2]["manager"] == Reference("user", "lee@n.example", "u-lee")


def test_look_up_without_the_key_holds_with_the_line_to_add() -> None:
    world = World(
        rules=(*NAMES, rule("division", 'lookup("divisions", src.dept)')),
        tables={"divisions": table("divisions", "dept;division\nSupport;Support\n")},
    )
    line = world.row("maja", dept="Suport").line("maja")
    assert line.hold is not None
    assert (line.hold.code, any(label == "fix" for label, _ in line.hold.rows)) == ("JN1105", True)


def test_impossible_address_and_missing_user_name_are_held() -> None:
    world = World().row("ana", email="not an address").row("bo", email="")
    assert held(world.draw()) == {"hr:ana": "JN2108", "hr:bo": "JN2107"}


def test_list_for_a_single_value_is_held() -> None:
    world = World(rules=(*NAMES, rule("title", 'split(src.title, "|")'))).row("ana", title="a|b")
    assert held(world.draw()) == {"hr:ana": "JN2106"}


def test_single_text_for_a_list_is_a_list_of_one_and_clear_empties() -> None:
    world = World(rules=(*NAMES, rule("roles", 'src.role == "" ? clear() : src.role'))).row("ana", role="Agent")
    assert verdict(world.line("ana"))[2]["roles"] == (reference("role", "Agent"),)
    world.linked("bo", roles=(reference("role", "Agent"),)).row("bo", role="")
    world.accounts[-1] = account("bo", roles=(reference("role", "Agent"), reference("role", "Supervisor")))
    change = world.line("bo").change
    assert change is not None
    assert dict(change.removes) == {"roles": (reference("role", "Agent"),)}


@pytest.mark.parametrize(
    ("leaver", "scope", "code"), [("src.status", "", "JN1104"), ('src.status == "left"', "toInt(src.status) == 1", "JN1104")]
)
def test_condition_that_gives_no_yes_or_no_holds_the_person(leaver: str, scope: str, code: str) -> None:
    assert held(World(leaver=leaver, scope=scope).row("ana", status="perhaps").draw()) == {"hr:ana": code}


def test_leaver_condition_without_an_answer_means_that_nobody_left() -> None:
    assert verdict(World(leaver="src.nothing").row("ana").line("ana"))[0] == "join"


def test_leaver_condition_that_fails_holds() -> None:
    assert held(World(leaver="toInt(src.status) == 1").row("ana", status="x").draw()) == {"hr:ana": "JN1104"}


def test_person_out_of_scope_leaves() -> None:
    world = World(scope='src.site == "Bergen"').linked("maja").row("maja", site="Leeds").linked("lee").row("lee", site="Bergen")
    assert verdict(world.line("maja"))[0] == "leave"
    assert "no longer in scope" in world.line("maja").why[0]
    assert verdict(world.line("lee"))[0] == "in_step"


def test_rule_for_active_states_leavers_too() -> None:
    world = World(rules=(*NAMES, rule("active", 'src.status != "off"'))).linked("maja").row("maja", status="off").linked("lee").row("lee")
    assert verdict(world.line("maja"))[0] == "leave"
    assert verdict(world.line("lee"))[0] == "in_step"


# ---------------------------------------------------------------- guards


def crowd(count: int, **world: object) -> World:
    """``count`` linked people in step."""
    built = World(**world)  # type: ignore[arg-type]
    for number in range(count):
        built.linked(f"p{number:03}").row(f"p{number:03}")
    return built


def leave(world: World, count: int) -> World:
    for row in world.rows[:count]:
        row["status"] = "left"
    return world


def test_stated_leavers_pass_up_to_five_percent_and_are_held_above() -> None:
    assert held(leave(crowd(100), 5).draw()) == {}
    plan = leave(crowd(100), 6).draw()
    assert set(held(plan).values()) == {"leavers"}
    assert [(trip.guard, trip.count, trip.population, trip.causes) for trip in plan.tripped] == [("leavers", 6, 100, (("hr", 6),))]


def test_removals_of_the_last_day_count_towards_the_cap() -> None:
    assert set(held(leave(crowd(100, recent=Recent({"leavers": 4})), 2).draw()).values()) == {"leavers"}


def test_small_population_loses_two_and_no_more() -> None:
    assert held(leave(crowd(10), 2).draw()) == {}
    assert len(held(leave(crowd(10), 3).draw())) == 3


def test_vanished_people_are_held_above_two_percent_while_leavers_and_joiners_go_on() -> None:
    world = crowd(100)
    gone = [row["key"] for row in world.rows[:3]]
    world.rows = world.rows[3:]
    world.absent_since = {PersonKey("hr", key): NOON - hours(2) for key in gone}
    leave(world, 1).row("new")
    plan = world.draw()
    assert set(held(plan)) == {f"hr:{key}" for key in gone}
    assert (plan.counts["leave"], plan.counts["join"], plan.counts["held"]) == (1, 1, 3)
    assert "3 people vanished" in plan.tripped[0].text


def test_source_that_shrank_holds_its_vanished_people() -> None:
    world = crowd(30, last_rows={"hr": 40})
    gone = world.rows.pop()["key"]
    world.absent_since = {PersonKey("hr", gone): NOON - hours(2)}
    plan = world.draw()
    assert held(plan) == {f"hr:{gone}": "source_shrink"}
    assert "11 fewer" in plan.inputs[0].note


def test_one_attribute_changed_for_many_is_held() -> None:
    world = crowd(30)
    for row in world.rows[:4]:
        row["name"] = "Shifted"
    plan = world.draw()
    assert set(held(plan).values()) == {"attribute_changed:displayName"}


def test_filling_an_empty_attribute_for_many_is_no_loss() -> None:
    world = crowd(30, rules=(*NAMES, rule("title", "src.title")))
    for row in world.rows:
        row["title"] = "Agent"
    plan = world.draw()
    assert (held(plan), plan.counts["move"]) == ({}, 30)


def test_protected_account_is_never_deactivated() -> None:
    world = leave(crowd(1, pipe={"limits": limits(protected=("P000@n.example",))}), 1)
    assert held(world.draw()) == {"hr:p000": "protected"}


def test_limit_says_what_it_allows() -> None:
    assert [str(Limit(5, 100)), str(Limit(None, 3)), str(Limit())] == ["5 % or 100", "3", "no limit"]
    assert [Limit(None, 3).tripped(4, 10), Limit(None, None).tripped(99, 100), Limit(5, None, 10).tripped(9, 30)] == [True, False, False]


def test_approved_guard_lets_its_people_go_except_those_named() -> None:
    plan = leave(crowd(100), 6).draw()
    lifted = lift_holds(plan, {"leavers": frozenset({"hr:p001"})})
    assert held(lifted) == {"hr:p001": "leavers"}
    assert (lifted.counts["leave"], lifted.hash, len(lifted.tripped)) == (5, plan.hash, 1)
    assert lift_holds(plan, {"leavers": frozenset()}).tripped == ()


def test_protected_and_disputed_people_cannot_be_approved() -> None:
    world = leave(crowd(1, pipe={"limits": limits(protected=("p000@n.example",))}), 1).row("bad", email="no address")
    plan = world.draw()
    assert held(lift_holds(plan, {"protected": frozenset(), "JN2108": frozenset(), "JN2107": frozenset()})) == held(plan)


# ---------------------------------------------------------------- groups


def member(*names: str) -> tuple[Reference, ...]:
    return tuple(reference("group", name) for name in names)


def test_membership_changes_are_gathered_by_group() -> None:
    world = (
        World(rules=GROUPS)
        .linked("maja", account("maja", groups=member("Tier1")), groups=member("Tier1"))
        .row("maja", groups="Tier2")
        .row("ana", groups="Tier2")
    )
    plan = world.draw()
    assert [(line.change.name, [str(p) for p in line.change.add], [str(p) for p in line.change.remove]) for line in plan.groups] == [
        ("Tier1", [], ["hr:maja"]),
        ("Tier2", ["hr:maja", "hr:ana"], []),
    ]
    assert world.line("maja").remember is None, "a membership is agreed only once its group acknowledged it"
    created = world.line("ana").remember
    assert isinstance(created, Linked)
    assert created.base["groups"] == ()


def test_membership_of_held_people_waits_with_them() -> None:
    assert World(rules=GROUPS).row("ana", groups="Tier1", email="no").draw().groups == ()


def test_group_that_would_lose_too_many_keeps_its_members_and_still_gains() -> None:
    world = World(rules=GROUPS, groups=(GroupRecord("group-tier1", "Tier1", member_ids=frozenset(f"u-p{n}" for n in range(12))),))
    for number in range(12):
        world.linked(f"p{number}", account(f"p{number}", groups=member("Tier1")), groups=member("Tier1")).row(f"p{number}", groups="")
        world.rows[-1]["groups"] = "Tier1" if number < 2 else "Tier2"
    plan = world.row("new", groups="Tier1").draw()
    tier1 = plan.groups[0]
    assert (tier1.hold.code if tier1.hold else "", len(tier1.change.remove), len(tier1.change.add)) == ("group_removals", 10, 1)
    assert (plan.counts["groups"], plan.counts["groups_held"]) == (2, 1)
    assert lift_holds(plan, {"group_removals": frozenset()}).groups[0].hold is None


def test_groups_of_an_org_that_cannot_list_them_are_not_sent() -> None:
    world = World(rules=GROUPS, directory=Directory()).row("ana", groups="Tier1")
    assert world.draw().groups == ()


# ---------------------------------------------------------------- the hash


def test_same_sight_gives_the_same_hash_whatever_the_clock_and_version() -> None:
    first = World().linked("maja").row("maja", name="New")
    later = World(now=NOON + hours(1)).linked("maja", account("maja", sequence=9)).row("maja", name="New")
    assert first.draw().hash == later.draw().hash
    assert first.draw().id == first.draw().hash[:8]


def test_hash_changes_with_what_would_be_done() -> None:
    assert World().linked("maja").row("maja", name="New").draw().hash != World().linked("maja").row("maja", name="Newer").draw().hash
    assert World().row("ana").draw().hash != World().row("ana", email="other@n.example").draw().hash


def test_plan_survives_being_written_down() -> None:
    plan = World(rules=GROUPS).linked("maja").row("maja", groups="Tier1", name="X").row("ana").row("lee", status="left").draw()
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


def test_estimate_and_inputs_are_told() -> None:
    plan = World().row("ana").row("bo").draw()
    assert (plan.requests, plan.eta_seconds, plan.inputs[0].rows, plan.inputs[1].name) == (5, 0.5, 2, "Northlight EU")


# ---------------------------------------------------------------- laws


people = st.lists(st.sampled_from(["ana", "bo", "cy", "dee", "eve"]), unique=True)


@settings(max_examples=120, deadline=None)
@given(people, people, people, people, st.booleans())
def test_every_person_and_account_has_one_line_and_remembering_is_stable(
    listed: list[str], accounts: list[str], bonded: list[str], left: list[str], proven: bool
) -> None:
    world = World(rules=GROUPS, directory=directory(group="Tier1"))
    world.accounts = [account(name, active=name not in left) for name in accounts]
    world.bonds = {PersonKey("hr", name): Linked(f"u-{name}", {}) for name in bonded}
    for name in listed:
        world.row(name, groups="Tier1", status="left" if name in left and proven else "")
    plan = world.draw()  # check_everybody_once asserts completeness
    again = world.settle(plan).draw()
    assert sum(line.change is not None for line in again.lines) == sum(line.change is not None for line in plan.lines)
    assert Seen  # the sight is one value
