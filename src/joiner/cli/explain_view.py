"""Where each value of one person comes from, as a person reads it (UX §1.2 J4) and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from joiner.cli.door import Door
from joiner.cli.output import write_json
from joiner.cli.plan_export import format_csv, json_value
from joiner.cli.plan_words import HELD, WORDS, format_value, is_held, label_of
from joiner.cli.terminal import pad, show
from joiner.journeys.explain import Explanation, PastChange, ValueOrigin

PAST_SHOWN_MAX = 10
"""The last ten changes of a person are shown; ``-o json`` has all that were read."""

_NOTES = ("account", "guard")
"""What an event remembers beside attributes: the account it is about, the guard it counted for."""

_LABEL_COLUMN = 10
_COLUMNS = ("org", "attribute", "value", "wanted", "agreed", "owner", "place", "expression", "decision", "why")


def show_explanations(door: Door, told: Sequence[Explanation]) -> None:
    """One person in one or several pipes."""
    match door.flags.output:
        case "json":
            documents = [explanation_document(one) for one in told]
            write_json(door, documents[0] if len(documents) == 1 else {"explanations": documents})
        case "csv":
            door.terminal.say(format_csv(_COLUMNS, [(one.pipe, *_cells(value)) for one in told for value in one.values]))
        case _:
            door.terminal.say("\n\n".join("\n".join(_lines(door, one)) for one in told))


def _cells(value: ValueOrigin) -> tuple[str, ...]:
    agreed = format_value(value.agreed, value.attribute) if value.known else ""
    values = (format_value(value.shown, value.attribute), format_value(value.wanted, value.attribute), agreed)
    return (value.attribute, *values, value.owner, value.place, value.expression, value.decision, value.why)


def _lines(door: Door, told: Explanation) -> Iterator[str]:
    paint = door.terminal.paint
    word = HELD if is_held(told.line) else WORDS[told.line.kind]
    yield paint(f"{word.symbol} {show(told.name or told.user_name)}   {show(told.user_name)}   {word.text}", "bold")
    yield _row("state", f"{told.state} in {show(told.pipe)}" + (f" · account {show(told.account)}" if told.account else ""))
    if told.person is not None:
        yield _row("source", show(told.origin or str(told.person)))
    for reason in told.line.why:
        yield _row("why", show(reason))
    if told.line.hold is not None:
        yield _row("held", f"{show(told.line.hold.text)} [{told.line.hold.code}]")
        for label, text in told.line.hold.rows:
            yield _row("", f"{pad(show(label), _LABEL_COLUMN)}{show(text)}")
    for value in told.values:
        yield ""
        yield f"  {paint(label_of(value.attribute), 'bold')}   {show(format_value(value.shown, value.attribute))}"
        yield from _value_lines(value, listed=bool(told.origin))
    if told.history:
        yield ""
        yield paint("  changes of this person, newest first", "dim")
        yield from (_row("", _past(change)) for change in told.history[:PAST_SHOWN_MAX])


def _value_lines(value: ValueOrigin, *, listed: bool) -> Iterator[str]:
    """``listed`` says whether a source lists the person: of those who are not, no rule wants anything."""
    yield _row("rule", f"{show(value.expression)}   {value.place}", 4)
    for column, text in value.fields:
        yield _row("reads", f"{show(column)} = {show(format_value(text))}", 4)
    for table, key, line, found in value.lookups:
        answer = f"= {show(found)}   line {line}" if line else "has no line"
        yield _row("look-up", f"{show(table)}[{show(key)}] {answer}", 4)
    if listed and format_value(value.wanted) != format_value(value.shown):
        yield _row("wanted", show(format_value(value.wanted, value.attribute)), 4)
    if value.known:
        yield _row("agreed", show(format_value(value.agreed, value.attribute)), 4)
    yield _row("owner", value.owner, 4)
    if value.why or value.decision != "nothing":
        yield _row("next", f"{value.decision}{': ' + show(value.why) if value.why else ''}", 4)
    for change in value.history[:PAST_SHOWN_MAX]:
        before, after = (_past_value(side, value.attribute) for side in (change.before, change.after))
        yield _row("changed", f"{before} → {after}   {_when(change)}", 4)


def _past(change: PastChange) -> str:
    names = ", ".join(label_of(name) for name in change.after if name not in _NOTES) if isinstance(change.after, dict) else ""
    return f"{change.event}{f' ({show(names)})' if names else ''}   {_when(change)}"


def _when(change: PastChange) -> str:
    reason = f" · {show(change.reason)}" if change.reason else ""
    return f"{change.at:%Y-%m-%d %H:%M} UTC by {show(change.actor)}{reason}"


def _past_value(side: object, attribute: str) -> str:
    """One attribute of what the audit log remembers: texts, truths, references as they were written down, lists of these."""
    found = side.get(attribute) if isinstance(side, dict) else None
    elements = found if isinstance(found, list) else [found]
    return ", ".join(_past_element(element, attribute) for element in elements) or "(none)"


def _past_element(element: object, attribute: str) -> str:
    if not isinstance(element, dict):
        return show(format_value(element if isinstance(element, bool | str) else None, attribute))
    name = str(element.get("name") or element.get("id") or "")
    proficiency = element.get("proficiency")
    return show(f"{name} {proficiency:g}" if isinstance(proficiency, int | float) else name)


def _row(label: str, text: str, indent: int = 2) -> str:
    return " " * indent + (pad(label, _LABEL_COLUMN) if label else " " * _LABEL_COLUMN) + text


def explanation_document(told: Explanation) -> dict[str, Any]:
    return {
        "pipe": told.pipe,
        "person": str(told.person) if told.person else None,
        "name": told.name,
        "user_name": told.user_name,
        "account": told.account,
        "state": told.state,
        "origin": told.origin,
        "kind": told.line.kind.value,
        "why": list(told.line.why),
        "held": None if told.line.hold is None else {"code": told.line.hold.code, "text": told.line.hold.text},
        "values": [_value_document(value) for value in told.values],
        "history": [_past_document(change) for change in told.history],
    }


def _value_document(value: ValueOrigin) -> dict[str, Any]:
    return {
        "attribute": value.attribute,
        "value": json_value(value.shown),
        "wanted": json_value(value.wanted),
        "agreed": json_value(value.agreed),
        "known": value.known,
        "owner": value.owner,
        "expression": value.expression,
        "place": value.place,
        "fields": [{"column": column, "value": text} for column, text in value.fields],
        "lookups": [{"table": table, "key": key, "line": line, "value": found} for table, key, line, found in value.lookups],
        "decision": value.decision,
        "why": value.why,
        "history": [_past_document(change) for change in value.history],
    }


def _past_document(change: PastChange) -> dict[str, Any]:
    return {
        "at": change.at.isoformat(),
        "event": change.event,
        "actor": change.actor,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }
