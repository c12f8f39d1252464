"""What the head of a request must keep to beyond what httptools reads: rules of RFC 9110 and RFC 9112 that keep it to one meaning.

Both listeners ask here, so that a head means the same to either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from joiner.web.answers import plain_refusal_answer
from joiner.web.request import Answer

HOSTS_REMEMBERED_MAX = 256

_HOST = re.compile(r"(?:[A-Za-z0-9\-._~%!$&'()*+,;=]*|\[[0-9A-Za-z:.]+\])(?::[0-9]*)?\Z")
"""``uri-host [":" port]`` (RFC 9110 §7.2); two of them joined by a comma and a blank are none."""

_ABSOLUTE = re.compile(rb"https?://([^/?#@]+)(/[^?#]*)?(?:\?([^#]*))?\Z", re.IGNORECASE)
"""Authority, path and query. A name with a password before the host is refused (RFC 9110 §4.2.4)."""


Field: TypeAlias = tuple[bytes, bytes]
"""Name and value of a header line, as they came."""


class Head(NamedTuple):
    """A head without its request line. ``fault`` is the refusal of one that cannot be answered; the connection ends with it.

    A client sends nearly the same heads again and again, so a connection keeps the last two: nobody may change them, but in ``notes``.
    """

    version: str
    fields: list[Field]
    headers: Mapping[str, str]
    fault: Answer | None
    notes: dict[Any, Any]


def read_head(version: str, fields: list[Field]) -> Head:
    """The headers by lower-case name. What comes twice is one list (RFC 9110 §5.3): two tokens are then no token, and nobody picks one."""
    headers: dict[str, str] = {}
    for name, value in fields:
        key, text = name.lower().decode("latin-1"), value.rstrip().decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Head(version, fields, headers, _fault(version, headers), {})


def _fault(version: str, headers: Mapping[str, str]) -> Answer | None:
    """The refusal of a head that we cannot read, or that others may read in another way."""
    if version not in ("1.1", "1.0"):
        return plain_refusal_answer(505, "HTTP/1.1 is spoken here.")
    host = headers.get("host")
    if not is_host(host) if host is not None else version == "1.1":
        return plain_refusal_answer(400, "A request has one Host header that names a host (RFC 9112 §3.2).")
    # The last coding decides where a body ends, so httptools looks only at that; what is packed inside we cannot read.
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        return plain_refusal_answer(501, "The only transfer coding that is read is chunked (RFC 9112 §6.1).")
    return None


@lru_cache(HOSTS_REMEMBERED_MAX)
def is_host(text: str) -> bool:
    """Whether this is the value of a Host header; it may be empty."""
    return _HOST.match(text) is not None


def split_target(method: str, target: bytes) -> tuple[bytes, bytes, str | None] | None:
    """Path and query of a request target, and the host if it names one; None if it is in no form that we serve (RFC 9112 §3.2).

    A fragment is never sent; who sends one is refused, for what it hides may have been seen by a proxy before us. A tunnel is no service.
    """
    if method == "CONNECT":
        return None
    if target[:1] == b"/":
        path, _, query = target.partition(b"?")
        return (path, query, None) if target.find(b"#") < 0 else None  # ``in`` takes five times as long
    if target == b"*":
        return (target, b"", None) if method == "OPTIONS" else None
    absolute = _ABSOLUTE.match(target)
    if absolute is None or not is_host(absolute[1].decode("latin-1")):
        return None
    return absolute[2] or b"/", absolute[3] or b"", absolute[1].decode("latin-1")
