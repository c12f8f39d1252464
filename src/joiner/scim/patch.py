"""PATCH (RFC 7644 §3.5.2): operations parsed, applied to a document, or reduced to a member delta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from joiner.scim.schema import Document, ResourceType

OPERATIONS_MAX = 100

Verb: TypeAlias = Literal["add", "replace", "remove"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the client wrote it, ``op`` in lower case. ``path`` is "" when absent."""

    op: Verb
    path: str
    value: Any
    position: int


@dataclass(frozen=True, slots=True)
class PatchRules:
    """What differs between connections (identity-providers.md §1).

    ``unknown``: attributes in values and path-less maps that nobody knows. ``unknown_path``: an explicit path that nobody
    knows. ``replace_complex``: RFC 7644 §3.5.2.3 leaves unnamed sub-attributes alone ("merge"); the Interop draft drops them.
    """

    unknown: Literal["ignore", "refuse"] = "ignore"
    unknown_path: Literal["ignore", "refuse"] = "refuse"
    replace_complex: Literal["merge", "whole"] = "merge"
    pathless: Literal["accept", "refuse"] = "accept"


@dataclass(frozen=True, slots=True)
class MemberDelta:
    """What a PATCH means for a group's members, without building the list.

    Apply in this order: if ``remove_all``, start from nothing; if ``replace`` is not None, start from exactly these;
    then take away ``remove`` and put in ``add`` (the two never overlap). ``rest`` are the operations on other attributes.
    """

    add: tuple[str, ...]
    remove: tuple[str, ...]
    replace: tuple[str, ...] | None
    remove_all: bool
    rest: tuple[Operation, ...]


def parse_patch(body: Document) -> tuple[Operation, ...]:
    """The operations of a PatchOp message. Raises InvalidSyntax, InvalidValue, TooMany (> 100 operations)."""
    ...


def apply_patch(document: Document, operations: tuple[Operation, ...], resource_type: ResourceType, rules: PatchRules = PatchRules()) -> Document:
    """The document after all operations, or a refusal and nothing changed."""
    ...


def member_delta(operations: tuple[Operation, ...]) -> MemberDelta:
    """Splits the operations of a group into what happens to ``members`` and the rest. Later operations win."""
    ...
