"""Habits of PATCH (RFC 7644 §3.5.2): each oddity looks at one operation, whose names are known to be in lower case.

The functions at the end say which oddities can show at all in an operation with such a path and value, so that an ordinary
operation asks few questions or none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from joiner.dialects import value_habits as values
from joiner.dialects.oddity import TRUTH_NAMES, TRUTH_WORDS, Oddity, last_name
from joiner.dialects.query_oddities import has_truth_word_in_filter
from joiner.scim.core_schemas import ENTERPRISE_USER, GROUP, USER
from joiner.scim.refusals import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, NoTarget

VERBS = ("add", "replace", "remove")
ENTRA_FLAG = "Add ?aadOptscim062020 to the tenant URL in Entra"

_PLAIN = frozenset(
    each.name.lower() for schema in (USER, ENTERPRISE_USER, GROUP) for each in schema.attributes if not each.multi_valued and not each.subs
) | {"externalid", *(sub.name.lower() for each in USER.attributes if each.name == "name" for sub in each.sub_attributes)}
"""Names of attributes and parts of names that hold one plain value."""

_DOTTED = re.compile(r"(urn:[^\[\]]{1,200}:[A-Z][A-Za-z]{1,50})\.([A-Za-z$].*)", re.ASCII | re.DOTALL)


def _has_capitals(operation: dict[str, Any]) -> bool:
    verb = operation.get("op")
    return verb.__class__ is str and verb not in VERBS and verb.lower() in VERBS


CAPITALISED_OP = Oddity(
    "capitalised-op",
    ("entra",),
    "RFC 7644 §3.5.2",
    "The operation is written Add, Replace or Remove instead of add, replace or remove.",
    f"{ENTRA_FLAG}; it is borne without.",
    InvalidSyntax,
    _has_capitals,
)


def _is_boolean_text(operation: dict[str, Any]) -> bool:
    return values.is_truth_word(operation["value"]) and last_name(operation["path"]) in TRUTH_NAMES


BOOLEAN_AS_TEXT = Oddity(
    "boolean-as-text",
    ("entra",),
    "RFC 7643 §2.3.2",
    'true or false is written as text ("False").',
    f"{ENTRA_FLAG}, or map with SingleAppRoleAssignment instead of text.",
    InvalidValue,
    _is_boolean_text,
)


def _names_manager(operation: dict[str, Any]) -> bool:
    return last_name(operation["path"]) == "manager"


def _is_manager_text(operation: dict[str, Any]) -> bool:
    return values.is_bare_manager(operation["value"]) and _names_manager(operation)


MANAGER_AS_TEXT = Oddity(
    "manager-as-text",
    ("entra",),
    "RFC 7643 §4.3",
    'The manager is written as a bare id instead of {"value": id}.',
    "In Entra, map manager to urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value.",
    InvalidValue,
    _is_manager_text,
)


def _is_manager_gone(operation: dict[str, Any]) -> bool:
    return values.is_empty_manager(operation["value"]) and _names_manager(operation)


EMPTY_MANAGER = Oddity(
    "empty-manager",
    ("entra",),
    "RFC 7643 §2.5, RFC 7644 §3.5.2.2",
    'The manager is taken away by an empty text ("" or {"value": ""}) instead of remove or null.',
    "Nothing to do: Entra knows no other way. It is borne.",
    InvalidValue,
    _is_manager_gone,
)


def _is_empty_text(operation: dict[str, Any]) -> bool:
    return bool(operation["value"] == "" and not _names_manager(operation))


EMPTY_TEXT_CLEARS = Oddity(
    "empty-text-clears",
    ("entra",),
    "RFC 7643 §2.5",
    "A value is taken away by an empty text instead of remove or null.",
    "In the mapping, choose no default value for empty attributes; the client then sends remove.",
    InvalidValue,
    _is_empty_text,
)

NULL_REF = Oddity(
    "null-ref",
    ("entra",),
    "RFC 7643 §2.5",
    'A member carries "$ref": null.',
    "Nothing to do: null says that there is none.",
    InvalidValue,
    lambda operation: values.has_null_ref(operation["value"]),
    allowed=True,
)


def _is_map_of_paths(operation: dict[str, Any]) -> bool:
    return any(_is_path(key, value) for key, value in operation["value"].items())


def _is_path(key: str, value: Any) -> bool:
    if key[:4].lower() == "urn:":
        return value.__class__ is not dict or key.rpartition(":")[2][:1].islower()
    return "." in key or "[" in key


PATHLESS_MAP_OF_PATHS = Oddity(
    "pathless-map-of-paths",
    ("entra",),
    "RFC 7644 §3.5.2.1, §3.5.2.3",
    "An operation without a path has paths such as name.givenName as the keys of its value.",
    "Nothing to do: Entra's flag aadOptscim062020 writes so. It is borne.",
    InvalidPath,
    _is_map_of_paths,
)


def _is_removal_by_list(operation: dict[str, Any]) -> bool:
    return _removes(operation) and last_name(operation["path"]) == "members" and bool(operation["value"])


def _removes(operation: dict[str, Any]) -> bool:
    verb = operation.get("op")
    return verb.__class__ is str and verb.lower() == "remove"


REMOVE_MEMBERS_BY_VALUE_LIST = Oddity(
    "remove-members-by-value-list",
    ("entra",),
    "RFC 7644 §3.5.2.2",
    "Members are removed by a list of values. The standard would empty the group; only those named are removed.",
    f'{ENTRA_FLAG}; it then sends members[value eq "id"].',
    InvalidPath,
    _is_removal_by_list,
)


def _is_element_removal_by_list(operation: dict[str, Any]) -> bool:
    name = last_name(operation["path"])
    return _removes(operation) and name in values.MULTI_VALUED and name != "members" and bool(operation["value"])


REMOVE_BY_VALUE_LIST = Oddity(
    "remove-by-value-list",
    ("entra",),
    "RFC 7644 §3.5.2.2",
    "Values are removed by a list. The standard would remove them all; only those named are removed.",
    f'{ENTRA_FLAG}, or name the element by a filter, as in emails[value eq "x"].',
    InvalidPath,
    _is_element_removal_by_list,
)


def _is_wrapped(operation: dict[str, Any]) -> bool:
    value = operation["value"]
    if value.__class__ is list:
        value = value[0] if len(value) == 1 else None
    if value.__class__ is not dict or "value" not in value or not value.keys() <= {"value", "$ref"}:
        return False
    return "[" not in operation["path"] and last_name(operation["path"]) in _PLAIN


WRAPPED_PLAIN_VALUE = Oddity(
    "wrapped-plain-value",
    ("entra",),
    "RFC 7644 §3.5.2.3",
    'A plain value is wrapped: [{"value": "x"}] instead of "x".',
    "Take AzureAdScimPatch2017 out of the tenant URL in Entra.",
    InvalidValue,
    _is_wrapped,
)


def _is_add_through_filter(operation: dict[str, Any]) -> bool:
    verb = operation.get("op")
    return verb.__class__ is str and verb.lower() == "add"


FILTER_CREATES_ELEMENT = Oddity(
    "filter-creates-element",
    ("entra", "okta"),
    "RFC 7644 §3.5.2.1, §3.5.2.3",
    'A value is added through a filter, as in emails[type eq "work"].value; where nothing matches, the element is made.',
    "Nothing to do: it is what Entra means by it.",
    NoTarget,
    _is_add_through_filter,
    allowed=True,
)

BOOLEAN_AS_TEXT_IN_PATH = Oddity(
    "boolean-as-text-in-path",
    ("entra",),
    "RFC 7644 §3.4.2.2",
    'A filter in a path compares true or false as text, as in roles[primary eq "True"].',
    "Nothing to do: Entra writes so with and without its flag. It is borne.",
    InvalidFilter,
    lambda operation: has_truth_word_in_filter(operation["path"]),
)


def _is_dotted(operation: dict[str, Any]) -> bool:
    return _DOTTED.fullmatch(operation["path"]) is not None


def _with_colon(operation: dict[str, Any]) -> dict[str, Any]:
    return {**operation, "path": _DOTTED.sub(r"\1:\2", operation["path"])}


DOTTED_EXTENSION_PATH = Oddity(
    "dotted-extension-path",
    ("entra",),
    "RFC 7644 §3.10",
    "A path has a dot between the extension's URN and the attribute instead of a colon.",
    "The provisioning job dates from before December 2018 (customappsso): make a new one in Entra.",
    InvalidPath,
    _is_dotted,
    _with_colon,
)


def _is_role_text(operation: dict[str, Any]) -> bool:
    return last_name(operation["path"]) == "roles" and values.has_role_text(operation["value"])


ROLE_AS_JSON_TEXT = Oddity(
    "role-as-json-text",
    ("entra",),
    "RFC 7643 §4.1.2",
    "A role's value is a JSON object written as text.",
    f"{ENTRA_FLAG}, or map roles with SingleAppRoleAssignment.",
    InvalidValue,
    _is_role_text,
    lambda operation: {**operation, "value": values.straighten_roles(operation["value"])},
)

REPEATED_ID = Oddity(
    "repeated-id",
    ("okta",),
    "RFC 7644 §3.5.2",
    "The value of an operation repeats the resource's own id (Okta's group push); the same id is passed over.",
    "Nothing to do: Okta knows no other way. It is borne.",
    InvalidSyntax,
    lambda operation: "id" in operation["value"],
)


def _is_bare_element(operation: dict[str, Any]) -> bool:
    return values.has_bare_text(operation["value"]) and last_name(operation["path"]) in values.MULTI_VALUED


ELEMENT_AS_TEXT = Oddity(
    "element-as-text",
    ("entra",),
    "RFC 7643 §2.4",
    'An element of a list is bare text instead of {"value": text}.',
    "Map to the value of the attribute, as in roles.value.",
    InvalidValue,
    _is_bare_element,
)

EMPTY_PATH = Oddity(
    "empty-path",
    ("generic",),
    "RFC 7644 §3.5.2",
    "An operation has an empty path; it is taken as an operation without one.",
    "Leave path out.",
    InvalidPath,
    lambda operation: operation.get("path") == "",
)

LIST_BOOLEAN_AS_TEXT = replace(BOOLEAN_AS_TEXT, fits=lambda operation: values.has_truth_word(operation["value"]))
MAP_BOOLEAN_AS_TEXT = replace(BOOLEAN_AS_TEXT, fits=lambda operation: values.map_has_truth_word(operation["value"]))

WITH_TEXT = (BOOLEAN_AS_TEXT, MANAGER_AS_TEXT, EMPTY_MANAGER, EMPTY_TEXT_CLEARS)
WITH_MEMBERS = (NULL_REF, REMOVE_MEMBERS_BY_VALUE_LIST, ELEMENT_AS_TEXT)
WITH_LIST = (WRAPPED_PLAIN_VALUE, REMOVE_BY_VALUE_LIST, ELEMENT_AS_TEXT, LIST_BOOLEAN_AS_TEXT, ROLE_AS_JSON_TEXT)
WITH_OBJECT = (EMPTY_MANAGER, WRAPPED_PLAIN_VALUE, REMOVE_MEMBERS_BY_VALUE_LIST, REMOVE_BY_VALUE_LIST)
WITH_MAP = (REPEATED_ID, PATHLESS_MAP_OF_PATHS, MAP_BOOLEAN_AS_TEXT)
WITH_FILTER = (FILTER_CREATES_ELEMENT, BOOLEAN_AS_TEXT_IN_PATH)
WITH_URN = (DOTTED_EXTENSION_PATH,)
WITH_OTHER_VERB = (CAPITALISED_OP,)

_TELLING_TEXTS = TRUTH_WORDS | {""}
_MANAGER_ENDS = ("manager", "Manager")


def asked_with_path(path: str, value: Any) -> tuple[Oddity, ...]:
    """The oddities that can show at all in an operation with this path and value: mostly none."""
    kind = value.__class__
    asked: tuple[Oddity, ...] = ()
    if kind is str:
        if value in _TELLING_TEXTS or path.endswith(_MANAGER_ENDS):
            asked = WITH_TEXT
    elif kind is list:
        asked = WITH_MEMBERS if path == "members" else WITH_LIST
    elif kind is dict:
        asked = WITH_OBJECT
    if "[" in path:
        asked += WITH_FILTER
    if path[:4] == "urn:" and "." in path.rpartition(":")[2]:
        asked += WITH_URN
    return asked


def asked_without_path(path: Any, value: Any) -> tuple[Oddity, ...]:
    """The same for an operation without a path (``path`` is None or empty)."""
    asked: tuple[Oddity, ...] = (EMPTY_PATH,) if path == "" else ()
    if value.__class__ is dict and not all(map(_is_ordinary_entry, value.items())):
        asked += WITH_MAP
    return asked


def _is_ordinary_entry(entry: tuple[str, Any]) -> bool:
    key, value = entry
    kind = value.__class__
    return key != "id" and "." not in key and "[" not in key and kind is not list and (kind is not str or value not in TRUTH_WORDS)
