"""The schemas of RFC 7643 as data: User (§4.1), EnterpriseUser (§4.3), Group (§4.2), and the URNs of messages and discovery.

Descriptions are our own words. ``indexed`` marks what identity providers search by, ``scanned`` what they sort by and search
parts of: ten attributes of a user, which with ``meta.created`` and ``meta.lastModified`` fill the store's twelve columns.
"""

from __future__ import annotations

from joiner.scim.schema import Attribute, Schema, Type

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SERVICE_PROVIDER_CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
LIST_RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH_OP_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH_REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK_REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

MEMBERS_MAX = 100_000  # of one request; the body's size is the limit that counts


def plural(
    name: str,
    description: str,
    *,
    types: tuple[str, ...] = (),
    value_type: Type = Type.STRING,
    reference_types: tuple[str, ...] = (),
    indexed: bool = False,
) -> Attribute:
    """A multi-valued attribute with the usual sub-attributes value, display, type, primary (RFC 7643 §2.4)."""
    return Attribute(
        name,
        Type.COMPLEX,
        multi_valued=True,
        description=description,
        sub_attributes=(
            Attribute("value", value_type, reference_types=reference_types, description="The value itself.", indexed=indexed),
            Attribute("display", description="A name for people, for display only."),
            Attribute("type", canonical_values=types, description="What this value is for."),
            Attribute("primary", Type.BOOLEAN, description="Whether this is the preferred value; true at most once."),
        ),
    )


NAME = Attribute(
    "name",
    Type.COMPLEX,
    description="The parts of the person's name.",
    sub_attributes=(
        Attribute("formatted", description="The whole name, ready to be shown."),
        Attribute("familyName", description="The family name.", scanned=True),
        Attribute("givenName", description="The given name.", scanned=True),
        Attribute("middleName", description="Middle names."),
        Attribute("honorificPrefix", description="Title before the name."),
        Attribute("honorificSuffix", description="Suffix after the name."),
    ),
)

ADDRESSES = Attribute(
    "addresses",
    Type.COMPLEX,
    multi_valued=True,
    description="Postal addresses.",
    sub_attributes=(
        Attribute("formatted", description="The whole address, ready to be printed."),
        Attribute("streetAddress", description="Street, house number, post-office box."),
        Attribute("locality", description="City."),
        Attribute("region", description="State or region."),
        Attribute("postalCode", description="Postal code."),
        Attribute("country", description="Country."),
        Attribute("type", canonical_values=("work", "home", "other"), description="What this address is for."),
        Attribute("primary", Type.BOOLEAN, description="Whether this is the preferred address; true at most once."),
    ),
)

USER_GROUPS = Attribute(
    "groups",
    Type.COMPLEX,
    multi_valued=True,
    mutability="readOnly",
    description="Groups that the user belongs to; changed through the groups.",
    sub_attributes=(
        Attribute("value", case_exact=True, mutability="readOnly", description="Id of the group."),
        Attribute(
            "$ref", Type.REFERENCE, case_exact=True, mutability="readOnly", reference_types=("Group",), description="URI of the group."
        ),
        Attribute("display", mutability="readOnly", description="Name of the group."),
        Attribute("type", mutability="readOnly", canonical_values=("direct", "indirect"), description="How the membership came about."),
    ),
)

USER = Schema(
    USER_URN,
    "User",
    "A person with an account.",
    (
        Attribute("userName", required=True, uniqueness="server", description="The name to sign in with.", indexed=True, scanned=True),
        NAME,
        Attribute("displayName", description="The name that others see.", scanned=True),
        Attribute("nickName", description="What the person is called."),
        Attribute("profileUrl", Type.REFERENCE, reference_types=("external",), description="A page about the person."),
        Attribute("title", description="Job title.", scanned=True),
        Attribute("userType", description="Kind of employment."),
        Attribute("preferredLanguage", description="Preferred languages, as in Accept-Language."),
        Attribute("locale", description="Locale for dates, numbers and currency."),
        Attribute("timezone", description="Time zone from the IANA database."),
        Attribute("active", Type.BOOLEAN, description="Whether the account may be used.", indexed=True),
        Attribute("password", mutability="writeOnly", returned="never", case_exact=True, description="A new password; never shown."),
        plural("emails", "E-mail addresses.", types=("work", "home", "other"), indexed=True),
        plural("phoneNumbers", "Phone numbers.", types=("work", "home", "mobile", "fax", "pager", "other")),
        plural("ims", "Instant messaging addresses.", types=("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo")),
        plural("photos", "Pictures.", types=("photo", "thumbnail"), value_type=Type.REFERENCE, reference_types=("external",)),
        ADDRESSES,
        USER_GROUPS,
        plural("entitlements", "Things that the user may use."),
        plural("roles", "Roles that the user holds."),
        plural("x509Certificates", "Certificates of the user.", value_type=Type.BINARY),
    ),
)

MANAGER = Attribute(
    "manager",
    Type.COMPLEX,
    description="The person whom the user reports to.",
    sub_attributes=(
        Attribute("value", case_exact=True, description="Id of the manager.", indexed=True, scanned=True),
        Attribute("$ref", Type.REFERENCE, case_exact=True, reference_types=("User",), description="URI of the manager."),
        Attribute("displayName", mutability="readOnly", description="Name of the manager."),
    ),
)

ENTERPRISE_USER = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    "What an employer adds about a person.",
    (
        Attribute("employeeNumber", description="Number that the employer gave.", indexed=True, scanned=True),
        Attribute("costCenter", description="Cost centre.", scanned=True),
        Attribute("organization", description="Organisation."),
        Attribute("division", description="Division.", scanned=True),
        Attribute("department", description="Department.", scanned=True),
        MANAGER,
    ),
)

MEMBERS = Attribute(
    "members",
    Type.COMPLEX,
    multi_valued=True,
    elements_max=MEMBERS_MAX,
    description="Who belongs to the group.",
    sub_attributes=(
        Attribute("value", required=True, case_exact=True, mutability="immutable", description="Id of the member."),
        Attribute(
            "$ref",
            Type.REFERENCE,
            case_exact=True,
            mutability="immutable",
            reference_types=("User", "Group"),
            description="URI of the member.",
        ),
        Attribute("type", mutability="immutable", canonical_values=("User", "Group"), description="Kind of member."),
        Attribute("display", mutability="readOnly", description="Name of the member."),
    ),
)

GROUP = Schema(
    GROUP_URN,
    "Group",
    "A set of users.",
    (
        Attribute("displayName", required=True, uniqueness="server", description="The name of the group.", indexed=True, scanned=True),
        MEMBERS,
    ),
)
