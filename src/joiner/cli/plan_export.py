"""The plan for machines: one JSON document with ``format_version``, and CSV with one row per edit.

CSV cells that a spreadsheet would run as a formula get an apostrophe in front (OWASP CSV injection): names and titles
come from strangers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from joiner.cli.plan_words import WORDS, count, format_value, is_held, lines_of
from joiner.sync.change import Edit
from joiner.sync.plan import GroupLine, Hold, Kind, PersonLine, Plan
from joiner.sync.record import Reference, Value

CSV_COLUMNS = (
    "plan",
    "org",
    "who",
    "person",
    "name",
    "user_name",
    "attribute",
    "decision",
    "before",
    "after",
    "added",
    "removed",
    "why",
    "held",
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet evaluates."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def format_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """RFC 4180 with a header line; used wherever a table is."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return sheet.getvalue().rstrip("\r\n")


def plan_csv(plan: Plan, only: str = "") -> str:
    """One row per edit; a person without edits (a leaver, a held one) has one row. People in step have none."""
    return format_csv(CSV_COLUMNS, _csv_rows(plan, only))


def _csv_rows(plan: Plan, only: str) -> Iterator[Sequence[str]]:
    quiet = (Kind.IN_STEP, Kind.GONE, Kind.OUTSIDE, Kind.LINK)
    for line in lines_of(plan, only):
        if line.kind in quiet and not is_held(line):
            continue
        held = f"{line.hold.code}: {line.hold.text}" if line.hold else ""
        who = (plan.id, plan.pipe, WORDS[line.kind].text, str(line.person or ""), line.name, line.user_name)
        if not line.edits:
            yield (*who, "", "", "", "", "", "", "; ".join(line.why), held)
        for edit in line.edits:
            values = (format_value(edit.before, edit.attribute), format_value(edit.after, edit.attribute))
            lists = (format_value(edit.added) if edit.added else "", format_value(edit.removed) if edit.removed else "")
            yield (*who, edit.attribute, edit.decision.value, *values, *lists, edit.why or "; ".join(line.why), held)
    if only in ("", "groups"):
        for group in plan.groups:
            held = f"{group.hold.code}: {group.hold.text}" if group.hold else ""
            added, removed = ("; ".join(str(person) for person in people) for people in (group.change.add, group.change.remove))
            yield (
                plan.id,
                plan.pipe,
                "group",
                "",
                group.change.name,
                "",
                "members",
                "write",
                "",
                "",
                added,
                removed,
                "; ".join(group.why),
                held,
            )


def plan_document(plan: Plan, only: str = "") -> dict[str, Any]:
    """The plan as JSON. Additions raise the minor of ``format_version``, everything else the major."""
    totals = count(plan)
    return {
        "format_version": plan.format_version,
        "id": plan.id,
        "hash": plan.hash,
        "pipe": plan.pipe,
        "org": plan.org_label,
        "made_at": plan.made_at.isoformat(),
        "author": plan.author,
        "rules_hash": plan.rules_hash,
        "first_run": plan.first_run,
        "inputs": [
            {
                "name": entry.name,
                "kind": entry.kind,
                "rows": entry.rows,
                "groups": entry.groups,
                "complete": entry.complete,
                "proof": entry.proof.value,
                "digest": entry.digest,
                "note": entry.note,
            }
            for entry in plan.inputs
        ],
        "warnings": list(plan.warnings),
        "people": [_person(line) for line in lines_of(plan, only)],
        "groups": [_group(group) for group in plan.groups] if only in ("", "groups") else [],
        "tripped": [
            {
                "guard": entry.guard,
                "count": entry.count,
                "population": entry.population,
                "limit": entry.limit,
                "text": entry.text,
                "causes": [{"name": name, "count": number} for name, number in entry.causes],
            }
            for entry in plan.tripped
        ],
        "counts": {
            **{kind.value: totals.sent[kind] for kind in Kind},
            "groups": totals.groups,
            "held": totals.anything_held,
            "changes": totals.changes,
        },
        "requests": plan.requests,
        "eta_seconds": round(plan.eta_seconds, 1),
    }


def _person(line: PersonLine) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "person": str(line.person) if line.person else None,
        "target_id": line.target_id,
        "name": line.name,
        "user_name": line.user_name,
        "why": list(line.why),
        "held": _hold(line.hold),
        "edits": [_edit(edit) for edit in line.edits],
        "unchanged": line.unchanged,
        "sends": line.change is not None and not is_held(line),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "attribute": edit.attribute,
        "decision": edit.decision.value,
        "before": json_value(edit.before),
        "after": json_value(edit.after),
        "added": json_value(edit.added),
        "removed": json_value(edit.removed),
        "why": edit.why,
    }


def _group(group: GroupLine) -> dict[str, Any]:
    change = group.change
    return {
        "id": change.group_id,
        "name": change.name,
        "add": [str(person) for person in change.add],
        "remove": [str(person) for person in change.remove],
        "members": change.member_count,
        "why": list(group.why),
        "held": _hold(group.hold),
    }


def _hold(hold: Hold | None) -> dict[str, Any] | None:
    return None if hold is None else {"code": hold.code, "text": hold.text, "rows": [list(row) for row in hold.rows]}


def json_value(value: Value | Mapping[str, Value]) -> Any:
    """A value as JSON: references become objects with kind, name, id and, where they have one, proficiency."""
    if isinstance(value, Mapping):
        return {name: json_value(entry) for name, entry in value.items()}
    if isinstance(value, tuple):
        return [json_value(element) for element in value]
    if isinstance(value, Reference):
        known = {"kind": value.kind, "name": value.name, "id": value.id}
        return known if value.proficiency is None else {**known, "proficiency": value.proficiency}
    return value
