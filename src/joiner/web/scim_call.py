"""One authorised request on its way from the SCIM door to a journey, and its body as JSON within limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from joiner.genesys.catalogue import Kind
from joiner.genesys.limits import ELEMENTS_MAX, TEXT_CHARACTERS_MAX
from joiner.journeys.authorise import Caller
from joiner.journeys.trail import Look, look_at
from joiner.ports import Clock, Ids
from joiner.scim.messages import parse_json
from joiner.scim.operation import Operation, parse_patch
from joiner.scim.refusals import InvalidValue, MethodNotAllowed, TooLarge, UnsupportedMediaType
from joiner.scim.schema import Document
from joiner.store.org_port import OrgStore
from joiner.web.answers import SCIM
from joiner.web.known_messages import KnownMessages, Message
from joiner.web.request import Answer, Request

_JSON_TYPES = ("application/scim+json", "application/json")
SMALL_BODY_BYTES = 2_048
"""A body of this size can hold neither a text nor a list that is too long."""


class Call(Struct, frozen=True, gc=False):
    """Everything that a handler needs of one authorised request."""

    store: OrgStore
    clock: Clock
    ids: Ids
    caller: Caller
    request: Request
    query: Mapping[str, str]
    type_name: str
    id: str
    document: Document | None = None
    """The body where it is known already: an operation of a bulk request."""

    def body(self) -> Document:
        """The request's JSON object in the standard's form. Raises UnsupportedMediaType, TooLarge, InvalidSyntax."""
        return self.caller.trail.note_look(self._look())

    def operations(self) -> tuple[Operation, ...]:
        """The operations of a PATCH. Raises what ``body`` and ``parse_patch`` raise."""
        if self.document is not None:
            return parse_patch(self.body())
        key = (self.request.body, self.caller.client.connection.tolerate, self.kind)
        known = _MESSAGES.get(key)
        if known is not None:
            check_message(self.request, self.caller.profile.body_bytes_max)
            self.caller.trail.note_look(known.look)
            return known.operations
        look = self._look()
        message = Message(look, parse_patch(self.caller.trail.note_look(look)))
        _MESSAGES.learn(key, message)
        return message.operations

    def _look(self) -> Look:
        document = self.document
        if document is None:
            document = read_json(self.request, self.caller.profile.body_bytes_max)
        if self.type_name == "User" and (self.document is not None or len(self.request.body) > SMALL_BODY_BYTES):
            _check_lists(document)
        return look_at(self.request.method, document, self.caller.client.connection, self.kind.resource_type)

    @property
    def kind(self) -> Kind:
        """The kind of resource that the endpoint holds; not for discovery endpoints."""
        return self.caller.kind(self.type_name)

    @property
    def if_match(self) -> str | None:
        return self.request.headers.get("if-match")


class WrongMethod(MethodNotAllowed):
    """405 with the methods that the endpoint does know."""

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"{method[:20]} is not offered here. Allowed: {allow}.")
        self.allow = allow


Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]


_MESSAGES = KnownMessages()


def read_json(request: Request, bytes_max: int) -> Document:
    check_message(request, bytes_max)
    document = parse_json(request.body, bytes_max=bytes_max)
    if len(request.body) > SMALL_BODY_BYTES:
        _check_texts(document, "")
    return document


def check_message(request: Request, bytes_max: int) -> None:
    """Raises UnsupportedMediaType and TooLarge for what need not be read at all."""
    content_type = request.headers.get("content-type", "")
    kind, _, parameters = content_type.partition(";")
    if kind and kind.strip().lower() not in _JSON_TYPES:
        raise UnsupportedMediaType(f"Content-Type {kind.strip()[:80]} is not understood. Send {SCIM} or application/json.")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise UnsupportedMediaType("Only UTF-8 is understood (RFC 7644 §3.8).")
    if request.cut or len(request.body) > bytes_max:
        raise TooLarge(f"The body is too large; at most {bytes_max} bytes are read.")


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
