"""Each row of the table in sync/standing.py: from bond, source and account to the line of the plan."""

from __future__ import annotations

from picture import NAMES, NOON, UNPROVEN, World, account, hours, reference, rule, verdict

from joiner.sync.bond import Linked, Parted
from joiner.sync.change import Decision, Verb
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.pipe import Policy
from joiner.sync.record import PersonKey

MAJA = PersonKey("hr", "maja")
TITLES = (*NAMES, rule("title", "src.title"))


def test_unmet_person_without_account_joins() -> None:
    line = World().row("maja").line("maja")
    assert verdict(line) == ("join", "", {"userName": "maja@n.example", "displayName": "Maja"})
    assert line.change is not None
    assert (line.change.verb, line.change.external_id) == (Verb.CREATE, "hr:maja")
    assert line.remember == Linked("", {"userName": "maja@n.example", "displayName": "Maja"})


def test_mapped_external_id_is_used_for_pairing_and_creation_and_never_merged() -> None:
    rules = (*NAMES, rule("externalId", "src.key"))
    change = World(rules=rules).row("maja").line("maja").change
    assert change is not None
    assert (change.external_id, "externalId" in change.sets) == ("maja", False)
    known = World([], [account("other", external="maja")], rules=rules).row("maja").line("maja")
    assert (known.target_id, verdict(known)[0]) == ("u-other", "kept")


def test_unmet_person_is_not_created_from_an_incomplete_listing() -> None:
    assert verdict(World(org_proof=UNPROVEN).row("maja").line("maja"))[:2] == ("join", "JN2207")


def test_equal_account_is_recognised_without_a_request() -> None:
    world = World(accounts=[account("maja")]).row("maja")
    line = world.line("maja")
    assert verdict(line) == ("link", "", {})
    assert line.why == ("recognised by email",)
    assert verdict(world.settle(world.draw()).line("maja")) == ("in_step", "", {})


def test_first_contact_lists_differences_and_fills_gaps() -> None:
    world = World(accounts=[account("maja", title=None)], rules=TITLES).row("maja", title="Agent", name="Maja L")
    line = world.line("maja")
    assert verdict(line) == ("move", "", {"title": "Agent"})
    assert {edit.attribute: edit.decision for edit in line.edits} == {"title": Decision.FILL, "displayName": Decision.DIFFERS}


def test_first_contact_with_source_writes_differences() -> None:
    world = World(accounts=[account("maja")], pipe={"first_contact": FirstContact.SOURCE}).row("maja", name="Maja L")
    assert verdict(world.line("maja")) == ("move", "", {"displayName": "Maja L"})


def test_inactive_stranger_with_the_same_address_is_not_taken_over() -> None:
    assert verdict(World(accounts=[account("maja", active=False)]).row("maja").line("maja"))[:2] == ("held", "JN2209")


def test_leaver_without_account_is_gone() -> None:
    assert verdict(World().row("maja", status="left").line("maja")) == ("gone", "", {})


def test_unmet_leaver_with_inactive_account_is_remembered_as_parted() -> None:
    line = World(accounts=[account("maja", active=False)]).row("maja", status="left").line("maja")
    assert verdict(line) == ("gone", "", {})
    assert isinstance(line.remember, Parted)


def test_unmet_leaver_with_active_account_is_listed_and_with_source_deactivated() -> None:
    world = World(accounts=[account("maja")]).row("maja", status="left")
    assert verdict(world.line("maja")) == ("kept", "", {})
    world.pipe = {"first_contact": FirstContact.SOURCE}
    assert verdict(world.line("maja")) == ("leave", "", {"active": False})


def test_linked_person_in_step_sends_nothing_and_settles() -> None:
    world = World().linked("maja").row("maja")
    line = world.line("maja")
    assert verdict(line) == ("in_step", "", {})
    assert isinstance(line.remember, Linked)
    assert line.remember.settled
    world.settle(world.draw())
    assert world.line("maja").remember is None


def test_settled_person_is_mapped_again_when_the_row_the_account_or_the_rules_change() -> None:
    world = World().linked("maja").row("maja")
    world.settle(world.draw())
    world.rows[0]["name"] = "Maja L"
    assert verdict(world.line("maja")) == ("move", "", {"displayName": "Maja L"})


def test_settled_person_whose_account_disappears_is_looked_at_again() -> None:
    world = World().linked("maja").row("maja")
    world.settle(world.draw())
    world.accounts.clear()
    assert verdict(world.line("maja"))[:2] == ("join", "deleted_in_org")


def test_source_without_a_leaver_condition_lists_only_living_people() -> None:
    assert verdict(World(leaver="").row("maja", status="left").line("maja"))[0] == "join"


def test_rules_that_look_at_the_date_are_never_settled() -> None:
    world = (
        World(rules=(*NAMES, rule("title", 'now() == now() ? "Agent" : "Agent"')))
        .linked("maja", account("maja", title="Agent"), title="Agent")
        .row("maja")
    )
    world.settle(world.draw())
    assert world.line("maja").edits == ()
    assert world.line("maja").kind.value == "in_step"


def test_source_change_of_a_linked_person_is_a_move_with_precondition_and_inverse() -> None:
    line = World().linked("maja").row("maja", name="Maja L").line("maja")
    assert verdict(line) == ("move", "", {"displayName": "Maja L"})
    assert line.change is not None
    assert (line.change.if_match, dict(line.change.inverse)) == ('"1"', {"displayName": "Maja"})
    assert line.edits[0].why.startswith("name")


def test_org_change_under_org_ownership_is_kept() -> None:
    rules = (*NAMES, rule("title", "src.title", Owner.ORG))
    line = World(rules=rules).linked("maja", account("maja", title="Lead"), title="Agent").row("maja", title="Agent").line("maja")
    assert verdict(line) == ("kept", "", {})
    assert "org ownership" in line.edits[0].why


def test_conflict_under_shared_ownership_is_held() -> None:
    rules = (*NAMES, rule("title", "src.title", Owner.SHARED))
    line = (
        World(rules=rules).linked("maja", account("maja", title="Lead"), title="Agent").row("maja", title="Boss", name="New").line("maja")
    )
    assert verdict(line) == ("held", "JN2208", {})


def test_org_change_under_source_ownership_is_reverted_and_says_so() -> None:
    line = World(rules=TITLES).linked("maja", account("maja", title="Lead"), title="Agent").row("maja", title="Agent").line("maja")
    assert verdict(line) == ("move", "", {"title": "Agent"})
    assert line.edits[0].why.endswith("the source owns it")


def test_unwritable_attribute_is_never_sent() -> None:
    rules = (*NAMES, rule("shown", "src.title"))
    assert verdict(World(rules=rules).linked("maja", shown="x").row("maja", title="y").line("maja")) == ("in_step", "", {})


def test_create_only_policy_holds_updates_and_sends_creations() -> None:
    world = World(pipe={"policy": Policy.CREATE_ONLY}).linked("maja").row("maja", name="New").row("new")
    assert verdict(world.line("maja"))[:2] == ("move", "policy")
    assert verdict(world.line("new"))[:2] == ("join", "")


def test_stated_leaver_is_deactivated_even_when_the_rest_of_the_row_is_wrong() -> None:
    rules = (*NAMES, rule("division", "src.department"))
    world = (
        World(rules=rules)
        .linked("maja", account("maja", division=reference("division", "Sales")))
        .row("maja", status="left", department="Suport")
    )
    line = world.line("maja")
    assert verdict(line) == ("leave", "", {"active": False})
    assert 'status "left" · hr row 2' in line.why[0]
    assert isinstance(line.remember, Parted)
    assert line.remember.memory["division"] == reference("division", "Sales")
    assert line.change is not None
    assert line.change.guard == "leavers"


def test_leaver_who_is_already_inactive_is_gone_and_parted() -> None:
    line = World().linked("maja", account("maja", active=False)).row("maja", status="left").line("maja")
    assert verdict(line) == ("gone", "", {})
    assert isinstance(line.remember, Parted)


def test_parted_leaver_stays_gone_and_is_switched_off_again_when_somebody_revived_them() -> None:
    world = World().parted("maja", account("maja", active=False)).row("maja", status="left")
    assert world.line("maja").remember is None
    assert verdict(World().parted("maja", account("maja")).row("maja", status="left").line("maja")) == ("leave", "", {"active": False})


def test_leaver_whose_account_is_deleted_is_gone() -> None:
    world = World().row("maja", status="left")
    world.bonds[MAJA] = Linked("u-deleted", {})
    assert verdict(world.line("maja")) == ("gone", "", {})


def test_leaver_under_upsert_policy_waits() -> None:
    world = World(pipe={"policy": Policy.UPSERT_ONLY}).linked("maja").row("maja", status="left")
    assert verdict(world.line("maja"))[:2] == ("leave", "policy")


def test_returner_is_reactivated_with_what_the_rules_grant_and_what_was_remembered() -> None:
    rules = (*NAMES, rule("roles", 'split(src.roles, "|")'), rule("skills", 'split(src.skills, "|")', Owner.CREATE_ONLY))
    world = World(rules=rules).parted(
        "maja", account("maja", active=False), roles=(reference("role", "Supervisor"),), skills=(reference("skill", "Polish"),)
    )
    line = world.row("maja", roles="Agent", skills="Spanish").line("maja")
    assert line.kind.value == "return"
    assert line.change is not None
    assert dict(line.change.sets) == {"active": True, "roles": (reference("role", "Agent"),), "skills": (reference("skill", "Polish"),)}
    assert line.change.verb is Verb.REACTIVATE


def test_returner_keeps_what_was_agreed_about_shared_attributes() -> None:
    rules = (*NAMES, rule("title", "src.title", Owner.SHARED))
    world = World(rules=rules).row("maja", title="Agent")
    world.accounts.append(account("maja", active=False, title="Lead"))
    world.bonds[MAJA] = Parted("u-maja", base={"userName": "maja@n.example", "displayName": "Maja", "title": "Agent"})
    assert verdict(world.line("maja")) == ("return", "", {"active": True})


def test_returner_without_memory_starts_from_the_source() -> None:
    rules = (*NAMES, rule("skills", 'split(src.skills, "|")', Owner.CREATE_ONLY), rule("externalId", "src.key"))
    line = World(rules=rules).parted("maja", account("maja", active=False)).row("maja", skills="Spanish").line("maja")
    assert verdict(line)[2] == {"active": True, "skills": (reference("skill", "Spanish"),)}


def test_returner_in_step_is_only_reactivated() -> None:
    line = World().parted("maja", account("maja", active=False)).row("maja").line("maja")
    assert verdict(line) == ("return", "", {"active": True})


def test_returner_whom_somebody_activated_meets_again() -> None:
    assert verdict(World().parted("maja", account("maja")).row("maja").line("maja"))[0] == "in_step"


def test_returner_whose_account_was_deleted_gets_a_new_one() -> None:
    world = World().row("maja")
    world.bonds[MAJA] = Parted("u-deleted")
    assert verdict(world.line("maja"))[:2] == ("return", "")


def test_account_switched_off_in_the_org_waits_for_a_person() -> None:
    line = World().linked("maja", account("maja", active=False)).row("maja").line("maja")
    assert verdict(line)[:2] == ("return", "deactivated_in_org")
    assert line.change is not None
    assert line.change.sets["active"] is True


def test_account_deleted_in_the_org_waits_for_a_person() -> None:
    world = World().row("maja")
    world.bonds[MAJA] = Linked("u-deleted", {})
    assert verdict(world.line("maja"))[:2] == ("join", "deleted_in_org")


def test_account_that_could_not_be_seen_is_left_alone() -> None:
    world = World(unseen=frozenset({"u-hidden"})).row("maja", status="left")
    world.bonds[MAJA] = Linked("u-hidden", {})
    assert verdict(world.line("maja"))[:2] == ("held", "JN2206")


# ---------------------------------------------------------------- vanished people


def vanished(**world: object) -> World:
    return World(**world).linked("maja").linked("lee").row("lee")  # type: ignore[arg-type]


def test_person_missing_from_an_unproven_read_is_held() -> None:
    assert verdict(vanished(proof=UNPROVEN).line("maja"))[:2] == ("vanished", "unproven")


def test_person_missing_for_the_first_time_is_held() -> None:
    line = vanished().line("maja")
    assert verdict(line)[:2] == ("vanished", "first_absence")
    assert line.hold is not None
    assert line.hold.text.startswith("missing from a proven read for the first time; another")


def test_second_proven_read_too_soon_is_held() -> None:
    line = vanished(absent_since={MAJA: NOON - hours(0.5)}).line("maja")
    assert verdict(line)[:2] == ("vanished", "first_absence")
    assert line.hold is not None
    assert line.hold.text == "missing since 11:30 UTC; another proven read at least 1 h later confirms it"
    line = vanished(absent_since={MAJA: NOON - hours(0.5)}, pipe={"grace_seconds": 2700.0}).line("maja")
    assert line.hold is not None
    assert "45 min" in line.hold.text


def test_second_proven_read_after_the_grace_deactivates() -> None:
    line = vanished(absent_since={MAJA: NOON - hours(1)}).line("maja")
    assert verdict(line) == ("vanished", "", {"active": False})
    assert line.change is not None
    assert line.change.guard == "vanished"


def test_empty_source_proves_nothing() -> None:
    world = World(absent_since={MAJA: NOON - hours(9)}).linked("maja")
    assert verdict(world.line("maja"))[:2] == ("vanished", "unproven")


def test_leaver_who_vanished_and_was_revived_by_somebody_needs_the_same_evidence() -> None:
    assert verdict(World().linked("lee").row("lee").parted("ana", account("ana")).line("ana"))[:2] == ("vanished", "first_absence")


def test_vanished_person_who_is_inactive_or_deleted_needs_nothing() -> None:
    world = World().linked("lee").row("lee").linked("maja", account("maja", active=False)).parted("ana", account("ana", active=False))
    world.bonds[PersonKey("hr", "gone")] = Linked("u-gone", {})
    assert [verdict(world.line(name)) for name in ("maja", "ana", "gone")] == [("gone", "", {})] * 3


def test_vanished_person_under_upsert_policy_waits() -> None:
    world = vanished(absent_since={MAJA: NOON - hours(2)}, pipe={"policy": Policy.UPSERT_ONLY})
    assert verdict(world.line("maja"))[:2] == ("vanished", "policy")


def test_account_of_nobody_is_outside() -> None:
    world = World(accounts=[account("svc")])
    assert verdict(world.line("svc")) == ("outside", "", {})
    world.bonds[PersonKey("old-source", "svc")] = Linked("u-svc", {})
    assert "old-source:svc" in world.line("svc").why[0]
