"""What Microsoft's SCIM Validator, its gallery checks and Entra's provisioning cycles send, in our own words and with our own people.

Both wire shapes: the old one (capitalised operations, booleans as text, values in arrays) and that of the flag aadOptscim062020.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from entra_sessions import NOBODY, changed, check_error, person
from served_org import ENTERPRISE, GENESYS, GROUP, LIST, USER, Caller, House


@pytest.fixture(scope="module")
def entra(house: House) -> Caller:
    return house.org("entra-like").caller("entra", "entra")


@pytest.fixture(scope="module")
def strict(house: House) -> Caller:
    """The gallery app for Genesys Cloud against an org that behaves as Genesys does."""
    return house.org("entra-strict", "strict", {"role": ("Agent", "Supervisor"), "division": ("Sales",)}).caller("entra", "entra")


# ---------------------------------------------------------------- connection test, discovery


def test_probe_for_a_name_that_cannot_exist_is_an_empty_list(entra: Caller) -> None:
    reply = entra.get("Users", filter=f'userName eq "{uuid.uuid4()}"')
    assert (reply.status, reply.json["totalResults"], reply.json["schemas"]) == (200, 0, [LIST])
    assert reply.json.get("Resources", []) == []
    reply = entra.get("Groups", excludedAttributes="members", filter=f'displayName eq "{uuid.uuid4()}"')
    assert (reply.status, reply.json["totalResults"]) == (200, 0)


def test_wrong_token_is_a_401(entra: Caller) -> None:
    check_error(entra.send("GET", "Users", Authorization="Bearer eyJhbGciOiJub25lIn0.e30."), 401)


def test_schemas_list_every_attribute_that_is_mapped(entra: Caller) -> None:
    schemas = {schema["id"]: {one["name"] for one in schema["attributes"]} for schema in entra.get("Schemas").json["Resources"]}
    mapped = set(person("x")) - {"schemas", "meta", "externalId", ENTERPRISE}
    assert mapped <= schemas[USER]
    assert set(person("x")[ENTERPRISE]) <= schemas[ENTERPRISE]
    assert {"displayName", "members"} <= schemas[GROUP]
    for schema in (USER, ENTERPRISE, GROUP):
        assert entra.get(f"Schemas/{schema}").json["id"] == schema


def test_page_of_five_echoes_what_was_asked(entra: Caller) -> None:
    for number in range(7):
        entra.create("Users", {"schemas": [USER], "userName": f"five{number}@northlight.example"})
    for start in (1, 2, 6):
        page = entra.get("Users", startIndex=start, count=5).json
        assert (page["startIndex"], page["itemsPerPage"], len(page["Resources"])) == (
            start,
            len(page["Resources"]),
            min(5, page["totalResults"] - start + 1),
        )


# ---------------------------------------------------------------- people


def test_person_comes_back_exactly_as_sent(entra: Caller) -> None:
    sent = person("anders")
    made = entra.create("Users", sent)
    seen = entra.get(f"Users/{made['id']}").json
    assert seen == made
    for name in set(sent) - {"schemas", "meta", "emails", "addresses", "roles", ENTERPRISE}:
        assert seen[name] == sent[name], name
    assert [(email["type"], email["value"], email["primary"]) for email in seen["emails"]] == [("work", sent["userName"], True)]
    assert {**seen["addresses"][0], "primary": "true"} == sent["addresses"][0]
    for name in ("employeeNumber", "department", "costCenter", "organization", "division"):
        assert seen[ENTERPRISE][name] == sent[ENTERPRISE][name]
    assert seen[ENTERPRISE]["manager"]["value"] == "IYKPMMPB"
    assert {USER, ENTERPRISE} <= set(seen["schemas"])


def test_second_person_of_that_name_is_a_conflict(entra: Caller) -> None:
    entra.create("Users", person("bodil"))
    again = entra.post("Users", person("bodil", externalId="aad-other"))
    check_error(again, 409)
    assert again.json["scimType"] == "uniqueness"


@pytest.mark.parametrize("written", ["carina@northlight.example", "CARINA@northlight.example", "Carina@Northlight.Example"])
def test_person_is_found_by_name_in_any_case(entra: Caller, written: str) -> None:
    if not entra.found("Users", 'userName eq "carina@northlight.example"'):
        entra.create("Users", person("carina"))
    assert [found["userName"] for found in entra.found("Users", f'userName eq "{written}"')] == ["carina@northlight.example"]


def test_matching_filters_find_the_one_person(entra: Caller) -> None:
    made = entra.create("Users", person("daniel"))
    for text in (
        'externalId eq "aad-daniel"',
        'emails[type eq "work"].value eq "daniel@northlight.example"',
        'emails[type eq "work" and value eq "daniel@northlight.example"]',
        f'id eq "{made["id"]}"',
        'userName eq "daniel@northlight.example" and active eq true',
        'userName Eq "daniel@northlight.example" And active Eq "True"',
        f'{USER}:userName eq "daniel@northlight.example"',
        "userName eq daniel@northlight.example",
    ):
        assert [found["id"] for found in entra.found("Users", text)] == [made["id"]], text


def test_reference_is_probed_with_id_and_manager(entra: Caller) -> None:
    """Entra asks so whether a reference is already set, instead of reading it."""
    boss = entra.create("Users", person("boss"))
    made = entra.create("Users", person("dorte", **{ENTERPRISE: {"manager": {"value": boss["id"]}}}))
    for value, found in ((boss["id"], [made["id"]]), (NOBODY, [])):
        text = f'id eq "{made["id"]}" and manager eq "{value}"'
        assert [one["id"] for one in entra.found("Users", text, attributes="id")] == found


def test_attributes_are_replaced_one_operation_each(entra: Caller) -> None:
    made = entra.create("Users", person("ebba"))
    paths = {
        "userName": "ebba.berg@northlight.example",
        "displayName": "Ebba Berg",
        "title": "RNDVGWZC",
        "preferredLanguage": "sv-SE",
        "name.givenName": "Ebba",
        "name.familyName": "Berg",
        "name.formatted": "Ebba Berg",
        'emails[type eq "work"].value': "ebba.berg@northlight.example",
        'emails[type eq "work"].primary': True,
        'addresses[type eq "work"].formatted': "BNEUMXYZ",
        'addresses[type eq "work"].streetAddress': "66 Nytorv",
        'addresses[type eq "work"].locality': "AALBORG",
        'addresses[type eq "work"].postalCode': "9000",
        'addresses[type eq "work"].country': "DK",
        'phoneNumbers[type eq "work"].value': "46-358-0001",
        'phoneNumbers[type eq "mobile"].value': "46-358-0002",
        'phoneNumbers[type eq "fax"].value': "46-358-0003",
        f"{ENTERPRISE}:employeeNumber": "E-2",
        f"{ENTERPRISE}:department": "D-2",
        f"{ENTERPRISE}:costCenter": "C-2",
        f"{ENTERPRISE}:organization": "O-2",
        f"{ENTERPRISE}:division": "V-2",
        "locale": "WHATEVER",
        "timezone": "Europe/Oslo",
        "userType": "Contractor",
        "nickName": "Ebbe",
        "profileUrl": "NOURLATALL",
        "externalId": "aad-ebba-2",
    }
    seen = changed(entra, f"Users/{made['id']}", *({"op": "Replace", "path": path, "value": value} for path, value in paths.items()))
    assert (seen["userName"], seen["displayName"], seen["name"]) == (
        "ebba.berg@northlight.example",
        "Ebba Berg",
        {"formatted": "Ebba Berg", "familyName": "Berg", "givenName": "Ebba"},
    )
    assert (seen["addresses"][0]["streetAddress"], seen["addresses"][0]["locality"], seen["addresses"][0]["region"]) == (
        "66 Nytorv",
        "AALBORG",
        "LPJMPKYQ",
    )
    assert {phone["type"]: phone["value"] for phone in seen["phoneNumbers"]} == {
        "work": "46-358-0001",
        "mobile": "46-358-0002",
        "fax": "46-358-0003",
    }
    assert {name: value for name, value in seen[ENTERPRISE].items() if name != "manager"} == {
        "employeeNumber": "E-2",
        "department": "D-2",
        "costCenter": "C-2",
        "organization": "O-2",
        "division": "V-2",
    }
    assert (seen["locale"], seen["profileUrl"], seen["nickName"], seen["externalId"]) == ("WHATEVER", "NOURLATALL", "Ebbe", "aad-ebba-2")


def test_attributes_that_were_missing_are_added_through_paths(entra: Caller) -> None:
    made = entra.create("Users", {"schemas": [USER, ENTERPRISE], "userName": "frode@northlight.example", "active": True})
    paths = {
        "displayName": "Frode Dahl",
        "name.givenName": "Frode",
        "name.familyName": "Dahl",
        'emails[type eq "work"].value': "frode@work.example",
        'emails[type eq "home"].value': "frode@home.example",
        'addresses[type eq "work"].streetAddress': "1 Kaigata",
        'addresses[type eq "work"].locality': "Bergen",  # a second operation on the element that the first one made
        'phoneNumbers[type eq "mobile"].value': "+47 55 55 01 00",
        f"{ENTERPRISE}:department": "Care",
        f"{ENTERPRISE}:manager": NOBODY,
        'roles[primary eq "True"].value': "Agent",
    }
    seen = changed(entra, f"Users/{made['id']}", *({"op": "Add", "path": path, "value": value} for path, value in paths.items()))
    assert seen["name"] == {"givenName": "Frode", "familyName": "Dahl"}
    assert {email["type"]: email["value"] for email in seen["emails"]} == {"work": "frode@work.example", "home": "frode@home.example"}
    (address,) = seen["addresses"]
    assert (address["type"], address["streetAddress"], address["locality"]) == ("work", "1 Kaigata", "Bergen")
    assert [(phone["type"], phone["value"]) for phone in seen["phoneNumbers"]] == [("mobile", "+47 55 55 01 00")]
    assert seen[ENTERPRISE]["manager"]["value"] == NOBODY
    assert [role["value"] for role in seen["roles"] if role.get("primary")] == ["Agent"]


def test_verbose_request_replaces_with_values_in_one_map(entra: Caller) -> None:
    """The shape of the flag aadOptscim062020: lower-case operations, real booleans, one map whose keys are paths."""
    made = entra.create("Users", person("gerda"))
    value = {
        "displayName": "Gerda Lund",
        "name.givenName": "Gerda",
        "name.familyName": "Lund",
        "active": True,
        f"{ENTERPRISE}:employeeNumber": "E-3",
        f"{ENTERPRISE}:department": "Voice",
        'emails[type eq "work"].value': "gerda.lund@northlight.example",
        'phoneNumbers[type eq "work"].value': "46-000-0000",
    }
    seen = changed(entra, f"Users/{made['id']}", {"op": "replace", "value": value})
    assert (seen["displayName"], seen["name"]["familyName"], seen["active"]) == ("Gerda Lund", "Lund", True)
    assert (seen[ENTERPRISE]["employeeNumber"], seen[ENTERPRISE]["department"], seen[ENTERPRISE]["costCenter"]) == (
        "E-3",
        "Voice",
        "VTXSMWLW",
    )
    assert [email["value"] for email in seen["emails"]] == ["gerda.lund@northlight.example"]
    assert {phone["type"]: phone["value"] for phone in seen["phoneNumbers"]}["work"] == "46-000-0000"
    nested = changed(
        entra, f"Users/{made['id']}", {"op": "add", "value": {"name": {"givenName": "Gerd"}, ENTERPRISE: {"division": "North"}}}
    )
    assert (nested["name"]["givenName"], nested["name"]["familyName"]) == ("Gerd", "Lund")
    assert (nested[ENTERPRISE]["division"], nested[ENTERPRISE]["department"]) == ("North", "Voice")


def test_values_are_removed_by_every_kind_of_path(entra: Caller) -> None:
    made = entra.create("Users", person("henning"))
    paths = (
        "title",
        "name.formatted",
        'phoneNumbers[type eq "fax"]',
        'addresses[type eq "work"].region',
        f"{ENTERPRISE}:costCenter",
        "nickName",
    )
    seen = changed(entra, f"Users/{made['id']}", *({"op": "Remove", "path": path} for path in paths))
    assert not {"title", "nickName"} & set(seen)
    assert "formatted" not in seen["name"]
    assert {phone["type"] for phone in seen["phoneNumbers"]} == {"work", "mobile"}
    assert "region" not in seen["addresses"][0]
    assert "costCenter" not in seen[ENTERPRISE]
    again = changed(entra, f"Users/{made['id']}", {"op": "Remove", "path": 'phoneNumbers[type eq "work"].value'})
    assert {phone["type"] for phone in again["phoneNumbers"] if phone.get("value")} == {"mobile"}


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_text_and_null_clear_a_value(entra: Caller, nothing: str | None) -> None:
    made = entra.create("Users", person(f"ida{nothing is None}"))
    operations = [{"op": "Replace", "path": path, "value": nothing} for path in ("title", f"{ENTERPRISE}:department", "name.formatted")]
    seen = changed(entra, f"Users/{made['id']}", *operations)
    assert ("title" in seen, "department" in seen[ENTERPRISE], "formatted" in seen["name"]) == (False, False, False)


def test_manager_is_added_replaced_and_removed_in_all_spellings(entra: Caller) -> None:
    first, second = (entra.create("Users", person(name))["id"] for name in ("johan", "karin"))
    place = f"Users/{entra.create('Users', {'schemas': [USER], 'userName': 'leif@northlight.example'})['id']}"

    def manager_after(*operations: dict[str, Any]) -> str | None:
        seen = changed(entra, place, *operations)
        found: str | None = seen.get(ENTERPRISE, {}).get("manager", {}).get("value")
        return found

    path = f"{ENTERPRISE}:manager"
    assert manager_after({"op": "Add", "path": path, "value": first}) == first
    assert manager_after({"op": "Replace", "path": path, "value": {"value": second}}) == second
    assert manager_after({"op": "Replace", "path": path, "value": {"$ref": "x", "value": first}}) == first
    assert manager_after({"op": "replace", "path": f"{path}.value", "value": second}) == second
    assert manager_after({"op": "Replace", "path": path, "value": [{"value": first}]}) == first
    assert manager_after({"op": "Replace", "path": path, "value": {"value": ""}}) is None
    assert manager_after({"op": "Add", "path": path, "value": second}) == second
    assert manager_after({"op": "Replace", "path": path, "value": ""}) is None
    assert manager_after({"op": "replace", "value": {path: first}}) == first
    assert manager_after({"op": "Remove", "path": path}) is None
    assert manager_after({"op": "add", "value": {ENTERPRISE: {"manager": {"value": second}}}}) == second
    assert manager_after({"op": "Remove", "path": path, "value": second}) is None


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "value": {"active": "false"}},
        {"op": "replace", "value": {"active": False}},
        {"op": "Add", "path": "active", "value": "FALSE"},
    ],
)
def test_person_is_disabled_in_every_spelling_and_stays_readable(entra: Caller, operation: dict[str, Any]) -> None:
    name = f"mats{uuid.uuid4().hex}"
    made = entra.create("Users", person(name))
    assert changed(entra, f"Users/{made['id']}", operation)["active"] is False
    assert [found["active"] for found in entra.found("Users", f'userName eq "{name}@northlight.example"')] == [False]
    assert changed(entra, f"Users/{made['id']}", {"op": "Replace", "path": "active", "value": "True"})["active"] is True


def test_thirty_five_operations_in_one_request(entra: Caller) -> None:
    made = entra.create("Users", person("nils"))
    operations = [{"op": "Replace", "path": "title", "value": f"T{number}"} for number in range(30)]
    operations += [{"op": "Add", "path": f'phoneNumbers[type eq "{kind}"].value', "value": "1"} for kind in ("home", "other", "pager")]
    operations += [{"op": "Remove", "path": "nickName"}, {"op": "Replace", "path": "active", "value": "False"}]
    seen = changed(entra, f"Users/{made['id']}", *operations)
    assert (seen["title"], seen["active"], "nickName" in seen, len(seen["phoneNumbers"])) == ("T29", False, False, 6)


def test_person_is_deleted_once(entra: Caller) -> None:
    made = entra.create("Users", person("oda"))
    assert entra.delete(f"Users/{made['id']}").status == 204
    check_error(entra.get(f"Users/{made['id']}"), 404)
    check_error(entra.delete(f"Users/{made['id']}"), 404)
    check_error(entra.delete(f"Users/{NOBODY}"), 404)
    assert entra.found("Users", 'userName eq "oda@northlight.example"') == []
    entra.create("Users", person("oda", externalId="aad-oda-2"))  # the name is free again


def test_quiet_cycle_changes_no_version(entra: Caller) -> None:
    made = entra.create("Users", person("peder"))
    same = {"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "46-358-4756"}
    seen = changed(entra, f"Users/{made['id']}", same, {"op": "Replace", "path": "active", "value": "True"})
    assert (seen["meta"]["version"], seen["meta"]["lastModified"]) == (made["meta"]["version"], made["meta"]["lastModified"])


# ---------------------------------------------------------------- against an org that behaves as Genesys Cloud


def test_gallery_mapping_against_a_strict_org(strict: Caller) -> None:
    assert strict.get("Users", filter=f'userName eq "{uuid.uuid4()}"').json["totalResults"] == 0
    boss = strict.create("Users", {"schemas": [USER], "userName": "boss@northlight.example", "displayName": "Boss"})
    sent = {
        "schemas": [USER, ENTERPRISE, GENESYS],
        "userName": "ulla@northlight.example",
        "active": True,
        "displayName": "Ulla Strand",
        "title": "Agent",
        "emails": [{"type": "work", "primary": True, "value": "ulla.work@northlight.example"}],
        "phoneNumbers": [{"type": "mobile", "value": "+4755550100"}],
        "roles": [],
        "meta": {"resourceType": "User"},
        ENTERPRISE: {"division": "Sales", "department": "Care", "employeeNumber": "7", "manager": boss["id"]},
        GENESYS: {"externalIds": [{"authority": "microsoftteams", "value": "t-7"}]},
    }
    made = strict.create("Users", sent)
    assert made[ENTERPRISE]["manager"]["value"] == boss["id"]
    seen = changed(
        strict,
        f"Users/{made['id']}",
        {"op": "Replace", "path": "displayName", "value": "Ulla Strand-Vik"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ulla.vik@northlight.example"},
        {"op": "Add", "path": 'phoneNumbers[type eq "work2"].value', "value": "+4755550102"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "Voice"},
        {"op": "Replace", "path": f'{GENESYS}:externalIds[authority eq "microsoftteams"].value', "value": "t-8"},
        {"op": "Add", "path": "roles", "value": [{"value": "Supervisor"}]},
    )
    assert seen["displayName"] == "Ulla Strand-Vik"
    assert {phone["type"]: phone["value"] for phone in seen["phoneNumbers"]} == {"mobile": "+4755550100", "work2": "+4755550102"}
    assert "ulla.vik@northlight.example" in [email["value"] for email in seen["emails"]]
    assert "Supervisor" in [role["value"] for role in seen["roles"]]
    assert ("microsoftteams", "t-8") in [(one["authority"], one["value"]) for one in seen[GENESYS]["externalIds"]]
    assert changed(strict, f"Users/{made['id']}", {"op": "Replace", "path": "active", "value": "False"})["active"] is False
    assert [found["id"] for found in strict.found("Users", 'userName eq "ulla@northlight.example"')] == [made["id"]]
    assert strict.delete(f"Users/{made['id']}").status == 204
