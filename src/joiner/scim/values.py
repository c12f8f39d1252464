"""Canonical forms in which values are compared: match keys, e-mail addresses, phone numbers, booleans, dates.

What a client sent is kept elsewhere; these forms decide whether two values mean the same.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import lru_cache
from typing import Any

import phonenumbers

EMAIL_CHARACTERS_MAX = 320  # 64 before the @, 255 behind it (RFC 5321 §4.5.3.1)
PHONE_CHARACTERS_MAX = 100  # longer than any number with its punctuation and extension
PHONES_CACHED_MAX = 16_384
NAME_CHARACTERS_MAX = 2_048  # what is compared as a name; a picture in a URL may be longer
NUMBER_MAX = 10**18  # what every database keeps exactly

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_TEL = re.compile(r"tel:([^;]*)((?:;.*)?)", re.IGNORECASE | re.DOTALL)
_EXTENSION = re.compile(r";\s*ext=\s*([0-9*#-]{1,16})\s*", re.IGNORECASE)
_EMAIL = re.compile(
    r"[^\s@\"<>(),;:\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@\"<>(),;:\\\[\]\x00-\x1f\x7f]+\.[^\s@\"<>(),;:\\\[\]\x00-\x1f\x7f.]{2,}"
)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_BOOLEANS = {"true": True, "false": False}


def match_key(text: str) -> str:
    """The one key under which unique names are compared: NFKC, full case folding, invisible format characters dropped.

    Decided here and not by a database, so that SQLite, PostgreSQL and memory agree (the Kelvin sign is a k everywhere).
    Applying it twice changes nothing. Texts longer than any name are only lowered: normalising can make eighteen characters of
    one, and a megabyte of them would take a second.
    """
    if len(text) > NAME_CHARACTERS_MAX or text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Format characters are never printable: a printable text need not be walked.
    visible = folded if folded.isprintable() else "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    return visible if visible == text else match_key(visible)


def canonical_email(text: str) -> str:
    """The address as it is compared: no surrounding blanks, one case."""
    return match_key(text.strip())


def is_email(text: str) -> bool:
    """Whether this has the shape of an address: something, one @, a domain with a dot. Letters of every script are fine."""
    return len(text) <= EMAIL_CHARACTERS_MAX and _EMAIL.fullmatch(text) is not None and ".." not in text


def canonical_phone(text: str, region: str | None = None) -> str | None:
    """E.164 (``+13175550100``) or ``tel:+13175550100;ext=1234``; None when this is no phone number.

    ``region`` (``DE``) is needed for numbers in national form. Both spellings of the extension, with and without the
    blank, are read (genesys-cloud.md §2.1).
    """
    if _E164.fullmatch(text) is not None:
        return text
    if len(text) > PHONE_CHARACTERS_MAX:
        return None
    return _canonical_phone(text, region)


@lru_cache(maxsize=PHONES_CACHED_MAX)
def _canonical_phone(text: str, region: str | None) -> str | None:
    tel = _TEL.fullmatch(text.strip())
    dialled, parameters = (tel[1], tel[2]) if tel is not None else (text.strip(), "")
    extension = _EXTENSION.search(parameters)
    if parameters and extension is None:
        return None
    number = _parse_phone(dialled.strip(), region)
    if number is None:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    digits = extension[1] if extension is not None else number.extension
    return f"tel:{e164};ext={digits}" if digits else e164


def _parse_phone(dialled: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    if dialled.startswith("+") and _E164.fullmatch(compact := re.sub(r"[\s().-]", "", dialled)):
        dialled = compact
    try:
        number = phonenumbers.parse(dialled, region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def parse_boolean(value: Any) -> bool | None:
    """true, false, or their spellings as text in any case ("False" of Entra); None for anything else, never truthiness."""
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(value.lower()) if isinstance(value, str) else None


def parse_decimal(value: Any) -> int | float | None:
    """A finite number of at most 18 digits, or one written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < NUMBER_MAX else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value) if "." in value else int(value)
    return None


_EDGES = (MINYEAR, MAXYEAR)


def parse_date_time(text: str) -> datetime | None:
    """An aware time from a dateTime (RFC 7643 §2.3.5) or a plain date; without a zone it is UTC. None when it is none.

    Neither is a time that lies before year 1 or after 9999 once it is told in UTC: it could be kept and not be compared.
    """
    if _DATE_TIME.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        if moment.year in _EDGES:
            moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment
