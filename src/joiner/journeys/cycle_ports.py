"""What the engine's journeys need from the world: clock, ids, memory, sources, an org and somebody to tell how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from joiner.connectors.port import Source, Target
from joiner.ports import Clock, Ids, Progress, Silence
from joiner.store.port import EngineStore

LEASE_SECONDS = 1200.0
"""A run that says nothing for this long has lost its pipe. Renewed before each write, so it must outlast the longest wait
for one answer (an org may ask for 15 minutes). The lease of a process of this machine that died is free at once.
"""


@dataclass(frozen=True, slots=True)
class CyclePorts:
    """``holder`` names who holds the pipe's lease: the same holder may take its own lease again after a crash."""

    clock: Clock
    ids: Ids
    store: EngineStore
    sources: Sequence[Source]
    target: Target
    progress: Progress = field(default_factory=Silence)
    holder: str = "joiner"
