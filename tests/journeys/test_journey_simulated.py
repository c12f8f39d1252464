"""Whole cycles that the simulator found going wrong, told again by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from journey_world import JourneyWorld, is_write, row

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import LeaseLost
from joiner.journeys.cycle import make_plan
from joiner.journeys.cycle_ports import LEASE_SECONDS


def apply_standing_still(world: JourneyWorld, before: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Apply a plan in a run that stands still right before the write that says ``before``, for longer than its lease lives."""
    inner, plan = world.wire.inner, world.plan()

    class Freezing:
        async def send(self, request: HttpRequest) -> HttpAnswer:
            if is_write(request) and before in request.url + request.body.decode():
                world.clock.seconds += LEASE_SECONDS + 1.0
                await meanwhile()
            return await inner.send(request)

    world.wire.inner = Freezing()
    with pytest.raises(LeaseLost):
        world.apply(plan)
    world.wire.inner = inner


def test_approval_of_an_empty_file_lapses_when_the_file_was_good_in_between(world: JourneyWorld) -> None:
    """The same plan came up again hours later, and a word given for another morning deactivated somebody employed."""
    world.settle_down(row(1), row(2), row(3))
    world.people(row(2), row(3), proof="none")
    plan = world.plan()
    world.approve(plan, "unproven")
    world.clock.seconds += 4_000.0
    world.people(row(1, department="Desk"), row(2), row(3))
    world.apply()
    world.people(row(1), row(2), row(3))
    world.apply()
    world.people(row(2), row(3), proof="none")
    assert world.apply().sent == 0
    assert world.user(1)["active"] is True


def test_edit_made_while_the_answer_of_a_creation_was_lost_is_no_form_of_the_orgs_own(world: JourneyWorld) -> None:
    world.people(row(1), row(2))
    world.wire.fault = lambda request: (
        "lost after" if request.method == "POST" and is_write(request) and b"person1@" in request.body else ""
    )
    world.cycle()
    world.wire.fault = lambda request: ""
    wanted = world.user(1)["displayName"]
    world.patch(f"Users/{world.user(1)['id']}", {"op": "replace", "path": "displayName", "value": "By Hand"})
    world.cycle()
    world.cycle()
    assert world.user(1)["displayName"] == wanted
    world.assert_converged()


def test_nothing_more_is_sent_to_a_group_behind_an_unanswered_write(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(*(row(number, groups="Team" if number > 2 else "") for number in range(1, 5)))
    world.people(*(row(number, groups="Team" if number < 4 else "") for number in range(1, 5)))
    world.wire.fault = lambda request: "lost after" if request.method == "PATCH" and f"/Groups/{team}" in request.url else ""
    assert world.cycle().sent == 1
    world.wire.fault = lambda request: ""
    world.cycle()
    assert world.members(team) == {f"person{number}@northlight.example" for number in range(1, 4)}
    world.assert_converged()


def test_nothing_more_is_sent_when_reading_a_group_back_is_throttled_for_too_long(world: JourneyWorld) -> None:
    """The wait was obeyed for writes only: the next group was changed at once, long before the org allowed it."""
    groups = (world.group("Desk"), world.group("Team"))
    world.settle_down(*(row(number) for number in range(1, 3)))
    world.people(*(row(number, groups="Desk|Team") for number in range(1, 3)))
    wait = HttpAnswer(429, {"content-type": "application/json", "retry-after": "3600"}, b"{}")
    world.wire.fault = lambda request: wait if request.method == "GET" and request.url.endswith(tuple(groups)) else ""
    report = world.cycle()
    assert (report.stopped, report.sent, len(report.failed)) == ("the org asks to wait 3600 s", 1, 1)
    world.wire.fault = lambda request: ""
    world.cycle()
    assert all(len(world.members(group)) == 2 for group in groups)
    world.assert_converged()


def test_account_that_was_created_after_all_is_remembered_and_leaves_with_its_person(world: JourneyWorld) -> None:
    """A run stood still right before its creation, another looked and found nothing; the account that then came was nobody's."""

    async def meanwhile() -> None:
        world.edit(2, division="Suport")
        await make_plan(world.pipe, world.ports("another machine"), "ada")

    world.settle_down(row(1))
    world.people(row(1), row(2))
    apply_standing_still(world, "person2@", meanwhile)
    world.edit(2, status="left")
    world.cycle()
    assert world.user(2)["active"] is False
    world.assert_converged()


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def lose_an_update(world: JourneyWorld, fault: str) -> None:
    """An update of title and department gets no answer."""
    world.settle_down(row(1), row(2))
    world.edit(1, title="Lead", department="Desk")
    world.wire.fault = lambda request: fault if is_write(request) else ""
    world.cycle()
    world.wire.fault = lambda request: ""


def test_update_that_was_never_sent_is_not_taken_for_landed_because_somebody_set_one_of_its_values(world: JourneyWorld) -> None:
    """The look saw one value of the update and claimed all of them: the other one was never sent again."""
    lose_an_update(world, "lost before")
    account = f"Users/{world.user(1)['id']}"
    world.patch(account, {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Desk"})
    world.patch(account, {"op": "replace", "path": "nickName", "value": "Tee"})
    assert world.cycle().sent == 1
    assert world.user(1)["title"] == "Lead"
    world.assert_converged()


def test_update_that_landed_and_was_written_over_keeps_what_was_written_for_a_person_to_decide(world: JourneyWorld) -> None:
    lose_an_update(world, "lost after")
    world.patch(f"Users/{world.user(1)['id']}", {"op": "replace", "path": "title", "value": "Coach"})
    report = world.cycle()
    assert report.sent == 0
    assert [line.hold.code for line in report.plan.lines if line.hold is not None] == ["JN2208"]
    assert world.user(1)["title"] == "Coach"


def test_update_of_a_run_thought_dead_counts_as_ours(world: JourneyWorld) -> None:
    """It woke after another had looked and sent; the source had moved back, and our own title was taken for an edit by hand."""

    async def meanwhile() -> None:
        await make_plan(world.pipe, world.ports("another machine"), "ada")
        world.edit(1, title="Agent")

    world.settle_down(row(1), row(2))
    world.edit(1, title="Lead")
    apply_standing_still(world, "Lead", meanwhile)
    assert world.user(1)["title"] == "Lead"
    assert world.cycle().sent == 1
    assert world.user(1)["title"] == "Agent"
    world.assert_converged()


def test_members_added_by_a_run_thought_dead_count_as_ours(world: JourneyWorld) -> None:
    team = world.group("Team")

    async def meanwhile() -> None:
        await make_plan(world.pipe, world.ports("another machine"), "ada")
        world.edit(1, groups="")

    world.settle_down(row(1), row(2))
    world.edit(1, groups="Team")
    apply_standing_still(world, team, meanwhile)
    assert len(world.members(team)) == 1
    world.cycle()
    assert world.members(team) == set()
    world.assert_converged()
