"""Clients that send the same values again in every cycle, because what they read back does not look like what they sent.

Nothing is wrong in the org, but each cycle costs a write for each person and hides real changes. It is noticed where a write
changed nothing: whatever was sent and looks different from what is kept differs in its form only.

============  =========================================  ==================================================
form          sent                                       kept
============  =========================================  ==================================================
phone         +1 (317) 555-0100                          +13175550100
case          Aino.Virtanen@northlight.example           aino.virtanen@northlight.example
blanks        "Support "                                 "Support"
order         two addresses in another order             the same two
type          "True"                                     true
same          exactly what is kept                       (the client does not believe the answer)
============  =========================================  ==================================================
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from joiner.scim.path import parse_attribute_path
from joiner.scim.refusals import InvalidPath
from joiner.scim.schema import Document, ResourceType
from joiner.scim.values import canonical_phone, match_key

VALUES_COMPARED_MAX = 200  # of one attribute; a write that changed nothing need not be understood to the last element
SHAPE_CHARACTERS_MAX = 40

FIXES: Mapping[str, str] = MappingProxyType(
    {
        "phone": "Map the number in the form that comes back (E.164, +13175550100), or let the org return phones as sent.",
        "case": "Map the value in one case, as with toLower(…); names and addresses are compared without regard to case.",
        "blanks": "Take the blanks away in the mapping, as with Trim(…).",
        "order": "Nothing is lost; the client compares lists by their order. Map only the values that are needed.",
        "type": "Map the value as a boolean or number instead of text.",
        "same": "The client writes although nothing changed: look whether it reads this attribute back at all.",
    }
)
"""What an administrator can do about each form."""


class Resent(NamedTuple):
    """One attribute that was sent again. ``sent`` and ``kept`` show the form without the person's data: ``+9 (999) 999-9999``."""

    attribute: str
    form: str
    sent: str
    kept: str

    @property
    def fix(self) -> str:
        return FIXES[self.form]


def resent_values(method: str, body: Document, kept: Document, resource_type: ResourceType) -> tuple[Resent, ...]:
    """What a write that changed nothing sent again; ``kept`` is the document as the client reads it.

    Of a PATCH every attribute is named; of a PUT, which repeats everything by its nature, only those in another form.
    Members are left out: they have no form.
    """
    found: dict[str, Resent] = {}
    for path, value in _sent(method, body):
        name, current = _find(path, kept, resource_type)
        if name in ("", "members", "password", "schemas", "meta", "id") or name in found:
            continue
        resent = _compare(name, value, current)
        if resent is not None and (resent.form != "same" or method == "PATCH"):
            found[name] = resent
    return tuple(found.values())


def _sent(method: str, body: Document) -> Iterator[tuple[str, Any]]:
    if method != "PATCH":
        yield from _entries(body)
        return
    listed = body.get("Operations")
    for operation in listed if isinstance(listed, list) else ():
        value, path = (operation.get("value"), operation.get("path")) if isinstance(operation, dict) else (None, None)
        if isinstance(path, str) and path:
            yield path, value
        elif isinstance(value, dict):
            yield from _entries(value)


def _entries(values: Document) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if ":" in key and isinstance(value, dict) and not key.rpartition(":")[2][:1].islower():
            for sub, part in value.items():
                yield f"{key}:{sub}", part
        else:
            yield key, value


def _find(path: str, kept: Document, resource_type: ResourceType) -> tuple[str, Any]:
    """The attribute's path in its own spelling and its kept value: of ``emails[…].value`` all of ``emails``. "" when unknown."""
    head, bracket, _ = path.partition("[")
    try:
        target = parse_attribute_path(head, resource_type)
    except InvalidPath:
        return "", None
    if target.attribute is None:
        return "", None
    current = kept.get(target.urn, {}).get(target.attribute.name) if target.urn else kept.get(target.attribute.name)
    if target.sub is not None and not bracket and isinstance(current, dict):
        current = current.get(target.sub.name)
    return str(target), current


def _compare(name: str, sent: Any, kept: Any) -> Resent | None:
    """How what was sent differs from what is kept, when it differs in form only; None when it says something else or nothing."""
    given, there = _leaves(sent), _leaves(kept)
    if not given or not there:
        return None
    exact = {_text(value): value for value in there}
    strange = [value for value in given if _text(value) not in exact or type(exact[_text(value)]) is not type(value)]
    if strange:
        first = strange[0]
        twin = next((value for value in there if _canonical(value) == _canonical(first)), None)
        return None if twin is None else Resent(name, _form(first, twin), shape(first), shape(twin))
    ordered = [value for value in there if value in given]
    form = "order" if isinstance(sent, list) and given != ordered else "same"
    return Resent(name, form, shape(given[0]), shape(there[0]))


def _leaves(value: Any) -> list[Any]:
    """The plain values inside: ``value`` of each element, or every part of an object without one."""
    if isinstance(value, list):
        return [leaf for each in value[:VALUES_COMPARED_MAX] for leaf in _leaves(each)]
    if isinstance(value, dict):
        return _leaves(value["value"]) if "value" in value else [leaf for part in value.values() for leaf in _leaves(part)]
    return [] if value is None or value == "" else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _canonical(value: Any) -> str:
    text = _text(value).strip()
    return (canonical_phone(text) if text[:1] in "+t" else None) or match_key(text)


def _form(sent: Any, kept: Any) -> str:
    if type(sent) is not type(kept):
        return "type"
    if sent.strip() == kept.strip():
        return "blanks"
    if match_key(sent.strip()) == match_key(kept.strip()):
        return "case"
    return "phone"


def shape(value: Any) -> str:
    """The form of a value without what it says: letters become a or A, digits 9, signs stay."""
    signs = [_sign(letter) for letter in _text(value)[: SHAPE_CHARACTERS_MAX + 1]]
    return "".join(signs) if len(signs) <= SHAPE_CHARACTERS_MAX else "".join(signs[:SHAPE_CHARACTERS_MAX]) + "…"


def _sign(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind[0] == "N":
        return "9"
    return ("A" if kind == "Lu" else "a") if kind[0] == "L" else letter
