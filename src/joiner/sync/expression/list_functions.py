"""Functions on lists and on the kinds of values. A null list has no elements; in ``Arrays.*`` a CSV text is a list too."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from joiner.sync.expression.limits import INTEGER_MAX, INTEGER_MIN, LIST_ELEMENTS_MAX, NUMBER_CHARACTERS_MAX
from joiner.sync.expression.operators import Stumble, bounded_list, bounded_text, describe, equal, is_blank, is_number, to_text
from joiner.sync.expression.text_functions import whole_number

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def split(text: Any, separator: Any) -> Any:
    """The parts, trimmed, empty ones left out. An empty separator splits at blanks."""
    if text is None:
        return None
    if isinstance(text, tuple | list):
        return tuple(text)
    mark = to_text(separator)
    parts = to_text(text).split(mark) if mark else to_text(text).split()
    return bounded_list(tuple(part.strip() for part in parts if part and not part.isspace()))


def as_list(value: Any) -> tuple[Any, ...]:
    """What ``Arrays.*`` takes for a list: a list, a CSV text, nothing."""
    if isinstance(value, tuple | list):
        return tuple(value)
    if value is None or value == "":
        return ()
    return bounded_list(tuple(value.split(","))) if isinstance(value, str) else (value,)


def list_add(values: Any, value: Any) -> tuple[Any, ...]:
    return bounded_list((*as_list(values), value))


def list_remove(values: Any, value: Any) -> tuple[Any, ...]:
    return tuple(element for element in as_list(values) if not equal(element, value))


def list_clear(values: Any) -> tuple[Any, ...]:
    """An empty list, whatever was in it."""
    as_list(values)
    return ()


def list_get(values: Any, index: Any) -> Any:
    """The element at a 0-based place; null outside the list."""
    elements, place = as_list(values), whole_number(index, "the place in the list")
    return elements[place] if 0 <= place < len(elements) else None


def list_flatten(*values: Any) -> tuple[Any, ...]:
    flat: list[Any] = []
    for value in values:
        for element in as_list(value):
            flat.extend(element if isinstance(element, tuple | list) else (element,))
        if len(flat) > LIST_ELEMENTS_MAX:
            break
    return bounded_list(tuple(flat))


def list_contains(values: Any, value: Any) -> bool:
    return any(equal(element, value) for element in as_list(values))


def list_size(values: Any) -> int:
    return len(as_list(values))


def list_is_empty(values: Any) -> bool:
    return not as_list(values)


def list_to_csv(values: Any) -> str:
    """Elements with commas between, as they are."""
    parts = [to_text(element) for element in as_list(values)]
    return bounded_text(",".join(parts))


def exists(values: Any, value: Any) -> bool:
    """Whether a list has this element; a single value counts as a list of one."""
    elements = values if isinstance(values, tuple | list) else () if values is None else (values,)
    return any(equal(element, value) for element in elements)


def in_list(value: Any, values: Any) -> bool:
    return exists(values, value)


def to_int(value: Any) -> Any:
    """A whole number, halves away from zero. Outside 64 bits is an error (Okta wraps at 32: not imitated)."""
    if is_blank(value):
        return None
    number = _decimal(value)
    if number.adjusted() > 20 or not INTEGER_MIN <= int(number.quantize(Decimal(1), ROUND_HALF_UP)) <= INTEGER_MAX:
        raise Stumble("the number does not fit into 64 bits")
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def to_num(value: Any) -> Any:
    if is_blank(value):
        return None
    number = float(_decimal(value))
    if number in (float("inf"), float("-inf")):
        raise Stumble("the number is too large")
    return number


def _decimal(value: Any) -> Decimal:
    written = repr(value) if is_number(value) else value.strip() if isinstance(value, str) else ""
    if len(written) > NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(written):
        raise Stumble(f"a number is needed, {describe(value)} that is none is given")
    return Decimal(written)
