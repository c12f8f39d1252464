"""One server for all foreign suites of a run; each file adds its own orgs beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from served_org import House, serve_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serve_house(tmp_path_factory.mktemp("house")) as served:
        yield served
