"""scim2-tester and scim2-cli against resource types that an org was given as documents: a required extension, every type and mark."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client as HttpClient
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server
from served_org import Caller, House, ServedOrg

CORE = "urn:example:params:scim:schemas:core:2.0:TestResource"
EXTENSION = "urn:example:params:scim:schemas:extension:2.0:TestResource"
INCOMPARABLE = {"blob", "ratio", "since", "remark"}
"""What the tester cannot compare: it holds its own text against the bytes, number or moment that came back, and misses what is shown on
request only."""


def attribute(name: str, type: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type, "description": f"A {type}.", "multiValued": False, **more}


TYPES = [
    {
        "id": CORE,
        "name": "TestResource",
        "description": "Something to test with.",
        "attributes": [
            attribute("name", required=True, uniqueness="server"),
            attribute("code", caseExact=True, uniqueness="server"),
            attribute("secret", mutability="writeOnly", returned="never"),
            attribute("birth", mutability="immutable"),
            attribute("remark", returned="request"),
            attribute("count", "integer"),
            attribute("ratio", "decimal", canonicalValues=["0.5", "1.5"]),
            attribute("ready", "boolean"),
            attribute("since", "dateTime", canonicalValues=["2026-01-02T03:04:05Z", "2026-02-03T04:05:06Z"]),
            attribute("blob", "binary"),
            attribute("link", "reference", referenceTypes=["external"]),
            attribute("tags", multiValued=True),
            attribute("place", "complex", subAttributes=[attribute("town"), attribute("floor", "integer")]),
            attribute(
                "parts",
                "complex",
                multiValued=True,
                subAttributes=[attribute("value"), attribute("type", canonicalValues=["big", "small"]), attribute("primary", "boolean")],
            ),
        ],
    },
    {
        "id": EXTENSION,
        "name": "TestExtension",
        "description": "What it must have besides.",
        "attributes": [attribute("level", "integer", required=True), attribute("colour")],
    },
    {
        "id": "TestResource",
        "name": "TestResource",
        "endpoint": "/TestResources",
        "description": "Something to test with.",
        "schema": CORE,
        "schemaExtensions": [{"schema": EXTENSION, "required": True}],
    },
]


@pytest.fixture(scope="module")
def org(house: House, tmp_path_factory: pytest.TempPathFactory) -> ServedOrg:
    served = house.org("own-types")
    file: Path = tmp_path_factory.mktemp("types") / "types.json"
    file.write_text(json.dumps(TYPES), "utf-8")
    house.run("types", "add", str(file), "--org", served.name, "-q")
    return served


@pytest.fixture(scope="module")
def results(org: ServedOrg) -> tuple[CheckResult, ...]:
    random.seed(20261122)
    headers = {"Authorization": f"Bearer {org.client('scim2-tester').token}"}
    with HttpClient(base_url=org.scim, headers=headers) as http:
        return tuple(check_server(SyncSCIMClient(http), resource_types=["TestResource"]))


def test_every_check_passes_on_a_type_that_no_code_knows(results: tuple[CheckResult, ...]) -> None:
    mine = [result for result in results if result.resource_type == "TestResource"]
    assert {result.title for result in mine} >= {"object_creation", "object_replacement", "object_deletion", "search_with_attributes"}
    reached = {result.data["urn"] for result in mine if isinstance(result.data, dict) and "urn" in result.data}
    assert {one["name"] for one in TYPES[0]["attributes"]} - {"name"} <= reached | {"remark"}  # type: ignore[attr-defined]
    failed = [result for result in results if result.status not in (Status.SUCCESS, Status.SKIPPED)]
    assert {result.title for result in failed} <= {"check_add_attribute", "check_replace_attribute"}, [result.reason for result in failed]
    assert {result.data["urn"] for result in failed} == INCOMPARABLE


@pytest.fixture(scope="module")
def caller(org: ServedOrg) -> Caller:
    return org.caller("writer")


def thing(name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [CORE, EXTENSION], "name": name, EXTENSION: {"level": 1}, **more}


def test_required_extension_is_demanded(caller: Caller) -> None:
    refused = caller.post("TestResources", {"schemas": [CORE], "name": "bare"})
    assert refused.status == 400
    assert EXTENSION in refused.json["detail"]
    made = caller.create("TestResources", thing("whole"))
    assert (made[EXTENSION], made["meta"]["resourceType"]) == ({"level": 1}, "TestResource")
    taken = caller.patch(f"TestResources/{made['id']}", {"op": "remove", "path": f"{EXTENSION}:level"})
    assert taken.status == 400


def test_marks_of_attributes_hold(caller: Caller) -> None:
    made = caller.create("TestResources", thing("marked", code="Ab", secret="s", birth="b", remark="r"))
    place = f"TestResources/{made['id']}"
    assert not {"secret", "remark"} & set(made)
    assert caller.get(place, attributes="remark,secret").json.get("remark") == "r"
    assert "secret" not in caller.get(place, attributes="secret").json
    changed = caller.patch(place, {"op": "replace", "path": "birth", "value": "c"})
    assert (changed.status, changed.json["scimType"]) == (400, "mutability")
    assert caller.post("TestResources", thing("MARKED")).status == 409
    assert caller.post("TestResources", thing("other", code="Ab")).status == 409
    assert caller.create("TestResources", thing("third", code="aB"))["code"] == "aB"
    assert [one["id"] for one in caller.found("TestResources", 'code eq "Ab"')] == [made["id"]]
    for wrong in ({"count": "many"}, {"ready": "perhaps"}, {"since": "soon"}, {"blob": "no base64!"}, {"tags": {"a": 1}}, {"place": 7}):
        refused = caller.post("TestResources", thing(f"wrong {wrong}", **wrong))
        assert (refused.status, refused.json["scimType"]) in ((400, "invalidValue"), (400, "invalidSyntax")), wrong


def test_things_are_searched_sorted_and_paged(caller: Caller) -> None:
    for number in range(4):
        caller.create("TestResources", thing(f"row {number}", count=number, place={"floor": 10 - number}, tags=[f"t{number}", "all"]))
    found = caller.get("TestResources", filter='name sw "row" and count ge 1', sortBy="place.floor", count=2).json
    assert ([one["name"] for one in found["Resources"]], found["totalResults"]) == (["row 3", "row 2"], 3)
    assert [one["name"] for one in caller.found("TestResources", 'tags eq "t2"')] == ["row 2"]
    assert [one["name"] for one in caller.found("TestResources", f'{EXTENSION}:level eq 1 and name eq "ROW 0"')] == ["row 0"]
    assert caller.get("Users").json["totalResults"] == 0
