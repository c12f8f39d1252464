"""URNs and authorities of the contract, in one place because profile and schemas both need them."""

GENESYS_URN = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
JOINER_URN = "urn:ietf:params:scim:schemas:extension:genesys:2.0:User"  # ours: sourceOrg (genesys-cloud.md §13)

RESERVED_AUTHORITY = "x-pc:scimv2:v1"
"""Authorities that begin like this mirror ``externalId`` of an OAuth client and cannot be written (genesys-cloud.md §2)."""

SOURCE_ORG_AUTHORITY = "joiner:sourceOrg"
"""Where ``sourceOrg`` lives in a real Genesys org."""
