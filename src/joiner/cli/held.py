"""``joiner held``: what waits for a person, by plan and cause. An approval binds to the plan's hash; the next apply of it sends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Door, Flags, Here
from joiner.cli.exit_codes import Exit
from joiner.cli.output import Cell, write_json, write_record, write_table
from joiner.cli.pipes import find_plan
from joiner.cli.plan_export import plan_csv, plan_document
from joiner.cli.plan_view import PlanStyle, format_plan
from joiner.cli.plan_words import count, is_held
from joiner.errors import Problem, Usage
from joiner.journeys.noted import decode_plan
from joiner.store.port import Approval, EngineStore, StoredPlan
from joiner.sync.plan import Plan


def list_held(*, flags: Flags = FLAGS, door: Here) -> int:
    """List what the newest plan of each pipe holds. Exit code 3 when there is anything."""
    names = door.builders.pipe_names(door.where)

    async def work() -> Sequence[tuple[Cell, ...]]:
        async with door.builders.open_engine(door.where) as store:
            plans = [plan for name in names if (plan := await store.latest_plan(name)) is not None]
            return [row for stored in plans for row in await _rows(store, stored)]

    rows = asyncio.run(work())
    write_table(door, ("plan", "org", "cause", "count", "word", "text"), rows, name="held", empty="Nothing is held.")
    if rows:
        door.terminal.remark(f"\n  show    joiner held show {rows[0][0]}")
    return Exit.HELD if rows else Exit.DONE


async def _rows(store: EngineStore, stored: StoredPlan) -> Sequence[tuple[Cell, ...]]:
    plan = decode_plan(stored.document)
    words = {approval.guard: _word(approval, stored) for approval in await store.approvals(stored.hash)}
    texts = held_texts(plan)
    return [(plan.id, plan.pipe, code, number, words.get(code, ""), texts[code]) for code, number in held_counts(plan).items()]


def _word(approval: Approval, stored: StoredPlan) -> str:
    """``lapsed``: the plan was drawn again since, so the next apply asks for another look."""
    if not approval.approved:
        return "rejected"
    return "approved" if stored.made_at <= approval.at else "lapsed"


def held_counts(plan: Plan) -> Counter[str]:
    """People and groups that wait, by the code of what holds them."""
    counts = Counter(line.hold.code for line in plan.lines if line.hold is not None)
    counts.update(group.hold.code for group in plan.groups if group.hold is not None)
    return counts


def held_texts(plan: Plan) -> dict[str, str]:
    texts = {group.hold.code: group.hold.text for group in plan.groups if group.hold is not None}
    texts |= {line.hold.code: line.hold.text for line in plan.lines if line.hold is not None}
    return texts | {entry.guard: entry.text for entry in plan.tripped if entry.guard in texts}


def show_held(plan: str, /, *, flags: Flags = FLAGS, door: Here) -> int:
    """Show the held part of a plan: every person, with the cause.

    Args:
        plan: Id of a plan, or a pipe's name for its newest.
    """
    drawn = _find(door, plan)
    match door.flags.output:
        case "json":
            write_json(door, plan_document(drawn, "held"))
        case "csv":
            door.terminal.say(plan_csv(drawn, "held"))
        case _:
            style = PlanStyle(door.terminal.colour_out, only="held", closing=False, columns=door.terminal.columns)
            door.terminal.say(format_plan(drawn, style))
            _suggest(door, drawn)
    return Exit.HELD if held_counts(drawn) else Exit.DONE


def _suggest(door: Door, plan: Plan) -> None:
    """What can be done about each cause: a guard's is approved or rejected, a wrong value is corrected.

    What a plan holds beside changes is approved either before it is applied or in the plan that follows.
    """
    codes = list(held_counts(plan))
    rows = [f"  approve  joiner held approve {plan.id} --cause {code} --reason WHY" for code in codes if not code.startswith("JN")]
    if rows:
        rows.append(f"  reject   joiner held reject {plan.id} --reason WHY")
    rows += [f"  explain  joiner explain {code}" for code in codes if code.startswith("JN")]
    if rows and count(plan).changes:
        rows.insert(0, f"  first    joiner plan {plan.pipe}   if this plan has been applied already")
    if rows:
        door.terminal.remark("\n" + "\n".join(rows))


def approve(
    plan: str,
    /,
    *,
    cause: list[str] | None = None,
    except_: Annotated[list[str] | None, Parameter(name="--except")] = None,
    reason: str = "",
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Approve what a guard holds in this plan. ``joiner apply PLAN`` then sends it, if the inputs have not moved.

    Args:
        plan: Id of a plan, or a pipe's name for its newest.
        cause: A cause from ``joiner held list``; may be given several times. Default: all that can be approved.
        except_: A person who stays held (user name); may be given several times.
        reason: For the audit log.
    """
    _decide(door, plan, cause or [], approved=True, reason=reason, excepted=except_ or [])


def reject(plan: str, /, *, reason: str, cause: list[str] | None = None, flags: Flags = FLAGS, door: Here) -> None:
    """Reject what a guard holds in this plan: it will not be sent.

    Args:
        plan: Id of a plan, or a pipe's name for its newest.
        reason: Why, for the audit log.
        cause: A cause from ``joiner held list``. Default: all.
    """
    _decide(door, plan, cause or [], approved=False, reason=reason, excepted=[])


def _find(door: Door, text: str) -> Plan:
    names = _pipe_names(door)

    async def work() -> StoredPlan:
        async with door.builders.open_engine(door.where) as store:
            return await find_plan(store, text, names)

    return decode_plan(asyncio.run(work()).document)


def _pipe_names(door: Door) -> Sequence[str]:
    return door.builders.pipe_names(door.where)


def _decide(door: Door, text: str, causes: Sequence[str], *, approved: bool, reason: str, excepted: Sequence[str]) -> None:
    plan = _find(door, text)
    chosen = choose_causes(plan, causes, approving=approved)
    people = find_people(plan, excepted)
    now, by = door.builders.clock.now(), door.builders.author()

    async def work() -> None:
        async with door.builders.open_engine(door.where) as store:
            for cause in chosen:
                await store.approve(Approval(plan.hash, cause, approved, by, now, reason, people))

    asyncio.run(work())
    counts = held_counts(plan)
    counts.subtract(line.hold.code for line in plan.lines if line.hold is not None and str(line.person) in people)
    word = "approved" if approved else "rejected"
    record = {"plan": plan.id, "word": word, "causes": ", ".join(f"{cause} ({counts[cause]})" for cause in chosen)}
    record |= {"except": ", ".join(excepted)} if excepted else {}
    write_record(door, record | {"by": by} | ({"reason": reason} if reason else {}))
    if approved:
        door.terminal.remark(f"\n  send    joiner apply {plan.id}")


def choose_causes(plan: Plan, causes: Sequence[str], *, approving: bool) -> Sequence[str]:
    """The causes that a person means. What only a correction can lift (JN2104 …) cannot be approved. Raises Usage."""
    counts = held_counts(plan)
    liftable = [code for code in counts if not approving or not code.startswith("JN")]
    if not causes:
        if not liftable:
            known = (("held", ", ".join(counts) or "nothing"),)
            raise Usage(Problem("JN6401", f"plan {plan.id} holds nothing that can be approved", known, f"joiner held show {plan.id}"))
        return liftable
    for cause in causes:
        if cause not in counts:
            raise Usage(Problem("JN6401", f'plan {plan.id} holds nothing for "{cause}"', (("held", ", ".join(counts) or "nothing"),)))
        if cause not in liftable:
            title = f"{cause} is not a matter of approval: the value itself must be corrected"
            raise Usage(Problem("JN6401", title, (), f"joiner explain {cause}"))
    return causes


def find_people(plan: Plan, names: Iterable[str]) -> tuple[str, ...]:
    """Held people by user name or key, as their keys. Raises Usage when one is not held: a typo must not deactivate."""
    keys: list[str] = []
    for name in names:
        found = [
            line
            for line in plan.lines
            if is_held(line) and line.person and name.casefold() in (line.user_name.casefold(), str(line.person).casefold())
        ]
        if not found:
            raise Usage(Problem("JN6401", f'"{name}" is not held in plan {plan.id}', (), f"joiner held show {plan.id}"))
        keys.extend(str(line.person) for line in found)
    return tuple(keys)
