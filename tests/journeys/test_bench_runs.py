"""``make bench`` still runs on a small world. Its figures are for people to read: nothing is asserted about time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "run.py"


def test_bench_runs_and_tells_both_kinds_of_cycle() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    line = [sys.executable, str(BENCH), "--people", "40", "--runs", "1"]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stdout.count("local time of a plan") == 2
    assert "joiner --help" in ended.stdout
