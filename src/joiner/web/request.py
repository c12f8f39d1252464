"""An HTTP request and its answer as plain values, the same under uvicorn, in tests and in the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """``path`` is percent-decoded and ``query`` is not; header names are lower case; ``address`` is the peer, "" in-process.

    ``cut`` says that the body was longer than the listener reads; ``body`` is empty then.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` as they go out (``ETag``, ``Location``, ``Retry-After`` …); ``body`` is empty for 204 and 304."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
