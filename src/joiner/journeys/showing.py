"""How a kept resource is shown to one caller: externalId, groups, members, references and meta.location joined to the finished body.

The usual case (the whole resource, or all of it but its members) splices ready bytes; a projection, roles by id, or the mirror of
externalId in the strict contract, go through the document.

The version of a user does not move when his groups change: he is not changed, the groups are. Whoever keeps a user by its ETag
learns of his memberships from the groups (RFC 7643 §4.1.2 has ``groups`` read-only for the same reason).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from joiner.dialects.role_values import show_role_ids
from joiner.genesys.catalogue import Kind
from joiner.genesys.contract import render_user
from joiner.journeys.authorise import Caller
from joiner.journeys.belonging import Membership, group_values, groups_of, member_values, render_groups, render_members
from joiner.journeys.keeping import MANAGER, NO_MANAGER
from joiner.journeys.rendered import RenderedPeople
from joiner.scim.core_schemas import ENTERPRISE_URN
from joiner.scim.messages import dump_json
from joiner.scim.projection import Projection, parse_projection, project
from joiner.scim.refusals import TooMany
from joiner.scim.schema import Document
from joiner.scim.search_request import parse_asked
from joiner.scim.values import match_key
from joiner.store.org_port import Kept, Listed, OrgReads

VIEWS_CACHED_MAX = 1_024
MEMBERS_BYTES_MAX = 32 * 1_048_576
"""So many bytes of members may be on one page of groups; a single group is shown whatever its size."""

_DECODE = msgspec.json.Decoder().decode
_quote = msgspec.json.Encoder().encode

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_QUOTED = re.compile(_ID.pattern.encode() + b'"')
_ID_QUOTED_BYTES = 37


_NOTHING: Mapping[int, bytes] = {}


class View(NamedTuple):
    """What a request wants to see of each resource. ``projection`` None: the kept body and all that is joined to it."""

    projection: Projection | None
    joined: bool = True
    """Whether members (of groups) or groups (of users) are part of it; what is not need not be loaded."""


def view_of(caller: Caller, type_name: str, query: Mapping[str, str]) -> View:
    """``attributes`` and ``excludedAttributes`` of a request. Raises InvalidValue when both are given."""
    if not query:
        return _view(None, None, caller.kind(type_name))
    return _view(*parse_asked(query), caller.kind(type_name))


@lru_cache(VIEWS_CACHED_MAX)
def _view(attributes: str | None, excluded: str | None, kind: Kind) -> View:
    if attributes is None and excluded is None and not kind.on_request:
        return View(None)
    projection = parse_projection(attributes, excluded, kind.resource_type)
    joined = projection.wants(_JOINED.get(kind.name, "members"))
    if projection.only is None and not kind.on_request:
        joinable = _JOINED.get(kind.name)
        kept_back = {urn or name for urn, name, _ in kind.kept_back}
        if projection.without.keys() - kept_back <= {joinable} and projection.without.get(joinable or "") is None:
            return View(None, joined)
    return View(projection, joined)


_JOINED = {"User": "groups", "Group": "members"}


def read_document(kept: Listed) -> Document:
    """The stored document: with id, schemas and meta, without externalId, groups, members and meta.location."""
    document: Document = _DECODE(kept.body)
    return document


def location_of(caller: Caller, type_name: str, id: str) -> str:
    return f"{caller.base}/{caller.kind(type_name).path}/{id}"


def show(rows: OrgReads, caller: Caller, type_name: str, page: Sequence[Listed], view: View) -> list[bytes]:
    """The JSON of each resource of a page. Raises TooMany when a page of groups would have too many members."""
    if type_name == "User":
        return _show_users(rows, caller, page, view)
    if type_name == "Group":
        return _show_groups(rows, caller, page, view)
    if view.projection is None:
        return _splice(page, _lead_of(caller, type_name))
    kind = caller.kind(type_name).resource_type
    return [dump_json(project(own_document(caller, type_name, kept), view.projection, kind)) for kept in page]


@lru_cache(VIEWS_CACHED_MAX)
def _lead(base: str, path: str) -> bytes:
    """A location as the beginning of a JSON string. Ids are our own and need no escaping."""
    return _quote(f"{base}/{path}/")[:-1]


def _lead_of(caller: Caller, type_name: str) -> bytes:
    return _lead(caller.base, caller.kind(type_name).path)


def _splice(page: Sequence[Listed], lead: bytes) -> list[bytes]:
    """Finished bodies with location and externalId in them."""
    return [_spliced(kept, lead) for kept in page]


def _spliced(kept: Listed, lead: bytes, more: bytes = b"", *, managed: bool = False) -> bytes:
    """``more`` is joined behind all of it. ``managed``: a manager gets a reference."""
    body, external_id, id = kept.body, kept.external_id, kept.id.encode()
    # A kept body ends with its meta object: }} closes meta and document.
    if body.endswith(NO_MANAGER):
        begun = body[:-3]
    else:
        found = body.rfind(MANAGER) if managed else -1
        begun = (body if found < 0 else _refer(body, found + len(MANAGER), lead))[:-2]
    if external_id is None:
        return b"".join((begun, b',"location":', lead, id, b'"}', more, b"}"))
    return b"".join((begun, b',"location":', lead, id, b'"},"externalId":', _quote(external_id), more, b"}"))


def _splice_people(page: Sequence[Listed], lead: bytes, joined: Mapping[int, bytes], rendered: RenderedPeople) -> list[bytes]:
    """People on a page, whom somebody else may have read just before; ``joined`` by number."""
    whole = []
    for kept in page:
        more = joined.get(kept.n)
        shown = rendered.get(kept, lead) if more is None else None
        if shown is None:
            shown = _spliced(kept, lead, more or b"", managed=True)
            if more is None and isinstance(kept, Kept):  # a Brief is made anew for each page
                rendered.put(kept, lead, shown)
        whole.append(shown)
    return whole


def _refer(body: bytes, begin: int, lead: bytes) -> bytes:
    """With ``manager.$ref`` behind the manager's id, which begins here. One that is none of our ids leads nowhere and gets none."""
    if _ID_QUOTED.match(body, begin) is None:
        return body
    end = begin + _ID_QUOTED_BYTES
    return b"".join((body[:end], b',"$ref":', lead, body[begin:end], body[end:]))


# Users


def _show_users(rows: OrgReads, caller: Caller, page: Sequence[Listed], view: View) -> list[bytes]:
    groups = groups_of(rows, caller, page) if view.joined else {}
    profile, kind = caller.profile, caller.kind("User")
    mirrored = profile.external_id_mirrored and any(kept.external_id is not None for kept in page)
    if view.projection is None and profile.role_values == "name" and not mirrored and _has_one_manager(kind):
        lead, joined = _lead_of(caller, "User"), render_groups(caller, groups) if groups else _NOTHING
        if len(page) > 1 and rows.keeps_ready:
            return _splice_people(page, lead, joined, caller.rendered.people)
        return [_spliced(kept, lead, joined.get(kept.n, b""), managed=True) for kept in page]
    documents = [user_document(rows, caller, kept, groups.get(kept.n, ())) for kept in page]
    if view.projection is None:
        return [dump_json(document) for document in documents]
    return [dump_json(project(document, view.projection, kind.resource_type)) for document in documents]


@lru_cache(VIEWS_CACHED_MAX)
def _has_one_manager(kind: Kind) -> bool:
    """Whether the enterprise extension alone has an attribute of this name, so that its key tells it."""
    schemas = (kind.resource_type.schema, *kind.resource_type.urns.values())
    return [schema.id for schema in schemas if "manager" in schema.table] == [ENTERPRISE_URN]


def user_document(rows: OrgReads, caller: Caller, kept: Listed, groups: Sequence[Membership]) -> Document:
    """A user with everything that this caller may see."""
    profile, kind = caller.profile, caller.kind("User").resource_type
    document = render_user(read_document(kept), profile, kind, client_id=caller.client.id, external_id=kept.external_id)
    if groups:
        document = document | {"groups": group_values(caller, groups)}
    if profile.role_values == "id":
        names = rows.names(caller.org.key)
        for attribute, listed in (("roles", names.roles), ("entitlements", names.entitlements)):
            document = show_role_ids(document, {match_key(each.name): each.id for each in listed}, attribute)
    manager = document.get(ENTERPRISE_URN, {}).get("manager", {})
    if _ID.fullmatch(manager.get("value", "")):
        managed = manager | {"$ref": location_of(caller, "User", manager["value"])}
        document = document | {ENTERPRISE_URN: document[ENTERPRISE_URN] | {"manager": managed}}
    return _located(document, caller, "User", kept.id)


def _located(document: Document, caller: Caller, type_name: str, id: str) -> Document:
    meta = document.get("meta", {}) | {"location": location_of(caller, type_name, id)}
    return {name: value for name, value in document.items() if name != "meta"} | {"meta": meta}


# Groups, and what an org defines itself


def _show_groups(rows: OrgReads, caller: Caller, page: Sequence[Listed], view: View) -> list[bytes]:
    shown, left = [], MEMBERS_BYTES_MAX
    lead, kind = _lead_of(caller, "Group"), caller.kind("Group").resource_type
    for kept in page:
        if view.projection is not None:
            document = group_document(rows, caller, kept, with_members=view.joined)
            shown.append(dump_json(project(document, view.projection, kind)))
        elif view.joined:
            shown.append(_whole_group(rows, caller, kept, lead))
        else:
            shown += _splice((kept,), lead)
        if view.joined:
            left -= len(shown[-1])
            if left < 0 and len(page) > 1:
                raise TooMany(
                    f"These {len(page)} groups have more members than one page holds. Ask for fewer groups (count), or leave the members "
                    "out (excludedAttributes=members)."
                )
    return shown


def _whole_group(rows: OrgReads, caller: Caller, kept: Listed, lead: bytes) -> bytes:
    """A group with its members, as it was rendered the last time if nothing of it can have changed.

    Whatever changes the group, its members or a member's name moves the end of the audit chain. Its hash and not its sequence counts:
    a transaction that is lost gives the same number to another change.
    """
    org = caller.org.key
    key, stamp = (org, kept.n, caller.base, kept.external_id), rows.audit_head(org)[1]
    whole = caller.rendered.groups.get(key, stamp)
    if whole is None:
        whole = _spliced(kept, lead, b',"members":' + render_members(rows, caller, kept))
        caller.rendered.groups.put(key, stamp, whole)
    return whole


def group_document(rows: OrgReads, caller: Caller, kept: Listed, *, with_members: bool) -> Document:
    """A group with everything that this caller may see; members only when asked, as there may be many."""
    document = own_document(caller, "Group", kept)
    if with_members:
        document["members"] = member_values(rows, caller, kept)
    return document


def own_document(caller: Caller, type_name: str, kept: Listed) -> Document:
    """A resource to which nothing is joined but externalId and location."""
    document = read_document(kept)
    if kept.external_id is not None:
        document["externalId"] = kept.external_id
    return _located(document, caller, type_name, kept.id)
