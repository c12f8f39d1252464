"""What the tables [[source]], [[org]] and [guard] mean: names that must be unique, references that must exist, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from joiner.config.expressions import compile_at
from joiner.config.mistakes import Mistakes, near_rows
from joiner.config.model import REQUESTS_PER_MINUTE_DEFAULT, OrgConfig, SecretPlace, SecretReference, SourceConfig
from joiner.config.places import Path
from joiner.config.shapes import parse_duration
from joiner.sync.guard import GuardLimits, Limit
from joiner.sync.ownership import FirstContact
from joiner.sync.pipe import GRACE_SECONDS_DEFAULT, Mode, Policy

MATCH_DEFAULT = ("externalId", "email")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_SECRET = re.compile(r"^(file|env|cred):(\S.*)$")
_GUARD_NAMES = {
    "leavers": "stated_leavers",
    "vanished": "vanished",
    "group_removals": "group_removals",
    "source_shrink": "source_shrink",
    "attribute_changed": "attribute_changed",
}


def read_sources(clean: Mapping[str, Any], mistakes: Mistakes, notes: list[str]) -> tuple[SourceConfig, ...]:
    tables = clean.get("source", [])
    _check_names(tables, "source", mistakes)
    sources = []
    for index, table in enumerate(tables):
        path: Path = ("source", index)
        leaver = compile_at(table.get("leaver"), "native", (*path, "leaver"), mistakes, notes)
        scope = compile_at(table.get("scope"), "native", (*path, "scope"), mistakes, notes)
        _check_delimiter(table, path, mistakes)
        if not {"name", "kind", "path", "key"} <= set(table):
            continue
        sources.append(
            SourceConfig(
                name=table["name"],
                kind=table["kind"],
                path=table["path"],
                key=table["key"],
                delimiter=table.get("delimiter"),
                encoding=table.get("encoding"),
                leaver=leaver,
                scope=scope,
                grace_seconds=parse_duration(table.get("grace", "")) or GRACE_SECONDS_DEFAULT,
                line=mistakes.places.line_of(path),
            )
        )
    return tuple(sources)


def read_orgs(clean: Mapping[str, Any], document: Mapping[str, Any], mistakes: Mistakes) -> tuple[OrgConfig, ...]:
    """``document`` is the file as parsed: a source whose own table is wrong still has a name that an org may use."""
    tables = clean.get("org", [])
    _check_names(tables, "org", mistakes)
    known = names_in(document, "source")
    match = tuple(clean.get("match", {}).get("order", MATCH_DEFAULT))
    orgs = []
    for index, table in enumerate(tables):
        path: Path = ("org", index)
        secret = _read_secret(table.get("secret"), (*path, "secret"), mistakes)
        address = _read_address(table, path, mistakes)
        check_references(table.get("source", ()), known, "source", (*path, "source"), mistakes)
        if "source" in table and not table["source"]:
            mistakes.add("JN1003", f'org "{table.get("name", "")}" has no source', (*path, "source"), fix='write  source = ["hr"]')
        if secret is None or not {"name", "kind", "client_id", "source"} <= set(table):
            continue
        orgs.append(
            OrgConfig(
                name=table["name"],
                label=table.get("label", table["name"]),
                kind=table["kind"],
                address=address,
                client_id=table["client_id"],
                secret=secret,
                sources=tuple(table["source"]),
                mode=Mode(table.get("mode", Mode.PLAN_ONLY)),
                first_contact=FirstContact(table.get("first_contact", FirstContact.REPORT)),
                policy=Policy(table.get("policy", Policy.SYNC)),
                requests_per_minute=table.get("budget", {}).get("requests_per_minute", REQUESTS_PER_MINUTE_DEFAULT),
                match=tuple(table.get("match", {}).get("order", match)),
                line=mistakes.places.line_of(path),
            )
        )
    return tuple(orgs)


def read_guard(table: Mapping[str, Any]) -> GuardLimits:
    """The defaults, changed where the file says so: a key that a limit does not name keeps its default."""
    limits: dict[str, Any] = {}
    defaults = GuardLimits()
    for name, field in _GUARD_NAMES.items():
        if name in table:
            default: Limit = getattr(defaults, field)
            limits[field] = Limit(
                table[name].get("max_percent", default.max_percent), table[name].get("max_count", default.max_count), default.min_count
            )
    return GuardLimits(**limits, protected=tuple(table.get("protected", ())))


def names_in(document: Mapping[str, Any], table: str) -> tuple[str, ...]:
    """The names that the tables of an array bear, well formed or not."""
    elements = document.get(table, [])
    if not isinstance(elements, list):
        return ()
    return tuple(element["name"] for element in elements if isinstance(element, dict) and isinstance(element.get("name"), str))


def check_references(names: Sequence[str], known: Sequence[str], what: str, path: Path, mistakes: Mistakes) -> None:
    for name in names:
        if name not in known:
            rows = near_rows(name, known)
            mistakes.add("JN1007", f'there is no {what} called "{name}"', path, rows=rows, fix=f"add a [[{what}]] with this name, or correct it")


def _check_names(tables: Sequence[Mapping[str, Any]], what: str, mistakes: Mistakes) -> None:
    first: dict[str, int] = {}
    for index, table in enumerate(tables):
        name = table.get("name")
        path: Path = (what, index, "name")
        if name is None:
            continue
        if not _NAME.match(name):
            mistakes.add(
                "JN1003", f'"{name}" cannot be the name of {_an(what)}', path, fix="use letters, digits, . _ and -, beginning with a letter or digit"
            )
        if name in first:
            rows = (("first", f"{mistakes.file_name}:{mistakes.places.line_of((what, first[name]))}"),)
            mistakes.add("JN1006", f'two {what}s are called "{name}"', path, rows=rows, fix="give one of them another name")
        first.setdefault(name, index)


def _an(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _check_delimiter(table: Mapping[str, Any], path: Path, mistakes: Mistakes) -> None:
    delimiter = table.get("delimiter")
    if delimiter is not None and len(delimiter) != 1:
        mistakes.add("JN1003", '"delimiter" must be one character', (*path, "delimiter"), rows=(("found", repr(delimiter)),))


def _read_secret(value: Any, path: Path, mistakes: Mistakes) -> SecretReference | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return SecretReference(SecretPlace.NAME, value["secret"])
    match = _SECRET.match(value)
    if match:
        return SecretReference(SecretPlace(match[1]), match[2])
    mistakes.add(
        "JN1010",
        "a secret must be a reference, never the secret itself",
        path,
        rows=(("found", "a text without file:, env: or cred: before it (not shown)"),),
        fix='put the secret into a file that only you can read and write  secret = "file:secrets/NAME"',
    )
    return None


def _read_address(table: Mapping[str, Any], path: Path, mistakes: Mistakes) -> str:
    """The region of a Genesys Cloud org, the URL of any other; the other of the two is a mistake."""
    kind = table.get("kind")
    if kind is None:
        return ""
    wanted, unwanted = ("region", "url") if kind == "genesys-cloud" else ("url", "region")
    example = '"eu-central-1"' if wanted == "region" else '"https://scim.northlight.example/eu"'
    if wanted not in table:
        if not (wanted == "region" and "url" in table):
            mistakes.add("JN1004", f'an org of kind "{kind}" needs "{wanted}"', path, fix=f"add  {wanted} = {example}")
        else:
            return _checked_url(table["url"], (*path, "url"), mistakes)
    elif unwanted in table:
        mistakes.add("JN1003", f'an org of kind "{kind}" takes "{wanted}", not "{unwanted}"', (*path, unwanted), fix="take one line out")
    if wanted == "url" and "url" in table:
        return _checked_url(table["url"], (*path, "url"), mistakes)
    return str(table.get(wanted, ""))


def _checked_url(url: str, path: Path, mistakes: Mistakes) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        secret = parts.password is not None
    except ValueError:
        fits, secret = False, False
    if secret:
        mistakes.add("JN1010", "the URL contains a password", path, fix="take it out: client_id and secret say who we are")
    elif not fits:
        mistakes.add("JN1003", f'"{url}" is not a URL', path, fix='write  url = "https://HOST/PATH"')
    return url
