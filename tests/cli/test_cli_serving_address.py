"""The command line beside a running server prints the address at which that server is really reached."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from served_house import joiner, orgs_url


def test_client_created_beside_a_server_on_another_port_gets_an_address_that_works(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "joiner.app", "serve", "--listen", "127.0.0.1:0", "--database", orgs_url(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = next(line for line in server.stdout if line.startswith("Serving at")).split()[2].rstrip(".")
        assert urllib.request.urlopen(f"{address}/readyz", timeout=10).status == 200
        assert joiner(tmp_path, "org", "add", "north", "--database", orgs_url(tmp_path)).code == 0
        said = joiner(tmp_path, "client", "create", "engine", "--org", "north", "-o", "json", "--database", orgs_url(tmp_path))
        server.send_signal(signal.SIGTERM)
    assert json.loads(said.out)["base_url"] == f"{address}/north"


def test_a_guide_written_beside_a_server_behind_a_proxy_names_the_public_address(tmp_path: Path) -> None:
    assert joiner(tmp_path, "org", "add", "north", "--database", orgs_url(tmp_path)).code == 0
    assert joiner(tmp_path, "client", "create", "okta", "--org", "north", "--kind", "okta", "--database", orgs_url(tmp_path)).code == 0
    command = [sys.executable, "-m", "joiner.app", "serve", "--listen", "127.0.0.1:0", "--database", orgs_url(tmp_path)]
    public = {**os.environ, "JOINER_BASE_URL": "https://joiner.northlight.example/"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=public) as server:
        assert server.stdout is not None
        assert next(iter(server.stdout)).split()[1] == "https://joiner.northlight.example/north"
        server.send_signal(signal.SIGTERM)
    said = joiner(tmp_path, "client", "guide", "okta", "--org", "north", "--database", orgs_url(tmp_path))
    assert "`https://joiner.northlight.example/north/scim/v2`" in said.out
