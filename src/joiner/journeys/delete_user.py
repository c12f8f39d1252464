"""A SCIM client deletes a user of a hosted org: a tombstone stays, out of every list and group (genesys-cloud.md §5)."""

from __future__ import annotations

from joiner.events import Consequence
from joiner.genesys.contract import deleted
from joiner.journeys.authorise import Caller, check_switch
from joiner.journeys.holding import free_unique
from joiner.journeys.indexing import BURIED
from joiner.journeys.keep_user import STANDINGS, USER, keep
from joiner.journeys.keeping import check_version, missing
from joiner.journeys.leave_groups import leave_all
from joiner.journeys.showing import read_document
from joiner.journeys.user_draft import changed
from joiner.journeys.writing import begin
from joiner.lifecycle.transition import Standing, classify
from joiner.ports import Clock
from joiner.scim.values import match_key
from joiner.store.org_port import IndexRow, OrgStore, OrgWrites, State


async def delete_user(store: OrgStore, clock: Clock, caller: Caller, id: str, if_match: str | None) -> None:
    """DELETE /Users/id. Raises NotFound, also the second time."""
    now, kind = clock.now(), caller.kind(USER)

    def work(rows: OrgWrites) -> None:
        org = caller.org.key
        kept = rows.resource(org, USER, id, caller.client.id)
        if kept is None or kept.state is State.DELETED:
            raise missing(USER, id)
        check_version(caller.profile, if_match, kept)
        check_switch(caller, "may_deactivate")
        writing, before = begin(rows, caller, kind, now), read_document(kept)
        after = deleted(before, rows.names(org))
        passage = classify(STANDINGS[kept.state], Standing.DELETED)
        keep(writing, kept, before, after, passage, changed(before, after))
        rows.free_name(org, USER, match_key(kept.name), kept.n)
        rows.set_index(org, USER, kept.n, (), {IndexRow(BURIED, match_key(kept.name))})
        free_unique(rows, org, kind, kept.n, before)
        rows.rest_external_ids(org, USER, kept.n)
        rows.drop_password(org, kept.n)
        if Consequence.LEAVE_GROUPS in passage.consequences:
            leave_all(writing, kept)

    await store.write(caller.org.key, work)
