"""Roles as a connection shows them: by name, as Genesys does, or by id, as Okta's entitlements have them.

Both are taken on input; this is only how they look in an answer. Stored documents always hold names.
"""

from __future__ import annotations

from collections.abc import Mapping

from joiner.scim.schema import Document
from joiner.scim.values import match_key


def show_role_ids(document: Document, ids: Mapping[str, str], attribute: str = "roles") -> Document:
    """The document with each role's id as its ``value`` and its name as ``display``. ``ids`` are by match key of the name.

    A role that the org does not define (any longer) stays as it is. The given document is not touched. ``attribute``: the same for
    ``entitlements``.
    """
    roles = document.get(attribute)
    if not roles:
        return document
    shown = []
    for role in roles:
        id = ids.get(match_key(role.get("value", "")))
        shown.append(role if id is None else {**role, "value": id, "display": role.get("display", role["value"])})
    return {**document, attribute: shown}
