"""The table of attributes: names, places, canonical forms, and elements out of text."""

from __future__ import annotations

import pytest

from joiner.connectors.attributes import (
    ENTERPRISE_URN,
    Family,
    Form,
    Place,
    attribute_names,
    find_attribute,
    find_attributes,
    parse_element,
)
from joiner.genesys.urns import GENESYS_URN, SOURCE_ORG_AUTHORITY
from joiner.sync.record import Element, Reference, TargetAttribute, Value

BOTH = frozenset(Family)
GENESYS = frozenset({Family.GENESYS})
CORE = frozenset({Family.CORE})


def target(name: str) -> TargetAttribute:
    attribute = find_attribute(name, BOTH)
    assert attribute is not None
    return attribute.target


def same(name: str, left: Value, right: Value) -> bool:
    canonical = target(name).canonical
    return canonical(left) == canonical(right)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("title", Place(Form.PLAIN, "title")),
        ("name.givenName", Place(Form.PLAIN, "name", "", "givenName")),
        ("department", Place(Form.PLAIN, "department", ENTERPRISE_URN)),
        ("manager", Place(Form.PLAIN, "manager", ENTERPRISE_URN, "value")),
        ("emails[work]", Place(Form.TYPED, "emails", "", "value", "type", "work")),
        ("phoneNumbers[zoomphone]", Place(Form.TYPED, "phoneNumbers", "", "value", "type", "zoomphone")),
        (
            "externalIds[https://idp.northlight.example]",
            Place(Form.TYPED, "externalIds", GENESYS_URN, "value", "authority", "https://idp.northlight.example"),
        ),
        ("sourceOrg", Place(Form.TYPED, "externalIds", GENESYS_URN, "value", "authority", SOURCE_ORG_AUTHORITY)),
        ("routingSkills", Place(Form.LISTED, "routingSkills", GENESYS_URN, "name")),
        ("roles", Place(Form.LISTED, "roles", "", "value")),
        ("groups", Place(Form.SHOWN, "groups", "", "value")),
    ],
)
def test_every_name_of_joiner_toml_has_its_place_in_the_document(name: str, place: Place) -> None:
    attribute = find_attribute(name, BOTH)
    assert attribute is not None
    assert (attribute.place, attribute.target.name) == (place, name)


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("name.givenName", GENESYS),
        ("routingSkills", CORE),
        ("externalIds[microsoftteams]", CORE),
        ("emails[home]", GENESYS),
        ("phoneNumbers[satellite]", BOTH),
        ("divison", BOTH),
        ("externalIds[]", BOTH),
        ('externalIds[a"b]', BOTH),
    ],
)
def test_an_org_does_not_have_attributes_of_another_family_or_of_none(name: str, families: frozenset[Family]) -> None:
    assert find_attribute(name, families) is None


def test_only_genesys_takes_nothing_but_an_address_as_user_name() -> None:
    assert [find_attribute("userName", families).target.form for families in (GENESYS, BOTH, CORE)] == ["email", "email", ""]  # type: ignore[union-attr]
    assert target("emails[work]").form == "email"
    assert target("phoneNumbers[work]").form == ""


def test_known_and_unknown_names_are_told_apart() -> None:
    found, unknown = find_attributes(["title", "divison", "roles", "nickName"], [Family.GENESYS])
    assert (list(found), unknown) == (["title", "roles"], ("divison", "nickName"))


def test_the_names_that_can_be_written_are_listed_once() -> None:
    names = attribute_names(Family)
    assert len(names) == len(set(names))
    assert {"userName", "name.familyName", "phoneNumbers[work4]", "dateHire"} <= set(names)


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("displayName", "Åse Lind ", "Åse Lind"),
        ("userName", "Aase@Northlight.example", " aase@northlight.example"),
        ("emails[work]", "Aase@NORTHLIGHT.example", "aase@northlight.example"),
        ("phoneNumbers[work]", "+47 22 86 44 00", "+4722864400"),
        ("phoneNumbers[work]", "tel:+4722864400", "+47 228 64 400"),
        ("phoneNumbers[work]", "12 34", "1234"),
        ("dateHire", "2024-03-01T00:00:00Z", "2024-03-01"),
        ("active", True, "True"),
        ("active", False, None),
        ("division", Reference("division", "Support", "d1"), "support"),
        ("roles", Reference("role", "Agent", "r1"), Reference("role", "AGENT")),
        ("roles", Reference("role", "", "r1"), "r1"),
        ("routingSkills", Reference("skill", "Spanish", proficiency=4.0), Reference("skill", "Spanish")),
        ("manager", Reference("user", "aase@northlight.example", "u1"), Reference("user", "Åse Lind", "u1")),
        ("manager", Reference("user", "Aase"), "aase"),
        ("title", None, None),
    ],
)
def test_values_that_mean_the_same_compare_equal(name: str, left: Value, right: Value) -> None:
    assert same(name, left, right)


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("displayName", "Åse Lind", "åse lind"),
        ("phoneNumbers[work]", "+4722864400", "+4722864401"),
        ("externalId", "a1", "A1"),
        ("roles", Reference("role", "Agent", "r1"), Reference("role", "Supervisor", "r1")),
        ("manager", Reference("user", "Åse", "u1"), Reference("user", "Åse", "u2")),
        ("userName", None, "a@northlight.example"),
        ("dateHire", None, "2024-03-01"),
        ("division", None, "Home"),
        ("manager", None, "u1"),
        ("emails[work]", None, "a@northlight.example"),
        ("phoneNumbers[work]", None, "+4722864400"),
    ],
)
def test_values_that_mean_something_else_compare_unequal(name: str, left: Value, right: Value) -> None:
    assert not same(name, left, right)


@pytest.mark.parametrize(
    ("name", "text", "element"),
    [
        ("routingSkills", "Spanish:4", Reference("skill", "Spanish", proficiency=4.0)),
        ("routingSkills", " Tier 2: Billing : 3.5 ", Reference("skill", "Tier 2: Billing", proficiency=3.5)),
        ("routingSkills", "Spanish", Reference("skill", "Spanish")),
        ("routingSkills", "Spanish:9", Reference("skill", "Spanish:9")),
        ("routingLanguages", "Norsk:0", Reference("language", "Norsk", proficiency=0.0)),
        ("roles", "Shift:4", Reference("role", "Shift:4")),
        ("groups", " Bergen Support ", Reference("group", "Bergen Support")),
        ("division", "Home", Reference("division", "Home")),
        ("entitlements", " as written:4", " as written:4"),
    ],
)
def test_text_becomes_what_the_attribute_holds(name: str, text: str, element: Element) -> None:
    assert parse_element(target(name), text) == element
