"""One server for all foreign suites of a run, on each database; each file adds its own orgs beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from served_org import House, serve_on


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serve_on(request.param, tmp_path_factory.mktemp("house")) as served:
        yield served
