"""The query of a URL (RFC 3986 §3.4): names and values without their escapes."""

from __future__ import annotations

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.scim.refusals import InvalidFilter, InvalidValue

QUERY_FIELDS_MAX = 50


def parse_query(query: str) -> dict[str, str]:
    """Query parameters by lower-case name; the first of a name counts.

    Raises InvalidValue, or InvalidFilter, when there are too many or they are too long (no listener of ours lets such through).
    """
    if not query:
        return {}
    if len(query) > HEADER_BYTES_MAX:
        refusal = InvalidFilter if "filter=" in query else InvalidValue
        raise refusal(f"The query has {len(query)} characters; at most {HEADER_BYTES_MAX} are read. Send it by POST to /.search.")
    parts = query.split("&")
    if len(parts) > QUERY_FIELDS_MAX:
        raise InvalidValue(f"More than {QUERY_FIELDS_MAX} query parameters.")
    parameters: dict[str, str] = {}
    for part in reversed(parts):
        name, _, value = part.partition("=")
        if part:
            parameters[decode_part(name).lower()] = decode_part(value)
    return parameters


def decode_part(text: str) -> str:
    """A name or value of a query without its escapes; what is no UTF-8 becomes U+FFFD, a lone % stays."""
    if "%" not in text:
        return text.replace("+", " ") if "+" in text else text
    first, *rest = text.replace("+", " ").split("%")
    pieces = [first.encode("utf-8", "replace")]
    for piece in rest:
        byte = _BYTES.get(piece[:2])
        pieces.append(b"%" + piece.encode("utf-8", "replace") if byte is None else byte + piece[2:].encode("utf-8", "replace"))
    return b"".join(pieces).decode("utf-8", "replace")


_HEX = "0123456789abcdefABCDEF"
_BYTES = {high + low: bytes.fromhex(high + low) for high in _HEX for low in _HEX}
