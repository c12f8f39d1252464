"""Bodies of POST and PUT become documents in canonical spelling (RFC 7643 §2, RFC 7644 §3.3, §3.5.1)."""

from __future__ import annotations

from typing import Literal

from joiner.scim.schema import Document, ResourceType


def accept(body: Document, resource_type: ResourceType, *, unknown: Literal["ignore", "refuse"] = "ignore") -> Document:
    """The body as a document: canonical names, typed values, no read-only parts, no empty values.

    Keeps ``password``. Sets ``schemas``. Raises InvalidValue (type, missing required attribute) and InvalidSyntax.
    """
    ...


def replace(current: Document, accepted: Document, resource_type: ResourceType, retained: frozenset[str] = frozenset()) -> Document:
    """The document after PUT: the accepted one, plus read-only parts of the current one, plus ``retained`` attributes that
    the body does not name (``roles`` or ``urn:…:User:routingSkills``). Raises MutabilityRefused for a changed immutable value.
    """
    ...
