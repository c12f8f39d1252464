"""The contract as data: profiles, schemas, names, filters, permissions, regions, error bodies, limits."""

from __future__ import annotations

import json

import pytest

from joiner.genesys import error_bodies, limits
from joiner.genesys.attested import check_attested
from joiner.genesys.organisation import Kind, Named, OrgNames, nearest, resolve_name
from joiner.genesys.permissions import SCIM_INTEGRATION, permissions_for
from joiner.genesys.profile import EXTENDED, PROFILES, STRICT
from joiner.genesys.regions import REGIONS, find_region, is_scim_host, nearest_region
from joiner.genesys.schemas import GENESYS_URN, JOINER_URN, PHONE_TYPES, group_type, user_type
from joiner.scim.core_schemas import ENTERPRISE_URN
from joiner.scim.filter import parse_filter
from joiner.scim.path import parse_attribute_path
from joiner.scim.refusals import InvalidFilter, InvalidValue

GUID = "0f6c1b52-3b0e-4a51-9d53-2f7f0b0c7a11"
NAMES = OrgNames(
    divisions=(Named(GUID, "Support"), Named("d1", "HOME")),
    roles=(Named("r1", "Agent"),),
    skills=(Named("s1", "Billing"), Named("s2", "billing")),
)


def test_strict_and_extended_differ_as_the_design_says() -> None:
    assert PROFILES == {"strict": STRICT, "extended": EXTENDED}
    table = {
        name: (getattr(STRICT, name), getattr(EXTENDED, name))
        for name in STRICT.__slots__
        if getattr(STRICT, name) != getattr(EXTENDED, name) and name != "put_retains"
    }
    assert table == {
        "name": ("strict", "extended"),
        "contract_attributes_only": (True, False),
        "unknown_patch_path": ("ignore", "refuse"),
        "list_shows_inactive": (False, True),
        "attested_filters_only": (True, False),
        "unquoted_filter_values": (True, False),
        "patch_answer_groups": ("body", "empty"),
        "groups_may_be_created": (False, True),
        "group_rename": ("refuse", "rename"),
        "group_delete": ("refuse", "own"),
        "nested_groups": (False, True),
        "pushes_guarded": (False, True),
        "standard_queries": (False, True),
        "phones_returned": ("e164", "as-sent"),
        "text_as_hire_date": (False, True),
        "stale_if_match": (400, 412),
        "gateway_error_bodies": (True, False),
        "undelete_on_create": ("same-user-name", "same-external-id"),
        "requests_per_minute": (300, None),
        "user_name_must_be_email": (True, False),
        "body_bytes_max": (512_000, 1_048_576),
        "page_max": (100, 1_000),
        "user_name_mirrored": (True, False),
        "external_id_mirrored": (True, False),
        "free_names_while_none_defined": (False, True),
    }
    assert (STRICT.put_retains >= {"roles", "active", f"{GENESYS_URN}:routingSkills"}, EXTENDED.put_retains) == (True, frozenset())


def test_strict_user_is_the_contract_and_nothing_else() -> None:
    strict = user_type(STRICT)
    assert [each.name for each in strict.schema.attributes] == [
        "userName", "displayName", "title", "active", "password", "emails", "phoneNumbers", "groups", "roles", "meta",
    ]  # fmt: skip
    assert [each.schema.id for each in strict.extensions] == [ENTERPRISE_URN, GENESYS_URN]
    assert [each.name for each in strict.extensions[0].schema.attributes] == [
        "division",
        "department",
        "manager",
        "employeeNumber",
        "dateHire",
    ]
    assert [each.name for each in strict.extensions[1].schema.attributes] == ["routingSkills", "routingLanguages", "externalIds"]
    phones = strict.find("phoneNumbers")
    assert phones is not None
    assert [sub.name for sub in phones.sub_attributes] == ["value", "type", "primary"]
    assert phones.subs["type"].canonical_values == PHONE_TYPES
    assert strict.required == ("userName", "displayName")


def test_extended_user_has_the_standard_and_ours_besides() -> None:
    extended = user_type(EXTENDED)
    assert extended.find("name") is not None
    assert [each.schema.id for each in extended.extensions] == [ENTERPRISE_URN, GENESYS_URN, JOINER_URN]
    assert {"costCenter", "organization", "dateHire", "division"} <= {each.name for each in extended.extensions[0].schema.attributes}
    assert extended.required == ("userName",)


def test_resource_types_are_the_same_object_each_time() -> None:
    assert user_type(STRICT) is user_type(STRICT)
    assert group_type(EXTENDED) is group_type(EXTENDED)
    assert group_type(STRICT) is not group_type(EXTENDED)


@pytest.mark.parametrize(("kind", "text", "name"), [
    ("division", "support", "Support"), ("division", GUID.upper(), "Support"), ("division", "home", "HOME"), ("division", "d1", "HOME"),
    ("role", "AGENT", "Agent"), ("skill", "billing", "billing"), ("skill", "Billing", "Billing"), ("skill", "s1", "Billing"),
])  # fmt: skip
def test_name_or_id_is_resolved(kind: Kind, text: str, name: str) -> None:
    assert resolve_name(kind, text, NAMES).name == name


@pytest.mark.parametrize(("kind", "text", "words"), [
    ("division", "Suport", 'division "Suport": this org has no division of this name; the nearest is "Support".'),
    ("division", "Zzz", 'it has 2, such as "Support"'),
    ("language", "German", "it has 0. Names are case-sensitive here."),
    ("role", GUID, f'role {GUID}: this org has no role with this id. Send the role\'s name, such as "Agent".'),
    ("language", GUID, "no language with this id. Send the language's name."),
])  # fmt: skip
def test_name_that_is_not_there_is_refused_with_the_nearest(kind: Kind, text: str, words: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        resolve_name(kind, text, NAMES)
    assert words in refused.value.detail


def test_home_is_spelled_as_the_org_spells_it() -> None:
    assert (NAMES.home, OrgNames().home) == ("HOME", "Home")
    assert (NAMES.defines("division"), OrgNames(divisions=(Named("d", "home"),)).defines("division"), NAMES.defines("language")) == (
        True,
        False,
        False,
    )


def test_nearest_prefers_the_first_of_equals_and_gives_up_on_strangers() -> None:
    assert nearest("agnt", ["Agent", "AGENT"]) == "Agent"
    assert nearest("xyz", ["Agent"]) is None


@pytest.mark.parametrize(
    "text",
    [
        'id eq "1"',
        'userName eq "x"',
        'USERNAME EQ "x"',
        'email eq "x"',
        'emails.value eq "x"',
        'manager eq "x"',
        "active eq false",
        'externalId eq "x"',
        'division eq "Home"',
        'employeeNumber eq "7"',
        f'{ENTERPRISE_URN}:division eq "x"',
        'emails[type eq "work"].value eq "x"',
        'emails[value eq "x"]',
        f'{GENESYS_URN}:externalIds[authority eq "a" and value eq "v"]',
        f'{GENESYS_URN}:externalIds[value eq "v" and authority eq "a"]',
        'id eq "1" and manager eq "2"',
        'manager eq "2" and id eq "1"',
    ],
)
def test_filter_that_genesys_understands_passes(text: str) -> None:
    check_attested(parse_filter(text), user_type(STRICT))


@pytest.mark.parametrize(
    "text",
    [
        'userName sw "x"',
        'title eq "x"',
        "userName pr",
        'not (userName eq "x")',
        'userName eq "x" or id eq "1"',
        'userName eq "x" and active eq true',
        f'{GENESYS_URN}:externalIds[authority eq "a"]',
        f'{GENESYS_URN}:externalIds[authority eq "a" and value ne "v"]',
        'phoneNumbers[value eq "x"]',
        'id eq "1" and manager eq "2" and active eq true',
        'id eq "1" and title eq "x"',
        'id eq "1" and userName eq "x"',
        'emails[value eq "x" and value eq "x"]',
        "emails[value pr]",
    ],
)
def test_filter_that_genesys_does_not_understand_is_refused_with_those_it_does(text: str) -> None:
    with pytest.raises(InvalidFilter, match="id, userName, email, manager, division"):
        check_attested(parse_filter(text), user_type(STRICT))


def test_filters_of_groups() -> None:
    for text in (
        'displayname eq "Sales"',
        'id eq "1"',
        'members eq "u"',
        'members[value eq "u"]',
        'id eq "1" and members eq "u"',
        'id eq "1" and members[value eq "u"]',
    ):
        check_attested(parse_filter(text), group_type(STRICT))
    with pytest.raises(InvalidFilter, match="id, displayName, externalId and members"):
        check_attested(parse_filter('displayName co "S"'), group_type(STRICT))
    with pytest.raises(InvalidFilter, match="no attribute shoeSize"):
        check_attested(parse_filter('shoeSize eq "S"'), group_type(STRICT))


def test_permissions_of_routes() -> None:
    assert permissions_for("get", "Users") == ()
    assert permissions_for("GET", "schemas") == ()
    assert permissions_for("GET", "groups") == ("directory:group:edit",)
    assert "directory:user:setPassword" in permissions_for("PATCH", "users")
    assert permissions_for("POST", "users")[0] == "directory:user:add"
    assert set(permissions_for("DELETE", "users")) <= set(SCIM_INTEGRATION)


@pytest.mark.parametrize("text", [
    "eu-central-1", "mypurecloud.de", "https://api.mypurecloud.de", "HTTPS://API.MYPURECLOUD.DE/api/v2/scim/v2", "api.mypurecloud.de:443",
    "login.mypurecloud.de", " apps.mypurecloud.de ", "https://scim.eu.mypurecloud.de/api/v2/scim/v2/",
])  # fmt: skip
def test_region_is_found_by_whatever_names_it(text: str) -> None:
    region = find_region(text)
    assert region is REGIONS["eu-central-1"]
    assert region is not None
    assert (region.api_host, region.login_host, region.apps_host) == ("api.mypurecloud.de", "login.mypurecloud.de", "apps.mypurecloud.de")


def test_place_that_is_no_region_has_a_nearest() -> None:
    assert find_region("eu-central-9") is None
    assert find_region("http://127.0.0.1:8470/northlight") is None
    assert find_region("") is None
    assert nearest_region("mypurcloud.de") == "mypurecloud.de"
    assert (is_scim_host("https://scim.mypurecloud.de"), is_scim_host("api.mypurecloud.de")) == (True, False)
    assert len(REGIONS) == 36


def test_gateway_errors_have_genesys_shape() -> None:
    assert json.loads(error_bodies.too_many_requests(42, "c-1")) == {
        "message": "Rate limit exceeded the maximum. Retry the request in [42] seconds",
        "code": "too.many.requests.retry.after",
        "status": 429,
        "contextId": "c-1",
        "details": [],
        "errors": [],
    }
    bodies = [
        error_bodies.unauthorized("c"),
        error_bodies.bad_credentials("c"),
        error_bodies.forbidden("c", ("directory:user:add",)),
        error_bodies.forbidden("c"),
        error_bodies.not_found("c"),
        error_bodies.too_large(512_000, "c"),
        error_bodies.internal("c"),
    ]
    assert [json.loads(body)["status"] for body in bodies] == [401, 401, 403, 403, 404, 413, 500]
    assert "directory:user:add" in json.loads(bodies[2])["message"]
    assert "512000" in json.loads(bodies[5])["message"]


def test_limits_are_those_of_the_contract() -> None:
    assert (limits.SKILLS_MAX, limits.LANGUAGES_MAX, limits.EXTERNAL_IDS_MAX, STRICT.removals_max) == (50, 50, 100, 1_000)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("manager", f"{ENTERPRISE_URN}:manager"),
        ("manager.value", f"{ENTERPRISE_URN}:manager.value"),
        ("Manager.displayName", f"{ENTERPRISE_URN}:manager.displayName"),
        ("email", "emails"),
    ],
)
def test_names_without_their_schema_mean_the_longer_path(written: str, meant: str) -> None:
    assert str(parse_attribute_path(written, user_type(EXTENDED))) == meant
