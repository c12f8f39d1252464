"""What the tables [[source]], [[org]] and [guard] mean: names that must be unique, references that must exist, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from joiner.config.expressions import compile_at
from joiner.config.mistakes import Mistakes, near_rows
from joiner.config.model import OrgConfig, SecretPlace, SecretReference, SourceConfig
from joiner.config.places import Path
from joiner.config.shapes import parse_duration
from joiner.genesys.regions import REGIONS, find_region
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
                optional_columns=frozenset(table.get("optional_columns", ())),
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
        _check_address(table, path, mistakes)
        _check_credentials(table, document["org"][index], path, mistakes)
        check_references(table.get("source", ()), known, "source", (*path, "source"), mistakes)
        if "source" in table and not table["source"]:
            mistakes.add("JN1003", f'org "{table.get("name", "")}" has no source', (*path, "source"), fix='write  source = ["hr"]')
        if secret is None or not {"name", "kind", "source"} <= set(table):
            continue
        orgs.append(
            OrgConfig(
                name=table["name"],
                label=table.get("label", table["name"]),
                kind=table["kind"],
                region=table.get("region", ""),
                url=table.get("url", ""),
                client_id=table.get("client_id", ""),
                secret=secret,
                sources=tuple(table["source"]),
                mode=Mode(table.get("mode", Mode.PLAN_ONLY)),
                first_contact=FirstContact(table.get("first_contact", FirstContact.REPORT)),
                policy=Policy(table.get("policy", Policy.SYNC)),
                requests_per_minute=table.get("budget", {}).get("requests_per_minute"),
                match=tuple(table.get("match", {}).get("order", match)),
                token_url=table.get("token_url", ""),
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
            mistakes.add(
                "JN1007", f'there is no {what} called "{name}"', path, rows=rows, fix=f"add a [[{what}]] with this name, or correct it"
            )


def _check_names(tables: Sequence[Mapping[str, Any]], what: str, mistakes: Mistakes) -> None:
    first: dict[str, int] = {}
    for index, table in enumerate(tables):
        name = table.get("name")
        path: Path = (what, index, "name")
        if name is None:
            continue
        if not _NAME.match(name):
            mistakes.add(
                "JN1003",
                f'"{name}" cannot be the name of {_an(what)}',
                path,
                fix="use letters, digits, . _ and -, beginning with a letter or digit",
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


def _check_address(table: Mapping[str, Any], path: Path, mistakes: Mistakes) -> None:
    """A Genesys Cloud org has a region (or, for a stand-in on this machine, a URL); all others have a URL."""
    kind = table.get("kind")
    if kind is None:
        return
    genesys = kind == "genesys-cloud"
    if "region" in table and not genesys:
        mistakes.add(
            "JN1003", f'an org of kind "{kind}" takes "url", not "region"', (*path, "region"), fix='write  url = "https://HOST/PATH"'
        )
    elif "region" in table and "url" in table:
        mistakes.add("JN1003", '"region" and "url" contradict each other', (*path, "url"), fix="take one of the two lines out")
    elif "region" not in table and "url" not in table:
        wanted = 'region = "eu-central-1"' if genesys else 'url = "https://scim.northlight.example/eu"'
        mistakes.add("JN1004", f'an org of kind "{kind}" needs "{wanted.split(maxsplit=1)[0]}"', path, fix=f"add  {wanted}")
    if genesys and "region" in table:
        _check_region(table["region"], (*path, "region"), mistakes)
    if "url" in table:
        _check_url(table["url"], (*path, "url"), mistakes)


def _check_credentials(table: Mapping[str, Any], written: Mapping[str, Any], path: Path, mistakes: Mistakes) -> None:
    """Genesys Cloud and hosted orgs have OAuth clients, at an address that we know; other service providers may only know a token.

    ``written`` is the table as it stands in the file: a client_id of the wrong shape was told already.
    """
    kind = table.get("kind")
    if kind is None:
        return
    plain = kind == "scim"
    if not plain and not written.get("client_id"):
        mistakes.add("JN1004", f'an org of kind "{kind}" needs "client_id"', path, fix='add  client_id = "…"   (OAuth client id)')
    if "token_url" not in table:
        return
    if not plain:
        mistakes.add(
            "JN1003", f'an org of kind "{kind}" takes no "token_url"', (*path, "token_url"), fix="take the line out: its address is known"
        )
    elif not written.get("client_id"):
        mistakes.add(
            "JN1003", '"token_url" has no use without "client_id"', (*path, "token_url"), fix="add client_id, or take the line out"
        )
    else:
        _check_token_url(table["token_url"], (*path, "token_url"), mistakes)


def _check_token_url(url: str, path: Path, mistakes: Mistakes) -> None:
    """Here client id and secret are sent to, so that nothing is guessed; the connector takes it as it stands."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.password is None
    except ValueError:
        usable = False
    if not usable:
        mistakes.add("JN1003", '"token_url" is no usable address', path, fix='write  token_url = "https://HOST/PATH"')


def _check_url(url: str, path: Path, mistakes: Mistakes) -> None:
    """A password in a URL would stand in logs. What else may be wrong with an address the connector corrects and tells."""
    try:
        secret = urlsplit(url if "://" in url else f"https://{url}").password is not None
    except ValueError:
        secret = False
    if secret:
        mistakes.add("JN1010", "the URL contains a password", path, fix="take it out: client_id and secret say who we are")
    if not url.strip():
        mistakes.add("JN1003", "the URL is empty", path, fix='write  url = "https://HOST/PATH"')


def _check_region(text: str, path: Path, mistakes: Mistakes) -> None:
    if find_region(text) is None:
        rows = near_rows(text, tuple(REGIONS))
        mistakes.add("JN1005", f'Genesys Cloud has no region "{text}"', path, rows=rows, fix="name the AWS region or the domain of the org")
