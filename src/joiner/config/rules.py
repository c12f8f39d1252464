"""What [lookup.X], [[map]] and [ownership] mean: tables that exist, attributes that the org has, nobody mapped twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from joiner.config.expressions import compile_at
from joiner.config.mistakes import Mistakes, near_rows
from joiner.config.model import AttributeTable, LookupConfig, MapConfig, OrgConfig
from joiner.config.places import Path
from joiner.config.sections import check_references, names_in
from joiner.errors import ConfigMistake, Problem
from joiner.sync.expression import Expression
from joiner.sync.lookup import parse_table
from joiner.sync.mapping import OnNull
from joiner.sync.ownership import Owner


def read_lookups(clean: Mapping[str, Any], mistakes: Mistakes, read_text: Callable[[str], str]) -> dict[str, LookupConfig]:
    lookups: dict[str, LookupConfig] = {}
    for name, table in clean.get("lookup", {}).items():
        path: Path = ("lookup", name)
        if "file" not in table:
            continue
        text = _read(table["file"], (*path, "file"), mistakes, read_text)
        if text is None:
            continue
        line = mistakes.places.line_of(path)
        try:
            parsed = parse_table(name, text, table["file"])
        except ConfigMistake as mistake:
            mistakes.found.extend((line, problem) for problem in mistake.problems)
            continue
        lookups[name] = LookupConfig(name, table["file"], text, parsed, table.get("resolve", ""), line)
    return lookups


def _read(file: str, path: Path, mistakes: Mistakes, read_text: Callable[[str], str]) -> str | None:
    try:
        return read_text(file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mistakes.add(
            "JN1009", f"look-up file {file} cannot be read", path, rows=(("found", reason),), fix="create the file or correct the path"
        )
    except UnicodeDecodeError:
        mistakes.add("JN1009", f"look-up file {file} is not UTF-8 text", path, fix="save it as CSV UTF-8")
    return None


def read_maps(
    clean: Mapping[str, Any],
    document: Mapping[str, Any],
    mistakes: Mistakes,
    attributes: Mapping[str, AttributeTable],
    orgs: Sequence[OrgConfig],
    notes: list[str],
) -> tuple[MapConfig, ...]:
    known_orgs = names_in(document, "org")
    kinds = {org.name: attributes[org.kind] for org in orgs if org.kind in attributes}
    owners = _read_owners(clean.get("ownership", {}), kinds, mistakes)
    fallback = Owner(clean.get("ownership", {}).get("default", Owner.SOURCE))
    maps = []
    for index, table in enumerate(clean.get("map", [])):
        path: Path = ("map", index)
        to = table.get("to", "")
        about = f'map "{to}"' if to else ""
        expression = compile_at(table.get("from"), table.get("dialect", "native"), (*path, "from"), mistakes, notes, about)
        if to:
            _check_attribute(to, _only(kinds, table.get("org", ())), (*path, "to"), mistakes)
        check_references(table.get("org", ()), known_orgs, "org", (*path, "org"), mistakes)
        _check_tables(expression, document, (*path, "from"), mistakes)
        on_null = _read_on_null(table, path, mistakes)
        if not to or expression is None:
            continue
        maps.append(
            MapConfig(
                to=to,
                expression=expression,
                owner=Owner(table["owner"]) if "owner" in table else owners.get(to, fallback),
                on_null=on_null,
                default=table.get("default"),
                orgs=tuple(table.get("org", ())),
                line=mistakes.places.line_of(path),
            )
        )
    _check_doubles(maps, mistakes)
    return tuple(maps)


def rules_of(maps: Sequence[MapConfig], org: str) -> tuple[MapConfig, ...]:
    """The mappings that hold for one org, in the order of the file: one that names the org beats one for all."""
    named = {entry.to for entry in maps if org in entry.orgs}
    return tuple(entry for entry in maps if org in entry.orgs or (not entry.orgs and entry.to not in named))


def _only(kinds: Mapping[str, AttributeTable], orgs: Sequence[str]) -> Mapping[str, AttributeTable]:
    return {name: table for name, table in kinds.items() if not orgs or name in orgs}


def _check_attribute(name: str, kinds: Mapping[str, AttributeTable], path: Path, mistakes: Mistakes) -> None:
    """Every org that a mapping holds for must have the attribute: one that some lack is restricted with ``org``."""
    lacking = [org for org, table in kinds.items() if not table.knows(name)]
    if not lacking:
        return
    rows = near_rows(name, sorted({known for org in lacking for known in kinds[org].names}))
    having = [org for org in kinds if org not in lacking]
    if having:
        mistakes.add(
            "JN1008", f'org "{lacking[0]}" has no attribute called "{name}"', path, rows=rows, fix=f"add  org = {having}".replace("'", '"')
        )
        return
    fix = f"write  {rows[0][1]}" if rows and rows[0][0] == "near" else "use one of the known names"
    mistakes.add("JN1008", f'no org has an attribute called "{name}"', path, rows=rows, fix=fix)


def _read_owners(table: Mapping[str, Any], kinds: Mapping[str, AttributeTable], mistakes: Mistakes) -> dict[str, Owner]:
    owners: dict[str, Owner] = {}
    for index, rule in enumerate(table.get("rule", [])):
        path: Path = ("ownership", "rule", index)
        for attribute in rule.get("attributes", ()):
            if not any(known.knows(attribute) for known in kinds.values()):
                _check_attribute(attribute, kinds, (*path, "attributes"), mistakes)
            if attribute in owners:
                mistakes.add("JN1006", f'two ownership rules name "{attribute}"', (*path, "attributes"), fix="keep one of them")
            if "owner" in rule:
                owners.setdefault(attribute, Owner(rule["owner"]))
    return owners


def _check_tables(expression: Expression | None, document: Mapping[str, Any], path: Path, mistakes: Mistakes) -> None:
    if expression is None:
        return
    tables = document.get("lookup", {})
    known = tuple(tables) if isinstance(tables, dict) else ()
    for name in sorted(expression.tables - set(known)):
        rows = near_rows(name, known)
        mistakes.add(
            "JN1007", f'there is no look-up table called "{name}"', path, rows=rows, fix=f'add  [lookup.{name}]  with  file = "{name}.csv"'
        )


def _read_on_null(table: Mapping[str, Any], path: Path, mistakes: Mistakes) -> OnNull:
    on_null = table.get("on_null", "default" if "default" in table else "skip")
    if on_null == "default" and "default" not in table:
        mistakes.add("JN1004", 'on_null = "default" needs the value "default"', (*path, "on_null"), fix='add  default = "…"')
    if on_null != "default" and "default" in table:
        mistakes.add(
            "JN1003", f'on_null = "{on_null}" leaves "default" without use', (*path, "default"), fix="take one of the two lines out"
        )
    return OnNull(on_null)


def _check_doubles(maps: Sequence[MapConfig], mistakes: Mistakes) -> None:
    seen: dict[tuple[str, str], int] = {}
    for entry in maps:
        doubled = [(entry.to, org) for org in entry.orgs or ("",) if (entry.to, org) in seen]
        if doubled:
            rows = (("first", f"{mistakes.file_name}:{seen[doubled[0]]}"),)
            mistakes.found.append((entry.line, _twice(mistakes.file_name, entry, rows)))
        for org in entry.orgs or ("",):
            seen.setdefault((entry.to, org), entry.line)


def _twice(file_name: str, entry: MapConfig, rows: tuple[tuple[str, str], ...]) -> Problem:
    place = (f"{file_name}:{entry.line}", "")
    return Problem("JN1012", f'"{entry.to}" is mapped twice', (place, *rows), "keep one, or give them different orgs")
