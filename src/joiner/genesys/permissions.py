"""Which permissions let a call in (any one of them), per route, as the contract lists them (genesys-cloud.md §1).

"Any" is the gateway's rule. Single effects (a role grant, a skill, a password) need their own permission besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EFFECTS = (
    "authorization:grant:add",
    "authorization:grant:delete",
    "routing:skill:assign",
    "routing:language:assign",
    "telephony:extension:assign",
)
_EDIT_USER = ("directory:user:edit", "directory:user:setPassword", *_EFFECTS)
_GROUPS = ("directory:group:edit",)

OWN_TYPES = "*"
"""Stands for the endpoint of any resource type that an org has defined itself: who may keep its people may keep these."""

PERMISSIONS: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("GET", "users"): (),
        ("POST", "users"): ("directory:user:add", *_EFFECTS),
        ("PUT", "users"): _EDIT_USER,
        ("PATCH", "users"): _EDIT_USER,
        ("DELETE", "users"): ("directory:user:delete",),
        ("GET", "groups"): _GROUPS,  # for reading too, as documented
        ("POST", "groups"): _GROUPS,
        ("PUT", "groups"): _GROUPS,
        ("PATCH", "groups"): _GROUPS,
        ("DELETE", "groups"): _GROUPS,
        ("POST", OWN_TYPES): ("directory:user:add",),
        ("PUT", OWN_TYPES): ("directory:user:edit",),
        ("PATCH", OWN_TYPES): ("directory:user:edit",),
        ("DELETE", OWN_TYPES): ("directory:user:delete",),
    }
)

SCIM_INTEGRATION: tuple[str, ...] = tuple(sorted({permission for needed in PERMISSIONS.values() for permission in needed}))
"""What the built-in role "SCIM Integration" of an OAuth client allows: everything that SCIM can ask for."""


def permissions_for(method: str, resource: str) -> tuple[str, ...]:
    """Any one of these lets the call in; empty means that a valid token is enough (discovery).

    ``resource`` is ``users``, ``groups`` or ``OWN_TYPES``.
    """
    return PERMISSIONS.get((method.upper(), resource.lower()), ())
