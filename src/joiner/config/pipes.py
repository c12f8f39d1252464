"""From a Config to the Pipe of one org, and the hash over everything that decides what is written."""

from __future__ import annotations

import hashlib
import json
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
        facts={"name": org.name, "label": org.label, "region": org.address if org.kind == "genesys-cloud" else ""},
    )


def mapped_attributes(config: Config, org: OrgConfig) -> frozenset[str]:
    return frozenset(entry.to for entry in rules_of(config.maps, org.name))


def read_columns(config: Config, org: OrgConfig, source: SourceConfig) -> frozenset[str]:
    """The columns that the rules of ``org`` read. With several sources a column may be missing from one of them: then
    only what the source's own expressions read is asked of it, and mappings find nothing there."""
    own = _fields(source.leaver) | _fields(source.scope)
    if len(org.sources) > 1:
        return own
    return own.union(*(entry.expression.fields for entry in rules_of(config.maps, org.name)))


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
