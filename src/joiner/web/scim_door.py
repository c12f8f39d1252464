"""SCIM over HTTP: method and path to a journey, its result to an answer (RFC 7644 §3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from joiner.genesys.limits import ELEMENTS_MAX, TEXT_CHARACTERS_MAX
from joiner.genesys.permissions import permissions_for
from joiner.journeys import discover, provision, provision_group, search
from joiner.journeys.authorise import Caller, demand
from joiner.journeys.keeping import Written
from joiner.journeys.showing import location_of
from joiner.ports import Clock, Ids
from joiner.scim.messages import parse_json
from joiner.scim.refusals import Forbidden, InvalidValue, MethodNotAllowed, NotFound, NotImplementedHere, TooLarge, UnsupportedMediaType
from joiner.scim.schema import Document
from joiner.store.org_port import OrgStore
from joiner.web.answers import SCIM, empty_answer, scim_answer
from joiner.web.request import Answer, Request
from joiner.web.routes import RESOURCES

_JSON_TYPES = ("application/scim+json", "application/json")
SMALL_BODY_BYTES = 2_048
"""A body of this size can hold neither a text nor a list that is too long."""

_NOT_OFFERED = frozenset({"bulk", "me", ".search"})


class Call(NamedTuple):
    """Everything that a handler needs of one authorised request."""

    store: OrgStore
    clock: Clock
    ids: Ids
    caller: Caller
    request: Request
    query: Mapping[str, str]
    type_name: str
    id: str

    def body(self) -> Document:
        """The request's JSON object. Raises UnsupportedMediaType, TooLarge, InvalidSyntax."""
        document = read_json(self.request, self.caller.profile.body_bytes_max)
        if self.type_name == "User" and len(self.request.body) > SMALL_BODY_BYTES:
            _check_lists(document)
        return document

    @property
    def if_match(self) -> str | None:
        return self.request.headers.get("if-match")


class WrongMethod(MethodNotAllowed):
    """405 with the methods that the endpoint does know."""

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"{method[:20]} is not offered here. Allowed: {allow}.")
        self.allow = allow


Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]


def read_json(request: Request, bytes_max: int) -> Document:
    content_type = request.headers.get("content-type", "")
    kind, _, parameters = content_type.partition(";")
    if kind and kind.strip().lower() not in _JSON_TYPES:
        raise UnsupportedMediaType(f"Content-Type {kind.strip()[:80]} is not understood. Send {SCIM} or application/json.")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise UnsupportedMediaType("Only UTF-8 is understood (RFC 7644 §3.8).")
    if request.cut:
        raise TooLarge(f"The body is too large; at most {bytes_max} bytes are read.")
    document = parse_json(request.body, bytes_max=bytes_max)
    if len(request.body) > SMALL_BODY_BYTES:
        _check_texts(document, "")
    return document


def _check_texts(value: Any, name: str) -> None:
    """No text may be longer than TEXT_CHARACTERS_MAX. The depth is known to be harmless."""
    if isinstance(value, str):
        if len(value) > TEXT_CHARACTERS_MAX:
            raise InvalidValue(f"{name[:80]}: a text has {len(value)} characters; at most {TEXT_CHARACTERS_MAX} are taken.")
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_texts(part, key)
    elif isinstance(value, list):
        for part in value:
            _check_texts(part, name)


def _check_lists(value: Any, name: str = "") -> None:
    """No list about a user may be longer than ELEMENTS_MAX: each operation of a PATCH may walk all of it."""
    if isinstance(value, dict):
        for key, part in value.items():
            _check_lists(part, key)
    elif isinstance(value, list):
        if len(value) > ELEMENTS_MAX:
            raise InvalidValue(f"{name[:80]}: a list has {len(value)} elements; at most {ELEMENTS_MAX} are taken for a user.")
        for part in value:
            _check_lists(part, name)


async def answer_scim(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, request: Request, query: Mapping[str, str], segments: tuple[str, ...]
) -> Answer:
    """The answer of a SCIM endpoint. Raises ScimRefusal kinds."""
    resource = segments[0].lower() if segments else ""
    if resource in _NOT_OFFERED and len(segments) <= 2:
        raise NotImplementedHere(f"/{segments[0]} is not offered. Use /Users and /Groups.")
    type_name = RESOURCES.get(resource)
    if type_name is None or len(segments) > 2:
        raise NotFound("No such endpoint. There are Users, Groups, ServiceProviderConfig, ResourceTypes and Schemas.")
    handlers = HANDLERS.get((type_name, len(segments) - 1))
    if handlers is None:
        raise NotFound("No such endpoint. ServiceProviderConfig has no parts.")
    handler = handlers.get(request.method)
    if handler is None:
        raise WrongMethod(request.method, ", ".join(handlers))
    demand(caller, permissions_for(request.method, resource))
    return await handler(Call(store, clock, ids, caller, request, query, type_name, segments[1] if len(segments) > 1 else ""))


async def _list(call: Call) -> Answer:
    return scim_answer(await search.list_resources(call.store, call.caller, call.type_name, call.query))


async def _read(call: Call) -> Answer:
    if_none_match = call.request.headers.get("if-none-match")
    shown = await search.read_one(call.store, call.caller, call.type_name, call.id, call.query, if_none_match)
    if shown.known:
        return empty_answer(304, version=shown.kept.version)
    return scim_answer(shown.body, version=shown.kept.version)


async def _create(call: Call) -> Answer:
    if call.type_name == "Group" and not call.caller.profile.groups_may_be_created:
        raise Forbidden(
            "Groups cannot be created over SCIM in this org (strict profile, as in Genesys Cloud). Create the group in the org first."
        )
    create = provision.create_user if call.type_name == "User" else provision_group.create_group
    return await _written(call, await create(call.store, call.clock, call.ids, call.caller, call.body()))


async def _replace(call: Call) -> Answer:
    put = provision.replace_user if call.type_name == "User" else provision_group.replace_group
    written = await put(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    return await _written(call, written, status=200)


async def _patch(call: Call) -> Answer:
    patch = provision.patch_user if call.type_name == "User" else provision_group.patch_group
    written = await patch(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    profile = call.caller.profile
    form = profile.patch_answer_users if call.type_name == "User" else profile.patch_answer_groups
    if form == "empty" and not call.query.get("attributes"):
        return empty_answer(version=written.kept.version)
    return await _written(call, written, status=200)


async def _delete(call: Call) -> Answer:
    delete = provision.delete_user if call.type_name == "User" else provision_group.delete_group
    await delete(call.store, call.clock, call.caller, call.id, call.if_match)
    return empty_answer()


async def _written(call: Call, written: Written, status: int | None = None) -> Answer:
    kept = written.kept
    body = await search.show_written(call.store, call.caller, call.type_name, kept, call.query)
    location = location_of(call.caller, call.type_name, kept.id)
    return scim_answer(body, status or (201 if written.created else 200), version=kept.version, location=location)


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


_COLLECTION: Mapping[str, Handler] = {"GET": _list, "POST": _create}
_SINGLE: Mapping[str, Handler] = {"GET": _read, "PUT": _replace, "PATCH": _patch, "DELETE": _delete}

HANDLERS: Mapping[tuple[str, int], Mapping[str, Handler]] = {
    ("User", 0): _COLLECTION,
    ("User", 1): _SINGLE,
    ("Group", 0): _COLLECTION,
    ("Group", 1): _SINGLE,
    ("ServiceProviderConfig", 0): {"GET": _config},
    ("ResourceTypes", 0): {"GET": _resource_types},
    ("ResourceTypes", 1): {"GET": _resource_types},
    ("Schemas", 0): {"GET": _schemas},
    ("Schemas", 1): {"GET": _schemas},
}
"""Handlers by endpoint and number of segments after it; the keys of the inner tables are what ``Allow`` says."""
