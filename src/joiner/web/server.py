"""The hosted orgs behind HTTP: one request in, one answer out, whatever the request holds.

Order of one request: route, org, token (401), rate (429), endpoint (404, 405), permission (403), body (413, 415, 400), journey.
An unknown path below an org is refused only after the token check, so that nothing is learnt without a token.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Mapping
from functools import lru_cache, partial

from joiner import __version__
from joiner.auth.tokens import hash_token, parse_bearer
from joiner.dialects.query_oddities import DOUBLED_SLASH
from joiner.errors import ScimRefusal, StoreError
from joiner.events import Door
from joiner.genesys.catalogue import catalogue_of
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller, Verify, authenticate, check_unexpired, profile_for, profile_of, verify_inline
from joiner.journeys.observe_requests import Observation
from joiner.journeys.rendered import Rendered
from joiner.journeys.secrets_ready import HashSecret, ReadySecrets, hash_inline
from joiner.journeys.trail import Trail
from joiner.ports import Clock, Ids
from joiner.scim.messages import dump_json
from joiner.scim.refusals import NotFound, TooManyRequests
from joiner.store.org_port import Identity, Org, OrgStore
from joiner.web.answers import json_answer, plain_refusal_answer, refusal_answer
from joiner.web.credentials_door import CredentialsDoor
from joiner.web.known_ways import Guest, Way, find_way, learn_way
from joiner.web.platform_door import answer_platform
from joiner.web.query import parse_query
from joiner.web.rate import Windows
from joiner.web.request import Answer, Request
from joiner.web.routes import Route, parse_route
from joiner.web.scim_call import WrongMethod
from joiner.web.scim_door import answer_scim, find_endpoint

GUESTS_REMEMBERED_MAX = 10_000
HOSTS_REMEMBERED_MAX = 256
STORE_RETRY_SECONDS = 2
"""What a client is told to wait when our database is busy or cannot be written."""

_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::[0-9]{1,5})?\Z|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?\Z")
_log = logging.getLogger("joiner.web")


class OrgServer:
    """Serves every hosted org of a store. Keeps only what may be lost: rate windows, and secrets proven once."""

    def __init__(
        self,
        store: OrgStore,
        clock: Clock,
        ids: Ids,
        *,
        base_url: str = "",
        verify: Verify = verify_inline,
        hash_password: HashSecret = hash_inline,
    ) -> None:
        """``base_url`` (no trailing slash) is what locations begin with; "" takes the request's Host header.

        ``verify`` and ``hash_password`` take tens of milliseconds on purpose: a server hands in ones that use a thread.
        """
        self._store, self._clock, self._ids = store, clock, ids
        self._base_url = base_url.rstrip("/")
        self._credentials = CredentialsDoor(store, clock, ids, verify)
        self._hash_password = hash_password
        self.observation = Observation(clock)
        self._rendered = Rendered()
        self._rates = Windows()
        self._guests: dict[bytes | None, Guest] = {}

    @property
    def reads_inline(self) -> bool:
        """Whether most requests that read are answered without waiting for anything: then they need no task of their own."""
        return self._store.reads_inline

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
        answer.headers["ININ-Correlation-Id"] = answer.headers["Request-Id"] = request_id
        return answer

    async def _answer(self, request: Request, request_id: str, trail: Trail) -> Answer:
        try:
            known = find_way(request)
            if known is not None and self._stands(known[0]):
                return await self._go_again(*known, request, request_id, trail)
            return await self._go(request, request_id, trail)
        except WrongMethod as refusal:
            return refusal_answer(refusal, trail.profile, request_id, refusal.allow, platform=_is_platform(request.path))
        except ScimRefusal as refusal:
            trail.scim_type, trail.detail = refusal.scim_type, refusal.detail
            return refusal_answer(refusal, trail.profile, request_id, platform=_is_platform(request.path))
        except StoreError as error:
            _log.error("request %s: %s", request_id, error)
            problem = error.problems[0]
            effect = dict(problem.rows).get("effect", "nothing was changed; try again")
            answer = plain_refusal_answer(503, f"The database is not available: {problem.title}; {effect}.")
            return Answer(answer.status, {**answer.headers, "Retry-After": str(STORE_RETRY_SECONDS)}, answer.body)

    def _stands(self, way: Way) -> bool:
        """Whether the store still knows the same identity: nobody took the token back, nothing of client or org was changed."""
        return self._store.known_identity(way.org_name, way.token_hash) is way.guest.identity

    def _go_again(self, way: Way, id: str, request: Request, request_id: str, trail: Trail) -> Awaitable[Answer]:
        guest = way.guest
        trail.org, trail.profile, trail.client = guest.org.key, guest.org_profile, guest.session.client.id
        trail.segments = (*way.segments, id) if id else way.segments
        check_unexpired(guest.session, self._clock)
        guest.charge()
        caller = self._caller(guest, way.base, request, request_id, trail)
        return answer_scim(self._store, self._clock, self._ids, caller, request, way.endpoint, id)

    async def _go(self, request: Request, request_id: str, trail: Trail) -> Answer:
        """The whole way. Raises ScimRefusal kinds."""
        if request.path in PROBES:
            return await self._probe(request)
        route = _route(request.path, trail)
        token = parse_bearer(request.headers)
        token_hash = hash_token(token) if token is not None else None
        identity = self._store.known_identity(route.org, token_hash) or await self._store.identify(route.org, token_hash)
        org = identity.org
        if org is None:
            raise _no_org(route)
        trail.org, trail.profile = org.key, profile_of(org)
        if route.family == "scim":
            trail.segments = route.segments
        elif route.family == "oauth" and not route.segments:
            return await self._credentials.token(request, org)
        elif route.family == "sign-in" and not route.segments:
            return await self._credentials.sign_in(request, org, request_id)
        guest = self._guest(identity, token, token_hash)
        trail.client = guest.session.client.id
        trail.check_path(guest.session.client.connection)
        guest.charge()
        caller = self._caller(guest, (self._base_url or _base(request.headers.get("host", ""))) + route.prefix, request, request_id, trail)
        if route.family == "scim":
            endpoint = find_endpoint(guest, request, route.segments)
            learn_way(request, Way(guest, endpoint, caller.base, route.segments, route.org, token_hash))
            id = route.segments[1] if len(route.segments) > 1 else ""
            return await answer_scim(self._store, self._clock, self._ids, caller, request, endpoint, id)
        if route.family == "platform":
            query = parse_query(request.query)
            return await answer_platform(self._store, self._clock, self._ids, caller, request, query, route.segments)
        raise NotFound("No such path. SCIM lives under /api/v2/scim/v2, /api/v2/scim and /scim/v2.")

    def _guest(self, identity: Identity, token: str | None, token_hash: bytes | None) -> Guest:
        """Who asks. Raises Unauthorized. What was worked out once stands as long as the store knows the same identity."""
        guest = self._guests.get(token_hash)
        if guest is not None and guest.identity is identity:
            check_unexpired(guest.session, self._clock)
            return guest
        session = authenticate(identity, self._clock, token)
        org, client = identity.org, session.client
        assert org is not None, "authenticated against it"
        profile = profile_for(org.profile, client.connection)
        # People who signed in share a client, and must not use up each other's rate.
        charge = partial(self._limit_rate, org, profile, client.id + session.user_id)
        guest = Guest(identity, org, profile_of(org), session, profile, catalogue_of(org.profile, identity.definitions), charge, {})
        if len(self._guests) >= GUESTS_REMEMBERED_MAX:
            self._guests.clear()
        self._guests[token_hash] = guest
        return guest

    def _caller(self, guest: Guest, base: str, request: Request, request_id: str, trail: Trail) -> Caller:
        return Caller(
            guest.org,
            guest.profile,
            guest.session.client,
            base,
            request_id,
            guest.catalogue,
            Door.SCIM,
            self._rendered,
            trail,
            request.method,
            guest.charge,
            guest.session.user_id,
            ReadySecrets(self._hash_password, self._ids.new_secret),
        )

    def _limit_rate(self, org: Org, profile: Profile, whose: str) -> None:
        limit = profile.requests_per_minute if org.rate_per_minute is None else org.rate_per_minute
        if not limit:
            return
        now = self._clock.monotonic()
        wait = self._rates.wait_seconds((org.key, whose), limit, now)
        if wait:
            raise TooManyRequests(f"Rate limit exceeded the maximum. Retry the request in [{wait}] seconds", wait)
        self._rates.count((org.key, whose), now)

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


PROBES: Mapping[str, dict[str, object]] = {
    "/livez": {"live": True},
    "/readyz": {"ready": True},
    "/version": {"name": "joiner", "version": __version__},
}


def _route(path: str, trail: Trail) -> Route:
    """Half a surrogate pair cannot be looked up; as U+FFFD it names nothing."""
    path = path if path.isascii() else path.encode("utf-8", "replace").decode()
    return parse_route(trail.straighten_path(path) if DOUBLED_SLASH.fits(path) else path)


def _is_platform(path: str) -> bool:
    return _route(path, Trail()).family == "platform"


@lru_cache(HOSTS_REMEMBERED_MAX)
def _base(host: str) -> str:
    """What locations begin with for who came by this Host. One that is none would end up in them: they are relative then."""
    return f"http://{host}" if _HOST.match(host) else ""


def _no_org(route: Route) -> NotFound:
    if not route.org:
        return NotFound("This server has no org yet. Add one: joiner org add NAME.")
    return NotFound(f"There is no org named {route.org[:63]} here. URLs look like /ORG/api/v2/scim/v2/Users.")
