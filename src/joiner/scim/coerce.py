"""One value against one attribute: its type, its canonical spelling, its emptiness (RFC 7643 §2.3, §2.4, §2.5).

Tolerated, because real clients send it: booleans and numbers as text, a bare string where an object with ``value`` is
meant (Entra's manager and roles), "" for "no value". Refused: everything that would have to be guessed. ``canonicalValues``
are suggestions (RFC 7643 §7) and references are taken as they come: validators send random words where URLs belong.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

from joiner.scim.refusals import InvalidValue, MutabilityRefused
from joiner.scim.schema import Attribute, Type
from joiner.scim.values import match_key, parse_boolean, parse_date_time, parse_decimal

Unknown: TypeAlias = Literal["ignore", "refuse"]

NAMES_MAX = 500  # names in one object; the largest schema has 200
INTEGER_MAX = 2**53  # beyond it JSON readers no longer agree

_DECORATION = frozenset({"type", "primary", "display", "$ref"})
"""Sub-attributes that say something about a value; alone they are not one."""

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)(={0,2})", re.ASCII)


class Misfit(Exception):
    """A value that does not fit. The path grows on the way out: parts are only put together when something is wrong."""

    def __init__(self, reason: str, *, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path

    def within(self, part: str) -> Misfit:
        """The same, seen from one level further out."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        self.path = f"{part}{joint}{self.path}"
        return self

    def refusal(self) -> InvalidValue:
        return InvalidValue(f"{self.path}: {self.reason}")


def coerce(value: Any, attribute: Attribute, unknown: Unknown) -> Any:
    """The value in canonical form, a list for multi-valued attributes; None when it is empty. Raises Misfit."""
    if not attribute.multi_valued:
        return coerce_one(value, attribute, unknown)
    if value is None or value == "":
        return None
    if not isinstance(value, list):
        raise Misfit(f"expected a list, found {shown(value)}.")
    if len(value) > attribute.elements_max:
        raise Misfit(f"may have {attribute.elements_max} elements; this list has {len(value)}.")
    elements = []
    settle = _coerce_complex if attribute.subs else coerce_one
    for position, each in enumerate(value):
        try:
            element = settle(each, attribute, unknown)
        except Misfit as misfit:
            raise misfit.within(f"[{position}]") from None
        if element is not None:
            elements.append(element)
    return distinct(elements, attribute) if len(elements) > 1 else elements or None


def coerce_one(value: Any, attribute: Attribute, unknown: Unknown) -> Any:
    """One value, or one element of a multi-valued attribute; None when it is empty. Raises Misfit."""
    if value is None or value == "":
        return None
    if attribute.textual:
        if isinstance(value, str):
            return value
        raise Misfit(f"expected text, found {shown(value)}.")
    if attribute.type is Type.COMPLEX:
        return _coerce_complex(value, attribute, unknown)
    if attribute.type is Type.BOOLEAN:
        found: Any = parse_boolean(value)
        wanted = "true or false"
    elif attribute.type is Type.DATE_TIME:
        found = value if isinstance(value, str) and "T" in value.upper() and parse_date_time(value) is not None else None
        wanted = "a date and time such as 2026-11-22T09:30:00Z"
    elif attribute.type is Type.BINARY:
        found = value if isinstance(value, str) and _is_base64(value) else None
        wanted = "binary data in base64"
    else:
        found = parse_decimal(value)
        wanted = "a number"
        if attribute.type is Type.INTEGER:
            found = int(found) if found is not None and found % 1 == 0 and abs(found) <= INTEGER_MAX else None
            wanted = "a whole number"
    if found is None:
        raise Misfit(f"expected {wanted}, found {shown(value)}.")
    return found


def _is_base64(text: str) -> bool:
    """RFC 4648 §4, or §5 with - and _; line breaks as certificates have them; padding may be missing (RFC 7643 §2.3.6)."""
    compact = "".join(text.split())
    found = _BASE64.fullmatch(compact)
    if found is None:
        return False
    return len(compact) % 4 == 0 if found[1] else len(compact) % 4 != 1


def _coerce_complex(value: Any, attribute: Attribute, unknown: Unknown) -> dict[str, Any] | None:
    if value is None or value == "":
        return None
    element = coerce_parts(value, attribute, unknown)
    if attribute.needs and value and not attribute.needs <= element.keys():
        raise Misfit(f"{min(attribute.needs - element.keys())} is required here.")
    return None if is_hollow(element, attribute) else element


def coerce_parts(value: Any, attribute: Attribute, unknown: Unknown) -> dict[str, Any]:
    """The parts of a complex value that are named and not empty, whether or not they make a whole one. Raises Misfit."""
    spelled = attribute.spelled
    if type(value) is not dict:
        value = _wrapped(value, attribute)
    if len(value) > NAMES_MAX:
        raise Misfit(f"has {len(value)} names; at most {NAMES_MAX} are read.")
    element: dict[str, Any] = {}
    for key, part in value.items():
        sub = spelled.get(key)
        if sub is not None and type(part) is sub.natural:  # most parts, and the reason why this loop is quick
            if part != "":
                element[sub.name] = part
            continue
        if sub is None:
            sub = spelled.get(key.lower())
        if sub is None:
            if unknown == "refuse":
                raise Misfit(f"there is no such sub-attribute of {attribute.name}.", path=key)
            continue
        if sub.mutability == "readOnly" or part is None or part == "":
            continue
        try:
            settled = coerce(part, sub, unknown)
        except Misfit as misfit:
            raise misfit.within(sub.name) from None
        if settled is not None:
            element[sub.name] = settled
    return element


def _wrapped(value: Any, attribute: Attribute) -> dict[str, Any]:
    """A bare value for an attribute whose elements have a ``value``."""
    if "value" not in attribute.subs or isinstance(value, list):
        raise Misfit(f"expected an object with {', '.join(sub.name for sub in attribute.sub_attributes)}, found {shown(value)}.")
    return {"value": value}


def is_hollow(element: dict[str, Any], attribute: Attribute) -> bool:
    """Whether an element says nothing: a part that it needs is gone, or only its type, primary mark or display name is left."""
    if attribute.needs and not attribute.needs <= element.keys():
        return True
    if "value" in element:
        return False
    return _DECORATION.issuperset(element) if attribute.multi_valued else not element


def distinct(elements: list[Any], attribute: Attribute) -> list[Any]:
    """The elements without doubles, later ones winning in the place of the first; at most one primary, the last (RFC 7643 §2.4)."""
    if attribute.identified_by:  # all leading values differ: nearly always, and half the price
        lead = attribute.identified_by[0]
        exact = attribute.subs[lead].case_exact
        leads = {part if exact or type(part) is not str else match_key(part) for part in [element.get(lead) for element in elements]}
        if len(leads) == len(elements):
            return one_primary(elements, attribute)
    kept = {identity(element, attribute): element for element in elements}
    return one_primary(list(kept.values()), attribute)


def one_primary(elements: list[Any], attribute: Attribute) -> list[Any]:
    """Clears every ``primary`` but the last one that is set (RFC 7644 §3.5.2)."""
    if "primary" not in attribute.subs:
        return elements
    marked = [place for place, element in enumerate(elements) if element.get("primary")]
    for place in marked[:-1]:
        elements[place] = {**elements[place], "primary": False}
    return elements


def identity(element: Any, attribute: Attribute) -> Any:
    """What makes two elements of an attribute the same one, hashable: value and type of an e-mail address, name of a skill."""
    if not isinstance(element, dict):
        return element
    names = attribute.identified_by
    if not names:
        return tuple(sorted((name, str(part)) for name, part in element.items() if name != "primary"))
    subs = attribute.subs
    return tuple([folded(element.get(name), subs[name]) for name in names])


def folded(part: Any, sub: Attribute) -> Any:
    """A simple value as it is compared with others of its sub-attribute."""
    return match_key(part) if isinstance(part, str) and not sub.case_exact else part


def shown(value: Any) -> str:
    """A found value for a message: short, and only its kind when it is large."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def keep_parts(current: Any, changed: dict[str, Any], attribute: Attribute) -> dict[str, Any]:
    """A changed single complex value, with the read-only parts of the current one. Raises MutabilityRefused for immutable parts."""
    if not current or not (attribute.fixed or attribute.owned):
        return changed
    for name in attribute.fixed:
        if name in current and changed.get(name, current[name]) != current[name]:
            raise MutabilityRefused(f"{attribute.name}.{name} cannot be changed once it is set.")
    return changed | {name: current[name] for name in (*attribute.fixed, *attribute.owned) if name in current}
