"""Bulk messages as values (RFC 7644 §3.7): reading, the order of work, putting ids in the place of bulkIds, and the answer.

Nothing is run here. ``parse_bulk`` gives operations; one that is malformed carries its fault and the others still run.
``order`` is the request's own order, except that an operation comes after the POSTs whose ids it needs::

    1 POST  Group  bulkId:a  members: bulkId:b          run 2 first, then 1
    2 POST  User   bulkId:b

    1 POST  Group  bulkId:a  members: bulkId:b          a circle: run 2 without its member, then 1,
    2 POST  Group  bulkId:b  members: bulkId:a          then 2 again as a PATCH that adds the member (RFC 7644 §3.7.1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import unquote

from joiner.errors import ScimRefusal
from joiner.scim.coerce import shown
from joiner.scim.core_schemas import BULK_REQUEST_URN, BULK_RESPONSE_URN
from joiner.scim.messages import dump_json
from joiner.scim.operation import Operation
from joiner.scim.refusals import Conflict, InvalidPath, InvalidSyntax, InvalidValue, TooLarge
from joiner.scim.schema import Document

BULK_OPERATIONS_MAX = 100
BULK_ID_CHARACTERS_MAX = 256
BULK_PATH_CHARACTERS_MAX = 512
REFERENCES_MAX = 5_000  # bulkIds named by all operations together; a hundred groups of fifty fresh members each

Method: TypeAlias = Literal["POST", "PUT", "PATCH", "DELETE"]
_METHODS = ("POST", "PUT", "PATCH", "DELETE")
_PREFIX = "bulkid:"
_PATH = re.compile(r"/?([A-Za-z][\w.~-]*)(?:/([^/?#\s]+))?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation. ``id`` is "" for POST and may be ``bulkId:…``; ``version`` is "" or what ``If-Match`` would say.

    ``fault`` is set when the operation is malformed: it is not run, and its answer is this refusal. ``position`` counts from 1.
    """

    position: int
    method: Method
    path: str
    endpoint: str = ""
    id: str = ""
    bulk_id: str = ""
    version: str = ""
    body: Document | None = None
    needs: tuple[str, ...] = ()
    """The bulkIds that path and data name, each once."""
    fault: ScimRefusal | None = None

    def __str__(self) -> str:
        return f"operation {self.position} ({self.method} {self.path[:80]})"


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """``fail_on_errors`` is the number of errors after which nothing more is run; 0 when all is to be tried."""

    fail_on_errors: int
    operations: tuple[BulkOperation, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Run an operation, leaving out the elements that refer to ``without``; or, when ``completes``, add just those now."""

    operation: BulkOperation
    without: frozenset[str] = frozenset()
    completes: bool = False


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of an operation. ``response`` is a rendered body, always there for an error; texts are "" when absent."""

    method: str
    status: int
    bulk_id: str = ""
    location: str = ""
    version: str = ""
    response: bytes = b""


def parse_bulk(body: Document, *, operations_max: int = BULK_OPERATIONS_MAX) -> BulkRequest:
    """The operations of a BulkRequest, names in any case. Raises InvalidSyntax, InvalidValue, and TooLarge (RFC 7644 §3.7.4)."""
    named = _named(body)
    schemas = named.get("schemas")
    if (
        isinstance(schemas, list)
        and schemas
        and BULK_REQUEST_URN.lower() not in [each.lower() for each in schemas if isinstance(each, str)]
    ):
        raise InvalidSyntax(f"A bulk request is a message of schema {BULK_REQUEST_URN}, which schemas does not name.")
    listed = named.get("operations")
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntax('A bulk request needs "Operations", a list with at least one operation.')
    if len(listed) > operations_max:
        raise TooLarge(f"The bulk request has {len(listed)} operations; at most {operations_max} (maxOperations) are taken.")
    fail_on_errors = named.get("failonerrors")
    if fail_on_errors is not None and (isinstance(fail_on_errors, bool) or not isinstance(fail_on_errors, int) or fail_on_errors < 0):
        raise InvalidValue(f"failOnErrors must be a whole number from 0 on, found {shown(fail_on_errors)}.")
    operations = tuple(_parse_operation(each, position) for position, each in enumerate(listed, start=1))
    return BulkRequest(fail_on_errors or 0, tuple(_check_references(operations)))


def order(operations: Sequence[BulkOperation]) -> tuple[Step, ...]:
    """Every operation once, after those whose ids it needs, otherwise as the request has them; then what closes circles."""
    makers = {each.bulk_id: each for each in operations if each.method == "POST" and each.bulk_id and each.fault is None}
    needs = {each.position: [makers[id] for id in each.needs if id in makers] for each in operations}
    steps: list[Step] = []
    left_out: list[Step] = []
    state: dict[int, bool] = {}  # absent: not begun; False: begun; True: in its place

    def place(operation: BulkOperation) -> None:
        state[operation.position] = False
        for maker in needs[operation.position]:
            if maker.position not in state:
                place(maker)
        without = frozenset(maker.bulk_id for maker in needs[operation.position] if not state[maker.position])
        steps.append(Step(operation, without))
        if without:
            left_out.append(Step(operation, without, completes=True))
        state[operation.position] = True

    for operation in operations:  # at most operations_max deep
        if operation.position not in state:
            place(operation)
    return (*steps, *left_out)


def resolved(step: Step, ids: Mapping[str, str]) -> BulkOperation:
    """The operation of a step with real ids, and without what the step leaves out. Raises Conflict when an id is not there.

    ``ids`` holds the id that each POST got; a missing one means that its operation failed or was not run.
    """
    operation = step.operation
    body = operation.body
    if body is not None:
        body = _replaced(_cut(body, step.without) if step.without else body, ids)
    named = _reference(operation.id)
    return replace(operation, id=operation.id if named is None else _id_of(named, ids), body=body)


def completion(step: Step, ids: Mapping[str, str]) -> tuple[Operation, ...]:
    """The patch operations that add what ``resolved`` left out of the same operation. Raises Conflict."""
    assert step.operation.body is not None
    added: list[Operation] = []
    for path, value in _attributes(step.operation.body):
        parts = value if isinstance(value, list) else [value]
        missing = [_replaced(part, ids) for part in parts if _names_any(part, step.without)]
        if missing:
            added.append(Operation("add", path, missing if isinstance(value, list) else missing[0], len(added) + 1))
    return tuple(added)


def bulk_response(results: Sequence[BulkResult]) -> bytes:
    """The BulkResponse message; ``status`` is text in it (RFC 7644 §3.7.3)."""
    return b"".join((f'{{"schemas":["{BULK_RESPONSE_URN}"],"Operations":['.encode(), b",".join(map(_render, results)), b"]}"))


def _render(result: BulkResult) -> bytes:
    fields = {"method": result.method, "bulkId": result.bulk_id, "version": result.version, "location": result.location}
    head = dump_json({name: text for name, text in fields.items() if text} | {"status": str(result.status)})
    return head if not result.response else b"".join((head[:-1], b',"response":', result.response, b"}"))


def _parse_operation(written: Any, position: int) -> BulkOperation:
    """Never raises: a malformed operation is an operation with a fault."""
    if not isinstance(written, dict):
        return BulkOperation(
            position, "POST", "", fault=InvalidSyntax(f"operation {position}: expected an object, found {shown(written)}.")
        )
    named = _named(written)
    method = named.get("method")
    bulk_id = named.get("bulkid")
    path = named.get("path")
    outline = BulkOperation(
        position,
        cast("Method", method.upper()) if isinstance(method, str) and method.upper() in _METHODS else "POST",
        path if isinstance(path, str) else "",
        bulk_id=bulk_id if isinstance(bulk_id, str) and len(bulk_id) <= BULK_ID_CHARACTERS_MAX else "",
    )
    try:
        return _checked(outline, named)
    except ScimRefusal as refusal:
        return replace(outline, fault=refusal)


def _checked(outline: BulkOperation, named: Mapping[str, Any]) -> BulkOperation:
    position, method, body, version = outline.position, named.get("method"), named.get("data"), named.get("version")
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise InvalidSyntax(f"operation {position}: method must be POST, PUT, PATCH or DELETE, found {shown(method)}.")
    if named.get("bulkid") not in (None, outline.bulk_id):
        raise InvalidSyntax(f"operation {position}: bulkId must be text of at most {BULK_ID_CHARACTERS_MAX} characters.")
    if outline.method == "POST" and not outline.bulk_id:
        raise InvalidSyntax(f"operation {position}: a POST needs a bulkId, by which the answer names it.")
    if version is not None and not isinstance(version, str):
        raise InvalidSyntax(f'operation {position}: version must be text such as W/"3", found {shown(version)}.')
    if outline.method != "DELETE" and not isinstance(body, dict):
        raise InvalidSyntax(f"operation {position}: {outline.method} needs data, an object; found {shown(body)}.")
    endpoint, id = _split_path(outline)
    return replace(outline, endpoint=endpoint, id=id, version=version or "", body=body if outline.method != "DELETE" else None)


def _split_path(outline: BulkOperation) -> tuple[str, str]:
    parts = _PATH.fullmatch(outline.path) if len(outline.path) <= BULK_PATH_CHARACTERS_MAX else None
    if parts is None:
        raise InvalidPath(f"operation {outline.position}: path is relative, such as /Users or /Users/ID, found {shown(outline.path)}.")
    endpoint, id = parts[1], unquote(parts[2] or "")
    if outline.method == "POST" and id:
        raise InvalidPath(f"operation {outline.position}: a POST goes to an endpoint such as /Users, not to {shown(outline.path)}.")
    if outline.method != "POST" and not id and endpoint.lower() != "me":
        raise InvalidPath(f"operation {outline.position}: {outline.method} needs the id in its path, such as /Users/ID.")
    return endpoint, id


def _check_references(operations: Sequence[BulkOperation]) -> Iterator[BulkOperation]:
    """Marks a second use of a bulkId and references to bulkIds that no POST of the request has. Raises InvalidValue for too many."""
    makers: set[str] = {each.bulk_id for each in operations if each.method == "POST"}
    used: set[str] = set()
    count = 0
    for operation in operations:
        fault = operation.fault
        if fault is None and operation.bulk_id and operation.bulk_id in used:
            fault = InvalidValue(f"{operation}: bulkId {shown(operation.bulk_id)} names another operation already.")
        used.add(operation.bulk_id)
        named = _references(operation) if fault is None else []
        count += len(named)
        if count > REFERENCES_MAX:
            raise InvalidValue(f"The bulk request has more than {REFERENCES_MAX} references to bulkIds.")
        lost = next((id for id in named if id not in makers), None)
        if lost is not None:
            fault = InvalidValue(f"{operation}: bulkId:{lost[:80]} names no POST of this request.")
        yield replace(operation, needs=tuple(dict.fromkeys(named)) if fault is None else (), fault=fault)


def _references(operation: BulkOperation) -> list[str]:
    named: list[str] = []
    _collect(operation.body, named)
    if (id := _reference(operation.id)) is not None:
        named.append(id)
    return named


def _reference(text: Any) -> str | None:
    """The bulkId that a value stands for, or None for an ordinary value."""
    if isinstance(text, str) and text[:7].lower() == _PREFIX and len(text) > 7:
        return text[7:]
    return None


def _collect(value: Any, named: list[str]) -> None:
    """Every bulkId that a value names, at any depth (which JSON's own limit bounds)."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            _collect(part, named)
    elif (id := _reference(value)) is not None:
        named.append(id)


def _names_any(value: Any, ids: frozenset[str]) -> bool:
    named: list[str] = []
    _collect(value, named)
    return not ids.isdisjoint(named)


def _cut(body: Document, without: frozenset[str]) -> Document:
    """The body less what ``completion`` adds later: whole attributes, or single elements of lists, that refer to ``without``."""
    kept: Document = {}
    for name, value in body.items():
        if _is_extension(name, value):
            kept[name] = _cut(value, without)
        elif isinstance(value, list):
            kept[name] = [part for part in value if not _names_any(part, without)]
        elif not _names_any(value, without):
            kept[name] = value
    return kept


def _replaced(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, ids) for part in value]
    id = _reference(value)
    return value if id is None else _id_of(id, ids)


def _attributes(body: Document) -> Iterator[tuple[str, Any]]:
    """Core attributes by name and extension attributes by full path."""
    for name, value in body.items():
        if _is_extension(name, value):
            for part, inner in value.items():
                yield f"{name}:{part}", inner
        else:
            yield name, value


def _is_extension(name: str, value: Any) -> bool:
    return isinstance(value, dict) and name[:4].lower() == "urn:"


def _id_of(bulk_id: str, ids: Mapping[str, str]) -> str:
    id = ids.get(bulk_id)
    if id is None:
        raise Conflict(f"bulkId:{bulk_id[:80]} has no id, because its operation failed or was not run.")
    return id


def _named(written: Document) -> Document:
    return {key.lower(): value for key, value in written.items()}
