"""What both listeners take from the wire, before anything is understood: bytes, seconds, connections."""

from __future__ import annotations

from collections.abc import Mapping

from joiner.genesys.limits import HEADER_BYTES_MAX
from joiner.genesys.profile import PROFILES

BODY_BYTES_MAX = max(profile.body_bytes_max for profile in PROFILES.values())
"""No more is read from the wire; the org's profile may allow less."""

STRANGERS_BODY_BYTES_MAX = 65_536
"""No more is read of a request without ``Authorization``: all that is served without it is a sign-in form."""

PIECE_BYTES_MAX = HEADER_BYTES_MAX // 2
"""So much is read at a time of what a socket brought: a few hundred requests at most become ready together."""

FRAMING_SHARE_MAX = 8
"""A chunked body may take so many bytes for each of its own, and one head more: a chunk of one byte takes six."""

HEAD_SECONDS_MAX = 20.0
"""A request line with its headers must be complete within this time."""

BODY_SECONDS_MAX = 30.0
"""How long a body may take, all of it."""

KEEP_ALIVE_SECONDS = 75
"""A connection on which nothing is asked for so long is closed."""

CONNECTIONS_MAX = 4_096
"""Open at once; one more is told to come back. An identity provider keeps a handful."""


def body_bytes_max(headers: Mapping[str, str]) -> int:
    """How many bytes of a body are read of a request with these headers."""
    return BODY_BYTES_MAX if "authorization" in headers else STRANGERS_BODY_BYTES_MAX
