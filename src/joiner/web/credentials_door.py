"""Where tokens come from: OAuth client credentials (``/oauth/token``) and users who sign in (``/oauth/sign-in``).

Every guess is counted before it is checked, per client or user name and address, and per address.
"""

from __future__ import annotations

from joiner.auth.client_grant import GrantRefused, parse_client_grant
from joiner.journeys.authorise import KnownSecrets, Verify, issue_token
from joiner.journeys.sign_in import parse_credentials, sign_in
from joiner.ports import Clock, Ids
from joiner.scim.messages import dump_json, parse_json
from joiner.scim.refusals import TooLarge, TooManyRequests
from joiner.scim.values import match_key
from joiner.store.org_port import Org, OrgStore
from joiner.web.answers import JSON, grant_refusal_answer
from joiner.web.rate import WRONG_SECRETS_MAX, WRONG_SECRETS_PER_ADDRESS_MAX, Windows
from joiner.web.request import Answer, Request
from joiner.web.scim_call import WrongMethod

FORM_BYTES_MAX = 16_384
_NEVER_STORED = {"Content-Type": JSON, "Cache-Control": "no-store", "Pragma": "no-cache"}


class CredentialsDoor:
    """Keeps only what may be lost: guesses of the last minute, and client secrets proven once."""

    def __init__(self, store: OrgStore, clock: Clock, ids: Ids, verify: Verify) -> None:
        self._store, self._clock, self._ids, self._verify = store, clock, ids, verify
        self._known = KnownSecrets()
        self._wrong = Windows()

    async def token(self, request: Request, org: Org) -> Answer:
        """A token for a client that proves who it is (RFC 6749 §4.4)."""
        if request.method != "POST":
            raise WrongMethod(request.method, "POST")
        try:
            if request.cut or len(request.body) > FORM_BYTES_MAX:
                raise GrantRefused("invalid_request", f"The form may have {FORM_BYTES_MAX} bytes.")
            grant = parse_client_grant(request.headers, request.body)
            guesses = self._guesses(org, f"client:{grant.client_id}", request)
            guesses.check_name()
            issued = await issue_token(self._store, self._clock, self._ids, org, grant, self._known, guesses.verify)
        except GrantRefused as refused:
            return grant_refusal_answer(refused)
        body = dump_json({"access_token": issued.token, "token_type": "bearer", "expires_in": issued.expires_in_seconds})
        return Answer(200, dict(_NEVER_STORED), body)

    async def sign_in(self, request: Request, org: Org, request_id: str) -> Answer:
        """A session for a user with a synced password."""
        if request.method != "POST":
            raise WrongMethod(request.method, "POST")
        if request.cut:
            raise TooLarge(f"The body is too large; at most {FORM_BYTES_MAX} bytes are read.")
        credentials = parse_credentials(parse_json(request.body, bytes_max=FORM_BYTES_MAX))
        guesses = self._guesses(org, f"user:{match_key(credentials.user_name)}", request)
        guesses.check_name()
        signed_in = await sign_in(self._store, self._clock, self._ids, org, credentials, guesses.verify, request_id)
        told = {"access_token": signed_in.token, "token_type": "bearer", "expires_in": signed_in.expires_in_seconds}
        return Answer(200, dict(_NEVER_STORED), dump_json(told | {"user_id": signed_in.user_id}))

    def _guesses(self, org: Org, name: str, request: Request) -> _Guesses:
        return _Guesses(self._wrong, org.key, name, request.address, self._clock.monotonic(), self._verify)


class _Guesses:
    """Counts a guess before it is checked, so that many at once are no more than many in turn; a right secret is given back."""

    def __init__(self, windows: Windows, org: int, name: str, address: str, now: float, verify: Verify) -> None:
        self._windows, self._now, self._verify = windows, now, verify
        self._limits: tuple[tuple[tuple[object, ...], int], ...] = (
            ((org, name, address), WRONG_SECRETS_MAX),
            ((org, address), WRONG_SECRETS_PER_ADDRESS_MAX),
        )

    def check_name(self) -> None:
        """Raises TooManyRequests when too many secrets of this client or user were wrong."""
        self._check(self._limits[:1])

    async def verify(self, stored_hash: str, secret: str) -> bool:
        """The check itself. A secret that is known to be right never comes here: behind a proxy all have one address."""
        self._check(self._limits)
        for key, _ in self._limits:
            self._windows.count(key, self._now)
        right = await self._verify(stored_hash, secret)
        if right:
            for key, _ in self._limits:
                self._windows.give_back(key)
        return right

    def _check(self, limits: tuple[tuple[tuple[object, ...], int], ...]) -> None:
        wait = max(self._windows.wait_seconds(key, most, self._now) for key, most in limits)
        if wait:
            raise TooManyRequests(f"Too many wrong secrets. Retry the request in [{wait}] seconds", wait)
