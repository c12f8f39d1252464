"""PATCH messages that only switch something on or off: what was found in them once is remembered.

An identity provider deactivates everybody with the same bytes. A message that holds any other value is about one person: it would
not come again, may hold what nobody must keep, and is not remembered.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from joiner.dialects.oddity import TRUTH_WORDS
from joiner.genesys.catalogue import Kind
from joiner.journeys.trail import Look
from joiner.scim.operation import Operation

MESSAGES_REMEMBERED_MAX = 1_000
MESSAGE_BYTES_MAX = 512

_MESSAGE = frozenset({"schemas", "Operations"})
_OPERATION = frozenset({"op", "path", "value"})

Key: TypeAlias = tuple[bytes, object, Kind]
"""The bytes, what the connection bears, and the kind of resource: all that a look at the message depends on."""


class Message(NamedTuple):
    """What a look found, and the operations in the standard's form."""

    look: Look
    operations: tuple[Operation, ...]


class KnownMessages:
    """Messages by their bytes. Nobody may change what is in them."""

    def __init__(self) -> None:
        self._known: dict[Key, Message] = {}

    def get(self, key: Key) -> Message | None:
        return self._known.get(key) if len(key[0]) <= MESSAGE_BYTES_MAX else None

    def learn(self, key: Key, message: Message) -> None:
        if len(key[0]) > MESSAGE_BYTES_MAX or not _only_switches(message.look.sent):
            return
        if len(self._known) >= MESSAGES_REMEMBERED_MAX:
            self._known.clear()
        self._known[key] = message


def _only_switches(sent: dict[str, Any]) -> bool:
    return sent.keys() <= _MESSAGE and all(each.keys() <= _OPERATION and _is_switch(each) for each in sent["Operations"])


def _is_switch(operation: dict[str, Any]) -> bool:
    """``active`` and its like: a path that selects nobody, and true or false, or a map of such."""
    value = operation.get("value")
    parts = value if isinstance(value, dict) else {operation.get("path"): value}
    return all(isinstance(path, str) and "[" not in path and _is_truth(part) for path, part in parts.items())


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value in TRUTH_WORDS)
