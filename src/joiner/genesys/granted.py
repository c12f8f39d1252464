"""Roles and entitlements as resource types of their own, in the shape that Okta reads (identity-providers.md §2.1).

They are lists of names that the org defines; they are granted through ``roles`` and ``entitlements`` of users and never written
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from joiner.genesys.organisation import Kind
from joiner.scim.schema import Attribute, ResourceType, Schema

ROLE_URN = "urn:okta:scim:schemas:core:1.0:Role"
ENTITLEMENT_URN = "urn:okta:scim:schemas:core:1.0:Entitlement"

_DISPLAY_NAME = Attribute("displayName", required=True, mutability="readOnly", uniqueness="server", description="The name that people see.")

ROLE = Schema(ROLE_URN, "Role", "A role that users can hold.", (_DISPLAY_NAME,))
ENTITLEMENT = Schema(
    ENTITLEMENT_URN,
    "Entitlement",
    "Something that users can be entitled to.",
    (_DISPLAY_NAME, Attribute("type", mutability="readOnly", description="What kind of thing it is.")),
)

ROLE_TYPE = ResourceType("Role", "/Roles", ROLE, (), "A role that users can hold.")
ENTITLEMENT_TYPE = ResourceType("Entitlement", "/Entitlements", ENTITLEMENT, (), "Something that users can be entitled to.")

GRANTED: Mapping[str, tuple[ResourceType, Kind]] = MappingProxyType(
    {"roles": (ROLE_TYPE, "role"), "entitlements": (ENTITLEMENT_TYPE, "entitlement")}
)
"""By lower-case endpoint: the resource type, and the names of the org that are its resources."""

ENTITLEMENT_KIND = "Entitlement"
"""The ``type`` of every entitlement: an org knows no further kinds."""
