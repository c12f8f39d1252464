"""scim2-tester (PyPI): every check of a suite that nobody here wrote, by name.

It discovers the server, then creates, reads, replaces, patches and deletes whatever the schemas announce, with made-up values. The few
checks that ask for what the RFC rules out are listed in docs/reference/foreign-suites.md and asserted as exactly that list.
"""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

import pytest
from httpx2 import Client as HttpClient
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server, checkers
from served_org import ENTERPRISE, GENESYS, House

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "foreign-suites.md"
ALL_CHECKS = frozenset(checkers.__all__)
GROUPED = {"resource_type_tests", "core_schemas_validation"}  # run other checks; the second reports as access_schema_by_id
CONTRADICTING = {
    # `add` to a multi-valued attribute that has values appends (RFC 7644 §3.5.2.1); the check wants the added value to be all there is.
    ("check_add_attribute", "User", f"{GENESYS}:routingSkills"),
    ("check_add_attribute", "User", f"{GENESYS}:routingLanguages"),
    ("check_add_attribute", "User", f"{GENESYS}:externalIds"),
    # A person is active or not; taking the value away leaves it as it is, above all for somebody who is out.
    ("check_remove_attribute", "User", "active"),
    # A member comes back with its display, which is read-only and ours to keep; the check wants back only what it sent.
    ("check_add_attribute", "Group", "members"),
    ("check_replace_attribute", "Group", "members"),
}
Checked = tuple[str, str | None, str | None]


@cache
def checked(base: str, token: str) -> tuple[CheckResult, ...]:
    random.seed(20261122)  # the suite draws its values; a failure should be the same tomorrow
    with HttpClient(base_url=base, headers={"Authorization": f"Bearer {token}"}) as http:
        return tuple(check_server(SyncSCIMClient(http)))


@pytest.fixture(scope="module")
def results(house: House) -> tuple[CheckResult, ...]:
    org = house.org("tested")
    return checked(org.scim, org.client("scim2-tester", may_sync_password="true").token)


def named(result: CheckResult) -> Checked:
    """(check, resource type, attribute)."""
    attribute = result.data.get("urn") if isinstance(result.data, dict) else None
    return result.title, result.resource_type, attribute


def test_every_check_of_the_suite_ran(results: tuple[CheckResult, ...]) -> None:
    assert set(ALL_CHECKS) - GROUPED <= {result.title for result in results}
    for resource_type in ("User", "Group"):
        ran = {result.title for result in results if result.resource_type == resource_type}
        assert ran >= {name for name in ALL_CHECKS if name.startswith(("object_", "check_", "search_"))}


@pytest.mark.parametrize("check", sorted(set(ALL_CHECKS) - GROUPED))
def test_check_passes(results: tuple[CheckResult, ...], check: str) -> None:
    failed = {named(result): result.reason for result in results if result.title == check and result.status != Status.SUCCESS}
    assert {name: reason for name, reason in failed.items() if name not in CONTRADICTING} == {}


def test_only_the_listed_checks_fail(results: tuple[CheckResult, ...]) -> None:
    assert {named(result) for result in results if result.status != Status.SUCCESS} == CONTRADICTING


def test_each_attribute_of_a_person_is_added_removed_and_replaced(results: tuple[CheckResult, ...]) -> None:
    reached = {(result.title, named(result)[2]) for result in results if result.resource_type == "User"}
    for attribute in ("name", "emails", "addresses", "x509Certificates", ENTERPRISE, f"{ENTERPRISE}:manager", f"{GENESYS}:routingSkills"):
        assert {("check_add_attribute", attribute), ("check_replace_attribute", attribute)} <= reached
        assert ("check_remove_attribute", attribute) in reached or attribute.startswith("urn:")


def test_the_list_of_contradictions_is_explained_in_the_docs() -> None:
    text = PAGE.read_text("utf-8")
    for check, _, attribute in CONTRADICTING:
        assert attribute is not None
        assert re.search(rf"`{check}`.*`{attribute.rpartition(':')[2]}`", text), f"{check} {attribute}"
