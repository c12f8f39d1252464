"""SCIM over HTTP: method and path to a journey, its result to an answer (RFC 7644 §3)."""

from __future__ import annotations

from collections.abc import Mapping

from joiner.genesys.granted import GRANTED
from joiner.genesys.permissions import OWN_TYPES, permissions_for
from joiner.journeys.authorise import Caller, demand
from joiner.journeys.showing import view_of
from joiner.ports import Clock, Ids
from joiner.scim.refusals import Forbidden, NotFound, NotImplementedHere
from joiner.store.org_port import OrgStore
from joiner.web import bulk_door, event_door, scim_reads, scim_writes
from joiner.web.accepting import check_accept
from joiner.web.request import Answer, Request
from joiner.web.routes import DISCOVERY
from joiner.web.scim_call import Call, Handler, WrongMethod

_BEYOND_THE_CONTRACT = frozenset({"bulk", "me", ".search", "securityevents"})
"""Endpoints that only profiles with ``standard_queries`` have."""


async def answer_scim(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, request: Request, query: Mapping[str, str], segments: tuple[str, ...]
) -> Answer:
    """The answer of a SCIM endpoint. Raises ScimRefusal kinds."""
    check_accept(request.headers.get("accept"))
    resource = segments[0].lower() if segments else ""
    part = segments[1] if len(segments) > 1 else ""
    kind = caller.catalogue.by_endpoint.get(resource)
    name = kind.name if kind is not None else resource
    handlers = _handlers(caller, resource, part, kind is not None, len(segments))
    method = "GET" if request.method == "HEAD" and "GET" in handlers else request.method
    handler = handlers.get(method)
    if handler is None:
        raise WrongMethod(request.method, ", ".join(handlers))
    if query:
        caller.trail.look_at_query(query, caller.client.connection)
        if kind is not None:
            view_of(caller, kind.name, query)  # a mistake in it must be found before anything is written
    if caller.user_id and resource != "me" and resource not in DISCOVERY:
        raise Forbidden("This token belongs to a person. It reaches /Me; for everything else, use a token of a client.")
    if kind is not None:
        needed = permissions_for("GET" if handlers is _SEARCHED else method, OWN_TYPES if kind.own else resource)
        if needed:
            demand(caller, needed)
    return await handler(Call(store, clock, ids, caller, request, query, name, part))


def _handlers(caller: Caller, resource: str, part: str, is_kind: bool, length: int) -> Mapping[str, Handler]:
    """What an endpoint offers, by method. Raises NotFound and NotImplementedHere."""
    if is_kind and length <= 2:
        return _COLLECTION if length == 1 else _SEARCHED if part.lower() == ".search" and _is_offered(caller, ".search") else _SINGLE
    handlers = (
        OTHERS.get((f"{resource}/.search" if part.lower() == ".search" else resource, length)) if _is_offered(caller, resource) else None
    )
    if handlers is None:
        offered = ", ".join(each.path for each in caller.catalogue.kinds)
        raise NotFound(f"No such endpoint. There are {offered}, ServiceProviderConfig, ResourceTypes and Schemas.")
    return handlers


def _is_offered(caller: Caller, resource: str) -> bool:
    """Whether the org has an endpoint at all. Raises NotImplementedHere for those of the standard that the contract lacks."""
    if caller.profile.standard_queries:
        return True
    if resource in _BEYOND_THE_CONTRACT:
        raise NotImplementedHere(f"/{resource} is not offered. Use /Users and /Groups.")
    return bool(resource) and resource not in GRANTED


_COLLECTION: Mapping[str, Handler] = {"GET": scim_reads.list_kind, "POST": scim_writes.create}
_SINGLE: Mapping[str, Handler] = {
    "GET": scim_reads.read,
    "PUT": scim_writes.replace,
    "PATCH": scim_writes.patch,
    "DELETE": scim_writes.delete,
}
_SEARCHED: Mapping[str, Handler] = {"POST": scim_reads.search_kind}

OTHERS: Mapping[tuple[str, int], Mapping[str, Handler]] = {
    ("", 0): {"GET": scim_reads.list_all},
    ("bulk", 1): {"POST": bulk_door.run},
    (".search", 1): {"POST": scim_reads.search_all},
    ("me", 1): {
        "GET": scim_reads.read_me,
        "PUT": scim_reads.replace_me,
        "PATCH": scim_reads.patch_me,
        "DELETE": scim_reads.delete_me,
    },
    ("securityevents", 1): {"GET": event_door.read_streams},
    ("securityevents", 2): {"POST": event_door.poll},
    ("roles", 1): {"GET": scim_reads.list_names},
    ("roles", 2): {"GET": scim_reads.read_name},
    ("roles/.search", 2): {"POST": scim_reads.search_names},
    ("entitlements", 1): {"GET": scim_reads.list_names},
    ("entitlements", 2): {"GET": scim_reads.read_name},
    ("entitlements/.search", 2): {"POST": scim_reads.search_names},
    ("serviceproviderconfig", 1): {"GET": scim_reads.read_config},
    ("resourcetypes", 1): {"GET": scim_reads.list_resource_types},
    ("resourcetypes", 2): {"GET": scim_reads.read_resource_type},
    ("schemas", 1): {"GET": scim_reads.list_schemas},
    ("schemas", 2): {"GET": scim_reads.read_schema},
}
"""Handlers of all endpoints that are no kind of resource, by lower-case segment and number of segments.

The keys of the inner tables are what ``Allow`` says; HEAD goes wherever GET goes."""
