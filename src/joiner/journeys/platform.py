"""The part of the Genesys Platform API that a SCIM client's surroundings need: names listed and defined, groups, and who am I.

Listings have Genesys' shape: entities, pageSize, pageNumber, total, pageCount (genesys-cloud.md §12).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from joiner.errors import AlreadyTaken, Usage
from joiner.journeys.administer import define_name
from joiner.journeys.authorise import Caller
from joiner.journeys.provision_group import create_group
from joiner.ports import Clock, Ids
from joiner.scim.messages import dump_json
from joiner.scim.refusals import Conflict, InvalidValue
from joiner.scim.schema import Document
from joiner.store.conditions import Search
from joiner.store.org_port import OrgReads, OrgStore, OrgWrites

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
PAGE_DEFAULT = 25
PAGE_MAX = 500


class Listing(NamedTuple):
    """One family of names: its kind in the store and what reading and defining it asks for."""

    kind: str
    view: tuple[str, ...]
    add: tuple[str, ...]


LISTINGS: Mapping[str, Listing] = {
    "authorization/divisions": Listing(
        "division", ("authorization:division:view", "authorization:grant:view"), ("authorization:division:add",)
    ),
    "authorization/roles": Listing("role", ("authorization:role:view",), ("authorization:role:add",)),
    "routing/skills": Listing("skill", ("routing:skill:view", "routing:skill:manage"), ("routing:skill:manage",)),
    "routing/languages": Listing("language", ("routing:language:view", "routing:language:manage"), ("routing:language:manage",)),
    "groups": Listing("group", ("directory:group:view", "directory:group:edit", "directory:group:add"), ("directory:group:add",)),
}


async def list_entities(store: OrgStore, caller: Caller, path: str, query: Mapping[str, str]) -> bytes:
    """A page of divisions, roles, skills, languages or groups, in the order in which they were defined."""
    size = min(max(_integer(query, "pagesize", PAGE_DEFAULT), 1), PAGE_MAX)
    number = max(_integer(query, "pagenumber", 1), 1)
    offset = (number - 1) * size
    if path == "groups":
        total, page = await store.read(caller.org.key, lambda rows: _groups(rows, caller, offset, size))
    else:
        kind, begins = LISTINGS[path].kind, query.get("name", "")
        named = await store.read(caller.org.key, lambda rows: _named(rows, caller, kind, begins))
        total, page = len(named), named[offset : offset + size]
    self_uri = f"/api/v2/{path}"
    entities = [entity | {"selfUri": f"{self_uri}/{entity['id']}"} for entity in page]
    return dump_json(
        {
            "entities": entities,
            "pageSize": size,
            "pageNumber": number,
            "total": total,
            "pageCount": -(-total // size),
            "selfUri": f"{self_uri}?pageSize={size}&pageNumber={number}",
        }
    )


async def define_entity(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, path: str, body: Document) -> bytes:
    """Define a division, role, skill, language or group. Raises InvalidValue (no name) and Conflict (it exists)."""
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise InvalidValue('The body needs a "name".')
    if path == "groups":
        written = await create_group(store, clock, ids, caller, {"displayName": name}, by_scim=False)
        return dump_json(
            {
                "id": written.kept.id,
                "name": name,
                "type": "official",
                "visibility": "public",
                "state": "active",
                "memberCount": 0,
                "version": 1,
            }
        )
    kind, id, now = LISTINGS[path].kind, ids.new_id(), clock.now()

    def work(rows: OrgWrites) -> None:
        define_name(rows, caller.org, now, id, kind, name, caller.actor, request_id=caller.request_id)

    try:
        await store.write(caller.org.key, work)
    except AlreadyTaken:
        raise Conflict(f"This org already has a {kind} named {name}.") from None
    except Usage as usage:
        raise InvalidValue(f"{usage.problems[0].title}. {usage.problems[0].fix}") from None
    return dump_json({"id": id, "name": name, "selfUri": f"/api/v2/{path}/{id}"})


def describe_token(caller: Caller) -> bytes:
    """GET /api/v2/tokens/me: which org and client a token stands for; identity providers use it to test a connection."""
    org = {"id": str(caller.org.key), "name": caller.org.label}
    client = {"id": caller.client.id, "name": caller.client.name}
    return dump_json(
        {"organization": org, "homeOrganization": org, "authorizedScope": sorted(caller.client.permissions), "OAuthClient": client}
    )


def _named(rows: OrgReads, caller: Caller, kind: str, name: str) -> list[Document]:
    names = rows.names(caller.org.key)
    found = {"division": names.divisions, "role": names.roles, "skill": names.skills, "language": names.languages}[kind]
    wanted = name.casefold()
    return [{"id": each.id, "name": each.name} for each in found if each.name.casefold().startswith(wanted)]


def _groups(rows: OrgReads, caller: Caller, offset: int, size: int) -> tuple[int, Sequence[Document]]:
    org = caller.org.key
    found = rows.search(org, "Group", "", Search(None, offset=offset, limit=size))
    page = rows.resources(org, "Group", [each.n for each in found.page])
    return found.total, [
        {
            "id": kept.id,
            "name": kept.name,
            "type": "official",
            "visibility": "public",
            "state": "active",
            "version": kept.version,
            "memberCount": rows.member_count(org, kept.n),
        }
        for kept in page
    ]


def _integer(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if _WHOLE_NUMBER.fullmatch(text) is None:
        raise InvalidValue(f"{'pageSize' if name == 'pagesize' else 'pageNumber'} must be a whole number.")
    return int(text)
