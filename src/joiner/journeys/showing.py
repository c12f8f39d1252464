"""How a kept resource is shown to one caller: externalId, groups, members and meta.location joined to the finished body.

The usual case (the whole resource) splices ready bytes; a projection, or the mirror of externalId in the strict contract, goes
through the document.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from joiner.genesys.contract import render_user
from joiner.journeys.authorise import Caller
from joiner.scim.messages import dump_json
from joiner.scim.projection import Projection, project
from joiner.scim.schema import Document
from joiner.store.org_port import Kept, OrgReads

_DECODE = msgspec.json.Decoder().decode
_quote = msgspec.json.Encoder().encode

ENDPOINTS = {"User": "Users", "Group": "Groups"}


def read_document(kept: Kept) -> Document:
    """The stored document: with id, schemas and meta, without externalId, groups, members and meta.location."""
    document: Document = _DECODE(kept.body)
    return document


def location_of(caller: Caller, type_name: str, id: str) -> str:
    return f"{caller.base}/{ENDPOINTS[type_name]}/{id}"


def show(rows: OrgReads, caller: Caller, type_name: str, page: Sequence[Kept], projection: Projection | None) -> list[bytes]:
    """The JSON of each resource of a page. ``projection`` None means everything that is returned by default."""
    return _show_users(rows, caller, page, projection) if type_name == "User" else _show_groups(rows, caller, page, projection)


def _show_users(rows: OrgReads, caller: Caller, page: Sequence[Kept], projection: Projection | None) -> list[bytes]:
    org = caller.org.key
    wants_groups = projection is None or projection.wants("groups")
    ns = [kept.n for kept in page if kept.in_groups] if wants_groups else ()
    groups = rows.groups_of(org, ns) if ns else {}
    mirrored = caller.profile.external_id_mirrored
    shown = []
    for kept in page:
        external_id = kept.external_id
        if projection is None and not (mirrored and external_id is not None):
            shown.append(_splice(caller, kept, external_id, groups.get(kept.n, ())))
            continue
        document = user_document(caller, kept, external_id, groups.get(kept.n, ()))
        if projection is not None:
            document = project(document, projection, caller.kind("User").resource_type)
        shown.append(dump_json(document))
    return shown


def user_document(caller: Caller, kept: Kept, external_id: str | None, groups: Sequence[tuple[str, str]]) -> Document:
    """A user with everything that this caller may see."""
    document = render_user(
        read_document(kept), caller.profile, caller.kind("User").resource_type, client_id=caller.client.id, external_id=external_id
    )
    if groups:
        document = document | {"groups": [_group_of_user(caller, id, name) for id, name in groups]}
    return _located(document, caller, "User", kept.id)


def _splice(caller: Caller, kept: Kept, external_id: str | None, groups: Sequence[tuple[str, str]]) -> bytes:
    # The stored body ends with its meta object: }} closes meta and document.
    tail = b"" if external_id is None else b',"externalId":' + _quote(external_id)
    if groups:
        tail += b',"groups":' + _quote([_group_of_user(caller, id, name) for id, name in groups])
    return kept.body[:-2] + b',"location":' + _quote(location_of(caller, "User", kept.id)) + b"}" + tail + b"}"


def _group_of_user(caller: Caller, id: str, name: str) -> dict[str, str]:
    reference = {"value": id, "$ref": location_of(caller, "Group", id), "type": "direct"}
    return reference if caller.profile.contract_attributes_only else reference | {"display": name}


def _located(document: Document, caller: Caller, type_name: str, id: str) -> Document:
    meta = document.get("meta", {}) | {"location": location_of(caller, type_name, id)}
    return {name: value for name, value in document.items() if name != "meta"} | {"meta": meta}


def _show_groups(rows: OrgReads, caller: Caller, page: Sequence[Kept], projection: Projection | None) -> list[bytes]:
    shown = []
    for kept in page:
        document = group_document(rows, caller, kept, kept.external_id, with_members=False)
        if projection is None:
            shown.append(dump_json(document)[:-1] + b',"members":[' + _members(rows, caller, kept) + b"]}")
            continue
        if projection.wants("members"):
            document = group_document(rows, caller, kept, kept.external_id, with_members=True)
        shown.append(dump_json(project(document, projection, caller.kind("Group").resource_type)))
    return shown


def group_document(rows: OrgReads, caller: Caller, kept: Kept, external_id: str | None, *, with_members: bool) -> Document:
    """A group with everything that this caller may see; members only when asked, as there may be many."""
    document = read_document(kept)
    if external_id is not None:
        document["externalId"] = external_id
    if with_members:
        members = rows.members(caller.org.key, kept.n)
        document["members"] = [{"type": "User", "value": id, "$ref": location_of(caller, "User", id)} for _, id in members]
    return _located(document, caller, "Group", kept.id)


def _members(rows: OrgReads, caller: Caller, kept: Kept) -> bytes:
    """Every change of members gives the group a new version, so that a version names one list of members."""
    key = (caller.org.key, kept.n, kept.version, caller.base)
    rendered = caller.rendered.get(key)
    if rendered is None:
        rendered = member_bytes(caller, rows.members(caller.org.key, kept.n))
        caller.rendered.put(key, rendered)
    return rendered


def member_bytes(caller: Caller, members: Sequence[tuple[int, str]]) -> bytes:
    """The members as the inside of a JSON array. Ids are our own UUIDs and need no escaping; the base is escaped once."""
    base = _quote(f"{caller.base}/Users/")[:-1].decode()
    return ",".join([f'{{"type":"User","value":"{id}","$ref":{base}{id}"}}' for _, id in members]).encode()
