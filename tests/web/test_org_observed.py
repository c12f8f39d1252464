"""What the server notices about its clients' requests, as an administrator finds it afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import ENTERPRISE, Rehearsal, run

from joiner.dialects.connection import parse_settings
from joiner.dialects.resent import FIXES
from joiner.journeys import observe_requests
from joiner.journeys.connect import set_connection
from joiner.store.org_port import OrgReads

NORTH = 1


def seen(org: Rehearsal, look: Any) -> Any:
    assert run(org.server.observation.flush(org.store))
    return run(org.store.read(NORTH, look))


def lines(org: Rehearsal) -> list[tuple[str, str, int]]:
    def look(rows: OrgReads) -> list[tuple[str, str, int]]:
        return [(each.method, each.path, each.status) for each in reversed(rows.requests(NORTH))]

    found: list[tuple[str, str, int]] = seen(org, look)
    return found


@pytest.fixture
def org() -> Rehearsal:
    return Rehearsal()


def test_writes_and_failures_have_a_line_and_successful_reads_are_counted_only(org: Rehearsal):
    user = org.create("aino@northlight.example")["id"]
    org.get(f"Users/{user}")
    org.get("Users", filter='userName eq "aino@northlight.example"', count=1)
    org.get("Users/nobody")
    org.patch(f"Users/{user}", {"op": "replace", "path": "title", "value": "Agent"})
    org.delete(f"Users/{user}")
    assert sorted(lines(org)) == [
        ("DELETE", f"Users/{user}", 204),
        ("GET", "Users/nobody", 404),
        ("PATCH", f"Users/{user}", 200),
        ("POST", "Users", 201),
    ]
    counts = seen(org, lambda rows: rows.request_counts(NORTH, org.clock.now().replace(year=2020)))
    assert {(each.status, each.requests) for each in counts} == {(200, 3), (201, 1), (204, 1), (404, 1)}


def test_no_value_of_a_query_is_kept(org: Rehearsal):
    org.send("GET", "Users", query={"filter": "userName zz secret", "access_token": "secret"})
    assert lines(org) == [("GET", "Users?filter&access_token", 400)]
    kept = seen(org, lambda rows: rows.requests(NORTH))[0]
    assert (kept.scim_type, kept.client) == ("invalidFilter", org.credentials.client_id)


def test_strangers_are_counted_and_leave_no_line(org: Rehearsal):
    for token in ("wrong", "wronger"):
        org.send("POST", "Users", {"userName": "x"}, token=token)
    assert lines(org) == []
    counts = seen(org, lambda rows: rows.request_counts(NORTH, org.clock.now().replace(year=2020)))
    assert [(each.client, each.status, each.requests) for each in counts] == [("", 401, 2)]


def test_a_flood_is_counted_whole_and_leaves_a_bounded_number_of_lines(org: Rehearsal):
    for number in range(observe_requests.LINES_PER_FLUSH_MAX + 50):
        org.get(f"Users/nobody{number}")
    assert len(lines(org)) == observe_requests.LINES_PER_FLUSH_MAX
    counts = seen(org, lambda rows: rows.request_counts(NORTH, org.clock.now().replace(year=2020)))
    assert [each.requests for each in counts] == [observe_requests.LINES_PER_FLUSH_MAX + 50]


def test_borne_oddities_are_counted_with_a_sample(org: Rehearsal):
    user = org.create("aino@northlight.example")["id"]
    for value in ("False", "True"):
        assert org.patch(f"Users/{user}", {"op": "Replace", "path": "active", "value": value}).status == 200
    found = {each.name: each for each in seen(org, lambda rows: rows.deviations(NORTH))}
    assert (found["capitalised-op"].times, found["boolean-as-text"].times) == (2, 2)
    assert found["capitalised-op"].sample == f"PATCH Users/{user}"
    newest = seen(org, lambda rows: rows.requests(NORTH, limit=10))
    assert ("boolean-as-text", "capitalised-op") in {each.marks for each in newest}


def test_values_that_are_sent_again_in_another_form_are_named_with_their_fix(org: Rehearsal):
    user = org.create("aino@northlight.example", **{ENTERPRISE: {"department": "Support"}})["id"]
    org.patch(f"Users/{user}", {"op": "Replace", "path": "active", "value": "True"})
    org.patch(f"Users/{user}", {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Support"})
    found = {each.attribute: each for each in seen(org, lambda rows: rows.resent_values(NORTH))}
    assert (found["active"].form, found["active"].sent, found["active"].kept) == ("type", "Aaaa", "aaaa")
    assert found[f"{ENTERPRISE}:department"].form == "same"
    assert all(each.form in FIXES for each in found.values())


def test_what_a_connection_does_not_bear_is_refused_by_name(org: Rehearsal):
    user = org.create("aino@northlight.example")["id"]
    run(set_connection(org.store, org.clock, "north", "okta", "strict", {}))
    refused = org.patch(f"Users/{user}", {"op": "Replace", "path": "active", "value": False})
    assert (refused.status, refused.scim_type) == (400, "invalidSyntax")
    assert "capitalised-op" in refused.json["detail"]
    assert org.patch(f"Users/{user}", {"op": "replace", "path": "active", "value": False}).status == 200
    run(set_connection(org.store, org.clock, "north", "okta", "", {"tolerate": "capitalised-op"}))
    assert org.patch(f"Users/{user}", {"op": "Replace", "path": "active", "value": True}).status == 200


def test_nothing_seen_is_nothing_written(org: Rehearsal):
    assert seen(org, lambda rows: rows.requests(NORTH)) == []
    assert parse_settings("okta", {}).tolerates("null-ref")


def test_what_cannot_be_printed_is_not_kept(org: Rehearsal):
    org.send("DELETE", "/north/api/v2/scim/v2/Users/a\x00b\ud800")
    assert [path for _, path, _ in lines(org)] == ["Users/a\ufffdb?"]
