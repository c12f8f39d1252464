"""Bytes to documents and back: request bodies, list responses, error bodies (RFC 7644 §3.4.2, §3.12).

Everything is read and written by msgspec, which is several times quicker than the standard library and keeps silent about one
thing: of two equal names in an object it keeps the last. So a body is written again and the colons are counted: a name that
was dropped took at least its own colon with it, and nothing else can change their number but ``\\u003a`` in a text, which is
counted too. That is exact, and takes a microsecond.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from joiner.scim.core_schemas import ERROR_URN, LIST_RESPONSE_URN
from joiner.scim.refusals import InvalidSyntax, TooLarge
from joiner.scim.schema import Document

# What a large body may be made of, so that none costs more than 20 ms. A mebibyte of group members stays within all three.
LARGE_BYTES = 32_768
CONTAINERS_MAX = 32_768  # objects and arrays
MARKS_MAX = 75_000  # commas and colons
LONG_NUMBERS_MAX = 1_000  # runs of 19 digits, or three before a comma: reading 1.9e-300 costs ten microseconds

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_PLACE = re.compile(r"\(byte ([0-9]{1,9})\)")
_CONSTANT = re.compile(rb"-?(?:NaN|Infinity)")

dump_json = msgspec.json.Encoder().encode
"""Compact UTF-8 JSON of a document."""

_OUTLINE = bytes.maketrans(b"123456789]} \t\r\n", b"000000000,,,,,,")
_CONTAINERS = frozenset((dict, list))
_load_json = msgspec.json.Decoder().decode


def parse_json(body: bytes, *, bytes_max: int, depth_max: int = 32) -> Document:
    """A request body as an object. Raises TooLarge and InvalidSyntax (duplicate keys, NaN, NUL, lone surrogates, depth)."""
    if len(body) > bytes_max:
        raise TooLarge(f"The body has {len(body)} bytes; at most {bytes_max} are read.")
    if body.startswith(_BYTE_ORDER_MARK):
        body = body[3:]
    containers = body.count(b"{") + body.count(b"[")
    if len(body) > LARGE_BYTES:
        _check_build(body, containers)
    try:
        document = _load_json(body)
    except RecursionError:
        raise InvalidSyntax(f"The body is nested more than {depth_max} deep.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(body, error) from None
    if type(document) is not dict:
        raise InvalidSyntax("The body must be a JSON object.")
    if containers > depth_max:
        _check_depth(document, depth_max)
    again = dump_json(document)
    if body.count(b":") != again.count(b":") or b"\\u003" in body:
        _check_doubles(body, again)
    if b"\\u0000" in again and b"\\u0000" in again.replace(b"\\\\", b""):
        raise InvalidSyntax("The body has a NUL in a text.")
    return document


def _check_build(body: bytes, containers: int) -> None:
    if containers > CONTAINERS_MAX:
        raise InvalidSyntax(f"The body has more than {CONTAINERS_MAX} objects and arrays; send it in parts.")
    if body.count(b",") + body.count(b":") > MARKS_MAX:
        raise InvalidSyntax(f"The body has more than {MARKS_MAX} commas and colons; send it in parts.")
    outline = body.translate(_OUTLINE)
    if outline.count(b"0" * 19) + outline.count(b"000,") > LONG_NUMBERS_MAX:
        raise InvalidSyntax(f"The body has more than {LONG_NUMBERS_MAX} long numbers; send it in parts.")


def _check_doubles(body: bytes, again: bytes) -> None:
    """Colons written as escapes are colons when written again. A backslash that is escaped itself begins no escape."""
    bare = body.replace(b"\\\\", b"")
    if body.count(b":") + bare.count(b"\\u003a") + bare.count(b"\\u003A") == again.count(b":"):
        return
    if len(body) <= LARGE_BYTES:  # in larger ones the name is not worth looking up
        json.loads(body, object_pairs_hook=_refuse_doubles)
    raise InvalidSyntax("The body names an attribute twice in one object.")


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> None:
    counted = Counter(key for key, _ in pairs)
    if len(counted) < len(pairs):
        raise InvalidSyntax(f"The body names {counted.most_common(1)[0][0][:80]} twice in one object.")


def _check_depth(document: Document, depth_max: int) -> None:
    """Level by level, so that no depth can exhaust the stack. Empty ones matter on the last level only."""
    level: list[Any] = [document]
    for left in range(depth_max - 1, -1, -1):
        level = [part for each in level for part in _parts(each) if type(part) in _CONTAINERS and (part or not left)]
    if level:
        raise InvalidSyntax(f"The body is nested more than {depth_max} deep.")


def _parts(container: Any) -> Any:
    return container.values() if type(container) is dict else container


def _unreadable(body: bytes, error: msgspec.DecodeError | UnicodeDecodeError) -> InvalidSyntax:
    """What is wrong, in words that help, and where."""
    if not body.strip():
        return InvalidSyntax("The body is empty; it must be a JSON object.")
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        return InvalidSyntax(f"The body is not UTF-8: byte {wrong.start + 1} cannot be read.")
    reason = str(error)
    if "out of range" in reason:
        return InvalidSyntax("The body has a number that is too large.")
    if _HALF_PAIR.search(body) is not None and ("surrogate" in reason or "truncated" in reason):
        return InvalidSyntax("The body has half a surrogate pair in a text.")
    found = _PLACE.search(reason)
    place = int(found[1]) if found is not None else len(body)
    constant = _CONSTANT.match(body, max(place - 1, 0)) or _CONSTANT.match(body, place)
    if constant is not None:
        return InvalidSyntax(f"The body has {constant[0].decode()}, which is no JSON number.")
    what = reason.removeprefix("JSON is malformed: ").split(" (byte")[0]
    line, column = body.count(b"\n", 0, place) + 1, place - body.rfind(b"\n", 0, place)
    return InvalidSyntax(f"The body is not JSON: {what} at line {line}, column {column}.")


def list_response(
    resources: Sequence[bytes], total: int, start_index: int | None, *, next_cursor: str = "", previous_cursor: str = ""
) -> bytes:
    """A ListResponse around resources that are already rendered.

    ``start_index`` counts from 1 and is None when paging goes by cursor; a cursor is "" where there is no such page, and has
    only characters that JSON takes as they are (RFC 9865 §2).
    """
    start = f',"startIndex":{start_index}' if start_index is not None else ""
    following = f',"nextCursor":"{next_cursor}"' if next_cursor else ""
    previous = f',"previousCursor":"{previous_cursor}"' if previous_cursor else ""
    counts = f'"totalResults":{total}{start},"itemsPerPage":{len(resources)}{following}{previous}'
    head = f'{{"schemas":["{LIST_RESPONSE_URN}"],{counts},"Resources":['.encode()
    if len(resources) < 2:
        return b"".join((head, *resources, b"]}"))
    # Put together in one go, because a page may have a hundred kilobytes.
    first, *others, last = resources
    return b",".join((head + first, *others, last + b"]}"))


def error_body(status: int, scim_type: str | None, detail: str) -> bytes:
    """The standard error message; ``status`` is a string in it (RFC 7644 §3.12)."""
    message: Document = {"schemas": [ERROR_URN], "status": str(status)}
    if scim_type is not None:
        message["scimType"] = scim_type
    message["detail"] = detail.encode("utf-8", "replace").decode()  # half a surrogate pair from a URL must not make an error of an error
    return dump_json(message)
