"""The Platform API subset over HTTP; its refusals are Genesys ErrorBodies in every profile, as no SCIM client comes here."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from joiner.events import Door
from joiner.journeys.authorise import Caller, demand
from joiner.journeys.platform import LISTINGS, define_entity, describe_token, list_entities
from joiner.ports import Clock, Ids
from joiner.scim.refusals import NotFound
from joiner.store.org_port import OrgStore
from joiner.web.answers import json_answer
from joiner.web.request import Answer, Request
from joiner.web.scim_call import WrongMethod, read_json


async def answer_platform(
    store: OrgStore, clock: Clock, ids: Ids, caller: Caller, request: Request, query: Mapping[str, str], segments: tuple[str, ...]
) -> Answer:
    """The answer of a Platform endpoint. Raises ScimRefusal kinds."""
    path = "/".join(segments).lower()
    caller = msgspec.structs.replace(caller, door=Door.PLATFORM)
    if path == "tokens/me":
        if request.method != "GET":
            raise WrongMethod(request.method, "GET")
        return json_answer(describe_token(caller))
    listing = LISTINGS.get(path)
    if listing is None:
        raise NotFound(f"/api/v2/{path[:100]} is not part of this server. There are tokens/me, {', '.join(LISTINGS)}.")
    if request.method == "GET":
        demand(caller, listing.view)
        return json_answer(await list_entities(store, caller, path, query))
    if request.method == "POST":
        demand(caller, listing.add)
        body = read_json(request, caller.profile.body_bytes_max)
        return json_answer(await define_entity(store, clock, ids, caller, path, body))
    raise WrongMethod(request.method, "GET, POST")
