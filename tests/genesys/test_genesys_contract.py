"""The contract's rules on users (genesys-cloud.md §2, §5, §6)."""

from __future__ import annotations

from dataclasses import replace as with_setting
from typing import Any

import pytest

from joiner.errors import ScimRefusal
from joiner.genesys.contract import (
    EXTERNAL_ID_AUTHORITY,
    check_user_name,
    deactivated,
    deleted,
    reactivated,
    render_user,
    settle_user,
    undeleted,
)
from joiner.genesys.organisation import Named, OrgNames
from joiner.genesys.profile import EXTENDED, STRICT, Profile
from joiner.genesys.schemas import GENESYS_URN, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN, USER_URN
from joiner.scim.refusals import InvalidValue, MutabilityRefused
from joiner.scim.schema import Document

SUPERVISOR_ID = "0f6c1b52-3b0e-4a51-9d53-2f7f0b0c7a11"
NAMES = OrgNames(
    divisions=(Named("d1", "Home"), Named("d2", "Support")),
    roles=(Named("r1", "employee"), Named("r2", "Agent"), Named(SUPERVISOR_ID, "Supervisor")),
    skills=(Named("s1", "Billing"), Named("s2", "Returns")),
    languages=(Named("l1", "German"),),
)
MIRA: Document = {"userName": "mira@northlight.example", "displayName": "Mira Okoye"}
OTHER = {"value": "mira@northlight.example", "type": "other"}


def settled(document: Document, profile: Profile = STRICT, current: Document | None = None, **more: Any) -> Document:
    return settle_user(document, current, NAMES, profile, user_type(profile), **more)


def test_new_user_is_active_in_home_and_an_employee() -> None:
    assert settled(MIRA) == {
        **MIRA,
        "schemas": [USER_URN, ENTERPRISE_URN],
        "active": True,
        "emails": [OTHER],
        "roles": [{"value": "employee"}],
        ENTERPRISE_URN: {"division": "Home"},
    }


def test_org_without_names_of_its_own_adds_none() -> None:
    assert settle_user(MIRA, None, OrgNames(), EXTENDED, user_type(EXTENDED)) == {**MIRA, "schemas": [USER_URN], "active": True}


def test_extended_org_that_defines_no_names_takes_any_text() -> None:
    given: Document = {**MIRA, "roles": [{"value": "student", "primary": True}], ENTERPRISE_URN: {"division": "Theme Park"}}
    built_in = OrgNames(divisions=(Named("d1", "Home"),), roles=(Named("r1", "Employee"),))
    after = settle_user(given, None, built_in, EXTENDED, user_type(EXTENDED))
    assert (after["roles"], after[ENTERPRISE_URN]) == ([{"value": "student", "primary": True}], {"division": "Theme Park"})
    with pytest.raises(InvalidValue, match='roles: role "student": this org has no role of this name'):
        settle_user(given, None, built_in, STRICT, user_type(STRICT))


def test_roles_and_division_come_by_name_in_any_case_or_by_id() -> None:
    roles = [{"value": "agent"}, {"value": SUPERVISOR_ID.upper()}, {"value": "AGENT"}]
    after = settled({**MIRA, "roles": roles, ENTERPRISE_URN: {"division": "SUPPORT"}})
    assert after["roles"] == [{"value": "Agent"}, {"value": "Supervisor"}]
    assert after[ENTERPRISE_URN] == {"division": "Support"}


def test_silence_keeps_activity_and_division_and_a_patch_that_takes_the_division_away_means_home() -> None:
    current = {**MIRA, "active": False, ENTERPRISE_URN: {"division": "Support"}}
    after = settled(MIRA, current=current)
    assert (after["active"], after[ENTERPRISE_URN], "roles" in after) == (False, {"division": "Support"}, False)
    assert settled(MIRA, current=current, patched=True)[ENTERPRISE_URN] == {"division": "Home"}
    assert settled(MIRA, current=MIRA)["active"] is True


def test_strict_keeps_one_work_address_and_mirrors_the_user_name() -> None:
    emails = [
        {"value": "a@x.example"},
        {"value": "b@x.example", "type": "Work"},
        {"value": "c@x.example", "type": "home"},
        {"value": "d@x.example", "type": "other"},
    ]
    assert settled({**MIRA, "emails": emails})["emails"] == [{"value": "b@x.example", "type": "work"}, OTHER]
    assert settled({**MIRA, "emails": emails}, EXTENDED)["emails"] == emails


def test_patch_of_the_mirror_is_refused_unless_it_says_the_user_name() -> None:
    current = {**MIRA, "emails": [OTHER]}
    renamed = {**MIRA, "userName": "mira.o@northlight.example", "emails": [OTHER]}
    assert settled(renamed, current=current, patched=True)["emails"] == [{"value": "mira.o@northlight.example", "type": "other"}]
    with pytest.raises(MutabilityRefused, match="mirrors userName"):
        settled({**MIRA, "emails": [{"value": "x@x.example", "type": "other"}]}, current=current, patched=True)


def test_strict_phones_are_e164_one_per_type() -> None:
    phones = [
        {"value": "+1 317 555 0100", "type": "WORK"},
        {"value": "tel:+13175550101; ext=12", "type": "mobile", "primary": True},
        {"value": "+13175550102"},
        {"value": "mira@teams.example", "type": "microsoftteams"},
        {"value": "+13175550103", "type": "fax"},
    ]
    assert settled({**MIRA, "phoneNumbers": phones})["phoneNumbers"] == [
        {"value": "+13175550102", "type": "work"},
        {"value": "tel:+13175550101;ext=12", "type": "mobile", "primary": True},
        {"value": "mira@teams.example", "type": "microsoftteams"},
    ]
    assert settled({**MIRA, "phoneNumbers": phones}, EXTENDED)["phoneNumbers"] == phones
    assert "phoneNumbers" not in settled({**MIRA, "phoneNumbers": [{"value": "+13175550103", "type": "fax"}]})


def test_national_number_needs_a_region() -> None:
    given = {**MIRA, "phoneNumbers": [{"value": "0711 123456", "type": "work"}]}
    assert settled(given, phone_region="DE")["phoneNumbers"] == [{"value": "+49711123456", "type": "work"}]
    with pytest.raises(InvalidValue, match=r'phoneNumbers\[type eq "work"\]\.value "0711 123456": .* send it as \+13175550100'):
        settled(given)


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T23:30:00-05:00", "2026-11-22"),
        ("2026-11-22T09:30:00Z", "2026-11-22"),
        ("20261122", "2026-11-22"),
    ],
)
def test_day_of_hire_is_kept_as_a_day(given: str, day: str) -> None:
    assert settled({**MIRA, ENTERPRISE_URN: {"dateHire": given}})[ENTERPRISE_URN]["dateHire"] == day


def test_hire_date_that_is_none_is_kept_as_sent_in_extended() -> None:
    assert settled({**MIRA, ENTERPRISE_URN: {"dateHire": "in spring"}}, EXTENDED)[ENTERPRISE_URN]["dateHire"] == "in spring"
    assert settled({**MIRA, ENTERPRISE_URN: {"dateHire": "20261122"}}, EXTENDED)[ENTERPRISE_URN]["dateHire"] == "2026-11-22"


@pytest.mark.parametrize(
    "given",
    [
        {"value": "26118915"},
        {"value": "26118915", "$ref": "https://elsewhere.example/Users/7"},
        {"$ref": "../Users/26118915"},
        {"$ref": "https://northlight.example/scim/v2/Users/26118915/"},
    ],
)
def test_manager_is_kept_as_an_id(given: Document) -> None:
    assert settled({**MIRA, ENTERPRISE_URN: {"manager": given}}, EXTENDED)[ENTERPRISE_URN]["manager"] == {"value": "26118915"}


def test_org_that_defined_no_names_of_its_own_gives_nobody_one_in_extended() -> None:
    bare = OrgNames(divisions=(Named("d1", "Home"),), roles=(Named("r1", "employee"),))
    assert settle_user(MIRA, None, bare, EXTENDED, user_type(EXTENDED)) == {**MIRA, "schemas": [USER_URN], "active": True}
    for settled_user in (settle_user(MIRA, None, bare, STRICT, user_type(STRICT)), settled(MIRA, EXTENDED)):
        assert (settled_user["roles"], settled_user[ENTERPRISE_URN]) == ([{"value": "employee"}], {"division": "Home"})


def test_skills_are_case_sensitive_and_keep_their_proficiency_when_none_is_said() -> None:
    current = {**MIRA, GENESYS_URN: {"routingSkills": [{"name": "Billing", "proficiency": 4.0}]}}
    given = {
        **MIRA,
        GENESYS_URN: {
            "routingSkills": [{"name": "Billing"}, {"name": "Returns"}],
            "routingLanguages": [{"name": "German", "proficiency": 5}],
        },
    }
    assert settled(given, current=current)[GENESYS_URN] == {
        "routingSkills": [{"name": "Billing", "proficiency": 4.0}, {"name": "Returns", "proficiency": 0.0}],
        "routingLanguages": [{"name": "German", "proficiency": 5.0}],
    }


def test_own_external_id_may_come_back_and_reserved_ones_are_never_stored() -> None:
    mine = {"authority": EXTERNAL_ID_AUTHORITY + "client-1", "value": "00u1"}
    zoom = {"authority": "zoomphone", "value": "z-1"}
    mirror = (mine["authority"], mine["value"])
    given = {**MIRA, GENESYS_URN: {"externalIds": [mine, zoom]}}
    assert settled(given)[GENESYS_URN] == {"externalIds": [zoom]}
    assert settled(given, patched=True, mirror=mirror)[GENESYS_URN] == {"externalIds": [zoom]}
    with pytest.raises(MutabilityRefused, match="reserved; set externalId instead"):
        settled(given, patched=True)
    assert GENESYS_URN not in settled({**MIRA, GENESYS_URN: {"externalIds": [mine]}})


def listed(count: int, what: str) -> list[dict[str, str]]:
    return [{"name": f"{what}{n}"} for n in range(count)]


@pytest.mark.parametrize(
    ("more", "refusal", "words"),
    [
        ({"userName": "mira"}, InvalidValue, 'userName "mira": expected the e-mail address'),
        ({"userName": "mira@northlight.example "}, InvalidValue, "blanks before or behind it"),
        ({"phones": [{"value": str(n)} for n in range(251)]}, InvalidValue, "phones: 251 given; a user can have 250"),
        (
            {"roles": [{"value": "Suprvisor"}]},
            InvalidValue,
            'roles: role "Suprvisor": this org has no role of this name; the nearest is "Supervisor"',
        ),
        ({ENTERPRISE_URN: {"division": "Suport"}}, InvalidValue, 'division "Suport".* the nearest is "Support"'),
        ({ENTERPRISE_URN: {"dateHire": "soon"}}, InvalidValue, 'dateHire "soon": expected a date'),
        ({GENESYS_URN: {"routingSkills": [{"name": "billing"}]}}, InvalidValue, 'the nearest is "Billing". Names are case-sensitive'),
        (
            {GENESYS_URN: {"routingSkills": [{"name": "Billing", "proficiency": 5.1}]}},
            InvalidValue,
            r"proficiency 5\.1 is outside 0\.0 to 5\.0",
        ),
        ({GENESYS_URN: {"routingLanguages": [{"name": "German", "proficiency": -1}]}}, InvalidValue, "proficiency -1 is outside"),
        (
            {GENESYS_URN: {"externalIds": [{"authority": "a", "value": str(n)} for n in range(101)]}},
            InvalidValue,
            "101 given; a user can have 100",
        ),
    ],
)
def test_user_against_the_contract_is_refused(more: Document, refusal: type[ScimRefusal], words: str) -> None:
    with pytest.raises(refusal, match=words):
        settled({**MIRA, **more})


def test_more_skills_than_a_user_can_have_are_refused() -> None:
    many = OrgNames(skills=tuple(Named(str(n), f"S{n}") for n in range(60)), languages=tuple(Named(str(n), f"L{n}") for n in range(60)))
    for attribute, what in (("routingSkills", "S"), ("routingLanguages", "L")):
        with pytest.raises(InvalidValue, match=f"{attribute}: 51 given; a user can have 50"):
            settle_user({**MIRA, GENESYS_URN: {attribute: listed(51, what)}}, None, many, STRICT, user_type(STRICT))
        assert (
            len(
                settle_user({**MIRA, GENESYS_URN: {attribute: listed(50, what)}}, None, many, STRICT, user_type(STRICT))[GENESYS_URN][
                    attribute
                ]
            )
            == 50
        )


def test_user_name_may_be_anything_where_the_profile_says_so() -> None:
    check_user_name("mira", EXTENDED)


def test_caller_sees_his_external_id_and_its_mirror() -> None:
    stored = {**MIRA, "schemas": [USER_URN]}
    entry = {"authority": "x-pc:scimv2:v1:client-1", "value": "00u1"}
    assert render_user(stored, STRICT, user_type(STRICT), client_id="client-1", external_id=None) is stored
    assert render_user(stored, EXTENDED, user_type(EXTENDED), client_id="client-1", external_id="00u1") == {**stored, "externalId": "00u1"}
    assert render_user(stored, STRICT, user_type(STRICT), client_id="client-1", external_id="00u1") == {
        **MIRA,
        "schemas": [USER_URN, GENESYS_URN],
        "externalId": "00u1",
        GENESYS_URN: {"externalIds": [entry]},
    }


USER: Document = {**MIRA, "active": True, "roles": [{"value": "Agent"}], ENTERPRISE_URN: {"division": "Support", "department": "Care"}}


def test_leaver_loses_his_roles_and_keeps_his_data() -> None:
    assert deactivated(USER, STRICT) == {**MIRA, "active": False, ENTERPRISE_URN: USER[ENTERPRISE_URN]}
    assert deactivated(USER, with_setting(STRICT, roles_on_deactivate="keep"))["roles"] == [{"value": "Agent"}]


def test_returner_comes_back_without_roles() -> None:
    assert reactivated(deactivated(USER, STRICT)) == {**MIRA, "active": True, ENTERPRISE_URN: USER[ENTERPRISE_URN]}


def test_deleted_user_moves_home_and_restored_one_stays_there() -> None:
    gone = deleted(USER, NAMES)
    assert gone == {**MIRA, "active": False, ENTERPRISE_URN: {"division": "Home", "department": "Care"}}
    assert undeleted({**gone, "roles": [{"value": "x"}]}) == {**gone, "active": True}
    assert deleted(USER, OrgNames())[ENTERPRISE_URN] == USER[ENTERPRISE_URN]


@pytest.mark.parametrize("profile", [STRICT, EXTENDED])
def test_settling_what_is_settled_changes_nothing(profile: Profile) -> None:
    given: Document = {
        **MIRA,
        "emails": [{"value": "m@home.example", "type": "Work"}],
        "phoneNumbers": [{"value": "+1 317 555 0100", "type": "work"}, {"value": "tel:+13175550101; ext=12", "type": "mobile"}],
        "roles": [{"value": "agent"}, {"value": SUPERVISOR_ID}],
        ENTERPRISE_URN: {"division": "support", "dateHire": "2026-11-22T09:30:00Z"},
        GENESYS_URN: {"routingSkills": [{"name": "Billing"}], "externalIds": [{"authority": "a", "value": "v"}]},
    }
    once = settled(given, profile)
    assert settled(once, profile, current=once) == once
    assert settled(once, profile, current=once, patched=True) == once
