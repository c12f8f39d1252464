"""Names for the processes that hold leases, such that a later process on the same machine can see that one is gone.

``process 4711 on bergen-1 [5f0c9ab2.883121]``: the bracket holds the place (this boot of this machine and its process
namespace) and the process' start, so that neither a process number used again nor a neighbouring container misleads.
Whoever cannot be judged from here counts as alive: its lease then lapses by time. Judging wrongly would cost a run its pipe,
never its safety: the fencing number decides about writes.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
from pathlib import Path

_SHAPE = re.compile(r"process (\d{1,10}) on \S+ \[([0-9a-f]{8})\.(\d{1,20})\]")
_START_FIELD = 19
"""Where the start time stands in ``/proc/PID/stat``, counted after the command's closing bracket (proc(5), field 22)."""


def name_this_process() -> str:
    """The holder to give to ``take_lease``: for people to read, and for :func:`is_gone` to judge."""
    pid = os.getpid()
    return f"process {pid} on {socket.gethostname()} [{_place()}.{_started(pid) or 0}]"


def is_gone(holder: str) -> bool:
    """True only if ``holder`` names a process of this machine that certainly runs no more."""
    shape = _SHAPE.fullmatch(holder)
    if shape is None or shape[2] != _place():
        return False
    pid = int(shape[1])
    if not _exists(pid):
        return True
    started = _started(pid)
    return started is not None and started != int(shape[3])


def _place() -> str:
    boot = _read("/proc/sys/kernel/random/boot_id")
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{socket.gethostname()}\n{boot}\n{namespace}".encode()).hexdigest()[:8]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> int | None:
    """Ticks from boot to the start of a process; None where the system does not tell, -1 for a dead one not yet reaped."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) <= _START_FIELD:
        return None
    return -1 if fields[0] in {"Z", "X"} else int(fields[_START_FIELD])


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace").strip()
    except OSError:
        return ""
