"""What must be true at rest: no faults, no edits, and the engine has nothing left to send.

For everybody the model knows what should be, computed without the engine. A difference is allowed only where the model
itself sees why a person has to decide, and then the plan must show it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from joiner.simulation.driver import finish
from joiner.simulation.ledger import as_set
from joiner.simulation.org_front import View
from joiner.simulation.roster import DIVISIONS, PLAIN, SETS, Row, desired
from joiner.store.audit_chain import check_chain
from joiner.sync.ownership import FirstContact
from joiner.sync.plan import PersonLine

AUDIT_ROWS_MAX = 100_000
HISTORY_ROWS_MAX = 1_000
WRITES = frozenset({"person.created", "person.changed", "person.deactivated", "person.reactivated"})

if TYPE_CHECKING:
    from joiner.simulation.world import World


def check(world: World, org: str) -> None:
    """Compare each person of the source, and each account of the org, with what should be."""
    report = world.reports[org]
    lines = {line.person.key: line for line in report.plan.lines if line.person is not None}
    failed = {name for failure in report.failed for name in (str(failure.who),)}
    for key in sorted(world.roster.archive):
        _person(world, org, key, lines.get(key), failed)
    _accounts(world, org)


def _person(world: World, org: str, key: str, line: PersonLine | None, failed: set[str]) -> None:
    views = world.house.fronts[org].views
    owned = [account for (place, account), person in world.judge.ledger.persons.items() if place == org and person == key]
    live = [account for account in owned if views[account]["active"]]
    row = world.roster.rows.get(key)
    if row is None or row.left:
        _gone(world, org, key, row, live, line)
        return
    held = line is not None and line.hold is not None
    reason = _reason_to_wait(world, org, row, owned)
    if held and not reason:
        world.watch.breaks("nothing lost", f"{key} is held in {org} without a cause that the model knows: {line.hold if line else ''}")
    if reason:
        return
    if len(live) != 1:
        world.watch.breaks(
            "nothing lost", f"{key} is employed and has {len(live)} live accounts in {org}; line {line.kind if line else None}"
        )
        return
    _values(world, org, live[0], row)


def _gone(world: World, org: str, key: str, row: Row | None, live: list[str], line: PersonLine | None) -> None:
    if not live:
        return
    ledger = world.judge.ledger
    unproven = row is None and world.roster.proof == "none"
    never_linked = all((org, account) in ledger.handmade for account in live)
    if not unproven and not never_linked:
        world.watch.breaks(
            "nothing lost",
            f"{key} is gone and still has a live account in {org}; line {line.kind if line else None} {line.hold if line else ''}",
        )


def _reason_to_wait(world: World, org: str, row: Row, owned: list[str]) -> str:
    """Why a person has to decide about somebody, as far as the model can tell; "" if nothing stands in the way."""
    ledger, views = world.judge.ledger, world.house.fronts[org].views
    name = row.email.lower()
    if row.division not in DIVISIONS:
        return "misspelt division"
    if any(other.email.lower() == name and other.employee_no != row.employee_no and not other.left for other in world.roster.rows.values()):
        return "shared address"
    if any(view["userName"] == name and account not in owned and not view["deleted"] for account, view in views.items()):
        return "the address is taken"
    for account in owned:
        if not views[account]["active"] and ledger.human_state.get((org, account)) is False:
            return "switched off by hand"
        if attribute := _changed_on_both_sides(world, org, account, row):
            return f"{attribute} changed on both sides"
    return ""


def _changed_on_both_sides(world: World, org: str, account: str, row: Row) -> str:
    """A shared attribute that a human wrote last and that the source wants otherwise, "" if there is none."""
    ledger, view = world.judge.ledger, world.house.fronts[org].views[account]
    wishes = ((name, wanted) for name, wanted in desired(row).items() if ledger.chart[name] == "shared" and name in PLAIN and wanted)
    return next((name for name, wanted in wishes if view[name] != wanted and ledger.mark(org, account, name).by_human), "")


def _values(world: World, org: str, account: str, row: Row) -> None:
    view, ledger = world.house.fronts[org].views[account], world.judge.ledger
    first_contact = (org, account) in ledger.handmade or (org, account) in ledger.revived_by_hand
    lenient = first_contact and world.first_contact is FirstContact.REPORT
    for attribute, wanted in desired(row).items():
        if attribute in PLAIN:
            _plain_value(world, org, account, attribute, view, wanted, lenient=lenient)
        elif attribute in SETS and ledger.chart[attribute] in ("source", "shared"):
            assert isinstance(wanted, frozenset)
            _set_value(world, org, account, attribute, view, wanted, row.employee_no, lenient=lenient)


def _plain_value(world: World, org: str, account: str, attribute: str, view: View, wanted: object, *, lenient: bool) -> None:
    ledger = world.judge.ledger
    owner = ledger.chart[attribute]
    if not wanted or view[attribute] == wanted or owner in ("org", "create_only"):
        return
    if owner == "fill_if_empty" and view[attribute]:
        return
    if owner == "shared" and (ledger.mark(org, account, attribute).by_human or lenient):
        return
    if world.first_contact is FirstContact.REPORT and ledger.never_written(org, account, attribute):
        return
    if lenient and (org, account) in ledger.revived_by_hand:
        return
    world.watch.breaks("nothing lost", f"{view['userName']} in {org} has {attribute} {view[attribute]!r}, the source wants {wanted!r}")


def _set_value(
    world: World, org: str, account: str, attribute: str, view: View, wanted: frozenset[str], key: str, *, lenient: bool
) -> None:
    ledger, held = world.judge.ledger, as_set(view, attribute)
    shared = ledger.chart[attribute] == "shared"
    missing = {element for element in wanted - held if not (shared and (org, account, attribute, element) in ledger.taken)}
    if missing and not lenient:
        world.watch.breaks("nothing lost", f"{view['userName']} in {org} lacks {attribute} {sorted(missing)}")
    for element in sorted(held - wanted):
        mark = ledger.elements.get((org, account, attribute, element))
        if mark is not None and not mark.by_human and not lenient:
            world.watch.breaks(
                "nothing lost", f"{view['userName']} in {org} still has {attribute} {element}, which we brought and {key} no longer has"
            )


def _accounts(world: World, org: str) -> None:
    """No orphans, and no change that the org's log does not know."""
    front, ledger = world.house.fronts[org], world.judge.ledger
    bonds = finish(world.house.engine_store.bonds(world.pipe(org).name))
    bonded = {bond.target_id for bond in bonds.values()}
    for account, view in front.views.items():
        if view["active"] and (org, account) not in ledger.handmade and account not in bonded:
            world.watch.breaks("no orphans", f"the account {view['userName']} in {org} was made by us and nothing remembers it")
    unwitnessed = front.unwitnessed()
    if unwitnessed:
        world.watch.breaks("audit", f"accounts of {org} differ from what its log led to: {', '.join(unwitnessed)}")


def _audit(world: World, org: str) -> None:
    """Each write that is journalled as done has a row that says who, why, what before and what after."""
    front, store, pipe = world.house.fronts[org], world.house.engine_store, world.pipe(org).name
    rows = front.store.reads().audit(front.key, 0, AUDIT_ROWS_MAX)
    verdict = check_chain(org, rows)
    if verdict.broken_at:
        world.watch.breaks("audit", f"the chain of {org} breaks at {verdict.broken_at}: {verdict.detail}")
    for person, count in world.watch.journalled(org).items():
        entries = [json.loads(entry.document) for entry in finish(store.history(pipe, person, HISTORY_ROWS_MAX))]
        written = [entry for entry in entries if entry["name"] in WRITES]
        if len(written) < count:
            world.watch.breaks("audit", f"{count} writes to {person} in {org} are done and {len(written)} are in the audit log")
        for entry in written:
            lacking = [name for name in ("actor", "reason", "before", "after") if not entry[name]]
            if lacking:
                world.watch.breaks("audit", f"{entry['name']} of {person} lacks {', '.join(lacking)}")


def check_memory(world: World) -> None:
    """Nothing is left open, what the journal says is what the orgs saw, and the audit chain holds."""
    for org in world.orgs:
        _audit(world, org)
        still_open = finish(world.house.engine_store.open_intents(world.pipe(org).name))
        if still_open:
            world.watch.breaks("journal", f"{len(still_open)} intents of {org} are still open at rest")
    world.watch.check_journal()
    for verdict in finish(world.house.engine_store.verify_audit()):
        if verdict.broken_at:
            world.watch.breaks("audit", f"the engine's chain {verdict.chain} breaks at {verdict.broken_at}: {verdict.detail}")
