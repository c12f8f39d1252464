"""Passwords that an identity provider syncs (RFC 7643 §4.1.1 ``password``): taken where the switch is on, hashed, never shown.

Hashing takes tens of milliseconds on purpose and must not happen inside a transaction: a write that meets a password for which no
hash is ready stops with ``PasswordNeeded``; the hash is made outside, and the write runs again.
"""

from __future__ import annotations

from msgspec.structs import replace

from joiner.auth.password_policy import check_password, prepare_password
from joiner.journeys.user_draft import Change, Draft
from joiner.journeys.writing import Writing
from joiner.scim.schema import Document

SET = "set"
"""What audit and events say of a password: that there is a new one."""


def pass_over_password(writing: Writing, draft: Draft) -> Draft:
    """The draft without a password that a POST or PUT carries although the switch is off (Okta always sends one).

    A PATCH means it, and is refused by the switch itself.
    """
    if draft.password is None or draft.patched or writing.caller.client.connection.may_sync_password:
        return draft
    writing.caller.trail.mark("password passed over: may_sync_password is off")
    return replace(draft, password=None)


def use_password(writing: Writing, n: int, user_id: str, after: Document, draft: Draft, change: Change) -> None:
    """Keep the hash of a draft's password and end the user's sessions. Raises InvalidValue (policy) and PasswordNeeded."""
    if draft.password is None:
        return
    password = prepare_password(draft.password)
    check_password(password, after["userName"])
    hashed = writing.caller.secrets.ready(password)
    writing.rows.put_password(writing.org, n, hashed, writing.at)
    writing.rows.drop_tokens_of_user(writing.org, user_id)
    change.became["password"] = SET
