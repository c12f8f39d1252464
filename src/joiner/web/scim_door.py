"""SCIM over HTTP: method and path to a journey, its result to an answer (RFC 7644 §3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from joiner.auth.permissions import may
from joiner.genesys.granted import GRANTED
from joiner.genesys.permissions import OWN_TYPES, permissions_for
from joiner.journeys.authorise import Caller, MissingPermission
from joiner.journeys.showing import view_of
from joiner.ports import Clock, Ids
from joiner.scim.refusals import Forbidden, NotFound, NotImplementedHere
from joiner.store.org_port import OrgStore
from joiner.web import bulk_door, event_door, scim_reads, scim_writes
from joiner.web.accepting import check_accept
from joiner.web.known_lists import KnownLists
from joiner.web.known_ways import Endpoint, Guest
from joiner.web.query import parse_query
from joiner.web.request import Answer, Request
from joiner.web.routes import DISCOVERY
from joiner.web.scim_call import Call, Handler, WrongMethod

SEARCH = ".search"

_BEYOND_THE_CONTRACT = frozenset({"bulk", "me", SEARCH, "securityevents"})
"""Endpoints that only profiles with ``standard_queries`` have."""

_NO_QUERY: Mapping[str, str] = {}


def find_endpoint(guest: Guest, request: Request, segments: tuple[str, ...]) -> Endpoint:
    """Raises NotAcceptable, NotFound, NotImplementedHere and WrongMethod."""
    check_accept(request.headers.get("accept"))
    resource = segments[0].lower() if segments else ""
    form = SEARCH if len(segments) == 2 and segments[1].lower() == SEARCH else len(segments)
    endpoint = guest.endpoints.get((request.method, resource, form))
    if endpoint is None:
        endpoint = guest.endpoints[request.method, resource, form] = _endpoint(guest, request.method, resource, form, len(segments))
    return endpoint


def answer_scim(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, request: Request, endpoint: Endpoint, id: str
) -> Awaitable[Answer]:
    """The answer of a SCIM endpoint; ``id`` is the second segment of the path. Raises ScimRefusal kinds."""
    handler, name, kind, refuse, lists = endpoint
    query: Mapping[str, str] = _NO_QUERY
    if request.query and not lists:
        query = parse_query(request.query)
        caller.trail.look_at_query(query, caller.client.connection)
        if kind is not None:
            view_of(caller, name, query)  # a mistake in it must be found before anything is written
    if refuse is not None:
        refuse()
    return handler(Call(store, clock, ids, caller, request, query, name, id))


def _endpoint(guest: Guest, method: str, resource: str, form: int | str, length: int) -> Endpoint:
    """Raises NotFound, NotImplementedHere and WrongMethod."""
    kind = guest.catalogue.by_endpoint.get(resource)
    handlers = _handlers(guest, resource, form, kind is not None, length)
    method = "GET" if method == "HEAD" and "GET" in handlers else method
    handler = handlers.get(method)
    if handler is None:
        raise WrongMethod(method, ", ".join(handlers))
    refuse: Callable[[], None] | None = None
    if guest.session.user_id and resource != "me" and resource not in DISCOVERY:
        refuse = _refuse_person
    elif kind is not None:
        needed = permissions_for("GET" if handlers is _SEARCHED else method, OWN_TYPES if kind.own else resource)
        refuse = partial(_refuse_without, needed) if not may(guest.session.client.permissions, needed) else None
    lists = handler is scim_reads.list_kind
    if lists:
        handler = partial(scim_reads.list_kind, known=KnownLists())
    return Endpoint(handler, kind.name if kind is not None else resource, kind, refuse, lists)


def _refuse_without(needed: tuple[str, ...]) -> None:
    raise MissingPermission(needed)


def _refuse_person() -> None:
    raise Forbidden("This token belongs to a person. It reaches /Me; for everything else, use a token of a client.")


def _handlers(guest: Guest, resource: str, form: int | str, is_kind: bool, length: int) -> Mapping[str, Handler]:
    """What an endpoint offers, by method. Raises NotFound and NotImplementedHere."""
    if is_kind and length <= 2:
        return _COLLECTION if length == 1 else _SEARCHED if form == SEARCH and _is_offered(guest, SEARCH) else _SINGLE
    handlers = OTHERS.get((f"{resource}/{SEARCH}" if form == SEARCH else resource, length)) if _is_offered(guest, resource) else None
    if handlers is None:
        offered = ", ".join(each.path for each in guest.catalogue.kinds)
        raise NotFound(f"No such endpoint. There are {offered}, ServiceProviderConfig, ResourceTypes and Schemas.")
    return handlers


def _is_offered(guest: Guest, resource: str) -> bool:
    """Whether the org has an endpoint at all. Raises NotImplementedHere for those of the standard that the contract lacks."""
    if guest.profile.standard_queries:
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
