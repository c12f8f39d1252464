"""What /Schemas says of each attribute is what the server does with it: every characteristic, proved by behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
SERVERS_OWN = {"id", "meta", "schemas"}
NAMED_THINGS = {f"{ENTERPRISE}:division": "Sales", f"{ENTERPRISE}:dateHire": "2026-11-22"}
BASE = {"userName": "aino@northlight.example", "displayName": "Aino"}


class Told(NamedTuple):
    """An attribute as the server announces it; ``urn`` "" for core."""

    urn: str
    name: str
    told: dict[str, Any]

    @property
    def path(self) -> str:
        return f"{self.urn}:{self.name}" if self.urn else self.name


def attributes(org: Rehearsal, urns: tuple[str, ...] = (CORE, ENTERPRISE, GENESYS)) -> Iterator[Told]:
    for schema in org.get("Schemas").json["Resources"]:
        if schema["id"] in urns:
            for each in schema["attributes"]:
                yield Told("" if schema["id"] == CORE else schema["id"], each["name"], each)


PLAIN = {"string": "Some Text", "boolean": True, "decimal": 2.5, "integer": 7, "dateTime": "2026-11-22T09:00:00Z", "binary": "aGVq"}
ELEMENTS: dict[str, dict[str, Any]] = {
    "meta": {"resourceType": "Group"},
    "roles": {"value": "Agent"},
    "routingSkills": {"name": "Billing", "proficiency": 3.0},
    "routingLanguages": {"name": "Suomi", "proficiency": 1.0},
    "externalIds": {"authority": "payroll", "value": "p-1"},
    "phoneNumbers": {"value": "+13175550100", "type": "work"},
    "emails": {"value": "aino.work@northlight.example", "type": "work"},
    "addresses": {"formatted": "1 Long Street", "type": "work"},
    "name": {"familyName": "Virtanen"},
    "manager": {"value": "00000000-0000-4000-8000-000000000099"},
}


def sample(told: dict[str, Any], path: str) -> Any:
    """A value that fits what is told."""
    if path in NAMED_THINGS:
        return NAMED_THINGS[path]
    if told["name"] == "password":
        return "Correct-Horse-7!"
    if told["type"] == "complex":
        element = ELEMENTS.get(told["name"])
        if element is None:
            value = next(sub for sub in told["subAttributes"] if sub["name"] == "value")
            element = {"value": sample(value, "")}
        return [element] if told["multiValued"] else element
    if told["type"] == "reference":
        return "https://northlight.example/aino"
    return PLAIN[told["type"]]


def holding(each: Told, value: Any) -> dict[str, Any]:
    return {each.urn: {each.name: value}} if each.urn else {each.name: value}


def find(document: dict[str, Any], each: Told) -> Any:
    return (document.get(each.urn, {}) if each.urn else document).get(each.name)


def made(org: Rehearsal, *parts: dict[str, Any]) -> Any:
    body: dict[str, Any] = dict(BASE)
    for part in parts:
        body |= part
    reply = org.post("Users", body)
    assert reply.status == 201, reply.body
    return reply


def each_of(profile: str) -> list[Any]:
    return [pytest.param(profile, each.path, id=f"{profile}-{each.name}") for each in attributes(Rehearsal(profile))]


EVERY = pytest.mark.parametrize(("profile", "path"), [*each_of("strict"), *each_of("extended")])


def told_of(org: Rehearsal, path: str) -> Told:
    return next(each for each in attributes(org) if each.path == path)


@EVERY
def test_mutability_is_as_told(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    each = told_of(org, path)
    value = sample(each.told, path)
    if each.name in SERVERS_OWN or each.told["mutability"] == "readOnly":
        sent = {"meta": {"resourceType": "Group"}, "id": "mine", "groups": [{"value": "x"}]}.get(each.name, value)
        shown = made(org, holding(each, sent)).json
        assert find(shown, each) != sent
        refused = org.patch(f"Users/{shown['id']}", {"op": "replace", "path": path, "value": sent})
        assert refused.status == 400 or find(org.get(f"Users/{shown['id']}").json, each) == find(shown, each)
        return
    if each.name == "userName":
        value = BASE["userName"]
    shown = made(org, holding(each, value)).json
    if each.told["mutability"] == "writeOnly":
        assert find(shown, each) is None
        return
    found = find(org.get(f"Users/{shown['id']}").json, each)
    assert found is not None
    if isinstance(value, list):
        assert any(all(element.get(key) == part for key, part in value[0].items()) for element in found)
    elif isinstance(value, dict):
        assert value.items() <= found.items()
    else:
        assert found == value
    if not each.told["required"] and each.name not in ("active", "division", "emails"):
        cleared = org.patch(f"Users/{shown['id']}", {"op": "remove", "path": path})
        assert cleared.status == 200, cleared.body
        assert find(cleared.json, each) is None


@EVERY
def test_returned_is_as_told(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    each = told_of(org, path)
    part = {} if each.told["mutability"] == "readOnly" or each.name in SERVERS_OWN else holding(each, sample(each.told, path))
    user = made(org, part | ({"userName": BASE["userName"]}))
    id = user.json["id"]
    org.group("Helsinki", id)
    whole = org.get(f"Users/{id}").json
    alone = org.get(f"Users/{id}", attributes="id").json
    without = org.get(f"Users/{id}", excludedAttributes=path).json
    asked = org.get(f"Users/{id}", attributes=path).json
    match each.told["returned"]:
        case "always":
            assert all(find(shown, each) is not None for shown in (whole, alone, without, asked))
        case "never":
            assert all(find(shown, each) is None for shown in (whole, alone, without, asked))
        case "default":
            assert find(whole, each) is not None
            assert find(asked, each) == find(whole, each)
            assert find(alone, each) is None
            assert find(without, each) is None
        case other:
            raise AssertionError(f"{path}: no built-in attribute is returned {other}")


@EVERY
def test_required_is_as_told(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    each = told_of(org, path)
    body: dict[str, Any] = {name: value for name, value in BASE.items() if name != each.name}
    reply = org.post("Users", body)
    if each.told["required"] and each.told["mutability"] != "readOnly" and each.name not in SERVERS_OWN:
        assert (reply.status, reply.scim_type) == (400, "invalidValue")
        assert each.name in reply.json["detail"]
    else:
        assert reply.status == 201 or each.name in BASE
    for sub in each.told.get("subAttributes", ()):
        if sub["required"] and sub["mutability"] != "readOnly":
            value = sample(each.told, path)
            element = {key: part for key, part in (value[0] if isinstance(value, list) else value).items() if key != sub["name"]} or {
                "display": "x"
            }
            refused = org.post("Users", BASE | holding(each, [element] if isinstance(value, list) else element))
            assert (refused.status, refused.scim_type) == (400, "invalidValue"), (path, refused.body)


@EVERY
def test_case_exact_and_uniqueness_are_as_told(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    each = told_of(org, path)
    assert each.told["uniqueness"] == ("server" if each.name in ("userName", "id") else "none")
    if (
        profile == "strict"
        or each.told["type"] not in ("string", "reference")
        or each.told["multiValued"]
        or each.name in SERVERS_OWN | {"password"}
    ):
        return
    value = BASE["userName"] if each.name == "userName" else str(sample(each.told, path))
    made(org, holding(each, value))
    turned = value.swapcase()
    found = org.get("Users", filter=f'{path} eq "{turned}"').json["totalResults"]
    assert found == (1 if turned == value or not each.told["caseExact"] else 0)
    if each.name == "userName":
        assert org.post("Users", BASE | {"userName": turned}).status == 409


@EVERY
def test_multi_valued_types_and_suggested_values_are_as_told(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    each = told_of(org, path)
    if each.told["mutability"] == "readOnly" or each.name in SERVERS_OWN:
        return
    value = sample(each.told, path)
    wrong: Any = {"nested": {"deep": 1}} if each.told["type"] != "complex" else "plain text"
    if each.name not in ("manager", "active"):  # a bare text is read as the manager's id, and words as booleans
        refused = org.post("Users", BASE | holding(each, [[wrong]]))
        assert (refused.status, refused.scim_type) == (400, "invalidValue"), (path, refused.body)
    if not each.told["multiValued"]:
        two = org.post("Users", BASE | holding(each, [value, value]))
        assert two.status == 400, path
        return
    for sub in each.told["subAttributes"]:
        for suggestion in sub.get("canonicalValues", ()):
            if sub["mutability"] == "readOnly" or (profile == "strict" and suggestion == "other"):
                continue
            element = value[0] | {sub["name"]: float(suggestion) if sub["type"] == "decimal" else suggestion}
            reply = org.post("Users", BASE | {"userName": f"{suggestion}@northlight.example"} | holding(each, [element]))
            assert reply.status == 201, (path, suggestion, reply.body)
            assert any(found.get(sub["name"]) == element[sub["name"]] for found in find(reply.json, each)), (path, suggestion)


@pytest.mark.parametrize("profile", ["strict", "extended"])
def test_group_attributes_are_as_told(profile: str) -> None:
    org = Rehearsal(profile)
    user = made(org).json
    group = org.get(f"Groups/{org.group('Helsinki', user['id'])}").json
    schema = org.get(f"Schemas/{GROUP}").json
    for each in schema["attributes"]:
        if each["name"] in group:
            for sub in each.get("subAttributes", ()):
                shown = group[each["name"]][0] if each["multiValued"] else group[each["name"]]
                assert sub["name"] in shown or each["name"] != "members", sub["name"]
        alone = org.get(f"Groups/{group['id']}", attributes="id").json
        assert (each["name"] in alone) is (each["returned"] == "always" or each["name"] == "id"), each["name"]
    name = next(each for each in schema["attributes"] if each["name"] == "displayName")
    assert (name["required"], name["uniqueness"], name["caseExact"]) == (True, "server", False)
    if profile == "extended":
        assert org.post("Groups", {"displayName": "HELSINKI"}).status == 409
        assert org.post("Groups", {"members": []}).status == 400
    member = next(
        sub for each in schema["attributes"] if each["name"] == "members" for sub in each["subAttributes"] if sub["name"] == "value"
    )
    assert member["required"]
    refused = org.patch(f"Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"type": "User"}]})
    assert refused.status == 400
