"""What a resource holds beside its document, alone in its org: unique values and the externalId of the calling client."""

from __future__ import annotations

from joiner.errors import AlreadyTaken
from joiner.genesys.catalogue import Kind
from joiner.journeys.authorise import Caller
from joiner.scim.refusals import InvalidValue, Uniqueness
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import OrgWrites


def hold_unique(rows: OrgWrites, org: int, kind: Kind, n: int, before: Document, after: Document) -> None:
    """Hold the values of unique attributes (RFC 7643 §2.2) less userName and a group's name. Raises Uniqueness that names one."""
    if not kind.unique:
        return
    was, becomes = kind.unique_keys(before), kind.unique_keys(after)
    for each in kind.unique:
        key, former = becomes.get(each.path), was.get(each.path, "")
        if key is None:
            if former:
                rows.free_name(org, kind.name, former, n, each.path)
        elif key != former:
            try:
                rows.take_name(org, kind.name, key, n, former, each.path)
            except AlreadyTaken:
                label = f"{each.urn}:{each.name}" if each.urn else each.name
                raise Uniqueness(f"{label}: this value belongs to another {kind.name} of this org, and only one may have it.") from None


def free_unique(rows: OrgWrites, org: int, kind: Kind, n: int, before: Document) -> None:
    """A deleted resource holds nothing."""
    hold_unique(rows, org, kind, n, before, {})


def hold_external_id(rows: OrgWrites, caller: Caller, type_name: str, n: int, value: str | None) -> None:
    """Raises Uniqueness when another resource of this client has it."""
    try:
        rows.set_external_id(caller.org.key, type_name, caller.client.id, n, value)
    except AlreadyTaken:
        noun = type_name.lower() if type_name in ("User", "Group") else type_name
        raise Uniqueness(f"The externalId {value} is taken by another {noun} that this client provisioned.") from None


def check_visible(name: str, attribute: str) -> None:
    """Raises InvalidValue for a name of which nothing can be seen: invisible letters would make names that look alike."""
    if not match_key(name).strip():
        raise InvalidValue(f"{attribute} is required and must not be empty.")


def without_secrets(document: Document, kind: Kind) -> Document:
    """The document less what is never returned: such values are not kept (RFC 7643 §7)."""
    for urn, name, sub in kind.kept_back:
        document = _without(document, urn, name, sub)
    return document


def _without(document: Document, urn: str, name: str, sub: str) -> Document:
    if urn:
        inner = document.get(urn)
        return document if inner is None else {**document, urn: _without(inner, "", name, sub)}
    value = document.get(name)
    if value is None:
        return document
    if not sub:
        return {key: part for key, part in document.items() if key != name}
    if isinstance(value, list):
        return {**document, name: [_without(each, "", sub, "") for each in value]}
    return {**document, name: _without(value, "", sub, "")}


def with_placeholders(document: Document, kind: Kind) -> Document:
    """The document with something in the place of what is required and never kept, so that a PATCH of other parts is complete."""
    for urn, name, sub in kind.kept_back:
        if urn and not sub and urn in document:
            document = {**document, urn: {name: None} | document[urn]}
    return document


def check_required_kept(before: Document, after: Document, kind: Kind) -> None:
    """Raises InvalidValue when a PATCH takes away an extension that every resource of this kind has."""
    for name in kind.resource_type.required:
        if name in before and name not in after:
            raise InvalidValue(f"{name} is required and cannot be removed.")
