"""Many operations in one request (RFC 7644 §3.7): run in order, each a transaction of its own, with ids in the place of bulkIds.

What an operation does is the caller's matter (``perform``): it goes the same way as a request of its own, with the same permissions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from joiner.errors import ScimRefusal, StoreError
from joiner.scim.bulk import BulkOperation, BulkRequest, BulkResult, Step, completion, order, resolved
from joiner.scim.core_schemas import PATCH_OP_URN
from joiner.scim.messages import error_body

UNAVAILABLE = 503


class Done(NamedTuple):
    """What an operation came to; texts are "" when absent."""

    status: int
    id: str
    version: str = ""


Perform: TypeAlias = Callable[[BulkOperation], Awaitable[Done]]
"""Runs one operation. Raises ScimRefusal and StoreError kinds."""


async def run_bulk(request: BulkRequest, perform: Perform, locate: Callable[[str, str], str]) -> list[BulkResult]:
    """The results in the order of the request; operations behind the last tolerated error are not run and have none.

    ``locate`` gives the URL of a resource from endpoint and id.
    """
    ids: dict[str, str] = {}
    results: dict[int, BulkResult] = {}
    errors = 0
    for step in order(request.operations):
        if request.fail_on_errors and errors >= request.fail_on_errors:
            break
        operation, former = step.operation, results.get(step.operation.position)
        if step.completes and (former is None or former.status >= 400):
            continue
        try:
            done = await perform(_ready(step, ids))
        except (ScimRefusal, StoreError) as refusal:
            errors += 1
            id = ids.get(operation.bulk_id, operation.id)
            results[operation.position] = _failed(operation, refusal, locate(operation.endpoint, id) if id else "")
            continue
        if operation.method == "POST":
            ids[operation.bulk_id] = done.id
        status = former.status if former is not None else done.status
        results[operation.position] = BulkResult(
            operation.method, status, operation.bulk_id, locate(operation.endpoint, done.id), done.version
        )
    return [results[position] for position in sorted(results)]


def _ready(step: Step, ids: dict[str, str]) -> BulkOperation:
    """The operation of a step as it is run: real ids; what closes a circle is a PATCH of what its own POST made. Raises its fault."""
    operation = step.operation
    if operation.fault is not None:
        raise operation.fault
    if not step.completes:
        return resolved(step, ids)
    added = [{"op": each.op, "path": each.path, "value": each.value} for each in completion(step, ids)]
    message = {"schemas": [PATCH_OP_URN], "Operations": added}
    return replace(operation, method="PATCH", id=ids[operation.bulk_id], body=message, version="")


def _failed(operation: BulkOperation, refusal: ScimRefusal | StoreError, location: str) -> BulkResult:
    if isinstance(refusal, ScimRefusal):
        status, response = refusal.status, error_body(refusal.status, refusal.scim_type, refusal.detail)
    else:
        detail = f"The database is not available: {refusal.problems[0].title}. Nothing of this operation was kept; try again."
        status, response = UNAVAILABLE, error_body(UNAVAILABLE, None, detail)
    return BulkResult(operation.method, status, operation.bulk_id, location, "", response)
