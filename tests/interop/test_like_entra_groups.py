"""Groups as Microsoft's SCIM Validator and Entra's provisioning cycles write them, in both wire shapes."""

from __future__ import annotations

from typing import Any

import pytest
from entra_sessions import NOBODY, changed, check_error, person
from served_org import GROUP, Caller, House

ADSCIM_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


@pytest.fixture(scope="module")
def entra(house: House) -> Caller:
    return house.org("entra-groups").caller("entra", "entra")


def group(name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [GROUP, ADSCIM_GROUP], "externalId": f"aad-{name}", "displayName": name, "meta": {"resourceType": "Group"}, **more}


def test_group_is_created_found_and_not_created_twice(entra: Caller) -> None:
    made = entra.create("Groups", group("Århus agents"))
    assert (made["displayName"], made["externalId"]) == ("Århus agents", "aad-Århus agents")
    again = entra.post("Groups", group("Århus agents", externalId="aad-2"))
    check_error(again, 409)
    assert again.json["scimType"] == "uniqueness"
    for written in ("Århus agents", "ÅRHUS AGENTS"):
        (found,) = entra.found("Groups", f'displayName eq "{written}"', excludedAttributes="members")
        assert (found["id"], "members" in found) == (made["id"], False)
    assert [found["id"] for found in entra.found("Groups", 'externalId eq "aad-Århus agents"')] == [made["id"]]
    assert "members" not in entra.get(f"Groups/{made['id']}", excludedAttributes="members").json


def test_group_attributes_are_replaced(entra: Caller) -> None:
    made = entra.create("Groups", group("Narvik"))
    renamed = changed(entra, f"Groups/{made['id']}", {"op": "Replace", "path": "displayName", "value": "Narvik night"})
    assert renamed["displayName"] == "Narvik night"
    both = {"op": "replace", "value": {"displayName": "Narvik day", "externalId": "aad-narvik-2"}}
    seen = changed(entra, f"Groups/{made['id']}", both)
    assert (seen["displayName"], seen["externalId"]) == ("Narvik day", "aad-narvik-2")


def test_members_come_and_go_in_both_wire_shapes(entra: Caller) -> None:
    ids = [entra.create("Users", person(f"member{number}"))["id"] for number in range(5)]
    made = entra.create("Groups", group("Tromsø"))
    place = f"Groups/{made['id']}"

    def after(*operations: dict[str, Any]) -> list[str]:
        return sorted(member["value"] for member in changed(entra, place, *operations).get("members", []))

    def entries(*chosen: str) -> list[dict[str, Any]]:
        return [{"$ref": None, "value": one} for one in chosen]

    assert after({"op": "Add", "path": "members", "value": entries(ids[0])}) == [ids[0]]
    assert after({"op": "Add", "path": "members", "value": entries(*ids[1:])}) == sorted(ids)
    assert after({"op": "Remove", "path": "members", "value": entries(ids[0])}) == sorted(ids[1:])  # never everybody
    assert after({"op": "remove", "path": f'members[value eq "{ids[1]}"]'}) == sorted(ids[2:])
    assert after({"op": "Remove", "path": "members", "value": entries(NOBODY)}) == sorted(ids[2:])
    assert after(*({"op": "Remove", "path": f'members[value eq "{one}"]'} for one in ids[2:4])) == [ids[4]]
    assert after({"op": "add", "value": {"members": entries(ids[0])}}) == sorted((ids[0], ids[4]))
    assert after({"op": "Replace", "path": "members", "value": entries(ids[1])}) == [ids[1]]
    assert [found["id"] for found in entra.found("Groups", f'id eq "{made["id"]}" and members eq "{ids[1]}"')] == [made["id"]]
    assert entra.found("Groups", f'id eq "{made["id"]}" and members eq "{ids[2]}"') == []
    assert after({"op": "Remove", "path": "members"}) == []


def test_group_is_deleted_once_and_its_members_stay(entra: Caller) -> None:
    user = entra.create("Users", person("ragna"))
    made = entra.create("Groups", group("Bodø", members=[{"value": user["id"]}]))
    assert entra.delete(f"Groups/{made['id']}").status == 204
    check_error(entra.get(f"Groups/{made['id']}"), 404)
    check_error(entra.delete(f"Groups/{made['id']}"), 404)
    seen = entra.get(f"Users/{user['id']}").json
    assert seen.get("groups", []) == []


def test_deleted_person_leaves_the_groups(entra: Caller) -> None:
    gone, stays = (entra.create("Users", person(name))["id"] for name in ("sigrid", "tormod"))
    made = entra.create("Groups", group("Molde", members=[{"value": gone}, {"value": stays}]))
    entra.delete(f"Users/{gone}")
    assert [member["value"] for member in entra.get(f"Groups/{made['id']}").json["members"]] == [stays]
