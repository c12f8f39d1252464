"""What a filter means for one document (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from joiner.scim.filter import Filter
from joiner.scim.schema import Document, ResourceType

Predicate: TypeAlias = Callable[[Document], bool]


def compile_filter(filter_: Filter, resource_type: ResourceType) -> Predicate:
    """A predicate over documents of this type. Raises InvalidFilter for unknown attributes and impossible comparisons."""
    ...
