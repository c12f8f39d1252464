"""Client secrets: argon2id hashes made and checked. The salt is an argument; no randomness lives here."""

from __future__ import annotations

from dataclasses import dataclass

from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret, verify_secret


@dataclass(frozen=True, slots=True)
class SecretCost:
    """How dear one guess is: argon2id passes, memory in KiB, lanes."""

    passes: int
    memory_kib: int
    lanes: int


STANDARD_COST = SecretCost(passes=3, memory_kib=65_536, lanes=4)
"""RFC 9106 §4, second recommended option."""

REHEARSAL_COST = SecretCost(passes=1, memory_kib=8, lanes=1)
"""For tests and the simulator only: the secret protects nothing there."""

SALT_BYTES = 16

STRANGERS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$fBkCXIVS6by8j8dF0BVswQ$kzFDkyW92eO2yAQWKpjOaLrpxvd+ewi5adwuS2SrR5E"
"""The hash of a secret that nobody has: checked for unknown clients, so that the time taken does not tell who exists."""


def hash_client_secret(secret: str, salt: bytes, cost: SecretCost = STANDARD_COST) -> str:
    """The encoded argon2id hash (parameters and salt inside) that is stored in place of the secret."""
    return hash_secret(
        secret.encode("utf-8"), salt[:SALT_BYTES], cost.passes, cost.memory_kib, cost.lanes, hash_len=32, type=Type.ID
    ).decode("ascii")


def client_secret_fits(stored_hash: str, secret: str) -> bool:
    """Whether ``secret`` is the one behind ``stored_hash``. An unreadable hash fits nothing."""
    try:
        return verify_secret(stored_hash.encode("ascii"), secret.encode("utf-8"), Type.ID)
    except (VerificationError, InvalidHashError):
        return False
