"""One server for all foreign suites of a run, on each database; each file adds its own orgs beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import fresh_database
from served_org import House, serve_house


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        with serve_house(folder) as served:
            yield served
        return
    with fresh_database() as address, serve_house(folder, address) as served:
        yield served
