"""A SCIM user or group document as a record. Reads only the attributes that a pipe maps, because an org has many users.

The fingerprint is BLAKE2b over the whole document as received, keys sorted, without ``meta``: it changes when anything of
the account's content does, and not because a write changed nothing but version and date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, TypeAlias

import msgspec

from joiner.connectors.attributes import Attribute, Form, Place, is_entry
from joiner.sync.record import Directory, GroupRecord, Reference, TargetRecord, Value

Document: TypeAlias = Mapping[str, Any]
ReadValue: TypeAlias = Callable[[Document, Directory], Value]
ReadUser: TypeAlias = Callable[[Document, Directory], TargetRecord]
Memberships: TypeAlias = Mapping[str, tuple[Reference, ...]]
FINGERPRINT_BYTES = 16
MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What reading a document that is not what it says ends in."""

_encoder = msgspec.json.Encoder(order="sorted")


def compile_reader(attributes: Mapping[str, Attribute], memberships: Memberships | None = None) -> ReadUser:
    """A function that reads one user document with exactly these attributes.

    ``memberships`` (user id -> groups) is what the groups themselves say; it goes before what the user document shows.
    The function raises one of ``MALFORMED`` on a document that is no SCIM user; the caller names it.
    """
    readers = tuple((name, _value_reader(attribute, memberships)) for name, attribute in attributes.items())

    def read_user(document: Document, directory: Directory) -> TargetRecord:
        version = read_version(document)
        user_name = _text(document.get("userName"))
        return TargetRecord(
            id=_identifier(document["id"]),
            user_name=user_name,
            active=_read_active(document),
            external_id=_text(document.get("externalId")),
            display_name=_text(document.get("displayName")),
            emails=_read_emails(document, user_name),
            version=version,
            sequence=parse_sequence(version),
            fingerprint=fingerprint(document, None if memberships is None else memberships.get(document["id"], ())),
            values={name: read(document, directory) for name, read in readers},
        )

    return read_user


def read_group(document: Document) -> GroupRecord:
    """Raises as the user reader does. Members that are not given are taken as none: RFC 7643 leaves empty lists out."""
    members = frozenset(_identifier(member["value"]) for member in document.get("members") or ())
    return GroupRecord(_identifier(document["id"]), _text(document.get("displayName")), read_version(document), members)


def fingerprint(document: Document, groups: tuple[Reference, ...] | None = None) -> str:
    """``groups`` are those that count for this account; without them the document's own do.

    They must be the same that the record shows: a person was once settled with the groups of a lagging list, under the
    fingerprint of a document that already showed others, and never looked at again.
    """
    content = {name: value for name, value in document.items() if name not in ("meta", "groups")}
    shown = [_identifier(group["value"]) for group in document.get("groups") or ()] if groups is None else [group.id for group in groups]
    if shown:
        content["groups"] = sorted(shown)
    return blake2b(_encoder.encode(content), digest_size=FINGERPRINT_BYTES).hexdigest()


def read_version(document: Document) -> str:
    """``meta.version`` as an entity tag that If-Match takes (RFC 9110 §8.8.3): quoted, also where the server left the quotes out."""
    meta = document.get("meta")
    version = _text(meta.get("version")) if isinstance(meta, Mapping) else ""
    return version if not version or version.endswith('"') else f'"{version}"'


def parse_sequence(version: str) -> int:
    """The version as a rising integer, 0 where the org's versions are not numbers."""
    digits = version.removeprefix("W/").strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else 0


def _read_active(document: Document) -> bool:
    """RFC 7643 leaves the meaning of an absent ``active`` open; such servers know no inactive users. Some send it as a text."""
    active = document.get("active", True)
    return active.casefold() == "true" if isinstance(active, str) else bool(active)


def _read_emails(document: Document, user_name: str) -> tuple[str, ...]:
    """All addresses; a userName that is one comes first (in Genesys it is the main address)."""
    values = [entry.get("value") for entry in document.get("emails") or ()]
    addresses = [value for value in values if isinstance(value, str) and value]
    return tuple(dict.fromkeys([user_name, *addresses] if "@" in user_name else addresses))


def _value_reader(attribute: Attribute, memberships: Memberships | None) -> ReadValue:
    place, kind = attribute.place, attribute.target.kind
    if place.form is Form.SHOWN and memberships is not None:
        return lambda document, directory: memberships.get(document["id"], ())
    if place.form is Form.TYPED:
        return _typed_reader(place)
    if attribute.target.multi:
        return _listed_reader(place, kind)
    if place.name == "active":
        return lambda document, directory: _read_active(document)
    if kind:
        return _reference_reader(place, kind)
    return _plain_reader(place)


def _plain_reader(place: Place) -> ReadValue:
    name, urn, sub = place.name, place.urn, place.sub
    if not urn and not sub:
        return lambda document, directory: _plain_value(document.get(name))

    def read(document: Document, directory: Directory) -> Value:
        holder = document.get(urn) if urn else document
        value = holder.get(name) if holder else None
        return _plain_value(value.get(sub) if sub and value else value)

    return read


def _reference_reader(place: Place, kind: str) -> ReadValue:
    """A division by name, a manager by id; ``manager`` as a bare text is accepted, as Entra and older servers have it."""
    name, urn = place.name, place.urn

    def read(document: Document, directory: Directory) -> Value:
        holder = document.get(urn)
        value = holder.get(name) if holder else None
        shown = _text(value.get("displayName")) if isinstance(value, Mapping) else ""
        text = _text(value.get("value")) if isinstance(value, Mapping) else _text(value)
        return _refer(kind, text, directory, shown) if text else None

    return read


def _typed_reader(place: Place) -> ReadValue:
    name, urn = place.name, place.urn

    def read(document: Document, directory: Directory) -> Value:
        holder = document.get(urn) if urn else document
        for entry in (holder.get(name) if holder else None) or ():
            if is_entry(place, entry):
                return _plain_value(entry.get("value"))
        return None

    return read


def _listed_reader(place: Place, kind: str) -> ReadValue:
    name, urn, sub = place.name, place.urn, place.sub

    def read(document: Document, directory: Directory) -> Value:
        holder = document.get(urn) if urn else document
        entries = (holder.get(name) if holder else None) or ()
        if not kind:
            return tuple(_text(entry.get(sub)) for entry in entries)
        return tuple(_refer(kind, _text(entry[sub]), directory, _text(entry.get("display")), entry.get("proficiency")) for entry in entries)

    return read


def _refer(kind: str, text: str, directory: Directory, shown: str = "", proficiency: Any = None) -> Reference:
    """What ``text`` (a name or an id) points at, in the org's own spelling where the org can list that kind."""
    found = directory.by_id.get(kind, _NOTHING).get(text) or directory.by_name.get(kind, _NOTHING).get(text.casefold())
    level = float(proficiency) if proficiency is not None else None
    if found is not None:
        return found if level is None else Reference(kind, found.name, found.id, level)
    return Reference(kind, shown, text) if kind in ("user", "group") else Reference(kind, text, "", level)


_NOTHING: Mapping[str, Reference] = {}


def _plain_value(value: Any) -> Value:
    """Texts, truths and numbers; an empty text is no value. Raises TypeError for anything with parts."""
    if value is None or value == "":
        return None
    if isinstance(value, str | bool | int | float):
        return value
    raise TypeError("a plain value has parts")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise TypeError("a text was expected")


def _identifier(value: Any) -> str:
    if isinstance(value, str) and 0 < len(value) <= 512:
        return value
    raise TypeError("an id was expected")
