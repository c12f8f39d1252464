"""Queries: parameters, types of values, and which attributes are shown (RFC 7644 §3.4.2, §3.9)."""

from __future__ import annotations

import pytest
from org_fixtures import ENTERPRISE, Rehearsal

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
AINO = "aino@northlight.example"


# ---------------------------------------------------------------- lists


@BOTH
def test_parameters_that_nobody_knows_are_ignored(profile: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO)
    for endpoint in ("Users", "Groups", "Schemas"):
        assert org.get(endpoint, colour="blue", _="1").json == org.get(endpoint).json


@BOTH
def test_lists_are_list_responses_also_when_nothing_matches(profile: str) -> None:
    org = Rehearsal(profile)
    for reply in (org.get("Users"), org.get("Groups"), org.get("Users", filter='userName eq "4f9e1c2a-0000-4000-8000-000000000000"')):
        assert (reply.status, reply.json["schemas"], reply.json["totalResults"]) == (200, [LIST], 0)
        assert reply.json.get("Resources", []) == []


@BOTH
def test_groups_are_listed_without_a_filter(profile: str) -> None:
    org = Rehearsal(profile)
    made = {org.group("Helsinki"), org.group("Oulu")}
    assert {group["id"] for group in org.get("Groups").json["Resources"]} == made


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize("operator", ["gt", "ge", "lt", "le"])
@pytest.mark.parametrize("condition", ["active {} true", "emails[primary {} true]", 'x509Certificates.value {} "aGVq"'])
def test_booleans_and_binaries_have_no_order(condition: str, operator: str) -> None:
    reply = Rehearsal("extended").get("Users", filter=condition.format(operator))
    assert (reply.status, reply.scim_type) == (400, "invalidFilter")


def test_resources_are_found_by_the_extension_that_they_use() -> None:
    org = Rehearsal("extended")
    made = org.create(AINO, **{ENTERPRISE: {"department": "Care"}})
    org.group("Helsinki")
    found = org.get("Users", filter=f'schemas eq "{ENTERPRISE}"').json["Resources"]
    assert made["id"] in {user["id"] for user in found}
    assert org.get("Users", filter='schemas eq "urn:x:unknown"').json["totalResults"] == 0


def test_default_that_was_returned_is_what_a_filter_sees() -> None:
    org = Rehearsal("extended")
    assert org.create(AINO)["active"] is True
    assert org.get("Users", filter="active eq true").json["totalResults"] == 1
    assert org.get("Users", filter="active ne true").json["totalResults"] == 0


@BOTH
@pytest.mark.parametrize("text", ["x' OR '1'='1", "x'; DROP TABLE resource; --", "%", "_%", "x\\' --", "*", "a]) or (1=1"])
def test_value_that_looks_like_a_statement_is_only_a_value(profile: str, text: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, externalId=text, title=text)
    for name in ("userName", "id", "displayName", "externalId"):
        written = text.replace("\\", "\\\\")
        if name == "displayName" and profile == "strict":
            continue  # strict finds users by the attested attributes only
        found = org.get("Users", filter=f'{name} eq "{written}"')
        assert (found.status, found.json["totalResults"]) == (200, int(name == "externalId")), name
    assert org.send("GET", f"/north/scim/v2/Users/{text}").status == 404
    assert org.get(f"Users/{user['id']}").json["title"] == text
    assert org.get("Users").json["totalResults"] == 1


# ---------------------------------------------------------------- attributes on every operation


@BOTH
def test_attributes_choose_what_every_operation_answers(profile: str) -> None:
    org = Rehearsal(profile)
    body = {"userName": AINO, "displayName": "Aino", "title": "Lead"}
    query = {"attributes": "title"}
    made = org.send("POST", "Users", body, query=query)
    path = f"Users/{made.json['id']}"
    put = org.send("PUT", path, body | {"displayName": "Aino S"}, query=query)
    patch = org.send("PATCH", path, {"Operations": [{"op": "replace", "path": "displayName", "value": "A"}]}, query=query)
    for reply, status in ((made, 201), (put, 200), (patch, 200), (org.send("GET", path, query=query), 200)):
        assert reply.status == status
        assert reply.json["title"] == "Lead"
        assert "displayName" not in reply.json


@BOTH
def test_excluded_attributes_are_left_out_by_every_operation(profile: str) -> None:
    org = Rehearsal(profile)
    body = {"userName": AINO, "displayName": "Aino", "title": "Lead"}
    query = {"excludedAttributes": "title,id"}
    made = org.send("POST", "Users", body, query=query)
    assert made.status == 201
    path = f"Users/{made.json['id']}"
    put = org.send("PUT", path, body | {"displayName": "Aino S"}, query=query)
    patch = org.send("PATCH", path, {"Operations": [{"op": "replace", "path": "displayName", "value": "A"}]}, query=query)
    for reply in (made, put, patch, org.send("GET", path, query=query)):
        assert "title" not in reply.json
        assert reply.json["displayName"]
