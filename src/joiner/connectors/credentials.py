"""Who we are towards an org: an OAuth client (RFC 6749 §4.4) or a token made by hand. Builds and reads, sends nothing."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec

from joiner.connectors.answers import credentials_refused, refused, unreadable
from joiner.connectors.port import HttpAnswer, HttpRequest

RENEW_EARLY_SECONDS = 60.0
TOKEN_SECONDS_DEFAULT = 3600.0
"""For servers that do not say how long a token lives (RFC 6749 §5.1 only recommends it)."""
TOKEN_CHARS_MAX = 16_384


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """``token_url`` is absolute: the login host of a Genesys region, or ``…/oauth/token`` on the API port."""

    token_url: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A long-lived bearer token, as identity providers hold them."""

    secret: str = field(repr=False)


Credentials: TypeAlias = ClientCredentials | StaticToken


@dataclass(frozen=True, slots=True)
class Token:
    """``renew_at`` is in seconds of the monotonic clock."""

    secret: str = field(repr=False)
    renew_at: float


def token_request(client: ClientCredentials) -> HttpRequest:
    """The client-credentials call as Genesys' own SDK makes it: Basic authentication and a form body.

    Id and secret go in as they are: RFC 6749 §2.3.1 would have them percent-encoded first, which Genesys does not expect.
    """
    pair = f"{client.client_id}:{client.secret}".encode()
    headers = {
        "Authorization": "Basic " + base64.b64encode(pair).decode("ascii"),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    return HttpRequest("POST", client.token_url, headers, b"grant_type=client_credentials")


def read_token(client: ClientCredentials, request: HttpRequest, answer: HttpAnswer, now: float) -> Token:
    """Raises CredentialsRefused (400, 401, 403), Refused (any other status: no token endpoint there), Unreadable."""
    if answer.status in (400, 401, 403):
        raise credentials_refused(answer, f"the org does not accept the client id {client.client_id} with its secret", client.token_url)
    if answer.status != 200:
        raise refused(request, answer)
    try:
        document = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        raise unreadable(request, answer) from None
    secret = document.get("access_token") if isinstance(document, Mapping) else None
    if not isinstance(secret, str) or not 0 < len(secret) <= TOKEN_CHARS_MAX or not secret.isascii() or not secret.isprintable():
        raise unreadable(request, answer)
    return Token(secret, now + _lifetime(document) - RENEW_EARLY_SECONDS)


def _lifetime(document: Mapping[str, Any]) -> float:
    """At least twice the early renewal, so that a token of a few seconds is used and not fetched for each request."""
    seconds = document.get("expires_in")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        return TOKEN_SECONDS_DEFAULT
    return max(float(seconds), RENEW_EARLY_SECONDS + 1.0)


def lasting_token(fixed: StaticToken) -> Token:
    return Token(fixed.secret, math.inf)
