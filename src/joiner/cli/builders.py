"""What the command line asks of ``assembly.py``: concrete parts, built when a command needs them and closed behind it.

The command line itself names no store, wire, target or server; it drives journeys with what it is handed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO

from joiner.ports import Clock, Ids, Progress

if TYPE_CHECKING:  # ``joiner --help`` must not wait for the engine
    from joiner.connectors.port import Wire
    from joiner.journeys.cycle_ports import CyclePorts
    from joiner.store.org_port import OrgStore
    from joiner.store.port import EngineStore
    from joiner.sync.pipe import Pipe


_SECRET = re.compile(r"(?<=^postgresql://).*@|(?<=[?&])password=[^&]*&?")
"""User and password in the address of a database. It takes rather too much than too little."""


@dataclass(frozen=True, slots=True)
class Where:
    """What the flags say about where things are; "" leaves it to environment, file and default, in this order."""

    config: str = ""
    database: str = ""

    @property
    def said_again(self) -> str:
        """What a suggested command needs to mean the same database: nothing, unless it was named here. Never a password."""
        return f" --database {quote(_SECRET.sub('', self.database))}" if self.database else ""


@dataclass(frozen=True, slots=True)
class PipeWork:
    """One pipe with everything that a cycle needs, open.

    ``corrections`` are what was read other than written (an address); ``remarks`` are what a careful reader would say.
    """

    pipe: Pipe
    ports: CyclePorts
    corrections: Sequence[str] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how ``serve`` listens. ``port`` 0 lets the system choose; the chosen one is printed."""

    host: str
    port: int
    default_org: str = ""
    http: Literal["direct", "asgi"] = "direct"


@dataclass(frozen=True, slots=True)
class Starting:
    """What ``init`` is told. ``columns`` names columns whose header is unusual, by meaning (``key``, ``email``)."""

    people: Path
    name: str
    kind: str
    url: str
    region: str
    client_id: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Histories:
    """What ``simulate`` is asked for. ``plant`` names one planted bug, ``all_planted`` means each in turn."""

    seeds: range
    jobs: int = 1
    plant: str = ""
    all_planted: bool = False
    verbose: bool = False


class Builders(Protocol):
    @property
    def clock(self) -> Clock: ...

    @property
    def ids(self) -> Ids: ...

    def author(self) -> str:
        """Who types this command, as the audit log shall name them."""
        ...

    def pipe_names(self, where: Where) -> Sequence[str]:
        """The pipes of joiner.toml in its order. Raises ConfigMistake."""
        ...

    def open_pipe(self, where: Where, name: str, progress: Progress) -> AbstractAsyncContextManager[PipeWork]:
        """Raises ConfigMistake, Unwritable and their kin."""
        ...

    def open_engine(self, where: Where) -> AbstractAsyncContextManager[EngineStore]:
        """The engine's memory alone: needs no joiner.toml if the database is named."""
        ...

    def open_orgs(self, where: Where) -> AbstractAsyncContextManager[OrgStore]: ...

    def open_wire(self, url: str) -> AbstractAsyncContextManager[Wire]:
        """HTTP towards this address, through the proxy that the environment names."""
        ...

    def present(self, where: Where) -> tuple[bool, bool]:
        """Whether the engine's memory and the hosted orgs' database are there already: looking must not create them."""
        ...

    async def base_url(self, orgs: OrgStore, org: str) -> str:
        """Where a hosted org is found: under JOINER_BASE_URL, else where it was last served, else ``http://127.0.0.1:8470/ORG``."""
        ...

    def serve(self, where: Where, listening: Listening, out: TextIO) -> None:
        """Serve until interrupted. ``out`` gets the addresses."""
        ...

    def demo(self, *, once: bool, folder: Path | None, out: TextIO) -> int: ...

    def simulate(self, asked: Histories, out: TextIO, progress: Progress) -> int: ...

    def config_path(self, where: Where) -> Path:
        """Where joiner.toml is, or would be."""
        ...

    def starter(self, asked: Starting) -> str:
        """The text of a first joiner.toml. Raises SourceMistake, or Usage when a column cannot be recognised."""
        ...

    def config_schema(self) -> Mapping[str, Any]: ...
