"""Handlers of the SCIM door that read: one resource, lists and searches, ``/Me``, and what the server tells about itself."""

from __future__ import annotations

from msgspec.structs import replace

from joiner.journeys import discover, search
from joiner.journeys.granted import list_granted, read_granted
from joiner.journeys.myself import own_id, patch_own, refuse_own
from joiner.journeys.search_everywhere import list_everything
from joiner.journeys.showing import location_of, view_of
from joiner.scim.refusals import Forbidden
from joiner.scim.search_request import ListParameters
from joiner.web.answers import empty_answer, scim_answer
from joiner.web.known_lists import KnownLists
from joiner.web.request import Answer
from joiner.web.scim_call import Call, read_json


async def list_kind(call: Call, known: KnownLists | None = None) -> Answer:
    """``known``: what this client asked of this kind before."""
    listing = (known or KnownLists()).read(call.caller, call.type_name, call.request.query)
    return scim_answer(await search.list_resources(call.store, call.clock, call.ids, call.caller, listing))


async def search_kind(call: Call) -> Answer:
    listing = search.listing_of(call.caller, call.type_name, _message(call), in_url=False)
    return scim_answer(await search.list_resources(call.store, call.clock, call.ids, call.caller, listing))


async def list_all(call: Call) -> Answer:
    parameters = search.parameters_of(call.caller, call.query)
    return scim_answer(await list_everything(call.store, call.clock, call.ids, call.caller, parameters))


async def search_all(call: Call) -> Answer:
    return scim_answer(await list_everything(call.store, call.clock, call.ids, call.caller, _message(call), in_url=False))


def _message(call: Call) -> ListParameters:
    """A SearchRequest."""
    parameters = search.parameters_in(call.caller, read_json(call.request, call.caller.profile.body_bytes_max))
    if parameters.filter is not None:
        call.caller.trail.look_at_query({"filter": parameters.filter}, call.caller.client.connection)
    return parameters


async def list_names(call: Call) -> Answer:
    """Roles and entitlements."""
    parameters = search.parameters_of(call.caller, call.query)
    return scim_answer(await list_granted(call.store, call.clock, call.ids, call.caller, call.type_name, parameters))


async def search_names(call: Call) -> Answer:
    return scim_answer(await list_granted(call.store, call.clock, call.ids, call.caller, call.type_name, _message(call)))


async def read_name(call: Call) -> Answer:
    return scim_answer(await read_granted(call.store, call.caller, call.type_name, call.id, call.query))


async def read(call: Call) -> Answer:
    if_none_match = call.request.headers.get("if-none-match")
    shown = await search.read_one(call.store, call.caller, call.type_name, call.id, call.query, if_none_match)
    if shown.known:
        return empty_answer(304, version=shown.kept.version)
    return scim_answer(shown.body, version=shown.kept.version)


async def read_me(call: Call) -> Answer:
    return await read(replace(call, type_name="User", id=own_id(call.caller)))


async def patch_me(call: Call) -> Answer:
    own_id(call.caller)
    view = view_of(call.caller, "User", call.query)  # a mistake in it must be found before anything is written
    written = await patch_own(call.store, call.clock, call.caller, replace(call, type_name="User").operations(), call.if_match, view)
    kept = written.kept
    return scim_answer(written.body, version=kept.version, location=location_of(call.caller, "User", kept.id))


async def replace_me(call: Call) -> Answer:
    own_id(call.caller)
    raise refuse_own("replace")


async def delete_me(call: Call) -> Answer:
    own_id(call.caller)
    raise refuse_own("delete")


# Discovery


async def read_config(call: Call) -> Answer:
    return _told(call, await discover.service_provider_config(call.store, call.caller))


async def list_resource_types(call: Call) -> Answer:
    return _told(call, discover.resource_types(call.caller))


async def read_resource_type(call: Call) -> Answer:
    return _told(call, discover.resource_type(call.caller, call.id))


async def list_schemas(call: Call) -> Answer:
    return _told(call, discover.schemas(call.caller))


async def read_schema(call: Call) -> Answer:
    return _told(call, discover.schema(call.caller, call.id))


def _told(call: Call, told: discover.Told) -> Answer:
    """A discovery document with its ETag. RFC 7644 §4 has filters refused there, and all other parameters ignored."""
    if "filter" in call.query:
        raise Forbidden("What the server tells about itself cannot be filtered (RFC 7644 §4); read all of it.")
    if_none_match = call.request.headers.get("if-none-match")
    if if_none_match is not None and told.is_known(if_none_match):
        return empty_answer(304, version=told.version)
    return scim_answer(told.body, version=told.version)
