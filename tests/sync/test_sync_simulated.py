"""Faults that the simulator found first, as small pictures."""

from __future__ import annotations

from picture import NAMES, World, account, hours, reference, rule, verdict

from joiner.sync.batch import Chunk
from joiner.sync.bond import Linked, Parted
from joiner.sync.drawing import lift_holds
from joiner.sync.membership import with_groups_of, with_membership
from joiner.sync.ownership import Owner
from joiner.sync.plan import Kind
from joiner.sync.record import GroupRecord, PersonKey

GROUPS = (*NAMES, rule("groups", 'split(src.groups, "|")'))
MAJA = PersonKey("hr", "maja")
TIER1, TIER2 = reference("group", "Tier1"), reference("group", "Tier2")


def test_changed_group_is_counted_with_its_reading_back() -> None:
    world = World(rules=GROUPS, groups=(GroupRecord(TIER1.id, "Tier1"),)).linked("maja", groups=()).row("maja", groups="Tier1")
    assert world.draw().requests == 3 + 1 + 1


def test_approved_lines_are_added_to_the_foretold_requests() -> None:
    world = World(absent_since={}).linked("maja").linked("ana").row("ana")
    plan = world.draw()
    assert [line.hold.code for line in plan.lines if line.hold is not None] == ["first_absence"]
    assert lift_holds(plan, {"first_absence": frozenset()}).requests == plan.requests + 1


def test_somebody_switched_off_whose_new_name_is_taken_waits_for_the_name() -> None:
    """Approving the return could only have sent what the org refuses, cycle after cycle."""
    world = World().linked("maja", account("maja", active=False)).row("maja", email="ana@n.example").linked("ana").row("ana")
    world.rows[1]["email"] = "ana@n.example"
    world.rows[0]["email"] = "desk@n.example"
    world.accounts.append(account("desk"))
    assert verdict(world.line("maja"))[1] == "JN2210"


def test_returner_leaves_the_group_that_we_had_brought_and_keeps_the_one_that_a_person_did() -> None:
    world = World(rules=GROUPS).row("maja", groups="")
    world.accounts.append(account("maja", active=False, groups=(TIER1, TIER2)))
    world.bonds[MAJA] = Parted("u-maja", {}, base={"groups": (TIER1,)})
    [group] = world.draw().groups
    assert (group.change.name, group.change.remove) == ("Tier1", (MAJA,))


def test_returner_whose_shared_value_both_sides_changed_is_held() -> None:
    rules = (*NAMES, rule("title", "src.title", Owner.SHARED))
    world = World(rules=rules).row("maja", title="Analyst")
    world.accounts.append(account("maja", active=False, title="Lead"))
    world.bonds[MAJA] = Parted("u-maja", base={"userName": "maja@n.example", "displayName": "Maja", "title": "Agent"})
    assert verdict(world.line("maja"))[1] == "JN2208"


def test_leaver_parts_with_what_was_agreed() -> None:
    world = World().linked("maja").row("maja", status="left")
    remembered = world.line("maja").remember
    assert isinstance(remembered, Parted)
    assert remembered.base == {"userName": "maja@n.example", "displayName": "Maja"}


def test_vanished_person_parts_with_what_was_agreed() -> None:
    world = World(absent_since={}).linked("maja").linked("ana").row("ana")
    world.absent_since = {MAJA: world.now - hours(2)}
    remembered = world.line("maja").remember
    assert isinstance(remembered, Parted)
    assert remembered.base["displayName"] == "Maja"


def test_membership_agreed_before_somebody_was_switched_off_is_still_ours_to_end() -> None:
    world = World(rules=GROUPS).row("maja", groups="Tier2")
    world.accounts.append(account("maja", active=False, groups=(TIER1,)))
    world.bonds[MAJA] = Linked("u-maja", {"userName": "maja@n.example", "displayName": "Maja", "groups": (TIER1,)})
    remembered = world.line("maja").remember
    assert isinstance(remembered, Linked)
    assert remembered.base["groups"] == (TIER1,)


def test_time_that_passes_between_reading_and_judging_is_no_evidence() -> None:
    """A process stood still for an hour after its read: the two reads were a minute apart."""
    world = World().linked("maja").linked("ana").row("ana")
    world.absent_since = {MAJA: world.now - hours(2)}
    world.read_at = world.now - hours(1.9)
    assert verdict(world.line("maja"))[:2] == ("vanished", "first_absence")


def test_group_that_a_returner_left_while_the_return_had_no_answer_is_given_again_when_the_source_asks() -> None:
    """The group's own answer counts: remembered as agreed, its absence looked like a person's wish, and the group never came back."""
    rules = (*NAMES, rule("groups", 'split(src.groups, "|")', Owner.SHARED))
    world = World(rules=rules, groups=(GroupRecord(TIER1.id, "Tier1"),)).row("maja", groups="Tier1")
    world.accounts.append(account("maja", active=False))
    parted = Parted("u-maja", base={"groups": (TIER1,)})
    world.bonds[MAJA] = with_membership(parted, Chunk(TIER1.id, "Tier1", remove=(MAJA,)), world.now)
    [group] = world.draw().groups
    assert (group.change.name, group.change.add) == ("Tier1", (MAJA,))


def test_return_that_turns_out_to_have_landed_takes_over_what_its_groups_agreed_meanwhile() -> None:
    held = with_membership(Parted("u-maja", base={"groups": (TIER1,)}), Chunk(TIER2.id, "Tier2", add=(MAJA,)), World().now)
    settled = with_groups_of(Linked("u-maja", {"title": "Agent", "groups": (TIER1,)}), held)
    assert settled.base == {"title": "Agent", "groups": (TIER1, TIER2)}


def test_memberships_stay_as_agreed_while_a_group_may_be_unseen() -> None:
    """The listing of groups came cut; that nobody saw the membership was taken for its end, and it was never taken away."""
    both = (TIER1, TIER2)
    world = World(rules=GROUPS, groups_complete=False).linked("maja", account("maja", groups=()), groups=both).row("maja", groups="")
    for name in ("lee", "kim"):
        world.row(name, groups="Tier1", name="New")
    world.linked("lee", account("lee", groups=()), groups=())
    world.parted("kim", account("kim", active=False, groups=()), groups=both)
    plan = world.draw()
    assert plan.groups == ()
    line = world.line("maja")
    assert (line.kind, line.remember) == (Kind.IN_STEP, None), "nor is she taken for settled"
    moved = world.line("lee")
    assert isinstance(moved.remember, Linked)
    assert moved.remember.base["groups"] == ()
    back = world.line("kim").remember
    assert back is not None
    assert "groups" not in back.base
    leaver = world.linked("ana", account("ana", groups=()), groups=both).row("ana", status="left").line("ana").remember
    assert isinstance(leaver, Parted)
    assert leaver.memory["groups"] == both
    world.groups_complete = True
    world.accounts[0] = account("maja", groups=both)
    assert [str(person) for group in world.draw().groups for person in group.change.remove] == ["hr:maja", "hr:maja"]
