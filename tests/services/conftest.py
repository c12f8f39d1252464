"""The official Genesys SDK is large and has an environment of its own: ``make test-services`` puts it on the path, nothing else does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from served_org import House, serve_house

collect_ignore = [] if find_spec("PureCloudPlatformClientV2") else ["test_genesys_sdk.py"]
# The SDK reads ~/.genesyscloudpython/config, which may name another host.
os.environ["HOME"] = tempfile.mkdtemp(prefix="joiner-sdk-home-")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serve_house(Path(tmp_path_factory.mktemp("house"))) as served:
        yield served
