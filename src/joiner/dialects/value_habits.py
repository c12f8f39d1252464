"""Habits that show in a value, wherever it stands: in the body of a POST or PUT, in a patch operation, in a path-less map."""

from __future__ import annotations

import re
from typing import Any

from joiner.dialects.oddity import LOOKED_AT_MAX, TRUTH_NAMES, TRUTH_WORDS, elements
from joiner.scim.messages import parse_json
from joiner.scim.refusals import InvalidSyntax

MULTI_VALUED = frozenset({"emails", "phonenumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509certificates", "members"})
"""Attributes of RFC 7643 whose values are lists of objects, in lower case."""

ROLE_TEXT_CHARACTERS_MAX = 4_096
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,8}", re.ASCII)


def is_truth_word(value: Any) -> bool:
    """``"False"`` where false is meant (Entra without its flag)."""
    return value.__class__ is str and value in TRUTH_WORDS


def has_truth_word(value: Any) -> bool:
    """An element whose ``primary`` is text (Entra's validator, ``AppRoleAssignmentsComplex``)."""
    return any(is_truth_word(each.get("primary")) for each in elements(value))


def has_bare_text(value: Any) -> bool:
    """``["Agent"]`` where ``[{"value": "Agent"}]`` is meant."""
    return value.__class__ is list and any(each.__class__ is str for each in value[:LOOKED_AT_MAX])


def has_null_ref(value: Any) -> bool:
    """``{"$ref": null, "value": "…"}`` (Entra)."""
    return any("$ref" in each and each["$ref"] is None for each in elements(value))


def is_bare_manager(value: Any) -> bool:
    """The manager's id as text instead of an object (Entra)."""
    return value.__class__ is str and value != ""


def is_empty_manager(value: Any) -> bool:
    """``""`` or ``{"value": ""}`` to take the manager away (Entra)."""
    return value == "" or (value.__class__ is dict and value.get("value", 1) == "")


def is_free_locale(value: Any) -> bool:
    """A locale that is no language tag: a random word (Entra's validator)."""
    return value.__class__ is str and value != "" and _LANGUAGE.fullmatch(value) is None


def has_role_text(value: Any) -> bool:
    """A role whose value is a JSON object written as text (Entra's ``AppRoleAssignmentsComplex`` in PATCH)."""
    return any(_is_role_text(each.get("value")) for each in elements(value))


def _is_role_text(value: Any) -> bool:
    return value.__class__ is str and value[:1] == "{" and value[-1:] == "}" and len(value) <= ROLE_TEXT_CHARACTERS_MAX


def straighten_roles(value: Any) -> Any:
    """A role written as ``"{\\"value\\":\\"25\\",\\"displayName\\":\\"Agent\\"}"`` becomes ``{"value": "25", "display": "Agent"}``."""
    return [_straighten_role(each) if each.__class__ is dict and _is_role_text(each.get("value")) else each for each in value]


def _straighten_role(element: dict[str, Any]) -> dict[str, Any]:
    try:
        written = parse_json(element["value"].encode("utf-8", "surrogatepass"), bytes_max=4 * ROLE_TEXT_CHARACTERS_MAX)
    except InvalidSyntax:
        return element  # it only looks like JSON
    name = written.get("value") or written.get("displayName")
    if name.__class__ is not str:
        return element
    display = written.get("displayName")
    return {**element, "value": name, **({"display": display} if display.__class__ is str else {})}


def map_has_truth_word(values: dict[str, Any]) -> bool:
    """A path-less map with ``"active": "False"`` or an element whose ``primary`` is text."""
    return any(
        is_truth_word(value) and key.rpartition(".")[2].lower() in TRUTH_NAMES if value.__class__ is str else has_truth_word(value)
        for key, value in values.items()
    )
