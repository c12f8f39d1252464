"""Carrying a plan out: order, groups, deferred managers, swaps, faults of the wire, and settling what got no answer."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from journey_world import GENESYS, ROLES, JourneyWorld, hold_of, is_write, line_of, row, run

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import CredentialsRefused, StalePlan, Unreachable
from joiner.journeys import observe
from joiner.journeys.noted import decode_plan, encode_plan
from joiner.sync.guard import GuardLimits, Limit
from joiner.sync.plan import Kind

JSON = {"content-type": "application/json"}
BROKEN = HttpAnswer(503, {"content-type": "text/html"}, b"<html>upstream fell over</html>")


def _refused(status: int, detail: str, scim_type: str = "") -> HttpAnswer:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return HttpAnswer(
        status, {"content-type": "application/scim+json"}, json.dumps(body | ({"scimType": scim_type} if scim_type else {})).encode()
    )


def _names(request: HttpRequest, number: int) -> bool:
    return is_write(request) and f"person{number}@".encode() in request.body


def _is_members(request: HttpRequest) -> bool:
    return is_write(request) and "/Groups/" in request.url


# ---------------------------------------------------------------- order, groups, references


def test_large_groups_are_changed_in_chunks_and_read_back_once(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.people(*(row(number, groups="Team") for number in range(1, 251)))
    report = world.cycle()
    assert (report.failed, report.stopped, report.sent, report.done) == ((), "", 253, 253)
    sent = [json.loads(request.body) for request in world.wire.writes if _is_members(request)]
    assert [len(document["Operations"][0]["value"]) for document in sent] == [100, 100, 50]
    assert len(world.members(team)) == 250
    assert len(world.wire.requests) <= report.requests + 10, "the plan's count is an upper bound of first attempts (its own reads apart)"
    world.assert_converged()


def test_members_leave_a_group_and_somebody_added_by_hand_stays(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(*(row(number, groups="Team") for number in range(1, 6)), row(6))
    world.patch(f"Groups/{team}", {"op": "add", "path": "members", "value": [{"value": world.user(6)["id"]}]})
    world.edit(1, groups="")
    report = world.cycle()
    assert (report.done, report.failed) == (1, ())
    assert world.members(team) == {f"person{number}@northlight.example" for number in range(2, 7)}
    world.assert_converged()


def test_mass_removal_from_a_group_is_held_while_additions_go_ahead(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(*(row(number, groups="Team") for number in range(1, 31)), row(31))
    world.people(*(row(number, groups="" if number <= 12 else "Team") for number in range(1, 32)))
    plan = world.plan()
    assert plan.groups[0].hold is not None
    report = world.apply(plan)
    assert (report.done, report.held) == (1, 1)
    assert len(world.members(team)) == 31
    held = world.plan()
    world.approve(held, "group_removals")
    assert world.apply(held).failed == ()
    assert len(world.members(team)) == 19
    world.assert_converged()


def test_manager_who_joins_in_the_same_plan_is_set_afterwards(world: JourneyWorld) -> None:
    world.people(row(1, manager="person2@northlight.example"), row(2, manager="hr:3"), row(3))
    plan = world.plan()
    assert plan.requests >= 5
    report = world.apply(plan)
    assert (report.done, report.failed) == (5, ())
    manager = world.user(1)["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"]
    assert manager == world.user(2)["id"]
    world.assert_converged()


def test_manager_who_could_not_be_created_waits_for_the_next_plan(world: JourneyWorld) -> None:
    world.people(row(1, manager="hr:2"), row(2))
    world.wire.fault = lambda request: _refused(400, "not today", "invalidValue") if _names(request, 2) else ""
    report = world.cycle()
    assert (report.done, len(report.failed)) == (1, 1)
    world.wire.fault = lambda request: ""
    world.cycle()
    assert world.cycle().failed == ()
    enterprise = world.user(1)["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    assert enterprise["manager"]["value"] == world.user(2)["id"]
    world.assert_converged()


def test_two_people_who_swap_addresses_both_get_there(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    ids = (world.user(1)["id"], world.user(2)["id"])
    world.people({**row(1), "email": row(2)["email"]}, {**row(2), "email": row(1)["email"]})
    report = world.cycle()
    assert (report.failed, report.done) == ((), 3)
    assert (world.user(2)["id"], world.user(1)["id"]) == ids
    world.assert_converged()


def test_ring_of_three_that_loses_an_answer_after_parking_goes_on_in_the_next_cycle(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2), row(3))
    ids = {number: world.user(number)["id"] for number in (1, 2, 3)}
    world.people(*({**row(number), "email": row(number % 3 + 1)["email"]} for number in (1, 2, 3)))
    lost: list[str] = []

    def lose_parking(request: HttpRequest) -> str:
        if is_write(request) and b"joiner-parked-" in request.body and not lost:
            lost.append(request.url)
            return "lost after"
        return ""

    world.wire.fault = lose_parking
    report = world.cycle()
    assert report.failed[0].unknown
    for _ in range(2):
        report = world.cycle()
    assert report.failed == ()
    assert {number: world.user(number % 3 + 1)["id"] for number in (1, 2, 3)} == ids
    world.assert_converged()


# ---------------------------------------------------------------- refusals and throttling


def test_throttling_is_obeyed_to_the_second_and_nothing_is_lost(world: JourneyWorld) -> None:
    world.people(row(1), row(2))
    throttled = [HttpAnswer(429, {**JSON, "retry-after": "7"}, b"{}"), HttpAnswer(429, {**JSON, "retry-after": "11"}, b"{}")]
    world.wire.fault = lambda request: throttled.pop() if is_write(request) and throttled else ""
    report = world.cycle()
    assert (report.done, report.failed) == (2, ())
    assert world.clock.slept[:2] == [11.0, 7.0]
    world.assert_converged()


def test_throttling_without_end_stops_the_run_and_says_how_long_the_org_asks_to_wait(world: JourneyWorld) -> None:
    world.people(*(row(number) for number in range(1, 9)))
    world.wire.fault = lambda request: HttpAnswer(429, {**JSON, "retry-after": "3600"}, b"{}") if is_write(request) else ""
    report = world.cycle()
    assert report.stopped == "the org asks to wait 3600 s"
    assert (report.done, report.sent, len(world.users())) == (0, 1, 0)
    world.wire.fault = lambda request: ""
    assert world.cycle().done == 8
    world.assert_converged()


def test_one_bad_record_never_stops_the_rest(world: JourneyWorld) -> None:
    world.people(*(row(number) for number in range(1, 41)))
    world.wire.fault = lambda request: _refused(400, "title is odd", "invalidValue") if _names(request, 7) else ""
    report = world.cycle()
    assert (report.done, len(report.failed), report.stopped) == (39, 1, "")
    assert (report.failed[0].who, report.failed[0].unknown) == ("Person 7", False)
    assert "title is odd" in str(report.failed[0].problem.rows)
    world.wire.fault = lambda request: ""
    assert world.cycle().done == 1
    world.assert_converged()


def test_five_errors_in_a_row_stop_the_run(world: JourneyWorld) -> None:
    world.people(*(row(number, groups="Team") for number in range(1, 41)))
    world.group("Team")
    world.wire.fault = lambda request: _refused(400, "no", "invalidValue") if is_write(request) else ""
    report = world.cycle()
    assert (report.stopped, report.sent, len(report.failed)) == ("5 errors in a row", 5, 5)


def test_a_tenth_of_fifty_writes_failing_stops_the_run_before_managers_and_groups(world: JourneyWorld) -> None:
    world.group("Team")
    world.people(*(row(number, groups="Team", manager="hr:90") for number in range(1, 91)))
    world.use(limits=replace(GuardLimits(), attribute_changed=Limit()))
    bad = {str(number) for number in range(10, 90, 7)}

    def refuse_some(request: HttpRequest) -> str | HttpAnswer:
        found = next((number for number in bad if f'"hr:{number}"'.encode() in request.body), "")
        return _refused(400, "no", "invalidValue") if is_write(request) and found else ""

    world.wire.fault = refuse_some
    report = world.cycle()
    assert report.stopped.endswith("errors in the last 50 writes")
    assert not any(_is_members(request) for request in world.wire.requests)
    world.wire.fault = lambda request: ""
    for _ in range(3):
        world.cycle()
    assert len(world.users()) == 90
    world.assert_converged()


def test_credentials_that_are_withdrawn_end_the_run_and_free_the_pipe(world: JourneyWorld) -> None:
    world.people(*(row(number) for number in range(1, 5)))
    plan = world.plan()
    world.wire.fault = lambda request: (
        HttpAnswer(403, JSON, b'{"message":"missing permission","code":"missing.permissions"}') if is_write(request) else ""
    )
    with pytest.raises(CredentialsRefused):
        world.apply(plan)
    world.wire.fault = lambda request: ""
    assert world.cycle().done == 4


def test_account_that_changed_between_look_and_write_is_left_for_the_next_cycle(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.edit(1, department="Desk")
    plan = world.plan()
    struck: list[str] = []

    def edit_in_between(request: HttpRequest) -> str:
        if is_write(request) and not struck:
            struck.append(request.url)
            token = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/scim+json"}
            body = {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "title", "value": "Mine"}],
            }
            pending.append(HttpRequest("PATCH", request.url, token, json.dumps(body).encode()))
        return ""

    pending: list[HttpRequest] = []
    inner = world.wire.inner

    class Meddling:
        async def send(self, request: HttpRequest) -> HttpAnswer:
            while pending:
                await inner.send(pending.pop())
            return await inner.send(request)

    world.wire.inner, world.wire.fault = Meddling(), edit_in_between
    report = world.apply(plan)
    assert [failure.problem.code for failure in report.failed] == ["JN2212"]
    assert world.user(1)["title"] == "Mine"
    report = world.cycle()
    assert (report.done, world.user(1)["title"]) == (1, "Mine")
    world.assert_converged()


def test_group_chunk_that_the_org_refuses_is_halved_until_the_one_member_stands_alone(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(*(row(number) for number in range(1, 17)))
    world.people(*(row(number, groups="Team") for number in range(1, 17)))
    minded = world.user(5)["id"]
    world.wire.fault = lambda request: (
        _refused(400, "no such member", "invalidValue") if _is_members(request) and minded.encode() in request.body else ""
    )
    report = world.cycle()
    assert [failure.who for failure in report.failed] == ["Team (hr:5)", "Team"]
    assert len(world.members(team)) == 15
    world.wire.fault = lambda request: ""
    assert world.cycle().failed == ()
    assert len(world.members(team)) == 16
    world.assert_converged()


def test_group_that_was_deleted_meanwhile_fails_once_and_is_not_halved(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(*(row(number) for number in range(1, 9)))
    world.people(*(row(number, groups="Team") for number in range(1, 9)))
    world.wire.fault = lambda request: _refused(404, "no such group") if _is_members(request) else ""
    report = world.cycle()
    assert ([failure.problem.code for failure in report.failed], report.sent) == (["JN2005"], 1)
    assert world.members(team) == set()


# ---------------------------------------------------------------- lost answers


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_lost_answer_of_a_creation_is_settled_by_looking_and_nobody_is_doubled(world: JourneyWorld, fault: str) -> None:
    world.people(row(1), row(2), row(3))
    world.wire.fault = lambda request: fault if _names(request, 2) else ""
    report = world.cycle()
    assert (report.done, [failure.unknown for failure in report.failed]) == (2, [True])
    assert len(run(world.store.open_intents("eu"))) == 1
    world.wire.fault = lambda request: ""
    report = world.cycle()
    assert report.failed == ()
    assert report.sent == (1 if fault == "lost before" else 0)
    assert "Settling unanswered writes" in world.progress
    assert len(world.users()) == 3
    world.assert_converged()


def test_creation_that_never_landed_is_not_taken_for_an_account_that_somebody_made_by_hand_meanwhile(world: JourneyWorld) -> None:
    world.people(row(1), row(2))
    world.wire.fault = lambda request: "lost before" if _names(request, 2) else ""
    world.cycle()
    world.wire.fault = lambda request: ""
    made = world.by_hand("POST", "Users", {"userName": row(2)["email"], "displayName": "By hand"})
    report = world.cycle()
    assert line_of(report.plan, 2).target_id == made["id"]
    assert len(world.users()) == 2
    assert world.user(2)["displayName"] == "By hand", "first contact: listed, not overwritten"
    world.assert_converged()


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_lost_answer_of_a_move_is_settled_by_looking(world: JourneyWorld, fault: str) -> None:
    world.settle_down(row(1, skills="Billing", phone="+4722123456"), row(2))
    world.edit(1, department="Desk", division="Sales")
    world.wire.fault = lambda request: fault if is_write(request) else ""
    assert [failure.unknown for failure in world.cycle().failed] == [True]
    world.wire.fault = lambda request: ""
    assert world.cycle().sent == (1 if fault == "lost before" else 0)
    assert world.user(1)["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"] == "Desk"
    world.assert_converged()


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_lost_answer_of_a_leaver_and_of_a_returner_is_settled(world: JourneyWorld, fault: str) -> None:
    world.settle_down(row(1), row(2))
    for status, active in (("left", False), ("active", True)):
        world.edit(1, status=status)
        world.wire.fault = lambda request: fault if is_write(request) else ""
        assert [failure.unknown for failure in world.cycle().failed] == [True]
        world.wire.fault = lambda request: ""
        assert world.cycle().failed == ()
        assert world.user(1)["active"] is active
        world.assert_converged()


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_lost_answer_of_a_member_change_is_settled(world: JourneyWorld, fault: str) -> None:
    team = world.group("Team")
    world.settle_down(*(row(number, groups="Team" if number > 3 else "") for number in range(1, 9)))
    world.people(*(row(number, groups="Team" if number != 8 else "") for number in range(1, 9)))
    world.wire.fault = lambda request: fault if _is_members(request) else ""
    report = world.cycle()
    assert all(failure.unknown for failure in report.failed)
    assert report.sent == 1, "nothing more is sent to a group of which an answer is missing"
    world.wire.fault = lambda request: ""
    for _ in range(2):
        assert world.cycle().failed == ()
    assert world.members(team) == {f"person{number}@northlight.example" for number in range(1, 8)}
    world.assert_converged()


def test_group_that_vanished_before_an_unanswered_member_change_is_settled_leaves_nothing_open(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(row(1), row(2))
    world.edit(1, groups="Team")
    world.wire.fault = lambda request: "lost after" if _is_members(request) else ""
    world.cycle()
    world.wire.fault = lambda request: ""
    world.by_hand("DELETE", f"Groups/{team}")
    plan = world.plan()
    assert hold_of(plan, 1).code == "JN2104"
    assert not run(world.store.open_intents("eu"))


def test_account_whose_write_got_no_answer_gets_nothing_more_in_this_run(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.people(row(1, manager="hr:3", department="Desk"), row(2), row(3))
    world.wire.fault = lambda request: "lost after" if is_write(request) and world_id in request.url else ""
    world_id = world.user(1)["id"]
    report = world.cycle()
    assert len([request for request in world.wire.writes if world_id in request.url]) == 1
    assert [failure.unknown for failure in report.failed] == [True]
    world.wire.fault = lambda request: ""
    for _ in range(2):
        assert world.cycle().failed == ()
    world.assert_converged()


def test_unreachable_org_fails_the_run_and_leaves_the_pipe_free(world: JourneyWorld) -> None:
    world.settle_down(row(1))
    world.edit(1, department="Desk")
    plan = world.plan()
    world.wire.fault = lambda request: "lost before"
    with pytest.raises(Unreachable):
        world.apply(plan)
    world.wire.fault = lambda request: ""
    assert world.apply(plan).done == 1


def test_settling_that_cannot_reach_the_org_keeps_the_intent_open_and_frees_the_pipe(world: JourneyWorld) -> None:
    world.people(row(1))
    world.wire.fault = lambda request: "lost after" if is_write(request) else ""
    world.cycle()
    world.wire.fault = lambda request: "lost before"
    for _ in range(2):
        with pytest.raises(Unreachable):
            world.plan()
    assert len(run(world.store.open_intents("eu"))) == 1
    world.wire.fault = lambda request: ""
    world.cycle()
    assert len(world.users()) == 1
    world.assert_converged()


# ---------------------------------------------------------------- answers that are not what they should be


def test_org_that_says_yes_and_shows_another_value_is_told(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    world.edit(1, department="Desk")
    world.wire.after = lambda request, answer: replace(answer, body=answer.body.replace(b"Desk", b"Care")) if is_write(request) else answer
    report = world.cycle()
    assert [failure.problem.code for failure in report.failed] == ["JN2211"]
    assert report.done == 0


def test_group_that_says_yes_and_shows_other_members_is_told(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(row(1), row(2))
    world.edit(1, groups="Team")
    world.wire.fault = lambda request: HttpAnswer(204) if _is_members(request) else ""
    report = world.cycle()
    assert [failure.problem.code for failure in report.failed] == ["JN2211"]
    assert ("missing", "hr:1") in report.failed[0].problem.rows
    world.wire.fault = lambda request: ""
    for _ in range(2):
        world.cycle()
    assert world.members(team) == {"person1@northlight.example"}


def test_group_that_cannot_be_read_back_is_told(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.settle_down(row(1), row(2))
    world.edit(1, groups="Team")
    world.wire.fault = lambda request: BROKEN if request.method == "GET" and request.url.endswith(f"/Groups/{team}") else ""
    report = world.cycle()
    assert [failure.problem.code for failure in report.failed] == ["JN2003"]
    assert world.members(team) == {"person1@northlight.example"}


def test_listing_that_lags_behind_our_own_write_is_looked_at_twice(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    kept: dict[str, HttpAnswer] = {}

    def remember(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        return kept.setdefault(request.url, answer) if "/Users?" in request.url and request.method == "GET" else answer

    world.wire.after = remember
    world.plan()
    world.edit(1, department="Desk")
    assert world.cycle().done == 1
    plan = world.plan()
    assert (line_of(plan, 1).kind, line_of(plan, 2).kind) == (Kind.IN_STEP, Kind.IN_STEP)
    assert "Looking again" in world.progress
    assert world.cycle().sent == 0


def test_bonded_account_that_a_cut_listing_misses_is_looked_at_and_not_created_again(world: JourneyWorld) -> None:
    world.settle_down(row(1), row(2))
    missing = world.user(2)["id"]

    def cut(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        if "/Users?" not in request.url or request.method != "GET":
            return answer
        page = json.loads(answer.body)
        page["Resources"] = [user for user in page.get("Resources", ()) if user["id"] != missing]
        page["totalResults"] = page["itemsPerPage"] = len(page["Resources"])
        return replace(answer, body=json.dumps(page).encode())

    world.wire.after = cut
    report = world.cycle()
    assert (report.sent, line_of(report.plan, 2).kind) == (0, Kind.IN_STEP)


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_lost_answer_of_taking_a_role_away_is_settled(world: JourneyWorld, fault: str) -> None:
    world.use(rules=(*world.pipe.rules, ROLES))
    world.settle_down(row(1, roles="Agent|Supervisor"), row(2))
    world.edit(1, roles="Agent")
    world.wire.fault = lambda request: fault if is_write(request) else ""
    assert [failure.unknown for failure in world.cycle().failed] == [True]
    world.wire.fault = lambda request: ""
    assert world.cycle().sent == (1 if fault == "lost before" else 0)
    assert {role["value"] for role in world.user(1)["roles"]} == {"Agent"}
    world.assert_converged()


def test_run_that_stops_at_its_last_creations_sets_no_manager_and_touches_no_group(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.people(*(row(number, manager="hr:9", groups="Team") for number in range(1, 10)))
    world.wire.fault = lambda request: _refused(400, "no", "invalidValue") if is_write(request) and b'"hr:1"' not in request.body else ""
    report = world.cycle()
    assert (report.stopped, report.sent, report.done) == ("5 errors in a row", 6, 1)
    assert world.members(team) == set()


def test_managers_that_the_org_refuses_stop_the_run_before_groups(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.people(*(row(number, manager="hr:9", groups="Team") for number in range(1, 10)))
    world.wire.fault = lambda request: _refused(400, "no manager", "invalidValue") if b"manager" in request.body else ""
    report = world.cycle()
    assert (report.stopped, report.done) == ("5 errors in a row", 9)
    assert world.members(team) == set()


def test_group_whose_only_new_member_could_not_be_created_is_left_alone(world: JourneyWorld) -> None:
    team = world.group("Team")
    world.people(row(1, groups="Team"), row(2))
    world.wire.fault = lambda request: _refused(400, "no", "invalidValue") if _names(request, 1) else ""
    report = world.cycle()
    assert (len(report.failed), any(_is_members(request) for request in world.wire.requests)) == (1, False)
    assert world.members(team) == set()


def test_accounts_past_the_limit_of_direct_looks_wait_instead_of_being_created_again(
    world: JourneyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "LIVE_LOOKS_MAX", 7)
    count = 7 + 5
    world.settle_down(*(row(number) for number in range(1, count + 1)))

    def show_nobody(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        listing = "/Users?" in request.url and request.method == "GET"
        return replace(answer, body=b'{"totalResults": 0, "Resources": []}') if listing else answer

    world.wire.after = show_nobody
    report = world.cycle()
    assert (report.sent, report.held) == (0, 5)
    assert {line.hold.code for line in report.plan.lines if line.hold is not None} == {"JN2206"}


def test_org_without_rising_versions_is_looked_at_again_soon_after_our_write(world: JourneyWorld) -> None:
    world.settle_down(row(1))

    def without_versions(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        headers = {name: value for name, value in answer.headers.items() if name != "etag"}
        return HttpAnswer(answer.status, headers, re.sub(rb'"version":\s*"[^,}]*"', b'"version":""', answer.body))

    world.wire.after = without_versions
    world.edit(1, department="Desk")
    assert world.cycle().done == 1
    world.progress.clear()
    world.plan()
    assert "Looking again" in world.progress
    world.clock.seconds += 301.0
    world.progress.clear()
    assert line_of(world.plan(), 1).kind is Kind.IN_STEP
    assert "Looking again" not in world.progress


def test_plan_of_another_version_and_text_that_is_no_plan_are_refused(world: JourneyWorld) -> None:
    world.people(row(1))
    document = encode_plan(world.plan()).document
    for broken in (b"{}", document.replace(b'"format_version":"1.', b'"format_version":"9.')):
        with pytest.raises(StalePlan) as caught:
            decode_plan(broken)
        assert caught.value.problems[0].code == "JN3003"


def test_vanished_guard_can_be_widened(world: JourneyWorld) -> None:
    world.settle_down(*(row(number) for number in range(1, 41)))
    world.use(limits=replace(GuardLimits(), stated_leavers=Limit(50, 100)))
    world.people(*(row(number, status="left" if number <= 5 else "active") for number in range(1, 41)))
    assert world.cycle().done == 5


def test_strict_org_converges_as_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = JourneyWorld(tmp_path_factory.mktemp("strict"), "strict")
    try:
        world.people(row(1, skills="Billing", phone="+4722123456"), row(2, status="left"), row(3, manager="hr:1"))
        report = world.cycle()
        assert report.failed == ()
        world.assert_converged()
        world.edit(1, status="left")
        assert world.cycle().failed == ()
        world.assert_converged()
        world.edit(1, status="active")
        assert world.cycle().failed == ()
        assert {skill["name"] for skill in world.user(1)[GENESYS]["routingSkills"]} == {"Billing"}
        world.assert_converged()
    finally:
        world.close()
