"""Progress of long work on stderr: a bar where a person watches, plain lines every ten seconds otherwise, nothing with -q."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from joiner.cli.terminal import Terminal, show
from joiner.ports import Progress, Silence

LINE_EVERY_SECONDS = 10.0
"""How often a log gets a line: often enough to see life, seldom enough to keep a night's log short."""


def open_progress(terminal: Terminal, monotonic: Callable[[], float]) -> Progress:
    if terminal.quiet:
        return Silence()
    if terminal.err.isatty():
        return Bar(terminal)
    return Lines(terminal, monotonic)


class shown(AbstractContextManager[Progress]):  # noqa: N801 - reads as a statement: ``with shown(progress)``
    """Takes the bar away when the work ends, however it ends."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> Progress:
        return self._progress

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        close = getattr(self._progress, "close", None)
        if close is not None:
            close()


class Lines:
    """One line at most every ten seconds. Short work prints nothing."""

    def __init__(self, terminal: Terminal, monotonic: Callable[[], float]) -> None:
        self._terminal = terminal
        self._monotonic = monotonic
        self._next = monotonic() + LINE_EVERY_SECONDS

    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        now = self._monotonic()
        if now >= self._next:
            self._next = now + LINE_EVERY_SECONDS
            self._terminal.remark(format_step(phase, done, total, note))


def format_step(phase: str, done: int, total: int | None, note: str) -> str:
    count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
    share = f" ({done * 100 // total} %)" if total else ""
    return f"{show(phase)}: {count}{share}{'  ' + show(note) if note else ''}"


class Bar:
    """A bar per phase on stderr; made at the first report, so that short commands never import rich."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        if self._bar is None:
            self._bar = self._open()
        if phase not in self._tasks:
            self._tasks[phase] = self._bar.add_task(show(phase), total=total, note="")
        self._bar.update(self._tasks[phase], completed=done, total=total, note=show(note))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
            self._tasks.clear()

    def _open(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(file=self._terminal.err, no_color=not self._terminal.colour_err)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        )
        bar = Progress(*columns, console=console, transient=True)
        bar.start()
        return bar
