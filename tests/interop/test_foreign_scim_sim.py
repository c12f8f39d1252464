"""scim-sim (PyPI): a simulated identity provider, driven by its command as a person would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from served_org import Caller, House, ServedOrg

Simulated = Callable[..., str]
COMMAND = Path(sys.executable).with_name("scim-sim")


@pytest.fixture(scope="module")
def org(house: House) -> ServedOrg:
    return house.org("simulated")


@pytest.fixture(scope="module")
def seen(org: ServedOrg) -> Caller:
    return org.caller("onlooker")


@pytest.fixture(scope="module")
def simulate(org: ServedOrg, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Run one command of the simulator; it must say that it worked."""
    home = tmp_path_factory.mktemp("home")
    settings = {"SCIM_BASE_URL": org.scim, "SCIM_AUTH_TOKEN": org.client("simulator").token}
    (home / ".scim_config.json").write_text(json.dumps(settings), "utf-8")

    def run(*words: str) -> str:
        environment = {**os.environ, "HOME": str(home), "PYTHONIOENCODING": "utf-8"}
        ended = subprocess.run([COMMAND, *words], env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60)
        assert (ended.returncode, ended.stderr) == (0, ""), ended
        assert "❌" not in ended.stdout, ended.stdout
        return ended.stdout

    return run


def the_id(printed: str) -> str:
    return re.findall(r"ID: (\S+)", printed)[-1]


def test_whole_life_of_a_directory(simulate: Simulated, seen: Caller) -> None:
    first, second = (the_id(simulate("add-user")) for _ in range(2))
    assert seen.get(f"Users/{first}").json["active"] is True
    group = the_id(simulate("create-group", "Łódź support"))

    for user in (first, second):
        simulate("add-to-group", user, group)
    assert {member["value"] for member in seen.get(f"Groups/{group}").json["members"]} == {first, second}
    shown = simulate("show")
    assert "Łódź support" in shown
    assert first in shown
    assert second in shown

    simulate("remove-from-group", second, group)
    assert [member["value"] for member in seen.get(f"Groups/{group}").json["members"]] == [first]
    assert "Ungrouped Users" in simulate("show")

    simulate("delete-group", group)  # deletes its members too: that is what this simulator does
    assert (seen.get(f"Groups/{group}").status, seen.get(f"Users/{first}").status) == (404, 404)
    simulate("remove-user", second)
    assert "(empty)" in simulate("show")
