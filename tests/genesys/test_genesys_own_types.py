"""What kinds an org has: its profile's, and what its definitions add; and what is kept beside documents of each kind."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from joiner.errors import ScimRefusal
from joiner.genesys.catalogue import Catalogue, catalogue_of, index_path, path_key, short_urn
from joiner.genesys.granted import GRANTED
from joiner.genesys.own_types import types_of
from joiner.genesys.profile import EXTENDED
from joiner.scim.path import parse_attribute_path

BADGE = "urn:northlight:params:scim:schemas:Badge"
CARD = "urn:northlight:params:scim:schemas:extension:card:Badge"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Kept(NamedTuple):
    kind: str
    id: str
    document: bytes


def schema(id: str, *attributes: dict[str, Any]) -> Kept:
    return Kept("schema", id, json.dumps({"id": id, "attributes": attributes or ({"name": "label"},)}).encode())


def a_type(name: str, endpoint: str, urn: str, *extensions: tuple[str, bool]) -> Kept:
    listed = [{"schema": extension, "required": required} for extension, required in extensions]
    document = {"name": name, "endpoint": endpoint, "schema": urn, "schemaExtensions": listed}
    return Kept("resource_type", name, json.dumps(document).encode())


def catalogue(*definitions: Kept) -> Catalogue:
    return catalogue_of("extended", definitions)


def test_without_definitions_an_org_has_users_and_groups() -> None:
    assert [(kind.name, kind.path, kind.own) for kind in catalogue_of("strict").kinds] == [
        ("User", "Users", False),
        ("Group", "Groups", False),
    ]
    assert catalogue_of("strict").by_endpoint.keys() == {"users", "groups"}
    assert catalogue_of("extended") is catalogue_of("extended")
    assert [kind.has_created for kind in (catalogue_of("strict").kinds[0], catalogue_of("extended").kinds[0])] == [False, True]


def test_type_of_its_own_comes_after_the_built_in_ones_in_whatever_order_it_is_defined() -> None:
    known = catalogue(a_type("Badge", "/Badges", BADGE, (CARD, True)), schema(CARD), schema(BADGE))
    badge = known.by_endpoint["badges"]
    assert (badge.name, badge.path, badge.own, badge.resource_type.required) == ("Badge", "Badges", True, (CARD,))
    assert list(known.schemas)[-2:] == [CARD, BADGE]


def test_built_in_type_gains_extensions_and_may_require_one_that_it_has() -> None:
    known = catalogue(schema(CARD), a_type("User", "/Users", USER, (CARD, False), (ENTERPRISE, True)))
    user = known.by_name["User"]
    assert (user.own, user.resource_type.required) == (False, ("userName", ENTERPRISE))
    assert user.resource_type.find_extension(CARD) is not None


@pytest.mark.parametrize(
    ("definitions", "says"),
    [
        ((schema(USER),), "choose a URN of your own"),
        ((schema("urn:ietf:params:scim:api:messages:2.0:X"),), "choose a URN of your own"),
        ((schema("urn:ietf:params:scim:schemas:core:2.0:Schema"),), "choose a URN of your own"),
        ((Kept("schema", "torn", b"{"),), "no JSON"),
        ((a_type("Badge", "/Badges", BADGE),), "no schema"),
        ((schema(BADGE), a_type("Badge", "/groups", BADGE)), "taken by Group"),
        ((schema(BADGE), a_type("Badge", "/v2", BADGE)), "taken by the server itself"),
        ((schema(BADGE), a_type("Badge", "/Badges", BADGE), a_type("BADGE", "/Tags", BADGE)), "without regard to case"),
        ((schema(BADGE), a_type("User", "/Badges", USER)), "extensions only"),
        ((schema(BADGE), a_type("Group", "/Groups", BADGE)), "extensions only"),
    ],
)
def test_definition_that_cannot_be_used_is_left_out_with_its_reason(definitions: tuple[Kept, ...], says: str) -> None:
    known = types_of(EXTENDED, definitions)
    (fault,) = known.faults.values()
    assert isinstance(fault, ScimRefusal)
    assert says in fault.detail
    assert list(known.faults) == [(definitions[-1].kind, definitions[-1].id)]
    assert {each.name for each in known.types} >= {"User", "Group"}


def test_what_is_kept_beside_documents_follows_from_the_schema() -> None:
    known = catalogue(
        schema(
            BADGE,
            {"name": "label", "uniqueness": "server"},
            {"name": "serial", "uniqueness": "global", "caseExact": True},
            {"name": "number", "type": "integer", "uniqueness": "server"},
            {"name": "pin", "mutability": "writeOnly"},
            {"name": "note", "returned": "request"},
            {"name": "zones", "type": "complex", "multiValued": True, "subAttributes": [
                {"name": "value", "indexed": True}, {"name": "code", "returned": "never"},
            ]},
        ),
        schema(CARD, {"name": "colour", "indexed": True, "uniqueness": "server"}),
        a_type("Badge", "/Badges", BADGE, (CARD, False)),
    )  # fmt: skip
    badge, lead = known.by_name["Badge"], short_urn(CARD)
    assert badge.index_table.keys() == {"label", "serial", "number", "zones", f"{CARD}:colour"}
    assert [each.path for each in badge.unique] == ["label", "serial", "number", f"{lead}:colour"]
    assert badge.kept_back == (("", "pin", ""), ("", "zones", "code"))
    assert badge.on_request
    assert {"label", f"{CARD}:colour"} <= badge.slot_attributes
    document = {"label": "NIGHT", "serial": "Aa", "number": 7, CARD: {"colour": "Red"}}
    assert badge.unique_keys(document) == {"label": "night", "serial": "Aa", "number": "7", f"{lead}:colour": "red"}
    assert badge.unique_keys({"label": "x"}) == {"label": "x"}


def test_parts_of_complex_attributes_have_slots_and_index_paths() -> None:
    user = catalogue_of("extended").by_name["User"]
    assert all(len(parts) == 4 for parts in user.slot_parts)
    path = parse_attribute_path("emails.value", user.resource_type)
    assert path_key(path) == "emails.value" == index_path("", "emails", "value")
    assert short_urn("") == ""


def test_roles_and_entitlements_are_types_that_nobody_writes() -> None:
    for kind, _ in GRANTED.values():
        assert all(attribute.mutability == "readOnly" for attribute in kind.schema.attributes)
