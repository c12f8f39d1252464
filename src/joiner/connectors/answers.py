"""What another system answered, turned into an error that teaches: ours first, then its own words, then its request id.

Both error shapes are read: SCIM errors (RFC 7644 §3.12: ``detail``, ``scimType``) and Genesys' ErrorBody (``message``, ``code``).
Nothing of a request but its method and path gets in: no header, no body, no query (a filter holds names of people).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import ConnectorError, CredentialsRefused, Problem, Refused, Throttled, Unreachable, Unreadable

WORDS_MAX = 400
"""How much of the other side's words is passed on."""
PERMISSION = re.compile(r"\b[a-zA-Z]+:[a-zA-Z]+:[a-zA-Z*]+")
REQUEST_ID_HEADERS = ("inin-correlation-id", "request-id", "x-request-id")
_Error = TypeVar("_Error", bound=ConnectorError)


def unknown_outcome(request: HttpRequest, found: str, answer: HttpAnswer | None = None) -> Unreachable:
    """A write whose outcome nobody knows: settle by looking, never by sending again."""
    rows = (*_place(request), ("found", found), ("effect", "the write may have landed or not; the next run looks before it judges"))
    return _signed(
        Unreachable(Problem("JN2007", "a write got no usable answer", rows, "run again: joiner looks at the account first")), answer
    )


def no_answer(request: HttpRequest, found: str, attempts: int, answer: HttpAnswer | None = None) -> Unreachable:
    rows = (*_place(request), ("found", f"{found}, {attempts} times"))
    fix = "wait, or ask who runs that system" if answer is not None else "check the org's url in joiner.toml, the network and the proxy"
    return _signed(Unreachable(Problem("JN2003", f"no answer from {host(request)}", rows, fix)), answer)


def unreadable(request: HttpRequest, answer: HttpAnswer, found: str = "") -> Unreadable:
    kind = answer.headers.get("content-type", "no content type")[:80]
    rows = (
        *_place(request),
        ("found", found or f"status {answer.status}, {kind}, {len(answer.body)} bytes"),
        ("expected", "a JSON object"),
    )
    problem = Problem("JN2006", f"the answer of {host(request)} is not what the protocol promises", rows, "is this the address of the API?")
    return _signed(Unreadable(problem), answer)


def throttled(request: HttpRequest, answer: HttpAnswer, wait_seconds: float, attempts: int) -> Throttled:
    asked = f"asked to wait {wait_seconds:g} s" if answer.headers.get("retry-after") else "gave no waiting time"
    rows = (*_place(request), ("found", f"status {answer.status}, {asked}, attempt {attempts}"))
    problem = Problem("JN2004", f"{host(request)} asks us to slow down", rows, "run again later, or lower requests_per_minute")
    return _signed(Throttled(problem, wait_seconds), answer)


def credentials_refused(answer: HttpAnswer, title: str, url: str) -> CredentialsRefused:
    words, scim_type = read_refusal(answer)
    rows = (("at", url), *_words(answer.status, words))
    fix = "check client_id and the secret's reference in joiner.toml, and that the OAuth client or the token is active"
    return _signed(CredentialsRefused(Problem("JN2001", title, rows, fix), answer.status, words, scim_type), answer)


def permission_refused(request: HttpRequest, answer: HttpAnswer) -> CredentialsRefused:
    words, scim_type = read_refusal(answer)
    missing = missing_permissions(answer)
    named = (("missing", ", ".join(missing)),) if missing else ()
    problem = Problem(
        "JN2002",
        f"{host(request)} does not permit this",
        (*_place(request), *named, *_words(403, words)),
        "give the OAuth client a role that has it",
    )
    return _signed(CredentialsRefused(problem, 403, words, scim_type), answer)


def refused(request: HttpRequest, answer: HttpAnswer) -> Refused:
    """Any other 3xx or 4xx: nothing was changed."""
    words, scim_type = read_refusal(answer)
    rows = (*_place(request), *_words(answer.status, words), *((("scimType", scim_type),) if scim_type else ()))
    title, fix = f"{host(request)} refused a request", "read its words: only this person or group is affected"
    if request.method == "GET" or request.url.endswith("/token"):
        fix = "check the org's url in joiner.toml: without this call nobody of the org can be kept in step"
    if 300 <= answer.status < 400:
        title, fix = f"{host(request)} answered with a redirect", "joiner follows none: give the address where the API is"
    return _signed(Refused(Problem("JN2005", title, rows, fix), answer.status, words, scim_type), answer)


def read_refusal(answer: HttpAnswer) -> tuple[str, str]:
    """(its own words, scimType) of an error body of either shape; of an OAuth error its ``error`` and description."""
    document = _error_document(answer)
    words = next(
        (
            text
            for name in ("detail", "message", "error_description", "description", "error")
            if isinstance(text := document.get(name), str)
        ),
        "",
    )
    scim_type = document.get("scimType")
    return printable(words), scim_type if isinstance(scim_type, str) and len(scim_type) <= 40 else ""


def is_error_body(answer: HttpAnswer) -> bool:
    """Whether the error comes from an API that speaks JSON, or (False) from some web page in between."""
    return bool(_error_document(answer)) or not answer.body.strip()


def missing_permissions(answer: HttpAnswer) -> tuple[str, ...]:
    """Names like ``directory:user:add`` in the order in which a 403 body gives them."""
    return tuple(dict.fromkeys(PERMISSION.findall(answer.body[:65_536].decode("utf-8", "replace"))))


def permissions_in(refusal: CredentialsRefused) -> tuple[str, ...]:
    """The permissions that a refusal of ours already names."""
    named = dict(refusal.problems[0].rows).get("missing", "")
    return tuple(named.split(", ")) if named else ()


def request_id(answer: HttpAnswer) -> str:
    return next((answer.headers[name][:128] for name in REQUEST_ID_HEADERS if answer.headers.get(name)), "")


def host(request: HttpRequest) -> str:
    return urlsplit(request.url).netloc.rsplit("@", 1)[-1]


def printable(words: str) -> str:
    """Foreign text made harmless for terminals and logs, and short."""
    return "".join(letter if letter.isprintable() else " " for letter in words[:WORDS_MAX]).strip()


def _error_document(answer: HttpAnswer) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return document if isinstance(document, dict) else {}


def _place(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    parts = urlsplit(request.url)
    return (("request", f"{request.method} {parts.path or '/'}"), ("at", host(request)))


def _words(status: int, words: str) -> tuple[tuple[str, str], ...]:
    return (("answer", f"{status}: {words}" if words else str(status)),)


def _signed(error: _Error, answer: HttpAnswer | None) -> _Error:
    """Attach the other side's request id: it is the first thing that their support asks for."""
    if answer is not None:
        error.request_id = request_id(answer)
    return error
