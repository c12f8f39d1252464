"""The client credentials grant (RFC 6749 §4.4): the request understood, refusals in the words of §5.2. Nothing is looked up here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

FORM_FIELDS_MAX = 20


@dataclass(frozen=True, slots=True)
class ClientGrant:
    """What the client claims to be; not yet checked."""

    client_id: str
    client_secret: str


class GrantRefused(Exception):
    """A token request is refused. ``code`` is an error code of RFC 6749 §5.2, ``detail`` is for the caller."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def status(self) -> int:
        """401 for a client that is not who it says (RFC 6749 §5.2), 400 for all else."""
        return 401 if self.code == "invalid_client" else 400


def parse_client_grant(headers: Mapping[str, str], body: bytes) -> ClientGrant:
    """Credentials from a Basic header or, failing that, from the form. Raises GrantRefused."""
    form = _form(headers, body)
    grant_type = form.get("grant_type", "")
    if grant_type != "client_credentials":
        if not grant_type:
            raise GrantRefused("invalid_request", "The form has no grant_type; send grant_type=client_credentials.")
        raise GrantRefused("unsupported_grant_type", "This server knows grant_type=client_credentials only.")
    basic = _basic(headers.get("authorization", ""))
    if basic is not None:
        return basic
    client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
    if not client_id or not client_secret:
        raise GrantRefused(
            "invalid_client", "Send client id and secret as Basic authorization or as client_id and client_secret in the form."
        )
    return ClientGrant(client_id, client_secret)


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    content_type = headers.get("content-type", "application/x-www-form-urlencoded").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        raise GrantRefused("invalid_request", "The token endpoint takes application/x-www-form-urlencoded (RFC 6749 §4.4.2).")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        raise GrantRefused("invalid_request", "The form could not be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise GrantRefused("invalid_request", "A form field appears twice (RFC 6749 §3.2).")
    return form


def _basic(header: str) -> ClientGrant | None:
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise GrantRefused("invalid_client", "The Basic authorization is not base64 of CLIENT_ID:CLIENT_SECRET.") from None
    if not colon:
        raise GrantRefused("invalid_client", "The Basic authorization is not base64 of CLIENT_ID:CLIENT_SECRET.")
    # RFC 6749 §2.3.1 asks clients to form-encode both first. Ours hold no % or +, so decoding harms no client that does not.
    return ClientGrant(unquote_plus(client_id), unquote_plus(secret))
