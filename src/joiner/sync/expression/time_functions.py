"""Functions on dates and times. ``now`` is the run's fixed clock, handed down by the scope: a plan is reproducible."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from joiner.sync.expression.date_patterns import format_moment, read_moment
from joiner.sync.expression.list_functions import to_num
from joiner.sync.expression.operators import Stumble, describe, is_blank, is_number, iso_text, to_text, to_utc
from joiner.sync.expression.text_functions import whole_number

WINDOWS_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TICKS_PER_MICROSECOND: Final = 10
_OFFSET: Final = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])")


def moment_of(value: Any) -> datetime:
    """A date, or ISO 8601 text that names one; no zone means UTC."""
    if isinstance(value, datetime):
        return to_utc(value)
    if isinstance(value, str):
        try:
            return to_utc(datetime.fromisoformat(value.strip()))
        except ValueError:
            raise Stumble("this is not an ISO 8601 date (2026-12-01); date(text, pattern) reads other forms") from None
    raise Stumble(f"a date is needed, {describe(value)} is given")


def read_date(text: Any, pattern: Any = None) -> Any:
    """A date from text: ISO 8601, or after a pattern. Blank gives null."""
    if is_blank(text):
        return None
    if pattern is None or isinstance(text, datetime):
        return moment_of(text)
    return read_moment(to_text(text).strip(), to_text(pattern))


def format_date(moment: Any, pattern: Any = None) -> Any:
    """A date as text after a pattern, in UTC unless ``toZone`` moved it; ISO 8601 without pattern. Not a date: its text."""
    if is_blank(moment):
        return None
    if pattern is None:
        return to_text(moment)
    return format_moment(moment if isinstance(moment, datetime) else moment_of(moment), to_text(pattern))


def _moved(moment: Any, **by: float) -> Any:
    if is_blank(moment):
        return None
    begin = moment if isinstance(moment, datetime) else moment_of(moment)
    try:
        return begin + timedelta(**by)
    except (OverflowError, ValueError):
        raise Stumble("the date lies outside the years 1 to 9999") from None


def mover(unit: str, sign: int) -> Callable[[Any, Any], Any]:
    """``plusDays`` and its kin: so many units later (or earlier, for sign -1)."""

    def move(moment: Any, count: Any) -> Any:
        return _moved(moment, **{unit: sign * whole_number(count, f"the number of {unit}")})

    return move


def within(unit: str) -> Callable[[datetime, Any, Any], bool]:
    """``withinDays`` and its kin: at most so many units from now, before or after."""

    def is_within(now: datetime, moment: Any, count: Any) -> bool:
        if is_blank(moment):
            return False
        distance = abs(now - moment_of(moment)).total_seconds()
        return distance <= whole_number(count, f"the number of {unit}") * _SECONDS[unit]

    return is_within


_SECONDS: Final = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def days_until(now: datetime, moment: Any) -> Any:
    """Whole calendar days (UTC) from today; negative in the past."""
    return None if is_blank(moment) else (moment_of(moment).date() - now.date()).days


def between(moment: Any, begin: Any, end: Any) -> bool:
    """Whether a date lies from ``begin`` to ``end``, both included; a blank bound is open, a blank date is not between."""
    if is_blank(moment):
        return False
    when = moment_of(moment)
    return (is_blank(begin) or moment_of(begin) <= when) and (is_blank(end) or when <= moment_of(end))


def find_zone(name: Any) -> tzinfo:
    """``UTC``, ``+02:00`` or a name of the tz database (``Europe/Oslo``)."""
    text = to_text(name)
    if text.upper() in ("UTC", "GMT", "Z"):
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Stumble("this time zone is not known; zones look like Europe/Oslo or +01:00") from None


def to_zone(moment: Any, zone: Any) -> Any:
    if is_blank(moment):
        return None
    try:
        return moment_of(moment).astimezone(find_zone(zone))
    except OverflowError:
        raise Stumble("the date lies outside the years 1 to 9999") from None


def time_now(now: datetime, zone: Any = None, pattern: Any = None) -> str:
    """Okta's ``Time.now([zone [, pattern]])``: text, ISO 8601 by default."""
    local = now if is_blank(zone) else to_zone(now, zone)
    if pattern is not None:
        return format_moment(local, to_text(pattern))
    return iso_text(now) if is_blank(zone) else str(local.isoformat(timespec="milliseconds"))


def now(clock: datetime) -> datetime:
    return clock


def parse_windows_time(ticks: Any) -> Any:
    """100 ns ticks since 1601-01-01 UTC."""
    if is_blank(ticks):
        return None
    return _moved(WINDOWS_EPOCH, microseconds=whole_number(ticks, "Windows time") // TICKS_PER_MICROSECOND)


def parse_unix_time(seconds: Any) -> Any:
    """Seconds since 1970-01-01 UTC."""
    if is_blank(seconds):
        return None
    return _moved(UNIX_EPOCH, seconds=seconds if is_number(seconds) else to_num(seconds))


def to_windows(moment: Any) -> Any:
    if is_blank(moment):
        return None
    return (moment_of(moment) - WINDOWS_EPOCH) // timedelta(microseconds=1) * TICKS_PER_MICROSECOND


def to_unix(moment: Any) -> Any:
    return None if is_blank(moment) else (moment_of(moment) - UNIX_EPOCH) // timedelta(seconds=1)


def as_iso(function: Callable[..., Any]) -> Callable[..., Any]:
    """The classic ``Time.from…ToIso8601`` form of a function that gives a date: text."""

    def text_of(*arguments: Any) -> Any:
        moment = function(*arguments)
        return None if moment is None else iso_text(moment)

    return text_of
