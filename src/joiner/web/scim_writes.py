"""Handlers of the SCIM door that write: create, replace, patch, delete."""

from __future__ import annotations

from joiner.journeys import provision_group
from joiner.journeys.change_user import patch_user, replace_user
from joiner.journeys.create_user import create_user
from joiner.journeys.delete_user import delete_user
from joiner.journeys.keeping import Written
from joiner.journeys.leave_groups import delete_group
from joiner.journeys.provision_resource import create_resource, delete_resource, patch_resource, replace_resource
from joiner.journeys.showing import View, location_of, read_document, view_of
from joiner.web.answers import empty_answer, scim_answer
from joiner.web.request import Answer
from joiner.web.scim_call import Call


async def create(call: Call) -> Answer:
    written = await write_new(call, _view(call))
    return _written(call, written, 201 if written.created else 200)


async def replace(call: Call) -> Answer:
    written = await write_whole(call, _view(call))
    if not written.changed:
        _notice_repetition(call, written)
    return _written(call, written, 200)


async def patch(call: Call) -> Answer:
    profile = call.caller.profile
    form = profile.patch_answer_groups if call.type_name == "Group" else profile.patch_answer_users
    empty = form == "empty" and not call.query.get("attributes")
    written = await write_part(call, None if empty else _view(call))
    if not written.changed:
        _notice_repetition(call, written)
    if empty:
        return empty_answer(version=written.kept.version)
    return _written(call, written, 200)


async def delete(call: Call) -> Answer:
    await write_off(call)
    return empty_answer()


async def write_new(call: Call, view: View | None = None) -> Written:
    """POST, as the kind of resource has it."""
    if call.type_name == "User":
        return await create_user(call.store, call.clock, call.ids, call.caller, call.body(), view)
    if call.type_name == "Group":
        provision_group.check_may_create(call.caller)  # before the body is read
        return await provision_group.create_group(call.store, call.clock, call.ids, call.caller, call.body(), view)
    return await create_resource(call.store, call.clock, call.ids, call.caller, call.kind, call.body(), view)


async def write_whole(call: Call, view: View | None = None) -> Written:
    """PUT."""
    if call.type_name == "User":
        return await replace_user(call.store, call.clock, call.caller, call.id, call.body(), call.if_match, view)
    if call.type_name == "Group":
        return await provision_group.replace_group(call.store, call.clock, call.caller, call.id, call.body(), call.if_match, view)
    return await replace_resource(call.store, call.clock, call.caller, call.kind, call.id, call.body(), call.if_match, view)


async def write_part(call: Call, view: View | None = None) -> Written:
    """PATCH."""
    if call.type_name == "User":
        return await patch_user(call.store, call.clock, call.caller, call.id, call.operations(), call.if_match, view)
    if call.type_name == "Group":
        return await provision_group.patch_group(call.store, call.clock, call.caller, call.id, call.operations(), call.if_match, view)
    return await patch_resource(call.store, call.clock, call.caller, call.kind, call.id, call.operations(), call.if_match, view)


async def write_off(call: Call) -> None:
    """DELETE."""
    if call.type_name == "User":
        await delete_user(call.store, call.clock, call.caller, call.id, call.if_match)
    elif call.type_name == "Group":
        await delete_group(call.store, call.clock, call.caller, call.id, call.if_match)
    else:
        await delete_resource(call.store, call.clock, call.caller, call.kind, call.id, call.if_match)


def _notice_repetition(call: Call, written: Written) -> None:
    call.caller.trail.look_at_repetition(call.request.method, read_document(written.kept), call.kind.resource_type)


def _view(call: Call) -> View:
    return view_of(call.caller, call.type_name, call.query)


def _written(call: Call, written: Written, status: int) -> Answer:
    kept = written.kept
    location = location_of(call.caller, call.type_name, kept.id)
    return scim_answer(written.body, status, version=kept.version, location=location)
