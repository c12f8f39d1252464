"""One pass over a parsed request: which oddities it shows, and the request in the standard's form where ``scim`` needs that.

Called once per request before the journey. What a connection bears is counted by the caller under the names in the result; what
it does not bear is refused with the oddity's name and what can be done about it. ``COSTS`` says what it takes.

Nothing is judged that ``scim`` judges: a body that is no patch at all passes through and is refused there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from joiner.dialects import document_oddities as document
from joiner.dialects import operation_oddities as operation
from joiner.dialects.connection import Connection
from joiner.dialects.message_oddities import MISSING_PATCH_SCHEMA, NAMES_IN_OTHER_CASE, PATCH_SCHEMAS
from joiner.dialects.oddity import Oddity
from joiner.dialects.query_oddities import IN_FILTER, is_ordinary
from joiner.scim.operation import OPERATIONS_MAX
from joiner.scim.schema import Document

COSTS = """
GET without a filter    0.4 µs      PATCH of active                  1.1 µs      POST by Okta, 0.9 kB              3.1 µs
GET by userName eq      0.8 µs      the same by Okta, without path   1.3 µs      PATCH by Entra, 6 operations      5.1 µs
"""

Found: TypeAlias = dict[str, tuple[Oddity, str]]

_VERBS = operation.VERBS
_ORDINARY = document.ORDINARY


class Recognised(NamedTuple):
    """``body`` and ``query`` as they go on; ``names`` of the oddities, each once, in the order in which they were seen."""

    body: Document | None
    query: Mapping[str, str]
    names: tuple[str, ...]


def recognise(method: str, body: Document | None, query: Mapping[str, str], connection: Connection) -> Recognised:
    """What is odd about a request. ``query`` has lower-case names; ``body`` is the parsed JSON object or None.

    Raises the refusal of an oddity that the connection does not tolerate: InvalidSyntax, InvalidValue, InvalidPath, InvalidFilter.
    """
    found: Found = {}
    if body:
        if method == "PATCH":
            body = _look_at_patch(body, found)
        elif method == "POST":
            body = _look_at_document(body, document.IN_NEW_RESOURCE, found)
        elif method == "PUT":
            body = _look_at_document(body, document.IN_EVERY_BODY, found)
    if query and (text := query.get("filter")) and not is_ordinary(text):
        for oddity in IN_FILTER:
            _look(oddity, text, "filter", found)
    if not found:
        return Recognised(body, query, ())
    if connection.tolerate != "all":
        check_borne(found, connection)
    return Recognised(body, query, tuple(found))


def check_borne(found: Mapping[str, tuple[Oddity, str]], connection: Connection) -> None:
    """Raises the refusal of the first oddity that the connection does not bear. Habits within the standard are always borne."""
    for name, (oddity, place) in found.items():
        if not oddity.allowed and not connection.tolerates(name):
            raise oddity.refusal(
                f"{place}: {oddity.meaning} This connection does not bear it ({name}, {oddity.clause}). {oddity.fix}"
                f" To bear it: joiner client set CLIENT tolerate=all, or name {name} in tolerate."
            )


def _look(oddity: Oddity, part: Any, place: str, found: Found) -> Any:
    """Asks one oddity; the part as it goes on."""
    if not oddity.fits(part):
        return part
    found.setdefault(oddity.name, (oddity, place))
    return part if oddity.straighten is None else oddity.straighten(part)


def _look_at_document(body: Document, asked: Mapping[str, tuple[Oddity, ...]], found: Found) -> Document:
    changed: Document = {}
    schemas = body.get("schemas")
    if not schemas:
        _look(document.MISSING_SCHEMAS, schemas, "schemas", found)
    for key, value in body.items():
        if key in asked:
            ordinary = _ORDINARY.get(key)
            if ordinary is None or not ordinary(value):
                part = value
                for oddity in asked[key]:
                    part = _look(oddity, part, key, found)
                if part is not value:
                    changed[key] = part
        if ":" in key and schemas and schemas.__class__ is list and key not in schemas:
            _look(document.EXTENSION_NOT_IN_SCHEMAS, value, key, found)
    return {**body, **changed} if changed else body


def _look_at_patch(body: Document, found: Found) -> Document:
    if body.get("schemas") != PATCH_SCHEMAS:
        _look(MISSING_PATCH_SCHEMA, body.get("schemas"), "schemas", found)
    if "Operations" not in body:
        body = _look(NAMES_IN_OTHER_CASE, body, "the message", found)
    listed = body.get("Operations")
    if listed.__class__ is not list or len(listed) > OPERATIONS_MAX:
        return body
    changed: dict[int, Document] = {}
    for place, written in enumerate(listed):
        if written.__class__ is dict:
            looked_at = _look_at_operation(written, place, found)
            if looked_at is not written:
                changed[place] = looked_at
    return {**body, "Operations": [changed.get(place, each) for place, each in enumerate(listed)]} if changed else body


def _look_at_operation(written: Document, place: int, found: Found) -> Document:
    if "op" not in written:
        written = {key.lower(): value for key, value in written.items()}
        found.setdefault(NAMES_IN_OTHER_CASE.name, (NAMES_IN_OTHER_CASE, f"operation {place + 1}"))
    path, value = written.get("path"), written.get("value")
    if not path:
        asked = operation.asked_without_path(path, value)
    elif path.__class__ is str:
        asked = operation.asked_with_path(path, value)
    else:
        return written
    if written.get("op") not in _VERBS and operation.CAPITALISED_OP.name not in found:
        asked += operation.WITH_OTHER_VERB
    for oddity in asked:
        written = _look(oddity, written, f"operation {place + 1}", found)
    return written
