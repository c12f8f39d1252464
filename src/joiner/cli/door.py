"""What every command is given: the builders, the terminal and the flags that all commands share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Parameter

from joiner.cli.builders import Builders, Where
from joiner.cli.progress import open_progress
from joiner.cli.terminal import Terminal
from joiner.ports import Progress

Format = Literal["table", "json", "csv"]


_OUTPUT = Parameter(name=["-o", "--output"], help="Form of the result.", env_var="JOINER_OUTPUT", show_default=True)


@Parameter(name="*", group="Everywhere")
@dataclass(frozen=True)
class Flags:
    """Flags that every command takes."""

    config: Annotated[str, Parameter(help="joiner.toml; else JOINER_CONFIG, else ./joiner.toml.")] = ""
    database: Annotated[str, Parameter(help="sqlite:///PATH or postgresql://…; else JOINER_DATABASE_URL, else joiner.toml.")] = ""
    output: Annotated[Format, _OUTPUT] = "table"
    quiet: Annotated[bool, Parameter(name=["-q", "--quiet"], help="No progress, no remarks.")] = False
    no_color: Annotated[bool, Parameter(name="--no-color", help="No colour; also NO_COLOR.")] = False


FLAGS = Flags()


@dataclass(frozen=True)
class Door:
    """``environment`` is that of the process, read once."""

    builders: Builders
    terminal: Terminal
    flags: Flags
    environment: Mapping[str, str]

    @property
    def where(self) -> Where:
        return Where(self.flags.config, self.flags.database)

    @property
    def same_database(self) -> str:
        """What a suggested command needs to mean the same database as this one: nothing, unless it was named here."""
        return self.where.said_again

    def progress(self) -> Progress:
        return open_progress(self.terminal, self.builders.clock.monotonic)


Here = Annotated[Door, Parameter(parse=False)]
"""The type of a command's ``door`` argument: handed in, never parsed."""
