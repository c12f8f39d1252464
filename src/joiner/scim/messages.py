"""Bytes to documents and back: request bodies, list responses, error bodies (RFC 7644 §3.4.2, §3.12).

Bodies are read with the standard library's parser because it can refuse duplicate keys; everything is written by msgspec.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from joiner.scim.core_schemas import ERROR_URN, LIST_RESPONSE_URN
from joiner.scim.refusals import InvalidSyntax, TooLarge
from joiner.scim.schema import Document

NUMBER_CHARACTERS_MAX = 18  # what fits into 64 bits; SCIM knows no larger numbers

_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")

dump_json = msgspec.json.Encoder().encode
"""Compact UTF-8 JSON of a document."""


def parse_json(body: bytes, *, bytes_max: int, depth_max: int = 32) -> Document:
    """A request body as an object. Raises TooLarge and InvalidSyntax (duplicate keys, NaN, NUL, lone surrogates, depth)."""
    if len(body) > bytes_max:
        raise TooLarge(f"The body has {len(body)} bytes; at most {bytes_max} are read.")
    try:
        document = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8: byte {error.start + 1} cannot be read.") from None
    except RecursionError:
        raise InvalidSyntax(f"The body is nested more than {depth_max} deep.") from None
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    if not isinstance(document, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    if body.count(b"{") + body.count(b"[") > depth_max:
        _check_depth(document, depth_max)
    if _SUSPICIOUS.search(body) is not None:
        _check_text(document)
    return document


def _check_depth(document: Document, depth_max: int) -> None:
    """Level by level, so that no depth can exhaust the stack."""
    level: list[Any] = [document]
    for _ in range(depth_max):
        level = [part for each in level for part in (each.values() if isinstance(each, dict) else each) if isinstance(part, (dict, list))]
        if not level:
            return
    raise InvalidSyntax(f"The body is nested more than {depth_max} deep.")


def _check_text(value: Any) -> None:
    """No NUL and no half surrogate pair in any text or name. Called after the depth is known to be harmless."""
    if isinstance(value, str):
        if _UNWRITABLE.search(value) is not None:
            raise InvalidSyntax("The body has a NUL or half a surrogate pair in a text.")
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_text(key)
            _check_text(part)
    elif isinstance(value, list):
        for part in value:
            _check_text(part)


def _object(pairs: list[tuple[str, Any]]) -> Document:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = Counter(key for key, _ in pairs)
        raise InvalidSyntax(f"The body names {names.most_common(1)[0][0][:80]} twice in one object.")
    return document


def _refuse_constant(name: str) -> float:
    raise InvalidSyntax(f"The body has {name}, which is no JSON number.")


def _parse_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidSyntax(f"The body has the number {text[:30]}, which is too large.")
    return number


def _parse_int(text: str) -> int:
    if len(text) > NUMBER_CHARACTERS_MAX:
        raise InvalidSyntax(f"The body has the number {text[:30]}…, which is too large.")
    return int(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_parse_float, parse_int=_parse_int)


def list_response(
    resources: Sequence[bytes], total: int, start_index: int | None, *, next_cursor: str = "", previous_cursor: str = ""
) -> bytes:
    """A ListResponse around resources that are already rendered.

    ``start_index`` counts from 1 and is None when paging goes by cursor; a cursor is "" where there is no such page, and has
    only characters that JSON takes as they are (RFC 9865 §2).
    """
    counts = f'"totalResults":{total},"itemsPerPage":{len(resources)}'
    if start_index is not None:
        counts = f'"totalResults":{total},"startIndex":{start_index},"itemsPerPage":{len(resources)}'
    if next_cursor:
        counts += f',"nextCursor":"{next_cursor}"'
    if previous_cursor:
        counts += f',"previousCursor":"{previous_cursor}"'
    head = f'{{"schemas":["{LIST_RESPONSE_URN}"],{counts},"Resources":['
    return b"".join((head.encode(), b",".join(resources), b"]}"))


def error_body(status: int, scim_type: str | None, detail: str) -> bytes:
    """The standard error message; ``status`` is a string in it (RFC 7644 §3.12)."""
    message: Document = {"schemas": [ERROR_URN], "status": str(status)}
    if scim_type is not None:
        message["scimType"] = scim_type
    message["detail"] = detail.encode("utf-8", "replace").decode()  # half a surrogate pair from a URL must not make an error of an error
    return dump_json(message)
