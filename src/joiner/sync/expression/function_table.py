"""Which functions exist, under which names, in which dialect. The reference page and the static checks read this table too.

A function of the table is the same in function style and in method style: ``x.lower()`` is ``lower(x)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from joiner.sync.expression import list_functions as lists
from joiner.sync.expression import text_functions as texts
from joiner.sync.expression import time_functions as times
from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.names import nearest
from joiner.sync.expression.operators import is_blank


@dataclass(frozen=True, slots=True)
class Function:
    """One row.

    ``signature`` begins with the canonical name; ``also`` are further names that Okta's dialect knows, ``methods`` the
    method names there. Names without a dot are native, but for a few. ``high`` None: any number of arguments; ``pairs_after``:
    beyond so many arguments they come in pairs. ``result``: what it gives, for static checks. rows without ``run`` look only at
    the arguments that they need and are compiled in ``choices``. ``run`` takes ``now`` first if ``takes_now``.
    """

    signature: str
    low: int
    high: int | None
    run: Callable[..., Any] | None
    says: str
    example: str = ""
    gives: str = ""
    result: str = "any"
    also: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    takes_now: bool = False
    pairs_after: int | None = None

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0]


# The rows stand as a table, one function after the other.
# fmt: off

def _text_rows() -> Iterator[Function]:
    yield Function("lower(text)", 1, 1, texts.lower, "Small letters.", 'lower("ANA")', "ana", "text",
                   ("String.toLowerCase", "toLowerCase"), ("toLowerCase",))
    yield Function("upper(text)", 1, 1, texts.upper, "Capital letters.", 'upper("ana")', "ANA", "text",
                   ("String.toUpperCase", "toUpperCase"), ("toUpperCase",))
    yield Function("trim(text)", 1, 1, texts.trim, "Without blanks at both ends.", 'trim("  Ana ")', "Ana", "text")
    yield Function("len(value)", 1, 1, texts.length, "Characters of a text, elements of a list; 0 for null.", 'len("Ana")', "3", "number",
                   ("String.len",), ("length",))
    yield Function("contains(text, part)", 2, 2, texts.contains, "Whether a text holds a part, or a list an element; case counts.",
                   'src.title.contains("Lead")', "true", "bool", ("String.stringContains", "String.contains"), ("contains",))
    yield Function("startsWith(text, prefix)", 2, 2, texts.starts_with, "Whether a text begins so; case counts.",
                   'startsWith(src.title, "Team")', "true", "bool", ("String.startsWith",))
    yield Function("endsWith(text, suffix)", 2, 2, texts.ends_with, "Whether a text ends so; case counts.",
                   'endsWith(src.email, ".example")', "true", "bool")
    yield Function("append(text, suffix)", 2, 2, texts.append, "One text after the other.", 'append("Ana", "!")', "Ana!", "text",
                   ("String.append",))
    yield Function("replace(text, match, replacement)", 3, 3, texts.replace, "Every occurrence, literally.",
                   'replace("a-b-c", "-", "")', "abc", "text", ("String.replace",), ("replace",))
    yield Function("replaceFirst(text, match, replacement)", 3, 3, texts.replace_first, "The first occurrence, literally.",
                   'replaceFirst("a-b-c", "-", "")', "ab-c", "text", ("String.replaceFirst",), ("replaceFirst",))
    yield Function("substring(text, start [, end])", 2, 3, texts.substring,
                   "From start (0 is the first character) up to but without end; positions outside are clamped.",
                   'substring("Okoye", 0, 3)', "Oko", "text", ("String.substring",), ("substring",))
    yield Function("substringBefore(text, part)", 2, 2, texts.substring_before, "Before the first part; everything when it is absent.",
                   'substringBefore("a.b@x.example", "@")', "a.b", "text", ("String.substringBefore",), ("substringBefore",))
    yield Function("substringAfter(text, part)", 2, 2, texts.substring_after, 'After the first part; "" when it is absent.',
                   'substringAfter("a.b@x.example", "@")', "x.example", "text", ("String.substringAfter",), ("substringAfter",))
    yield Function("removeSpaces(text)", 1, 1, texts.remove_spaces, "Without any blanks.", 'removeSpaces("1 2 3")', "123", "text",
                   ("String.removeSpaces",), ("removeSpaces",))
    yield Function("join(separator, value, …)", 1, None, texts.join,
                   "Texts and lists with the separator between; blank ones are left out. list.join(separator) is the same.",
                   'join(" ", src.first, src.middle, src.last)', "Ana Ruiz", "text")
    yield Function("String.join(separator, value, …)", 1, None, texts.string_join, "As join, but blank ones keep their separator.",
                   'String.join("-", "a", "", "b")', "a--b", "text")
    yield Function("stringSwitch(text, default, key, value, …)", 4, None, texts.string_switch,
                   "The value of the first key that occurs inside the text, in the order of the pairs.",
                   'stringSwitch("Agent Lead", "none", "Lead", "L", "Agent", "A")', "L", "any", ("String.stringSwitch",), pairs_after=2)
    yield Function("truncate(text, characters)", 2, 2, texts.truncate, "At most so many characters.", 'truncate("Northlight", 5)', "North",
                   "text")
    yield Function("ascii(text)", 1, 1, texts.ascii_text, "Letters without marks; what has no ASCII form is left out.",
                   'ascii("Łukasz Nygård")', "Lukasz Nygard", "text")
    yield Function("slug(text)", 1, 1, texts.slug, "Small ASCII letters and digits with hyphens between.", 'slug("Bergen – Søknad 2")',
                   "bergen-soknad-2", "text")
    yield Function("e164(phone [, region])", 1, 2, texts.e164,
                   "A phone number as +13175550100. The region (two letters) is needed for numbers in national form.",
                   'e164("+1 (317) 555-0100")', "+13175550100", "text")
    yield Function("redact(value)", 1, 1, texts.redact, "The value passes; plans, reasons and logs show ••• for it and its columns.",
                   "redact(src.last)", "Ruiz")
    yield Function("isBlank(value)", 1, 1, is_blank, "Whether it is null, text of blanks only, or an empty list.",
                   "isBlank(src.middle)", "true", "bool")


def _list_rows() -> Iterator[Function]:
    yield Function("split(text, separator)", 2, 2, lists.split, "The trimmed parts, empty ones left out.", 'split("Billing | Sales", "|")',
                   "[Billing, Sales]", "list")
    yield Function("exists(list, value)", 2, 2, lists.exists, "Whether a list has an element.", 'exists(["a", "b"], "b")', "true", "bool")
    yield Function("inList(value, list)", 2, 2, lists.in_list, "Whether a value is one of a list.",
                   'inList(src.site, ["Bergen", "Leeds"])', "true", "bool")
    yield Function("Arrays.add(list, value)", 2, 2, lists.list_add, "The list with the value at its end.", 'Arrays.add({"a"}, "b")',
                   "[a, b]", "list", methods=("add",))
    yield Function("Arrays.remove(list, value)", 2, 2, lists.list_remove, "The list without the value.", 'Arrays.remove({"a", "b"}, "a")',
                   "[b]", "list", methods=("remove",))
    yield Function("Arrays.clear(list)", 1, 1, lists.list_clear, "An empty list.", 'Arrays.clear({"a"})', "[]", "list")
    yield Function("Arrays.get(list, place)", 2, 2, lists.list_get, "The element at a place (0 is the first); null outside.",
                   'Arrays.get({"a", "b"}, 1)', "b")
    yield Function("Arrays.flatten(value, …)", 1, None, lists.list_flatten, "One list of all elements.", 'Arrays.flatten("a", {"b", "c"})',
                   "[a, b, c]", "list", methods=("flatten",))
    yield Function("Arrays.contains(list, value)", 2, 2, lists.list_contains, "Whether a list has an element; a CSV text is a list too.",
                   'Arrays.contains("a,b", "b")', "true", "bool")
    yield Function("Arrays.size(list)", 1, 1, lists.list_size, "How many elements; null has none.", 'Arrays.size({"a", "b"})', "2",
                   "number", methods=("size",))
    yield Function("Arrays.isEmpty(list)", 1, 1, lists.list_is_empty, "Whether it has no elements.", "Arrays.isEmpty({})", "true", "bool",
                   methods=("isEmpty",))
    yield Function("Arrays.toCsvString(list)", 1, 1, lists.list_to_csv, "Elements with commas between.",
                   'Arrays.toCsvString(Arrays.add({"a"}, "b"))', "a,b", "text")
    yield Function("toInt(value)", 1, 1, lists.to_int, "A whole number, halves away from zero; outside 64 bits is an error.",
                   'toInt("123.6")', "124", "number", ("Convert.toInt",), ("toInteger",))
    yield Function("toNum(value)", 1, 1, lists.to_num, "A number.", 'toNum("1.5")', "1.5", "number", ("Convert.toNum",), ("toNumber",))


def _choice_rows() -> Iterator[Function]:
    yield Function("coalesce(value, …)", 1, None, None, "The first value that is not null.", 'coalesce(src.nick, "none")', "none")
    yield Function("firstPresent(value, …)", 1, None, None, "The first value that is not blank.", "firstPresent(src.middle, src.first)",
                   "Ana")
    yield Function("case(condition, value, … [, otherwise])", 2, None, None, "The value of the first condition that is true.",
                   'case(src.site == "Leeds", "UK", src.site == "Bergen", "NO", "other")', "NO")
    yield Function("clear()", 0, 0, None, "Empty the attribute in the org.", "clear()", "clear()", "verdict")
    yield Function("skip()", 0, 0, None, "No opinion: whatever the org has stays.", "skip()", "skip()", "verdict")
    yield Function("lookup(table, key [, default])", 2, 3, None,
                   "The table's value for the key, exactly or else without case; lookup.table[key] is the same. "
                   "A missing key holds this person unless there is a default; a blank key gives null.",
                   'lookup("divisions", src.department)', "Support")


def _time_rows() -> Iterator[Function]:
    yield Function("now()", 0, 0, times.now, "The moment of this run; it does not pass.", "now()", "2026-12-01T09:30:00.000Z", "date",
                   ("DateTime.now",), takes_now=True)
    yield Function("date(text [, pattern])", 1, 2, times.read_date, "A date from ISO 8601 text, or after a pattern.",
                   'date("24.12.2026", "dd.MM.yyyy")', "2026-12-24T00:00:00.000Z", "date")
    yield Function("formatDate(date [, pattern])", 1, 2, times.format_date, "A date as text after a pattern; ISO 8601 without.",
                   'formatDate("2026-12-24", "d MMM yyyy")', "24 Dec 2026", "text", methods=("toString",))
    yield Function("addDays(date, days)", 2, 2, times.mover("days", 1), "So many days later; earlier if negative.",
                   'formatDate(addDays("2026-12-24", -3), "yyyy-MM-dd")', "2026-12-21", "date")
    yield Function("daysUntil(date)", 1, 1, times.days_until, "Calendar days (UTC) from today, negative in the past.",
                   'daysUntil("2026-12-24")', "23", "number", takes_now=True)
    yield Function("between(date, begin, end)", 3, 3, times.between, "Whether a date lies in a period, ends included; a blank end is open.",
                   'between("2026-12-24", "2026-12-01", null)', "true", "bool")
    yield Function("Time.now([zone [, pattern]])", 0, 2, times.time_now, "Now as text, ISO 8601 in UTC by default.",
                   'Time.now("Europe/Oslo", "yyyy-MM-dd HH:mm")', "2026-12-01 10:30", "text", takes_now=True)
    windows, unix = times.as_iso(times.parse_windows_time), times.as_iso(times.parse_unix_time)
    yield Function("Time.fromWindowsToIso8601(ticks)", 1, 1, windows, "From 100 ns ticks since 1601.",
                   'Time.fromWindowsToIso8601("129699324000000000")', "2012-01-01T23:00:00.000Z", "text")
    yield Function("Time.fromUnixToIso8601(seconds)", 1, 1, unix, "From seconds since 1970.", 'Time.fromUnixToIso8601("1796083200")',
                   "2026-12-01T00:00:00.000Z", "text")
    yield Function("Time.fromStringToIso8601(text, pattern)", 2, 2, times.as_iso(times.read_date), "From text after a pattern.",
                   'Time.fromStringToIso8601("24.12.2026", "dd.MM.yyyy")', "2026-12-24T00:00:00.000Z", "text")
    yield Function("Time.fromIso8601ToWindows(text)", 1, 1, times.to_windows, "To 100 ns ticks since 1601.",
                   'Time.fromIso8601ToWindows("2012-01-01T23:00:00Z")', "129699324000000000", "number", methods=("toWindows",))
    yield Function("Time.fromIso8601ToUnix(text)", 1, 1, times.to_unix, "To seconds since 1970.", 'Time.fromIso8601ToUnix("2026-12-01")',
                   "1796083200", "number", methods=("toUnix",))
    yield Function("Time.fromIso8601ToString(text, pattern)", 2, 2, times.format_date, "To text after a pattern.",
                   'Time.fromIso8601ToString("2026-12-24", "EEE d.M.yy")', "Thu 24.12.26", "text")
    yield from _moment_methods()


def _moment_methods() -> Iterator[Function]:
    """What Okta's Identity Engine writes as methods only."""
    yield Function("parseWindowsTime(ticks)", 1, 1, times.parse_windows_time, "A date from 100 ns ticks since 1601.",
                   '"129699324000000000".parseWindowsTime().toUnix()', "1325458800", "date", methods=("parseWindowsTime",))
    yield Function("parseUnixTime(seconds)", 1, 1, times.parse_unix_time, "A date from seconds since 1970.",
                   '"1796083200".parseUnixTime()', "2026-12-01T00:00:00.000Z", "date", methods=("parseUnixTime",))
    yield Function("parseStringTime(text [, pattern])", 1, 2, times.read_date, "A date from text.",
                   '"2026-12-24".parseStringTime()', "2026-12-24T00:00:00.000Z", "date", methods=("parseStringTime",))
    yield Function("toZone(date, zone)", 2, 2, times.to_zone, "The same moment on the clock of a time zone.",
                   'now().toZone("Asia/Tokyo").toString("HH:mm")', "18:30", "date", methods=("toZone",))
    for unit in ("Days", "Hours", "Minutes", "Seconds"):
        small = unit.lower()
        later, earlier = times.mover(small, 1), times.mover(small, -1)
        yield Function(f"plus{unit}(date, {small})", 2, 2, later, f"So many {small} later.",
                       f"now().plus{unit}(1).toUnix() > now().toUnix()", "true", "date",
                       methods=(f"plus{unit}",))
        yield Function(f"minus{unit}(date, {small})", 2, 2, earlier, f"So many {small} earlier.",
                       f"now().minus{unit}(1).toUnix() < now().toUnix()", "true", "date", methods=(f"minus{unit}",))
        yield Function(f"within{unit}(date, {small})", 2, 2, times.within(small), f"Whether it is at most so many {small} from now.",
                       f"now().within{unit}(1)", "true", "bool", methods=(f"within{unit}",), takes_now=True)


# fmt: on

SECTIONS: Final[tuple[tuple[str, tuple[Function, ...]], ...]] = (
    ("Choosing", tuple(_choice_rows())),
    ("Text", tuple(_text_rows())),
    ("Lists and numbers", tuple(_list_rows())),
    ("Dates and times", tuple(_time_rows())),
)
FUNCTIONS: Final = {function.name: function for _, rows in SECTIONS for function in rows}

_BARE_IN_OKTA: Final = frozenset({"toUpperCase", "toLowerCase", "substring", "substringBefore", "substringAfter"})
"""Spellings that Okta deprecated and still takes."""

_CALLS: Final[dict[str, dict[str, Function]]] = {
    "native": {name: row for row in FUNCTIONS.values() for name in (row.name, *row.also, *row.methods)},
    "okta": {name: row for row in FUNCTIONS.values() for name in (row.name, *row.also) if "." in name or name in _BARE_IN_OKTA},
}
_METHODS: Final[dict[str, dict[str, Function]]] = {
    "native": {name: row for name, row in _CALLS["native"].items() if "." not in name},
    "okta": {name: row for row in FUNCTIONS.values() for name in row.methods},
}


def okta_spellings(row: Function) -> tuple[str, ...]:
    """How Okta's dialect writes a function: by name, and as methods with a dot in front."""
    names = [name for name in (row.name, *row.also) if _CALLS["okta"].get(name) is row]
    return (*names, *(f".{name}()" for name in row.methods))


def find_function(word: str, dialect: str, position: int) -> Function:
    """The function called ``word``. ExpressionMistake names the nearest one, or the dialect that knows it."""
    return _find(word, _CALLS[dialect], dialect, position)


def find_method(word: str, dialect: str, position: int) -> Function:
    """The function that ``x.word(…)`` calls with ``x`` as its first argument."""
    return _find(word, _METHODS[dialect], dialect, position)


def _find(word: str, names: dict[str, Function], dialect: str, position: int) -> Function:
    function = names.get(word)
    if function is not None:
        return function
    if word in _CALLS["native"] and dialect == "okta":
        near = next((name for name in _CALLS["native"][word].also if "." in name), "")
        hint = f"; Okta writes {near}" if near else ""
        raise ExpressionMistake(f'{word} is native and Okta does not know it{hint}: set dialect = "native"', position, near, "JN1102")
    if word.startswith("Iso3166Convert.") or word == "parseCountryCode":
        raise ExpressionMistake(f"{word} is not part of this version; use a look-up table of countries", position, code="JN1107")
    near = nearest(word, names)
    raise ExpressionMistake(f'there is no function "{word[:60]}"', position, near, "JN1102")
