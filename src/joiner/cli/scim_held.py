"""``joiner scim held``: removals that clients pushed and a guard holds, and attributes that a client and an org both changed."""

from __future__ import annotations

import asyncio

from joiner.cli.door import FLAGS, Door, Flags, Here
from joiner.cli.exit_codes import Exit
from joiner.cli.hosted import hosted_orgs
from joiner.cli.output import Cell, write_json, write_record, write_table

MOMENT = "%Y-%m-%d %H:%M"


def list_held(*, org: str, flags: Flags = FLAGS, door: Here) -> int:
    """List pushed removals that wait for a person, and attributes in conflict. Exit code 3 when there is anything.

    Args:
        org: The hosted org.
    """
    from joiner.journeys.pushed_decisions import list_held as find

    async def work() -> list[tuple[Cell, ...]]:
        async with hosted_orgs(door) as store:
            held, conflicts = await find(store, door.builders.clock, org)
        rows: list[tuple[Cell, ...]] = [
            (
                each.id,
                "deletion" if each.deletes else "removals",
                each.client,
                each.group,
                each.removals,
                f"{each.expires_at:{MOMENT}}",
                each.reason if not each.approved_by else f"approved by {each.approved_by}, not finished: {each.reason}",
            )
            for each in held
        ]
        rows += [
            ("", "conflict", each.client, each.user, 1, "", f"{each.attribute}: kept {_told(each.kept)}, pushed {_told(each.pushed)}")
            for each in conflicts
        ]
        return rows

    rows = asyncio.run(work())
    columns = ("id", "what", "client", "of", "count", "lapses", "why")
    write_table(door, columns, rows, name="held", empty=f"Nothing that was pushed to {org} is held.")
    first = next((row[0] for row in rows if row[0]), "")
    if first:
        door.terminal.remark(f"\n  show    joiner scim held show {first} --org {org}{door.same_database}")
    return Exit.HELD if rows else Exit.DONE


def _told(value: object) -> str:
    return "nothing" if value in (None, []) else str(value)


def show(id: str, /, *, org: str, flags: Flags = FLAGS, door: Here) -> int:
    """Show every member whose removal is held.

    Args:
        id: From `joiner scim held list`.
        org: The hosted org.
    """
    from joiner.journeys.pushed_decisions import show_held

    async def work() -> int:
        async with hosted_orgs(door) as store:
            held, members = await show_held(store, door.builders.clock, org, id)
        told = {"id": held.id, "client": held.client, "group": held.group, "why": held.reason, "lapses": held.expires_at.isoformat()}
        if door.flags.output == "json":
            write_json(door, told | {"deletes": held.deletes, "members": [{"id": each.id, "name": each.display} for each in members]})
            return Exit.HELD
        door.terminal.remark("\n".join(f"{name:8}{value}" for name, value in told.items()) + "\n")
        write_table(door, ("type", "id", "name"), [(each.type, each.id, each.display) for each in members], name="members")
        _suggest(door, org, id)
        return Exit.HELD

    return asyncio.run(work())


def _suggest(door: Door, org: str, id: str) -> None:
    where = f"--org {org}{door.same_database}"
    door.terminal.remark(
        f"\n  approve  joiner scim held approve {id} {where}\n  reject   joiner scim held reject {id} {where} --reason WHY"
    )


def approve(id: str, /, *, org: str, reason: str = "", flags: Flags = FLAGS, door: Here) -> None:
    """Remove exactly the members that are held under this id. Stopped on its way, it goes on when called again.

    Args:
        id: From `joiner scim held list`. It changes with what is held, so nothing is approved unseen.
        org: The hosted org.
        reason: For the audit log.
    """
    from joiner.journeys.pushed_decisions import approve_held

    async def work() -> None:
        async with hosted_orgs(door) as store:
            done = await approve_held(store, door.builders.clock, org, id, door.builders.author(), reason)
        record = {"group": done.group, "removed": done.removed, "gone already": done.passed_over}
        write_record(door, record | ({"group deleted": "yes"} if done.group_deleted else {}))

    asyncio.run(work())


def reject(id: str, /, *, org: str, reason: str, flags: Flags = FLAGS, door: Here) -> None:
    """Drop what is held under this id: nobody is removed. The client may ask again.

    Args:
        id: From `joiner scim held list`.
        org: The hosted org.
        reason: Why, for the audit log.
    """
    from joiner.journeys.pushed_decisions import reject_held

    async def work() -> None:
        async with hosted_orgs(door) as store:
            held = await reject_held(store, door.builders.clock, org, id, door.builders.author(), reason)
        write_record(door, {"group": held.group, "kept": held.removals, "reason": reason})

    asyncio.run(work())
