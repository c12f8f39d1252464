"""Where the demo plays: a folder of its own, the ``joiner`` command, a server process, and sentences that are checked.

Commands run as a person would run them: in the folder, as a process, their output passed on line by line.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, TextIO

from joiner.demo.org_http import connect

PORT_WANTED = 8470
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
COMMAND_SECONDS_MAX = 300.0
MARKER = ".made-by-joiner-demo"
"""Only a folder that holds this file is ever removed."""


class StoryBroken(Exception):
    """The demo cannot go on: a command failed that the rest of the story needs."""


@dataclass(slots=True)
class Stage:
    """``violated`` collects the sentences that turned out not to be true."""

    command: tuple[str, ...]
    folder: Path
    out: TextIO
    violated: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        print(text, file=self.out, flush=True)

    def heading(self, text: str) -> None:
        self.say(f"\n── {text} {'─' * max(3, min(100, shutil.get_terminal_size((104, 0)).columns - 4) - len(text))}\n")

    def expect(self, true: bool, sentence: str) -> None:
        """Print a sentence only as true as it is."""
        self.say(f"  {'✓' if true else '✗ NOT TRUE:'} {sentence}")
        if not true:
            self.violated.append(sentence)

    def run(self, *arguments: str, allowed: Sequence[int] = (0,)) -> str:
        """Show a command and its output. Raises StoryBroken when it ends with a code that is not ``allowed``."""
        self.say(f"$ joiner {shlex.join(arguments)}")
        lines: list[str] = []
        with self._start(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, colour=self.out.isatty()) as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                self.say(line.rstrip("\n"))
            code = process.wait(COMMAND_SECONDS_MAX)
        self._check(arguments, code, allowed)
        return "".join(lines)

    def ask(self, *arguments: str, allowed: Sequence[int] = (0,)) -> dict[str, Any]:
        """Run a command for its JSON, unseen."""
        with self._start(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            output, complaint = process.communicate(timeout=COMMAND_SECONDS_MAX)
        if process.returncode not in allowed:
            self.say(complaint)
        self._check(arguments, process.returncode, allowed)
        return dict(json.loads(output))

    def _check(self, arguments: Sequence[str], code: int, allowed: Sequence[int]) -> None:
        if code not in allowed:
            raise StoryBroken(f"joiner {' '.join(arguments)} ended with {code}, expected {' or '.join(map(str, allowed))}")

    def _start(
        self, arguments: Sequence[str], *, stdout: int | None = None, stderr: int | None = None, colour: bool = False
    ) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JOINER_")}
        environment |= {"PYTHONIOENCODING": "utf-8", **({"FORCE_COLOR": "1"} if colour else {})}
        environment.pop("COLUMNS", None)  # the story as it is written down, unless a person watches it on a narrow terminal
        if self.out.isatty():
            environment["COLUMNS"] = str(shutil.get_terminal_size().columns)
        line = [*self.command, *arguments]
        return subprocess.Popen(  # noqa: S603  our own command with our own words
            line, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, text=True, encoding="utf-8"
        )

    @contextmanager
    def server(self, *arguments: str, url: str) -> Iterator[None]:
        """``joiner serve`` in the background until the block ends; its log goes to server.log."""
        with (self.folder / "server.log").open("wb") as log:
            process = self._start(arguments, stdout=log.fileno(), stderr=subprocess.STDOUT)
            try:
                self._await_answer(process, url)
                yield
            finally:
                _stop(process)

    def _await_answer(self, process: subprocess.Popen[str], url: str) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and process.poll() is None:
            if _answers(url):
                return
            time.sleep(0.05)
        raise StoryBroken(f"the server did not start: {(self.folder / 'server.log').read_text('utf-8', 'replace')[-2000:]}")


def _answers(url: str) -> bool:
    connection = connect(url)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """The usual port if nobody has it, else any."""
    for port in (PORT_WANTED, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StoryBroken("no free port on 127.0.0.1")


@contextmanager
def workspace(folder: Path, *, keep: bool) -> Iterator[Path]:
    """An empty folder of the demo's own, removed at the end unless ``keep``. Raises StoryBroken for a folder that somebody else filled."""
    if folder.exists() and not (folder / MARKER).exists() and any(folder.iterdir()):
        raise StoryBroken(f"{folder} is there already and was not made by the demo: move it away, or start the demo elsewhere")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
