"""``joiner check`` for one org: each call that a pipe needs, tried without changing anything.

Writing is tried by requests that no server can carry out: creating an account without a userName (a server that lets us
in answers 400), patching an id that does not exist (404). Only 401 and 403 mean that we may not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joiner.connectors.answers import permissions_in
from joiner.connectors.attributes import Attribute, Place
from joiner.connectors.exchange import Exchange
from joiner.connectors.flavour import Flavour
from joiner.connectors.names import NAME_PATHS
from joiner.connectors.port import CheckResult
from joiner.connectors.user_writing import USER_URN, member_operations, patch
from joiner.errors import ConnectorError, CredentialsRefused, Refused

NOBODY = "00000000-0000-4000-8000-000000000000"
"""A well-formed id that no server issues: version 4 with every random bit zero."""

NO_ANSWER = "JN2003"


@dataclass(frozen=True, slots=True)
class _Call:
    """One thing to try. ``expected`` are the refusals that show that we may; none means that the call must succeed."""

    what: str
    method: str
    url: str
    document: Mapping[str, Any] | None = None
    expected: tuple[int, ...] = ()
    needed: bool = True


async def check_target(
    exchange: Exchange, flavour: Flavour, scim_url: str, names_url: str | None, attributes: Mapping[str, Attribute]
) -> tuple[CheckResult, ...]:
    """Results in the order in which they were tried; after a refused sign-in or an org without answer nothing more is tried.

    ``attributes`` are those that the pipe's rules write.
    """
    kinds = frozenset(attribute.target.kind for attribute in attributes.values())
    results = [await _try("sign in", exchange.sign_in)]
    for call in _calls(flavour, scim_url, names_url, kinds) if results[0].passed else ():
        results.append(await _try_call(exchange, call))
        if results[-1].detail.startswith(NO_ANSWER):
            break
    else:
        if results[0].passed:
            results.append(await _check_attributes(exchange, f"{scim_url}/Schemas", attributes))
    return tuple(results)


async def _check_attributes(exchange: Exchange, url: str, attributes: Mapping[str, Attribute]) -> CheckResult:
    """Whether the org's schemas have what the rules write: what it ignores would be sent again in every cycle."""
    what = "hold the attributes of the rules"
    try:
        schemas = (await exchange.ask("GET", url)).document.get("Resources")
    except ConnectorError as failure:
        return CheckResult(what, True, f"cannot be told: the org does not show its schemas ({_tell(failure)})")
    known = _schema_attributes(schemas)
    lacking = [name for name, attribute in attributes.items() if not _is_known(attribute.place, known)] if known.get(USER_URN) else []
    if not lacking:
        return CheckResult(what, True)
    return CheckResult(what, False, f"the org's schemas lack {', '.join(lacking)}: what is written there does not stay")


def _schema_attributes(schemas: Any) -> dict[str, frozenset[str]]:
    """Folded attribute names by schema; whatever is no schema is left out (RFC 7643 §7)."""
    found: dict[str, frozenset[str]] = {}
    for schema in schemas if isinstance(schemas, list) else ():
        attributes = schema.get("attributes") if isinstance(schema, Mapping) else None
        if not isinstance(attributes, list) or not isinstance(schema.get("id"), str):
            continue
        names = [attribute.get("name") for attribute in attributes if isinstance(attribute, Mapping)]
        found[schema["id"]] = frozenset(name.casefold() for name in names if isinstance(name, str))
    return found


def _is_known(place: Place, known: Mapping[str, frozenset[str]]) -> bool:
    """``externalId`` is common to all resources and stands in no schema (RFC 7643 §3.1)."""
    return place.path == "externalId" or place.name.casefold() in known.get(place.urn or USER_URN, frozenset())


def _calls(flavour: Flavour, scim_url: str, names_url: str | None, kinds: Collection[str]) -> list[_Call]:
    users, groups = f"{scim_url}/Users", f"{scim_url}/Groups"
    calls = [
        _Call("read what the org can do", "GET", f"{scim_url}/ServiceProviderConfig", needed=False),
        _Call("list users", "GET", f"{users}?startIndex=1&count=1"),
    ]
    if flavour.asks_inactive:
        calls.append(_Call("list inactive users", "GET", f"{users}?startIndex=1&count=1&filter=active%20eq%20false"))
    if "group" in kinds:
        calls.append(_Call("list groups", "GET", f"{groups}?startIndex=1&count=1"))
    named = sorted(NAME_PATHS.keys() & kinds) if names_url else []
    calls += [_Call(f"list {kind}s", "GET", f"{names_url}{NAME_PATHS[kind]}?pageSize=1&pageNumber=1") for kind in named]
    nothing = patch([{"op": "replace", "path": "title", "value": "joiner check"}])
    calls += [
        _Call("create users", "POST", users, {"schemas": [USER_URN]}, (400, 409, 422)),
        _Call("change users", "PATCH", f"{users}/{NOBODY}", nothing, (404,)),
    ]
    if "group" in kinds:
        members = member_operations([NOBODY], [], as_list=True)
        calls.append(_Call("change members of groups", "PATCH", f"{groups}/{NOBODY}", members, (404,)))
    return calls


async def _try_call(exchange: Exchange, call: _Call) -> CheckResult:
    async def ask() -> None:
        await exchange.ask(call.method, call.url, document=call.document, repeatable=True)

    result = await _try(call.what, ask, call.expected)
    if result.passed and call.expected and not result.detail:
        return CheckResult(call.what, False, "the org carried out a request that no org should: look at what it did")
    if not result.passed and not call.needed and not result.detail.startswith(NO_ANSWER):
        return CheckResult(call.what, True, f"not offered; joiner does without ({result.detail})")
    return CheckResult(result.what, result.passed, "" if result.passed else result.detail, result.missing)


async def _try(what: str, ask: Callable[[], Awaitable[None]], expected: tuple[int, ...] = ()) -> CheckResult:
    """``detail`` of a passed try is not empty where an expected refusal came."""
    try:
        await ask()
    except CredentialsRefused as refusal:
        return CheckResult(what, False, _tell(refusal), permissions_in(refusal))
    except Refused as refusal:
        return CheckResult(what, refusal.status in expected, _tell(refusal))
    except ConnectorError as failure:
        return CheckResult(what, False, _tell(failure))
    return CheckResult(what, True)


def _tell(error: ConnectorError) -> str:
    """One line: code, title, and the facts that lead on."""
    problem = error.problems[0]
    facts = ", ".join(f"{label} {text}" for label, text in problem.rows if label in ("at", "found", "answer", "request", "missing"))
    return f"{problem.code} {problem.title}: {facts}"
