"""The two resource types of each profile: the Genesys contract's attributes only, or all of RFC 7643 besides.

The attribute contract (genesys-cloud.md §2, §3). Strict orgs know exactly these; extended orgs know these too.

========================= ======================== ==========================================================
SCIM path                 Genesys field            note
========================= ======================== ==========================================================
userName                  primary e-mail           required, always returned
displayName               name                     required (strict); there is no name complex
active                    state                    always returned
title                     title
password                                           write-only
emails[work]              second e-mail
emails[other]             primary e-mail           mirrors userName, read-only
phoneNumbers[T]           phone T                  eleven types
roles[].value             role grants              by name
groups                    memberships              read-only
enterprise: division      division                 by name; ``divisionId`` is read as the same
enterprise: department, manager, employeeNumber, dateHire
genesys: routingSkills, routingLanguages, externalIds
========================= ======================== ==========================================================
"""

from __future__ import annotations

from dataclasses import replace

from joiner.genesys.profile import Profile
from joiner.genesys.urns import GENESYS_URN, JOINER_URN
from joiner.scim.core_schemas import ENTERPRISE_URN, ENTERPRISE_USER, GROUP, GROUP_URN, MANAGER, MEMBERS, USER, USER_GROUPS, USER_URN
from joiner.scim.schema import COMMON_ATTRIBUTES, Attribute, Extension, ResourceType, Schema, Type

__all__ = ["EMAIL_TYPES", "GENESYS_URN", "GENESYS_USER", "INTEGRATION_TYPES", "JOINER_URN", "PHONE_TYPES", "group_type", "user_type"]

PHONE_TYPES = ("work", "work2", "work3", "work4", "home", "mobile", "other", "microsoftteams", "zoomphone", "eightbyeight", "ringcentral")
INTEGRATION_TYPES = frozenset(PHONE_TYPES[-4:])
"""Addresses of telephony integrations: not always phone numbers."""
EMAIL_TYPES = ("work", "other")


STARS = ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0")
"""Suggested values only (RFC 7643 §7). They also give test suites, which make up values from schemas, a number to send."""


def _routing(name: str, what: str) -> Attribute:
    return Attribute(
        name,
        Type.COMPLEX,
        multi_valued=True,
        description=f"{what} with how well the person masters them; at most 50.",
        identified_by=("name",),
        sub_attributes=(
            Attribute("name", required=True, case_exact=True, description="Name of an existing one, case-sensitive."),
            Attribute("proficiency", Type.DECIMAL, canonical_values=STARS, description="From 0.0 to 5.0, shown to people as stars."),
        ),
    )


GENESYS_USER = Schema(
    GENESYS_URN,
    "User",
    "What Genesys Cloud adds about a person: skills, languages and identifiers in other systems.",
    (
        _routing("routingSkills", "ACD skills"),
        _routing("routingLanguages", "ACD languages"),
        Attribute(
            "externalIds",
            Type.COMPLEX,
            multi_valued=True,
            description="Identifiers of this person in other systems.",
            identified_by=("authority", "value"),
            indexed=True,
            sub_attributes=(
                Attribute("authority", required=True, case_exact=True, description="Who gave the identifier."),
                Attribute("value", required=True, case_exact=True, description="The identifier."),
            ),
        ),
    ),
)

JOINER_USER = Schema(
    JOINER_URN,
    "JoinerUser",
    "What Joiner adds on its own hosted orgs.",
    (Attribute("sourceOrg", description="The organisation that this person comes from.", indexed=True),),
)

_DATE_HIRE = Attribute("dateHire", description="Day of hire as YYYY-MM-DD; any ISO 8601 date is read.")
_DIVISION_ALIAS = (("divisionId", "division"),)


def _named(schema: Schema, name: str) -> Attribute:
    return schema.table[name.lower()]


def _part(attribute: Attribute, *names: str, types: tuple[str, ...] = ()) -> Attribute:
    """The attribute with only these sub-attributes, and other canonical types."""
    subs = tuple(
        replace(sub, canonical_values=types) if sub.name == "type" and types else sub
        for sub in attribute.sub_attributes
        if sub.name in names
    )
    return replace(attribute, sub_attributes=subs, identified_by=())


def _always(attribute: Attribute) -> Attribute:
    return replace(attribute, returned="always")


def _read_only(attribute: Attribute, name: str) -> Attribute:
    """The attribute with this sub-attribute read-only: Genesys keeps it, where RFC 7643 lets clients write it."""
    subs = tuple(replace(sub, mutability="readOnly") if sub.name == name else sub for sub in attribute.sub_attributes)
    return replace(attribute, sub_attributes=subs)


_COMMON = {attribute.name: attribute for attribute in COMMON_ATTRIBUTES}
_STRICT_META = _always(_part(_COMMON["meta"], "resourceType", "lastModified", "location", "version"))
_VALUED = ("value", "type", "primary")

_STRICT_USER = Schema(
    USER_URN,
    "User",
    "A person with a Genesys Cloud account.",
    (
        _always(_named(USER, "userName")),
        replace(_named(USER, "displayName"), required=True),
        _named(USER, "title"),
        _always(_named(USER, "active")),
        _named(USER, "password"),
        _part(_named(USER, "emails"), *_VALUED, types=EMAIL_TYPES),
        _part(_named(USER, "phoneNumbers"), *_VALUED, types=PHONE_TYPES),
        _part(USER_GROUPS, "value", "$ref", "type"),
        _part(_named(USER, "roles"), "value"),
        _STRICT_META,
    ),
)

_STRICT_ENTERPRISE = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    "What an employer adds about a person.",
    (
        _named(ENTERPRISE_USER, "division"),
        _named(ENTERPRISE_USER, "department"),
        _read_only(_part(MANAGER, "value", "$ref"), "$ref"),
        _named(ENTERPRISE_USER, "employeeNumber"),
        _DATE_HIRE,
    ),
    aliases=_DIVISION_ALIAS,
)

_EXTENDED_ENTERPRISE = replace(ENTERPRISE_USER, attributes=(*ENTERPRISE_USER.attributes, _DATE_HIRE), aliases=_DIVISION_ALIAS)

_EXTENDED_USER = replace(
    USER,
    attributes=tuple(
        _part(each, "value", "display", "type", "primary", types=(*PHONE_TYPES, "fax", "pager")) if each.name == "phoneNumbers" else each
        for each in USER.attributes
    ),
)

_STRICT_GROUP = Schema(
    GROUP_URN,
    "Group",
    "A Genesys Cloud group.",
    (GROUP.attributes[0], _part(MEMBERS, "value", "type", "$ref"), _STRICT_META),
)

_ALIASES = (
    ("email", "emails"),
    ("manager", f"{ENTERPRISE_URN}:manager"),
    ("division", f"{ENTERPRISE_URN}:division"),
    ("divisionId", f"{ENTERPRISE_URN}:division"),
    ("department", f"{ENTERPRISE_URN}:department"),
    ("employeeNumber", f"{ENTERPRISE_URN}:employeeNumber"),
)
"""Genesys' filters name these without their schema (genesys-cloud.md §4)."""

_STRICT_USER_TYPE = ResourceType(
    "User", "/users", _STRICT_USER, (Extension(_STRICT_ENTERPRISE), Extension(GENESYS_USER)), "A person with an account.", _ALIASES
)
_EXTENDED_USER_TYPE = ResourceType(
    "User",
    "/Users",
    _EXTENDED_USER,
    (Extension(_EXTENDED_ENTERPRISE), Extension(GENESYS_USER), Extension(JOINER_USER)),
    "A person with an account.",
    _ALIASES,
)
_STRICT_GROUP_TYPE = ResourceType("Group", "/groups", _STRICT_GROUP, (), "A group of users.")
_EXTENDED_GROUP_TYPE = ResourceType("Group", "/Groups", GROUP, (), "A group of users.")


def user_type(profile: Profile) -> ResourceType:
    """The User resource type of a profile; always the same object, so its tables are built once."""
    return _STRICT_USER_TYPE if profile.contract_attributes_only else _EXTENDED_USER_TYPE


def group_type(profile: Profile) -> ResourceType:
    """The Group resource type of a profile; always the same object."""
    return _STRICT_GROUP_TYPE if profile.contract_attributes_only else _EXTENDED_GROUP_TYPE
