"""Permissions of an OAuth client in a hosted org, in Genesys' words, and the check. Which call needs which is known to journeys."""

from __future__ import annotations

from collections.abc import Iterable

SCIM_INTEGRATION: frozenset[str] = frozenset(
    {
        "authorization:grant:add",
        "authorization:grant:delete",
        "directory:group:edit",
        "directory:user:add",
        "directory:user:delete",
        "directory:user:edit",
        "directory:user:setPassword",
        "directory:user:view",
        "routing:language:assign",
        "routing:skill:assign",
        "telephony:extension:assign",
    }
)
"""What the built-in role "SCIM Integration" gives (genesys-cloud.md §1, §9)."""

PLATFORM: frozenset[str] = frozenset(
    {
        "authorization:division:add",
        "authorization:division:view",
        "authorization:grant:view",
        "authorization:role:add",
        "authorization:role:view",
        "directory:group:add",
        "directory:group:delete",
        "directory:group:view",
        "routing:language:manage",
        "routing:language:view",
        "routing:skill:manage",
        "routing:skill:view",
    }
)
"""What our Platform subset asks for (genesys-cloud.md §9, §12)."""

ALL_PERMISSIONS: frozenset[str] = SCIM_INTEGRATION | PLATFORM
"""What a client gets unless it is created with less."""


def may(granted: frozenset[str], any_of: Iterable[str]) -> bool:
    """Whether one of ``any_of`` is granted. An empty list means that a valid token is enough."""
    wanted = tuple(any_of)
    return not wanted or any(permission in granted for permission in wanted)


def unknown_permissions(permissions: Iterable[str]) -> list[str]:
    """Those that no call of ours asks for: a spelling mistake, most likely."""
    return sorted(set(permissions) - ALL_PERMISSIONS)
