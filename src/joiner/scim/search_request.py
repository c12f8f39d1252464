"""What a list may be asked for, from the query string or from a SearchRequest message: one value (RFC 7644 §3.4.2, §3.4.3, RFC 9865 §2).

============================ ==============================================================================
startIndex below 1           1
count below 0, too large     0, the largest page; beside a cursor: invalidCount
startIndex with cursor       refused: two ways of paging at once
attributes with excluded…    refused: RFC 7644 §3.9 has them exclude each other
an empty parameter           as if it were not there; an empty cursor asks for the first page by cursor
============================ ==============================================================================

Filter, sorting and attribute names are resolved elsewhere, where the resource type is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joiner.scim.coerce import shown
from joiner.scim.core_schemas import SEARCH_REQUEST_URN
from joiner.scim.refusals import InvalidCount, InvalidSyntax, InvalidValue
from joiner.scim.schema import Document

START_INDEX_MAX = 2**53  # what every JSON reader still reads exactly
ATTRIBUTES_MAX = 500  # names in a SearchRequest: all of a schema several times over

_INTEGER = re.compile(r"[+-]?[0-9]{1,400}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListParameters:
    """A list as asked for, within limits.

    ``attributes`` and ``excluded_attributes`` are comma lists for ``parse_projection``; ``cursor`` is None when paging goes by
    ``start_index``, and "" for the first page by cursor.
    """

    attributes: str | None
    excluded_attributes: str | None
    filter: str | None
    sort_by: str | None
    descending: bool
    start_index: int
    count: int
    cursor: str | None


def parse_list_parameters(query: Mapping[str, str], *, page_default: int, page_max: int) -> ListParameters:
    """The parameters of a query string whose names are in lower case. Raises InvalidValue and InvalidCount."""
    start_index, count, cursor = _paging(query, page_default, page_max)
    attributes, excluded = parse_asked(query)
    return ListParameters(
        attributes,
        excluded,
        query.get("filter") or None,
        query.get("sortby") or None,
        _descending(query.get("sortorder")),
        start_index,
        count,
        cursor,
    )


def parse_search_request(body: Document, *, page_default: int, page_max: int) -> ListParameters:
    """The same from a SearchRequest message, its names in any case. Raises InvalidSyntax, InvalidValue and InvalidCount.

    ``schemas`` may be missing; attributes may be a list or, as in a URL, one text with commas.
    """
    named = {key.lower(): value for key, value in body.items()}
    _check_schemas(named.get("schemas"))
    query = {name: _text(named[name], spelled) for name, spelled in _TEXTS.items() if named.get(name) is not None}
    query |= {name: _listed(named[name], spelled) for name, spelled in _LISTS.items() if named.get(name) is not None}
    query |= {name: _number(named[name], spelled) for name, spelled in _NUMBERS.items() if named.get(name) is not None}
    return parse_list_parameters(query, page_default=page_default, page_max=page_max)


def parse_asked(query: Mapping[str, str]) -> tuple[str | None, str | None]:
    """``attributes`` and ``excludedAttributes`` of any request, for ``parse_projection``. Raises InvalidValue when both are given."""
    attributes, excluded = query.get("attributes") or None, query.get("excludedattributes") or None
    if attributes is not None and excluded is not None:
        raise InvalidValue("attributes and excludedAttributes exclude each other; say what to show or what to leave out, not both.")
    return attributes, excluded


_TEXTS = {"filter": "filter", "sortby": "sortBy", "sortorder": "sortOrder", "cursor": "cursor"}
_LISTS = {"attributes": "attributes", "excludedattributes": "excludedAttributes"}
_NUMBERS = {"startindex": "startIndex", "count": "count"}


def _paging(query: Mapping[str, str], page_default: int, page_max: int) -> tuple[int, int, str | None]:
    cursor = query.get("cursor")
    if cursor is None:
        start_index = _integer(query.get("startindex"), "startIndex", 1)
        count = _integer(query.get("count"), "count", page_default)
        return min(max(start_index, 1), START_INDEX_MAX), min(max(count, 0), page_max), None
    if query.get("startindex"):
        raise InvalidValue("startIndex and cursor are two ways of paging; one request uses one of them.")
    return 1, _cursor_count(query.get("count"), page_default, page_max), cursor


def _cursor_count(text: str | None, page_default: int, page_max: int) -> int:
    try:
        count = _integer(text, "count", page_default)
    except InvalidValue as refusal:
        raise InvalidCount(refusal.detail) from None
    if not 1 <= count <= page_max:
        raise InvalidCount(f"count must be between 1 and {page_max} beside a cursor.")
    return count


def _integer(text: str | None, name: str, default: int) -> int:
    if not text:
        return default
    written = text.strip()
    if _INTEGER.fullmatch(written) is None:
        raise InvalidValue(f"{name} must be a whole number, found {shown(text)}.")
    return int(written) if len(written) <= 17 else -1 if written[0] == "-" else START_INDEX_MAX


def _descending(order: str | None) -> bool:
    folded = (order or "ascending").strip().lower()
    if folded not in ("ascending", "descending"):
        raise InvalidValue(f"sortOrder is ascending or descending, found {shown(order)}.")
    return folded == "descending"


def _check_schemas(schemas: Any) -> None:
    if schemas is None or schemas == []:
        return
    urns = schemas if isinstance(schemas, list) else [schemas]
    if SEARCH_REQUEST_URN.lower() not in {urn.lower() for urn in urns if isinstance(urn, str)}:
        raise InvalidSyntax(f"A search is a message of schema {SEARCH_REQUEST_URN}, which schemas does not name.")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"{name} must be text, found {shown(value)}.")
    return value


def _listed(value: Any, name: str) -> str:
    names = value if isinstance(value, list) else [value]
    if len(names) > ATTRIBUTES_MAX:
        raise InvalidValue(f"{name} may name {ATTRIBUTES_MAX} attributes; this list has {len(names)}.")
    return ",".join([_text(each, name) for each in names])


def _number(value: Any, name: str) -> str:
    """Numbers as they are, and as text: some clients quote them. What is not finite leaves a remainder that is not 0."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise InvalidValue(f"{name} must be a whole number, found {shown(value)}.")
    return str(int(value))
