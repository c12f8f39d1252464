"""Runs the commands that a page of the documentation shows, in a folder of their own, and compares what they say.

::

    ```csv file=people.csv       the block becomes a file
    ```console run               each line that begins with "$ " is run; the lines below it must appear in the output, in this order
    $ joiner plan eu             "…" in an expected line stands for anything
    # exit 3                     the exit code that the command above must end with (0 if not said)
    $ joiner serve &             stays in the background until the page ends

The port 8470 of the pages is replaced by a free one, ``joiner`` by the command under test.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

COMMAND_SECONDS_MAX = 60.0
START_SECONDS_MAX = 30.0
_FENCE = re.compile(r"^```(?P<kind>\w+) (?P<mark>run|file=\S+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """``file`` steps write ``text``; the others run it and expect ``output`` and ``code``."""

    text: str
    file: str = ""
    output: tuple[str, ...] = ()
    code: int = 0


def read_steps(page: Path) -> list[Step]:
    steps: list[Step] = []
    for block in _FENCE.finditer(page.read_text("utf-8")):
        mark, body = block["mark"], block["body"]
        steps += [Step(body, file=mark.removeprefix("file="))] if mark != "run" else _commands(body)
    return steps


def _commands(body: str) -> Iterator[Step]:
    text, output, code = "", [], 0
    for line in [*body.splitlines(), "$ "]:
        if line.startswith("$ "):
            if text:
                yield Step(text, output=tuple(output), code=code)
            text, output, code = line[2:], [], 0
        elif line.startswith("# exit "):
            code = int(line.removeprefix("# exit "))
        elif line.strip():
            output.append(line)


@dataclass(slots=True)
class Sandbox:
    folder: Path
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def take(self, step: Step) -> None:
        text = step.text.replace("8470", str(self.port))
        if step.file:
            place = self.folder / step.file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        elif text.endswith(" &"):
            self._begin(text.removesuffix(" &"))
        else:
            self._run(text, step)

    def _begin(self, text: str) -> None:
        with (self.folder / "server.log").open("wb") as log:
            process = subprocess.Popen(_words(text), cwd=self.folder, env=self._environment(), stdout=log, stderr=log)
        self.running.append(process)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not _answers(self.port):
            alive = process.poll() is None and time.monotonic() < deadline
            assert alive, (self.folder / "server.log").read_text("utf-8")
            time.sleep(0.05)

    def _run(self, text: str, step: Step) -> None:
        line = ["bash", "-c", f'set -euo pipefail; joiner() {{ {shlex.join(_words("joiner"))} "$@"; }}; {text}']
        ended = subprocess.run(
            line, cwd=self.folder, env=self._environment(), capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False
        )
        said = ended.stdout.decode() + ended.stderr.decode()
        assert ended.returncode == step.code, f"$ {text}\nended with {ended.returncode}, the page says {step.code}\n{said}"
        rest = said
        for expected in step.output:
            words = " ".join(expected.replace("8470", str(self.port)).split())
            pattern = ".*?".join(re.escape(part) for part in words.split("…"))
            found = re.search(pattern.replace(r"\ ", r"\s+"), rest)
            assert found, f"$ {text}\ndid not say (in this order): {expected}\n{said}"
            rest = rest[found.end() :]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JOINER_")}
        return {**kept, "NO_COLOR": "1", "COLUMNS": "200"}


def _words(text: str) -> list[str]:
    program, *rest = shlex.split(text)
    assert program == "joiner", text
    return [sys.executable, "-m", "joiner.app", *rest]


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = Sandbox(folder, port)
    try:
        yield place
    finally:
        for process in place.running:
            process.terminate()
            process.wait(10)
