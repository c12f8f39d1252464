"""An older program filled the orgs: what their resources are searched by is made again from their documents, once, before serving."""

from __future__ import annotations

from functools import partial
from itertools import islice

from joiner.genesys.catalogue import Kind, catalogue_of
from joiner.journeys.indexing import BURIED, face_of, index_rows
from joiner.journeys.showing import read_document
from joiner.scim.values import match_key
from joiner.store.org_port import Definition, IndexRow, OrgReads, OrgStore, OrgWrites, State

STRETCH_ROWS = 1_000
"""Resources in one transaction; a stop in between is no harm, as the work begins again."""


async def reindex(store: OrgStore) -> int:
    """How many resources were indexed again; 0 nearly always."""
    done = 0
    for org in await store.read(0, lambda rows: rows.unindexed_orgs()):
        definitions = await store.read(org.key, partial(_definitions, org.key))
        for kind in catalogue_of(org.profile, definitions).kinds:
            done += await _reindex_kind(store, org.key, kind)
        await store.write(org.key, partial(_finish, org.key))
    return done


def _definitions(org: int, rows: OrgReads) -> tuple[Definition, ...]:
    return rows.definitions(org)


async def _reindex_kind(store: OrgStore, org: int, kind: Kind) -> int:
    done = after = 0
    while found := await store.write(org, partial(_index_stretch, org, kind, after)):
        done, after = done + len(found), found[-1]
    return done


def _index_stretch(org: int, kind: Kind, after: int, rows: OrgWrites) -> list[int]:
    """Index the resources behind a number; their numbers."""
    found = list(islice(rows.every(org, kind.name, after), STRETCH_ROWS))
    for kept in found:
        document = read_document(kept)
        modified = str(document.get("meta", {}).get("lastModified", ""))
        rows.update(org, kind.name, kept, face_of(document, kind, modified))
        buried = {IndexRow(BURIED, match_key(kept.name))} if kind.name == "User" and kept.state is State.DELETED else set()
        rows.set_index(org, kind.name, kept.n, (), index_rows(document, kind) | buried)
    return [kept.n for kept in found]


def index_again(rows: OrgWrites, org: int, former: Kind, kind: Kind) -> None:
    """An org's definitions changed: what this kind is searched by is made again, in the transaction that changes them."""
    for kept in rows.every(org, kind.name):
        document = read_document(kept)
        rows.update(org, kind.name, kept, face_of(document, kind, str(document.get("meta", {}).get("lastModified", ""))))
        gone, fresh = index_rows(document, former), index_rows(document, kind)
        rows.set_index(org, kind.name, kept.n, gone - fresh, fresh - gone)


def _finish(org: int, rows: OrgWrites) -> None:
    rows.set_indexed(org)
