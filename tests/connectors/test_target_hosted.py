"""A target on a real hosted org, in both profiles, in process and over HTTP: what is written is read back as the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hosted_org import ATTRIBUTES, HostedOrg, hosted_org

from joiner.connectors.port import Target
from joiner.connectors.scim_target import ScimTarget
from joiner.errors import CredentialsRefused, Refused
from joiner.sync.record import Reference, TargetRecord, TargetSnapshot, Value

Story = Callable[[HostedOrg], Awaitable[None]]
everywhere = pytest.mark.parametrize(
    ("profile", "door"), [("strict", "in-process"), ("extended", "in-process"), ("strict", "http"), ("extended", "http")]
)
both = pytest.mark.parametrize("profile", ["strict", "extended"])


def tell(story: Story, profile: str, door: str = "in-process", permissions: tuple[str, ...] | None = None) -> None:
    async def run() -> None:
        async with hosted_org(profile, door, permissions) as org:
            await story(org)

    asyncio.run(run())


def account(number: int, **more: Value) -> dict[str, Value]:
    return {"userName": f"p{number}@northlight.example", "displayName": f"Person {number}", **more}


def skill(name: str, level: float | None = None) -> Reference:
    return Reference("skill", name, proficiency=level)


def comparable(target: Target, name: str, value: Value) -> Any:
    """A value as the merge compares it; levels of skills besides."""
    attribute = target.capabilities.attributes[name]
    if not attribute.multi:
        return attribute.canonical(value)
    elements = value if isinstance(value, tuple) else ()
    return {(attribute.canonical(element), element.proficiency if isinstance(element, Reference) else None) for element in elements}


def assert_holds(target: Target, record: TargetRecord, wanted: dict[str, Value]) -> None:
    for name, value in wanted.items():
        if name in record.values:
            assert comparable(target, name, record.values[name]) == comparable(target, name, value), name


def only(snapshot: TargetSnapshot) -> TargetRecord:
    (record,) = snapshot.users
    return record


async def make_group(target: ScimTarget, name: str) -> str:
    reply = await target.exchange.ask(
        "POST", f"{target.addresses.names}/groups", document={"name": name, "type": "official", "visibility": "public"}
    )
    return str(reply.document["id"])


# ---------------------------------------------------------------- accounts


@everywhere
def test_a_new_account_reads_back_as_it_was_written(profile: str, door: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        await target.observe()
        boss = await target.create_user(account(1), "1")
        wanted = account(
            2,
            title="Team lead",
            department="Støtte",
            division=Reference("division", "Bergen"),
            manager=Reference("user", boss.user_name, boss.id),
            employeeNumber="1002",
            dateHire="2024-03-01",
            roles=(Reference("role", "Agent"), Reference("role", "Supervisor")),
            routingSkills=(skill("Spanish", 4.0), skill("Billing", 2.5)),
            routingLanguages=(Reference("language", "Norsk", proficiency=5.0),),
            **{
                "emails[work]": "two@northlight.example",
                "phoneNumbers[work]": "+4755900001",
                "phoneNumbers[mobile]": "+4790012345",
                "externalIds[microsoftteams]": "teams-2",
                "sourceOrg": "hub",
            },
        )
        created = await target.create_user(wanted, "1002")
        assert_holds(target, created, wanted)
        assert (created.external_id, created.active, created.sequence > 0) == ("1002", True, True)
        snapshot = await target.observe()
        seen = next(record for record in snapshot.users if record.id == created.id)
        assert_holds(target, seen, wanted)
        assert (seen.fingerprint, seen.version) == (created.fingerprint, created.version)
        assert snapshot.proof.complete
        assert seen.values["division"] == snapshot.directory.by_name["division"]["bergen"]
        assert await target.get_user(created.id) == seen

    tell(story, profile, door)


@everywhere
def test_changes_clear_replace_add_and_take_away(profile: str, door: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        await target.observe()
        first = account(
            1,
            title="Agent",
            department="Support",
            routingSkills=(skill("Spanish", 4.0), skill("Billing", 1.0)),
            roles=(Reference("role", "Agent"),),
            **{"phoneNumbers[work]": "+4755900001", "emails[work]": "one@northlight.example"},
        )
        created = await target.create_user(first, "1")
        sets: dict[str, Value] = {
            "title": "Lead",
            "department": None,
            "phoneNumbers[work]": "+4755900009",
            "phoneNumbers[mobile]": "+4790012345",
            "emails[work]": None,
            "roles": (Reference("role", "Supervisor"),),
            "routingSkills": (skill("Spanish", 5.0),),
            "division": Reference("division", "Leeds"),
        }
        removes: dict[str, Value] = {"roles": (Reference("role", "Agent"),), "routingSkills": (skill("Spanish", 4.0),)}
        changed = await target.update_user(created.id, sets, removes, created.version)
        assert_holds(target, changed, {**sets, "routingSkills": (skill("Spanish", 5.0), skill("Billing", 1.0))})
        assert changed.sequence > created.sequence
        assert only(await target.observe()).fingerprint == changed.fingerprint
        cleared = await target.update_user(
            created.id, {"phoneNumbers[work]": None, "title": None}, {"routingSkills": (skill("Billing"),)}, ""
        )
        assert_holds(target, cleared, {"phoneNumbers[work]": None, "title": None, "routingSkills": (skill("Spanish", 5.0),)})

    tell(story, profile, door)


@everywhere
def test_a_stale_version_is_refused_and_changes_nothing(profile: str, door: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        created = await target.create_user(account(1, title="Agent"), "1")
        changed = await target.update_user(created.id, {"title": "Lead"}, {}, created.version)
        with pytest.raises(Refused) as caught:
            await target.update_user(created.id, {"title": "Chief"}, {}, created.version)
        assert caught.value.status in (409, 412) or (caught.value.status, caught.value.scim_type) == (400, "invalidVers")
        assert caught.value.request_id
        assert await target.get_user(created.id) == changed

    tell(story, profile, door)


@everywhere
def test_a_leaver_is_still_observed_and_found(profile: str, door: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        stays = await target.create_user(account(1), "1")
        leaves = await target.create_user(account(2), 'key "2" \\ å')
        gone = await target.update_user(leaves.id, {"active": False}, {}, leaves.version)
        assert not gone.active
        snapshot = await target.observe()
        assert {(record.id, record.active) for record in snapshot.users} == {(stays.id, True), (leaves.id, False)}
        assert snapshot.proof.complete
        assert [record.id for record in await target.find_users(user_name="P2@northlight.example")] == [leaves.id]
        assert [record.id for record in await target.find_users(external_id='key "2" \\ å')] == [leaves.id]
        assert await target.find_users(external_id="nobody") == []
        assert await target.get_user("00000000-0000-4000-8000-999999999999") is None
        back = await target.update_user(leaves.id, {"active": True}, {}, gone.version)
        assert back.active

    tell(story, profile, door)


@both
def test_what_the_org_refuses_changes_nothing_and_is_told_in_its_words(profile: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        await target.create_user(account(1), "1")
        with pytest.raises(Refused) as taken:
            await target.create_user(account(1), "2")
        assert (taken.value.status, taken.value.scim_type) == (409, "uniqueness")
        with pytest.raises(Refused) as unknown:
            await target.create_user(account(2, roles=(Reference("role", "ID_OF_AGENT_ROLE"),)), "2")
        assert (unknown.value.status, unknown.value.scim_type) == (400, "invalidValue")
        assert "ID_OF_AGENT_ROLE" in unknown.value.detail
        assert len((await target.observe()).users) == 1

    tell(story, profile)


@both
def test_an_org_larger_than_a_page_is_read_whole(profile: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open(mapped=frozenset({"title"}))
        made = [await target.create_user(account(number), str(number)) for number in range(230)]
        for record in made[::10]:
            await target.update_user(record.id, {"active": False}, {}, "")
        snapshot = await target.observe()
        assert {record.external_id for record in snapshot.users} == {str(number) for number in range(230)}
        assert sum(not record.active for record in snapshot.users) == 23
        assert snapshot.proof.complete

    tell(story, profile)


def test_the_rate_limit_of_the_contract_is_obeyed_and_nothing_is_lost() -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open(mapped=frozenset())
        for number in range(350):
            await target.create_user(account(number), str(number))
        assert target.exchange.counters.throttles >= 1
        assert len((await target.observe()).users) == 350

    tell(story, "strict")


# ---------------------------------------------------------------- groups


@everywhere
def test_members_join_and_leave_and_users_show_their_groups(profile: str, door: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        group_id = await make_group(target, "Bergen Support")
        people = [await target.create_user(account(number), str(number)) for number in range(5)]
        ids = [person.id for person in people]
        before = await target.get_group(group_id)
        assert before is not None
        version = await target.change_members(group_id, ids[:4], [], before.version)
        assert version not in ("", before.version)
        version = await target.change_members(group_id, ids[4:], ids[:2], version)
        after = await target.get_group(group_id)
        assert after is not None
        assert (after.version, after.member_ids) == (version, frozenset(ids[2:]))
        snapshot = await target.observe()
        assert snapshot.groups == (after,)
        shown = {record.id: [group.name for group in record.values["groups"]] for record in snapshot.users}  # type: ignore[union-attr]
        assert shown == {person: (["Bergen Support"] if person in ids[2:] else []) for person in ids}
        with pytest.raises(Refused):
            await target.change_members(group_id, [], ids[2:3], before.version)

    tell(story, profile, door)


@both
def test_a_full_chunk_of_members_goes_in_and_out_in_one_request(profile: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open(mapped=frozenset({"groups"}))
        group_id = await make_group(target, "Everybody")
        chunk = target.capabilities.member_chunk
        ids = [(await target.create_user(account(number), str(number))).id for number in range(2 * chunk)]
        await target.change_members(group_id, ids[:chunk], [], "")
        await target.change_members(group_id, ids[chunk:], ids[:chunk], "")
        group = await target.get_group(group_id)
        assert group is not None
        assert group.member_ids == frozenset(ids[chunk:])

    tell(story, profile)


# ---------------------------------------------------------------- other kinds on the same org


def test_a_plain_scim_client_works_on_the_standard_path() -> None:
    async def story(org: HostedOrg) -> None:
        mapped = frozenset(
            {"name.givenName", "name.familyName", "userName", "department", "emails[work]", "phoneNumbers[work]", "groups", "nickName"}
        )
        target = org.open("scim", mapped=mapped, path="/scim/v2")
        wanted: dict[str, Value] = {
            **account(1, department="Support", nickName="Å"),
            "name.givenName": "Åse",
            "name.familyName": "Lind",
            "emails[work]": "one@northlight.example",
        }
        created = await target.create_user(wanted, "1")
        assert_holds(target, created, wanted)
        changed = await target.update_user(
            created.id, {"name.familyName": "Berg", "nickName": None, "phoneNumbers[work]": "+4755900001"}, {}, ""
        )
        assert_holds(target, changed, {**wanted, "name.familyName": "Berg", "nickName": None, "phoneNumbers[work]": "+4755900001"})
        group = await target.exchange.ask("POST", target.addresses.groups, document={"displayName": "Bergen"})
        group_id = str(group.document["id"])
        await target.change_members(group_id, [created.id], [], "")
        await target.change_members(group_id, [], [created.id], "")
        assert (await target.observe()).groups[0].member_ids == frozenset()
        assert all(result.passed for result in await target.check())

    tell(story, "extended")


def test_the_genesys_cloud_kind_works_on_a_strict_org() -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open("genesys-cloud")
        created = await target.create_user(account(1, roles=(Reference("role", "Agent"),)), "1")
        assert only(await target.observe()).fingerprint == created.fingerprint
        assert all(result.passed for result in await target.check())

    tell(story, "strict")


# ---------------------------------------------------------------- check


@everywhere
def test_check_passes_for_a_client_that_may_do_all_and_changes_nothing(profile: str, door: str) -> None:
    async def story(org: HostedOrg) -> None:
        target = org.open()
        assert [result for result in await target.check() if not result.passed] == []
        assert (await target.observe()).users == ()

    tell(story, profile, door)


def test_check_tells_attributes_that_the_org_would_not_keep() -> None:
    mapped = frozenset({"title", "name.givenName", "externalId", "costCenter", "routingSkills"})
    for profile, lacking in (
        ("strict", ["the org's schemas lack costCenter, name.givenName: what is written there does not stay"]),
        ("extended", []),
    ):

        async def story(org: HostedOrg, lacking: list[str] = lacking) -> None:
            assert [result.detail for result in await org.open(mapped=mapped).check() if not result.passed] == lacking

        tell(story, profile)


def test_check_names_what_a_client_lacks() -> None:
    async def story(org: HostedOrg) -> None:
        failed = {result.what: result.missing for result in await org.open(mapped=ATTRIBUTES).check() if not result.passed}
        assert "directory:user:add" in failed["create users"]
        assert "directory:user:edit" in failed["change users"]
        assert "directory:group:edit" in failed["list groups"]
        assert "list users" not in failed

    tell(story, "strict", permissions=())


@both
def test_a_wrong_secret_is_refused(profile: str) -> None:
    async def story(org: HostedOrg) -> None:
        with pytest.raises(CredentialsRefused):
            await org.open(secret="wrong").observe()
        with pytest.raises(CredentialsRefused):
            await org.open(client_id="", secret="not-a-token").observe()

    tell(story, profile)
