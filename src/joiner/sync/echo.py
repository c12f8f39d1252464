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
from joiner.sync.merge import same
from joiner.sync.record import TargetAttribute, TargetRecord, Value

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


def left_a_mark(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether an update that does not show as a whole arrived and was partly written over since.

    It arrives whole or not at all: one value that came with it proves that it did. Somebody may have set that value by chance, so
    that the account must also have moved by two versions since the plan: ours, and the one that wrote over it. Values that
    still stand exactly as before speak against it: no edit puts back more of them than came.
    """
    if account.sequence < _version_number(change.if_match) + 2 or not _version_number(change.if_match):
        return False
    missing = misfits(change, account, attributes)
    came = {name: value for name, value in change.sets.items() if name not in missing and not is_deferred(value)}
    brought = sum(not _holds(name, value, change.inverse.get(name), attributes) for name, value in came.items())
    stayed = sum(name != ACTIVE and _alike(attributes[name], account.values.get(name), change.inverse.get(name)) for name in missing)
    return brought > 0 and brought >= stayed


def misfits(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> tuple[str, ...]:
    """Attributes that the change set and the account shows otherwise."""
    sent = {name: value for name, value in change.sets.items() if not is_deferred(value)}
    return tuple(name for name, value in sent.items() if not _shows(name, value, account, attributes))


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


def _shows(name: str, value: Value, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    return _holds(name, value, account.active if name == ACTIVE else account.values.get(name), attributes)


def _holds(name: str, value: Value, current: Value, attributes: Mapping[str, TargetAttribute]) -> bool:
    if name == ACTIVE:
        return current is value
    attribute = attributes[name]
    return _keys(attribute, value) <= _keys(attribute, current) if attribute.multi else same(attribute, value, current)


def _lingering(change: Change, account: TargetRecord, attributes: Mapping[str, TargetAttribute]) -> bool:
    """Whether the account still holds elements that were taken away (and not set again with another level)."""
    gone = {name: value for name, value in change.removes.items() if name not in change.sets}
    return any(_keys(attributes[name], value) & _keys(attributes[name], account.values.get(name)) for name, value in gone.items())


def _version_number(etag: str) -> int:
    """The number in ``"42"`` or ``W/"42"``, 0 where versions are no numbers."""
    digits = etag.removeprefix("W/").strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _alike(attribute: TargetAttribute, left: Value, right: Value) -> bool:
    return _keys(attribute, left) == _keys(attribute, right) if attribute.multi else same(attribute, left, right)


def _keys(attribute: TargetAttribute, value: Value) -> frozenset[Hashable]:
    return frozenset(attribute.canonical(element) for element in value) if isinstance(value, tuple) else frozenset()
