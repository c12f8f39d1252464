"""The PatchOp message (RFC 7644 §3.5.2): a body becomes operations. What they do is in ``patch.py`` and ``membership.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from joiner.scim.coerce import shown
from joiner.scim.refusals import InvalidPath, InvalidSyntax, InvalidValue, TooMany
from joiner.scim.schema import Document

OPERATIONS_MAX = 100

Verb: TypeAlias = Literal["add", "replace", "remove"]
_VERBS: dict[str, Verb] = {"add": "add", "replace": "replace", "remove": "remove", "Add": "add", "Replace": "replace", "Remove": "remove"}
_SPELLED = frozenset({"op", "path", "value"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the client wrote it, ``op`` in lower case. ``path`` is "" when absent; ``position`` counts from 1."""

    op: Verb
    path: str
    value: Any
    position: int

    def __str__(self) -> str:
        return f"operation {self.position} ({self.op} {self.path[:80] or 'without path'})"


def parse_patch(body: Document) -> tuple[Operation, ...]:
    """The operations of a PatchOp message. Raises InvalidSyntax, InvalidValue, InvalidPath, TooMany (> 100 operations).

    Names and operations are read in any case (Entra), ``schemas`` is not looked at (Genesys' own example has it wrong).
    """
    listed = _named(body).get("operations")
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntax('A patch needs "Operations", a list with at least one operation.')
    if len(listed) > OPERATIONS_MAX:
        raise TooMany(f"The patch has {len(listed)} operations; at most {OPERATIONS_MAX} are taken in one request.")
    return tuple(_parse_operation(each, position) for position, each in enumerate(listed, start=1))


def _parse_operation(written: Any, position: int) -> Operation:
    if not isinstance(written, dict):
        raise InvalidSyntax(f"operation {position}: expected an object with op, path and value, found {shown(written)}.")
    parts = written if written.keys() <= _SPELLED else _named(written)
    op, path = parts.get("op"), parts.get("path")
    verb = _VERBS.get(op) or _VERBS.get(op.lower()) if isinstance(op, str) else None
    if verb is None:
        found = "and is missing" if op is None else f"found {shown(op)}"
        raise InvalidSyntax(f"operation {position}: op must be add, replace or remove, {found}.")
    if path is None:
        path = ""
    elif not isinstance(path, str):
        raise InvalidPath(f"operation {position}: path must be text, found {shown(path)}.")
    if verb != "remove" and "value" not in parts:
        raise InvalidValue(f"operation {position}: {op} needs a value; null clears the attribute.")
    return Operation(verb, path.strip(), parts.get("value"), position)


def _named(written: Document) -> Document:
    return {key.lower(): value for key, value in written.items()}
