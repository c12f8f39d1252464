"""Whatever is said over real HTTP is said to both protocols of the listener."""

from __future__ import annotations

import pytest

from joiner.web.listen import Http


@pytest.fixture(params=["direct", "asgi"])
def http(request: pytest.FixtureRequest) -> Http:
    spoken: Http = request.param
    return spoken
