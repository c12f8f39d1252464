"""The two resource types of each profile: the Genesys contract's attributes only, or all of RFC 7643 besides."""

from __future__ import annotations

from joiner.genesys.profile import Profile
from joiner.scim.schema import ResourceType

GENESYS_URN = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
JOINER_URN = "urn:ietf:params:scim:schemas:extension:genesys:2.0:User"  # ours: sourceOrg


def user_type(profile: Profile) -> ResourceType:
    """The User resource type of a profile; always the same object, so its tables are built once."""
    ...


def group_type(profile: Profile) -> ResourceType:
    """The Group resource type of a profile; always the same object."""
    ...
