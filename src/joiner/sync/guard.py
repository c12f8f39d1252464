"""Guards: limits that hold a part of a plan until a person has looked.

A guard holds only its own kind: a trip of ``vanished`` never delays a stated leaver, a joiner or a mover. A guard shows
its numbers and the cause as far as it can be told. Nothing held is ever sent by itself.

Baselines are live links (bonded people), not "the last finished run": a run that crashed must not raise a cap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from joiner.sync.change import Decision
from joiner.sync.plan import GroupLine, Kind, PersonLine, Tripped

ARMS_ABOVE = 20
"""Percentages say nothing about a handful of people: they arm above this population."""

SMALL_POPULATION_REMOVALS_MAX = 2
"""Up to ARMS_ABOVE people, more than this many removals in a run wait for a person."""


_OVERWRITING = frozenset({Decision.WRITE, Decision.REVERT})


@dataclass(frozen=True, slots=True)
class Limit:
    """More than ``max_percent`` of the population, or more than ``max_count``, trips. ``min_count`` keeps small numbers quiet."""

    max_percent: float | None = None
    max_count: int | None = None
    min_count: int = 0

    def tripped(self, count: int, population: int) -> bool:
        if count == 0 or count < self.min_count:
            return False
        if self.max_count is not None and count > self.max_count:
            return True
        return self.max_percent is not None and population > ARMS_ABOVE and count * 100 > self.max_percent * population

    def __str__(self) -> str:
        parts = [f"{self.max_percent:g} %"] if self.max_percent is not None else []
        parts += [str(self.max_count)] if self.max_count is not None else []
        return " or ".join(parts) or "no limit"


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Limits of one pipe; the defaults are those of the design (§5). ``protected`` are user names that are never removed."""

    stated_leavers: Limit = Limit(5, 100)
    vanished: Limit = Limit(2, 25)
    group_removals: Limit = Limit(20, 199, min_count=10)
    source_shrink: Limit = Limit(5, None)
    attribute_changed: Limit = Limit(10, None)
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recent:
    """What was already removed in the rolling 24 hours, by guard name: it counts towards the caps."""

    removals: Mapping[str, int] = field(default_factory=dict)

    def of(self, guard: str) -> int:
        return self.removals.get(guard, 0)


@dataclass(frozen=True, slots=True)
class Shrink:
    """A source that lists fewer people than at the last recorded read."""

    source: str
    before: int
    now: int


def check_removals(limit: Limit, count: int, population: int, recent: int) -> bool:
    """Whether ``count`` removals now, with ``recent`` ones of the last 24 h, are too many for ``population`` live links."""
    if count == 0:
        return False
    if population <= ARMS_ABOVE and count + recent > SMALL_POPULATION_REMOVALS_MAX:
        return True
    return limit.tripped(count + recent, population)


def check_leavers(lines: Sequence[PersonLine], population: int, limits: GuardLimits, recent: Recent) -> Tripped | None:
    leavers = [line for line in lines if line.kind is Kind.LEAVE and line.hold is None and line.change]
    if not check_removals(limits.stated_leavers, len(leavers), population, recent.of("leavers")):
        return None
    return _tripped(
        "leavers", leavers, population, limits.stated_leavers, ("person is stated as a leaver", "people are stated as leavers"), recent
    )


def check_vanished(lines: Sequence[PersonLine], population: int, limits: GuardLimits, recent: Recent) -> Tripped | None:
    vanished = [line for line in lines if line.kind is Kind.VANISHED and line.hold is None and line.change]
    if not check_removals(limits.vanished, len(vanished), population, recent.of("vanished")):
        return None
    return _tripped(
        "vanished",
        vanished,
        population,
        limits.vanished,
        ("person vanished from their source", "people vanished from their source"),
        recent,
    )


def check_shrink(shrinks: Iterable[Shrink], limits: GuardLimits) -> tuple[Tripped, ...]:
    """Sources that lost more rows than allowed since their last recorded read. Their vanished people are held."""
    return tuple(
        Tripped(
            guard="source_shrink",
            count=shrink.before - shrink.now,
            population=shrink.before,
            limit=str(limits.source_shrink),
            text=f"{shrink.source} lists {shrink.now:,} people, {shrink.before - shrink.now:,} fewer than at the last read",
            causes=((shrink.source, shrink.before - shrink.now),),
        )
        for shrink in shrinks
        if limits.source_shrink.tripped(shrink.before - shrink.now, shrink.before)
    )


def changed_attributes(line: PersonLine) -> frozenset[str]:
    """Attributes of a linked person that hold a value now and would hold another, or none. Filling an empty one is no loss."""
    if line.change is None or line.kind is not Kind.MOVE:
        return frozenset()
    sent = {*line.change.sets, *line.change.removes}
    return frozenset(edit.attribute for edit in line.edits if edit.decision in _OVERWRITING and edit.attribute in sent - {"active"})


def check_attribute_changes(lines: Sequence[PersonLine], population: int, limits: GuardLimits) -> tuple[Tripped, ...]:
    """Attributes that the plan would change or blank for too large a share of the linked people (a shifted column looks like this)."""
    counts: Counter[str] = Counter()
    for line in lines:
        if line.hold is None:
            counts.update(changed_attributes(line))
    return tuple(
        Tripped(
            guard=f"attribute_changed:{attribute}",
            count=count,
            population=population,
            limit=str(limits.attribute_changed),
            text=f"{attribute} would change for {count:,} of {population:,} people",
            causes=((attribute, count),),
        )
        for attribute, count in sorted(counts.items())
        if limits.attribute_changed.tripped(count, population)
    )


def check_group(line: GroupLine, limits: GuardLimits, recent: Recent) -> Tripped | None:
    """Too many people would leave one group: a share of its members, or an absolute number."""
    removals, members = len(line.change.remove), line.change.member_count
    limit = limits.group_removals
    over_count = limit.max_count is not None and removals + recent.of(f"group_removals:{line.change.group_id}") > limit.max_count
    over_share = limit.max_percent is not None and removals >= limit.min_count and removals * 100 > limit.max_percent * members
    if removals == 0 or not (over_count or over_share):
        return None
    return Tripped(
        guard="group_removals",
        count=removals,
        population=members,
        limit=str(limit),
        text=f"{removals:,} of {members:,} members would leave the group {line.change.name}",
        causes=((line.change.name, removals),),
    )


def _tripped(guard: str, lines: Sequence[PersonLine], population: int, limit: Limit, what: tuple[str, str], recent: Recent) -> Tripped:
    """``what`` is said of one person and of several."""
    count, before = len(lines), recent.of(guard)
    share = f" ({count * 100 / population:.1f} % of {population:,})" if population else ""
    earlier = f", besides {before:,} in the last 24 hours" if before else ""
    return Tripped(
        guard, count, population, str(limit), f"{count:,} {what[count > 1]}{share}{earlier}; guard {guard}: {limit}", _by_source(lines)
    )


def _by_source(lines: Iterable[PersonLine]) -> tuple[tuple[str, int], ...]:
    counts = Counter(line.person.source for line in lines if line.person is not None)
    return tuple(sorted(counts.items(), key=lambda cause: (-cause[1], cause[0])))
