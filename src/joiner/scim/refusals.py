"""Every way in which a SCIM request is refused: one class per scimType or bare status (RFC 7644 §3.12, Table 9; RFC 9865 §2.1).

The ``detail`` of each is written for the caller: it names the path, what was found and what to do instead. Nothing here
knows how an answer is sent; ``messages.error_body`` renders the standard body and ``genesys/error_bodies.py`` the other one.
"""

from __future__ import annotations

from joiner.errors import ScimRefusal


class InvalidFilter(ScimRefusal):
    """The filter breaks the grammar, or this attribute cannot be compared that way (RFC 7644 §3.4.2.2)."""

    scim_type = "invalidFilter"


class TooMany(ScimRefusal):
    """The filter or the action touches more than the server is willing to do (RFC 7644 §3.12)."""

    scim_type = "tooMany"


class Uniqueness(ScimRefusal):
    """A value that must be unique is taken by another resource (RFC 7644 §3.3, §3.12)."""

    status = 409
    scim_type = "uniqueness"


class MutabilityRefused(ScimRefusal):
    """A read-only or immutable attribute would change, or a required one would go (RFC 7644 §3.5.2)."""

    scim_type = "mutability"


class InvalidSyntax(ScimRefusal):
    """The body is not JSON, not an object, or not the message it should be (RFC 7644 §3.12)."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimRefusal):
    """The path of a patch operation is malformed or names an attribute that nobody knows (RFC 7644 §3.5.2)."""

    scim_type = "invalidPath"


class NoTarget(ScimRefusal):
    """The path of a patch operation selects nothing that could be changed (RFC 7644 §3.5.2.2, §3.5.2.3)."""

    scim_type = "noTarget"


class InvalidValue(ScimRefusal):
    """A required value is missing, or a value has the wrong type or meaning (RFC 7644 §3.12)."""

    scim_type = "invalidValue"


class InvalidVersion(ScimRefusal):
    """``If-Match`` names an older version, answered as Genesys documents it: 400 invalidVers."""

    scim_type = "invalidVers"


class InvalidCursor(ScimRefusal):
    """The cursor was not made by this server for this query (RFC 9865 §2.1)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimRefusal):
    """The cursor was made for this query and waited too long (RFC 9865 §2.1)."""

    scim_type = "expiredCursor"


class InvalidCount(ScimRefusal):
    """``count`` beside a cursor is not between 1 and the largest page (RFC 9865 §2.1)."""

    scim_type = "invalidCount"


class Sensitive(ScimRefusal):
    """The request would put a secret into a URL (RFC 7644 §7.5.2)."""

    status = 403
    scim_type = "sensitive"


class Unauthorized(ScimRefusal):
    """No token, or one that is unknown, expired or revoked (RFC 7644 §2)."""

    status = 401


class Forbidden(ScimRefusal):
    """The caller is known and may not do this (RFC 7644 §3.12)."""

    status = 403


class NotFound(ScimRefusal):
    """No such resource or endpoint. A resource of another tenant answers exactly the same."""

    status = 404


class MethodNotAllowed(ScimRefusal):
    """The endpoint exists and does not know this method (RFC 7644 §4)."""

    status = 405


class NotAcceptable(ScimRefusal):
    """The caller accepts neither ``application/scim+json`` nor ``application/json`` (RFC 7644 §3.8)."""

    status = 406


class Conflict(ScimRefusal):
    """The resource is in a state in which this cannot be done."""

    status = 409


class PreconditionFailed(ScimRefusal):
    """``If-Match`` names another version than the current one (RFC 7644 §3.14)."""

    status = 412


class TooLarge(ScimRefusal):
    """The body is larger than the server reads (RFC 7644 §3.12)."""

    status = 413


class UnsupportedMediaType(ScimRefusal):
    """The body is neither ``application/scim+json`` nor ``application/json`` (RFC 7644 §3.8)."""

    status = 415


class TooManyRequests(ScimRefusal):
    """The caller is over its rate; ``retry_after_seconds`` is when to come back (RFC 6585 §4)."""

    status = 429

    def __init__(self, detail: str, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class NotImplementedHere(ScimRefusal):
    """A part of the standard that this server does not offer (RFC 7644 §3.12)."""

    status = 501
