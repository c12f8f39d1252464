"""The servers that are compared: how each is started, and what its process costs. Every one gets one process and loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from http_load import Place

HERE = Path(__file__).parent
PEERS = HERE / "peers"
READY_SECONDS_MAX = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Running:
    """A server that answers, as long as it is asked within ``running``."""

    name: str
    place: Place
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Processor time of the whole process tree: the scheduler's nanoseconds, which ticks of 10 ms would hide."""
        return sum(_scheduled(pid) for pid in _tree(self.process.pid)) / 1e9

    def memory_mb(self) -> float:
        """Proportional set size: what is shared counts once."""
        return sum(_proportional_kb(pid) for pid in _tree(self.process.pid)) / 1024


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def _scheduled(pid: int) -> int:
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    except OSError:
        return total
    return total


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def running(name: str, folder: Path) -> Iterator[Running]:
    """Start a server of :data:`STARTERS` in an empty folder; it is stopped afterwards."""
    port = free_port()
    command, place = STARTERS[name](port, folder)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)
        try:
            _wait_for(port, process, folder / f"{name}.log")
            yield Running(name, place, process)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as line:
            if not line.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise SystemExit(f"the server does not answer:\n{log.read_text('utf-8', 'replace')[-2_000:]}")


def _start_joiner(port: int, folder: Path) -> tuple[list[str], Place]:
    joiner = str(Path(sys.executable).with_name("joiner"))
    database = f"sqlite:///{folder / 'orgs.db'}"

    def call(*words: str) -> dict[str, str]:
        command = [joiner, *words, "--database", database, "-q", "-o", "json"]
        answered: dict[str, str] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return answered

    call("org", "add", "bench")
    call("client", "create", "load", "--org", "bench")
    token = call("client", "token", "load", "--org", "bench")["access_token"]
    return [joiner, "serve", "--listen", f"127.0.0.1:{port}", "--database", database], Place(port, "/bench/scim/v2", token)


def _start_joiner_asgi(port: int, folder: Path) -> tuple[list[str], Place]:
    command, place = _start_joiner(port, folder)
    return [*command, "--http", "asgi"], place


def _start_scim2(port: int, _folder: Path) -> tuple[list[str], Place]:
    return [sys.executable, str(PEERS / "scim2_peer.py"), str(port)], Place(port, "/v2")


def _start_scimmy(port: int, folder: Path) -> tuple[list[str], Place]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("scimmy needs node and npm; leave it out with --peers scim2")
    home = HERE.parent / ".venv" / "bench-scimmy"  # installed once, outside of what is committed
    home.mkdir(exist_ok=True)
    for file in (PEERS / "scimmy").iterdir():
        shutil.copy(file, home)
    if not (home / "node_modules").exists():
        install = [npm, "install", "--silent", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=home, check=True)
    return [node, str(home / "server.js"), str(port)], Place(port, "/scim", "bench")


def _start_static(port: int, _folder: Path) -> tuple[list[str], Place]:
    return [sys.executable, str(PEERS / "static_peer.py"), str(port)], Place(port, "")


STARTERS = {
    "joiner": _start_joiner,
    "joiner-asgi": _start_joiner_asgi,
    "scim2": _start_scim2,
    "scimmy": _start_scimmy,
    "static": _start_static,
}
"""``static`` is the floor: bare uvicorn that answers everything with the same bytes. ``joiner-asgi`` is ours through uvicorn's protocol."""
