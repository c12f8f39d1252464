"""Filters that Genesys is known to understand (genesys-cloud.md §4); strict orgs refuse all others."""

from __future__ import annotations

from joiner.scim.filter import Filter
from joiner.scim.schema import ResourceType


def check_attested(filter_: Filter, resource_type: ResourceType) -> None:
    """Raises InvalidFilter, naming what is understood, when Genesys would not understand this filter."""
    ...
