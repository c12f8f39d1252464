"""What is kept beside a document so that it is found without being read: index rows by value, and a face of narrow columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from joiner.genesys.catalogue import Indexed, Kind, index_path
from joiner.genesys.schemas import GENESYS_URN
from joiner.lifecycle.difference import difference
from joiner.scim.schema import Document
from joiner.scim.values import match_key
from joiner.store.org_port import Face, IndexRow

EXTERNAL_IDS = index_path(GENESYS_URN, "externalIds")
"""Rows of (authority, value) pairs; both are case-sensitive."""

MADE_BY_SCIM = "joiner:made-by-scim"
"""A mark on groups that SCIM created and may therefore delete; the key is the group's id."""

BURIED = "joiner:buried"
"""A mark on deleted users, by the userName that they had: a POST may bring one back. The living are found by the name they hold."""

SLOTS = 10
"""Narrow columns of the store."""

_EXTERNAL_IDS_PATH = f"{GENESYS_URN}:externalIds"


def index_rows(document: Document, kind: Kind) -> frozenset[IndexRow]:
    """Every value by which this document can be found at once."""
    return frozenset(_rows(difference({}, document)[1], kind))


def index_change(was: Document, became: Document, kind: Kind) -> tuple[set[IndexRow], set[IndexRow]]:
    """Rows that go and rows that come, from the changed attributes keyed by path (``lifecycle.difference``)."""
    gone, fresh = set(_rows(was, kind)), set(_rows(became, kind))
    return gone - fresh, fresh - gone


def _rows(changed: Document, kind: Kind) -> Iterator[IndexRow]:
    table = kind.index_table
    for path, value in changed.items():
        entries = table.get(path)
        if entries is not None:
            yield from _attribute_rows(value, entries)
        elif path == _EXTERNAL_IDS_PATH:
            for entry in value:
                yield external_ids_row(entry["authority"], entry["value"])


def _attribute_rows(value: Any, entries: tuple[Indexed, ...]) -> Iterator[IndexRow]:
    elements = value if isinstance(value, list) else (value,)
    for each in entries:
        for element in elements:
            text = element.get(each.sub) if each.sub else element
            if text and isinstance(text, str):
                type_ = match_key(element["type"]) if each.sub and "type" in element else ""
                yield IndexRow(each.path, text if each.exact else match_key(text), type_)


def external_ids_row(authority: str, value: str) -> IndexRow:
    return IndexRow(EXTERNAL_IDS, f"{len(authority)}:{authority}{value}")


def changed_face(document: Document, kind: Kind, modified: str, was: Document, became: Document) -> Face:
    """The same after a change of these attributes: the columns are filled again only when one of them may differ."""
    if kind.slot_attributes.isdisjoint(was) and kind.slot_attributes.isdisjoint(became):
        return Face(_display(document), modified, None)
    return face_of(document, kind, modified)


def face_of(document: Document, kind: Kind, modified: str) -> Face:
    """What is kept of a document in narrow columns."""
    slots: list[str | None] = []
    for urn, name, sub, exact in kind.slot_parts:
        holder = document.get(urn) if urn else document
        value = holder.get(name) if holder is not None else None
        if sub and value is not None:
            value = value.get(sub)
        slots.append((value if exact else match_key(value)) if isinstance(value, str) else None)
    slots += [None] * (SLOTS - len(slots))
    return Face(_display(document), modified, tuple(slots))


def _display(document: Document) -> str:
    name = document.get("name")
    formatted = name.get("formatted") if isinstance(name, dict) else name
    return str(document.get("displayName") or formatted or document.get("userName") or document.get("id", ""))
