"""The Genesys contract's rules on a user, on top of what RFC 7643 asks (genesys-cloud.md §2, §5)."""

from __future__ import annotations

from joiner.genesys.organisation import OrgNames
from joiner.genesys.profile import Profile
from joiner.scim.schema import Document

EXTERNAL_ID_AUTHORITY = "x-pc:scimv2:v1:"
"""Reserved authority of the entry in externalIds that mirrors externalId; the OAuth client's id follows."""


def settle_user(document: Document, current: Document | None, names: OrgNames, profile: Profile, *, phone_region: str | None = None) -> Document:
    """The document under the contract's rules: what is stored. ``current`` is None for a new user."""
    ...


def render_user(document: Document, profile: Profile, *, client_id: str, external_id: str | None) -> Document:
    """What a caller sees of a stored user besides groups and meta: phones in the profile's form, externalId and its mirror."""
    ...


def deactivated(document: Document, profile: Profile) -> Document:
    """The user after ``active`` became false: direct roles go (INA), data stays."""
    ...


def reactivated(document: Document, profile: Profile) -> Document:
    """The user after ``active`` became true again: roles that went stay gone."""
    ...


def deleted(document: Document, names: OrgNames) -> Document:
    """The user after DELETE: inactive, no roles, division Home (DEL)."""
    ...


def undeleted(document: Document) -> Document:
    """The user after restore: active, without roles, division stays Home (RES)."""
    ...


def check_user_name(user_name: str, profile: Profile) -> None:
    """Raises InvalidValue when the profile asks for an e-mail address and this is none."""
    ...
