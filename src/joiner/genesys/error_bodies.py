"""Genesys' own error body, used for what its gateway decides: authorisation, size, rate, crash (genesys-cloud.md §1.3).

What the SCIM layer decides is answered with the standard body of ``scim/messages.py``.
"""

from __future__ import annotations

from joiner.scim.messages import dump_json


def error_body(status: int, code: str, message: str, correlation_id: str) -> bytes:
    """An ErrorBody. ``correlation_id`` is what the ININ-Correlation-Id header says."""
    message = message.encode("utf-8", "replace").decode()  # half a surrogate pair must not make an error of an error
    return dump_json({"message": message, "code": code, "status": status, "contextId": correlation_id, "details": [], "errors": []})


def unauthorized(correlation_id: str) -> bytes:
    """401: no bearer token, or one that is not valid."""
    return error_body(401, "authentication.required", "No authentication bearer token specified in authorization header.", correlation_id)


def bad_credentials(correlation_id: str) -> bytes:
    """401: a token was sent and is unknown, expired or revoked."""
    return error_body(401, "bad.credentials", "Invalid login credentials.", correlation_id)


def forbidden(correlation_id: str, permissions: tuple[str, ...] = ()) -> bytes:
    """403: the client lacks a permission; names those of which one is needed."""
    needed = f" One of these permissions is needed: {', '.join(permissions)}." if permissions else ""
    return error_body(403, "not.authorized", f"You are not authorized to perform the requested action.{needed}", correlation_id)


def not_found(correlation_id: str) -> bytes:
    """404 outside of SCIM."""
    return error_body(404, "not.found", "The requested resource was not found.", correlation_id)


def too_large(bytes_max: int, correlation_id: str) -> bytes:
    """413: names the maximum."""
    return error_body(413, "request.entity.too.large", f"The request body is larger than the maximum of {bytes_max} bytes.", correlation_id)


def too_many_requests(retry_after_seconds: int, correlation_id: str) -> bytes:
    """429, in the words that clients look for; the same number belongs into Retry-After."""
    message = f"Rate limit exceeded the maximum. Retry the request in [{retry_after_seconds}] seconds"
    return error_body(429, "too.many.requests.retry.after", message, correlation_id)


def internal(correlation_id: str) -> bytes:
    """500: says nothing but where to look."""
    return error_body(500, "internal.server.error", f"The request could not be completed. Quote {correlation_id}.", correlation_id)
