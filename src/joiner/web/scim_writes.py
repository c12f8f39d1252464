"""Handlers of the SCIM door that write: create, replace, patch, delete."""

from __future__ import annotations

from joiner.journeys import provision, provision_group, search
from joiner.journeys.keeping import Written
from joiner.journeys.showing import location_of
from joiner.scim.refusals import Forbidden
from joiner.web.answers import empty_answer, scim_answer
from joiner.web.request import Answer
from joiner.web.scim_call import Call


async def create(call: Call) -> Answer:
    if call.type_name == "Group" and not call.caller.profile.groups_may_be_created:
        raise Forbidden(
            "Groups cannot be created over SCIM in this org (strict profile, as in Genesys Cloud). Create the group in the org first."
        )
    make = provision.create_user if call.type_name == "User" else provision_group.create_group
    return await _written(call, await make(call.store, call.clock, call.ids, call.caller, call.body()))


async def replace(call: Call) -> Answer:
    put = provision.replace_user if call.type_name == "User" else provision_group.replace_group
    written = await put(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    return await _written(call, written, status=200)


async def patch(call: Call) -> Answer:
    change = provision.patch_user if call.type_name == "User" else provision_group.patch_group
    written = await change(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    profile = call.caller.profile
    form = profile.patch_answer_users if call.type_name == "User" else profile.patch_answer_groups
    if form == "empty" and not call.query.get("attributes"):
        return empty_answer(version=written.kept.version)
    return await _written(call, written, status=200)


async def delete(call: Call) -> Answer:
    bury = provision.delete_user if call.type_name == "User" else provision_group.delete_group
    await bury(call.store, call.clock, call.caller, call.id, call.if_match)
    return empty_answer()


async def _written(call: Call, written: Written, status: int | None = None) -> Answer:
    kept = written.kept
    body = await search.show_written(call.store, call.caller, call.type_name, kept, call.query)
    location = location_of(call.caller, call.type_name, kept.id)
    return scim_answer(body, status or (201 if written.created else 200), version=kept.version, location=location)
