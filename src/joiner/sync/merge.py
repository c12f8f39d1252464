"""The three-way merge of one attribute: what both sides last agreed (base), what the source wants (desired), what the org shows (current).

Plain attributes, compared in canonical form (E.164, e-mail case, folded names)::

                      current = base          current ≠ base
    desired = base    nothing                 local change: source reverts · org, shared, create_only keep
    desired ≠ base    write                   equal to each other: adopt · else source writes, org keeps, shared holds
    no base           –                       equal: adopt · org empty: fill · else first contact: report or write

Multi-valued attributes merge element by element. A base holds the elements that both sides agreed on; only those are
ever removed. An element that somebody added in the org stays: we remove only what our rule brought.

Pure: nothing here knows a person, a wire or a clock.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from joiner.sync.change import Decision, Edit
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.record import Element, Reference, TargetAttribute, Value

_KEEPERS = frozenset({Owner.ORG, Owner.CREATE_ONLY, Owner.FILL_IF_EMPTY})
"""Owners under which the source's later changes are not written over a value that the org holds."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What the merge decided. ``base`` is the new agreed value once ``edit`` is acknowledged; ``agreed`` False means there is none yet."""

    edit: Edit
    agreed: bool
    base: Value = None


def merge_attribute(
    attribute: TargetAttribute,
    owner: Owner,
    base: Mapping[str, Value],
    desired: Value,
    current: Value,
    first_contact: FirstContact,
) -> Merged:
    """Decide about one mapped attribute of one linked person. ``base`` is the bond's whole base: absence there means first contact."""
    known = attribute.name in base
    if attribute.multi:
        elements = _Elements(attribute, base.get(attribute.name), desired, current)
        return _merge_known_set(elements, owner) if known else _meet_set(elements, owner, first_contact)
    if known:
        return _merge_known(attribute, owner, base[attribute.name], desired, current)
    return _meet(attribute, owner, desired, current, first_contact)


def is_empty(value: Value) -> bool:
    """Empty means that there is nothing to lose: null, the empty text, no elements. False and 0 are values."""
    return value is None or value in ("", ())


def same(attribute: TargetAttribute, left: Value, right: Value) -> bool:
    """Whether two plain values mean the same to the org."""
    if left == right:
        return True
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    return attribute.canonical(left) == attribute.canonical(right)


# ---------------------------------------------------------------- plain attributes


def _merge_known(attribute: TargetAttribute, owner: Owner, base: Value, desired: Value, current: Value) -> Merged:
    source_moved, org_moved = not same(attribute, desired, base), not same(attribute, current, base)
    if not source_moved and not org_moved:
        return _settled(attribute, Decision.NOTHING, current, base)
    if same(attribute, desired, current):
        return _settled(attribute, Decision.ADOPT, current, current)
    if owner in _KEEPERS:
        if owner is Owner.FILL_IF_EMPTY and is_empty(current):
            return _write(attribute, Decision.FILL, desired, current)
        return _settled(attribute, Decision.KEEP if org_moved else Decision.NOTHING, current, base)
    if owner is Owner.SOURCE:
        return _write(attribute, Decision.WRITE if source_moved else Decision.REVERT, desired, current)
    if not org_moved:
        return _write(attribute, Decision.WRITE, desired, current)
    if not source_moved:
        return _settled(attribute, Decision.KEEP, current, base)
    return Merged(Edit(attribute.name, Decision.CONFLICT, before=current, after=desired), agreed=True, base=base)


def _meet(attribute: TargetAttribute, owner: Owner, desired: Value, current: Value, first_contact: FirstContact) -> Merged:
    if same(attribute, desired, current):
        return _settled(attribute, Decision.ADOPT, current, current)
    if owner is Owner.CREATE_ONLY:
        return Merged(Edit(attribute.name, Decision.NOTHING, current, current), agreed=False)
    if is_empty(current):
        return _write(attribute, Decision.FILL, desired, current)
    if owner in _KEEPERS or is_empty(desired):
        return Merged(Edit(attribute.name, Decision.KEEP, current, current), agreed=False)
    if first_contact is FirstContact.SOURCE:
        return _write(attribute, Decision.WRITE, desired, current)
    return Merged(Edit(attribute.name, Decision.DIFFERS, before=current, after=desired), agreed=False)


def _write(attribute: TargetAttribute, decision: Decision, desired: Value, current: Value) -> Merged:
    return Merged(Edit(attribute.name, decision, before=current, after=desired), agreed=True, base=desired)


def _settled(attribute: TargetAttribute, decision: Decision, current: Value, base: Value) -> Merged:
    return Merged(Edit(attribute.name, decision, before=current, after=current), agreed=True, base=base)


# ---------------------------------------------------------------- multi-valued attributes


class _Elements:
    """The three sets, keyed by canonical form, in a stable order."""

    __slots__ = ("attribute", "base", "current", "desired")

    def __init__(self, attribute: TargetAttribute, base: Value, desired: Value, current: Value) -> None:
        self.attribute = attribute
        self.base = _keyed(attribute, base)
        self.desired = _keyed(attribute, desired)
        self.current = _keyed(attribute, current)

    def missing(self) -> list[Hashable]:
        """Desired elements that the org lacks."""
        return [key for key in self.desired if key not in self.current]

    def dropped(self) -> list[Hashable]:
        """Agreed elements that the source no longer wants and the org still has."""
        return [key for key in self.base if key not in self.desired and key in self.current]

    def levels(self) -> list[Hashable]:
        """Elements that both have, whose proficiency the source states differently."""
        return [key for key, wanted in self.desired.items() if key in self.current and level_differs(wanted, self.current[key])]

    def source_moved(self) -> bool:
        return self.desired.keys() != self.base.keys() or any(level_differs(e, self.base[k]) for k, e in self.desired.items())

    def org_moved(self) -> bool:
        return self.current.keys() != self.base.keys() or any(level_differs(e, self.current[k]) for k, e in self.base.items())


def _keyed(attribute: TargetAttribute, value: Value) -> dict[Hashable, Element]:
    if is_empty(value):
        return {}
    elements = value if isinstance(value, tuple) else (value,)
    return {attribute.canonical(element): element for element in elements if isinstance(element, str | Reference)}


def level_differs(wanted: Element, held: Element) -> bool:
    """A wanted element without a proficiency agrees with any."""
    return isinstance(wanted, Reference) and isinstance(held, Reference) and wanted.proficiency not in (None, held.proficiency)


def _merge_known_set(elements: _Elements, owner: Owner) -> Merged:
    if owner is Owner.FILL_IF_EMPTY and not elements.current and elements.desired:
        return _send(elements, Decision.FILL, elements.missing(), [], [])
    if owner in _KEEPERS:
        return _keep(elements, elements.org_moved())
    missing, dropped, levels = elements.missing(), elements.dropped(), elements.levels()
    if owner is Owner.SHARED:
        # Element by element: what the org took away stays away, what it changed stays changed.
        missing = [key for key in missing if key not in elements.base]
        levels = [key for key in levels if key in elements.base and not level_differs(elements.base[key], elements.current[key])]
    if missing or dropped or levels:
        return _send(elements, Decision.WRITE if elements.source_moved() else Decision.REVERT, missing, dropped, levels)
    if elements.source_moved():
        decision = Decision.KEEP if elements.levels() else Decision.ADOPT
        return Merged(_quiet(elements, decision), agreed=True, base=tuple(elements.desired.values()))
    return _keep(elements, elements.org_moved())


def _meet_set(elements: _Elements, owner: Owner, first_contact: FirstContact) -> Merged:
    missing = elements.missing()
    if owner is Owner.CREATE_ONLY:
        return Merged(_quiet(elements, Decision.NOTHING), agreed=False)
    if not elements.current and missing:
        return _send(elements, Decision.FILL, missing, [], [])
    if not missing and not elements.levels():
        return Merged(_quiet(elements, Decision.ADOPT), agreed=True, base=tuple(elements.desired.values()))
    if owner in _KEEPERS:
        return Merged(_quiet(elements, Decision.KEEP), agreed=False)
    if first_contact is FirstContact.SOURCE:
        return _send(elements, Decision.WRITE, missing, [], elements.levels())
    before, desired = tuple(elements.current.values()), tuple(elements.desired.values())
    return Merged(Edit(elements.attribute.name, Decision.DIFFERS, before=before, after=desired), agreed=False)


def _send(elements: _Elements, decision: Decision, missing: list[Hashable], dropped: list[Hashable], levels: list[Hashable]) -> Merged:
    added = tuple(elements.desired[key] for key in [*missing, *levels])
    removed = tuple(elements.current[key] for key in [*dropped, *levels])
    gone = {*dropped, *levels}
    after = tuple(element for key, element in elements.current.items() if key not in gone) + added
    edit = Edit(elements.attribute.name, decision, tuple(elements.current.values()), after, added, removed)
    return Merged(edit, agreed=True, base=tuple(elements.desired.values()))


def _keep(elements: _Elements, org_moved: bool) -> Merged:
    decision = Decision.KEEP if org_moved else Decision.NOTHING
    return Merged(_quiet(elements, decision), agreed=True, base=tuple(elements.base.values()))


def _quiet(elements: _Elements, decision: Decision) -> Edit:
    current = tuple(elements.current.values())
    return Edit(elements.attribute.name, decision, before=current, after=current)
