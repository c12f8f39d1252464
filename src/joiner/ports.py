"""Ports that more than one room needs: the clock, fresh ids, and a place to report progress.

Ports of what is remembered live in ``store/port.py``, ports of other people's systems in ``connectors/port.py``.
Nothing outside ``app.py`` names an implementation; the simulator brings its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC wall-clock time."""
        ...

    def monotonic(self) -> float:
        """Seconds; only differences mean anything; never jumps."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    def new_id(self) -> str:
        """A fresh UUID in its text form, which nobody else has."""
        ...

    def new_secret(self) -> str:
        """256 random bits in URL-safe text, for tokens and client secrets."""
        ...


class Progress(Protocol):
    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        """Say how far a long piece of work has come. ``total`` is None while it is unknown. Must be cheap."""
        ...


class Silence:
    """The Progress of callers who do not watch."""

    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        return None
