"""Settle what an earlier run left open: writes that were noted and never answered. We look before we judge.

Nothing is sent again from here. A write that landed is remembered as done, one that did not is void and the next plan
decides afresh; of one that shows in part only that part is remembered (sync/traces.py). Sending it again blindly is how
people are doubled. The org's uniqueness of user name and externalId, and If-Match, stop most stragglers that land later;
the rest is heard when it reports (late_words.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from joiner.events import Actor, Door, Event
from joiner.journeys.cycle_ports import LEASE_SECONDS, CyclePorts
from joiner.journeys.late_words import take_over_late_words
from joiner.journeys.noted import NotedChange, NotedChunk, decode_noted
from joiner.store.port import Intent, IntentState
from joiner.sync.batch import Chunk
from joiner.sync.bond import Bond, Linked, Parted
from joiner.sync.change import Change, Verb
from joiner.sync.echo import echoes_of, landed
from joiner.sync.membership import with_groups_of, with_membership
from joiner.sync.record import PersonKey, TargetRecord
from joiner.sync.traces import agreed_by_sight, left_a_mark, what_shows
from joiner.sync.wanted import USER_NAME


async def settle(pipe: str, fence: int, ports: CyclePorts) -> int:
    """Look up every open intent of the pipe and give it its outcome, then hear late words. Answers how many intents were open.

    Raises LeaseLost: what a run sees that was thought dead may be another run's work, and says nothing about the intent.
    """
    intents = await ports.store.open_intents(pipe)
    for done, intent in enumerate(intents, 1):
        ports.progress.report("Settling unanswered writes", done, len(intents))
        noted = decode_noted(intent.body)
        if isinstance(noted, NotedChunk):
            await _settle_members(pipe, fence, intent, noted, ports)
        else:
            await _settle_person(pipe, fence, intent, noted, ports)
    await take_over_late_words(pipe, fence, ports)
    return len(intents)


async def _settle_person(pipe: str, fence: int, intent: Intent, noted: NotedChange, ports: CyclePorts) -> None:
    change = noted.change
    account = await _find(change, ports)
    await ports.store.renew_lease(pipe, fence, ports.clock.now(), LEASE_SECONDS)
    attributes = ports.target.capabilities.attributes
    if account is not None and landed(change, account, attributes):
        state, seen, detail = IntentState.DONE, change, "settled by looking"
    elif account is not None and left_a_mark(change, account, attributes):
        state, seen, detail = IntentState.VOID, what_shows(change, account, attributes), "settled by looking: only this of it shows"
    else:
        await ports.store.record_outcome(intent.id, IntentState.VOID, detail="looked: it never landed")
        return
    bonds: list[tuple[PersonKey, Bond]] = []
    if noted.remember is not None and not noted.parking:
        held = (await ports.store.bonds(pipe)).get(change.person)
        remember = with_groups_of(noted.remember, held)
        if isinstance(remember, Linked) and state is IntentState.VOID:
            base = agreed_by_sight(remember.base, held.base if held is not None else {}, change, account, attributes)
            remember = msgspec.structs.replace(remember, base=base)
        bonds.append((change.person, bond_after(remember, change, account, ports, answered=False)))
    events = [person_event(seen, account, _actor(pipe), ports, detail)]
    await ports.store.record_outcome(intent.id, state, bonds, events, detail)


async def _find(change: Change, ports: CyclePorts) -> TargetRecord | None:
    """The account that a change was meant for: by id, or for a creation by every identity it carried."""
    if change.verb is not Verb.CREATE:
        return await ports.target.get_user(change.target_id)
    found: Sequence[TargetRecord] = ()
    if change.external_id:
        found = await ports.target.find_users(external_id=change.external_id)
    if not found:
        name = str(change.sets.get(USER_NAME) or "")
        found = [account for account in await ports.target.find_users(user_name=name) if _may_be_ours(account, change)] if name else ()
    return found[0] if len(found) == 1 else None


def _may_be_ours(account: TargetRecord, change: Change) -> bool:
    return account.external_id == change.external_id


async def _settle_members(pipe: str, fence: int, intent: Intent, noted: NotedChunk, ports: CyclePorts) -> None:
    group = await ports.target.get_group(noted.chunk.group_id)
    await ports.store.renew_lease(pipe, fence, ports.clock.now(), LEASE_SECONDS)
    members = group.member_ids or frozenset() if group is not None else frozenset()
    wanted = frozenset(noted.accounts)
    arrived = wanted <= members if noted.chunk.add else not wanted & members
    if group is None or not arrived:
        await ports.store.record_outcome(intent.id, IntentState.VOID, detail="looked: it never landed")
        return
    bonds = await ports.store.bonds(pipe)
    now, people = ports.clock.now(), (*noted.chunk.add, *noted.chunk.remove)
    moved = [(person, with_membership(bonds[person], noted.chunk, now)) for person in people if person in bonds]
    await ports.store.record_outcome(
        intent.id, IntentState.DONE, moved, [group_event(noted.chunk, _actor(pipe), ports, "settled by looking")], "looked: it had landed"
    )


# ---------------------------------------------------------------- what an acknowledged write leaves behind


def bond_after(remember: Bond, change: Change, account: TargetRecord, ports: CyclePorts, *, answered: bool = True) -> Bond:
    """The bond once the org has shown the account as it is now.

    Only the write's own answer tells what the org made of it: when we look later, somebody may have edited the account since.
    """
    now = ports.clock.now()
    if isinstance(remember, Parted):
        return msgspec.structs.replace(remember, target_id=account.id, sequence=account.sequence, touched_at=now, parted_at=now)
    heard = echoes_of(change, account, ports.target.capabilities.attributes, remember.base) if answered else {}
    return Linked(account.id, remember.base, "", account.sequence, now, {**remember.echoes, **heard})


_EVENT_NAMES = {
    Verb.CREATE: "person.created",
    Verb.UPDATE: "person.changed",
    Verb.DEACTIVATE: "person.deactivated",
    Verb.REACTIVATE: "person.reactivated",
}


def person_event(change: Change, account: TargetRecord, actor: Actor, ports: CyclePorts, request_note: str = "") -> Event:
    """The audit row of one acknowledged write: who, why, before, after. ``before`` is the change's inverse."""
    after: dict[str, object] = {**change.sets}
    if change.removes:
        after["removed"] = dict(change.removes)
    if change.guard:
        after["guard"] = change.guard
    return Event(
        _EVENT_NAMES[change.verb],
        actor,
        ports.clock.now(),
        "person",
        str(change.person),
        account.display_name or account.user_name,
        before=dict(change.inverse),
        after={**after, "account": account.id},
        reason=f"{change.reason} ({request_note})" if request_note else change.reason,
    )


def group_event(chunk: Chunk, actor: Actor, ports: CyclePorts, note: str = "") -> Event:
    people: Sequence[PersonKey] = chunk.add or chunk.remove
    verb, undo = ("added", "removed") if chunk.add else ("removed", "added")
    names = [str(person) for person in people]
    return Event(
        f"group.member_{verb}",
        actor,
        ports.clock.now(),
        "group",
        chunk.group_id,
        chunk.name,
        before={undo: names},
        after={verb: names, "count": len(names)},
        reason=note or "the people's wanted groups changed",
    )


def _actor(pipe: str) -> Actor:
    return Actor("pipe", pipe, Door.CYCLE)
