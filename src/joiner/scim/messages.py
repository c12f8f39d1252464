"""Bytes to documents and back: request bodies, list responses, error bodies (RFC 7644 §3.4.2, §3.12)."""

from __future__ import annotations

from collections.abc import Sequence

from joiner.scim.schema import Document


def parse_json(body: bytes, *, bytes_max: int, depth_max: int = 32) -> Document:
    """A request body as an object. Raises TooLarge and InvalidSyntax (duplicate keys, NaN, NUL, lone surrogates, depth)."""
    ...


def dump_json(document: Document) -> bytes:
    """Compact UTF-8 JSON."""
    ...


def list_response(resources: Sequence[bytes], total: int, start_index: int) -> bytes:
    """A ListResponse around resources that are already rendered."""
    ...


def error_body(status: int, scim_type: str | None, detail: str) -> bytes:
    """The standard error message; ``status`` is a string in it (RFC 7644 §3.12)."""
    ...
