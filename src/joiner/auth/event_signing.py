"""Signs security event tokens (RFC 8417) with Ed25519, and shows the key that checks them. Bytes in, text out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey
from msgspec.json import encode

ALGORITHM = "Ed25519"
"""RFC 9864; deterministic, so that signing needs no chance."""

SEED_BYTES = 32
TOKEN_TYPE = "secevent+jwt"


def seed_from(secret: str) -> bytes:
    """The seed of a key from 256 random bits in text form."""
    return hashlib.sha256(secret.encode()).digest()


def sign_event(claims: Mapping[str, Any], seed: bytes) -> str:
    """The compact form of a signed token. ``seed`` has 32 bytes."""
    key = _key(seed)
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key_id(seed)}
    return jws.serialize_compact(header, encode(claims), key, algorithms=[ALGORITHM])


def public_key(seed: bytes) -> dict[str, Any]:
    """What receivers check signatures with, as a JSON Web Key (RFC 8037)."""
    shown: dict[str, Any] = dict(_key(seed).as_dict(private=False))
    return shown | {"kid": key_id(seed), "use": "sig", "alg": ALGORITHM}


def key_id(seed: bytes) -> str:
    """Names a key without telling anything about it."""
    return hashlib.sha256(b"joiner event key" + seed).hexdigest()[:16]


@lru_cache(64)
def _key(seed: bytes) -> OKPKey:
    assert len(seed) == SEED_BYTES, "a seed has 32 bytes"
    return OKPKey.import_key(_pem(seed))


def _pem(seed: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
