"""Removals of group members that a client pushes: held beyond a guard's limit, cancelled, repeated, approved, rejected, lapsed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from org_fixtures import Rehearsal, Reply, run

from joiner.errors import Missing
from joiner.journeys.connect import set_connection
from joiner.journeys.pushed_decisions import Decided, Held, approve_held, list_held, reject_held, show_held
from joiner.store.org_port import OrgReads

FORMS = ("remove_all", "replace", "empty", "pathless", "listed", "filtered", "put", "put_without")


def crowd(org: Rehearsal, size: int, name: str = "Oulu") -> tuple[str, list[str]]:
    people = [org.create(f"{name.lower()}{number}@northlight.example")["id"] for number in range(size)]
    return org.group(name, *people), people


def guarded(profile: str = "extended", **settings: Any) -> Rehearsal:
    org = Rehearsal(profile, rate=0)
    run(set_connection(org.store, org.clock, "north", "okta", "", settings))
    return org


def held(org: Rehearsal) -> Sequence[Held]:
    return run(list_held(org.store, org.clock, "north"))[0]


def last_events(org: Rehearsal, count: int = 1) -> list[Any]:
    """The newest audit rows of the org, oldest first."""

    def look(rows: OrgReads) -> list[Any]:
        return [json.loads(entry.document) for entry in rows.audit(1, rows.audit_head(1)[0] - count, count)]

    return run(org.store.read(1, look))


def approve(org: Rehearsal, id: str, **how: Any) -> Decided:
    return run(approve_held(org.store, org.clock, "north", id, "ilkka", "asked HR", **how))


def remove(org: Rehearsal, group: str, *members: str) -> Reply:
    return org.patch(f"Groups/{group}", {"op": "remove", "path": "members", "value": [{"value": id} for id in members]})


def push(org: Rehearsal, group: str, form: str, members: Sequence[str]) -> Reply:
    """All members away, in one of the ways that clients have."""
    listed = [{"value": id} for id in members]
    if form == "put":
        return org.put(f"Groups/{group}", {"displayName": "Oulu", "members": []})
    if form == "put_without":
        return org.put(f"Groups/{group}", {"displayName": "Oulu"})
    if form == "filtered":
        return org.patch(f"Groups/{group}", *({"op": "remove", "path": f'members[value eq "{id}"]'} for id in members))
    operation = {
        "remove_all": {"op": "remove", "path": "members"},
        "replace": {"op": "replace", "path": "members", "value": []},
        "empty": {"op": "replace", "path": "members", "value": None},
        "pathless": {"op": "replace", "value": {"members": []}},
        "listed": {"op": "remove", "path": "members", "value": listed},
    }[form]
    return org.patch(f"Groups/{group}", operation)


@pytest.mark.parametrize("form", FORMS)
def test_a_group_is_not_emptied_unseen_whatever_the_form(form: str) -> None:
    org = guarded()
    group, people = crowd(org, 21)
    reply = push(org, group, form, people)
    assert reply.status in (200, 204)
    assert org.members(group) == people
    (hold,) = held(org)
    assert (hold.client, hold.group, hold.removals, hold.deletes) == ("okta", "Oulu", 21, False)
    assert hold.reason == "21 of 21 members (100 %) would go; above 20 % they are held (removals_max_share)"


@pytest.mark.parametrize("form", ["remove_all", "put"])
def test_a_strict_org_is_overwritten_as_genesys_is(form: str) -> None:
    org = guarded("strict")
    group, people = crowd(org, 21)
    assert push(org, group, form, people).status == 200
    assert org.members(group) == []
    assert not held(org)


def test_a_connection_that_guards_itself_is_not_guarded_again() -> None:
    org = Rehearsal(rate=0)
    run(set_connection(org.store, org.clock, "north", "okta", "joiner", {}))
    group, people = crowd(org, 21)
    push(org, group, "remove_all", people)
    assert org.members(group) == []


def test_the_rest_of_the_request_is_done_and_the_answer_shows_the_truth() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    fresh = org.create("new@northlight.example")["id"]
    reply = org.patch(
        f"Groups/{group}",
        {"op": "remove", "path": "members", "value": [{"value": id} for id in people[:12]]},
        {"op": "add", "path": "members", "value": [{"value": fresh}]},
        {"op": "replace", "path": "displayName", "value": "Oulu North"},
    )
    assert reply.status in (200, 204)
    assert set(org.members(group)) == {*people, fresh}
    assert org.get(f"Groups/{group}").json["displayName"] == "Oulu North"
    assert held(org)[0].removals == 12
    assert "members" not in last_events(org)[0]["before"]


def test_the_same_request_again_is_the_same_hold_at_the_same_age() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    (first,) = held(org)
    version = org.get(f"Groups/{group}").headers["ETag"]
    org.clock.seconds += 3_600
    remove(org, group, *people[:12])
    remove(org, group, *people[3:5])
    assert held(org) == [first]
    assert org.get(f"Groups/{group}").headers["ETag"] == version


def test_more_of_the_same_joins_the_hold_under_another_id() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    (first,) = held(org)
    remove(org, group, *people[:24])
    (second,) = held(org)
    assert (second.removals, second.at) == (24, first.at)
    with pytest.raises(Missing, match="holds nothing"):
        approve(org, first.id)
    assert approve(org, second.id).removed == 24


def test_a_member_that_is_named_again_is_held_no_longer() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    (first,) = held(org)
    org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": people[0]}]})
    (second,) = held(org)
    assert second.id != first.id
    assert [each.id for each in run(show_held(org.store, org.clock, "north", second.id))[1]] == people[1:12]
    org.put(f"Groups/{group}", {"displayName": "Oulu", "members": [{"value": id} for id in people]})
    assert not held(org)
    assert org.members(group) == people


def test_removals_one_by_one_add_up_over_a_day() -> None:
    org = guarded()
    group, people = crowd(org, 40)
    for id in people[:9]:
        remove(org, group, id)
    assert org.members(group) == people[9:]
    remove(org, group, people[9])
    assert people[9] in org.members(group)
    assert "(9 of them in the last 24 hours)" in held(org)[0].reason
    org.clock.seconds += 25 * 3_600
    assert not held(org)
    remove(org, group, people[9])
    assert people[9] not in org.members(group)


def test_many_from_a_large_group_are_held_whatever_the_share() -> None:
    org = guarded(removals_per_group=20)
    group, people = crowd(org, 120)
    remove(org, group, *people[:19])
    assert len(org.members(group)) == 101
    remove(org, group, people[19])
    assert len(org.members(group)) == 101
    assert "removals_per_group" in held(org)[0].reason


def test_removals_from_all_groups_add_up() -> None:
    org = guarded(removals_per_day=10)
    groups = [crowd(org, 6, name) for name in ("Oulu", "Turku")]
    for group, people in groups:
        remove(org, group, *people)
    assert [len(org.members(group)) for group, _ in groups] == [0, 6]
    assert held(org)[0].reason.startswith("12 members of all groups")


def test_approval_removes_exactly_what_is_held_and_says_who_approved() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    version = org.get(f"Groups/{group}").json["meta"]["version"]
    assert approve(org, held(org)[0].id) == Decided("Oulu", 12, 0)
    assert org.members(group) == people[12:]
    assert org.get(f"Groups/{group}").json["meta"]["version"] != version
    assert not held(org)
    (event,) = last_events(org)
    assert (event["actor"]["kind"], event["actor"]["name"], event["before"]["members"]) == ("operator", "ilkka", people[:12])
    assert event["reason"].startswith("approved by ilkka (asked HR): 12 of 30")


def test_an_approval_that_was_stopped_goes_on_without_those_who_are_gone() -> None:
    org = guarded(removals_max_share=1)
    other = org.client("console")
    run(set_connection(org.store, org.clock, "north", "console", "", {"guard_removals": False}))
    group, people = crowd(org, 1_010)
    remove(org, group, *people[:600])
    remove(org, group, *people[600:1_005])
    (hold,) = held(org)
    assert hold.removals == 1_005
    listed = [{"value": id} for id in people[:3]]
    org.send("PATCH", f"Groups/{group}", {"Operations": [{"op": "remove", "path": "members", "value": listed}]}, token=other)
    assert approve(org, hold.id, chunks_max=1) == Decided("Oulu", 1_000, 0)
    (left,) = held(org)
    assert (left.id, left.removals, left.approved_by) == (hold.id, 2, "ilkka")
    assert approve(org, hold.id) == Decided("Oulu", 2, 0)
    assert org.members(group) == people[1_005:]
    assert [len(each["before"]["members"]) for each in last_events(org, 2)] == [1_000, 2]
    with pytest.raises(Missing):
        approve(org, hold.id)


def test_what_is_rejected_stays_and_may_be_asked_again() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    rejected = run(reject_held(org.store, org.clock, "north", held(org)[0].id, "ilkka", "a broken sync"))
    assert rejected.removals == 12
    assert org.members(group) == people
    assert not held(org)
    assert last_events(org)[0]["name"] == "removals.rejected"
    remove(org, group, *people[:12])
    assert len(held(org)) == 1


def test_a_hold_lapses_after_a_day_and_nothing_happens_by_itself() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    (hold,) = held(org)
    assert hold.expires_at - hold.at == timedelta(hours=24)
    org.clock.seconds += 24 * 3_600
    assert not held(org)
    with pytest.raises(Missing, match="holds nothing"):
        approve(org, hold.id)
    assert org.members(group) == people
    remove(org, group, *people[:12])
    assert len(held(org)) == 1


def test_a_whole_group_with_many_members_is_not_deleted_unseen() -> None:
    org = guarded()
    people = [org.create(f"p{number}@northlight.example")["id"] for number in range(21)]
    group = org.post("Groups", {"displayName": "Oulu", "members": [{"value": id} for id in people]}).json["id"]
    for _ in range(2):
        assert org.delete(f"Groups/{group}").status == 204
    assert org.members(group) == people
    (hold,) = held(org)
    assert (hold.deletes, hold.removals) == (True, 21)
    assert approve(org, hold.id) == Decided("Oulu", 21, 0, group_deleted=True)
    assert org.get(f"Groups/{group}").status == 404


def test_a_held_deletion_spares_a_group_that_somebody_came_into() -> None:
    org = guarded()
    people = [org.create(f"p{number}@northlight.example")["id"] for number in range(21)]
    group = org.post("Groups", {"displayName": "Oulu", "members": [{"value": id} for id in people]}).json["id"]
    org.delete(f"Groups/{group}")
    late = org.create("late@northlight.example")["id"]
    org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": late}]})
    assert approve(org, held(org)[0].id) == Decided("Oulu", 21, 0)
    assert org.members(group) == [late]


def test_small_groups_are_deleted_and_groups_that_went_meanwhile_hold_nothing() -> None:
    org = guarded()
    people = [org.create(f"p{number}@northlight.example")["id"] for number in range(30)]
    small = org.post("Groups", {"displayName": "Oulu", "members": [{"value": id} for id in people[:5]]}).json["id"]
    assert org.delete(f"Groups/{small}").status == 204
    assert org.get(f"Groups/{small}").status == 404
    group = org.post("Groups", {"displayName": "Turku", "members": [{"value": id} for id in people]}).json["id"]
    remove(org, group, *people[:12])
    other = org.client("console")
    run(set_connection(org.store, org.clock, "north", "console", "", {"guard_removals": False}))
    assert org.delete(f"Groups/{group}", authorization=f"Bearer {other}").status == 204
    (hold,) = held(org)
    assert approve(org, hold.id) == Decided("(deleted)", 0, 0)
    assert not held(org)


def test_who_left_by_another_way_and_came_back_is_held_no_longer() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    other = org.client("console")
    for op in ("remove", "add"):
        body = {"Operations": [{"op": op, "path": "members", "value": [{"value": people[0]}]}]}
        org.send("PATCH", f"Groups/{group}", body, token=other if op == "remove" else org.token)
    (hold,) = held(org)
    assert approve(org, hold.id) == Decided("Oulu", 11, 0)
    assert people[0] in org.members(group)


def test_clients_are_counted_and_held_apart() -> None:
    org = guarded()
    group, people = crowd(org, 40)
    other = org.client("entra")
    for token, members in ((org.token, people[:9]), (other, people[9:18])):
        body = {"Operations": [{"op": "remove", "path": "members", "value": [{"value": id} for id in members]}]}
        org.send("PATCH", f"Groups/{group}", body, token=token)
    assert len(org.members(group)) == 22
    assert not held(org)


def test_a_switch_that_is_off_refuses_and_holds_nothing() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    run(set_connection(org.store, org.clock, "north", "okta", "", {"may_change_groups": False}))
    assert remove(org, group, *people[:12]).status == 403
    assert not held(org)


def test_the_log_names_the_limit() -> None:
    org = guarded()
    group, people = crowd(org, 30)
    remove(org, group, *people[:12])
    run(org.server.observation.flush(org.store))
    logged = run(org.store.read(1, lambda rows: rows.requests(1)))
    assert any("held 12 removals: removals_max_share" in each.marks for each in logged)
