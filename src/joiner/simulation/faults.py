"""Which faults a seed has, how strong, and when they strike. Drawn once per seed (swarm): each is off in about half of them.

A history with every fault at full strength hides more than it shows: nothing gets far enough to break. Faults stop for
the last act, in which the world must come to rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from joiner.journeys.cycle_ports import LEASE_SECONDS
from joiner.simulation.driver import Life

WIRE_FAULTS = ("lost before", "lost after", "429", "429 bare", "5xx before", "5xx after", "stale list", "cut page")
ALL_FAULTS = (
    *WIRE_FAULTS,
    "crash",
    "two engines",
    "clock jump",
    "unwritable",
    "unwritable after",
    "source empty",
    "source cut",
    "small pages",
    "freeze",
    "race",
    "takeover",
)

OTHER_RATES = {
    "crash": (0.5, 0.4),
    "two engines": (0.5, 0.4),
    "clock jump": (0.5, 0.25),
    "source empty": (0.5, 0.1),
    "source cut": (0.5, 0.3),
    "freeze": (0.4, 0.02),
    "race": (0.5, 0.15),
    "takeover": (0.4, 0.3),
    "unwritable": (0.25, 0.02),
    "unwritable after": (0.25, 0.02),
}
"""How likely a seed has the fault at all, and then its rate per opportunity."""

FREEZE_SECONDS = 2 * LEASE_SECONDS
"""Longer than a lease lives, and than the second engine waits before it begins."""
TAKEOVER_SECONDS = 1.2 * LEASE_SECONDS
"""When a second engine may begin that finds the lease of a frozen one lapsed."""

STORE_WRITES = frozenset(
    (
        "take_lease",
        "renew_lease",
        "put_bonds",
        "note_intent",
        "record_outcome",
        "take_over",
        "record_read",
        "save_plan",
        "approve",
        "put_setting",
    )
)
JUMPS_SECONDS = (-86_400.0, -3_700.0, -90.0, 90.0, 3_700.0, 86_400.0 * 3)


@dataclass(slots=True)
class Faults:
    """The faults of one seed. ``rates`` are chances per opportunity; ``on`` turns all of them off for the last act."""

    random: Random
    rates: dict[str, float] = field(default_factory=dict)
    on: bool = True
    struck: dict[str, int] = field(default_factory=dict)
    page_count: int = 0

    def strikes(self, fault: str) -> bool:
        """Whether this fault happens at this opportunity."""
        rate = self.rates.get(fault, 0.0)
        if not self.on or rate == 0.0 or self.random.random() >= rate:
            return False
        self.struck[fault] = self.struck.get(fault, 0) + 1
        return True

    def on_wire(self, *, writes: bool, lists: bool) -> str:
        """The one fault of this exchange, or ""."""
        if not self.on:
            return ""
        for fault in WIRE_FAULTS:
            if fault in ("stale list", "cut page") and not lists:
                continue
            if fault in ("lost after", "5xx after") and not writes:
                continue
            if self.strikes(fault):
                return fault
        return ""

    def on_store(self, method: str) -> str:
        if not self.on or method not in STORE_WRITES:
            return ""
        return next((fault for fault in ("unwritable", "unwritable after") if self.strikes(fault)), "")

    def stall_seconds(self, life: Life) -> float:
        """How long this process is frozen at this step (SIGSTOP, a sleeping laptop), mostly 0."""
        if 0 < life.freezes_at <= life.steps:
            life.freezes_at = 0
            return FREEZE_SECONDS
        return self.random.choice((40.0, 400.0, FREEZE_SECONDS)) if self.strikes("freeze") else 0.0

    def freezes_at(self) -> int:
        return self.random.randint(5, 100) if self.strikes("takeover") else 0

    def dies_at(self) -> int:
        """At which of its steps an engine is dropped; 0 means never. Runs take some 20 to 150 steps."""
        return self.random.randint(1, 140) if self.strikes("crash") else 0

    def total(self) -> int:
        return sum(self.struck.values())


def draw_faults(random: Random) -> Faults:
    """The mix of one seed: about every third seed has a quiet wire, each fault is off in about half of the seeds."""
    strength = random.choice((0.02, 0.05, 0.15))
    rates = {fault: strength * random.choice((0.5, 1.0, 2.0)) for fault in WIRE_FAULTS if random.random() < 0.45}
    rates |= {fault: rate for fault, (chance, rate) in OTHER_RATES.items() if random.random() < chance}
    faults = Faults(random, rates)
    if random.random() < 0.4:
        rates["small pages"] = 1.0
        faults.page_count = random.randint(2, 5)
    return faults
