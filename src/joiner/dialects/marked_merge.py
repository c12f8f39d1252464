"""What a push may change of the attributes that a connection's marks protect: base, pushed and kept value become one.

Base is what this client last wrote, pushed what it writes now, kept what the org has. Single values::

    owner           kept = pushed      else
    org             nothing            kept
    create_only     nothing            kept
    fill_if_empty   nothing            kept, unless it is empty: pushed
    shared          base := pushed     pushed = base → kept (a local change) · kept = base, or kept is empty and there is no base → pushed
                                       no base and pushed is empty → kept · else a conflict: kept, and shown until one side gives in

Shared lists merge element by element. Only elements that this client added are removed by it. One that it sent and that somebody took
away stays away for as long as the client goes on to send it. So the base of a list is: ``added`` by this client, as it sent them (and
``stored``, where they are kept otherwise), ``agreed`` (it sends what others added), ``withdrawn`` (it sends what others took away).

A PATCH speaks only of what it names. Pure: documents in, document out; texts are compared exactly, so that no local edit is too small
to count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from joiner.dialects.marks import Mark
from joiner.scim.schema import Document
from joiner.scim.values import canonical_phone, match_key

Elements = dict[str, Any]
_NOTHING: Mapping[str, Any] = {}


class Merged(NamedTuple):
    """``kept`` are the paths of which the push wanted something else; ``conflicts`` path → [kept value, pushed value]."""

    document: Document
    base: Mapping[str, Any]
    conflicts: Mapping[str, Any]
    kept: tuple[str, ...]


def merge_marked(
    marks: Sequence[Mark],
    base: Mapping[str, Any],
    conflicts: Mapping[str, Any],
    before: Document,
    after: Document,
    named: frozenset[str] | None,
) -> Merged:
    """``after`` is what the push would make of ``before``; ``named`` None: it is a whole document."""
    shared = {mark.path for mark in marks if mark.owner == "shared"}
    merging = _Merging(dict(base), {path: each for path, each in conflicts.items() if path in shared}, after, [])
    for mark in marks:
        kept, pushed = mark.value_in(before), mark.value_in(after)
        if named is not None and mark.path not in named and kept == pushed:
            continue
        if mark.owner == "shared" and mark.is_list:
            merging.merge_list(mark, kept or [], pushed or [], patched=named is not None)
        elif mark.owner == "shared":
            merging.merge_value(mark, kept, pushed)
        elif kept != pushed and not (mark.owner == "fill_if_empty" and kept is None):
            merging.keep(mark, kept)
    return Merged(merging.document, merging.base, merging.conflicts, tuple(merging.kept))


def without_owned(marks: Sequence[Mark], document: Document) -> tuple[Document, tuple[str, ...]]:
    """A new user less what the org alone decides over (unless nobody can be without it), and the paths of that."""
    passed_over = []
    for mark in marks:
        if mark.owner == "org" and not mark.attribute.required and mark.value_in(document) is not None:
            document = mark.put_into(document, None)
            passed_over.append(mark.path)
    return document, tuple(passed_over)


def first_base(marks: Sequence[Mark], sent: Document, stored: Document) -> Mapping[str, Any]:
    """What a client wrote of a new user: what the server gave besides, such as a first role, is not of its making."""
    base: dict[str, Any] = {}
    for mark in marks:
        if mark.owner == "shared":
            value = None if mark.value_in(sent) is None else mark.value_in(stored)
            base[mark.path] = _list_base(keyed(mark, value or []), {}, {}, {}) if mark.is_list else value
    return base


class _Merging:
    """The results as they grow, mark by mark."""

    __slots__ = ("base", "conflicts", "document", "kept")

    def __init__(self, base: dict[str, Any], conflicts: dict[str, Any], document: Document, kept: list[str]) -> None:
        self.base = base
        self.conflicts = conflicts
        self.document = document
        self.kept = kept

    def keep(self, mark: Mark, value: Any) -> None:
        self.document = mark.put_into(self.document, value)
        self.kept.append(mark.path)

    def merge_value(self, mark: Mark, kept: Any, pushed: Any) -> None:
        known, base = mark.path in self.base, self.base.get(mark.path)
        self.conflicts.pop(mark.path, None)
        if pushed == kept or (kept == base if known else kept is None):
            self.base[mark.path] = pushed
            return
        self.keep(mark, kept)
        if pushed != base:  # an empty value of a client that never wrote one says nothing
            self.conflicts[mark.path] = [kept, pushed]

    def merge_list(self, mark: Mark, kept_list: list[Any], pushed_list: list[Any], *, patched: bool) -> None:
        lists = _Lists(self.base.get(mark.path, _NOTHING), keyed(mark, kept_list), keyed(mark, pushed_list))
        gone = lists.withdrawn(patched=patched)
        fresh = {key: each for key, each in lists.pushed.items() if key not in lists.kept and key not in gone}
        stays = {key: each for key, each in lists.kept.items() if not lists.may_go(key)}
        rewritten = {key for key in lists.ours if lists.may_be_rewritten(key)}
        written = fresh | {key: lists.pushed[key] for key in rewritten}
        stored = _less_primary({key: each for key, each in stays.items() if key not in rewritten}, written)
        merged = stays | stored
        added = {key: lists.base_of(key, patched=patched) for key in lists.ours if key in stays} | written
        agreed = {key: each for key, each in lists.agreed(patched=patched).items() if key not in added}
        self.base[mark.path] = _list_base(added, agreed, gone, lists.as_stored | stored)
        self.document = mark.put_into(self.document, list(merged.values()) or None)
        if merged != lists.pushed:
            self.kept.append(mark.path)
        self.conflicts.pop(mark.path, None)
        if both := [key for key in lists.ours if lists.both_changed(key)]:
            told = [lists.pushed[key] for key in both if key in lists.pushed]
            self.conflicts[mark.path] = [[lists.kept[key] for key in both], told]


class _Lists:
    """One list of a user: what this client added, what the org has, what is pushed. ``as_stored``: where that is not as it was sent."""

    __slots__ = ("as_stored", "before", "kept", "ours", "pushed", "wanted")

    def __init__(self, base: Mapping[str, Any], kept: Elements, pushed: Elements) -> None:
        added, self.kept, self.pushed = base.get("added", _NOTHING), kept, pushed
        self.as_stored = base.get("stored", {})
        self.before = base.get("agreed", _NOTHING)
        self.wanted = {**added, **self.before, **base.get("withdrawn", _NOTHING)}
        self.ours = {key: each for key, each in added.items() if key in kept}

    def withdrawn(self, *, patched: bool) -> Elements:
        """Somebody took these away, and the client goes on to send them. A PATCH cannot take back what is not there."""
        return {key: each for key, each in self.wanted.items() if key not in self.kept and (patched or key in self.pushed)}

    def agreed(self, *, patched: bool) -> Elements:
        """What it sends and the org has. What a PATCH does not speak of looks the same, so it tells nothing new."""
        return {key: each for key, each in self.pushed.items() if key in self.kept and (not patched or key in self.before)}

    def base_of(self, key: str, *, patched: bool) -> Any:
        """Of an element that is not rewritten: what the client wrote, or what both sides have come to by themselves."""
        both_have_it = not patched and self.pushed.get(key) == self.kept[key]
        return self.kept[key] if both_have_it else self.ours[key]

    def may_go(self, key: str) -> bool:
        return key in self.ours and key not in self.pushed and not self._org_changed(key)

    def may_be_rewritten(self, key: str) -> bool:
        return key in self.pushed and self.pushed[key] != self.ours[key] and not self._org_changed(key)

    def both_changed(self, key: str) -> bool:
        pushed = self.pushed.get(key)
        return self._org_changed(key) and pushed not in (self.ours[key], self.kept[key])

    def _org_changed(self, key: str) -> bool:
        return bool(self.kept[key] != self.as_stored.get(key, self.ours[key]))


def keyed(mark: Mark, elements: Sequence[Any]) -> Elements:
    """Elements by what tells them apart: values in any case, telephone numbers in any form."""
    keyed: Elements = {}
    for element in elements:
        key = _key(mark, element)
        keyed[key if key not in keyed else f"{key}\n#{len(keyed)}"] = element
    return keyed


def _key(mark: Mark, element: Any) -> str:
    if not isinstance(element, dict):
        return match_key(str(element))
    names = mark.attribute.identified_by
    if not names:
        return json.dumps(element, sort_keys=True, ensure_ascii=False)
    parts = [str(element.get(name, "")) for name in names]
    if mark.attribute.name == "phoneNumbers":
        parts[0] = canonical_phone(parts[0]) or parts[0]
    return "\n".join(match_key(part) for part in parts)


def _list_base(added: Elements, agreed: Elements, withdrawn: Elements, stored: Elements) -> dict[str, Elements]:
    """``stored`` only where it is not ``added`` already."""
    differing = {key: stored[key] for key, each in added.items() if stored.get(key, each) != each}
    return {"added": added, "agreed": agreed, "withdrawn": withdrawn, "stored": differing}


def _less_primary(stays: Elements, written: Elements) -> Elements:
    """What is written is not primary where somebody else's element is: only one may be (RFC 7643 §2.4)."""
    if not any(_is_primary(each) for each in stays.values()):
        return written
    return {key: {**each, "primary": False} if _is_primary(each) else each for key, each in written.items()}


def _is_primary(element: Any) -> bool:
    return isinstance(element, dict) and element.get("primary") is True
