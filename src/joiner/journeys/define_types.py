"""An operator gives an org schemas and resource types of its own (RFC 7643 §6, §7), without code: JSON in, endpoints out.

A definition is checked together with all others of the org before it is kept. What resources depend on stays: a type or schema
that live resources use is not removed, and their attributes are not made into something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from joiner.errors import Missing, Problem, Usage
from joiner.events import Actor, Event
from joiner.genesys.catalogue import Kind, catalogue_of, path_key
from joiner.genesys.own_types import RESOURCE_TYPE, SCHEMA, types_of
from joiner.genesys.profile import PROFILES
from joiner.journeys.administer import OPERATOR, find_org
from joiner.journeys.reindex import index_again
from joiner.ports import Clock
from joiner.scim.messages import dump_json
from joiner.scim.schema import Attribute, Document, Schema
from joiner.store.org_port import Definition, Org, OrgReads, OrgStore, OrgWrites

DEFINITIONS_MAX = 50
"""Of one org."""
DEFINITION_BYTES_MAX = 262_144

_NOUNS = {SCHEMA: "schema", RESOURCE_TYPE: "resource type"}


async def define(store: OrgStore, clock: Clock, org: str, document: Document, *, actor: Actor = OPERATOR) -> Definition:
    """Add a schema or resource type, or replace the one of this id. Which it is, its attributes tell: only a type has an endpoint.

    Raises Usage that names the path and what to write instead, and Missing (org). The same definition again changes nothing.
    """
    kind = RESOURCE_TYPE if "endpoint" in document else SCHEMA
    id = document.get("name" if kind == RESOURCE_TYPE else "id")
    text = dump_json(document)
    if not isinstance(id, str) or not id or len(text) > DEFINITION_BYTES_MAX:
        raise _refused(f"a {_NOUNS[kind]} needs {'a name' if kind == RESOURCE_TYPE else 'an id'} and at most {DEFINITION_BYTES_MAX} bytes")
    now = clock.now()

    def work(rows: OrgWrites) -> Definition:
        found = find_org(rows, org)
        before = rows.definitions(found.key)
        former = next((each for each in before if each.kind == kind and each.id.lower() == id.lower()), None)
        definition = Definition(kind, former.id if former is not None else id, text)
        if former == definition:
            return definition
        if former is None and len(before) >= DEFINITIONS_MAX:
            raise _refused(f"the org {org} has {DEFINITIONS_MAX} definitions, which is the most")
        after = tuple(definition if each is former else each for each in before) + ((definition,) if former is None else ())
        _check(rows, found, before, after)
        rows.put_definition(found.key, definition)
        _index_changed(rows, found, before, after)
        _note(rows, found, now, actor, former, definition)
        return definition

    return await store.write(0, work)


async def undefine(store: OrgStore, clock: Clock, org: str, id: str, *, actor: Actor = OPERATOR) -> None:
    """Remove a schema (by URN) or a resource type (by name). Raises Usage while resources use it, and Missing."""
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        found = find_org(rows, org)
        before = rows.definitions(found.key)
        former = next((each for each in before if each.id.lower() == id.lower()), None)
        if former is None:
            known = ", ".join(each.id for each in before) or "none"
            fix = f"There are: {known}." if before else "It has none of its own."
            raise Missing(Problem("JN4022", f"the org {org} has no definition {id[:255]}", fix=fix))
        after = tuple(each for each in before if each is not former)
        users = [name for _, name in types_of(PROFILES[found.profile], after).faults]
        if users:
            raise _refused(f"{former.id} is still used by {', '.join(users)}", f"Remove {users[0]} first, or let it do without.")
        _check(rows, found, before, after)
        rows.drop_definition(found.key, former.kind, former.id)
        _index_changed(rows, found, before, after)
        _note(rows, found, now, actor, former, None)

    await store.write(0, work)


async def definitions_of(store: OrgStore, org: str) -> Sequence[Definition]:
    """The definitions of an org in the order in which they were added. Raises Missing (org)."""
    return await store.read(0, lambda rows: rows.definitions(find_org(rows, org).key))


def _check(rows: OrgReads, org: Org, before: tuple[Definition, ...], after: tuple[Definition, ...]) -> None:
    if org.profile == "strict":
        raise _refused(f"the org {org.name} is strict: it has what Genesys Cloud has; add an extended org for more")
    faults = types_of(PROFILES[org.profile], after).faults
    for fault in faults.values():
        raise _refused(fault.detail)
    kinds = catalogue_of(org.profile, after).by_name
    for kind in catalogue_of(org.profile, before).kinds:
        _check_kind(rows, org, kind, kinds.get(kind.name))


def _check_kind(rows: OrgReads, org: Org, kind: Kind, becomes: Kind | None) -> None:
    """Raises Usage when live resources of this kind would no longer be understood."""
    if becomes is None or becomes.resource_type.schema.id != kind.resource_type.schema.id:
        if rows.count(org.key, kind.name, False):
            raise _refused(f"there are resources of the type {kind.name}; delete them first", "Delete them over SCIM, then try again.")
        return
    schemas = {each.id.lower(): each for each in _schemas(becomes)}
    core = kind.resource_type.schema
    for schema in _schemas(kind):
        bent = _bent(schema, schemas.get(schema.id.lower()))
        if bent and _in_use(rows, org, kind, b"" if schema is core else b'"' + schema.id.encode() + b'":'):
            raise _refused(f"{bent}, and resources of the type {kind.name} have values of it; empty or delete them first")


def _schemas(kind: Kind) -> tuple[Schema, ...]:
    return (kind.resource_type.schema, *(each.schema for each in kind.resource_type.extensions))


def _bent(schema: Schema, becomes: Schema | None) -> str:
    """What is no longer as it was, "" when everything that could be kept still fits."""
    if becomes is None:
        return f"{schema.id} would be gone"
    if becomes is schema:
        return ""
    for attribute in schema.attributes:
        path = f"{schema.id}:{attribute.name}"
        other = becomes.find(attribute.name)
        if other is None or _shape(other) != _shape(attribute):
            return f"{path} would {'be gone' if other is None else 'become something else'}"
        if other.required and not attribute.required:
            return f"{path} would become required"
        for sub in attribute.sub_attributes:
            inner = other.find(sub.name)
            if inner is None or _shape(inner) != _shape(sub):
                return f"{path}.{sub.name} would {'be gone' if inner is None else 'become something else'}"
    return ""


def _shape(attribute: Attribute) -> tuple[object, ...]:
    """What values depend on. Descriptions, canonical values and the like may change."""
    return (
        attribute.name,
        attribute.type,
        attribute.multi_valued,
        attribute.case_exact,
        attribute.uniqueness,
        attribute.returned == "never",
    )


def _in_use(rows: OrgReads, org: Org, kind: Kind, marker: bytes) -> bool:
    """Whether a live resource of this kind has values of a schema, which its body shows."""
    return any(marker in kept.body for kept in rows.scan(org.key, kind.name))


def _index_changed(rows: OrgWrites, org: Org, before: tuple[Definition, ...], after: tuple[Definition, ...]) -> None:
    """What kinds are searched by follows from their schemas; where it changed, it is made again in this transaction."""
    former = catalogue_of(org.profile, before).by_name
    for kind in catalogue_of(org.profile, after).kinds:
        if kind.name in former and _searched_by(former[kind.name]) != _searched_by(kind):
            index_again(rows, org.key, former[kind.name], kind)


def _searched_by(kind: Kind) -> tuple[object, ...]:
    return [path_key(path) for path in kind.slots], kind.indexed


def _note(rows: OrgWrites, org: Org, now: datetime, actor: Actor, former: Definition | None, fresh: Definition | None) -> None:
    name = "definition.added" if former is None else "definition.removed" if fresh is None else "definition.changed"
    named = fresh or former
    assert named is not None
    was = {"document": former.document.decode()} if former is not None else {}
    became = {"document": fresh.document.decode()} if fresh is not None else {}
    rows.append_audit(org.key, Event(name, actor, now, "Definition", named.id, named.id, was, became))


def _refused(title: str, fix: str = "Correct the definition; RFC 7643 §7 and docs/how-to/types-of-your-own.md show how.") -> Usage:
    return Usage(Problem("JN6422", title, fix=fix))
