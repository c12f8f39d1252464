"""Cursors of RFC 9865: opaque, in characters that a URL takes as they are, and bound to the query that they were made for.

::

    base64url( tag (16) · expiry in Unix seconds (5) · position as JSON )

    tag = the first 16 bytes of HMAC-SHA256(key, scope digest · expiry · position)

The scope (org, resource type, filter, sorting) is not inside but goes into the tag: a cursor of another tenant, type or query
does not verify. Nothing is remembered on the server. The position is not secret: it is what the last resource of a page shows.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import TypeAlias

import msgspec

from joiner.scim.refusals import ExpiredCursor, InvalidCursor

CURSOR_CHARACTERS_MAX = 4096  # a sort value of a thousand characters in any script, and still fits into a URL
CURSOR_LIFETIME_SECONDS = 3600  # RFC 9865 §4 cursorTimeout: long enough for a slow import to fetch its next page

Position: TypeAlias = tuple[str | int | float | bool | None, ...]
"""Where the next page begins, as the store knows it: a direction, sort value and number, for example. Keep texts short."""

_TAG_BYTES = 16
_EXPIRY_BYTES = 5  # Unix seconds until the year 36812
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Position)


def cursor_scope(org: int, type_name: str, filter_text: str | None, sort_by: str | None, descending: bool) -> bytes:
    """A digest of everything that must be the same from page to page (RFC 9865 §2). Names of attributes are compared as written."""
    return hashlib.sha256(_encode((org, type_name, filter_text, sort_by, descending))).digest()


def format_cursor(position: Position, scope: bytes, *, key: bytes, now: datetime, lifetime_seconds: int = CURSOR_LIFETIME_SECONDS) -> str:
    """A cursor for this position of the query that ``scope`` (of ``cursor_scope``) describes."""
    expiry = (int(now.timestamp()) + lifetime_seconds).to_bytes(_EXPIRY_BYTES, "big")
    payload = expiry + _encode(position)
    return urlsafe_b64encode(_tag(key, scope, payload) + payload).rstrip(b"=").decode()


def parse_cursor(text: str, scope: bytes, *, key: bytes, now: datetime) -> Position:
    """The position of a cursor. Raises InvalidCursor (changed, of another query, org or server) and ExpiredCursor."""
    raw = _decoded(text)
    tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    if len(payload) <= _EXPIRY_BYTES or not hmac.compare_digest(tag, _tag(key, scope, payload)):
        raise InvalidCursor(
            "The cursor is none that this server gave out for this query. Leave everything but the cursor as it was on the first page, "
            "or begin again with an empty cursor."
        )
    if int.from_bytes(payload[:_EXPIRY_BYTES], "big") < now.timestamp():
        raise ExpiredCursor("The cursor has expired; begin again with an empty cursor. ServiceProviderConfig says how long cursors live.")
    return _decoder.decode(payload[_EXPIRY_BYTES:])


def _decoded(text: str) -> bytes:
    if len(text) > CURSOR_CHARACTERS_MAX:
        return b""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return b""
    return raw if urlsafe_b64encode(raw).rstrip(b"=").decode() == text else b""  # one cursor has one spelling


def _tag(key: bytes, scope: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, scope + payload, "sha256")[:_TAG_BYTES]
