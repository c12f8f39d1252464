"""Who is calling a hosted org, and may they: tokens issued, tokens checked, permissions demanded. Rates are limited at the door."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from joiner.auth.client_grant import ClientGrant, GrantRefused
from joiner.auth.client_secret import STRANGERS_HASH, client_secret_fits
from joiner.auth.permissions import may
from joiner.auth.tokens import TOKEN_PREFIX, hash_token
from joiner.dialects import switches
from joiner.dialects.connection import Connection, overrides
from joiner.events import Actor, Door
from joiner.genesys.catalogue import Catalogue, Kind
from joiner.genesys.limits import TOKEN_SECONDS_DEFAULT
from joiner.genesys.profile import PROFILES, Profile
from joiner.journeys.rendered import Rendered
from joiner.journeys.secrets_ready import ReadySecrets, hash_inline
from joiner.journeys.trail import Trail
from joiner.ports import Clock, Ids
from joiner.scim.refusals import Forbidden, Unauthorized
from joiner.store.org_port import Client, Identity, Org, OrgStore, OrgWrites, Session

KNOWN_SECRETS_MAX = 10_000

Verify: TypeAlias = Callable[[str, str], Awaitable[bool]]
"""Checks a secret against its argon2id hash, perhaps in a thread: one check may take 100 ms."""


def _free() -> None:
    """What a request costs where nobody counts."""


class Caller(msgspec.Struct, frozen=True):
    """An authorised client at work. ``base`` is the SCIM base URL that the client used; locations are built from it."""

    org: Org
    profile: Profile
    client: Client
    base: str
    request_id: str
    catalogue: Catalogue
    door: Door = Door.SCIM
    rendered: Rendered = msgspec.field(default_factory=Rendered)
    trail: Trail = msgspec.field(default_factory=Trail)
    method: str = ""
    """The HTTP method, for the audit."""
    charge: Callable[[], None] = _free
    """Counts one more request of this client: operations of a bulk request. Raises TooManyRequests."""
    user_id: str = ""
    """Who signed in, "" when the token is the client's own."""
    secrets: ReadySecrets = msgspec.field(default_factory=lambda: ReadySecrets(hash_inline, str))
    """Hashes of passwords for this request."""

    acting: Actor | None = None
    """Who acts, where it is not the client itself: an operator who approves what the client asked for."""

    def kind(self, name: str) -> Kind:
        """A kind of resource that this org has; ``name`` comes from the catalogue itself."""
        return self.catalogue.by_name[name]

    @property
    def actor(self) -> Actor:
        return self.acting or Actor("client", self.client.name, self.door)


class MissingPermission(Forbidden):
    """The client is known but holds none of ``permissions``; Genesys calls this ``missing.any.permissions``."""

    def __init__(self, permissions: Iterable[str]) -> None:
        self.permissions = tuple(permissions)
        named = ", ".join(self.permissions)
        super().__init__(
            f"Unable to perform the requested action. You must have at least one of the following permissions assigned: [{named}]"
        )


@dataclass(frozen=True, slots=True)
class IssuedToken:
    token: str
    expires_in_seconds: int


@dataclass(slots=True)
class KnownSecrets:
    """Remembers that a secret was right once, so that argon2 runs once per client and process. Holds digests, never secrets."""

    digests: dict[str, bytes] = field(default_factory=dict)

    def knows(self, client: Client, secret: str) -> bool:
        return hmac.compare_digest(self.digests.get(client.secret_hash, b""), _digest(client, secret))

    def learn(self, client: Client, secret: str) -> None:
        if len(self.digests) >= KNOWN_SECRETS_MAX:
            self.digests.clear()
        self.digests[client.secret_hash] = _digest(client, secret)


async def verify_inline(stored_hash: str, secret: str) -> bool:
    """The Verify of tests and the simulator."""
    return client_secret_fits(stored_hash, secret)


async def issue_token(
    store: OrgStore, clock: Clock, ids: Ids, org: Org, grant: ClientGrant, known: KnownSecrets, verify: Verify
) -> IssuedToken:
    """A fresh bearer token for a client that proves who it is. Raises GrantRefused, the same for every kind of stranger."""
    client = await store.read(org.key, lambda rows: rows.client(org.key, grant.client_id))
    if client is None or client.id != grant.client_id or not client.active:
        await verify(STRANGERS_HASH, grant.client_secret)  # takes as long as for a client that exists
        raise GrantRefused("invalid_client", "Client id or secret is wrong for this org.")
    if not known.knows(client, grant.client_secret):
        if not await verify(client.secret_hash, grant.client_secret):
            raise GrantRefused("invalid_client", "Client id or secret is wrong for this org.")
        known.learn(client, grant.client_secret)
    token = TOKEN_PREFIX + ids.new_secret()
    now = clock.now().timestamp()

    def work(rows: OrgWrites) -> None:
        rows.add_token(hash_token(token), org.key, client.id, now, now + TOKEN_SECONDS_DEFAULT)

    await store.write(org.key, work)
    return IssuedToken(token, TOKEN_SECONDS_DEFAULT)


def authenticate(identity: Identity, clock: Clock, token: str | None) -> Session:
    """The session behind a bearer token. Raises Unauthorized; a token of another org is as unknown as a random one."""
    org, session = identity.org, identity.session
    assert org is not None, "the door answers for orgs that are not there"
    if token is None:
        raise Unauthorized("No bearer token bearing authorization context was found in the request. Send Authorization: Bearer TOKEN.")
    if session is None or session.client.org != org.key or not session.client.active:
        raise Unauthorized(f"This token is not valid for the org {org.name}. Fetch one from its /oauth/token.")
    check_unexpired(session, clock)
    return session


def check_unexpired(session: Session, clock: Clock) -> None:
    """Raises Unauthorized when the time of a token is over: the one thing about it that changes by itself."""
    if session.expires_at <= clock.now().timestamp():
        raise Unauthorized("This token has expired. Fetch a new one from /oauth/token.")


PROFILES_CACHED_MAX = 1_024


@lru_cache(PROFILES_CACHED_MAX)
def profile_for(profile_name: str, connection: Connection) -> Profile:
    """How the org behaves towards this connection: its profile with what the connection settles differently."""
    chosen: dict[str, Any] = dict(overrides(connection))
    return replace(PROFILES[profile_name], **chosen)


def profile_of(org: Org) -> Profile:
    return PROFILES[org.profile]


def demand(caller: Caller, any_of: Iterable[str]) -> None:
    """Raises MissingPermission unless the client holds one of ``any_of`` (or nothing is asked)."""
    wanted = tuple(any_of)
    if not may(caller.client.permissions, wanted):
        raise MissingPermission(wanted)


ROLES_GRANTED, ROLES_TAKEN, EXTENSIONS_GIVEN = "roles granted", "roles taken", "telephone extensions given"

EFFECT_PERMISSIONS: dict[str, tuple[str, ...]] = {
    ROLES_GRANTED: ("authorization:grant:add",),
    ROLES_TAKEN: ("authorization:grant:delete",),
    EXTENSIONS_GIVEN: ("telephony:extension:assign",),
    "password": ("directory:user:setPassword",),
    "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User:routingSkills": ("routing:skill:assign",),
    "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User:routingLanguages": ("routing:language:assign",),
}
"""The gateway lets a call in with any one permission of its route; these effects need their own besides (genesys-cloud.md §1)."""


def check_switch(caller: Caller, switch: str) -> None:
    """Raises SwitchedOff when the connection does not do this kind of work."""
    if not getattr(caller.client.connection, switch):
        switches.check_switch(caller.client.connection, switch, caller.client.name, caller.org.name)


def demand_effects(caller: Caller, changed: Iterable[str], otherwise: str) -> None:
    """Raises MissingPermission unless each effect is allowed. ``otherwise`` is asked for all other attributes."""
    ordinary = False
    for path in changed:
        needed = EFFECT_PERMISSIONS.get(path)
        if needed is None:
            ordinary = True
        else:
            demand(caller, needed)
    if ordinary and otherwise not in caller.client.permissions:
        raise MissingPermission((otherwise,))


def _digest(client: Client, secret: str) -> bytes:
    return hashlib.sha256(f"{client.secret_hash}\n{secret}".encode("utf-8", "surrogatepass")).digest()
