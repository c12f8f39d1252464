"""An operator sets up hosted orgs: orgs, OAuth clients, long-lived tokens, and the names that SCIM refers to.

These stories serve ``joiner org`` and ``joiner client``, the demo and the simulator. They do not serve HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from joiner.auth.client_secret import STANDARD_COST, SecretCost, hash_client_secret
from joiner.auth.permissions import ALL_PERMISSIONS, unknown_permissions
from joiner.auth.tokens import SECRET_PREFIX, TOKEN_PREFIX, hash_token
from joiner.dialects.connection import KINDS, Connection
from joiner.dialects.marks import check_ownership
from joiner.errors import AlreadyTaken, Missing, Problem, Usage
from joiner.events import Actor, Door, Event
from joiner.genesys.catalogue import catalogue_of
from joiner.genesys.limits import SCIM_TOKEN_SECONDS_MAX, TOKEN_SECONDS_MIN
from joiner.genesys.organisation import nearest
from joiner.genesys.profile import PROFILES
from joiner.ports import Clock, Ids
from joiner.scim.values import match_key
from joiner.store.org_port import Client, NamedThing, Org, OrgReads, OrgStore, OrgWrites

RESERVED_ORG_NAMES = frozenset(
    {"api", "oauth", "scim", "console", "docs", "livez", "readyz", "version", "metrics", "openapi.json", "static"}
)
HOME_DIVISION = "Home"
EMPLOYEE_ROLE = "employee"
"""Every Genesys org has the Home division and the default role (genesys-cloud.md §2.2, §2.3)."""

OPERATOR = Actor("operator", "operator", Door.CLI)
_ORG_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
NAME_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Shown once: the secret is not stored and cannot be shown again."""

    client_id: str
    client_secret: str


async def add_org(
    store: OrgStore, clock: Clock, ids: Ids, name: str, profile: str = "extended", label: str = "", default: bool = False,
    *, rate_per_minute: int | None = None,
) -> Org:  # fmt: skip
    """Add a hosted org with its Home division and employee role. The first org is the default of the bare host.

    Asking again for the same org with the same profile answers the one that exists. ``rate_per_minute`` None is the profile's own.
    Raises Usage (bad or reserved name, unknown profile) and AlreadyTaken (same name, other profile).
    """
    _check_org(name, profile)
    now = clock.now()

    def work(rows: OrgWrites) -> Org:
        existing = rows.org(name)
        if existing is not None:
            if existing.profile != profile:
                title = f"the org {name} exists with profile {existing.profile}"
                raise AlreadyTaken(
                    Problem("JN4021", title, (("asked", profile),), "Choose another name: an org's profile does not change.")
                )
            if default and not existing.default:
                rows.set_default_org(existing.key)
            return existing
        first = not rows.orgs()
        org = rows.add_org(name, label or name, profile, False, rate_per_minute, now.isoformat())
        if default or first:
            rows.set_default_org(org.key)
        rows.add_name(org.key, NamedThing("division", ids.new_id(), HOME_DIVISION), match_key(HOME_DIVISION))
        rows.add_name(org.key, NamedThing("role", ids.new_id(), EMPLOYEE_ROLE), match_key(EMPLOYEE_ROLE))
        _note(rows, org, now, "org.added", "Org", str(org.key), name, {"profile": profile})
        return Org(org.key, name, org.label, profile, default or first, rate_per_minute)

    return await store.write(0, work)


async def list_orgs(store: OrgStore) -> Sequence[Org]:
    """All hosted orgs in the order in which they were added."""
    return await store.read(0, lambda rows: rows.orgs())


def find_org(rows: OrgReads, name: str) -> Org:
    """Raises Missing that names the orgs there are."""
    org = rows.org(name)
    if org is None:
        known = [each.name for each in rows.orgs()]
        near = nearest(name, known)
        hints = (("near", near),) if near else ()
        title = f"there is no hosted org named {name}"
        fix = f"Name one of: {', '.join(known[:10])}." if known else "Add it first: joiner org add NAME."
        raise Missing(Problem("JN4022", title, hints, fix))
    return org


def find_client(rows: OrgReads, org: Org, client: str) -> Client:
    """A client by name or id. Raises Missing that names the nearest."""
    found = rows.client(org.key, client)
    if found is None:
        near = nearest(client, [each.name for each in rows.clients(org.key)])
        hints = (("near", near),) if near else ()
        fix = "Create it first: joiner client create NAME --org ORG."
        raise Missing(Problem("JN4022", f"the org {org.name} has no client {client}", hints, fix))
    return found


async def create_client(
    store: OrgStore, clock: Clock, ids: Ids, org: str, name: str, permissions: Iterable[str] | None = None,
    *, connection: Connection = KINDS["generic"], cost: SecretCost = STANDARD_COST,
) -> ClientCredentials:  # fmt: skip
    """A new OAuth client. ``permissions`` narrows what it may do; None gives all that SCIM and our Platform subset ask for.

    ``connection`` is how the org gets on with it (:mod:`joiner.dialects.connection`).

    Raises Missing (org), Usage (name or permission) and AlreadyTaken: a secret cannot be shown again, so the name must be new.
    """
    granted = ALL_PERMISSIONS if permissions is None else frozenset(permissions)
    unknown = unknown_permissions(granted)
    if unknown:
        near = nearest(unknown[0], sorted(ALL_PERMISSIONS))
        raise Usage(
            Problem(
                "JN6401", f"unknown permission {unknown[0]}", (("near", near),) if near else (), "Correct its spelling, or leave it out."
            )
        )
    _check_name(name)
    secret = SECRET_PREFIX + ids.new_secret()
    secret_hash = hash_client_secret(secret, ids.new_secret().encode(), cost)
    now, client_id = clock.now(), ids.new_id()

    def work(rows: OrgWrites) -> ClientCredentials:
        found = find_org(rows, org)
        if rows.client(found.key, name) is not None:
            fix = "Choose another name; one client per identity provider is the rule, because externalId is kept per client."
            raise AlreadyTaken(Problem("JN4021", f"the org {org} has a client named {name}", fix=fix))
        check_ownership(connection.ownership, catalogue_of(found.profile, rows.definitions(found.key)).by_name["User"].resource_type)
        rows.add_client(Client(found.key, client_id, name, secret_hash, granted, True, connection), now.isoformat())
        _note(rows, found, now, "client.created", "Client", client_id, name, {"permissions": sorted(granted), "kind": connection.kind})
        return ClientCredentials(client_id, secret)

    return await store.write(0, work)


async def mint_token(
    store: OrgStore, clock: Clock, ids: Ids, org: str, client: str, valid_seconds: float = 31_536_000
) -> tuple[str, datetime]:
    """A long-lived token for identity providers that take a static bearer; ``client`` is a name or an id. At most 450 days."""
    if not TOKEN_SECONDS_MIN <= valid_seconds <= SCIM_TOKEN_SECONDS_MAX:
        title = f"a token cannot be valid for {valid_seconds:.0f} s"
        raise Usage(Problem("JN6401", title, fix=f"Ask for {TOKEN_SECONDS_MIN} s to {SCIM_TOKEN_SECONDS_MAX} s (450 days)."))
    token = TOKEN_PREFIX + ids.new_secret()
    now = clock.now()
    expires_at = now.timestamp() + valid_seconds

    def work(rows: OrgWrites) -> None:
        found = find_org(rows, org)
        holder = find_client(rows, found, client)
        rows.add_token(hash_token(token), found.key, holder.id, now.timestamp(), expires_at)
        _note(rows, found, now, "token.minted", "Client", holder.id, holder.name, {"expires_at": int(expires_at)})

    await store.write(0, work)
    return token, datetime.fromtimestamp(expires_at, UTC)


async def define_names(
    store: OrgStore, clock: Clock, ids: Ids, org: str, *,
    divisions: Iterable[str] = (), roles: Iterable[str] = (), skills: Iterable[str] = (), languages: Iterable[str] = (),
    entitlements: Iterable[str] = (),
) -> None:  # fmt: skip
    """Make sure that the org has these divisions, roles, skills, languages and entitlements; those that exist are left as they are."""
    given = {"division": divisions, "role": roles, "skill": skills, "language": languages, "entitlement": entitlements}
    wanted = {kind: tuple(names) for kind, names in given.items()}
    now = clock.now()

    def work(rows: OrgWrites) -> None:
        found = find_org(rows, org)
        for kind, names in wanted.items():
            for name in names:
                define_name(rows, found, now, ids.new_id(), kind, name, OPERATOR, exist_ok=True)

    await store.write(0, work)


def define_name(
    rows: OrgWrites, org: Org, now: datetime, id: str, kind: str, name: str, actor: Actor, *, exist_ok: bool = False, request_id: str = ""
) -> NamedThing | None:
    """Define one name inside a transaction. None when it exists and ``exist_ok``; else raises AlreadyTaken."""
    _check_name(name)
    present = rows.names(org.key).of(kind)
    # Skills are told apart by case (genesys-cloud.md §2); all else is not.
    key = name if kind in ("skill", "language") else match_key(name)
    if exist_ok and any((each.name if kind in ("skill", "language") else match_key(each.name)) == key for each in present):
        return None
    thing = NamedThing(kind, id, name)
    rows.add_name(org.key, thing, key)
    rows.append_audit(org.key, Event(f"{kind}.defined", actor, now, kind.capitalize(), id, name, {}, {"name": name}, "", request_id))
    return thing


def _check_org(name: str, profile: str) -> None:
    if profile not in PROFILES:
        raise Usage(Problem("JN6401", f"unknown profile {profile}", fix="Use strict (as Genesys Cloud) or extended."))
    if not _ORG_NAME.match(name):
        fix = "Use lower-case letters, digits and hyphens, at most 63: the name is part of the URL."
        raise Usage(Problem("JN6401", f"{name[:80]!r} cannot be the name of an org", fix=fix))
    if name in RESERVED_ORG_NAMES:
        raise Usage(Problem("JN6401", f"the name {name} is reserved for the server itself", fix="Choose another name for the org."))


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise Usage(Problem("JN6401", f"{name[:80]!r} cannot be a name", fix=f"Use 1 to {NAME_CHARACTERS_MAX} printable characters."))


def _note(rows: OrgWrites, org: Org, now: datetime, event: str, type: str, id: str, name: str, after: dict[str, object]) -> None:
    rows.append_audit(org.key, Event(event, OPERATOR, now, type, id, name, {}, after))
