"""What an operation does to the elements of one multi-valued attribute (RFC 7644 §3.5.2.1–3).

::

                 no filter                                filter, some match             filter, none matches
    add          put in; one with the same identity is    merge into each                create from the filter
                 completed, not doubled
    replace      exactly these                            replace each (keeping what     create from the filter
                                                          the filter says)
    remove       all, or those in the value list          take out each                  nothing
    … with sub   on every element                         on each that matches           create (remove: nothing)

Creating what a filter describes is what Entra and Okta mean by it; the RFC would refuse with noTarget, and so does an edit whose
``missing`` is "refuse". It is noTarget for all when the filter says more than ``attribute eq value`` joined with ``and``. An empty
value means remove.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from joiner.scim.coerce import Misfit, Unknown, coerce_one, coerce_parts, distinct, folded, identity, is_hollow, one_primary
from joiner.scim.filter import And, Compare, Comparison, Filter
from joiner.scim.matching import Predicate, compile_element_filter
from joiner.scim.operation import Verb
from joiner.scim.refusals import MutabilityRefused, NoTarget
from joiner.scim.schema import Attribute


@dataclass(frozen=True, slots=True)
class Edit:
    """One operation on one multi-valued attribute: what, where, with what."""

    attribute: Attribute
    op: Verb
    filter: Filter | None
    sub: Attribute | None
    value: Any
    unknown: Unknown
    missing: Literal["create", "refuse"] = "create"


def change_elements(current: list[Any], edit: Edit) -> list[Any]:
    """The elements after the operation; the given list stays as it is. Raises Misfit, NoTarget, MutabilityRefused, InvalidFilter."""
    if edit.sub is not None:
        return _change_sub(current, edit, edit.sub)
    if edit.filter is not None:
        return _change_matching(current, edit, edit.filter)
    if edit.op == "remove":
        return [] if edit.value is None else _remove_named(current, edit)
    given = _coerce_all(edit)
    if edit.op == "add":
        return _merge(current, given, edit.attribute)
    return distinct(given, edit.attribute)


def _coerce_all(edit: Edit) -> list[Any]:
    """The value as elements; one that is not in a list is taken for a list of one."""
    if edit.value is None or edit.value == "":
        return []
    given = edit.value if isinstance(edit.value, list) else [edit.value]
    _check_length(given, edit.attribute)
    elements = []
    for position, each in enumerate(given):
        try:
            element = coerce_one(each, edit.attribute, edit.unknown)
        except Misfit as misfit:
            raise misfit.within(f"[{position}]") from None
        if element is not None:
            elements.append(element)
    return elements


def _check_length(elements: list[Any], attribute: Attribute) -> None:
    if len(elements) > attribute.elements_max:
        raise Misfit(f"may have {attribute.elements_max} elements; this would make {len(elements)}.")


def _merge(current: list[Any], given: list[Any], attribute: Attribute) -> list[Any]:
    kept = {identity(element, attribute): element for element in current}
    primary = None
    for element in given:
        key = identity(element, attribute)
        present = kept.get(key)
        kept[key] = {**present, **element} if isinstance(present, dict) else element
        if isinstance(element, dict) and element.get("primary"):
            primary = key
    _check_length([*kept], attribute)
    return _with_primary(kept, primary, attribute)


def _with_primary(kept: dict[Any, Any], primary: Any, attribute: Attribute) -> list[Any]:
    """The last element that this operation made primary is the only one, wherever it stands."""
    if primary is None:
        return one_primary(list(kept.values()), attribute)
    return [{**element, "primary": False} if element.get("primary") and key != primary else element for key, element in kept.items()]


def _remove_named(current: list[Any], edit: Edit) -> list[Any]:
    """Entra's ``remove members`` with a value list: only those named. An empty list names nobody and removes nobody."""
    named = edit.value if isinstance(edit.value, list) else [edit.value]
    attribute = edit.attribute
    if not attribute.identified_by:
        gone = {identity(coerce_one(each, attribute, edit.unknown), attribute) for each in named}
        return [element for element in current if identity(element, attribute) not in gone]
    exact, loose = set(), set()
    lead = attribute.identified_by[0]
    for each in named:
        element = coerce_one(each, attribute, edit.unknown)
        if element is None or lead not in element:
            continue
        if all(name in element for name in attribute.identified_by):
            exact.add(identity(element, attribute))
        else:
            loose.add(folded(element[lead], attribute.subs[lead]))
    return [
        element
        for element in current
        if identity(element, attribute) not in exact and folded(element.get(lead), attribute.subs[lead]) not in loose
    ]


def _change_matching(current: list[Any], edit: Edit, filter_: Filter) -> list[Any]:
    matches = compile_element_filter(filter_, edit.attribute)
    value = edit.value[0] if isinstance(edit.value, list) and len(edit.value) == 1 else edit.value
    if edit.op == "remove" or value is None or value in ("", []):
        return [element for element in current if not matches(element)]
    given = coerce_parts(value, edit.attribute, edit.unknown)
    if not given:
        return [element for element in current if not matches(element)]
    hit = [place for place, element in enumerate(current) if matches(element)]
    if not hit:
        return _created(current, {**_described(filter_, edit), **given}, edit)
    seed = {} if edit.op == "add" else _described_or_nothing(filter_, edit)
    changed = list(current)
    for place in hit:
        for name in edit.attribute.fixed:
            _check_immutable(changed[place], edit.attribute.subs[name.lower()], given.get(name, changed[place].get(name)), edit.attribute)
        changed[place] = {**changed[place], **given} if edit.op == "add" else {**seed, **given}
    return _settled(changed, hit, edit.attribute)


def _change_sub(current: list[Any], edit: Edit, sub: Attribute) -> list[Any]:
    matches: Predicate = compile_element_filter(edit.filter, edit.attribute) if edit.filter is not None else (lambda element: True)
    part = None if edit.op == "remove" else _coerce_part(edit, sub)
    hit = [place for place, element in enumerate(current) if matches(element)]
    changed = list(current)
    for place in hit:
        _check_immutable(changed[place], sub, part, edit.attribute)
        kept = {name: each for name, each in changed[place].items() if name != sub.name}
        changed[place] = kept if part is None else {**kept, sub.name: part}
    if not hit and part is not None:
        seed = _described(edit.filter, edit) if edit.filter is not None else {}
        return _created(current, {**seed, sub.name: part}, edit)
    return _settled(changed, hit, edit.attribute)


def _coerce_part(edit: Edit, sub: Attribute) -> Any:
    value = edit.value
    if isinstance(value, list) and len(value) == 1 and not sub.multi_valued:
        value = value[0]
    try:
        return coerce_one(value, sub, edit.unknown)
    except Misfit as misfit:
        raise misfit.within(sub.name) from None


def _check_immutable(element: dict[str, Any], sub: Attribute, part: Any, attribute: Attribute) -> None:
    if sub.mutability == "immutable" and element.get(sub.name, part) != part:
        raise MutabilityRefused(f"{attribute.name}.{sub.name} cannot be changed; remove the element and add another.")


def _settled(changed: list[Any], touched: list[int], attribute: Attribute) -> list[Any]:
    """After a change in place: hollow elements go, and only one element stays primary, a touched one before the others."""
    primary = [place for place in touched if changed[place].get("primary")]
    if primary:
        for place, element in enumerate(changed):
            if element.get("primary") and place != primary[-1]:
                changed[place] = {**element, "primary": False}
    return [element for element in changed if not is_hollow(element, attribute)]


def _created(current: list[Any], element: dict[str, Any], edit: Edit) -> list[Any]:
    """A new element at the end; a required part that neither filter nor value gave is a Misfit."""
    settled = coerce_one(element, edit.attribute, edit.unknown)
    return list(current) if settled is None else _merge(current, [settled], edit.attribute)


def _described(filter_: Filter, edit: Edit) -> dict[str, Any]:
    """The element that a filter describes: ``type eq "work"`` is ``{"type": "work"}``. Raises NoTarget when it describes none."""
    if edit.missing == "refuse" and edit.op != "remove":
        raise NoTarget(
            f"The filter in brackets matches no element of {edit.attribute.name} (RFC 7644 §3.5.2.3); this connection makes none."
        )
    return _description(filter_, edit)


def _description(filter_: Filter, edit: Edit) -> dict[str, Any]:
    terms = filter_.terms if isinstance(filter_, And) else (filter_,)
    described: dict[str, Any] = {}
    for term in terms:
        sub = edit.attribute.find(term.path) if isinstance(term, Compare) and term.comparison is Comparison.EQ else None
        if not isinstance(term, Compare) or sub is None:
            raise NoTarget(f"The filter in brackets matches no element of {edit.attribute.name}, and none can be created from it.")
        described[sub.name] = term.value
    return described


def _described_or_nothing(filter_: Filter, edit: Edit) -> dict[str, Any]:
    try:
        return coerce_parts(_description(filter_, edit), edit.attribute, edit.unknown)
    except (NoTarget, Misfit):
        return {}
