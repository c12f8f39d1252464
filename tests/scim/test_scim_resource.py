"""Bodies of POST and PUT become documents (RFC 7643 §2, RFC 7644 §3.3, §3.5.1)."""

from __future__ import annotations

import pytest

from joiner.errors import ScimRefusal
from joiner.genesys.profile import EXTENDED, RETAINED_BY_GENESYS, STRICT
from joiner.genesys.schemas import GENESYS_URN, JOINER_URN, group_type, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, GROUP_URN, USER_URN
from joiner.scim.refusals import InvalidSyntax, InvalidValue, MutabilityRefused
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Attribute, Document, Extension, ResourceType, Schema, Type

USER = user_type(EXTENDED)


def accepted(**body: object) -> Document:
    """The body with a user name, accepted, less what every user has."""
    document = accept({"schemas": [USER_URN], "userName": "mira", **body}, USER)
    return {name: value for name, value in document.items() if name not in ("schemas", "userName")}


def test_names_get_their_spelling_and_values_their_type() -> None:
    body: Document = {
        "SCHEMAS": [USER_URN.upper(), "http://schemas.example/2006/Group"],
        "username": "mira@northlight.example",
        "ACTIVE": "True",
        "Name": {"GIVENNAME": "Mira", "familyName": "", "formatted": None},
        "emails": [{"Value": "mira@northlight.example", "TYPE": "work", "primary": "true"}],
        ENTERPRISE_URN.upper(): {"Department": "Support", "manager": "boss-1"},
        GENESYS_URN: {"routingSkills": [{"name": "Billing", "proficiency": "4"}]},
        JOINER_URN: {"sourceOrg": "north"},
    }
    assert accept(body, USER) == {
        "schemas": [USER_URN, ENTERPRISE_URN, GENESYS_URN, JOINER_URN],
        "userName": "mira@northlight.example",
        "active": True,
        "name": {"givenName": "Mira"},
        "emails": [{"value": "mira@northlight.example", "type": "work", "primary": True}],
        ENTERPRISE_URN: {"department": "Support", "manager": {"value": "boss-1"}},
        GENESYS_URN: {"routingSkills": [{"name": "Billing", "proficiency": 4}]},
        JOINER_URN: {"sourceOrg": "north"},
    }


def test_read_only_parts_are_taken_without_an_error_and_dropped() -> None:
    manager = {"value": "boss-1", "$ref": "../Users/boss-1", "displayName": "Boss"}
    assert accepted(id="x", meta={"resourceType": "User"}, groups=[{"value": "g"}], **{ENTERPRISE_URN: {"manager": manager}}) == {
        ENTERPRISE_URN: {"manager": {"value": "boss-1", "$ref": "../Users/boss-1"}}
    }


def test_empty_is_absent_and_unknown_is_ignored() -> None:
    empty = {"title": "", "nickName": None, "roles": [], "emails": [{"type": "work", "value": ""}], "name": {}, "phoneNumbers": ""}
    assert accepted(**empty, shoeSize=44, **{ENTERPRISE_URN: {"department": "", "shoe": 1}, GENESYS_URN: None, "urn:x:y": {"z": 1}}) == {}


def test_vendor_names_without_schema_reach_their_place() -> None:
    assert accepted(divisionId="d-1", employeeNumber="7") == {ENTERPRISE_URN: {"division": "d-1", "employeeNumber": "7"}}
    assert accepted(**{ENTERPRISE_URN: {"divisionId": "d-1"}}) == {ENTERPRISE_URN: {"division": "d-1"}}
    assert accepted(email="x@x.example") == {}


def test_doubles_and_second_primaries_are_settled() -> None:
    emails = [
        {"value": "a@x.example", "type": "work", "primary": True},
        {"value": "b@x.example", "type": "home", "primary": True},
        {"value": "A@x.example", "type": "Work"},
    ]
    assert accepted(emails=emails)["emails"] == [
        {"value": "A@x.example", "type": "Work"},
        {"value": "b@x.example", "type": "home", "primary": True},
    ]


def test_strict_contract_knows_no_name_and_only_its_own_parts() -> None:
    body = {
        "userName": "m@n.example",
        "displayName": "Mira",
        "name": {"givenName": "Mira"},
        "roles": [{"value": "Agent", "display": "A"}],
        "nickName": "M",
    }
    assert accept(body, user_type(STRICT)) == {
        "schemas": [USER_URN],
        "userName": "m@n.example",
        "displayName": "Mira",
        "roles": [{"value": "Agent"}],
    }


@pytest.mark.parametrize(
    ("body", "refusal", "words"),
    [
        ({"userName": ""}, InvalidValue, "userName is required"),
        ({"schemas": "x"}, InvalidValue, "schemas: expected a list of URNs, found 'x'"),
        ({"schemas": [1]}, InvalidValue, "schemas: expected a list of URNs, found a list"),
        ({"schemas": [GROUP_URN]}, InvalidValue, "a User is described by urn:ietf"),
        ({"userName": 5}, InvalidValue, "userName: expected text, found 5"),
        ({"USERNAME": "again"}, InvalidSyntax, "USERNAME: this attribute is named twice"),
        ({"title": {"a": 1}}, InvalidValue, "title: expected text, found an object"),
        ({"active": "perhaps"}, InvalidValue, "active: expected true or false"),
        ({"active": 1}, InvalidValue, "active: expected true or false, found 1"),
        ({"emails": "x@x.example"}, InvalidValue, "emails: expected a list, found 'x@x.example'"),
        ({"emails": [["x"]]}, InvalidValue, r"emails\[0\]: expected an object with value"),
        ({"emails": [{"value": {"a": 1}}]}, InvalidValue, r"emails\[0\]\.value: expected text"),
        ({"emails": [{"value": "x", "primary": "often"}]}, InvalidValue, r"emails\[0\]\.primary: expected true or false"),
        ({"title": True}, InvalidValue, "title: expected text, found true"),
        ({"emails": [{"value": "x", "primary": "y" * 99}]}, InvalidValue, "…"),
        ({"name": "Mira Okoye"}, InvalidValue, "name: expected an object with formatted, familyName"),
        ({ENTERPRISE_URN: "Support"}, InvalidValue, "expected an object, found 'Support'"),
        ({ENTERPRISE_URN: {"manager": ["a", "b"]}}, InvalidValue, "manager: expected an object with value"),
        (
            {GENESYS_URN: {"routingSkills": [{"name": "Billing", "proficiency": "high"}]}},
            InvalidValue,
            r"routingSkills\[0\]\.proficiency: expected a number",
        ),
        ({GENESYS_URN: {"externalIds": [{"authority": "a"}]}}, InvalidValue, r"externalIds\[0\]: value is required here"),
    ],
)
def test_wrong_body_is_refused_with_its_path(body: Document, refusal: type[ScimRefusal], words: str) -> None:
    with pytest.raises(refusal, match=words):
        accept({"userName": "mira"} | body, USER)


def test_connection_may_refuse_what_nobody_knows() -> None:
    for body, words in (
        ({"shoeSize": 44}, "shoeSize: User has no such attribute"),
        ({ENTERPRISE_URN: {"shoe": 1}}, "enterprise:2.0:User:shoe: there is no such attribute"),
    ):
        with pytest.raises(InvalidSyntax, match=words):
            accept({"userName": "mira"} | body, USER, unknown="refuse")
    with pytest.raises(InvalidValue, match=r"name\.shoe: there is no such sub-attribute"):
        accept({"userName": "mira", "name": {"shoe": 1}}, USER, unknown="refuse")


BADGE = ResourceType(
    "Badge",
    "/Badges",
    Schema(
        "urn:x:Badge",
        "Badge",
        "A badge.",
        (
            Attribute("serial", mutability="immutable"),
            Attribute("printed", Type.DATE_TIME),
            Attribute("count", Type.INTEGER),
            Attribute("doors", Type.COMPLEX, multi_valued=True, sub_attributes=(Attribute("names", multi_valued=True), Attribute("floor"))),
        ),
    ),
    (
        Extension(
            Schema("urn:x:Owner", "Owner", "Who has it.", (Attribute("owner"), Attribute("seen", mutability="readOnly"))), required=True
        ),
    ),
)


def test_types_beyond_those_of_users_are_settled() -> None:
    body = {
        "printed": "2026-11-22T09:30:00Z",
        "count": 3.0,
        "doors": [{"names": ["North", ""], "floor": "1"}, {"names": [""], "floor": "2"}],
        "urn:x:Owner": {"owner": "m", "seen": "x"},
    }
    assert accept(body, BADGE) == {
        "schemas": ["urn:x:Badge", "urn:x:Owner"],
        "printed": "2026-11-22T09:30:00Z",
        "count": 3,
        "doors": [{"names": ["North"], "floor": "1"}, {"floor": "2"}],
        "urn:x:Owner": {"owner": "m"},
    }
    with pytest.raises(InvalidValue, match="urn:x:Owner is required"):
        accept({"serial": "1"}, BADGE)
    with pytest.raises(InvalidValue, match="printed: expected a date and time"):
        accept({"printed": "soon"}, BADGE)
    with pytest.raises(InvalidValue, match="printed: expected a date and time"):
        accept({"printed": 5}, BADGE)


def test_put_keeps_what_only_the_server_may_change_and_clears_the_rest() -> None:
    current: Document = {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "id": "1",
        "meta": {"version": '"3"'},
        "userName": "mira",
        "title": "Agent",
        "roles": [{"value": "Agent"}],
        ENTERPRISE_URN: {"department": "Support"},
    }
    put = accept({"userName": "mira.o"}, USER)
    assert replace(current, put, USER) == {"schemas": [USER_URN], "id": "1", "meta": {"version": '"3"'}, "userName": "mira.o"}


def test_strict_put_leaves_alone_what_genesys_leaves_alone() -> None:
    current: Document = {
        "userName": "m@n.example",
        "title": "Agent",
        "active": False,
        "roles": [{"value": "Agent"}],
        ENTERPRISE_URN: {"department": "Support"},
        GENESYS_URN: {"routingSkills": [{"name": "Billing"}], "externalIds": [{"authority": "a", "value": "v"}]},
        "x-unknown": 1,
    }
    put = {"userName": "m@n.example", GENESYS_URN: {"externalIds": [{"authority": "b", "value": "w"}]}}
    assert replace(current, put, user_type(STRICT), RETAINED_BY_GENESYS) == {
        "schemas": [USER_URN, GENESYS_URN],
        "userName": "m@n.example",
        "active": False,
        "roles": [{"value": "Agent"}],
        GENESYS_URN: {"routingSkills": [{"name": "Billing"}], "externalIds": [{"authority": "b", "value": "w"}]},
    }


def test_put_cannot_change_what_is_immutable() -> None:
    current: Document = {"serial": "S1", "urn:x:Owner": {"owner": "m", "seen": "today"}}
    assert replace(current, {"urn:x:Owner": {"owner": "n"}}, BADGE) == {
        "schemas": ["urn:x:Badge", "urn:x:Owner"],
        "serial": "S1",
        "urn:x:Owner": {"owner": "n", "seen": "today"},
    }
    with pytest.raises(MutabilityRefused, match="serial cannot be changed"):
        replace(current, {"serial": "S2"}, BADGE)


def test_group_members_need_an_id() -> None:
    body: Document = {"displayName": "Night", "members": [{"value": "u1", "$ref": None, "display": "M"}]}
    assert accept(body, group_type(EXTENDED))["members"] == [{"value": "u1"}]
    with pytest.raises(InvalidValue, match=r"members\[0\]: value is required"):
        accept({"displayName": "Night", "members": [{"display": "M"}]}, group_type(EXTENDED))


def test_schemas_and_types_are_found_in_any_case() -> None:
    emails = USER.find("EMAILS")
    assert emails is not None
    assert emails.find("Value") is not None
    assert emails.find("shoe") is None
    enterprise = USER.find_extension(ENTERPRISE_URN.upper())
    assert enterprise is not None
    assert enterprise.find("DEPARTMENT") is not None
    assert USER.find_extension("urn:x") is None
