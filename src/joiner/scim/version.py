"""Entity tags: one integer version per resource, strong ``"n"`` everywhere, ``W/"n"`` understood (RFC 7644 §3.14, RFC 9110 §8.8.3)."""

from __future__ import annotations


def format_etag(version: int) -> str:
    """``7`` becomes ``"7"`` with its quotes, as in the header and in ``meta.version``."""
    return f'"{version}"'


def etag_matches(header: str, version: int) -> bool:
    """Whether an ``If-Match`` or ``If-None-Match`` header names this version: a list, ``*``, weak or bare tags.

    Only a bare ``*`` means any version; ``"*"`` is a tag that no resource has.
    """
    return any(part == "*" or _tag(part) == str(version) for part in map(str.strip, header.split(",")))


def _tag(part: str) -> str:
    """The opaque text of a tag. Bare numbers are taken too: clients copy ``meta.version`` in every way."""
    return part.removeprefix("W/").removeprefix("w/").strip('"')
