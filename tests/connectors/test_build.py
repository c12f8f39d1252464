"""Addresses as people write them, regions, attributes: what is corrected with a note and what is refused."""

from __future__ import annotations

import pytest
from scripted_org import JumpingClock

from joiner.connectors.address import Address, is_loopback, parse_base_url, region_address
from joiner.connectors.build import UNPACED_PER_MINUTE, open_target
from joiner.connectors.credentials import ClientCredentials, StaticToken
from joiner.connectors.flavour import TargetKind
from joiner.connectors.port import HttpAnswer, HttpRequest, Target
from joiner.errors import ConfigMistake, Problem
from joiner.sync.pacing import Pace, pace_per_minute

FRANKFURT = Address("https://api.mypurecloud.de", "https://login.mypurecloud.de/oauth/token")


class NoWire:
    async def send(self, request: HttpRequest) -> HttpAnswer:
        raise AssertionError("opening a target sends nothing")


def parse(text: str, kind: TargetKind = TargetKind.GENESYS_CLOUD) -> Address:
    return parse_base_url(text, kind, "eu")


def refusal(text: str) -> Problem:
    with pytest.raises(ConfigMistake) as caught:
        parse(text)
    return caught.value.problems[0]


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize("region", ["eu-central-1", "mypurecloud.de", "https://api.mypurecloud.de"])
def test_a_region_is_known_by_aws_name_domain_or_url(region: str) -> None:
    assert region_address(region, "eu") == FRANKFURT


def test_an_unknown_region_names_the_nearest() -> None:
    with pytest.raises(ConfigMistake) as caught:
        region_address("eu-centrall-1", "eu")
    problem = caught.value.problems[0]
    assert (problem.code, dict(problem.rows)["near"]) == ("JN2009", '"eu-central-1"')


@pytest.mark.parametrize(
    ("written", "notes"),
    [
        ("https://api.mypurecloud.de", ()),
        ("https://api.mypurecloud.de/", ()),
        ("api.mypurecloud.de", ('"api.mypurecloud.de" has no scheme: https:// is used',)),
        ("https://scim.mypurecloud.de", ("scim.mypurecloud.de is not where the API is: api.mypurecloud.de is used",)),
        ("https://apps.mypurecloud.de", ("apps.mypurecloud.de is not where the API is: api.mypurecloud.de is used",)),
        ("https://login.mypurecloud.de", ("login.mypurecloud.de is not where the API is: api.mypurecloud.de is used",)),
        ("https://mypurecloud.de", ("mypurecloud.de is not where the API is: api.mypurecloud.de is used",)),
        (
            "https://api.mypurecloud.de/api/v2/scim/v2",
            ('"/api/v2/scim/v2" at the end of the address is left out: joiner adds it by itself',),
        ),
        ("https://api.mypurecloud.de/api/v2/scim/", ('"/api/v2/scim/" at the end of the address is left out: joiner adds it by itself',)),
        (
            "https://API.mypurecloud.de/Api/V2/Scim/V2/Users",
            ('"/Api/V2/Scim/V2/Users" at the end of the address is left out: joiner adds it by itself',),
        ),
        ("https://api.mypurecloud.de?x=1", ('"https://api.mypurecloud.de?x=1": what follows the path (? or #) is not used',)),
    ],
)
def test_common_mistakes_in_a_genesys_address_are_corrected_with_a_note(written: str, notes: tuple[str, ...]) -> None:
    assert parse(written) == Address(FRANKFURT.base, FRANKFURT.token_url, notes)


@pytest.mark.parametrize(
    ("written", "base", "token_url"),
    [
        ("http://127.0.0.1:8470/northlight", "http://127.0.0.1:8470/northlight", "http://127.0.0.1:8470/northlight/oauth/token"),
        ("127.0.0.1:8470", "http://127.0.0.1:8470", "http://127.0.0.1:8470/oauth/token"),
        ("localhost:8470/northlight/", "http://localhost:8470/northlight", "http://localhost:8470/northlight/oauth/token"),
        ("[::1]:8470", "http://[::1]:8470", "http://[::1]:8470/oauth/token"),
        ("http://127.0.0.1:8470/northlight/scim/v2", "http://127.0.0.1:8470/northlight", "http://127.0.0.1:8470/northlight/oauth/token"),
        (
            "https://joiner.northlight.example/eu/api/v2",
            "https://joiner.northlight.example/eu",
            "https://joiner.northlight.example/eu/oauth/token",
        ),
    ],
)
def test_a_hosted_org_keeps_its_path_and_hands_out_tokens_beside_it(written: str, base: str, token_url: str) -> None:
    address = parse(written, TargetKind.HOSTED)
    assert (address.base, address.token_url) == (base, token_url)


def test_the_base_path_of_a_plain_scim_server_is_its_own() -> None:
    address = parse("https://hr.northlight.example/tenant/scim/v2/Users", TargetKind.SCIM)
    assert (address.base, address.token_url) == (
        "https://hr.northlight.example/tenant/scim/v2",
        "https://hr.northlight.example/tenant/oauth/token",
    )
    assert address.notes == ('"/Users" at the end of the address is left out: joiner adds it by itself',)


def test_a_stand_in_for_genesys_has_its_login_beside_or_at_the_login_host() -> None:
    assert parse("http://127.0.0.1:9000").token_url == "http://127.0.0.1:9000/oauth/token"
    assert parse("https://api.rehearsal.northlight.example").token_url == "https://login.rehearsal.northlight.example/oauth/token"


def test_an_address_without_tls_is_noted_unless_it_is_this_machine() -> None:
    assert "without TLS" in parse("http://joiner.northlight.example", TargetKind.HOSTED).notes[0]
    assert parse("http://localhost", TargetKind.HOSTED).notes == ()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ftp://api.mypurecloud.de",
        "https://",
        "https://a b",
        "http://[::1",
        "http://host:0",
        "http://host:99999",
        "https://" + "a" * 3000,
    ],
)
def test_an_address_that_cannot_be_used_is_refused(written: str) -> None:
    assert refusal(written).code == "JN2009"


def test_a_secret_in_an_address_is_refused_without_being_repeated() -> None:
    problem = refusal("https://me:canary-7f3a@api.mypurecloud.de")
    assert "secret in its address" in problem.title
    assert "canary" not in repr(problem)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("a.localhost", True), ("127.8.0.1", True), ("::1", True), ("10.0.0.1", False), ("example", False)],
)
def test_loopback_is_recognised(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


# ---------------------------------------------------------------- targets


def open_it(kind: str = "hosted", *, mapped: frozenset[str] = frozenset({"title"}), **more: object) -> tuple[object, tuple[str, ...]]:
    settings: dict[str, object] = {"name": "eu", "url": "http://127.0.0.1:8470/northlight", "client_id": "c", "secret": "s", **more}
    return open_target(kind, wire=NoWire(), clock=JumpingClock(), mapped=mapped, **settings)  # type: ignore[arg-type]


def test_each_kind_has_its_addresses_pace_and_way_to_remove_members() -> None:
    made = {}
    for kind in TargetKind:
        target, _ = open_target(
            kind, name="eu", url="http://127.0.0.1:1/x", client_id="c", secret="s", wire=NoWire(), clock=JumpingClock(), mapped=frozenset()
        )
        port: Target = target
        made[str(kind)] = (
            target.addresses.scim,
            target.addresses.names,
            port.capabilities.requests_per_minute,
            port.capabilities.member_chunk,
        )
    assert made == {
        "genesys-cloud": ("http://127.0.0.1:1/x/api/v2/scim/v2", "http://127.0.0.1:1/x/api/v2", 240, 100),
        "hosted": ("http://127.0.0.1:1/x/api/v2/scim/v2", "http://127.0.0.1:1/x/api/v2", 12_000, 100),
        "scim": ("http://127.0.0.1:1/x", None, 240, 50),
    }


def test_a_target_offers_all_attributes_and_lists_groups_only_when_mapped() -> None:
    target, notes = open_target(
        "genesys-cloud",
        name="eu",
        region="eu-west-1",
        secret="token",
        wire=NoWire(),
        clock=JumpingClock(),
        mapped=frozenset({"groups", "externalIds[zoomphone]"}),
    )
    assert notes == ()
    assert target.addresses.users == "https://api.mypurecloud.ie/api/v2/scim/v2/Users"
    assert {"userName", "active", "externalIds[zoomphone]"} <= set(target.capabilities.attributes)
    assert "name.givenName" not in target.capabilities.attributes
    assert target.capabilities.lists_groups
    assert target.kinds == {"group"}


@pytest.mark.parametrize(
    ("per_minute", "pace", "estimate"),
    [(None, Pace(0.005, 20), 12_000), (0, Pace(0.0, 4), UNPACED_PER_MINUTE), (60, pace_per_minute(60, burst=4), 60)],
)
def test_the_pace_may_be_given(per_minute: int | None, pace: Pace, estimate: int) -> None:
    target, _ = open_it(requests_per_minute=per_minute)
    assert target.exchange._pace == pace  # type: ignore[attr-defined]
    assert target.capabilities.requests_per_minute == estimate  # type: ignore[attr-defined]


def test_without_a_client_id_the_secret_is_the_token() -> None:
    target, _ = open_it(client_id="")
    assert target.exchange._credentials == StaticToken("s")  # type: ignore[attr-defined]
    target, _ = open_it(token_url="https://login.northlight.example/t")
    assert target.exchange._credentials == ClientCredentials("https://login.northlight.example/t", "c", "s")  # type: ignore[attr-defined]
    assert "'s'" not in repr(target.exchange._credentials)  # type: ignore[attr-defined]


def test_attributes_that_the_org_does_not_have_are_refused_all_at_once() -> None:
    with pytest.raises(ConfigMistake) as caught:
        open_it("genesys-cloud", mapped=frozenset({"divison", "name.givenName", "title"}))
    told = [(problem.code, dict(problem.rows).get("near")) for problem in caught.value.problems]
    assert told == [("JN2010", '"division"'), ("JN2010", None)]


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigMistake) as caught:
        open_it("genesis-cloud")
    assert dict(caught.value.problems[0].rows)["near"] == '"genesys-cloud"'
