"""Handlers of the SCIM door that write: create, replace, patch, delete."""

from __future__ import annotations

from joiner.journeys import provision_group, search
from joiner.journeys.change_user import patch_user, replace_user
from joiner.journeys.create_user import create_user
from joiner.journeys.delete_user import delete_user
from joiner.journeys.keeping import Written
from joiner.journeys.provision_resource import create_resource, delete_resource, patch_resource, replace_resource
from joiner.journeys.showing import location_of, read_document
from joiner.web.answers import empty_answer, scim_answer
from joiner.web.request import Answer
from joiner.web.scim_call import Call


async def create(call: Call) -> Answer:
    return await _written(call, await write_new(call))


async def replace(call: Call) -> Answer:
    written = await write_whole(call)
    if not written.changed:
        _notice_repetition(call, written)
    return await _written(call, written, status=200)


async def patch(call: Call) -> Answer:
    written = await write_part(call)
    if not written.changed:
        _notice_repetition(call, written)
    profile = call.caller.profile
    form = profile.patch_answer_groups if call.type_name == "Group" else profile.patch_answer_users
    if form == "empty" and not call.query.get("attributes"):
        return empty_answer(version=written.kept.version)
    return await _written(call, written, status=200)


async def delete(call: Call) -> Answer:
    await write_off(call)
    return empty_answer()


async def write_new(call: Call) -> Written:
    """POST, as the kind of resource has it."""
    if call.type_name == "User":
        return await create_user(call.store, call.clock, call.ids, call.caller, call.body())
    if call.type_name == "Group":
        provision_group.check_may_create(call.caller)  # before the body is read
        return await provision_group.create_group(call.store, call.clock, call.ids, call.caller, call.body())
    return await create_resource(call.store, call.clock, call.ids, call.caller, call.kind, call.body())


async def write_whole(call: Call) -> Written:
    """PUT."""
    if call.type_name == "User":
        return await replace_user(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    if call.type_name == "Group":
        return await provision_group.replace_group(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    return await replace_resource(call.store, call.clock, call.caller, call.kind, call.id, call.body(), call.if_match)


async def write_part(call: Call) -> Written:
    """PATCH."""
    if call.type_name == "User":
        return await patch_user(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    if call.type_name == "Group":
        return await provision_group.patch_group(call.store, call.clock, call.caller, call.id, call.body(), call.if_match)
    return await patch_resource(call.store, call.clock, call.caller, call.kind, call.id, call.body(), call.if_match)


async def write_off(call: Call) -> None:
    """DELETE."""
    if call.type_name == "User":
        await delete_user(call.store, call.clock, call.caller, call.id, call.if_match)
    elif call.type_name == "Group":
        await provision_group.delete_group(call.store, call.clock, call.caller, call.id, call.if_match)
    else:
        await delete_resource(call.store, call.clock, call.caller, call.kind, call.id, call.if_match)


def _notice_repetition(call: Call, written: Written) -> None:
    call.caller.trail.look_at_repetition(call.request.method, read_document(written.kept), call.kind.resource_type)


async def _written(call: Call, written: Written, status: int | None = None) -> Answer:
    kept = written.kept
    body = await search.show_written(call.store, call.caller, call.type_name, kept, call.query)
    location = location_of(call.caller, call.type_name, kept.id)
    return scim_answer(body, status or (201 if written.created else 200), version=kept.version, location=location)
