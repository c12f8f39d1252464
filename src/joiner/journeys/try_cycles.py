"""The cycles of ``joiner scim test``: what Okta and Microsoft Entra ID do to a service provider, from connection test to deletion.

Each step sends what the vendor sends (identity-providers.md §2.1, §2.2) and checks what the vendor needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from joiner.journeys.try_server import LeftOut, Reply, Session, Step, StepFailed, expect
from joiner.scim.core_schemas import ENTERPRISE_URN, ERROR_URN, GROUP_URN, LIST_RESPONSE_URN, PATCH_OP_URN, USER_URN

_ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def _patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP_URN], "Operations": list(operations)}


def _filter(endpoint: str, text: str, more: str = "") -> str:
    return f"/{endpoint}?filter={quote(text, safe='')}{more}"


def _check_list(reply: Reply, total: int | None = None) -> Sequence[Mapping[str, Any]]:
    """The resources of a ListResponse. Raises StepFailed."""
    expect(reply.status == 200, f"a list was answered with {reply.status} instead of 200; the connection test fails on it.")
    expect(LIST_RESPONSE_URN in reply.document.get("schemas", ()), "the answer is no ListResponse: its schemas do not say so.")
    found = reply.document.get("totalResults")
    expect(isinstance(found, int) and not isinstance(found, bool), "totalResults must be a number, not text.")
    resources = reply.document.get("Resources", [])
    expect(isinstance(resources, list), "Resources must be a list.")
    expect(total is None or found == total, f"{found} found where {total} should be.")
    return list(resources)


async def _read(session: Session, path: str) -> Mapping[str, Any]:
    reply = await session.send("GET", path)
    expect(reply.status == 200, f"what was just written cannot be read: {reply.status}.")
    return reply.document


def _check_changed(reply: Reply) -> None:
    expect(reply.status in (200, 204), f"the change was answered with {reply.status}; the identity provider counts it as failed.")


# ---------------------------------------------------------------- both


async def _wrong_token(session: Session) -> None:
    reply = await session.send("GET", "/Users?count=1", token="not-a-token")
    expect(reply.status == 401, f"a wrong token was answered with {reply.status} instead of 401: anybody could read.")


async def _unknown_user(session: Session) -> None:
    reply = await session.send("GET", f"/Users/no-such-user-{session.mark}")
    expect(reply.status == 404, f"a user that is not there was answered with {reply.status} instead of 404.")
    expect(ERROR_URN in reply.document.get("schemas", ()), "the 404 has no SCIM error body; the reason is lost in the provider's log.")


async def _delete_user(session: Session) -> None:
    path = f"/Users/{session.need('user')}"
    reply = await session.send("DELETE", path)
    expect(reply.status == 204, f"DELETE was answered with {reply.status} instead of 204.")
    session.created.remove(path)
    again = await session.send("GET", path)
    expect(again.status == 404, f"a deleted user is answered with {again.status} instead of 404.")


async def _delete_group(session: Session) -> None:
    path = f"/Groups/{session.need('group')}"
    reply = await session.send("DELETE", path)
    if reply.status == 403:
        raise LeftOut("this server does not let SCIM delete groups")
    expect(reply.status == 204, f"DELETE of a group was answered with {reply.status} instead of 204.")
    session.created.remove(path)


# ---------------------------------------------------------------- Okta


async def _okta_connection(session: Session) -> None:
    resources = _check_list(await session.send("GET", "/Users?startIndex=1&count=2"))
    expect(len(resources) <= 2, "count=2 was ignored: Okta pages with it.")


async def _okta_probe(session: Session) -> None:
    path = _filter("Users", f'userName eq "{session.name("okta")}"', "&startIndex=1&count=100")
    _check_list(await session.send("GET", path), total=0)


async def _okta_create(session: Session) -> None:
    name = session.name("okta")
    body = {
        "schemas": [USER_URN],
        "userName": name,
        "name": {"givenName": "Otso", "familyName": "Kettu"},
        "displayName": "Otso Kettu",
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "externalId": f"00u{session.mark}",
        "password": "Throw-away-1-" + session.mark,
        "locale": "en-US",
        "groups": [],
        "active": True,
    }
    reply = await session.create("Users", body)
    expect(reply.status == 201, f"creating a user was answered with {reply.status} instead of 201.")
    expect(isinstance(reply.document.get("id"), str), "the new user has no id.")
    expect("password" not in reply.document, "the answer shows the password.")
    session.kept["user"] = reply.document["id"]
    again = await session.create("Users", body)
    expect(again.status == 409, f"the same user again was answered with {again.status} instead of 409: people would be doubled.")


async def _okta_find_in_other_case(session: Session) -> None:
    user = session.need("user")
    found = _check_list(await session.send("GET", _filter("Users", f'userName eq "{session.name("okta").upper()}"')))
    expect([each.get("id") for each in found] == [user], "the user is not found by its userName in capitals: names have no case.")


async def _okta_replace(session: Session) -> None:
    path = f"/Users/{session.need('user')}"
    whole = {**await _read(session, path), "title": "Team Lead"}
    reply = await session.send("PUT", path, whole)
    expect(reply.status == 200, f"PUT of what was just read (meta, id and groups included) was answered with {reply.status}.")
    expect((await _read(session, path)).get("title") == "Team Lead", "PUT did not keep the new title.")


async def _okta_deactivate(session: Session) -> None:
    user = session.need("user")
    _check_changed(await session.send("PATCH", f"/Users/{user}", _patch({"op": "replace", "value": {"active": False}})))
    expect((await _read(session, f"/Users/{user}")).get("active") is False, "deactivation left the user active: a leaver keeps access.")
    found = _check_list(await session.send("GET", _filter("Users", f'userName eq "{session.name("okta")}"')))
    expect(len(found) == 1, "an inactive user is not found by userName: who returns would be created a second time.")


async def _okta_reactivate(session: Session) -> None:
    user = session.need("user")
    _check_changed(await session.send("PATCH", f"/Users/{user}", _patch({"op": "replace", "value": {"active": True}})))
    expect((await _read(session, f"/Users/{user}")).get("active") is True, "reactivation left the user inactive.")


async def _okta_push_group(session: Session) -> None:
    name = f"Okta push {session.mark}"
    reply = await session.create("Groups", {"schemas": [GROUP_URN], "displayName": name, "members": []})
    if reply.status in (403, 501):
        raise LeftOut("this server does not let SCIM create groups: link groups that exist instead of pushing new ones")
    expect(reply.status == 201, f"pushing a group was answered with {reply.status} instead of 201.")
    session.kept["group"] = group = str(reply.document.get("id"))
    told = await session.send("PATCH", f"/Groups/{group}", _patch({"op": "replace", "value": {"id": group, "displayName": name}}))
    _check_changed(told)  # Okta repeats id and name after every change; a refusal here stops the push


async def _okta_members(session: Session) -> None:
    group, user = session.need("group"), session.need("user")
    path = f"/Groups/{group}"
    _check_changed(
        await session.send("PATCH", path, _patch({"op": "add", "path": "members", "value": [{"value": user, "display": "Otso"}]}))
    )
    _expect_members(await _read(session, path), [user])
    _check_changed(await session.send("PATCH", path, _patch({"op": "remove", "path": f'members[value eq "{user}"]'})))
    _expect_members(await _read(session, path), [])
    _check_changed(await session.send("PATCH", path, _patch({"op": "replace", "path": "members", "value": [{"value": user}]})))
    _expect_members(await _read(session, path), [user])


def _expect_members(group: Mapping[str, Any], wanted: list[str]) -> None:
    found = sorted(str(each.get("value")) for each in group.get("members") or ())
    expect(found == sorted(wanted), f"the group has {len(found)} members where {len(wanted)} should be.")


OKTA: Sequence[Step] = (
    Step("connection test: a page of two users", _okta_connection),
    Step("a wrong token is refused", _wrong_token),
    Step("look for a user who is not there", _okta_probe),
    Step("create the user; the same again is a conflict", _okta_create),
    Step("find the user whatever the case of letters", _okta_find_in_other_case),
    Step("replace the whole user", _okta_replace),
    Step("deactivate, and still be found", _okta_deactivate),
    Step("reactivate", _okta_reactivate),
    Step("push a group, and its name again", _okta_push_group),
    Step("add, remove and replace members", _okta_members),
    Step("delete the group", _delete_group),
    Step("a user who is not there is 404", _unknown_user),
    Step("delete the user", _delete_user),
)


# ---------------------------------------------------------------- Microsoft Entra ID


async def _entra_connection(session: Session) -> None:
    _check_list(await session.send("GET", _filter("Users", f'userName eq "{session.mark}-nobody"')), total=0)


async def _entra_create(session: Session) -> None:
    name = session.name("entra")
    body = {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "externalId": f"entra-{session.mark}",
        "userName": name,
        "displayName": "Elsa Niemi",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": name}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Elsa Niemi", "familyName": "Niemi", "givenName": "Elsa"},
        "roles": [],
        ENTERPRISE_URN: {"department": "Support"},
    }
    reply = await session.create("Users", body)
    expect(reply.status == 201, f"creating a user (with meta and empty roles, as Entra sends it) was answered with {reply.status}.")
    session.kept["user"] = str(reply.document.get("id"))


async def _entra_match(session: Session) -> None:
    user = session.need("user")
    for text in (f'externalId eq "entra-{session.mark}"', f'emails[type eq "work"].value eq "{session.name("entra")}"'):
        reply = await session.send("GET", _filter("Users", text))
        if reply.status == 400:
            raise StepFailed(f"the filter {text.split(' ')[0]} eq … is refused: Entra cannot match people by it.")
        found = _check_list(reply)
        expect([each.get("id") for each in found] == [user], f"the user is not found by {text.split(' eq')[0]}.")


async def _entra_capital_operations(session: Session) -> None:
    user = session.need("user")
    _check_changed(await session.send("PATCH", f"/Users/{user}", _patch({"op": "Replace", "path": "title", "value": "Team Lead"})))
    expect((await _read(session, f"/Users/{user}")).get("title") == "Team Lead", "an operation written “Replace” changed nothing.")


async def _entra_disable(session: Session) -> None:
    user = session.need("user")
    _check_changed(await session.send("PATCH", f"/Users/{user}", _patch({"op": "Replace", "path": "active", "value": "False"})))
    shown = (await _read(session, f"/Users/{user}")).get("active")
    expect(shown is False, f"active sent as the text “False” is shown as {shown!r}: a leaver would keep access.")
    _check_changed(await session.send("PATCH", f"/Users/{user}", _patch({"op": "Replace", "path": "active", "value": "True"})))
    expect((await _read(session, f"/Users/{user}")).get("active") is True, "active sent as the text “True” did not reactivate.")


async def _entra_paths(session: Session) -> None:
    user = session.need("user")
    operations = (
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+358401234567"},
        {"op": "Replace", "path": f"{ENTERPRISE_URN}:department", "value": "Sales"},
    )
    _check_changed(await session.send("PATCH", f"/Users/{user}", _patch(*operations)))
    shown = await _read(session, f"/Users/{user}")
    mobiles = [each.get("value") for each in shown.get("phoneNumbers", ()) if each.get("type") == "mobile"]
    expect(mobiles == ["+358401234567"], "Add through a value path that matched nothing must create the element; it did not.")
    expect(shown.get(ENTERPRISE_URN, {}).get("department") == "Sales", "a path with the enterprise URN changed nothing.")


async def _entra_same_again(session: Session) -> None:
    path = f"/Users/{session.need('user')}"
    before = await session.send("GET", path)
    _check_changed(await session.send("PATCH", path, _patch({"op": "Replace", "path": "title", "value": "Team Lead"})))
    after = await session.send("GET", path)
    same = before.document.get("meta", {}).get("lastModified") == after.document.get("meta", {}).get("lastModified")
    expect(same, "a PATCH that changes nothing moved lastModified: whoever follows changes sees one each cycle.")


async def _entra_group(session: Session) -> None:
    name = f"Entra group {session.mark}"
    _check_list(await session.send("GET", _filter("Groups", f'displayName eq "{name}"', "&excludedAttributes=members")), total=0)
    body = {
        "schemas": [GROUP_URN, _ENTRA_GROUP],
        "externalId": f"group-{session.mark}",
        "displayName": name,
        "meta": {"resourceType": "Group"},
    }
    reply = await session.create("Groups", body)
    if reply.status in (403, 501):
        raise LeftOut("this server does not let SCIM create groups: create them first, with the same names")
    expect(reply.status == 201, f"creating a group (with Microsoft's second schema) was answered with {reply.status}.")
    session.kept["group"] = str(reply.document.get("id"))


async def _entra_members(session: Session) -> None:
    group, user = session.need("group"), session.need("user")
    second = await session.create("Users", {"schemas": [USER_URN], "userName": session.name("entra2"), "displayName": "Eero Niemi"})
    other, path = str(second.document.get("id")), f"/Groups/{group}"
    members = [{"$ref": None, "value": user}, {"$ref": None, "value": other}]
    _check_changed(await session.send("PATCH", path, _patch({"op": "Add", "path": "members", "value": members})))
    _expect_members(await _read(session, path), [user, other])
    removal = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": other}]}
    _check_changed(await session.send("PATCH", path, _patch(removal)))
    left = (await _read(session, path)).get("members") or []
    expect(bool(left), "a removal that names one member emptied the whole group.")
    _expect_members({"members": left}, [user])


ENTRA: Sequence[Step] = (
    Step("connection test: nobody is found by a random name", _entra_connection),
    Step("a wrong token is refused", _wrong_token),
    Step("create the user", _entra_create),
    Step("match by externalId and by work e-mail", _entra_match),
    Step("operations with capital letters", _entra_capital_operations),
    Step("disable and enable with the texts False and True", _entra_disable),
    Step("value paths and the enterprise schema", _entra_paths),
    Step("the same value again changes nothing", _entra_same_again),
    Step("create a group", _entra_group),
    Step("add two members, remove one by a list", _entra_members),
    Step("delete the group", _delete_group),
    Step("delete the user", _delete_user),
)

CYCLES: Mapping[str, Sequence[Step]] = {"okta": OKTA, "entra": ENTRA}
