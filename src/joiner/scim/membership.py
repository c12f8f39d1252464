"""Group members of a PATCH without the list of members: which ids come in, which go (RFC 7644 §3.5.2).

A group may have a hundred thousand members kept as rows. Building the list to add one would be absurd, so the operations are
folded into a delta. Later operations win, as if they had been applied one after the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from joiner.scim.coerce import shown
from joiner.scim.core_schemas import GROUP_URN
from joiner.scim.filter import And, Compare, Comparison, Filter, Or, parse_filter
from joiner.scim.operation import Operation
from joiner.scim.path import PATH_CHARACTERS_MAX
from joiner.scim.refusals import InvalidFilter, InvalidPath, InvalidValue, MutabilityRefused

_MEMBERS = re.compile(rf"(?:{re.escape(GROUP_URN)}:)?members(?:\[(.*)\])?(?:\.([A-Za-z$]+))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class MemberDelta:
    """What a PATCH means for a group's members, without building the list. All ids are distinct and in the order of the body.

    Exactly one of three forms: ``replace`` is the whole new list (``add`` and ``remove`` are empty then); or ``remove_all``
    and then ``add``; or ``remove`` and ``add`` on what is stored (the two never overlap).
    ``rest`` are the operations on other attributes, for ``apply_patch``.
    """

    add: tuple[str, ...]
    remove: tuple[str, ...]
    replace: tuple[str, ...] | None
    remove_all: bool
    rest: tuple[Operation, ...]

    @property
    def touches_members(self) -> bool:
        """Whether the operations say anything about members."""
        return bool(self.add or self.remove or self.remove_all or self.replace is not None)


@dataclass(slots=True)
class _Fold:
    """``base`` is None while the stored members count; ``effect`` tells of each named id whether it ends up inside."""

    base: dict[str, bool] | None
    remove_all: bool
    effect: dict[str, bool]

    def put(self, ids: list[str], inside: bool) -> None:
        for member in ids:
            self.effect.pop(member, None)
            self.effect[member] = inside

    def start_from(self, ids: list[str], remove_all: bool) -> None:
        self.base = dict.fromkeys(ids, True)
        self.remove_all = remove_all
        self.effect = {}


def member_delta(operations: tuple[Operation, ...]) -> MemberDelta:
    """Splits the operations of a group into what happens to ``members`` and the rest. Later operations win.

    Raises InvalidValue for elements without an id, InvalidFilter for filters that do not select by id, InvalidPath for paths
    longer than any, MutabilityRefused for parts of a member.
    """
    fold = _Fold(None, False, {})
    rest: list[Operation] = []
    for operation in operations:
        if not operation.path and operation.op != "remove" and isinstance(operation.value, dict):
            rest.extend(_split_map(fold, operation, operation.value))
        elif (parts := _MEMBERS.fullmatch(operation.path)) is not None:
            _fold_members(fold, operation, parts[1], parts[2])
        else:
            rest.append(operation)
    return _unfold(fold, tuple(rest))


def _split_map(fold: _Fold, operation: Operation, values: dict[str, Any]) -> list[Operation]:
    others: dict[str, Any] = {}
    for key, value in values.items():
        parts = _MEMBERS.fullmatch(key)
        if parts is None:
            others[key] = value
        else:
            _fold_members(fold, Operation(operation.op, key, value, operation.position), parts[1], parts[2])
    return [Operation(operation.op, "", others, operation.position)] if others else []


def _fold_members(fold: _Fold, operation: Operation, brackets: str | None, sub: str | None) -> None:
    if len(operation.path) > PATH_CHARACTERS_MAX:
        raise InvalidPath(f"{operation}: a path may have {PATH_CHARACTERS_MAX} characters; this one has {len(operation.path)}.")
    if brackets is not None:
        _fold_selected(fold, operation, parse_filter(brackets), sub)
    elif sub is not None and sub.lower() != "value":
        raise MutabilityRefused(f"{operation}: members.{sub} cannot be changed; remove the member and add another.")
    elif operation.op == "add":
        fold.put(_ids(operation), inside=True)
    elif operation.op == "replace":
        fold.start_from(_ids(operation), remove_all=False)
    elif operation.value is None:
        fold.start_from([], remove_all=True)
    else:
        fold.put(_ids(operation), inside=False)


def _fold_selected(fold: _Fold, operation: Operation, filter_: Filter, sub: str | None) -> None:
    """``members[value eq "id"]``: the filter says whom; a value of replace or add says who comes instead or too."""
    selected = _selected(filter_, operation)
    if operation.op == "remove" or operation.value is None or operation.value in ("", []):
        fold.put(selected, inside=False)
        return
    if sub is not None and sub.lower() != "value":
        raise MutabilityRefused(f"{operation}: members.{sub} cannot be changed; remove the member and add another.")
    if operation.op == "replace":
        fold.put(selected, inside=False)
    fold.put(_ids(operation), inside=True)


def _selected(filter_: Filter, operation: Operation) -> list[str]:
    terms = filter_.terms if isinstance(filter_, Or) else (filter_,)
    ids = []
    for term in terms:
        # value eq "id" and type eq "User" names the id as well as value eq "id" does
        named = [_named_id(each) for each in (term.terms if isinstance(term, And) else (term,))]
        found = [member for member in named if member is not None]
        if len(found) != 1:
            raise InvalidFilter(f'{operation}: members are selected by id, as in members[value eq "…"].')
        ids += found
    return ids


def _named_id(term: Filter) -> str | None:
    if isinstance(term, Compare) and term.path.lower() == "value" and term.comparison is Comparison.EQ and isinstance(term.value, str):
        return term.value
    return None


def _ids(operation: Operation) -> list[str]:
    value = operation.value
    if value is None or value == "":
        return []
    return [_id(each, place, operation) for place, each in enumerate(value if isinstance(value, list) else [value])]


def _id(element: Any, place: int, operation: Operation) -> str:
    if isinstance(element, dict):
        element = element.get("value") or next((part for key, part in element.items() if key.lower() == "value"), None)
    if isinstance(element, str) and element:
        return element
    if element is None or element == "":
        raise InvalidValue(f"{operation}: members[{place}] has no value; it must be the id of a user.")
    raise InvalidValue(f"{operation}: members[{place}].value must be the id of a user as text, found {shown(element)}.")


def _unfold(fold: _Fold, rest: tuple[Operation, ...]) -> MemberDelta:
    inside = tuple(member for member, present in fold.effect.items() if present)
    outside = tuple(member for member, present in fold.effect.items() if not present)
    if fold.base is None:
        return MemberDelta(inside, outside, None, False, rest)
    if fold.remove_all:
        return MemberDelta(inside, (), None, True, rest)
    gone = frozenset(outside)
    listed = tuple(dict.fromkeys([*(member for member in fold.base if member not in gone), *inside]))
    return MemberDelta((), (), listed, False, rest)
