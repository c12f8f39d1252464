"""A fresh world for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journey_world import JourneyWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JourneyWorld]:
    made = JourneyWorld(tmp_path)
    yield made
    made.close()
