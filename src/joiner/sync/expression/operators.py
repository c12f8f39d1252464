"""What operators mean: text form of values, sums, comparisons, truth. Raises Stumble, which evaluation turns into a Fault.

Null (reference/mapping-functions.md §1): ``null + "x"`` is ``"x"``; ``null == ""`` is false; an ordering with null is false;
only true and false are conditions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from joiner.sync.expression.limits import INTEGER_MAX, INTEGER_MIN, LIST_ELEMENTS_MAX, TEXT_CHARACTERS_MAX
from joiner.sync.expression.scope import Fault, Verdict


class Stumble(Exception):
    """Evaluation cannot go on for this person. The nearest call adds its name and place; never leaves the room."""

    def __init__(
        self,
        message: str,
        code: str = "JN1104",
        rows: tuple[tuple[str, str], ...] = (),
        near: tuple[str, ...] = (),
        fix: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.rows = rows
        self.near = near
        self.fix = fix
        self.function = ""
        self.position = 0

    def at(self, function: str, position: int) -> Stumble:
        """The same, told where; the innermost place wins."""
        if not self.function:
            self.function, self.position = function, position
        return self

    def fault(self) -> Fault:
        return Fault(self.message, self.function, self.position, self.code, self.rows, self.near, self.fix)


def describe(value: Any) -> str:
    """What a value is, for messages. Never the value itself: it may be somebody's private number."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "a date"
    if isinstance(value, tuple | list):
        return "a list"
    if isinstance(value, Mapping):
        return "a record"
    return f"{value.value}()" if isinstance(value, Verdict) else "something unknown"


def to_text(value: Any) -> str:
    """The text form: numbers without a needless ``.0``, dates in ISO 8601 UTC with milliseconds, null as ""."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if INTEGER_MIN <= value <= INTEGER_MAX else format(float_or_stumble(value), "g")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return iso_text(value)
    raise Stumble(f"text is needed, {describe(value)} is given")


def float_or_stumble(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        raise Stumble("the number does not fit into 64 bits") from None


def iso_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as Okta's ``Time.now()`` writes it."""
    return to_utc(moment).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def to_utc(moment: datetime) -> datetime:
    """Aware UTC; a moment without zone counts as UTC."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Stumble("the date lies outside the years 1 to 9999") from None


def bounded_text(text: str) -> str:
    """``text``, unless it grew beyond what any attribute holds."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Stumble(f"the text grew beyond {TEXT_CHARACTERS_MAX:,} characters")
    return text


def bounded_list(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) > LIST_ELEMENTS_MAX:
        raise Stumble(f"the list grew beyond {LIST_ELEMENTS_MAX:,} elements")
    return values


def bounded_number(number: Any) -> Any:
    if isinstance(number, float):
        if not math.isfinite(number):
            raise Stumble("the number is not finite")
        return number
    if not INTEGER_MIN <= number <= INTEGER_MAX:
        raise Stumble("the number does not fit into 64 bits")
    return number


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def add(left: Any, right: Any) -> Any:
    """Concatenate texts, add numbers, join lists. Null adds nothing."""
    if type(left) is str and type(right) is str:
        return bounded_text(left + right)
    if left is None or right is None:
        return right if left is None else left
    if is_number(left) and is_number(right):
        return bounded_number(_arithmetic(left, right, 1))
    if isinstance(left, tuple | list) and isinstance(right, tuple | list):
        return bounded_list((*left, *right))
    return bounded_text(to_text(left) + to_text(right))


def subtract(left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if is_number(left) and is_number(right):
        return bounded_number(_arithmetic(left, right, -1))
    raise Stumble(f"only numbers are subtracted, {describe(left)} and {describe(right)} are given")


def _arithmetic(left: float, right: float, sign: int) -> int | float:
    try:
        return left + sign * right
    except OverflowError:
        raise Stumble("the number does not fit into 64 bits") from None


def negate(value: Any) -> Any:
    if value is None:
        return None
    if is_number(value):
        return bounded_number(-value)
    raise Stumble(f"only a number has a negative, {describe(value)} is given")


def equal(left: Any, right: Any) -> bool:
    """Exact equality between values of one kind; values of different kinds are never equal."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(equal(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, datetime) and isinstance(right, datetime):
        return to_utc(left) == to_utc(right)
    return bool(left == right)


def equal_folded(left: Any, right: Any) -> bool:
    """``~=``: texts without regard to case, everything else as ``==``."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    return equal(left, right)


def order(left: Any, right: Any) -> int | None:
    """Negative, 0 or positive; None where null makes every ordering false."""
    if left is None or right is None:
        return None
    if isinstance(left, datetime) and isinstance(right, datetime):
        left, right = to_utc(left), to_utc(right)
    elif not (is_number(left) and is_number(right)) and not (isinstance(left, str) and isinstance(right, str)):
        raise Stumble(f"{describe(left)} and {describe(right)} have no order; toInt(…) makes a number, date(…) a date")
    return int(left > right) - int(left < right)


def truth(value: Any) -> bool:
    """Only true and false are conditions."""
    if value is True or value is False:
        return bool(value)
    raise Stumble(f"a condition is true or false, {describe(value)} is given")


def is_blank(value: Any) -> bool:
    """Null, text of blanks only, or an empty list."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, tuple | list) and not value)
