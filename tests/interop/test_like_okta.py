"""What Okta's published tests and its live provisioning send, in our own words and with our own people.

The order inside a test is a whole session: connection test, look-up before create, create, profile push, deactivate, return, group push.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from served_org import ENTERPRISE, ERROR, GROUP, LIST, USER, Caller, House, Reply

ANSWER_SECONDS_MAX = 0.6  # Okta's own tests demand it
NOBODY = "00u0000000000nobody"


@pytest.fixture(scope="module")
def okta(house: House) -> Caller:
    return house.org("okta-like").caller("okta", "okta", content_type="application/scim+json; charset=utf-8")


@pytest.fixture(scope="module")
def strict(house: House) -> Caller:
    """The Okta app for Genesys Cloud against an org that behaves as Genesys does."""
    return house.org("okta-strict", "strict").caller("okta", "okta")


def person(name: str, **more: Any) -> dict[str, Any]:
    email = f"{name}@northlight.example"
    return {
        "schemas": [USER],
        "userName": email,
        "name": {"givenName": name.title(), "familyName": "Ødegård"},
        "emails": [{"primary": True, "value": email, "type": "work"}],
        "displayName": f"{name.title()} Ødegård",
        "locale": "en-US",
        "externalId": f"00u{name}",
        "groups": [],
        "password": "1mz050nq-Northlight",
        "active": True,
        **more,
    }


def check_error(reply: Reply, status: int) -> None:
    assert reply.status == status, reply.body
    assert reply.json["schemas"] == [ERROR]
    assert reply.json["status"] == str(status)
    assert reply.json["detail"]


# ---------------------------------------------------------------- the published specification test


def test_first_page_of_one_shows_a_whole_person(okta: Caller) -> None:
    okta.create("Users", person("anneli"))
    page = okta.get("Users", count=1, startIndex=1)
    assert page.status == 200
    assert page.json["schemas"] == [LIST]
    for field in ("itemsPerPage", "startIndex", "totalResults"):
        assert type(page.json[field]) is int, field
    (first,) = page.json["Resources"]
    assert first["id"]
    assert first["userName"]
    assert first["active"] in (True, False)
    assert first["name"]["familyName"]
    assert first["name"]["givenName"]
    assert first["emails"][0]["value"]
    assert okta.get(f"Users/{first['id']}").json == first


def test_name_that_nobody_bears_is_an_empty_list(okta: Caller) -> None:
    reply = okta.get("Users", filter='userName eq "abcdefgh@atko.example"', startIndex=1, count=100)
    assert (reply.status, reply.json["totalResults"], reply.json["schemas"]) == (200, 0, [LIST])
    assert reply.json.get("Resources", []) == []


def test_id_that_nobody_bears_is_a_404_with_a_detail(okta: Caller) -> None:
    check_error(okta.get(f"Users/{NOBODY}"), 404)
    check_error(okta.get(f"Groups/{NOBODY}"), 404)


def test_person_is_created_read_back_and_not_created_twice(okta: Caller) -> None:
    started = time.monotonic()
    made = okta.post("Users", person("birgit"))
    assert time.monotonic() - started < ANSWER_SECONDS_MAX
    assert made.status == 201
    assert made.headers["content-type"].startswith("application/scim+json")
    body = made.json
    assert (body["active"], body["userName"]) == (True, "birgit@northlight.example")
    assert (body["name"]["familyName"], body["name"]["givenName"]) == ("Ødegård", "Birgit")
    assert USER in body["schemas"]
    assert "password" not in body
    assert made.headers["location"] == body["meta"]["location"]
    seen = okta.get(f"Users/{body['id']}").json
    assert seen == body
    again = okta.post("Users", person("birgit"))
    check_error(again, 409)
    assert again.json["scimType"] == "uniqueness"
    check_error(okta.post("Users", person("Birgit")), 409)  # names come in any case


def test_groups_are_listed_quickly(okta: Caller) -> None:
    started = time.monotonic()
    reply = okta.get("Groups")
    assert (reply.status, reply.json["schemas"]) == (200, [LIST])
    assert time.monotonic() - started < ANSWER_SECONDS_MAX


@pytest.mark.parametrize("credential", [None, "non-token", "Bearer ", "Bearer guessed", "Basic b2t0YTpva3Rh"])
def test_bad_credential_is_a_401_with_a_scim_error(okta: Caller, credential: str | None) -> None:
    for path in ("Users?startIndex=1&count=2", "Users", "Groups"):
        check_error(okta.send("GET", path, Authorization=credential), 401)
    check_error(okta.send("POST", "Users", person("intruder"), Authorization=credential), 401)
    assert okta.found("Users", 'userName eq "intruder@northlight.example"') == []


# ---------------------------------------------------------------- the published life-cycle test


def test_whole_life_of_a_person(okta: Caller) -> None:
    text = 'userName eq "chiara@northlight.example"'
    assert okta.get("Users", filter=text, startIndex=1, count=100).json["totalResults"] == 0
    made = okta.create("Users", person("chiara"))
    place = f"Users/{made['id']}"

    pushed = okta.put(place, {**made, "groups": [], "name": {"givenName": "Chiara", "familyName": "Conti"}, "title": "Lead"})
    assert pushed.status == 200, pushed.body
    assert (pushed.json["name"]["familyName"], pushed.json["title"], pushed.json["externalId"]) == ("Conti", "Lead", "00uchiara")

    gone = okta.patch(place, {"op": "replace", "value": {"active": False}})
    assert gone.status in (200, 204)
    assert okta.get(place).json["active"] is False
    (found,) = okta.found("Users", text, startIndex=1, count=100)  # he must stay findable
    assert (found["id"], found["active"]) == (made["id"], False)

    assert okta.patch(place, {"op": "replace", "value": {"active": True}}).status in (200, 204)
    assert okta.get(place).json["active"] is True
    assert okta.put(place, {**okta.get(place).json, "active": False}).json["active"] is False
    assert okta.patch(place, {"op": "Replace", "path": "active", "value": True}).status in (200, 204)
    assert okta.get(place).json["active"] is True
    assert okta.get(place).json["name"]["familyName"] == "Conti"


def test_wizard_puts_back_what_it_read_with_all_read_only_parts(okta: Caller) -> None:
    made = okta.create("Users", person("dorota"))
    group = okta.create("Groups", {"schemas": [GROUP], "displayName": "Wrocław", "members": [{"value": made["id"]}]})
    read = okta.get(f"Users/{made['id']}").json
    assert [held["value"] for held in read["groups"]] == [group["id"]]
    read["meta"]["version"] = '"0"'
    read["meta"]["location"] = "http://elsewhere.example/Users/1"
    read["groups"] = [{"value": "elsewhere", "display": "Elsewhere"}]
    replaced = okta.put(f"Users/{made['id']}", {**read, "nickName": "Dora", "okta": {"unknown": True}})
    assert (replaced.status, replaced.json["nickName"]) == (200, "Dora"), replaced.body
    assert [held["value"] for held in replaced.json["groups"]] == [group["id"]]
    assert [member["value"] for member in okta.get(f"Groups/{group['id']}").json["members"]] == [made["id"]]
    assert replaced.json["meta"]["location"] == made["meta"]["location"]


def test_profile_push_of_a_missing_person_is_a_404(okta: Caller) -> None:
    check_error(okta.put(f"Users/{NOBODY}", person("nobody")), 404)
    check_error(okta.patch(f"Users/{NOBODY}", {"op": "replace", "value": {"active": False}}), 404)


def test_changed_user_name_moves_the_look_up_with_it(okta: Caller) -> None:
    made = okta.create("Users", person("elif"))
    renamed = okta.put(f"Users/{made['id']}", {**made, "userName": "elif.kaya@northlight.example"})
    assert (renamed.status, renamed.json["userName"]) == (200, "elif.kaya@northlight.example")
    assert okta.found("Users", 'userName eq "elif@northlight.example"') == []
    assert [found["id"] for found in okta.found("Users", 'userName eq "ELIF.KAYA@northlight.example"')] == [made["id"]]
    other = okta.create("Users", person("elif", externalId="00uelif2"))  # the freed name may be taken again
    check_error(okta.put(f"Users/{other['id']}", {**other, "userName": "elif.kaya@northlight.example"}), 409)


@pytest.mark.parametrize("name", ["o'brien", "jörg+test", 'quo"te', "back\\slash", "percent%20", "渡辺", "a&b=c"])
def test_name_with_signs_that_urls_and_filters_escape_is_found(okta: Caller, name: str) -> None:
    made = okta.create("Users", person(name, emails=[]))
    written = f"{name}@northlight.example".replace("\\", "\\\\").replace('"', '\\"')
    assert [found["id"] for found in okta.found("Users", f'userName eq "{written}"')] == [made["id"]]


def test_enterprise_profile_is_kept_as_sent(okta: Caller) -> None:
    work = {"employeeNumber": "0071", "costCenter": "CC-9", "organization": "Northlight", "division": "Care", "department": "Voice"}
    boss = okta.create("Users", person("fatou"))
    work["manager"] = {"value": boss["id"], "displayName": "Fatou"}  # type: ignore[assignment]
    phones = [{"value": "1-555-415-1337", "type": "work", "primary": True}, {"value": "(555) 0100", "type": "mobile"}]
    made = okta.create("Users", person("goran", schemas=[USER, ENTERPRISE], phoneNumbers=phones, **{ENTERPRISE: work}))
    seen = okta.get(f"Users/{made['id']}").json
    assert {name: seen[ENTERPRISE][name] for name in work if name != "manager"} == {n: v for n, v in work.items() if n != "manager"}
    assert seen[ENTERPRISE]["manager"]["value"] == boss["id"]
    assert [(phone["type"], phone["value"]) for phone in seen["phoneNumbers"]] == [("work", "1-555-415-1337"), ("mobile", "(555) 0100")]


# ---------------------------------------------------------------- import


def test_full_import_sees_everybody_once_inactive_ones_too(house: House) -> None:
    okta = house.org("okta-import").caller("okta", "okta")
    ids = [okta.create("Users", person(f"import{number}"))["id"] for number in range(7)]
    okta.patch(f"Users/{ids[3]}", {"op": "replace", "value": {"active": False}})
    seen: list[dict[str, Any]] = []
    while True:
        page = okta.get("Users", startIndex=len(seen) + 1, count=3).json
        assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (len(seen) + 1, len(page["Resources"]), 7)
        seen += page["Resources"]
        if len(seen) >= page["totalResults"]:
            break
    assert sorted(user["id"] for user in seen) == sorted(ids)
    assert [user["id"] for user in seen if not user["active"]] == [ids[3]]
    beyond = okta.get("Users", startIndex=8, count=3).json
    assert (beyond["totalResults"], beyond.get("Resources", [])) == (7, [])


def test_incremental_import_asks_for_what_changed_since(house: House) -> None:
    okta = house.org("okta-delta").caller("okta", "okta")
    first, second = (okta.create("Users", person(name)) for name in ("hedda", "ivar"))
    moment = second["meta"]["lastModified"]
    assert [found["id"] for found in okta.found("Users", f'meta.lastModified gt "{moment}"', startIndex=1, count=100)] == []
    okta.patch(f"Users/{first['id']}", {"op": "replace", "value": {"title": "Lead"}})
    assert [found["id"] for found in okta.found("Users", f'meta.lastModified gt "{moment}"', startIndex=1, count=100)] == [first["id"]]
    assert len(okta.found("Users", 'meta.lastModified gt "2011-05-13T04:42:34Z"')) == 2


# ---------------------------------------------------------------- group push


def test_group_push_from_creation_to_unlinking(okta: Caller) -> None:
    people = [okta.create("Users", person(f"pushed{number}")) for number in range(3)]
    one, two, three = (each["id"] for each in people)
    assert okta.get("Groups", filter='displayName eq "Porto agents"', startIndex=1, count=100).json["totalResults"] == 0
    made = okta.create("Groups", {"schemas": [GROUP], "displayName": "Porto agents", "members": []})
    place = f"Groups/{made['id']}"

    def members() -> list[str]:
        return sorted(member["value"] for member in okta.get(place).json.get("members", []))

    named = {"op": "replace", "value": {"id": made["id"], "displayName": "Porto agents"}}
    assert okta.patch(place, named).status in (200, 204)
    add = {"op": "add", "path": "members", "value": [{"value": one, "display": people[0]["userName"]}, {"value": two, "display": "x"}]}
    assert okta.patch(place, add).status in (200, 204)
    assert members() == sorted((one, two))
    assert okta.patch(place, add).status in (200, 204)  # sent again
    assert members() == sorted((one, two))

    swap = [
        {"op": "remove", "path": f'members[value eq "{one}"]'},
        {"op": "add", "path": "members", "value": [{"value": three, "display": people[2]["userName"]}]},
    ]
    assert okta.patch(place, *swap).status in (200, 204)
    assert members() == sorted((two, three))
    assert [member["type"] for member in okta.get(place).json["members"]] == ["User", "User"]

    renamed = {"op": "replace", "value": {"id": made["id"], "displayName": "Porto agents (day)"}}
    assert okta.patch(place, renamed).status in (200, 204)
    assert okta.get(place).json["displayName"] == "Porto agents (day)"
    assert members() == sorted((two, three))

    assert okta.patch(place, {"op": "replace", "path": "members", "value": [{"value": one}]}).status in (200, 204)
    assert members() == [one]
    put = okta.put(
        place, {"schemas": [GROUP], "id": made["id"], "displayName": "Porto agents", "members": [{"value": two}, {"value": three}]}
    )
    assert (put.status, put.json["displayName"]) == (200, "Porto agents")
    assert members() == sorted((two, three))
    assert okta.patch(place, {"op": "replace", "path": "members", "value": []}).status in (200, 204)
    assert members() == []
    assert okta.delete(place).status == 204
    check_error(okta.get(place), 404)
    assert okta.get(f"Users/{one}").status == 200


def test_group_that_exists_is_linked_by_name_in_any_case(okta: Caller) -> None:
    made = okta.create("Groups", {"schemas": [GROUP], "displayName": "Łódź Support"})
    assert [found["id"] for found in okta.found("Groups", 'displayName eq "łódź support"')] == [made["id"]]
    assert [found["id"] for found in okta.get("Groups", startIndex=1, count=100).json["Resources"]].count(made["id"]) == 1


def test_one_request_with_a_bad_operation_changes_nothing(okta: Caller) -> None:
    made = okta.create("Users", person("jonna"))
    group = okta.create("Groups", {"schemas": [GROUP], "displayName": "Turku", "members": [{"value": made["id"]}]})
    refused = okta.patch(
        f"Groups/{group['id']}",
        {"op": "remove", "path": f'members[value eq "{made["id"]}"]'},
        {"op": "add", "path": "members", "value": [{"value": NOBODY}]},
    )
    check_error(refused, 400)
    assert [member["value"] for member in okta.get(f"Groups/{group['id']}").json["members"]] == [made["id"]]


def test_extra_resource_types_are_announced_as_they_are_served(okta: Caller) -> None:
    """Okta reads /ResourceTypes for roles and entitlements, lists their endpoints, then reads /Schemas for what it does not know."""
    schemas = {schema["id"] for schema in okta.get("Schemas").json["Resources"]}
    for kind in okta.get("ResourceTypes").json["Resources"]:
        assert kind["schema"] in schemas
        assert {extension["schema"] for extension in kind.get("schemaExtensions", [])} <= schemas
        listed = okta.get(kind["endpoint"].removeprefix("/"), startIndex=1, count=1)
        assert (listed.status, listed.json["schemas"]) == (200, [LIST])


# ---------------------------------------------------------------- against an org that behaves as Genesys Cloud


def test_life_of_a_person_in_a_strict_org(strict: Caller) -> None:
    text = 'userName eq "kaisa@northlight.example"'
    assert strict.get("Users", filter=text, startIndex=1, count=100).json["totalResults"] == 0
    made = strict.create("Users", person("kaisa"))
    place = f"Users/{made['id']}"
    assert (made["active"], made["displayName"], "name" in made) == (True, "Kaisa Ødegård", False)
    replaced = strict.put(place, {**person("kaisa"), "id": made["id"], "meta": made["meta"], "title": "Lead"})
    assert (replaced.status, replaced.json["title"]) == (200, "Lead")
    assert strict.patch(place, {"op": "replace", "value": {"active": False}}).json["active"] is False
    assert [found["id"] for found in strict.found("Users", text, startIndex=1, count=100)] == [made["id"]]
    assert strict.patch(place, {"op": "replace", "value": {"active": True}}).json["active"] is True
    check_error(strict.post("Users", person("KAISA")), 409)


def test_groups_of_a_strict_org_are_linked_not_created(strict: Caller) -> None:
    check_error(strict.post("Groups", {"schemas": [GROUP], "displayName": "New"}), 403)
    host = strict.base.removesuffix("/scim/v2")
    platform = Caller(f"{host}/api/v2", strict.token, "application/json")
    made = platform.post("groups", {"name": "Bergen", "type": "official", "visibility": "public", "rulesVisible": True}).json
    platform.close()
    (linked,) = strict.found("Groups", 'displayName eq "BERGEN"', startIndex=1, count=100)
    assert linked["id"] == made["id"]
    user = strict.create("Users", person("lumi"))
    place = f"Groups/{linked['id']}"
    assert strict.patch(place, {"op": "replace", "value": {"id": linked["id"], "displayName": "Bergen"}}).status == 200
    added = strict.patch(place, {"op": "add", "path": "members", "value": [{"value": user["id"], "display": user["userName"]}]})
    assert [member["value"] for member in added.json["members"]] == [user["id"]]
    emptied = strict.patch(place, {"op": "replace", "path": "members", "value": []})
    assert (emptied.status, emptied.json.get("members", [])) == (200, [])
    check_error(strict.patch(place, {"op": "replace", "value": {"id": linked["id"], "displayName": "Oslo"}}), 400)
