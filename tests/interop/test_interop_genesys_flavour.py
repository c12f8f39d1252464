"""kind = "genesys-cloud" with a region's name, against the two hosts of that region and nothing else.

No test can reach Genesys itself. What can be proven is that every request has the form that its API documents, and that every
documented form of an answer is understood (genesys-cloud.md §1–§3, §9–§10).
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from genesys_region import API, LOGIN, SCIM, Region, answer, body_of, error_body, open_region, query_of

from joiner.connectors.build import open_target
from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import ConfigMistake, CredentialsRefused, Refused, Throttled, Unreachable
from joiner.sync.record import Reference, Value

Story = Callable[[Region], Awaitable[None]]
GUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FLOOD = error_body(429, "too.many.requests.retry.after", "Rate limit exceeded the maximum. Retry the request in [42] seconds")


def tell(story: Story, **settings: int) -> Region:
    async def run() -> Region:
        region = await open_region(**settings)
        try:
            await story(region)
        finally:
            region.orgs.close()
        return region

    return asyncio.run(run())


def person(number: int, **more: Value) -> dict[str, Value]:
    return {"userName": f"p{number}@northlight.example", "displayName": f"Person {number}", **more}


def once(status: int, document: dict[str, object], **headers: str) -> Callable[[HttpRequest], HttpAnswer | None]:
    """Answer the first request to the API like this, and let all others pass."""
    left = [answer(status, document, **{name.replace("_", "-"): value for name, value in headers.items()})]
    return lambda request: left.pop() if left and urlsplit(request.url).netloc == API else None


# ---------------------------------------------------------------- hosts and tokens


@pytest.mark.parametrize("name", ["eu-central-1", "mypurecloud.de", "EU-Central-1", "https://api.mypurecloud.de"])
def test_a_region_has_its_tokens_at_the_login_host_and_its_api_at_the_api_host(name: str) -> None:
    async def story(region: Region) -> None:
        snapshot = await region.open(name).observe()
        assert (snapshot.proof.complete, snapshot.users) == (True, ())

    region = tell(story)
    token, *others = region.requests
    assert (token.method, token.url, token.body) == ("POST", f"https://{LOGIN}/oauth/token", b"grant_type=client_credentials")
    assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
    scheme, _, pair = token.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair).decode()) == ("Basic", f"{region.client_id}:{region.secret}")
    assert {urlsplit(request.url).netloc for request in others} == {API}
    assert all(request.headers["Authorization"].startswith("Bearer ") for request in others)
    assert not any(region.secret in f"{request.url}{request.headers}" for request in others)


def test_an_unknown_region_is_told_with_the_nearest_one() -> None:
    async def story(region: Region) -> None:
        with pytest.raises(ConfigMistake) as caught:
            region.open("eu-centrl-1")
        (problem,) = caught.value.problems
        assert (problem.code, "eu-central-1" in str(problem.rows)) == ("JN2009", True)

    assert tell(story).requests == []


@pytest.mark.parametrize(
    "url", [f"https://{API}/api/v2/scim/v2", "https://apps.mypurecloud.de", "scim.mypurecloud.de/Users", f"https://{LOGIN}"]
)
def test_an_address_of_a_region_is_corrected_to_the_same_two_hosts(url: str) -> None:
    async def story(region: Region) -> None:
        settings = {"client_id": region.client_id, "secret": region.secret, "requests_per_minute": 0}
        target, notes = open_target(
            "genesys-cloud", name="eu", wire=region, clock=region.clock, mapped=frozenset({"userName"}), url=url, **settings
        )
        assert notes
        await target.observe()

    assert [request.url for request in tell(story).requests][:2] == [f"https://{LOGIN}/oauth/token", f"{SCIM}/Users?startIndex=1&count=100"]


def test_a_wrong_secret_is_refused_by_the_login_host_and_nothing_else_is_asked() -> None:
    async def story(region: Region) -> None:
        with pytest.raises(CredentialsRefused) as caught:
            await region.open(secret="hunter-of-nobody").observe()
        assert (caught.value.exit_code, "hunter" in str(caught.value.problems)) == (4, False)

    assert [request.url for request in tell(story).requests] == [f"https://{LOGIN}/oauth/token"]


def test_check_passes_and_only_tries_what_the_contract_has() -> None:
    async def story(region: Region) -> None:
        results = await region.open().check()
        assert [result.what for result in results if not result.passed] == []
        assert (await region.open().observe()).users == ()

    contract = r"/(Users|Groups)(/[^/]+)?|/(ServiceProviderConfig|Schemas)"
    for request in tell(story).requests:
        path = urlsplit(request.url).path
        assert path == "/oauth/token" or re.fullmatch(rf"/api/v2(/scim/v2({contract})|/(authorization|routing)/[a-z]+)", path), path
        assert request.method in ("GET", "POST", "PATCH")


# ---------------------------------------------------------------- what is written


def test_divisions_roles_skills_and_languages_go_by_name_and_only_people_by_id() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        await target.observe()
        boss = await target.create_user(person(1), "hr:1")
        region.requests.clear()
        names: dict[str, Value] = {
            "division": Reference("division", "Sales", "11111111-1111-4111-8111-111111111111"),
            "roles": (Reference("role", "Agent", "22222222-2222-4222-8222-222222222222"),),
            "routingSkills": (Reference("skill", "Billing", "33333333-3333-4333-8333-333333333333", 4.0),),
            "routingLanguages": (Reference("language", "Norsk", "44444444-4444-4444-8444-444444444444", 5.0),),
        }
        user = await target.create_user(person(2, **names), "hr:2")
        later: dict[str, Value] = {
            "division": Reference("division", "Support", "5" * 36),
            "roles": (Reference("role", "Supervisor", "6" * 36),),
        }
        await target.update_user(user.id, later, {"routingSkills": names["routingSkills"]}, user.version)
        assert [request.method for request in region.requests] == ["POST", "PATCH"]
        assert [GUID.findall(request.body) for request in region.requests] == [[], []]
        await target.update_user(user.id, {"manager": Reference("user", "p1@northlight.example", boss.id)}, {}, "")
        (operation,) = body_of(region.requests[-1])["Operations"]
        assert operation["value"] == {"value": boss.id}
        live = await target.get_user(user.id)
        assert live is not None
        assert (live.values["division"], live.values["routingSkills"]) == (Reference("division", "Support", live.values["division"].id), ())  # type: ignore[union-attr]
        assert {role.name for role in live.values["roles"]} >= {"Agent", "Supervisor"}  # type: ignore[union-attr]

    tell(story)


def test_a_patch_names_extensions_by_urn_and_types_by_filter() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        user = await target.create_user(person(1), "hr:1")
        changes: dict[str, Value] = {"department": "Care", "phoneNumbers[work]": "+4722334455", "externalIds[hr]": "E-17", "title": None}
        changed = await target.update_user(user.id, changes, {}, user.version)
        assert (changed.values["phoneNumbers[work]"], changed.values["externalIds[hr]"]) == ("+4722334455", "E-17")

    (request,) = tell(story).sent("PATCH", "Users/*")
    document = body_of(request)
    assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    assert [(operation["op"], operation["path"]) for operation in document["Operations"]] == [
        ("replace", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"),
        ("add", 'phoneNumbers[type eq "work"].value'),
        ("add", 'urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User:externalIds[authority eq "hr"].value'),
        ("remove", "title"),
    ]


# ---------------------------------------------------------------- lists


def test_active_and_inactive_people_are_read_by_two_lists_of_pages_up_to_100() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        for number in range(1, 131):
            user = await target.create_user(person(number), f"hr:{number}")
            if number % 13 == 0:
                await target.update_user(user.id, {"active": False}, {}, user.version)
        region.requests.clear()
        snapshot = await target.observe()
        assert (len(snapshot.users), sum(not user.active for user in snapshot.users), snapshot.proof.complete) == (130, 10, True)

    lists = [query_of(request) for request in tell(story).sent("GET", "Users")]
    assert [(one["startIndex"], one["count"], one.get("filter", "")) for one in lists] == [
        ("1", "100", ""),
        ("101", "100", ""),
        ("1", "0", "active eq false"),
        ("1", "100", "active eq false"),
        ("1", "0", ""),
    ]


def test_a_page_that_is_too_large_for_the_org_is_asked_for_in_pages_of_25() -> None:
    """Genesys documents 429 for a count above 25 (genesys-cloud.md §1.1); asking for the same again would never end."""

    async def story(region: Region) -> None:
        target = region.open()
        for number in range(1, 41):
            await target.create_user(person(number), f"hr:{number}")
        region.requests.clear()
        region.before = lambda request: (
            answer(429, FLOOD, **{"retry-after": "42"}) if int(query_of(request).get("count", "0")) > 25 else None
        )
        snapshot = await target.observe()
        assert (len(snapshot.users), snapshot.proof.complete, region.clock.slept) == (40, True, [42.0, 42.0])

    lists = [query_of(request) for request in tell(story).sent("GET", "Users")]
    assert [(one["startIndex"], one["count"]) for one in lists] == [("1", "100"), ("1", "25"), ("26", "25"), ("1", "0")]


# ---------------------------------------------------------------- versions


def test_if_match_carries_the_version_as_genesys_writes_it() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        user = await target.create_user(person(1), "hr:1")
        changed = await target.update_user(user.id, {"title": "Agent"}, {}, user.version)
        assert re.fullmatch(r'"\d+"', user.version)
        assert changed.sequence > user.sequence > 0
        assert [request.headers["If-Match"] for request in region.sent("PATCH", "Users/*")] == [user.version]

    tell(story)


def test_a_stale_version_is_400_invalid_vers_and_changes_nothing() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        user = await target.create_user(person(1), "hr:1")
        await target.update_user(user.id, {"title": "Agent"}, {}, user.version)
        with pytest.raises(Refused) as caught:
            await target.update_user(user.id, {"title": "Lost"}, {}, user.version)
        assert (caught.value.status, caught.value.scim_type) == (400, "invalidVers")
        live = await target.get_user(user.id)
        assert live is not None
        assert live.values["title"] == "Agent"

    tell(story)


def test_a_stale_version_answered_with_409_is_a_refusal_too() -> None:
    """The other of the two forms that Genesys documents."""

    async def story(region: Region) -> None:
        target = region.open()
        user = await target.create_user(person(1), "hr:1")
        words = "Version does not match current version."
        region.before = once(409, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "detail": words})
        with pytest.raises(Refused) as caught:
            await target.update_user(user.id, {"title": "Lost"}, {}, user.version)
        assert (caught.value.status, words in str(caught.value.problems)) == (409, True)

    tell(story)


# ---------------------------------------------------------------- limits and errors


def test_429_waits_as_asked_and_the_write_is_sent_again_once() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        await target.observe()
        region.before = once(429, FLOOD, retry_after="42")
        await target.create_user(person(1), "hr:1")
        assert region.clock.slept == [42.0]
        assert len((await target.observe()).users) == 1

    assert len(tell(story).sent("POST", "Users")) == 2


def test_429_without_end_is_given_up_with_the_words_of_genesys() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        region.before = lambda request: answer(429, FLOOD, **{"retry-after": "9999"}) if urlsplit(request.url).netloc == API else None
        with pytest.raises(Throttled) as caught:
            await target.observe()
        assert (caught.value.wait_seconds, region.clock.slept) == (9999.0, [])

    tell(story)


def test_the_pace_stays_below_the_300_requests_a_minute_that_a_token_has() -> None:
    """The org counts: it would answer 429 with Retry-After."""

    async def story(region: Region) -> None:
        target = region.open(requests_per_minute=None)
        for number in range(1, 401):
            await target.create_user(person(number), f"hr:{number}")
        assert target.exchange.counters.throttles == 0
        assert 90 < region.clock.seconds < 110

    tell(story, rate_per_minute=300)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, "invalid.value", "The division is not valid.", Refused),
        (403, "missing.division.permission", "You are missing the following permission(s): directory:user:add", CredentialsRefused),
        (409, "general.conflict", "The e-mail address is taken.", Refused),
        (413, "request.entity.too.large", "The request is over the size limit.", Refused),
        (415, "unsupported.media.type", "Unsupported media type.", Refused),
        (408, "request.timeout", "The request timed out.", Unreachable),
        (500, "internal.server.error", "The server encountered an unexpected condition.", Unreachable),
        (503, "service.unavailable", "Service Unavailable", Unreachable),
        (504, "gateway.timeout", "The request timed out.", Unreachable),
    ],
)
def test_every_error_body_of_the_gateway_is_understood(status: int, code: str, message: str, kind: type[Exception]) -> None:
    """Refusals pass on Genesys' words and its correlation id; a write that got no verdict is unknown and is not sent again."""

    async def story(region: Region) -> None:
        target = region.open()
        await target.observe()
        region.before = once(status, error_body(status, code, message), inin_correlation_id="5ad5d3e0-77aa")
        with pytest.raises(kind) as caught:
            await target.create_user(person(1), "hr:1")
        refusal = caught.value
        assert isinstance(refusal, Refused | Unreachable)
        assert refusal.request_id == "5ad5d3e0-77aa"
        if isinstance(refusal, Refused):
            assert (refusal.status, message in str(refusal.problems)) == (status, True)
        assert "directory:user:add" in str(refusal.problems) or status != 403

    assert len(tell(story).sent("POST", "Users")) == 1


def test_a_token_that_ended_early_is_renewed_at_the_login_host() -> None:
    async def story(region: Region) -> None:
        target = region.open()
        await target.observe()
        region.requests.clear()
        region.before = once(401, error_body(401, "bad.credentials", "Invalid login credentials."))
        await target.create_user(person(1), "hr:1")
        region.before = once(401, error_body(401, "bad.credentials", "Invalid login credentials."))
        assert len(await target.find_users(external_id="hr:1")) == 1
        region.before = once(401, error_body(401, "bad.credentials", "Invalid login credentials."))
        assert len((await target.observe()).users) == 1

    urls = [request.url for request in tell(story).requests]
    assert urls[:3] == [f"{SCIM}/Users", f"https://{LOGIN}/oauth/token", f"{SCIM}/Users"]
    assert urls.count(f"https://{LOGIN}/oauth/token") == 3
