"""The oracle by itself: each law is broken by hand, one write or one request at a time, and must be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.journeys.cycle import Report
from joiner.journeys.noted import NotedChunk, encode_noted
from joiner.simulation.driver import Life, finish
from joiner.simulation.edits import new_person
from joiner.simulation.hands import EPOCH
from joiner.simulation.humans import make_account, patch
from joiner.simulation.org_front import OrgWrite, View
from joiner.simulation.plan_laws import check_sent
from joiner.simulation.roster import Row, Served, beside, desired, e164, render
from joiner.simulation.watch import Run
from joiner.simulation.world import World, build_world
from joiner.store.port import Intent, IntentState
from joiner.sync.batch import Chunk
from joiner.sync.plan import Plan
from joiner.sync.record import PersonKey
from joiner.web.in_process import serve_in_process

USERS = "https://org.example/north/api/v2/scim/v2/Users"


@pytest.fixture
def world() -> Iterator[World]:
    made = build_world(1, serve_in_process)
    made.roster.put(new_person(made.roster, made.random)._replace(employee_no="7", email="p7@n.example", nick="Tee", department="Sales"))
    yield made
    made.house.close()


def a_run(world: World, name: str = "engine north 1", **fields: object) -> Run:
    run = world.watch.begin(Life(name), "north", typed=False)
    truth = dict(world.roster.rows)
    served = Served(name, truth, frozenset(truth), True, 0.0, EPOCH.timestamp())
    run.served["hr"] = replace(served, **fields)  # type: ignore[arg-type]
    world.roster.served.append(run.served["hr"])
    return run


def view(world: World, **fields: object) -> View:
    row = world.roster.rows["7"]
    return {**desired(row), "mobile": "", "active": True, "deleted": False, "externalId": "7", **fields}


def created(world: World, run: Run) -> View:
    shown = view(world)
    world.house.fronts["north"].views["a7"] = shown
    world.judge.write(OrgWrite("north", 1, run.name, "a7", None, shown), run)
    return shown


def change(world: World, run: Run | None, before: View, **fields: object) -> View:
    after = {**before, **fields}
    world.house.fronts["north"].views["a7"] = after
    world.judge.write(OrgWrite("north", 2, run.name if run else "human", "a7", before, after), run)
    return after


def laws(world: World) -> list[str]:
    return [broken.law for broken in world.watch.broken]


def leave(world: World) -> None:
    world.roster.put(world.roster.rows["7"]._replace(status="left"))


def test_a_right_creation_breaks_nothing(world: World) -> None:
    created(world, a_run(world))
    assert laws(world) == []


def test_deactivating_somebody_employed_is_seen(world: World) -> None:
    run = a_run(world)
    change(world, run, created(world, run), active=False, roles=frozenset())
    assert laws(world) == ["removal evidence"]


def test_deactivating_a_stated_leaver_is_right(world: World) -> None:
    shown = created(world, a_run(world))
    leave(world)
    change(world, a_run(world, "engine north 2"), shown, active=False, roles=frozenset())
    assert laws(world) == []


def test_one_proven_absence_is_no_evidence_and_two_a_grace_apart_are(world: World) -> None:
    shown = created(world, a_run(world))
    world.roster.drop("7")
    first = a_run(world, "engine north 2")
    change(world, first, shown, active=False)
    assert laws(world) == ["removal evidence"]
    world.watch.broken.clear()
    later = EPOCH + timedelta(seconds=3_600)
    change(world, a_run(world, "engine north 3", wall=later.timestamp()), shown, active=False)
    assert laws(world) == []


def test_word_given_for_the_same_plan_after_the_read_lets_go_whom_the_read_had_cut_off(world: World) -> None:
    shown = created(world, a_run(world))
    run = a_run(world, "engine north 2", shown=frozenset(), proven=False)
    run.approved.add("unproven")
    change(world, run, shown, active=False)
    assert laws(world) == ["removal evidence"], "a word does not let go who is employed"
    world.watch.broken.clear()
    world.roster.drop("7")
    change(world, run, shown, active=False)
    assert laws(world) == []
    run.approved.clear()
    change(world, run, shown, active=False)
    assert laws(world) == ["removal evidence"]


def test_value_that_the_source_does_not_want_is_seen(world: World) -> None:
    run = a_run(world)
    change(world, run, created(world, run), displayName="Somebody Else")
    assert laws(world) == ["ownership"]


def test_overwriting_what_the_org_owns_is_seen(world: World) -> None:
    world.judge.ledger.chart = {**world.judge.ledger.chart, "department": "org"}
    run = a_run(world)
    edited = change(world, None, created(world, run), department="Hand-made")
    change(world, run, edited, department="Sales")
    assert laws(world) == ["ownership"]


def test_losing_a_one_sided_edit_of_a_shared_value_is_seen(world: World) -> None:
    world.judge.ledger.chart = {**world.judge.ledger.chart, "nickName": "shared"}
    run = a_run(world)
    edited = change(world, None, created(world, run), nickName="Hand")
    change(world, run, edited, nickName="Tee")
    assert laws(world) == ["one-sided edit"]


def test_taking_away_what_a_human_brought_is_seen(world: World) -> None:
    world.judge.ledger.chart = {**world.judge.ledger.chart, "groups": "source"}
    world.roster.put(world.roster.rows["7"]._replace(groups=()))
    run = a_run(world)
    edited = change(world, None, created(world, run), groups=frozenset({"Evening"}))
    change(world, run, edited, groups=frozenset())
    assert laws(world) == ["one-sided edit"]


@pytest.mark.parametrize("believes", [True, False])
def test_what_a_human_put_back_behind_a_lost_answer_is_excused_only_while_the_engine_must_take_it_for_its_own(
    world: World, *, believes: bool
) -> None:
    world.judge.ledger.chart = {**world.judge.ledger.chart, "groups": "source"}
    world.roster.put(world.roster.rows["7"]._replace(groups=()))
    run = a_run(world)
    run.intents["i1"] = Intent("i1", "north", "r", 1, "members", None, "g", b"", EPOCH)
    brought = change(world, run, created(world, run), groups=frozenset({"Evening"}))
    world.watch.broken.clear()
    put_back = change(world, None, change(world, run, brought, groups=frozenset()), groups=frozenset({"Evening"}))
    world.judge.ledger.void.add("i1")
    world.judge.ledger.still_agreed = lambda piece: believes
    change(world, run, put_back, groups=frozenset())
    assert laws(world) == ([] if believes else ["one-sided edit"])


@pytest.mark.parametrize("landed", [True, False])
def test_what_a_human_brought_behind_an_unanswered_write_is_credited_to_the_engine_only_if_that_never_landed(
    world: World, *, landed: bool
) -> None:
    a_run(world)
    a_run(world, "engine north 2")
    body = encode_noted(NotedChunk(Chunk("g", "Evening", add=(PersonKey("hr", "7"),)), ("a7",)))
    world.watch.stored(Life("engine north 1"), "note_intent", (Intent("i1", "north", "r", 1, "members", None, "g", body, EPOCH),), None)
    world.watch.landed["i1"] = landed
    world.watch.stored(Life("engine north 2"), "record_outcome", ("i1", IntentState.DONE), None)
    assert world.judge.ledger.credited == (set() if landed else {("north", "a7", "groups", "Evening")})


def test_second_live_account_of_a_person_is_seen(world: World) -> None:
    run = a_run(world)
    created(world, run)
    other = view(world, userName="second@n.example")
    world.house.fronts["north"].views["b7"] = other
    world.judge.write(OrgWrite("north", 2, run.name, "b7", None, other), run)
    assert "nobody doubled" in laws(world)


def test_account_given_to_somebody_else_is_seen(world: World) -> None:
    run = a_run(world)
    created(world, run)
    world.judge.link(run, "8", "a7")
    assert laws(world) == ["nobody confused"]


def test_more_removals_than_a_handful_of_people_allows_are_seen(world: World) -> None:
    run = a_run(world)
    run.removed["leavers"] = 2
    shown = created(world, run)
    leave(world)
    late = a_run(world, "engine north 2")
    late.removed["leavers"] = 2
    change(world, late, shown, active=False)
    assert laws(world) == ["guard"]


def test_request_before_the_org_allowed_it_is_seen(world: World) -> None:
    life, request = Life("engine north 1"), HttpRequest("GET", USERS)
    a_run(world)
    world.watch.sending(life, "north", request, 0.0, writes=False)
    world.watch.answered(life, "north", request, HttpAnswer(429, {"retry-after": "3"}), "429", writes=False)
    world.time.elapsed = 2.0
    world.watch.sending(life, "north", request, 2.0, writes=False)
    assert laws(world) == ["Retry-After"]
    world.time.elapsed = 3.0
    world.watch.sending(life, "north", request, 3.0, writes=False)
    assert laws(world) == ["Retry-After"]


def test_write_without_an_intent_and_a_create_sent_again_blindly_are_seen(world: World) -> None:
    life, run = Life("engine north 1"), a_run(world)
    request = HttpRequest("POST", USERS, {}, b'{"externalId": "hr:7"}')
    world.watch.sending(life, "north", request, 0.0, writes=True)
    assert laws(world) == ["intent before call"]
    world.watch.broken.clear()
    intent = Intent("i1", "north", "r", 1, "create", PersonKey("hr", "7"), "", b"", EPOCH)
    world.watch.stored(life, "note_intent", (intent,), None)
    world.watch.sending(life, "north", request, 0.0, writes=True)
    assert laws(world) == []
    world.watch.answered(life, "north", request, None, "lost after", writes=True)
    world.watch.sending(life, "north", request, 0.0, writes=True)
    assert laws(world) == ["settle before retry"]
    assert run.writes == 3


def test_superseded_lease_that_is_accepted_is_seen(world: World) -> None:
    one, other = Life("engine north 1"), Life("engine north 2")
    a_run(world)
    a_run(world, "engine north 2")
    world.watch.stored(one, "take_lease", ("north",), 1)
    world.watch.stored(other, "take_lease", ("north",), 2)
    world.watch.stored(one, "renew_lease", ("north", 1), None)
    assert laws(world) == ["fencing"]


def test_journal_that_contradicts_the_org_is_seen(world: World) -> None:
    life = Life("engine north 1")
    a_run(world)
    intent = Intent("i1", "north", "r", 1, "create", PersonKey("hr", "7"), "", b"", EPOCH)
    world.watch.stored(life, "note_intent", (intent,), None)
    world.watch.stored(life, "record_outcome", ("i1", IntentState.DONE), None)
    world.watch.check_journal()
    assert laws(world) == ["journal"]


def test_request_more_than_foretold_is_seen_unless_the_run_had_to_look_up_what_another_left_open(world: World) -> None:
    one, other = Life("engine north 1"), Life("engine north 2")
    a_run(world)
    run = a_run(world, other.name)
    report = Report(Plan("north", "north", EPOCH, "test", "", (), (), requests=3))
    run.requests = 5
    check_sent(report, run, world.watch)
    assert laws(world) == ["request bound"]
    world.watch.broken.clear()
    intent = Intent("i1", "north", "r", 1, "update", PersonKey("hr", "7"), "a7", b"", EPOCH)
    world.watch.stored(one, "note_intent", (intent,), None)
    world.watch.stored(one, "record_outcome", ("i1", IntentState.REFUSED), None)
    check_sent(report, run, world.watch)
    assert laws(world) == ["request bound"]
    world.watch.broken.clear()
    world.watch.stored(other, "record_outcome", ("i1", IntentState.VOID), None)
    check_sent(report, run, world.watch)
    assert laws(world) == []


def test_witness_sees_what_a_human_does_and_nothing_that_the_log_does_not_know(world: World) -> None:
    front = world.house.fronts["north"]
    seen: list[OrgWrite] = []
    front.on_write = seen.append
    make_account(front, "p7@n.example", "Ada", world.random)
    [account] = front.views
    patch(front, f"/Users/{account}", {"op": "replace", "path": "title", "value": "Lead"})
    assert [(write.by, write.before is None, write.after["title"]) for write in seen][1:] == [("human", False, "Lead")]
    assert front.unwitnessed() == []
    front.views[account] = {**front.views[account], "title": "Forged"}
    assert front.unwitnessed() == [account]


def test_file_proves_itself_in_each_way_and_a_cut_one_contradicts_its_proof() -> None:
    rows = {"7": Row("7", "active", "Ada", "Quist", "p7@n.example")}
    assert render(rows, "trailer").endswith(b"#rows=1\n")
    assert render({}, "trailer", claimed=1).endswith(b"#rows=1\n")
    assert beside(b"x", 1, "count") == {".count": b"1\n"}
    assert list(beside(b"x", 1, "digest")) == [".sha256"]
    assert beside(b"x", 1, "none") == {}


@pytest.mark.parametrize("spelling", ["+4722593376", "+47 22 59 33 76", "22593376"])
def test_phone_spellings_are_one_number(spelling: str) -> None:
    assert e164(spelling) == "+4722593376"


def test_engine_memory_starts_empty(world: World) -> None:
    assert finish(world.house.engine_store.bonds("north")) == {}
