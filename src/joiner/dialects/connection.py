"""The settings of a connection: the client registered with an org (identity-providers.md §1).

No server can please every client in one mode, and one org may have Okta and Entra side by side. So what differs between clients
is a setting of the connection. A connection has a *kind* (who is calling), which gives every setting its default:

=========  =====================================================================================================
generic    any client: bears every known oddity, otherwise as the org's profile says
joiner     Joiner's own engine: guards its removals itself, so the server does not count them again
okta       ignores paths that nobody knows, as attributes that nobody knows are
entra      likewise; takes filter values without quotes
onelogin   as generic (no wire documentation of its own is known), likewise google, ping, authentik
strict     the RFC, the Interop profile and IPSIE to the letter: bears no oddity, refuses what it does not know
=========  =====================================================================================================

``"profile"`` (or None) means: as the org's profile says. This module decides nothing about requests and knows no profile:
:func:`overrides` names the fields of a profile that a connection settles differently.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, NoReturn

from joiner.dialects.oddities import ODDITIES
from joiner.errors import Problem, Usage

CONNECTIONS_CACHED_MAX = 1_024
OWNERSHIP_MAX = 100  # marks of one connection; the schemas together have fewer attributes that anybody would mark
TEXT_CHARACTERS_MAX = 2_000  # of one setting written as text
_LIKENESS_MIN = 0.5

OWNERS = ("source", "org", "shared", "create_only", "fill_if_empty")
"""Spelled as ``sync.ownership.Owner``, which is a sibling room's."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How one client of an org is treated. Every field is a setting of ``joiner client set``; see ``SETTINGS`` for their meaning."""

    kind: str = "generic"
    tolerate: Literal["all"] | frozenset[str] = "all"
    patch_answer: Literal["profile", "body", "empty"] = "profile"
    unknown_attributes: Literal["profile", "ignore", "refuse"] = "profile"
    unknown_patch_path: Literal["profile", "ignore", "refuse"] = "profile"
    pathless_patch: Literal["accept", "refuse"] = "accept"
    replace_complex: Literal["merge", "whole"] = "merge"
    missing_element: Literal["create", "refuse"] = "create"
    unquoted_filters: bool | None = None
    unknown_members: Literal["refuse", "ignore"] = "refuse"
    group_rename: Literal["profile", "ignore", "refuse", "rename"] = "profile"
    group_delete: Literal["profile", "own", "any", "detach", "refuse"] = "profile"
    user_name: Literal["profile", "any", "email"] = "profile"
    role_values: Literal["name", "id"] = "name"
    may_create: bool = True
    may_update: bool = True
    may_deactivate: bool = True
    may_sync_password: bool = False
    may_change_groups: bool = True
    ownership: tuple[tuple[str, str], ...] = ()
    guard_removals: bool = True
    removals_max_share: int = 20
    removals_min: int = 10
    removals_per_group: int = 200
    removals_per_day: int = 1_000

    def __hash__(self) -> int:
        """Cheap, because caches are asked once a request; equal connections have equal hashes."""
        return hash((self.kind, self.tolerate, self.ownership))

    def tolerates(self, oddity: str) -> bool:
        return self.tolerate == "all" or oddity in self.tolerate


KINDS: Mapping[str, Connection] = MappingProxyType(
    {
        "generic": Connection(),
        "joiner": Connection("joiner", guard_removals=False),
        "okta": Connection("okta", unknown_attributes="ignore", unknown_patch_path="ignore"),
        "entra": Connection("entra", unknown_attributes="ignore", unknown_patch_path="ignore", unquoted_filters=True),
        "onelogin": Connection("onelogin"),
        "ping": Connection("ping"),
        "google": Connection("google"),
        "authentik": Connection("authentik"),
        "strict": Connection(
            "strict",
            tolerate=frozenset(),
            unknown_attributes="refuse",
            unknown_patch_path="refuse",
            pathless_patch="refuse",
            replace_complex="whole",
            missing_element="refuse",
            unquoted_filters=False,
        ),
    }
)
"""The defaults of each kind."""


class Setting(NamedTuple):
    """One setting: what it decides, what may be written, and how what is written becomes a value (ValueError when it cannot)."""

    meaning: str
    allowed: str
    read: Callable[[Any], Any]


class Row(NamedTuple):
    """A line of ``joiner client show``. ``chosen`` is False while the kind's default holds."""

    setting: str
    value: str
    chosen: bool
    meaning: str


def _choice(*words: str) -> Callable[[Any], Any]:
    def read(written: Any) -> str:
        if isinstance(written, str) and written.strip().lower() in words:
            return written.strip().lower()
        raise ValueError

    return read


_SWITCH_WORDS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def _switch(written: Any) -> bool:
    if isinstance(written, bool):
        return written
    if isinstance(written, str) and (found := _SWITCH_WORDS.get(written.strip().lower())) is not None:
        return found
    raise ValueError


def _switch_or_profile(written: Any) -> bool | None:
    return None if written is None or written == "profile" else _switch(written)


def _count(most: int) -> Callable[[Any], int]:
    def read(written: Any) -> int:
        number = int(written) if isinstance(written, str) and written.strip().isascii() and written.strip().isdigit() else written
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= most:
            return number
        raise ValueError

    return read


def _names(written: Any) -> list[str]:
    listed = written.split(",") if isinstance(written, str) and len(written) <= TEXT_CHARACTERS_MAX else written
    if not isinstance(listed, Iterable) or not all(isinstance(each, str) for each in listed):
        raise ValueError
    return [each.strip() for each in listed if each.strip()]


def _oddities(written: Any) -> Literal["all"] | frozenset[str]:
    """``all``, ``none``, names, or ``all but NAME, …``; names that no oddity has are refused."""
    text = written.strip() if isinstance(written, str) else None
    if text in ("all", "none"):
        return "all" if text == "all" else frozenset()
    names = frozenset(_names(written if text is None else text.removeprefix("all but ")))
    if not names <= ODDITIES.keys():
        near = difflib.get_close_matches(min(names - ODDITIES.keys())[:60], ODDITIES, n=1, cutoff=_LIKENESS_MIN)
        raise ValueError(*near)
    return frozenset(ODDITIES) - names if text is not None and text.startswith("all but ") else names


def _marks(written: Any) -> tuple[tuple[str, str], ...]:
    """``{"title": "org"}``, pairs, or ``title=org, nickName=shared``."""
    pairs: list[Any] = (
        list(written.items()) if isinstance(written, Mapping) else _names(written) if isinstance(written, str) else list(written)
    )
    pairs = [each.split("=") if isinstance(each, str) else each for each in pairs]
    marks: dict[str, str] = {}
    for pair in pairs:
        path, owner = (str(part).strip() for part in pair)
        if not path or owner not in OWNERS:
            raise ValueError
        marks[path] = owner
    if len(marks) > OWNERSHIP_MAX:
        raise ValueError
    return tuple(marks.items())


def _of(meaning: str, *words: str) -> Setting:
    return Setting(meaning, ", ".join(words), _choice(*words))


def _on(meaning: str) -> Setting:
    return Setting(meaning, "true, false", _switch)


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "tolerate": Setting(
            "departures from the RFC that are borne and counted; others are refused", "all, none, names, or all but names", _oddities
        ),
        "patch_answer": _of("answer of a PATCH that succeeds: 200 with the resource, or 204", "profile", "body", "empty"),
        "unknown_attributes": _of("attributes that no schema has", "profile", "ignore", "refuse"),
        "unknown_patch_path": _of("paths of patch operations that no schema has", "profile", "ignore", "refuse"),
        "pathless_patch": _of("patch operations without a path", "accept", "refuse"),
        "replace_complex": _of("replacing a complex attribute: keep the parts that are not named, or not", "merge", "whole"),
        "missing_element": _of("a path whose filter matches nothing: make the element, or refuse", "create", "refuse"),
        "unquoted_filters": Setting("filter values without quotes", "profile, true, false", _switch_or_profile),
        "unknown_members": _of("members that are no user of the org: refuse the request, or pass them over", "refuse", "ignore"),
        "group_rename": _of("another displayName for a group", "profile", "ignore", "refuse", "rename"),
        "group_delete": _of(
            "DELETE of a group: what SCIM made, any, only this client's tie, none", "profile", "own", "any", "detach", "refuse"
        ),
        "user_name": _of("what a userName may look like", "profile", "any", "email"),
        "role_values": _of("roles are shown by name or by id; both are taken", "name", "id"),
        "may_create": _on("may create users and resources of own types"),
        "may_update": _on("may change users and resources of own types"),
        "may_deactivate": _on("may deactivate and delete users and delete resources of own types"),
        "may_sync_password": _on("may set passwords"),
        "may_change_groups": _on("may change groups and their members"),
        "ownership": Setting("who decides over an attribute", f"PATH=OWNER, … with OWNER {', '.join(OWNERS)}", _marks),
        "guard_removals": _on("hold large removals of members until a person approves"),
        "removals_max_share": Setting("removals from one group above this share (%) are held", "0 to 100", _count(100)),
        "removals_min": Setting("the share counts from this many removals on", "0 to 100000", _count(100_000)),
        "removals_per_group": Setting("this many removals from one group are held, whatever the share", "0 to 100000", _count(100_000)),
        "removals_per_day": Setting("removals from all groups in 24 hours above which more are held", "0 to 1000000", _count(1_000_000)),
    }
)
"""Every setting but the kind, in the order in which people read them."""


def parse_settings(kind: str, settings: Mapping[str, Any]) -> Connection:
    """The connection of a kind with these settings; values as in JSON or as typed text. Null means the kind's default.

    Raises Usage naming the setting, what is allowed, and the nearest name.
    """
    defaults = KINDS.get(kind)
    if defaults is None:
        _refuse("JN6420", f"There is no kind of connection named {str(kind)[:60]!r}.", str(kind), KINDS)
    chosen: dict[str, Any] = {}
    for name, written in settings.items():
        setting = SETTINGS.get(name)
        if setting is None:
            _refuse("JN6420", f"A connection has no setting named {str(name)[:60]!r}.", str(name), SETTINGS)
        if written is None:
            continue
        try:
            chosen[name] = setting.read(written)
        except (TypeError, ValueError) as mistake:
            near = (("near", str(mistake)),) if str(mistake) in ODDITIES else ()
            rows = (("found", str(written)[:80]), *near, ("allowed", setting.allowed))
            raise Usage(
                Problem("JN6421", f"The setting {name} cannot be {str(written)[:60]!r}.", rows, f"Write one of: {setting.allowed}.")
            ) from None
    return replace(defaults, **chosen)


def _refuse(code: str, title: str, written: str, known: Iterable[str]) -> NoReturn:
    names = list(known)
    near = difflib.get_close_matches(written.lower().replace("-", "_")[:60], names, n=1, cutoff=_LIKENESS_MIN)
    rows = (*((("near", near[0]),) if near else ()), ("known", ", ".join(names)))
    raise Usage(Problem(code, title, rows, f"Did you mean {near[0]}?" if near else "Use one of the known names."))


def settings_of(connection: Connection) -> dict[str, Any]:
    """What was chosen, in JSON values: only what differs from the kind's defaults, so that better defaults reach old connections."""
    defaults = KINDS[connection.kind]
    return {name: _plain(value) for name in SETTINGS if (value := getattr(connection, name)) != getattr(defaults, name)}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value) or "none"
    return dict(value) if isinstance(value, tuple) else value


def describe(connection: Connection) -> tuple[Row, ...]:
    """Every setting with its value and meaning, for people."""
    chosen = settings_of(connection)
    return tuple(Row(name, _shown(getattr(connection, name)), name in chosen, setting.meaning) for name, setting in SETTINGS.items())


def _shown(value: Any) -> str:
    if value is None:
        return "profile"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if isinstance(value, tuple):
        return ", ".join(f"{path}={owner}" for path, owner in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=CONNECTIONS_CACHED_MAX)
def overrides(connection: Connection) -> Mapping[str, Any]:
    """The fields of ``genesys.profile.Profile`` that this connection settles itself, for ``dataclasses.replace``."""
    settled: dict[str, Any] = {name: getattr(connection, name) for name in _ALWAYS}
    for name, targets in _UNLESS_PROFILE.items():
        value = getattr(connection, name)
        if value not in ("profile", None):
            settled |= dict.fromkeys(targets, value)
    if connection.user_name != "profile":
        settled["user_name_must_be_email"] = connection.user_name == "email"
    return MappingProxyType(settled)


_ALWAYS = ("pathless_patch", "replace_complex", "missing_element", "unknown_members", "role_values")
_UNLESS_PROFILE: Mapping[str, tuple[str, ...]] = {
    "patch_answer": ("patch_answer_users", "patch_answer_groups"),
    "unknown_attributes": ("unknown_attributes",),
    "unknown_patch_path": ("unknown_patch_path",),
    "unquoted_filters": ("unquoted_filter_values",),
    "group_rename": ("group_rename",),
    "group_delete": ("group_delete",),
}

assert {field.name for field in fields(Connection)} == {"kind", *SETTINGS}, "every field is a setting"
