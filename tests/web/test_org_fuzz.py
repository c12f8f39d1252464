"""Random requests made of plausible pieces: whatever comes, the answer is no 5xx, and a 4xx changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal, run

from joiner.journeys.audit import verify_audit

NAMES = [
    "userName",
    "displayName",
    "active",
    "title",
    "emails",
    "phoneNumbers",
    "roles",
    "externalId",
    "password",
    "groups",
    "members",
    "id",
    "meta",
    "schemas",
    "name",
    "manager",
    "emails.value",
    "EMAILS",
    "meta.version",
    "emails[0]",
    "x.y.z",
    "division",
    "divisionId",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "urn:ietf:params:scim:schemas:extension:genesys:2.0:User:sourceOrg",
    "",
    ENTERPRISE,
    GENESYS,
    f"{ENTERPRISE}:manager",
    f"{ENTERPRISE}:division",
    f"{GENESYS}:routingSkills",
    f"{GENESYS}:externalIds",
    f'{GENESYS}:externalIds[authority eq "zoomphone"].value',
    'emails[type eq "work"].value',
    'phoneNumbers[type eq "work"]',
    'members[value eq "x"]',
    'roles[primary eq "True"].value',
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(
        ["True", "false", "", " ", "aino@northlight.example", "bo@northlight.example", "work", "Sales", "Agent", "Billing", "+358401234567"]
    ),
)
KEYS = st.one_of(
    st.sampled_from(["value", "type", "primary", "display", "$ref", "authority", "name", "proficiency", "division", "manager", *NAMES]),
    st.text(max_size=4),
)
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=6)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "Replace", "remove"])}, optional={"path": st.sampled_from(NAMES), "value": VALUES}
    ),
    min_size=1,
    max_size=4,
)
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
LITERALS = st.one_of(st.sampled_from(["true", "null", "5", "Home", '"2026-01-01T00:00:00Z"']), st.text(max_size=6).map(json.dumps))
TERMS = st.one_of(
    st.tuples(st.sampled_from(NAMES), OPERATORS, LITERALS).map(" ".join),
    st.sampled_from(NAMES).map(lambda name: f"{name} pr"),
    st.tuples(st.sampled_from(NAMES), OPERATORS, LITERALS).map(lambda parts: f"{parts[0]}[value {parts[1]} {parts[2]}]"),
)
FILTERS = st.recursive(
    TERMS,
    lambda inner: st.one_of(st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join), inner.map(lambda term: f"not ({term})")),
    max_leaves=4,
)


@pytest.fixture(scope="module", params=["strict", "extended"])
def org(request: pytest.FixtureRequest) -> Rehearsal:
    made = Rehearsal(request.param, rate=0)
    for name in ("aino", "bo"):
        made.create(f"{name}@northlight.example", title="Lead", emails=[{"type": "work", "value": f"{name}.w@northlight.example"}])
    made.group("Helsinki")
    return made


def state(org: Rehearsal) -> tuple[int, str]:
    head: tuple[int, str] = run(org.store.read(1, lambda rows: rows.audit_head(1)))
    return head


@settings(max_examples=250)
@given(body=BODIES, method=st.sampled_from(["POST", "PUT"]), kind=st.sampled_from(["Users", "Groups"]), named=st.booleans())
def test_any_body_is_taken_or_refused(org: Rehearsal, body: dict[str, Any], method: str, kind: str, named: bool) -> None:
    if named:
        body = {"userName": "x@northlight.example", "displayName": "X"} | body
    before = state(org)
    (first, *_) = org.get(kind).json["Resources"]
    reply = org.send(method, kind if method == "POST" else f"{kind}/{first['id']}", body)
    assert reply.status < 500, (reply.body, body)
    if reply.status >= 400:
        assert state(org) == before
    elif method == "POST":
        assert org.get(f"{kind}/{reply.json['id']}").body == reply.body


@settings(max_examples=300)
@given(operations=OPERATIONS, kind=st.sampled_from(["Users", "Groups"]))
def test_any_patch_is_taken_or_refused(org: Rehearsal, operations: list[dict[str, Any]], kind: str) -> None:
    (first, *_) = org.get(kind).json["Resources"]
    before = state(org)
    reply = org.patch(f"{kind}/{first['id']}", *operations)
    assert reply.status < 500, (reply.body, operations)
    if reply.status >= 400:
        assert state(org) == before
    after = org.get(f"{kind}/{first['id']}")
    again = org.put(f"{kind}/{first['id']}", after.json)
    assert again.status == 200, (again.body, after.body)
    org.patch(f"{kind}/{first['id']}", {"op": "replace", "value": {"active": True}})


@settings(max_examples=300)
@given(text=FILTERS, kind=st.sampled_from(["Users", "Groups"]), attributes=st.sampled_from(["", *NAMES]))
def test_any_filter_is_answered(org: Rehearsal, text: str, kind: str, attributes: str) -> None:
    reply = org.get(kind, filter=text, attributes=attributes)
    assert reply.status in (200, 400) or reply.scim_type == "sensitive", (reply.body, text)


@settings(max_examples=200)
@given(
    path=st.text(max_size=40),
    query=st.text(max_size=40),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
    body=st.binary(max_size=40),
)
def test_any_path_and_bytes_are_answered(org: Rehearsal, path: str, query: str, method: str, body: bytes) -> None:
    from joiner.web.request import Request

    headers = {"authorization": f"Bearer {org.token}"}
    for full in (path, f"/north/scim/v2/{path}", f"/north/api/v2/{path}", "/oauth/token", f"/north/scim/v2/Users/{path}"):
        answer = run(org.server.handle(Request(method, full, query, headers, body)))
        assert answer.status < 500 or answer.status == 501, (full, query, answer.body)


EFFECTS = {
    "directory:user:edit": ("roles", f"{GENESYS}:routingSkills", f"{GENESYS}:routingLanguages"),
    "routing:skill:assign": ("roles", "title", "userName", "active", "emails", f"{GENESYS}:routingLanguages", f"{GENESYS}:externalIds"),
    "authorization:grant:delete": ("title", "userName", "active", "emails", f"{GENESYS}:routingSkills", f"{ENTERPRISE}:division"),
}


@settings(max_examples=250)
@given(
    body=st.one_of(BODIES, OPERATIONS),
    permission=st.sampled_from(sorted(EFFECTS)),
    spelling=st.sampled_from([str, str.upper, str.lower]),
    aim=st.sampled_from(["roles", "title", f"{GENESYS}:routingSkills", f"{ENTERPRISE}:division", "active"]),
)
def test_no_body_changes_what_the_client_may_not_change(org: Rehearsal, body: Any, permission: str, spelling: Any, aim: str) -> None:
    name = permission.replace(":", "-")
    token = TOKENS.get((id(org), name)) or TOKENS.setdefault((id(org), name), org.client(name, (permission,)))
    wanted = {"roles": ["Supervisor"], "title": "Boss", "active": False}.get(aim, [{"name": "Billing"}] if "Skills" in aim else "Support")
    (first, *_) = org.get("Users").json["Resources"]
    org.patch(f"Users/{first['id']}", {"op": "replace", "path": "roles", "value": ["Agent"]})
    before = org.get(f"Users/{first['id']}").json
    if isinstance(body, list):
        body = [*body[:2], {"op": "replace", "path": spelling(aim), "value": wanted}]
        org.send("PATCH", f"Users/{first['id']}", {"Operations": body}, token=token)
        org.send("PATCH", f"Users/{first['id']}", {"Operations": [{"op": "add", "value": {spelling(aim): wanted}}]}, token=token)
    else:
        body = {"userName": before["userName"], "displayName": "X"} | body | {spelling(aim): wanted}
        org.send("PUT", f"Users/{first['id']}", body, token=token)
        org.send("POST", "Users", body | {"userName": "mallory@northlight.example"}, token=token)
    after = org.get(f"Users/{first['id']}").json
    for path in EFFECTS[permission]:
        if path == "roles" and before["active"] and not after["active"]:
            continue  # a leaver's roles go with him, whoever said that he leaves
        assert part(before, path) == part(after, path), (path, permission, body)
    assert org.get("Users", filter='userName eq "mallory@northlight.example"').json["totalResults"] == 0
    org.patch(f"Users/{first['id']}", {"op": "replace", "value": {"active": True}})


TOKENS: dict[tuple[int, str], str] = {}


def part(user: dict[str, Any], path: str) -> Any:
    urn, _, name = path.rpartition(":")
    return user.get(urn, {}).get(name) if urn else user.get(path)


def test_chain_holds_after_all_that(org: Rehearsal) -> None:
    (verdict,) = run(verify_audit(org.store))
    assert verdict.broken_at == 0
