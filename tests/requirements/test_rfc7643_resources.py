"""What every resource has, and what the attributes of users and groups mean (RFC 7643 §2–§4)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal, run

from joiner.genesys.profile import EXTENDED
from joiner.genesys.schemas import user_type
from joiner.journeys.administer import add_org
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.refusals import InvalidValue
from joiner.scim.resource import accept
from joiner.scim.schema import Attribute, ResourceType, Schema, Type
from joiner.system import SystemIds

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
AINO = "aino@northlight.example"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@BOTH
def test_every_resource_names_its_schemas_once(profile: str) -> None:
    org = Rehearsal(profile)
    org.group("Helsinki", org.create(AINO)["id"])
    for endpoint in ("Users", "Groups", "Schemas", "ResourceTypes"):
        for shown in org.get(endpoint).json["Resources"]:
            assert shown["schemas"]
            assert len(set(shown["schemas"])) == len(shown["schemas"])
    assert org.get("ServiceProviderConfig").json["schemas"]


def test_schemas_name_the_base_and_the_extensions_in_use_and_nothing_else() -> None:
    org = Rehearsal("extended")
    plain = org.create(AINO)
    assert {USER} <= set(plain["schemas"]) <= {USER, ENTERPRISE}
    assert (ENTERPRISE in plain["schemas"]) is (ENTERPRISE in plain)
    foreign = org.post("Users", {"schemas": [USER, "urn:x:unknown"], "userName": "bo@northlight.example"})
    assert "urn:x:unknown" not in foreign.json.get("schemas", [])


@BOTH
def test_order_of_schemas_and_of_attributes_has_no_effect(profile: str) -> None:
    body: dict[str, Any] = {"schemas": [USER, ENTERPRISE], "userName": AINO, "displayName": "Aino", ENTERPRISE: {"department": "Care"}}
    turned = {name: body[name] for name in reversed(body)} | {"schemas": [ENTERPRISE, USER]}
    made = [Rehearsal(profile).post("Users", each).json for each in (body, turned)]
    assert made[0] == made[1]


def test_ids_are_made_of_hexadecimal_digits_and_never_say_bulk_id() -> None:
    ids = {SystemIds().new_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(re.fullmatch(r"[0-9a-f-]{32,36}", id) for id in ids)


@BOTH
def test_deleted_ids_are_never_given_out_again(profile: str) -> None:
    org = Rehearsal(profile)
    seen = set()
    for number in range(5):
        user = org.create(f"p{number}@northlight.example")
        org.delete(f"Users/{user['id']}")
        seen.add(user["id"])
    assert len(seen) == 5


@BOTH
def test_times_of_a_resource_are_date_times_and_last_modified_moves_with_changes(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    made = user["meta"]["lastModified"]
    assert DATE_TIME.fullmatch(made)
    if profile == "extended":
        assert DATE_TIME.fullmatch(user["meta"]["created"])
        assert user["meta"]["created"] == made
    org.clock.seconds += 60
    changed = org.patch(f"Users/{user['id']}", {"op": "replace", "path": "title", "value": "Lead"}).json["meta"]
    assert changed["lastModified"] > made
    assert changed.get("created") == user["meta"].get("created")


@BOTH
def test_patch_that_changes_nothing_leaves_last_modified_alone(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, title="Lead")
    org.clock.seconds += 60
    reply = org.patch(f"Users/{user['id']}", {"op": "add", "path": "title", "value": "Lead"}, {"op": "remove", "path": "nickName"})
    assert reply.status in (200, 400)
    assert org.get(f"Users/{user['id']}").json["meta"] == user["meta"]


@BOTH
def test_common_attributes_are_those_of_groups_too(profile: str) -> None:
    org = Rehearsal(profile)
    path = f"Groups/{org.group('Helsinki')}"
    reply = org.get(path)
    group = reply.json
    assert group["id"]
    assert group["meta"]["resourceType"] == "Group"
    assert group["meta"]["location"].endswith(path)
    assert group["meta"]["version"] == reply.headers["ETag"]
    assert DATE_TIME.fullmatch(group["meta"]["lastModified"])
    assert "externalId" not in group
    assert org.patch(path, {"op": "add", "path": "externalId", "value": "g-1"}).status in (200, 204)
    assert org.get(path).json["externalId"] == "g-1"


@BOTH
def test_case_of_exact_values_is_kept(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO, externalId="AbC", **{GENESYS: {"externalIds": [{"authority": "ZoomPhone", "value": "xY"}]}})
    shown = org.get(f"Users/{user['id']}").json
    assert shown["externalId"] == "AbC"
    assert {"authority": "ZoomPhone", "value": "xY"} in shown[GENESYS]["externalIds"]


@BOTH
def test_names_and_external_ids_are_free_in_another_tenant(profile: str) -> None:
    org = Rehearsal(profile)
    org.create(AINO, externalId="1")
    run(add_org(org.store, org.clock, org.ids, "south", profile))
    body = {"userName": AINO, "displayName": "Aino", "externalId": "1"}
    made = org.send("POST", "/south/api/v2/scim/v2/Users", body, token=org.client("ping", org="south"))
    assert (made.status, made.json["externalId"]) == (201, "1")


@BOTH
def test_membership_of_a_user_is_direct_and_names_the_group_by_id(profile: str) -> None:
    org = Rehearsal(profile)
    user = org.create(AINO)
    group = org.group("Helsinki", user["id"])
    (shown,) = org.get(f"Users/{user['id']}").json["groups"]
    assert (shown["value"], shown["type"]) == (group, "direct")


@BOTH
def test_group_without_a_name_is_refused(profile: str) -> None:
    org = Rehearsal(profile)
    group = org.group("Helsinki")
    assert org.patch(f"Groups/{group}", {"op": "remove", "path": "displayName"}).status == 400
    if profile == "extended":  # strict keeps the name whatever a PUT says, and creates no groups
        assert org.put(f"Groups/{group}", {"members": []}).status == 400
        assert (org.post("Groups", {}).status, org.post("Groups", {"displayName": ""}).status) == (400, 400)
    assert org.get(f"Groups/{group}").json["displayName"] == "Helsinki"


THING = ResourceType("Thing", "/Things", Schema("urn:x:Thing", "Thing", "", (
    Attribute("printed", Type.DATE_TIME), Attribute("photo", Type.BINARY), Attribute("page", Type.REFERENCE, reference_types=("external",)),
)))  # fmt: skip


def test_binary_value_is_base64() -> None:
    for value in ("aGVsbG8=", "aGVsbG8", "-_-_"):
        assert accept({"photo": value}, THING)["photo"] == value
    for value in ("no base64!", "a", "ä"):
        with pytest.raises(InvalidValue, match="photo"):
            accept({"photo": value}, THING)


@BOTH
def test_references_are_absolute_and_lead_to_the_resource(profile: str) -> None:
    org = Rehearsal(profile)
    boss = org.create("boss@northlight.example")
    user = org.create(AINO, **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    group = org.group("Helsinki", user["id"])
    shown = org.get(f"Users/{user['id']}").json
    (member,) = org.get(f"Groups/{group}").json["members"]
    led = {shown[ENTERPRISE]["manager"]["$ref"]: boss["id"], shown["groups"][0]["$ref"]: group, member["$ref"]: user["id"]}
    assert len(led) == 3
    for reference, id in led.items():
        assert reference.startswith("http://north/")
        assert org.get(reference.removeprefix("http://north")).json["id"] == id


@pytest.mark.parametrize("value", ["2026-11-22", "09:30:00Z", "22.11.2026 09:30", "", 5])
def test_date_time_has_a_date_and_a_time(value: object) -> None:
    if value == "":
        assert "printed" not in accept({"printed": value}, THING)
        return
    with pytest.raises(InvalidValue, match="printed"):
        accept({"printed": value}, THING)


def test_value_without_primary_is_not_primary() -> None:
    document = json.loads('{"emails": [{"value": "a@x.example"}]}')
    for text, found in (("emails[primary eq false]", True), ("emails[primary eq true]", False), ("emails[primary ne true]", True)):
        assert compile_filter(parse_filter(text), user_type(EXTENDED))(document) is found, text
