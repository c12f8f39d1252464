"""Closures that walk a path: attributes of the roots, of records inside, elements of lists, projections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from joiner.sync.expression.limits import LIST_ELEMENTS_MAX, TEXT_CHARACTERS_MAX
from joiner.sync.expression.operators import Stumble, describe, to_text
from joiner.sync.expression.scope import Evaluate, Scope
from joiner.sync.expression.text_functions import whole_number
from joiner.sync.record import Reference


def root_attribute(kind: str, name: str) -> Evaluate:
    """An attribute of a root; absent is null. Which columns exist is checked when the source is read."""
    match kind:
        case "src":
            return lambda scope: scope.src.get(name)
        case "current":
            return lambda scope: _as_text(scope.current.get(name))
        case "person":
            return lambda scope: _as_text(scope.person.get(name))
        case _:
            return lambda scope: scope.org.get(name)


def _as_text(value: Any) -> Any:
    """What the org shows, in the words of the source: a division, role or skill is its name."""
    if isinstance(value, Reference):
        return value.name
    return tuple(map(_as_text, value)) if isinstance(value, tuple) else value


def property_of(receiver: Evaluate, name: str, position: int) -> Evaluate:
    def run(scope: Scope) -> Any:
        value = receiver(scope)
        if value is None:
            return None
        if isinstance(value, Mapping):
            return value.get(name)
        raise Stumble(f'{describe(value)} has no attribute "{name}"').at(f".{name}", position)

    return run


def index(receiver: Evaluate, key: Evaluate, position: int) -> Evaluate:
    """``list[0]``, ``record["name"]``; null outside the list and for a null receiver."""

    def run(scope: Scope) -> Any:
        value = receiver(scope)
        try:
            if value is None:
                return None
            if isinstance(value, tuple | list):
                place = whole_number(key(scope), "the place in the list")
                return value[place] if 0 <= place < len(value) else None
            if isinstance(value, Mapping):
                return value.get(to_text(key(scope)))
            raise Stumble(f"{describe(value)} has no elements")
        except Stumble as stumble:
            raise stumble.at("[…]", position) from None

    return run


def project(receiver: Evaluate, body: Evaluate, position: int) -> Evaluate:
    """``list.![body]``: the texts it gives count against one limit together, so that a list cannot multiply them."""

    def run(scope: Scope) -> Any:
        values = receiver(scope)
        if values is None:
            return None
        if not isinstance(values, tuple | list):
            raise Stumble(f"a projection needs a list, {describe(values)} is given").at(".![…]", position)
        if len(values) > LIST_ELEMENTS_MAX:
            raise Stumble(f"the list has more than {LIST_ELEMENTS_MAX:,} elements").at(".![…]", position)
        size = 0
        found: list[Any] = []
        for element in values:
            result = body(replace(scope, element=element))
            size += len(result) if isinstance(result, str | tuple | list) else 1
            if size > TEXT_CHARACTERS_MAX:
                raise Stumble(f"the list grew beyond {TEXT_CHARACTERS_MAX:,} characters").at(".![…]", position)
            found.append(result)
        return tuple(found)

    return run
