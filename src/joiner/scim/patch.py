"""PATCH applied to a document (RFC 7644 §3.5.2), with the habits of Okta and Entra that a server must bear.

All or nothing, in order. A caller finds out whether something changed by comparing the documents: a PATCH that changes
nothing must leave version and lastModified alone. Group members in large numbers go through ``member_delta`` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from joiner.errors import ScimRefusal
from joiner.scim.coerce import Misfit, coerce_one, keep_parts
from joiner.scim.elements import Edit, change_elements
from joiner.scim.membership import MemberDelta, member_delta
from joiner.scim.operation import OPERATIONS_MAX, Operation, parse_patch
from joiner.scim.path import PatchPath, UnknownAttribute, parse_patch_path
from joiner.scim.refusals import InvalidPath, InvalidValue, MutabilityRefused, NoTarget, TooMany
from joiner.scim.resource import check_extensions
from joiner.scim.schema import Attribute, Document, ResourceType

__all__ = ["OPERATIONS_MAX", "MemberDelta", "Operation", "PatchRules", "apply_patch", "member_delta", "parse_patch"]


@dataclass(frozen=True, slots=True)
class PatchRules:
    """What differs between connections (identity-providers.md §1).

    ``unknown``: attributes in values and path-less maps that nobody knows. ``unknown_path``: an explicit path that nobody
    knows. ``replace_complex``: RFC 7644 §3.5.2.3 leaves unnamed sub-attributes alone ("merge"); the Interop draft drops them.
    ``pathless``: the Interop draft insists on a path. ``missing_element``: a filter that matches nothing makes the element that it
    describes, as Entra and Okta mean it, or is refused with noTarget, as RFC 7644 §3.5.2.3 says.
    """

    unknown: Literal["ignore", "refuse"] = "ignore"
    unknown_path: Literal["ignore", "refuse"] = "refuse"
    replace_complex: Literal["merge", "whole"] = "merge"
    pathless: Literal["accept", "refuse"] = "accept"
    missing_element: Literal["create", "refuse"] = "create"


_TOLERANT = PatchRules()

ELEMENTS_TOUCHED_MAX = 5_000
"""Elements of multi-valued attributes, and names in maps, that one PATCH may look at: 20 ms of work. Each operation counts all
elements of its attribute."""


def apply_patch(
    document: Document, operations: tuple[Operation, ...], resource_type: ResourceType, rules: PatchRules = _TOLERANT
) -> Document:
    """The document after all operations, or a refusal and nothing changed.

    The given document is not touched. Raises InvalidPath, InvalidFilter, InvalidValue, NoTarget and MutabilityRefused, each
    naming the operation.
    """
    work = _Work(dict(document), resource_type, rules)
    for operation in operations:
        try:
            _apply(work, operation)
        except Misfit as misfit:
            raise InvalidValue(f"{operation}: {misfit.refusal().detail}") from None
        except ScimRefusal as refusal:
            raise type(refusal)(f"{operation}: {refusal.detail}") from None
    for urn in [schema.id for schema in resource_type.urns.values() if work.document.get(schema.id) == {}]:
        del work.document[urn]
    check_extensions(work.document, resource_type)
    work.document["schemas"] = resource_type.schemas_of(work.document)
    return work.document


@dataclass(slots=True)
class _Work:
    """The document being changed. Extensions and lists are replaced, never edited, so that the original stays whole."""

    document: Document
    resource_type: ResourceType
    rules: PatchRules
    touched: int = 0

    def read(self, urn: str, name: str) -> Any:
        return self.document.get(urn, {}).get(name) if urn else self.document.get(name)

    def write(self, urn: str, name: str, value: Any) -> None:
        """Sets an attribute, or takes it out when the value is empty."""
        target = dict(self.document.get(urn, {})) if urn else self.document
        if value in (None, [], {}):
            target.pop(name, None)
        else:
            target[name] = value
        if urn:
            self.document[urn] = target


def _apply(work: _Work, operation: Operation) -> None:
    if not operation.path:
        _apply_pathless(work, operation)
        return
    try:
        target = parse_patch_path(operation.path, work.resource_type)
    except UnknownAttribute:
        if work.rules.unknown_path == "refuse":
            raise
        return
    if target.attribute is None:
        _change_schema(work, target.urn, operation)
        return
    _check_writable(work, target, operation.value)
    _change(work, target, operation)


def _apply_pathless(work: _Work, operation: Operation) -> None:
    """``value`` is a map whose keys are attributes or paths (Okta, Entra)."""
    if operation.op == "remove":
        raise NoTarget("remove needs a path that says what to remove.")
    if work.rules.pathless == "refuse":
        raise InvalidPath("this connection asks for a path in every operation.")
    if not isinstance(operation.value, dict):
        raise InvalidValue("without a path, value must be an object of attributes.")
    _apply_map(work, operation, operation.value, "")


def _apply_map(work: _Work, operation: Operation, values: Document, prefix: str) -> None:
    _touch(work, 2 * len(values))
    for key, value in values.items():
        if not prefix and key.lower() == "schemas":
            continue
        try:
            target = parse_patch_path(prefix + key, work.resource_type)
        except UnknownAttribute:
            if work.rules.unknown == "refuse":
                raise
            continue
        entry = Operation(operation.op, prefix + key, value, operation.position)
        if target.attribute is None:
            _change_schema(work, target.urn, entry)
        elif not _is_read_only(target):
            _change(work, target, entry)
        elif target.attribute.name == "id":
            _check_writable(work, target, value)  # Okta repeats the id; another id would be a mistake worth telling


def _change_schema(work: _Work, urn: str, operation: Operation) -> None:
    """A path or key that is a schema's URN: its value is a map of that schema's attributes."""
    if operation.op == "remove" or operation.value is None:
        if not urn:
            raise NoTarget("a resource cannot lose its own schema; name the attribute to remove.")
        work.document[urn] = {}
        return
    if not isinstance(operation.value, dict):
        raise InvalidValue(f"{operation.path}: expected an object of attributes.")
    if urn and operation.op == "replace" and work.rules.replace_complex == "whole":
        work.document[urn] = {}
    _apply_map(work, operation, operation.value, f"{urn or work.resource_type.schema.id}:")


def _is_read_only(target: PatchPath) -> bool:
    return any(part is not None and part.mutability == "readOnly" for part in (target.attribute, target.sub))


def _check_writable(work: _Work, target: PatchPath, value: Any) -> None:
    """Read-only attributes may only be given the value that they have."""
    attribute = target.attribute
    if attribute is None or not _is_read_only(target):
        return
    if target.sub is None and target.filter is None and work.read(target.urn, attribute.name) == value:
        return
    name = attribute.name if target.sub is None else f"{attribute.name}.{target.sub.name}"
    raise MutabilityRefused(f"{name} is read-only.")


def _change(work: _Work, target: PatchPath, operation: Operation) -> None:
    attribute, sub = target.attribute, target.sub
    assert attribute is not None
    current = work.read(target.urn, attribute.name)
    changed: Any = None
    try:
        if attribute.multi_valued:
            _count_elements(work, current, operation)
            edit = Edit(attribute, operation.op, target.filter, sub, operation.value, work.rules.unknown, work.rules.missing_element)
            changed = change_elements(current or [], edit)
        elif operation.op == "remove":
            changed = _without(current, sub) if sub is not None else None
        elif sub is not None:
            changed = _with_part(current or {}, sub, operation.value, work.rules)
        else:
            changed = _with_value(current, attribute, operation, work.rules)
    except Misfit as misfit:
        raise misfit.within(attribute.name) from None
    _check_loss(attribute, current, changed, operation)
    if changed and not attribute.multi_valued and attribute.subs:
        changed = keep_parts(current, changed, attribute)
        _check_whole(attribute, changed, operation)
    work.write(target.urn, attribute.name, changed)


def _count_elements(work: _Work, current: Any, operation: Operation) -> None:
    """Long filters count more: each of their conditions looks at every element. So do the names in an element."""
    given = len(operation.value) if isinstance(operation.value, (list, dict)) else 1
    _touch(work, (len(current or ()) + given) * (1 + len(operation.path) // 64))


def _touch(work: _Work, count: int) -> None:
    work.touched += count
    if work.touched > ELEMENTS_TOUCHED_MAX:
        raise TooMany(f"the patch goes over more than {ELEMENTS_TOUCHED_MAX} elements and names; send its operations in several requests.")


def _check_whole(attribute: Attribute, changed: Document, operation: Operation) -> None:
    missing = min(attribute.needs - changed.keys(), default=None)
    if missing is not None:
        if operation.op == "remove":
            raise MutabilityRefused(f"{attribute.name}.{missing} is required and cannot be removed; remove {attribute.name} as a whole.")
        raise InvalidValue(f"{attribute.name}.{missing} is required here.")


def _without(current: Document | None, sub: Attribute) -> Document:
    return {name: part for name, part in (current or {}).items() if name != sub.name}


def _with_part(current: Document, sub: Attribute, value: Any, rules: PatchRules) -> Document:
    try:
        part = coerce_one(_alone(value, sub), sub, rules.unknown)
    except Misfit as misfit:
        raise misfit.within(sub.name) from None
    return _without(current, sub) if part is None else {**current, sub.name: part}


def _with_value(current: Any, attribute: Attribute, operation: Operation, rules: PatchRules) -> Any:
    value = coerce_one(_alone(operation.value, attribute), attribute, rules.unknown)
    if not attribute.subs or value is None or not current:
        return value
    if operation.op == "replace" and rules.replace_complex == "whole":
        return value
    merged = {**current, **value}
    emptied = [key.lower() for key, part in operation.value.items() if part in (None, "")] if isinstance(operation.value, dict) else []
    return {name: part for name, part in merged.items() if name.lower() not in emptied}


def _alone(value: Any, attribute: Attribute) -> Any:
    """The one value in Entra's older forms: ``[{"value": "x"}]`` and ``{"value": "x"}`` for a plain attribute."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and not attribute.subs and value.keys() <= {"value", "$ref"}:
        return value.get("value")
    return value


def _check_loss(attribute: Attribute, current: Any, changed: Any, operation: Operation) -> None:
    if attribute.mutability == "immutable" and current is not None and changed != current:
        raise MutabilityRefused(f"{attribute.name} cannot be changed once it is set.")
    if attribute.required and changed in (None, [], {}):  # false and 0 are values
        if operation.op == "remove":
            raise MutabilityRefused(f"{attribute.name} is required and cannot be removed.")
        raise InvalidValue(f"{attribute.name} is required and cannot be empty.")
