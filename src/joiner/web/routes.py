"""Which org and which endpoint a path means. A path decides nothing about permission; unknown paths are refused after the token check."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from joiner.journeys.administer import RESERVED_ORG_NAMES

Family = Literal["scim", "platform", "oauth", "sign-in", "unknown"]

PREFIXES: tuple[tuple[tuple[str, ...], Family], ...] = (
    (("api", "v2", "scim", "v2"), "scim"),
    (("api", "v2", "scim"), "scim"),
    (("scim", "v2"), "scim"),
    (("api", "v2"), "platform"),
    (("oauth", "token"), "oauth"),
    (("oauth", "sign-in"), "sign-in"),
)
"""Longest first: ``/api/v2/scim/v2`` is a path family of its own and not a resource ``v2`` of the alias."""

DISCOVERY = {
    "serviceproviderconfig": "ServiceProviderConfig",
    "resourcetypes": "ResourceTypes",
    "schemas": "Schemas",
}
"""Discovery endpoints by lower-case segment; those of resources are in the org's catalogue. Case is ignored in both
(genesys-cloud.md §1: Genesys writes them small, identity providers with capitals)."""

PATH_CHARACTERS_MAX = 2_048
ROUTES_CACHED_MAX = 2_048


class Route(msgspec.Struct, frozen=True, gc=False):
    """``org`` "" is the default org; ``prefix`` the path before the resource, with the org; ``segments`` what follows."""

    org: str
    family: Family
    prefix: str
    segments: tuple[str, ...]


def parse_route(path: str) -> Route:
    """The route of a percent-decoded path. Empty segments make a path unknown, a single trailing slash does not."""
    lead, _, last = path.rpartition("/")
    if last and last not in (".", "..") and len(path) <= PATH_CHARACTERS_MAX:
        # Of most paths only the id is new; what is before it is one of a few.
        before = _parse(lead)
        if before.family == "scim" and before.segments:
            return Route(before.org, "scim", before.prefix, (*before.segments, last))
    return _parse(path)


@lru_cache(ROUTES_CACHED_MAX)
def _parse(path: str) -> Route:
    segments = path.removeprefix("/").split("/") if len(path) <= PATH_CHARACTERS_MAX else [""]
    org, rest = ("", segments) if segments[0] in RESERVED_ORG_NAMES else (segments[0], segments[1:])
    lead = f"/{org}/" if org else "/"
    for words, family in PREFIXES:
        if tuple(rest[: len(words)]) == words:
            following = rest[len(words) :]
            if following and following[-1] == "":
                following = following[:-1]
            if "" in following or "." in following or ".." in following:
                break
            return Route(org, family, lead + "/".join(words), tuple(following))
    return Route(org, "unknown", lead, tuple(rest))
