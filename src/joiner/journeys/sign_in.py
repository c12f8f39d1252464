"""A user of a hosted org signs in with a synced password: a session of an hour that reaches ``/Me`` and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from joiner.auth.client_secret import STRANGERS_HASH
from joiner.auth.password_policy import prepare_password
from joiner.auth.tokens import TOKEN_PREFIX, hash_token
from joiner.events import Actor, Door, Event
from joiner.journeys.authorise import Verify
from joiner.ports import Clock, Ids
from joiner.scim.refusals import InvalidSyntax, Unauthorized
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import Client, Kept, Org, OrgReads, OrgStore, OrgWrites, State

SESSION_SECONDS = 3_600
SIGN_IN_CLIENT = "joiner:sign-in"
"""The client that sessions of users belong to: it may do nothing by itself and has no secret that fits."""

CREDENTIAL_CHARACTERS_MAX = 1_024
REFUSED = "User name or password is wrong."
"""The same for an unknown user, a wrong password, one who has none, and one who is inactive."""


class Credentials(NamedTuple):
    user_name: str
    password: str


class SignedIn(NamedTuple):
    token: str
    user_id: str
    expires_in_seconds: int


class _Found(NamedTuple):
    kept: Kept | None
    stored_hash: str


def parse_credentials(body: Document) -> Credentials:
    """Raises InvalidSyntax unless both are text of a sensible length."""
    user_name, password = body.get("userName"), body.get("password")
    for name, value in (("userName", user_name), ("password", password)):
        if not isinstance(value, str) or not 0 < len(value) <= CREDENTIAL_CHARACTERS_MAX:
            raise InvalidSyntax(f"{name} must be text of 1 to {CREDENTIAL_CHARACTERS_MAX} characters.")
    assert isinstance(user_name, str)
    assert isinstance(password, str)
    return Credentials(user_name, prepare_password(password))


async def sign_in(store: OrgStore, clock: Clock, ids: Ids, org: Org, credentials: Credentials, verify: Verify, request_id: str) -> SignedIn:
    """A fresh session. Raises Unauthorized, with one wording and after one check of a hash, whatever was wrong."""
    found = await store.read(org.key, lambda rows: _find(rows, org.key, credentials.user_name))
    right = await verify(found.stored_hash or STRANGERS_HASH, credentials.password)
    kept = found.kept
    if not right or not found.stored_hash or kept is None or kept.state is not State.ACTIVE:
        raise Unauthorized(REFUSED)
    token, now, client_id = TOKEN_PREFIX + ids.new_secret(), clock.now(), ids.new_id()

    def work(rows: OrgWrites) -> SignedIn:
        current = _find(rows, org.key, credentials.user_name)
        if current.kept is None or current.kept.state is not State.ACTIVE or current.stored_hash != found.stored_hash:
            raise Unauthorized(REFUSED)  # deactivated, or another password, while the hash was checked
        client = rows.client(org.key, SIGN_IN_CLIENT)
        if client is None:
            client = Client(org.key, client_id, SIGN_IN_CLIENT, "", frozenset())
            rows.add_client(client, now.isoformat())
        at = now.timestamp()
        rows.add_token(hash_token(token), org.key, client.id, at, at + SESSION_SECONDS, kept.id)
        actor = Actor("user", kept.name, Door.SCIM)
        rows.append_audit(org.key, Event("user.signed_in", actor, now, "User", kept.id, kept.name, {}, {}, "", request_id))
        return SignedIn(token, kept.id, SESSION_SECONDS)

    return await store.write(org.key, work)


def _find(rows: OrgReads, org: int, user_name: str) -> _Found:
    n = rows.holder(org, "User", match_key(user_name))
    if n is None:
        return _Found(None, "")
    kept = next(iter(rows.resources(org, "User", (n,))), None)
    return _Found(kept, rows.password(org, n) or "")
