"""Answers: content types, entity tags, and refusals in the body form that the org's profile uses."""

from __future__ import annotations

from collections.abc import Mapping

from joiner.auth.client_grant import GrantRefused
from joiner.errors import ScimRefusal
from joiner.genesys import error_bodies
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import MissingPermission
from joiner.scim.messages import dump_json, error_body
from joiner.scim.refusals import TooManyRequests
from joiner.scim.version import format_etag
from joiner.web.request import Answer

SCIM = "application/scim+json"
JSON = "application/json"

GATEWAY_STATUSES = frozenset({401, 403, 405, 413, 415, 429, 500, 503})
"""Statuses that Genesys' gateway answers itself, in its own form; what the SCIM layer decides is a ScimError (genesys-cloud.md §1.3)."""


def scim_answer(body: bytes, status: int = 200, *, version: int | None = None, location: str = "") -> Answer:
    headers = {"Content-Type": SCIM}
    if version is not None:
        headers["ETag"] = format_etag(version)
    if location:
        headers["Location"] = location
    return Answer(status, headers, body)


def json_answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": JSON}, body)


def empty_answer(status: int = 204, *, version: int | None = None) -> Answer:
    return Answer(status, {"ETag": format_etag(version)} if version is not None else {})


def plain_refusal_answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A standard error that no refusal class stands for."""
    return Answer(status, {"Content-Type": SCIM, **(headers or {})}, error_body(status, None, detail))


def refusal_answer(refusal: ScimRefusal, profile: Profile | None, request_id: str, allow: str = "", *, platform: bool = False) -> Answer:
    """A refusal as this profile words it; the Platform API always speaks ErrorBody. ``profile`` None: before an org is known."""
    headers: dict[str, str] = {}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="joiner"'
    if allow:
        headers["Allow"] = allow
    if isinstance(refusal, TooManyRequests):
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    if platform or (profile is not None and profile.gateway_error_bodies and _by_gateway(refusal)):
        return Answer(refusal.status, headers | {"Content-Type": JSON}, gateway_refusal(refusal, request_id))
    if isinstance(refusal, MissingPermission):
        return Answer(refusal.status, headers | {"Content-Type": SCIM}, _named_permissions(refusal))
    return Answer(refusal.status, headers | {"Content-Type": SCIM}, error_body(refusal.status, refusal.scim_type, refusal.detail))


def gateway_refusal(refusal: ScimRefusal, request_id: str) -> bytes:
    """Genesys' ErrorBody for a refusal."""
    return error_bodies.error_body(refusal.status, gateway_code(refusal), refusal.detail, request_id)


def gateway_code(refusal: ScimRefusal) -> str:
    """Genesys' code for a refusal: what clients branch on."""
    if isinstance(refusal, MissingPermission):
        return "missing.any.permissions"
    return {
        400: "bad.request",
        401: "authentication.required",
        403: "not.authorized",
        404: "not.found",
        405: "method.not.allowed",
        409: "general.conflict",
        413: "request.entity.too.large",
        415: "unsupported.media.type",
        429: "too.many.requests.retry.after",
        503: "service.unavailable",
    }.get(refusal.status, "internal.error")


def grant_refusal_answer(refused: GrantRefused) -> Answer:
    """RFC 6749 §5.2; ``description`` is what Genesys clients read."""
    body = dump_json({"error": refused.code, "error_description": refused.detail, "description": refused.detail})
    headers = {"Content-Type": JSON, "Cache-Control": "no-store", "Pragma": "no-cache"}
    if refused.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="joiner"'
    return Answer(refused.status, headers, body)


def _by_gateway(refusal: ScimRefusal) -> bool:
    if refusal.status == 403:
        return isinstance(refusal, MissingPermission)
    return refusal.status in GATEWAY_STATUSES


def _named_permissions(refusal: MissingPermission) -> bytes:
    """The standard error with Genesys' code and the permissions beside it, so that clients of both kinds understand."""
    body = error_body(refusal.status, None, refusal.detail)
    extra = dump_json({"code": "missing.any.permissions", "permissions": list(refusal.permissions)})
    return body[:-1] + b"," + extra[1:]
