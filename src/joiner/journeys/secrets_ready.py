"""Hashes of passwords that were made outside of a transaction, waiting to be used in it. Lives as long as one request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from joiner.auth.client_secret import hash_client_secret

HashSecret: TypeAlias = Callable[[str, bytes], Awaitable[str]]
"""Makes an argon2id hash of a secret with this salt, perhaps in a thread."""


async def hash_inline(secret: str, salt: bytes) -> str:
    """The HashSecret of tests and the simulator."""
    return hash_client_secret(secret, salt)


class PasswordNeeded(Exception):
    """A write met a password for which no hash is ready. Never leaves ``journeys``."""

    def __init__(self, password: str) -> None:
        super().__init__("a hash is needed")
        self.password = password


class ReadySecrets:
    """``salts`` gives a fresh one each time."""

    __slots__ = ("_make", "_ready", "_salts")

    def __init__(self, make: HashSecret, salts: Callable[[], str]) -> None:
        self._make, self._salts = make, salts
        self._ready: dict[str, str] | None = None

    def ready(self, password: str) -> str:
        """The hash of a password. Raises PasswordNeeded when it must be made first."""
        hashed = self._ready.get(password) if self._ready is not None else None
        if hashed is None:
            raise PasswordNeeded(password)
        return hashed

    async def prepare(self, password: str) -> None:
        hashed = await self._make(password, self._salts().encode())
        self._ready = {**(self._ready or {}), password: hashed}
