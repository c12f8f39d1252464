"""The demands of the standard are tried on the same hosted org in process as the doors are (tests/web/org_fixtures.py)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "web"))
