"""Commands about a hosted org's SCIM side, beside a running server: settings, guides, own types, feeds, logs, a server tried."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from served_house import joiner, orgs_url, served

BADGE = "urn:example:params:scim:schemas:core:2.0:Badge"
TYPES = [
    {"id": BADGE, "name": "Badge", "attributes": [{"name": "code", "type": "string", "required": True, "uniqueness": "server"}]},
    {"id": "Badge", "name": "Badge", "endpoint": "/Badges", "schema": BADGE},
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Path, str, str]]:
    """A folder, the SCIM address of its org, a token of the client ``okta``."""
    said(tmp_path, "org", "add", "north")
    said(tmp_path, "client", "create", "okta", "--org", "north", "--kind", "okta", "--set", "patch_answer=body")
    token = json.loads(said(tmp_path, "client", "token", "okta", "--org", "north", "-o", "json"))["access_token"]
    with served(tmp_path) as address:
        yield tmp_path, f"{address}/north/scim/v2", token


def said(folder: Path, *words: str, code: int = 0) -> str:
    answer = joiner(folder, *words, "--database", orgs_url(folder))
    assert answer.code == code, answer.err
    return answer.out if code == 0 else answer.err


def status(url: str, token: str) -> int:
    from urllib.error import HTTPError

    try:
        with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"})) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_settings_are_shown_changed_and_hold_at_once(house: tuple[Path, str, str]) -> None:
    folder, scim, token = house
    assert "patch_answer         body      chosen" in said(folder, "client", "show", "okta", "--org", "north")
    assert "may_create           false     chosen" in said(folder, "client", "set", "okta", "may_create=off", "--org", "north")
    assert "may_create           true" in said(folder, "client", "set", "okta", "may_create=", "--org", "north")
    assert "near     may_create" in said(folder, "client", "set", "okta", "may_creat=on", "--org", "north", code=64)
    assert "NAME=VALUE" in said(folder, "client", "set", "okta", "may_create", "--org", "north", code=64)
    assert status(f"{scim}/Users", token) == 200
    said(folder, "client", "set", "okta", "--active", "off", "--org", "north")
    assert status(f"{scim}/Users", token) == 401
    said(folder, "client", "set", "okta", "--active", "on", "--kind", "entra", "--org", "north")
    assert status(f"{scim}/Users", token) == 200
    assert "1" in said(folder, "client", "revoke", "okta", "--org", "north")
    assert status(f"{scim}/Users", token) == 401


def test_a_guide_is_written_for_the_client_that_there_is(house: tuple[Path, str, str]) -> None:
    folder, _, _ = house
    assert "/north/scim/v2" in said(folder, "client", "guide", "okta", "--org", "north")
    assert json.loads(said(folder, "client", "guide", "okta", "--org", "north", "--as", "postman"))["item"]
    assert "curl -sS" in said(folder, "client", "guide", "generic", "--client", "okta", "--org", "north", "--as", "curl")
    assert "joiner client create ping" in said(folder, "client", "guide", "ping", "--org", "north", code=64)


def test_the_curl_script_of_a_guide_runs_from_top_to_bottom_twice_and_leaves_nobody_behind(house: tuple[Path, str, str]) -> None:
    folder, scim, token = house
    script = said(folder, "client", "guide", "okta", "--org", "north", "--as", "curl").replace("http://127.0.0.1:8470/north/scim/v2", scim)
    for _ in range(2):
        ran = subprocess.run(["sh", "-c", script], env={**os.environ, "TOKEN": token}, capture_output=True, text=True, check=False)
        assert (ran.returncode, '"status":"4' in ran.stdout + ran.stderr) == (0, False), ran.stderr
    for endpoint in ("Users", "Groups"):
        with urlopen(Request(f"{scim}/{endpoint}", headers={"Authorization": f"Bearer {token}"})) as answer:
            assert json.loads(answer.read())["totalResults"] == 0


def test_own_types_are_served_at_once(house: tuple[Path, str, str]) -> None:
    folder, scim, token = house
    (folder / "types.json").write_text(json.dumps(TYPES), "utf-8")
    assert status(f"{scim}/Badges", token) == 404
    assert "resource type   Badge" in said(folder, "types", "add", str(folder / "types.json"), "--org", "north")
    assert status(f"{scim}/Badges", token) == 200
    said(folder, "types", "remove", "Badge", "--org", "north")
    assert "Badge" not in said(folder, "types", "list", "--org", "north").replace(BADGE, "")
    (folder / "bad.json").write_text('{"a": 1, "a": 2}', "utf-8")
    for words in (("bad.json",), ("missing.json",), ()):
        assert "JN6422" in said(folder, "types", "add", *(str(folder / word) for word in words), "--org", "north", code=64)


def test_a_feed_is_added_listed_and_ended(house: tuple[Path, str, str]) -> None:
    folder, scim, _ = house
    added = json.loads(said(folder, "events", "add", "okta", "--org", "north", "--mode", "full", "-o", "json"))
    assert added["poll_url"].endswith(f"/north/scim/v2/SecurityEvents/{added['stream']}")
    assert added["stream"] in said(folder, "events", "list", "--org", "north")
    said(folder, "events", "remove", added["stream"], "--org", "north")
    assert added["stream"] not in said(folder, "events", "list", "--org", "north")
    assert scim


def test_a_server_is_tried_and_a_wrong_token_told(house: tuple[Path, str, str]) -> None:
    folder, scim, token = house
    out = said(folder, "scim", "test", scim, "--token", token)
    assert "failed" not in out
    assert "deactivate, and still be found" in out
    found = json.loads(said(folder, "scim", "test", scim, "--token", token, "--cycle", "okta", "-o", "json"))
    assert (found["failed"], {each["cycle"] for each in found["findings"]}) == (0, {"okta"})
    assert "does not take this token: 401" in said(folder, "scim", "test", scim, "--token", "wrong", code=4)
    assert "does not answer as a SCIM server" in said(folder, "scim", "test", f"{scim}/Users", "--token", token, code=64)
    assert "JN6425" in said(folder, "scim", "test", scim, code=64)


def test_the_log_shows_what_was_kept_and_refuses_a_status_that_is_none(house: tuple[Path, str, str]) -> None:
    folder, _, _ = house
    assert said(folder, "scim", "log", "--org", "north", "--client", "okta", "--status", "4xx") == ""
    assert said(folder, "scim", "oddities", "--org", "north") == ""
    assert "JN6425" in said(folder, "scim", "log", "--org", "north", "--status", "many", code=64)
