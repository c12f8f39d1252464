"""What a client accepts as an answer (RFC 7644 §3.8, RFC 9110 §12.5.1): SCIM is JSON under either of two names."""

from __future__ import annotations

from functools import lru_cache

from joiner.scim.refusals import NotAcceptable
from joiner.web.answers import SCIM

ACCEPTS_CACHED_MAX = 256
ACCEPT_CHARACTERS_MAX = 1_000
"""Longer lists are cut: nobody puts JSON behind a hundred other types."""

_OURS = frozenset({SCIM, "application/json", "application/*", "*/*"})
"""Names for what we send."""


def check_accept(accept: str | None) -> None:
    """Raises NotAcceptable when a client wants neither of the two."""
    if accept is not None and not _acceptable(accept[:ACCEPT_CHARACTERS_MAX]):
        raise NotAcceptable(f"Answers are {SCIM} or application/json, and Accept names neither: {accept[:80]}.")


@lru_cache(ACCEPTS_CACHED_MAX)
def _acceptable(accept: str) -> bool:
    """The most specific range that fits decides; q=0 refuses it. An empty header asks for nothing in particular."""
    if not accept.strip():
        return True
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        range_, *parameters = (piece.strip() for piece in part.split(";"))
        if range_ in _OURS:
            weights[range_] = max(weights.get(range_, 0.0), _weight(parameters))
    return any(_weight_of(name, weights) > 0 for name in (SCIM, "application/json"))


def _weight_of(name: str, weights: dict[str, float]) -> float:
    return next((weights[range_] for range_ in (name, "application/*", "*/*") if range_ in weights), 0.0)


def _weight(parameters: list[str]) -> float:
    """``q``, 1 when it is missing or no number."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0
