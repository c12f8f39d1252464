"""Bearer tokens: how they look, how they are kept (SHA-256 only), how a request carries them (RFC 6750 §2.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

TOKEN_PREFIX = "jnt_"
"""Lets secret scanners and people recognise one of our tokens."""

SECRET_PREFIX = "jns_"


def hash_token(token: str) -> bytes:
    """What is stored and looked up. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def parse_bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an ``Authorization: Bearer …`` header (any case of the scheme), or None."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token and " " not in token else None
