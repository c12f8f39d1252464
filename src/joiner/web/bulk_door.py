"""``/Bulk`` over HTTP (RFC 7644 §3.7): each operation goes through the handlers of a request of its own."""

from __future__ import annotations

import msgspec

from joiner.genesys.permissions import OWN_TYPES, permissions_for
from joiner.journeys.authorise import demand
from joiner.journeys.bulk import Done, run_bulk
from joiner.scim.bulk import BulkOperation, bulk_response, parse_bulk
from joiner.scim.refusals import NotFound
from joiner.scim.version import format_etag
from joiner.web import scim_writes
from joiner.web.answers import scim_answer
from joiner.web.request import Answer, Request
from joiner.web.scim_call import Call, read_json

_WRITES = {"POST": scim_writes.write_new, "PUT": scim_writes.write_whole, "PATCH": scim_writes.write_part}


async def run(call: Call) -> Answer:
    """POST /Bulk. Raises TooLarge (operations, bytes), InvalidSyntax and InvalidValue for the message as a whole."""
    request = parse_bulk(read_json(call.request, call.caller.profile.body_bytes_max))

    async def perform(operation: BulkOperation) -> Done:
        return await _perform(call, operation)

    def locate(endpoint: str, id: str) -> str:
        kind = call.caller.catalogue.by_endpoint.get(endpoint.lower())
        return f"{call.caller.base}/{kind.path if kind is not None else endpoint}/{id}"

    return scim_answer(bulk_response(await run_bulk(request, perform, locate)))


async def _perform(call: Call, operation: BulkOperation) -> Done:
    """One operation, with the permission that its own request would ask for. The first is paid by the request itself."""
    caller, method = call.caller, operation.method
    kind = caller.catalogue.by_endpoint.get(operation.endpoint.lower())
    if kind is None:
        raise NotFound(f"{operation}: there is no endpoint /{operation.endpoint[:80]} of resources.")
    demand(caller, permissions_for(method, OWN_TYPES if kind.own else operation.endpoint))
    if operation.position > 1:
        caller.charge()
    headers = {"if-match": operation.version} if operation.version else {}
    request = Request(method, call.request.path, "", headers, b"", call.request.address)
    one = Call(
        call.store,
        call.clock,
        call.ids,
        msgspec.structs.replace(caller, method=method),
        request,
        {},
        kind.name,
        operation.id,
        operation.body,
    )
    if method == "DELETE":
        await scim_writes.write_off(one)
        return Done(204, operation.id)
    written = await _WRITES[method](one)
    return Done(201 if written.created else 200, written.kept.id, format_etag(written.kept.version))
