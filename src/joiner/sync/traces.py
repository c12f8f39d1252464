"""What is left of an update that got no answer and does not show as a whole: it never arrived, or somebody wrote over it since.

Nobody can tell which. So nothing is claimed that cannot be seen: what shows counts as agreed, the rest stays as both sides
had last agreed on it, and the next plan decides about that afresh (a value that somebody changed meanwhile is then held as
changed on both sides; one that stands as before is sent again).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from joiner.sync.batch import is_deferred
from joiner.sync.change import Change, Verb
from joiner.sync.echo import ACTIVE, elements, holds, keys, misfits, shows
from joiner.sync.merge import level_differs
from joiner.sync.record import Element, TargetAttribute, TargetRecord, Value


def left_a_mark(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether something of an update shows that was not there before.

    An update arrives whole or not at all: where only part of it shows, the account must also have moved by two versions since
    the plan, ours and the one that wrote over it. One alone was somebody else's.
    """
    planned = _version_number(change.if_match)
    if not planned or account.sequence < planned + 2:
        return False
    missing = misfits(change, account, attributes)
    came = {name: value for name, value in change.sets.items() if name not in missing and not is_deferred(value)}
    return any(not holds(name, value, change.inverse.get(name), attributes) for name, value in came.items())


def what_shows(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> Change:
    """The part of the change that the account shows, for the audit log."""
    sets = {name: value for name, value in change.sets.items() if not is_deferred(value) and shows(name, value, account, attributes)}
    removes = {name: gone for name, value in change.removes.items() if (gone := _gone(attributes[name], value, account.values.get(name)))}
    verb = change.verb if ACTIVE in sets or change.verb is not Verb.REACTIVATE else Verb.UPDATE
    inverse = {name: change.inverse.get(name) for name in {*sets, *removes}}
    return replace(change, verb=verb, sets=sets, removes=removes, inverse=inverse)


def agreed_by_sight(
    wanted: Mapping[str, Value], held: Mapping[str, Value], change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]
) -> dict[str, Value]:
    """The base of a bond after such an update.

    ``wanted`` is the base if it had landed, ``held`` the one before it (empty at first contact).
    """
    base = dict(wanted)
    for name in sorted({*change.sets, *change.removes} & wanted.keys()):
        current = account.values.get(name)
        if attributes[name].multi:
            base[name] = _agreed_elements(attributes[name], wanted[name], held.get(name), change.removes.get(name), current)
        elif not holds(name, wanted[name], current, attributes):
            base.pop(name)
            base.update({name: held[name]} if name in held else {})
    return base


def _agreed_elements(attribute: TargetAttribute, wanted: Value, held: Value, removed: Value, current: Value) -> Value:
    """Elements that show, and those of before whose removal does not: an addition that does not show was never agreed."""
    before = {attribute.canonical(element): element for element in elements(held)}
    shown = {attribute.canonical(element): element for element in elements(current)}
    agreed: dict[object, Element] = {}
    for element in elements(wanted):
        key = attribute.canonical(element)
        if key in shown and not level_differs(element, shown[key]):
            agreed[key] = element
        elif key in before:
            agreed[key] = before[key]
    for element in elements(removed):
        key = attribute.canonical(element)
        if key in shown and key in before:
            agreed.setdefault(key, before[key])
    return tuple(agreed.values())


def _gone(attribute: TargetAttribute, removed: Value, current: Value) -> tuple[Element, ...]:
    left = keys(attribute, current)
    return tuple(element for element in elements(removed) if attribute.canonical(element) not in left)


def _version_number(etag: str) -> int:
    """The number in ``"42"`` or ``W/"42"``, 0 where versions are no numbers."""
    digits = etag.removeprefix("W/").strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() else 0
