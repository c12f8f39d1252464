"""What the public Postman collections for Entra's reference server send, in our own words: 204 on PATCH, loose filters, unknown attributes.

And the habits of smaller clients that read the capabilities and do what these say: authentik, PingOne, OneLogin, directory connectors.
"""

from __future__ import annotations

from typing import Any

import pytest
from served_org import ENTERPRISE, ERROR, GROUP, LIST, USER, Caller, House

NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def postman(house: House) -> Caller:
    return house.org("postman-like").caller("postman", "entra", "application/json", patch_answer="empty")


def person(name: str, **more: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"user_{name}",
        "externalId": f"ext-{name}",
        "active": True,
        "displayName": f"Display {name}",
        "title": "",
        "ims": [],
        "emails": [{"primary": True, "type": "work", "value": f"{name}@contoso.example"}],
        "name": {"formatted": f"{name.title()} Levinson", "familyName": "Levinson", "givenName": name.title()},
        "invented": {"by": "the collection"},
        "urn:example:unknown:2.0:User": {"shoeSize": 44},
        ENTERPRISE: {"department": "bob", "invented": True},
        **more,
    }


def test_person_with_unknown_and_empty_attributes_is_taken(postman: Caller) -> None:
    reply = postman.post("Users", person("bob"))
    assert reply.status == 201, reply.body
    assert not {"invented", "urn:example:unknown:2.0:User", "title", "ims"} & set(reply.json)
    assert (reply.json["displayName"], reply.json[ENTERPRISE]["department"]) == ("Display bob", "bob")
    bare = postman.post("Users", {"userName": "user_bare"})  # no schemas at all
    assert (bare.status, bare.json["schemas"]) == (201, [USER]), bare.body
    for wrong in ({"schemas": [USER]}, {"schemas": [USER], "userName": ""}, {"schemas": [USER], "userName": "   "}):
        assert postman.post("Users", wrong).status == 400, wrong


def test_filters_of_the_collection(house: House) -> None:
    postman = house.org("postman-filters").caller("postman", "entra", "application/json", patch_answer="empty")
    for name in ("ann", "ben", "cat"):
        postman.create("Users", person(name))
    for text, names in (
        ('DisplayName eq "display ann"', ["ann"]),
        ("userName eq user_ben", ["ben"]),
        ('userName eq "user_ben" and active eq true', ["ben"]),
        ("active eq true", ["ann", "ben", "cat"]),
        ('active eq "True"', ["ann", "ben", "cat"]),
        ('externalId eq "ext-cat"', ["cat"]),
        ('emails[type eq "work" and value co "@contoso.example"]', ["ann", "ben", "cat"]),
        ('emails[type eq work].value eq "ann@contoso.example"', ["ann"]),
        ('userName sw "user_" and not (displayName co "ann")', ["ben", "cat"]),
        ('(userName eq "user_ann") or (userName eq "user_cat")', ["ann", "cat"]),
        ('name.familyName co "Levin"', ["ann", "ben", "cat"]),
        ('userName sw "user_a"', ["ann"]),
        ('meta.lastModified ge "2011-05-13T04:42:34Z"', ["ann", "ben", "cat"]),
        ('meta.lastModified lt "2011-05-13T04:42:34Z"', []),
        ('displayName eq "nobody"', []),
    ):
        assert sorted(found["userName"].removeprefix("user_") for found in postman.found("Users", text)) == names, text


def test_patches_are_answered_with_204(postman: Caller) -> None:
    made = postman.create("Users", person("dan"))
    group = postman.create("Groups", {"schemas": [GROUP], "displayName": "Group d", "externalId": "g-d", "members": []})
    user_place, group_place = f"Users/{made['id']}", f"Groups/{group['id']}"
    for place, operation in (
        (user_place, {"op": "Replace", "path": "userName", "value": "user_daniel"}),
        (user_place, {"op": "replace", "value": {"displayName": "Dan the man", "invented": 1}}),
        (user_place, {"op": "Add", "path": "invented.path", "value": 1}),
        (user_place, {"op": "Remove", "path": "displayName"}),
        (group_place, {"op": "Add", "path": "members", "value": [{"value": made["id"]}]}),
        (group_place, {"op": "Replace", "path": "displayName", "value": "Group d2"}),
        (group_place, {"op": "Remove", "path": f'members[value eq "{made["id"]}"]'}),
        (group_place, {"op": "Remove", "path": "members", "value": [{"value": made["id"]}]}),
    ):
        reply = postman.patch(place, operation)
        assert (reply.status, reply.body) == (204, b""), (operation, reply.body)
    seen = postman.get(user_place).json
    assert (seen["userName"], "displayName" in seen) == ("user_daniel", False)
    asked = postman.patch(group_place, {"op": "Add", "path": "members", "value": [{"value": made["id"]}]}, attributes="members")
    assert asked.status in (200, 204)
    assert [one["value"] for one in postman.get(group_place).json["members"]] == [made["id"]]


def test_lists_choose_attributes_and_pages(postman: Caller) -> None:
    postman.create("Users", person("eva"))
    page = postman.get("Users", attributes="userName,emails", startIndex=1, count=1).json
    assert (page["schemas"], page["itemsPerPage"], page["startIndex"]) == ([LIST], 1, 1)
    assert not {"displayName", "name", ENTERPRISE} & set(page["Resources"][0])
    assert {"id", "userName"} <= set(page["Resources"][0])


# ---------------------------------------------------------------- clients that read the capabilities first


def test_client_that_chooses_by_capabilities_gets_what_was_announced(house: House) -> None:
    """authentik: PATCH for groups if that is offered, users always by PUT; a 404 makes it create again; removals by filter."""
    authentik = house.org("authentik-like").caller("authentik", "authentik")
    config = authentik.get("ServiceProviderConfig").json
    assert (config["patch"]["supported"], config["filter"]["supported"]) == (True, True)
    body = {
        "schemas": [USER],
        "userName": "akadmin",
        "externalId": "u-1",
        "active": True,
        "name": {"formatted": "A K", "familyName": "K", "givenName": "A"},
    }
    body |= {"displayName": "A K", "photos": [], "locale": "en", "emails": [{"value": "a@k.example", "type": "other", "primary": True}]}
    made = authentik.create("Users", body)
    place = f"Users/{made['id']}"
    assert authentik.put(place, {**body, "id": made["id"], "displayName": "A. K."}).json["displayName"] == "A. K."
    group = authentik.create("Groups", {"schemas": [GROUP], "displayName": "authentik Admins", "externalId": "g-1"})
    for operation, members in (
        ({"op": "add", "path": "members", "value": [{"value": made["id"]}]}, [made["id"]]),
        ({"op": "remove", "path": f'members[value eq "{made["id"]}"]'}, []),
        ({"op": "replace", "path": "displayName", "value": "Admins"}, []),
    ):
        assert authentik.patch(f"Groups/{group['id']}", operation).status in (200, 204)
        assert [one["value"] for one in authentik.get(f"Groups/{group['id']}").json.get("members", [])] == members
    authentik.delete(place)
    gone = authentik.put(place, body)
    assert (gone.status, gone.json["schemas"]) == (404, [ERROR])
    assert authentik.create("Users", body)["externalId"] == "u-1"


@pytest.mark.parametrize("kind", ["generic", "ping", "onelogin", "google"])
def test_client_that_only_ever_replaces_keeps_one_person_in_step(house: House, kind: str) -> None:
    """Full PUTs of people and groups, people created disabled, members given in POST and PUT, no PATCH at all."""
    client = house.org(f"putting-{kind}").caller("puts", kind)
    body = {
        "schemas": [USER],
        "userName": "nina",
        "active": False,
        "displayName": "Nina",
        "emails": [{"value": "n@i.example", "type": "work"}],
    }
    made = client.create("Users", body)
    assert made["active"] is False
    (found,) = client.found("Users", 'userName eq "nina"')
    assert client.put(f"Users/{found['id']}", {**found, "active": True, "title": "Lead"}).json["active"] is True
    other = client.create("Users", {**body, "userName": "omar", "active": True})
    group = client.create("Groups", {"schemas": [GROUP], "displayName": "All", "members": [{"value": made["id"]}]})
    both = {**group, "members": [{"value": made["id"], "type": "User"}, {"value": other["id"], "display": "Omar"}]}
    replaced = client.put(f"Groups/{group['id']}", both)
    assert (replaced.status, {one["value"] for one in replaced.json["members"]}) == (200, {made["id"], other["id"]})
    emptied = client.put(f"Groups/{group['id']}", {"schemas": [GROUP], "displayName": "All"})
    assert (emptied.status, emptied.json.get("members", [])) == (200, [])
    assert client.delete(f"Users/{other['id']}").status == 204


def test_media_types_and_paths_that_clients_differ_in(postman: Caller) -> None:
    body = person("media", userName="user_media")
    for number, (content, accept) in enumerate(
        (
            ("application/json", "*/*"),
            ("application/scim+json", None),
            ("application/json; charset=utf-8", "application/json, application/scim+json"),
            ('application/scim+json;charset="UTF-8"', "application/scim+json;q=0.9, */*;q=0.1"),
            ("APPLICATION/JSON", "text/html, application/*"),
        )
    ):
        sent = {**body, "userName": f"user_media{number}", "externalId": f"m{number}"}
        reply = postman.send("POST", "Users", sent, Content_Type=content, Accept=accept)
        assert (reply.status, reply.headers["content-type"].split(";")[0]) == (201, reply.headers["content-type"].split(";")[0]), (
            content,
            accept,
        )
        assert "json" in reply.headers["content-type"]
    made = postman.create("Users", {**body, "externalId": "mx"})
    for path in (f"users/{made['id']}", f"Users/{made['id']}/", f"USERS/{made['id']}"):
        assert postman.get(path).json["id"] == made["id"], path
    assert postman.get("Users/").json["schemas"] == [LIST]
    host = postman.base.removesuffix("/scim/v2")
    for prefix in ("api/v2/scim/v2", "api/v2/scim", "scim/v2"):
        other = Caller(f"{host}/{prefix}", postman.token)
        assert other.get(f"Users/{made['id']}").json["id"] == made["id"]
        other.close()


def test_id_that_is_no_id_is_simply_missing(postman: Caller) -> None:
    for strange in ("1", "null", "undefined", NOBODY.upper(), "a" * 300, "%00", "..%2F..", "%F0%9F%92%A9"):
        reply = postman.get(f"Users/{strange}")
        assert (reply.status, reply.json["schemas"]) in ((404, [ERROR]), (400, [ERROR])), strange
