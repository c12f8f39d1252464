"""One request under pacing, credentials and retry policy, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from scripted_org import NOON, TOKEN, JumpingClock, Scripted, ScriptedOrg, scripted_org

from joiner.connectors.credentials import ClientCredentials, Credentials, StaticToken
from joiner.connectors.exchange import Exchange, Reply
from joiner.connectors.retry import POLICY_DEFAULT, RetryPolicy, backoff_wait, parse_retry_after
from joiner.connectors.wire import AiohttpWire
from joiner.errors import ConnectorError, CredentialsRefused, Refused, Throttled, Unreachable, Unreadable
from joiner.sync.pacing import Pace, pace_per_minute

SECRET = "canary-secret-7f3a"
OK = Scripted(body='{"id": "u1"}', headers={"ETag": '"4"'})
UNPACED = Pace(0.0)


@dataclass
class Story:
    """What happened: the outcome, what the org saw, how long we waited."""

    outcome: Any
    org: ScriptedOrg
    clock: JumpingClock
    exchange: Exchange

    @property
    def refusal(self) -> Any:
        assert isinstance(self.outcome, ConnectorError), self.outcome
        return self.outcome

    @property
    def facts(self) -> dict[str, str]:
        return dict(self.refusal.problems[0].rows)


Act = Callable[[Exchange, str], Awaitable[Any]]


async def get(exchange: Exchange, url: str) -> Reply:
    return await exchange.ask("GET", f"{url}/Users/u1?filter=who")


async def patch(exchange: Exchange, url: str) -> Reply:
    return await exchange.ask("PATCH", f"{url}/Users/u1", document={"Operations": []}, if_match='"3"')


def tell(
    act: Act,
    answers: Sequence[Scripted],
    *,
    tokens: Sequence[Scripted] = (Scripted(body=TOKEN),),
    policy: RetryPolicy = POLICY_DEFAULT,
    pace: Pace = UNPACED,
    fixed: bool = False,
) -> Story:
    async def run() -> Story:
        clock = JumpingClock()
        async with scripted_org(answers, tokens) as org, AiohttpWire() as wire:
            credentials: Credentials = StaticToken(SECRET) if fixed else ClientCredentials(f"{org.url}/oauth/token", "client-1", SECRET)
            exchange = Exchange(wire, clock, credentials, pace=pace, jitter=lambda: 0.5, policy=policy)
            try:
                outcome: Any = await act(exchange, org.url)
            except ConnectorError as refusal:
                outcome = refusal
            assert not org.answers, "the script was not played to its end"
            return Story(outcome, org, clock, exchange)

    return asyncio.run(run())


# ---------------------------------------------------------------- the plain case and credentials


def test_a_request_carries_a_token_that_was_fetched_once() -> None:
    async def twice(exchange: Exchange, url: str) -> Reply:
        await patch(exchange, url)
        return await get(exchange, url)

    story = tell(twice, [OK, OK])
    assert story.outcome == Reply(200, {"id": "u1"}, '"4"')
    assert [seen.headers["authorization"] for seen in story.org.seen] == ["Bearer token-1", "Bearer token-1"]
    (token_request,) = story.org.token_requests
    assert token_request.body == b"grant_type=client_credentials"
    assert base64.b64decode(token_request.headers["authorization"].removeprefix("Basic ")).decode() == f"client-1:{SECRET}"
    assert (story.org.seen[0].headers["if-match"], story.org.seen[0].headers["content-type"]) == ('"3"', "application/scim+json")
    assert (story.exchange.counters.requests, story.exchange.counters.retries, story.exchange.counters.throttles) == (3, 0, 0)


def test_a_token_is_renewed_before_it_ends() -> None:
    async def a_day_apart(exchange: Exchange, url: str) -> Reply:
        await get(exchange, url)
        await exchange._clock.sleep(86_399.0)
        return await get(exchange, url)

    assert len(tell(a_day_apart, [OK, OK]).org.token_requests) == 2


@pytest.mark.parametrize("lifetime", ["", ', "expires_in": "soon"', ', "expires_in": 5', ', "expires_in": true', ', "expires_in": -1'])
def test_a_token_without_a_sensible_lifetime_is_still_used(lifetime: str) -> None:
    story = tell(get, [OK], tokens=[Scripted(body='{"access_token": "t"' + lifetime + "}")])
    assert story.outcome.status == 200


@pytest.mark.parametrize("act", [get, patch])
def test_a_revoked_token_is_renewed_once_also_for_a_write(act: Act) -> None:
    fresh = Scripted(body='{"access_token": "token-2"}')
    story = tell(act, [Scripted(401), OK], tokens=[Scripted(body=TOKEN), fresh])
    assert story.outcome.status == 200
    assert story.org.seen[1].headers["authorization"] == "Bearer token-2"


def test_a_second_401_means_that_credentials_are_refused() -> None:
    story = tell(get, [Scripted(401), Scripted(401, '{"message": "no bearer token", "code": "bad.credentials"}')])
    assert isinstance(story.outcome, CredentialsRefused)
    assert (story.refusal.status, story.refusal.problems[0].code, story.refusal.exit_code) == (401, "JN2001", 4)
    assert story.facts["answer"] == "401: no bearer token"


def test_a_static_token_that_is_refused_is_not_tried_again() -> None:
    story = tell(get, [Scripted(401)], fixed=True)
    assert isinstance(story.outcome, CredentialsRefused)
    assert len(story.org.seen) == 1
    assert story.org.token_requests == []


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_wrong_secret_is_told_with_the_client_id_and_without_the_secret(status: int) -> None:
    story = tell(get, [], tokens=[Scripted(status, '{"error": "invalid_client", "error_description": "client not found"}')])
    assert isinstance(story.outcome, CredentialsRefused)
    assert "client-1" in story.refusal.problems[0].title
    assert story.facts["answer"] == f"{status}: client not found"
    assert SECRET not in repr(story.refusal.problems)


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", '{"access_token": ""}', '{"access_token": 7}', '{"access_token": "a\\nb"}', '{"access_token": "é"}']
)
def test_an_answer_that_is_no_token_is_unreadable(body: str) -> None:
    assert isinstance(tell(get, [], tokens=[Scripted(body=body)]).outcome, Unreadable)


def test_an_address_without_a_token_endpoint_is_told() -> None:
    story = tell(get, [], tokens=[Scripted(404, "nothing here")])
    assert (type(story.outcome), story.refusal.status) == (Refused, 404)
    assert story.facts["request"] == "POST /oauth/token"


def test_a_throttled_or_broken_token_endpoint_is_waited_for() -> None:
    story = tell(get, [OK], tokens=[Scripted(429, headers={"Retry-After": "9"}), Scripted(502), Scripted(body=TOKEN)])
    assert story.outcome.status == 200
    assert story.clock.slept[0] == 9.0


# ---------------------------------------------------------------- throttling


@pytest.mark.parametrize("act", [get, patch])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_to_the_second_for_every_method(act: Act, status: int) -> None:
    story = tell(act, [Scripted(status, headers={"Retry-After": "42"}), OK])
    assert story.outcome.status == 200
    assert story.clock.slept == [42.0]
    assert (story.exchange.counters.throttles, story.exchange.counters.retries) == (1, 1)


def test_retry_after_may_be_a_date_or_zero_or_missing() -> None:
    date = format_datetime(NOON + timedelta(seconds=17), usegmt=True)
    answers = [Scripted(429, headers={"Retry-After": date}), Scripted(429, headers={"Retry-After": "0"}), Scripted(429), OK]
    story = tell(get, answers)
    assert story.outcome.status == 200
    assert story.clock.slept == [17.0, 0.0, 1.0]


def test_an_absurd_wait_is_not_slept_through() -> None:
    story = tell(patch, [Scripted(429, headers={"Retry-After": "86400"})])
    assert isinstance(story.outcome, Throttled)
    assert (story.refusal.wait_seconds, story.clock.slept, story.refusal.problems[0].code) == (86_400.0, [], "JN2004")


def test_a_server_that_never_stops_throttling_is_left_after_a_bounded_number_of_attempts() -> None:
    story = tell(get, [Scripted(429)] * 3, policy=RetryPolicy(attempts_max=3))
    assert isinstance(story.outcome, Throttled)
    assert len(story.org.seen) == 3


def test_waits_of_one_request_stay_within_its_total() -> None:
    story = tell(get, [Scripted(429, headers={"Retry-After": "100"})] * 3, policy=RetryPolicy(total_seconds_max=250.0))
    assert isinstance(story.outcome, Throttled)
    assert sum(story.clock.slept) <= 250.0


def test_other_requests_wait_too_after_one_was_throttled() -> None:
    async def both(exchange: Exchange, url: str) -> None:
        await asyncio.gather(get(exchange, url), get(exchange, url))

    story = tell(both, [Scripted(429, headers={"Retry-After": "30"}), OK, OK], pace=pace_per_minute(60, burst=1))
    assert story.outcome is None
    assert story.clock.seconds >= 1_030.0


def test_requests_leave_at_the_pace() -> None:
    async def five(exchange: Exchange, url: str) -> None:
        for _ in range(5):
            await get(exchange, url)

    story = tell(five, [OK] * 5, pace=pace_per_minute(60, burst=2))
    assert story.clock.seconds - 1_000.0 == pytest.approx(4.0)  # six requests with the token, two of them at once


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("12", 12.0), (" 0 ", 0.0), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0)],
)
def test_retry_after_reads_numbers_and_dates_and_nothing_else(header: str, seconds: float | None) -> None:
    assert parse_retry_after(header, NOON) == seconds


def test_a_date_without_zone_is_read_as_utc() -> None:
    assert parse_retry_after("Sun, 22 Nov 2026 12:00:08 -0000", NOON) == 8.0


def test_backoff_doubles_up_to_its_bound() -> None:
    policy = RetryPolicy(backoff_seconds=0.5, backoff_seconds_max=4.0)
    assert [backoff_wait(policy, attempt, 0.5) for attempt in (1, 2, 3, 4, 5, 10_000)] == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]


# ---------------------------------------------------------------- no answer


@pytest.mark.parametrize(
    "failure",
    [Scripted(408), Scripted(500), Scripted(502, "<html>"), Scripted(503), Scripted(dropped=True), Scripted(body='{"a": "b"}', cut=True)],
)
def test_a_read_without_answer_is_tried_again_and_a_write_never(failure: Scripted) -> None:
    async def post(exchange: Exchange, url: str) -> Reply:
        return await exchange.ask("POST", f"{url}/search", document={}, repeatable=True)

    assert tell(post, [failure, OK]).outcome.status == 200
    story = tell(patch, [failure])
    assert isinstance(story.outcome, Unreachable)
    assert story.refusal.problems[0].code == "JN2007"
    assert len(story.org.seen) == 1


@pytest.mark.parametrize("act", [get, patch])
def test_a_server_without_the_operation_has_refused_it(act: Act) -> None:
    story = tell(act, [Scripted(501, '{"detail": "PATCH is not supported"}')])
    assert isinstance(story.outcome, Refused)
    assert (story.outcome.status, story.facts["answer"], len(story.org.seen)) == (501, "501: PATCH is not supported", 1)


def test_a_read_is_given_up_after_a_bounded_number_of_tries() -> None:
    story = tell(get, [Scripted(500, headers={"ININ-Correlation-Id": "c-1"})] * 4)
    assert isinstance(story.outcome, Unreachable)
    assert (story.refusal.problems[0].code, story.facts["found"], story.refusal.request_id) == ("JN2003", "status 500, 4 times", "c-1")
    assert story.clock.slept == [0.25, 0.5, 1.0]


def test_an_org_that_is_not_there_is_unreachable() -> None:
    async def elsewhere(exchange: Exchange, url: str) -> Reply:
        return await exchange.ask("GET", "http://127.0.0.1:9/Users")

    story = tell(elsewhere, [], fixed=True)
    assert isinstance(story.outcome, Unreachable)
    assert story.refusal.problems[0].title == "no answer from 127.0.0.1:9"


# ---------------------------------------------------------------- refusals


def test_a_scim_error_is_passed_on_with_its_words_type_and_request_id() -> None:
    body = '{"schemas": [], "status": "409", "scimType": "uniqueness", "detail": "userName is in use\\u001b[31m"}'
    story = tell(patch, [Scripted(409, body, {"ININ-Correlation-Id": "corr-9"})])
    assert (type(story.outcome), story.refusal.status, story.refusal.scim_type) == (Refused, 409, "uniqueness")
    assert (story.refusal.detail, story.refusal.request_id) == ("userName is in use [31m", "corr-9")
    assert story.facts["request"] == "PATCH /Users/u1"


def test_a_genesys_error_body_is_passed_on_too() -> None:
    story = tell(patch, [Scripted(413, '{"message": "the request is larger than 512000 bytes", "code": "x", "status": 413}')])
    assert (story.refusal.status, story.refusal.detail) == (413, "the request is larger than 512000 bytes")


def test_a_missing_permission_is_named() -> None:
    body = '{"message": "You must have at least one of: [directory:user:add, authorization:grant:add]", "code": "missing.permissions"}'
    story = tell(patch, [Scripted(403, body)])
    assert isinstance(story.outcome, CredentialsRefused)
    assert (story.refusal.problems[0].code, story.facts["missing"]) == ("JN2002", "directory:user:add, authorization:grant:add")


def test_a_refusal_never_quotes_the_query() -> None:
    story = tell(get, [Scripted(400, "[]")])
    assert (type(story.outcome), story.facts["request"], story.facts["answer"]) == (Refused, "GET /Users/u1", "400")


def test_redirects_are_not_followed() -> None:
    story = tell(get, [Scripted(302, "", {"Location": "http://127.0.0.1:9/"})])
    assert (type(story.outcome), story.refusal.status) == (Refused, 302)
    assert "redirect" in story.refusal.problems[0].title


def test_a_404_of_a_web_page_says_nothing_about_an_account() -> None:
    assert isinstance(tell(get, [Scripted(404, "<html>not found</html>")]).outcome, Unreadable)
    assert tell(get, [Scripted(404, '{"detail": "no such user"}')]).refusal.status == 404
    assert tell(get, [Scripted(404, "")]).refusal.status == 404


@pytest.mark.parametrize("body", ["<html>", "[1]", '{"a":', '"text"', b"\xff\xfe"])
def test_an_unreadable_answer_to_a_read_is_unreadable_and_to_a_write_an_unknown_outcome(body: str | bytes) -> None:
    assert isinstance(tell(get, [Scripted(body=body)]).outcome, Unreadable)
    story = tell(patch, [Scripted(body=body)])
    assert (type(story.outcome), story.refusal.problems[0].code) == (Unreachable, "JN2007")


def test_an_empty_success_is_an_empty_document() -> None:
    assert tell(patch, [Scripted(204, "", {"ETag": '"9"'})]).outcome == Reply(204, {}, '"9"')
