"""``attributes`` and ``excludedAttributes`` (RFC 7644 §3.9) and the ``returned`` characteristic (RFC 7643 §7)."""

from __future__ import annotations

from dataclasses import dataclass

from joiner.scim.schema import Document, ResourceType


@dataclass(frozen=True, slots=True)
class Projection:
    def wants(self, name: str) -> bool:
        """Whether a core attribute (``members``, ``groups``) can appear at all: if not, it need not be loaded."""
        ...


def parse_projection(attributes: str | None, excluded: str | None, resource_type: ResourceType) -> Projection:
    """Comma lists as they stand in the query. Names that nobody knows are ignored."""
    ...


def project(document: Document, projection: Projection, resource_type: ResourceType) -> Document:
    """The document as the caller may and wants to see it."""
    ...
