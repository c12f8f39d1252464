"""An account against a change: is it still as the plan saw it, did the write land, what did the org make of it.

An org may store another form than it was sent (a phone with its trunk digit dropped, a text cut to length). Sending it
again every cycle would never end, so the bond remembers the pair (sent, shown): while both sides still say exactly that,
nothing is sent. A change on either side ends it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from joiner.sync.batch import is_deferred
from joiner.sync.bond import Echo
from joiner.sync.change import Change, Verb
from joiner.sync.merge import level_differs, same
from joiner.sync.record import Element, Reference, TargetAttribute, TargetRecord, Value

ACTIVE = "active"


def is_as_planned(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether everything that ``change`` would touch still stands as when it was planned: the look before the write.

    Only for orgs without ETags; elsewhere If-Match asks the same of the whole account without a request of its own.
    """
    return all(
        account.active is change.inverse.get(ACTIVE)
        if name == ACTIVE
        else _alike(attributes[name], account.values.get(name), change.inverse.get(name))
        for name in {*change.sets, *change.removes}
    )


def landed(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether the account shows everything that the change would have brought. A creation landed if there is an account."""
    return change.verb is Verb.CREATE or not (misfits(change, account, attributes) or _lingering(change, account, attributes))


def misfits(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> tuple[str, ...]:
    """Attributes that the change set and the account shows otherwise."""
    sent = {name: value for name, value in change.sets.items() if not is_deferred(value)}
    return tuple(name for name, value in sent.items() if not shows(name, value, account, attributes))


def echoes_of(
    change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute], wanted: Mapping[str, Value]
) -> dict[str, Echo]:
    """What the org stores in a form of its own, as pairs (wanted, shown). ``wanted`` is the bond's base after the change."""
    return {
        name: (wanted[name], account.values.get(name)) for name in misfits(change, account, attributes) if name != ACTIVE and name in wanted
    }


def is_echo(attribute: TargetAttribute, echo: Echo | None, desired: Value, current: Value) -> bool:
    """Whether both sides still say what they said when the org answered in its own form."""
    return echo is not None and _alike(attribute, desired, echo[0]) and _alike(attribute, current, echo[1])


def shows(name: str, value: Value, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether the account holds a value that was sent, or all elements of one."""
    return holds(name, value, account.active if name == ACTIVE else account.values.get(name), attributes)


def holds(name: str, value: Value, current: Value, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether ``current`` is ``value``, or has all of its elements."""
    if name == ACTIVE:
        return current is value
    attribute = attributes[name]
    if not attribute.multi:
        return same(attribute, value, current)
    held = {attribute.canonical(element): element for element in elements(current)}
    return all((key := attribute.canonical(one)) in held and not level_differs(one, held[key]) for one in elements(value))


def _lingering(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether the account still holds elements that were taken away (and not set again with another level)."""
    for name, value in change.removes.items():
        gone = keys(attributes[name], value) - keys(attributes[name], change.sets.get(name))
        if gone & keys(attributes[name], account.values.get(name)):
            return True
    return False


def _alike(attribute: TargetAttribute, left: Value, right: Value) -> bool:
    return _marks(attribute, left) == _marks(attribute, right) if attribute.multi else same(attribute, left, right)


def _marks(attribute: TargetAttribute, value: Value) -> frozenset[Hashable]:
    """The elements of a multi-valued attribute, each with its proficiency."""
    return frozenset((attribute.canonical(one), one.proficiency if isinstance(one, Reference) else None) for one in elements(value))


def keys(attribute: TargetAttribute, value: Value) -> frozenset[Hashable]:
    """The elements of a multi-valued attribute as they are compared, whatever their proficiency."""
    return frozenset(map(attribute.canonical, elements(value)))


def elements(value: Value) -> tuple[Element, ...]:
    return value if isinstance(value, tuple) else ()
