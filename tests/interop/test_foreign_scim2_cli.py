"""scim2-cli (PyPI): its commands against a running server, each as a person types it, and its own compliance run."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner
from scim2_cli import cli
from served_org import BULK, ENTERPRISE, GROUP, USER, House

TESTER_CHECKS_MIN = 100
TESTER_CONTRADICTIONS = {"routingSkills", "routingLanguages", "externalIds", "'active'", "'members'"}  # see test_foreign_scim2_tester


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Typed = Callable[..., Ended]


@pytest.fixture(scope="module")
def scim2(house: House) -> Typed:
    org = house.org("typed")
    environment = {
        "SCIM_CLI_URL": org.scim,
        "SCIM_CLI_HEADERS": f"Authorization: Bearer {org.client('scim2', may_sync_password='true').token}",
    }

    def run(*words: str, given: Any = None) -> Ended:
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            ended = CliRunner(env=environment).invoke(cli, words, input="" if given is None else json.dumps(given))
            told = Ended(ended.exit_code, ended.stdout, ended.stderr)
            del ended  # as a process it ends with its connection open, and so it does here
            gc.collect()
        return told

    return run


def created(scim2: Typed, name: str) -> str:
    ended = scim2("create", "user", "--user-name", f"{name}@northlight.example", "--display-name", name.title())
    assert ended.code == 0, ended
    return str(ended.json["id"])


def test_create_and_query(scim2: Typed) -> None:
    made = created(scim2, "ilse")
    one = scim2("query", "user", made)
    assert (one.code, one.json["userName"], one.json["displayName"]) == (0, "ilse@northlight.example", "Ilse")
    listed = scim2("query", "user")
    assert listed.code == 0
    assert made in {user["id"] for user in listed.json["Resources"]}


def test_create_from_a_document(scim2: Typed) -> None:
    given = {"schemas": [USER, ENTERPRISE], "userName": "jaya@northlight.example", ENTERPRISE: {"employeeNumber": "0042"}}
    ended = scim2("create", given=given)
    assert (ended.code, ended.json[ENTERPRISE]["employeeNumber"]) == (0, "0042")


def test_modify_adds_replaces_and_removes(scim2: Typed) -> None:
    made = created(scim2, "kofi")
    emails = '[{"value": "kofi@work.example", "type": "work"}]'
    changed = scim2(
        "modify", "user", made, "replace", "displayName", "Kofi Å", "add", "emails", emails, "add", f"{ENTERPRISE}:department", "Care"
    )
    assert changed.code == 0, changed
    assert changed.json["displayName"] == "Kofi Å"
    assert changed.json["emails"][0]["value"] == "kofi@work.example"
    assert changed.json[ENTERPRISE]["department"] == "Care"
    emptied = scim2("modify", "user", made, "remove", 'emails[type eq "work"]')
    assert (emptied.code, "emails" in emptied.json) == (0, False)


def test_replace_keeps_only_what_is_given(scim2: Typed) -> None:
    made = created(scim2, "lars")
    given = {"schemas": [USER], "id": made, "userName": "lars@northlight.example", "title": "Agent"}
    replaced = scim2("replace", given=given)
    assert (replaced.code, replaced.json["title"], "displayName" in replaced.json) == (0, "Agent", False), replaced


def test_search_posts_to_the_root_and_to_an_endpoint(scim2: Typed) -> None:
    made = created(scim2, "mei")
    for words in (("search", "--filter", 'userName eq "mei@northlight.example"'), ("search", "user", "--filter", 'userName sw "mei@"')):
        ended = scim2(*words)
        assert (ended.code, [found["id"] for found in ended.json["Resources"]]) == (0, [made]), ended


def test_bulk_creates_two_that_refer_to_each_other(scim2: Typed) -> None:
    person = {"schemas": [USER], "userName": "nour@northlight.example"}
    group = {"schemas": [GROUP], "displayName": "Nour's", "members": [{"value": "bulkId:p"}]}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "p", "data": person},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group},
    ]
    ended = scim2("bulk", given={"schemas": [BULK], "Operations": operations})
    assert ended.code == 0, ended
    assert [operation["status"] for operation in ended.json["Operations"]] == ["201", "201"]


def test_delete_and_what_is_missing_ends_with_an_error(scim2: Typed) -> None:
    made = created(scim2, "olu")
    assert scim2("delete", "user", made).code == 0
    missing = scim2("query", "user", made)
    assert (missing.code, missing.json["status"]) == (1, "404")


def test_its_own_compliance_run_finds_nothing_but_the_listed_contradictions(scim2: Typed) -> None:
    lines = scim2("test", "--verbose").out.splitlines()
    assert sum(line.startswith("SUCCESS ") for line in lines) >= TESTER_CHECKS_MIN
    blamed = [lines[number + 1] for number, line in enumerate(lines) if line.startswith(("ERROR ", "SKIPPED ", "CRITICAL "))]
    assert [reason for reason in blamed if not any(name in reason for name in TESTER_CONTRADICTIONS)] == []
