"""scim-sanity (PyPI): its probe in both modes, every result by name.

It wants 200 with a body for each PATCH, and a member that nobody knows to be passed over: two settings of its connection.
"""

from __future__ import annotations

import pytest
from scim_sanity.probe.runner import run_probe_api
from scim_sanity.validator import SCIMValidator
from served_org import House

CRUD = ("POST {}", "GET {}/{{id}}", "PUT {}/{{id}}", "GET {}/{{id}} after PUT", "PATCH {}/{{id}}", "GET {}/{{id}} after PATCH")
GONE = ("DELETE {}/{{id}}", "GET {}/{{id}} after DELETE (expect 404)")
RESULTS = {
    *("GET /ServiceProviderConfig", "GET /Schemas", "GET /ResourceTypes"),
    *(name.format(endpoint) for endpoint in ("/Users", "/Groups") for name in CRUD + GONE),
    *("PATCH /Groups/{id} add member", "PATCH /Groups/{id} remove members"),
    *("GET /Users (ListResponse)", "GET /Users?filter (no match)", "GET /Users?startIndex=1&count=1", "GET /Users?count=0 (boundary)"),
    *("GET /Users/nonexistent (expect 404)", "POST /Users invalid body (expect 400)", "POST /Users missing userName (expect 400)"),
}
NOT_OFFERED = {"Agent CRUD Lifecycle", "AgenticApplication CRUD Lifecycle", "Agent Rapid Lifecycle"}  # drafts that expired


@pytest.fixture(scope="module", params=["strict", "compat"])
def outcome(house: House, request: pytest.FixtureRequest) -> dict[str, str]:
    """Status by name of result, of a whole probe in one of the suite's two modes."""
    org = house.org(f"sane-{request.param}")
    token = org.client("scim-sanity", patch_answer="body", unknown_members="ignore").token
    probed = run_probe_api(org.scim, token=token, strict=request.param == "strict")
    return {result["name"]: result["status"] if result["status"] == "pass" else str(result) for result in probed["results"]}


def test_every_check_of_the_probe_ran(outcome: dict[str, str]) -> None:
    assert set(outcome) == RESULTS | NOT_OFFERED


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_check_of_the_probe_passes(outcome: dict[str, str], name: str) -> None:
    assert outcome[name] == "pass"


def test_only_what_is_not_offered_is_left_out(outcome: dict[str, str]) -> None:
    assert {name for name, status in outcome.items() if status != "pass"} == NOT_OFFERED


def test_what_we_answer_is_a_valid_document_to_its_validator(house: House) -> None:
    caller = house.org("sane-documents").caller("reader")
    person = caller.create("Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "zofia@northlight.example"})
    group = caller.create("Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Kraków"})
    for document in (person, group):
        sent_back = {name: value for name, value in document.items() if name not in ("id", "meta")}  # the validator wants them unset
        assert SCIMValidator().validate(sent_back, "full") == (True, [])
