"""A client reads the roles and entitlements that an org has: everything about them follows from their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from joiner.genesys.granted import ENTITLEMENT_KIND, ENTITLEMENT_TYPE, GRANTED
from joiner.genesys.organisation import Named
from joiner.journeys.authorise import Caller
from joiner.journeys.paging import cursors_for
from joiner.ports import Clock, Ids
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.messages import dump_json, list_response
from joiner.scim.projection import parse_projection, project
from joiner.scim.refusals import NotFound
from joiner.scim.schema import Document, ResourceType
from joiner.scim.search_request import ListParameters, parse_asked
from joiner.scim.sorting import parse_sort
from joiner.store.org_port import OrgReads, OrgStore


async def list_granted(store: OrgStore, clock: Clock, ids: Ids, caller: Caller, endpoint: str, parameters: ListParameters) -> bytes:
    """A ListResponse of roles or entitlements, in the order in which they were defined unless sorted otherwise."""
    kind, names = GRANTED[endpoint]
    matches = compile_filter(parse_filter(parameters.filter), kind) if parameters.filter is not None else None
    sort = parse_sort(parameters.sort_by, parameters.descending, kind) if parameters.sort_by is not None else None
    projection = parse_projection(parameters.attributes, parameters.excluded_attributes, kind)
    cursors = await cursors_for(store, clock, ids, caller, kind.name, parameters)
    position = cursors.position(parameters.cursor or "") if cursors is not None else ()

    def work(rows: OrgReads) -> bytes:
        found = [_document(caller, kind, named) for named in rows.names(caller.org.key).of(names)]
        if matches is not None:
            found = [document for document in found if matches(document)]
        if sort is not None:
            found.sort(key=sort.key, reverse=sort.descending)
        begin = parameters.start_index - 1 if cursors is None else _behind(found, str(position[0])) if position else 0
        page = found[begin : begin + parameters.count]
        more = cursors is not None and page and begin + len(page) < len(found)
        following = cursors.format(page[-1]["id"]) if cursors is not None and more else ""
        shown = [dump_json(project(document, projection, kind)) for document in page]
        return list_response(shown, len(found), parameters.start_index if cursors is None else None, next_cursor=following)

    return await store.read(caller.org.key, work)


def _behind(documents: Sequence[Document], id: str) -> int:
    """Names are only ever added, so the one at which a page ended is still there."""
    return next((place + 1 for place, document in enumerate(documents) if document["id"] == id), len(documents))


async def read_granted(store: OrgStore, caller: Caller, endpoint: str, id: str, query: Mapping[str, str]) -> bytes:
    """One role or entitlement. Raises NotFound."""
    kind, names = GRANTED[endpoint]
    projection = parse_projection(*parse_asked(query), kind)
    listed = await store.read(caller.org.key, lambda rows: rows.names(caller.org.key).of(names))
    named = next((each for each in listed if each.id == id), None)
    if named is None:
        raise NotFound(f"{kind.name} {id[:100]} not found.")
    return dump_json(project(_document(caller, kind, named), projection, kind))


def _document(caller: Caller, kind: ResourceType, named: Named) -> Document:
    document: Document = {"schemas": [kind.schema.id], "id": named.id, "displayName": named.name}
    if kind is ENTITLEMENT_TYPE:
        document["type"] = ENTITLEMENT_KIND
    return document | {"meta": {"resourceType": kind.name, "location": f"{caller.base}/{kind.endpoint.strip('/')}/{named.id}"}}
