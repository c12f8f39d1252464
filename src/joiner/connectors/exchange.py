"""One request to an org under pacing, credentials and retry policy. Knows HTTP statuses, not users or groups.

::

    answer                        read (GET)                    write
    2xx, JSON                     reply                         reply
    2xx, not JSON                 Unreadable                    Unreachable (it may have landed)
    429, 503 with Retry-After     wait as asked, again          wait as asked, again: it was not taken on
    401                           new token, once               new token, once
    other 4xx, 3xx, 501           Refused                       Refused: nothing changed
    5xx, 408, no answer           again, a bounded number       Unreachable: outcome unknown, never sent again

Awaits only the Wire and the Clock, so that it runs in the simulator as it does in production.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from joiner.connectors.answers import (
    credentials_refused,
    is_error_body,
    no_answer,
    permission_refused,
    refused,
    throttled,
    unknown_outcome,
    unreadable,
)
from joiner.connectors.credentials import Credentials, StaticToken, Token, lasting_token, read_token, token_request
from joiner.connectors.port import HttpAnswer, HttpRequest, Wire
from joiner.connectors.retry import POLICY_DEFAULT, RetryPolicy, backoff_wait, parse_retry_after
from joiner.errors import Unreachable
from joiner.ports import Clock
from joiner.sync.pacing import Pace, postpone, reserve

NOT_IMPLEMENTED = 501
REQUEST_TIMEOUT = 408
"""Genesys' gateway answers it when what stands behind it was too slow, so it says nothing about the outcome."""


@dataclass(slots=True)
class Counters:
    """What was sent so far: ``requests`` are all of them, tokens and retries included."""

    requests: int = 0
    retries: int = 0
    throttles: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx or 304 answer. ``document`` is {} where the body was empty; ``etag`` is the header as sent, "" if none."""

    status: int
    document: Mapping[str, Any] = field(default_factory=dict)
    etag: str = ""


class Exchange:
    """The requests of one client to one org. Safe for several tasks of one loop: places in the flow are taken before waiting."""

    def __init__(
        self,
        wire: Wire,
        clock: Clock,
        credentials: Credentials,
        *,
        pace: Pace,
        jitter: Callable[[], float],
        policy: RetryPolicy = POLICY_DEFAULT,
    ) -> None:
        self.counters = Counters()
        self._wire = wire
        self._clock = clock
        self._credentials = credentials
        self._pace = pace
        self._jitter = jitter
        self._policy = policy
        self._due = 0.0
        self._token: Token | None = None

    async def ask(
        self, method: str, url: str, *, document: Mapping[str, Any] | None = None, if_match: str = "", repeatable: bool = False
    ) -> Reply:
        """Send and answer. ``repeatable`` marks a POST that only asks. Raises ConnectorError and its kin as the table says."""
        repeatable = repeatable or method == "GET"
        request = HttpRequest(method, url, _headers(document, if_match), b"" if document is None else msgspec.json.encode(document))
        token = await self._current_token(None)
        answer = await self._persist(_authorised(request, token), repeatable)
        if answer.status == 401 and not isinstance(self._credentials, StaticToken):
            token = await self._current_token(token)
            answer = await self._persist(_authorised(request, token), repeatable)
        return self._conclude(request, answer, repeatable)

    async def ask_for_less_if_throttled(self, url: str, less: str) -> tuple[Reply, bool]:
        """GET ``url``, or, once the org asked us to slow down and we waited as asked, ``less`` in its place: (reply, whether it was).

        For orgs that answer 429 to what is too large and not too often: asking again for the same would never end.
        """
        request = HttpRequest("GET", url, _headers(None, ""))
        token = await self._current_token(None)
        answer = await self._persist(_authorised(request, token), True, once=True)
        if _asks_to_wait(answer):
            return await self.ask("GET", less), True
        if answer.status == 401 and not isinstance(self._credentials, StaticToken):
            return await self.ask("GET", url), False
        return self._conclude(request, answer, True), False

    async def sign_in(self) -> None:
        """Make sure that there is a token. Raises CredentialsRefused, or what :meth:`ask` raises."""
        await self._current_token(None)

    async def _current_token(self, refused: Token | None) -> Token:
        """The token to use. ``refused`` is one that was just answered with 401: unless somebody renewed it meanwhile, we do."""
        now = self._clock.monotonic()
        if self._token is not None and self._token is not refused and now < self._token.renew_at:
            return self._token
        credentials = self._credentials
        if isinstance(credentials, StaticToken):
            self._token = lasting_token(credentials)
        else:
            request = token_request(credentials)
            answer = await self._persist(request, repeatable=True)
            self._token = read_token(credentials, request, answer, self._clock.monotonic())
        return self._token

    async def _persist(self, request: HttpRequest, repeatable: bool, *, once: bool = False) -> HttpAnswer:
        """Send until there is an answer that concludes the request, within the policy's limits.

        With ``once`` a request to slow down is obeyed and then answered as it stands.
        """
        started = self._clock.monotonic()
        attempt = unanswered = 0
        while True:
            attempt += 1
            answer, failure = await self._send(request)
            if answer is not None and _asks_to_wait(answer):
                wait = self._obey(request, answer, attempt, started)
                self.counters.throttles += 1
            elif answer is not None and _concludes(answer):
                return answer
            elif not repeatable:
                raise unknown_outcome(request, _describe(answer, failure), answer)
            else:
                unanswered += 1
                wait = backoff_wait(self._policy, unanswered, self._jitter())
                if unanswered >= self._policy.unanswered_max or self._spent(started, wait):
                    raise no_answer(request, _describe(answer, failure), unanswered, answer)
            await self._clock.sleep(wait)
            if once and answer is not None and _asks_to_wait(answer):
                return answer
            self.counters.retries += 1

    async def _send(self, request: HttpRequest) -> tuple[HttpAnswer | None, Unreachable | None]:
        self._due, wait = reserve(self._pace, self._due, self._clock.monotonic())
        if wait > 0:
            await self._clock.sleep(wait)
        self.counters.requests += 1
        try:
            return await self._wire.send(request), None
        except Unreachable as failure:
            return None, failure

    def _obey(self, request: HttpRequest, answer: HttpAnswer, attempt: int, started: float) -> float:
        """How long to wait before the next attempt. Raises Throttled when that is longer or more often than we wait."""
        asked = parse_retry_after(answer.headers.get("retry-after", ""), self._clock.now())
        wait = backoff_wait(self._policy, attempt, self._jitter()) if asked is None else asked
        if wait > self._policy.wait_seconds_max or attempt >= self._policy.attempts_max or self._spent(started, wait):
            raise throttled(request, answer, wait, attempt)
        if asked is not None:
            self._due = postpone(self._pace, self._due, self._clock.monotonic(), wait)
        return wait

    def _spent(self, started: float, wait: float) -> bool:
        return self._clock.monotonic() - started + wait > self._policy.total_seconds_max

    def _conclude(self, request: HttpRequest, answer: HttpAnswer, repeatable: bool) -> Reply:
        if answer.status == 401:
            raise credentials_refused(answer, "the org does not accept our token", request.url.split("?", 1)[0])
        if answer.status == 403:
            raise permission_refused(request, answer)
        if answer.status == 404 and repeatable and not is_error_body(answer):
            raise unreadable(request, answer)  # a web page's 404 says nothing about whether an account exists
        if answer.status >= 300 and answer.status != 304:
            raise refused(request, answer)
        document = _read_document(answer.body)
        if document is None:
            raise unreadable(request, answer) if repeatable else unknown_outcome(request, "an answer that is not JSON", answer)
        return Reply(answer.status, document, answer.headers.get("etag", ""))


def _read_document(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body, {} for an empty one, None for anything else."""
    if not body.strip():
        return {}
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return document if isinstance(document, dict) else None


def _describe(answer: HttpAnswer | None, failure: Unreachable | None) -> str:
    if failure is not None:
        return dict(failure.problems[0].rows).get("found", "no answer")
    return f"status {answer.status}" if answer is not None else "no answer"


def _concludes(answer: HttpAnswer) -> bool:
    """Whether the answer says what became of the request. 501 does: the server has no such operation (RFC 7644 §3.12)."""
    return (answer.status < 500 and answer.status != REQUEST_TIMEOUT) or answer.status == NOT_IMPLEMENTED


def _asks_to_wait(answer: HttpAnswer) -> bool:
    return answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers)


def _headers(document: Mapping[str, Any] | None, if_match: str) -> dict[str, str]:
    headers = {"Accept": "application/scim+json, application/json"}
    if document is not None:
        headers["Content-Type"] = "application/scim+json"
    if if_match:
        headers["If-Match"] = if_match
    return headers


def _authorised(request: HttpRequest, token: Token) -> HttpRequest:
    return HttpRequest(request.method, request.url, {**request.headers, "Authorization": f"Bearer {token.secret}"}, request.body)
