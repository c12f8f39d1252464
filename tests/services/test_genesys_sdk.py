"""The official Genesys Cloud SDK (PyPI ``purecloudplatformclientv2``) against hosted orgs: only its host is told to be another.

Each test runs on a strict and on an extended org; where the two differ, the test says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import PureCloudPlatformClientV2 as Sdk
import pytest
from PureCloudPlatformClientV2.rest import ApiException
from served_org import ENTERPRISE, GENESYS, House

NAMES = {"division": ("Sales", "Support"), "role": ("Agent", "Supervisor"), "skill": ("Billing",), "language": ("Suomi",)}
ENTERPRISE_FIELD = "urnietfparamsscimschemasextensionenterprise2_0_user"
GENESYS_FIELD = "urnietfparamsscimschemasextensiongenesyspurecloud2_0_user"


@dataclass(frozen=True)
class Org:
    profile: str
    client: Any
    scim: Any

    def person(self, name: str, **more: Any) -> Any:
        body = Sdk.ScimV2CreateUser()
        body.user_name, body.display_name = f"{name}@northlight.example", name.title()
        for field, value in more.items():
            setattr(body, field, value)
        return self.scim.post_scim_v2_users(body)

    def group(self, name: str) -> str:
        body = Sdk.GroupCreate()
        body.name, body.type, body.visibility, body.rules_visible = name, "official", "public", True
        return str(Sdk.GroupsApi(self.client).post_groups(body).id)

    def found(self, text: str) -> list[str]:
        return [user.user_name for user in self.scim.get_scim_v2_users(filter=text).resources]

    def etag(self) -> str:
        return str(self.client.last_response.getheader("ETag"))


@pytest.fixture(scope="module", params=["strict", "extended"])
def org(house: House, request: pytest.FixtureRequest) -> Org:
    served = house.org(f"sdk-{request.param}", request.param, NAMES)
    credentials = served.client("sdk")
    client = Sdk.api_client.ApiClient(host=f"{house.url}/{served.name}")
    client.get_client_credentials_token(credentials.client_id, credentials.secret)
    return Org(request.param, client, Sdk.SCIMApi(client))


def patch(*operations: tuple[str, str | None, Any]) -> Any:
    body = Sdk.ScimV2PatchRequest()
    body.schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    body.operations = []
    for op, path, value in operations:
        operation = Sdk.ScimV2PatchOperation()
        operation.op, operation.path, operation.value = op, path, value
        body.operations.append(operation)
    return body


def entry(made: Any, **fields: Any) -> Any:
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, Any]:
    with pytest.raises(ApiException) as caught:
        call(*arguments, **named)
    return caught.value.status, json.loads(caught.value.body) if caught.value.body else None


# ---------------------------------------------------------------- sign-in and discovery


def test_wrong_secret_gets_no_token(house: House) -> None:
    served = house.org("sdk-guessed", "strict")
    credentials = served.client("sdk")
    client = Sdk.api_client.ApiClient(host=f"{house.url}/{served.name}")
    with pytest.raises(ApiException) as caught:
        client.get_client_credentials_token(credentials.client_id, "guessed")
    assert caught.value.status in (400, 401)


def test_foreign_token_is_refused(org: Org) -> None:
    stranger = Sdk.api_client.ApiClient(host=org.client.host)
    stranger.access_token = "guessed"
    status, body = refused(Sdk.SCIMApi(stranger).get_scim_v2_users)
    assert status == 401
    assert body["status"] == (401 if org.profile == "strict" else "401")  # Genesys ErrorBody, or SCIM's


def test_token_is_described(org: Org) -> None:
    assert Sdk.TokensApi(org.client).get_tokens_me().organization.name == f"sdk-{org.profile}"


def test_discovery_is_read_by_the_models(org: Org) -> None:
    config = org.scim.get_scim_v2_serviceproviderconfig()
    assert (config.patch.supported, config.etag.supported, config.filter.supported) == (True, True, True)
    assert {kind.name for kind in org.scim.get_scim_v2_resourcetypes().resources} >= {"User", "Group"}
    assert org.scim.get_scim_v2_resourcetype("User").schema == "urn:ietf:params:scim:schemas:core:2.0:User"
    assert {ENTERPRISE, GENESYS} <= {schema.id for schema in org.scim.get_scim_v2_schemas().resources}
    assert org.scim.get_scim_v2_schema(GENESYS).id == GENESYS
    status, body = refused(org.scim.get_scim_v2_schemas, filter="id eq 1")
    assert (status, body["status"]) == (403, "403")


# ---------------------------------------------------------------- people


def test_person_with_everything_is_created_and_read_on_both_paths(org: Org) -> None:
    boss = org.person("boss")
    enterprise = entry(Sdk.ScimV2EnterpriseUser(), division="Sales", department="Care", employee_number="0071", date_hire="2026-03-01")
    enterprise.manager = entry(Sdk.Manager(), value=boss.id)
    genesys = Sdk.ScimUserExtensions()
    genesys.routing_skills = [entry(Sdk.ScimUserRoutingSkill(), name="Billing", proficiency=4.5)]
    genesys.routing_languages = [entry(Sdk.ScimUserRoutingLanguage(), name="Suomi", proficiency=5.0)]
    genesys.external_ids = [entry(Sdk.ScimGenesysUserExternalId(), authority="ringcentral", value="ab-1")]
    made = org.person(
        "aino",
        active=True,
        title="Agent",
        external_id="hr-1",
        password="Northlight-2026!",
        emails=[entry(Sdk.ScimEmail(), type="work", value="aino.work@northlight.example")],
        phone_numbers=[entry(Sdk.ScimPhoneNumber(), type="work", value="+358401234567", primary=True)],
        roles=[entry(Sdk.ScimUserRole(), value="Agent")],
        **{ENTERPRISE_FIELD: enterprise, GENESYS_FIELD: genesys},
    )
    for read in (org.scim.get_scim_v2_user, org.scim.get_scim_user):
        seen = read(made.id)
        assert (seen.user_name, seen.title, seen.external_id, seen.active, seen.password) == (
            "aino@northlight.example",
            "Agent",
            "hr-1",
            True,
            None,
        )
        assert "aino.work@northlight.example" in [email.value for email in seen.emails if email.type == "work"]
        assert [(phone.type, phone.value) for phone in seen.phone_numbers] == [("work", "+358401234567")]
        assert "Agent" in [role.value for role in seen.roles]
        work = getattr(seen, ENTERPRISE_FIELD)
        assert (work.division, work.department, work.employee_number, work.date_hire) == ("Sales", "Care", "0071", "2026-03-01")
        assert work.manager.value == boss.id
        more = getattr(seen, GENESYS_FIELD)
        assert [(skill.name, skill.proficiency) for skill in more.routing_skills] == [("Billing", 4.5)]
        assert [(language.name, language.proficiency) for language in more.routing_languages] == [("Suomi", 5.0)]
        assert ("ringcentral", "ab-1") in [(one.authority, one.value) for one in more.external_ids]
        assert seen.meta.version == org.etag()


def test_what_was_read_can_be_put_back(org: Org) -> None:
    made = org.person("bjork", title="Agent", external_id="hr-2")
    seen = org.scim.get_scim_v2_user(made.id)
    seen.title = "Lead"
    replaced = org.scim.put_scim_v2_user(made.id, seen, if_match=org.etag())
    assert (replaced.title, replaced.external_id, replaced.display_name) == ("Lead", "hr-2", "Bjork")
    assert org.scim.get_scim_user(made.id).title == "Lead"


def test_patch_of_every_kind_of_path(org: Org) -> None:
    made = org.person("chidi")
    changed = org.scim.patch_scim_v2_user(
        made.id,
        patch(
            ("replace", "displayName", "Chidi Ọkọ"),
            ("add", "title", "Agent"),
            ("add", 'phoneNumbers[type eq "mobile"].value', "+2348031234567"),
            ("add", 'emails[type eq "work"].value', "chidi.work@northlight.example"),
            ("add", f"{ENTERPRISE}:department", "Care"),
            ("add", "roles", [{"value": "Supervisor"}]),
            ("add", f"{GENESYS}:routingSkills", [{"name": "Billing", "proficiency": 2.0}]),
            ("add", f'{GENESYS}:externalIds[authority eq "microsoftteams"].value', "t-1"),
        ),
    )
    assert (changed.display_name, changed.title) == ("Chidi Ọkọ", "Agent")
    assert [(phone.type, phone.value) for phone in changed.phone_numbers] == [("mobile", "+2348031234567")]
    assert getattr(changed, ENTERPRISE_FIELD).department == "Care"
    assert "Supervisor" in [role.value for role in changed.roles]
    more = getattr(changed, GENESYS_FIELD)
    assert [skill.name for skill in more.routing_skills] == ["Billing"]
    assert ("microsoftteams", "t-1") in [(one.authority, one.value) for one in more.external_ids]
    emptied = org.scim.patch_scim_user(made.id, patch(("remove", "title", None), ("remove", 'phoneNumbers[type eq "mobile"]', None)))
    assert (emptied.title, emptied.phone_numbers) == (None, None)


def test_deactivated_person_is_found_and_comes_back(org: Org) -> None:
    made = org.person("dunja")
    assert org.scim.patch_scim_v2_user(made.id, patch(("replace", "active", False))).active is False
    inactive = {user.id for user in org.scim.get_scim_v2_users(filter="active eq false").resources}
    assert made.id in inactive
    listed = {user.id for user in org.scim.get_scim_v2_users(count=100).resources}
    assert (made.id in listed) == (org.profile == "extended")  # Genesys lists active people only, unless asked
    assert org.scim.patch_scim_v2_user(made.id, patch(("replace", None, {"active": True}))).active is True


def test_deleted_person_is_gone(org: Org) -> None:
    made = org.person("edda")
    org.scim.delete_scim_v2_user(made.id)
    status, body = refused(org.scim.get_scim_v2_user, made.id)
    assert (status, body["status"], body["schemas"]) == (404, "404", ["urn:ietf:params:scim:api:messages:2.0:Error"])


def test_attested_filters_find_the_one_person(org: Org) -> None:
    boss = org.person("filtered-boss")
    enterprise = entry(Sdk.ScimV2EnterpriseUser(), division="Support", employee_number="9876543210")
    enterprise.manager = entry(Sdk.Manager(), value=boss.id)
    genesys = Sdk.ScimUserExtensions()
    genesys.external_ids = [entry(Sdk.ScimGenesysUserExternalId(), authority="zoomphone", value="z-1")]
    made = org.person("filtered", external_id="167844", **{ENTERPRISE_FIELD: enterprise, GENESYS_FIELD: genesys})
    for text in (
        f'id eq "{made.id}"',
        'userName eq "FILTERED@northlight.example"',
        f'manager eq "{boss.id}"',
        'division eq "Support"',
        'externalId eq "167844"',
        'employeeNumber eq "9876543210"',
        f'{GENESYS}:externalIds[authority eq "zoomphone" and value eq "z-1"]',
    ):
        assert org.found(text) == ["filtered@northlight.example"], text
    assert org.found('userName eq "nobody@northlight.example"') == []


def test_filters_as_genesys_writes_them_have_no_quotes(org: Org) -> None:
    org.person("unquoted", external_id="167845")
    text = "userName eq unquoted@northlight.example"
    if org.profile == "strict":
        assert org.found(text) == org.found("externalId eq 167845") == ["unquoted@northlight.example"]
    else:
        status, body = refused(org.scim.get_scim_v2_users, filter=text)
        assert (status, body["scimType"]) == (400, "invalidFilter")


def test_pages_hold_everybody_once(org: Org) -> None:
    for number in range(7):
        org.person(f"page{number}")
    seen: list[str] = []
    total = org.scim.get_scim_v2_users(count=0)
    assert (total.resources or [], total.total_results >= 7) == ([], True)
    while len(seen) < total.total_results:
        page = org.scim.get_scim_v2_users(start_index=len(seen) + 1, count=3, attributes=["userName"])
        assert (page.start_index, page.items_per_page, page.total_results) == (len(seen) + 1, len(page.resources), total.total_results)
        assert {user.display_name for user in page.resources} == {None}
        seen += [user.id for user in page.resources]
    assert len(set(seen)) == len(seen) == total.total_results


def test_attributes_are_left_out_as_asked(org: Org) -> None:
    made = org.person("faruk", title="Agent", external_id="hr-9")
    seen = org.scim.get_scim_v2_user(made.id, excluded_attributes=["externalId", "roles"])
    assert (seen.external_id, seen.roles, seen.title) == (None, None, "Agent")
    narrow = org.scim.get_scim_v2_user(made.id, attributes=["id", "active"])
    assert (narrow.id, narrow.active, narrow.title) == (made.id, True, None)


def test_stale_version_is_refused_and_a_current_one_is_not_sent_again(org: Org) -> None:
    made = org.person("greta")
    org.scim.get_scim_v2_user(made.id)
    first = org.etag()
    with pytest.raises(ApiException) as unchanged:
        org.scim.get_scim_v2_user(made.id, if_none_match=first)
    assert unchanged.value.status == 304
    org.scim.patch_scim_v2_user(made.id, patch(("replace", "title", "Lead")), if_match=first)
    assert org.etag() != first
    status, body = refused(org.scim.patch_scim_v2_user, made.id, patch(("replace", "title", "Chief")), if_match=first)
    assert (status, body.get("scimType")) == ((400, "invalidVers") if org.profile == "strict" else (412, body.get("scimType")))
    status, _ = refused(org.scim.delete_scim_v2_user, made.id, if_match=first)
    assert status == (400 if org.profile == "strict" else 412)
    assert org.scim.get_scim_v2_user(made.id).title == "Lead"


def test_refusals_carry_a_scim_error(org: Org) -> None:
    org.person("hana")
    status, body = refused(org.person, "HANA")
    assert (status, body["scimType"], body["status"]) == (409, "uniqueness", "409")
    status, body = refused(org.person, "ilse", roles=[entry(Sdk.ScimUserRole(), value="Pilot")])
    assert (status, body["scimType"]) == (400, "invalidValue")
    status, body = refused(org.scim.get_scim_v2_users, filter="userName maybe 1")
    assert (status, body["scimType"]) == (400, "invalidFilter")
    made = org.person("jaya")
    status, body = refused(org.scim.patch_scim_v2_user, made.id, patch(("replace", "id", "mine")))
    assert (status, body["scimType"]) == (400, "mutability")
    if org.profile == "strict":
        status, body = refused(org.person, "no address", user_name="no address")
        assert (status, body["scimType"]) == (400, "invalidValue")


# ---------------------------------------------------------------- groups


def test_group_is_filled_emptied_and_replaced(org: Org) -> None:
    first, second, third = (org.person(f"member-{name}").id for name in "abc")
    group = org.group("Łódź support")
    added = org.scim.patch_scim_v2_group(group, patch(("add", "members", [{"value": first}, {"value": second}])))
    seen = org.scim.get_scim_v2_group(group)
    assert {member.value for member in seen.members} == {first, second}
    assert added is None or {member.value for member in added.members or []} in (set(), {first, second})  # 204 in an extended org
    assert [held.value for held in org.scim.get_scim_v2_user(first).groups] == [group]

    org.scim.patch_scim_v2_group(group, patch(("remove", f'members[value eq "{first}"]', None)))
    assert [member.value for member in org.scim.get_scim_group(group).members] == [second]

    body = Sdk.ScimV2Group()
    body.display_name, body.external_id = "Łódź support", "g-1"
    body.members = [entry(Sdk.ScimV2MemberReference(), value=one) for one in (first, third)]
    replaced = org.scim.put_scim_v2_group(group, body)
    assert {member.value for member in replaced.members} == {first, third}
    org.scim.patch_scim_v2_group(group, patch(("remove", "members", None)))
    assert not org.scim.get_scim_v2_group(group).members


def test_groups_are_found_listed_and_paged(org: Org) -> None:
    ids = {org.group(f"Porto {number}") for number in range(4)}
    assert [found.display_name for found in org.scim.get_scim_v2_groups('displayName eq "porto 2"').resources] == ["Porto 2"]
    listed = {found.id for found in org.scim.get_scim_groups(count=100).resources}
    assert ids <= listed
    narrow = org.scim.get_scim_groups(start_index=1, count=2, excluded_attributes=["members"])
    assert (len(narrow.resources), narrow.items_per_page) == (2, 2)


def test_unknown_member_and_stale_group_are_refused(org: Org) -> None:
    group = org.group("Aarhus")
    org.scim.get_scim_v2_group(group)
    first = org.etag()
    stranger = "00000000-0000-4000-8000-00000000dead"
    status, body = refused(org.scim.patch_scim_v2_group, group, patch(("add", "members", [{"value": stranger}])))
    assert (status, body["scimType"]) == (400, "invalidValue")
    org.scim.patch_scim_v2_group(group, patch(("add", "members", [{"value": org.person("kofi").id}])), if_match=first)
    status, _ = refused(org.scim.patch_scim_v2_group, group, patch(("remove", "members", None)), if_match=first)
    assert status == (400 if org.profile == "strict" else 412)


def test_groups_over_scim_are_made_and_deleted_where_the_org_allows_it(org: Org) -> None:
    def call(method: str, path: str, body: Any = None) -> Any:
        return org.client.call_api(path, method, {}, {}, {"Content-Type": "application/json"}, body, [], {}, response_type="ScimV2Group",
                                   auth_settings=["PureCloud OAuth"])  # fmt: skip

    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Tromsø"}
    if org.profile == "strict":
        status, answer = refused(call, "POST", "/api/v2/scim/v2/groups", body)
        assert (status, answer["status"]) == (403, "403")
        return
    made = call("POST", "/api/v2/scim/v2/groups", body)
    assert made.display_name == "Tromsø"
    call("DELETE", f"/api/v2/scim/v2/groups/{made.id}")
    assert refused(org.scim.get_scim_v2_group, made.id)[0] == 404


# ---------------------------------------------------------------- rate


def test_full_budget_is_told_as_the_sdk_reads_it(house: House) -> None:
    """The SDK repeats a 429 after Retry-After, ten times; so that nobody sleeps here, only the answer is looked at."""
    hasty = house.org("sdk-hasty", "strict").caller("hasty", content_type="application/json")
    refusals = [reply for reply in (hasty.get("Users", count=1) for _ in range(310)) if reply.status == 429]
    assert refusals
    assert 1 <= int(refusals[0].headers["retry-after"]) <= 60
    assert refusals[0].headers["content-type"].startswith("application/")
    body = refusals[0].json
    assert (body["code"], body["status"]) == ("too.many.requests.retry.after", 429)
    assert f"[{refusals[0].headers['retry-after']}] seconds" in body["message"]
