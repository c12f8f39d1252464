"""What differs between two documents of one person or group, keyed by attribute path, for events and their inverses."""

from __future__ import annotations

from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]

_NOT_COMPARED = frozenset({"meta", "schemas"})


def difference(before: Document, after: Document) -> tuple[Document, Document]:
    """The changed attributes as they were and as they are. An attribute that is absent on one side is absent there too.

    Attributes of extensions are keyed ``URN:name``. ``meta`` and ``schemas`` follow from the rest and are left out.
    """
    was, became = _flat(before), _flat(after)
    gone = {path: value for path, value in was.items() if path not in became or became[path] != value}
    fresh = {path: value for path, value in became.items() if path not in was or was[path] != value}
    return gone, fresh


def _flat(document: Document) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in document.items():
        if name in _NOT_COMPARED:
            continue
        if name.startswith("urn:") and isinstance(value, dict):
            flat.update((f"{name}:{inner}", inner_value) for inner, inner_value in value.items())
        else:
            flat[name] = value
    return flat
