"""Habits of POST and PUT: what stands in a resource's body that the standard does not have there, or not so.

Names are looked for as the standard spells them; a body in another spelling is borne and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from joiner.dialects import operation_oddities as patch
from joiner.dialects import value_habits as values
from joiner.dialects.oddity import Oddity
from joiner.scim.core_schemas import ENTERPRISE_URN, GROUP_URN, USER_URN
from joiner.scim.refusals import InvalidSyntax, InvalidValue

BOOLEAN_AS_TEXT = replace(patch.BOOLEAN_AS_TEXT, fits=values.is_truth_word)
PRIMARY_AS_TEXT = replace(patch.BOOLEAN_AS_TEXT, fits=values.has_truth_word)
ELEMENT_AS_TEXT = replace(patch.ELEMENT_AS_TEXT, fits=values.has_bare_text)
NULL_REF = replace(patch.NULL_REF, fits=values.has_null_ref)
ROLE_AS_JSON_TEXT = replace(patch.ROLE_AS_JSON_TEXT, fits=values.has_role_text, straighten=values.straighten_roles)
MANAGER_AS_TEXT = replace(patch.MANAGER_AS_TEXT, fits=lambda extension: values.is_bare_manager(extension.get("manager")))
EMPTY_MANAGER = replace(patch.EMPTY_MANAGER, fits=lambda extension: values.is_empty_manager(extension.get("manager")))


def _names_strange(urns: Any) -> bool:
    return urns.__class__ is list and any(each.__class__ is str and each[:4].lower() != "urn:" for each in urns)


UNKNOWN_SCHEMA_URN = Oddity(
    "unknown-schema-urn",
    ("entra",),
    "RFC 7643 §3",
    "schemas names something that is no SCIM schema, such as Microsoft's address for its own groups; it is passed over.",
    "The provisioning job dates from before December 2018 (customappsso): make a new one in Entra.",
    InvalidSyntax,
    _names_strange,
    lambda urns: [each for each in urns if each.__class__ is not str or each[:4].lower() == "urn:"],
)

MISSING_SCHEMAS = Oddity(
    "missing-schemas",
    ("generic",),
    "RFC 7643 §3",
    "The body does not say which schemas it follows.",
    'Send "schemas" with the URN of the resource.',
    InvalidSyntax,
    lambda urns: not urns,
)

EXTENSION_NOT_IN_SCHEMAS = Oddity(
    "extension-not-in-schemas",
    ("generic",),
    "RFC 7643 §3",
    "The body has the attributes of an extension that schemas does not name.",
    'Name the extension\'s URN in "schemas".',
    InvalidSyntax,
    lambda value: value.__class__ is dict,
)

META_IN_BODY = Oddity(
    "meta-in-body",
    ("entra",),
    "RFC 7644 §3.3",
    "A new resource comes with meta, which the server makes; it is passed over.",
    "Nothing to do.",
    InvalidSyntax,
    lambda value: value is not None,
    allowed=True,
)

GROUPS_IN_BODY = Oddity(
    "groups-in-body",
    ("okta",),
    "RFC 7643 §4.1.2",
    "A new user comes with groups, which are changed through the groups; they are passed over.",
    "Nothing to do. Push groups to give memberships.",
    InvalidValue,
    lambda value: value is not None,
    allowed=True,
)

ID_IN_BODY = Oddity(
    "id-in-body",
    ("generic",),
    "RFC 7644 §3.3",
    "A new resource comes with an id, which the server makes; it is passed over.",
    "Take id out of the mapping.",
    InvalidSyntax,
    lambda value: value is not None,
    allowed=True,
)

FREE_TEXT_LOCALE = Oddity(
    "free-text-locale",
    ("entra",),
    "RFC 7643 §4.1.1",
    "A locale or language is no language tag such as en-GB; it is kept as it is.",
    "Nothing to do for a validator's random words; else correct the mapping.",
    InvalidValue,
    values.is_free_locale,
    allowed=True,
)

_LIST = (PRIMARY_AS_TEXT, ELEMENT_AS_TEXT)

IN_EVERY_BODY: Mapping[str, tuple[Oddity, ...]] = {
    "schemas": (UNKNOWN_SCHEMA_URN,),
    "active": (BOOLEAN_AS_TEXT,),
    "emails": _LIST,
    "phoneNumbers": _LIST,
    "ims": _LIST,
    "photos": _LIST,
    "entitlements": _LIST,
    "addresses": (PRIMARY_AS_TEXT,),
    "roles": (*_LIST, ROLE_AS_JSON_TEXT),
    "members": (NULL_REF, ELEMENT_AS_TEXT),
    "locale": (FREE_TEXT_LOCALE,),
    "preferredLanguage": (FREE_TEXT_LOCALE,),
    ENTERPRISE_URN: (MANAGER_AS_TEXT, EMPTY_MANAGER),
}
"""What to ask of an attribute's value, by its name."""

IN_NEW_RESOURCE: Mapping[str, tuple[Oddity, ...]] = {
    **IN_EVERY_BODY,
    "meta": (META_IN_BODY,),
    "groups": (GROUPS_IN_BODY,),
    "id": (ID_IN_BODY,),
}
"""The same for POST. A PUT repeats what was read, read-only parts and all (RFC 7644 §3.5.1)."""


def _is_ordinary_list(value: Any) -> bool:
    """A list of objects without text where true or false belongs and without JSON in a text."""
    if value.__class__ is not list:
        return False
    for each in value:
        if each.__class__ is not dict or each.get("primary").__class__ is str:
            return False
        text = each.get("value")
        if text.__class__ is str and text[:1] == "{":
            return False
    return True


def _is_ordinary_enterprise(value: Any) -> bool:
    if value.__class__ is not dict:
        return True
    manager = value.get("manager")
    return manager is None or (manager.__class__ is dict and manager.get("value") != "")


_ORDINARY_SCHEMAS: list[list[str]] = [[USER_URN], [USER_URN, ENTERPRISE_URN], [GROUP_URN]]

ORDINARY: Mapping[str, Callable[[Any], bool]] = {
    "schemas": lambda value: value in _ORDINARY_SCHEMAS,
    "active": lambda value: value.__class__ is bool,
    **dict.fromkeys(("emails", "phoneNumbers", "ims", "photos", "entitlements", "addresses", "roles"), _is_ordinary_list),
    ENTERPRISE_URN: _is_ordinary_enterprise,
}
"""A quick look that spares an attribute's oddities their questions; it may only say yes when none of them fits."""
