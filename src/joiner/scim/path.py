"""Attribute paths of filters, projections and patch operations (RFC 7644 §3.10, §3.5.2), resolved against a resource type."""

from __future__ import annotations

from dataclasses import dataclass

from joiner.scim.filter import Filter
from joiner.scim.schema import Attribute, ResourceType


@dataclass(frozen=True, slots=True)
class AttributePath:
    """A resolved path. ``urn`` is "" for core attributes, else the extension's URN in its own spelling.

    ``attribute`` is None when the path names a whole extension; ``sub`` is None when it names a whole attribute.
    """

    urn: str
    attribute: Attribute | None
    sub: Attribute | None = None

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PatchPath:
    """A resolved path of a patch operation: an attribute path and, between attribute and sub-attribute, a value filter."""

    urn: str
    attribute: Attribute | None
    filter: Filter | None = None
    sub: Attribute | None = None


def parse_attribute_path(text: str, resource_type: ResourceType) -> AttributePath:
    """``userName``, ``emails.value``, ``urn:…:User:manager.value``, ``urn:…:User``, or an alias. Raises InvalidPath."""
    ...


def parse_patch_path(text: str, resource_type: ResourceType) -> PatchPath:
    """The same plus ``emails[type eq "work"].value``. Raises InvalidPath."""
    ...
