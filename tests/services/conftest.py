"""The official Genesys SDK is large and has an environment of its own: ``make test-services`` puts it on the path, nothing else does."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from served_org import House, serve_on

collect_ignore = [] if find_spec("PureCloudPlatformClientV2") else ["test_genesys_sdk.py"]
# The SDK reads ~/.genesyscloudpython/config, which may name another host.
_empty = tempfile.TemporaryDirectory(prefix="joiner-sdk-home-")
atexit.register(_empty.cleanup)
os.environ["HOME"] = _empty.name


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serve_on(request.param, tmp_path_factory.mktemp("house")) as served:
        yield served
