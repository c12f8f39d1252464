"""A target against orgs that answer strangely: moved lists, foreign bodies, empty answers, refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from scripted_org import JumpingClock, Scripted, ScriptedOrg, scripted_org

from joiner.connectors.build import open_target
from joiner.connectors.port import CheckResult
from joiner.connectors.scim_target import ScimTarget
from joiner.connectors.wire import AiohttpWire
from joiner.errors import CredentialsRefused, Refused, Unreachable, Unreadable
from joiner.sync.record import Proof, ProofKind, TargetSnapshot


def user(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"u{number}", "userName": f"p{number}@northlight.example", "active": True, "meta": {"version": '"1"'}, **more}


def page(*documents: dict[str, Any], total: int | None = None) -> Scripted:
    return Scripted(body=json.dumps({"totalResults": len(documents) if total is None else total, "Resources": list(documents)}))


def names(*found: str, total: int | None = None) -> Scripted:
    entities = [{"id": f"id-{name}", "name": name} for name in found]
    return Scripted(body=json.dumps({"total": len(found) if total is None else total, "entities": entities}))


Act = Callable[[ScimTarget], Awaitable[Any]]


def tell(act: Act, answers: Sequence[Scripted], kind: str = "hosted", mapped: frozenset[str] = frozenset()) -> tuple[Any, ScriptedOrg]:
    async def run() -> tuple[Any, ScriptedOrg]:
        async with scripted_org(answers) as org, AiohttpWire() as wire:
            target, _ = open_target(
                kind,
                name="eu",
                url=org.url,
                client_id="c",
                secret="s",
                wire=wire,
                clock=JumpingClock(),
                mapped=mapped,
                token_url=f"{org.url}/oauth/token",
            )
            outcome = await act(target)
            assert not org.answers, "the script was not played to its end"
            return outcome, org

    return asyncio.run(run())


def observe(answers: Sequence[Scripted], kind: str = "hosted", mapped: frozenset[str] = frozenset()) -> tuple[TargetSnapshot, list[str]]:
    snapshot, org = tell(lambda target: target.observe(), answers, kind, mapped)
    return snapshot, [seen.path.removeprefix("/api/v2") for seen in org.seen]


# ---------------------------------------------------------------- observing


def test_an_org_that_lists_only_active_users_is_asked_for_the_inactive_ones() -> None:
    snapshot, asked = observe([page(user(1)), page(total=1), page(user(2, active=False)), page(total=1)])
    assert [(record.id, record.active) for record in snapshot.users] == [("u1", True), ("u2", False)]
    assert snapshot.proof == Proof(True, ProofKind.COUNT, "2 users, totals equal on every page")
    assert snapshot.groups_complete
    assert snapshot.requests == 5  # with the token
    assert asked[1] == "/scim/v2/Users?startIndex=1&count=0&filter=active%20eq%20false"


def test_an_org_that_lists_everybody_is_not_read_twice() -> None:
    snapshot, asked = observe([page(user(1), user(2, active=False)), page(total=1)])
    assert (len(snapshot.users), len(asked), snapshot.proof.complete) == (2, 2, True)


def test_a_plain_scim_server_is_read_by_one_list() -> None:
    snapshot, asked = observe([page(user(1))], kind="scim")
    assert (len(snapshot.users), asked) == (1, ["/Users?startIndex=1&count=100"])


def test_somebody_activated_while_reading_is_not_lost() -> None:
    """u2 was inactive when the first list was read and active when the second was: in neither of them."""
    first = [page(user(1)), page(total=1), page(), page(total=2)]
    again = [page(user(1), user(2)), page(total=0)]
    snapshot, _ = observe([*first, *again])
    assert [record.id for record in snapshot.users] == ["u1", "u2"]
    assert snapshot.proof.complete


def test_an_org_that_never_rests_is_not_proven_whole() -> None:
    restless = [page(user(1)), page(total=1), page(), page(total=2), page(user(1)), page(total=1), page(), page(total=2), page(user(1))]
    snapshot, _ = observe(restless)
    assert snapshot.proof == Proof(False, ProofKind.NONE, "users: active and inactive users kept changing places while they were read")


def test_a_list_with_a_flaw_proves_nothing() -> None:
    snapshot, _ = observe([page(user(1), total=2), page(total=2)] * 3)
    assert (len(snapshot.users), snapshot.proof.complete) == (1, False)
    snapshot, _ = observe([page(user(1)), page(total=2), *[page(user(2, active=False), total=2), page(total=2)] * 3])
    assert (len(snapshot.users), snapshot.proof.complete) == (2, False)


def test_groups_give_their_members_and_users_their_groups() -> None:
    group = {"id": "g1", "displayName": "Bergen", "members": [{"value": "u1"}], "meta": {"version": '"7"'}}
    snapshot, asked = observe([page(group), page(user(1), user(2))], kind="scim", mapped=frozenset({"groups"}))
    assert asked[0] == "/Groups?startIndex=1&count=50"
    assert snapshot.groups[0].member_ids == frozenset({"u1"})
    assert [[group.name for group in record.values["groups"]] for record in snapshot.users] == [["Bergen"], []]  # type: ignore[union-attr]
    assert snapshot.directory.by_name["group"]["bergen"].id == "g1"


def test_an_account_that_never_shows_its_groups_keeps_those_that_the_groups_list() -> None:
    group = {"id": "g1", "displayName": "Bergen", "members": [{"value": "u1"}]}

    async def look_again(target: ScimTarget) -> Any:
        await target.observe()
        return await target.get_user("u1")

    silent, _ = tell(look_again, [page(group), page(user(1)), Scripted(body=json.dumps(user(1)))], "scim", frozenset({"groups"}))
    assert [group.name for group in silent.values["groups"]] == ["Bergen"]
    left = Scripted(body=json.dumps(user(1)))
    telling, _ = tell(look_again, [page(group), page(user(1, groups=[{"value": "g1"}])), left], "scim", frozenset({"groups"}))
    assert telling.values["groups"] == ()


def test_groups_with_a_flaw_take_the_proof_away() -> None:
    broken = [page({"id": "g1"}, total=2), page(total=2)] * 3
    snapshot, _ = observe([*broken, page(user(1))], kind="scim", mapped=frozenset({"groups"}))
    assert snapshot.proof.detail == "groups: the list ended after 1 entries of 2"
    assert not snapshot.groups_complete


def test_names_of_mapped_kinds_are_listed_and_a_list_that_moves_is_left_out() -> None:
    moving = [names("Agent", total=2), names(total=2)] * 3
    answers = [names("Home", "Bergen"), *moving, page(user(1)), page(total=0)]
    snapshot, asked = observe(answers, mapped=frozenset({"division", "roles"}))
    assert asked[0] == "/authorization/divisions?pageSize=100&pageNumber=1"
    assert snapshot.directory.by_name["division"]["bergen"].id == "id-Bergen"
    assert "role" not in snapshot.directory.by_name
    assert snapshot.proof.complete
    assert "role names: the list ended after 1 entries of 2" in snapshot.proof.detail


def test_managers_may_be_named_by_any_user_of_the_org() -> None:
    snapshot, _ = observe([page(user(1, externalId="1001"))], kind="scim", mapped=frozenset({"manager"}))
    assert snapshot.directory.by_name["user"]["1001"].id == "u1"


@pytest.mark.parametrize(
    ("mapped", "answers"),
    [(frozenset(), [page({"id": "u1", "userName": 7})]), (frozenset({"groups"}), [page({"id": "g1", "members": "x"})])],
)
def test_what_is_no_user_or_group_is_unreadable(mapped: frozenset[str], answers: list[Scripted]) -> None:
    with pytest.raises(Unreadable):
        observe(answers, kind="scim", mapped=mapped)


# ---------------------------------------------------------------- one account, one group


def test_an_account_that_the_org_does_not_have_is_none() -> None:
    assert tell(lambda target: target.get_user("u 1/2"), [Scripted(404, '{"detail": "none"}')])[0] is None
    _, org = tell(lambda target: target.get_group("g/1"), [Scripted(404, '{"detail": "none"}')])
    assert org.seen[0].path == "/api/v2/scim/v2/Groups/g%2F1"


def test_another_accounts_body_is_never_taken_for_the_one_asked_for() -> None:
    with pytest.raises(Unreadable):
        tell(lambda target: target.get_user("u1"), [Scripted(body=json.dumps(user(2)))])
    with pytest.raises(Unreadable):
        tell(lambda target: target.get_group("g1"), [Scripted(body='{"id": "g2"}')])
    with pytest.raises(Unreachable):
        tell(lambda target: target.update_user("u1", {"title": "Lead"}, {}, ""), [Scripted(body=json.dumps(user(2)))])


def test_other_refusals_of_a_read_are_passed_on() -> None:
    with pytest.raises(Refused):
        tell(lambda target: target.get_user("u1"), [Scripted(400, '{"detail": "no"}')])


def test_a_group_is_read_with_its_members() -> None:
    group, _ = tell(
        lambda target: target.get_group("g1"), [Scripted(body='{"id": "g1", "displayName": "Bergen", "members": [{"value": "u1"}]}')]
    )
    assert (group.name, group.member_ids) == ("Bergen", frozenset({"u1"}))


def test_a_created_account_whose_answer_is_no_user_leaves_the_outcome_unknown() -> None:
    with pytest.raises(Unreachable) as caught:
        tell(lambda target: target.create_user({"userName": "a@northlight.example"}, "1"), [Scripted(201, "{}")])
    assert caught.value.problems[0].code == "JN2007"


def test_an_update_answered_without_the_account_is_looked_up() -> None:
    record, org = tell(
        lambda target: target.update_user("u1", {"title": "Lead"}, {}, '"1"'), [Scripted(204, ""), Scripted(body=json.dumps(user(1)))]
    )
    assert record.id == "u1"
    assert [(seen.method, seen.headers.get("if-match")) for seen in org.seen] == [("PATCH", '"1"'), ("GET", None)]


def test_an_update_whose_account_vanished_is_an_unknown_outcome() -> None:
    with pytest.raises(Unreachable):
        tell(lambda target: target.update_user("u1", {"title": "Lead"}, {}, ""), [Scripted(204, ""), Scripted(404, "")])


@pytest.mark.parametrize("reading", [Scripted(400, "{}"), Scripted(200, "no JSON", {"Content-Type": "text/html"})])
def test_change_that_was_taken_and_cannot_be_read_back_is_never_taken_for_refused(reading: Scripted) -> None:
    with pytest.raises(Unreachable) as lost:
        tell(lambda target: target.update_user("u1", {"title": "Lead"}, {}, ""), [Scripted(204, ""), reading])
    assert lost.value.problems[0].code == "JN2007"


def test_an_update_without_anything_to_send_only_looks() -> None:
    record, org = tell(lambda target: target.update_user("u1", {}, {}, '"1"'), [Scripted(body=json.dumps(user(1)))])
    assert (record.id, org.seen[0].method) == ("u1", "GET")


NO_TARGET = Scripted(400, '{"scimType": "noTarget", "detail": "no such entry"}')


def test_a_strict_server_gets_a_patch_that_fits_the_account() -> None:
    shown = Scripted(body=json.dumps(user(1, emails=[{"type": "work", "value": "a@northlight.example"}])))
    sets = {"emails[work]": "b@northlight.example", "phoneNumbers[work]": "+4755900001"}
    _, org = tell(lambda target: target.update_user("u1", sets, {}, '"1"'), [NO_TARGET, shown, shown], "scim")
    assert [seen.method for seen in org.seen] == ["PATCH", "GET", "PATCH"]
    assert json.loads(org.seen[2].body)["Operations"] == [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@northlight.example"},
        {"op": "add", "path": "phoneNumbers", "value": [{"type": "work", "value": "+4755900001"}]},
    ]


def test_a_refusal_that_no_other_patch_would_mend_is_passed_on() -> None:
    shown = Scripted(body=json.dumps(user(1)))
    for answers in ([NO_TARGET, shown], [NO_TARGET, Scripted(404, "")], [Scripted(400, '{"scimType": "invalidValue"}')]):
        with pytest.raises(Refused):
            tell(lambda target: target.update_user("u1", {"title": "Lead"}, {}, ""), answers, "scim")


def test_taking_away_what_is_not_there_is_no_second_request() -> None:
    shown = Scripted(body=json.dumps(user(1)))
    _, org = tell(lambda target: target.update_user("u1", {}, {"roles": ("Agent",)}, ""), [NO_TARGET, shown, shown], "scim")
    assert [seen.method for seen in org.seen] == ["PATCH", "GET", "GET"]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (Scripted(204, "", {"ETag": '"8"'}), '"8"'),
        (Scripted(200, '{"id": "g1", "meta": {"version": "9"}}'), '"9"'),
        (Scripted(200, '{"meta": {"version": 9}}'), ""),
        (Scripted(204, ""), ""),
    ],
)
def test_a_membership_change_answers_the_groups_new_version(answer: Scripted, version: str) -> None:
    found, org = tell(lambda target: target.change_members("g1", ["u1"], ["u2"], '"7"'), [answer])
    assert found == version
    assert org.seen[0].headers["if-match"] == '"7"'


# ---------------------------------------------------------------- check


def check(answers: Sequence[Scripted], kind: str = "scim", mapped: frozenset[str] = frozenset()) -> list[CheckResult]:
    return list(tell(lambda target: target.check(), answers, kind, mapped)[0])


SCIM_ERROR = '{"detail": "no"}'


def test_a_client_that_may_do_everything_passes_and_nothing_is_changed() -> None:
    answers = [
        Scripted(),
        page(),
        page(),
        page(),
        names(),
        Scripted(400, SCIM_ERROR),
        Scripted(404, SCIM_ERROR),
        Scripted(404, SCIM_ERROR),
        page(),
    ]
    results = check(answers, "hosted", frozenset({"groups", "roles"}))
    assert [(result.what, result.passed, result.detail) for result in results] == [
        (what, True, "")
        for what in (
            "sign in",
            "read what the org can do",
            "list users",
            "list inactive users",
            "list groups",
            "list roles",
            "create users",
            "change users",
            "change members of groups",
            "hold the attributes of the rules",
        )
    ]


def test_missing_permissions_are_named() -> None:
    forbidden = Scripted(403, '{"message": "needs one of [directory:user:add, authorization:grant:add]"}')
    results = check([Scripted(404, SCIM_ERROR), page(), forbidden, Scripted(404, SCIM_ERROR), Scripted(404, SCIM_ERROR)])
    assert [result.passed for result in results] == [True, True, True, False, True, True]
    assert results[5].detail.startswith("cannot be told")
    assert results[1].detail.startswith("not offered; joiner does without")
    assert results[3].missing == ("directory:user:add", "authorization:grant:add")


def test_an_org_that_carries_out_an_impossible_request_is_told() -> None:
    results = check([Scripted(), page(), Scripted(201, json.dumps(user(1))), Scripted(404, SCIM_ERROR), page({"id": "urn:x"})])
    assert [(result.what, result.passed) for result in results if not result.passed] == [("create users", False)]
    assert "look at what it did" in results[3].detail


def test_a_web_page_where_the_api_should_be_is_told() -> None:
    page_not_found = Scripted(404, "<html>")
    results = check([page_not_found] * 5)
    assert [result.passed for result in results] == [True, True, False, False, False, True]
    assert results[2].detail.startswith("JN2006")


def test_without_sign_in_or_answer_nothing_more_is_tried() -> None:
    async def wrong_secret() -> list[CheckResult]:
        async with scripted_org([], [Scripted(401, '{"error": "invalid_client"}')]) as org, AiohttpWire() as wire:
            target, _ = open_target(
                "hosted", name="eu", url=org.url, client_id="c", secret="s", wire=wire, clock=JumpingClock(), mapped=frozenset()
            )
            return list(await target.check())

    async def unreachable() -> list[CheckResult]:
        async with AiohttpWire() as wire:
            target, _ = open_target(
                "scim", name="eu", url="http://127.0.0.1:9", secret="s", wire=wire, clock=JumpingClock(), mapped=frozenset()
            )
            return list(await target.check())

    (refused,) = asyncio.run(wrong_secret())
    assert (refused.passed, refused.detail.startswith("JN2001")) == (False, True)
    assert [result.passed for result in asyncio.run(unreachable())] == [True, False]


def test_credentials_that_are_refused_end_an_observation() -> None:
    with pytest.raises(CredentialsRefused):
        observe([Scripted(401), Scripted(401)], kind="scim")
