"""What WSO2's SCIM compliance runs send, in our own words: 200 with a body for PATCH, .search, Bulk, sorting, loose filter values, /Me."""

from __future__ import annotations

from typing import Any

import pytest
from served_org import BULK, ENTERPRISE, ERROR, GROUP, LIST, SEARCH, USER, Caller, House

NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def wso2(house: House) -> Caller:
    return house.org("wso2-like").caller("wso2", patch_answer="body", unquoted_filters="true")


def person(name: str, **more: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": name,
        "name": {"familyName": name[-1:], "givenName": name.title()},
        "password": "Northlight-7132",
        "emails": [{"primary": True, "value": f"{name}@home.example", "type": "home"}, {"value": f"{name}@work.example", "type": "work"}],
        ENTERPRISE: {"employeeNumber": "1234A", "manager": {"value": "Taylor"}},
        **more,
    }


def test_discovery_documents_are_whole(wso2: Caller) -> None:
    config = wso2.get("ServiceProviderConfig").json
    assert config["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]
    assert type(config["bulk"]["maxOperations"]) is type(config["bulk"]["maxPayloadSize"]) is type(config["filter"]["maxResults"]) is int
    for kind in wso2.get("ResourceTypes").json["Resources"]:
        assert wso2.get(f"ResourceTypes/{kind['name']}").json["endpoint"] == kind["endpoint"]
        assert {"name", "endpoint", "schema", "schemas"} <= set(kind)
    for schema in wso2.get("Schemas").json["Resources"]:
        assert {"id", "name", "description", "attributes"} <= set(schema)
        for attribute in schema["attributes"]:
            expected = {"name", "type", "multiValued", "description", "required", "mutability", "returned"}
            assert expected <= set(attribute), attribute


def test_created_person_is_answered_with_location_and_no_password(wso2: Caller) -> None:
    reply = wso2.post("Users", person("ashani"))
    assert (reply.status, reply.headers["location"]) == (201, reply.json["meta"]["location"])
    assert "password" not in reply.json
    assert {"created", "lastModified", "location", "resourceType"} <= set(reply.json["meta"])
    assert wso2.post("Users", person("ashani")).status == 409
    assert wso2.post("Users", {**person("x"), "userName": None}).status == 400
    assert wso2.post("Users", {name: value for name, value in person("x").items() if name != "userName"}).status == 400


@pytest.mark.parametrize("attribute", ["userName", "username", "USERNAME"])
def test_attribute_names_have_no_case(wso2: Caller, attribute: str) -> None:
    if not wso2.found("Users", 'userName eq "bimal"'):
        wso2.create("Users", person("bimal"))
    for operator in ("eq", "Eq", "EQ"):
        assert [found["userName"] for found in wso2.found("Users", f'{attribute} {operator} "Bimal"')] == ["bimal"]


def test_filter_values_may_lack_quotes(wso2: Caller) -> None:
    wso2.create("Users", person("chathura"))
    for text in ("userName eq chathura", "userName sw chath", "name.givenName eq Chathura", "emails eq chathura@home.example"):
        assert [found["userName"] for found in wso2.found("Users", text)] == ["chathura"], text
    made = wso2.create("Groups", {"schemas": [GROUP], "displayName": "engineers"})
    assert [found["id"] for found in wso2.found("Groups", "displayName eq engineers")] == [made["id"]]


def test_list_is_sorted_and_paged(house: House) -> None:
    wso2 = house.org("wso2-sorted").caller("wso2", patch_answer="body", unquoted_filters="true")
    for name in ("echo", "alpha", "delta", "bravo", "charlie"):
        wso2.create("Users", person(name))

    def names(**query: Any) -> list[str]:
        reply = wso2.get("Users", **query)
        assert (reply.status, reply.json["totalResults"]) == (200, 5), reply.body
        return [found["userName"] for found in reply.json["Resources"]]

    in_order = ["alpha", "bravo", "charlie", "delta", "echo"]
    assert names(sortBy="userName", sortOrder="ascending") == names(sortBy="userName") == in_order
    assert names(sortBy="userName", sortOrder="descending") == in_order[::-1]
    assert names(sortBy="name.givenName", startIndex=2, count=2) == ["bravo", "charlie"]
    assert names(sortBy="emails", sortOrder="Descending", count=1) == ["echo"]
    assert sorted(names(sortBy="id")) == in_order
    assert names(sortBy="title") == names()  # nobody has one: the order stays


def test_search_by_post_on_an_endpoint_and_on_the_root(wso2: Caller) -> None:
    wso2.create("Users", person("dinesh"))
    wso2.create("Groups", {"schemas": [GROUP], "displayName": "dinesh's"})
    body = {"schemas": [SEARCH], "attributes": ["userName"], "filter": 'userName sw "dinesh"', "startIndex": 1, "count": 10}
    reply = wso2.post("Users/.search", body)
    assert (reply.status, reply.json["schemas"], reply.json["totalResults"]) == (200, [LIST], 1)
    assert set(reply.json["Resources"][0]) - {"schemas", "meta"} == {"id", "userName"}
    groups = wso2.post("Groups/.search", {"schemas": [SEARCH], "filter": 'displayName sw "dinesh"', "excludedAttributes": ["members"]})
    assert [found["displayName"] for found in groups.json["Resources"]] == ["dinesh's"]
    both = wso2.post(".search", {"schemas": [SEARCH], "filter": 'userName sw "dinesh" or displayName sw "dinesh"'})
    assert {found["meta"]["resourceType"] for found in both.json["Resources"]} == {"User", "Group"}
    refused = wso2.post("Users/.search", {"schemas": [SEARCH], "filter": "userName maybe"})
    assert (refused.status, refused.json["scimType"]) == (400, "invalidFilter")


def test_patch_is_answered_with_the_resource(wso2: Caller) -> None:
    made = wso2.create("Users", person("eranga"))
    place = f"Users/{made['id']}"

    def patched(*operations: dict[str, Any]) -> dict[str, Any]:
        reply = wso2.patch(place, *operations)
        assert reply.status == 200, reply.body
        assert reply.json == wso2.get(place).json
        document: dict[str, Any] = reply.json
        return document

    assert patched({"op": "add", "value": {"nickName": "shaggy"}})["nickName"] == "shaggy"
    assert patched({"op": "add", "path": "nickName", "value": "scooby"})["nickName"] == "scooby"
    assert patched({"op": "add", "value": {"name": {"familyName": "Rajapaksha"}}})["name"]["givenName"] == "Eranga"
    assert (
        patched({"op": "replace", "path": 'emails[type eq "work"].value', "value": "e@new.example"})["emails"][1]["value"]
        == "e@new.example"
    )
    assert len(patched({"op": "remove", "path": 'emails[type eq "home"]'})["emails"]) == 1
    assert "emails" not in patched({"op": "remove", "path": "emails"})
    assert patched({"op": "replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "9"})[ENTERPRISE]["employeeNumber"] == "9"
    many = (
        {"op": "add", "path": "title", "value": "a"},
        {"op": "replace", "path": "title", "value": "b"},
        {"op": "remove", "path": "nickName"},
    )
    seen = patched(*many)
    assert (seen["title"], "nickName" in seen) == ("b", False)


def test_group_patches_are_answered_with_the_group(wso2: Caller) -> None:
    user = wso2.create("Users", person("farhan"))
    other = wso2.create("Users", person("gayan"))
    made = wso2.create("Groups", {"schemas": [GROUP], "displayName": "managers", "members": [{"value": user["id"], "display": "farhan"}]})
    place = f"Groups/{made['id']}"
    added = wso2.patch(place, {"op": "add", "path": "members", "value": [{"display": "gayan", "value": other["id"]}]})
    assert (added.status, len(added.json["members"])) == (200, 2)
    pathless = wso2.patch(place, {"op": "replace", "value": {"members": [{"value": other["id"]}], "displayName": "bosses"}})
    assert (pathless.json["displayName"], [one["value"] for one in pathless.json["members"]]) == ("bosses", [other["id"]])
    removed = wso2.patch(place, {"op": "remove", "path": f'members[value eq "{other["id"]}"]'})
    assert (removed.status, removed.json.get("members", [])) == (200, [])
    wrong = wso2.patch(place, {"op": "add", "path": "members", "value": [{"value": NOBODY}]})
    assert (wrong.status, wrong.json["schemas"]) == (400, [ERROR])


def test_bulk_makes_people_and_groups_and_says_what_failed(wso2: Caller) -> None:
    made = wso2.create("Users", person("hasini"))
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "u1", "data": person("bulk-one")},
        {"method": "POST", "path": "/Users", "bulkId": "u2", "data": person("hasini")},  # taken
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "g1",
            "data": {"schemas": [GROUP], "displayName": "bulk", "members": [{"value": "bulkId:u1"}]},
        },
        {"method": "PATCH", "path": f"/Users/{made['id']}", "data": {"Operations": [{"op": "add", "path": "nickName", "value": "h"}]}},
        {"method": "PUT", "path": f"/Users/{NOBODY}", "data": person("nobody")},
        {"method": "DELETE", "path": f"/Users/{NOBODY}"},
    ]
    reply = wso2.post("Bulk", {"schemas": [BULK], "failOnErrors": 10, "Operations": operations})
    assert (reply.status, reply.json["schemas"]) == (200, ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    answers = reply.json["Operations"]
    assert [(answer["method"], answer["status"]) for answer in answers] == [
        ("POST", "201"),
        ("POST", "409"),
        ("POST", "201"),
        ("PATCH", "200"),
        ("PUT", "404"),
        ("DELETE", "404"),
    ]
    assert [answer.get("bulkId") for answer in answers[:3]] == ["u1", "u2", "g1"]
    assert answers[1]["response"]["schemas"] == [ERROR]
    user = answers[0]["location"].rpartition("/")[2]
    assert [one["value"] for one in wso2.get(f"Groups/{answers[2]['location'].rpartition('/')[2]}").json["members"]] == [user]
    stopped = wso2.post("Bulk", {"schemas": [BULK], "failOnErrors": 1, "Operations": [operations[4], {**operations[0], "bulkId": "z"}]})
    assert [answer["status"] for answer in stopped.json["Operations"]] == ["404"]


def test_me_of_a_client_that_is_no_person_is_refused_in_scim_words(wso2: Caller) -> None:
    for method, body in (("GET", None), ("PATCH", {"Operations": []}), ("DELETE", None)):
        reply = wso2.send(method, "Me", body)
        assert reply.status in (403, 404, 501)
        assert (reply.json["schemas"], reply.json["status"]) == ([ERROR], str(reply.status))


def test_replacement_and_deletion_of_the_missing(wso2: Caller) -> None:
    assert wso2.put(f"Users/{NOBODY}", person("nobody")).status == 404
    assert wso2.delete(f"Groups/{NOBODY}").status == 404
    made = wso2.create("Users", person("iresha"))
    incomplete = wso2.put(f"Users/{made['id']}", {"schemas": [USER], "displayName": "no name"})
    assert (incomplete.status, incomplete.json["schemas"]) == (400, [ERROR])
