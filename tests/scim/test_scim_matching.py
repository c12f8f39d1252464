"""What filters mean for a document (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

import pytest

from joiner.genesys.profile import EXTENDED, STRICT
from joiner.genesys.schemas import GENESYS_URN, group_type, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN
from joiner.scim.filter import And, Compare, Comparison, ValuePath, parse_filter
from joiner.scim.matching import compile_element_filter, compile_filter
from joiner.scim.refusals import InvalidFilter
from joiner.scim.schema import Attribute, Document, ResourceType, Schema, Type

USER = user_type(EXTENDED)
MIRA: Document = {
    "schemas": [USER.schema.id],
    "id": "2819c223",
    "externalId": "Ab1",
    "userName": "Mira.Okoye@northlight.example",
    "displayName": "Mira Øköye",
    "active": True,
    "name": {"familyName": "Okoye"},
    "emails": [{"value": "mira@northlight.example", "type": "work", "primary": True}, {"value": "mo@home.example", "type": "home"}],
    "roles": [{"value": "Agent"}],
    "meta": {"created": "2026-01-01T09:00:00Z", "lastModified": "2026-11-22T09:30:00+01:00", "version": '"3"'},
    ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-1"}, "employeeNumber": "0042"},
    GENESYS_URN: {
        "routingSkills": [{"name": "Billing", "proficiency": 3.5}],
        "externalIds": [{"authority": "zoomphone", "value": "z-1"}, {"authority": "other", "value": "z-2"}],
    },
}


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "mira.okoye@NORTHLIGHT.example"',
        'userName ne "somebody"',
        'username co "OKOYE"',
        'userName sw "mira"',
        'userName ew ".example"',
        'userName gt "mi"',
        'userName ge "mira.okoye@northlight.example"',
        'userName lt "n"',
        'userName le "mira.okoye@northlight.example"',
        'displayName eq "mira øköye"',
        "displayName pr",
        'id eq "2819c223"',
        'externalId eq "Ab1"',
        "active eq true",
        'active eq "True"',
        "active ne false",
        "title eq null",
        'title ne "Agent"',
        "displayName ne null",
        "not (title pr)",
        "not (nickName pr and title pr)",
        'title pr or name.familyName eq "okoye"',
        'emails eq "mo@home.example"',
        'emails.value co "home"',
        'emails.type eq "WORK"',
        'emails[type eq "work" and value sw "mira"]',
        'emails[type eq "work"].value eq "mira@northlight.example"',
        "emails[primary eq true]",
        'emails[primary eq "True"]',
        "emails[primary eq false]",
        'emails[primary ne true and value co "home"]',
        "emails.primary eq false",
        "emails[not (primary pr)]",
        "emails[display eq null]",
        'roles eq "agent"',
        'roles.value eq "agent"',
        'name[familyName sw "Oko"]',
        'meta.lastModified eq "2026-11-22T08:30:00Z"',
        'meta.lastModified gt "2026-11-22T08:29:59.5Z"',
        'meta.lastModified sw "2026-11"',
        'meta.created lt "2026-01-02"',
        f'{ENTERPRISE_URN}:department eq "support"',
        f"{ENTERPRISE_URN} pr",
        f"{ENTERPRISE_URN}:manager pr",
        f'{ENTERPRISE_URN}:manager eq "boss-1"',
        f'{ENTERPRISE_URN}:manager.value eq "boss-1"',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "mira"',
        'urn:IETF:params:scim:schemas:core:2.0:user:USERNAME sw "mira"',
        'manager eq "boss-1"',
        'email eq "mira@northlight.example"',
        'employeeNumber eq "0042"',
        f"{GENESYS_URN}:routingSkills.proficiency ge 3.5",
        f'{GENESYS_URN}:routingSkills.proficiency eq "3.5"',
        f'{GENESYS_URN}:routingSkills[name eq "Billing" and proficiency gt 3]',
        f'{GENESYS_URN}:externalIds[authority eq "zoomphone" and value eq "z-1"]',
        'schemas co "core:2.0:User"',
    ],
)
def test_filter_finds_mira(text: str) -> None:
    assert compile_filter(parse_filter(text), USER)(MIRA)


@pytest.mark.parametrize(
    "text",
    [
        'userName ne "mira.okoye@northlight.example"',
        'userName eq "mira"',
        'id eq "2819C223"',
        'externalId eq "ab1"',
        "active eq false",
        "title pr",
        "title ne null",
        'title eq ""',
        'emails ne "mo@home.example"',
        'emails[type eq "home" and value sw "mira"]',
        "addresses pr",
        "addresses.primary eq false",
        "addresses[primary eq false]",
        'emails[primary eq false and type eq "work"]',
        'addresses.country eq "DE"',
        'urn:ietf:params:scim:schemas:extension:genesys:2.0:User:sourceOrg eq "x"',
        'meta.lastModified gt "2026-11-22T08:30:00Z"',
        f'{GENESYS_URN}:routingSkills[name eq "billing"]',
        f'{GENESYS_URN}:externalIds[authority eq "zoomphone" and value eq "z-2"]',
        f'{GENESYS_URN}:routingLanguages[name eq "German"]',
    ],
)
def test_filter_does_not_find_mira(text: str) -> None:
    assert not compile_filter(parse_filter(text), USER)(MIRA)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('shoeSize eq "44"', "no attribute shoeSize"),
        ('name.shoeSize eq "44"', "no sub-attribute shoeSize"),
        ('urn:x:y:z eq "1"', "no schema of User"),
        ("active gt true", "only be compared with eq and ne"),
        ('active eq "yes"', "is true or false"),
        ("title gt null", "null can only be compared with eq and ne"),
        ('name eq "x"', "has no value of its own"),
        (f'{ENTERPRISE_URN} eq "x"', "has no value of its own"),
        ("urn:ietf:params:scim:schemas:core:2.0:User pr", "names the whole resource"),
        ('meta.created gt "yesterday"', "is a date and time"),
        ("meta.created gt 5", "is a date and time"),
        (f'{GENESYS_URN}:routingSkills.proficiency eq "high"', "is a number"),
        (f"{GENESYS_URN}:routingSkills.proficiency eq true", "is a number"),
        (f"{GENESYS_URN}:routingSkills.proficiency co 3", "numbers have no parts"),
        ('x509Certificates gt "x"', "binary values"),
        ('password eq "guess"', "never shown"),
        ("password pr", "never shown"),
        ('userName[value eq "x"]', "brackets can only follow"),
        ('emails.value[value eq "x"]', "brackets can only follow"),
        ('emails[shoeSize eq "x"]', "no such sub-attribute"),
    ],
)
def test_impossible_comparison_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidFilter, match=words):
        compile_filter(parse_filter(text), USER)


def test_binary_values_are_compared_exactly() -> None:
    assert compile_filter(parse_filter('x509Certificates eq "AbC="'), USER)({"x509Certificates": [{"value": "AbC="}]})
    assert not compile_filter(parse_filter('x509Certificates eq "abc="'), USER)({"x509Certificates": [{"value": "AbC="}]})


def test_bare_number_and_bare_true_are_compared_as_text_with_text() -> None:
    assert compile_filter(parse_filter("employeeNumber eq 42"), USER)({ENTERPRISE_URN: {"employeeNumber": "42"}})
    assert compile_filter(parse_filter("title eq true"), USER)({"title": "True"})


def test_stored_value_that_is_no_date_comes_before_all_dates() -> None:
    assert compile_filter(parse_filter('meta.created lt "2026-01-01T00:00:00Z"'), USER)({"meta": {"created": "soon"}})


def test_element_filter_refuses_elements_in_elements() -> None:
    emails = USER.find("emails")
    assert emails is not None
    with pytest.raises(InvalidFilter, match="no elements of its own"):
        compile_element_filter(And((ValuePath("value", Compare("x", Comparison.EQ, "y")),)), emails)


def test_complex_attribute_without_parts_names_a_sensible_example() -> None:
    blank = ResourceType("Thing", "/Things", Schema("urn:x:Thing", "Thing", "", (Attribute("blob", Type.COMPLEX),)))
    with pytest.raises(InvalidFilter, match=r"blob\.userName"):
        compile_filter(parse_filter('blob eq "x"'), blank)


def test_members_are_found_by_bare_name_value_and_brackets() -> None:
    group: Document = {"displayName": "Night", "members": [{"value": "u1"}, {"value": "u2"}]}
    for text in ('members eq "u2"', 'members.value eq "u2"', 'members[value eq "u2"]'):
        assert compile_filter(parse_filter(text), group_type(STRICT))(group)
