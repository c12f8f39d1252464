"""A user as a client wants it, between the request and the contract: the document, and beside it what is not kept in it."""

from __future__ import annotations

from msgspec import Struct

from joiner.events import Consequence
from joiner.genesys.catalogue import Kind
from joiner.genesys.schemas import GENESYS_URN
from joiner.journeys.authorise import EFFECT_PERMISSIONS, EXTENSIONS_GIVEN, ROLES_GRANTED, ROLES_TAKEN
from joiner.journeys.holding import check_visible, without_secrets
from joiner.lifecycle.difference import difference
from joiner.lifecycle.transition import Passage
from joiner.scim.refusals import InvalidValue
from joiner.scim.schema import Document
from joiner.scim.values import match_key

REMOVE_ROLES = Consequence.REMEMBER_AND_REMOVE_ROLES


class Draft(Struct, frozen=True, gc=False):
    """``document`` is without what depends on the caller and what is never kept; ``password`` is None where none was sent.

    ``patched`` says that the draft comes from PATCH, which refuses what PUT and POST pass over; ``named`` then says which paths it
    speaks of, where the connection has ownership marks.
    """

    document: Document
    external_id: str | None
    password: str | None = None
    patched: bool = False
    named: frozenset[str] | None = None


class Change(Struct, frozen=True, gc=False):
    """What a change changes, keyed by attribute path, as the audit keeps it."""

    was: Document
    became: Document


def draft_of(document: Document, kind: Kind, *, patched: bool = False, named: frozenset[str] | None = None) -> Draft:
    """The draft that an accepted body, or an edited document, stands for."""
    document = document.copy()
    external_id = document.pop("externalId", None)
    password = document.pop("password", None)
    document.pop("groups", None)
    if len(kind.kept_back) > 1:  # more than the password
        document = dict(without_secrets(document, kind))
    return Draft(document, external_id, password, patched, named)


def user_name_of(document: Document) -> str:
    """Raises InvalidValue unless there is a userName of which something can be seen."""
    user_name = document.get("userName")
    if not isinstance(user_name, str) or not user_name.strip():
        raise InvalidValue("userName is required and must not be empty.")
    check_visible(user_name, "userName")
    return user_name


def changed(before: Document, after: Document, external_id: str | None = None, wanted: str | None = None) -> Change:
    """The difference of two documents and of the caller's externalId."""
    was, became = difference(before, after)
    if external_id != wanted:
        if external_id is not None:
            was["externalId"] = external_id
        if wanted is not None:
            became["externalId"] = wanted
    return Change(was, became)


def asked_for(change: Change, passage: Passage, draft: Draft) -> set[str]:
    """What the client itself changed, as paths and effects: roles that go because the person leaves need no grant permission."""
    asked = change.was.keys() | change.became.keys()
    if "roles" in asked:
        asked.discard("roles")
        if REMOVE_ROLES not in passage.consequences:
            held, wanted = _role_keys(change.was), _role_keys(change.became)
            asked |= {ROLES_TAKEN} if held - wanted else set()
            asked |= {ROLES_GRANTED} if wanted - held or held == wanted else set()
    if "phoneNumbers" in asked and _extensions(change.became) - _extensions(change.was):
        asked.add(EXTENSIONS_GIVEN)
    if draft.password is not None:
        asked.add("password")
    return asked


def granted(draft: Draft) -> set[str]:
    """What a new user's payload asks for that needs a permission of its own."""
    extension = draft.document.get(GENESYS_URN, ())
    sent = {path for name in extension if (path := f"{GENESYS_URN}:{name}") in EFFECT_PERMISSIONS}
    if draft.document.get("roles"):
        sent.add(ROLES_GRANTED)
    if _extensions(draft.document):
        sent.add(EXTENSIONS_GIVEN)
    if draft.password is not None:
        sent.add("password")
    return sent


def _extensions(document: Document) -> set[str]:
    """Telephone extensions, in whatever way the number is written."""
    phones = document.get("phoneNumbers")
    if not phones:
        return set()
    return {phone["value"].replace(" ", "").lower() for phone in phones if "ext" in phone.get("value", "").lower()}


def _role_keys(document: Document) -> set[str]:
    return {match_key(role["value"]) for role in document.get("roles", ())}
