"""Date patterns as Okta takes them (Joda): ``yyyy-MM-dd'T'HH:mm:ss.SSSZZ``. A pattern is parsed once, then formats and reads.

Letters: y Y year · M month (MMM, MMMM in English) · d day · E weekday · H 0-23 · h 1-12 · a AM/PM · m · s · S fraction ·
Z ``+0100`` · ZZ ``+01:00``. Text stands in single quotes; other signs stand for themselves.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

from joiner.sync.expression.operators import Stumble, to_utc

PATTERN_CHARACTERS_MAX: Final = 100
YEAR_PIVOT: Final = 70
"""Two-digit years: 70-99 are 19xx, 00-69 are 20xx."""

_MONTHS_FIRST_HALF: Final = ("January", "February", "March", "April", "May", "June")
MONTHS: Final = (*_MONTHS_FIRST_HALF, "July", "August", "September", "October", "November", "December")
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LETTERS: Final = "yYMdEHhmsSaZ"
_PIECE: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DIGITS: Final = {"y": 9, "M": 2, "d": 2, "H": 2, "h": 2, "m": 2, "s": 2, "S": 9}
_OFFSET: Final = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])|Z")


class Piece(NamedTuple):
    """``letter`` is "" for text that stands for itself."""

    letter: str
    width: int
    text: str = ""


@lru_cache(maxsize=256)
def parse_pattern(pattern: str) -> tuple[Piece, ...]:
    """The pieces of a pattern. Stumble names a letter that means nothing or a quote that is not closed."""
    if not 0 < len(pattern) <= PATTERN_CHARACTERS_MAX:
        raise Stumble(f"a date pattern has 1 to {PATTERN_CHARACTERS_MAX} characters")
    pieces: list[Piece] = []
    at = 0
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None:
            raise Stumble("a quote in the date pattern is not closed")
        at = found.end()
        letter = found[2]
        if letter is None:
            pieces.append(Piece("", 0, "'" if found[0] == "''" else found[0] if found[1] is None else found[1].replace("''", "'")))
        elif letter in _LETTERS:
            pieces.append(Piece("y" if letter == "Y" else letter, len(found[0])))
        else:
            raise Stumble(f'the letter "{letter}" means nothing in a date pattern (known: {" ".join(_LETTERS)})')
    return tuple(pieces)


def format_moment(moment: datetime, pattern: str) -> str:
    """``moment`` in its own zone, written after ``pattern``."""
    return "".join(piece.text or _format_piece(moment, piece) for piece in parse_pattern(pattern))


def _format_piece(moment: datetime, piece: Piece) -> str:
    letter, count = piece.letter, piece.width
    match letter:
        case "y":
            return f"{moment.year % 100:02d}" if count == 2 else f"{moment.year:0{count}d}"
        case "M" if count > 2:
            return MONTHS[moment.month - 1][: None if count > 3 else 3]
        case "E":
            return WEEKDAYS[moment.weekday()][: None if count > 3 else 3]
        case "a":
            return "AM" if moment.hour < 12 else "PM"
        case "S":
            return f"{moment.microsecond:06d}".ljust(count, "0")[:count]
        case "Z":
            return _format_offset(moment, ":" if count > 1 else "")
        case _:
            numbers = {"M": moment.month, "d": moment.day, "H": moment.hour, "m": moment.minute, "s": moment.second}
            return f"{numbers.get(letter, (moment.hour + 11) % 12 + 1):0{count}d}"


def _format_offset(moment: datetime, between: str) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}{between}{rest:02d}"


def read_moment(text: str, pattern: str) -> datetime:
    """The moment that ``text`` names, in UTC. Parts that the pattern lacks are the start of the period; no zone means UTC."""
    found: dict[str, int] = {}
    zone: timezone = UTC
    at = 0
    for index, piece in enumerate(pieces := parse_pattern(pattern)):
        if not piece.letter:
            if not text.startswith(piece.text, at):
                raise _unlike(pattern)
            at += len(piece.text)
        elif piece.letter == "Z":
            zone, at = _read_offset(text, at, pattern)
        elif piece.letter in "Ea" or (piece.letter == "M" and piece.width > 2):
            found[piece.letter], at = _read_word(text, at, piece, pattern)
        else:
            exact = index + 1 < len(pieces) and pieces[index + 1].letter in _DIGITS
            found[piece.letter], at = _read_digits(text, at, piece, exact, pattern)
    if at != len(text):
        raise _unlike(pattern)
    return _assemble(found, zone, pattern)


def _unlike(pattern: str) -> Stumble:
    return Stumble(f"the date does not look like {pattern}")


def _read_digits(text: str, at: int, piece: Piece, exact: bool, pattern: str) -> tuple[int, int]:
    """Digits directly followed by further digits are exactly as many as the pattern has letters."""
    most = piece.width if exact else max(piece.width, _DIGITS[piece.letter])
    end = at
    while end < len(text) and end - at < most and text[end] in "0123456789":
        end += 1
    # A year of two digits where the pattern has four would silently be a Roman one.
    if end == at or ((exact or piece.letter == "y") and end - at < piece.width):
        raise _unlike(pattern)
    digits = text[at:end]
    if piece.letter == "S":
        return int(digits.ljust(6, "0")[:6]), end
    if piece.letter == "y" and piece.width == 2 and len(digits) == 2:
        return int(digits) + (1900 if int(digits) >= YEAR_PIVOT else 2000), end
    return int(digits), end


def _read_word(text: str, at: int, piece: Piece, pattern: str) -> tuple[int, int]:
    names = {"a": ("AM", "PM"), "E": WEEKDAYS, "M": MONTHS}[piece.letter]
    rest = text[at : at + 12].casefold()
    for number, name in enumerate(names):
        for form in (name, name[:3]):
            if rest.startswith(form.casefold()):
                return number + (piece.letter == "M"), at + len(form)
    raise _unlike(pattern)


def _read_offset(text: str, at: int, pattern: str) -> tuple[timezone, int]:
    found = _OFFSET.match(text, at)
    if found is None:
        raise _unlike(pattern)
    if found[0] == "Z":
        return UTC, found.end()
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)), found.end()


def _assemble(found: dict[str, int], zone: timezone, pattern: str) -> datetime:
    hour = found.get("H", found.get("h", 0))
    if "H" not in found and "a" in found:
        hour = hour % 12 + 12 * found["a"]
    clock = (hour, found.get("m", 0), found.get("s", 0), found.get("S", 0))
    try:
        return to_utc(datetime(found.get("y", 1970), found.get("M", 1), found.get("d", 1), *clock, tzinfo=zone))
    except ValueError as reason:
        raise Stumble(f"there is no such date ({reason})") from None
