"""What SAP's provisioning and its published SCIM core checks send, in our own words: every PATCH is answered with 204 and no body."""

from __future__ import annotations

from typing import Any

import pytest
from served_org import ENTERPRISE, ERROR, GROUP, LIST, USER, Caller, House

NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def sap(house: House) -> Caller:
    return house.org("sap-like").caller("sap", patch_answer="empty")


def person(name: str, **more: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"{name}@northlight.example",
        "name": {"honorificPrefix": "Dr.", "givenName": name.title(), "middleName": "B.", "familyName": "Brandt", "honorificSuffix": "II"},
        "displayName": f"{name.title()} Brandt",
        "userType": "employee",
        "active": True,
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "emails": [{"value": f"{name}@northlight.example", "primary": True}, {"value": f"{name}@home.example", "type": "home"}],
        "phoneNumbers": [{"value": "+49 711 123456", "type": "work"}],
        "addresses": [{"type": "work", "country": "DE", "locality": "Walldorf"}, {"type": "home", "country": "PT", "locality": "Porto"}],
        ENTERPRISE: {"employeeNumber": f"E-{name}", "costCenter": "CC", "department": "Voice"},
        **more,
    }


def emptied(sap: Caller, place: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """A PATCH that succeeds has no body, but the version of what is there now."""
    reply = sap.patch(place, *operations)
    assert (reply.status, reply.body) == (204, b""), reply.body
    seen = sap.get(place)
    assert reply.headers.get("etag", seen.headers["etag"]) == seen.headers["etag"]
    document: dict[str, Any] = seen.json
    return document


def test_capabilities_are_read_without_surprises(sap: Caller) -> None:
    config = sap.get("ServiceProviderConfig").json
    for feature in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert type(config[feature]["supported"]) is bool
    assert config["authenticationSchemes"]
    for endpoint in ("Schemas", "ResourceTypes"):
        listed = sap.get(endpoint).json
        assert (listed["schemas"], listed["totalResults"]) == ([LIST], len(listed["Resources"]))


def test_person_is_written_replaced_and_deleted(sap: Caller) -> None:
    made = sap.create("Users", person("anke"))
    for name, value in person("anke").items():
        assert made[name] == value or name == "schemas", name
    shorter = {"schemas": [USER], "userName": "anke@northlight.example", "displayName": "A. Brandt"}
    replaced = sap.put(f"Users/{made['id']}", shorter)
    assert replaced.status == 200
    assert not {"name", "addresses", "phoneNumbers", "timezone", ENTERPRISE} & set(replaced.json)
    assert replaced.json["meta"]["created"] == made["meta"]["created"]
    assert replaced.json["meta"]["lastModified"] > made["meta"]["lastModified"]
    gone = sap.delete(f"Users/{made['id']}")
    assert (gone.status, gone.body) == (204, b"")
    assert sap.get(f"Users/{made['id']}").status == 404


def test_every_kind_of_patch_is_answered_without_a_body(sap: Caller) -> None:
    place = f"Users/{sap.create('Users', person('benno'))['id']}"
    seen = emptied(sap, place, {"op": "replace", "path": "displayName", "value": "Benno B."})
    assert seen["displayName"] == "Benno B."
    seen = emptied(sap, place, {"op": "add", "path": "nickName", "value": "Ben"}, {"op": "remove", "path": "name.middleName"})
    assert (seen["nickName"], "middleName" in seen["name"]) == ("Ben", False)
    seen = emptied(sap, place, {"op": "add", "path": "emails", "value": [{"value": "b@other.example", "type": "other"}]})
    assert len(seen["emails"]) == 3
    seen = emptied(sap, place, {"op": "replace", "path": 'emails[type eq "home"].value', "value": "benno@new.example"})
    assert {email.get("type"): email["value"] for email in seen["emails"]}["home"] == "benno@new.example"
    seen = emptied(sap, place, {"op": "remove", "path": 'addresses[type eq "home" and country eq "PT"]'})
    assert [address["type"] for address in seen["addresses"]] == ["work"]
    seen = emptied(sap, place, {"op": "replace", "path": "name", "value": {"familyName": "Brand"}})
    assert seen["name"]["familyName"] == "Brand"
    seen = emptied(sap, place, {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": NOBODY}})
    assert seen[ENTERPRISE]["manager"]["value"] == NOBODY
    seen = emptied(sap, place, {"op": "remove", "path": ENTERPRISE})
    assert (ENTERPRISE in seen, ENTERPRISE in seen["schemas"]) == (False, False)
    seen = emptied(sap, place, {"op": "replace", "value": {"active": False, "title": "Lead"}})
    assert (seen["active"], seen["title"]) == (False, "Lead")
    seen = emptied(sap, place, {"op": "add", "path": "emails", "value": {"value": "first@new.example", "type": "work", "primary": True}})
    assert [email["value"] for email in seen["emails"] if email.get("primary")] == ["first@new.example"]


def test_patch_that_changes_nothing_leaves_the_version(sap: Caller) -> None:
    made = sap.create("Users", person("carl"))
    seen = emptied(sap, f"Users/{made['id']}", {"op": "replace", "path": "displayName", "value": "Carl Brandt"})
    assert seen["meta"] == made["meta"]


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "id", "value": "mine"}, "mutability"),
        ({"op": "replace", "path": "meta.created", "value": "2020-01-01T00:00:00Z"}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "emails[type eq", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "displayName", "value": {"wrong": "type"}}, "invalidValue"),
        ({"op": "jump", "path": "displayName", "value": "x"}, "invalidSyntax"),
        ({"path": "displayName", "value": "x"}, "invalidSyntax"),
    ],
)
def test_operation_that_cannot_be_done_is_refused_and_changes_nothing(sap: Caller, operation: dict[str, Any], scim_type: str) -> None:
    name = f"dora{scim_type}{len(str(operation))}".lower()
    made = sap.create("Users", person(name))
    refused = sap.patch(f"Users/{made['id']}", {"op": "replace", "path": "title", "value": "Lead"}, operation)
    assert (refused.status, refused.json["schemas"], refused.json["status"]) == (400, [ERROR], "400"), refused.body
    assert refused.json["scimType"] in (scim_type, "invalidValue" if scim_type == "mutability" else scim_type)
    assert sap.get(f"Users/{made['id']}").json == made


def test_what_is_missing_answers_404_to_every_method(sap: Caller) -> None:
    for kind in ("Users", "Groups"):
        body = {"schemas": [USER if kind == "Users" else GROUP], "userName": "x@y.example", "displayName": "x"}
        replies = (
            sap.get(f"{kind}/{NOBODY}"),
            sap.put(f"{kind}/{NOBODY}", body),
            sap.patch(f"{kind}/{NOBODY}", {"op": "replace", "path": "displayName", "value": "x"}),
            sap.delete(f"{kind}/{NOBODY}"),
        )
        assert [(reply.status, reply.json["schemas"]) for reply in replies] == [(404, [ERROR])] * 4


def test_bodies_that_are_no_resource_are_refused(sap: Caller) -> None:
    for body in (b"", b"[]", b"{", b'"text"', b"null"):
        assert sap.send("POST", "Users", body).status == 400, body
    assert sap.post("Users", {"schemas": [USER]}).status == 400
    assert sap.post("Groups", {"schemas": [GROUP]}).status == 400
    assert sap.send("POST", "Users", person("xml"), Content_Type="text/xml").status == 415
    assert sap.send("PATCH", "Users", {}).status == 405


# ---------------------------------------------------------------- reading


def test_list_pages_and_filters(house: House) -> None:
    sap = house.org("sap-lists").caller("sap", patch_answer="empty")
    names = [f"seite{number}" for number in range(6)]
    for name in names:
        sap.create("Users", person(name))
    first = sap.get("Users", startIndex=1, count=4).json
    second = sap.get("Users", startIndex=5, count=4).json
    assert [len(page["Resources"]) for page in (first, second)] == [4, 2]
    assert {page["totalResults"] for page in (first, second)} == {6}
    assert sap.get("Users", count=0).json["totalResults"] == 6
    assert sap.get("Users", count=-3).json.get("Resources", []) == []
    assert sap.get("Users", startIndex=-5, count=2).json["startIndex"] == 1
    assert sap.get("Users", startIndex=100).json["totalResults"] == 6
    for text, found in (
        ('userName sw "seite"', 6),
        ('userName co "ITE3@"', 1),
        ('userName ew "@northlight.example"', 6),
        ('userName eq "seite1@northlight.example" or userName eq "seite2@northlight.example"', 2),
        ('name.familyName eq "brandt" and not (userName sw "seite0")', 5),
        ('emails[type eq "home" and value sw "seite4"]', 1),
        ('emails.value eq "seite5@home.example"', 1),
        ("title pr", 0),
        ("nickName pr or userType pr", 6),
        (f'{ENTERPRISE}:employeeNumber eq "E-seite3"', 1),
        ('meta.created gt "2011-05-13T04:42:34Z"', 6),
        ("active ne true", 0),
        ('userName gt "seite3"', 3),
    ):
        assert len(sap.found("Users", text)) == found, text
    for text in ("userName", 'userName qq "x"', 'userName eq "x', '(userName eq "x"', 'eq "x"', "userName eq", 'emails[type eq "x"'):
        refused = sap.get("Users", filter=text)
        assert (refused.status, refused.json["scimType"]) == (400, "invalidFilter"), text


def test_attributes_are_chosen_on_reading_and_writing(sap: Caller) -> None:
    made = sap.post("Users", person("elke"), attributes="userName,name.familyName")
    assert made.status == 201
    assert set(made.json) - {"schemas", "meta"} == {"id", "userName", "name"}
    assert made.json["name"] == {"familyName": "Brandt"}
    place = f"Users/{made.json['id']}"
    assert "emails" not in sap.get(place, excludedAttributes="emails").json
    assert set(sap.get(place, attributes=f"{ENTERPRISE}:costCenter").json[ENTERPRISE]) == {"costCenter"}
    assert {"id", "schemas"} <= set(sap.get(place, excludedAttributes="id,schemas").json)


# ---------------------------------------------------------------- groups


def test_groups_hold_people_and_forget_the_deleted(sap: Caller) -> None:
    first, second = (sap.create("Users", person(name)) for name in ("fritz", "gisa"))
    made = sap.create("Groups", {"schemas": [GROUP], "displayName": "Stuttgart", "members": [{"value": first["id"], "type": "User"}]})
    place = f"Groups/{made['id']}"
    (member,) = made["members"]
    assert (member["type"], member["$ref"].endswith(f"/Users/{first['id']}"), member["display"]) == ("User", True, "Fritz Brandt")
    seen = emptied(sap, place, {"op": "add", "path": "members", "value": [{"value": second["id"]}, {"value": first["id"]}]})
    assert sorted(one["value"] for one in seen["members"]) == sorted((first["id"], second["id"]))
    assert [held["value"] for held in sap.get(f"Users/{second['id']}").json["groups"]] == [made["id"]]
    seen = emptied(sap, place, {"op": "remove", "path": f'members[value eq "{first["id"]}"]'})
    assert [one["value"] for one in seen["members"]] == [second["id"]]
    assert sap.delete(f"Users/{second['id']}").status == 204
    assert sap.get(place).json.get("members", []) == []
    seen = emptied(sap, place, {"op": "replace", "value": {"displayName": "Stuttgart West"}})
    assert seen["displayName"] == "Stuttgart West"
    assert sap.delete(place).status == 204


def test_renamed_person_is_shown_by_the_new_name_in_groups(sap: Caller) -> None:
    user = sap.create("Users", person("heinz"))
    made = sap.create("Groups", {"schemas": [GROUP], "displayName": "Ulm", "members": [{"value": user["id"]}]})
    emptied(sap, f"Users/{user['id']}", {"op": "replace", "path": "displayName", "value": "Heinz Neu"})
    assert [one["display"] for one in sap.get(f"Groups/{made['id']}").json["members"]] == ["Heinz Neu"]


def test_versions_guard_writes(sap: Caller) -> None:
    made = sap.post("Users", person("inge"))
    place, version = f"Users/{made.json['id']}", made.headers["etag"]
    assert sap.send("GET", place, If_None_Match=version).status == 304
    operation = {"op": "replace", "path": "title", "value": "Lead"}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    assert sap.send("PATCH", place, body, If_Match=version).status == 204
    for stale in (sap.send("PATCH", place, body, If_Match=version), sap.send("DELETE", place, If_Match=version)):
        assert (stale.status, stale.json["schemas"]) == (412, [ERROR])
    assert sap.send("DELETE", place, If_Match="*").status == 204
