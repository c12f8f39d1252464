"""What differs between two documents of one person or group, keyed by attribute path, for events and their inverses."""

from __future__ import annotations

from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]

_NOT_COMPARED = frozenset({"meta", "schemas"})


def difference(before: Document, after: Document) -> tuple[Document, Document]:
    """The changed attributes as they were and as they are. An attribute that is absent on one side is absent there too.

    Attributes of extensions are keyed ``URN:name``. ``meta`` and ``schemas`` follow from the rest and are left out.
    """
    gone: Document = {}
    fresh: Document = {}
    if not before:
        return gone, _flat(after)
    for name, value in after.items():
        former = before.get(name)
        if former is not value and former != value and name not in _NOT_COMPARED:
            _compare(name, former, value, gone, fresh)
    if not before.keys() <= after.keys():
        for name in before.keys() - after.keys() - _NOT_COMPARED:
            _compare(name, before[name], None, gone, fresh)
    return gone, fresh


def _flat(document: Document) -> Document:
    """Every attribute by its path: what is different from nothing."""
    flat: Document = {}
    for name, value in document.items():
        if name[:4] == "urn:" and isinstance(value, dict):
            flat.update((f"{name}:{inner}", each) for inner, each in value.items())
        elif value is not None and name not in _NOT_COMPARED:
            flat[name] = value
    return flat


def _compare(name: str, former: Any, value: Any, gone: Document, fresh: Document) -> None:
    """Note one attribute, or each of an extension's, that differs; None stands for an absent one."""
    if name[:4] == "urn:" and isinstance(former or value, dict):
        was, became = former or {}, value or {}
        gone.update({f"{name}:{inner}": each for inner, each in was.items() if became.get(inner) != each})
        fresh.update({f"{name}:{inner}": each for inner, each in became.items() if was.get(inner) != each})
        return
    if former is not None:
        gone[name] = former
    if value is not None:
        fresh[name] = value
