"""Functions on text. A null receiver gives null (length 0, predicates false); everything else becomes its text form."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from joiner.scim.values import canonical_phone
from joiner.sync.expression.limits import TEXT_CHARACTERS_MAX
from joiner.sync.expression.operators import Stumble, bounded_text, describe, equal, is_blank, is_number, to_text

_WITHOUT_MARKS: Final = str.maketrans(
    {"æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS", "ł": "l", "Ł": "L"}
    | {"ı": "i", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"}
)
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_REGION: Final = re.compile(r"[A-Za-z]{2}")
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")


def whole_number(value: Any, what: str) -> int:
    """An argument that counts or points: a whole number, or text that spells one."""
    if is_number(value) and value == value // 1:
        return int(value)
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip(" ")):
        return int(value)
    raise Stumble(f"{what} is a whole number, {describe(value)} is given")


def lower(text: Any) -> Any:
    return None if text is None else bounded_text(to_text(text).lower())


def upper(text: Any) -> Any:
    return None if text is None else bounded_text(to_text(text).upper())


def trim(text: Any) -> Any:
    return None if text is None else to_text(text).strip()


def length(value: Any) -> int:
    """Characters of a text, elements of a list; null has none."""
    return len(value) if isinstance(value, str | tuple | list) else len(to_text(value))


def contains(value: Any, part: Any) -> bool:
    """Whether a text holds ``part``, or a list has it as an element. False when either is null."""
    if type(value) is str and type(part) is str:
        return part in value
    if isinstance(value, tuple | list):
        return any(equal(element, part) for element in value)
    return value is not None and part is not None and to_text(part) in to_text(value)


def starts_with(text: Any, prefix: Any) -> bool:
    return text is not None and prefix is not None and to_text(text).startswith(to_text(prefix))


def ends_with(text: Any, suffix: Any) -> bool:
    return text is not None and suffix is not None and to_text(text).endswith(to_text(suffix))


def append(text: Any, suffix: Any) -> Any:
    return suffix if text is None else bounded_text(to_text(text) + to_text(suffix))


def replace(text: Any, match: Any, replacement: Any) -> Any:
    """Every occurrence, literally. An empty match finds nothing. The size is known before the work is done."""
    if text is None or is_blank_match(match):
        return text
    whole, wanted, put = to_text(text), to_text(match), to_text(replacement)
    if len(whole) + whole.count(wanted) * (len(put) - len(wanted)) > TEXT_CHARACTERS_MAX:
        raise Stumble(f"the text grew beyond {TEXT_CHARACTERS_MAX:,} characters")
    return whole.replace(wanted, put)


def replace_first(text: Any, match: Any, replacement: Any) -> Any:
    if text is None or is_blank_match(match):
        return text
    return bounded_text(to_text(text).replace(to_text(match), to_text(replacement), 1))


def is_blank_match(match: Any) -> bool:
    return match is None or match == ""


def substring(text: Any, start: Any, end: Any = None) -> Any:
    """From ``start`` (0-based) up to but without ``end``; positions outside are clamped."""
    if text is None:
        return None
    whole = to_text(text)
    first = max(0, whole_number(start, "start"))
    last = len(whole) if end is None else max(0, whole_number(end, "end"))
    return whole[first:last]


def substring_before(text: Any, part: Any) -> Any:
    """What stands before the first ``part``; all of it when it is absent."""
    if text is None or is_blank_match(part):
        return text
    return to_text(text).partition(to_text(part))[0]


def substring_after(text: Any, part: Any) -> Any:
    """What stands after the first ``part``; "" when it is absent."""
    if text is None:
        return None
    return "" if is_blank_match(part) else to_text(text).partition(to_text(part))[2]


def remove_spaces(text: Any) -> Any:
    return None if text is None else "".join(to_text(text).split())


def string_join(separator: Any, *parts: Any) -> str:
    """Okta's way: every part counts, an empty one too."""
    return _joined(to_text(separator), [to_text(part) for part in _flat(parts)])


def join(first: Any, *parts: Any) -> str:
    """Native: separator first, lists are flattened, blank parts leave no separator. ``list.join(", ")`` means the same."""
    if isinstance(first, tuple | list):
        if len(parts) != 1 or isinstance(parts[0], tuple | list):
            raise Stumble('join takes the separator first: join(", ", list)')
        first, parts = parts[0], tuple(first)
    return _joined(to_text(first), [to_text(part) for part in _flat(parts) if not is_blank(part)])


def _flat(parts: tuple[Any, ...]) -> list[Any]:
    flat: list[Any] = []
    for part in parts:
        flat.extend(part if isinstance(part, tuple | list) else (part,))
    return flat


def _joined(separator: str, parts: list[str]) -> str:
    if sum(map(len, parts)) + len(separator) * len(parts) > 2 * TEXT_CHARACTERS_MAX:
        raise Stumble(f"the text grew beyond {TEXT_CHARACTERS_MAX:,} characters")
    return bounded_text(separator.join(parts))


def string_switch(text: Any, default: Any, *pairs: Any) -> Any:
    """The value of the first key that occurs inside ``text``, in the order of the pairs."""
    if text is not None:
        whole = to_text(text)
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if key is not None and to_text(key) in whole:
                return value
    return default


def truncate(text: Any, characters: Any) -> Any:
    """At most so many characters, without a blank at the cut."""
    if text is None:
        return None
    return to_text(text)[: max(0, whole_number(characters, "the number of characters"))].rstrip()


def ascii_text(text: Any) -> Any:
    """Letters without their marks (é → e, ł → l, æ → ae); what has no ASCII form is left out."""
    if text is None:
        return None
    plain = unicodedata.normalize("NFKD", to_text(text).translate(_WITHOUT_MARKS))
    return bounded_text(plain.encode("ascii", "ignore").decode("ascii"))


def slug(text: Any) -> Any:
    """Lower-case ASCII letters and digits with single hyphens between."""
    return None if text is None else _NOT_SLUG.sub("-", str(ascii_text(text)).lower()).strip("-")


def redact(value: Any) -> Any:
    """The value passes; plans, reasons and logs show a placeholder (the compiler marks what stands inside)."""
    return value


def e164(phone: Any, region: Any = None) -> Any:
    """The number as ``+13175550100``. ``region`` is a two-letter country for numbers in national form."""
    if is_blank(phone):
        return None
    if not is_blank(region) and not _REGION.fullmatch(to_text(region).strip()):
        raise Stumble("the region is a two-letter country code (NO, GB, PT)")
    number = canonical_phone(to_text(phone), None if is_blank(region) else to_text(region).strip().upper())
    if number is None:
        hint = "" if not is_blank(region) else '; a number without + needs a region: e164(src.phone, "NO")'
        raise Stumble(f"this is not a phone number{hint}")
    return number
