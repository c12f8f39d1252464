"""SCIM over HTTP: method and path to a journey, its result to an answer (RFC 7644 §3)."""

from __future__ import annotations

from collections.abc import Mapping

from joiner.genesys.permissions import OWN_TYPES, permissions_for
from joiner.journeys import discover, search
from joiner.journeys.authorise import Caller, demand
from joiner.ports import Clock, Ids
from joiner.scim.refusals import Forbidden, NotFound, NotImplementedHere
from joiner.store.org_port import OrgStore
from joiner.web import scim_writes
from joiner.web.answers import empty_answer, scim_answer
from joiner.web.request import Answer, Request
from joiner.web.routes import DISCOVERY
from joiner.web.scim_call import Call, Handler, WrongMethod

_NOT_OFFERED = frozenset({"bulk", "me", ".search"})


async def answer_scim(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, request: Request, query: Mapping[str, str], segments: tuple[str, ...]
) -> Answer:
    """The answer of a SCIM endpoint. Raises ScimRefusal kinds."""
    resource = segments[0].lower() if segments else ""
    if resource in _NOT_OFFERED and len(segments) <= 2:
        raise NotImplementedHere(f"/{segments[0]} is not offered. Use /Users and /Groups.")
    kind = caller.catalogue.by_endpoint.get(resource)
    name = kind.name if kind is not None else DISCOVERY.get(resource)
    if name is None or len(segments) > 2:
        offered = ", ".join(each.path for each in caller.catalogue.kinds)
        raise NotFound(f"No such endpoint. There are {offered}, ServiceProviderConfig, ResourceTypes and Schemas.")
    handlers = HANDLERS.get(("" if kind is not None else name, len(segments) - 1))
    if handlers is None:
        raise NotFound("No such endpoint. ServiceProviderConfig has no parts.")
    handler = handlers.get(request.method)
    if handler is None:
        raise WrongMethod(request.method, ", ".join(handlers))
    if query:
        caller.trail.look_at_query(query, caller.client.connection)
    demand(caller, permissions_for(request.method, OWN_TYPES if kind is not None and kind.own else resource))
    return await handler(Call(store, clock, ids, caller, request, query, name, segments[1] if len(segments) > 1 else ""))


async def _list(call: Call) -> Answer:
    return scim_answer(await search.list_resources(call.store, call.caller, call.type_name, call.query))


async def _read(call: Call) -> Answer:
    if_none_match = call.request.headers.get("if-none-match")
    shown = await search.read_one(call.store, call.caller, call.type_name, call.id, call.query, if_none_match)
    if shown.known:
        return empty_answer(304, version=shown.kept.version)
    return scim_answer(shown.body, version=shown.kept.version)


async def _config(call: Call) -> Answer:
    if_none_match = call.request.headers.get("if-none-match")
    if if_none_match is not None and discover.config_is_current(if_none_match):
        return empty_answer(304, version=discover.CONFIG_VERSION)
    return scim_answer(discover.service_provider_config(call.caller), version=discover.CONFIG_VERSION)


async def _resource_types(call: Call) -> Answer:
    return scim_answer(discover.resource_type(call.caller, call.id) if call.id else discover.resource_types(call.caller))


async def _schemas(call: Call) -> Answer:
    if "filter" in call.query:
        raise Forbidden("Schemas cannot be filtered (RFC 7644 §4). GET /Schemas lists them all.")
    return scim_answer(discover.schema(call.caller, call.id) if call.id else discover.schemas(call.caller))


_COLLECTION: Mapping[str, Handler] = {"GET": _list, "POST": scim_writes.create}
_SINGLE: Mapping[str, Handler] = {"GET": _read, "PUT": scim_writes.replace, "PATCH": scim_writes.patch, "DELETE": scim_writes.delete}

HANDLERS: Mapping[tuple[str, int], Mapping[str, Handler]] = {
    ("", 0): _COLLECTION,
    ("", 1): _SINGLE,
    ("ServiceProviderConfig", 0): {"GET": _config},
    ("ResourceTypes", 0): {"GET": _resource_types},
    ("ResourceTypes", 1): {"GET": _resource_types},
    ("Schemas", 0): {"GET": _schemas},
    ("Schemas", 1): {"GET": _schemas},
}
"""Handlers by endpoint ("": of any kind of the catalogue) and number of segments after it.

The keys of the inner tables are what ``Allow`` says."""
