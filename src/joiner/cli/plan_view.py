"""The plan as a person reads it (UX §2.2): by person and not by attribute, leavers first, changed attributes only.

What was left out is always counted. ``--summary`` keeps the counts, ``--full`` leaves nothing out. On a narrow terminal
reasons move below what they explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from joiner.cli.plan_words import HELD, ORDER, WORDS, Totals, count, format_edit, is_change, is_held, label_of, lines_of
from joiner.cli.problem_view import THIS_PERSON_WAITS, format_problems
from joiner.cli.terminal import pad, paint, show, width, wrap
from joiner.errors import Problem
from joiner.sync.change import Decision
from joiner.sync.plan import GroupLine, Kind, PersonLine, Plan, Tripped

PEOPLE_SHOWN_MAX = 60
"""People of one kind in the default view; the rest is counted and ``--full`` or ``-o csv`` shows it."""

CAUSES_SHOWN_MAX = 5

_INDENT = "      "
_NAME_COLUMN = 76
_VALUE_COLUMN = 32
_LABEL_COLUMN = 11
_TAG_WIDTH = 9
"""Room for the word at the end of a person's line, the longest of the usual ones ("returner") included."""


@dataclass(frozen=True, slots=True)
class PlanStyle:
    """How much of a plan to show, and whether in colour."""

    colour: bool = False
    summary: bool = False
    full: bool = False
    only: str = ""
    closing: bool = True
    """Whether the effort and the next commands end it: not where a report follows."""
    columns: int = 0
    """How wide the terminal is; 0 where nobody knows: a file, a pipe."""

    def paint(self, text: str, style: str) -> str:
        return paint(text, style if self.colour else "")


def format_plan(plan: Plan, style: PlanStyle) -> str:
    text = "\n".join(_plan_lines(plan, style))
    while "\n\n\n" in text:  # a part that has nothing to say leaves no gap
        text = text.replace("\n\n\n", "\n\n")
    return text


def _plan_lines(plan: Plan, style: PlanStyle) -> Iterator[str]:
    totals = count(plan)
    yield from _input_lines(plan, style)
    yield ""
    yield style.paint(f"{show(plan.org_label)}   plan {plan.id}", "bold")
    yield from (f"  {style.paint('! warning', 'yellow')}  {show(text)}" for text in plan.warnings)
    if not style.summary:
        yield ""
        yield from _sent_lines(plan, style)
    yield from _held_lines(plan, style)
    yield ""
    yield format_counts(totals)
    if style.closing:
        yield _effort(plan, totals)
        yield from _next_commands(plan, totals)


def _sent_lines(plan: Plan, style: PlanStyle) -> Iterator[str]:
    people = [] if style.only in ("groups", "held") else list(_people(plan, style))
    yield from people
    if style.only in ("", "groups"):
        for group in plan.groups:
            yield from _group_lines(group, style)
    if style.only not in ("", "held") and not people and not (style.only == "groups" and plan.groups):
        yield f"  no {style.only}"


def _input_lines(plan: Plan, style: PlanStyle) -> Iterator[str]:
    names = max((width(entry.name) for entry in plan.inputs), default=0)
    for entry in plan.inputs:
        rows = f"{entry.rows:,} {'row' if entry.rows == 1 else 'rows'}" if entry.kind == "source" else f"{entry.rows:,} people"
        groups = f"{entry.groups:,} groups" if entry.groups else ""
        note = f"! {show(entry.note)}" if entry.note and not (entry.complete and entry.kind == "org") else ""
        proof = "" if entry.complete or "not proven" in entry.note else "! not proven complete"
        columns = "".join(pad(text, size) for text, size in ((show(entry.name), names + 3), (rows, 15), (groups, 13)))
        yield f"Read {columns}{style.paint('   '.join(part for part in (note, proof) if part), 'yellow')}".rstrip()


def _people(plan: Plan, style: PlanStyle) -> Iterator[str]:
    chosen = [line for line in lines_of(plan, style.only) if not is_held(line)]
    kinds = (*ORDER, Kind.IN_STEP, Kind.GONE, Kind.OUTSIDE) if style.full else tuple(kind for kind in ORDER if kind is not Kind.LINK)
    for kind in kinds:
        lines = [line for line in chosen if line.kind is kind]
        shown = lines if style.full else lines[:PEOPLE_SHOWN_MAX]
        for line in shown:
            yield from _person_lines(line, style)
        if len(lines) > len(shown):
            yield style.paint(f"  … {len(lines) - len(shown):,} more: {WORDS[kind].text} (--full shows them)", "dim")


def _person_lines(line: PersonLine, style: PlanStyle) -> Iterator[str]:
    word = HELD if is_held(line) else WORDS[line.kind]
    head = f"  {word.symbol} {show(line.name or line.user_name)}   {show(line.user_name)}"
    yield style.paint(pad(head, _name_column(style)) + word.text, word.style)
    edits = [edit for edit in line.edits if style.full or is_change(edit)]
    why = [show(text) for text in line.why if line.hold is None or text not in line.hold.text]
    if line.kind is Kind.JOIN and not style.full:
        yield _row("", f"{len(line.edits)} {'attribute' if len(line.edits) == 1 else 'attributes'}", "; ".join(why), style)
        return
    # A leaver's reason belongs to the line that changes the state; elsewhere it stands alone unless the edits say it.
    column = max((width(label_of(edit.attribute)) + 2 for edit in edits), default=0)
    if why and line.kind in (Kind.LEAVE, Kind.VANISHED, Kind.RETURN):
        state = "Inactive → Active" if line.kind is Kind.RETURN else "Active → Inactive"
        yield _row("state", state, "; ".join(why), style, column)
        edits = [edit for edit in edits if edit.attribute != "active"]
    elif why and not edits:
        yield _row("", "; ".join(why), "", style)
    for edit in edits:
        yield _row(label_of(edit.attribute), show(format_edit(edit)), _said(edit.decision, show(edit.why)), style, column)
    hidden = line.unchanged + sum(1 for edit in line.edits if not is_change(edit))
    if hidden and not style.full and line.kind in (Kind.MOVE, Kind.RETURN, Kind.HELD):
        yield style.paint(f"      # {hidden} unchanged", "dim")


def _said(decision: Decision, why: str) -> str:
    """The reason, with the word for a decision that the values alone do not tell."""
    word = {Decision.REVERT: "changed in the org, taken back", Decision.CONFLICT: "changed on both sides"}.get(decision, "")
    return " · ".join(part for part in ("" if word.partition(",")[0] in why else word, why) if part)


def _name_column(style: PlanStyle) -> int:
    return min(_NAME_COLUMN, style.columns - _TAG_WIDTH) if style.columns else _NAME_COLUMN


def _row(label: str, text: str, why: str, style: PlanStyle, column: int = 0) -> str:
    """One attribute. ``column`` is where the values of this person begin, if one of the labels is long."""
    column = max(column, _LABEL_COLUMN)
    left = _INDENT + (pad(show(label), column) if label else "")
    if not why:
        return left + text
    values = max(_VALUE_COLUMN - (column - _LABEL_COLUMN), 0) if label else _LABEL_COLUMN + _VALUE_COLUMN
    padded = left + pad(text, values)
    if not style.columns or width(padded) + width(why) <= style.columns:
        return padded + style.paint(why, "dim")
    indent = _INDENT + " " * column
    return "\n".join([left + text, *(indent + style.paint(part, "dim") for part in wrap(why, style.columns - len(indent)))])


def _group_lines(group: GroupLine, style: PlanStyle) -> Iterator[str]:
    change = group.change
    word = HELD if group.hold is not None else WORDS[Kind.MOVE]
    yield style.paint(
        pad(f"  {word.symbol} group {show(change.name)}", _name_column(style)) + ("held" if group.hold else "group"), word.style
    )
    shown = CAUSES_SHOWN_MAX if not style.full else max(len(change.add), len(change.remove))
    for sign, people, effect in (("+", change.add, "join"), ("−", change.remove, "leave")):
        if people:
            names = ", ".join(show(str(person)) for person in people[:shown])
            more = f" and {len(people) - shown:,} more" if len(people) > shown else ""
            waits = " (waits)" if sign == "−" and group.hold is not None else ""
            yield _row(f"{sign} {len(people):,}", f"{effect}{waits}", f"{names}{more}", style)
    reasons = [show(text) for text in group.why]
    if reasons:
        yield _row("why", "; ".join(reasons), "", style)


def _held_lines(plan: Plan, style: PlanStyle) -> Iterator[str]:
    if style.only not in ("", "held"):
        return
    guards = {entry.guard for entry in plan.tripped}
    for entry in plan.tripped:
        yield from format_tripped(entry, style)
        if style.full or style.only == "held":
            for line in plan.lines:
                if line.hold is not None and line.hold.code == entry.guard:
                    yield from _person_lines(line, style)
    single: dict[tuple[str, str], list[PersonLine]] = {}
    for line in plan.lines:
        if is_held(line) and (line.hold is None or line.hold.code not in guards):
            key = (line.hold.code, line.hold.text) if line.hold else ("", "; ".join(line.why))
            single.setdefault(key, []).append(line)
    for (code, text), lines in sorted(single.items(), key=lambda cause: cause[0][0].startswith("JN")):
        yield from _held_cause(code, text, lines, style)


def format_tripped(entry: Tripped, style: PlanStyle) -> Iterator[str]:
    """One guard that holds: its numbers, its limit, its causes."""
    yield style.paint(f"  {HELD.symbol} {show(entry.text)}. Held: nothing of this is sent.", HELD.style)
    causes = "   ".join(f"{number:,} {show(name)}" for name, number in entry.causes[:CAUSES_SHOWN_MAX])
    if causes:
        yield f"      {causes}"


def _held_cause(code: str, text: str, lines: Sequence[PersonLine], style: PlanStyle) -> Iterator[str]:
    """People who wait for the same reason: one in full, several by name, in a summary only how many."""
    title = f"{show(text)} [{code}]" if code else show(text)
    if style.summary:
        wait = "1 person waits" if len(lines) == 1 else f"{len(lines):,} people wait"
        yield style.paint(f"  {HELD.symbol} {wait}: {title}", HELD.style)
        return
    if code.startswith("JN"):  # a value of theirs is wrong: told as the error it is, equal ones together (UX §2.3)
        apart = [[line] for line in lines] if style.full or style.only == "held" else [lines]
        for group in apart:
            problems = [_held_problem(line, several=len(group) > 1) for line in group]
            yield f"\n{format_problems(problems, colour=style.colour)}"
        return
    if len(lines) == 1 or style.full or style.only == "held":
        for line in lines:
            yield from _person_lines(line, style)
            yield _row("", title, "", style)
            yield from (_row(label, show(value), "", style) for label, value in (line.hold.rows if line.hold else ()) if label != "person")
        return
    yield style.paint(f"  {HELD.symbol} {len(lines):,} people held: {title}", HELD.style)
    names = ", ".join(show(line.name or line.user_name) for line in lines[:CAUSES_SHOWN_MAX])
    more = f" and {len(lines) - CAUSES_SHOWN_MAX:,} more" if len(lines) > CAUSES_SHOWN_MAX else ""
    yield f"      {names}{more}"
    shared = [row for row in (lines[0].hold.rows if lines[0].hold else ()) if all(line.hold and row in line.hold.rows for line in lines)]
    yield from (_row(label, show(value), "", style) for label, value in shared)


def _held_problem(line: PersonLine, *, several: bool) -> Problem:
    """The hold of one person with the person, the values it is about, and its effect on everybody else."""
    assert line.hold is not None
    name = line.name or str(line.person)
    rows = [("person", name if several else f"{name} · {line.user_name or line.person}")]
    rows += [
        (label_of(edit.attribute), f"{format_edit(edit)}   {_said(edit.decision, edit.why)}") for edit in line.edits if is_change(edit)
    ]
    rows += [row for row in line.hold.rows if row[0] not in ("person", "fix")]
    if "effect" not in dict(rows):
        rows.append(("effect", THIS_PERSON_WAITS))
    return Problem(line.hold.code, line.hold.text, tuple(rows), dict(line.hold.rows).get("fix", ""))


def format_counts(totals: Totals) -> str:
    """``Joiners 12   Movers 96   Leavers 6 (+41 held)   Groups 18   Kept 7``."""

    def part(word: str, sent: int, held: int) -> str:
        return f"{word} {sent:,}" + (f" (+{held:,} held)" if held else "")

    sent, held = totals.sent, totals.held
    parts = [part("Joiners", sent[Kind.JOIN], held[Kind.JOIN])]
    if sent[Kind.RETURN] or held[Kind.RETURN]:
        parts.append(part("Returners", sent[Kind.RETURN], held[Kind.RETURN]))
    parts.append(part("Movers", sent[Kind.MOVE], held[Kind.MOVE]))
    parts.append(part("Leavers", sent[Kind.LEAVE] + sent[Kind.VANISHED], held[Kind.LEAVE] + held[Kind.VANISHED]))
    parts.append(part("Groups", totals.groups, totals.groups_held))
    parts.append(part("Kept", sent[Kind.KEPT], held[Kind.KEPT]))
    for word, kind in (("Linked", Kind.LINK), ("In step", Kind.IN_STEP), ("Gone", Kind.GONE), ("Only in the org", Kind.OUTSIDE)):
        if sent[kind]:
            parts.append(part(word, sent[kind], 0))
    if held[Kind.HELD]:
        parts.append(f"Held {held[Kind.HELD]:,}")
    return "   ".join(parts)


def _effort(plan: Plan, totals: Totals) -> str:
    if not totals.changes:
        return f"Nothing to send. Saved as {plan.id}."
    changes = f"{totals.changes:,} {'change' if totals.changes == 1 else 'changes'} to send"
    return f"{changes}, at most {plan.requests:,} requests, {format_seconds(plan.eta_seconds)}. Saved as {plan.id}."


def format_seconds(seconds: float) -> str:
    """``about 40 s``, ``about 3 min``, ``about 2 h 10 min``."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes // 60} h {minutes % 60} min"


def _next_commands(plan: Plan, totals: Totals) -> Iterator[str]:
    person = next((line.user_name for line in plan.lines if line.kind in (Kind.LEAVE, Kind.MOVE, Kind.JOIN) and line.user_name), "")
    rows: list[tuple[str, str]] = []
    if totals.changes:
        rows.append(("apply", f"joiner apply {plan.id}"))
    if totals.anything_held:
        rows.append(("held", f"joiner held show {plan.id}"))
    if person:
        rows.append(("one", f"joiner explain {show(person)}"))
    if rows:
        yield ""
    yield from (f"  {pad(label, 8)}{command}" for label, command in rows)
