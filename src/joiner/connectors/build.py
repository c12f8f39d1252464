"""A target from what a person wrote into ``joiner.toml``, with the common mistakes recognised, corrected and told.

======================================================  ==============================================
written                                                 becomes
======================================================  ==============================================
``api.mypurecloud.de`` (no scheme)                      ``https://…``, on this machine ``http://…``
``…/api/v2/scim/v2``, ``…/scim``, ``…/Users``           the address without it
``scim.``, ``apps.``, ``login.mypurecloud.de``          ``api.mypurecloud.de``
======================================================  ==============================================

Each correction is a note that ``check`` and ``plan`` show. What cannot be corrected raises ConfigMistake JN2009.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from joiner.connectors.address import Address, parse_base_url, region_address
from joiner.connectors.attributes import Attribute, attribute_names, find_attributes
from joiner.connectors.credentials import ClientCredentials, Credentials, StaticToken
from joiner.connectors.exchange import Exchange
from joiner.connectors.flavour import FLAVOURS, Flavour, TargetKind
from joiner.connectors.nearest import nearest
from joiner.connectors.port import Wire
from joiner.connectors.retry import POLICY_DEFAULT, RetryPolicy
from joiner.connectors.scim_target import Addresses, ScimTarget
from joiner.errors import ConfigMistake, Problem
from joiner.ports import Clock
from joiner.sync.pacing import Pace, pace_per_minute

UNPACED_PER_MINUTE = 30_000
"""What an unpaced org is taken to answer, for estimates."""


def open_target(  # noqa: PLR0913 - one argument per key of an [[org]] table
    kind: str,
    *,
    name: str,
    wire: Wire,
    clock: Clock,
    mapped: frozenset[str],
    secret: str,
    client_id: str = "",
    url: str = "",
    region: str = "",
    token_url: str = "",
    requests_per_minute: int | None = None,
    jitter: Callable[[], float] | None = None,
    policy: RetryPolicy = POLICY_DEFAULT,
) -> tuple[ScimTarget, tuple[str, ...]]:
    """(target, notes about what was corrected). Sends nothing. Raises ConfigMistake (JN2009 address, JN2010 attribute).

    Without ``client_id`` the secret is a bearer token as it stands. ``mapped`` are the attributes that the pipe's rules
    write. ``requests_per_minute`` None takes the kind's own pace, 0 means unpaced. ``jitter`` gives numbers in [0, 1).
    """
    target_kind = parse_kind(kind, name)
    flavour = FLAVOURS[target_kind]
    attributes = known_attributes(flavour, mapped, name)
    address = region_address(region, name) if region and not url else parse_base_url(url, target_kind, name)
    credentials = _credentials(address, client_id, secret, token_url)
    per_minute = flavour.requests_per_minute if requests_per_minute is None else requests_per_minute
    exchange = Exchange(
        wire,
        clock,
        credentials,
        pace=_pace(per_minute),
        jitter=jitter or random.Random(f"{name} {clock.monotonic()}").random,  # noqa: S311 - spreads retries, guards nothing
        policy=policy,
    )
    addresses = Addresses(address.base + flavour.scim_path, None if flavour.names_path is None else address.base + flavour.names_path)
    eta_per_minute = per_minute or UNPACED_PER_MINUTE
    target = ScimTarget(name, flavour, addresses, exchange, clock, attributes, mapped, eta_per_minute)
    return target, address.notes


def parse_kind(kind: str, name: str) -> TargetKind:
    """Raises ConfigMistake for a kind that joiner does not know."""
    try:
        return TargetKind(kind)
    except ValueError:
        rows = (("org", name), ("found", repr(kind)), ("expected", ", ".join(TargetKind)))
        near = nearest(kind, list(TargetKind))
        raise ConfigMistake(Problem("JN2009", f'org "{name}" has an unknown kind', (*rows, *near), "correct `kind`")) from None


def known_attributes(flavour: Flavour, mapped: frozenset[str], name: str) -> dict[str, Attribute]:
    """All attributes that the org has, the bracketed ones among ``mapped`` included. Raises ConfigMistake JN2010 for others."""
    names = attribute_names(flavour.families)
    attributes, unknown = find_attributes(sorted({*names, *mapped}), flavour.families)
    if unknown:
        raise ConfigMistake(*(_unknown_attribute(attribute, names, flavour, name) for attribute in unknown))
    return attributes


def _unknown_attribute(attribute: str, names: tuple[str, ...], flavour: Flavour, name: str) -> Problem:
    rows = (("org", f"{name} ({flavour.kind})"), ("found", f'a rule with to = "{attribute}"'), *nearest(attribute, names))
    return Problem("JN2010", f'an org of kind {flavour.kind} has no attribute "{attribute}"', rows, "correct `to` in the rule")


def _credentials(address: Address, client_id: str, secret: str, token_url: str) -> Credentials:
    if not client_id:
        return StaticToken(secret)
    return ClientCredentials(token_url or address.token_url, client_id, secret)


def _pace(requests_per_minute: int) -> Pace:
    """A burst of two seconds' worth: enough to fill the connections, too little to meet a limit per minute."""
    return pace_per_minute(requests_per_minute, burst=max(4, min(20, requests_per_minute // 30)))
