"""Names that are not functions of the table: where paths begin, and what one record alone cannot answer."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.tree import Root

NAMESPACES: Final = frozenset({"String", "Arrays", "Convert", "Time", "Iso3166Convert", "DateTime", "Groups"})
INTERNAL_PROPERTIES: Final = frozenset({"id", "status"})

_ROOTS: Final = {
    "native": {"src": "src", "user": "src", "source": "src", "current": "current", "person": "person", "org": "org"},
    "okta": {"user": "src", "source": "src", "src": "src", "appuser": "src", "idpuser": "src", "org": "org"},
}

_OTHER_PEOPLE: Final = (
    "{name} needs other records than this one (groups, managers, links, directories); "
    "this version maps one record at a time: bring the value into the source as a column"
)
REFUSED_FUNCTIONS: Final = {
    **dict.fromkeys(
        (
            "isMemberOfGroupName",
            "isMemberOfGroup",
            "isMemberOfAnyGroup",
            "isMemberOfGroupNameStartsWith",
            "isMemberOfGroupNameContains",
            "isMemberOfGroupNameRegex",
            "getGroups",
            "getFilteredGroups",
            "Groups.contains",
            "Groups.startsWith",
            "Groups.endsWith",
            "getManagerUser",
            "getManagerAppUser",
            "getAssistantUser",
            "getAssistantAppUser",
            "hasDirectoryUser",
            "findDirectoryUser",
            "hasWorkdayUser",
            "findWorkdayUser",
            "memberOf",
            "linked",
            "unique",
        ),
        _OTHER_PEOPLE,
    ),
}
REFUSED_METHODS: Final = {**dict.fromkeys(("getGroups", "isMemberOf", "getLinkedObject"), _OTHER_PEOPLE)}
_REFUSED_ROOTS: Final = {
    "native": {"manager": _OTHER_PEOPLE},
    "okta": {
        "app": "{name} is a setting of Okta's own application and has no meaning here: write its value as text",
        "appname": "{name} stands for another application's profile: bring the value into the source as a column",
    },
}


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that looks most like ``word`` without regard to case, or ""."""
    by_folded = {name.casefold(): name for name in sorted(names)}
    close = difflib.get_close_matches(word[:80].casefold(), by_folded, 1, 0.6)
    return by_folded[close[0]] if close else ""


def refuse_function(word: str, position: int) -> None:
    """Raise for functions that are known but cannot be answered from one record."""
    if word in REFUSED_FUNCTIONS:
        raise ExpressionMistake(REFUSED_FUNCTIONS[word].format(name=word), position, code="JN1107")


def refuse_method(word: str, position: int) -> None:
    if word in REFUSED_METHODS:
        raise ExpressionMistake(REFUSED_METHODS[word].format(name=word), position, code="JN1107")


def find_root(word: str, dialect: str, projecting: bool, position: int) -> Root:
    """Where a path that begins with ``word`` begins. A bare attribute gives the root in view (``word`` is then "")."""
    if word == "#this" and projecting:
        return Root("element", word, position)
    kind = _ROOTS[dialect].get(word)
    if kind is not None:
        return Root(kind, word, position)
    refusal = _REFUSED_ROOTS[dialect].get(word)
    if refusal is not None:
        raise ExpressionMistake(refusal.format(name=word), position, code="JN1107")
    if word.startswith("#"):
        raise ExpressionMistake("#this is an element of a list and stands only inside .![…]", position)
    if projecting:
        return Root("element", "", position)
    if dialect == "okta":
        return Root("src", "", position)
    close = nearest(word, _ROOTS[dialect])
    near = close or f"src.{word}"
    raise ExpressionMistake(f'"{word}" is not a name here; a column of the source is written src.{word}', position, near, "JN1102")
