"""Filters that Genesys is known to understand (genesys-cloud.md §4); strict orgs refuse all others.

All compare with ``eq``. Added by decision: Entra's probes (work e-mail, ``members eq``, and a probe of one id with one reference).
"""

from __future__ import annotations

from joiner.genesys.urns import GENESYS_URN
from joiner.scim.core_schemas import ENTERPRISE_URN
from joiner.scim.filter import And, Compare, Comparison, Filter, ValuePath
from joiner.scim.path import parse_attribute_path
from joiner.scim.refusals import InvalidFilter, InvalidPath
from joiner.scim.schema import ResourceType

_COMPARABLE: dict[str, frozenset[str]] = {
    "User": frozenset(
        {
            "id",
            "userName",
            "emails",
            "emails.value",
            "externalId",
            "active",
            f"{ENTERPRISE_URN}:manager",
            f"{ENTERPRISE_URN}:manager.value",
            f"{ENTERPRISE_URN}:division",
            f"{ENTERPRISE_URN}:employeeNumber",
        }
    ),
    "Group": frozenset({"id", "displayName", "externalId", "members", "members.value"}),
}
_BRACKETS: dict[str, dict[str, tuple[frozenset[str], ...]]] = {
    "User": {
        f"{GENESYS_URN}:externalIds": (frozenset({"authority", "value"}),),
        "emails": (frozenset({"type", "value"}), frozenset({"value"})),
    },
    "Group": {"members": (frozenset({"value"}), frozenset({"value", "type"}))},
}
_PROBED = frozenset({"members", "members.value", f"{ENTERPRISE_URN}:manager", f"{ENTERPRISE_URN}:manager.value"})
_UNDERSTOOD = {
    "User": f"id, userName, email, manager, division, externalId, active and employeeNumber with eq, and {GENESYS_URN}"
    ':externalIds[authority eq "…" and value eq "…"]',
    "Group": "id, displayName, externalId and members with eq",
}


def check_attested(filter_: Filter, resource_type: ResourceType) -> None:
    """Raises InvalidFilter, naming what is understood, when Genesys would not understand this filter."""
    if not (_is_attested(filter_, resource_type) or _is_probe(filter_, resource_type)):
        raise InvalidFilter(f"This org understands the filters that Genesys Cloud understands: {_UNDERSTOOD[resource_type.name]}.")


def _is_attested(filter_: Filter, resource_type: ResourceType) -> bool:
    if isinstance(filter_, Compare):
        return filter_.comparison is Comparison.EQ and _canonical(filter_.path, resource_type) in _COMPARABLE[resource_type.name]
    if not isinstance(filter_, ValuePath):
        return False
    terms = filter_.filter.terms if isinstance(filter_.filter, And) else (filter_.filter,)
    names = {term.path.lower() for term in terms if isinstance(term, Compare) and term.comparison is Comparison.EQ}
    allowed = _BRACKETS[resource_type.name].get(_canonical(filter_.path, resource_type), ())
    return len(names) == len(terms) and names in allowed


def _is_probe(filter_: Filter, resource_type: ResourceType) -> bool:
    """``id eq "…" and members eq "…"``: Entra asks whether one reference is set."""
    if not isinstance(filter_, And) or len(filter_.terms) != 2 or not all(_is_attested(term, resource_type) for term in filter_.terms):
        return False
    paths = [_canonical(term.path, resource_type) for term in filter_.terms if isinstance(term, (Compare, ValuePath))]
    return "id" in paths and any(path in _PROBED for path in paths)


def _canonical(path: str, resource_type: ResourceType) -> str:
    try:
        return str(parse_attribute_path(path, resource_type))
    except InvalidPath as refusal:
        raise InvalidFilter(f"The filter cannot be used: {refusal.detail}") from None
