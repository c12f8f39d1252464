"""An HTTP request and its answer as plain values, the same under uvicorn, in tests and in the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """``path`` is percent-decoded and ``query`` is not; header names are lower case; ``address`` is the peer, "" in-process.

    ``Content-Length`` is not among them: it speaks of the wire. ``cut`` says that the body was longer than the listener
    reads; ``body`` is empty then. ``notes`` belong to the headers: whoever answers may keep there what follows from them, for
    the next request that has the same ones.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes = b""
    address: str = ""
    cut: bool = False
    notes: dict[Any, Any] | None = None


class Answer(NamedTuple):
    """``headers`` as they go out (``ETag``, ``Location``, ``Retry-After`` …), fresh for each answer; ``body`` is empty for 204 and 304."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
