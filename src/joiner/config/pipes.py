"""From a Config to the Pipe of one org, and the hash over everything that decides what is written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from joiner.config.model import Config, MapConfig, OrgConfig, SourceConfig
from joiner.config.rules import rules_of
from joiner.sync.expression import Expression
from joiner.sync.mapping import Rule
from joiner.sync.pipe import Pipe, SourceRules


def make_pipe(config: Config, org: OrgConfig) -> Pipe:
    """The pipe of ``org``. Its grace is the longest of its sources, because absence is judged over all of them."""
    sources = [config.source(name) for name in org.sources]
    maps = rules_of(config.maps, org.name)
    return Pipe(
        name=org.name,
        org_label=org.label,
        sources=tuple(SourceRules(source.name, source.leaver, source.scope) for source in sources),
        rules=tuple(_rule(entry, config.file_name) for entry in maps),
        rules_hash=rules_hash(config, org),
        mode=org.mode,
        first_contact=org.first_contact,
        policy=org.policy,
        match=org.match,
        limits=config.limits,
        grace_seconds=max(source.grace_seconds for source in sources),
        tables={name: lookup.table for name, lookup in config.lookups.items()},
        facts={"name": org.name, "label": org.label, "region": org.region},
    )


def mapped_attributes(config: Config, org: OrgConfig) -> frozenset[str]:
    return frozenset(entry.to for entry in rules_of(config.maps, org.name))


def required_columns(config: Config, org: OrgConfig, source: SourceConfig) -> frozenset[str]:
    """The columns that ``source`` must have: all that the rules of ``org`` read, but for those it declares optional.

    A column that is silently missing would look like "nobody has a value": it must stop the run.
    """
    read = frozenset().union(*(entry.expression.fields for entry in rules_of(config.maps, org.name)))
    return (read - source.optional_columns) | _fields(source.leaver) | _fields(source.scope)


def rules_hash(config: Config, org: OrgConfig) -> str:
    """SHA-256 over mappings, look-ups, sources' rules, matching and policy. Guards, mode, labels, secrets and the places
    of lines are left out: they do not decide what is written, only when."""
    used = frozenset().union(*(entry.expression.tables for entry in rules_of(config.maps, org.name)))
    sources = [config.source(name) for name in org.sources]
    content = {
        "maps": [_map_words(entry) for entry in rules_of(config.maps, org.name)],
        "lookups": {name: config.lookups[name].text for name in sorted(used) if name in config.lookups},
        "sources": [[source.name, source.key, _words(source.leaver), _words(source.scope)] for source in sources],
        "match": org.match,
        "first_contact": org.first_contact.value,
        "policy": org.policy.value,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _rule(entry: MapConfig, file_name: str) -> Rule:
    return Rule(entry.to, entry.expression, entry.owner, entry.on_null, entry.default, f"{file_name}:{entry.line}")


def _map_words(entry: MapConfig) -> Sequence[str | None]:
    return (entry.to, entry.expression.text, entry.expression.dialect, entry.owner.value, entry.on_null.value, entry.default)


def _words(expression: Expression | None) -> str:
    return "" if expression is None else expression.text


def _fields(expression: Expression | None) -> frozenset[str]:
    return frozenset() if expression is None else expression.fields


_GUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE)
"""The form of a Genesys id (RFC 9562 text form)."""


def lookup_remarks(config: Config) -> tuple[str, ...]:
    """Look-up values that are ids where the org wants names: they work while the id is known, and nobody can read them."""
    remarks = []
    for lookup in config.lookups.values():
        for key, entry in lookup.table.entries.items():
            if isinstance(entry.value, str) and _GUID.match(entry.value):
                kind = lookup.resolve or "name"
                remarks.append(
                    f'{lookup.file}:{entry.line}: "{key}" gives an id; write the {kind} as people call it, the id is looked up per org'
                )
    return tuple(remarks)
