"""The hosted orgs behind HTTP: one request in, one answer out, whatever the request holds.

Order of one request: route, org, token (401), rate (429), endpoint (404, 405), permission (403), body (413, 415, 400), journey.
An unknown path below an org is refused only after the token check, so that nothing is learnt without a token.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl

from joiner import __version__
from joiner.auth.client_grant import GrantRefused, parse_client_grant
from joiner.auth.tokens import hash_token, parse_bearer
from joiner.dialects.query_oddities import DOUBLED_SLASH
from joiner.errors import ScimRefusal, StoreError
from joiner.genesys.catalogue import catalogue_of
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller, KnownSecrets, Verify, authenticate, issue_token, profile_for, profile_of, verify_inline
from joiner.journeys.observe_requests import Observation
from joiner.journeys.rendered_members import RenderedMembers
from joiner.journeys.trail import Trail
from joiner.ports import Clock, Ids
from joiner.scim.messages import dump_json
from joiner.scim.refusals import InvalidValue, NotFound, TooManyRequests
from joiner.store.org_port import Identity, Org, OrgStore, Session
from joiner.web.answers import JSON, grant_refusal_answer, json_answer, plain_refusal_answer, refusal_answer
from joiner.web.platform_door import answer_platform
from joiner.web.rate import WRONG_SECRETS_MAX, WRONG_SECRETS_PER_ADDRESS_MAX, Windows
from joiner.web.request import Answer, Request
from joiner.web.routes import Route, parse_route
from joiner.web.scim_call import WrongMethod
from joiner.web.scim_door import answer_scim

QUERY_FIELDS_MAX = 50
FORM_BYTES_MAX = 16_384
STORE_RETRY_SECONDS = 2
"""What a client is told to wait when our database is busy or cannot be written."""

_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::[0-9]{1,5})?\Z|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?\Z")
_log = logging.getLogger("joiner.web")


class OrgServer:
    """Serves every hosted org of a store. Keeps only what may be lost: rate windows, and secrets proven once."""

    def __init__(self, store: OrgStore, clock: Clock, ids: Ids, *, base_url: str = "", verify: Verify = verify_inline) -> None:
        """``base_url`` (no trailing slash) is what locations begin with; "" takes the request's Host header."""
        self._store, self._clock, self._ids = store, clock, ids
        self._base_url = base_url.rstrip("/")
        self._verify = verify
        self._known = KnownSecrets()
        self.observation = Observation(clock)
        self._rendered = RenderedMembers()
        self._rates = Windows()
        self._wrong_secrets = Windows()

    async def handle(self, request: Request) -> Answer:
        """Answer a request. Never raises; whatever goes wrong inside becomes a 500 that tells nothing, and a log entry."""
        request_id = self._ids.new_id()
        trail, started = Trail(), self._clock.monotonic()
        try:
            answer = await self._answer(request, request_id, trail)
        except Exception:  # noqa: BLE001
            # The last resort: the caller gets the id, the log gets the chain.
            _log.exception("request %s failed: %s", request_id, request.method)
            answer = plain_refusal_answer(500, "The server failed. Nothing of this request was kept. Report the Request-Id.")
        self.observation.note(trail, request, request_id, answer.status, started)
        # Every answer carries the id under both names (DESIGN §7).
        return Answer(answer.status, {**answer.headers, "ININ-Correlation-Id": request_id, "Request-Id": request_id}, answer.body)

    async def _answer(self, request: Request, request_id: str, trail: Trail) -> Answer:
        probe = PROBES.get(request.path)
        if probe is not None:
            return await self._probe(request)
        # Half a surrogate pair cannot be looked up; as U+FFFD it names nothing.
        path = request.path if request.path.isascii() else request.path.encode("utf-8", "replace").decode()
        if DOUBLED_SLASH.fits(path):
            path = trail.straighten_path(path)
        route = parse_route(path)
        profile: Profile | None = None
        try:
            token = parse_bearer(request.headers)
            identity = await self._store.identify(route.org, hash_token(token) if token is not None else None)
            org = identity.org
            if org is None:
                raise _no_org(route)
            profile = profile_of(org)
            trail.org, trail.segments = org.key, route.segments if route.family == "scim" else ()
            if route.family == "oauth" and not route.segments:
                return await self._token(request, org)
            session = authenticate(identity, self._clock, token)
            trail.client = session.client.id
            trail.check_path(session.client.connection)
            return await self._authorised(request, route, identity, session, request_id, trail)
        except WrongMethod as refusal:
            return refusal_answer(refusal, profile, request_id, refusal.allow, platform=route.family == "platform")
        except ScimRefusal as refusal:
            trail.scim_type, trail.detail = refusal.scim_type, refusal.detail
            return refusal_answer(refusal, profile, request_id, platform=route.family == "platform")
        except StoreError as error:
            _log.error("request %s: %s", request_id, error)
            answer = plain_refusal_answer(503, f"The database is not available: {error.problems[0].title}. Nothing was changed; try again.")
            return Answer(answer.status, {**answer.headers, "Retry-After": str(STORE_RETRY_SECONDS)}, answer.body)

    async def _authorised(
        self, request: Request, route: Route, identity: Identity, session: Session, request_id: str, trail: Trail
    ) -> Answer:
        org, client = identity.org, session.client
        assert org is not None, "authenticated against it"
        profile = profile_for(org.profile, client.connection)
        self._limit_rate(org, profile, client.id)
        query = parse_query(request.query)
        base = self._base(request) + route.prefix
        catalogue = catalogue_of(org.profile, identity.definitions)
        caller = Caller(
            org,
            profile,
            client,
            base,
            request_id,
            catalogue,
            rendered=self._rendered,
            trail=trail,
            method=request.method,
            charge=partial(self._limit_rate, org, profile, client.id),
            user_id=session.user_id,
        )
        if route.family == "scim":
            return await answer_scim(self._store, self._clock, self._ids, caller, request, query, route.segments)
        if route.family == "platform":
            return await answer_platform(self._store, self._clock, self._ids, caller, request, query, route.segments)
        raise NotFound("No such path. SCIM lives under /api/v2/scim/v2, /api/v2/scim and /scim/v2.")

    async def _token(self, request: Request, org: Org) -> Answer:
        if request.method != "POST":
            raise WrongMethod(request.method, "POST")
        now = self._clock.monotonic()
        try:
            if request.cut or len(request.body) > FORM_BYTES_MAX:
                raise GrantRefused("invalid_request", f"The form may have {FORM_BYTES_MAX} bytes.")
            grant = parse_client_grant(request.headers, request.body)
            guesses = _Guesses(self._wrong_secrets, org.key, grant.client_id, request.address, now, self._verify)
            guesses.check_client()
            issued = await issue_token(self._store, self._clock, self._ids, org, grant, self._known, guesses.verify)
        except GrantRefused as refused:
            return grant_refusal_answer(refused)
        body = dump_json({"access_token": issued.token, "token_type": "bearer", "expires_in": issued.expires_in_seconds})
        return Answer(200, {"Content-Type": JSON, "Cache-Control": "no-store", "Pragma": "no-cache"}, body)

    def _limit_rate(self, org: Org, profile: Profile, client_id: str) -> None:
        limit = profile.requests_per_minute if org.rate_per_minute is None else org.rate_per_minute
        if not limit:
            return
        now = self._clock.monotonic()
        wait = self._rates.wait_seconds((org.key, client_id), limit, now)
        if wait:
            raise TooManyRequests(f"Rate limit exceeded the maximum. Retry the request in [{wait}] seconds", wait)
        self._rates.count((org.key, client_id), now)

    def _base(self, request: Request) -> str:
        if self._base_url:
            return self._base_url
        host = request.headers.get("host", "")
        # A Host that is none would end up in every location: leave the locations relative instead.
        return f"http://{host}" if _HOST.match(host) else ""

    async def _probe(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return plain_refusal_answer(405, "Only GET is offered here.", {"Allow": "GET, HEAD"})
        if request.path == "/readyz":
            try:
                await self._store.read(0, lambda rows: rows.orgs())
            except Exception:  # noqa: BLE001
                # Whatever it is, we are not ready; the log says why.
                _log.exception("not ready")
                return json_answer(dump_json({"ready": False}), 503)
        return json_answer(dump_json(PROBES[request.path]))


class _Guesses:
    """Counts a guess before it is checked, so that many at once are no more than many in turn; a right secret is given back."""

    def __init__(self, windows: Windows, org: int, client_id: str, address: str, now: float, verify: Verify) -> None:
        self._windows, self._now, self._verify = windows, now, verify
        self._limits: tuple[tuple[tuple[object, ...], int], ...] = (
            ((org, client_id, address), WRONG_SECRETS_MAX),
            ((org, address), WRONG_SECRETS_PER_ADDRESS_MAX),
        )

    def check_client(self) -> None:
        """Raises TooManyRequests when too many secrets of this client were wrong."""
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


PROBES: Mapping[str, dict[str, object]] = {
    "/livez": {"live": True},
    "/readyz": {"ready": True},
    "/version": {"name": "joiner", "version": __version__},
}


def parse_query(query: str) -> dict[str, str]:
    """Query parameters by lower-case name; the first of a name counts. Raises InvalidValue when there are too many."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX, errors="replace")
    except ValueError:
        raise InvalidValue(f"More than {QUERY_FIELDS_MAX} query parameters.") from None
    return {name.lower(): value for name, value in reversed(pairs)}


def _no_org(route: Route) -> NotFound:
    if not route.org:
        return NotFound("This server has no org yet. Add one: joiner org add NAME.")
    return NotFound(f"There is no org named {route.org[:63]} here. URLs look like /ORG/api/v2/scim/v2/Users.")
