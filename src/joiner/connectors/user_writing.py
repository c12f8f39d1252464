"""Values as SCIM documents: the body of a POST, the operations of a PATCH. Pure; sends nothing.

Removals stand before additions in one PATCH, because a changed proficiency is the same skill taken away and added again,
and a request is applied as a whole or not at all (RFC 7644 §3.5.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from joiner.connectors.attributes import Attribute, Form, Place, is_entry
from joiner.connectors.user_reading import Document
from joiner.sync.record import Element, Reference, Value

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"


def user_document(attributes: Mapping[str, Attribute], values: Mapping[str, Value], external_id: str) -> dict[str, Any]:
    """The body that creates an account. Empty values and unmapped attributes are left out."""
    document: dict[str, Any] = {"schemas": [USER_URN], "active": True}
    if external_id:
        document["externalId"] = external_id
    for name, value in values.items():
        attribute = attributes[name]
        if not is_empty(value) and attribute.place.form is not Form.SHOWN:
            _place_value(document, attribute, value)
    document["schemas"] += sorted(name for name in document if ":" in name)
    return document


def patch_document(
    attributes: Mapping[str, Attribute], values: Mapping[str, Value], removed: Mapping[str, Value], shown: Document | None = None
) -> dict[str, Any]:
    """The PATCH that sets plain attributes and takes away and adds elements. ``Operations`` is empty when nothing is left to send.

    Without ``shown`` the operations suit Genesys, hosted orgs and every server that Entra can work with: adding to an entry
    that is not there makes it, taking away what is not there is nothing. With ``shown`` (the account as it is) they suit
    servers that answer noTarget instead.
    """
    operations: list[dict[str, Any]] = []
    for name, value in removed.items():
        place = attributes[name].place
        if place.form is Form.LISTED:
            texts = [_element_text(element) for element in _elements(value)]
            operations += [
                {"op": "remove", "path": f"{place.path}[{place.sub} eq {quote(text)}]"}
                for text in texts
                if shown is None or any(entry.get(place.sub) == text for entry in _entries(shown, place))
            ]
    for name, value in values.items():
        operations += _set_operations(attributes[name], value, shown)
    return patch(operations)


def member_operations(add: Sequence[str], remove: Sequence[str], *, as_list: bool) -> dict[str, Any]:
    """Members that join and leave in one PATCH. ``as_list`` puts all removals into one operation, as Entra does.

    That form is not in RFC 7644; Genesys and our own server know it, and stay below their number of operations by it.
    """
    operations: list[dict[str, Any]] = []
    if add:
        operations.append({"op": "add", "path": "members", "value": _member_values(add)})
    if remove and as_list:
        operations.append({"op": "remove", "path": "members", "value": _member_values(remove)})
    elif remove:
        operations += [{"op": "remove", "path": f"members[value eq {quote(member)}]"} for member in remove]
    return patch(operations)


def patch(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"schemas": [PATCH_URN], "Operations": list(operations)}


def quote(text: str) -> str:
    """A text as a filter writes it: RFC 7644 §3.4.2.2 takes the quoting of JSON."""
    return json.dumps(text, ensure_ascii=False)


def is_empty(value: Value) -> bool:
    return value is None or value in ("", ())


def _set_operations(attribute: Attribute, value: Value, shown: Document | None) -> list[dict[str, Any]]:
    place = attribute.place
    if place.form is Form.SHOWN or (is_empty(value) and place.form is Form.LISTED):
        return []
    if place.form is Form.LISTED:
        return [{"op": "add", "path": place.path, "value": [_entry(place, element) for element in _elements(value)]}]
    if place.form is Form.TYPED:
        return _typed_operations(place, value, shown)
    path = f"{place.path}.{place.sub}" if place.sub and not attribute.target.kind else place.path
    if is_empty(value):
        return [{"op": "remove", "path": path}]
    return [{"op": "replace", "path": path, "value": _plain(attribute, value)}]


def _typed_operations(place: Place, value: Value, shown: Document | None) -> list[dict[str, Any]]:
    """ "add" and not "replace": RFC 7644 §3.5.2.3 lets a replace fail where no entry of that type is there yet."""
    entry = f"{place.path}[{place.selector} eq {quote(place.selected)}]"
    there = shown is None or any(is_entry(place, entry) for entry in _entries(shown, place))
    if is_empty(value):
        return [{"op": "remove", "path": entry}] if there else []
    if there:
        return [{"op": "add" if shown is None else "replace", "path": f"{entry}.value", "value": value}]
    return [{"op": "add", "path": place.path, "value": [{place.selector: place.selected, place.sub: value}]}]


def _entries(shown: Document, place: Place) -> list[Mapping[str, Any]]:
    holder = shown.get(place.urn) if place.urn else shown
    entries = holder.get(place.name) if isinstance(holder, Mapping) else None
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _place_value(document: dict[str, Any], attribute: Attribute, value: Value) -> None:
    place = attribute.place
    holder = document.setdefault(place.urn, {}) if place.urn else document
    if place.form is Form.TYPED:
        holder.setdefault(place.name, []).append({place.selector: place.selected, place.sub: value})
    elif place.form is Form.LISTED:
        holder[place.name] = [_entry(place, element) for element in _elements(value)]
    elif place.sub and not attribute.target.kind:
        holder.setdefault(place.name, {})[place.sub] = value
    else:
        holder[place.name] = _plain(attribute, value)


def _plain(attribute: Attribute, value: Value) -> Any:
    """Users are pointed at by id, everything else by name: that is what Genesys' SCIM reads (divisions and roles by name)."""
    if not attribute.target.kind:
        return value
    if attribute.target.kind == "user":
        return {"value": value.id if isinstance(value, Reference) else value}
    return value.name if isinstance(value, Reference) else value


def _entry(place: Place, element: Element) -> dict[str, Any]:
    entry: dict[str, Any] = {place.sub: _element_text(element)}
    if isinstance(element, Reference) and element.proficiency is not None:
        entry["proficiency"] = element.proficiency
    return entry


def _element_text(element: Element) -> str:
    return element.name or element.id if isinstance(element, Reference) else element


def _elements(value: Value) -> tuple[Element, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str | Reference) and value else ()


def _member_values(ids: Sequence[str]) -> list[dict[str, str]]:
    return [{"value": member} for member in ids]
