"""Attributes that a client sends and no schema has. Whether they are refused is the setting ``unknown_attributes`` (or
``unknown_patch_path``); where they are passed over they are counted here, so that an administrator learns which of his mappings are idle.

Only names at the top of a body, in the paths of operations and in path-less maps are looked at.
"""

from __future__ import annotations

from functools import lru_cache

from joiner.dialects.oddity import Oddity
from joiner.scim.operation import OPERATIONS_MAX
from joiner.scim.path import parse_attribute_path
from joiner.scim.refusals import InvalidPath, InvalidSyntax
from joiner.scim.schema import Document, ResourceType

NAMES_CACHED_MAX = 4_096
NAME_CHARACTERS_MAX = 200
NAMES_MAX = 20
"""Unknown names that are told of one request."""

UNKNOWN_ATTRIBUTE = Oddity(
    "unknown-attribute",
    ("okta", "entra"),
    "RFC 7643 §3, RFC 7644 §3.3",
    "An attribute is sent that no schema of the org has; it is passed over.",
    "Take the attribute out of the mapping, or give the org a schema that has it: joiner org define.",
    InvalidSyntax,
    bool,
    allowed=True,
)


def unknown_names(method: str, body: Document, resource_type: ResourceType) -> tuple[str, ...]:
    """The names as they were sent, at most NAMES_MAX of them."""
    if method == "PATCH":
        return _unknown_paths(body.get("Operations"), resource_type)
    spelled = resource_type.spelled
    return tuple([key for key in body if key not in spelled and not is_known(key, resource_type)][:NAMES_MAX])


def _unknown_paths(listed: object, resource_type: ResourceType) -> tuple[str, ...]:
    unknown: list[str] = []
    for operation in listed[:OPERATIONS_MAX] if isinstance(listed, list) else ():
        if operation.__class__ is dict:
            path, value = operation.get("path"), operation.get("value")
            if path.__class__ is str and path:
                if not is_known(path, resource_type):
                    unknown.append(path)
            elif value.__class__ is dict:
                unknown += [key for key in value if not is_known(key, resource_type)]
    return tuple(dict.fromkeys(unknown))[:NAMES_MAX]


def is_known(path: str, resource_type: ResourceType) -> bool:
    """Whether the attribute that a path or key begins with exists. What is no path at all is refused elsewhere: it counts as known."""
    head = path.partition("[")[0].strip()
    return len(head) > NAME_CHARACTERS_MAX or _is_known(head, resource_type)


@lru_cache(maxsize=NAMES_CACHED_MAX)
def _is_known(head: str, resource_type: ResourceType) -> bool:
    try:
        parse_attribute_path(head, resource_type)
    except InvalidPath:
        return head.lower() in resource_type.urns
    return True
